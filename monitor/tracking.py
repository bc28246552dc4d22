"""A facet as the store has it: what its evidence comes to now, and a person's word on it.

Part of the pipeline's writing half, and read by the commands.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from monitor.core import tracker
from monitor.core.rule import Rule, Status
from monitor.core.tracker import Course, Evidence, Facet, Fixed, Kind, Standing, Waiting
from monitor.store import Store
from monitor.store.trackers import Kept, StoredChange

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class View:
    """A facet as the store has it: its course, and the stored developments and evidence behind it.

    `standing` is evidence that proved to be a standing sentence before anything was told of it, and counts no more.
    """

    course: Course
    changes: list[StoredChange]
    kept: list[Kept]
    standing: list[Kept]


def look(store: Store, rule: Rule, facet: Facet, now: datetime) -> View:
    """A facet as it stands now, from what the store has; writes nothing."""
    changes = store.trackers.changes(rule.id, facet.name)
    fixed = [
        Fixed(state=one.to_state, at=one.at, change_id=one.id, since=one.first_at, by_hand=_by_hand(one))
        for one in changes
        if stands(one, rule, now) and one.withdrawn_at is None
    ]
    settled = {one.change_id for one in fixed}
    start = facet.now if facet.now is not None and facet.now.since is None else Standing(state=facet.states[0])
    since = now - rule.change.horizon - rule.change.quorum.within
    # Nobody was there to tell what was held, for weeks: it rests on what it rested on.
    since = min([since, *(one.first_at for one in changes if one.tell_at is not None)])
    kept = store.trackers.evidence(rule.id, facet.name, since)
    open_ = {None, *(one.id for one in changes if one.tell_at is not None)} - settled
    standing = [one for one in kept if one.change_id in open_ and _is_standing(one, rule)]
    out = {id(one) for one in standing}
    evidence = [one.evidence for one in kept if one.change_id not in settled and id(one) not in out]
    return View(tracker.course(rule.change, start, fixed, evidence, now), changes, kept, standing)


def confirm(store: Store, rule: Rule, facet: Facet, state: str | None, by: str, now: datetime) -> StoredChange | None:
    """A person vouches for the newest development, or for a state that waits, which is then to be told.

    None where there is nothing to vouch for: a state that was set is somebody's word already.
    """
    # A daemon beside this may be about to make a quorum of the same reports.
    with store.transaction():
        view = look(store, rule, facet, now)
        if state is None:
            last = next((one for one in reversed(view.changes) if one.withdrawn_at is None), None)
            if last is None or last.kind == Kind.SET:
                return None
            store.trackers.confirm(last.id, by, now)
            return store.trackers.change(last.id)
        waiting = next((one for one in view.course.waiting if one.state == state), None)
        if waiting is None:
            return None
        made = tracker.confirmed(view.course, waiting, now)
        change = store.trackers.add(
            rule.id, facet.name, made, now, tell_at=now, confirmed_by=by, word=f"{by}, confirming {made.word}"
        )
        store.trackers.assign(made.evidence, facet.name, change.id)
        return change


@dataclass(frozen=True, slots=True)
class Came:
    """What a match waits for on a facet, and what was denied of what it tells, or what it denies, in words."""

    waits: list[str]
    denials: list[str]


def came_of(store: Store, rule: Rule, facet: Facet, match_id: int, dated_at: datetime, now: datetime) -> Came:
    """What came of a match on a facet: it may wait yet, or have waited in vain for what was denied."""
    view = look(store, rule, facet, now)
    waiting = [one for one in view.course.waiting if any(each.match_id == match_id for each in one.evidence)]
    told = {one.state for one in waiting}
    kept = store.trackers.evidence(rule.id, facet.name, dated_at)
    own = [one.evidence for one in kept if one.evidence.match_id == match_id and one.change_id is None]
    return Came(
        [f"{facet.name} → {one.state}: {waits(view, one, now)}" for one in waiting],
        [
            f"{facet.name} → {one.state}{against}"
            for one in own
            if not one.denies and one.state not in told and (against := denied(denials(kept, [one])))
        ]
        + [f"denies {facet.name} → {one.state}{_denies(view, one, now)}" for one in own if one.denies],
    )


def waits_besides(store: Store, rules: Iterable[Rule], now: datetime) -> dict[int, str]:
    """By match, the state that it waits for though an alert told of it: a report may decide one facet, and not another.

    `integration → agreed: 1 of 2 origins; 31 h left`, as what only waits has it in the ledger.
    """
    found: dict[int, str] = {}
    for rule in (one for one in rules if one.status is Status.LIVE):
        for facet in rule.facets:
            view = look(store, rule, facet, now)
            told = {one.evidence.match_id for one in view.kept if one.alert_id is not None}
            for one in view.course.waiting:
                text = f"{facet.name} → {one.state}: {waits(view, one, now)}"
                found |= {each.match_id: text for each in one.evidence if each.match_id in told}
    return found


def _denies(view: View, denial: Evidence, now: datetime) -> str:
    """What of the reports that a denial denies waits."""
    waiting = next((one for one in view.course.waiting if one.state == denial.state), None)
    return f", which waits with {waiting.told(now)}" if waiting is not None else ""


def waits(view: View, waiting: Waiting, now: datetime) -> str:
    """`1 of 2 origins; 31 h left`, and who denied it meanwhile."""
    return f"{waiting.told(now)}{denied(denials(view.kept, waiting.evidence))}"


def denials(kept: Iterable[Kept], told: Iterable[Evidence]) -> list[Kept]:
    """Those of the kept that deny what these reports tell, since the first of them, and contest no development."""
    began = {one.state: one.at for one in sorted(told, key=lambda one: one.at, reverse=True)}
    return [
        one
        for one in kept
        if one.evidence.denies and one.change_id is None and one.evidence.at >= began.get(one.evidence.state, _NEVER)
    ]


def denied(found: Iterable[Kept]) -> str:
    """`; denied by SDF Press on 2025-12-10 09:00 UTC`, each outlet with its first word; "" where nobody did."""
    first: dict[str, datetime] = {}
    for one in found:
        first.setdefault(one.evidence.origin.called, one.evidence.at)
    return (
        f"; denied by {', '.join(f'{name} on {at:%Y-%m-%d %H:%M} UTC' for name, at in first.items())}" if first else ""
    )


def stands(change: StoredChange, rule: Rule, now: datetime) -> bool:
    """Whether a development is not looked at again: set or confirmed by a person, or long ago."""
    return _by_hand(change) or (change.at < now - rule.change.horizon and change.tell_at is None)


def _is_standing(one: Kept, rule: Rule) -> bool:
    return rule.change.boilerplate and not one.evidence.denies and tracker.standing_sentence(one.earlier_days)


def _by_hand(change: StoredChange) -> bool:
    return change.kind == Kind.SET or change.confirmed_at is not None
