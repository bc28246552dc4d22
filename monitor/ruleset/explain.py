"""Why a rule matches a text, or what is missing: the finding as lines for a person."""

from dataclasses import dataclass
from datetime import date

from monitor.core.entry import Document
from monitor.core.match import Finding, Match, Matcher, evaluate, missing
from monitor.core.query import Both, Either, Near, Phrase, Reference, Without, describe
from monitor.core.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A rule against one text: the tree as lines, what is missing, and whether a word it asks for is there."""

    rule: Rule
    match: Match | None
    lines: tuple[str, ...]
    missing: tuple[str, ...]
    some_met: bool

    @property
    def verdict(self) -> str:
        """One line: matches, dropped, or what is missing."""
        if self.match is None:
            return f"no match; missing: {'; '.join(self.missing)}"
        if self.match.excluded_by is not None:
            return f"dropped by exclusion {self.match.excluded_by.name} ({self.match.excluded_by.reason})"
        return "matches: " + ", ".join(repr(evidence.text) for evidence in self.match.evidence)

    @property
    def near_miss(self) -> bool:
        """No match, but one part alone is missing while others are met, or an exclusion alone dropped it."""
        dropped = self.match is not None and self.match.excluded_by is not None
        one_short = self.match is None and len(self.missing) == 1 and self.some_met
        return dropped or one_short


def explain(matcher: Matcher, rule: Rule, document: Document, link: str, today: date) -> Explanation:
    """The explanation, from the same evaluation that alerts."""
    found = matcher.find(document)
    finding = evaluate(rule.match, found)
    return Explanation(
        rule=rule,
        match=matcher.match(rule, document, found, link, today),
        lines=tuple(_lines(finding, document, 0)),
        missing=tuple(describe(query) for query in missing(finding)),
        some_met=_some_met(finding),
    )


def _some_met(finding: Finding) -> bool:
    """Whether a word or reference is there that the rule asks for; what stands under `not` it does not ask for."""
    if isinstance(finding.query, Without):
        return False
    return any(_some_met(part) for part in finding.parts) if finding.parts else finding.met


def _lines(finding: Finding, document: Document, depth: int) -> list[str]:
    mark = "✓" if finding.met else "✗"
    head = f"{'  ' * depth}{mark} {_name(finding)}{_words(finding, document)}"
    return [head, *(line for part in finding.parts for line in _lines(part, document, depth + 1))]


def _name(finding: Finding) -> str:
    match finding.query:
        case Both():
            return "all of"
        case Either():
            return "any of"
        case Without():
            return "not"
        case Near(_, _, distance):
            return f"within {distance} words"
        case Reference() | Phrase() as leaf:
            return describe(leaf)


def _words(finding: Finding, document: Document) -> str:
    """The words found by a leaf, each spelling once."""
    if not isinstance(finding.query, Reference | Phrase):
        return ""
    texts = []
    for way in finding.ways:
        part, start, end = document.place(way.span.start, way.span.end)
        texts.append(f"{part.text[start:end]!r} in {part.name}")
    return f": {', '.join(list(dict.fromkeys(texts))[:6])}" if texts else ""
