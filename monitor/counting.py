"""What rules on how often count, as the store has it: windows and their usual, silences, patterns.

Read by what rings and by the commands that explain what did not; writes nothing. What a count comes to is decided in
core.frequency.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.core import frequency, silence
from monitor.core.feed import Feed
from monitor.core.frequency import Absence, By, Development, Judged, Span, Spike, Verdict
from monitor.core.rule import Correlation, Rule, Ruleset, Status
from monitor.store import Store

# The fact that has since when rules are watched.
WATCHED = "watched"


@dataclass(frozen=True, slots=True)
class Crowd:
    """A window that ends at a moment, with the stories in it, and what it comes to."""

    end: datetime
    developments: list[Development]
    judged: Judged


class Counting:
    """What the rules of a desk count. In a `recorded` run every feed is alive, always.

    A rule that tells nobody counts what it would have told: the spike of a rule in shadow is one of its matches in
    shadow.
    """

    def __init__(self, store: Store, ruleset: Ruleset, feeds: Mapping[str, Feed], *, recorded: bool = False) -> None:
        self._store = store
        self._ruleset = ruleset
        self._feeds = feeds
        self._recorded = recorded
        self._entities = frozenset({*ruleset.vocabulary.entities, *ruleset.vocabulary.groups})
        self.names = {one.id: one.names for one in ruleset.every}

    def groups(self, by: By, places: Iterable[str], subject: Iterable[str]) -> tuple[str, ...]:
        """The groups that a report of these places and references counts in."""
        return frequency.groups(by, places, subject, self._entities)

    def watched(self) -> dict[str, dict[str, str]]:
        """Since when each rule is watched and when its spike is warm, as ISO texts by its id; `quiet` in shadow."""
        return watched(self._store)

    def crowds(
        self, rule: Rule, spike: Spike, story_id: int, dated_at: datetime, group: str, since: datetime, least: int
    ) -> list[Crowd]:
        """The windows that hold a story and so many in all, each held against what is usual."""
        names, quiet = rule.names, is_quiet(rule)
        first = self._store.frequencies.first_of_story(names, story_id, quiet=quiet) or dated_at
        within = first - spike.window, first + spike.window
        held = self._store.frequencies.stories(names, *within, spike.by, group, quiet=quiet)
        newest = next((one for one in held if one.story_id == story_id), None)
        found = frequency.crowds(held, newest, spike.window, least) if newest is not None else []
        return [Crowd(end, ones, self.judged(rule, spike, end, len(ones), group, since)) for end, ones in found]

    def judged(self, rule: Rule, spike: Spike, end: datetime, count: int, group: str, since: datetime) -> Judged:
        """What so many stories in the window that ends then come to."""
        darkness = self.darkness(rule, end - spike.against - spike.window, end)
        spans = frequency.baseline(spike, end, darkness)
        counted = [self.stories(rule, span, spike.by, group) for span in spans]
        return frequency.judge(spike, count, counted, spans, end, since)

    def stories(self, rule: Rule, span: Span, by: By, group: str) -> int:
        """How many stories a rule found for the first time within a span."""
        return self._store.frequencies.count(rule.names, span, by, group, quiet=is_quiet(rule))

    def within(
        self, rule: Correlation, since: datetime, until: datetime, group: str, *, quiet: bool
    ) -> list[Development]:
        """The developments of the rules that a pattern names; with `quiet`, also what those in shadow would tell."""
        names = {name: one for one in rule.rules for name in self.names[one]}
        silent = [name for one in self.quiet_of(rule) for name in one.names] if quiet else []
        return self._store.frequencies.developments(names, since, until, rule.by, group, silent)

    def quiet_of(self, rule: Correlation) -> list[Rule]:
        """The rules that a pattern names which tell nobody."""
        found = (self._ruleset.rules.get(name) for name in rule.rules)
        return [one for one in found if one is not None and is_quiet(one)]

    def silence(self, rule: Rule, absence: Absence, since: datetime) -> tuple[datetime | None, datetime | None]:
        """When a match was last told, and from when on the silence counts."""
        last = self._store.frequencies.newest_told(rule.names)
        if is_quiet(rule):
            newest = self._store.frequencies.newest_quiet(rule.names)
            last = newest[1] if newest else None
        return last, frequency.expected_from(absence, last, since)

    def could_tell(self, rule: Rule, now: datetime) -> bool:
        """Whether any feed of a rule is alive."""
        if self._recorded:
            return True
        feeds = {feed.id: feed for feed in self._listened(rule)}
        answered = self._store.frequencies.successes(feeds)
        return any(frequency.alive(answered.get(name), feed.every, now) for name, feed in feeds.items())

    def darkness(self, rule: Rule, since: datetime, until: datetime) -> list[Span]:
        """When more than half of its feeds could not have told."""
        eyes, blind = {feed.id for feed in self._listened(rule)}, self._store.watch.blind(since)
        return [Span(start=start, end=end) for start, end in silence.dark(since, until, eyes=eyes, blind=blind)]

    def _listened(self, rule: Rule) -> list[Feed]:
        return [feed for feed in self._feeds.values() if rule.sources.takes(feed)]


def is_quiet(rule: Rule | Correlation) -> bool:
    """Whether a rule is recorded and tells nobody."""
    return rule.status in {Status.SHADOW, Status.MUTED}


def fullest(crowds: Sequence[Crowd]) -> Crowd | None:
    """Of windows, those that are spikes first, the one with the most."""
    rank = {Verdict.SPIKE: 1}
    return max(crowds, key=lambda one: (rank.get(one.judged.verdict, 0), len(one.developments)), default=None)


def watched(store: Store) -> dict[str, dict[str, str]]:
    """As Counting.watched, for a store whose desk cannot be read."""
    found: dict[str, dict[str, str]] = json.loads(store.facts.get(WATCHED) or "{}")
    return found
