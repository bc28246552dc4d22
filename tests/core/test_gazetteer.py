"""What the names of rules stand for."""

import pytest

from monitor.core.entry import read
from monitor.core.gazetteer import Vocabulary, compiled
from monitor.core.terms import TermIndex
from tests.core.rulebook import VOCABULARY, meets


def found(name: str, text: str, language: str = "en") -> bool:
    """Whether one of the terms of a name, guards aside, is in a text."""
    labelled = [("it", term) for term in VOCABULARY.terms(name) if not term.needs]
    return "it" in TermIndex(labelled).find(read(text, "", language).words)


@pytest.mark.parametrize(
    ("name", "text", "language", "met"),
    [
        ("turkey", "Turkey", "en", True),
        ("turkey", "Turkish", "en", True),
        ("turkey", "Ankara", "en", True),
        ("turkey", "Türkiye'nin", "tr", True),
        ("turkey.name", "Turkey", "en", True),
        ("turkey.name", "Turkish", "en", False),
        ("turkey.name", "Ankara", "en", False),
        ("turkey.adj", "Turkish", "en", True),
        ("turkey.adj", "Türk", "tr", True),
        ("turkey.adj", "Turkey", "en", False),
        ("turkey.metonym", "Ankara", "en", True),
        ("turkey.metonym", "Turkish", "en", False),
        ("russia.adj", "российские", "ru", True),
        ("russia.name", "российские", "ru", False),
        ("towns", "Kobani", "en", True),
        ("towns", "Münbiç", "tr", True),
        ("towns", "Syria", "en", False),
        ("region", "Syria", "en", True),
        ("region", "Ain al-Arab", "en", True),
        ("topic.patrol", "patrolling", "en", True),
        ("topic.patrol", "devriyelerine", "tr", True),
        ("topic.patrol", "патрулей", "ru", True),
        ("phase.resume", "yeniden başladı", "tr", True),
        ("phase.resume", "başladı", "tr", False),
    ],
)
def test_a_name_stands_for_its_words(name: str, text: str, language: str, met: bool) -> None:
    assert found(name, text, language) is met


@pytest.mark.parametrize(
    "name", ["", "nobody", "turkey.verb", "nobody.name", "towns.name", "topic.nothing", "sdf.adj", "cue.negated"]
)
def test_an_unknown_name_stands_for_nothing_and_says_so(name: str) -> None:
    with pytest.raises(KeyError):
        list(VOCABULARY.terms(name))


def test_every_name_but_a_cue_has_terms() -> None:
    for name in VOCABULARY.names - {*VOCABULARY.modality, *VOCABULARY.patterns}:
        assert list(VOCABULARY.terms(name)), name


def test_names_are_entities_their_forms_groups_and_words_of_the_lexicon() -> None:
    assert VOCABULARY.names >= {"turkey", "turkey.adj", "towns", "topic.patrol", "phase.resume", "cue.negated"}
    assert not VOCABULARY.names & {"sdf.adj", "towns.name", "turkey.verb", "negated"}


def test_an_empty_vocabulary_has_no_names() -> None:
    assert Vocabulary().names == frozenset()
    assert Vocabulary().places == ()


def test_a_stem_of_an_alias_counts_only_in_texts_of_its_language() -> None:
    assert found("topic.patrol", "patrols", "en")
    assert not found("topic.patrol", "patrols", "tr")
    assert found("topic.patrol", "patrol", "tr")


def test_an_exact_alias_is_not_stemmed_and_counts_in_every_language() -> None:
    assert not found("sdf", "SDFs in Syria", "en")
    assert all(found("sdf", "the SDF in", language) for language in ("en", "tr", "ar", "kmr", ""))


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("Turkey resumes patrols", True),
        ("How to roast a turkey", False),
        ("A turkey with two sandwiches", False),
        ("Ankara's best sandwich", False),
    ],
)
def test_the_guards_of_an_entity_hold_for_all_its_aliases(text: str, met: bool) -> None:
    assert meets("$turkey", text) is met
    assert meets("$turkey.name or $turkey.metonym", text) is met


@pytest.mark.parametrize(
    ("text", "lead", "met"),
    [("M4", "Syria reopens the M4.", True), ("The M4 reopens", "", False), ("The M4 and Kobani", "", False)],
)
def test_an_entity_counts_only_with_what_it_needs(text: str, lead: str, met: bool) -> None:
    assert meets("$m4", text, lead) is met


@pytest.mark.parametrize(
    ("text", "language", "met"),
    [("الأسد في حديقة", "ar", False), ("الأسد يغادر سوريا", "ar", True), ("Assad leaves", "en", True)],
)
def test_one_alias_may_need_what_the_others_do_not(text: str, language: str, met: bool) -> None:
    assert meets("$assad", text, language=language) is met


def test_needed_names_and_guards_are_those_of_all_entities() -> None:
    assert VOCABULARY.needed_names() == {"syria"}
    assert {label for label, _ in VOCABULARY.guard_terms()} == {
        "guard:roast",
        "guard:sandwich*",
        "guard:Sustainable Development",
    }


def test_places_are_the_entities_of_that_kind() -> None:
    assert VOCABULARY.places == ("kobani", "manbij")


def test_the_words_of_a_rule_are_stemmed_in_every_language_that_has_a_stemmer() -> None:
    assert {"en", "tr", "ru", "ar", "fa"} <= set(VOCABULARY.languages)
    assert meets("patrolling", "патруль patrols")
    assert meets("патрули", "патруль", language="ru")


@pytest.mark.parametrize(
    ("expression", "reason"),
    [("(", "missing ): ("), ("(?=x)", "invalid perl operator"), (r"(a)\1", "invalid escape"), ("[z-a]", "range")],
)
def test_an_expression_that_re2_does_not_know_is_refused_with_its_reason(expression: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r"^[^'b]") as caught:
        compiled(expression)
    assert reason in str(caught.value)


def test_an_expression_is_searched_anywhere_in_a_word() -> None:
    assert compiled("m[ae]d[iı]$").search("başlamadı")
    assert not compiled("^m[ae]d[iı]$").search("başlamadı")
