"""Bytes to entries, by feedparser, and by our own readers where it has none.

Knows feed formats through feedparser, and what it does silently; knows nothing of identity or novelty. feedparser
opens a body that looks like a path and puts most faults into `bozo`: it is handed bytes in a stream only, and a body
in which it recognises no format and finds no entry is no feed. A character that XML forbids makes it refuse a document
and read it as tag soup, a reference to no character makes it fail, and the half of an entry at which a body was cut
off is an entry to it: all three are mended here. What it leaves to its caller is done here too: it reads dates wrong,
and completes "12345" to an address.
"""

import contextlib
import io
import re
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

import feedparser

from monitor.core.entry import Enclosure, ParsedEntry
from monitor.core.feed import Fault, Hints
from monitor.errors import ParseError
from monitor.feeds.dates import moment
from monitor.feeds.document import (
    LONGEST_CONTENT,
    LONGEST_FIELD,
    LONGEST_LANGUAGE,
    MOST_ENCLOSURES,
    WEB,
    ParsedFeed,
    Source,
    ids_shared,
    is_ghost,
)
from monitor.feeds.encoding import named
from monitor.feeds.jsonfeed import is_json, parse_json
from monitor.feeds.plaintext import headline, prose
from monitor.feeds.sitemap import is_sitemap, parse_sitemap

__all__ = ["LONGEST_CONTENT", "LONGEST_FIELD", "ParsedFeed", "Source", "parse"]

_REFERENCE = re.compile(rb"&#(?:[xX]0*(?P<hex>[0-9a-fA-F]+)|0*(?P<decimal>[0-9]+))")
_FORBIDDEN = bytes(set(range(0x20)) - set(b"\t\n\r"))
_BLANKED = bytes(0x20 if at in _FORBIDDEN else at for at in range(256))
_CHARSET = re.compile(r";\s*charset=\"?([\w.:-]+)", re.IGNORECASE)

_BEGINS = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_ENDS = re.compile(rb"</(?:[\w.-]{1,40}:)?(?:item|entry)\s*>?", re.IGNORECASE)
_ROOT_ENDS = re.compile(rb"</(?:[\w.-]{1,40}:)?(?:rss|feed|rdf|channel|xml)\s*>", re.IGNORECASE)
_FEED_BEGINS = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:rss|feed|rdf|channel|item|entry)[\s>]", re.IGNORECASE)
_PAGE = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_DECLARED = re.compile(rb"<\?xml\s[^<>]{0,400}\?>")
_TAG = re.compile(rb"(?P<open></?)(?P<name>[A-Za-z][\w:.-]{0,80})")
# Of every namespace: elements of entries, and markup that separates lines in them.
_NEEDED = frozenset(
    b"rss rdf channel feed item entry title link guid id description summary subtitle encoded content body div p br"
    b" pubdate published updated modified issued created date author creator name email language source enclosure"
    b" ttl updateperiod updatefrequency".split()
)
# What precedes a document that a script failed to begin: its warnings, and blank lines.
_DECLARATION_WITHIN = 4_096

_SKIP = {name: re.compile(rb"<" + name + rb"s\b[^>]{0,200}>", re.IGNORECASE) for name in (b"skiphour", b"skipday")}
_SKIPPED = re.compile(rb"<(hour|day)[^>]{0,80}>\s*([A-Za-z0-9]{1,9})", re.IGNORECASE)
_SKIP_LENGTH = 4_000
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIODS = {"hourly": 1, "daily": 24, "weekly": 168, "monthly": 720, "yearly": 8_760}
_LONGEST_TTL = timedelta(days=7)


def parse(source: Source) -> ParsedFeed:
    """The entries of a body; raises ParseError with one line that says what arrived instead of a feed.

    Pure, and bounded by what limits the process it runs in: a hostile body of a few MB takes feedparser many seconds.
    """
    if not source.body.strip():
        raise ParseError("the body is empty; the server sent nothing to read", fault=Fault.EMPTY)
    if is_json(source.body) or is_sitemap(source.body):
        try:
            return _parse_other(source)
        except ParseError:
            if not _holds_a_feed(source.body):
                raise
    if _is_page(source.body):
        raise ParseError(_what_arrived(source))
    return _parse_feed(source)


def _parse_other(source: Source) -> ParsedFeed:
    """What feedparser cannot read."""
    text = source.body.decode(_encoding(source), "replace").lstrip("\ufeff")
    return parse_json(source, text) if is_json(source.body) else parse_sitemap(source, _clean(text.encode()))


def _parse_feed(source: Source) -> ParsedFeed:
    body = _clean(source.body)
    document = _document(body, _encoding(source))
    if not document.get("version") and not document.entries:
        raise ParseError(_what_arrived(source))
    half = bool(document.bozo) and _ends_inside_an_entry(body)
    language = _text(document.feed.get("language"))
    read = [_entry(item, source, language) for item in (document.entries[:-1] if half else document.entries)]
    kept = tuple(entry for entry in read if not is_ghost(entry))
    cut = half or (bool(document.bozo) and _ROOT_ENDS.search(body) is None)
    return ParsedFeed(
        title=headline(_text(document.feed.get("title")))[:LONGEST_FIELD],
        entries=kept,
        skipped=len(read) - len(kept),
        link=_address(document.feed.get("link"), source),
        cut=cut,
        hints=_hints(document.feed, body),
        notes=("the document was cut off before its end",) if cut else (),
        ids_shared=ids_shared(kept),
    )


def _document(body: bytes, encoding: str) -> Any:
    """What feedparser makes of a body; where it fails, of the elements that entries are made of alone.

    It fails on elements nobody asked for: a gml:pos outside of a georss:where, a width that is empty.
    """
    try:
        with contextlib.suppress(Exception):
            return _by_feedparser(body, encoding)
        return _by_feedparser(_TAG.sub(_needed, body.decode(encoding, "replace").encode()), "utf-8")
    except Exception as error:
        # Whatever the fault brings about: KeyError, AttributeError, AssertionError.
        raise ParseError(f"the feed cannot be read: {type(error).__name__}", fault=Fault.UNREADABLE) from error


def _by_feedparser(body: bytes, encoding: str) -> Any:
    # An address would have it make links of ids; a media type of the server's own would have it doubt the encoding.
    headers = {"content-type": f"application/xml; charset={encoding}"}
    return feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )


def _needed(tag: re.Match[bytes]) -> bytes:
    """The beginning of a tag, of a name that means nothing where an entry does not need it."""
    return tag[0] if tag["name"].lower().rpartition(b":")[2] in _NEEDED else tag["open"] + b"x"


def _encoding(source: Source) -> str:
    found = _CHARSET.search(source.content_type)
    return (named(found[1]) if found else "") or "utf-8"


def _clean(body: bytes) -> bytes:
    """The document from its first tag on, without characters and references that XML forbids."""
    body = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not body.startswith(b"<"):
        before, declaration, rest = body[:_DECLARATION_WITHIN].partition(b"<?xml")
        if declaration and _FEED_BEGINS.search(before) is None:
            body = declaration + rest + body[_DECLARATION_WITHIN:]
    if (declared := _DECLARED.match(body)) and not declared[0].isascii():
        # feedparser is told the encoding, and fails on a declaration with a name for it that is not ASCII.
        body = b'<?xml version="1.0"?>' + body[declared.end() :]
    if body.translate(None, _FORBIDDEN) != body:
        body = body.translate(_BLANKED)
    return _REFERENCE.sub(_known, body) if b"&#" in body else body


def _known(reference: re.Match[bytes]) -> bytes:
    """A reference as it is; a blank for a control character ("&#11;"), U+FFFD for half an emoji ("&#55357;")."""
    digits = reference["hex"] or reference["decimal"]
    number = int(digits, 16 if reference["hex"] else 10) if len(digits) < 8 else sys.maxunicode + 1
    allowed = number in {9, 10, 13} or 0x20 <= number < 0xD800 or 0xE000 <= number < 0xFFFE or number > 0xFFFF
    if allowed and number <= sys.maxunicode:
        return reference[0]
    return b"&#32" if number < 0x20 else b"&#65533"


def _ends_inside_an_entry(body: bytes) -> bool:
    """Whether the body ends inside an entry, which without its id would be new again at the next poll."""
    begins = max((found.start() for found in _BEGINS.finditer(body)), default=-1)
    ends = max((found.start() for found in _ENDS.finditer(body)), default=-1)
    return begins > ends and body.find(b">", begins) >= 0


def _entry(item: Any, source: Source, language: str) -> ParsedEntry:
    link = _link(item, source)
    published = _moment(item, ("published", "created"), source)
    updated = _moment(item, ("updated",), source)
    summary, content = _texts(item)
    return ParsedEntry(
        id=_id(item, link),
        link=link,
        title=headline(_text(item.get("title")))[:LONGEST_FIELD],
        summary=summary[:LONGEST_CONTENT],
        content=content[:LONGEST_CONTENT],
        author=", ".join(dict.fromkeys(_authors(item)))[:LONGEST_FIELD],
        outlet=headline(_text((item.get("source") or {}).get("title")))[:LONGEST_FIELD],
        language=_language(item, language)[:LONGEST_LANGUAGE],
        published_at=published or updated,
        updated_at=updated,
        enclosures=tuple(_enclosures(item, source))[:MOST_ENCLOSURES],
    )


def _text(value: object) -> str:
    """A value of feedparser's, which is a dictionary at times where an element has attributes."""
    return value if isinstance(value, str) else ""


def _texts(item: Any) -> tuple[str, str]:
    """Summary and content, each read once: feedparser copies one to the other."""
    summary = _text(item.get("summary"))
    parts = [_text(part.get("value")) for part in item.get("content", ())]
    read = prose(summary)
    return read, "\n".join(read if part == summary else prose(part) for part in parts)


def _id(item: Any, link: str) -> str:
    """The id as it is written; a link that is no address of the Web ("urn:...") where there is none."""
    written = " ".join(_text(item.get("id")).split())
    return (written or ("" if link else " ".join(_text(item.get("link")).split())))[:LONGEST_FIELD]


def _link(item: Any, source: Source) -> str:
    """The page of the entry. An id stands in for it (a permalink by default) if it looks like an address."""
    written = _text(item.get("link"))
    if written and written == _text(item.get("id")) and item.get("guidislink") and "/" not in written:
        written = ""
    links = item.get("links", ())
    others = (_text(one.get("href")) for one in links if one.get("rel", "alternate") == "alternate")
    return _address(written, source) or next((link for one in others if (link := _address(one, source))), "")


def _address(value: object, source: Source) -> str:
    """An address of the Web, completed with that of the feed; "" for anything else."""
    written = "".join(_text(value).split())
    if written and not written.startswith(WEB):
        try:
            written = urljoin(source.url, written)
        except ValueError:
            return ""
    return written[:LONGEST_FIELD] if written.lower().startswith(WEB) else ""


def _authors(item: Any) -> Iterator[str]:
    """Every author by name, else by address."""
    for author in item.get("authors", ()):
        if name := headline(_text(author.get("name")) or _text(author.get("email"))):
            yield name
    if not any(item.get("authors", ())) and (name := headline(_text(item.get("author")))):
        yield name


def _language(item: Any, document: str) -> str:
    """dc:language, or the xml:lang around its title or text, or the document's."""
    around = (item.get(f"{name}_detail") or {} for name in ("title", "summary"))
    own = _text(item.get("language")) or next((_text(one.get("language")) for one in around if one.get("language")), "")
    return "".join((own or document).split()).replace("_", "-")


def _enclosures(item: Any, source: Source) -> Iterator[Enclosure]:
    """Enclosures, and media:content, in which many newspapers have the picture that others enclose; each once."""
    linked = [one for one in item.get("links", ()) if one.get("rel") == "enclosure"]
    seen = set()
    for one in [*linked, *item.get("media_content", ())]:
        url = _address(one.get("href") or one.get("url"), source)
        if url and url not in seen:
            seen.add(url)
            size = _text(one.get("length") or one.get("filesize")).strip()[:18]
            kind = _text(one.get("type")).strip()[:LONGEST_FIELD]
            yield Enclosure(url=url, type=kind, size=int(size) if size.isascii() and size.isdigit() else 0)


def _moment(item: Any, names: tuple[str, ...], source: Source) -> datetime | None:
    """The first of these dates that can be read; `dict.get` passes by feedparser's stand-ins, which warn."""
    written = (_text(dict.get(item, name)) for name in names)
    return next((at for one in written if one and (at := moment(one, source.fetched_at))), None)


def _hints(feed: Any, body: bytes) -> Hints:
    return Hints(
        ttl=_ttl(feed),
        skip_hours=frozenset(_skipped(body, b"skiphour", lambda hour: int(hour) % 24 if hour.isdigit() else None)),
        skip_days=frozenset(
            _skipped(body, b"skipday", lambda day: _DAYS.index(day.lower()) if day.lower() in _DAYS else None)
        ),
    )


def _ttl(feed: Any) -> timedelta | None:
    """How long the publisher wants to be left alone: ttl, in minutes, else the syndication module of RSS 1.0.

    "Once an hour" of the latter is what every WordPress says by default, and nobody's wish.
    """
    ttl = _text(feed.get("ttl")).strip()
    if ttl.isascii() and ttl.isdigit() and int(ttl[:9]) > 0:
        return min(timedelta(minutes=int(ttl[:9])), _LONGEST_TTL)
    period = _PERIODS.get(_text(feed.get("sy_updateperiod")).strip().lower(), 0)
    times = _text(feed.get("sy_updatefrequency")).strip()
    frequency = int(times[:6]) if times.isascii() and times.isdigit() else 1
    if not period or not frequency or (period, frequency) == (1, 1):
        return None
    return min(timedelta(hours=period) / frequency, _LONGEST_TTL)


def _skipped(body: bytes, name: bytes, number: Callable[[str], int | None]) -> Iterator[int]:
    """The hours or days inside the element that lists them, of which feedparser keeps the last."""
    found = _SKIP[name].search(body)
    if found is None:
        return
    listed = body[found.end() : found.end() + _SKIP_LENGTH].lower().partition(b"</" + name)[0]
    for one in _SKIPPED.finditer(listed):
        if (value := number(one[2].decode())) is not None:
            yield value


def _holds_a_feed(body: bytes) -> bool:
    """Whether what is broken as another format is a feed after all."""
    return b"<rss" in body or b"<feed" in body or b"<rdf:RDF" in body


def _is_page(body: bytes) -> bool:
    """Whether a page of HTML arrived: it begins as one and has nothing that begins a feed."""
    start = body[:_DECLARATION_WITHIN]
    return _PAGE.search(start) is not None and _FEED_BEGINS.search(body) is None


def _what_arrived(source: Source) -> str:
    if _PAGE.search(source.body[:_DECLARATION_WITHIN]) or "html" in source.content_type:
        return "an HTML page arrived in place of a feed; find its feeds with: wirewatch feeds discover ADDRESS"
    kind = source.content_type.split(";", maxsplit=1)[0] or "data of no stated type"
    if b"<opml" in source.body[:_DECLARATION_WITHIN].lower():
        return "this is an OPML list of feeds, not a feed; wirewatch feeds import reads it"
    return f"this is no feed ({kind}, {len(source.body):,} bytes); check the address in feeds.yaml"
