"""When digests go out: no day without its times, and none twice, whatever the clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.timetable import Timetable

ISTANBUL = ZoneInfo("Europe/Istanbul")
TWICE = Timetable(at=(time(7), time(19)), zone=ISTANBUL)
# Zones with clock changes at two and at midnight, by half an hour, and one that skipped a whole day (Apia, 2011).
ZONES = [
    ZoneInfo(name)
    for name in ("Europe/Berlin", "America/Havana", "Asia/Beirut", "Australia/Lord_Howe", "Pacific/Apia", "UTC")
]


def test_the_next_time_is_the_next_in_the_zone() -> None:
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    evening = TWICE.next_after(noon)
    assert evening == datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    assert TWICE.next_after(evening) == datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def test_without_a_word_it_is_six_in_the_morning_utc() -> None:
    assert Timetable().next_after(datetime(2026, 11, 22, 6, 0, tzinfo=UTC)) == datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        # Leapt over on 29 March 2026, shown twice on 25 October 2026.
        (date(2026, 3, 29), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_time_that_is_not_or_is_twice_comes_once(day: date, expected: datetime) -> None:
    nightly = Timetable(at=(time(2, 30),), zone=ZoneInfo("Europe/Berlin"))
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=6)
    first = nightly.next_after(begin)
    assert first == expected
    assert nightly.next_after(first) - first > timedelta(hours=22)


days = st.dates(date(2005, 1, 2), date(2037, 12, 1))
times = st.lists(st.builds(time, st.integers(0, 23), st.sampled_from((0, 30, 59))), min_size=1, max_size=3)


@given(zone=st.sampled_from(ZONES), start=days, at=times)
def test_a_year_has_every_time_of_every_day_once(zone: ZoneInfo, start: date, at: list[time]) -> None:
    timetable = Timetable(at=tuple(sorted(set(at))), zone=zone)
    first, last = (datetime.combine(day, time(), UTC) for day in (start, start + timedelta(days=40)))
    stepped, moment = [], first
    while (moment := timetable.next_after(moment)) <= last:
        stepped.append(moment)
    listed = {each for number in range(-3, 44) for each in timetable.on(start + timedelta(days=number))}
    assert stepped == sorted(each for each in listed if first < each <= last)
    assert len(set(stepped)) == len(stepped)
    for day in (start + timedelta(days=number) for number in range(2, 38)):
        # A day that a zone skips altogether falls together with its neighbour.
        assert any(abs(each - datetime.combine(day, at[0], UTC)) <= timedelta(hours=27) for each in stepped)
