"""Rules on how often at work: spikes, absences, and patterns in the developments of other rules.

Part of the pipeline's writing half: works inside its transactions. Knows what was told and listed, and since when a
rule is watched; what it comes to is decided in core.frequency, from the store alone. A rule in shadow, or muted, has
its spikes, absences and patterns recorded as its matches are.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.core import alert, cadence, entry, frequency
from monitor.core.alert import Decision, Outcome, Reason, otherwise
from monitor.core.feed import Feed
from monitor.core.frequency import Absence, Development, Spike, Verdict
from monitor.core.rule import Correlation, Ringing, Rule, Ruleset, Status
from monitor.core.sighting import Sighting
from monitor.counting import WATCHED, Counting, fullest, is_quiet, watched
from monitor.notices import Notices
from monitor.polls import Tally
from monitor.store import Store

_QUIET = frozenset({Reason.SHADOW, Reason.MUTED})


@dataclass(frozen=True, slots=True)
class _Wave:
    """What an alert on frequency would say: its rule, the name its matches have in the ledger, and why it rings.

    `ledgers` are that name and those it had under former ids of the rule.
    """

    ringing: Ringing
    status: Status
    ledgers: tuple[str, ...]
    label: str
    verdict: Verdict
    detail: str


class Frequencies:
    """Spikes, absences and correlations of a desk; for one thread. In a `recorded` run every feed is alive, always."""

    def __init__(
        self, store: Store, ruleset: Ruleset, feeds: Mapping[str, Feed], notices: Notices, *, recorded: bool = False
    ) -> None:
        self._store = store
        self._ruleset = ruleset
        self._notices = notices
        self._counting = Counting(store, ruleset, feeds, recorded=recorded)
        self._naming: dict[str, list[Correlation]] = {}
        for one in ruleset.correlations.values():
            for name in one.rules if one.status is not Status.DRAFT else ():
                self._naming.setdefault(name, []).append(one)
        self._enrolled = False

    def heard(self, rule: Rule, seen: Sighting, decision: Decision, alert_id: int | None, tally: Tally) -> None:
        """A match was recorded: it may be one too many, the last of a pattern, or what was missed."""
        quiet = is_quiet(rule)
        if decision.outcome is Outcome.DROPPED and not (quiet and decision.reason in _QUIET):
            return
        if rule.spike is not None:
            self._spike(rule, rule.spike, seen, tally)
        if alert_id is not None:
            self.told(rule, alert_id, seen.at, tally)
        elif quiet or decision.outcome is Outcome.DIGEST:
            first = self._store.frequencies.first_of_story(rule.names, seen.story_id, quiet=quiet) or seen.dated_at
            key = frequency.key_of(seen.story_id, rule.id, quiet=quiet)
            for one in self._naming.get(rule.id, ()):
                self._correlate(one, key, first, seen.stance.places, seen.match.subject, seen.at, tally)

    def told(self, rule: Ringing, alert_id: int, now: datetime, tally: Tally) -> None:
        """An alert opened, or took in a report."""
        # By itself: an alert may have rung more gravely than its rule says.
        own = self._ruleset.rules.get(rule.id)
        if own is not None and own.absence is not None:
            self._back(own, own.absence, now)
        rows = self._store.frequencies.of_alert(alert_id) if rule.id in self._naming else []
        if not rows:
            return
        places = {name for row in rows for name in row["places"]}
        subject = {name for row in rows for name in row["subject"]}
        for one in self._naming[rule.id]:
            self._correlate(one, f"a{alert_id}", rows[0]["dated_at"], places, subject, now, tally)

    def due(self, now: datetime) -> bool:
        """Whether anything is missed, or the desk is new; cheap, for it is asked every second."""
        return not self._enrolled or any(True for _ in self._missed(now))

    def tick(self, now: datetime) -> None:
        """Note since when rules are watched, and tell what did not come."""
        if not self._enrolled:
            self._enrol(now)
            self._forget_absences(now)
        for rule, absence, detail in list(self._missed(now)):
            self._ring_absence(rule, absence, detail, now)

    def _spike(self, rule: Rule, spike: Spike, seen: Sighting, tally: Tally) -> None:
        now, since = seen.at, self._since(rule, seen.at)
        for group in self._counting.groups(spike.by, seen.stance.places, seen.match.subject):
            crowds = self._counting.crowds(rule, spike, seen.story_id, seen.dated_at, group, since, spike.least)
            spikes = [one for one in crowds if one.judged.verdict is Verdict.SPIKE]
            # Of those that meet it, the window with the most.
            most = fullest(spikes)
            if most is not None:
                found = {one.key: one for crowd in spikes for one in crowd.developments}
                ringing = replace(rule, severity=spike.severity or rule.severity)
                detail = _of(group, most.judged.detail)
                label = " ".join(part for part in (spike.label, group) if part)
                ledgers = _ledgers(rule.names, "spike", group)
                wave = _Wave(ringing, rule.status, ledgers, label, Verdict.SPIKE, detail)
                self._ring(wave, sorted(found.values(), key=lambda one: (one.at, one.key)), now, tally)

    def _correlate(
        self,
        rule: Correlation,
        key: str,
        at: datetime,
        places: Iterable[str],
        subject: Iterable[str],
        now: datetime,
        tally: Tally,
    ) -> None:
        for group in self._counting.groups(rule.by, places, subject):
            status, found = self._pattern(rule, key, at, group)
            if found:
                detail = _of(group, frequency.told(rule.pattern, rule.rules, rule.timespan, found))
                ledgers = _ledgers(rule.names, group)
                wave = _Wave(rule, status, ledgers, group, Verdict[rule.pattern.name], detail)
                self._ring(wave, found, now, tally)

    def _pattern(self, rule: Correlation, key: str, at: datetime, group: str) -> tuple[Status, list[Development]]:
        """The developments with which one completes a pattern; one that rests on a rule in shadow tells nobody."""
        silent = self._counting.quiet_of(rule)
        for status in dict.fromkeys((rule.status, *(one.status for one in silent[:1]))):
            quiet = status is not rule.status or is_quiet(rule)
            held = self._counting.within(rule, at - rule.timespan, at + rule.timespan, group, quiet=quiet)
            newest = next((one for one in held if one.key == key), None)
            if newest is None:
                continue
            found = frequency.resting_on(rule.pattern, rule.rules, rule.least, rule.timespan, held, newest)
            if found:
                return status, found
        return rule.status, []

    def _ring(self, wave: _Wave, found: Sequence[Development], now: datetime, tally: Tally) -> None:
        """Open an alert on developments, or have them join the one that rests on some of them already."""
        entries = frozenset[int]().union(*(one.entries for one in found))
        holding = self._store.frequencies.holding(wave.ledgers, entries)
        alert_id = frequency.joined(found, holding)
        if wave.status is not Status.LIVE:
            for one in found:
                detail = f"{otherwise(Outcome.ALERTED)}{wave.verdict.value} ({wave.detail})"
                self._rest(wave, one, None, Outcome.DROPPED, _reason(wave.status), detail, now)
            return
        opens = alert_id is None
        if alert_id is None:
            alert_id = self._open(wave, found[-1], now)
        elif self._unsent(alert_id):
            self._store.frequencies.reword(alert_id, wave.detail)
        held = {entry_id for _, entry_id in holding}
        for one in found:
            if opens:
                outcome = Outcome.ALERTED if one is found[0] else Outcome.FOLDED
                self._rest(wave, one, alert_id, outcome, wave.verdict.value, wave.detail, now)
            elif not one.entries & held:
                detail = f"alert {alert_id}"
                self._rest(wave, one, alert_id, Outcome.FOLDED, wave.verdict.value, detail, now)
        tally.touched[alert_id] = wave.ringing
        tally.alerts += opens
        if isinstance(wave.ringing, Correlation):
            self.told(wave.ringing, alert_id, now, tally)

    def _open(self, wave: _Wave, newest: Development, now: datetime) -> int:
        one = self._store.entries.get(newest.reports[0].entry_id)
        title = entry.heading(one.title, one.body)
        return self._store.alerts.open(wave.ringing, newest.story_id, title, now, label=wave.label, detail=wave.detail)

    def _unsent(self, alert_id: int) -> bool:
        """Whether nobody was told yet: then it says how many they are by now."""
        outbox = self._store.outbox
        return not outbox.of_alert(alert_id) or outbox.unsent_notice(alert_id) is not None

    def _rest(
        self, wave: _Wave, one: Development, alert_id: int | None, outcome: Outcome, reason: str, detail: str,
        now: datetime,
    ) -> None:  # fmt: skip
        match_id = one.reports[0].match_id
        self._store.frequencies.rest_on(wave.ledgers[0], match_id, alert_id, outcome.value, reason, detail, now)

    def _missed(self, now: datetime) -> Iterator[tuple[Rule, Absence, str]]:
        """The absences that are to be told; held while no feed is alive that could tell."""
        known = self._counting.watched()
        for rule in self._ruleset.rules.values():
            absence, kept = rule.absence, known.get(rule.id)
            if absence is None or rule.status is Status.DRAFT or not kept:
                continue
            last, since = self._counting.silence(rule, absence, datetime.fromisoformat(kept["since"]))
            # Most of the time this is all that is asked.
            if since is None or now - since < absence.expect_every or self._is_told(rule):
                continue
            if self._overdue(rule, absence, since, now) and self._counting.could_tell(rule, now):
                yield rule, absence, frequency.missed(absence, last, since)

    def _is_told(self, rule: Rule) -> bool:
        """Whether its absence was told; of a rule that tells nobody, noted with its last match, if there is one."""
        if not is_quiet(rule):
            return self._open_spot(rule) is not None
        newest = self._store.frequencies.newest_quiet(rule.names)
        ledgers = _ledgers(rule.names, "absence")
        return newest is None or self._store.frequencies.rests(ledgers, newest[0])

    def _overdue(self, rule: Rule, absence: Absence, since: datetime, now: datetime) -> bool:
        return frequency.overdue(absence, since, now, self._counting.darkness(rule, since, now))

    def _ring_absence(self, rule: Rule, absence: Absence, detail: str, now: datetime) -> None:
        title = absence.label or f"nothing for {frequency.span_of(absence.expect_every)}"
        newest = self._store.frequencies.newest_quiet(rule.names) if is_quiet(rule) else None
        if newest is not None:
            said = f"{otherwise(Outcome.ALERTED)}{title} ({detail})"
            ledger, reason = _ledgers(rule.names, "absence")[0], _reason(rule.status)
            self._store.frequencies.rest_on(ledger, newest[0], None, Outcome.DROPPED.value, reason, said, now)
            return
        ringing = replace(rule, severity=absence.severity or rule.severity)
        alert_id = self._store.alerts.open_blind(
            ringing, _spot(rule.id), feed_id=None, title=title, detail=detail, now=now
        )
        if alert_id is not None:
            self._notices.tell_blind(alert_id, ringing, "opened", now, detail=detail)

    def _back(self, rule: Rule, absence: Absence, now: datetime) -> None:
        """What was missed has come: its alert is over."""
        spot = self._open_spot(rule)
        if spot is None:
            return
        last, since = self._counting.silence(rule, absence, self._since(rule, now))
        if since is None or last is None or self._overdue(rule, absence, since, now):
            return
        closed = self._store.alerts.close_blind(spot, None, now)
        if closed is not None:
            ringing = replace(rule, severity=absence.severity or rule.severity)
            detail = f"over after {cadence.said(now - closed.opened_at)}: a report of {frequency.minute(last)}"
            self._notices.tell_blind(closed.alert_id, ringing, "closed", now, detail=detail)

    def _forget_absences(self, now: datetime) -> None:
        """A rule that expects nothing any more, or left the desk, misses nothing; nobody needs to be told."""
        live = (rule for rule in self._ruleset.rules.values() if rule.absence and rule.status is Status.LIVE)
        expecting = {_spot(name) for rule in live for name in rule.names}
        for row in self._store.alerts.absences():
            if row["blind_spot"] not in expecting:
                self._store.alerts.close_blind(row["blind_spot"], None, now)

    def _open_spot(self, rule: Rule) -> str | None:
        """What its open alert on an absence is called; it may have been opened under a name the rule had."""
        return next((spot for spot in map(_spot, rule.names) if self._store.alerts.is_open(spot)), None)

    def _since(self, rule: Rule, now: datetime) -> datetime:
        """Since when a rule is watched."""
        if not self._counting.watched().get(rule.id):
            self._enrol(now)
        return datetime.fromisoformat(self._counting.watched()[rule.id]["since"])

    def _enrol(self, now: datetime) -> None:
        """Keep since when each rule is watched: from its first alert, or from now on, or from when it is live again."""
        known = self._counting.watched()
        enrolled: dict[str, dict[str, str]] = {}
        for rule in self._ruleset.rules.values():
            if rule.spike is not None or rule.absence is not None:
                kept = next((known[name] for name in rule.names if name in known), None)
                enrolled[rule.id] = self._enrolled_as(rule, kept, now) if rule.status is not Status.DRAFT else {}
        if enrolled != known:
            self._store.facts.put(WATCHED, json.dumps(enrolled))
        self._enrolled = True

    def _enrolled_as(self, rule: Rule, kept: dict[str, str] | None, now: datetime) -> dict[str, str]:
        """What was not counted while a rule told nobody is no baseline: it begins anew, as it does in shadow."""
        told_at = self._store.frequencies.first_told_at(rule.names) if kept is None and not is_quiet(rule) else None
        goes_on = kept is not None and "since" in kept and bool(kept.get("quiet")) is is_quiet(rule)
        since = datetime.fromisoformat(kept["since"]) if kept and goes_on else told_at or now
        return {
            "since": since.isoformat(),
            **({"warm_at": frequency.warm_at(rule.spike, since).isoformat()} if rule.spike is not None else {}),
            **({"quiet": rule.status.value} if is_quiet(rule) else {}),
        }


def warming_up(store: Store, now: datetime) -> dict[str, str]:
    """Until when spikes cannot ring yet, as ISO texts by rule; for a store that is only read."""
    return {
        name: kept["warm_at"]
        for name, kept in watched(store).items()
        if kept.get("warm_at") and not kept.get("quiet") and datetime.fromisoformat(kept["warm_at"]) > now
    }


def _reason(status: Status) -> str:
    """Why what would ring does not, of a rule that tells nobody."""
    would = Decision(outcome=Outcome.ALERTED, reason=Reason.FIRST)
    return alert.kept_quiet(would, status).reason.value


def _spot(name: str) -> str:
    return f"absence: {name}"


def _ledgers(names: Iterable[str], *parts: str) -> tuple[str, ...]:
    return tuple("/".join(part for part in (name, *parts) if part) for name in names)


def _of(group: str, detail: str) -> str:
    return f"{group}: {detail}" if group else detail
