"""A feed's week: the arrivals that each of its hours lets expect.

Knows counts by block of the week and the time they were gathered in; knows nothing of pauses. The week is in UTC and
begins on Monday; which days are quiet is learned, since a desk's feeds rest on different ones.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_HOUR = timedelta(hours=1)
_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
_BLOCK = 3  # hours: what four weeks can tell apart, and three times a clock change
_BLOCKS = 24 // _BLOCK
_ALL = 7 * _BLOCKS
_MOST = 1e6
_RESTING = 0.2
# Less of a week than this says nothing of a rate.
_LEAST_WEEKS = 1e-4
# How many arrivals weigh as much as what other days and hours let expect.
_DAY_PRIOR, _SHARE_PRIOR, _BLOCK_PRIOR = 0.5, 0.5, 1.0


@dataclass(frozen=True, slots=True)
class Week:
    """Arrivals counted by block of the week in `weeks` weeks; with what they let expect of a day, and of its parts."""

    counts: tuple[float, ...]
    weeks: float
    days: tuple[float, ...]
    shares: tuple[float, ...]

    @property
    def quietest(self) -> float:
        """Arrivals on the quietest day: of the two that are, since one may look so by chance."""
        return sum(sorted(self.days)[:2]) / 2

    @property
    def rests(self) -> bool:
        """Whether two days of the week bring next to nothing, as at a newsroom that closes."""
        return self.quietest < _RESTING * sum(self.days) / 7

    @property
    def days_off(self) -> float:
        """What two days off in a row, or before and after a weekend, keep away."""
        days = self.days
        most = max(days[day] + max(days[(day + 1) % 7], days[(day + 3) % 7]) for day in range(7))
        return max(0.0, most - 2 * self.quietest)


def week(counts: str, weeks: float) -> Week:
    """The week of counts as `counted` writes them; without any for what cannot be read."""
    read = _read(counts)
    if weeks < _LEAST_WEEKS:
        return Week(read, 0.0, (0.0,) * 7, (0.0,) * _BLOCKS)
    by_day = [sum(read[day * _BLOCKS : (day + 1) * _BLOCKS]) for day in range(7)]
    by_part = [sum(read[part::_BLOCKS]) + _SHARE_PRIOR for part in range(_BLOCKS)]
    mean = sum(by_day) / 7 / weeks
    days = tuple(_rate(count, weeks, mean, _DAY_PRIOR) for count in by_day)
    return Week(read, weeks, days, tuple(count / sum(by_part) for count in by_part))


def counted(one: Week, at: datetime, new: int, keep: float = 1.0) -> str:
    """The counts with `new` arrivals more, those so far fading to `keep`, as text."""
    place = _block(at)
    counts = (count * keep + (new if block == place else 0) for block, count in enumerate(one.counts))
    return " ".join(f"{count:.3g}" for count in counts)


def expected(one: Week, start: datetime, end: datetime) -> tuple[float, float]:
    """The arrivals to be expected between two times, and those if each day were like the quietest."""
    full = quiet = 0.0
    for block, part in _blocks(start, end) if one.weeks else ():
        share = one.shares[block % _BLOCKS]
        rate = _rate(one.counts[block], one.weeks, one.days[block // _BLOCKS] * share, _BLOCK_PRIOR)
        full += rate * part
        quiet += min(rate, one.quietest * share) * part
    return full, quiet


def mondays(start: datetime, end: datetime) -> int:
    """How many weeks began between two times."""
    return max(0, _number(end) - _number(start))


def _rate(count: float, weeks: float, prior: float, weight: float) -> float:
    """A Poisson rate with a Gamma prior that weighs as much as `weight` arrivals: none so far is not none ever."""
    return (count + weight) / (weeks + weight / prior) if prior > 0 else 0.0


def _read(counts: str) -> tuple[float, ...]:
    try:
        read = tuple(float(count) for count in counts.split())
    except ValueError:
        read = ()
    return read if len(read) == _ALL and all(0 <= count <= _MOST for count in read) else (0.0,) * _ALL


def _blocks(start: datetime, end: datetime) -> Iterator[tuple[int, float]]:
    """The blocks between two times, with the part of each that lies between them."""
    place, left = (start - _MONDAY) / _HOUR / _BLOCK, (end - start) / _HOUR / _BLOCK
    while left > 1e-9:
        beyond = math.floor(place) + 1
        part = min(left, beyond - place)
        yield (beyond - 1) % _ALL, part
        place, left = beyond, left - part


def _block(at: datetime) -> int:
    return int((at - _MONDAY) / _HOUR // _BLOCK) % _ALL


def _number(at: datetime) -> int:
    return (at - _MONDAY) // timedelta(days=7)
