"""Why rules on how often did not ring: asked anew of the store, for a match or for a rule as it stands now.

No verdict that was not told is kept. Knows the rules and the store; what a count comes to and how it is said is decided
in core/. Writes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from monitor.core import frequency, shortfall
from monitor.core.alert import Outcome, Reason
from monitor.core.feed import Feed
from monitor.core.frequency import Absence, By, Span, Spike
from monitor.core.rule import Correlation, Rule, Ruleset, Status
from monitor.core.shortfall import Fared
from monitor.counting import Counting, fullest, is_quiet
from monitor.store import Store

# A person reads no more; the groups with most in them come first.
_MOST_GROUPS = 20
_UNCOUNTED = "no daemon has counted it yet"
_QUIET = frozenset({Reason.SHADOW, Reason.MUTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a rule on how often has and lacks, and whether it rings; `kind` is spike, absence or the type of a pattern.

    `counted` is the rule whose matches it counts; of a pattern, that of the match in question, "" where none is.
    """

    rule: str
    counted: str
    kind: str
    group: str
    told: str
    rings: bool = False


class Shortfalls:
    """What the rules of a desk on how often lack at a moment."""

    def __init__(self, store: Store, ruleset: Ruleset, feeds: Mapping[str, Feed], now: datetime) -> None:
        self._store = store
        self._now = now
        self._counting = Counting(store, ruleset, feeds)
        self._every: dict[str, Rule | Correlation] = {name: one for one in ruleset.every for name in one.names}
        self._naming: dict[str, list[Correlation]] = {}
        for one in ruleset.correlations.values():
            for name in one.rules if one.status is not Status.DRAFT else ():
                self._naming.setdefault(name, []).append(one)

    def of_match(self, line: Mapping[str, Any]) -> Iterator[Account]:
        """What counts a match, of a line of the ledger with its `stance` and `subject` as values."""
        rule = self._every.get(line["rule_id"])
        if rule is None or (line["outcome"] == Outcome.DROPPED and line["reason"] not in _QUIET):
            return
        at, places, subject = datetime.fromisoformat(line["dated_at"]), line["stance"]["places"], line["subject"]
        if isinstance(rule, Rule) and rule.spike is not None:
            yield from self._spike_of(rule, rule.spike, line["story_id"], at, places, subject)
        if line["alert_id"] is not None:
            key, rows = f"a{line['alert_id']}", self._store.frequencies.of_alert(line["alert_id"])
            at, places = rows[0]["dated_at"], {name for row in rows for name in row["places"]}
            subject = {name for row in rows for name in row["subject"]}
        else:
            key = frequency.key_of(line["story_id"], rule.id, quiet=is_quiet(rule))
            at = self._store.frequencies.first_of_story(rule.names, line["story_id"], quiet=is_quiet(rule)) or at
        for one in self._naming.get(rule.id, ()):
            yield from self._pattern_of(one, rule, key, at, places, subject)

    def of_rule(self, rule: Rule | Correlation) -> Iterator[Account]:
        """What a rule has and lacks now, and what the patterns that count it do."""
        if isinstance(rule, Correlation):
            yield from self._pattern(rule)
        elif rule.status is not Status.DRAFT:
            if rule.spike is not None:
                yield from self._spike(rule, rule.spike)
            if rule.absence is not None:
                yield self._absence(rule, rule.absence)
        for one in self._naming.get(rule.id, ()):
            yield from self._pattern(one)

    def _spike_of(
        self, rule: Rule, spike: Spike, story_id: int, at: datetime, places: Iterable[str], subject: Iterable[str]
    ) -> Iterator[Account]:
        since, groups = self._since(rule), self._counting.groups(spike.by, places, subject)
        if since is None or not groups:
            yield self._spike_account(rule, "", Fared(f"it names no {spike.by}" if since else _UNCOUNTED))
            return
        for group in groups:
            most = fullest(self._counting.crowds(rule, spike, story_id, at, group, since, 1))
            if most is not None:
                darkness = self._counting.darkness(rule, most.end - spike.against - spike.window, most.end)
                fared = shortfall.of_spike(spike, most.judged, most.end, since, darkness)
                yield self._spike_account(rule, group, fared)

    def _spike(self, rule: Rule, spike: Spike) -> Iterator[Account]:
        since, now = self._since(rule), self._now
        if since is None:
            yield self._spike_account(rule, "", Fared(_UNCOUNTED))
            return
        window = Span(start=now - spike.window, end=now)
        counted = {
            group: self._counting.stories(rule, window, spike.by, group)
            for group in self._groups(spike.by, [rule], window, quiet=is_quiet(rule))
        }
        if not counted:
            time = frequency.span_of(spike.window)
            yield self._spike_account(rule, "", Fared(f"no {spike.by} was told of within {time}, needs {spike.least}"))
        darkness = self._counting.darkness(rule, now - spike.against - spike.window, now)
        for group, count in _fullest(counted):
            judged = self._counting.judged(rule, spike, now, count, group, since)
            yield self._spike_account(rule, group, shortfall.of_spike(spike, judged, now, since, darkness))

    def _absence(self, rule: Rule, absence: Absence) -> Account:
        watched = self._since(rule)
        if watched is None:
            return self._account(rule, "absence", "", "its absence: ", Fared(_UNCOUNTED))
        last, since = self._counting.silence(rule, absence, watched)
        darkness = self._counting.darkness(rule, since, self._now) if since is not None else []
        answers = self._counting.could_tell(rule, self._now)
        fared = shortfall.of_absence(absence, last, since, self._now, darkness, answers=answers)
        spots = {f"absence: {name}" for name in rule.names}
        rang = next((row["id"] for row in self._store.alerts.absences() if row["blind_spot"] in spots), None)
        return self._account(rule, "absence", "", "its absence: ", fared, rang=rang)

    def _pattern_of(
        self, one: Correlation, counted: Rule | Correlation, key: str, at: datetime, places: Iterable[str],
        subject: Iterable[str],
    ) -> Iterator[Account]:  # fmt: skip
        groups = self._counting.groups(one.by, places, subject)
        if not groups:
            yield self._pattern_account(one, "", Fared(f"this names no {one.by} to count it by"), counted.id)
        for group in groups:
            held = self._counting.within(one, at - one.timespan, at + one.timespan, group, quiet=True)
            newest = next((each for each in held if each.key == key), None)
            fared = Fared(f"this is no development of {counted.id}, which is told, or listed as done")
            if newest is not None:
                fared = shortfall.of_pattern(one.pattern, one.rules, one.least, one.timespan, held, self._now, newest)
            yield self._pattern_account(one, group, fared, counted.id)

    def _pattern(self, one: Correlation) -> Iterator[Account]:
        window = Span(start=self._now - one.timespan, end=self._now)
        rules = [self._every[name] for name in one.rules]
        groups = {*self._groups(one.by, rules, window, quiet=False), *self._groups(one.by, rules, window, quiet=True)}
        held = {
            group: self._counting.within(one, window.start, window.end, group, quiet=True) for group in groups or {""}
        }
        for group, _ in _fullest({group: len(found) for group, found in held.items()}):
            fared = shortfall.of_pattern(one.pattern, one.rules, one.least, one.timespan, held[group], self._now)
            yield self._pattern_account(one, group, fared)

    def _groups(self, by: By, rules: Iterable[Rule | Correlation], window: Span, *, quiet: bool) -> frozenset[str]:
        """The groups that anything of a time counts in; all of it is one, where nothing is counted apart."""
        if by is By.NOTHING:
            return frozenset({""})
        names = [name for one in rules for name in one.names]
        found = self._store.frequencies.places_and_subjects(names, window.start, window.end, quiet=quiet)
        return frozenset(group for each in found for group in self._counting.groups(by, *each))

    def _since(self, rule: Rule) -> datetime | None:
        kept = self._counting.watched().get(rule.id)
        return datetime.fromisoformat(kept["since"]) if kept else None

    def _spike_account(self, rule: Rule, group: str, fared: Fared) -> Account:
        of = f" of {group}" if group else ""
        between = " " if fared.told.startswith("warms up") else ": "
        return self._account(rule, "spike", group, f"its spike{of}{between}", fared)

    def _pattern_account(self, one: Correlation, group: str, fared: Fared, counted: str = "") -> Account:
        silent = ", ".join(each.id for each in self._counting.quiet_of(one))
        tells_nobody = f"; {silent} tells nobody" if silent else ""
        of, fared = f"{group}: " if group else "", replace(fared, told=f"{fared.told}{tells_nobody}")
        return self._account(one, one.pattern.value, group, of, fared, counted=counted)

    def _account(
        self, rule: Rule | Correlation, kind: str, group: str, begins: str, fared: Fared, *,
        counted: str | None = None, rang: int | None = None,
    ) -> Account:  # fmt: skip
        quiet = is_quiet(rule) or (isinstance(rule, Correlation) and bool(self._counting.quiet_of(rule)))
        ends = "would ring" if quiet else f"rang, alert {rang}" if rang else "rings"
        return Account(
            rule=rule.id,
            counted=rule.id if counted is None else counted,
            kind=kind,
            group=group,
            told=f"{begins}{fared.told}: {ends if fared.met else 'not rung'}",
            rings=fared.met and not quiet,
        )


def _fullest(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:_MOST_GROUPS]
