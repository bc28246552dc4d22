"""Simulated feeds: when they publish, what a poll of them shows, and what it shows once a fault is put in.

Deterministic by seed. Rates are lognormal; weeks have nights, weekends, days off, busy and lean days, and bursts.
"""

import math
import random
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from monitor.core.feed import Fault
from monitor.core.poll import Poll

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
DAY = 24.0
KINDS = {"office": 25, "daytime": 28, "all hours": 12, "clock": 10, "bursty": 14, "heavy": 7, "weekly": 4}
NOISE = (Fault.NO_ANSWER, Fault.NO_ANSWER, Fault.REFUSED, Fault.REFUSED, Fault.NO_FEED)
COUNTRIES = 12


def chances(name: str) -> random.Random:
    """Chance that is the same in each run."""
    return random.Random(name)


@dataclass(slots=True)
class Source:
    """A simulated publisher: hours of its entries since START, and how its documents look."""

    number: int
    kind: str
    rate: float  # entries a day
    interval: float  # hours between polls
    listed: int
    undated: float
    whole: bool  # each morning all entries are new
    last_day_only: bool  # entries older than a day leave the document
    times: list[float] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"feed-{self.number}"


def source(number: int, weeks: float, seed: int = 0) -> Source:
    """The source of this number, with its entries of so many weeks; another seed is another history of the same one."""
    make = chances(f"source {number}")
    kind = make.choices(list(KINDS), list(KINDS.values()))[0]
    rate = min(500.0, max(0.3, make.lognormvariate(math.log(8), 1.6)))
    rate = {"clock": make.choice((1, 1, 2, 3)), "weekly": 0.3, "heavy": min(rate, 8.0)}.get(kind, rate)
    interval = min(60.0, max(2.0, make.uniform(20, 70) / math.sqrt(rate))) / 60
    one = Source(
        number=number,
        kind=kind,
        rate=rate,
        interval=interval,
        listed=max(make.choice((10, 15, 20, 30, 50, 100)), math.ceil(rate * interval)),
        undated=make.choices((0.0, 1.0, make.uniform(0.01, 0.3)), (90, 5, 5))[0],
        whole=make.random() < 0.02,
        last_day_only=make.random() < 0.02,
    )
    habits = _habits(make, kind)
    one.times = _times(one, habits, weeks * 7, chances(f"history {number} {seed}"), days_off(number, weeks, seed))
    return one


def days_off(number: int, weeks: float, seed: int) -> set[int]:
    """The days of a country's holidays: ten a year, two of them around a weekend."""
    chance, found = chances(f"country {number % COUNTRIES} {seed}"), set[int]()
    for week in range(int(weeks) + 1):
        if chance.random() < 8 / 52:
            found.add(week * 7 + chance.randrange(5))
        if chance.random() < 1 / 52:
            found |= {week * 7 + 4, week * 7 + 7}
    return found


@dataclass(slots=True)
class Habits:
    zone: float
    hours: list[float]
    days: list[float]
    holiday: float
    marks: list[float]
    spread: float


def _habits(make: random.Random, kind: str) -> Habits:
    night, lean = make.uniform(0.03, 0.4), make.uniform(0.3, 0.9)
    opens, closes = make.choice((6, 7, 8, 9)), make.choice((17, 18, 20, 22))
    if kind == "office" or (kind in {"clock", "bursty"} and make.random() < 0.5):
        night, lean = 0.0, make.choice((0.0, 0.0, 0.05))
    if kind == "all hours":
        night, lean, opens, closes = 1.0, make.uniform(0.6, 1.0), 0, 24
    hours = [1.0 if opens <= hour < closes else night for hour in range(24)]
    rest = make.choices(((5, 6), (4, 5)), (9, 1))[0]
    days = [lean if day in rest else 1.0 for day in range(7)]
    if kind == "weekly":
        days = [1.0 if day == make.randrange(5) else 0.0 for day in range(7)]
        days = days if sum(days) else [0, 0, 1.0, 0, 0, 0, 0]
    marks = sorted(make.uniform(6, 20) for _ in range(3))
    return Habits(make.choice((-8, -5, 0, 0, 1, 1, 2, 3, 3, 8)), hours, days, lean * 0.8, marks, make.uniform(0.1, 0.4))


def _times(one: Source, habits: Habits, days: float, chance: random.Random, off: set[int]) -> list[float]:
    found: list[float] = []
    level = sum(habits.hours) / 24 * sum(habits.days) / 7
    gap_left = 0.0
    for day in range(int(days) + 1):
        factor = habits.days[day % 7] * (habits.holiday if day in off else 1.0)
        busy = chance.lognormvariate(-(habits.spread**2) / 2, habits.spread)
        begin = day * DAY - habits.zone
        if one.kind in {"clock", "weekly"}:
            marks = habits.marks[: max(1, round(one.rate))]
            found += [
                begin + mark + chance.gauss(0, 0.25) for mark in marks if factor and chance.random() < max(factor, 0.2)
            ]
        elif one.kind == "heavy":
            while gap_left < DAY:
                found.append(begin + gap_left)
                gap_left += DAY / one.rate / 3 * min(chance.paretovariate(1.5), 40)
            gap_left -= DAY
        else:
            per_hour = one.rate / 24 / level * factor * busy
            for hour in range(24):
                found += _arrivals(chance, one, begin + hour, per_hour * habits.hours[hour])
    return sorted(time for time in found if 0 <= time < days * DAY)


def _arrivals(chance: random.Random, one: Source, hour: float, rate: float) -> list[float]:
    size = 5.0 if one.kind == "bursty" else 1.0
    found, at = [], chance.expovariate(rate / size) if rate > 0 else 2.0
    while at < 1:
        children = 1 + int(chance.expovariate(1 / (size - 1))) if size > 1 else 1
        found += [hour + at + chance.uniform(0, 1.0) * (child > 0) for child in range(children)]
        at += chance.expovariate(rate / size)
    return found


def when(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def document(one: Source, at: float) -> tuple[int, int]:
    """The entries that the document of a time has, as a range of the history."""
    end = bisect_right(one.times, at)
    if one.whole:
        end = bisect_right(one.times, at // DAY * DAY)
        return bisect_right(one.times, (at // DAY - 1) * DAY), end
    if one.last_day_only:
        return max(end - one.listed, bisect_right(one.times, at - DAY)), end
    return max(0, end - one.listed), end


def polled(one: Source, at: float, seen: tuple[int, int] | None, chance: random.Random) -> tuple[Poll, tuple[int, int]]:
    """A poll that goes well, and what it saw; `seen` is what the last one did."""
    now = document(one, at)
    size, plain = now[1] - now[0], asked(one, at)
    newest = when(one.times[now[1] - 1]) if size else None
    if seen is None:
        dated = round(size * (1 - one.undated))
        newest = newest if dated else None
        return replace(plain, listed=size, new=size, read=size, dated=dated, newest=newest, first=True), now
    new = min(size, max(0, now[1] - max(now[0], seen[1])))
    if now == seen and chance.random() < 0.7:
        return plain, now
    read = new + (chance.random() < 0.08 and size > new)
    dated = sum(chance.random() >= one.undated for _ in range(read))
    newest = newest if dated else None
    return replace(plain, listed=size, known=size - new, new=new, read=read, dated=dated, newest=newest), now


def asked(one: Source, at: float) -> Poll:
    """A poll of this hour that brings nothing."""
    return Poll(at=when(at), interval=timedelta(hours=one.interval), url=f"https://{one.name}.example/rss")


def wait(one: Source, failures: int, fault: Fault | None) -> float:
    """Hours until the next poll, as the daemon asks: soon again after the first two failures, then ever later."""
    if failures == 0:
        return one.interval
    if fault in {Fault.BLOCKED, Fault.THROTTLED}:
        return float(min(one.interval * 2 ** (failures - 1), max(6.0, one.interval)))
    if failures <= 2:
        return one.interval / 3
    return float(min(one.interval * 2 ** (failures - 2), max(6.0, one.interval)))
