"""How soon a blind feed is told, and how often one is told that is not blind, on simulated and on recorded feeds.

    python -m tests.bench.bench_blind_spots [FEEDS [CLEAN_WEEKS]]

Each feed is polled for eight weeks; from there it goes on once for each fault, until that is told, and once without any
for so many weeks. Whatever is told without a fault is a false alarm, from the first week on. Of the polls 1 % fail by
themselves, whatever the one before did; one in fifty of these failures lasts two polls. Delays are in the feed's
intervals: of polls, and for silence (and dates that only new entries lack) in its usual longest pause, the median over
eight other quarters of its history of the longest pause in each.
"""

import gzip
import heapq
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from multiprocessing import Pool
from pathlib import Path
from statistics import median

from monitor.core import reach
from monitor.core.feed import Fault
from monitor.core.health import BlindSpot, judge
from monitor.core.poll import Poll
from monitor.core.reach import Contact, Reach
from tests.bench.feedsim import KINDS, NOISE, Source, asked, chances, polled, source, wait, when

SHARED = Path(os.environ.get("WIREWATCH_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
HISTORY = SHARED / "feeds" / "history"
WARM, AFTER, HOURS = 8, 3, 168.0
FAILING = {
    "500s": Fault.REFUSED,
    "404": Fault.REFUSED,
    "DNS": Fault.NO_ANSWER,
    "timeouts": Fault.NO_ANSWER,
    "HTML page, 200": Fault.NO_FEED,
    "empty body": Fault.EMPTY,
    "garbage XML": Fault.UNREADABLE,
    "403 challenge": Fault.BLOCKED,
    "429": Fault.THROTTLED,
    "410": Fault.GONE,
}
DOCUMENTS = {
    "empty feed": BlindSpot.EMPTY,
    "turned over": BlindSpot.TURNED_OVER,
    "undated (all re-read)": BlindSpot.UNDATED,
    "undated (new only)": BlindSpot.UNDATED,
    "old copy": BlindSpot.STALE,
    "frozen": BlindSpot.SILENT,
    "silence": BlindSpot.SILENT,
}


@dataclass(slots=True)
class Watch:
    """A feed under watch: what is remembered of it, when it was polled last and what was seen then."""

    one: Source
    chance: random.Random
    health: str = ""
    at: float = 0.0
    seen: tuple[int, int] | None = None
    failures: int = 0
    fault: Fault | None = None
    again: bool = False

    def copy(self, name: str) -> "Watch":
        chance = chances(f"{name} {self.one.number}")
        return Watch(self.one, chance, self.health, self.at, self.seen, self.failures, self.fault, self.again)

    def facts(self) -> Poll:
        """The next poll, with the noise of the network; the time moves on to it."""
        self.at += wait(self.one, self.failures, self.fault) * (1 + 0.02 * self.chance.random())
        if self.again or self.chance.random() < 0.01:
            self.again = not self.again and self.chance.random() < 0.02
            return self.failed(self.chance.choice(NOISE), "noise")
        facts, self.seen = polled(self.one, self.at, self.seen, self.chance)
        return facts

    def failed(self, fault: Fault, message: str) -> Poll:
        interval = timedelta(hours=self.one.interval)
        return Poll(at=when(self.at), interval=interval, url=self.one.name, fault=fault, message=message)

    def judged(self, facts: Poll, known: Reach | None = None) -> tuple[list[BlindSpot], list[str]]:
        verdict = judge(self.health, facts, after=AFTER, reach=known)
        self.health = verdict.health
        self.failures, self.fault = (self.failures + 1, facts.fault) if facts.fault else (0, None)
        return [one.spot for one in verdict.opened], [one.detail for one in verdict.opened]


def broken(watch: Watch, name: str, begin: float, step: int) -> Poll:
    """The next poll, with a fault; `step` counts polls since it began."""
    watch.at += wait(watch.one, watch.failures, watch.fault)
    if name in FAILING:
        return watch.failed(FAILING[name], name)
    size, plain = watch.one.listed, asked(watch.one, watch.at)
    same = replace(plain, listed=size, known=size)
    facts = plain
    match name:
        case "empty feed":
            facts = replace(plain, listed=0 if step == 0 or watch.chance.random() < 0.3 else None)
        case "turned over":
            facts = replace(plain, listed=size, new=size, read=size, dated=size, newest=plain.at)
        case "undated (all re-read)" if step == 0:
            facts = replace(same, read=size)
        case "undated (new only)":
            facts, watch.seen = polled(watch.one, watch.at, watch.seen, watch.chance)
            facts = replace(facts, read=facts.new, dated=0, newest=None)
        case "old copy" if step == 0:
            facts = replace(same, read=size, dated=size, newest=when(begin - 72 - 3 * longest(watch.one)))
        case "frozen":
            facts = same
    return facts


def longest(one: Source) -> float:
    """The usual longest pause, in hours."""
    found = []
    for seed in range(1, 9):
        times = source(one.number, 13, seed).times or [0.0]
        found.append(max((b - a for a, b in pairwise(times)), default=13 * HOURS))
    return median(found)


@dataclass(slots=True)
class Trial:
    """What came of one feed: the delay of each fault in intervals, infinite where it is not told; and false alarms."""

    one: Source
    delays: dict[str, float]
    alarms: list[tuple[float, BlindSpot, str]]
    known: bool
    size: int


def trial(number: int, weeks: float) -> Trial:
    """Learn a feed, then give it each fault, and none."""
    one = source(number, WARM + max(weeks, 8))
    watch = Watch(one, chances(f"polls {number}"))
    alarms = _alarms(watch, WARM * HOURS)
    usual = longest(one)
    delays = {name: _delay(watch.copy(name), name, usual) for name in (*FAILING, *DOCUMENTS) if _new_to(one, name)}
    clean = watch.copy("clean")
    alarms += _alarms(clean, (WARM + weeks) * HOURS)
    known = json.loads(watch.health)["rhythm"].get("arrivals", 0) >= 10
    return Trial(one, delays, alarms, known, len(clean.health.encode()))


def _alarms(watch: Watch, until: float) -> list[tuple[float, BlindSpot, str]]:
    """What is told of a feed that is well; that entries were lost is true where they were."""
    found = []
    while watch.at < until:
        before = watch.seen
        spots, details = watch.judged(watch.facts())
        lost = before is not None and watch.seen is not None and watch.seen[0] > before[1]
        told = [(watch.at, spot, detail) for spot, detail in zip(spots, details, strict=True)]
        found += [one for one in told if not (lost and one[1] is BlindSpot.TURNED_OVER)]
    return found


def _new_to(one: Source, name: str) -> bool:
    """Whether a fault is not what this feed always does."""
    match DOCUMENTS.get(name):
        case BlindSpot.UNDATED:
            return not one.undated and not one.whole
        case BlindSpot.STALE:
            return one.undated < 1
        case BlindSpot.TURNED_OVER:
            return not one.whole
        case BlindSpot.EMPTY:
            return not one.last_day_only
        case _:
            return True


def _delay(watch: Watch, name: str, usual: float) -> float:
    wanted, one = DOCUMENTS.get(name, BlindSpot.FAILING), watch.one
    # The fault begins somewhere between two polls.
    begin = watch.at + watch.chance.random() * one.interval
    slow = wanted is BlindSpot.SILENT or name == "undated (new only)"
    unit = usual if slow else one.interval
    for step in range(200_000):
        spots, _ = watch.judged(broken(watch, name, begin, step))
        if wanted in spots:
            return (watch.at - begin) / unit
        if watch.at - begin > (5 * usual if slow else 400 * one.interval):
            break
    return float("inf")


def own_side(numbers: range, fault: Fault) -> Counter[str]:
    """All feeds together, cut off for forty minutes of a day: what was told."""
    chance, told, known = chances("own side"), Counter[str](), Reach()
    watches = [Watch(source(number, 1.2), chances(f"own {number}")) for number in numbers]
    due = [(chance.random() * watch.one.interval, index) for index, watch in enumerate(watches)]
    heapq.heapify(due)
    begin, end = 30.0, 30.0 + 40 / 60
    while due and due[0][0] < 36:
        at, index = heapq.heappop(due)
        watch = watches[index]
        watch.at = at - wait(watch.one, watch.failures, watch.fault)
        facts = watch.facts()
        if begin <= at < end:
            watch.at, facts = at, watch.failed(fault, "cut off")
        side = reach.asked(known, Contact(at=facts.at, host=watch.one.name, fault=facts.fault))
        known = reach.unpacked(reach.packed(side.reach))
        told[f"own side opened after {(at - begin) * 60:.1f} min"] += side.opened
        told[f"own side closed {(at - end) * 60:.1f} min after its end"] += side.closed
        told[f"feeds told {'while cut off' if begin <= at < end + 1 else 'otherwise'}"] += len(
            watch.judged(facts, known)[0]
        )
        pause = wait(watch.one, watch.failures, watch.fault)
        heapq.heappush(due, (at + (min(pause, 0.5) if watch.failures else pause), index))
    return +told


def recorded(path: Path) -> Iterator[Poll]:
    """A recorded feed's polls; the interval is the usual one of the recording."""
    known, first, before = set[str](), True, None
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            poll = json.loads(line)
            at = datetime.fromisoformat(poll["t"])
            at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
            if before and at <= before:
                continue
            before, size = at, poll.get("n", 0)
            added = [one for one in poll.get("add", ()) if one[0] not in known]
            known |= {one[0] for one in added}
            read = [*added, *poll.get("upd", ())]
            dates = [parsedate_to_datetime(one[3]) for one in read if one[3]]
            yield Poll(
                at=at,
                interval=timedelta(hours=4),
                listed=size,
                known=max(0, size - len(added)),
                new=len(added),
                read=len(read),
                dated=len(dates),
                newest=max(dates, default=None),
                first=first,
            )
            first = False


def histories() -> None:
    """What would have been told of the recorded feeds."""
    for path in sorted(HISTORY.glob("*.jsonl.gz")):
        health, told, polls, size = "", [], 0, 0
        for facts in recorded(path):
            verdict = judge(health, facts, after=AFTER)
            health, polls, size = verdict.health, polls + 1, max(size, len(verdict.health))
            told += [f"    {facts.at:%Y-%m-%d %H:%M} {one.spot}: {one.detail}" for one in verdict.opened]
            told += [f"    {facts.at:%Y-%m-%d %H:%M} {spot} is over" for spot in verdict.closed]
        print(
            f"  {path.name}: {polls} polls, {size} bytes of health at most; told:", *told or ["    nothing"], sep="\n"
        )


def table(trials: list[Trial]) -> None:
    """The delays of each fault; what shows in new entries only of feeds that are known."""
    print(f"{'fault':24}{'feeds':>7}{'told':>7}{'median':>8}{'p95':>7}{'most':>7}  within two intervals")
    for name in (*FAILING, *DOCUMENTS):
        late = name in {"silence", "frozen", "undated (new only)", "old copy"}
        row(name, [one.delays[name] for one in trials if name in one.delays and (one.known or not late)])
    for kind in KINDS:
        row(f"silence, {kind}", [one.delays["silence"] for one in trials if one.one.kind == kind and one.known])
    print(f"hardly known after {WARM} weeks (fewer than ten arrivals): {sum(not one.known for one in trials)} feeds")


def row(name: str, delays: list[float]) -> None:
    if not delays:
        return
    delays.sort()
    within, told = sum(delay <= 2 for delay in delays), sum(delay < float("inf") for delay in delays)
    middle, late = delays[len(delays) // 2], delays[int(len(delays) * 0.95)]
    share = f"{within / len(delays):7.1%}"
    print(f"{name:24}{len(delays):7}{told:7}{middle:8.2f}{late:7.2f}{delays[-1]:7.2f}  {share}")


def false_alarms(trials: list[Trial], weeks: float) -> None:
    """What was told of feeds that were well."""
    alarms = [(one.one, *alarm) for one in trials for alarm in one.alarms]
    for begin, end in ((0.0, 2.0), (2.0, 4.0), (4.0, WARM), (WARM, WARM + weeks), (0.0, WARM + weeks)):
        each = Counter(str(alarm[2]) for alarm in alarms if begin * HOURS <= alarm[1] < end * HOURS)
        rate = 100 * each.total() / len(trials) / (end - begin)
        print(f"false alarms in weeks {begin:.0f} to {end:.0f}: {rate:.2f} per 100 feeds and week: {dict(each)}")
    for one, at, _, detail in alarms[:40]:
        print(f"    {one.name}, {one.kind}, {one.rate:.1f} a day, {when(at):%a %Y-%m-%d %H:%M}: {detail[:150]}")
    print(f"health: {max(one.size for one in trials)} bytes at most")


def main(feeds: int = 300, weeks: float = 8.0) -> None:
    """Everything, on two processors."""
    with Pool(2) as pool:
        trials = pool.starmap(trial, [(number, weeks) for number in range(feeds)], chunksize=2)
    table(trials)
    false_alarms(trials, weeks)
    for fault in (Fault.NO_ANSWER, Fault.NO_FEED, Fault.FORBIDDEN, Fault.REFUSED):
        for numbers in (range(feeds), range(3, 8)):
            print(f"own side, 40 minutes of '{fault}' for {len(numbers)} feeds: {dict(own_side(numbers, fault))}")
    if HISTORY.is_dir():
        print("recorded feeds:")
        histories()


if __name__ == "__main__":
    main(*(kind(value) for kind, value in zip((int, float), sys.argv[1:], strict=False)))
