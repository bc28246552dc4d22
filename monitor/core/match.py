"""Rules against documents: which match, by which words, and what was missing where they do not.

Knows queries and found terms; knows nothing of stories, alerts or where a text came from. Rules do not depend on
each other's order; the evidence is what the matcher itself used, in the words of the original text.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from monitor.core.entry import Document
from monitor.core.gazetteer import compiled
from monitor.core.query import (
    Both,
    Either,
    Near,
    Phrase,
    Query,
    Reference,
    Without,
    children,
    describe,
    leaves,
)
from monitor.core.rule import Exclusion, Rule, Ruleset, Scope
from monitor.core.terms import Found, Span, Term, TermIndex, term
from monitor.core.text import lower

# More ways to satisfy one part of a query than this are not followed: the first ones prove the match as well.
_MOST_WAYS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Words of the entry that satisfied a part of a rule; `start` and `end` are character offsets in `part`."""

    part: str
    start: int
    end: int
    text: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A rule that an entry satisfies.

    `subject` holds the references that were met, whatever the words; for a rule without references, its words.
    `excluded_by` is the exclusion that drops the match, if one does.
    """

    rule_id: str
    evidence: tuple[Evidence, ...]
    subject: frozenset[str]
    excluded_by: Exclusion | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """How one part of a query fared: the tree that `explain` and `why` print."""

    query: Query
    met: bool
    ways: "tuple[_Way, ...]"
    parts: "tuple[Finding, ...]" = ()


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to satisfy a part: the stretch of text it covers, and the leaves in it."""

    span: Span
    leaves: tuple[tuple[Span, str], ...]


class Matcher:
    """A ruleset made ready to run over documents; holds no state between them."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self._index = TermIndex(_labelled_terms(ruleset))
        self._patterns = _compiled_patterns(ruleset)

    def find(self, document: Document) -> Found:
        """Every term of the desk that the document holds, by label."""
        found = self._index.find(document.words)
        for name in {*self.ruleset.vocabulary.modality, *self.ruleset.vocabulary.patterns}:
            # "no" is Spanish for no and a number in a headline: a cue counts in its own language only.
            spans = {*found.get(f"{document.language}:{name}", ()), *self._pattern_spans(name, document)}
            if spans:
                found[f"${name}"] = sorted(spans)
        return found

    def _pattern_spans(self, name: str, document: Document) -> Iterable[Span]:
        patterns = self._patterns.get((document.language, name), ())
        for position, word in document.words.text.items() if patterns else ():
            if any(pattern.search(lower(word, document.language)) for pattern in patterns):
                yield Span(position, position)

    def matches(self, document: Document, found: Found, link: str, today: date) -> list[Match]:
        """The rules the document satisfies, in the order of their ids; dropped ones included, with the reason."""
        made = (self.match(rule, document, found, link, today) for _, rule in sorted(self.ruleset.rules.items()))
        return [match for match in made if match is not None]

    def match(self, rule: Rule, document: Document, found: Found, link: str, today: date) -> Match | None:
        """The match of one rule, or None."""
        if not _possible(rule.match, found):
            return None
        finding = evaluate(rule.match, found)
        if not finding.met:
            return None
        return Match(
            rule_id=rule.id,
            evidence=_evidence(finding, document),
            subject=frozenset(_subject(finding)) or frozenset(label for _, label in _proof(finding)),
            excluded_by=_exclusion(rule, document, found, link, today),
        )


def evaluate(query: Query, found: Found) -> Finding:
    """The tree of what is met and what is missing; the same query and text give the same tree."""
    match query:
        case Reference() | Phrase():
            label = label_of(query)
            ways = tuple(_Way(span, ((span, label),)) for span in found.get(label, ())[:_MOST_WAYS])
            return Finding(query, bool(ways), ways)
        case Without(part):
            inner = evaluate(part, found)
            return Finding(query, not inner.met, (), (inner,))
        case Near(left, right, distance):
            sides = (evaluate(left, found), evaluate(right, found))
            ways = _pairs(sides[0].ways, sides[1].ways, distance)
            return Finding(query, bool(ways), ways, sides)
        case Both() | Either():
            parts = tuple(evaluate(part, found) for part in children(query))
            met = (all if isinstance(query, Both) else any)(part.met for part in parts)
            ways = _first_ways(part for part in parts if part.met) if met else ()
            return Finding(query, met, ways, parts)


@lru_cache(maxsize=65_536)
def label_of(leaf: Reference | Phrase) -> str:
    """The label under which a leaf's occurrences are found."""
    return f"${leaf.name}" if isinstance(leaf, Reference) else describe(leaf)


def missing(finding: Finding) -> list[Query]:
    """The fewest parts that would make it match; empty when it does.

    Of alternatives, the nearest one counts; words that are all there but too far apart miss their `near` alone.
    """
    if finding.met:
        return []
    match finding.query:
        case Both():
            return [lack for part in finding.parts for lack in missing(part)]
        case Near():
            return [lack for part in finding.parts for lack in missing(part)] or [finding.query]
        case Either():
            return min((missing(part) for part in finding.parts), key=len)
        case _:
            return [finding.query]


def _possible(query: Query, found: Found) -> bool:
    """Whether every word that the query cannot do without is there: nearly all rules end here for nearly all texts."""
    match query:
        case Reference() | Phrase():
            return label_of(query) in found
        case Both() | Near():
            return all(_possible(part, found) for part in children(query))
        case Either():
            return any(_possible(part, found) for part in children(query))
        case Without():
            return True


def _first_ways(parts: Iterable[Finding]) -> tuple[_Way, ...]:
    """All ways of all parts, for `(a or b) near/5 c`; for `and` they only serve as evidence."""
    ways = sorted((way for part in parts for way in part.ways), key=lambda way: way.span)
    return tuple(ways[:_MOST_WAYS])


def _pairs(lefts: Sequence[_Way], rights: Sequence[_Way], distance: int) -> tuple[_Way, ...]:
    """The stretches that hold one way of either side, at most `distance` words apart, by where they begin."""
    found: dict[Span, _Way] = {}
    for left in lefts:
        for right in rights:
            if right.span.start > left.span.end + distance:
                break
            if _apart(left.span, right.span) <= distance and not _share_words(left, right):
                span = Span(min(left.span.start, right.span.start), max(left.span.end, right.span.end))
                found.setdefault(span, _Way(span, left.leaves + right.leaves))
    return tuple(sorted(found.values(), key=lambda way: way.span)[:_MOST_WAYS])


def _apart(one: Span, other: Span) -> int:
    """Words from one stretch to the other, neighbours 1; 0 where they overlap."""
    return max(0, other.start - one.end, one.start - other.end)


def _share_words(one: _Way, other: _Way) -> bool:
    """`$turkey near/5 turk*` needs two words; but the cue of "feshetmeyecek" is inside the verb it negates."""
    return any(
        span.start <= far.end and far.start <= span.end
        for span, label in one.leaves
        for far, far_label in other.leaves
        if not (label.startswith("$cue.") or far_label.startswith("$cue."))
    )


def _labelled_terms(ruleset: Ruleset) -> Iterable[tuple[str, Term]]:
    """Terms of all that rules and exclusions name, of guards and needs, of phases, cues and places for vetoes."""
    vocabulary = ruleset.vocabulary
    queries = [rule.match for rule in ruleset.rules.values()]
    queries += [one.when for rule in ruleset.rules.values() for one in rule.exclude if one.when is not None]
    asked = {leaf for query in queries for leaf in leaves(query)}
    names = {leaf.name for leaf in asked if isinstance(leaf, Reference)}
    names |= {*vocabulary.needed_names(), *vocabulary.places}
    names |= {name for name in vocabulary.cues if name.startswith("phase.")}
    for name in sorted(names - {*vocabulary.modality, *vocabulary.patterns}):
        yield from ((f"${name}", one) for one in vocabulary.terms(name))
    for leaf in asked:
        if isinstance(leaf, Phrase):
            yield label_of(leaf), term(leaf.words, vocabulary.languages)
    yield from vocabulary.guard_terms()
    for name, cues in vocabulary.modality.items():
        yield from ((f"{cue.language}:{name}", term(cue.text.split(), ("",))) for cue in cues)


def _compiled_patterns(ruleset: Ruleset) -> dict[tuple[str, str], list[Any]]:
    """By language and cue; the loader has refused what RE2 cannot compile."""
    by_cue: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for name, patterns in ruleset.vocabulary.patterns.items():
        for pattern in patterns:
            by_cue[pattern.language, name].append(compiled(pattern.expression))
    return by_cue


def _exclusion(rule: Rule, document: Document, found: Found, link: str, today: date) -> Exclusion | None:
    for one in rule.exclude:
        if one.until is not None and today >= one.until:
            continue
        if any(part in link for part in one.url):
            return one
        if one.when is not None and all(evaluate(one.when, seen).met for seen in _seen(one, rule, document, found)):
            return one
    return None


def _seen(one: Exclusion, rule: Rule, document: Document, found: Found) -> list[Found]:
    """What an exclusion looks at: the text, or each sentence that satisfies the rule by itself, if one does."""
    if one.scope is Scope.TEXT:
        return [found]
    parts = [_within(found, sentence) for sentence in document.sentences]
    return [part for part in parts if evaluate(rule.match, part).met] or [found]


def _within(found: Found, sentence: Span) -> Found:
    kept = {
        label: [span for span in spans if sentence.start <= span.start and span.end <= sentence.end]
        for label, spans in found.items()
    }
    return {label: spans for label, spans in kept.items() if spans}


def _evidence(finding: Finding, document: Document) -> tuple[Evidence, ...]:
    """The first words in the text that satisfied each leaf, in the order of the text."""
    spans = sorted({(span, label) for span, label in _proof(finding)})
    evidence = []
    for span, label in spans:
        part, start, end = document.place(span.start, span.end)
        text = part.text[start:end]
        evidence.append(Evidence(part=part.name, start=start, end=end, text=text, label=label))
    return tuple(evidence)


def _proof(finding: Finding) -> Iterable[tuple[Span, str]]:
    if not finding.met or isinstance(finding.query, Without):
        return
    if isinstance(finding.query, Both | Either):
        for part in finding.parts:
            yield from _proof(part)
    else:
        yield from finding.ways[0].leaves


def _subject(finding: Finding) -> Iterable[str]:
    if not finding.met or isinstance(finding.query, Without):
        return
    if isinstance(finding.query, Reference):
        yield finding.query.name
    for part in finding.parts:
        yield from _subject(part)
