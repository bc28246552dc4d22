"""Words and phrases to look for, and one pass over a text that finds them all.

Knows tokens and positions; knows nothing of entities, queries or rules. A term is one or more words in a row;
whoever asks for terms names them by a label of its own, and several terms may share one label.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.core.text import Token, before_apostrophe, fold, tokens, word_keys

# A homonym guard ("turkey" beside "sandwich") looks this many words to either side.
GUARD_WORDS = 10


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
    is found somewhere in the text.
    """

    items: tuple[Item, ...]
    exact: tuple[str, ...] = ()
    not_with: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The words `start` to `end`, both included, counted over the whole text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Words:
    """Tokens by position. Positions may have gaps, which no phrase and no `near` reaches over."""

    text: Mapping[int, str]
    tokens: Mapping[int, Token]
    all_capitals: bool


Found = dict[str, list[Span]]


def term(
    words: Sequence[str],
    languages: tuple[str, ...],
    *,
    exact: bool = False,
    not_with: frozenset[str] = frozenset(),
    needs: frozenset[str] = frozenset(),
) -> Term:
    """A term from words as they are written; a word ending in `*` stands for any ending."""
    items = tuple(item for word in words for item in _items(word, languages))
    spelled = tuple(_composed(piece) for word in words for piece in _pieces(word)) if exact else ()
    return Term(items, spelled, not_with, needs)


def _items(word: str, languages: tuple[str, ...]) -> list[Item]:
    """A written word may be several tokens ("U.S.", "al-Ayn", "Tal-Abyad")."""
    any_ending = word.endswith("*")
    pieces = _pieces(word)
    items = [Item(word_keys(piece, languages)) for piece in pieces]
    if any_ending and pieces:
        items[-1] = Item(frozenset(), fold(pieces[-1]).replace("'", ""))
    return items


def _pieces(word: str) -> list[str]:
    return [word[token.start : token.end] for token in tokens(word, "")]


class TermIndex:
    """All terms of a ruleset, found in one pass over the tokens of a text."""

    def __init__(self, labelled: Iterable[tuple[str, Term]]) -> None:
        labels: dict[Term, set[str]] = defaultdict(set)
        for label, one in labelled:
            if one.items:
                labels[one].add(label)
        self._labels = {one: tuple(sorted(names)) for one, names in labels.items()}
        self._by_key: dict[str, list[Term]] = defaultdict(list)
        self._by_prefix: dict[str, list[Term]] = defaultdict(list)
        for one in self._labels:
            self._file(one)
        self._prefix_lengths = sorted({len(prefix) for prefix in self._by_prefix})

    def _file(self, one: Term) -> None:
        first = one.items[0]
        if first.prefix:
            self._by_prefix[first.prefix].append(one)
        for key in sorted(first.keys):
            self._by_key[key].append(one)

    def find(self, words: Words) -> Found:
        """Where each label is found, in order; labels that are not found are absent."""
        hits: dict[Term, list[Span]] = defaultdict(list)
        for position, token in words.tokens.items():
            for one in self._candidates(token):
                if all(
                    (follower := words.tokens.get(position + offset)) is not None and item.fits(follower)
                    for offset, item in enumerate(one.items)
                ):
                    hits[one].append(Span(position, position + len(one.items) - 1))
        return self._guarded(hits, words)

    def _candidates(self, token: Token) -> Iterable[Term]:
        seen: set[int] = set()
        for key in token.keys:
            for one in self._by_key.get(key, ()):
                if id(one) not in seen:
                    seen.add(id(one))
                    yield one
        for length in self._prefix_lengths:
            yield from self._by_prefix.get(token.folded[:length], ()) if len(token.folded) >= length else ()

    def _guarded(self, hits: Mapping[Term, list[Span]], words: Words) -> Found:
        """Only occurrences that their guards let pass; `needs` looks at what passed the other guards."""
        plain = self._by_label(hits)
        passed = {one: _passing(one, spans, words, plain) for one, spans in hits.items()}
        met = self._by_label(passed)
        return self._by_label(
            {one: spans for one, spans in passed.items() if not one.needs or not one.needs.isdisjoint(met)}
        )

    def _by_label(self, hits: Mapping[Term, list[Span]]) -> Found:
        found: dict[str, set[Span]] = defaultdict(set)
        for one, spans in hits.items():
            for label in self._labels[one]:
                found[label].update(spans)
        return {label: sorted(spans) for label, spans in found.items() if spans}


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
