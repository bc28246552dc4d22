"""Alerts: whether a match is told, and why or why not.

Knows matches and what was told before; knows nothing of receivers or messages. Every decision carries a reason that
is stored. A match is only ever folded into an alert of the same rule that is named in the decision.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.core.match import Match
from monitor.core.veto import Stance, Veto, veto

_TURNS = frozenset({Veto.NEGATION, Veto.ANTONYM})


class Outcome(StrEnum):
    """What became of a match."""

    ALERTED = "alerted"
    FOLDED = "folded"
    DROPPED = "dropped"


class Reason(StrEnum):
    """Why; shown by `why` and stored with the match."""

    FIRST = "first match of this rule on this development"
    KEPT_APART = "alike, but it says something else than what was told"
    REVERSED = "the entry was revised and now says something else"
    REVISED = "revision of an entry that was told"
    SAME_STORY = "copy of a report that was told"
    SAME_DEVELOPMENT = "another report on a development that was told"
    EXCLUDED = "dropped by an exclusion"
    BASELINE = "the feed showed it at its first poll"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPolicy:
    """`fold_within`: how long another report on the same subject is taken for the same development."""

    fold_within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An earlier match of the same rule that was alerted or folded; `opened_at` is when its alert rang."""

    entry_id: int
    story_id: int
    alert_id: int
    at: datetime
    opened_at: datetime
    subject: frozenset[str]
    stance: Stance


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of a match: `alert_id` is the alert it is folded into; `detail` completes the reason."""

    outcome: Outcome
    reason: Reason
    alert_id: int | None = None
    detail: str = ""


def decide(
    *,
    match: Match,
    entry_id: int,
    story_id: int,
    stance: Stance,
    told: Iterable[Told],
    policy: AlertPolicy,
    now: datetime,
    old_news: bool = False,
) -> Decision:
    """What becomes of a match, given what this rule told before, within the window of a story.

    `old_news`: the feed showed the entry at its first poll, saying the same. It opens no alert, but joins one.
    The newest alert wins where several would do. A veto against one earlier report does not keep a match from being
    folded into another that says the same, unless the turn came in between: resumed, suspended, resumed again is
    three times news.
    """
    if match.excluded_by is not None:
        excluded = match.excluded_by
        return Decision(outcome=Outcome.DROPPED, reason=Reason.EXCLUDED, detail=f"{excluded.name}: {excluded.reason}")
    vetoed: tuple[Told, Veto, bool] | None = None
    told = list(told)
    # "Hold patrols" in between must not carry "suspend" into the alert on "resume": every report in it counts.
    contradicted = {one.alert_id for one in told if veto(stance, one.stance, numbers=False) in _TURNS}
    for earlier in sorted(told, key=lambda one: (one.at, one.alert_id, one.entry_id), reverse=True):
        reason = _same(match, entry_id, story_id, earlier, policy, now)
        if reason is None:
            continue
        found = _veto(stance, earlier, reason)
        if found is None:
            if earlier.alert_id not in contradicted and not _overtaken(reason, earlier, vetoed, policy, now):
                return _folded(reason, earlier)
            continue
        # That the entry itself said otherwise outweighs the copies that came after it.
        if vetoed is None or (reason is Reason.REVISED and not vetoed[2]):
            vetoed = (earlier, found, reason is Reason.REVISED)
    return Decision(outcome=Outcome.DROPPED, reason=Reason.BASELINE) if old_news else _alerted(vetoed)


def repeats(stance: Stance, silenced: Iterable[Stance]) -> bool:
    """Whether an entry says what it said when it was old news."""
    return any(veto(stance, before, numbers=False) is None for before in silenced)


def _same(
    match: Match, entry_id: int, story_id: int, earlier: Told, policy: AlertPolicy, now: datetime
) -> Reason | None:
    """Why the earlier report would be the same development, if it would."""
    if earlier.entry_id == entry_id:
        return Reason.REVISED
    if earlier.story_id == story_id:
        return Reason.SAME_STORY
    recent = now - earlier.opened_at <= policy.fold_within
    return Reason.SAME_DEVELOPMENT if recent and _same_subject(match.subject, earlier.subject) else None


def _same_subject(one: frozenset[str], other: frozenset[str]) -> bool:
    """At least half of all references are met by both; phases are left to the veto ("resume" and "begin")."""
    one, other = (frozenset(name for name in names if not name.startswith("phase.")) for names in (one, other))
    return bool(one & other) and 2 * len(one & other) >= len(one | other)


def _veto(stance: Stance, earlier: Told, reason: Reason) -> Veto | None:
    """New figures alone (a toll that rises) are news of the same development; another place or a stop is another."""
    loose = reason is Reason.SAME_DEVELOPMENT
    return veto(stance, earlier.stance, numbers=False, stops=loose)


def _overtaken(
    reason: Reason, earlier: Told, newer: tuple[Told, Veto, bool] | None, policy: AlertPolicy, now: datetime
) -> bool:
    """Whether the opposite was told since, so that the same again is news and no echo.

    A copy is taken for a late reprint as long as another report would be; after that it is a new development.
    """
    if newer is None or newer[1] not in _TURNS:
        return False
    match reason:
        case Reason.REVISED:
            return newer[2]
        case Reason.SAME_STORY:
            return now - earlier.opened_at > policy.fold_within
        case _:
            return True


def _folded(reason: Reason, earlier: Told) -> Decision:
    return Decision(
        outcome=Outcome.FOLDED, reason=reason, alert_id=earlier.alert_id, detail=f"alert {earlier.alert_id}"
    )


def _alerted(vetoed: tuple[Told, Veto, bool] | None) -> Decision:
    if vetoed is None:
        return Decision(outcome=Outcome.ALERTED, reason=Reason.FIRST)
    earlier, found, revised = vetoed
    reason = Reason.REVERSED if revised else Reason.KEPT_APART
    return Decision(outcome=Outcome.ALERTED, reason=reason, detail=f"alert {earlier.alert_id}: {found.value}")
