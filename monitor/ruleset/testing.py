"""The tests that rules carry, run with the matcher that the daemon uses."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from monitor.core import entry
from monitor.core.clause import Assertion, AtLeast, Both, Either, Event, Only, Query, Without
from monitor.core.figures import Counted, counted, says_change, told
from monitor.core.match import Match, Matcher
from monitor.core.rule import Expectation, Handling, Rule, Ruleset, RuleTest, Sources
from monitor.core.tracker import Change, Facet, Quorum
from monitor.errors import Problem
from monitor.ruleset.evaluating import outcome, setting_of
from monitor.ruleset.explain import explain
from monitor.ruleset.ruletests import NOT_COUNTED

# No two reports are so near in time: a window of it holds nothing.
NEVER = timedelta(microseconds=-1)
# The first report is believed at once, and the next is a development of its own.
_BELIEVED = Change(quorum=Quorum(independent=1, within=timedelta(seconds=1)), boilerplate=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A test of a rule as it came out."""

    rule: Rule
    test: RuleTest
    match: Match | None
    reason: str = ""
    numbers: tuple[Counted, ...] = ()

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
        """Whether it came out as the test says, with the figures that it says."""
        return self.got is self.test.expect and not self.miscounted

    @property
    def miscounted(self) -> tuple[str, ...]:
        """The figures that are not as the test says: `killed: 24, not 31`."""
        counts = {one.called: told(one) for one in self.numbers}
        got = {name: counts.get(name, NOT_COUNTED) for name, _ in self.test.numbers}
        return tuple(f"{name}: {got[name]}, not {wanted}" for name, wanted in self.test.numbers if got[name] != wanted)

    @property
    def problem(self) -> Problem:
        """The failure, in words for the author of the rule."""
        text = self.test.title if len(self.test.title) <= 80 else self.test.title[:79] + "…"
        if self.got is self.test.expect:
            message = f"rule {self.rule.id}: counted {'; '.join(self.miscounted)}: {text!r}"
        else:
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
    terms = matcher.find(document)
    match = matcher.match(rule, document, terms, setting)
    places = matcher.ruleset.vocabulary.places
    numbers = counted(rule, matcher.reading(document, terms), places)
    found = Outcome(rule=rule, test=test, match=match, numbers=numbers)
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


def unguarded(ruleset: Ruleset) -> Ruleset:
    """The same rules with their guards off.

    Nothing is excluded, everything that is said counts as an alert, every feed is heard, events need no `joint` and bar
    nobody, `not` bars nothing, no name has a homonym, no report joins the alert of another, and one report by whomever
    changes a state.
    """
    words = ruleset.vocabulary
    entities = {
        name: replace(one, not_with=(), needs=(), aliases=tuple(replace(alias, needs=()) for alias in one.aliases))
        for name, one in words.entities.items()
    }
    return Ruleset(
        rules={rule.id: _bare(rule) for rule in ruleset.rules.values()},
        vocabulary=replace(words, entities=entities),
        correlations=ruleset.correlations,
    )


def _bare(rule: Rule) -> Rule:
    """What keeps a rule silent, switched off: whatever is added to rules and can do so belongs here."""
    return replace(
        rule,
        match=_open(rule.match),
        exclude=(),
        handling=dict.fromkeys(Assertion, Handling.ALERT),
        sources=Sources(),
        telling=replace(rule.telling, cooldown=NEVER),
        facets=tuple(_anybodys(facet) for facet in rule.facets),
        change=_BELIEVED,
        tests=(),
        stories=(),
    )


def _anybodys(facet: Facet) -> Facet:
    """Anybody may say so, and however it is said."""
    return replace(facet, authority=(), to={state: _open(query) for state, query in facet.to.items()})


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
