"""`numbers:` of a rule: what is read, and what is refused with one line that says what to do."""

from datetime import date

import pytest

from monitor.core.numbers import AlertOn, Baseline, Conflict, Form, Per
from monitor.core.rule import RuleTest
from tests.ruleset.reading import rules

AHEAD = "rules:\n- id: a-b\n  owner: o\n  match: $turkey\n"
TESTS = "  tests: [{text: a, expect: match}, {text: b, expect: no-match}]\n"
WHOLE = """  numbers:
    patrol_total:
      near: [$topic.patrol, mission]
      forms: [ordinal]
      within: 9 words
      series:
        overall: {baseline: {value: 344, as_of: 2023-10-05}}
        kobani: {when: $kobani or $manbij}
      per: place
      expect: any
      alert_on: {change: true, min_delta: 3, ratio: 1.25, jump_over: 20}
      conflict: silent
    killed: {near: killed or dead}
"""


def problems_of(numbers: str, tests: str = TESTS) -> list[str]:
    return rules(f"{AHEAD}  numbers:\n    {numbers}\n{tests}")[1]


def test_a_figure_is_read_with_all_that_it_says() -> None:
    read, problems = rules(AHEAD + WHOLE + TESTS)

    assert not problems
    total, killed = next(iter(read.values())).numbers
    assert (total.name, total.forms, total.within, total.per) == (
        "patrol_total", frozenset({Form.ORDINAL}), 9, Per.PLACE,
    )  # fmt: skip
    assert [one.name for one in total.series] == ["overall", "kobani"]
    assert total.series[0].baseline == Baseline(value=344, as_of=date(2023, 10, 5))
    assert total.alert_on == AlertOn(change=True, min_delta=3, ratio=1.25, jump_over=20)
    assert (total.nondecreasing, total.conflict) == (False, Conflict.SILENT)
    assert (killed.forms, killed.within, killed.per, killed.nondecreasing) == (frozenset(Form), 6, Per.RULE, True)


def test_a_test_says_which_figures_a_text_gives() -> None:
    tests = "  tests: [{text: a, expect: match, numbers: {killed: 31}}, {text: b, expect: no-match}]\n"
    read, problems = rules(AHEAD + WHOLE + tests)

    first: RuleTest = next(iter(read.values())).tests[0]
    assert not problems
    assert first.numbers == (("killed", "31"),)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("killed: {}", "lacks 'near'; add it"),
        ("killed: {near: $nobody}", "nothing is called '$nobody'"),
        ("killed: {near: dead and gone}", "nobody can say how far a figure stands from it"),
        ("killed: {near: []}", "lists nothing; name what the figure stands beside"),
        ("Killed: {near: dead}", "use lower-case letters, digits and '_'"),
        ("killed: {near: dead, forms: []}", "'forms' lists nothing"),
        ("killed: {near: dead, forms: [roman]}", "an item of 'forms' is one of cardinal, ordinal, not 'roman'"),
        ("killed: {near: dead, within: 400 words}", "'within' of a figure is 1 to 40 words, written as '6 words'"),
        ("killed: {near: dead, within: sentence}", "'within' of a figure is 1 to 40 words, written as '6 words'"),
        ("killed: {near: dead, per: day}", "'per' is one of rule, story, place, not 'day'"),
        ("killed: {near: dead, expect: rising}", "'expect' is one of nondecreasing, any, not 'rising'"),
        ("killed: {near: dead, conflict: mean}", "'conflict' is one of range, silent, not 'mean'"),
        ("killed: {near: dead, series: {}}", "'series' names none"),
        ("killed: {near: dead, series: {a: {}, b: {}}}", "only one series has no 'when'"),
        ("killed: {near: dead, series: {a: {when: $nobody}}}", "nothing is called '$nobody'"),
        ("killed: {near: dead, series: {a: {baseline: {value: 3}}}}", "'baseline' lacks 'as_of'; add it"),
        ("killed: {near: dead, series: {a: {baseline: {value: x, as_of: 2023-01-01}}}}", "'value' is a whole number"),
        ("killed: {near: dead, series: {a: {baseline: {value: 3, as_of: 2023}}}}", "'as_of' is a date"),
        ("killed: {near: dead, alert_on: {ratio: 0.5}}", "'ratio' is a number from 1 to 100, such as 1.25"),
        ("killed: {near: dead, alert_on: {min_delta: 0}}", "'min_delta' is a whole number from 1"),
        ("killed: {near: dead, alert_on: {change: false, min_delta: 2}}", "never count; drop them"),
        ("killed: {near: dead, alert_on: {then: review}}", "unknown key 'then' in 'alert_on'"),
        ("killed: {near: dead, nears: dead}", "unknown key 'nears' in 'killed' in 'numbers'; did you mean 'near'?"),
    ],
)
def test_each_slip_is_refused_with_one_line(written: str, said: str) -> None:
    problems = problems_of(written)

    assert len(problems) == 1, problems
    assert said in problems[0]


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ("{killed: many}", "'numbers.killed' of a test is a figure: 31, 2-3, 20+"),
        ("{wounded: 3}", "expects a figure 'wounded' that the rule does not count; it has killed"),
        ("3", "'numbers' of a test is a mapping"),
    ],
)
def test_a_test_that_expects_no_figure_of_the_rule_is_refused(numbers: str, said: str) -> None:
    tests = f"  tests: [{{text: a, expect: match, numbers: {numbers}}}, {{text: b, expect: no-match}}]\n"
    problems = problems_of("killed: {near: dead}", tests)

    assert len(problems) == 1, problems
    assert said in problems[0]
