"""Gazetteer and lexicon to a vocabulary."""

import time

import pytest
from hypothesis import given, settings

from monitor import yamlfile
from monitor.core.gazetteer import Alias, Cue, Entity, Pattern, Vocabulary
from monitor.ruleset.vocabulary import VocabularyReader
from monitor.yamlfile import Problems
from tests.ruleset.reading import mistyped, node, noted, outside, vocabulary

ENTITIES = """\
entities:
  turkey:
    kind: state
    iso: TR
    aliases:
      name: {en: [Turkey, Türkiye], tr: [Türkiye]}
      adj: {en: [Turkish]}
    aliases_unverified: {kmr: [Enqere, Tirkî], ar: [تركيين]}
    not_with: [turkey sandwich]
  ypg:
    kind: armed_group
    part_of: [sdf]
    aliases: {name: {en: [YPG, People's Protection Units]}}
    exact_aliases: {en: [HPG]}
    needs_for: {HPG: [turkey]}
  ain_issa: {kind: place, aliases: {name: {en: [Ain Issa]}}, needs: [turkey, neighbours]}
  russia: {kind: state, aliases: {name: {en: [Russia]}}}
groups:
  neighbours: [turkey, allies]
  allies: [russia, turkey]
"""
WORDS = """\
version: 1
topics:
  patrol: {en: [patrol*], tr: [devriye*]}
actions:
  sign: {en: [sign, signed]}
phases:
  begin: {en: [begin*]}
modality:
  negated: {en: ["no", not], tr: [değil], tr_re: 'm[ae]d[iı]$'}
"""


def read(gazetteer: str = "", lexicon: str = "", *, whole: bool = True) -> tuple[Vocabulary, list[str]]:
    problems = Problems()
    reader = VocabularyReader(problems)
    if gazetteer:
        reader.read_gazetteer(node(gazetteer))
    if lexicon:
        reader.read_lexicon(node(lexicon))
    return reader.vocabulary(whole=whole), noted(problems)


def test_entities_are_read_with_aliases_guards_and_needs() -> None:
    found = vocabulary(ENTITIES, WORDS)
    assert found.entities["turkey"] == Entity(
        id="turkey",
        kind="state",
        aliases=(
            Alias(text="Turkey", language="en"),
            Alias(text="Türkiye", language="en"),
            Alias(text="Türkiye", language="tr"),
            Alias(text="Turkish", language="en", form="adj"),
        ),
        not_with=("turkey sandwich",),
        unverified=(
            Alias(text="Enqere", language="kmr"),
            Alias(text="Tirkî", language="kmr"),
            Alias(text="تركيين", language="ar"),
        ),
    )
    assert found.entities["ypg"].aliases == (
        Alias(text="YPG", language="en"),
        Alias(text="People's Protection Units", language="en"),
        Alias(text="HPG", language="en", exact=True),
    )
    assert found.entities["ain_issa"].needs == ("turkey", "neighbours")


def test_an_alias_that_needs_company_needs_it_alone() -> None:
    text = ENTITIES.replace("needs_for: {HPG:", "needs_for: {YPG:")
    needs = {alias.text: alias.needs for alias in vocabulary(text, WORDS).entities["ypg"].aliases}
    assert needs == {"YPG": ("turkey",), "People's Protection Units": (), "HPG": ()}


def test_aliases_that_wait_for_review_are_counted_and_kept_apart() -> None:
    reader = VocabularyReader(Problems())
    reader.read_gazetteer(node(ENTITIES))
    assert reader.unverified == 3
    aliases = {alias.text for alias in reader.vocabulary().entities["turkey"].aliases}
    assert aliases.isdisjoint({"Enqere", "Tirkî", "تركيين"})


def test_a_group_holds_the_entities_of_its_groups_each_once() -> None:
    assert vocabulary(ENTITIES, WORDS).groups == {"neighbours": ("turkey", "russia"), "allies": ("russia", "turkey")}


def test_the_lexicon_is_read_by_section_and_language() -> None:
    found = vocabulary(ENTITIES, WORDS)
    assert found.cues == {
        "topic.patrol": (Cue(text="patrol*", language="en"), Cue(text="devriye*", language="tr")),
        "act.sign": (Cue(text="sign", language="en"), Cue(text="signed", language="en")),
        "phase.begin": (Cue(text="begin*", language="en"),),
    }
    assert found.modality["cue.negated"] == (
        Cue(text="no", language="en"), Cue(text="not", language="en"), Cue(text="değil", language="tr"),
    )  # fmt: skip
    assert found.patterns == {"cue.negated": (Pattern(expression="m[ae]d[iı]$", language="tr"),)}


def test_rules_may_name_entities_forms_groups_and_words() -> None:
    assert vocabulary(ENTITIES, WORDS).names == {
        "turkey", "turkey.name", "turkey.adj", "ypg", "ypg.name", "ain_issa", "ain_issa.name", "russia", "russia.name",
        "neighbours", "allies", "topic.patrol", "act.sign", "phase.begin", "cue.negated",
    }  # fmt: skip


def test_an_entity_may_be_named_in_a_file_before_the_one_that_defines_it() -> None:
    problems = Problems()
    reader = VocabularyReader(problems)
    reader.read_gazetteer(node("groups: {guarantors: [turkey]}"))
    reader.read_gazetteer(node(ENTITIES))
    assert reader.vocabulary().groups["guarantors"] == ("turkey",)
    assert noted(problems) == []


def test_one_name_twice_is_told_with_the_place_of_the_first() -> None:
    problems = Problems()
    reader = VocabularyReader(problems)
    reader.read_gazetteer(node(ENTITIES))
    reader.read_gazetteer(node("\n\ngroups: {ypg: [turkey]}"))
    reader.vocabulary()
    assert noted(problems) == ["file.yaml:3:10: 'ypg' again; first in file.yaml:10, merge the two or rename one"]


@pytest.mark.parametrize("name", ["YPG", "Ain Issa", "ain.issa", "1st_army", "قسد", "a/b"])
@pytest.mark.parametrize(
    "text", ["entities: {{'{}': {{kind: x, aliases: {{name: {{en: [x]}}}}}}}}", "groups: {{'{}': [turkey]}}"]
)
def test_a_name_that_no_rule_could_write_is_told(text: str, name: str) -> None:
    _, problems = read(text.format(name), whole=False)
    (said,) = problems
    assert said.endswith(f"{name!r} is no name; use lower-case letters, digits, '_' and '-'")


@pytest.mark.parametrize("section", ["topics", "actions", "phases", "modality"])
def test_a_word_whose_name_holds_a_dot_is_told_for_no_rule_could_name_it(section: str) -> None:
    _, problems = read(lexicon=f"{section}: {{a.b: {{en: [x]}}}}")
    column = len(section) + 4
    assert problems == [f"file.yaml:1:{column}: 'a.b' is no name; use lower-case letters, digits, '_' and '-'"]


ADD = "add it, or name an entity of another file to add to"


@pytest.mark.parametrize(("section", "name"), [("topics", "topic.a"), ("modality", "cue.a")])
def test_one_name_in_two_files_of_the_lexicon_keeps_the_words_of_the_first(section: str, name: str) -> None:
    problems = Problems()
    reader = VocabularyReader(problems)
    for word in ("first", "second"):
        reader.read_lexicon(node(f"{section}: {{a: {{en: [{word}]}}}}"))
    found = reader.vocabulary()
    assert [cue.text for cue in {**found.cues, **found.modality}[name]] == ["first"]
    (said,) = noted(problems)
    assert f"{name} has 'en' already, in file.yaml:1; merge the two" in said


def test_each_language_that_two_files_give_a_name_is_told() -> None:
    problems = Problems()
    reader = VocabularyReader(problems)
    for _ in range(2):
        reader.read_lexicon(node("topics: {a: {en: [one], tr: [bir]}}"))
    reader.vocabulary()
    assert [one.split(", in")[0] for one in noted(problems)] == [
        "file.yaml:1:14: topic.a has 'en' already",
        "file.yaml:1:25: topic.a has 'tr' already",
    ]


def test_a_word_may_stand_in_a_file_for_each_language() -> None:
    reader = VocabularyReader(Problems())
    reader.read_lexicon(node("topics: {a: {en: [one]}}"))
    reader.read_lexicon(node("topics: {a: {tr: [bir]}}"))
    assert [cue.text for cue in reader.vocabulary().cues["topic.a"]] == ["one", "bir"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("entities: {a: {kind: x}}", "1:15: entity 'a' has no aliases, so nothing can find it; give it 'aliases'"),
        ("entities: {a: {aliases: {name: {en: [A]}}}}", f"1:15: entity 'a' lacks 'kind'; {ADD}"),
        (
            "entities: {a: {kind: x, aliases: {noun: {en: [A]}, name: {en: [A]}}}}",
            "1:35: unknown key 'noun' in 'aliases'; known are name, adj, metonym",
        ),
        (
            "entities: {a: {kind: x, aliases: {name: [A]}, exact_aliases: {en: [A]}}}",
            "1:41: aliases.name is a mapping of names to values",
        ),
        (
            "entities: {a: {kind: x, aliases: {name: {english: [A]}}}}",
            "1:42: 'english' in aliases.name is no language code such as en or kmr",
        ),
        (
            "entities: {a: {kind: x, aliases: {name: {en: ['!?', A]}}}}",
            "1:47: '!?' has no letter or digit, so nothing can find it",
        ),
        (
            "entities: {a: {kind: x, aliases: {name: {en: [pat*rol, A]}}}}",
            "1:47: 'pat*rol': '*' stands at the end of a word only",
        ),
        (
            "entities: {a: {kind: x, aliases: {name: {en: [A]}}, needs_for: {B: [a]}}}",
            "1:64: 'needs_for' names 'B', which is no alias of 'a'",
        ),
        (
            "entities: {a: {kind: x, aliases: {name: {en: [A]}}, needs: [aa]}}",
            "1:61: no entity or group is called 'aa'; did you mean 'a'?",
        ),
        (
            "entities: {a: {kind: x, aliases: {name: {en: [A]}}, needs: []}}",
            "1:60: 'needs' names nobody; name an entity or a group, or remove it",
        ),
        ("groups: {a: []}", "1:13: group 'a' names nobody; name an entity or a group, or remove it"),
        ("groups: {a: [b]}", "1:14: no entity or group is called 'b'"),
        ("groups: {a: [a]}", "1:10: group 'a' contains itself; take it out"),
        ("entitys: {}", "1:1: unknown key 'entitys' in a gazetteer file; did you mean 'entities'?"),
    ],
)
def test_a_fault_in_a_gazetteer_is_told_with_its_place(text: str, said: str) -> None:
    assert read(text)[1] == [f"file.yaml:{said}"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("modality: {no: {tr_re: 'm[ae(z$'}}", "1:24: this is no RE2 expression: missing ]: [ae(z$"),
        ("modality: {no: {tr_re: '(?<!ha)mez'}}", "1:24: this is no RE2 expression: invalid perl operator: (?<!"),
        ("modality: {no: {tr_re: [a]}}", "1:24: tr_re is a text; put it in quotes if it holds ': ', ' #', [ or {"),
        ("modality: {no: {re: [a]}}", ""),
        ("topics: {a: [x]}", "1:13: topics 'a' is a mapping of names to values"),
        ("verbs: {}", "1:1: unknown key 'verbs' in a lexicon file; did you mean 'version'?"),
    ],
)
def test_a_fault_in_a_lexicon_is_told_with_its_place(text: str, said: str) -> None:
    assert read(lexicon=text)[1] == ([f"file.yaml:{said}"] if said else [])


def test_a_circle_of_groups_is_told_once() -> None:
    _, problems = read("groups: {a: [b], b: [c], c: [a], d: [c]}")
    assert problems == ["file.yaml:1:10: group 'a' contains itself; take it out"]


def test_groups_within_groups_within_groups_are_read_at_once() -> None:
    layers = "".join(f"  l{n}: [a{n - 1}, b{n - 1}]\n  a{n}: [l{n}]\n  b{n}: [l{n}]\n" for n in range(1, 60))
    chain = "".join(f"  c{n}: [c{n - 1}]\n" for n in range(1, 1500))
    text = f"{ENTITIES}  a0: [turkey]\n  b0: [russia]\n  c0: [turkey]\n{layers}{chain}"
    problems = Problems()
    reader = VocabularyReader(problems)
    root = node(text)
    start = time.monotonic()
    reader.read_gazetteer(root)
    found = reader.vocabulary()
    assert time.monotonic() - start < 10
    assert noted(problems) == []
    assert found.groups["l59"] == ("turkey", "russia")
    assert len(list(found.terms("c1499"))) == 4


def test_of_a_vocabulary_with_a_file_missing_no_name_is_called_unknown() -> None:
    assert read("groups: {a: [turkey]}", whole=False)[1] == []


@settings(max_examples=300, deadline=2000)
@given(text=mistyped(ENTITIES))
def test_any_gazetteer_gives_terms_or_problems_with_places_in_it(text: str) -> None:
    text = text.replace("\r", "\n")
    problems = Problems()
    reader = VocabularyReader(problems)
    root = yamlfile.parse(text, "f", problems)
    if root is not None:
        reader.read_gazetteer(root)
    found = reader.vocabulary()
    assert outside(problems, text) == []
    assert problems or all(list(found.terms(name)) for name in found.names)


@settings(max_examples=200, deadline=2000)
@given(text=mistyped(WORDS))
def test_any_lexicon_gives_words_or_problems_with_places_in_it(text: str) -> None:
    text = text.replace("\r", "\n")
    problems = Problems()
    reader = VocabularyReader(problems)
    root = yamlfile.parse(text, "f", problems)
    if root is not None:
        reader.read_lexicon(root)
    found = reader.vocabulary()
    assert outside(problems, text) == []
    assert problems or found.cues.keys() | found.modality.keys() | found.patterns.keys() == found.names
