"""Labelled sentences in the desk's languages: which figure a count has in each, read with the shipped words."""

from dataclasses import replace
from functools import cache
from pathlib import Path

from monitor.core import entry
from monitor.core.figures import counted, told
from monitor.core.match import Matcher
from monitor.core.numbers import Numbers
from monitor.core.query import parse
from monitor.core.rule import Rule, Ruleset
from monitor.ruleset.desk import load_desk
from monitor.yamlfile import Problems, items, load, pairs
from tests.conftest import SHIPPED_DESK

SENTENCES = Path(__file__).parent / "data/figures/sentences.yaml"
ANCHORS = {"killed": "$topic.killed", "wounded": "$topic.wounded", "patrols": "$topic.patrol"}
# Of the figures found, and of those that are there.
FLOORS = (0.97, 0.95)


@cache
def matcher() -> tuple[Matcher, Rule]:
    ruleset = load_desk(SHIPPED_DESK).ruleset
    numbers = tuple(Numbers(name=name, near=parse(near)) for name, near in ANCHORS.items())
    rule = replace(next(iter(ruleset.rules.values())), id="counts", numbers=numbers, exclude=())
    return Matcher(Ruleset(rules={rule.id: rule}, vocabulary=ruleset.vocabulary)), rule


def figures_in(text: str, language: str) -> dict[str, str]:
    ready, rule = matcher()
    document = entry.read(text, "", language)
    return {one.name: told(one) for one in counted(rule, ready.reading(document, ready.find(document)))}


def sentences() -> list[dict[str, str]]:
    problems = Problems()
    root = load(SENTENCES, SENTENCES.name, problems)
    assert root is not None
    return [{key: str(value.value) for key, value in pairs(one, problems, "")} for one in items(root, problems, "")]


def test_the_figures_of_labelled_sentences_are_found_and_hardly_any_other() -> None:
    right = found = there = 0
    wrong = []
    for one in sentences():
        wanted = {name: value for name, value in one.items() if name in ANCHORS}
        got = figures_in(one["text"], one["lang"])
        right += len(set(wanted.items()) & set(got.items()))
        found, there = found + len(got), there + len(wanted)
        wrong += [(one["text"], wanted, got)] if got != wanted else []

    assert right / found >= FLOORS[0], wrong
    assert right / there >= FLOORS[1], wrong


def test_a_long_row_of_numbers_is_read_in_one_pass() -> None:
    for language, text in (
        ("en", "one hundred and " * 1500), ("en", "1,234," * 3000), ("en", "2-3 killed and wounded " * 900),
        ("ar", "وعشرون ثلاثة " * 1500), ("tr", "24'ten 31'e " * 1500), ("en", "from 2 to " * 2000),
    ):  # fmt: skip
        assert figures_in(text, language) is not None
