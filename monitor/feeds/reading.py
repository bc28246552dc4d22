"""What a poll does with a body: nothing, if it came before; else only what is new in it is parsed.

Knows what was read from the feed's last document, by digests; knows nothing of how a document is taken apart, in which
process it is parsed, or what becomes of its entries.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from monitor.core.feed import Seen
from monitor.feeds import split as splitting
from monitor.feeds.document import ParsedFeed, Source
from monitor.feeds.encoding import settle
from monitor.feeds.fetch import Fetched
from monitor.feeds.partial import Job, Parsed
from monitor.feeds.split import split

_NOTHING = ParsedFeed(title="", entries=(), skipped=0)


class Extent(StrEnum):
    """How much of a document was parsed."""

    NOTHING = "nothing"  # all its items were read before; of the feed itself nothing is told
    NEW = "new"  # the items that were not
    WHOLE = "whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unaltered:
    """The document says what it said last time; what is stored of the feed still holds, what was seen among it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is in a document.

    `feed` has the entries that may be new, in the order of the document: those whose items were not in the last one,
    or all where it was parsed whole. Where nothing was parsed its title is "" and its hints are none, and those of the
    last reading still hold. `listed` counts the items of the whole document. `seen` is what to keep once the entries
    are stored; keep nothing where one of them was not.
    """

    feed: ParsedFeed
    seen: Seen
    listed: int
    extent: Extent


class Reader:
    """Reads bodies through a parser of jobs, such as a Worker's; for any number of threads if that is."""

    def __init__(self, parse: Callable[[Job], Parsed]) -> None:
        self._parse = parse

    def read(
        self, fetched: Fetched, seen: Seen, *, language: str, encoding: str, now: datetime | None = None
    ) -> Unaltered | Reading:
        """What is new in a body since `seen`; raises ParseError where it is no feed or cannot be parsed in bounds.

        `language` and `encoding` are the desk's, "" for none; `now` tells dates that are yet to come, None tells none.
        """
        context = _context(fetched, language, encoding)
        body = splitting.digest(*context, splitting.outline(fetched.body) or fetched.body)
        if body == seen.body:
            return Unaltered()
        settled = settle(fetched.body, fetched.content_type, language=language, encoding=encoding)
        source = Source(url=fetched.url, body=settled.body, content_type=settled.content_type, fetched_at=now)
        reading = self._altered(source, settled.note, context, seen)
        # A document that was cut off is read again even if it comes again: what it lost may not be taken for read.
        return reading if reading.feed.cut else replace(reading, seen=replace(reading.seen, body=body))

    def _altered(self, source: Source, note: str, context: tuple[bytes, ...], seen: Seen) -> Reading:
        """The reading of another document than the last one; the digest of its body is still to be set."""
        parts = split(source.body)
        if parts is None:
            return self._parsed(Job(source=source), note, Seen())
        # The items are in the encoding that was settled on: one that was guessed otherwise changes their digests.
        frame = splitting.digest(*context, parts.frame)
        known = seen.items if seen.frame == frame else frozenset()
        fresh = tuple([position for position, item in enumerate(parts.digests) if item not in known])
        now_seen = Seen(frame=frame, items=frozenset(parts.digests))
        if not fresh:
            return Reading(feed=_NOTHING, seen=now_seen, listed=len(parts.digests), extent=Extent.NOTHING)
        return self._parsed(Job(source=source, spans=parts.spans(), fresh=fresh), note, now_seen)

    def _parsed(self, job: Job, note: str, seen: Seen) -> Reading:
        parsed = self._parse(job)
        feed = replace(parsed.feed, notes=(note, *parsed.feed.notes)) if note else parsed.feed
        if feed.ids_shared or not parsed.sound:
            # Who an entry is, or how it is read, hangs on the others: the next document is read whole as well.
            seen = Seen()
        listed = len(job.spans) or len(feed.entries) + feed.skipped
        return Reading(feed=feed, seen=seen, listed=listed, extent=Extent.WHOLE if parsed.whole else Extent.NEW)


def _context(fetched: Fetched, language: str, encoding: str) -> tuple[bytes, ...]:
    """What besides its bytes decides how a document is read."""
    texts = (fetched.url, fetched.content_type, language, encoding)
    return tuple([text.encode("utf-8", "replace") for text in texts])
