"""What the evidence of a facet comes to, kept and told: changes, denials of them, and what became of each match.

Part of the pipeline's writing half: works inside its transactions. Decides nothing: core.tracker does.
"""

from dataclasses import replace
from datetime import datetime

from monitor.core import alert, tracker
from monitor.core.alert import Decision, Outcome, Reason
from monitor.core.origin import told_by
from monitor.core.rule import Rule, Status
from monitor.core.severity import Severity
from monitor.core.tracker import Development, Evidence, Facet, Fixed, Kind
from monitor.polls import Tally
from monitor.store import Store
from monitor.store.trackers import Kept, StoredChange
from monitor.tracking import look, stands, waits


class Settling:
    """All evidence of a facet weighed anew: what came of it is kept, and told where it is due."""

    def __init__(self, store: Store, rule: Rule, facet: Facet, now: datetime, tally: Tally) -> None:
        self._store = store
        self._rule = rule
        self._facet = facet
        self._now = now
        self._tally = tally
        self._view = look(store, rule, facet, now)
        self._known = {_key(kept.evidence): kept for kept in self._view.kept}
        self._changes = {change.id: change for change in self._view.changes}

    def settle(self, due: StoredChange | None = None) -> None:
        """Keep and tell what the evidence comes to, and a development that is `due` on a person's word."""
        if due is not None and due.confirmed_at is not None:
            self._tell_confirmed(due)
        open_ = [one for one in self._view.changes if one.withdrawn_at is None]
        unclaimed = [one for one in open_ if not stands(one, self._rule, self._now)]
        claimed = [(made, self._claimed(made, unclaimed)) for made in self._view.course.developments]
        for change in unclaimed:
            self._withdraw(change)
        for kept in self._view.standing:
            self._take_out(kept.evidence)
        for made, known in claimed:
            change = known or self._new(made)
            new = [one for one in (*made.evidence, *made.denials) if self._known[_key(one)].change_id != change.id]
            self._store.trackers.assign(new, self._facet.name, change.id)
            change = self._tell(made, change)
            change = self._contest(made, change)
            change = self._reaffirm(made, change)
            if new and change.alert_id is not None:
                # Until somebody was sent it, its notice takes in further reports.
                self._tally.touched.setdefault(change.alert_id, self._rule)
            self._close(made, change)
        for one, fixed in self._view.course.restated:
            self._restated(one, fixed)
        for waiting in self._view.course.waiting:
            detail = f"{self._facet.name} → {waiting.state}: {waits(self._view, waiting, self._now)}"
            for one in waiting.evidence:
                self._resettle(one, Outcome.HELD, Reason.WAITING, detail)

    def _claimed(self, made: Development, unclaimed: list[StoredChange]) -> StoredChange | None:
        """The stored development that a computed one is: they share evidence. It may have begun earlier than known."""
        numbers = {self._known[_key(one)].change_id for one in made.evidence}
        for change in unclaimed:
            if change.id in numbers and change.to_state == made.state:
                unclaimed.remove(change)
                if (change.kind, change.first_at, change.at) == (made.kind.value, made.first_at, made.at):
                    return change
                self._store.trackers.restate(change.id, made)
                return self._store.trackers.change(change.id)
        return None

    def _withdraw(self, change: StoredChange) -> None:
        """What was to be told rests on nothing any more: its entry was revised, or its origins proved to be one.

        What was told stays told, unless who told it took it back.
        """
        if change.tell_at is None:
            self._retract(change)
            return
        for kept in self._view.kept:
            if kept.change_id == change.id:
                self._resettle(kept.evidence, Outcome.HELD, Reason.WAITING, f"{self._facet.name} → {change.to_state}")
        self._store.trackers.withdraw(change.id)

    def _retract(self, change: StoredChange) -> None:
        """What was told has no quorum any more, since reports were corrected to the contrary: it is told, once."""
        if not self._store.trackers.is_taken_back(change.id):
            return
        self._store.trackers.retract(change.id, self._now)
        contested = self._rule.change.contested
        denials = [one for one in self._view.kept if one.evidence.denies and one.evidence.state == change.to_state]
        if change.alert_id is None or contested is None or change.contested_alert_id is not None or not denials:
            return
        last = denials[-1]
        label = f"{contested.label} {tracker.label(self._facet, change.kind, change.from_state, change.to_state)}"
        detail = f"{last.outlet}: taken back; alert {change.alert_id} told it, on the word of {change.word}"
        alert_id = self._ring(contested.severity, last, label, detail)
        self._store.trackers.contest(change.id, alert_id, self._now)
        self._resettle(last.evidence, Outcome.ALERTED, Reason.DENIES, f"alert {alert_id}", alert_id)

    def _take_out(self, one: Evidence) -> None:
        """Reports that came late show that its sentence stood in those of earlier days."""
        known = self._known[_key(one)]
        if not (left := self._store.trackers.take_out(one, self._facet.name)):
            self._resettle(one, Outcome.DROPPED, Reason.BOILERPLATE, f"{self._facet.name} → {one.state}")
        elif known.outcome == Outcome.HELD and known.detail.partition(":")[0] not in left:
            # It waited, or was held, for the facet that it is evidence of no more.
            self._resettle(one, Outcome.HELD, Reason.WAITING, "; ".join(map(self._left, left)))

    def _left(self, target: str) -> str:
        """What a match waits for on another facet, as that stands."""
        name, _, state = target.partition(" → ")
        facet = next((one for one in self._rule.facets if one.name == name), None)
        if facet is None:
            return target
        view = look(self._store, self._rule, facet, self._now)
        waiting = next((one for one in view.course.waiting if one.state == state), None)
        return f"{target}: {waits(view, waiting, self._now)}" if waiting is not None else target

    def _new(self, made: Development) -> StoredChange:
        silent = made.kind is Kind.MILESTONE and not self._rule.change.milestone
        tell_at = None if silent else max(made.seen_at + self._rule.change.hold, self._now)
        return self._store.trackers.add(self._rule.id, self._facet.name, made, self._now, tell_at=tell_at)

    def _tell(self, made: Development, change: StoredChange) -> StoredChange:
        """Ring for a development whose time has come; as contested where it was denied by then."""
        if change.tell_at is None or change.tell_at > self._now:
            return change
        alert_id = None
        contested = self._rule.change.contested if made.denials and not self._reaffirmed(made) else None
        if self._rule.status is Status.LIVE:
            severity = self._rule.severity if made.kind is Kind.TRANSITION else tracker.lower(self._rule.severity)
            label = tracker.label(self._facet, made.kind, made.from_state, made.state)
            if contested is not None:
                severity, label = contested.severity, f"{contested.label} {label}"
            first = self._known[_key(made.decided_by[0])]
            alert_id = self._ring(severity, first, label, tracker.told(self._facet, made, self._after(made)))
        self._store.trackers.told(change.id, alert_id, self._now)
        if contested is not None:
            self._store.trackers.contest(change.id, alert_id, self._now)
            for one in made.denials if alert_id is not None else ():
                self._resettle(one, Outcome.FOLDED, Reason.DENIES, f"alert {alert_id}", alert_id)
        return self._store.trackers.change(change.id)

    def _after(self, made: Development) -> tracker.Standing | None:
        """What was told, or set, of the facet since, where that is another state."""
        later = [one for one in self._view.changes if one.at > made.at and one.told_at is not None]
        if all(one.to_state == made.state for one in later):
            return None
        last = max(later, key=lambda one: one.at)
        return tracker.Standing(state=last.to_state, since=last.first_at)

    def _tell_confirmed(self, change: StoredChange) -> None:
        """Ring for what a person decided ahead of the quorum."""
        kept = self._store.trackers.evidence_of(change.id)
        alert_id = None
        if self._rule.status is Status.LIVE and kept:
            again = change.kind == Kind.MILESTONE
            severity = tracker.lower(self._rule.severity) if again else self._rule.severity
            detail = f"{self._facet.name}: from {change.from_state} to {change.to_state}, on the word of {change.word}"
            label = tracker.label(self._facet, change.kind, change.from_state, change.to_state)
            alert_id = self._ring(severity, kept[0], label, detail)
            self._known |= {_key(one.evidence): one for one in kept}
            for number, one in enumerate(kept):
                outcome = Outcome.FOLDED if number else Outcome.ALERTED
                target = f"alert {alert_id}, {self._facet.name} → {change.to_state}"
                self._resettle(one.evidence, outcome, Reason.DECIDED, target, alert_id)
        self._store.trackers.told(change.id, alert_id, self._now)

    def _contest(self, made: Development, change: StoredChange) -> StoredChange:
        """A denial of what was told is told, once."""
        contested = self._rule.change.contested
        if contested is None or not made.denials or change.alert_id is None or self._reaffirmed(made):
            return change
        if change.contested_at is not None or change.contested_alert_id is not None:
            return change
        denial = self._known[_key(made.denials[0])]
        label = f"{contested.label} {tracker.label(self._facet, made.kind, made.from_state, made.state)}"
        detail = f"{denial.outlet}: denied; alert {change.alert_id} told it: {tracker.told(self._facet, made)}"
        alert_id = self._ring(contested.severity, denial, label, detail)
        self._store.trackers.contest(change.id, alert_id, self._now)
        for number, one in enumerate(made.denials):
            outcome = Outcome.FOLDED if number else Outcome.ALERTED
            self._resettle(one, outcome, Reason.DENIES, f"alert {alert_id}", alert_id)
        return change

    def _reaffirmed(self, made: Development) -> tuple[Evidence, ...]:
        return tracker.reaffirmed(self._rule.change.quorum, made)

    def _reaffirm(self, made: Development, change: StoredChange) -> StoredChange:
        """What was told as contested, and is decided anew after the denial, is told once more."""
        by = self._reaffirmed(made) if change.contested_at is not None and change.alert_id is not None else ()
        if not by:
            return change
        severity = self._rule.severity if made.kind is Kind.TRANSITION else tracker.lower(self._rule.severity)
        label = f"CONFIRMED {tracker.label(self._facet, made.kind, made.from_state, made.state)}"
        detail = (
            f"after the denial, on the word of {told_by(one.origin for one in by)}: {tracker.told(self._facet, made)}"
        )
        alert_id = self._ring(severity, self._known[_key(by[-1])], label, detail)
        for one in by:
            outcome = Outcome.ALERTED if one is by[-1] else Outcome.FOLDED
            self._resettle(
                one, outcome, Reason.DECIDED, f"alert {alert_id}, {self._facet.name} → {made.state}", alert_id
            )
        self._store.trackers.reaffirm(change.id)
        return self._store.trackers.change(change.id)

    def _ring(self, severity: Severity, first: Kept, label: str, detail: str) -> int:
        ringing = replace(self._rule, severity=severity)
        alert_id = self._store.alerts.open(ringing, first.story_id, first.title, self._now, label=label, detail=detail)
        self._tally.touched[alert_id] = ringing
        self._tally.alerts += 1
        return alert_id

    def _close(self, made: Development, change: StoredChange) -> None:
        """What became of the matches that tell of a development."""
        decided = {_key(one) for one in made.decided_by}
        target = f"{self._facet.name} → {made.state}"
        rang = f"alert {change.alert_id}, {target}"
        # A report that comes late may complete an earlier quorum than the one that rang.
        told = any(
            kept.outcome == Outcome.ALERTED and kept.alert_id == change.alert_id
            for kept in (self._known[_key(one)] for one in made.evidence)
        )
        for one in made.evidence:
            last = one is made.decided_by[-1] and not told
            reason = Reason.DECIDED if _key(one) in decided else Reason.RESTATED
            if change.tell_at is not None:
                detail = f"{target}: {made.word}; told at {change.tell_at:%Y-%m-%d %H:%M} UTC"
                self._resettle(one, Outcome.HELD, Reason.HOLDING, detail)
            elif change.alert_id is not None:
                outcome = Outcome.ALERTED if last else Outcome.FOLDED
                self._resettle(one, outcome, reason, rang, change.alert_id)
            elif change.told_at is None:
                self._resettle(one, Outcome.DROPPED, Reason.RESTATED, target)
            else:
                # Nobody was told: the rule is muted, or was.
                self._resettle(one, Outcome.ALERTED if last else Outcome.FOLDED, reason, target)

    def _restated(self, one: Evidence, fixed: Fixed) -> None:
        """A report of what stands already joins the alert that told it, if one did."""
        told = self._changes[fixed.change_id]
        target = f"{self._facet.name} → {one.state}"
        if told.alert_id is None:
            self._resettle(one, Outcome.DROPPED, Reason.RESTATED, target)
            return
        self._store.trackers.assign([one], self._facet.name, told.id)
        detail = f"alert {told.alert_id}, {target}"
        self._resettle(one, Outcome.FOLDED, Reason.RESTATED, detail, told.alert_id)

    def _resettle(
        self, one: Evidence, outcome: Outcome, reason: Reason, detail: str, alert_id: int | None = None
    ) -> None:
        """What becomes of a match, where that is not what became of it already."""
        decision = Decision(outcome=outcome, reason=reason, detail=detail, alert_id=alert_id)
        if self._rule.status is not Status.LIVE:
            decision = alert.kept_quiet(replace(decision, alert_id=None), self._rule.status)
        elif decision.outcome in {Outcome.ALERTED, Outcome.FOLDED} and alert_id is None:
            # The development was of a time when the rule was quiet: what comes to it later tells nobody either.
            decision = replace(decision, outcome=Outcome.DROPPED, reason=Reason.RESTATED)
        kept = self._known[_key(one)]
        if kept.alert_id is None and (kept.reason, kept.detail) != (decision.reason.value, decision.detail):
            self._store.alerts.resettle(one.match_id, decision)


def _key(one: Evidence) -> tuple[int, str]:
    """A report may tell of one state and deny another."""
    return one.match_id, one.state
