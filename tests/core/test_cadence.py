"""When a feed is polled next: bounds that hold for every feed, what a publisher may ask for, and how it is said."""

from datetime import datetime, timedelta
from typing import TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.arrivals import WEEK, Arrivals
from monitor.core.cadence import LONGEST_FLOOR, LONGEST_RETRY_AFTER, Due, Pace, fixed, next_poll, said
from monitor.core.feed import Fault, Hints
from tests.core.reading import NOON

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FIVE_MINUTES = 5 * MINUTE
EVERY_FIVE = fixed(FIVE_MINUTES)
# NOON is on a Friday.
FRIDAY, SATURDAY, SUNDAY = 4, 5, 6
QUICK = [Fault.NO_ANSWER, Fault.REFUSED, Fault.NO_FEED, Fault.EMPTY, Fault.UNREADABLE]
PATIENT = [fault for fault in Fault if fault not in {*QUICK, Fault.GONE}]

feed_ids = st.from_regex(r"[a-z0-9][a-z0-9-]{0,63}", fullmatch=True)
moments = st.integers(0, 14 * 86_400).map(lambda seconds: NOON + seconds * SECOND)
intervals = st.integers(1, 7 * 86_400).map(lambda seconds: seconds * SECOND)
pauses = st.none() | st.integers(-5, 10**8).map(lambda seconds: seconds * SECOND)
hints = st.builds(
    Hints,
    ttl=pauses,
    skip_hours=st.frozensets(st.integers(-1, 25), max_size=26),
    skip_days=st.frozensets(st.integers(-1, 8), max_size=9),
)
shapes = st.just(b"") | st.binary(min_size=WEEK, max_size=WEEK).map(lambda shape: shape.replace(b"\0", b"\1"))
learned_paces = st.builds(
    Pace,
    per_hour=st.floats(0, 10_000),
    arrivals=st.builds(Arrivals, shape=shapes),
    fastest=st.integers(1, 3_600).map(lambda seconds: seconds * SECOND),
    slowest=st.integers(3_600, 7 * 86_400).map(lambda seconds: seconds * SECOND),
)
paces = learned_paces | intervals.map(fixed)


def slowest(pace: Pace) -> timedelta:
    return (pace.every * 1.1) if pace.every else pace.slowest * 1.01


def fastest(pace: Pace) -> timedelta:
    return pace.every or pace.fastest


def wait(due: Due) -> timedelta:
    return due.at - NOON


def test_the_friday_of_these_tests_is_one() -> None:
    assert NOON.weekday() == FRIDAY


@given(feed_id=feed_ids, now=moments, pace=paces)
def test_a_feed_that_answers_is_polled_between_its_fastest_and_its_slowest(
    feed_id: str, now: datetime, pace: Pace
) -> None:
    due = next_poll(feed_id, now, pace)
    assert fastest(pace) - MINUTE / 60_000 <= due.at - now <= slowest(pace)
    assert (due.not_before, due.stops) == (None, False)
    assert due == next_poll(feed_id, now, pace)


@given(
    now=moments, pace=paces, retry_after=pauses, fresh_for=pauses, asked=hints, failures=st.integers(0, 20),
    fault=st.sampled_from([*QUICK, *PATIENT]), turned_over=st.none() | intervals,
)  # fmt: skip
def test_no_poll_is_sooner_than_what_was_asked_for(
    now: datetime,
    pace: Pace,
    retry_after: timedelta | None,
    fresh_for: timedelta | None,
    asked: Hints,
    failures: int,
    fault: Fault,
    turned_over: timedelta | None,
) -> None:
    due = next_poll(
        "wire", now, pace, failures=failures, fault=fault if failures else None, retry_after=retry_after,
        fresh_for=fresh_for, hints=asked, turned_over=turned_over,
    )  # fmt: skip
    ttl = None if failures else asked.ttl
    floors = [min(floor, LONGEST_FLOOR) for floor in (fresh_for, ttl) if floor]
    floors += [min(retry_after, LONGEST_RETRY_AFTER)] if retry_after else []
    assert all(due.at >= now + floor and (due.not_before or now) >= now + min(floor, DAY) for floor in floors)
    assert now < (due.not_before or due.at) <= due.at
    # A day for a publisher's quiet hours, or twice that for its Retry-After.
    longest = max([slowest(pace) if not failures else max(slowest(pace), DAY), DAY, *floors])
    assert due.at <= now + longest


@given(pace=paces, failures=st.integers(1, 100), fault=st.sampled_from([*QUICK, *PATIENT]))
def test_another_failure_never_brings_the_next_poll_nearer(pace: Pace, failures: int, fault: Fault) -> None:
    fewer, more = (next_poll("wire", NOON, pace, failures=count, fault=fault) for count in (failures, failures + 1))
    assert fewer.at <= more.at


@given(pace=paces, fault=st.sampled_from(QUICK))
def test_three_failures_are_known_within_two_intervals(pace: Pace, fault: Fault) -> None:
    at = next_poll("wire", NOON, pace).at
    interval = at - NOON
    for failures in (1, 2):
        at = next_poll("wire", at, pace, failures=failures, fault=fault).at
    if not pace.arrivals.shape and interval >= MINUTE:
        assert at - NOON <= 2 * interval


@given(pace=paces, failures=st.integers(1, 20), fault=st.sampled_from(PATIENT))
def test_who_throttles_or_blocks_us_is_never_asked_sooner(pace: Pace, failures: int, fault: Fault) -> None:
    assert next_poll("wire", NOON, pace, failures=failures, fault=fault).at >= next_poll("wire", NOON, pace).at


@pytest.mark.parametrize(
    ("fault", "minutes"),
    [
        (Fault.REFUSED, [20, 20, 120, 240, 360, 360]),
        (Fault.NO_ANSWER, [20, 20, 60, 60, 60, 60]),
        (Fault.THROTTLED, [60, 60, 120, 240, 360, 360]),
    ],
)
def test_a_feed_that_fails_is_looked_at_twice_and_then_less_and_less(fault: Fault, minutes: list[int]) -> None:
    hourly = Pace(per_hour=1.0)
    waits = [wait(next_poll("wire", NOON, hourly, failures=count, fault=fault)) for count in (1, 2, 3, 4, 5, 99)]
    assert [round(each / MINUTE) for each in waits] == pytest.approx(minutes, rel=0.01)


def test_without_any_answer_a_quick_feed_is_asked_every_half_hour() -> None:
    waits = [wait(next_poll("wire", NOON, EVERY_FIVE, failures=count, fault=Fault.NO_ANSWER)) for count in (4, 9)]
    assert waits[0] < waits[1] == 30 * MINUTE


@pytest.mark.parametrize(("every", "seconds"), [(1, 1), (10, 10), (30, 20), (90, 30)])
def test_a_second_look_leaves_a_server_some_seconds(every: int, seconds: int) -> None:
    due = next_poll("wire", NOON, fixed(every * SECOND), failures=1, fault=Fault.REFUSED)
    assert seconds * SECOND <= wait(due) <= seconds * SECOND * 1.1


def test_a_rare_feed_that_fails_is_not_asked_more_often_than_one_that_answers() -> None:
    assert wait(next_poll("wire", NOON, fixed(DAY), failures=3, fault=Fault.REFUSED)) >= DAY


def test_a_feed_that_is_gone_stops() -> None:
    due = next_poll("wire", NOON, EVERY_FIVE, failures=1, fault=Fault.GONE)
    assert (due.stops, due.why) == (True, "stopped: the publisher ended the feed (410)")


class Asked(TypedDict, total=False):
    """What stands in the way of a poll."""

    retry_after: timedelta
    fresh_for: timedelta
    hints: Hints
    floor: timedelta


# The feed-reader rules on spacing, Retry-After and Cache-Control, and what feeds say of themselves.
FLOORS = [
    ("an hour", fixed(HOUR), Asked(), HOUR, "fixed by every: 60 min"),
    ("conditional, an hour at least", EVERY_FIVE, Asked(floor=HOUR), HOUR, "not within 60 min, by floor"),
    ("Retry-After", EVERY_FIVE, Asked(retry_after=600 * SECOND), 10 * MINUTE, "asked to wait 10 min (Retry-After)"),
    ("Retry-After, short", EVERY_FIVE, Asked(retry_after=SECOND), FIVE_MINUTES, "fixed by every: 5 min"),
    ("Retry-After, a year", EVERY_FIVE, Asked(retry_after=365 * DAY), 2 * DAY, "asked to wait 2 d (Retry-After)"),
    ("Retry-After before floor", EVERY_FIVE, Asked(retry_after=HOUR, floor=MINUTE), HOUR, "asked to wait 60 min"),
    ("max-age", EVERY_FIVE, Asked(fresh_for=43_200 * SECOND), 12 * HOUR, "the publisher asks for 12 h (Cache-Control)"),
    ("max-age, a year", EVERY_FIVE, Asked(fresh_for=365 * DAY), DAY, "the publisher asks for 24 h (Cache-Control)"),
    ("ttl", EVERY_FIVE, Asked(hints=Hints(ttl=HOUR)), HOUR, "the publisher asks for 60 min (ttl)"),
    ("the longest of them", EVERY_FIVE, Asked(hints=Hints(ttl=HOUR), fresh_for=2 * HOUR), 2 * HOUR, "2 h (Cache"),
    ("the operator's word", EVERY_FIVE, Asked(hints=Hints(ttl=DAY), fresh_for=DAY, floor=MINUTE), FIVE_MINUTES, ""),
    ("quiet at noon", EVERY_FIVE, Asked(hints=Hints(skip_hours=frozenset({12}))), HOUR, "quiet until Fri 13:00 GMT"),
    ("over midnight", fixed(11 * HOUR), Asked(hints=Hints(skip_hours=frozenset({23, 0, 1}))), 14 * HOUR, "Sat 02:00"),
    ("a quiet Friday", EVERY_FIVE, Asked(hints=Hints(skip_days=frozenset({FRIDAY}))), 12 * HOUR, "until Sat 00:00"),
    ("a week in bed", EVERY_FIVE, Asked(hints=Hints(skip_days=frozenset({4, 5, 6}))), DAY, "until Sat 12:00"),
    ("a quiet day, by floor", EVERY_FIVE, Asked(hints=Hints(skip_days=frozenset({4})), floor=MINUTE), FIVE_MINUTES, ""),
    ("all hours are none", EVERY_FIVE, Asked(hints=Hints(skip_hours=frozenset(range(24)))), FIVE_MINUTES, "fixed by"),
    ("all days are none", EVERY_FIVE, Asked(hints=Hints(skip_days=frozenset(range(7)))), FIVE_MINUTES, "fixed by"),
    ("no such hours", EVERY_FIVE, Asked(hints=Hints(skip_hours=frozenset({24, 36, -12}))), FIVE_MINUTES, "fixed by"),
]  # fmt: skip


@pytest.mark.parametrize(("pace", "asked", "least", "why"), [row[1:] for row in FLOORS], ids=[row[0] for row in FLOORS])
def test_what_is_asked_for_is_kept_and_said(pace: Pace, asked: Asked, least: timedelta, why: str) -> None:
    due = next_poll("wire", NOON, pace, **asked)
    assert least <= wait(due) <= least * 1.1
    assert why in due.why


@pytest.mark.parametrize(
    ("asked", "permitted"),
    [
        (Asked(retry_after=HOUR), HOUR),
        (Asked(fresh_for=MINUTE), MINUTE),
        (Asked(hints=Hints(ttl=2 * HOUR)), 2 * HOUR),
        (Asked(floor=MINUTE), MINUTE),
        (Asked(hints=Hints(ttl=MINUTE, skip_hours=frozenset({12}))), HOUR),
        (Asked(hints=Hints(skip_hours=frozenset({13}))), None),
    ],
)
def test_the_earliest_moment_that_is_permitted_is_known(asked: Asked, permitted: timedelta | None) -> None:
    due = next_poll("wire", NOON, fixed(DAY), **asked)
    assert due.not_before == (None if permitted is None else NOON + permitted)
    assert wait(due) >= DAY


def test_after_a_failure_a_ttl_is_the_interval_and_not_a_floor() -> None:
    hourly = Hints(ttl=HOUR)
    due = next_poll("wire", NOON, EVERY_FIVE, failures=1, fault=Fault.REFUSED, hints=hourly)
    assert (wait(due), due.not_before, due.why) == (20 * MINUTE, None, "failure 1: tried again after 20 min")


@pytest.mark.parametrize(("gap", "minutes"), [(DAY, 30), (HOUR, 30), (30 * MINUTE, 15), (3 * MINUTE, 2)])
def test_a_feed_that_turned_over_is_polled_at_least_twice_as_fast(gap: timedelta, minutes: int) -> None:
    due = next_poll("wire", NOON, Pace(per_hour=1.0), turned_over=gap)
    assert wait(due) / MINUTE == pytest.approx(minutes, rel=0.01)
    assert due.why == f"every {minutes} min: the feed turned over between two polls, entries were probably lost"


def test_polls_sit_where_entries_come() -> None:
    shape = bytes([4] * 12 + [40] + [4] * 11) * 7
    pace = Pace(per_hour=2.0, arrivals=Arrivals(shape=shape), fastest=SECOND, slowest=7 * DAY)
    at, polls = NOON - 12 * HOUR, [0] * 24
    for _ in range(70):
        at = next_poll("wire", at, pace).at
        polls[at.hour] += 1
    assert polls[12] == max(polls) > 5 * sorted(polls)[-2] - 3


def test_a_feed_keeps_its_place_and_feeds_do_not_bunch() -> None:
    for pace in (fixed(HOUR), Pace(per_hour=1.0, slowest=DAY)):
        due = [next_poll(f"feed-{number}", NOON, pace).at for number in range(100)]
        assert due == [next_poll(f"feed-{number}", NOON, pace).at for number in range(100)]
        assert len(set(due)) > 50


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 s"), (90, "90 s"), (300, "5 min"), (500, "8.3 min"), (5400, "90 min"), (9000, "2.5 h"), (172_800, "2 d")],
)
def test_a_time_is_said_in_the_unit_that_fits(seconds: int, words: str) -> None:
    assert said(seconds * SECOND) == words
