"""`wirewatch rules`: list, test, eval, explain."""

import json
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.running import document, run
from tests.support.desk import PATROL_RULE, write_desk
from tests.support.tracked import tracked_desk

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
        ["RULE", "SEVERITY", "STATUS", "EXPIRES", "OWNER", "TESTS", "TITLE"],
        ["joint-patrol", "high", "live", "-", "syria-desk", "3", "Turkey-Russia", "joint", "patrol"],
    ]


def test_rules_as_json_have_their_query_exclusions_and_place(tmp_path: Path) -> None:
    (rule,) = document(run("rules", "list", "--json", "--desk", desk(tmp_path)))
    assert rule == {
        "id": "joint-patrol",
        "type": "event",
        "title": "Turkey-Russia joint patrol",
        "severity": "high",
        "status": "live",
        "expires": None,
        "owner": "syria-desk",
        "match": "$turkey and $russia and $topic.joint near/8 $topic.patrol",
        "exclude": ["not-yet"],
        "spike": None,
        "absence": None,
        "tests": 3,
        "file": f"{tmp_path}/desk/watch/rules.yaml",
        "line": 3,
    }


def test_the_tests_of_all_rules_are_run_and_counted(tmp_path: Path) -> None:
    result = run("rules", "test", "--desk", desk(tmp_path))
    assert (result.exit_code, result.stdout, result.stderr) == (0, "3 passed, 0 failed\n", "")


def test_a_failing_test_is_told_with_its_line_and_ends_with_1(tmp_path: Path) -> None:
    result = run("rules", "test", "joint-patrol", "--desk", desk(tmp_path, FAILING))
    assert (result.exit_code, result.stdout) == (1, "2 passed, 1 failed\n")
    assert f"{tmp_path}/desk/watch/rules.yaml:13:5: rule joint-patrol: expected no-match, got match" in result.stderr


def test_the_outcome_of_tests_as_json(tmp_path: Path) -> None:
    result = run("rules", "test", "--json", "--desk", desk(tmp_path, FAILING))
    outcome = document(result)
    assert (result.exit_code, result.stderr) == (1, "")
    assert (outcome["passed"], outcome["failed"]) == (2, 1)
    assert [(one["line"], one["severity"]) for one in outcome["problems"]] == [(13, "error")]


def test_a_match_is_explained_clause_by_clause(tmp_path: Path) -> None:
    result = explain(tmp_path, "Turkey and Russia resume joint patrols")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "joint-patrol: matches: 'Turkey', 'Russia', 'joint', 'patrols'",
        "  title: «Turkey» and «Russia» resume «joint» «patrols»",
        "    ✓ all of",
        "      ✓ $turkey: 'Turkey' in title",
        "      ✓ $russia: 'Russia' in title",
        "      ✓ within 8 words",
        "        ✓ $topic.joint: 'joint' in title",
        "        ✓ $topic.patrol: 'patrols' in title",
        "    said: done → alert (this window decides)",
    ]


def test_what_is_missing_is_explained(tmp_path: Path) -> None:
    result = explain(tmp_path, "Turkey resumes joint patrols")
    assert result.stdout.splitlines()[0] == "joint-patrol: no match; all but $russia"


def test_a_language_or_country_that_is_no_code_is_refused(tmp_path: Path) -> None:
    language = explain(tmp_path, "Turkey", "--lang", "Turkish")
    country = explain(tmp_path, "Turkey", "--country", "turkey")
    assert (language.exit_code, country.exit_code) == (2, 2)
    assert "'Turkish' is no code such as en, tr or kmr" in language.stderr
    assert "'turkey' is no code such as TR" in country.stderr


def test_words_too_far_apart_are_explained_as_a_distance(tmp_path: Path) -> None:
    result = explain(tmp_path, "Turkey, Russia: a joint statement of the two sides says nothing at all of any patrol")
    assert "all but distance ($topic.joint near/8 $topic.patrol)" in result.stdout


def test_an_exclusion_that_drops_a_match_is_explained(tmp_path: Path) -> None:
    result = explain(tmp_path, "Turkey and Russia may resume joint patrols")
    assert result.stdout.startswith("joint-patrol: dropped by exclusion not-yet (an intention), by 'may', 'resume'\n")


def test_the_lead_and_the_language_of_a_text_count(tmp_path: Path) -> None:
    assert explain(
        tmp_path, "Konvoy", "--lang", "tr", "--lead", "Türkiye ile Rusya ortak devriyede."
    ).stdout.startswith("joint-patrol: matches: 'Türkiye', 'Rusya', 'ortak', 'devriyede'")


def test_an_explanation_as_json_has_verdict_missing_parts_and_tree(tmp_path: Path) -> None:
    told = document(explain(tmp_path, "Turkey and Russia sign a gas deal", "--json"))
    assert (told["rule"], told["match"]) == ("joint-patrol", False)
    assert told["missing"] == ["$topic.joint", "$topic.patrol"]
    (window,) = told["windows"]
    assert (window["window"], window["tree"]["asks"], window["tree"]["met"]) == ("title", "all of", False)
    assert window["text"][slice(*window["marks"][0])] == "Turkey"


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


def cases(folder: Path, *lines: str) -> Path:
    path = folder / "cases.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


GOOD = '{"id": "a", "lang": "en", "rule": "joint-patrol", "expect": "match", "text": "Turkey, Russia on joint patrol"}'
MISSED = GOOD.replace('"a"', '"b"').replace("joint patrol", "patrol")


def test_cases_are_evaluated_as_figures_and_errors_with_their_reason(tmp_path: Path) -> None:
    result = run("rules", "eval", cases(tmp_path, GOOD, MISSED), "--desk", desk(tmp_path))
    assert (result.exit_code, result.stderr) == (0, "")
    told = result.stdout.splitlines()
    assert told[1].split() == ["overall", "1.0", "0.5", "0.6667", "1", "0", "1", "0"]
    assert told[-1] == "b (joint-patrol, en): expected match, got no-match: no match; all but $topic.joint"


def test_an_evaluation_as_json_is_the_agreed_document(tmp_path: Path) -> None:
    found = document(run("rules", "eval", cases(tmp_path, GOOD, MISSED), "--json", "--desk", desk(tmp_path)))
    assert list(found) == ["overall", "by_rule", "by_lang", "routed", "errors", "problems"]
    assert list(found["overall"]) == ["tp", "fp", "fn", "tn", "precision", "recall", "f1"]
    assert {"id", "expect", "got", "reason"} <= set(found["errors"][0])


def test_lines_that_are_no_case_are_told_after_the_figures_of_the_others(tmp_path: Path) -> None:
    path = cases(tmp_path, GOOD, "{", GOOD.replace("joint-patrol", "joint-patrl"), GOOD)
    result = run("rules", "eval", path, "--desk", desk(tmp_path))
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1].split()[4] == "2"
    assert result.stderr.splitlines() == [
        f"{path}:2: the line is no JSON (or no UTF-8); each line is one object",
        f"{path}:3: no rule is called 'joint-patrl'; did you mean 'joint-patrol'?",
    ]


def test_bytes_that_are_no_text_and_lines_without_end_are_told_like_others(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_bytes(GOOD.encode() + b"\n\xff\xfe\n" + b"x" * 9_000_000 + b"\n" + GOOD.encode())
    result = run("rules", "eval", path, "--desk", desk(tmp_path))
    assert [line.split(":")[1] for line in result.stderr.splitlines()] == ["2", "3"]
    assert result.stdout.splitlines()[1].split()[4] == "2"


def test_an_evaluation_may_be_of_one_rule_by_any_of_its_names(tmp_path: Path) -> None:
    rules = RULES + RULES.split("rules:")[1].replace("id: joint-patrol", "id: second\n      formerly: [other]")
    lines = (GOOD, GOOD.replace("joint-patrol", "other"), GOOD.replace("joint-patrol", "second"))
    folder = desk(tmp_path, rules)
    found = document(run("rules", "eval", cases(tmp_path, *lines), "--rule", "other", "--json", "--desk", folder))
    assert set(found["by_rule"]) == {"other", "second"}
    assert run("rules", "eval", cases(tmp_path, *lines), "--rule", "none", "--desk", folder).exit_code == 2


def test_with_the_guards_off_tests_of_words_are_listed(tmp_path: Path) -> None:
    result = run("rules", "test", "--guards-off", "--desk", desk(tmp_path))
    assert result.exit_code == 0
    said, count = result.stdout.splitlines()
    assert said.endswith("rules.yaml:13:5: rule joint-patrol: tests words only: 'Turkey and Russia sign a gas deal'")
    assert count == "1 negative test of a guard, 1 of words only"


TWICE = """
      - story:
        - {at: 2024-08-23T13:10Z, outlet: wire, text: "Turkey, Russia resume joint patrols", rings: joint patrol}
        - {at: +1h, outlet: The Daily, text: "Turkey, Russia resume joint patrols", rings: false}
"""
WORDS = TWICE.replace('"Turkey, Russia resume joint patrols", rings: false', "A gas deal")


def test_stories_are_run_with_the_tests_of_texts_and_told_step_by_step(tmp_path: Path) -> None:
    passed = run("rules", "test", "--desk", desk(tmp_path, PATROL_RULE.rstrip() + TWICE))
    assert (passed.exit_code, passed.stdout, passed.stderr) == (0, "4 passed, 0 failed\n", "")
    failing = desk(tmp_path, PATROL_RULE.rstrip() + TWICE.replace("rings: false", "rings: true"))
    result = run("rules", "test", "joint-patrol", "--desk", failing)
    assert (result.exit_code, result.stdout) == (1, "3 passed, 1 failed\n")
    assert result.stderr == (
        f"{failing}/watch/rules.yaml:15:7: rule joint-patrol: step 2 of the story (2024-08-23 14:10): expected an "
        "alert, nothing rang (folded: copy of a report that was told; alert 1)\n"
    )
    outcome = document(run("rules", "test", "--json", "--desk", failing))
    assert (outcome["passed"], outcome["failed"], outcome["problems"][0]["line"]) == (3, 1, 15)
    (row,) = document(run("rules", "list", "--json", "--desk", failing))
    assert row["tests"] == 4


def test_with_the_guards_off_stories_that_stay_silent_are_listed(tmp_path: Path) -> None:
    folder = desk(tmp_path, PATROL_RULE.rstrip() + TWICE + WORDS)
    result = run("rules", "test", "--guards-off", "--desk", folder)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1:] == [
        f"{folder}/watch/rules.yaml:17:5: rule joint-patrol: tests words only: 'a story'",
        (
            f"{folder}/watch/rules.yaml:19:7: rule joint-patrol: step 2 of the story tests words only: no match; "
            "missing: $turkey; $russia; $topic.joint; $topic.patrol"
        ),
        "2 negative tests of a guard, 2 of words only",
    ]
    told = document(run("rules", "test", "--guards-off", "--json", "--desk", folder))
    assert (told["guarded"], told["words_only"], told["problems"]) == (2, 2, [])
    assert [(one["guarded_silences"], one["silences"]) for one in told["tests"] if "silences" in one] == [
        (1, 1), (0, 1),
    ]  # fmt: skip


def test_the_guard_of_each_silent_step_is_named_on_demand(tmp_path: Path) -> None:
    folder = desk(tmp_path, PATROL_RULE.rstrip() + TWICE + WORDS)
    result = run("rules", "test", "-v", "--desk", folder)
    assert result.exit_code == 0
    told, silent = result.stdout.splitlines()[:4], result.stdout.splitlines()[4:]
    assert [line.partition(" of the story: ")[2] for line in told] == [
        "alerted: first match of this rule on this development; rang Turkey, Russia resume joint patrols",
        "folded: copy of a report that was told; alert 1",
        "alerted: first match of this rule on this development; rang Turkey, Russia resume joint patrols",
        "no match; missing: $turkey; $russia; $topic.joint; $topic.patrol",
    ]
    assert silent == [
        f"{folder}/watch/rules.yaml:15:7: rule joint-patrol: step 2 of the story is silent by folding",
        (
            f"{folder}/watch/rules.yaml:19:7: rule joint-patrol: step 2 of the story tests words only: no match; "
            "missing: $turkey; $russia; $topic.joint; $topic.patrol"
        ),
        "5 passed, 0 failed",
    ]
    found = document(run("rules", "test", "--verbose", "--json", "--desk", folder))
    silences, steps = found["silences"], found["steps"]
    assert [(one["step"], one["became"].partition(":")[0]) for one in steps[:2]] == [(1, "alerted"), (2, "folded")]
    assert [(one["step"], one["guarded"], one["guards"]) for one in silences] == [
        (2, True, ["folding"]),
        (2, False, []),
    ]


def test_with_the_guards_off_a_story_that_fails_with_them_is_told(tmp_path: Path) -> None:
    failing = TWICE.replace("rings: joint patrol", "rings: gas deal")
    result = run("rules", "test", "--guards-off", "--desk", desk(tmp_path, PATROL_RULE.rstrip() + failing))
    assert result.exit_code == 1
    assert "expected gas deal, rang Turkey, Russia resume joint patrols" in result.stderr


def test_an_explanation_knows_the_country_the_body_and_the_day(tmp_path: Path) -> None:
    event = "{event: {actors: [$turkey, $russia], action: $topic.patrol, implied_by_source: {TR: $turkey}}}"
    query = "$turkey and $russia and ($topic.joint near/8 $topic.patrol)"
    folder = desk(tmp_path, PATROL_RULE.replace(query, event).replace("owner:", "scope: [body]\n      owner:"))
    arguments = [
        "rules",
        "explain",
        "joint-patrol",
        "A",
        "--lead",
        "One came. Two left.",
        "--body",
        "A patrol with Russia left.",
    ]
    assert "no match; all but actors $turkey" in run(*arguments, "--desk", folder).stdout
    told = run(*arguments, "--country", "TR", "--date", "2026-01-02", "--desk", folder).stdout
    assert "body, sentence 1: A «patrol» with «Russia» left." in told
    assert "actors: $turkey: left out by outlets of TR" in told


def test_the_schema_of_a_file_is_printed(tmp_path: Path) -> None:
    found = document(run("rules", "schema", "--kind", "watch", "--desk", desk(tmp_path)))
    assert "$kobani" in found["definitions"]["query"]["anyOf"][0]["enum"]
    assert (
        document(run("rules", "schema", "--kind", "config", "--desk", tmp_path / "none"))["title"] == "wirewatch.yaml"
    )


def test_explain_says_when_a_match_is_evidence_of_nothing(tmp_path: Path) -> None:
    folder = tracked_desk(tmp_path / "desk")
    signed = run("rules", "explain", "sdf-status", "SDF and Damascus signed a deal", "--desk", folder)
    assert "evidence for integration → agreed" in signed.stdout
    nobody = run("rules", "explain", "sdf-status", "SDF delisted", "--desk", folder)
    assert (
        "matches: 'SDF', 'delisted', but is no evidence: it names nobody whose state this is; name $ankara_side"
        in nobody.stdout
    )
