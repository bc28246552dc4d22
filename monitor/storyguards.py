"""What keeps the silent steps of a story silent: the story is run again with all guards off, and with one at a time.

A step that is silent with every guard off proves nothing of the rule but its words. Knows what a step expects, and how
a story is run; knows nothing of how guards are switched off.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice

from monitor.core.match import Matcher
from monitor.core.rule import Correlation, Rule, Ruleset, Step, StoryTest
from monitor.ruleset import guards
from monitor.store import Store
from monitor.storyrun import Played, Ring, Run, Stage, watching

FOLDING, PUBLISHED, HOMONYMS, SEVERAL = "folding", "published", "not_with, needs", "several guards at once"
# From so many entries before it, the nearest first, what the clock brings at a step may be counted.
_MOST_BEGINNINGS = 3
# A story of 500 steps at which only time passes must not take minutes: those beyond so many runs are believed.
_MOST_BY_CLOCK = 30
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A step at which nothing must ring, or nothing of some name: whether it would without guards, and without which.

    `by` names the guards without any one of which it rings, where they were asked for; `reason` is what keeps it silent
    when all are off.
    """

    number: int
    step: Step
    kept: bool
    by: tuple[str, ...] = ()
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class Guarding:
    """Runs a story without guards: `matcher` has the rules as they are, `off` all of them without; for one thread."""

    stage: Stage
    matcher: Matcher
    off: Matcher
    rule: Rule | Correlation
    story: StoryTest
    empty: Store
    loud: Played = field(init=False)
    _reasons: dict[int, str] = field(init=False)
    _by_clock_runs: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Run it with every guard off."""
        asked = list(self._asked())
        with closing(self.empty.in_memory()) as store:
            rule = _named(self.off, self.rule.id)
            run = Run(self.stage, self.off, rule, self.story, store, folding=False, dated=False)
            self.loud = run.play()
            quiet = [index for index in asked if not breaks(self.story.steps[index], self.loud.rang[index])]
            self._reasons = {index: run.reason(index) for index in quiet}

    def silences(self, *, named: bool = False) -> tuple[Silence, ...]:
        """Each silence that the story asks for by its steps; with the names of guards, which takes a run for each."""
        kept = {index: self._by_clock(index) for index in self._asked()}
        names = self._names([index for index in kept if index not in self._reasons]) if named else {}
        return tuple(
            Silence(
                number=index + 1,
                step=self.story.steps[index],
                kept=bool(by_clock) or index not in self._reasons,
                by=tuple(dict.fromkeys([*by_clock, *names.get(index, ())])),
                reason=self._reasons.get(index, ""),
            )
            for index, by_clock in kept.items()
        )

    def _asked(self) -> Iterator[int]:
        """The steps whose silence is asked for; that time passes is asked for where the step says so."""
        for index, step in enumerate(self.story.steps):
            if step.lacks or (step.silent and (step.outlet or step.quiet)):
                yield index

    def _by_clock(self, index: int) -> tuple[str, ...]:
        """What is not due yet at a step at which time passes, and would be, were it to come a little sooner."""
        step, guard = self.story.steps[index], guards.timed(self.rule)
        if step.outlet or not guard:
            return ()
        begun = (one.at for one in reversed(self.story.steps[:index]) if one.outlet)
        for at in islice(begun, _MOST_BEGINNINGS):
            if self._by_clock_runs == _MOST_BY_CLOCK:
                return (guard,)
            self._by_clock_runs += 1
            sooner = guards.due_within(self._ruleset, max(_SECOND, step.at - at - _SECOND))
            if breaks(step, self._play(sooner).rang[index]):
                return (guard,)
        return ()

    def _names(self, asked: list[int]) -> dict[int, list[str]]:
        """The guards without which each of the steps rings."""
        found: dict[int, list[str]] = {}
        ruleset, believing = self._ruleset, guards.believing(self._ruleset)
        self._note(found, asked, FOLDING, self._play(ruleset, folding=False))
        self._note(found, asked, PUBLISHED, self._play(ruleset, dated=False))
        for one in guards.guards(ruleset):
            self._note(found, asked, one.name, self._play(one.off))
        # "May resume", said of what was told, is kept by two: how it is said, and that it joins the alert.
        self._note_alone(found, asked, ruleset)
        if believing != ruleset:
            name = "timespan" if isinstance(self.rule, Correlation) else "change"
            if left := _left(asked, found):
                self._note(found, left, name, self._play(believing, folding=False))
            self._note_alone(found, asked, believing)
        if left := _left(asked, found):
            words = replace(believing, vocabulary=guards.without_homonyms(ruleset.vocabulary))
            self._note(found, left, HOMONYMS, self._play(words, folding=False))
        return {index: found.get(index, [SEVERAL]) for index in asked}

    def _note_alone(self, found: dict[int, list[str]], asked: list[int], base: Ruleset) -> None:
        """What keeps those that are left where each report is an alert of its own."""
        left = _left(asked, found)
        for one in guards.guards(base) if left else ():
            self._note(found, left, one.name, self._play(one.off, folding=False))

    def _note(self, found: dict[int, list[str]], asked: list[int], name: str, played: Played) -> None:
        for index in asked:
            if breaks(self.story.steps[index], played.rang[index]) and name not in found.get(index, []):
                found.setdefault(index, []).append(name)

    def _play(self, ruleset: Ruleset, *, folding: bool = True, dated: bool = True) -> Played:
        ruleset = ruleset if folding else guards.cooling(ruleset)
        same = ruleset.vocabulary is self._ruleset.vocabulary
        matcher = self.matcher.with_rules(ruleset) if same else Matcher(ruleset)
        rule = _named(matcher, self.rule.id)
        with closing(self.empty.in_memory()) as store:
            return Run(self.stage, matcher, rule, self.story, store, folding=folding, dated=dated).play()

    @property
    def _ruleset(self) -> Ruleset:
        """The rules that watch in the story."""
        names = watching(self.rule, self.matcher.ruleset)
        whole = self.matcher.ruleset
        return Ruleset(
            rules={name: one for name, one in whole.rules.items() if name in names},
            vocabulary=whole.vocabulary,
            correlations={name: one for name, one in whole.correlations.items() if name in names},
        )


def breaks(step: Step, rang: tuple[Ring, ...]) -> bool:
    """Whether what rang is what the step says does not."""
    return bool(rang) if step.silent else any(one.has(text) for one in rang for text in step.lacks)


def _left(asked: list[int], found: dict[int, list[str]]) -> list[int]:
    return [index for index in asked if index not in found]


def _named(matcher: Matcher, rule_id: str) -> Rule | Correlation:
    return next(one for one in matcher.ruleset.every if one.id == rule_id)
