"""Google News sitemaps to entries.

Knows sitemaps.org's format and Google's extension for news; knows nothing of other feeds. It is read with expat and
without any entity of its own, and what was read before a fault of the document counts.
"""

import re
from collections.abc import Mapping
from typing import Any
from xml.parsers import expat

from monitor.core.entry import ParsedEntry
from monitor.core.feed import Fault
from monitor.errors import ParseError
from monitor.feeds.dates import moment
from monitor.feeds.document import LONGEST_FIELD, LONGEST_LANGUAGE, WEB, ParsedFeed, Source, ids_shared
from monitor.feeds.plaintext import headline

_ROOT = re.compile(rb"<(?:[\w.-]{1,40}:)?(urlset|sitemapindex)[\s>]")
# Comments and declarations may stand before the root.
_HEAD = 4_096
_DEEPEST = 64


class _RefusedError(Exception):
    """A document that would expand by itself."""


class _Reader:
    """What expat meets, by the path of local names down from the root: prefixes differ from sender to sender."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._path: list[str] = []
        self._text: list[str] = []
        self._url: dict[str, str] = {}
        self.entries: list[ParsedEntry] = []
        self.skipped = 0
        self.sitemaps: list[str] = []

    def read(self, body: bytes) -> str:
        """Read a body in UTF-8; what expat complains of, "" for nothing. Raises _RefusedError."""
        parser = expat.ParserCreate("utf-8", " ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.EntityDeclHandler = self._refuse
        try:
            parser.Parse(body, True)
        except expat.ExpatError as error:
            return f"line {error.lineno}: {expat.errors.messages.get(error.code, 'broken')}"
        return ""

    def _start(self, name: str, _attributes: Mapping[str, str]) -> None:
        self._path.append(name.rpartition(" ")[2])
        if len(self._path) > _DEEPEST:
            raise _RefusedError
        self._text.clear()
        if self._path == ["urlset", "url"]:
            self._url = {}

    def _end(self, _name: str) -> None:
        path, text = tuple(self._path), "".join(self._text)[:LONGEST_FIELD].strip()
        self._text.clear()
        if path == ("urlset", "url"):
            self._take()
        elif path == ("sitemapindex", "sitemap", "loc"):
            self.sitemaps.append(text)
        elif path[:2] == ("urlset", "url") and text:
            self._url.setdefault("/".join(path[2:]), text)
        self._path.pop()

    def _take(self) -> None:
        """A page with a headline is an entry; one without is some page of the site."""
        title, link = headline(self._url.get("news/title", "")), "".join(self._url.get("loc", "").split())
        if not title:
            self.skipped += 1
            return
        published, updated = (
            moment(self._url.get(name, ""), self._source.fetched_at) for name in ("news/publication_date", "lastmod")
        )
        self.entries.append(
            ParsedEntry(
                id=link,
                link=link if link.lower().startswith(WEB) else "",
                title=title[:LONGEST_FIELD],
                outlet=headline(self._url.get("news/publication/name", ""))[:LONGEST_FIELD],
                language=self._url.get("news/publication/language", "")[:LONGEST_LANGUAGE],
                published_at=published or updated,
                updated_at=updated,
            )
        )

    @staticmethod
    def _refuse(*_declaration: Any) -> None:
        raise _RefusedError


def is_sitemap(body: bytes) -> bool:
    """Whether the root of a document is one of a sitemap."""
    found = _ROOT.search(body[:_HEAD])
    return found is not None and b"<rss" not in body[: found.start()] and b"<feed" not in body[: found.start()]


def parse_sitemap(source: Source, body: bytes) -> ParsedFeed:
    """The entries of a news sitemap in UTF-8; raises ParseError, also for an index and for a sitemap without news."""
    reader = _Reader(source)
    try:
        fault = reader.read(body)
    except _RefusedError:
        raise ParseError("a sitemap with entities or nested too deep is not read", fault=Fault.UNREADABLE) from None
    if reader.sitemaps:
        raise ParseError(f"this is an index of sitemaps; give feeds.yaml one with news, as {_news(reader.sitemaps)}")
    if not reader.entries:
        if fault:
            raise ParseError(f"the sitemap is broken ({fault})", fault=Fault.UNREADABLE)
        raise ParseError("this sitemap has no news (news:news); give feeds.yaml the address of the news sitemap")
    entries = tuple(reader.entries)
    return ParsedFeed(
        title=entries[0].outlet,
        entries=entries,
        skipped=reader.skipped,
        cut=bool(fault),
        notes=(f"the sitemap is broken ({fault}); what stands behind is lost",) if fault else (),
        ids_shared=ids_shared(entries),
    )


def _news(sitemaps: list[str]) -> str:
    """The sitemap of an index that is most likely the one with news."""
    return next((one for one in sitemaps if "news" in one.lower()), sitemaps[0])[:200]
