"""Addresses looked at before the desk takes them up: whether they are feeds, and which feeds a site has.

Knows pages, usual places and manners; knows nothing of the desk's list. Every request goes through the program's own
fetcher, with its bounds, its guard and its pauses, and every address that is offered was fetched and read. A host that
does not answer, or asks to be left alone, is not asked again.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

from monitor.core.feed import Fault, Seen, Validators
from monitor.core.link import canonical
from monitor.errors import FeedError, FetchError, ParseError
from monitor.feeds.fetch import Fetched, Fetcher
from monitor.feeds.page import feeds_named, web_address
from monitor.feeds.reading import Reader, Reading

# A site that names more is looked at through its own list of feeds, page by page.
MOST_LOOKED_AT = 20
# All of a discovery; a person waits for it.
PATIENCE = timedelta(minutes=2)
MOST_SITEMAPS = 2
USUAL_PLACES = ("feed", "rss.xml", "rss", "atom.xml", "index.xml", "feed.xml", "feed.json")

_FORMATS = {"rss": "RSS", "feed": "Atom", "rdf": "RSS 1.0", "urlset": "news sitemap", "sitemapindex": "sitemap index"}
_ROOT = re.compile(rb"<(?:[a-z0-9]+:)?(rss|feed|rdf|urlset|sitemapindex|!doctype\s+html|html)[\s>]", re.IGNORECASE)
_FIRST_ENTRY = re.compile(rb"<(?:[a-z0-9]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_LANGUAGE = re.compile(
    rb"""<(?:dc:)?language>\s*(?:<!\[CDATA\[\s*)?([a-z]{2,3})\b|\bxml:lang\s*=\s*["']([a-z]{2,3})\b
        |"language"\s*:\s*"([a-z]{2,3})\b""",
    re.VERBOSE | re.IGNORECASE,
)
_HEAD = 4_000
_LONGEST_HEAD = 65_536
_SITEMAP = re.compile(r"(?im)^\s*sitemap\s*:\s*(\S*news\S*)\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A feed that was fetched and read. `landed` is where its address led in the end.

    `language` is what the feed says of itself, "" where it says nothing; `newest` is None where no entry has a date.
    """

    url: str
    landed: str
    title: str
    language: str
    format: str
    entries: int
    newest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """The feeds of a site in the order they were found, what of its named ones is none, and how many were left out."""

    site: str
    offers: tuple[Offer, ...]
    failed: tuple[tuple[str, str], ...]
    unseen: int


class Scout:
    """Looks at addresses as a poll would."""

    def __init__(self, fetcher: Fetcher, reader: Reader, patience: timedelta = PATIENCE) -> None:
        self._fetcher = fetcher
        self._reader = reader
        self._patience = patience.total_seconds()

    def look(self, url: str, now: datetime, *, language: str = "", encoding: str = "") -> Offer:
        """The feed at an address; raises FetchError, or ParseError that names the feeds of the page that is there.

        `language` and `encoding` are what the desk will say of it, "" for nothing.
        """
        fetched = self._fetched(url, now)
        if not _is_page(fetched):
            return self._offer(url, fetched, now, language=language, encoding=encoding)
        named = feeds_named(fetched.body, fetched.url, fetched.content_type)
        addresses = named.declared or named.linked
        if addresses:
            more = f" and {len(addresses) - 5} more" if len(addresses) > 5 else ""
            offers = f"it offers these feeds: {', '.join(addresses[:5])}{more}; add one of them"
        else:
            offers = "it names no feed; 'wirewatch feeds discover' tries the usual addresses"
        raise ParseError(f"{url}: this is a page; {offers}")

    def discover(self, site: str, now: datetime) -> Discovery:
        """The feeds that a site names, else those at the usual places; raises FetchError where it cannot be read.

        A site without a scheme is asked over https, then over http.
        """
        fetched = self._front(site, now)
        until = time.monotonic() + self._patience
        search = _Search(look=lambda url: self._offer(url, self._fetched(url, now), now), until=until)
        try:
            search.keep(self._offer(fetched.url, fetched, now))
        except ParseError:
            named = feeds_named(fetched.body, fetched.url, fetched.content_type)
            search.look_at([*named.declared, *named.linked])
        failed = tuple(search.failed)
        if not search.offers:
            search.look_at(_usual(fetched.url))
        if not search.offers and search.may_ask(fetched.url):
            search.look_at(self._sitemaps(fetched.url, now))
        return Discovery(site=fetched.url, offers=tuple(search.offers), failed=failed, unseen=search.unseen)

    def _front(self, site: str, now: datetime) -> Fetched:
        address = web_address(site if "://" in site else f"https://{site}")
        if not address:
            raise FetchError(f"{site!r} is no web address, such as example.org or https://example.org/news")
        try:
            return self._fetched(address, now)
        except FetchError as error:
            if "://" in site or error.status is not None:
                raise
            return self._fetched(f"http://{site}", now)

    def _sitemaps(self, url: str, now: datetime) -> Iterator[str]:
        """The news sitemaps that robots.txt names."""
        try:
            robots = self._fetched(urljoin(url, "/robots.txt"), now).body
        except FetchError:
            return
        found = (urljoin(url, one) for one in _SITEMAP.findall(robots[:_LONGEST_HEAD].decode("utf-8", "replace")))
        yield from (one for one, _ in zip(found, range(MOST_SITEMAPS), strict=False))

    def _offer(self, url: str, fetched: Fetched, now: datetime, *, language: str = "", encoding: str = "") -> Offer:
        """The feed in a body; raises ParseError."""
        if _is_page(fetched):
            raise ParseError("a page, no feed")
        reading = self._reader.read(fetched, Seen(), language=language, encoding=encoding, now=now)
        assert isinstance(reading, Reading)  # noqa: S101 - nothing was seen before, so nothing is unaltered
        feed = reading.feed
        return Offer(
            # Behind a redirect that only completes the address, the complete one is the better one to keep.
            url=fetched.url if canonical(fetched.url) == canonical(url) else url,
            landed=fetched.url,
            title=feed.title,
            language=_language(fetched.body),
            format=_format(fetched.body),
            entries=len(feed.entries),
            newest=max((one.published_at for one in feed.entries if one.published_at), default=None),
        )

    def _fetched(self, url: str, now: datetime) -> Fetched:
        found = self._fetcher.fetch(url, Validators(), now)
        if not isinstance(found, Fetched):
            raise FetchError(
                "the server answered 304, though nothing was fetched before", fault=Fault.REFUSED, status=304
            )
        return found


@dataclass(slots=True)
class _Search:
    """The addresses looked at so far, what came of them, and when patience ends."""

    look: Callable[[str], Offer]
    until: float
    offers: list[Offer] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    unseen: int = 0
    _known: set[str] = field(default_factory=set)
    _left_alone: set[str] = field(default_factory=set)
    _looks: int = 0

    def keep(self, offer: Offer) -> None:
        """A feed was found."""
        self._known |= {canonical(offer.url), canonical(offer.landed)}
        self.offers.append(offer)

    def look_at(self, addresses: Iterable[str]) -> None:
        """Look at each that was not looked at before, as far as patience goes."""
        for url in addresses:
            if canonical(url) in self._known or urlsplit(url).netloc in self._left_alone:
                continue
            if self.may_ask(url):
                self._looks += 1
                self._known.add(canonical(url))
                self._look_at(url)
            else:
                self.unseen += 1

    def may_ask(self, url: str) -> bool:
        """Whether patience goes on, and the host is willing."""
        patient = self._looks < MOST_LOOKED_AT and time.monotonic() < self.until
        return patient and urlsplit(url).netloc not in self._left_alone

    def _look_at(self, url: str) -> None:
        try:
            offer = self.look(url)
        except FeedError as error:
            self.failed.append((url, str(error)))
            if _wants_peace(error):
                self._left_alone.add(urlsplit(url).netloc)
            return
        if canonical(offer.landed) == canonical(url) or canonical(offer.landed) not in self._known:
            self.keep(offer)


def _is_page(fetched: Fetched) -> bool:
    """Told by its first element: feedparser takes long over a long page, and finds nothing."""
    return _root(fetched.body) in {"html", "!doctype html"}


def _format(body: bytes) -> str:
    return _FORMATS.get(_root(body)) or ("JSON Feed" if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else "XML")


def _root(body: bytes) -> str:
    """The first element that tells what a document is; text in two bytes a character is read as well."""
    found = _ROOT.search(body[:_HEAD].replace(b"\0", b""))
    return b" ".join(found[1].lower().split()).decode() if found else ""


def _language(body: bytes) -> str:
    """What a feed says it is written in, before its first entry."""
    head = body[:_LONGEST_HEAD].replace(b"\0", b"")
    first = _FIRST_ENTRY.search(head)
    found = _LANGUAGE.search(head[: first.start()] if first else head)
    return next(one for one in found.groups() if one).decode().lower() if found else ""


def _usual(url: str) -> list[str]:
    """The usual places beside a page, then those of its host."""
    folders = dict.fromkeys((urljoin(url, "."), urljoin(url, "/")))
    return [urljoin(folder, place) for folder in folders for place in USUAL_PLACES]


def _wants_peace(error: FeedError) -> bool:
    """Whether a host has to be left alone: it does not answer, or said so."""
    if error.fault in {Fault.THROTTLED, Fault.BLOCKED}:
        return True
    return isinstance(error, FetchError) and (
        error.status in {429, 503} or (error.status is None and error.fault is Fault.NO_ANSWER)
    )
