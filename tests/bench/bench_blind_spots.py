"""How soon a blind feed is told, and how often one is told that is not blind, on simulated and on recorded feeds.

    python -m tests.bench.bench_blind_spots [FEEDS [CLEAN_WEEKS]]

Each of the feeds is polled for five weeks; from there, once for each fault, it goes on with that fault until it is told, and
once without any for so many weeks. Of the polls 1 % fail by themselves, one in ten of these twice in a row. Delays are in the
feed's intervals: of polls, and for silence in its usual longest pause, which is the median over eight other quarters of its
history of the longest pause in each.
"""

import gzip
import heapq
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from multiprocessing import Pool
from pathlib import Path
from statistics import median

from monitor.core import reach
from monitor.core.feed import Fault
from monitor.core.health import BlindSpot, judge
from monitor.core.poll import Poll
from monitor.core.reach import Contact, Reach
from tests.bench.feedsim import NOISE, Source, polled, source, wait, when

HISTORY = Path(__file__).parents[3] / "shared" / "data" / "feeds" / "history"
WARM, AFTER, HOURS = 5, 3, 168.0
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
        chance = random.Random(f"{name} {self.one.number}")
        return Watch(self.one, chance, self.health, self.at, self.seen, self.failures, self.fault, self.again)

    def facts(self) -> Poll:
        """The next poll, with the noise of the network; the time moves on to it."""
        self.at += wait(self.one, self.failures, self.fault) * (1 + 0.02 * self.chance.random())
        if self.again or self.chance.random() < 0.01:
            self.again = not self.again and self.chance.random() < 0.05
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
    at, one = watch.at, watch.one
    basis = {"at": when(at), "interval": timedelta(hours=one.interval)}
    size = one.listed
    if name == "empty feed":
        return Poll(**basis, listed=0) if step == 0 or watch.chance.random() < 0.3 else Poll(**basis)  # type: ignore[arg-type]
    if name == "turned over":
        return Poll(**basis, listed=size, new=size, read=size, dated=size, newest=when(at))  # type: ignore[arg-type]
    if name == "undated (all re-read)":
        return Poll(**basis, listed=size, known=size, read=size) if step == 0 else Poll(**basis)  # type: ignore[arg-type]
    if name == "undated (new only)":
        facts, watch.seen = polled(one, at, watch.seen, watch.chance)
        return Poll(**basis, listed=facts.listed, known=facts.known, new=facts.new, read=facts.new)  # type: ignore[arg-type]
    if name == "old copy" and step == 0:
        old = when(begin - 72 - 3 * longest(one))
        return Poll(**basis, listed=size, known=size, read=size, dated=size, newest=old)  # type: ignore[arg-type]
    return Poll(**basis, listed=size, known=size) if name == "frozen" else Poll(**basis)  # type: ignore[arg-type]


def longest(one: Source) -> float:
    """The usual longest pause, in hours."""
    found = []
    for seed in range(1, 9):
        times = source(one.number, 13, seed).times or [0.0]
        found.append(max((b - a for a, b in zip(times, times[1:], strict=False)), default=13 * HOURS))
    return median(found)


def trial(
    number: int, weeks: float
) -> tuple[Source, dict[str, float | None], list[tuple[float, BlindSpot, str]], float, int]:
    """One feed: the delay of each fault in intervals (None: not told), false alarms while clean, its longest pause, bytes."""
    one = source(number, WARM + weeks)
    watch = Watch(one, random.Random(f"polls {number}"))
    while watch.at < WARM * HOURS:
        watch.judged(watch.facts())
    usual, delays = longest(one), {}
    for name in (*FAILING, *DOCUMENTS):
        delays[name] = _delay(watch.copy(name), name, usual)
    alarms, clean = [], watch.copy("clean")
    while clean.at < (WARM + weeks) * HOURS:
        spots, details = clean.judged(clean.facts())
        alarms += [(clean.at, spot, detail) for spot, detail in zip(spots, details, strict=True)]
    return one, delays, alarms, usual, len(clean.health.encode())


def _delay(watch: Watch, name: str, usual: float) -> float | None:
    wanted = DOCUMENTS.get(name, BlindSpot.FAILING)
    one = watch.one
    usual_here = {BlindSpot.UNDATED: one.undated, BlindSpot.STALE: one.undated == 1, BlindSpot.TURNED_OVER: one.whole}
    if usual_here.get(wanted) or (wanted is BlindSpot.EMPTY and one.last_day_only):
        return None
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


def own_side(numbers: list[int], fault: Fault, minutes: float) -> Counter[str]:
    """All feeds together, cut off for so many minutes of a day: what was told."""
    chance, told, known = random.Random("own side"), Counter[str](), Reach()
    watches = [Watch(source(number, 1.2), random.Random(f"own {number}")) for number in numbers]
    due = [(chance.random() * watch.one.interval, index) for index, watch in enumerate(watches)]
    heapq.heapify(due)
    begin, end = 30.0, 30.0 + minutes / 60
    while due and due[0][0] < 36:
        at, index = heapq.heappop(due)
        watch = watches[index]
        watch.at = at - wait(watch.one, watch.failures, watch.fault)
        facts = watch.facts()
        if begin <= at < end:
            watch.at = at
            facts = watch.failed(fault, "cut off")
        side = reach.asked(known, Contact(at=facts.at, host=watch.one.name, fault=facts.fault))
        known = reach.unpacked(reach.packed(side.reach))
        told[f"own side opened after {(at - begin) * 60:.1f} min"] += side.opened
        told[f"own side closed {(at - end) * 60:.1f} min after its end"] += side.closed
        spots, _ = watch.judged(facts, known)
        told[f"feeds told {'while cut off' if begin <= at < end + 1 else 'otherwise'}"] += len(spots)
        heapq.heappush(
            due, (at + min(wait(watch.one, watch.failures, watch.fault), 0.5 if watch.failures else 9), index)
        )
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


def table(found: list[tuple[Source, dict[str, float | None], list[tuple[float, BlindSpot, str]], float, int]]) -> None:
    """The delays of each fault."""
    print(f"{'fault':24}{'feeds':>7}{'told':>7}{'median':>8}{'p95':>7}{'most':>7}  within two intervals")
    for name in (*FAILING, *DOCUMENTS):
        delays = sorted(delay for one in found if (delay := one[1][name]) is not None)
        within, told = sum(delay <= 2 for delay in delays), sum(delay < float("inf") for delay in delays)
        middle, late = delays[len(delays) // 2], delays[int(len(delays) * 0.95)]
        share = f"{within / len(delays):7.1%}"
        print(f"{name:24}{len(delays):7}{told:7}{middle:8.2f}{late:7.2f}{delays[-1]:7.2f}  {share}")


def main(feeds: int = 300, weeks: float = 8.0) -> None:
    with Pool(2) as pool:
        found = pool.starmap(trial, [(number, weeks) for number in range(feeds)], chunksize=2)
    table(found)
    late = defaultdict[str, list[float]](list)
    for one, delays, *_ in found:
        late[one.kind].append(delays["silence"] or 0)
    for kind, values in late.items():
        values.sort()
        print(
            f"  silence, {kind:12}{len(values):5} feeds: median {values[len(values) // 2]:.2f}, most {values[-1]:.2f},"
            f" within two {sum(value <= 2 for value in values) / len(values):.0%}"
        )
    alarms = [(one, *alarm) for one, _, alarms, *_ in found for alarm in alarms]
    each = Counter(str(alarm[2]) for alarm in alarms)
    print(
        f"false alarms: {len(alarms)} in {feeds} feeds and {weeks} weeks: {100 * len(alarms) / feeds / weeks:.2f} per 100 feeds and week; {dict(each)}"
    )
    for one, at, spot, detail in alarms[:40]:
        print(
            f"    {one.name} ({one.kind}, {one.rate:.1f} a day, every {one.interval * 60:.0f} min) {when(at):%a %Y-%m-%d %H:%M} {spot}: {detail[:150]}"
        )
    print(f"health: {max(one[4] for one in found)} bytes at most")
    for fault in (Fault.NO_ANSWER, Fault.NO_FEED, Fault.FORBIDDEN, Fault.REFUSED):
        print(
            f"own side, 40 minutes of '{fault}' for {feeds} feeds, and for 5: {dict(own_side(list(range(feeds)), fault, 40))}; {dict(own_side([3, 4, 5, 6, 9], fault, 40))}"
        )
    if HISTORY.is_dir():
        print("recorded feeds:")
        histories()


if __name__ == "__main__":
    main(*(kind(value) for kind, value in zip((int, float), sys.argv[1:], strict=False)))
