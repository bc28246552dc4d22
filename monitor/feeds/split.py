"""A feed's document taken apart into its items, by looking for their tags among its bytes.

Knows how the tags of items look; knows nothing of XML beyond that, nor of what an item says. It may be wrong about
where an item ends (a tag inside CDATA), never about what is new: each byte belongs to an item and is in its digest, or
to the frame around the items, and where anything in the frame looks like an item's tag the document is not taken apart.
The time it takes grows with the document and with nothing else.
"""

import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

# Changed when the same document would be read otherwise than before: every feed is then read whole once.
VERSION = b"1"
# A document of more items is read whole, as is one that says so much besides them: it is no feed of news.
MOST_ITEMS = 20_000
LONGEST_FRAME = 1_000_000

_DIGEST, _ITEM_DIGEST = 16, 8

# Names as the most forgiving of parsers reads them: in any case, with any prefix, before whatever is no part of a name.
_NAMED = rb"(?:[^\s<>/:]*+:)?(?:item|entry)(?![\w.:-])"
_TAG = re.compile(rb"<(" + _NAMED + rb")", re.IGNORECASE)
# What may not stand between the items: a tag of one, what else holds entries, or declarations that change what is read.
_UNCERTAIN = re.compile(rb"</?" + _NAMED + rb"|<!(?:DOCTYPE|ENTITY)|<[^\s<>/]*urlset", re.IGNORECASE)
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<")
# Tags around the items whose attributes hold for what is inside: encoding, version, names, languages and addresses.
_SCOPE = re.compile(rb"<(?=[^<>]*?(?:encoding=|version=|xmlns|xml:|lang=|base=))[^<>]*>")
# Elements of the feed itself that are told with its entries: what and where it is, and when to come back.
_TOLD = re.compile(
    rb"<(?:[\w.-]*:)?(?:title|link|language|ttl|hour|day|updateperiod|updatefrequency)(?:\s[^<>]*)?>\s*(?:<!\[CDATA\[)?[^<]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A document's items, at least one: a digest of each in the document's order, and of what is around them.

    `frame` stands for all around them that can change how an item is read, and for the title, the link and the hints of
    the feed. The dates at which a feed was built, and the like, are not in it.
    """

    digests: tuple[bytes, ...]
    frame: bytes
    pieces: tuple[tuple[bytes, bytes, bytes], ...]
    closes: bytes

    def spans(self) -> tuple[tuple[int, int], ...]:
        """Where the items stand in the document, their tags included."""
        found, at = [], 0
        for gap, opens, rest in self.pieces:
            start = at + len(gap)
            at = start + len(opens) + len(rest) + len(self.closes)
            found.append((start, at))
        return tuple(found)


def outline(body: bytes) -> bytes:
    """16 bytes that two documents share that have the same items in the same frame; none where that is uncertain.

    At half the price of taking it apart: most documents differ from the last one in the date at which they were built.
    """
    first = _first(body)
    if first is None:
        return b""
    closes = b"</" + first[1] + b">"
    begins, ends = first.start(), body.rfind(closes) + len(closes)
    frame = _frame(body[:begins] + b" " + body[ends:]) if ends > begins else b""
    return digest(frame, body[begins:ends]) if frame else b""


def split(body: bytes) -> Split | None:
    """The document taken apart; None where it must be read whole, which is wherever anything is uncertain."""
    first = _first(body)
    if first is None:
        return None
    opens, closes = b"<" + first[1], b"</" + first[1] + b">"
    *ended, after = body.split(closes, MOST_ITEMS + 1)
    if len(ended) > MOST_ITEMS or not ended or len(ended[0]) < first.end():
        return None
    # What is before the first item may have an element whose name begins alike: RDF's <items>.
    head = (body[: first.start()], opens, ended[0][first.end() :])
    pieces = (head, *[piece.partition(opens) for piece in ended[1:]])
    frame = _frame(b" ".join([*[gap for gap, _, _ in pieces], after]))
    if not frame or not all(found for _, found, _ in pieces):
        return None
    digests = tuple([hashlib.sha256(rest).digest()[:_ITEM_DIGEST] for _, _, rest in pieces])
    return Split(digests=digests, frame=frame, pieces=pieces, closes=closes)


def only(body: bytes, spans: Iterable[tuple[int, int]], kept: Collection[int]) -> bytes:
    """The document with those of its items whose positions are kept, each in its place."""
    pieces, at = [], 0
    for position, (start, end) in enumerate(spans):
        if position not in kept:
            pieces.append(body[at:start])
            at = end
    return b"".join((*pieces, body[at:]))


def digest(*parts: bytes) -> bytes:
    """16 bytes that stand for the parts, whatever they contain."""
    running = hashlib.sha256(VERSION)
    for part in parts:
        running.update(b"%d:" % len(part))
        running.update(part)
    return running.digest()[:_DIGEST]


def _first(body: bytes) -> re.Match[bytes] | None:
    """The first tag of an item in a document that is markup, in an encoding in which a tag is seen."""
    return _TAG.search(body) if b"\0" not in body and _MARKUP.match(body) else None


def _frame(around: bytes) -> bytes:
    """A digest of what counts around the items; none where something of an item is left there, or there is too much."""
    if len(around) > LONGEST_FRAME or _UNCERTAIN.search(around):
        return b""
    return digest(*_SCOPE.findall(around), *(text.strip() for text in _TOLD.findall(around)))
