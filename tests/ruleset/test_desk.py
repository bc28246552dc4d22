"""A desk, loaded whole or not at all."""

import os
from pathlib import Path
from textwrap import dedent

import pytest

from monitor.errors import ConfigError
from monitor.ruleset.desk import Desk, desk_of, load_desk
from tests.support.desk import GAZETTEER, LEXICON, PATROL_RULE, write_desk

FEEDS = {"wire": "https://wire.example/rss"}


@pytest.fixture(name="desk")
def _desk(tmp_path: Path) -> Path:
    return write_desk(tmp_path / "desk", FEEDS)


def put(desk: Path, name: str, text: str) -> None:
    path = desk / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), encoding="utf-8")


def complaints(desk: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_desk(desk)
    return [str(problem).removeprefix(f"{desk}/") for problem in caught.value.problems]


def names(desk: Desk) -> tuple[set[str], set[str], set[str]]:
    return set(desk.feeds), set(desk.ruleset.rules), set(desk.ruleset.vocabulary.entities)


def test_a_desk_holds_the_feeds_the_rules_and_the_vocabulary_of_its_files(desk: Path) -> None:
    assert names(load_desk(desk)) == ({"wire"}, {"joint-patrol"}, {"turkey", "russia", "kobani", "manbij"})


def test_files_of_a_folder_are_read_together_and_other_files_beside_them_are_not(desk: Path) -> None:
    put(desk, "watch/more.yaml", PATROL_RULE.replace("joint-patrol", "again"))
    put(desk, "gazetteer/more.yaml", "entities: {iran: {kind: state, aliases: {name: {en: [Iran]}}}}")
    put(desk, "watch/more.yaml~", "old")
    put(desk, "watch/README.md", "# How to write rules")
    put(desk, "watch/attic/old.yaml", "old")
    _, rules, entities = names(load_desk(desk))
    assert rules == {"joint-patrol", "again"}
    assert "iran" in entities


def test_a_rule_may_stand_in_a_file_before_the_file_of_its_words(desk: Path) -> None:
    (desk / "gazetteer" / "desk.yaml").rename(desk / "gazetteer" / "zz.yaml")
    assert names(load_desk(desk))[1] == {"joint-patrol"}


def test_a_desk_needs_neither_exclusions_nor_words(tmp_path: Path) -> None:
    desk = write_desk(
        tmp_path,
        FEEDS,
        rules=PATROL_RULE.replace("$turkey and $russia and ($topic.joint near/8 $topic.patrol)", "patrol and resume"),
    )
    for name in ("gazetteer/desk.yaml", "lexicon/desk.yaml"):
        (desk / name).unlink()
    assert names(load_desk(desk)) == ({"wire"}, {"joint-patrol"}, set())


def test_problems_of_all_files_come_at_once_in_the_order_of_files_and_lines(desk: Path) -> None:
    put(desk, "feeds.yaml", "feeds:\n- {url: nowhere, tier: 2}\n- {url: 'https://a.example/', tier: 7}\n")
    put(desk, "gazetteer/desk.yaml", GAZETTEER.replace("metonym:", "metonyms:", 1))
    put(desk, "lexicon/desk.yaml", LEXICON.replace("m[ae]d[iı]", "m[aed[iı]("))
    put(desk, "exclusions.yaml", "exclusions: {a: {reason: b}}")
    put(desk, "watch/rules.yaml", PATROL_RULE.replace("severity: high", "severity: grave"))
    assert [problem.split(": ")[0] for problem in complaints(desk)] == [
        "exclusions.yaml:1:17",
        "feeds.yaml:2:9",
        "feeds.yaml:3:37",
        "gazetteer/desk.yaml:9:7",
        "lexicon/desk.yaml:12:66",
        "watch/rules.yaml:6:13",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("gazetteer/desk.yaml", "entities: ["),
        ("lexicon/desk.yaml", "topics: 'joint"),
        ("exclusions.yaml", "exclusions: a: b"),
        ("gazetteer/desk.yaml", ""),
    ],
)
def test_a_file_that_cannot_be_read_is_one_problem_and_not_one_for_every_name_in_it(
    desk: Path, name: str, text: str
) -> None:
    put(desk, "watch/rules.yaml", PATROL_RULE.replace("  tests:", "  exclude: [sports]\n      tests:"))
    put(desk, "exclusions.yaml", "exclusions: {sports: {when: football, reason: races}}")
    put(desk, name, text)
    (only,) = complaints(desk)
    assert only.startswith(f"{name}:")


def test_a_file_named_yml_is_told_and_what_it_defines_is_not_called_unknown(desk: Path) -> None:
    (desk / "gazetteer" / "desk.yaml").rename(desk / "gazetteer" / "desk.yml")
    assert complaints(desk) == ["gazetteer/desk.yml: this file is not read; name it desk.yaml"]


@pytest.mark.parametrize("name", ["feeds", "exclusions", "wirewatch", "watch/more", "lexicon/more", "gazetteer/more"])
def test_every_file_of_a_desk_is_named_yaml(desk: Path, name: str) -> None:
    put(desk, f"{name}.yml", "a: b")
    assert complaints(desk) == [f"{name}.yml: this file is not read; name it {Path(name).name}.yaml"]


def test_one_rule_with_a_fault_is_left_out_where_that_is_asked_for_and_the_others_stay(desk: Path) -> None:
    put(desk, "watch/more.yaml", PATROL_RULE.replace("joint-patrol", "faulty").replace("$russia", "$rusia"))
    put(desk, "watch/broken.yaml", "rules: [")
    assert len(complaints(desk)) == 2
    loaded = load_desk(desk, lenient=True)
    assert set(loaded.ruleset.rules) == {"joint-patrol"}
    assert [problem.file.removeprefix(f"{desk}/") for problem in loaded.left_out] == [
        "watch/broken.yaml",
        "watch/more.yaml",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("watch/rules.yaml", PATROL_RULE.replace("$russia", "$rusia")),
        ("feeds.yaml", "feeds: none"),
        ("exclusions.yaml", "exclusions: {a: {reason: b}}"),
        ("gazetteer/more.yaml", "groups: {a: [nobody]}"),
    ],
)
def test_a_desk_without_a_rule_in_order_or_with_another_fault_is_not_loaded_at_all(
    desk: Path, name: str, text: str
) -> None:
    put(desk, name, text)
    with pytest.raises(ConfigError):
        load_desk(desk, lenient=True)


def test_a_folder_that_is_not_there_is_one_problem(tmp_path: Path) -> None:
    assert complaints(tmp_path / "none") == [f"{tmp_path}/none: there is no such folder; name the desk with --desk DIR"]


def test_an_empty_folder_is_told_what_it_lacks(tmp_path: Path) -> None:
    hint = "see the shipped desk in rules/ for one that works"
    assert complaints(tmp_path) == [
        f"{tmp_path}: the desk has no feeds.yaml; {hint}",
        f"{tmp_path}: the desk has no watch/*.yaml; {hint}",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_the_right_to_read_it_is_told(desk: Path) -> None:
    (desk / "feeds.yaml").chmod(0)
    assert complaints(desk) == ["feeds.yaml: the file cannot be read: Permission denied"]


def test_a_link_to_a_file_that_is_gone_is_not_read_in_silence(desk: Path) -> None:
    (desk / "watch" / "gone.yaml").symlink_to(desk / "nowhere.yaml")
    assert complaints(desk) == ["watch/gone.yaml: the file cannot be read: No such file or directory"]


@pytest.mark.parametrize(
    ("file", "folder"),
    [
        ("rules/watch/ypg.yaml", "rules"),
        ("rules/gazetteer/a.yaml", "rules"),
        ("rules/lexicon/a.yml", "rules"),
        ("rules/feeds.yaml", "rules"),
        ("rules/exclusions.yaml", "rules"),
        ("rules/README.md", None),
        ("rules/other.yaml", None),
        ("watch/ypg.yaml", "."),
        ("feeds.yaml", "."),
    ],
)
def test_a_file_tells_by_its_place_which_desk_it_is_a_part_of(file: str, folder: str | None) -> None:
    assert desk_of(Path(file)) == (None if folder is None else Path(folder))


def test_a_file_named_from_within_its_folder_is_part_of_the_desk_above(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk / "watch")
    found = desk_of(Path("rules.yaml"))
    assert found is not None
    assert found.resolve() == desk.resolve()


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("watch/PATROLS.YAML", "name it PATROLS.yaml"),
        ("watch/patrols.YML", "name it patrols.yaml"),
    ],
)
def test_an_ending_in_capitals_is_told(desk: Path, name: str, advice: str) -> None:
    put(desk, name, "a: b")
    assert complaints(desk) == [f"{name}: this file is not read; {advice}"]


@pytest.mark.parametrize("name", ["watch/.#patrols.yaml", "watch/.git/patrols.yaml"])
def test_what_is_hidden_is_no_part_of_the_desk(desk: Path, name: str) -> None:
    (desk / name).parent.mkdir(parents=True, exist_ok=True)
    put(desk, name, "a: b")
    assert load_desk(desk).warnings == ()


@pytest.mark.parametrize("name", ["watch/syria/patrols.yaml", "lexicon/a/b/more.yaml"])
def test_what_lies_further_down_is_put_aside_with_a_warning(desk: Path, name: str) -> None:
    (desk / name).parent.mkdir(parents=True, exist_ok=True)
    put(desk, name, "a: b")
    (warning,) = load_desk(desk).warnings
    folder = name.split("/", maxsplit=1)[0]
    assert (warning.file, warning.message) == (
        str(desk / name),
        f"this file is not read where it lies; what is to count belongs in {folder}/",
    )


@pytest.mark.parametrize("name", ["watch/more.yaml", "lexicon/more.yaml", "gazetteer/more.yaml", "exclusions.yaml"])
def test_a_file_of_another_version_is_refused(desk: Path, name: str) -> None:
    put(desk, name, "version: 2\nrules: []" if name.startswith("watch") else "version: 2")
    (complaint,) = complaints(desk)
    assert complaint.startswith(f"{name}:1:10: this program reads 'version: 1'")
