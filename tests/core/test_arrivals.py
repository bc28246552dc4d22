"""What is learned of a feed: rates, habits and matches, from what polls see of it."""

import json
import math
import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.arrivals import HISTORY, UNKNOWN, WEEK, Arrivals, faded, from_json, hour_of_week, learned
from tests.core.reading import NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIDNIGHT = NOON.replace(hour=0)

moments = st.none() | st.integers(-40 * 86_400, 86_400).map(lambda seconds: NOON + timedelta(seconds=seconds))


def watched(rate: Callable[[datetime], float], days: int, seed: int = 1, burst: int = 1) -> Arrivals:
    """A feed that was polled every hour; `rate` is how many entries an hour are expected, in bursts of one size."""
    chance = random.Random(seed)  # noqa: S311 - deterministic on purpose
    seen = learned(UNKNOWN, [], 0, MIDNIGHT, None)
    for hour in range(1, 24 * days + 1):
        now, since = MIDNIGHT + hour * HOUR, MIDNIGHT + (hour - 1) * HOUR
        wait, times = chance.expovariate(1.0), []
        while wait < rate(since) / burst:
            times += [since + HOUR * (wait / (rate(since) / burst))] * burst
            wait += chance.expovariate(1.0)
        if times:
            seen = learned(seen, times, 0, now, since)
    return seen


def office(moment: datetime) -> float:
    return 2.0 if 8 <= moment.hour < 16 and moment.weekday() < 5 else 0.1


def end(days: int) -> datetime:
    return MIDNIGHT + days * DAY


def test_a_rate_is_learned_from_what_polls_bring() -> None:
    assert watched(lambda _: 0.5, 28).per_day(end(28)) == pytest.approx(12, rel=0.15)


def test_a_time_without_entries_was_seen_too() -> None:
    seen = watched(lambda _: 0.5, 28)
    assert seen.per_day(end(42)) == pytest.approx(seen.per_day(end(28)) / 2, rel=0.15)


def test_a_feed_that_changes_its_rate_is_followed_within_weeks() -> None:
    seen = watched(lambda moment: 0.5 if moment < end(28) else 5.0, 56)
    assert seen.per_day(end(56)) > 80


def test_a_first_document_is_history_and_no_burst() -> None:
    times = [NOON - number * 6 * HOUR for number in range(20)]
    assert learned(UNKNOWN, times, 0, NOON, None).per_day(NOON) == pytest.approx(4, rel=0.05)


def test_of_a_long_first_document_the_last_days_count() -> None:
    times = [NOON - number * 6 * HOUR for number in range(400)]
    seen = learned(UNKNOWN, times, 0, NOON, None)
    assert seen.began == NOON - HISTORY
    assert seen.per_day(NOON) == pytest.approx(4, rel=0.05)


def test_a_first_document_without_dates_says_nothing_of_a_rate() -> None:
    seen = learned(UNKNOWN, [None] * 50, 0, NOON, None)
    assert (seen.began, seen.entries, seen.hours) == (NOON, 0, 0)


def test_entries_dated_outside_the_poll_came_within_it() -> None:
    first = learned(UNKNOWN, [], 0, MIDNIGHT, None)
    odd = [None, datetime(1970, 1, 1, tzinfo=NOON.tzinfo), NOON + 30 * DAY]
    seen = learned(first, odd, 0, MIDNIGHT + 28 * HOUR, MIDNIGHT + 24 * HOUR)
    assert seen.entries == pytest.approx(3, rel=0.01)
    assert sorted(seen.today) == [hour_of_week(MIDNIGHT + DAY) + hours for hours in (1, 2, 3)]


def test_what_lies_between_two_documents_that_share_nothing_is_unknown_not_silent() -> None:
    seen = watched(lambda _: 0.5, 14)
    back = end(14) + 21 * DAY
    times = [back - number * 2 * HOUR for number in range(20)]
    lost = learned(seen, times, 0, back, end(14), turned_over=True)
    assert lost.per_day(back) == pytest.approx(12, rel=0.2)
    assert learned(seen, times, 0, back, end(14)).per_day(back) < 8


def test_a_document_that_turned_over_bounds_the_interval_for_some_weeks() -> None:
    seen = learned(UNKNOWN, [], 0, MIDNIGHT, None)
    seen = learned(seen, [None] * 30, 0, NOON, NOON - 2 * HOUR, turned_over=True)
    windows = [learned(seen, [None], 0, NOON + days * DAY, NOON).window for days in (0, 7, 14, 28)]
    assert windows == [2 * HOUR, 4 * HOUR, 8 * HOUR, None]


def test_matches_are_counted_and_fade_with_the_entries() -> None:
    first = learned(UNKNOWN, [], 0, MIDNIGHT, None)
    seen = faded(learned(first, [None] * 10, 3, NOON, MIDNIGHT), NOON + 14 * DAY)
    assert seen.matches / seen.entries == pytest.approx(0.3)
    assert seen.entries == pytest.approx(5, rel=0.02)


def test_office_hours_are_learned() -> None:
    seen = watched(office, 42)
    office_hours = [seen.intensity(24 * day + hour) for day in range(5) for hour in range(8, 16)]
    others = [seen.intensity(24 * day + hour) for day in range(5) for hour in range(17, 24)]
    assert min(office_hours) > 2 * max(others)
    assert max(seen.intensity(hour) for hour in range(24 * 5, WEEK)) < 0.6 * min(office_hours)


def test_one_hour_of_the_week_is_learned() -> None:
    seen = watched(lambda moment: 12.0 if (moment.weekday(), moment.hour) == (3, 14) else 0.05, 70)
    intensities = [seen.intensity(hour) for hour in range(WEEK)]
    assert intensities.index(max(intensities)) == 3 * 24 + 14
    assert sorted(intensities)[-2] < max(intensities) / 1.5


@pytest.mark.parametrize("burst", [1, 12])
def test_a_feed_without_habits_is_taken_to_have_none(burst: int) -> None:
    shaped = sum(bool(watched(lambda _: 0.5, 28, seed, burst).shape) for seed in range(30))
    assert shaped <= 3


def test_a_young_feed_is_flat() -> None:
    assert watched(office, 2).levels() == (1.0,)


def test_how_much_comes_at_once_is_known() -> None:
    assert watched(lambda _: 0.5, 28).at_once() < 2
    assert watched(lambda _: 0.5, 28, burst=12).at_once() > 4


@given(times=st.lists(st.lists(moments, max_size=40), min_size=1, max_size=12), turned_over=st.booleans())
def test_what_is_learned_survives_its_storage(times: list[list[datetime | None]], turned_over: bool) -> None:
    seen, since = UNKNOWN, None
    for number, new in enumerate(times):
        now = NOON + number * 17 * HOUR
        seen, since = learned(seen, new, len(new) // 3, now, since, turned_over=turned_over), now
        stored = seen.as_json()
        assert len(stored) < 1500
        assert from_json(stored).as_json() == stored
        assert seen.matches >= 0
        assert all(0 < seen.intensity(hour) < math.sqrt(WEEK) + 1 for hour in range(WEEK))


def test_a_hot_feed_with_habits_is_stored_in_less_than_1500_characters() -> None:
    seen = watched(lambda moment: 20 * office(moment), 42)
    assert seen.shape
    assert len(seen.as_json()) < 1500
    assert from_json(seen.as_json()).shape == seen.shape


@given(garbage=st.text() | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_garbage_is_nothing_learned(garbage: str) -> None:
    assert from_json(garbage) == UNKNOWN


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("began", "2024-08-23T12:00:00"), ("at", 7), ("seen", [1, 2]), ("seen", [-1, 0, 0]), ("seen", ["nan", 0, 0]),
        ("counts", "AAAA"), ("counts", "AP8=" * 84), ("shape", "AAAA"), ("bursts", {}), ("today", {"168": 1}),
        ("today", {"x": 1}), ("window", "long"), ("day", None),
    ],
)  # fmt: skip
def test_a_damaged_part_is_nothing_learned(key: str, value: object) -> None:
    stored = json.loads(watched(office, 14).as_json())
    assert from_json(json.dumps(stored)) != UNKNOWN
    assert from_json(json.dumps({**stored, key: value})) == UNKNOWN
