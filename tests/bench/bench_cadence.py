"""Delay from publication to poll, at the same number of requests: fixed interval, Miniflux's rule, and ours.

    python -m tests.bench.bench_cadence [--feeds 150] [--weeks 3] [--seed 1] [set ...]

Everything is learned on the way from what polls see; the first week is not counted. `mean` and `p95` are of entries
as they came; where polls fell is chance, and `+-` is the standard error that it gives a ratio of two such means.
`expected` is the mean over all that might have come instead, at the true intensities and the polls that were made: it
is free of that luck, and recordings have none. Ratios are to the fixed interval.
"""

import argparse
import gzip
import heapq
import json
import math
import os
import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from monitor.core.arrivals import UNKNOWN, Arrivals, learned
from monitor.core.budget import Plan, demand, plan
from monitor.core.cadence import next_poll

SHARED = Path(os.environ.get("WIREWATCH_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
RECORDINGS = SHARED / "feeds" / "history"
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
DAY, WEEK = 24.0, 168.0
EVERY, FASTEST, SLOWEST = timedelta(minutes=10), timedelta(minutes=2), timedelta(hours=1)
INTERVAL = EVERY / timedelta(hours=1)
# A document shows this many entries when it is first read.
SHOWN = 20
COPIES = 6
# The entries a day that the mean feed of a synthetic set brings.
PER_DAY = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """A feed as it is: when its entries come (hours from the first Monday), and how many are expected in each hour."""

    entries: list[float]
    intensity: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a policy came to: polls made after the first week, the delays of entries in hours, and the expected mean."""

    polls: int
    delays: list[float]
    expected: float

    @property
    def mean(self) -> float:
        return sum(self.delays) / len(self.delays)

    @property
    def p95(self) -> float:
        return sorted(self.delays)[int(0.95 * len(self.delays))]


class Policy(Protocol):
    """When each feed is polled next; told of each poll."""

    def polled(self, _number: int, now: float, _since: float | None, _new: list[float], /) -> float:
        """The time of the feed's next poll, after one at `now` that brought new entries."""


class Fixed:
    """The same interval for every feed."""

    def polled(self, _number: int, now: float, _since: float | None, _new: list[float]) -> float:
        """So much later."""
        return now + INTERVAL


class Miniflux:
    """In proportion to the entries of the last week, between 5 minutes and 24 hours (its `entry_frequency`)."""

    def __init__(self, feeds: int, factor: float) -> None:
        self._seen: list[list[float]] = [[] for _ in range(feeds)]
        self._factor = factor

    def polled(self, number: int, now: float, _since: float | None, new: list[float]) -> float:
        """By the count of the last week."""
        seen = self._seen[number]
        seen += new
        count = len(seen) - bisect_left(seen, now - WEEK)
        return now + min(max(WEEK / (count * self._factor), 1 / 12), 24.0) if count else now + 24.0


class Ours:
    """wirewatch's own code, planned anew every hour."""

    def __init__(self, feeds: int) -> None:
        self._known: list[Arrivals] = [UNKNOWN] * feeds
        self._names = [f"feed-{number}" for number in range(feeds)]
        self._until = [MONDAY] * feeds
        self._planned = -math.inf
        self._plan: Plan

    def polled(self, number: int, now: float, since: float | None, new: list[float]) -> float:
        """As the program decides."""
        moment = _moment(now)
        if new or since is None:
            times = [_moment(entry) for entry in new]
            last = None if since is None else _moment(since)
            self._known[number] = learned(self._known[number], times, 0, moment, last)
        self._until[number] = moment
        if now >= self._planned + 1:
            self._planned = now
            seen = zip(self._names, self._known, self._until, strict=True)
            demands = {name: demand(known, until, 3) for name, known, until in seen}
            self._plan = plan(demands, len(demands) / INTERVAL, FASTEST, SLOWEST)
        name = self._names[number]
        pace = self._plan.pace(name, self._known[number], moment)
        return (next_poll(name, moment, pace).at - MONDAY) / timedelta(hours=1)


def _moment(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


def simulate(wires: list[Wire], end: float, policy: Policy, seed: int) -> Result:
    """Poll the feeds from the first Monday until the end; the first week is not counted."""
    chance = random.Random(seed)
    queue = [(chance.random() * INTERVAL, number) for number in range(len(wires))]
    heapq.heapify(queue)
    last: list[float | None] = [None] * len(wires)
    polls, delays, waited, came = 0, [], 0.0, 0.0
    while queue[0][0] < end:
        now, number = queue[0]
        wire, since = wires[number], last[number]
        upto = bisect_right(wire.entries, now)
        new = wire.entries[max(0, upto - SHOWN) : upto]
        if since is not None:
            new = wire.entries[bisect_right(wire.entries, since) : upto]
            if since >= WEEK:
                polls += 1
                delays += [now - entry for entry in new]
                if wire.intensity:
                    hours, expected = _waited(wire.intensity, since, now)
                    waited, came = waited + hours, came + expected
        last[number] = now
        heapq.heapreplace(queue, (policy.polled(number, now, since, new), number))
    return Result(polls=polls, delays=delays, expected=waited / came if came else math.nan)


def _waited(intensity: list[float], since: float, now: float) -> tuple[float, float]:
    """The hours that entries of this intensity wait from a poll to the next, all together, and how many they are."""
    edges = [since, *range(math.floor(since) + 1, math.ceil(now)), now]
    came = [(intensity[int(first)] * (last - first), (first + last) / 2) for first, last in pairwise(edges)]
    return sum(count * (now - middle) for count, middle in came), sum(count for count, _ in came)


def tuned(wires: list[Wire], end: float, polls: int, seed: int) -> Result:
    """Miniflux's rule with the factor that makes as many polls as were made at the fixed interval."""
    week = polls * WEEK / (end - WEEK)
    entries = sum(bisect_left(wire.entries, end) - bisect_left(wire.entries, 0.0) for wire in wires) * WEEK / end
    factor, low, high = week / entries, 0.0, math.inf
    for _ in range(30):
        result = simulate(wires, end, Miniflux(len(wires), factor), seed)
        if abs(result.polls / polls - 1) < 0.003:
            break
        low, high = (factor, high) if result.polls < polls else (low, factor)
        step = factor * (polls / result.polls) ** 1.5
        factor = step if low < step < high else (low + min(high, 3 * low)) / 2
    return result


# Synthetic sets.


def flat(_chance: random.Random) -> list[float]:
    """A feed without habits."""
    return [1.0] * int(WEEK)


def newsroom(chance: random.Random) -> list[float]:
    """Some follow the office, some the day, some neither; each in its own time zone."""
    night, evening, weekend = chance.choice([(0.02, 0.15, 0.05), (0.1, 0.6, 0.4), (0.25, 0.9, 0.6), (0.7, 1.0, 0.9)])
    zone, peak = chance.randrange(24), chance.randrange(8, 18)
    hours = [night if hour < 6 else 1.0 if hour < 19 else evening for hour in range(24)]
    hours[peak] *= 1.5
    week = [rate * (weekend if day > 4 else 1.0) for day in range(7) for rate in hours]
    week = week[zone:] + week[:zone]
    mean = sum(week) / len(week)
    return [rate / mean for rate in week]


def poisson(chance: random.Random, intensity: list[float], start: float) -> list[float]:
    """Entries at a rate that is given for each hour from the first Monday on, the week before it like the first."""
    entries = []
    for hour in range(int(start), len(intensity)):
        rate = intensity[hour] if hour >= 0 else intensity[hour % int(WEEK)]
        moment = hour + chance.expovariate(1.0) / rate
        while moment < hour + 1:
            entries.append(moment)
            moment += chance.expovariate(1.0) / rate
    return entries


def bursting(chance: random.Random, intensity: list[float], start: float) -> list[float]:
    """The same rates, but in bursts: one in five draws a dozen after it within two hours."""
    size = 1 + 0.2 * 12
    entries = []
    for first in poisson(chance, [rate / size for rate in intensity], start):
        more = 12 if chance.random() < 0.2 else 0
        entries += [first, *(first + chance.expovariate(1.0) / 2 for _ in range(more))]
    return sorted(entry for entry in entries if entry < len(intensity))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of set: how unlike the feeds' rates are, the shape of their weeks, how entries come, when rates change."""

    sigma: float
    shape: Callable[[random.Random], list[float]] = newsroom
    come: Callable[[random.Random, list[float], float], list[float]] = poisson
    changes: float = math.inf


SETS = {
    "equal": Kind(sigma=0.0, shape=flat),
    "equal, bursts": Kind(sigma=0.0, shape=flat, come=bursting),
    "equal, weeks": Kind(sigma=0.0),
    "0.3": Kind(sigma=0.3, shape=flat),
    "1.0": Kind(sigma=1.0),
    "1.5, no weeks": Kind(sigma=1.5, shape=flat),
    "1.5": Kind(sigma=1.5),
    "1.5, bursts": Kind(sigma=1.5, come=bursting),
    "1.5, changes": Kind(sigma=1.5, changes=10 * DAY),
    "2.0": Kind(sigma=2.0),
}


def synthetic(kind: Kind, feeds: int, end: float, seed: int) -> list[Wire]:
    """Feeds whose rates are lognormal about the same mean."""
    chance = random.Random(f"{seed}")
    wires = []
    for _ in range(feeds):
        shape, rates = kind.shape(chance), []
        rate = _rate(chance, kind.sigma)
        for hour in range(int(end) + 24):
            if chance.random() < 1 / kind.changes:
                rate = _rate(chance, kind.sigma)
            rates.append(rate * shape[hour % int(WEEK)])
        wires.append(Wire(entries=kind.come(chance, rates, -WEEK), intensity=rates))
    return wires


def _rate(chance: random.Random, sigma: float) -> float:
    return PER_DAY / 24 * math.exp(chance.gauss(-sigma * sigma / 2, sigma))


def recorded(paths: Iterable[Path], weeks: int) -> tuple[list[Wire], float]:
    """Entries of recorded feeds when they were published, or first seen where that is not between two polls.

    Each feed stands in it several times, and is polled at other minutes each time: many entries come on the hour.
    """
    found = [sorted(_first_seen(path)) for path in paths]
    begin = max(entries[0] for entries in found) + timedelta(weeks=1)
    begin -= timedelta(days=begin.weekday(), hours=begin.hour, minutes=begin.minute)
    wires = [Wire(entries=[(entry - begin) / timedelta(hours=1) for entry in entries]) for entries in found]
    last = min(wire.entries[-1] for wire in wires)
    return wires * COPIES, min((weeks + 1) * WEEK, last)


def _first_seen(path: Path) -> list[datetime]:
    entries, last = [], None
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for poll in map(json.loads, lines):
            now = datetime.fromisoformat(poll["t"]).astimezone(UTC)
            for _, _, _, published, _ in poll.get("add", []):
                moment = parsedate_to_datetime(published).astimezone(UTC)
                if last is None or last < moment <= now:
                    entries.append(moment)
                else:
                    entries.append(now)
            last = last if poll.get("empty") else now
    return entries


def compared(name: str, wires: list[Wire], end: float, seed: int) -> None:
    """Print one line of the table."""
    fixed = simulate(wires, end, Fixed(), seed)
    others = [tuned(wires, end, fixed.polls, seed), simulate(wires, end, Ours(len(wires)), seed)]
    # A delay is spread evenly over an interval: its deviation is 1/sqrt(3) of its mean, and there are two of them.
    chance = math.sqrt(2 / 3 / len(fixed.delays))
    cells = [f"{name:14}", f"{fixed.polls:9,}", f"{60 * fixed.mean:6.2f}", f"{60 * fixed.p95:6.2f}", f"{chance:6.3f}"]
    for other in others:
        cells += [f"{other.polls / fixed.polls:8.4f}", f"{other.mean / fixed.mean:6.3f}"]
        cells += [f"{other.expected / fixed.expected:8.4f}", f"{other.p95 / fixed.p95:6.3f}"]
    print(" ".join(cells), flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("sets", nargs="*", metavar="set", help=f"of {', '.join([*SETS, 'recorded'])}")
    parser.add_argument("--feeds", type=int, default=150)
    parser.add_argument("--weeks", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    end = (wanted.weeks + 1) * WEEK
    print(f"{'':14} {'fixed, minutes':^30} {'Miniflux by fixed':^31}  {'ours by fixed':^31}")
    print(
        f"{'set':14} {'requests':>9} {'mean':>6} {'p95':>6} {'+-':>6}"
        + 2 * f" {'requests':>8} {'mean':>6} {'expected':>8} {'p95':>6}"
    )
    for name, kind in SETS.items():
        if not wanted.sets or name in wanted.sets:
            compared(name, synthetic(kind, wanted.feeds, end, wanted.seed), end, wanted.seed)
    if not wanted.sets or "recorded" in wanted.sets:
        paths = sorted(RECORDINGS.glob("*.jsonl.gz"))
        if paths:
            compared("recorded", *recorded(paths, 6 * wanted.weeks), wanted.seed)
        else:
            print(f"recorded: not measured, there are no recordings in {RECORDINGS}")


if __name__ == "__main__":
    main()
