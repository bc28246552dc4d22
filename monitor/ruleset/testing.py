"""The tests that rules carry, run with the matcher that the daemon uses."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from monitor.core import entry
from monitor.core.match import Match, Matcher
from monitor.core.rule import Expectation, Rule, RuleTest
from monitor.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A test of a rule as it came out."""

    rule: Rule
    test: RuleTest
    match: Match | None

    @property
    def got(self) -> Expectation:
        """Whether the rule rang; a match that an exclusion drops did not."""
        rang = self.match is not None and self.match.excluded_by is None
        return Expectation.MATCH if rang else Expectation.NO_MATCH

    @property
    def passed(self) -> bool:
        """Whether it came out as the test says."""
        return self.got is self.test.expect

    @property
    def problem(self) -> Problem:
        """The failure, in words for the author of the rule."""
        text = self.test.title if len(self.test.title) <= 80 else self.test.title[:79] + "…"
        because = f" ({self._because()})" if self._because() else ""
        message = f"rule {self.rule.id}: expected {self.test.expect}, got {self.got}{because}: {text!r}"
        return Problem(file=self.rule.file, line=self.test.line, message=message)

    def _because(self) -> str:
        if self.match is None:
            return f"see: wirewatch rules explain {self.rule.id} TEXT"
        if self.match.excluded_by is not None:
            return f"dropped by exclusion {self.match.excluded_by.name}"
        return "by " + ", ".join(repr(evidence.text) for evidence in self.match.evidence)


def run_tests(matcher: Matcher, today: date, rule_ids: tuple[str, ...] = ()) -> Iterator[Outcome]:
    """The outcome of each test of the given rules, or of all."""
    for rule in matcher.ruleset.rules.values():
        if rule_ids and rule.id not in rule_ids:
            continue
        for test in rule.tests:
            document = entry.read(test.title, test.lead, test.language)
            match = matcher.match(rule, document, matcher.find(document), test.link, today)
            yield Outcome(rule=rule, test=test, match=match)
