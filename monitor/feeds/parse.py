"""Bytes to entries, by feedparser.

Knows feed formats through feedparser, and what it does silently; knows nothing of identity or novelty. feedparser
opens a body that looks like a path and puts most faults into `bozo`: it is handed bytes in a stream only, and a body
in which it recognises no format and finds no entry is no feed. A reference to no character makes it refuse a whole
feed, and the half of an entry at which a body was cut off is an entry to it: both are mended here.
"""

import calendar
import io
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import feedparser

from monitor.core.entry import ParsedEntry
from monitor.core.feed import Hints
from monitor.errors import ParseError
from monitor.feeds.fetch import Fetched
from monitor.feeds.plaintext import plaintext

# No entry of a feed is longer than a book.
LONGEST_CONTENT = 100_000
LONGEST_FIELD = 4_000

_REFERENCE = re.compile(rb"&#(?:[xX]0*(?P<hex>[0-9a-fA-F]+)|0*(?P<decimal>[0-9]+))")
_ENTRY_BEGINS = (b"<item", b"<entry", b"<atom:entry")
_ENTRY_ENDS = (b"</item", b"</entry", b"</atom:entry")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document, the address it came from in the end, and the content type it came with."""

    url: str
    body: bytes
    content_type: str
    fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """The entries of a feed in its order; `skipped` counts items with neither id, link nor text.

    `cut` says that the body ended inside an entry, which is left out: the feed has more than was read. `ids_shared`
    says that one id, or a link in place of an id, was given to several entries.
    """

    title: str
    entries: tuple[ParsedEntry, ...]
    skipped: int
    cut: bool = False
    hints: Hints = field(default_factory=Hints)
    notes: tuple[str, ...] = ()
    ids_shared: bool = False


def parse(fetched: Source | Fetched) -> ParsedFeed:
    """The entries of a body; raises ParseError with one line that says what arrived instead of a feed."""
    if not fetched.body.strip():
        raise ParseError("the body is empty; the server sent nothing to read")
    headers = {"content-type": fetched.content_type, "content-location": fetched.url}
    try:
        document = feedparser.parse(
            io.BytesIO(_REFERENCE.sub(_known, fetched.body)),
            response_headers=headers,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except (ValueError, LookupError, RecursionError, AttributeError, TypeError) as error:
        raise ParseError(f"the feed cannot be read: {type(error).__name__}") from error
    if not document.get("version") and not document.entries:
        raise ParseError(_what_arrived(fetched))
    cut = bool(document.bozo) and _cut_short(fetched.body)
    entries = [_entry(item) for item in (document.entries[:-1] if cut else document.entries)]
    kept = tuple(entry for entry in entries if entry.id or entry.link or entry.title or entry.summary)
    title = plaintext(str(document.feed.get("title", "")))[:LONGEST_FIELD]
    used = Counter(entry.id or entry.link for entry in kept if entry.id or entry.link)
    shared = any(number > 1 for number in used.values())
    return ParsedFeed(title=title, entries=kept, skipped=len(entries) - len(kept), cut=cut, ids_shared=shared)


def _known(reference: re.Match[bytes]) -> bytes:
    """A reference as it is, or U+FFFD for no character: half an emoji ("&#55357;"), a number beyond Unicode."""
    digits = reference["hex"] or reference["decimal"]
    number = int(digits, 16 if reference["hex"] else 10) if len(digits) < 8 else sys.maxunicode + 1
    return b"&#65533" if number > sys.maxunicode or 0xD800 <= number < 0xE000 else reference[0]


def _cut_short(body: bytes) -> bool:
    """Whether the body ends inside an entry, which without its id would be new again at the next poll."""
    begins = max(map(body.rfind, _ENTRY_BEGINS))
    return begins > max(map(body.rfind, _ENTRY_ENDS)) and body.find(b">", begins) >= 0


def _entry(item: Any) -> ParsedEntry:
    content = "\n".join(plaintext(str(part.get("value", ""))) for part in item.get("content", ()))
    return ParsedEntry(
        id=str(item.get("id", ""))[:LONGEST_FIELD],
        link=str(item.get("link", ""))[:LONGEST_FIELD],
        title=_one_line(item.get("title", "")),
        summary=plaintext(str(item.get("summary", "")))[:LONGEST_CONTENT],
        content=content[:LONGEST_CONTENT],
        author=_one_line(item.get("author", "")),
        outlet=_one_line((item.get("source") or {}).get("title", "")),
        language=str(item.get("language", ""))[:16],
        published_at=_published(item),
    )


def _one_line(value: object) -> str:
    return " ".join(plaintext(str(value)).split())[:LONGEST_FIELD]


def _published(item: Any) -> datetime | None:
    """The date of publication, else of the last change; None where none was understood."""
    return _moment(item.get("published_parsed") or item.get("updated_parsed"))


def _moment(parsed: Any) -> datetime | None:
    if parsed is None:
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _what_arrived(fetched: Source | Fetched) -> str:
    start = fetched.body[:2_000].lstrip().lower()
    if b"<html" in start or b"<!doctype html" in start or "html" in fetched.content_type:
        return "an HTML page arrived in place of a feed; open the address in a browser and look for its feed link"
    kind = fetched.content_type.split(";")[0] or "data of no stated type"
    return f"this is no feed ({kind}, {len(fetched.body):,} bytes); check the address in feeds.yaml"
