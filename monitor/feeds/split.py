"""A feed's document taken apart into its items, by looking for their tags among its bytes.

Knows how the tags of items look; knows nothing of XML beyond that, nor of what an item says. It may be wrong about
where an item ends (a tag inside CDATA), never about what is new: each byte belongs to an item and is in its digest, or
to the frame around the items, and where anything in the frame looks like an item's tag the document is not taken apart.
The time it takes grows with the document and with nothing else.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

# Changed when the same document would be read otherwise than before: every feed is then read whole once.
VERSION = b"1"
# A document of more items is read whole, as is one that says so much besides them: it is no feed of news.
MOST_ITEMS = 20_000
LONGEST_FRAME = 1_000_000

_DIGEST, _ITEM_DIGEST = 16, 8

_TAG = re.compile(rb"<((?:[a-zA-Z_][\w.-]{0,63}:)?(?:item|entry))(?=[\s/>])", re.IGNORECASE)
# What may not stand between the items: a tag of one, or declarations that change what is read inside them.
_UNCERTAIN = re.compile(rb"</?(?:[a-zA-Z_][\w.-]{0,63}:)?(?:item|entry)[\s/>]|<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_TAG_AND_TEXT = re.compile(rb"<([^<>]*)>([^<]*)")
_NAME = re.compile(rb"/?(?:[\w.-]*:)?([\w.?-]*)")

# Elements around the items whose attributes hold for what is inside them.
_AROUND = frozenset({b"?xml", b"rss", b"rdf", b"feed", b"channel"})
_SCOPED = (b"xmlns", b"xml:", b"lang", b"base")
# Elements of the feed whose text is told with its entries: what the feed is called, and when to come back.
_TOLD = frozenset({
    b"title", b"language", b"ttl", b"skiphours", b"hour", b"skipdays", b"day", b"updateperiod", b"updatefrequency",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A document and where its items stand in it, in its order, the tags included; at least one.

    `digests` has one for each item; `frame` is one of all around them that can change how an item is read, and of the
    feed's title and its hints. The dates at which a feed was built, and the like, are not in it.
    """

    body: bytes
    spans: tuple[tuple[int, int], ...]
    digests: tuple[bytes, ...]
    frame: bytes


def split(body: bytes) -> Split | None:
    """The document taken apart; None where it must be read whole, which is wherever anything is uncertain."""
    first = _TAG.search(body)
    if first is None or b"\0" in body:
        return None
    spans = _spans(body, first[1], first.start())
    if spans is None:
        return None
    around = outside(body, spans)
    if len(around) > LONGEST_FRAME or _UNCERTAIN.search(around):
        return None
    digests = tuple(hashlib.sha256(body[start:end]).digest()[:_ITEM_DIGEST] for start, end in spans)
    return Split(body=body, spans=tuple(spans), digests=digests, frame=_digest(_telling(around)))


def outside(body: bytes, spans: Iterable[tuple[int, int]]) -> bytes:
    """What is left of a body without these parts of it, which are in its order."""
    pieces, at = [], 0
    for start, end in spans:
        pieces.append(body[at:start])
        at = end
    pieces.append(body[at:])
    return b"".join(pieces)


def only(body: bytes, spans: Iterable[tuple[int, int]], kept: Collection[int]) -> bytes:
    """The document with those of its items whose positions are kept, each in its place."""
    return outside(body, (span for position, span in enumerate(spans) if position not in kept))


def digest(*parts: bytes) -> bytes:
    """16 bytes that stand for the parts, whatever they contain."""
    return _digest(parts)


def _digest(parts: Iterable[bytes]) -> bytes:
    running = hashlib.sha256(VERSION)
    for part in parts:
        running.update(b"%d:" % len(part))
        running.update(part)
    return running.digest()[:_DIGEST]


def _spans(body: bytes, name: bytes, start: int) -> list[tuple[int, int]] | None:
    """From each opening tag of that name to the next closing one, or to its own end where it closes itself."""
    opens, closes = b"<" + name, b"</" + name
    spans: list[tuple[int, int]] = []
    while start >= 0:
        end = _end(body, start, closes)
        if end < 0 or len(spans) == MOST_ITEMS:
            return None
        spans.append((start, end))
        start = _tag(body, opens, end)
    return spans


def _end(body: bytes, start: int, closes: bytes) -> int:
    """Where the item ends that starts there; -1 where it does not."""
    opened = body.find(b">", start)
    if opened >= 0 and body[opened - 1] == ord("/"):
        return opened + 1
    closed = _tag(body, closes, start)
    return body.find(b">", closed) + 1 or -1 if closed >= 0 else -1


def _tag(body: bytes, begins: bytes, at: int) -> int:
    """Where the next tag of that name begins, which is not `<items>` where `<item` is sought; -1 for none."""
    at = body.find(begins, at)
    while at >= 0 and body[at + len(begins) : at + len(begins) + 1] not in {b">", b" ", b"\n", b"\t", b"\r", b"/"}:
        at = body.find(begins, at + 1)
    return at


def _telling(around: bytes) -> Iterator[bytes]:
    """The parts of the frame that are told with its items, or change how they are read."""
    inside = b""
    for tag, text in _TAG_AND_TEXT.findall(around):
        found = _NAME.match(tag)
        name = found[1].lower() if found else b""
        if name in _TOLD:
            inside = b"" if tag.startswith(b"/") else name
        if inside:
            yield tag
            yield text.strip()
        elif name in _AROUND or any(word in tag for word in _SCOPED):
            yield tag
