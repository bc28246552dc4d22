"""Watch rules as values: what to find, what to leave out, how grave it is and whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Protocol

from monitor.core.clause import Assertion, Query
from monitor.core.feed import Feed
from monitor.core.gazetteer import Vocabulary


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


class Handling(StrEnum):
    """What a rule does with a match, by how it is said."""

    ALERT = "alert"
    DIGEST = "digest"
    DROP = "drop"


USUAL_HANDLING: Mapping[Assertion, Handling] = MappingProxyType(
    {
        Assertion.DONE: Handling.ALERT,
        Assertion.PLANNED: Handling.DIGEST,
        Assertion.POSSIBLE: Handling.DIGEST,
        Assertion.DEMANDED: Handling.DIGEST,
        Assertion.DENIED: Handling.DIGEST,
        Assertion.NEGATED: Handling.DROP,
        Assertion.STATIVE: Handling.DROP,
        Assertion.HABITUAL: Handling.DROP,
        Assertion.RETRO: Handling.DROP,
        Assertion.OPINION: Handling.DROP,
    }
)


class Status(StrEnum):
    """Where a rule stands: a `draft` runs in its tests only, `shadow` is recorded and tells nobody, as is `muted`."""

    DRAFT = "draft"
    SHADOW = "shadow"
    LIVE = "live"
    MUTED = "muted"


class Expectation(StrEnum):
    """What a rule's own test expects of a text; `no-match` is met by a match that the rule drops, too."""

    MATCH = "match"
    DIGEST = "digest"
    NO_MATCH = "no-match"


class Scope(StrEnum):
    """Where an exclusion's query looks."""

    TEXT = "text"
    SENTENCE = "sentence"


class Window(StrEnum):
    """Within what a rule's parts must stand together; the entities of the title count for every sentence below it."""

    SENTENCE = "sentence"
    PARAGRAPH = "paragraph"
    TEXT = "text"


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
    """A text the rule must or must not match, with the place it stands at; `country` is that of a feed."""

    title: str
    lead: str = ""
    body: str = ""
    language: str = "en"
    country: str = ""
    link: str = ""
    expect: Expectation
    line: int
    column: int = 0


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
    """The rule that rings for blind spots: it has no query, and watches the feeds themselves. Every desk has one.

    `file` and `line` are where a desk says what it is called, whose it is and how grave; "" where it says nothing.
    """

    id: str = "feed-outage"
    title: str = "Blind spot"
    owner: str = "operator"
    severity: Severity = Severity.HIGH
    notes: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Which feeds a rule listens to; every condition that is set must hold.

    `min_tier` 3 takes tiers 1 to 3. `excluded` names feeds, tags or kinds of media; `countries` and `languages` are
    codes of the feed.
    """

    min_tier: int = 0
    excluded: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()

    def takes(self, feed: Feed | None) -> bool:
        """Whether the rule listens to a feed; a text of no feed, as in tests, is always heard."""
        if feed is None:
            return True
        return (
            (not self.min_tier or feed.tier <= self.min_tier)
            and self.excluded.isdisjoint({feed.id, feed.kind, *feed.tags})
            and (not self.countries or feed.country in self.countries)
            and (not self.languages or feed.language in self.languages)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """`notify:` - who hears of a rule's alerts in place of the routes, and how long reports on the same subject fold.

    Both are as the configuration says where they are not set.
    """

    receivers: tuple[str, ...] = ()
    cooldown: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One watch rule from YAML, every reference resolved.

    `scope` names the parts that are read: title, lead (two sentences below it), body (all of it). `handling` says what
    becomes of a match by how it is said. `formerly` are names it had: routes, cases and people still know them.
    """

    id: str
    title: str
    owner: str
    severity: Severity
    match: Query
    scope: frozenset[str] = frozenset({"title", "lead"})
    within: Window = Window.SENTENCE
    handling: Mapping[Assertion, Handling] = field(default_factory=lambda: USUAL_HANDLING)
    exclude: tuple[Exclusion, ...] = ()
    sources: Sources = Sources()
    status: Status = Status.LIVE
    expires: date | None = None
    formerly: tuple[str, ...] = ()
    telling: Telling = Telling()
    notes: str = ""
    tests: tuple[RuleTest, ...] = ()
    file: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Ruleset:
    """All rules of a desk with the vocabulary they speak."""

    rules: Mapping[str, Rule]
    vocabulary: Vocabulary

    @property
    def by_any_name(self) -> dict[str, Rule]:
        """The rules by their ids and by those they had."""
        return {name: rule for rule in self.rules.values() for name in (rule.id, *rule.formerly)}
