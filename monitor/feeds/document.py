"""What goes into the parser and what comes out.

Knows the shape of a feed's document, in whatever format; knows nothing of how it is read.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from monitor.core.entry import ParsedEntry
from monitor.core.feed import Hints

# No entry of a feed is longer than a book.
LONGEST_CONTENT = 100_000
LONGEST_FIELD = 4_000
LONGEST_LANGUAGE = 16
# A gallery has more pictures than anybody asks for.
MOST_ENCLOSURES = 16
# What an address begins with that a reader can open.
WEB = ("http://", "https://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A body to parse, in the encoding that `content_type` says; `url` is where it came from in the end.

    `fetched_at` is when: dates more than a day behind it are taken for faults. None asks nothing of them.
    """

    url: str
    body: bytes
    content_type: str
    fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """The entries of a feed in its order; `skipped` counts those with neither title, text nor link.

    `link` is the page the feed belongs to, "" unknown. `cut` says that the body ended before its end, inside an entry
    that is left out or behind one: the feed has more than was read. `ids_shared` says that entries which differ have
    one id, or one link in place of an id: what each is called then depends on the others. `notes` are for the operator.
    """

    title: str
    entries: tuple[ParsedEntry, ...]
    skipped: int
    link: str = ""
    cut: bool = False
    hints: Hints = field(default_factory=Hints)
    notes: tuple[str, ...] = ()
    ids_shared: bool = False


def is_ghost(entry: ParsedEntry) -> bool:
    """Whether nothing can be shown of an entry, whatever its id."""
    return not (entry.title or entry.summary or entry.content or entry.link)


def ids_shared(entries: Iterable[ParsedEntry]) -> bool:
    """Whether entries that differ in link or title have one id, or one link in place of an id."""
    named = defaultdict(set)
    for entry in entries:
        if name := entry.id or entry.link:
            named[name].add((entry.link, entry.title))
    return any(len(different) > 1 for different in named.values())
