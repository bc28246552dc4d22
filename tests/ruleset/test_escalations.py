"""`escalate:` of a rule: what is read, and how each slip is refused."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.clause import Assertion
from monitor.core.escalation import Escalation
from monitor.core.severity import Severity
from monitor.ruleset.escalations import EscalationReader
from monitor.yamlfile import Problems
from tests.ruleset.reading import node, noted, rules

RULE = """\
rules:
- id: a-b
  owner: o
  match: patrol
  tests: [{text: a, expect: match}, {text: b, expect: no-match}]
  escalate:
"""
DURATION = "is a duration from 1h to 3650d, written as 90s, 10m, 6h or 3d"
WAYS = "done, planned, possible, demanded, denied, negated, stative, habitual, retro, opinion"
KEYS = "quiet_for, independent, source_is, assert, number, last_known, within, at_least, severity, label"
WITHIN = "the time in which the reports are dated, such as 6h; add it"
ONE = "an item of 'escalate' has one condition (quiet_for, independent, source_is, assert, number); this one"


def refused(*items: str) -> list[str]:
    """The problems with these items, without the file; the first stands on line 7 from column 5."""
    found = rules(RULE + "".join(f"  - {item}\n" for item in items))[1]
    return [one.removeprefix("rules.yaml:") for one in found]


def read(*items: str) -> tuple[Escalation, ...]:
    found, problems = rules(RULE + "".join(f"  - {item}\n" for item in items))
    assert problems == []
    return found["a-b"].escalate


def test_every_condition_is_read() -> None:
    assert read(
        "{quiet_for: 30d, last_known: 2023-10-05, severity: critical, label: RESUMPTION}",
        "{independent: 2, within: 6h, label: corroborated}",
        "{source_is: official, severity: critical}",
        "{assert: denied, severity: high, label: DENIAL}",
    ) == (
        Escalation(
            quiet_for=timedelta(days=30), last_known=datetime(2023, 10, 5, tzinfo=UTC), severity=Severity.CRITICAL,
            label="RESUMPTION",
        ),
        Escalation(independent=2, within=timedelta(hours=6), label="corroborated"),
        Escalation(official=True, severity=Severity.CRITICAL),
        Escalation(assertion=Assertion.DENIED, severity=Severity.HIGH, label="DENIAL"),
    )  # fmt: skip


def test_a_figure_of_the_rule_is_read() -> None:
    problems = Problems()
    items = node("- {number: killed, at_least: 20, severity: critical}")
    assert EscalationReader(problems, {"killed"}).read(items) == (
        Escalation(number="killed", at_least=20, severity=Severity.CRITICAL),
    )
    assert noted(problems) == []


def test_it_may_stand_in_the_defaults() -> None:
    text = RULE.replace("  escalate:\n", "").replace(
        "rules:", "defaults: {escalate: [{source_is: official, label: OFFICIAL}]}\nrules:"
    )
    found, problems = rules(text)
    assert problems == []
    assert found["a-b"].escalate == (Escalation(official=True, label="OFFICIAL"),)


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        (
            "{quiet_fro: 30d, label: R}",
            "7:6: unknown key 'quiet_fro' in an item of 'escalate'; did you mean 'quiet_for'?",
        ),
        (
            "{quiet_for: 30d, assert: denied, label: R}",
            f"7:5: {ONE} has quiet_for and assert; make them items of their own",
        ),
        ("{label: R}", f"7:5: {ONE} has none"),
        ("{source_is: official}", "7:5: an item of 'escalate' brings a 'severity' or a 'label'; this one has neither"),
        ("{quiet_for: long, label: R}", f"7:17: 'quiet_for' {DURATION}, not 'long'"),
        ("{quiet_for: , label: R}", "7:6: 'quiet_for' has no value; give one or remove the key"),
        ("{independent: 2, label: R}", f"7:5: 'independent' needs 'within', {WITHIN}"),
        ("{independent: 1, within: 6h, label: R}", "7:19: 'independent' is a whole number from 2 to 5, not '1'"),
        (
            "{assert: denied, within: 6h, label: R}",
            "7:30: 'within' belongs to 'independent', which is not here; remove it",
        ),
        (
            "{source_is: offical, label: R}",
            "7:17: 'source_is' is one of official, not 'offical'; did you mean 'official'?",
        ),
        ("{assert: maybe, label: R}", f"7:14: 'assert' of 'escalate' is one of {WAYS}, not 'maybe'"),
        ("{assert: denied, severity: grave}", "7:32: 'severity' is one of info, notice, high, critical, not 'grave'"),
        ("{number: killed, label: R}", "7:5: 'number' needs 'at_least', the figure from which on it counts; add it"),
        ("{number: killed, at_least: 3, label: R}", "7:14: the rule has no number 'killed' under 'numbers'"),
        (
            "{quiet_for: 30d, last_known: 5.10.2023, label: R}",
            "7:34: 'last_known' is a date, written as 2027-06-30, not '5.10.2023'",
        ),
        ("official", f"7:5: an item of 'escalate' is a mapping of keys to values ({KEYS})"),
    ],
)  # fmt: skip
def test_a_slip_is_refused_with_one_clear_line(item: str, problem: str) -> None:
    assert problem in refused(item)
    assert len(refused(item)) <= 2


def test_two_conditions_of_one_name_are_refused() -> None:
    problem = "8:5: 'R' again in 'escalate'; give each condition its own label"
    assert refused("{assert: denied, label: R}", "{assert: negated, label: R}") == [problem]


def test_an_empty_list_is_refused() -> None:
    found = rules(RULE.replace("escalate:\n", "escalate: []\n"))[1]
    assert found == ["rules.yaml:6:13: 'escalate' lists no condition; give one, or remove the key"]
