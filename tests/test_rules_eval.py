"""The shipped rules on labelled sentences: what was reached is kept. How they did at first sight: data/rules/README."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from monitor.core.match import Matcher
from monitor.ruleset.desk import load_desk
from monitor.ruleset.evaluating import judge, report
from tests.conftest import SHIPPED_DESK
from tests.support.cases import read_cases

# The day the sentences were judged on: a year of theirs is the past or not by it.
TODAY = date(2026, 11, 22)
CASES = Path(__file__).parent / "data" / "rules"


def figures(pattern: str) -> Iterator[tuple[str, float, float]]:
    desk = load_desk(SHIPPED_DESK)
    matcher, rules = Matcher(desk.ruleset), desk.ruleset.by_any_name
    for path in sorted(CASES.glob(pattern)):
        cases, problems = read_cases(path.read_text(encoding="utf-8").splitlines(), str(path))
        assert problems == []
        overall = report(judge(matcher, rules, cases, TODAY))["overall"]
        yield path.stem, overall["precision"], overall["recall"]


def test_the_rules_know_the_sentences_they_were_made_with() -> None:
    low = [one for one in figures("dev-*.jsonl") if min(one[1:]) < 0.94]
    assert low == []


def test_the_rules_know_most_sentences_that_others_wrote() -> None:
    low = [one for one in figures("blind-*.jsonl") if one[1] < 0.88 or one[2] < 0.88]
    assert low == []


@pytest.mark.parametrize("path", sorted(CASES.glob("*.jsonl")), ids=lambda path: path.stem)
def test_every_case_has_a_number_of_its_own(path: Path) -> None:
    ids = [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(ids) == len(set(ids))
