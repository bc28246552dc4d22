"""Status rules at work: evidence is kept, weighed anew with each report, and told when it comes to something.

Part of the pipeline's writing half: works inside its transactions. What a report is worth and what evidence comes to
is decided in core.tracker, from the store alone, so that a crash between two commits changes nothing.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.core import alert, evidence, tracker
from monitor.core.alert import AlertPolicy, Decision, Outcome, Reason
from monitor.core.clause import Assertion
from monitor.core.duration import in_hours
from monitor.core.entry import Entry
from monitor.core.evidence import Weighed
from monitor.core.proposal import Proposal
from monitor.core.rule import Handling, Rule, Ruleset
from monitor.core.sighting import Sighting
from monitor.core.tracker import Evidence, Facet
from monitor.polls import Tally
from monitor.settling import Settling
from monitor.store import Store
from monitor.store.trackers import Earlier, StoredChange

_NOTHING_FOLDS = AlertPolicy(fold_within=timedelta())
# Longer than any sentence takes to come again, and than anybody asks why a report came to nothing.
KEPT = timedelta(days=90)
# Copies join a line of the digest for so long; a story is over by then.
_LISTED = timedelta(days=7)
# A rule that is mistyped is out of the desk until somebody sees to it, and finds what it held when it is back.
_GONE = timedelta(days=7)
_DAY = timedelta(days=1)
# "Denies that" and, in the mouth of those whose state it is, plain "not".
_TAKE_BACK = frozenset({Assertion.DENIED, Assertion.NEGATED})


class Trackers:
    """The state machines of the rules; for one thread."""

    def __init__(self, store: Store, ruleset: Ruleset, now: datetime) -> None:
        self._store = store
        self._groups = ruleset.vocabulary.groups
        self._rules = {rule.id: rule for rule in ruleset.rules.values() if rule.facets}
        self._cleared_at: datetime | None = None
        with store.transaction():
            for rule in self._rules.values():
                store.trackers.rename(rule.formerly, rule.id)
                for facet in rule.facets:
                    self._declare(rule, facet, now)

    def _declare(self, rule: Rule, facet: Facet, now: datetime) -> None:
        """Take up the state that the rule vouches for: when it is first said, and when it says something else.

        A recording of the year before begins before that state did: it is to be found by itself then, also when the
        daemon was restarted meanwhile.
        """
        declared, names = facet.now, [f"tracker_now {name} {facet.name}" for name in rule.names]
        if declared is None or declared.since is None:
            return
        said = f"{declared.state} since {declared.since:%Y-%m-%d}: {declared.source}"
        if next((fact for name in names if (fact := self._store.facts.get(name))), "") == said:
            return
        self._store.facts.put(names[0], said)
        if declared.since <= now:
            self._store.trackers.set(
                rule.id, facet.name, declared.state, declared.since, now, by="the rule", word=declared.source
            )

    def decision(self, rule: Rule, seen: Sighting) -> Decision:
        """What becomes of a match before the evidence is weighed with that of others."""
        match, weighed = seen.match, list(self._weighed(rule, seen))
        usable = [one for one in weighed if one.against is None]
        if match.excluded_by is None and usable and not seen.old_news:
            targets = "; ".join(one.target for one in usable)
            return Decision(outcome=Outcome.HELD, reason=Reason.WAITING, detail=targets)
        first = next((one for one in weighed if one.proposal.handling is Handling.ALERT), None)
        if match.excluded_by is None and match.handling is Handling.ALERT and not seen.old_news and first is not None:
            return Decision(outcome=Outcome.DROPPED, reason=first.against or Reason.LATE, detail=first.target)
        return alert.decide(
            match=match,
            entry_id=seen.entry.id,
            story_id=seen.story_id,
            stance=seen.stance,
            told=(),
            listed=self._store.digests.listed(rule.names, seen.at - _LISTED, seen.entry.id),
            policy=_NOTHING_FOLDS,
            now=seen.at,
            status=rule.status,
            old_news=seen.old_news,
        )

    def heard(self, rule: Rule, seen: Sighting, match_id: int, tally: Tally) -> None:
        """Keep what a match is evidence of, and tell what comes of it."""
        weighed = list(self._weighed(rule, seen))
        day = seen.dated_at.date().isoformat()
        new = {
            text for text in {one.proposal.sentence for one in weighed} if self._store.trackers.saw(rule.id, text, day)
        }
        earlier = self._overtaken(rule, seen.entry, match_id)
        vouched = self._store.trackers.vouched(rule.id, seen.entry.id) if seen.entry.revision > 1 else frozenset()
        known = {(one.facet, one.state): one for one in earlier if not one.denies}
        # Evidence of later days may rest on the same sentence, whatever this report is worth itself.
        touched = {
            *(one.facet for one in earlier),
            *(one.facet.name for one in weighed if one.proposal.sentence in new),
        }
        for one in weighed if seen.match.excluded_by is None and not seen.old_news else ():
            denies = one.proposal.assertion in _TAKE_BACK and bool(one.proposal.state)
            denies = denies and one.proposal.handling is not Handling.ALERT
            # "CORRECTED: SDF has not signed" is nobody's denial, and takes back what the outlet told before.
            own = denies and (one.facet.name, one.proposal.state) in vouched
            if own:
                self._store.trackers.take_back(rule.id, seen.entry.id, match_id, one.facet.name, one.proposal.state)
            if one.against is None or own or (denies and self._is_theirs(rule, one.facet, one.proposal, seen)):
                was = known.get((one.facet.name, one.proposal.state))
                report = self._evidence(one, seen, match_id, was, denies=denies)
                told_of = was.change_id if was is not None and not denies else None
                self._store.trackers.add_evidence(rule.id, one.facet.name, report, one.proposal.sentence, told_of)
                touched.add(one.facet.name)
        self._settle(rule, touched, seen.at, tally)

    def revised(self, entry: Entry, rule_ids: Collection[str], tally: Tally, now: datetime) -> None:
        """An entry was revised and satisfies these rules; what it was evidence of for others is evidence no more."""
        for rule in self._rules.values():
            if rule.id not in rule_ids:
                self._settle(rule, {one.facet for one in self._overtaken(rule, entry, 0)}, now, tally)

    def _overtaken(self, rule: Rule, entry: Entry, match_id: int) -> list[Earlier]:
        if entry.revision == 1:
            return []
        decision = Decision(outcome=Outcome.DROPPED, reason=Reason.OVERTAKEN, detail=f"revision {entry.revision}")
        return self._store.trackers.give_way(rule.id, entry.id, match_id, decision)

    def _settle(self, rule: Rule, facets: Collection[str], now: datetime, tally: Tally) -> None:
        for facet in rule.facets:
            if facet.name in facets:
                Settling(self._store, rule, facet, now, tally).settle()

    def due(self, now: datetime) -> bool:
        """Whether a development is to be told, or a match has waited in vain; or a day has passed since all was read.

        Asked every second: what waits is found by an index, and mostly is nothing.
        """
        if self._is_uncleared(now):
            return True
        ready = any(self._is_known(one) for one in self._store.trackers.held(now))
        return ready or any(True for _ in self._lapsed(now))

    def tick(self, tally: Tally, now: datetime) -> None:
        """Tell what was held long enough, and let go what waited in vain."""
        for change in self._store.trackers.held(now):
            rule = self._rules.get(change.rule_id)
            facet = _facet(rule, change.facet)
            if rule is not None and facet is not None:
                Settling(self._store, rule, facet, now, tally).settle(change)
        for rule, match_id in list(self._lapsed(now)):
            self._let_go(match_id, f"no quorum within {in_hours(rule.change.quorum.within)}")
        if self._is_uncleared(now):
            self._clear(now)

    def _is_uncleared(self, now: datetime) -> bool:
        """Whether it is a day since all was cleared, or the clock was set back."""
        return self._cleared_at is None or not self._cleared_at <= now < self._cleared_at + _DAY

    def _clear(self, now: datetime) -> None:
        """Once a day: what the rules and facets that left the desk have left behind, and what nobody looks at."""
        for change in self._store.trackers.held(now - _GONE):
            if not self._is_known(change):
                for one in self._store.trackers.evidence_of(change.id):
                    self._let_go(one.evidence.match_id, f"{change.facet} left the desk")
                self._store.trackers.told(change.id, None, now)
        known = {name for rule in self._rules.values() for name in rule.names}
        strays = [name for name in self._store.trackers.waiting_rules() if name not in known]
        for match_id in self._store.trackers.lapsed(strays, now - _GONE, (Reason.WAITING, Reason.HOLDING)):
            self._let_go(match_id, "its rule left the desk")
        self._store.trackers.forget(now - KEPT)
        self._cleared_at = now

    def _let_go(self, match_id: int, detail: str) -> None:
        self._store.alerts.resettle(match_id, Decision(outcome=Outcome.DROPPED, reason=Reason.LAPSED, detail=detail))

    def _is_known(self, change: StoredChange) -> bool:
        return _facet(self._rules.get(change.rule_id), change.facet) is not None

    def _lapsed(self, now: datetime) -> Iterator[tuple[Rule, int]]:
        """Matches that no other can come to join."""
        for rule in self._rules.values():
            for match_id in self._store.trackers.lapsed(rule.names, now - rule.change.quorum.within):
                yield rule, match_id

    def _weighed(self, rule: Rule, seen: Sighting) -> Iterator[Weighed]:
        """Each proposal of the match; of several states of a facet, one counts."""
        for one in evidence.weighed(rule, seen.match.proposals, self._groups, seen.origin.speaks_for):
            yield one if one.against is not None else replace(one, against=self._against(rule, one.proposal, seen))

    def _against(self, rule: Rule, one: Proposal, seen: Sighting) -> Reason | None:
        """Why a proposal is no evidence, though its text is."""
        quorum, today = rule.change.quorum, seen.dated_at.date().isoformat()
        if quorum.min_tier and seen.origin.tier > quorum.min_tier:
            return Reason.TIER
        if one.dated_back:
            return Reason.DATED_BACK
        if seen.at - seen.dated_at > rule.change.horizon:
            return Reason.LATE
        earlier = self._store.trackers.days_before(rule.id, one.sentence, today)
        return Reason.BOILERPLATE if rule.change.boilerplate and tracker.standing_sentence(earlier) else None

    def _evidence(
        self, one: Weighed, seen: Sighting, match_id: int, earlier: Earlier | None, *, denies: bool
    ) -> Evidence:
        """A revision that says the same, or takes it back, says it when it does; one that is corrected, as before."""
        again = earlier is not None and not denies
        return Evidence(
            match_id=match_id,
            state=one.proposal.state,
            at=earlier.at if earlier and again else seen.dated_at,
            seen_at=earlier.seen_at if earlier and again else seen.at,
            origin=seen.origin,
            official=self._official(one.facet, seen),
            denies=denies,
        )

    def _official(self, facet: Facet, seen: Sighting) -> bool:
        """Whether it is the voice of an authority; an official feed that speaks for nobody in particular may be."""
        spoken = seen.origin.speaks_for
        return seen.origin.official and (not facet.authority or not spoken or bool(spoken & self._members(facet)))

    def _is_theirs(self, rule: Rule, facet: Facet, one: Proposal, seen: Sighting) -> bool:
        """Whether a denial is that of the entity, or of those whose state it is: "Iran denies that ..." is not.

        A facet without authorities is anybody's to deny; but that a paper says "not" is nobody's word.
        """
        if evidence.unnamed(rule, facet, one, self._groups, seen.origin.speaks_for) is not None:
            return False
        own = {rule.entity, *facet.authority}
        anybody = not facet.authority and one.assertion is Assertion.DENIED
        return anybody or bool(one.denied_by & own or seen.origin.speaks_for & self._members(facet))

    def _members(self, facet: Facet) -> set[str]:
        return evidence.members(facet, self._groups)


def _facet(rule: Rule | None, name: str) -> Facet | None:
    return next((one for one in rule.facets if one.name == name), None) if rule is not None else None
