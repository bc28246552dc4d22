"""`wirewatch rules`: list, test, explain."""

import json
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.running import document, run
from tests.support.desk import PATROL_RULE, write_desk

EXCLUSION = """  exclude:
      - {name: not-yet, when: $cue.possible near/4 $phase.resume, reason: an intention}
      tests:"""
RULES = PATROL_RULE.replace("  tests:", EXCLUSION)
FAILING = RULES.replace("sign a gas deal", "sign joint patrol deal")


def desk(folder: Path, rules: str = RULES) -> Path:
    return write_desk(folder / "desk", {"wire": "https://wire.example/rss"}, rules=rules)


def explain(folder: Path, *arguments: str) -> Result:
    return run("rules", "explain", "joint-patrol", *arguments, "--desk", desk(folder))


def test_rules_are_listed_with_severity_owner_and_tests(tmp_path: Path) -> None:
    result = run("rules", "list", "--desk", desk(tmp_path))
    assert result.exit_code == 0
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["RULE", "SEVERITY", "OWNER", "TESTS", "TITLE"],
        ["joint-patrol", "high", "syria-desk", "2", "Turkey-Russia", "joint", "patrol"],
    ]


def test_rules_as_json_have_their_query_exclusions_and_place(tmp_path: Path) -> None:
    (rule,) = document(run("rules", "list", "--json", "--desk", desk(tmp_path)))
    assert rule == {
        "id": "joint-patrol",
        "title": "Turkey-Russia joint patrol",
        "severity": "high",
        "owner": "syria-desk",
        "match": "$turkey and $russia and $topic.joint near/8 $topic.patrol",
        "exclude": ["not-yet"],
        "tests": 2,
        "file": f"{tmp_path}/desk/watch/rules.yaml",
        "line": 3,
    }


def test_the_tests_of_all_rules_are_run_and_counted(tmp_path: Path) -> None:
    result = run("rules", "test", "--desk", desk(tmp_path))
    assert (result.exit_code, result.stdout, result.stderr) == (0, "2 passed, 0 failed\n", "")


def test_a_failing_test_is_told_with_its_line_and_ends_with_1(tmp_path: Path) -> None:
    result = run("rules", "test", "joint-patrol", "--desk", desk(tmp_path, FAILING))
    assert (result.exit_code, result.stdout) == (1, "1 passed, 1 failed\n")
    assert f"{tmp_path}/desk/watch/rules.yaml:13: rule joint-patrol: expected no-match, got match" in result.stderr


def test_the_outcome_of_tests_as_json(tmp_path: Path) -> None:
    result = run("rules", "test", "--json", "--desk", desk(tmp_path, FAILING))
    outcome = document(result)
    assert (result.exit_code, result.stderr) == (1, "")
    assert (outcome["passed"], outcome["failed"]) == (1, 1)
    assert [(one["line"], one["severity"]) for one in outcome["problems"]] == [(13, "error")]


def test_a_match_is_explained_clause_by_clause(tmp_path: Path) -> None:
    result = explain(tmp_path, "Turkey and Russia resume joint patrols")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "joint-patrol: matches: 'Turkey', 'Russia', 'joint', 'patrols'",
        "  ✓ all of",
        "    ✓ $turkey: 'Turkey' in title",
        "    ✓ $russia: 'Russia' in title",
        "    ✓ within 8 words",
        "      ✓ $topic.joint: 'joint' in title",
        "      ✓ $topic.patrol: 'patrols' in title",
    ]


def test_what_is_missing_is_explained(tmp_path: Path) -> None:
    result = explain(tmp_path, "Turkey resumes joint patrols")
    assert result.stdout.splitlines()[0] == "joint-patrol: no match; missing: $russia"


def test_words_too_far_apart_are_explained_as_a_distance(tmp_path: Path) -> None:
    result = explain(tmp_path, "Turkey, Russia: a joint statement of the two sides says nothing at all of any patrol")
    assert "missing: $topic.joint near/8 $topic.patrol" in result.stdout


def test_an_exclusion_that_drops_a_match_is_explained(tmp_path: Path) -> None:
    result = explain(tmp_path, "Turkey and Russia may resume joint patrols")
    assert result.stdout.startswith("joint-patrol: dropped by exclusion not-yet (an intention)\n")


def test_the_lead_and_the_language_of_a_text_count(tmp_path: Path) -> None:
    assert explain(
        tmp_path, "Konvoy", "--lang", "tr", "--lead", "Türkiye ile Rusya ortak devriyede."
    ).stdout.startswith("joint-patrol: matches: 'Türkiye', 'Rusya', 'ortak', 'devriyede'")


def test_an_explanation_as_json_has_verdict_missing_parts_and_tree(tmp_path: Path) -> None:
    told = document(explain(tmp_path, "Turkey and Russia sign a gas deal", "--json"))
    assert (told["rule"], told["match"]) == ("joint-patrol", False)
    assert told["missing"] == ["$topic.joint", "$topic.patrol"]
    assert told["tree"][0] == "✗ all of"


def test_a_text_cannot_steer_the_terminal(tmp_path: Path) -> None:
    shown = explain(tmp_path, "Tur\x1b[31mkey Turkey\u202e and Russia resume joint patrols\x07").stdout
    assert not set(shown) & {"\x1b", "\u202e", "\x07"}


@pytest.mark.parametrize("command", [["rules", "test", "patrol"], ["rules", "explain", "patrol", "text"]])
def test_a_rule_that_is_not_there_is_wrong_usage_and_the_others_are_named(command: list[str], tmp_path: Path) -> None:
    result = run(*command, "--desk", desk(tmp_path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == (
        "Error: Invalid value for RULE: no rule is called 'patrol'; there are: joint-patrol"
    )


def test_rules_are_tested_and_explained_on_a_desk_whose_secrets_are_not_there(tmp_path: Path) -> None:
    folder = desk(tmp_path)
    config = {"receivers": {"s": {"type": "slack", "webhook_secret": "slack-syria"}}}
    (folder / "wirewatch.yaml").write_text(json.dumps(config), encoding="utf-8")
    assert run("rules", "test", "--desk", folder).exit_code == 0
