"""A series of figures, judged: which is the first, the same, a change, a jump, a fall, or in conflict with another.

Pure, and a function of the figures and their dates alone: whatever the order in which they came, each has the same
verdict. A count that cannot fall (`expect: nondecreasing`) stands at the highest figure that was believed; one that is
lower belongs to another series or is an error, unless outlets of the same day differ on it. A jump is not believed
until an independent origin has it: then the count goes on from that one, and the jump is confirmed.

A figure is judged by those before it in the order of dates, so a series may be taken up anywhere: `stand` is what
counts of the figures before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from enum import IntEnum, StrEnum
from itertools import takewhile

from monitor.core.escalation import independent
from monitor.core.figures import shown
from monitor.core.numbers import Baseline, Conflict, Numbers
from monitor.core.numerals import Qualifier
from monitor.core.origin import Origin

# Outlets that differ within a day report one state of things; after that, it is another.
ONE_DAY = timedelta(hours=24)
_ABOUT = 0.1


class Verdict(StrEnum):
    """What a figure is to those before it; `confirmed` is a jump that an independent origin gave later as well."""

    FIRST = "first"
    SAME = "same"
    CHANGE = "change"
    JUMP = "jump"
    CONFIRMED = "confirmed"
    FALL = "fall"
    CONFLICT = "conflict"


class Turn(IntEnum):
    """What the count does at a figure: it stays, it stands there from then on, or that is what was told last."""

    STAYS = 0
    STANDS = 1
    TOLD = 2


_BELIEVED = frozenset({Verdict.FIRST, Verdict.SAME, Verdict.CHANGE, Verdict.CONFLICT})
_DOUBTED = frozenset({Verdict.JUMP, Verdict.CONFIRMED})
_STOOD = "where the series stood"


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
    origin: Origin = field(default_factory=Origin)

    @property
    def shown(self) -> str:
        """As it is told."""
        return shown(self.low, self.high, self.qualifier)

    @property
    def order(self) -> tuple[datetime, int, int, str, int]:
        """By date; of one date, in an order that depends on arrival last of all."""
        return self.at, self.low, _top(self), self.outlet, self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A figure with what it is to those before it, and why, in words.

    `step` is the change that is to be told, "" for none: from the figure told last, so that what rises by ones is told
    as well. `before` is where the count stood, as it is told; `witness` tells who made a jump a change.
    """

    told: Told
    verdict: Verdict
    reason: str
    step: str = ""
    before: str = ""
    witness: str = ""
    turn: Turn = Turn.STAYS

    @property
    def believed(self) -> bool:
        """Whether the figure counts as it comes."""
        return self.verdict in _BELIEVED


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
class Stand:
    """What counts of the figures before some: where the count stands, what was told last, the jumps, and the day's."""

    standing: Told | None = None
    said: Told | None = None
    believed: tuple[Told, ...] = ()
    jumps: tuple[Judged, ...] = ()


@dataclass(slots=True)
class _State:
    numbers: Numbers
    standing: Told | None
    said: Told | None
    believed: list[Told]
    jumps: list[Judged]
    confirmed: dict[Told, Told] = field(default_factory=dict)


def stand(judged: Iterable[Judged], numbers: Numbers) -> Stand:
    """What counts of figures that were judged, in any order, for those after them.

    Of those that are older than a day the jumps are enough, the one at which the count stands, and the one told last.
    """
    standing: Told | None = None
    said: Told | None = None
    ordered = sorted(judged, key=lambda one: one.told.order)
    for one in ordered:
        if not one.told.outlet:
            standing, said = _raised(standing, one.told, numbers), _raised(said, one.told, numbers)
        elif one.turn is not Turn.STAYS:
            standing = one.told
            said = one.told if one.turn is Turn.TOLD or said is None else said
    return Stand(
        standing=standing,
        said=said,
        believed=tuple(one.told for one in ordered if one.believed),
        jumps=tuple(one for one in ordered if one.verdict in _DOUBTED),
    )


def reckon(told: Iterable[Told], numbers: Numbers, before: Stand | None = None) -> tuple[Judged, ...]:
    """Judge figures, in any order, as those `before` them have it; one of no outlet is where the series stood.

    They come back in the order of dates, and ahead of them the jumps before that they confirm.
    """
    before = before or Stand()
    state = _State(numbers, before.standing, before.said, list(before.believed), list(before.jumps))
    judged = []
    for one in sorted(told, key=lambda one: one.order):
        at = state.standing
        verdict, reason, witness = _judge(one, state)
        now = Judged(told=one, verdict=verdict, reason=reason, before=at.shown if at else "?", witness=witness)
        judged.append(_take(now, state))
    older = [one for one in before.jumps if one.verdict is Verdict.JUMP and one.told in state.confirmed]
    return tuple(_confirmed(one, state) for one in (*older, *judged))


def overtaken(was: Iterable[Judged], now: Judged, numbers: Numbers) -> Judged | None:
    """A figure as it stands beside those that its report gave before it was revised, where no other report counts.

    An agency writes its toll into one article: "3 dead" at ten, "90 dead" at noon. None where others gave the count.
    """
    before = max((one for one in was if one.believed), key=lambda one: one.told.low, default=None)
    if before is None or now.verdict is not Verdict.FIRST or before.told.low >= now.told.low:
        return None
    (beside,) = reckon([now.told], numbers, stand([replace(before, turn=Turn.TOLD)], numbers))
    # Where a jump is doubtful, so is this one, and nobody can confirm it: it stays the first of its series.
    return beside if beside.verdict is not Verdict.JUMP else None


def as_baseline(baseline: Baseline) -> Judged:
    """The baseline of a series as a figure of nobody, for `stand`."""
    return Judged(told=from_baseline(baseline), verdict=Verdict.CHANGE, reason=_STOOD)


def spread(judged: Sequence[Judged], numbers: Numbers) -> Spread | None:
    """The range by outlet as it is at the last of these, in the order of dates: None where none differ.

    What outlets gave within a day counts, the newest of each; what a told change overtook is past.
    """
    believed = [one for one in judged if one.believed and one.told.outlet]
    if numbers.conflict is not Conflict.RANGE or not believed:
        return None
    newest: dict[str, Told] = {}
    since = believed[-1].told.at - ONE_DAY
    for one in believed:
        if one.verdict is Verdict.CHANGE:
            newest = {name: each for name, each in newest.items() if each.low >= one.told.low}
        if one.told.at >= since:
            newest[one.told.outlet] = one.told
    figures = list(newest.values())
    if all(_agree(one, other, numbers) for one in figures for other in figures):
        return None
    return Spread(low=min(one.low for one in figures), high=max(map(_top, figures)), by_outlet=_by_outlet(figures))


def from_baseline(baseline: Baseline) -> Told:
    """The baseline of a series as a figure of nobody."""
    at = datetime.combine(baseline.as_of, time(), UTC)
    return Told(low=baseline.value, high=baseline.value, outlet="", at=at)


def _raised(before: Told | None, one: Told, numbers: Numbers) -> Told:
    """Where the series stood, or the higher of two of a count that cannot fall."""
    return before if before is not None and numbers.nondecreasing and one.low <= before.low else one


def _take(now: Judged, state: _State) -> Judged:
    """Go on from a figure, with the change that is to be told of it."""
    one, verdict = now.told, now.verdict
    if not one.outlet:
        numbers = state.numbers
        state.standing, state.said = _raised(state.standing, one, numbers), _raised(state.said, one, numbers)
        return now
    if verdict in _BELIEVED:
        state.believed.append(one)
    if verdict is Verdict.JUMP:
        state.jumps.append(now)
    if not _moves(one, verdict, state):
        return now
    known, said = state.standing is not None, state.said or state.standing
    before = one.former if said is None else said.low
    state.standing, state.said = one, said if known else one
    if before is None or verdict is not Verdict.CHANGE or not state.numbers.alert_on.wants(before, one.low):
        return replace(now, turn=Turn.STANDS if known else Turn.TOLD)
    state.said = one
    return replace(now, turn=Turn.TOLD, step=f"{before if said is None else said.shown} -> {one.shown}")


def _confirmed(one: Judged, state: _State) -> Judged:
    """A jump, as it is by now."""
    by = state.confirmed.get(one.told) if one.verdict is Verdict.JUMP else None
    if by is None:
        return one
    return replace(one, verdict=Verdict.CONFIRMED, reason=f"{by.outlet} has the same jump: {by.shown}")


def _judge(one: Told, state: _State) -> tuple[Verdict, str, str]:
    """The verdict on a figure, why, and who else gave the jump that it is."""
    numbers, before = state.numbers, state.standing
    if not one.outlet:
        return Verdict.CHANGE, _STOOD, ""
    if before is None and one.former is not None:
        return Verdict.CHANGE, f"{one.former} -> {one.shown}, as the report says", ""
    if before is None:
        return Verdict.FIRST, "the first figure of its series", ""
    if _agree(one, before, numbers):
        return Verdict.SAME, f"as before: {before.shown}", ""
    if one.low > before.low:
        return _higher(one, before, state)
    return (*_lower(one, before, state), "")


def _higher(one: Told, before: Told, state: _State) -> tuple[Verdict, str, str]:
    alert_on, step = state.numbers.alert_on, f"{before.shown} -> {one.shown}"
    explained = one.former is not None and _holds(before, one.former)
    if alert_on.jump_over is not None and one.low - before.low > alert_on.jump_over and not explained:
        others = [jump.told for jump in state.jumps if _confirms(one, jump.told, state.numbers)]
        if not others:
            return Verdict.JUMP, f"{step} is more than {alert_on.jump_over} at once: another series or a slip?", ""
        state.confirmed = dict.fromkeys(others, one) | state.confirmed
        witness = f"which {', '.join(dict.fromkeys(jump.outlet for jump in others))} gave as well"
        return Verdict.CHANGE, f"{step}, {witness}", witness
    said = state.said or before
    if not alert_on.wants(said.low, one.low) and _differ_in_a_day(one, before) and not explained:
        return Verdict.CONFLICT, f"{before.outlet} gives {before.shown}", ""
    return Verdict.CHANGE, step, ""


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
    """Whether the same jump comes from somewhere else: ten reprints of a slip are one slip."""
    over = numbers.alert_on.jump_over or 0
    return one.outlet != jump.outlet and abs(one.low - jump.low) <= over and independent(one.origin, jump.origin)


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


def _by_outlet(figures: Sequence[Told]) -> str:
    """Who gives which, the higher first: "3 AP, Hawar; 2 BBN Haber"."""
    groups: dict[tuple[int, str], list[str]] = {}
    for one in figures:
        groups.setdefault((-one.low, one.shown), []).append(one.outlet)
    return "; ".join(f"{name} {', '.join(sorted(outlets))}" for (_, name), outlets in sorted(groups.items()))
