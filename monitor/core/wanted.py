"""The terms that a ruleset wants found: of its rules and exclusions, of guards, cues and vetoes.

Knows which labels stand for what; knows nothing of how a query joins them.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from monitor.core.clause import Expression, Leaf, Phrase, Query, Reference, leaves
from monitor.core.entry import Document
from monitor.core.evaluate import label_of
from monitor.core.event import AND, JOINT, TOGETHER
from monitor.core.gazetteer import Vocabulary, compiled
from monitor.core.rule import Rule, Ruleset, Status
from monitor.core.terms import UNVERIFIED, Found, Span, Term, TermIndex, term
from monitor.core.text import Lexeme, fold, folded_words, lower
from monitor.core.veto import read_by_stance

# Endings of verbs are looked at once for each word; a desk reads some hundred thousand different ones in a day.
_MOST_WORDS = 200_000
_AGREEMENT = "$topic.agreement"
_ACTING = frozenset({"state", "military", "armed_group"})
_STATES = frozenset({"state", "states"})
_PSEUDO = "cue.pseudo"
# Places of an expression that are looked at in one part of a text: `re: "a"` is met at every other word.
_MOST_PLACES = 200
# "Near the border with Turkey": the state is a place there, and no party.
_BORDER = "$topic.border"


@dataclass(frozen=True, slots=True)
class _Pattern:
    """An expression of a cue, tried on each word; one with a blank in it on every two neighbouring words as well."""

    name: str
    expression: Any
    pair: bool


class Wanted:
    """All terms of a ruleset, made ready to be found in one pass over a text."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._vocabulary = ruleset.vocabulary
        self.entities = _entity_labels(ruleset.vocabulary)
        self.treaties = (_AGREEMENT, *(f"${name}" for name in _treaties(ruleset.vocabulary)))
        places = frozenset(f"${name}" for name in ruleset.vocabulary.places)
        self._parties = self.entities - places
        self.acting = frozenset(f"${name}" for name in _acting(ruleset.vocabulary))
        self.countries = frozenset(_countries(ruleset.vocabulary))
        asked = _asked(ruleset)
        self._index = TermIndex(_labelled(ruleset, asked))
        self._for_stance = read_by_stance(ruleset.vocabulary).union(_guarding(ruleset.vocabulary))
        self._standing = self._for_stance.union(_standing(ruleset.vocabulary))
        self._labels: dict[str, frozenset[str]] = {}
        self._patterns = _compiled_patterns(ruleset.vocabulary)
        self._turned: dict[tuple[str, str], tuple[str, ...]] = {}
        self._expressions = {
            label: compiled(f"(?i){leaf.pattern}") for label, leaf in asked.items() if isinstance(leaf, Expression)
        }

    def find(self, document: Document, rules: Collection[Rule] | None = None) -> Found:
        """Where each label is found, in order; labels that are not found are absent.

        With `rules`, what these need, what every text that they are asked of is searched for, and what `stance` reads;
        with none, the last alone. What is found of these is the same either way.
        """
        only = None if rules is None else self._needed(rules)
        found = self._index.find(document.words, only)
        self._without_borders(found)
        self._add_cues(document, found)
        for label, expression in self._expressions.items():
            spans = sorted(set(_places(expression, document))) if only is None or label in only else []
            if spans:
                found[label] = spans
        return found

    def _needed(self, rules: Collection[Rule]) -> frozenset[str]:
        if not rules:
            return self._for_stance
        return self._standing.union(*(self._labels_of(rule) for rule in rules))

    def _labels_of(self, rule: Rule) -> frozenset[str]:
        if rule.id not in self._labels:
            asked = {label_of(leaf) for query in _queries_of(rule) for leaf in leaves(query)}
            waiting = {UNVERIFIED + label for label in asked} if rule.status is Status.SHADOW else set()
            self._labels[rule.id] = frozenset(asked | waiting)
        return self._labels[rule.id]

    def labels_begun(self, lexeme: Lexeme, language: str) -> frozenset[str]:
        """The labels of all terms whose first word this is; an entity that waits for review under its own label."""
        labels = self._index.labels_begun(lexeme, language)
        return labels | {label.removeprefix(UNVERIFIED) for label in labels}

    def _without_borders(self, found: Found) -> None:
        """Drop names of parties that only say whose border something is at."""
        borders = found.get(_BORDER, ())
        for label in self._parties & found.keys() if borders else ():
            kept = [
                span
                for span in found[label]
                if not any(one.start <= span.start and span.end <= one.end for one in borders)
            ]
            if kept:
                found[label] = kept
            else:
                del found[label]

    def _add_cues(self, document: Document, found: Found) -> None:
        """Cues that are told by the ending of a word."""
        patterns = self._patterns.get(document.language)
        if not patterns:
            return
        pairs = any(pattern.pair for pattern in patterns)
        told: dict[str, set[Span]] = defaultdict(set)
        text = document.words.text
        for position, word in text.items():
            for name in self._told_by(word, document.language):
                told[f"${name}"].add(Span(position, position))
            if pairs and position + 1 in text:
                for name in self._told_by(f"{word} {text[position + 1]}", document.language):
                    # A pseudo-cue hides what stands inside it, and has both words.
                    told[f"${name}"].add(Span(position, position + (name == _PSEUDO)))
        for label, spans in told.items():
            found[label] = sorted(spans.union(found.get(label, ())))

    def _told_by(self, written: str, language: str) -> tuple[str, ...]:
        """The cues that a word is by its ending or beginning, or two words that stand side by side."""
        key = (written, language)
        if key not in self._turned:
            if len(self._turned) >= _MOST_WORDS:
                self._turned.clear()
            forms = {lower(written, language), fold(written)}
            self._turned[key] = tuple(
                pattern.name
                for pattern in self._patterns[language]
                if (pattern.pair or " " not in written) and any(pattern.expression.search(form) for form in forms)
            )
        return self._turned[key]


def _places(expression: Any, document: Document) -> Iterator[Span]:
    """The words that an expression touches, in each part of the text: the first places where it does."""
    for part in document.parts:
        starts, ends = [token.start for token in part.tokens], [token.end for token in part.tokens]
        hits = (
            (bisect_right(ends, hit.start()), bisect_left(starts, hit.end()) - 1)
            for hit in expression.finditer(part.text)
        )
        for first, last in islice((hit for hit in hits if hit[0] <= hit[1]), _MOST_PLACES):
            yield Span(part.base + first, part.base + last)


def _asked(ruleset: Ruleset) -> dict[str, Leaf]:
    """The leaves of all rules and exclusions by their labels."""
    queries = (query for rule in ruleset.rules.values() for query in _queries_of(rule))
    return {label_of(leaf): leaf for query in queries for leaf in leaves(query)}


def _queries_of(rule: Rule) -> Iterator[Query]:
    yield rule.match
    if rule.facets:
        names = {rule.entity, *(name for facet in rule.facets for name in facet.authority)}
        yield from (Reference(name) for name in sorted(names))
    yield from (one.when for one in rule.exclude if one.when is not None)
    yield from (query for one in rule.numbers for query in one.queries())


def _labelled(ruleset: Ruleset, asked: Mapping[str, Leaf]) -> Iterator[tuple[str, Term]]:
    """Terms of all that rules and exclusions name, and of what every text is asked for."""
    vocabulary = ruleset.vocabulary
    names = {leaf.name for leaf in asked.values() if isinstance(leaf, Reference)}
    names |= {*_every_text(vocabulary), *vocabulary.needed_names(), *vocabulary.places}
    for name in sorted(names - {*vocabulary.modality, *vocabulary.patterns}):
        yield from ((f"${name}", one) for one in vocabulary.terms(name))
    if any(rule.status is Status.SHADOW for rule in ruleset.rules.values()):
        for name in sorted(names & {*vocabulary.entities, *vocabulary.groups}):
            yield from ((f"{UNVERIFIED}${name}", one) for one in vocabulary.unverified(name))
    for label, leaf in asked.items():
        if isinstance(leaf, Phrase):
            yield label, term(leaf.words, vocabulary.languages)
    yield from vocabulary.guard_terms()
    # "No" is Spanish for no and a number in a headline: a cue counts in its own language only, and is never stemmed.
    for name, cues in vocabulary.modality.items():
        yield from ((f"${name}", term(cue.text.split(), ("",), only_in=cue.language)) for cue in cues)


def _every_text(vocabulary: Vocabulary) -> set[str]:
    """Names that are looked for whatever the rules: for how a thing is said, and for who acts."""
    phases = {name for name in vocabulary.cues if name.startswith("phase.")}
    joining = {AND[1:], JOINT[1:], TOGETHER[1:], _AGREEMENT[1:], _BORDER[1:]} & vocabulary.cues.keys()
    parties = {*_treaties(vocabulary), *_acting(vocabulary)}
    return {*phases, *joining, *parties, *vocabulary.agencies, *vocabulary.offices}


def _standing(vocabulary: Vocabulary) -> Iterator[str]:
    """The labels of what every text is searched for that a rule is asked of."""
    yield from (f"${name}" for name in {*_every_text(vocabulary), *vocabulary.modality, *vocabulary.patterns})


def _guarding(vocabulary: Vocabulary) -> Iterator[str]:
    """The labels that guards of any name look for."""
    yield from (f"${name}" for name in vocabulary.needed_names())
    yield from (label for label, _ in vocabulary.guard_terms())


def _treaties(vocabulary: Vocabulary) -> list[str]:
    """Agreements carry the year they were made in: it dates them, and not what is reported now."""
    return [entity.id for entity in vocabulary.entities.values() if entity.kind == "agreement"]


def _acting(vocabulary: Vocabulary) -> list[str]:
    """States and forces: who may be the other party of a joint act."""
    return [entity.id for entity in vocabulary.entities.values() if entity.kind in _ACTING]


def _countries(vocabulary: Vocabulary) -> Iterator[str]:
    """The folded names of states, without what stands for one: "Syria", and not "Damascus"."""
    for entity in vocabulary.entities.values():
        if entity.kind in _STATES:
            yield from (" ".join(folded_words(alias.text)) for alias in entity.aliases if alias.form == "name")


def _entity_labels(vocabulary: Vocabulary) -> frozenset[str]:
    """The labels of actors and places, in all their forms."""
    return frozenset(f"${name}" for name in vocabulary.names - {*vocabulary.cues, *vocabulary.modality})


def _compiled_patterns(vocabulary: Vocabulary) -> dict[str, list[_Pattern]]:
    """By language, with the cue they stand for; the loader has refused what RE2 cannot compile."""
    by_language: dict[str, list[_Pattern]] = defaultdict(list)
    for name, patterns in vocabulary.patterns.items():
        for one in patterns:
            made = _Pattern(name, compiled(one.expression), pair=" " in one.expression)
            by_language[one.language].append(made)
    return by_language
