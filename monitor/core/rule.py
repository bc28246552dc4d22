"""Watch rules as values: what to find, what to leave out, how grave it is and whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from monitor.core.clause import Assertion, Query
from monitor.core.escalation import Escalation
from monitor.core.feed import Feed
from monitor.core.frequency import Absence, By, Pattern, Spike
from monitor.core.gazetteer import Vocabulary
from monitor.core.numbers import Numbers
from monitor.core.severity import Severity
from monitor.core.tracker import Change, Facet


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
    """A text the rule must or must not match, with the place it stands at; `country` is that of a feed.

    `numbers` are the figures that it must count, as they are told ("31", "2-3", "20+"; "none"), by name and series.
    `state` is what it must be evidence of, `facet: state`; "" where that is not asked.
    """

    title: str
    lead: str = ""
    body: str = ""
    language: str = "en"
    country: str = ""
    link: str = ""
    expect: Expectation
    line: int
    column: int = 0
    numbers: tuple[tuple[str, str], ...] = ()
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """What a story says of an outlet, None where it says nothing; `name` is the id of a feed of the desk, or any."""

    name: str
    owner: str | None = None
    tier: int | None = None
    kind: str | None = None
    country: str | None = None
    speaks_for: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a story: an entry of an outlet, or time that passes ("" for the outlet).

    `rings` has a text for each alert that must ring, "" where any will do; empty is silence, None nothing expected.
    `quiet`: the step says so itself. No alert that rings has one of `lacks`. `held`: whether its evidence waits.
    `language` is "" where the outlet's counts. `revises` numbers the step whose entry this one revises, 0 for none.
    """

    at: datetime
    published_at: datetime
    outlet: str = ""
    language: str = ""
    author: str = ""
    title: str = ""
    lead: str = ""
    body: str = ""
    link: str = ""
    revises: int = 0
    rings: tuple[str, ...] | None = None
    quiet: bool = False
    lacks: tuple[str, ...] = ()
    digest: bool | None = None
    held: bool | None = None
    line: int = 0
    column: int = 0

    @property
    def silent(self) -> bool:
        """Whether nothing must ring."""
        return self.rings == ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a whole story comes to; None and "" where nothing is expected."""

    alerts: int | None = None
    severity: Severity | None = None
    label: str = ""
    updates: int | None = None
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryTest:
    """Entries as they come in, by the clock, and what must ring when; the steps are in the order of time.

    `last_match` is when the rule matched last before. The clock runs on for `until` at the end, None for as long as
    something is held.
    """

    steps: tuple[Step, ...]
    outlets: tuple[Outlet, ...] = ()
    last_match: datetime | None = None
    until: timedelta | None = None
    totals: Totals = Totals()
    line: int = 0
    column: int = 0

    @property
    def rings(self) -> bool:
        """Whether it expects an alert."""
        in_all = self.totals.alerts or self.totals.severity or self.totals.label
        return bool(in_all) or any(step.rings for step in self.steps)

    @property
    def stepwise(self) -> bool:
        """Whether its steps say what rings, and not its totals alone."""
        return any(step.rings is not None for step in self.steps)

    @property
    def silences(self) -> int:
        """How many of its steps must ring nothing; of one that expects totals alone, by how many it must ring less."""
        if self.stepwise:
            return sum(step.silent or bool(step.lacks) for step in self.steps)
        entries = sum(bool(step.outlet) for step in self.steps)
        return max(0, entries - self.totals.alerts) if self.totals.alerts is not None else 0


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
    A status rule has an `entity` with `facets`; its `match` is met where evidence for any state of them is. `spike` and
    `absence` ring when it matches far more often than usual, or not when it was expected to.
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
    entity: str = ""
    facets: tuple[Facet, ...] = ()
    change: Change = field(default_factory=Change)
    escalate: tuple[Escalation, ...] = ()
    spike: Spike | None = None
    absence: Absence | None = None
    notes: str = ""
    tests: tuple[RuleTest, ...] = ()
    stories: tuple[StoryTest, ...] = ()
    numbers: tuple[Numbers, ...] = ()
    file: str
    line: int

    @property
    def names(self) -> tuple[str, ...]:
        """The id it has, and those it had."""
        return (self.id, *self.formerly)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """A rule on the developments of others, with no query of its own.

    `event_count`: `least` of them within the timespan; `temporal`: one of each rule; `temporal_ordered`: in the order
    of `rules`. `by` counts groups apart.
    """

    id: str
    title: str
    owner: str
    severity: Severity
    pattern: Pattern
    rules: tuple[str, ...]
    timespan: timedelta
    least: int = 0
    by: By = By.NOTHING
    status: Status = Status.LIVE
    expires: date | None = None
    formerly: tuple[str, ...] = ()
    telling: Telling = Telling()
    notes: str = ""
    tests: tuple[RuleTest, ...] = ()
    stories: tuple[StoryTest, ...] = ()
    file: str
    line: int

    @property
    def names(self) -> tuple[str, ...]:
        """The id it has, and those it had."""
        return (self.id, *self.formerly)


def as_grave(ringing: Ringing, severity: Severity) -> Ringing:
    """The same with another severity, as routes go by it."""
    return replace(ringing, severity=severity)  # type: ignore[type-var]


@dataclass(frozen=True, kw_only=True)
class Ruleset:
    """All rules of a desk with the vocabulary they speak; `correlations` share one space of names with `rules`."""

    rules: Mapping[str, Rule]
    vocabulary: Vocabulary
    correlations: Mapping[str, Correlation] = field(default_factory=dict)

    @property
    def by_any_name(self) -> dict[str, Rule]:
        """The rules by their ids and by those they had."""
        return {name: rule for rule in self.rules.values() for name in rule.names}

    @property
    def every(self) -> tuple[Rule | Correlation, ...]:
        """Rules and correlations: all that has an owner, a status and a day on which somebody looks at it."""
        return (*self.rules.values(), *self.correlations.values())
