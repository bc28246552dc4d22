"""Recorded polls through the whole pipeline, on the recording's clock.

Knows the format of recordings; sends nothing: every delivery goes to a notifier that only counts.
"""

import gzip
import heapq
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from monitor.core.delivery import Delivery
from monitor.core.entry import ParsedEntry
from monitor.core.feed import DueFeed, Fault, Feed, Validators
from monitor.errors import ConfigError, ParseError, Problem
from monitor.feeds.document import ParsedFeed
from monitor.feeds.plaintext import plaintext
from monitor.pipeline import LEASE, Pipeline, hand_over
from monitor.polls import Polled, Read

# New and changed entries stand under these keys; "rem" and "back" name those that left and came back as they were, "n"
# says how many the feed then had.
_ENTRY_KEYS = ("add", "upd")
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


def feed_of(path: Path) -> Feed:
    """A feed for a recording, called by its file name."""
    name = path.name.removesuffix(".gz").removesuffix(".jsonl")
    return Feed(
        id=name,
        url=f"recording:{name}",
        host=name,
        title=name,
        language="en",
        country="",
        tier=3,
        owner="",
        kind="press",
    )


def recording(path: Path) -> Iterator[Recorded]:
    """The polls of a file in its order; raises ConfigError with the line that cannot be read."""
    feed_id, number = feed_of(path).id, 0
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
    """Run the recordings, interleaved by time; the totals. `progress` is told of every poll."""
    counting, polls, entries, revisions, matches = Counting(), 0, 0, 0, 0
    for one in heapq.merge(*map(recording, paths), key=lambda poll: poll.at):
        tally = pipeline.file(_polled(one, pipeline.store.feeds.get(one.feed_id)), one.at)
        polls, entries, revisions = polls + 1, entries + tally.new, revisions + tally.revised
        matches += tally.matches
        _deliver(pipeline, counting, one.at)
        progress(1)
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


def _deliver(pipeline: Pipeline, counting: Counting, now: datetime) -> None:
    receivers = pipeline.store.outbox.waiting_receivers()
    while batch := pipeline.store.outbox.lease_due(now, LEASE, receivers=receivers, hurry=True) if receivers else []:
        for due in batch:
            pipeline.settle(due, hand_over(counting, due), now)


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
