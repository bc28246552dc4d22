"""Labelled cases: what is a case, how the rules judge it, and the figures."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.match import Matcher
from monitor.core.rule import Expectation, Ruleset
from monitor.errors import Problem
from monitor.ruleset.evaluating import Case, cases_of, judge, known_cases, report
from tests.ruleset.reading import VOCABULARY, rules
from tests.support.cases import read_cases

TODAY = date(2026, 11, 22)
RULES, _ = rules(
    """\
    rules:
    - id: patrol
      formerly: [old-patrol]
      owner: o
      match: {event: {actors: [$turkey, $russia], action: $topic.patrol, implied_by_source: {TR: $turkey}}}
      tests: [{text: a, expect: match}, {text: b, expect: no-match}]
    """
)
KNOWN = {"patrol": RULES["patrol"], "old-patrol": RULES["patrol"]}
MATCHER = Matcher(Ruleset(rules=RULES, vocabulary=VOCABULARY))


def line(**keys: Any) -> str:
    return json.dumps({"id": "1", "lang": "en", "rule": "patrol", "expect": "match", **keys})


def told(*lines: str) -> dict[str, Any]:
    cases, problems = read_cases(lines, "c.jsonl")
    assert problems == []
    return report(judge(MATCHER, KNOWN, cases, TODAY))


def test_the_figures_count_what_rings_and_the_ways_are_counted_apart() -> None:
    found = told(
        line(id="tp", text="Turkey and Russia on patrol"),
        line(id="fn", text="Turkey on patrol"),
        line(id="fp", text="Turkey and Russia on patrol", expect="digest", lang="tr", rule="old-patrol"),
        line(id="tn", text="Turkey and Russia may go on patrol", expect="no-match"),
        line(id="digest", text="Turkey and Russia may go on patrol", expect="digest"),
    )
    counts = {"tp": 1, "fp": 1, "fn": 1, "tn": 2, "precision": 0.5, "recall": 0.5, "f1": 0.5}
    assert found["overall"] == counts
    assert set(found["by_rule"]) == {"patrol", "old-patrol"}
    assert found["by_lang"]["tr"]["fp"] == 1
    assert found["routed"] == {
        "match": {"match": 1, "digest": 0, "no-match": 1},
        "digest": {"match": 1, "digest": 1, "no-match": 0},
        "no-match": {"match": 0, "digest": 1, "no-match": 0},
    }
    assert [(one["id"], one["expect"], one["got"]) for one in found["errors"]] == [
        ("fn", "match", "no-match"),
        ("fp", "digest", "match"),
    ]
    assert found["errors"][0]["reason"] == "no match; all but actors $russia"


STATUS, _ = rules(
    """\
    rules:
    - id: patrols
      type: status
      owner: o
      entity: $turkey
      facets:
        north:
          states: [running, stopped, resumed]
          authority: $russia
          to: {stopped: $phase.suspend near/8 $topic.patrol, resumed: $phase.resume near/8 $topic.patrol}
      tests: [{text: a, expect: match}, {text: b, expect: no-match}]
    """
)


def test_a_match_that_is_evidence_of_another_state_is_not_found_and_one_of_none_is_told() -> None:
    matcher = Matcher(Ruleset(rules=STATUS, vocabulary=VOCABULARY))
    suspends = "Turkey, Russia suspend patrols"
    lines = (
        line(id="right", rule="patrols", text=suspends, state="north:stopped"),
        line(id="astray", rule="patrols", text=suspends, state="north: resumed"),
        line(id="vain", rule="patrols", text="Turkey suspends patrols"),
        line(id="nobody", rule="patrols", text="Turkey suspends patrols", state="north: stopped"),
    )
    cases, problems = read_cases(lines, "c.jsonl")
    found = report(judge(matcher, STATUS, cases, TODAY))
    assert (problems, found["overall"]["tp"], found["overall"]["fn"]) == ([], 2, 2)
    assert [(one["id"], one["got"], one["reason"]) for one in found["errors"]] == [
        ("astray", "no-match", "not north: resumed, but evidence for north: stopped"),
        ("nobody", "no-match",
         "not north: stopped, but no evidence: it names nobody whose state this is; name $russia"),
    ]  # fmt: skip
    assert [(one["id"], one["reason"]) for one in found["no_evidence"]] == [
        ("vain", "it names nobody whose state this is; name $russia")
    ]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"rule": "patrols", "state": "north: stoped"},
         "'state': facet 'north' has no state 'stoped'; reports lead to stopped, resumed; did you mean 'stopped'?"),
        ({"rule": "patrols", "state": "south: stopped"}, "'state': no facet is called 'south'"),
        ({"rule": "patrols", "state": "stopped"}, "'state' has a facet and its state, such as \"north: stopped\""),
        ({"rule": "patrols", "state": "north: stopped", "expect": "digest"}, "'state' is of a case with 'expect'"),
        ({"rule": "patrol", "state": "north: stopped"}, "'state' is of rules of type status, and 'patrol' is none"),
        ({"rule": "patrols", "state": 3}, "'state' is no text"),
    ],
)  # fmt: skip
def test_a_state_that_a_case_cannot_be_evidence_of_is_told(keys: dict[str, Any], said: str) -> None:
    (found,) = known_cases(cases_of([line(text="a", **keys)], "c.jsonl"), {**KNOWN, **STATUS}, "c.jsonl")
    assert isinstance(found, Problem)
    assert found.message.startswith(said)


def test_no_case_at_all_gives_figures_of_nought() -> None:
    assert told("", "  \n")["overall"]["f1"] == 0.0


def test_a_case_is_a_text_or_a_title_with_lead_and_body() -> None:
    (bare, titled), _ = read_cases(
        [line(text="One came. Two left."), line(title="One", lead="Two.", body="Three.", text="")], "c"
    )
    assert (bare.title, bare.body) == ("One came.", "Two left.")
    assert (titled.title, titled.body) == ("One", "Two.\n\nThree.")


def test_the_country_is_that_of_most_outlets_in_the_language_unless_it_is_said() -> None:
    texts = [line(text="Rusya ile devriye", lang="tr"), line(text="Rusya ile devriye", lang="tr", country="DE")]
    (turkish, german), _ = read_cases(texts, "c")
    got = [one.got for one in judge(MATCHER, KNOWN, (turkish, german), TODAY)]
    assert got == [Expectation.MATCH, Expectation.NO_MATCH]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{", "the line is no JSON (or no UTF-8); each line is one object"),
        ("[1]", 'the line is no JSON object such as {"id"'),
        ("[" * 100_000, "the line is no JSON"),
        (line(rule=3), "'rule' is missing, or no text"),
        (line(text="a", titel="b"), "a case has no 'titel'; did you mean 'title'?"),
        (line(text="a", title="b"), "give 'text', or 'title' with 'lead' and 'body', and not both"),
        (line(text="a", lead="b"), "give 'text', or 'title' with 'lead' and 'body', and not both"),
        (line(title="a", lead=3), "'lead' is no text"),
        (line(text="a", lang="Turkish"), "'lang' is a language code such as en, tr or kmr, not 'Turkish'"),
        (line(text="a", country="Turkey"), "'country' is the code of the feed's country, such as TR, not 'Turkey'"),
        (line(expect="yes"), "'expect' is match, digest or no-match, not 'yes'"),
        (line(text="  "), "there is no text; give 'text', or 'title' with 'lead' and 'body'"),
        (line(text="x" * 1_000_000), "the line is longer than 1,000,000 characters"),
        (line(text="a", rule="patroll"), "no rule is called 'patroll'; did you mean 'patrol'?"),
    ],
)
def test_a_line_that_is_no_case_is_told_with_its_number(written: str, said: str) -> None:
    (found,) = known_cases(cases_of(["", written], "c.jsonl"), KNOWN, "c.jsonl")
    assert isinstance(found, Problem)
    assert str(found).startswith(f"c.jsonl:2: {said}")


def test_cases_are_judged_one_at_a_time() -> None:
    read = 0

    def endless() -> Iterator[str]:
        nonlocal read
        while True:
            read += 1
            yield line(text="Turkey and Russia on patrol")

    cases = (one for one in cases_of(endless(), "c") if isinstance(one, Case))
    verdicts = judge(MATCHER, KNOWN, cases, TODAY)
    assert next(verdicts).right
    assert next(verdicts).right
    assert read == 2


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.lists(st.text(max_size=3))


@given(st.dictionaries(st.sampled_from(["id", "lang", "rule", "expect", "text", "title", "body", "country"]), VALUES))
def test_any_object_is_a_case_that_can_be_judged_or_a_problem(raw: dict[str, Any]) -> None:
    raw = {"rule": "patrol", "expect": "match", **raw}
    for found in known_cases(cases_of([json.dumps(raw)], "c"), KNOWN, "c"):
        if isinstance(found, Case):
            assert report(judge(MATCHER, KNOWN, [found], TODAY))["overall"]
