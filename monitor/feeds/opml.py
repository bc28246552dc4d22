"""Lists of feeds as OPML, and as addresses one a line, to the keys of feeds.yaml and back.

Knows OPML 1 and 2 as programs really write them; knows nothing of files or of what is behind an address. What a
foreign file says is kept where feeds.yaml has a key for it: title, language, and folders and categories as tags. In a
file of wirewatch's own every key stands as an attribute, so that nothing is lost on the way.

Expat reads it, which takes the depth and the length of a document as they come. Entities that a document declares are
refused: a reader needs none, and a bomb is made of them. Bare `&` and names of HTML are mended; half of the exporters
write them.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from monitor.core.feed import Feed
from monitor.errors import ParseError
from monitor.feeds.page import CHARSET

LARGEST = 8_000_000
DEEPEST = 50
# Readers hold hundreds; with ten thousand, feeds.yaml takes seconds to read.
MOST_FEEDS = 10_000
LONGEST_TITLE = 500

Keys = dict[str, str | Sequence[str]]

_OWN = "wirewatch:"
_NAMESPACE = "urn:wirewatch:feeds"
_OWN_KEYS = ("id", "country", "tier", "owner", "kind", "every", "floor", "encoding", "baseline", "fulltext")
_LISTS = ("tags", "speaks_for")
_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_REFERENCE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9a-fA-F]+);)(?:([a-zA-Z][a-zA-Z0-9]{1,31});)?")
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LANGUAGE = re.compile(r"([a-zA-Z]{2,3})(?:[-_].*)?", re.DOTALL)


def read(document: bytes) -> list[Keys]:
    """The feeds of an OPML document, or of a text with one address a line (a title may stand behind it; # comments).

    Raises ParseError with one line. The addresses are as they are written, good or not.
    """
    if len(document) > LARGEST:
        raise ParseError(f"the list has more than {LARGEST:,} bytes; split it")
    text = _text(document)
    start = text.lstrip("\ufeff \t\r\n")
    feeds = _outlines(start) if start.startswith("<") else _addresses(start)
    if not feeds:
        raise ParseError("the list names no feed: no outline in it has an xmlUrl, and no line begins with an address")
    return feeds


def write(feeds: Iterable[Feed]) -> bytes:
    """OPML 2.0 of these feeds, which `read` turns into the same feeds; what XML has no room for becomes U+FFFD."""
    lines = (f"    <outline {' '.join(f'{name}={_quoted(value)}' for name, value in _attributes(feed))}/>\n"
             for feed in feeds)  # fmt: skip
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<opml version="2.0" xmlns:wirewatch="{_NAMESPACE}">\n'
        "  <head><title>Feeds of wirewatch</title></head>\n"
        f"  <body>\n{''.join(lines)}  </body>\n</opml>\n"
    ).encode()


class _Reader:
    """Gathers the feeds of a document's outlines; `folders` has the name of each that is open, "" for a feed."""

    def __init__(self) -> None:
        self.feeds: list[Keys] = []
        self._folders: list[str] = []
        self._depth = 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1 and name.lower() != "opml":
            raise ParseError(f"this is no OPML but <{name[:40]}>; 'wirewatch feeds add ADDRESS' adds a single feed")
        if self._depth > DEEPEST:
            raise ParseError(f"the outlines nest deeper than {DEEPEST}; that is no list of feeds")
        if name.lower() == "outline":
            self._outline({key.lower(): value for key, value in attributes.items()})

    def end(self, name: str) -> None:
        self._depth -= 1
        if name.lower() == "outline":
            self._folders.pop()

    def refuse_entity(self, *_: object) -> None:
        raise ParseError("the list declares entities of its own, which only an attack does; export it anew")

    def _outline(self, attributes: dict[str, str]) -> None:
        url = attributes.get("xmlurl") or (attributes.get("url", "") if attributes.get("type") == "rss" else "")
        self._folders.append("" if url.strip() else _one_line(attributes.get("text") or attributes.get("title", "")))
        if not url.strip():
            return
        if len(self.feeds) == MOST_FEEDS:
            raise ParseError(f"the list has more than {MOST_FEEDS:,} feeds; split it")
        read_as = _own if f"{_OWN}id" in attributes else _foreign
        self.feeds.append({"url": url.strip(), **dict(read_as(attributes, self._folders))})


def _outlines(text: str) -> list[Keys]:
    reader = _Reader()
    # The text is UTF-8 by now, whatever its declaration says.
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.EntityDeclHandler = reader.refuse_entity
    try:
        parser.Parse(_REFERENCE.sub(_mended, _NO_XML.sub("\ufffd", text)).encode(), True)
    except expat.ExpatError as error:
        what = expat.ErrorString(error.code)
        raise ParseError(f"the list is no XML from line {error.lineno} on ({what}); export it anew") from error
    return reader.feeds


def _addresses(text: str) -> list[Keys]:
    if text.count("\n") > 10 * MOST_FEEDS:
        raise ParseError(f"the list has more than {10 * MOST_FEEDS:,} lines; split it")
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not any("://" in line[0] for line in lines):
        return []
    if len(lines) > MOST_FEEDS:
        raise ParseError(f"the list has more than {MOST_FEEDS:,} feeds; split it")
    return [{"url": url, **({"title": _one_line(title[0])} if title else {})} for url, *title in lines]


def _text(document: bytes) -> str:
    """The text of a document in the encoding it declares, which is UTF-8 without one."""
    if document.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    else:
        declared = _ENCODING.search(document[:1_000])
        encoding = declared[1].decode() if declared else "utf-8"
        # .NET writes "utf-16" above UTF-8; a declaration that can be read as ASCII is not in UTF-16.
        encoding = "utf-8" if encoding.lower().startswith("utf-16") else encoding
    if not CHARSET.fullmatch(encoding):
        raise ParseError(f"the list is in {encoding!r}, which is not read here; save it as UTF-8")
    try:
        return document.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        at = f" from byte {error.start + 1} on" if isinstance(error, UnicodeDecodeError) else ""
        raise ParseError(f"the list is not in {encoding}, as it should be{at}; save it as UTF-8") from error


def _mended(reference: re.Match[str]) -> str:
    """`&` for a reader of XML; "&eacute;" is a name of HTML only."""
    named = html.unescape(reference[0]) if reference[1] else ""
    return f"&#{ord(named)};" if len(named) == 1 else "&amp;" + reference[0][1:]


def _foreign(attributes: dict[str, str], folders: Sequence[str]) -> Iterator[tuple[str, str | Sequence[str]]]:
    title = _one_line(attributes.get("title") or attributes.get("text", ""))
    language = _LANGUAGE.fullmatch(attributes.get("language", "").strip())
    categories = (_one_line(part.strip(" /")) for part in attributes.get("category", "").split(","))
    tags = tuple(dict.fromkeys(tag for tag in (*folders, *categories) if tag))
    if title:
        yield "title", title
    if language:
        yield "language", language[1].lower()
    if tags:
        yield "tags", tags


def _own(attributes: dict[str, str], _folders: Sequence[str]) -> Iterator[tuple[str, str | Sequence[str]]]:
    written = {key: attributes.get(key, "") for key in ("title", "language")}
    written |= {key: attributes.get(f"{_OWN}{key}", "") for key in _OWN_KEYS}
    yield from ((key, value) for key, value in written.items() if value)
    for key in _LISTS:
        listed: object = None
        with suppress(ValueError, RecursionError):
            listed = json.loads(attributes.get(f"{_OWN}{key}", "null"))
        if isinstance(listed, list):
            yield key, tuple(str(one) for one in listed)


def _attributes(feed: Feed) -> Iterator[tuple[str, str]]:
    """Standard attributes for other readers, wirewatch's own for itself."""
    yield "text", feed.title
    yield "title", feed.title
    yield "type", "rss"
    yield "xmlUrl", feed.url
    yield "language", feed.language
    if feed.tags:
        yield "category", ",".join(feed.tags)
        yield f"{_OWN}tags", json.dumps(feed.tags, ensure_ascii=False)
    if feed.speaks_for:
        yield f"{_OWN}speaks_for", json.dumps(feed.speaks_for, ensure_ascii=False)
    own = {"id": feed.id, "country": feed.country, "tier": str(feed.tier), "owner": feed.owner, "kind": feed.kind,
           "every": _duration(feed.every), "floor": _duration(feed.floor), "encoding": feed.encoding,
           "baseline": "" if feed.baseline is None else str(feed.baseline).lower(),
           "fulltext": "true" if feed.fulltext else ""}  # fmt: skip
    yield from ((f"{_OWN}{key}", value) for key, value in own.items() if value)


def _duration(value: timedelta | None) -> str:
    """As feeds.yaml has it, in the largest unit that fits."""
    if value is None:
        return ""
    seconds = int(value.total_seconds())
    units = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
    return next(f"{seconds // size}{unit}" for unit, size in units if (seconds or 1) % size == 0)


def _quoted(value: str) -> str:
    return quoteattr(_NO_XML.sub("\ufffd", value))


def _one_line(text: str) -> str:
    return " ".join(text.split())[:LONGEST_TITLE]
