"""Alerts: whether a match is told, and why or why not.

Knows matches and what was told before; knows nothing of receivers or messages. Every decision carries a reason that
is stored. A match is only ever folded into an alert of the same rule that is named in the decision. What goes to the
digest or is dropped leaves no mark on alerts: they are decided as if it had not been there.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.core.clause import Assertion
from monitor.core.match import Match
from monitor.core.rule import Handling, Status, Telling
from monitor.core.veto import Stance, Veto, veto

_TURNS = frozenset({Veto.NEGATION, Veto.ANTONYM})
# A rule may alert on both, "resumed" and "did not resume"; the cue may be one that no phase word stands near.
_DENYING = frozenset({Assertion.DENIED, Assertion.NEGATED})
# What is still to come: that it happened is another development than that somebody announced it.
_TO_COME = frozenset({Assertion.PLANNED, Assertion.POSSIBLE, Assertion.DEMANDED})


class Outcome(StrEnum):
    """What became of a match."""

    ALERTED = "alerted"
    FOLDED = "folded"
    HELD = "held"
    DIGEST = "digest"
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
    FIGURE = "a figure changed so much that the rule tells it"
    LISTED = "what is said so goes to the digest"
    LISTED_STORY = "copy of a report in the digest"
    LISTED_REVISED = "revision of an entry in the digest"
    ASSERTION = "the rule drops what is said so"
    WAITING = "it waits for more origins"
    HOLDING = "it waits for a denial"
    DECIDED = "with it the state changed"
    RESTATED = "it restates what was told"
    DENIES = "it denies what was told"
    NOT_THE_ENTITY = "it does not name the entity of the rule"
    NO_AUTHORITY = "it names nobody whose state this is"
    CLAIM = "one side says so of the other: no state follows from it"
    TIER = "its feed is of a lower tier than counts here"
    BOILERPLATE = "a sentence that stood in reports of three days or more"
    DATED_BACK = "it tells of it as of what came before"
    LATE = "it is dated too long ago to count"
    LAPSED = "no other origin told of it in time"
    OVERTAKEN = "the entry was revised since"
    SHADOW = "the rule is in shadow and tells nobody"
    MUTED = "the rule is muted"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPolicy:
    """`fold_within`: how long another report on the same subject is taken for the same development."""

    fold_within: timedelta

    def by(self, telling: Telling) -> "AlertPolicy":
        """The policy for a rule that may have a cooldown of its own."""
        return self if telling.cooldown is None else replace(self, fold_within=telling.cooldown)


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
    assertion: Assertion = Assertion.DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An earlier match of the same rule that went to the digest; `line` numbers the line it makes, or has joined."""

    line: int
    entry_id: int
    story_id: int
    at: datetime
    assertion: Assertion
    stance: Stance


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of a match; `detail` completes the reason.

    `alert_id` is the alert it is folded into, `line` the line of the digest it joins in place of a line of its own.
    """

    outcome: Outcome
    reason: Reason
    alert_id: int | None = None
    line: int | None = None
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
    listed: Iterable[Listed] = (),
    status: Status = Status.LIVE,
    old_news: bool = False,
) -> Decision:
    """What becomes of a match, given what this rule told before, within the window of a story.

    `listed` is what it sent to the digest within that window, `status` where the rule stands: one in shadow, or muted,
    tells nobody, and the detail says what would have been. `old_news`: the feed showed the entry at its first poll,
    saying the same. It opens no alert and makes no line of the digest, but joins an alert.
    """
    if match.excluded_by is not None:
        excluded = match.excluded_by
        return Decision(outcome=Outcome.DROPPED, reason=Reason.EXCLUDED, detail=f"{excluded.name}: {excluded.reason}")
    told = list(told)
    taken_back = match.assertion in _DENYING and _takes_back(match, entry_id, story_id, told, policy, now)
    if match.handling is Handling.DROP and not taken_back:
        return Decision(outcome=Outcome.DROPPED, reason=Reason.ASSERTION, detail=said(match.assertion, match.cue))
    if match.handling is Handling.ALERT or taken_back:
        live = _rung(match, entry_id, story_id, stance, told, policy, now, old_news=old_news)
    elif old_news:
        live = Decision(outcome=Outcome.DROPPED, reason=Reason.BASELINE, detail=said(match.assertion, match.cue))
    else:
        live = _listed(match, entry_id, story_id, stance, listed)
    return live if status is Status.LIVE or live.outcome is Outcome.DROPPED else kept_quiet(live, status)


def _takes_back(
    match: Match, entry_id: int, story_id: int, told: Iterable[Told], policy: AlertPolicy, now: datetime
) -> bool:
    """Whether a denial is one of what was told as done: who heard the one hears the other, whatever the rule does else.

    A denial that follows another, already told, rings no more.
    """
    same = [one for one in told if _same(match, entry_id, story_id, one, policy, now) is not None]
    newest = max(same, key=lambda one: (one.at, one.alert_id, one.entry_id), default=None)
    return newest is not None and newest.assertion not in _DENYING


def said(assertion: Assertion, cue: str) -> str:
    """How a text says it, and by which words, for a person: `possible: may`."""
    return f"{assertion.value}: {cue}" if cue else assertion.value


def repeats(assertion: Assertion, stance: Stance, silenced: Iterable[tuple[Assertion, Stance]]) -> bool:
    """Whether an entry says what it said, and as firmly, when it was old news: "may resume" is not "resumed"."""
    return any(assertion is was and veto(stance, before, numbers=False) is None for was, before in silenced)


def otherwise(outcome: Outcome) -> str:
    """How the detail of a match begins that nobody is told of: `else alerted: `."""
    return f"else {outcome.value}: "


def kept_quiet(live: Decision, status: Status) -> Decision:
    """What becomes of a match of a rule that tells nobody, with what else would have."""
    reason = Reason.MUTED if status is Status.MUTED else Reason.SHADOW
    would = f"{otherwise(live.outcome)}{live.reason.value}"
    return Decision(outcome=Outcome.DROPPED, reason=reason, detail=f"{would} ({live.detail})" if live.detail else would)


def _listed(match: Match, entry_id: int, story_id: int, stance: Stance, listed: Iterable[Listed]) -> Decision:
    """A line of the digest, or one more outlet in the line that says the same in the same way."""
    how = said(match.assertion, match.cue)
    for earlier in sorted(listed, key=lambda one: (one.at, one.line, one.entry_id), reverse=True):
        itself = earlier.entry_id == entry_id
        if earlier.assertion is not match.assertion or not (itself or earlier.story_id == story_id):
            continue
        found = veto(stance, earlier.stance, numbers=False)
        # "May resume, may suspend, may resume": the same again after the opposite is a line of its own.
        if found in _TURNS:
            break
        if found is None:
            reason = Reason.LISTED_REVISED if itself else Reason.LISTED_STORY
            where = how if itself else f"{how}, with entry {earlier.entry_id}"
            return Decision(outcome=Outcome.DIGEST, reason=reason, line=earlier.line, detail=where)
    return Decision(outcome=Outcome.DIGEST, reason=Reason.LISTED, detail=how)


def _rung(
    match: Match,
    entry_id: int,
    story_id: int,
    stance: Stance,
    told: list[Told],
    policy: AlertPolicy,
    now: datetime,
    *,
    old_news: bool,
) -> Decision:
    """An alert, or one report more in one.

    The newest alert wins where several would do. A veto against one earlier report does not keep a match from being
    folded into another that says the same, unless the turn came in between: resumed, suspended, resumed again is
    three times news.
    """
    vetoed: tuple[Told, Veto, bool] | None = None
    # "Hold patrols" in between must not carry "suspend" into the alert on "resume": every report in it counts.
    contradicted = {one.alert_id for one in told if _veto(match, stance, one) in _TURNS}
    for earlier in sorted(told, key=lambda one: (one.at, one.alert_id, one.entry_id), reverse=True):
        reason = _same(match, entry_id, story_id, earlier, policy, now)
        if reason is None:
            continue
        # Another place, or a stop, is another development where only the subject is the same.
        found = _veto(match, stance, earlier, stops=reason is Reason.SAME_DEVELOPMENT)
        if found is None:
            if earlier.alert_id not in contradicted and not _overtaken(reason, earlier, vetoed, policy, now):
                return _folded(reason, earlier)
            continue
        # That the entry itself said otherwise outweighs the copies that came after it.
        if vetoed is None or (reason is Reason.REVISED and not vetoed[2]):
            vetoed = (earlier, found, reason is Reason.REVISED)
    return Decision(outcome=Outcome.DROPPED, reason=Reason.BASELINE) if old_news else _alerted(vetoed)


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


def _veto(match: Match, stance: Stance, earlier: Told, *, stops: bool = False) -> Veto | None:
    """New figures alone (a toll that rises) are news of the same development; a denial of it is not.

    Nor is that it happened, where it was only announced before.
    """
    if (match.assertion in _DENYING) is not (earlier.assertion in _DENYING):
        return Veto.NEGATION
    if match.assertion is Assertion.DONE and earlier.assertion in _TO_COME:
        return Veto.DONE
    return veto(stance, earlier.stance, numbers=False, stops=stops)


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
