"""Silence against a feed's own habits: nights, weekends and holidays do not ring, dead feeds do."""

import math
import random
from bisect import bisect_right
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.health import judge
from monitor.core.poll import Poll
from monitor.core.rhythm import Rhythm, Silence, heard, silence
from monitor.core.week import counted, expected, mondays, week

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), 168
WEEKDAYS, ALL_DAYS = range(5), range(7)


def arrivals(seed: int, rate: float, *, days: Collection[int], weeks: int, off: Collection[int] = ()) -> list[float]:
    """The hours since Monday at which a feed publishes: so many times on its days, from 6 to 20 mostly."""
    chance, found = random.Random(seed), list[float]()  # noqa: S311 - arrivals, no secrets
    for hour in range(weeks * WEEK):
        works = hour // 24 % 7 in days and hour // 24 not in off
        mean = rate / 24 * (1.6 if 6 <= hour % 24 < 20 else 0.15) * works
        at = chance.expovariate(mean) if mean else 1.0
        while at < 1:
            found.append(hour + at)
            at += chance.expovariate(mean)
    return found


class Watched:
    """A feed polled every half hour: what is known of it, and each silence with the hour at which it was found."""

    def __init__(self, times: list[float], every: float = 0.5) -> None:
        self.times, self.every = times, every
        self.rhythm, self.at, self.silences = Rhythm(), 0.0, list[tuple[float, Silence]]()
        self._poll(0.0)

    def until(self, hour: float) -> "Watched":
        while self.at + self.every <= hour:
            self._poll(self.at + self.every)
        return self

    def asleep(self, hours: float) -> "Watched":
        self._poll(self.at + hours)
        return self

    def _poll(self, at: float) -> None:
        new = bisect_right(self.times, at) - bisect_right(self.times, self.at)
        first, now = self.rhythm.at is None, MONDAY + at * HOUR
        self.rhythm = heard(self.rhythm, at=now, interval=self.every * HOUR, new=new, first=first)
        found = silence(self.rhythm)
        if found and not (self.silences and self.silences[-1][1].since == found.since):
            self.silences.append((at, found))
        self.at = at


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("rate", "days"), [(1, ALL_DAYS), (3, ALL_DAYS), (40, ALL_DAYS), (4, WEEKDAYS), (90, WEEKDAYS)]
)
def test_a_healthy_feed_is_never_silent(rate: float, days: range, seed: int) -> None:
    assert Watched(arrivals(seed, rate, days=days, weeks=16)).until(16 * WEEK).silences == []


@pytest.mark.parametrize(("rate", "days"), [(3, ALL_DAYS), (40, ALL_DAYS), (200, ALL_DAYS), (40, WEEKDAYS)])
def test_a_feed_that_stops_is_found_silent_within_two_of_its_longest_pauses(rate: float, days: range) -> None:
    times = arrivals(7, rate, days=days, weeks=8)
    longest = max(later - earlier for earlier, later in pairwise(times))
    watched = Watched(times).until(30 * WEEK)
    ((found_at, found),) = watched.silences
    assert found_at - times[-1] <= 2 * longest + watched.every
    assert found.longest <= (longest + watched.every) * HOUR
    assert found.expected > 3


def test_a_day_off_beside_a_weekend_and_a_short_night_s_sleep_are_no_silence() -> None:
    # Good Friday and Easter Monday, in the seventh week.
    off = (6 * 7 + 4, 7 * 7)
    assert Watched(arrivals(3, 60, days=WEEKDAYS, weeks=9, off=off)).until(9 * WEEK).silences == []


def test_a_newsroom_that_closes_is_found_silent_after_a_long_weekend() -> None:
    times = arrivals(3, 60, days=WEEKDAYS, weeks=6)
    ((found_at, _),) = Watched(times).until(9 * WEEK).silences
    assert 4 * 24 < found_at - times[-1] < 6 * 24


def test_a_machine_that_slept_is_no_silence_of_the_feed() -> None:
    times = [time for time in arrivals(5, 60, days=ALL_DAYS, weeks=9) if not 6 * WEEK < time < 6 * WEEK + 60]
    assert Watched(times).until(6 * WEEK).asleep(58).until(6 * WEEK + 60).silences == []
    assert Watched(times).until(6 * WEEK + 60).silences != []


def test_a_slower_rhythm_is_learned_from_the_pause_that_was_told() -> None:
    quick = arrivals(1, 60, days=ALL_DAYS, weeks=6)
    slow = [time for time in arrivals(2, 2, days=ALL_DAYS, weeks=40) if time > 6 * WEEK]
    watched = Watched(quick + slow).until(40 * WEEK)
    assert 1 <= len(watched.silences) <= 6
    assert all(at < 12 * WEEK for at, _ in watched.silences)


def test_nothing_is_said_of_a_feed_that_is_hardly_known() -> None:
    assert Watched(arrivals(1, 60, days=ALL_DAYS, weeks=1)[:29]).until(30 * WEEK).silences == []
    assert Watched([24.0 * day for day in range(1, 10)]).until(60 * WEEK).silences == []


def test_before_two_weeks_are_over_four_days_without_an_entry_are_needed() -> None:
    times = [time for time in arrivals(1, 60, days=ALL_DAYS, weeks=1) if time < 80]
    ((found_at, found),) = Watched(times).until(13 * 24).silences
    assert found_at - times[-1] > 96
    assert found.pause >= 96 * HOUR


def test_a_single_poll_that_brings_nothing_is_no_silence_however_much_it_should_have_brought() -> None:
    times = arrivals(4, 400, days=ALL_DAYS, weeks=4)
    watched = Watched(times).until(4 * WEEK)
    assert watched.rhythm.idle < 3
    watched.asleep(1.5)
    assert watched.silences == []


@given(st.lists(st.tuples(st.floats(-5, 200), st.integers(0, 3)), max_size=40))
@settings(max_examples=50)
def test_a_clock_that_jumps_is_survived(steps: list[tuple[float, int]]) -> None:
    rhythm, at = Rhythm(), MONDAY
    for hours, new in steps:
        at += hours * HOUR
        rhythm = heard(rhythm, at=at, interval=HOUR, new=new, first=rhythm.at is None)
        assert rhythm.pause >= 0 <= rhythm.full
        assert rhythm.quiet <= rhythm.full + 1e-6
        assert rhythm.hours <= max(1.0, 3.0 * len(steps)) + 1e-6
        assert silence(rhythm) is None or rhythm.idle >= 3


def test_a_person_reads_what_was_expected_of_a_silent_feed() -> None:
    times, health, lines = arrivals(9, 40, days=ALL_DAYS, weeks=4), "", list[str]()
    for half_hours in range(2 * WEEK * 5):
        at = half_hours / 2
        new = bisect_right(times, at) - bisect_right(times, at - 0.5)
        listed = 20 if new or not half_hours else None
        poll = Poll(
            at=MONDAY + at * HOUR,
            interval=HOUR / 2,
            url="https://wire.example/rss",
            listed=listed,
            known=20 - new,
            new=new,
            first=not half_hours,
        )
        verdict = judge(health, poll, after=3)
        health, lines = verdict.health, [*lines, *(f"{one.spot}: {one.detail}" for one in verdict.opened)]
    (line,) = lines
    assert line.startswith("silent: no new entry since 2026-03-29 ")
    assert "were to be expected; it brings one every" in line
    assert line.endswith("open https://wire.example/rss in a browser")
    late = Poll(at=MONDAY + 6 * WEEK * HOUR, interval=HOUR / 2, listed=20, known=19, new=1)
    assert [str(spot) for spot in judge(health, late, after=3).closed] == ["silent"]


def test_a_week_says_what_its_hours_let_expect() -> None:
    text = ""
    for weeks in range(8):
        for day in WEEKDAYS:
            text = counted(week(text, weeks), MONDAY + (day * 24 + 9) * HOUR, 2)
    known = week(text, 8.0)
    office, whole = (
        expected(known, MONDAY + 9 * HOUR, MONDAY + 12 * HOUR)[0],
        expected(known, MONDAY, MONDAY + WEEK * HOUR),
    )
    assert office == pytest.approx(2.0, abs=0.2)
    assert whole[0] == pytest.approx(10.0, abs=1.5)
    assert whole[1] < 1.5
    assert known.rests
    assert known.days_off == pytest.approx(4.0, abs=0.5)


@given(st.floats(0, 1000), st.floats(0, 100), st.floats(0, 100))
def test_what_is_expected_of_two_spans_is_what_is_expected_of_both(start: float, one: float, other: float) -> None:
    known = week(" ".join(str(block % 7) for block in range(56)), 3.0)
    a, b, c = (MONDAY + hours * HOUR for hours in (start, start + one, start + one + other))
    parts = expected(known, a, b)[0] + expected(known, b, c)[0]
    assert math.isclose(parts, expected(known, a, c)[0], abs_tol=1e-6)


@pytest.mark.parametrize("counts", ["", "x", "1 2 3", "nan " * 56, "-1 " * 56, "1e9 " * 56])
def test_counts_that_cannot_be_read_are_none(counts: str) -> None:
    assert expected(week(counts, 2.0), MONDAY, MONDAY + HOUR) == (0.0, 0.0)


def test_weeks_begin_on_monday() -> None:
    assert [mondays(MONDAY, MONDAY + hours * HOUR) for hours in (-1, 0, 167, 168, 400)] == [0, 0, 0, 1, 2]
