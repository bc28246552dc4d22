"""`wirewatch check`: what an author of rules is told, and how the command ends."""

import json
import re
import shutil
from pathlib import Path
from textwrap import dedent

import pytest

from tests.cli.running import run
from tests.support.desk import PATROL_RULE, write_desk

# Each folder holds files that are laid over a working desk, and `problems`, which is what `check` then prints. A file
# `removed` names files to take away.
FAULTS = Path(__file__).parents[1] / "data" / "desks"
FEEDS = {"wire": "https://wire.example/rss"}
SUMMARY = re.compile(
    r"\S+: 1 feed, 1 rule with 3 tests, 4 entities with \d+ aliases \(0 more wait for review and count in shadow only"
    r"\), 1 receiver"
)


@pytest.fixture(name="desk")
def _desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working desk, which is the working folder."""
    monkeypatch.chdir(tmp_path)
    return write_desk(Path(), FEEDS)


def put(name: str, text: str) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), encoding="utf-8")


def lay_over(desk: Path, fault: str) -> None:
    shutil.copytree(FAULTS / fault, desk, dirs_exist_ok=True)
    (desk / "problems").unlink()
    removed = desk / "removed"
    for name in removed.read_text(encoding="utf-8").split() if removed.exists() else ():
        (desk / name).unlink()


@pytest.mark.parametrize("fault", sorted(path.name for path in FAULTS.iterdir()))
def test_a_mistyped_desk_is_told_all_its_problems_and_no_others(fault: str, desk: Path) -> None:
    lay_over(desk, fault)
    result = run("check", "--desk", desk)
    assert result.stderr == (FAULTS / fault / "problems").read_text(encoding="utf-8")
    assert result.exit_code == 1
    count = len(result.stderr.splitlines())
    assert result.stdout.splitlines()[-1] == ("1 problem" if count == 1 else f"{count} problems")


@pytest.mark.parametrize("fault", sorted(path.name for path in FAULTS.glob("secret-*")))
def test_no_problem_repeats_a_secret(fault: str) -> None:
    assert not re.search(r"s3cr3t", (FAULTS / fault / "problems").read_text(encoding="utf-8"), re.IGNORECASE)


@pytest.mark.usefixtures("desk")
def test_a_desk_in_order_is_told_with_what_is_on_it() -> None:
    result = run("check", "--desk", ".")
    assert (result.exit_code, result.stderr) == (0, "")
    summary, verdict = result.stdout.splitlines()
    assert SUMMARY.fullmatch(summary)
    assert verdict == "no problems"


@pytest.mark.usefixtures("desk")
def test_problems_as_json_are_one_list_with_places() -> None:
    put("watch/rules.yaml", PATROL_RULE.replace("high", "hgih"))
    result = run("check", "--desk", ".", "--format", "json")
    assert (result.exit_code, result.stderr) == (1, "")
    assert json.loads(result.stdout) == [
        {
            "file": "watch/rules.yaml",
            "line": 6,
            "column": 13,
            "severity": "error",
            "message": "'severity' is one of info, notice, high, critical, not 'hgih'; did you mean 'high'?",
        }
    ]


@pytest.mark.usefixtures("desk")
def test_a_desk_in_order_is_an_empty_list_as_json_and_nothing_for_github() -> None:
    assert json.loads(run("check", "--desk", ".", "--format", "json").stdout) == []
    assert run("check", "--desk", ".", "--format", "github").stdout == ""


def test_problems_for_github_are_annotations_whatever_the_name_of_the_file(tmp_path: Path) -> None:
    desk = write_desk(tmp_path / "a,b:100%", FEEDS, rules=PATROL_RULE.replace("high", "'50%'"))
    result = run("check", "--desk", desk, "--format", "github")
    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout == (
        f"::error file={tmp_path}/a%2Cb%3A100%25/watch/rules.yaml,line=6,col=13::"
        "'severity' is one of info, notice, high, critical, not '50%25'\n"
    )


@pytest.mark.usefixtures("desk")
def test_a_test_of_a_rule_that_fails_is_a_problem() -> None:
    put("watch/rules.yaml", PATROL_RULE.replace("sign a gas deal", "sign joint patrol deal"))
    result = run("check", "--desk", ".")
    assert result.exit_code == 1
    assert result.stderr == (
        "watch/rules.yaml:11:5: rule joint-patrol: expected no-match, got match "
        "(matches: 'Turkey', 'Russia', 'joint', 'patrol'): 'Turkey and Russia sign joint patrol deal'\n"
    )


@pytest.mark.usefixtures("desk")
def test_a_secret_that_is_not_there_yet_is_told_with_the_ways_to_provide_it(monkeypatch: pytest.MonkeyPatch) -> None:
    put("wirewatch.yaml", "secrets: keys\nreceivers: {s: {type: slack, webhook_secret: slack-syria}}")
    result = run("check", "--desk", ".")
    assert result.exit_code == 1
    assert result.stderr == (
        "wirewatch.yaml: receiver 's': secret 'slack-syria' is missing; set SLACK_SYRIA, write it to keys/slack-syria, "
        "or give the unit LoadCredential=slack-syria:PATH\n"
    )
    monkeypatch.setenv("SLACK_SYRIA", "https://hooks.slack.example/x")
    assert run("check", "--desk", ".").exit_code == 0


@pytest.mark.usefixtures("desk")
def test_of_a_single_file_only_its_own_problems_are_told() -> None:
    put("watch/other.yaml", "rules: []")
    put("watch/wrong.yaml", "rule: []")
    put("feeds.yaml", "feeds: none")
    assert run("check", "watch/wrong.yaml").stderr == (
        "watch/wrong.yaml:1:1: unknown key 'rule' in a rule file; did you mean 'rules'?\n"
    )
    assert run("check", "feeds.yaml").stderr.startswith("feeds.yaml:1:8: 'feeds' is a list")
    both = run("check", "feeds.yaml", "watch/wrong.yaml")
    assert [line.split(":")[0] for line in both.stderr.splitlines()] == ["feeds.yaml", "watch/wrong.yaml"]


@pytest.mark.usefixtures("desk")
def test_a_file_in_order_on_a_desk_that_is_not_is_not_called_free_of_problems() -> None:
    put("feeds.yaml", "feeds: none")
    result = run("check", "watch/rules.yaml")
    assert result.exit_code == 1
    assert result.stderr == (
        "watch/rules.yaml: not checked to the end, for other files have problems; see wirewatch check .\n"
    )


@pytest.mark.usefixtures("desk")
def test_the_tests_of_a_single_file_are_run() -> None:
    put("watch/second.yaml", PATROL_RULE.replace("joint-patrol", "second").replace("sign a gas", "joint patrol"))
    assert run("check", "watch/rules.yaml").exit_code == 0
    result = run("check", "watch/second.yaml")
    assert result.exit_code == 1
    assert result.stderr.startswith("watch/second.yaml:11:5: rule second: expected no-match, got match")


@pytest.mark.usefixtures("desk")
def test_a_folder_of_a_desk_is_checked_as_a_part_of_it() -> None:
    put("watch/wrong.yaml", "rule: []")
    put("lexicon/wrong.yaml", "topic: {}")
    assert run("check", "watch").stderr.splitlines() == run("check", "watch/wrong.yaml").stderr.splitlines()


def test_a_file_is_found_to_be_of_a_desk_from_within_its_folder(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk / "watch")
    assert run("check", "rules.yaml").exit_code == 0


@pytest.mark.parametrize("name", ["README.md", "notes.yaml", "watch/rules.txt"])
@pytest.mark.usefixtures("desk")
def test_a_file_that_no_desk_reads_is_not_called_free_of_problems(name: str) -> None:
    put(name, "- a")
    result = run("check", name)
    assert (result.exit_code, result.stderr) == (1, f"{name}: no desk reads a file of this name in this place\n")


def test_a_configuration_that_stands_elsewhere_is_checked_with_the_desk(desk: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "etc" / "wirewatch.prod.yaml"
    elsewhere.parent.mkdir()
    elsewhere.write_text("routes: [{rules: [joint-patrl], receivers: [terminal]}]", encoding="utf-8")
    said = f"{elsewhere}:1:19: the desk has no rule 'joint-patrl'; did you mean 'joint-patrol'?"
    assert run("check", elsewhere, "--desk", desk).stderr.splitlines() == [said]
    assert said in run("check", "--config", elsewhere, "--desk", desk).stderr


def test_several_desks_are_checked_in_one_go(tmp_path: Path) -> None:
    good = write_desk(tmp_path / "good", FEEDS)
    bad = write_desk(tmp_path / "bad", FEEDS, config="routes: []")
    result = run("check", good, bad)
    assert result.exit_code == 1
    assert (
        result.stderr
        == f"{bad}/wirewatch.yaml:1:9: 'routes' is empty; put something into the list, or remove the key\n"
    )
    assert result.stdout.splitlines()[0].startswith(f"{good}: 1 feed,")
    assert result.stdout.splitlines()[-1] == "1 problem"


def test_the_desk_is_the_option_or_the_variable_or_the_folder_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("option", "variable", "rules"):
        write_desk(tmp_path / name, {name: "https://wire.example/rss"})
    monkeypatch.chdir(tmp_path)
    assert run("check").stdout.startswith("rules: ")
    monkeypatch.setenv("WIREWATCH_DESK", "variable")
    assert run("check").stdout.startswith("variable: ")
    assert run("check", "--desk", "option").stdout.startswith("option: ")


def test_a_desk_that_is_not_there_is_told_with_its_name(tmp_path: Path) -> None:
    result = run("check", "--desk", tmp_path / "none")
    assert (result.exit_code, result.stderr) == (
        1,
        f"{tmp_path}/none: there is no such folder; name the desk with --desk DIR\n",
    )


def test_every_command_on_a_mistyped_desk_tells_the_same_problems(desk: Path) -> None:
    lay_over(desk, "several-files")
    expected = (FAULTS / "several-files" / "problems").read_text(encoding="utf-8")
    for command in (["once"], ["run"], ["rules", "list"], ["rules", "test"], ["send-test", "terminal"]):
        result = run(*command, "--desk", desk, "--store", desk / "wire.db")
        assert (result.exit_code, result.stderr) == (1, expected)
    assert not (desk / "wire.db").exists()


@pytest.mark.usefixtures("desk")
def test_a_rule_whose_day_has_passed_is_a_problem_and_rings_all_the_same() -> None:
    put(
        "watch/rules.yaml", PATROL_RULE.replace("severity:", "status: live\n      expires: 2026-01-31\n      severity:")
    )
    result = run("check", "--desk", ".")
    assert result.exit_code == 1
    assert result.stderr.startswith(
        "watch/rules.yaml:3: rule joint-patrol expired on 2026-01-31 and rings all the same"
    )
    assert run("rules", "test", "--desk", ".").exit_code == 0


@pytest.mark.usefixtures("desk")
def test_what_is_a_matter_of_taste_is_a_warning_and_no_problem() -> None:
    put("watch/rules.yaml", PATROL_RULE.replace("severity:", "sources: {languages: [en, fr]}\n      severity:"))
    result = run("check", "--desk", ".")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "no problems")
    assert result.stderr.splitlines() == [
        "watch/rules.yaml:6:24: warning: rule joint-patrol: no feed of the desk is 'fr', as 'sources.languages' has it",
        "watch/rules.yaml:11:3: warning: rule joint-patrol listens to feeds in 'fr' and has no test in it",
    ]
    assert [one["severity"] for one in json.loads(run("check", "--desk", ".", "--format", "json").stdout)] == [
        "warning",
        "warning",
    ]
    assert run("check", "--desk", ".", "--format", "github").stdout.startswith(
        "::warning file=watch/rules.yaml,line=6,col=24::rule "
    )
