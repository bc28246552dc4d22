"""A facet as the store has it: what its evidence comes to now, and a person's word on it.

Part of the pipeline's writing half, and read by the commands.
"""

from dataclasses import dataclass
from datetime import datetime

from monitor.core import tracker
from monitor.core.rule import Rule
from monitor.core.tracker import Course, Facet, Fixed, Kind, Standing, Waiting
from monitor.store import Store
from monitor.store.trackers import Kept, StoredChange


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
        if stands(one, rule, now)
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
            last = view.changes[-1] if view.changes else None
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


def waiting_for(view: View, match_id: int) -> Waiting | None:
    """What a match still waits for; None where it does not."""
    found = (one for one in view.course.waiting if any(each.match_id == match_id for each in one.evidence))
    return next(found, None)


def stands(change: StoredChange, rule: Rule, now: datetime) -> bool:
    """Whether a development is not looked at again: set or confirmed by a person, or long ago."""
    return _by_hand(change) or (change.at < now - rule.change.horizon and change.tell_at is None)


def _is_standing(one: Kept, rule: Rule) -> bool:
    return rule.change.boilerplate and not one.evidence.denies and tracker.standing_sentence(one.earlier_days)


def _by_hand(change: StoredChange) -> bool:
    return change.kind == Kind.SET or change.confirmed_at is not None
