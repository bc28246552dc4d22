"""The tests that rules carry, run with the matcher that the daemon uses."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date

from monitor.core import entry, evidence
from monitor.core.clause import Assertion
from monitor.core.evidence import Weighed
from monitor.core.figures import Counted, counted, says_change, told
from monitor.core.match import Match, Matcher
from monitor.core.rule import Expectation, Rule, Ruleset, RuleTest
from monitor.errors import Problem
from monitor.ruleset.evaluating import outcome, setting_of, told_in
from monitor.ruleset.explain import explain
from monitor.ruleset.guards import unguarded
from monitor.ruleset.ruletests import NOT_COUNTED
from monitor.ruleset.targets import evidence_of, is_told_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A test of a rule as it came out; `states` is what the text tells of states, where it matches."""

    rule: Rule
    test: RuleTest
    match: Match | None
    reason: str = ""
    numbers: tuple[Counted, ...] = ()
    states: tuple[Weighed, ...] = ()

    @property
    def got(self) -> Expectation:
        """What the rule made of the text; a match that it drops is none.

        What goes to the digest rings all the same where the text says that a figure changed.
        """
        made = outcome(self.match)
        done = self.match is not None and self.match.assertion is Assertion.DONE
        changed = made is Expectation.DIGEST and done and says_change(self.rule, self.numbers)
        return Expectation.MATCH if changed else made

    @property
    def passed(self) -> bool:
        """Whether it came out as the test says, with the figures and as evidence of the state that it says."""
        return self.got is self.test.expect and not self.miscounted and not self.astray

    @property
    def astray(self) -> str:
        """What it is evidence of in place of the state that the test says; else ""."""
        wanted = self.test.state
        return is_told_of(self.rule, self.states) if wanted and wanted not in evidence_of(self.states) else ""

    @property
    def warnings(self) -> Iterator[Problem]:
        """A match that the test asks for, and that moves no state in the pipeline, whoever else reports it."""
        vain = evidence.in_vain(self.rule, self.states) if self.test.expect is self.got is Expectation.MATCH else ""
        if vain and not self.test.state:
            message = f"rule {self.rule.id}: matches, but is no evidence: {vain}: {self._text!r}"
            yield self._problem(message, warning=True)

    @property
    def miscounted(self) -> tuple[str, ...]:
        """The figures that are not as the test says: `killed: 24, not 31`; by its name alone, one of any series."""
        found = []
        for name, wanted in self.test.numbers:
            got = [told(one) for one in self.numbers if name in {one.called, one.name}] or [NOT_COUNTED]
            if wanted not in got:
                found.append(f"{name}: {' and '.join(got)}, not {wanted}")
        return tuple(found)

    @property
    def problem(self) -> Problem:
        """The failure, in words for the author of the rule."""
        if self.got is not self.test.expect:
            what = f"expected {self.test.expect}, got {self.got} ({self.reason})"
        elif self.astray:
            what = f"expected evidence for {self.test.state}, got {self.astray}"
        else:
            what = f"counted {'; '.join(self.miscounted)}"
        return self._problem(f"rule {self.rule.id}: {what}: {self._text!r}")

    @property
    def _text(self) -> str:
        return self.test.title if len(self.test.title) <= 80 else self.test.title[:79] + "…"

    def _problem(self, message: str, *, warning: bool = False) -> Problem:
        at = self.test
        return Problem(file=self.rule.file, line=at.line, column=at.column, message=message, warning=warning)


def run_tests(matcher: Matcher, today: date, rule_ids: tuple[str, ...] = ()) -> Iterator[Outcome]:
    """The outcome of each test of the given rules, or of all."""
    for rule in matcher.ruleset.rules.values():
        if rule_ids and rule.id not in rule_ids:
            continue
        for test in rule.tests:
            yield run_test(matcher, rule, test, today)


def run_test(matcher: Matcher, rule: Rule, test: RuleTest, today: date) -> Outcome:
    """One test of a rule; where it fails, with the reason."""
    below = "\n\n".join(part for part in (test.lead, test.body) if part)
    document = entry.read(test.title, below, test.language, whole="body" in rule.scope)
    setting = setting_of(test.country, test.language, today, test.link)
    terms = matcher.find(document)
    match = matcher.match(rule, document, terms, setting)
    places = matcher.ruleset.vocabulary.places
    numbers = counted(rule, matcher.reading(document, terms), places)
    states = told_in(matcher, rule, match)
    found = Outcome(rule=rule, test=test, match=match, numbers=numbers, states=states)
    return found if found.passed else replace(found, reason=explain(matcher, rule, document, setting).verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Negative:
    """A test that must not ring; `guarded` if a guard alone keeps the text from it, else it tests words only."""

    rule: Rule
    test: RuleTest
    guarded: bool


def run_negatives(
    ruleset: Ruleset, today: date, rule_ids: tuple[str, ...] = (), off: Matcher | None = None
) -> Iterator[Negative]:
    """The negative tests of the given rules, or of all, run again with the guards off.

    `off` is the matcher of the unguarded rules, where there is one: to make it takes a second.
    """
    off = off or Matcher(unguarded(ruleset))
    for rule in ruleset.rules.values():
        for test in rule.tests if not rule_ids or rule.id in rule_ids else ():
            if test.expect is not Expectation.MATCH:
                got = run_test(off, off.ruleset.rules[rule.id], test, today).got
                yield Negative(rule=rule, test=test, guarded=got is Expectation.MATCH)


def untested_guards(
    ruleset: Ruleset, off: Matcher, today: date, tested: Collection[str] = frozenset()
) -> Iterator[Problem]:
    """A warning for each rule none of whose negative tests would ring with the guards off.

    `tested` are rules of which a story asks for a guard.
    """
    guarded: dict[str, bool] = {}
    for one in run_negatives(ruleset, today, off=off):
        guarded[one.rule.id] = guarded.get(one.rule.id, one.rule.id in tested) or one.guarded
    for rule in ruleset.rules.values():
        if not guarded.get(rule.id, True):
            message = (
                f"rule {rule.id}: no test of it asks for a guard; add a near miss, which has all of its words and says "
                'it otherwise ("may", "denied", somebody else)'
            )
            yield Problem(file=rule.file, line=rule.line, message=message, warning=True)
