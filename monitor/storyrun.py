"""One story run through the whole pipeline, on a clock of its own: what rang at which step, and what became of it.

Knows stories, and what the store has of alerts; knows nothing of what a story expects.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from monitor.core import entry
from monitor.core.alert import Decision, Outcome, Reason
from monitor.core.digest import DigestLine
from monitor.core.entry import Known, ParsedEntry
from monitor.core.feed import Feed, Validators
from monitor.core.match import Match, Matcher, Setting
from monitor.core.origin import Origin
from monitor.core.rule import Correlation, Outlet, Rule, Ruleset, Step, StoryTest
from monitor.core.severity import Severity
from monitor.core.sighting import Sighting
from monitor.core.veto import Stance
from monitor.digests import waiting
from monitor.feeds.document import ParsedFeed
from monitor.pipeline import Pipeline
from monitor.polls import Polled, Read, Tally
from monitor.replay import RUN_ON, Counting, deliver, pass_time
from monitor.ruleset.explain import explain
from monitor.store import Store

_MOST_ALERTS = 10_000
_LONGEST_TITLE = 80
_UPDATES = frozenset({"update", "escalation"})


class Build(Protocol):
    """Puts the pipeline together on a store."""

    def __call__(
        self, matcher: Matcher, store: Store, feeds: Mapping[str, Feed], now: datetime, *, folding: bool = True
    ) -> Pipeline:
        """One that watches these feeds by the matcher's rules; without `folding` no report joins another."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where stories are run: what puts a pipeline together, and the feeds of the desk."""

    build: Build
    desk: Mapping[str, Feed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert as it stands; `grounds` are its label and the names of its escalations."""

    id: int
    title: str
    rule_title: str
    grounds: frozenset[str]
    severity: Severity

    def called(self, text: str) -> bool:
        """Whether its label, or the name of an escalation, has the text; capitals do not count."""
        return any(text.casefold() in one.casefold() for one in self.grounds)


@dataclass(frozen=True, slots=True)
class Ring:
    """An alert that opened, or was taken more gravely, at a step."""

    at: datetime
    title: str
    labels: tuple[str, ...]
    rule_title: str

    def has(self, text: str) -> bool:
        """Whether it is the one that is meant; capitals do not count."""
        return any(text.casefold() in one.casefold() for one in (*self.labels, self.title, self.rule_title))

    def __str__(self) -> str:
        # An alert of several labels has them all in its own: "RESUMPTION, corroborated".
        whole = {part for one in self.labels if ", " in one for part in one.split(", ")}
        return ": ".join((*(one for one in self.labels if one not in {*whole, self.title}), short(self.title)))


@dataclass(frozen=True, slots=True)
class Played:
    """What a story brought: by step what rang and what came into the digest; the alerts at the end.

    `held` has the steps whose entry waits when it has come, for more origins or for a denial. `updates` counts the
    notices that said more of an alert, `bugs` has the steps at which wirewatch failed.
    """

    rang: tuple[tuple[Ring, ...], ...]
    listed: tuple[tuple[DigestLine, ...], ...]
    alerts: tuple[Alert, ...]
    held: frozenset[int] = frozenset()
    updates: int = 0
    bugs: frozenset[int] = frozenset()


class Run:
    """One run of a story on a fresh store; for one thread.

    Without `folding` no report joins another; where they are not `dated`, none was published before it is read.
    """

    def __init__(
        self,
        stage: Stage,
        matcher: Matcher,
        rule: Rule | Correlation,
        story: StoryTest,
        store: Store,
        *,
        folding: bool = True,
        dated: bool = True,
    ) -> None:
        self._rule = rule
        self._story = story
        self._store = store
        self._folding = folding
        self._dated = dated
        self._matcher = matcher.alone(*watching(rule, matcher.ruleset))
        self._feeds = _feeds(story, stage.desk)
        feeds = {feed.id: feed for feed in self._feeds.values()}
        first = story.steps[0].at
        store.feeds.sync(feeds.values(), story.last_match or first)
        self._begun = 0 if story.last_match is None else self._matched_last(story.last_match)
        self._pipeline = stage.build(self._matcher, store, feeds, first, folding=folding)
        self._counting = Counting()
        # The grounds on which each alert has rung so far.
        self._heard: dict[int, frozenset[str]] = {}
        self._lines: set[tuple[int, datetime]] = set()
        self._rang: list[dict[int, Ring]] = [{} for _ in story.steps]
        self._listed: list[list[DigestLine]] = [[] for _ in story.steps]
        self._filed: dict[int, Known] = {}
        self._held: set[int] = set()
        self._bugs: set[int] = set()

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the story."""
        return self._story.steps

    def play(self) -> Played:
        """Run it from the first step to the end, and on until nothing is held any more."""
        steps = self._story.steps
        for index, step in enumerate(steps):
            if index:
                # What the clock brings on the way to an entry belongs to the step before that.
                self._pass(index - 1 if step.outlet else index, steps[index - 1].at, step.at)
            if step.outlet:
                self._file(index, step)
        end, until = steps[-1].at, RUN_ON if self._story.until is None else self._story.until
        self._pass(len(steps) - 1, end, end + until)
        alerts = tuple(self._alerts())
        notices = (one["kind"] for alert in alerts for one in self._store.outbox.of_alert(alert.id))
        return Played(
            rang=tuple(tuple(rings.values()) for rings in self._rang),
            listed=tuple(tuple(lines) for lines in self._listed),
            alerts=alerts,
            held=frozenset(self._held),
            updates=sum(kind in _UPDATES for kind in notices),
            bugs=frozenset(self._bugs),
        )

    def _pass(self, index: int, since: datetime, until: datetime) -> None:
        for at, tally in pass_time(self._pipeline, self._counting, since, until):
            self._observe(index, at, tally)

    def _file(self, index: int, step: Step) -> None:
        feed = self._feeds[step.outlet, step.language]
        first = step.revises if step.revises and self._folding else index + 1
        one = ParsedEntry(
            id=f"step-{first}",
            # Two entries behind one link are one; where nothing folds, they are not.
            link=step.link if self._folding else "",
            title=step.title,
            summary=_below(step),
            author=step.author,
            # That a report is late keeps silent, too.
            published_at=step.published_at if self._dated else step.at,
        )
        read = Read(validators=Validators(), feed=ParsedFeed(title=feed.title, entries=(one,), skipped=0), listed=1)
        tally = self._pipeline.file(Polled(due=self._store.feeds.get(feed.id), result=read), step.at)
        if self._folding:
            deliver(self._pipeline, self._counting, step.at)
        if one.id in (known := self._store.entries.known(feed.id, [one.id])):
            self._filed[index] = known[one.id]
            if any(row["outcome"] == Outcome.HELD for row in self._became(known[one.id])):
                self._held.add(index)
        self._observe(index, step.at, tally)

    def _observe(self, index: int, at: datetime, tally: Tally) -> None:
        """What rang since the last look, and what came into the digest."""
        if tally.bugs or tally.status == "failed":
            self._bugs.add(index)
        for one in self._alerts():
            new = one.grounds - self._heard.get(one.id, frozenset())
            if not new and one.id in self._heard:
                continue
            self._heard[one.id] = one.grounds
            before = self._rang[index].get(one.id)
            labels = {*new, *(before.labels if before else ())} - {""}
            self._rang[index][one.id] = Ring(at, one.title, tuple(sorted(labels)), one.rule_title)
        if any(step.digest is not None for step in self._story.steps):
            lines = [line for line in self._waiting(at) if line.rule_id == self._rule.id]
            self._listed[index] += [line for line in lines if _key(line) not in self._lines]
            self._lines |= {_key(line) for line in lines}

    def _waiting(self, at: datetime) -> list[DigestLine]:
        return waiting(self._store, [self._rule] if isinstance(self._rule, Rule) else [], at)

    def _alerts(self) -> Iterator[Alert]:
        """The alerts of the rule so far, the oldest first, but for the one that was there before the story."""
        for row in reversed(self._store.alerts.all(_MOST_ALERTS)):
            if row["rule_id"] == self._rule.id and row["id"] != self._begun:
                updates = self._store.updates.of(row["id"])
                severities = {one["severity"] for one in updates} - {""}
                yield Alert(
                    id=row["id"],
                    title=row["title"],
                    rule_title=row["rule_title"],
                    grounds=frozenset({row["label"], *(one["name"] for one in updates if one["kind"] == "escalation")}),
                    severity=max(Severity[name.upper()] for name in {row["severity"], *severities}),
                )

    def reason(self, index: int) -> str:
        """What became of the entry of a step, as the ledger has it; else what is missing for a match."""
        step, known = self._story.steps[index], self._filed.get(index)
        if known is None:
            return "nothing fell due by the clock"
        for row in self._became(known):
            return "; ".join(part for part in (f"{row['outcome']}: {row['reason']}", row["detail"]) if part)
        if isinstance(self._rule, Correlation):
            rows = self._store.alerts.matches_of_entry(known.id)
            became = "; ".join(f"{row['rule_id']} {row['outcome']}: {row['reason']}" for row in rows)
            return became or "none of its rules matched"
        stored = self._store.entries.get(known.id)
        document = entry.read(step.title, _below(step), stored.language, whole="body" in self._rule.scope)
        feed = self._feeds[step.outlet, step.language]
        dated = min(step.published_at, step.at).date()
        setting = Setting(today=step.at.date(), dated=dated, link=step.link, feed=feed)
        told = explain(self._matcher, self._matcher.ruleset.rules[self._rule.id], document, setting)
        return "; ".join((told.verdict, *told.silent))

    def _became(self, known: Known) -> list[dict[str, Any]]:
        """What the ledger has of the rule's own match of an entry as it was then: a row, or none."""
        rows = self._store.alerts.matches_of_entry(known.id)
        return [row for row in rows if (row["rule_id"], row["revision"]) == (self._rule.id, known.revision)]

    def _matched_last(self, at: datetime) -> int:
        """The rule matched and told it, long before the story; the number of the alert."""
        feed = next(iter(self._feeds.values()))
        one = ParsedEntry(id="before", link="", title="What the rule told last before the story", published_at=at)
        known = self._store.entries.add(feed.id, "before", entry.fingerprint(one), one, feed.title, "en", at)
        story_id = self._store.stories.open(one.title, at)
        alert_id = self._store.alerts.open(self._rule, story_id, one.title, at)
        seen = Sighting(
            match=Match(rule_id=self._rule.id, evidence=(), subject=frozenset()),
            entry=known,
            feed=feed,
            story_id=story_id,
            origin=Origin(outlet=feed.title),
            stance=Stance(),
            dated_at=at,
            at=at,
        )
        self._store.alerts.record(seen, Decision(outcome=Outcome.ALERTED, reason=Reason.FIRST), alert_id)
        return alert_id


def watching(rule: Rule | Correlation, ruleset: Ruleset) -> tuple[str, ...]:
    """The ids of the rules that run in a story: its own, and those whose alerts it counts, by way of others, too."""
    found = {rule.id: rule}
    ahead = list(rule.rules) if isinstance(rule, Correlation) else []
    while ahead:
        one = next(one for one in ruleset.every if one.id == ahead[-1])
        ahead.pop()
        if one.id not in found:
            found[one.id] = one
            ahead += one.rules if isinstance(one, Correlation) else ()
    return tuple(found)


def _feeds(story: StoryTest, desk: Mapping[str, Feed]) -> dict[tuple[str, str], Feed]:
    """The feeds of the outlets, by name and language: one that writes in two languages has two."""
    outlets = {outlet.name: outlet for outlet in story.outlets}
    found: dict[tuple[str, str], Feed] = {}
    for step in story.steps:
        if step.outlet and (step.outlet, step.language) not in found:
            number = sum(name == step.outlet for name, _ in found)
            found[step.outlet, step.language] = _feed(outlets[step.outlet], step.language, desk, number)
    return found


def _feed(outlet: Outlet, language: str, desk: Mapping[str, Feed], number: int) -> Feed:
    """The desk's, or one that only the story knows; without a language its texts tell in which they are."""
    name = outlet.name
    base = desk.get(name) or Feed(
        id=name, url=f"story:{name}", host=name, title=name, language="", country="", tier=3, owner=name, kind="press"
    )
    said = {key: getattr(outlet, key) for key in ("owner", "tier", "kind", "country", "speaks_for")}
    feed = replace(base, fulltext=False, **{key: value for key, value in said.items() if value is not None})
    if language:
        feed = replace(feed, language=language)
    # Rules that shut a feed out by its id shut out the other one, too.
    return replace(feed, id=f"{name} ({language})", tags=(*feed.tags, name)) if number else feed


def _below(step: Step) -> str:
    return "\n\n".join(part for part in (step.lead, step.body) if part)


def _key(line: DigestLine) -> tuple[int, datetime]:
    """The same line, whoever else reports it and whatever it still waits for."""
    return line.entry_id, line.at


def short(text: str) -> str:
    """A title as it is shown in a line."""
    return text if len(text) <= _LONGEST_TITLE else f"{text[: _LONGEST_TITLE - 1]}…"
