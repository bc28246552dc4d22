"""Why a rule matches a text, or what is missing, in words for a person."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.entry import read
from monitor.core.query import parse
from monitor.core.rule import Exclusion
from monitor.ruleset.explain import Explanation, explain
from tests.core.rulebook import TODAY, matcher, rule

SPORTS = Exclusion(name="sports", reason="a football match", when=parse("football"), until=date(2025, 1, 1))
QUERIES = st.sampled_from(
    [
        "$turkey",
        "$turkey and $russia",
        "$turkey near/2 $russia",
        "$turkey and not ($russia or $sdf)",
        "($turkey and patrol*) or ($russia near/3 $cue.negated)",
    ]
)
TEXTS = st.lists(
    st.sampled_from(["Turkey", "Russian", "patrols", "SDF", "not", "football", "and", "."]), max_size=8
).map(" ".join)


def explained(query: str, title: str, lead: str = "", *, language: str = "en", link: str = "") -> Explanation:
    one = rule(query, exclude=(SPORTS,))
    return explain(matcher(one), one, read(title, lead, language), link, TODAY)


def test_a_match_is_told_by_its_words() -> None:
    one = explained("$turkey and $russia", "Russia, Türkiye’nin patrols")
    assert one.verdict == "matches: 'Russia', 'Türkiye’nin'"
    assert one.missing == ()
    assert not one.near_miss


def test_what_is_missing_is_told_as_it_would_be_written() -> None:
    one = explained('$turkey and ("joint patrol" or $topic.patrol) and not $cue.negated', "Turkey: not so")
    assert one.match is None
    assert one.missing == ('"joint patrol"', "not $cue.negated")
    assert one.verdict == 'no match; missing: "joint patrol"; not $cue.negated'


def test_words_that_stand_too_far_apart_miss_their_near() -> None:
    one = explained("$turkey near/2 $russia", "Turkey said today that Russia left")
    assert one.missing == ("$turkey near/2 $russia",)
    assert one.near_miss


def test_an_exclusion_is_told_with_its_reason() -> None:
    one = explained("$turkey", "Turkey wins football match")
    assert one.verdict == "dropped by exclusion sports (a football match)"
    assert one.missing == ()
    assert one.near_miss


def test_the_tree_has_a_line_for_each_part() -> None:
    one = explained(
        "($turkey or $russia) and patrol* near/3 joint and not (football and a)",
        "Turkish, Turkish and Russian patrols",
        "Ankara: joint patrols",
    )
    assert one.lines == (
        "✓ all of",
        "  ✓ any of",
        "    ✓ $turkey: 'Turkish' in title, 'Ankara' in lead",
        "    ✓ $russia: 'Russian' in title",
        "  ✓ within 3 words",
        "    ✓ patrol*: 'patrols' in title, 'patrols' in lead",
        "    ✓ joint: 'joint' in lead",
        "  ✓ not",
        "    ✗ all of",
        "      ✗ football",
        "      ✗ a",
    )


def test_a_line_shows_six_spellings_at_most() -> None:
    one = explained("a*", "a ab ac ad ae af ag a")
    assert one.lines == ("✓ a*: " + ", ".join(f"'{word}' in title" for word in ("a", "ab", "ac", "ad", "ae", "af")),)


@pytest.mark.parametrize(
    ("query", "title", "near"),
    [
        pytest.param("$turkey and $russia", "Turkey", True, id="one of two references"),
        pytest.param("$turkey and $russia and $syria", "Turkey", False, id="two are missing"),
        pytest.param("$turkey and $russia", "Patrols", False, id="nothing is there"),
        pytest.param("$turkey", "Patrols", False, id="the only part is missing"),
        pytest.param("patrol* and base", "Patrols", True, id="plain words count"),
        pytest.param("$turkey and $russia and not $sdf", "Turkey, Russia, SDFs", False, id="it matches"),
        pytest.param("$turkey and $russia and not patrol*", "Turkey, Russia patrol", True, id="one word too many"),
        # The reference under "not" was taken for one that the rule asks for.
        pytest.param("$turkey and not ($russia and $syria)", "Russia", False, id="what is under not is not asked for"),
        pytest.param("($turkey and patrol*) or $syria", "Patrols", True, id="an alternative half there"),
    ],
)
def test_a_near_miss_lacks_one_part_while_another_is_there(query: str, title: str, near: bool) -> None:
    assert explained(query, title).near_miss is near


@given(QUERIES, TEXTS, TEXTS)
def test_an_explanation_agrees_with_the_match(query: str, title: str, lead: str) -> None:
    one = explained(query, title, lead)
    assert (one.match is None) is bool(one.missing) is one.lines[0].startswith("✗")
    assert one.verdict.startswith(("matches: ", "dropped by ") if one.match else "no match; missing: ")
    assert explained(query, title, lead) == one


@given(QUERIES, st.text(st.characters()), st.text(st.characters()), st.sampled_from(["en", "tr", ""]))
def test_any_text_can_be_explained(query: str, title: str, lead: str, language: str) -> None:
    one = explained(query, title, lead, language=language)
    assert all(line.lstrip().startswith(("✓ ", "✗ ")) for line in one.lines)
