"""When a feed is polled next: bounds that hold for every feed, and what a publisher may ask for."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.cadence import LONGEST_BACK_OFF, LONGEST_RETRY_AFTER, next_poll
from tests.core.reading import NOON

FIVE_MINUTES = timedelta(minutes=5)

feed_ids = st.from_regex(r"[a-z0-9][a-z0-9-]{0,63}", fullmatch=True)
intervals = st.integers(1, 30 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
pauses = st.none() | st.integers(0, 10**8).map(lambda seconds: timedelta(seconds=seconds))


@given(feed_id=feed_ids, every=intervals)
def test_a_feed_that_answers_is_polled_at_its_interval_or_up_to_a_tenth_later(feed_id: str, every: timedelta) -> None:
    wait = next_poll(feed_id, NOON, every) - NOON
    assert every <= wait <= every * 1.1


@given(feed_id=feed_ids, every=intervals, failures=st.integers(0, 10**6), retry_after=pauses)
def test_the_wait_stays_within_its_bounds(
    feed_id: str, every: timedelta, failures: int, retry_after: timedelta | None
) -> None:
    wait = next_poll(feed_id, NOON, every, failures=failures, retry_after=retry_after) - NOON
    asked = min(retry_after or timedelta(), LONGEST_RETRY_AFTER)
    longest = max(every, LONGEST_BACK_OFF)
    assert max(every, asked) <= wait <= max(longest + every * 0.1, asked)


@given(feed_id=feed_ids, every=intervals, failures=st.integers(0, 100))
def test_another_failure_never_brings_the_next_poll_nearer(feed_id: str, every: timedelta, failures: int) -> None:
    fewer, more = (next_poll(feed_id, NOON, every, failures=count) for count in (failures, failures + 1))
    assert fewer <= more


def test_the_interval_doubles_with_each_failure_up_to_six_hours() -> None:
    place = next_poll("wire", NOON, FIVE_MINUTES) - NOON - FIVE_MINUTES
    waits = [next_poll("wire", NOON, FIVE_MINUTES, failures=count) - NOON - place for count in (0, 1, 2, 3, 6, 7, 99)]
    assert [wait // timedelta(minutes=1) for wait in waits] == [5, 10, 20, 40, 320, 360, 360]


def test_a_rare_feed_that_fails_is_not_asked_more_often_than_one_that_answers() -> None:
    daily = timedelta(days=1)
    assert next_poll("wire", NOON, daily, failures=3) >= NOON + daily


def test_a_pause_that_a_publisher_asks_for_is_kept_up_to_two_days() -> None:
    hour, year = timedelta(hours=1), timedelta(days=365)
    assert next_poll("wire", NOON, FIVE_MINUTES, failures=1, retry_after=hour) == NOON + hour
    assert next_poll("wire", NOON, FIVE_MINUTES, failures=1, retry_after=year) == NOON + timedelta(days=2)


def test_a_feed_keeps_its_place_and_feeds_do_not_bunch() -> None:
    due = [next_poll(f"feed-{number}", NOON, timedelta(hours=1)) for number in range(100)]
    assert due == [next_poll(f"feed-{number}", NOON, timedelta(hours=1)) for number in range(100)]
    assert len(set(due)) > 50
