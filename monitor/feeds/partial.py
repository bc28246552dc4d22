"""A document parsed for some of its items only, and whole where that could read them otherwise.

Knows what in feedparser outlives an item: its loose parser, which takes over for a whole document that is not
well-formed; the names of namespaces; the language and the address that unescaped markup leaves behind. What is told of
an entry must be what a parse of the whole document tells; every doubt is settled by one.
"""

import codecs
import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import unquote
from xml.parsers import expat

from monitor.core.entry import ParsedEntry
from monitor.errors import ParseError
from monitor.feeds.document import ParsedFeed, Source
from monitor.feeds.parse import parse
from monitor.feeds.split import only

_DECLARED = re.compile(rb"\A(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)[\"']")
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_NAMESPACE = re.compile(rb"\sxmlns:([\w.-]+)\s*=\s*[\"']([^\"'<]*)[\"']")
_CDATA = re.compile(rb"<!\[CDATA\[.*?\]\]>", re.DOTALL)
_WORD = re.compile(r"[0-9A-Za-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A document to parse; where `fresh` has positions in `spans`, only those of its items are wanted.

    The others were in a sound document, with the same frame.
    """

    source: Source
    spans: tuple[tuple[int, int], ...] = ()
    fresh: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A feed with the entries that were wanted, in their order, or (`whole`) with all of them.

    `sound` says that each item is one entry, in a document that is well-formed: one of these items can be left out of a
    later document. An item of any other document cannot, for it may have all others read loosely.
    """

    feed: ParsedFeed
    whole: bool
    sound: bool


def parsed(job: Job) -> Parsed:
    """The wanted entries as a whole parse has them, or all; raises ParseError like one."""
    if 0 < len(job.fresh) < len(job.spans) and (feed := _of_fresh(job)):
        return Parsed(feed=feed, whole=False, sound=True)
    feed = parse(job.source)
    sound = len(feed.entries) + feed.skipped == len(job.spans) and _in_one_encoding(job.source)
    return Parsed(feed=feed, whole=True, sound=sound)


def _of_fresh(job: Job) -> ParsedFeed | None:
    """The feed with the fresh entries alone; None where it takes the whole document to read them."""
    body, kept = job.source.body, frozenset(job.fresh)
    part = replace(job.source, body=only(body, job.spans, kept))
    skipped = [body[start:end] for position, (start, end) in enumerate(job.spans) if position not in kept]
    there = b"\n".join(skipped)
    if not (_in_one_encoding(part) and _same_names(part.body, there) and _leaves_nothing_behind(there)):
        return None
    try:
        feed = parse(part)
    except ParseError:
        return None
    read = len(feed.entries) + feed.skipped
    if feed.cut or feed.ids_shared or read != len(kept) or _known_elsewhere(feed.entries, part.body, there, skipped):
        return None
    return feed


def _in_one_encoding(source: Source) -> bool:
    """Whether a document is what it says: one encoding, by which every byte can be read, and well-formed XML.

    Where one item is not, feedparser reads all of them otherwise than it would without that one.
    """
    try:
        codec = codecs.lookup(_encoding(source)).name
        # Blank lines before a document are taken off by `parse`.
        body = source.body.removeprefix(codecs.BOM_UTF8).lstrip()
        text = body if codec == "utf-8" else body.decode(codec).encode()
        # Told the encoding, expat asks nobody else for it; names with an unknown prefix are faults to it.
        expat.ParserCreate("utf-8", namespace_separator=" ").Parse(text, True)
    except (LookupError, UnicodeError, ValueError, expat.ExpatError):
        return False
    return True


def _encoding(source: Source) -> str:
    """What the server says goes before what the document says."""
    if charset := _CHARSET.search(source.content_type):
        return charset[1]
    declared = _DECLARED.match(source.body)
    return declared[1].decode() if declared else "utf-8"


def _same_names(part: bytes, there: bytes) -> bool:
    """Whether the items left out name no namespace that the others do not: feedparser remembers the names of all."""
    return b"xmlns:" not in there or set(_NAMESPACE.findall(part)).issuperset(_NAMESPACE.findall(there))


def _leaves_nothing_behind(there: bytes) -> bool:
    """Whether what is left out does not set a language or an address and have a <div> that is not escaped.

    feedparser forgets to leave such a div, and takes what held inside it for what holds around it.
    """
    if b"<div" not in there or not (b"lang=" in there or b"base=" in there):
        return True
    there = _CDATA.sub(b"", there)
    return not (b"<div" in there and (b"lang=" in there or b"base=" in there))


def _known_elsewhere(entries: Iterable[ParsedEntry], part: bytes, there: bytes, skipped: list[bytes]) -> bool:
    """Whether an entry's id or link stands in an item that was left out as well.

    Then it is not for these alone to say whether the entry is one that was known by another id.
    """
    names = {name for entry in entries for name in (entry.id, entry.link)} - {""}
    return any(_stands_in(name, part, there, skipped) for name in names)


def _stands_in(name: str, part: bytes, there: bytes, items: Iterable[bytes]) -> bool:
    """Whether a name stands in one of the items in the way in which the others have it in `part`.

    Where that cannot be found out, it was completed with an address: then the words behind its last slash count.
    """
    forms = _forms(name)
    if any(form in part for form in forms):
        suspects = (item for item in items if any(form in item for form in forms))
        return any(form in there for form in forms) and _have(suspects, _words(name))
    words = _words(name.rstrip("/").rpartition("/")[2])
    return _have((item for item in items if all(word.encode() in item for word in words)), words)


def _forms(name: str) -> set[bytes]:
    """The ways in which a name may be written."""
    written = {name, html.escape(name), html.escape(name, quote=False), name.replace("&", "&#38;"), unquote(name)}
    return {form.encode("utf-8", "surrogatepass") for form in written}


def _have(items: Iterable[bytes], words: list[str]) -> bool:
    """Whether the words follow each other in one of the items, whatever is between them; yes where there are none."""
    return any(_joined(words) in _run(item) for item in items)


def _run(item: bytes) -> str:
    return _joined(_words(item.decode("utf-8", "replace")))


def _joined(words: list[str]) -> str:
    return f" {' '.join(words)} " if words else " "


def _words(text: str) -> list[str]:
    """The letters and digits of a text, without references (twice, as some feeds write them) and percent signs.

    Only ASCII counts: what an item says in other letters may be escaped, or in another encoding.
    """
    return _WORD.findall(unquote(html.unescape(html.unescape(text))))
