"""What a text is searched for: no more than its rules and its stance need, and that makes no difference."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.entry import Document, read
from monitor.core.match import Match, Matcher, Setting
from monitor.core.rule import Status, Window
from monitor.core.veto import Stance, stance
from monitor.ruleset.desk import load_desk
from tests.conftest import SHIPPED_DESK
from tests.core.rulebook import TODAY, VOCABULARY, matcher, rule
from tests.core.test_match import QUERIES, TEXTS

CASES = Path(__file__).parents[1] / "data" / "rules"
SETTING = Setting(today=date(2026, 11, 22))


@cache
def shipped() -> Matcher:
    return Matcher(load_desk(SHIPPED_DESK).ruleset)


def of_the_rules() -> Iterator[Document]:
    """The texts of the tests that the shipped rules carry."""
    for one in (test for watch in shipped().ruleset.rules.values() for test in watch.tests):
        yield read(one.title, f"{one.lead}\n\n{one.body}", one.language, whole=True)


def of_the_cases(file: Path) -> Iterator[Document]:
    """Labelled headlines."""
    for case in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
        title = case.get("title") or case["text"]
        yield read(title, f"{case.get('lead', '')}\n\n{case.get('body', '')}", case["lang"], whole=True)


def told(ready: Matcher, document: Document) -> tuple[list[Match], Stance]:
    """As the pipeline has it."""
    survey = ready.survey(document, SETTING)
    return survey.matches, stance(document, survey.found, ready.ruleset.vocabulary)


def told_of_everything(ready: Matcher, document: Document) -> tuple[list[Match], Stance]:
    """Every rule, asked of a text that was searched for every term of the desk."""
    found = ready.find(document)
    asked = sorted((one for one in ready.ruleset.rules.values() if one.status is not Status.DRAFT), key=lambda x: x.id)
    made = [ready.match(one, document, found, SETTING) for one in asked]
    return [match for match in made if match is not None], stance(document, found, ready.ruleset.vocabulary)


@pytest.mark.parametrize("file", sorted(CASES.glob("*.jsonl")), ids=lambda file: file.stem)
def test_labelled_headlines_come_to_the_same(file: Path) -> None:
    for document in of_the_cases(file):
        assert told(shipped(), document) == told_of_everything(shipped(), document)


def test_the_texts_that_the_rules_carry_come_to_the_same() -> None:
    documents = list(of_the_rules())
    assert len(documents) > 50
    for document in documents:
        assert told(shipped(), document) == told_of_everything(shipped(), document)


@given(TEXTS, TEXTS, st.lists(QUERIES, max_size=4), st.sampled_from(list(Window)), st.sampled_from(list(Status)))
def test_any_rules_and_texts_come_to_the_same(
    title: str, lead: str, queries: list[str], within: Window, status: Status
) -> None:
    watches = (rule(query, rule_id=f"r{n}", within=within, status=status) for n, query in enumerate(queries))
    ready, document = matcher(*watches), read(title, lead, "en")
    assert told(ready, document) == told_of_everything(ready, document)


@pytest.mark.parametrize(
    "title",
    [
        "Turkey ends hiatus",
        "Turkey lifts pause",
        "Since halted patrols",
        "No patrols suspended, Turkey denied",
        "Patrols called off on M4 in Syria",
        "Patrols completed on M4",
        "Kobani sandwich begins",
    ],
)
def test_the_stance_of_a_text_of_no_rule_is_the_same(title: str) -> None:
    # A road that counts beside a country alone: what a place needs is looked for, too.
    entities = {**VOCABULARY.entities, "m4": replace(VOCABULARY.entities["m4"], kind="place")}
    ready = matcher(vocabulary=replace(VOCABULARY, entities=entities))
    assert told(ready, read(title, "", "en")) == told_of_everything(ready, read(title, "", "en"))


def test_a_text_of_no_rule_is_searched_for_its_stance_alone() -> None:
    ready = matcher(rule("$russia and gas"))
    document = read("Turkey suspends no joint patrols in Kobani", "", "en")
    assert {"$turkey", "$topic.joint"} <= ready.find(document).keys()
    survey = ready.survey(document, Setting(today=TODAY))
    assert survey.matches == []
    assert {"$kobani", "$phase.suspend", "$cue.negated"} <= survey.found.keys()
    assert survey.found.keys().isdisjoint({"$turkey", "$topic.joint"})
