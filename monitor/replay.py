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
from collections.abc import Callable, Iterable, Iterator, Mapping
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
_POLL = '{"t": "2024-08-23T13:20:00Z", "n": 1, "add": [["id", "link", "title", "date", "summary"]]}'
_ENTRY = "an entry is [id, link, title, date, summary], five texts; date and summary may be null"
_PARTS = 5
_MOST_LISTED = 1_000_000
_MOST_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One poll of a recording: `entries` are those it adds or changes, None where the feed was empty; `listed` all.

    `line` is where it stands.
    """

    at: datetime
    feed_id: str
    entries: tuple[ParsedEntry, ...] | None
    listed: int = 0
    line: int = 0


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
                    yield replace(_recorded(_poll(line), feed_id), line=number)
        except UnicodeDecodeError as error:
            raise ConfigError([Problem(file=str(path), message="the file is no text in UTF-8")]) from error
        except ValueError as error:
            message = f"this is no recorded poll: {error}"
            raise ConfigError([Problem(file=str(path), line=number, message=message)]) from error
        except (OSError, EOFError, zlib.error) as error:
            message = "the file is cut off or not what its name says (gzip)"
            raise ConfigError([Problem(file=str(path), line=number + 1, message=message)]) from error


def survey(paths: Iterable[Path]) -> tuple[int, list[Problem]]:
    """How many polls the recordings hold; and a warning for each in which the clock goes back."""
    polls, problems = 0, []
    for path in paths:
        last: Recorded | None = None
        back: list[tuple[Recorded, Recorded]] = []
        for one in recording(path):
            polls += 1
            if last is not None and one.at < last.at:
                back.append((last, one))
            last = one
        if back:
            problems.append(_goes_back(path, *back[0], len(back)))
    return polls, problems


def _goes_back(path: Path, before: Recorded, after: Recorded, times: int) -> Problem:
    also = f" ({times} times in this file)" if times > 1 else ""
    message = (
        f"the clock goes back here{also}: the poll is of {after.at:%Y-%m-%d %H:%M}, and the one above it of "
        f"{before.at:%Y-%m-%d %H:%M}; put polls in the order of time, or what was told by then stands"
    )
    return Problem(file=str(path), line=after.line, message=message, warning=True)


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


def _poll(line: str) -> dict[str, Any]:
    """The poll on a line; raises ValueError in plain words where it is none."""
    try:
        poll = json.loads(line)
    except (ValueError, RecursionError):
        poll = None
    if isinstance(poll, dict):
        return poll
    raise ValueError(f"each line is one object of JSON such as {_POLL}")


def _recorded(poll: dict[str, Any], feed_id: str) -> Recorded:
    unknown = sorted(set(poll) - _KEYS)
    if unknown:
        raise ValueError(f"it has no {unknown[0]!r}; known are {', '.join(sorted(_KEYS))}")
    at = _time(poll.get("t"))
    if poll.get("empty"):
        return Recorded(at=at, feed_id=feed_id, entries=None)
    entries = tuple(_entry(item) for key in _ENTRY_KEYS for item in _listed(key, poll.get(key)))
    listed = poll.get("n", len(entries))
    if not isinstance(listed, int) or not 0 <= listed <= _MOST_LISTED:
        raise ValueError(f"'n' is how many entries the feed had, a whole number, not {_shown(listed)}")
    return Recorded(at=at, feed_id=feed_id, entries=entries, listed=listed)


def _time(written: object) -> datetime:
    try:
        at = datetime.fromisoformat(written if isinstance(written, str) else "")
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        what = "'t' is missing" if written is None else f"'t' is no time: {_shown(written)}"
        raise ValueError(f"{what}; give the time of the poll, such as 2024-08-23T13:20:00Z") from error


def _listed(key: str, written: object) -> list[object]:
    if written is not None and not isinstance(written, list):
        raise ValueError(f"{key!r} is a list of entries; {_ENTRY}")
    return written or []


def _entry(item: object) -> ParsedEntry:
    if not isinstance(item, list) or len(item) != _PARTS:
        raise ValueError(f"{_ENTRY}; not {_shown(item)}")
    entry_id, link, title, date, summary = item
    if not all(isinstance(part, str) for part in (entry_id, link, title, date or "", summary or "")):
        raise ValueError(f"{_ENTRY}; not {_shown(item)}")
    return ParsedEntry(
        id=entry_id,
        link=link,
        title=" ".join(plaintext(title).split()),
        summary=plaintext(summary or ""),
        published_at=_date(date or ""),
    )


def _shown(written: object) -> str:
    text = json.dumps(written, ensure_ascii=False)
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…"


def _date(written: str) -> datetime | None:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            at = read(written)
        except ValueError:
            continue
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None
