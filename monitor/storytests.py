"""`story:` tests of rules, run: their entries go through the whole pipeline, on a clock of their own.

Each story has a fresh store, on which its rule watches as if it were live, alone or with those that it counts. What is
run again with the guards off shows whether an expectation of silence can fail at all. Knows what a story expects; how
it is written is known in ruleset/.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from monitor.core.match import Matcher
from monitor.core.rule import Correlation, Rule, Step, StoryTest
from monitor.errors import Problem
from monitor.store import Store
from monitor.storyguards import Guarding, Silence, breaks
from monitor.storyrun import Alert, Played, Ring, Run, Stage, short


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story as it came out: what went otherwise; at how many steps it is silent, and at how many of them by a guard.

    The latter two are counted where it went as expected; `quiet` has the steps, where the story says what they ring.
    `became` has what came of each step, where that was asked for.
    """

    rule: Rule | Correlation
    story: StoryTest
    problems: tuple[Problem, ...] = ()
    silences: int = 0
    guarded: int = 0
    quiet: tuple[Silence, ...] = ()
    became: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all went as the story says."""
        return not self.problems

    @property
    def warnings(self) -> Iterator[Problem]:
        """One for each silence that no guard keeps: it would have been silent whatever the rule's guards do."""
        for one in self.quiet:
            if not one.kept:
                yield _problem(self.rule, one.step, f"rule {self.rule.id}: {_proves_nothing(one)}", warning=True)
        if self.silences and not self.guarded and not self.quiet:
            message = (
                f"rule {self.rule.id}: this story is silent with every guard off, too, so it tests words only; add a "
                "step that has all words of a match, such as a copy, or one that says it otherwise"
            )
            yield _problem(self.rule, self.story, message, warning=True)


def run_stories(
    stage: Stage,
    matcher: Matcher,
    rule_ids: tuple[str, ...] = (),
    off: Matcher | None = None,
    *,
    named: bool = False,
) -> Iterator[Told]:
    """Each story of the given rules, or of all, as it came out.

    With `off`, the matcher of the unguarded rules, those that have silences are run once more without the guards; and
    where these are to be `named`, once without each. Then it is told of each step as well what became of it.
    """
    rules = [rule for rule in matcher.ruleset.every if not rule_ids or rule.id in rule_ids]
    if not any(rule.stories for rule in rules):
        return
    with (
        tempfile.TemporaryDirectory(prefix="wirewatch-") as folder,
        closing(Store.open(Path(folder) / "stories.db", durable=False)) as empty,
    ):
        for rule in rules:
            for story in rule.stories:
                found, told = _played(stage, matcher, rule, story, empty, named=named)
                if off is None or told.problems or not story.silences:
                    yield told
                    continue
                without = Guarding(stage=stage, matcher=matcher, off=off, rule=rule, story=story, empty=empty)
                yield _guarded(told, found, without, named=named)


def _played(
    stage: Stage, matcher: Matcher, rule: Rule | Correlation, story: StoryTest, empty: Store, *, named: bool
) -> tuple[Played, Told]:
    with closing(empty.in_memory()) as store:
        run = Run(stage, matcher, rule, story, store)
        found = run.play()
        problems = (*_step_by_step(rule, story, run, found), *_in_all(rule, story, found))
        became = tuple(_became(index, run, found) for index in range(len(story.steps))) if named else ()
        return found, Told(rule=rule, story=story, problems=problems, became=became)


def _became(index: int, run: Run, found: Played) -> str:
    """What came of a step in the end, and what rang at it."""
    rang = "; ".join(_rung(one, run.steps[index]) for one in found.rang[index])
    if not run.steps[index].outlet:
        return f"rang {rang}" if rang else run.reason(index)
    return f"{run.reason(index)}; rang {rang}" if rang else run.reason(index)


def _guarded(told: Told, found: Played, without: Guarding, *, named: bool) -> Told:
    """What a story that passed is worth."""
    if told.story.stepwise:
        quiet = without.silences(named=named)
        return replace(told, silences=len(quiet), guarded=sum(one.kept for one in quiet), quiet=quiet)
    more = len(without.loud.alerts) - len(found.alerts)
    return replace(told, silences=told.story.silences, guarded=min(told.story.silences, max(0, more)))


def _proves_nothing(one: Silence) -> str:
    """What is wrong with a silence, and what would make it one that can fail."""
    if one.step.lacks:
        what = f"that no alert of step {one.number} has {' or '.join(map(repr, one.step.lacks))} proves nothing"
        return f"{what}: none has it with every guard off either; name the label of an escalation of this rule"
    what = f"the silence of step {one.number} proves nothing"
    if not one.step.outlet:
        return f"{what}: nothing of this rule falls due there by the clock; give the step an entry, or take it out"
    advice = "give it all words of a match: a copy of what rang, or one that says it otherwise"
    return f"{what}: with every guard off it is silent, too ({one.reason}); {advice}"


def _step_by_step(rule: Rule | Correlation, story: StoryTest, run: Run, found: Played) -> Iterator[Problem]:
    """What went otherwise, and when."""
    for index, step in enumerate(story.steps):
        for message in _wrong(index, step, run, found):
            where = f"step {index + 1} of the story ({step.at:%Y-%m-%d %H:%M})"
            yield _problem(rule, step, f"rule {rule.id}: {where}: {message}")


def _wrong(index: int, step: Step, run: Run, found: Played) -> Iterator[str]:
    rang, lines = found.rang[index], found.listed[index]
    if index in found.bugs:
        yield "wirewatch failed on this entry; that is a bug, and the log tells of it"
        return
    if step.rings is not None and not _all_meant(step.rings, rang):
        told = f"rang {'; '.join(_rung(one, step) for one in rang)}" if rang else f"nothing rang ({run.reason(index)})"
        yield f"expected {_meant(step.rings)}, {told}"
    if step.digest is True and not lines:
        yield f"expected a line in the digest, there is none ({run.reason(index)})"
    elif step.digest is False and lines:
        yield f"expected no line in the digest, got {'; '.join(short(one.title) for one in lines)}"
    if rang and step.lacks and breaks(step, rang):
        yield f"expected no {' or '.join(step.lacks)}, rang {'; '.join(_rung(one, step) for one in rang)}"
    if step.held is not None and step.held is not (index in found.held):
        yield f"expected that it {'is' if step.held else 'is not'} held ({run.reason(index)})"


def _rung(one: Ring, step: Step) -> str:
    """What rang, and when, if not with the entry."""
    return str(one) if one.at == step.at else f"{one} at {one.at:%Y-%m-%d %H:%M}"


def _in_all(rule: Rule | Correlation, story: StoryTest, found: Played) -> Iterator[Problem]:
    """What the whole story comes to, where that is otherwise."""
    wanted, alerts = story.totals, found.alerts
    gravest = max((one.severity for one in alerts), default=None)
    wrong = []
    if wanted.alerts is not None and wanted.alerts != len(alerts):
        wrong.append(f"{_several(wanted.alerts, 'alert')}, got {len(alerts)}{_listed(alerts)}")
    if wanted.severity is not None and wanted.severity is not gravest:
        wrong.append(f"severity {wanted.severity.label}, got {gravest.label if gravest else 'no alert'}")
    if wanted.label and not any(one.called(wanted.label) for one in alerts):
        labels = sorted({label for one in alerts for label in one.grounds} - {""})
        wrong.append(f"label {wanted.label}, got {', '.join(labels) or 'none'}")
    if wanted.updates is not None and wanted.updates != found.updates:
        wrong.append(f"{_several(wanted.updates, 'update')}, got {found.updates}")
    for message in wrong:
        yield _problem(rule, wanted, f"rule {rule.id}: the story: expected {message}")


def _all_meant(texts: Sequence[str], rang: Sequence[Ring]) -> bool:
    """Whether each alert is one of those that were expected, and each of those came; whichever text fits which."""
    if len(texts) != len(rang):
        return False
    if not texts:
        return True
    rest = texts[1:]
    return any(
        one.has(texts[0]) and _all_meant(rest, [*rang[:place], *rang[place + 1 :]]) for place, one in enumerate(rang)
    )


def _meant(texts: Sequence[str]) -> str:
    return " and ".join(text or "an alert" for text in texts) or "silence"


def _listed(alerts: Sequence[Alert]) -> str:
    return f" ({'; '.join(short(one.title) for one in alerts)})" if alerts else ""


def _several(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


class _Placed(Protocol):
    """What stands in a file."""

    @property
    def line(self) -> int: ...

    @property
    def column(self) -> int: ...


def _problem(rule: Rule | Correlation, at: _Placed, message: str, *, warning: bool = False) -> Problem:
    return Problem(file=rule.file, line=at.line, column=at.column, message=message, warning=warning)
