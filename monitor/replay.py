"""Recorded polls through the whole pipeline, on the recording's clock.

Knows the format of recordings, and how time passes that is not the daemon's; sends nothing: every delivery goes to a
notifier that only counts.
"""

import gzip
import heapq
import json
import math
import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Any

from monitor.core.delivery import Delivery
from monitor.core.entry import ParsedEntry
from monitor.core.feed import DueFeed, Fault, Feed, Validators
from monitor.errors import ConfigError, ParseError, Problem
from monitor.feeds.document import ParsedFeed
from monitor.feeds.plaintext import plaintext
from monitor.pipeline import LEASE, Pipeline, hand_over
from monitor.polls import Polled, Read, Tally

# New and changed entries stand under these keys; "rem" and "back" name those that left and came back as they were, "n"
# says how many the feed then had.
_ENTRY_KEYS = ("add", "upd")
# How long the clock runs on after the last entry, for what was held.
RUN_ON = timedelta(days=7)
_KEYS = frozenset({"t", "n", "empty", "rem", "back", *_ENTRY_KEYS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One poll of a recording: `entries` are those it adds or changes, None where the feed was empty; `listed` all."""

    at: datetime
    feed_id: str
    entries: tuple[ParsedEntry, ...] | None
    listed: int = 0


class Counting:
    """A notifier that counts what it is given: a replay must never page anyone."""

    def __init__(self) -> None:
        self.sent = 0

    def send(self, _delivery: Delivery, _payload: dict[str, Any]) -> None:
        """Count it."""
        self.sent += 1


def name_of(path: Path) -> str:
    """What a recording is called by its file: the id of its feed."""
    return path.name.removesuffix(".gz").removesuffix(".jsonl")


def feed_of(path: Path, desk: Mapping[str, Feed]) -> Feed:
    """The feed of a recording: the desk's of that name; else one of which only the name is known.

    What it writes in is told by each of its texts. Pages are not fetched in a replay.
    """
    name = name_of(path)
    if name in desk:
        return replace(desk[name], fulltext=False)
    return Feed(
        id=name,
        url=f"recording:{name}",
        host=name,
        title=name,
        language="",
        country="",
        tier=3,
        owner="",
        kind="press",
    )


def recording(path: Path) -> Iterator[Recorded]:
    """The polls of a file in its order; raises ConfigError with the line that cannot be read."""
    feed_id, number = name_of(path), 0
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        try:
            for line in lines:
                number += 1
                if line.strip():
                    yield _recorded(json.loads(line), feed_id)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            message = f"this is no recorded poll ({type(error).__name__}: {error})"
            raise ConfigError([Problem(file=str(path), line=number, message=message)]) from error
        except (OSError, EOFError, zlib.error) as error:
            message = "the file is cut off or not what its name says (gzip)"
            raise ConfigError([Problem(file=str(path), line=number + 1, message=message)]) from error


def count(paths: list[Path]) -> int:
    """How many polls the recordings hold."""
    return sum(1 for path in paths for _ in recording(path))


def replay(pipeline: Pipeline, paths: list[Path], progress: Callable[[int], None]) -> dict[str, Any]:
    """Run the recordings, interleaved by time; the totals. `progress` is told of every poll.

    What falls due by the clock does so in between, and after the last poll for as long as `RUN_ON`.
    """
    counting, polls, entries, revisions, matches = Counting(), 0, 0, 0, 0
    at: datetime | None = None
    for one in heapq.merge(*map(recording, paths), key=lambda poll: poll.at):
        for _ in pass_time(pipeline, counting, at or one.at, one.at):
            pass
        tally = pipeline.file(_polled(one, pipeline.store.feeds.get(one.feed_id)), one.at)
        polls, entries, revisions = polls + 1, entries + tally.new, revisions + tally.revised
        matches += tally.matches
        deliver(pipeline, counting, one.at)
        progress(1)
        at = one.at
    for _ in pass_time(pipeline, counting, at, at + RUN_ON) if at else ():
        pass
    store = pipeline.store
    return {
        "polls": polls,
        "entries": entries,
        "revisions": revisions,
        "stories": store.stories.count(),
        "matches": matches,
        "alerts": store.alerts.counts()["alerts"],
        "notices": store.outbox.notices(),
        "deliveries": counting.sent,
    }


def pass_time(
    pipeline: Pipeline, counting: Counting, since: datetime, until: datetime
) -> Iterator[tuple[datetime, Tally]]:
    """Let the clock run: what falls due by it does so at its time, to the second, and is delivered.

    Yields each time at which something did, with what came of it. Nobody is asked second by second: what is due at a
    time is due later, too, until it was done.
    """
    due = pipeline.parts.over_time.due
    while due(until):
        seconds = range(math.ceil((until - since).total_seconds()))
        at = min(until, since + timedelta(seconds=bisect_left(seconds, True, key=partial(_due_after, due, since))))
        tally = pipeline.tick(at)
        deliver(pipeline, counting, at)
        yield at, tally
        if at >= until:
            return
        # What is still due after it was done will not be done by asking again.
        since = until if due(at) else at


def deliver(pipeline: Pipeline, counting: Counting, now: datetime) -> None:
    """Hand over all that waits."""
    receivers = pipeline.store.outbox.waiting_receivers()
    while batch := pipeline.store.outbox.lease_due(now, LEASE, receivers=receivers, hurry=True) if receivers else []:
        for due in batch:
            pipeline.settle(due, hand_over(counting, due), now)


def _due_after(due: Callable[[datetime], bool], since: datetime, seconds: int) -> bool:
    return due(since + timedelta(seconds=seconds))


def _polled(one: Recorded, due: DueFeed) -> Polled:
    if one.entries is None:
        return Polled(due=due, result=ParseError("the recorded feed was empty", fault=Fault.EMPTY))
    feed = ParsedFeed(title=one.feed_id, entries=one.entries, skipped=0)
    return Polled(due=due, result=Read(validators=Validators(), feed=feed, listed=one.listed))


def _recorded(poll: dict[str, Any], feed_id: str) -> Recorded:
    unknown = set(poll) - _KEYS
    if unknown:
        raise ValueError(f"unknown key {min(unknown)!r}")
    at = datetime.fromisoformat(poll["t"])
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    if poll.get("empty"):
        return Recorded(at=at.astimezone(UTC), feed_id=feed_id, entries=None)
    entries = tuple(_entry(*item) for key in _ENTRY_KEYS for item in poll.get(key, ()))
    listed = poll.get("n", len(entries))
    return Recorded(at=at.astimezone(UTC), feed_id=feed_id, entries=entries, listed=int(listed))


def _entry(entry_id: str, link: str, title: str, date: str | None, summary: str | None) -> ParsedEntry:
    return ParsedEntry(
        id=entry_id,
        link=link,
        title=" ".join(plaintext(title).split()),
        summary=plaintext(summary or ""),
        published_at=_date(date or ""),
    )


def _date(written: str) -> datetime | None:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            at = read(written)
        except ValueError:
            continue
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None
