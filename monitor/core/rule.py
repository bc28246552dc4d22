"""Watch rules as values: what to find, what to leave out, how grave it is and whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum
from typing import Protocol

from monitor.core.gazetteer import Vocabulary
from monitor.core.query import Query


class Severity(IntEnum):
    """How grave a match is; the order counts."""

    INFO = 1
    NOTICE = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def label(self) -> str:
        """The word used in YAML, in messages and in the store."""
        return self.name.lower()


class Expectation(StrEnum):
    """What a rule's own test expects of a text."""

    MATCH = "match"
    NO_MATCH = "no-match"


class Scope(StrEnum):
    """Where an exclusion's query looks."""

    TEXT = "text"
    SENTENCE = "sentence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """A named reason to drop a match: a query on the same text, or parts of the link. Counts before `until`.

    With `scope` sentence the query looks at the sentences that satisfy the rule by themselves and must hold in all of
    them: "more may follow" in the next sentence does not undo what the headline says.
    """

    name: str
    reason: str
    when: Query | None = None
    scope: Scope = Scope.TEXT
    url: tuple[str, ...] = ()
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """A text the rule must or must not match, with the line it stands on."""

    title: str
    lead: str
    language: str
    link: str
    expect: Expectation
    line: int


class Ringing(Protocol):
    """What an alert needs to know of what rang it: a watch rule, or a blind spot."""

    @property
    def id(self) -> str:
        """The name routes know it by."""
        ...

    @property
    def title(self) -> str:
        """What an alert calls it."""
        ...

    @property
    def owner(self) -> str:
        """Who answers for it."""
        ...

    @property
    def severity(self) -> Severity:
        """How grave it is."""
        ...

    @property
    def notes(self) -> str:
        """Shown with the alert."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageRule:
    """The built-in rule that rings for blind spots: it has no query, and watches the feeds themselves."""

    id: str = "feed-outage"
    title: str = "Blind spot"
    owner: str = "operator"
    severity: Severity = Severity.HIGH
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One watch rule from YAML, every reference resolved."""

    id: str
    title: str
    owner: str
    severity: Severity
    match: Query
    exclude: tuple[Exclusion, ...] = ()
    notes: str = ""
    tests: tuple[RuleTest, ...] = ()
    file: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Ruleset:
    """All rules of a desk with the vocabulary they speak."""

    rules: Mapping[str, Rule]
    vocabulary: Vocabulary
