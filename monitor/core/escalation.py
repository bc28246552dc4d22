"""Escalations: what makes an alert graver than its rule says, or gives it a name of its own.

A condition is met by the reports of an alert, in whatever order they came: one more report never undoes it. Knows
nothing of stores or messages.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from monitor.core import silence
from monitor.core.clause import Assertion
from monitor.core.duration import in_days, in_hours
from monitor.core.origin import Origin, same, told_by
from monitor.core.severity import Severity
from monitor.core.silence import Silence

# More would make the search for them long; nobody waits for a sixth agency.
MOST_INDEPENDENT = 5
# Of more groups of one owner and agency there are as good as always enough that are apart.
_MOST_GROUPS = 20
# A thousand owners that print one text in words of their own are half a million pairs to compare.
_MOST_SEARCHED = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """One condition, and the severity or the label that an alert has from then on.

    One of these is set: `quiet_for` (with `last_known`, the last development before the desk began), `independent`
    origins `within` a time, `official`, `assertion`, `number`.
    """

    severity: Severity | None = None
    label: str = ""
    quiet_for: timedelta | None = None
    last_known: datetime | None = None
    independent: int = 0
    within: timedelta = timedelta()
    official: bool = False
    assertion: Assertion | None = None
    number: str = ""
    at_least: int = 0

    @property
    def name(self) -> str:
        """What it is called: its label, or else the condition."""
        return self.label or self.asks

    @property
    def asks(self) -> str:
        """The condition in words."""
        if self.quiet_for is not None:
            return f"quiet for {in_days(self.quiet_for)}"
        if self.independent:
            return f"{self.independent} origins within {in_hours(self.within)}"
        if self.assertion is not None:
            return f"said as {self.assertion.value}"
        return f"{self.number} at least {self.at_least}" if self.number else "official source"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One report of an alert: where it comes from, how it says it, and the date it bears."""

    origin: Origin
    assertion: Assertion
    dated_at: datetime

    @property
    def order(self) -> tuple[datetime, str, str]:
        """By date; of one date, in an order that does not depend on arrival."""
        return self.dated_at, self.origin.outlet, self.origin.title


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A condition against an alert: whether it is met, and by what; or what is missing."""

    condition: Escalation
    met: bool
    detail: str


def weigh(
    condition: Escalation,
    voices: Sequence[Voice],
    *,
    quiet: Silence | None = None,
    figures: Mapping[str, int] | None = None,
    newest: Voice | None = None,
) -> Weighed:
    """Whether the reports of an alert meet a condition.

    `quiet` is what went before the first of them, None where that no longer matters; `figures` has the highest figure
    told by name. With `newest` only what this report adds is looked at: what the others meet, they met before.
    """
    if condition.quiet_for is not None:
        return _quiet(condition, condition.quiet_for, quiet)
    if condition.independent:
        return _corroborated(condition, voices, newest)
    if condition.number:
        highest = (figures or {}).get(condition.number)
        said = f"{condition.number}: {highest}" if highest is not None else f"{condition.number}: no figure yet"
        if highest is not None and highest >= condition.at_least:
            return Weighed(condition=condition, met=True, detail=said)
        return Weighed(condition=condition, met=False, detail=f"{said} of {condition.at_least}")
    saying = [one for one in sorted(voices, key=lambda one: one.order) if _says(condition, one)]
    if not saying:
        missing = f"nobody said it as {condition.assertion.value}" if condition.assertion else "no official source"
        return Weighed(condition=condition, met=False, detail=missing)
    how = condition.assertion.value if condition.assertion else "official"
    return Weighed(condition=condition, met=True, detail=f"{how}: {told_by(one.origin for one in saying)}")


def independent_voices(
    voices: Sequence[Voice], within: timedelta, wanted: int, newest: Voice | None = None
) -> tuple[Voice, ...]:
    """The most reports, up to so many, dated within the time and no two of one origin; with the newest, if given.

    That there are such reports does not change by one more that shares its origin with two of them, as a paper does
    that credits both agencies: so it does not matter which came first.
    """
    ordered = sorted(voices, key=lambda one: one.order)
    most = min(wanted, _most(ordered))

    def apart(one: Voice, other: Voice) -> bool:
        return _apart(one, other, within)

    if newest is not None:
        others = [one for one in ordered if one is not newest and apart(newest, one)]
        found = (newest, *_largest(others, most - 1, apart))
    else:
        some = _largest(ordered[:_MOST_SEARCHED], most, apart)
        found = max(some, _taken(ordered, most, apart) if len(ordered) > _MOST_SEARCHED else (), key=len)
    return tuple(sorted(found, key=lambda one: one.order))


def independent(one: Origin, other: Origin) -> bool:
    """Whether two reports have nobody behind both: no owner, agency, ministry or dispatch."""
    return not (_shared(one, other) or same(one, other))


def _largest(voices: Sequence[Voice], most: int, apart: Callable[[Voice, Voice], bool]) -> tuple[Voice, ...]:
    """The most of them that are all apart, up to so many; of as many, those that come first."""

    @cache
    def later(number: int) -> int:
        """Those after one that are apart from it, as a set of bits: texts are compared once, however often asked."""
        return sum(1 << place for place in range(number + 1, len(voices)) if apart(voices[number], voices[place]))

    best: tuple[int, ...] = ()

    def grow(chosen: tuple[int, ...], left: int) -> None:
        nonlocal best
        best = max(best, chosen, key=len)
        while left and len(best) < most and len(chosen) + left.bit_count() > len(best):
            number = (left & -left).bit_length() - 1
            left &= left - 1
            grow((*chosen, number), left & later(number) if len(chosen) + 1 < most else 0)

    grow((), (1 << len(voices)) - 1)
    return tuple(voices[number] for number in best)


def _taken(voices: Sequence[Voice], most: int, apart: Callable[[Voice, Voice], bool]) -> tuple[Voice, ...]:
    """Each that is apart from those before it: what a look at every one of very many finds."""
    found: list[Voice] = []
    for one in voices:
        if len(found) < most and all(apart(one, other) for other in found):
            found.append(one)
    return tuple(found)


def _most(voices: Sequence[Voice]) -> int:
    """So many of them can be apart at the most, whatever their words and dates.

    A thousand reports of three owners, two of which print one agency, hold no third origin to search for.
    """
    first: dict[tuple[object, ...], Voice] = {}
    for number, one in enumerate(voices):
        origin = one.origin
        # Of reports that nothing is known of, each may be another's.
        group = (origin.owner, origin.agencies, origin.offices) if origin.owner else (number,)
        first.setdefault(group, one)
    groups = list(first.values())
    if len(groups) > _MOST_GROUPS:
        return len(groups)
    return len(_largest(groups, MOST_INDEPENDENT, lambda one, other: not _shared(one.origin, other.origin)))


def _apart(one: Voice, other: Voice, within: timedelta) -> bool:
    return abs(one.dated_at - other.dated_at) <= within and independent(one.origin, other.origin)


def _shared(one: Origin, other: Origin) -> bool:
    # In August 2024 every report on the patrols went back to one statement of one ministry, which each of them named.
    owned = bool(one.owner and one.owner == other.owner)
    return owned or bool(one.offices & other.offices) or bool(one.agencies & other.agencies)


def _quiet(condition: Escalation, wanted: timedelta, quiet: Silence | None) -> Weighed:
    if quiet is None:
        return Weighed(condition=condition, met=False, detail="only the first report of an alert ends a silence")
    if quiet.counted >= wanted:
        return Weighed(condition=condition, met=True, detail=silence.told(quiet, quiet.until))
    blind = f"; the watch was blind for {in_days(quiet.blind)}" if quiet.blind else ""
    detail = f"{in_days(quiet.counted)} of {in_days(wanted)} of silence{blind}"
    return Weighed(condition=condition, met=False, detail=detail)


def _corroborated(condition: Escalation, voices: Sequence[Voice], newest: Voice | None) -> Weighed:
    found = independent_voices(voices, condition.within, condition.independent, newest)
    within = in_hours(condition.within)
    if len(found) < condition.independent:
        detail = f"{len(found)} of {condition.independent} origins within {within}"
        return Weighed(condition=condition, met=False, detail=detail)
    detail = f"{len(found)} independent origins within {within}: {told_by(one.origin for one in found)}"
    return Weighed(condition=condition, met=True, detail=detail)


def _says(condition: Escalation, one: Voice) -> bool:
    return one.assertion is condition.assertion if condition.assertion else one.origin.official
