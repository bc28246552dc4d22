"""What `check` finds odd in a desk that loads: in plain words, with the place."""

from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest

from monitor.errors import ConfigError
from monitor.ruleset.desk import load_desk
from monitor.ruleset.lint import lint
from tests.support.desk import GAZETTEER, write_desk

TODAY = date(2026, 11, 22)
TESTS = "tests: [{text: a, expect: match}, {text: b, expect: no-match}]"
NEVER = "drop one of the two"


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_desk(Path("desk"), {"wire": "https://wire.example/rss"})


def found(folder: Path, rule: str, *, exclusions: str = "", today: date = TODAY) -> list[str]:
    """What is found in a desk with one rule, whose match stands on line 4; without the desk's folder."""
    (folder / "watch" / "rules.yaml").write_text(
        f"rules:\n- id: a\n  owner: o\n  {rule}\n  {TESTS}\n", encoding="utf-8"
    )
    if exclusions:
        (folder / "exclusions.yaml").write_text(f"exclusions: {exclusions}\n", encoding="utf-8")
    return [str(one).removeprefix("desk/") for one in lint(load_desk(folder), folder, today)]


def test_a_rule_in_order_is_told_nothing(folder: Path) -> None:
    assert found(folder, "match: $turkey and patrol") == []
    event = "{event: {actors: [$turkey, $russia], action: $topic.patrol, joint: true, no_other: $manbij}}"
    assert found(folder, f"match: {event}") == []


@pytest.mark.parametrize(
    ("match", "said"),
    [
        ("$turkey and not $turkey", f"rule a can never match: it asks for $turkey and bars it; {NEVER}"),
        ("patrol and $turkey near/3 base and not (base or x)", "rule a can never match: it asks for base and bars it"),
        ("{all: [$turkey, {event: {action: patrol}}], none: [patrol]}", "it asks for patrol and bars it"),
        ("{any: [$turkey and base, {all: [patrol], none: [patrol]}]}", "it asks for patrol and bars it"),
        ("{title: $turkey, body: patrol}", "rule a looks at the body, which its 'scope' leaves out"),
    ],
)  # fmt: skip
def test_a_query_that_can_never_match_is_an_error(folder: Path, match: str, said: str) -> None:
    (told,) = found(folder, f"match: {match}")
    assert told.startswith("watch/rules.yaml:4:10: rule a ")
    assert said in told


@pytest.mark.parametrize(
    "match",
    [
        "$turkey near/5 $turkey",
        "$turkey and not ($russia and $turkey)",
        "($turkey or $russia) and patrol and not $turkey",
        "{event: {actors: [$turkey, $russia], action: patrol, implied_by_source: {TR: $turkey}}, none: [$turkey]}",
        "{at_least: 1, of: [patrol, $turkey], none: [patrol]}",
    ],
)
def test_a_query_that_can_match_is_not_called_impossible(folder: Path, match: str) -> None:
    assert [one for one in found(folder, f"match: {match}") if "never" in one] == []


@pytest.mark.parametrize(
    ("match", "said"),
    [
        ("patrol", "rule a asks for one word only, and will ring often; say what must happen beside it"),
        ("$turkey", "rule a rings at every mention of $turkey; say what must happen beside it"),
        ("$turkey or $russia.adj", "rule a rings at every mention of $turkey or $russia.adj; say what must happen"),
        ("patrol and base", "rule a names only words of its own, in the languages you thought of; use $names where"),
    ],
)
def test_a_rule_that_asks_for_little_is_a_warning(folder: Path, match: str, said: str) -> None:
    (told,) = found(folder, f"match: {match}")
    assert told.startswith(f"watch/rules.yaml:4:10: warning: {said}")


def test_a_live_rule_whose_day_has_passed_is_an_error_from_the_next_day_on(folder: Path) -> None:
    rule = "match: $turkey and patrol\n  status: live\n  expires: 2026-11-21"
    (told,) = found(folder, rule)
    assert told.startswith("watch/rules.yaml:2: rule a expired on 2026-11-21 and rings all the same; ")
    assert found(folder, rule, today=date(2026, 11, 21)) == []
    assert found(folder, rule.replace("live", "muted")) == []


@pytest.mark.parametrize(
    ("exclude", "said"),
    [
        ("{name: b, when: base, reason: c, until: 2026-11-22}", "5:13: warning: exclusion b of rule a ended on"),
        ("{name: b, when: film and base, reason: c}", "5:13: warning: exclusion b of rule a can never apply"),
        ("{name: b, when: $turkey, reason: c}", "5:13: exclusion b of rule a drops every match"),
        ("shared", "exclusions.yaml:1:14: warning: exclusion shared of rule a can never apply: it needs film"),
    ],
)  # fmt: skip
def test_an_exclusion_that_does_nothing_or_too_much_is_told(folder: Path, exclude: str, said: str) -> None:
    shared = "{shared: {when: film, reason: a film}}"
    (told,) = found(folder, f"match: $turkey and patrol and not film\n  exclude: [{exclude}]", exclusions=shared)
    assert told.removeprefix("watch/rules.yaml:").startswith(said)


def test_an_exclusion_that_is_there_twice_is_told_at_the_second(folder: Path) -> None:
    one = "{name: b, when: base, reason: c}, {name: d, when: base, reason: e}"
    assert found(folder, f"match: $turkey and patrol\n  exclude: [{one}]") == [
        "watch/rules.yaml:5:47: warning: exclusion d of rule a is the same as b; drop one of the two"
    ]


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ("{languages: [fr]}", ["5:24: warning: rule a: no feed of the desk is 'fr', as 'sources.languages' has it"]),
        ("{countries: [TR]}", ["5:24: warning: rule a: no feed of the desk is 'TR', as 'sources.countries' has it"]),
        ("{not: [wirr]}", ["5:18: warning: rule a: no feed of the desk is 'wirr', as 'sources.not' has it"]),
        ("{min_tier: 2}", ["5:12: rule a listens to no feed of the desk; see 'sources'"]),
    ],
)  # fmt: skip
def test_sources_that_no_feed_has_are_told(folder: Path, sources: str, said: list[str]) -> None:
    told = found(folder, f"match: $turkey and patrol\n  sources: {sources}")
    assert all(any(one.startswith(f"watch/rules.yaml:{line}") for one in told) for line in said), told


def test_a_country_that_no_feed_is_of_leaves_nothing_out(folder: Path) -> None:
    event = "{event: {actors: [$turkey, $russia], action: patrol, implied_by_source: {TR: $turkey}}}"
    assert found(folder, f"match: {event}") == [
        "watch/rules.yaml:4:10: warning: rule a: no feed of the desk is of TR, as 'implied_by_source' has it"
    ]


@pytest.mark.parametrize(
    ("word", "script"),
    [
        ("погиб*", "Cyrillic letters ('погиб*') and no test in ru or uk"),
        ("قتل*", "Arabic letters ('قتل*') and no test in ar, ckb or fa"),
        ("öldü", "Turkish or Kurdish letters ('öldü') and no test in tr or kmr"),
    ],
)
def test_words_in_a_language_that_no_test_is_in_are_told(folder: Path, word: str, script: str) -> None:
    assert found(folder, f"match: $turkey and ({word} or dead)") == [
        f"watch/rules.yaml:5:10: warning: rule a has words in {script}"
    ]


def test_an_alias_of_two_entities_is_told_where_rules_mean_each_of_them(folder: Path) -> None:
    town = "  town: {kind: place, aliases: {name: {en: [Ankara]}}}\n"
    gazetteer = folder / "gazetteer" / "desk.yaml"
    gazetteer.write_text(dedent(GAZETTEER) + town, encoding="utf-8")
    other = f"rules: [{{id: b, owner: o, match: $town and base, {TESTS}}}]"
    (folder / "watch" / "other.yaml").write_text(other, encoding="utf-8")
    said = "'Ankara' is an alias of town and turkey; give one of them 'needs_for' or 'not_with'"
    assert found(folder, "match: $turkey and patrol") == [f"gazetteer/desk.yaml:9:22: warning: {said}"]
    assert found(folder, "match: $russia and patrol") == []
    gazetteer.write_text(dedent(GAZETTEER) + town.replace("place,", "place, needs: [russia],"), encoding="utf-8")
    assert found(folder, "match: $turkey and patrol") == []


def test_a_former_id_that_is_a_rule_of_today_is_told_whichever_comes_first(folder: Path) -> None:
    for order in (("[b]", "[]"), ("[x]", "[a, b]")):
        text = "".join(
            f"- {{id: {name}, formerly: {former}, owner: o, match: $turkey and x, {TESTS}}}\n"
            for name, former in zip(("a", "b"), order, strict=True)
        )
        (folder / "watch" / "rules.yaml").write_text(f"rules:\n{text}".replace("formerly: [], ", ""), encoding="utf-8")
        with pytest.raises(ConfigError, match=r"rule id '[ab]' again"):
            load_desk(folder)
