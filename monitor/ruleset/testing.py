"""The tests that rules carry, run with the matcher that the daemon uses."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from monitor.core import entry
from monitor.core.clause import Assertion, AtLeast, Both, Either, Event, Only, Query, Without
from monitor.core.match import Match, Matcher
from monitor.core.rule import Expectation, Handling, Rule, Ruleset, RuleTest
from monitor.errors import Problem
from monitor.ruleset.evaluating import outcome, setting_of
from monitor.ruleset.explain import explain


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A test of a rule as it came out."""

    rule: Rule
    test: RuleTest
    match: Match | None
    reason: str = ""

    @property
    def got(self) -> Expectation:
        """What the rule made of the text; a match that it drops is none."""
        return outcome(self.match)

    @property
    def passed(self) -> bool:
        """Whether it came out as the test says."""
        return self.got is self.test.expect

    @property
    def problem(self) -> Problem:
        """The failure, in words for the author of the rule."""
        text = self.test.title if len(self.test.title) <= 80 else self.test.title[:79] + "…"
        message = f"rule {self.rule.id}: expected {self.test.expect}, got {self.got} ({self.reason}): {text!r}"
        return Problem(file=self.rule.file, line=self.test.line, column=self.test.column, message=message)


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
    found = Outcome(rule=rule, test=test, match=matcher.match(rule, document, matcher.find(document), setting))
    return found if found.passed else replace(found, reason=explain(matcher, rule, document, setting).verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Negative:
    """A test that must not ring; `guarded` if a guard alone keeps the text from it, else it tests words only."""

    rule: Rule
    test: RuleTest
    guarded: bool


def run_negatives(ruleset: Ruleset, today: date, rule_ids: tuple[str, ...] = ()) -> Iterator[Negative]:
    """The negative tests of the given rules, or of all, run again with the guards off."""
    off = Matcher(unguarded(ruleset))
    for rule in ruleset.rules.values():
        for test in rule.tests if not rule_ids or rule.id in rule_ids else ():
            if test.expect is not Expectation.MATCH:
                got = run_test(off, off.ruleset.rules[rule.id], test, today).got
                yield Negative(rule=rule, test=test, guarded=got is Expectation.MATCH)


def untested_guards(ruleset: Ruleset, today: date) -> Iterator[Problem]:
    """A warning for each rule none of whose negative tests would ring with the guards off."""
    guarded: dict[str, bool] = {}
    for one in run_negatives(ruleset, today):
        guarded[one.rule.id] = guarded.get(one.rule.id, False) or one.guarded
    for rule in ruleset.rules.values():
        if not guarded.get(rule.id, True):
            message = (
                f"rule {rule.id}: no test of it asks for a guard; add a near miss, which has all of its words and says "
                'it otherwise ("may", "denied", somebody else)'
            )
            yield Problem(file=rule.file, line=rule.line, message=message, warning=True)


def unguarded(ruleset: Ruleset) -> Ruleset:
    """The same rules with their guards off.

    Nothing is excluded, everything that is said counts as an alert, events need no `joint` and bar nobody, `not` bars
    nothing, and no name has a homonym.
    """
    words = ruleset.vocabulary
    entities = {
        name: replace(one, not_with=(), needs=(), aliases=tuple(replace(alias, needs=()) for alias in one.aliases))
        for name, one in words.entities.items()
    }
    return Ruleset(
        rules={rule.id: _bare(rule) for rule in ruleset.rules.values()}, vocabulary=replace(words, entities=entities)
    )


def _bare(rule: Rule) -> Rule:
    handling = dict.fromkeys(Assertion, Handling.ALERT)
    return replace(rule, match=_open(rule.match), exclude=(), handling=handling, tests=())


def _open(query: Query) -> Query:
    """A query that bars nothing."""
    match query:
        case Both(parts):
            asked = tuple(_open(part) for part in parts if not isinstance(part, Without))
            return asked[0] if len(asked) == 1 else Both(asked)
        case Either(parts):
            return Either(tuple(_open(part) for part in parts))
        case AtLeast(count, parts):
            return AtLeast(count, tuple(_open(part) for part in parts))
        case Only(part, inner):
            return Only(part, _open(inner))
        case Event():
            return replace(query, joint=False, no_other=None)
        case _:
            return query
