"""What a rule counts: `numbers:` as values - the anchor of a figure, its series, and which changes are told.

Knows shapes only; figures.py finds the figures, reckoning.py judges them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from monitor.core.clause import Query


class Form(StrEnum):
    """How a figure is written."""

    CARDINAL = "cardinal"
    ORDINAL = "ordinal"


class Per(StrEnum):
    """For what a series is kept: once for the rule, or for each story or place."""

    RULE = "rule"
    STORY = "story"
    PLACE = "place"


class Conflict(StrEnum):
    """What becomes of figures that differ between outlets: shown as a `range`, or kept for `why` alone."""

    RANGE = "range"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Where a series stood on a day."""

    value: int
    as_of: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One count of several that outlets keep of the same thing; without `when`, that of texts that name no other."""

    name: str
    when: Query | None = None
    baseline: Baseline | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertOn:
    """Which changes are told: none without `change`; those of `min_delta` and of `ratio` at least.

    A jump beyond `jump_over` is told as one to review: another series, or a slip.
    """

    change: bool = True
    min_delta: int = 1
    ratio: float = 1.0
    jump_over: int | None = None

    def wants(self, before: int, after: int) -> bool:
        """Whether a change is great enough to be told."""
        low, high = sorted((before, after))
        return self.change and high - low >= self.min_delta and high >= low * self.ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """A figure that a rule looks for: within so many words of the anchor `near`, in the given forms."""

    name: str
    near: Query
    forms: frozenset[Form] = frozenset(Form)
    within: int = 6
    series: tuple[Series, ...] = ()
    per: Per = Per.RULE
    nondecreasing: bool = True
    alert_on: AlertOn = field(default_factory=AlertOn)
    conflict: Conflict = Conflict.RANGE

    def queries(self) -> Iterator[Query]:
        """Everything that is looked for in a text on its behalf."""
        yield self.near
        yield from (one.when for one in self.series if one.when is not None)

    def series_called(self, name: str) -> Series | None:
        """The series of a name; "" is that of a count without series."""
        return next((one for one in self.series if one.name == name), None)


def called(name: str, series: str) -> str:
    """A count by its name, with its series where it has one: `patrol_total.kobani`."""
    return f"{name}.{series}" if series else name
