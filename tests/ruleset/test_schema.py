"""JSON Schema of the desk's files: current, true to the loaders, and satisfied by the shipped desk."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from monitor import config, yamlfile
from monitor.core.clause import Assertion
from monitor.ruleset.clauses import EVENT_KEYS, MATCH_KEYS
from monitor.ruleset.exclusions import EXCLUSION_KEYS
from monitor.ruleset.feeds import FEED_KEYS
from monitor.ruleset.rules import DEFAULT_KEYS, NOTIFY_KEYS, RULE_KEYS, SOURCE_KEYS
from monitor.ruleset.ruletests import TEST_KEYS
from monitor.ruleset.stories import STEP_KEYS, STORY_KEYS, TOTAL_KEYS
from monitor.ruleset.vocabulary import ENTITY_KEYS, LEXICON_KEYS
from monitor.schemas import record, text
from monitor.yamlfile import Node, Problems
from tests.cli.running import document, run
from tests.conftest import SHIPPED_DESK

KINDS = ("watch", "gazetteer", "lexicon", "exclusions", "feeds", "config")
SHIPPED = sorted(SHIPPED_DESK.rglob("*.yaml"))
REGENERATE = "wirewatch rules schema --desk rules --write rules/schema"
MODELINES = re.compile(r"# yaml-language-server: \$schema=(\S+)\n# \$schema: (\S+)\n")


def shipped(kind: str) -> Any:
    return json.loads((SHIPPED_DESK / "schema" / f"{kind}.json").read_text(encoding="utf-8"))


def faults(kind: str, written: str) -> list[str]:
    """What an editor would underline, by its path."""
    node = yamlfile.parse(written, "a.yaml", Problems())
    assert node is not None
    found = Draft7Validator(shipped(kind)).iter_errors(plain(node))
    return ["/".join(str(step) for step in error.absolute_path) for error in found]


def plain(node: Node) -> Any:
    """The values as an editor sees them, by the core schema of YAML 1.2."""
    if isinstance(node.value, list):
        return [plain(one) for one in node.value]
    if isinstance(node.value, dict):
        return {key: plain(one) for key, one in node.value.items()}
    if node.bare and re.fullmatch(r"[-+]?[0-9]+", node.value):
        return int(node.value)
    return node.value == "true" if node.bare and node.value in {"true", "false"} else node.value


@pytest.mark.parametrize("kind", KINDS)
def test_the_schemas_that_are_shipped_are_current(kind: str) -> None:
    made = document(run("rules", "schema", "--kind", kind, "--desk", SHIPPED_DESK))
    assert shipped(kind) == made, f"make them anew: {REGENERATE}"


@pytest.mark.parametrize("kind", KINDS)
def test_each_schema_is_good_draft_7_and_describes_every_key(kind: str) -> None:
    schema = shipped(kind)
    Draft7Validator.check_schema(schema)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert [key for key, one in properties(schema) if not described(one)] == []


def properties(schema: Any) -> list[tuple[str, Any]]:
    if isinstance(schema, list):
        return [found for one in schema for found in properties(one)]
    if not isinstance(schema, dict):
        return []
    own = schema.get("properties", {})
    return [*own.items(), *(found for one in schema.values() for found in properties(one))]


def described(one: dict[str, Any]) -> bool:
    return bool(one.get("description")) or "$ref" in one or "const" in one


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_shipped_file_names_its_schema_for_both_kinds_of_editors_and_satisfies_it(path: Path) -> None:
    written = path.read_text(encoding="utf-8")
    modelines = MODELINES.match(written)
    assert modelines, f"{path} names no schema in its first two lines"
    assert modelines[1] == modelines[2]
    target = (path.parent / modelines[1]).resolve()
    assert target.is_file()
    assert faults(target.stem, written) == []


def test_the_schema_and_the_loaders_know_the_same_keys() -> None:
    watch, config_ = shipped("watch"), shipped("config")
    rule = watch["definitions"]["rule"]["properties"]
    assert set(rule) == set(RULE_KEYS)
    assert set(watch["properties"]["defaults"]["properties"]) == set(DEFAULT_KEYS)
    assert set(rule["assert"]["properties"]) == {one.value for one in Assertion}
    assert set(rule["sources"]["properties"]) == set(SOURCE_KEYS)
    assert set(rule["notify"]["properties"]) == set(NOTIFY_KEYS)
    assert set(watch["definitions"]["clause"]["anyOf"][1]["properties"]) == set(MATCH_KEYS)
    assert set(watch["definitions"]["event"]["properties"]) == set(EVENT_KEYS)
    assert set(watch["definitions"]["exclusion"]["properties"]) == {*EXCLUSION_KEYS, "name"}
    assert set(watch["definitions"]["test"]["else"]["properties"]) == set(TEST_KEYS)
    story = watch["definitions"]["test"]["then"]["properties"]
    assert (set(story), set(story["story"]["items"]["properties"])) == (set(STORY_KEYS), set(STEP_KEYS))
    assert set(story["expect"]["properties"]) == set(TOTAL_KEYS)
    assert set(shipped("feeds")["properties"]["feeds"]["items"]["properties"]) == set(FEED_KEYS)
    assert set(shipped("lexicon")["properties"]) == set(LEXICON_KEYS)
    (entity,) = shipped("gazetteer")["properties"]["entities"]["patternProperties"].values()
    assert set(entity["properties"]) == set(ENTITY_KEYS)
    assert set(config_["properties"]) == set(config.TOP_KEYS)
    assert set(config_["properties"]["polling"]["properties"]) == set(config.POLLING_KEYS)


def test_a_key_that_only_one_of_loader_and_schema_knows_cannot_be_forgotten() -> None:
    with pytest.raises(ValueError, match="differ in \\['b', 'c'\\]"):
        record(("a", "b"), {"a": text("x"), "c": text("y")})


STEP = "{at: 2024-08-23T13:10Z, published: -2h, outlet: wire, text: a, rings: true}"
RULE = "rules: [{id: a-b, owner: o, match: x, tests: [{text: a, expect: match}, {text: b, expect: digest}]}]"


@pytest.mark.parametrize(
    ("change", "to", "where"),
    [
        ("x,", "{event: {action: $act.sign, actors: [$turkey], within: 8 words, joint: true}},", []),
        ("x,", "{event: {actors: [$turkey]}},", ["rules/0/match"]),
        ("x,", "{evnt: {}},", ["rules/0/match"]),
        ("owner: o", "ownr: o", ["rules/0"]),
        ("owner: o", "severity: grave", ["rules/0/severity"]),
        ("owner: o", "severity: high, status: live, expires: 2027-06-30", []),
        ("owner: o", "exclude: [sports, {use: [sports]}, {name: a, when: b, reason: c}]", []),
        ("owner: o", "assert: {done: ring}", ["rules/0/assert/done"]),
        ("owner: o", "notify: {cooldown: soon}", ["rules/0/notify/cooldown"]),
        ("text: a", "text: a, title: b", ["rules/0/tests/0"]),
        ("a-b", "A B", ["rules/0/id"]),
        ("text: a, expect: match", f"story: [{STEP}, {{at: +1d12h, rings: [a, b]}}], expect: {{alerts: 1}}", []),
        ("text: a, expect: match", f"story: [{STEP}, {{at: 30d}}]", ["rules/0/tests/0/story/1/at"]),
        ("text: a, expect: match", f"story: [{STEP}, {{ring: true}}]", ["rules/0/tests/0/story/1"]),
        ("text: a, expect: match", f"story: [{STEP}], expect: match", ["rules/0/tests/0/expect"]),
    ],
)
def test_an_editor_underlines_what_the_loader_refuses(change: str, to: str, where: list[str]) -> None:
    assert faults("watch", RULE.replace(change, to, 1)) == where


def test_the_names_of_the_desk_are_offered() -> None:
    offered = shipped("watch")["definitions"]["query"]["anyOf"][0]["enum"]
    assert {"$turkey", "$kurdish_forces", "$topic.patrol", "$phase.resume"} <= set(offered)


def test_all_schemas_are_written_into_a_folder_that_the_desk_does_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "schema"
    assert run("rules", "schema", "--desk", SHIPPED_DESK, "--write", folder).exit_code == 0
    assert {path.stem for path in folder.iterdir()} == set(KINDS)
    same = [(folder / f"{kind}.json").read_bytes() for kind in KINDS]
    assert same == [(SHIPPED_DESK / "schema" / f"{kind}.json").read_bytes() for kind in KINDS], REGENERATE


def test_the_example_configuration_satisfies_its_schema() -> None:
    example = SHIPPED_DESK.parent / "deploy" / "wirewatch.example.yaml"
    assert faults("config", example.read_text(encoding="utf-8")) == []
