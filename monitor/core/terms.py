"""Words and phrases to look for, and one pass over a text that finds them all.

Knows tokens and positions; knows nothing of entities, queries or rules. A term is one or more words in a row;
whoever asks for terms names them by a label of its own, and several terms may share one label.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from monitor.core.text import (
    MOST_LEXEMES,
    Lexeme,
    Token,
    before_apostrophe,
    fold,
    forgettings,
    word_keys,
    written_words,
)

# A homonym guard ("turkey" beside "sandwich") looks this many words to either side.
GUARD_WORDS = 10

# What a word begins is kept until text.py forgets its words: for those held there, and for those of texts that were
# read before it last forgot and are searched after it. These are few, unless a caller keeps his documents for long;
# in each language there never are more than this, about 12 MB.
_MOST_LEXEMES = 2 * MOST_LEXEMES


@dataclass(frozen=True, slots=True)
class Item:
    """One word of a term: the keys a token may carry, or the folded beginning it must have."""

    keys: frozenset[str]
    prefix: str = ""

    def fits(self, token: Token) -> bool:
        """Whether a token of the text is this word."""
        return token.folded.startswith(self.prefix) if self.prefix else not self.keys.isdisjoint(token.keys)


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase to find.

    `exact` holds the only spelling of each word that counts, if set, and never in a text that is all capitals; an
    ending behind an apostrophe ("SDG'nin") does not matter. The term is
    ignored within ten words of a term labelled with one of `not_with`, and unless one of the labels `needs`
    is found somewhere in the text. With a `language` it counts in texts of that language only.
    """

    items: tuple[Item, ...]
    exact: tuple[str, ...] = ()
    not_with: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    language: str = ""


class Span(NamedTuple):
    """The words `start` to `end`, both included, counted over the whole text. A tuple: many are made and compared."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Words:
    """Tokens by position, and their lexemes. Positions may have gaps, which no phrase and no `near` reaches over."""

    text: Mapping[int, str]
    tokens: Mapping[int, Token]
    all_capitals: bool
    language: str = ""
    lexemes: frozenset[Lexeme] = frozenset()


Found = dict[str, list[Span]]

# Before the label of an entity: occurrences by aliases that wait for review, which count for rules in shadow only.
UNVERIFIED = "?"


def term(
    words: Sequence[str],
    languages: tuple[str, ...],
    *,
    exact: bool = False,
    not_with: frozenset[str] = frozenset(),
    needs: frozenset[str] = frozenset(),
    only_in: str = "",
) -> Term:
    """A term from words as they are written; a word ending in `*` stands for any ending."""
    items = tuple(item for word in words for item in _items(word, languages))
    spelled = tuple(_composed(piece) for word in words for piece in written_words(word)) if exact else ()
    return Term(items, spelled, not_with, needs, only_in)


def _items(word: str, languages: tuple[str, ...]) -> list[Item]:
    """A written word may be several tokens ("U.S.", "al-Ayn", "Tal-Abyad")."""
    any_ending = word.endswith("*")
    pieces = written_words(word)
    items = [Item(word_keys(piece, languages)) for piece in pieces]
    if any_ending and pieces:
        items[-1] = Item(frozenset(), fold(pieces[-1]).replace("'", ""))
    return items


@dataclass(frozen=True, slots=True, eq=False)
class _Filed:
    """A term with the labels it is asked for by; kept as itself in tables, for a term is slow to compare."""

    term: Term
    labels: tuple[str, ...]


class TermIndex:
    """All terms of a ruleset, found in one pass over the tokens of a text."""

    def __init__(self, labelled: Iterable[tuple[str, Term]]) -> None:
        labels: dict[Term, set[str]] = defaultdict(set)
        for label, one in labelled:
            if one.items:
                labels[one].add(label)
        self._by_key: dict[str, list[_Filed]] = defaultdict(list)
        self._by_prefix: dict[str, list[_Filed]] = defaultdict(list)
        for one, names in labels.items():
            self._file(_Filed(one, tuple(sorted(names))))
        self._prefix_lengths = sorted({len(prefix) for prefix in self._by_prefix})
        self._begun: dict[str, dict[Lexeme, tuple[_Filed, ...]]] = defaultdict(dict)
        self._forgettings = forgettings()

    def _file(self, one: _Filed) -> None:
        first = one.term.items[0]
        if first.prefix:
            self._by_prefix[first.prefix].append(one)
        for key in sorted(first.keys):
            self._by_key[key].append(one)

    def labels_begun(self, lexeme: Lexeme, language: str) -> frozenset[str]:
        """The labels of all terms whose first word this is, in a text of a language; further words may be missing."""
        return frozenset(label for one in self._terms(lexeme, language) for label in one.labels)

    def find(self, words: Words, only: frozenset[str] | None = None) -> Found:
        """Where each label is found, in order; labels that are not found are absent. `only` asks for some of them."""
        hits: dict[_Filed, list[Span]] = defaultdict(list)
        tokens_, begun = words.tokens, self._kept(words.language)
        for position, token in tokens_.items():
            filed = begun.get(token.lexeme)
            if filed is None:
                filed = self._terms(token.lexeme, words.language)
            for one in filed:
                if only is not None and only.isdisjoint(one.labels):
                    continue
                length = len(one.term.items)
                if length == 1 or _follows(one.term.items, position, tokens_):
                    hits[one].append(Span(position, position + length - 1))
        return self._guarded(hits, words)

    def _kept(self, language: str) -> dict[Lexeme, tuple[_Filed, ...]]:
        """What is known of words; nothing of those that were forgotten, for they do not come again."""
        if self._forgettings != forgettings():
            self._forgettings = forgettings()
            self._begun.clear()
        return self._begun[language]

    def _terms(self, lexeme: Lexeme, language: str) -> tuple[_Filed, ...]:
        """The terms whose first word this is: looked for once for each word, for most words begin none."""
        begun = self._kept(language)
        known = begun.get(lexeme)
        if known is not None:
            return known
        if len(begun) >= _MOST_LEXEMES:
            begun.clear()
        found = {one: None for key in sorted(lexeme.keys) for one in self._by_key.get(key, ())}
        for length in self._prefix_lengths:
            if len(lexeme.folded) >= length:
                found |= dict.fromkeys(self._by_prefix.get(lexeme.folded[:length], ()))
        begun[lexeme] = tuple(one for one in found if one.term.language in {"", language})
        return begun[lexeme]

    def _guarded(self, hits: Mapping[_Filed, list[Span]], words: Words) -> Found:
        """Only occurrences that their guards let pass; `needs` looks at what passed the other guards."""
        guarded = [one for one in hits if one.term.exact or one.term.not_with or one.term.needs]
        if not guarded:
            return _by_label(hits)
        plain, passed = _by_label(hits), dict(hits)
        for one in guarded:
            passed[one] = _passing(one.term, hits[one], words, plain)
        met = _by_label(passed)
        for one in guarded:
            if one.term.needs and one.term.needs.isdisjoint(met):
                passed[one] = []
        return _by_label(passed)


def _by_label(hits: Mapping[_Filed, list[Span]]) -> Found:
    found: dict[str, list[Span]] = {}
    several: set[str] = set()
    for one, spans in hits.items():
        for label in one.labels if spans else ():
            if label in found:
                several.add(label)
                found[label] = [*found[label], *spans]
            else:
                found[label] = spans
    for label in several:
        found[label] = sorted(set(found[label]))
    return found


def _follows(items: tuple[Item, ...], position: int, tokens_: Mapping[int, Token]) -> bool:
    """Whether the further words of a phrase stand behind its first."""
    # A plain loop: with the shipped desk it is asked 800 times a text, and nearly always ends at the second word.
    for offset in range(1, len(items)):
        follower = tokens_.get(position + offset)
        if follower is None or not items[offset].fits(follower):
            return False
    return True


def _passing(one: Term, spans: list[Span], words: Words, found: Found) -> list[Span]:
    if one.exact:
        spans = [span for span in spans if not words.all_capitals and _spelled(one.exact, span, words)]
    guards = [guard for label in one.not_with for guard in found.get(label, ())]
    return [span for span in spans if not any(_within(span, guard, GUARD_WORDS) for guard in guards)]


def _spelled(exact: tuple[str, ...], span: Span, words: Words) -> bool:
    written = (_composed(words.text[position]) for position in range(span.start, span.end + 1))
    return all(word in {text, before_apostrophe(text)} for word, text in zip(exact, written, strict=True))


def _composed(word: str) -> str:
    """One spelling of a word: the Ş of "HTŞ" may be one code point or two."""
    return unicodedata.normalize("NFC", word)


def _within(one: Span, other: Span, distance: int) -> bool:
    return one.start - other.end <= distance and other.start - one.end <= distance
