"""Rules over time: what a match means beside those before it, and what the clock alone brings.

Part of the pipeline's writing half: works inside its transactions. Trackers decide matches of their own rules; all
else looks on after a match was decided and recorded. Each part is decided in core/ and kept by the store.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from monitor.core.alert import Decision
from monitor.core.entry import Entry
from monitor.core.feed import Feed
from monitor.core.match import Matcher
from monitor.core.rule import Rule
from monitor.core.sighting import Sighting
from monitor.escalations import Escalations
from monitor.figures import Figures
from monitor.frequencies import Frequencies
from monitor.notices import Notices
from monitor.polls import Tally
from monitor.store import Store
from monitor.trackers import Trackers

_SHORTEST_OUTAGE = timedelta(hours=6)


class OverTime:
    """The parts of it, in the order in which they look; for one thread."""

    def __init__(
        self, store: Store, matcher: Matcher, feeds: Mapping[str, Feed], notices: Notices, now: datetime, *,
        recorded: bool = False,
    ) -> None:  # fmt: skip
        ruleset = matcher.ruleset
        self._rules = ruleset.rules
        self._trackers = Trackers(store, ruleset, now)
        self._figures = Figures(store, ruleset.vocabulary.places)
        self._escalations = Escalations(store, ruleset, feeds, now, recorded=recorded)
        self._frequencies = Frequencies(store, ruleset, feeds, notices, recorded=recorded)

    def decision(self, rule: Rule, seen: Sighting) -> Decision | None:
        """What becomes of a match of a rule that weighs evidence; None where the match decides by itself."""
        return self._trackers.decision(rule, seen) if rule.facets else None

    def heard(
        self, rule: Rule, seen: Sighting, match_id: int, decision: Decision, alert_id: int | None, tally: Tally
    ) -> None:
        """A match was recorded, with what became of it; alerts that follow from it are touched in the tally."""
        before = set(tally.touched)
        if rule.facets:
            self._trackers.heard(rule, seen, match_id, tally)
        self._told(before, tally, seen.at)
        # First, for the figures that a report gives escalate its alert, and one of the digest may ring for them.
        decision, alert_id = self._figures.heard(rule, seen, match_id, decision, alert_id, tally)
        self._escalations.heard(rule, seen, match_id, decision, alert_id, tally)
        self._frequencies.heard(rule, seen, decision, alert_id, tally)

    def revised(self, entry: Entry, rule_ids: Collection[str], tally: Tally, now: datetime) -> None:
        """An entry was revised, and satisfies these rules now."""
        before = set(tally.touched)
        self._trackers.revised(entry, rule_ids, tally, now)
        self._told(before, tally, now)
        self._figures.revised(entry, self._rules, rule_ids, tally, now)

    def due(self, now: datetime) -> bool:
        """Whether anything falls due by the clock; cheap, for it is asked every second."""
        return self._trackers.due(now) or self._frequencies.due(now)

    def tick(self, tally: Tally, now: datetime) -> None:
        """What falls due by the clock: alerts that follow from it are touched in the tally."""
        before = set(tally.touched)
        self._trackers.tick(tally, now)
        self._told(before, tally, now)
        self._frequencies.tick(now)

    def _told(self, before: set[int], tally: Tally, now: datetime) -> None:
        """Alerts of trackers are developments like any other."""
        for alert_id in sorted(set(tally.touched) - before):
            self._frequencies.told(tally.touched[alert_id], alert_id, now, tally)


def note_outage(store: Store, now: datetime, slowest: timedelta) -> None:
    """Note, as a watch begins, that no feed was polled for longer than a healthy one leaves between two polls."""
    last = store.watch.last_poll()
    if last is not None and now - last > max(2 * slowest, _SHORTEST_OUTAGE):
        store.watch.add_outage(last, now, "no daemon ran")
