"""Rules on how often at work: spikes, absences, and patterns in the developments of other rules.

Part of the pipeline's writing half: works inside its transactions. Knows what was told and listed, and since when a
rule is watched; what it comes to is decided in core.frequency, from the store alone.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.core import alert, cadence, entry, frequency, silence
from monitor.core.alert import Decision, Outcome
from monitor.core.feed import Feed
from monitor.core.frequency import Absence, Development, Judged, Span, Spike, Verdict
from monitor.core.rule import Correlation, Ringing, Rule, Ruleset, Status
from monitor.core.sighting import Sighting
from monitor.notices import Notices
from monitor.polls import Tally
from monitor.store import Store

_FACT = "watched"


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
        self._recorded = recorded
        self._store = store
        self._ruleset = ruleset
        self._feeds = feeds
        self._notices = notices
        self._names = {one.id: one.names for one in ruleset.every}
        self._entities = frozenset({*ruleset.vocabulary.entities, *ruleset.vocabulary.groups})
        self._naming: dict[str, list[Correlation]] = {}
        for one in ruleset.correlations.values():
            for name in one.rules if one.status is not Status.DRAFT else ():
                self._naming.setdefault(name, []).append(one)
        self._enrolled = False

    def heard(self, rule: Rule, seen: Sighting, decision: Decision, alert_id: int | None, tally: Tally) -> None:
        """A match was recorded: it may be one too many, the last of a pattern, or what was missed."""
        if decision.outcome is Outcome.DROPPED:
            return
        if rule.spike is not None and rule.status is Status.LIVE:
            self._spike(rule, rule.spike, seen, tally)
        if alert_id is not None:
            self.told(rule, alert_id, seen.at, tally)
        elif decision.outcome is Outcome.DIGEST:
            names, key = rule.names, f"s{seen.story_id} {rule.id}"
            first = self._store.frequencies.first_of_story(names, seen.story_id) or seen.dated_at
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
        names, now = rule.names, seen.at
        first = self._store.frequencies.first_of_story(names, seen.story_id) or seen.dated_at
        for group in frequency.groups(spike.by, seen.stance.places, seen.match.subject, self._entities):
            within = first - spike.window, first + spike.window
            held = self._store.frequencies.stories(names, *within, spike.by, group)
            newest = next((one for one in held if one.story_id == seen.story_id), None)
            crowds = frequency.crowds(held, newest, spike.window, spike.least) if newest is not None else []
            judged = [(self._judged(rule, spike, end, len(found), group, now), found) for end, found in crowds]
            spikes = [(one, found) for one, found in judged if one.verdict is Verdict.SPIKE]
            if spikes:
                # Of those that meet it, the window with the most.
                most = max(spikes, key=lambda one: len(one[1]))[0]
                found = {one.key: one for _, found in spikes for one in found}
                ringing = replace(rule, severity=spike.severity or rule.severity)
                detail = _of(group, most.detail)
                label = " ".join(part for part in (spike.label, group) if part)
                ledgers = _ledgers(names, "spike", group)
                wave = _Wave(ringing, rule.status, ledgers, label, Verdict.SPIKE, detail)
                self._ring(wave, sorted(found.values(), key=lambda one: (one.at, one.key)), now, tally)

    def _judged(self, rule: Rule, spike: Spike, end: datetime, count: int, group: str, now: datetime) -> Judged:
        since = self._since(rule, now)
        darkness = self._darkness(rule, end - spike.against - spike.window, end)
        spans = frequency.baseline(spike, end, darkness)
        names = rule.names
        counted = [self._store.frequencies.count(names, span, spike.by, group) for span in spans]
        return frequency.judge(spike, count, counted, spans, end, since)

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
        names = {name: one for one in rule.rules for name in self._names[one]}
        within = at - rule.timespan, at + rule.timespan
        for group in frequency.groups(rule.by, places, subject, self._entities):
            held = self._store.frequencies.developments(names, *within, rule.by, group)
            newest = next((one for one in held if one.key == key), None)
            if newest is None:
                continue
            found = frequency.resting_on(rule.pattern, rule.rules, rule.least, rule.timespan, held, newest)
            if found:
                detail = _of(group, frequency.told(rule.pattern, rule.rules, rule.timespan, found))
                ledgers = _ledgers(rule.names, group)
                wave = _Wave(rule, rule.status, ledgers, group, Verdict[rule.pattern.name], detail)
                self._ring(wave, found, now, tally)

    def _ring(self, wave: _Wave, found: Sequence[Development], now: datetime, tally: Tally) -> None:
        """Open an alert on developments, or have them join the one that rests on some of them already."""
        entries = frozenset[int]().union(*(one.entries for one in found))
        holding = self._store.frequencies.holding(wave.ledgers, entries)
        alert_id = frequency.joined(found, holding)
        if wave.status is not Status.LIVE:
            would = Decision(outcome=Outcome.ALERTED, reason=alert.Reason.FIRST)
            quiet = alert.kept_quiet(would, wave.status)
            for one in found:
                detail = f"else alerted: {wave.verdict.value} ({wave.detail})"
                self._rest(wave, one, None, Outcome.DROPPED, quiet.reason.value, detail, now)
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
        watched = _watched(self._store)
        for rule in self._ruleset.rules.values():
            absence, kept = rule.absence, watched.get(rule.id)
            if absence is None or rule.status is not Status.LIVE or not kept:
                continue
            last, since = self._silence(rule, absence, datetime.fromisoformat(kept["since"]))
            # Most of the time this is all that is asked.
            if since is None or now - since < absence.expect_every or self._open_spot(rule):
                continue
            if self._overdue(rule, absence, since, now) and self._could_tell(rule, now):
                yield rule, absence, frequency.missed(absence, last, since)

    def _silence(self, rule: Rule, absence: Absence, watched: datetime) -> tuple[datetime | None, datetime | None]:
        """When a match was last told, and from when on the silence counts."""
        last = self._store.frequencies.newest_told(rule.names)
        return last, frequency.expected_from(absence, last, watched)

    def _overdue(self, rule: Rule, absence: Absence, since: datetime, now: datetime) -> bool:
        return frequency.overdue(absence, since, now, self._darkness(rule, since, now))

    def _could_tell(self, rule: Rule, now: datetime) -> bool:
        if self._recorded:
            return True
        feeds = {feed.id: feed for feed in self._listened(rule)}
        answered = self._store.frequencies.successes(feeds)
        return any(frequency.alive(answered.get(name), feed.every, now) for name, feed in feeds.items())

    def _ring_absence(self, rule: Rule, absence: Absence, detail: str, now: datetime) -> None:
        ringing = replace(rule, severity=absence.severity or rule.severity)
        title = absence.label or f"nothing for {frequency.span_of(absence.expect_every)}"
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
        last, since = self._silence(rule, absence, self._since(rule, now))
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
        if not _watched(self._store).get(rule.id):
            self._enrol(now)
        return datetime.fromisoformat(_watched(self._store)[rule.id]["since"])

    def _enrol(self, now: datetime) -> None:
        """Keep since when each rule is watched: from its first alert, or from now on, or from when it is live again."""
        known = _watched(self._store)
        watched: dict[str, dict[str, str]] = {}
        for rule in self._ruleset.rules.values():
            if rule.spike is not None or rule.absence is not None:
                kept = next((known[name] for name in rule.names if name in known), None)
                watched[rule.id] = self._enrolled_as(rule, kept, now) if rule.status is Status.LIVE else {}
        if watched != known:
            self._store.facts.put(_FACT, json.dumps(watched))
        self._enrolled = True

    def _enrolled_as(self, rule: Rule, kept: dict[str, str] | None, now: datetime) -> dict[str, str]:
        """What was not counted while a rule told nobody is no baseline: it begins anew."""
        known = (self._store.frequencies.first_told_at(rule.names) or now) if kept is None else now
        since = datetime.fromisoformat(kept["since"]) if kept else known
        return {
            "since": since.isoformat(),
            **({"warm_at": frequency.warm_at(rule.spike, since).isoformat()} if rule.spike is not None else {}),
        }

    def _darkness(self, rule: Rule, since: datetime, until: datetime) -> list[Span]:
        """When more than half of its feeds could not have told."""
        eyes, blind = {feed.id for feed in self._listened(rule)}, self._store.watch.blind(since)
        return [Span(start=start, end=end) for start, end in silence.dark(since, until, eyes=eyes, blind=blind)]

    def _listened(self, rule: Rule) -> list[Feed]:
        return [feed for feed in self._feeds.values() if rule.sources.takes(feed)]


def warming(store: Store, rule: Rule, now: datetime) -> str:
    """Until when a spike of a rule cannot ring yet, in words; "" where it can."""
    until = warming_up(store, now).get(rule.id)
    return f"{rule.id}: its spike warms up until {frequency.minute(datetime.fromisoformat(until))}" if until else ""


def warming_up(store: Store, now: datetime) -> dict[str, str]:
    """Until when spikes cannot ring yet, as ISO texts by rule; for a store that is only read."""
    return {
        name: kept["warm_at"]
        for name, kept in _watched(store).items()
        if kept.get("warm_at") and datetime.fromisoformat(kept["warm_at"]) > now
    }


def _watched(store: Store) -> dict[str, dict[str, str]]:
    """Since when each rule is watched and when its spike is warm, as ISO texts by its id; {} while it is silent."""
    found: dict[str, dict[str, str]] = json.loads(store.facts.get(_FACT) or "{}")
    return found


def _spot(name: str) -> str:
    return f"absence: {name}"


def _ledgers(names: Iterable[str], *parts: str) -> tuple[str, ...]:
    return tuple("/".join(part for part in (name, *parts) if part) for name in names)


def _of(group: str, detail: str) -> str:
    return f"{group}: {detail}" if group else detail
