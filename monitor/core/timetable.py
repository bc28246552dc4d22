"""When digests go out: times of day in a time zone.

Knows days and clock changes; the zone's rules come with the argument. Every time of day comes once on every day: one
that the clock leaps over in spring comes as long after midnight as it would have, one that it shows twice in autumn
the first time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

# A zone may be up to a day off, and skip one: so many days around a moment hold the next time of day.
_AROUND = range(-1, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """Times of day, at least one, and the zone they are told in."""

    at: tuple[time, ...] = (time(6),)
    zone: tzinfo = UTC

    def next_after(self, moment: datetime) -> datetime:
        """The first time after a moment, in UTC."""
        local = moment.astimezone(self.zone).date()
        days = (local + timedelta(days=number) for number in _AROUND)
        return min(each for day in days for each in self.on(day) if each > moment)

    def on(self, day: date) -> Iterator[datetime]:
        """The times of a day of the zone, in UTC."""
        return (datetime.combine(day, each, self.zone).astimezone(UTC) for each in self.at)
