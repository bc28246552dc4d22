"""Entries: what a feed published, how two of them are told to be the same, and what of them is read.

Knows the identity and the revisions of an entry; knows nothing of likeness between entries.
"""

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.core.link import canonical
from monitor.core.terms import Span, Words
from monitor.core.text import LEAD_SENTENCES, LONGEST_FIELD, Token, sentences, tokens

# Positions between title and lead that no phrase and no near/N can bridge.
_FIELD_GAP = 1_000
_HEADING_WORDS = 14
_PARAGRAPHS = re.compile(r"\n\s*\n")

# Half of a character, as a broken page may write it ("\\ud83d"): no encoder takes it, and so no expression of a rule.
_SURROGATES = re.compile("[\ud800-\udfff]")
_NO_CHARACTER = "\ufffd"

# What a feed says below a title in fewer characters is a teaser; two sentences of a report are longer.
_STUB = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file that belongs to an entry: its address, media type ("" unknown) and size in bytes (0 unknown)."""

    url: str
    type: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEntry:
    """An entry as the parser read it, all text plain; `published_at` is None where no date could be read.

    `author` has all of them, by commas; `language` is what the document says of the entry, mostly nothing.
    """

    id: str
    link: str
    title: str
    summary: str = ""
    content: str = ""
    author: str = ""
    outlet: str = ""
    language: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    enclosures: tuple[Enclosure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A stored entry in its newest revision; `outlet` is who published it, never empty.

    `fulltext` is the text of its page, where that was fetched.
    """

    id: int
    feed_id: str
    identity: str
    revision: int
    link: str
    title: str
    summary: str
    content: str
    outlet: str
    language: str
    published_at: datetime | None
    first_seen_at: datetime
    author: str = ""
    fulltext: str = ""

    @property
    def body(self) -> str:
        """What rules read below the title."""
        return body_of(self.summary, self.content, self.fulltext)


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of an entry: its number, its newest revision and the fingerprint of that."""

    id: int
    revision: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class OnPage:
    """A stored entry behind a canonical link, with what tells it from others behind the same."""

    link_key: str
    title: str
    published_at: datetime | None
    known: Known


class Novelty(StrEnum):
    """What a parsed entry is to the store."""

    NEW = "new"
    REVISED = "revised"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Part:
    """Title or lead: its text, and the position of its first word in the document."""

    name: str
    text: str
    base: int
    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """The text of an entry that rules read: the title, and the first two sentences below it.

    With `body` read there is a third part, all that follows the lead. `sentences` and `paragraphs` have the positions
    of their words; a title is one sentence, however it is punctuated, and a lead one paragraph.
    """

    language: str
    parts: tuple[Part, ...]
    words: Words
    sentences: tuple[Span, ...]
    paragraphs: tuple[Span, ...]

    @property
    def heading(self) -> Span:
        """The positions of title and lead."""
        return Span(0, self.parts[1].base + len(self.parts[1].tokens))

    def place(self, start: int, end: int) -> tuple[Part, int, int]:
        """The part and the character range of the words `start` to `end`."""
        part = max((part for part in self.parts if part.base <= start), key=lambda part: part.base)
        return part, part.tokens[start - part.base].start, part.tokens[end - part.base].end


def read(title: str, body: str, language: str, *, whole: bool = False) -> Document:
    """The document of an entry: title and lead, and the `whole` text if it is asked for, as words with positions.

    Its parts can be encoded: half a character, as broken pages have them, is U+FFFD there, at the same place.
    """
    title, body = (_SURROGATES.sub(_NO_CHARACTER, text[:LONGEST_FIELD]) for text in (title, body))
    paragraphs = [sentences(one) for one in _PARAGRAPHS.split(body) if one.strip()]
    below = [sentence for paragraph in paragraphs for sentence in paragraph]
    lead, rest = below[:LEAD_SENTENCES], _without(paragraphs, LEAD_SENTENCES) if whole else []
    parts = [_part("title", title, 0, language)]
    parts.append(_part("lead", " ".join(lead), len(parts[0].tokens) + _FIELD_GAP, language))
    spans = [*_sentence_spans(parts[0], [title]), *_sentence_spans(parts[1], lead)]
    blocks = [*_sentence_spans(parts[0], [title]), *_sentence_spans(parts[1], [parts[1].text])]
    if rest:
        texts = [" ".join(paragraph) for paragraph in rest]
        parts.append(_part("body", " ".join(texts), parts[1].base + len(parts[1].tokens) + _FIELD_GAP, language))
        spans += _sentence_spans(parts[2], [sentence for paragraph in rest for sentence in paragraph])
        blocks += _sentence_spans(parts[2], texts)
    return Document(language, tuple(parts), _words(parts, language), tuple(spans), tuple(blocks))


def _part(name: str, text: str, base: int, language: str) -> Part:
    return Part(name, text, base, tokens(text, language))


def _without(paragraphs: Sequence[Sequence[str]], count: int) -> list[list[str]]:
    """The paragraphs without their first `count` sentences."""
    left: list[list[str]] = []
    for paragraph in paragraphs:
        kept = list(paragraph[count:])
        count = max(0, count - len(paragraph))
        left += [kept] if kept else []
    return left


def heading(title: str, body: str) -> str:
    """What an entry is called: its title, or the first words below it where a feed gives none (whole feeds do)."""
    words = body.split(maxsplit=_HEADING_WORDS)
    return title or " ".join(words[:_HEADING_WORDS]) + (" …" if len(words) > _HEADING_WORDS else "")


def body_of(summary: str, content: str, fulltext: str = "") -> str:
    """The text below the title: the summary, else the content; where they say little, the page's, if it is there."""
    own = summary or content
    return fulltext if fulltext and is_stub(own) else own


def is_stub(body: str) -> bool:
    """Whether this is no report but a teaser, or nothing: "Read more", the title once again, the outlet's name."""
    return len(body) < _STUB


def identities(entries: Sequence[ParsedEntry], home: str = "") -> list[str]:
    """The identity of each entry within its feed, never by likeness: id, else link, else title and text.

    Three things are no names. The feed's own page (`home`) in the place of an id or link: Meduza links every entry to
    its front page. An id that entries with different links have: the link is added to it. An id with one link, or a
    link alone, that entries with different titles have: link and title are added. Whatever else changes in an entry,
    or in those around it, it keeps its identity; copies of one entry share nothing.

    The first depends on the entry alone. The other two are told by the document, for an id that stays when the title
    changes is a revision: so an entry is called anew when the first other comes that shares its id, and when the last
    goes. It is then to be found by link and title, which is how an entry is found whose id changes.
    """
    names = [_name(entry, home) for entry in entries]
    links, titles = defaultdict(set), defaultdict(set)
    for name, entry in zip(names, entries, strict=True):
        links[name].add(entry.link)
        titles[name, entry.link].add(entry.title)
    return [
        _identity(name, entry, linked=len(links[name]) > 1, titled=len(titles[name, entry.link]) > 1)
        for name, entry in zip(names, entries, strict=True)
    ]


def pages(entries: Iterable[ParsedEntry], home: str) -> dict[str, ParsedEntry]:
    """The entries by canonical link, where one stands alone behind its own, which is not the feed's `home` page."""
    keyed = [(canonical(entry.link), entry) for entry in entries]
    counts = Counter(key for key, _ in keyed)
    return {key: entry for key, entry in keyed if key and counts[key] == 1 and key != canonical(home)}


def same_page(entry: ParsedEntry, stored: Iterable[OnPage]) -> Known | None:
    """The stored entry that this one is under a new id: behind the same link, with the same title or date.

    Feeds change their scheme of ids (2,266 links of one feed stand under two), and some give a new one at each fetch.
    A live page with one link for many reports has another title and date for each: those stay apart.
    """
    for one in stored:
        dated = entry.published_at is not None and entry.published_at == one.published_at
        if dated or entry.title.casefold() == one.title.casefold():
            return one.known
    return None


def fingerprint(entry: ParsedEntry) -> str:
    """A digest of title and text; a new date or author is no revision, nor a page body that counts its readers."""
    return _digest(entry.title, body_of(entry.summary, entry.content))


def novelty(known: Known | None, digest: str) -> Novelty:
    """What an entry with this fingerprint is, given what the store knows of its identity."""
    if known is None:
        return Novelty.NEW
    return Novelty.UNCHANGED if known.fingerprint == digest else Novelty.REVISED


def _sentence_spans(part: Part, sentences: Sequence[str]) -> Iterator[Span]:
    """The words of each sentence of a part, which is the sentences joined by blanks; wordless ones have none."""
    starts, ends = [token.start for token in part.tokens], [token.end for token in part.tokens]
    start = 0
    for sentence in sentences:
        end = start + len(sentence)
        first, last = bisect_left(starts, start), bisect_right(ends, end) - 1
        if first <= last:
            yield Span(part.base + first, part.base + last)
        start = end + 1


def _name(entry: ParsedEntry, home: str) -> str:
    """Its id, or its link; "" for what is no name."""
    names = (entry.id, entry.link)
    at_home = canonical(home)
    return next((name for name in names if name and (not at_home or canonical(name) != at_home)), "")


def _identity(name: str, entry: ParsedEntry, *, linked: bool, titled: bool) -> str:
    if not name:
        return f"text:{_digest(_worded(entry.title), _worded(entry.summary))}"
    if titled:
        return f"{name}#{_digest(entry.link, entry.title)}"
    return f"{name}#{_digest(entry.link)}" if linked else name


def _worded(text: str) -> str:
    """A text as it is compared where nothing else tells two entries apart: capitals and blanks do not count."""
    return " ".join(text.casefold().split())


def _digest(*texts: str) -> str:
    joined = "\x1f".join(texts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:32]


def _words(parts: Sequence[Part], language: str) -> Words:
    placed = [(part.base + index, part, token) for part in parts for index, token in enumerate(part.tokens)]
    return Words(
        {position: part.text[token.start : token.end] for position, part, token in placed},
        {position: token for position, _, token in placed},
        all_capitals=_all_capitals("".join(part.text for part in parts)),
        language=language,
        lexemes=frozenset(token.lexeme for _, _, token in placed),
    )


def _all_capitals(text: str) -> bool:
    """No letter is small and most are capitals: Arabic, which has neither, is not all capitals for naming the SDF."""
    letters = [char for char in text if char.isalpha()]
    capitals = sum(char.isupper() for char in letters)
    return 2 * capitals > len(letters) and not any(char.islower() for char in letters)
