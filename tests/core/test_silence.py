"""How long nothing was told, less the time in which nothing could have been."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.silence import Blind, Silence, silence, told

START = datetime(2024, 7, 1, tzinfo=UTC)
DAY = timedelta(days=1)
NOW = START + 40 * DAY


def shut(feed_id: str | None, first: float, last: float | None) -> Blind:
    ended = None if last is None else START + last * DAY
    return Blind(feed_id=feed_id, began_at=START + first * DAY, ended_at=ended)


def days(*blind: Blind, eyes: str = "abcd", watched_from: datetime = START) -> float:
    return silence(START, NOW, eyes=set(eyes), blind=blind, watched_from=watched_from).counted / DAY


def test_all_of_it_counts_while_the_feeds_live() -> None:
    assert days() == 40


def test_half_of_the_feeds_are_eyes_enough_and_less_are_not() -> None:
    assert days(shut("a", 10, 20), shut("b", 10, 20)) == 40
    assert days(shut("a", 10, 20), shut("b", 10, 20), shut("c", 12, 15)) == 37


def test_a_feed_with_two_blind_spots_is_one_feed() -> None:
    assert days(shut("a", 10, 20), shut("a", 12, 30), shut("b", 10, 30)) == 40


def test_other_feeds_do_not_matter() -> None:
    assert days(*(shut(feed_id, 0, 40) for feed_id in "efgh")) == 40


def test_a_blind_spot_of_our_own_side_shuts_every_eye() -> None:
    assert days(shut(None, 5, 8), shut("a", 6, 10)) == 37


def test_what_was_before_the_silence_and_what_lasts_counts_within_it_only() -> None:
    assert days(shut(None, -20, 3)) == 37
    assert days(shut("a", 30, None), eyes="a") == 30


def test_what_was_before_the_watch_is_taken_on_the_word_of_the_desk() -> None:
    assert days(shut(None, 5, 20), watched_from=START + 10 * DAY) == 30
    assert days(shut(None, 5, 20), watched_from=NOW + DAY) == 40


def test_it_is_told_in_days_with_the_date_of_the_last_and_the_time_without_eyes() -> None:
    last, at = datetime(2023, 10, 5, 17, tzinfo=UTC), datetime(2024, 8, 23, 9, tzinfo=UTC)
    quiet = Silence(since=last, until=at, blind=timedelta(), last=last)
    assert told(quiet, at) == "first in 323 days: the last was on 2023-10-05"
    blind = Silence(since=last, until=at, blind=12.4 * DAY, last=last)
    assert told(blind, at) == "first in 323 days: the last was on 2023-10-05; the watch was blind for 12 days of that"


def test_where_nothing_is_known_it_counts_since_the_watch_began() -> None:
    quiet = silence(START, NOW, eyes=(), blind=(), watched_from=START)
    assert told(quiet, NOW) == "first in 40 days: none since the watch began on 2024-07-01"


stretches = st.builds(
    lambda feed_id, first, length: shut(feed_id, first, first + length),
    st.sampled_from(["a", "b", "c", "d", "x", None]), st.integers(-5, 45), st.integers(0, 30),
)  # fmt: skip


@given(st.lists(stretches, max_size=8))
def test_it_is_what_counting_hour_by_hour_gives(blind: list[Blind]) -> None:
    lived = 0
    for number in range(40):
        at = START + number * DAY
        dark = {one.feed_id for one in blind if one.began_at <= at and one.ended_at is not None and at < one.ended_at}
        lived += None not in dark and len(dark & set("abcd")) <= 2
    assert days(*blind) == lived
