"""A series of figures, judged: which is the first, the same, a change, a jump, a fall, or in conflict with another.

Pure, and a function of the figures and their dates alone: whatever the order in which they came, each has the same
verdict. A count that cannot fall (`expect: nondecreasing`) stands at the highest figure that was believed; one that is
lower belongs to another series or is an error, unless outlets of the same day differ on it. A jump is not believed
until another outlet has it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from itertools import takewhile

from monitor.core.figures import shown
from monitor.core.numbers import Baseline, Conflict, Numbers
from monitor.core.numerals import Qualifier

# Outlets that differ within a day report one state of things; after that, it is another.
ONE_DAY = timedelta(hours=24)
_ABOUT = 0.1


class Verdict(StrEnum):
    """What a figure is to those before it."""

    FIRST = "first"
    SAME = "same"
    CHANGE = "change"
    JUMP = "jump"
    FALL = "fall"
    CONFLICT = "conflict"


_BELIEVED = frozenset({Verdict.FIRST, Verdict.SAME, Verdict.CHANGE, Verdict.CONFLICT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A figure as an outlet gave it; `former` is what it says it was before, `number` tells it from others."""

    low: int
    high: int | None
    qualifier: str = Qualifier.EXACT
    outlet: str
    at: datetime
    former: int | None = None
    number: int = 0

    @property
    def shown(self) -> str:
        """As it is told."""
        return shown(self.low, self.high, self.qualifier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A figure with what it is to those before it, and why, in words.

    `step` is the change that is to be told, "" for none: from the figure told last, so that what rises by ones is told
    as well.
    """

    told: Told
    verdict: Verdict
    reason: str
    step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Figures of outlets that differ: from `low` to `high`, and who gives which."""

    low: int
    high: int
    by_outlet: str

    @property
    def range(self) -> str:
        """The range alone: `2-3`."""
        return f"{self.low}-{self.high}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """A series as it stands: each figure judged, in the order of dates; the one believed; where outlets differ."""

    judged: tuple[Judged, ...] = ()
    standing: Told | None = None
    spread: Spread | None = None

    def of(self, number: int) -> Judged | None:
        """The verdict on one figure."""
        return next((one for one in self.judged if one.told.number == number), None)


@dataclass(slots=True)
class _State:
    numbers: Numbers
    standing: Told | None = None
    said: Told | None = None
    believed: list[Told] = field(default_factory=list)
    jumps: list[Told] = field(default_factory=list)


def reckon(told: Iterable[Told], numbers: Numbers) -> Reckoning:
    """The series of these figures, in any order; one of no outlet is where the series stood, and is believed."""
    state = _State(numbers)
    ordered = sorted(told, key=lambda one: (one.at, one.low, _top(one), one.outlet, one.number))
    judged = []
    for one in ordered:
        verdict, reason = _judge(one, state)
        judged.append(Judged(told=one, verdict=verdict, reason=reason, step=_take(one, verdict, state)))
    return Reckoning(judged=tuple(judged), standing=state.standing, spread=_spread(judged, numbers))


def from_baseline(baseline: Baseline) -> Told:
    """The baseline of a series as a figure of nobody."""
    at = datetime.combine(baseline.as_of, time(), UTC)
    return Told(low=baseline.value, high=baseline.value, outlet="", at=at)


def _take(one: Told, verdict: Verdict, state: _State) -> str:
    """Go on from a figure; the change that is to be told of it."""
    if verdict in _BELIEVED:
        state.believed.append(one)
    if verdict is Verdict.JUMP:
        state.jumps.append(one)
    if not _moves(one, verdict, state):
        return ""
    said, known = state.said, state.standing is not None
    before = one.former if said is None else said.low
    state.standing, state.said = one, said if known and one.outlet else one
    if before is None or verdict is not Verdict.CHANGE or not state.numbers.alert_on.wants(before, one.low):
        return ""
    state.said = one
    return f"{before if said is None else said.shown} -> {one.shown}"


def _judge(one: Told, state: _State) -> tuple[Verdict, str]:
    numbers, before = state.numbers, state.standing
    if not one.outlet:
        lower = before is not None and numbers.nondecreasing and one.low <= before.low
        return Verdict.SAME if lower else Verdict.CHANGE, "where the series stood"
    if before is None and one.former is not None:
        return Verdict.CHANGE, f"{one.former} -> {one.shown}, as the report says"
    if before is None:
        return Verdict.FIRST, "the first figure of its series"
    if _agree(one, before, numbers):
        return Verdict.SAME, f"as before: {before.shown}"
    if one.low > before.low:
        return _higher(one, before, state)
    return _lower(one, before, state)


def _higher(one: Told, before: Told, state: _State) -> tuple[Verdict, str]:
    alert_on, step = state.numbers.alert_on, f"{before.shown} -> {one.shown}"
    explained = one.former is not None and _holds(before, one.former)
    if alert_on.jump_over is not None and one.low - before.low > alert_on.jump_over and not explained:
        other = next((jump for jump in state.jumps if _confirms(one, jump, state.numbers)), None)
        if other is None:
            return Verdict.JUMP, f"{step} is more than {alert_on.jump_over} at once: another series or a slip?"
        return Verdict.CHANGE, f"{step}, which {other.outlet} gave as well"
    said = state.said or before
    if not alert_on.wants(said.low, one.low) and _differ_in_a_day(one, before) and not explained:
        return Verdict.CONFLICT, f"{before.outlet} gives {before.shown}"
    return Verdict.CHANGE, step


def _lower(one: Told, before: Told, state: _State) -> tuple[Verdict, str]:
    numbers, step = state.numbers, f"{before.shown} -> {one.shown}"
    over = numbers.alert_on.jump_over
    recent = takewhile(lambda each: one.at - each.at <= ONE_DAY, reversed(state.believed))
    other = next((each for each in recent if _differ_in_a_day(one, each)), None)
    if other is not None and (over is None or before.low - one.low <= over):
        return Verdict.CONFLICT, f"{other.outlet} gives {other.shown}"
    if numbers.nondecreasing:
        return Verdict.FALL, f"{step} is a fall: another series or an error"
    return Verdict.CHANGE, step


def _confirms(one: Told, jump: Told, numbers: Numbers) -> bool:
    """Whether another outlet has the same jump."""
    over = numbers.alert_on.jump_over or 0
    return one.outlet != jump.outlet and abs(one.low - jump.low) <= over


def _differ_in_a_day(one: Told, other: Told) -> bool:
    """Two outlets on one state of things; a baseline is nobody's."""
    return bool(other.outlet) and one.outlet != other.outlet and abs(one.at - other.at) <= ONE_DAY


def _moves(one: Told, verdict: Verdict, state: _State) -> bool:
    """Whether a figure is the one believed from now on."""
    before = state.standing
    if before is None or verdict in {Verdict.FIRST, Verdict.CHANGE}:
        return verdict in _BELIEVED
    if verdict is Verdict.CONFLICT:
        return one.low > before.low
    # "At least 20" and then "24": the same, and more exact.
    return verdict is Verdict.SAME and one.low > before.low


def _agree(one: Told, other: Told, numbers: Numbers) -> bool:
    """Whether two figures may be the same one."""
    low, high = _reach(one, numbers)
    other_low, other_high = _reach(other, numbers)
    return low <= other_high and other_low <= high


def _reach(one: Told, numbers: Numbers) -> tuple[float, float]:
    """From where to where a figure may lie: "at least 20" goes as far as a change would not be told."""
    if one.high is None:
        top = one.low
        while top < one.low * 2 and not numbers.alert_on.wants(one.low, top + 1):
            top += max(1, one.low // 100)
        return one.low, top
    if one.qualifier == Qualifier.ABOUT:
        return one.low * (1 - _ABOUT), one.high * (1 + _ABOUT)
    return one.low, one.high


def _top(one: Told) -> int:
    return one.low if one.high is None else one.high


def _holds(one: Told, value: int) -> bool:
    return one.low <= value <= _top(one)


def _spread(judged: Sequence[Judged], numbers: Numbers) -> Spread | None:
    """The range by outlet, where the newest figures of several differ; what a told change overtook is past."""
    if numbers.conflict is not Conflict.RANGE:
        return None
    believed = [one for one in judged if one.verdict in _BELIEVED and one.told.outlet]
    newest: dict[str, Told] = {}
    since = believed[-1].told.at - ONE_DAY if believed else None
    for one in believed:
        if one.verdict is Verdict.CHANGE:
            newest = {name: each for name, each in newest.items() if each.low >= one.told.low}
        if since is not None and one.told.at >= since:
            newest[one.told.outlet] = one.told
    figures = list(newest.values())
    if all(_agree(one, other, numbers) for one in figures for other in figures):
        return None
    return Spread(low=min(one.low for one in figures), high=max(map(_top, figures)), by_outlet=_by_outlet(figures))


def _by_outlet(figures: Sequence[Told]) -> str:
    """Who gives which, the higher first: "3 AP, Hawar; 2 BBN Haber"."""
    groups: dict[tuple[int, str], list[str]] = {}
    for one in figures:
        groups.setdefault((-one.low, one.shown), []).append(one.outlet)
    return "; ".join(f"{name} {', '.join(sorted(outlets))}" for (_, name), outlets in sorted(groups.items()))
