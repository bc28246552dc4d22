"""The README cannot lie: commands, keys and examples in it are the program's."""

import re
import shutil
from datetime import date
from pathlib import Path

import click
import pytest

from monitor import app as composition
from monitor import config
from monitor.app import Places
from monitor.cli.main import main
from monitor.core.clause import Assertion
from monitor.core.feed import KINDS
from monitor.core.rule import Handling
from monitor.ruleset.clauses import EVENT_KEYS, MATCH_KEYS
from monitor.ruleset.escalations import ESCALATION_KEYS
from monitor.ruleset.exclusions import EXCLUSION_KEYS
from monitor.ruleset.feeds import FEED_KEYS
from monitor.ruleset.figures import ALERT_ON_KEYS, BASELINE_KEYS, NUMBERS_KEYS, SERIES_KEYS
from monitor.ruleset.frequency import ABSENCE_KEYS, CONDITION_KEYS, PATTERNS, SPIKE_KEYS
from monitor.ruleset.rules import CORRELATION_KEYS, NOTIFY_KEYS, RULE_KEYS, SOURCE_KEYS
from monitor.ruleset.ruletests import TEST_KEYS
from monitor.ruleset.stories import STEP_KEYS, STORY_KEYS, TOTAL_KEYS
from tests.conftest import SHIPPED_DESK

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONFIG_KEYS = {
    *config.TOP_KEYS, *config.ROUTE_KEYS, *config.POLLING_KEYS, *config.ALERT_KEYS, *config.DELIVERY_KEYS,
    *config.BLIND_SPOT_KEYS, *config.DIGEST_KEYS,
    *(key for keys in config.RECEIVER_KEYS.values() for key in keys), *config.RECEIVER_KEYS,
}  # fmt: skip
DESK_KEYS = {
    *CORRELATION_KEYS, *SPIKE_KEYS, *ABSENCE_KEYS, *CONDITION_KEYS, *PATTERNS,
    *RULE_KEYS, *SOURCE_KEYS, *NOTIFY_KEYS, *MATCH_KEYS, *EVENT_KEYS, *EXCLUSION_KEYS, *TEST_KEYS,
    *STORY_KEYS, *STEP_KEYS, *TOTAL_KEYS, *ESCALATION_KEYS,
    *NUMBERS_KEYS, *SERIES_KEYS, *BASELINE_KEYS, *ALERT_ON_KEYS,
    *(one.value for one in Assertion), *(one.value for one in Handling),
}  # fmt: skip


def commands(group: click.Group, prefix: str = "") -> list[str]:
    found = []
    for name, command in group.commands.items():
        found += commands(command, f"{name} ") if isinstance(command, click.Group) else [prefix + name]
    return found


@pytest.mark.parametrize("command", commands(main))
def test_every_command_is_in_the_readme(command: str) -> None:
    assert f"`{command}`" in README


def test_the_readme_names_no_command_that_is_not_there() -> None:
    table = README.split("| command | what |")[1].split("\n\n")[0]
    named = {
        name for row in table.splitlines()[2:] for name in re.findall(r"`([a-z-]+(?: [a-z]+)?)`", row.split("|")[1])
    }
    assert named == set(commands(main))


@pytest.mark.parametrize("key", sorted({*DESK_KEYS, *FEED_KEYS, *CONFIG_KEYS, *KINDS}))
def test_every_key_is_in_the_readme(key: str) -> None:
    assert re.search(rf"`(?:type: )?{re.escape(key)}[`:]", README), f"{key} is not described"


@pytest.mark.parametrize("key", sorted(CONFIG_KEYS - set(config.RECEIVER_KEYS)))
def test_every_key_is_in_the_example_configuration(key: str) -> None:
    example = (ROOT / "deploy" / "wirewatch.example.yaml").read_text(encoding="utf-8")
    assert re.search(rf"(?:^|[\s{{-]){key}:", example)


def test_the_example_configuration_loads_beside_the_shipped_desk() -> None:
    loaded = config.load_config(ROOT / "deploy" / "wirewatch.example.yaml")
    assert set(loaded.receivers) == {"terminal", "syria-webhook", "syria-bot", "duty"}


RULES = re.findall(r"```yaml\n((?:defaults:.*?)?rules:.*?)```", README, re.DOTALL)


def test_the_readme_has_the_shortest_rule_and_one_that_says_everything() -> None:
    assert [rule.count("expect:") for rule in RULES] == [3, 9]


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_in_the_readme_loads_passes_its_own_tests_and_leaves_nothing_to_say(rule: str, tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    shutil.copytree(SHIPPED_DESK, folder)
    for shipped in (folder / "watch").iterdir():
        shipped.unlink()
    (folder / "watch" / "grain.yaml").write_text(rule, encoding="utf-8")
    _, problems, tests = composition.check(Places(desk=folder, config=None, store=None), date(2026, 11, 22))
    assert [str(problem) for problem in problems] == []
    assert tests == rule.count("expect:")


def test_the_story_in_the_readme_passes_as_a_test_of_the_rule_that_says_everything(tmp_path: Path) -> None:
    (story,) = re.findall(r"```yaml\n(  - story:.*?)```", README, re.DOTALL)
    folder = tmp_path / "desk"
    shutil.copytree(SHIPPED_DESK, folder)
    (folder / "watch" / "grain.yaml").write_text(RULES[1].rstrip() + "\n" + story, encoding="utf-8")
    _, problems, _ = composition.check(Places(desk=folder, config=None, store=None), date(2026, 11, 22))
    assert [str(problem) for problem in problems if "grain.yaml" in problem.file] == []


def test_every_room_and_module_that_the_readme_draws_is_there() -> None:
    drawing = README.split("monitor/\n")[1].split("```")[0]
    for name in re.findall(r"\b([a-z]+\.py)\b", drawing):
        assert (ROOT / "monitor" / name).is_file()
    for name in re.findall(r"^  ([a-z]+)/", drawing, re.MULTILINE):
        assert (ROOT / "monitor" / name).is_dir()
