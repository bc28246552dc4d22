"""Escalations of alerts: which conditions of a rule its alerts meet, as they open and as further reports come.

Part of the pipeline's writing half: works inside its transactions. What meets a condition is decided in
core.escalation and core.silence; what is told of it is drawn by notices.py.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from monitor.core.alert import Decision, Outcome
from monitor.core.escalation import Escalation, Voice, Weighed, weigh
from monitor.core.feed import Feed
from monitor.core.rule import Rule, Ruleset, Status
from monitor.core.severity import Severity
from monitor.core.sighting import Sighting
from monitor.core.silence import Silence, silence
from monitor.polls import Tally
from monitor.store import Store

# Since when each rule with `quiet_for` is live: before, nobody listened for it.
_LIVE_SINCE = "quiet_rules_since"


class Escalations:
    """Weighs the conditions of rules; for one thread. In a `recorded` run every feed is alive, always."""

    def __init__(
        self, store: Store, ruleset: Ruleset, feeds: Mapping[str, Feed], now: datetime, *, recorded: bool = False
    ) -> None:
        self._store = store
        self._hush = Hush(store, feeds, recorded=recorded)
        if not recorded:
            _keep_since(store, ruleset, now)

    def heard(
        self, rule: Rule, seen: Sighting, match_id: int, decision: Decision, alert_id: int | None, tally: Tally
    ) -> None:
        """A match was recorded: what its alert is from now on, and what is to be told of it."""
        if alert_id is None or not rule.escalate:
            return
        known = {row["name"] for row in self._store.updates.of(alert_id) if row["kind"] == "escalation"}
        opens = decision.outcome is Outcome.ALERTED
        met = list(self._met(rule, seen, match_id, alert_id, known, opens=opens))
        if met:
            self._escalate(rule, alert_id, match_id, known, met, seen.at, opens=opens)
            tally.touched[alert_id] = rule

    def _met(
        self, rule: Rule, seen: Sighting, match_id: int, alert_id: int, known: set[str], *, opens: bool
    ) -> Iterator[Weighed]:
        """The conditions that are met by this report and were not before; each once for an alert."""
        waiting = [one for one in rule.escalate if one.name not in known]
        others = self._store.alerts.voices(alert_id, before=match_id) if not opens and waiting else []
        newest = Voice(origin=seen.origin, assertion=seen.match.assertion, dated_at=seen.dated_at)
        figures = self._store.alerts.figures(alert_id) if any(one.number for one in waiting) else {}
        for condition in waiting:
            quiet = self._hush.before(rule, condition, match_id, seen.dated_at) if seen.happened else None
            weighed = weigh(condition, [*others, newest], quiet=quiet, figures=figures, newest=newest)
            if weighed.met:
                yield weighed

    def _escalate(
        self, rule: Rule, alert_id: int, match_id: int, known: set[str], met: list[Weighed], now: datetime, *,
        opens: bool,
    ) -> None:  # fmt: skip
        """Raise the alert, never lower it; its labels stand in the order of the rule, whichever came first."""
        row = self._store.alerts.get(alert_id)
        severity = Severity[row["severity"].upper()] if row else rule.severity
        for one in met:
            graver = one.condition.severity is not None and one.condition.severity > severity
            severity = max(severity, one.condition.severity or severity)
            self._store.updates.add(
                alert_id, "escalation", one.condition.name, one.detail, now, match_id=match_id,
                severity=severity.label if graver else "",
            )  # fmt: skip
        names = known | {one.condition.name for one in met}
        label = ", ".join(one.label for one in rule.escalate if one.label and one.name in names)
        detail = "; ".join(one.detail for one in met) if opens else ""
        self._store.alerts.escalate(alert_id, severity.label, label, detail)


class Hush:
    """How long a rule had been silent before a match."""

    def __init__(self, store: Store, feeds: Mapping[str, Feed], *, recorded: bool = False) -> None:
        self._store = store
        self._feeds = feeds
        self._recorded = recorded

    def before(self, rule: Rule, condition: Escalation, match_id: int, at: datetime) -> Silence | None:
        """The silence that a match of this date ends; None where the condition does not ask for one.

        It is of no length where something later is known: a report of last year that is shown again ends none.
        """
        if condition.quiet_for is None:
            return None
        names = rule.names
        watched_from = self._watched_from(rule, at)
        since, last = _last(self._store.watch.last_told(names, match_id), condition.last_known, watched_from)
        whole = silence(since, at, eyes=(), blind=(), watched_from=watched_from, last=last)
        if self._recorded or whole.counted < condition.quiet_for:
            return whole
        eyes, blind = self._eyes(rule, names, match_id), self._store.watch.blind(since)
        return silence(since, at, eyes=eyes, blind=blind, watched_from=watched_from, last=last)

    def _watched_from(self, rule: Rule, at: datetime) -> datetime:
        """When the store first had an entry, or the rule went live, whichever came later."""
        began = self._store.watch.began() or at
        since = {} if self._recorded else _since(self._store)
        return max(began, since.get(rule.id, began))

    def _eyes(self, rule: Rule, names: tuple[str, ...], match_id: int) -> frozenset[str]:
        """The feeds of the desk that matched it before; where none did, all that it listens to."""
        proven = self._store.watch.eyes(names, match_id) & self._feeds.keys()
        return proven or frozenset(one.id for one in self._feeds.values() if rule.sources.takes(one))


def standing(store: Store, rule: Rule, feeds: Mapping[str, Feed], alert_id: int) -> list[Weighed]:
    """Every condition of a rule against an alert as the store has it: met, or what is missing; writes nothing."""
    first, voices = store.alerts.first_match(alert_id), store.alerts.voices(alert_id)
    told = {row["name"]: row for row in store.updates.of(alert_id) if row["kind"] == "escalation"}
    hush, figures = Hush(store, feeds), store.alerts.figures(alert_id)
    found = []
    for one in rule.escalate:
        if one.name in told:
            found.append(Weighed(condition=one, met=True, detail=told[one.name]["detail"]))
        else:
            quiet = hush.before(rule, one, first["id"], datetime.fromisoformat(first["dated_at"]))
            # Met by now and never told: the rule asks for it only since then.
            found.append(weigh(one, voices, quiet=quiet, figures=figures))
    return found


def _last(
    told: tuple[datetime, datetime] | None, known: datetime | None, watched_from: datetime
) -> tuple[datetime, datetime | None]:
    """Since when nothing is known to have happened, and the date of the last that did.

    What was told before the rule was last switched on, or is dated before, is no end of a silence that nobody listened
    to.
    """
    if known is not None and (told is None or known > told[1]):
        return known, known
    if told is None or told[0] < watched_from:
        return watched_from, None
    return max(told[1], watched_from), told[1]


def _keep_since(store: Store, ruleset: Ruleset, now: datetime) -> None:
    """Remember since when each rule listens; one that was put aside, or in shadow, begins anew when it comes back."""
    written = store.facts.get(_LIVE_SINCE)
    before = _since(store)
    # A store of an older program has had its rules for as long as it has entries.
    usual = now if written else store.watch.began() or now
    live = [
        rule for rule in ruleset.rules.values()
        if rule.status is Status.LIVE and any(one.quiet_for for one in rule.escalate)
    ]  # fmt: skip
    since = {rule.id: min((before[name] for name in rule.names if name in before), default=usual) for rule in live}
    packed = json.dumps({name: at.isoformat() for name, at in sorted(since.items())})
    if packed != written:
        store.facts.put(_LIVE_SINCE, packed)


def _since(store: Store) -> dict[str, datetime]:
    packed = json.loads(store.facts.get(_LIVE_SINCE) or "{}")
    return {name: datetime.fromisoformat(at) for name, at in packed.items()}
