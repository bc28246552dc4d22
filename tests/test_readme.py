"""The README cannot lie: commands, keys and examples in it are the program's."""

import re
import shutil
from pathlib import Path

import click
import pytest

from monitor import config
from monitor.cli.main import main
from monitor.core.feed import KINDS
from monitor.core.match import Matcher
from monitor.daemon import clock
from monitor.ruleset.desk import load_desk
from monitor.ruleset.feeds import FEED_KEYS
from monitor.ruleset.rules import EXCLUSION_KEYS, RULE_KEYS, TEST_KEYS
from monitor.ruleset.testing import run_tests
from tests.conftest import SHIPPED_DESK

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONFIG_KEYS = {
    *config.TOP_KEYS, *config.ROUTE_KEYS, *config.POLLING_KEYS, *config.ALERT_KEYS, *config.DELIVERY_KEYS,
    *config.BLIND_SPOT_KEYS,
    *(key for keys in config.RECEIVER_KEYS.values() for key in keys), *config.RECEIVER_KEYS,
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


@pytest.mark.parametrize("key", sorted({*RULE_KEYS, *EXCLUSION_KEYS, *TEST_KEYS, *FEED_KEYS, *CONFIG_KEYS, *KINDS}))
def test_every_key_is_in_the_readme(key: str) -> None:
    assert re.search(rf"`(?:type: )?{re.escape(key)}[`:]", README), f"{key} is not described"


@pytest.mark.parametrize("key", sorted(CONFIG_KEYS - set(config.RECEIVER_KEYS)))
def test_every_key_is_in_the_example_configuration(key: str) -> None:
    example = (ROOT / "deploy" / "wirewatch.example.yaml").read_text(encoding="utf-8")
    assert re.search(rf"(?:^|[\s{{-]){key}:", example)


def test_the_example_configuration_loads_beside_the_shipped_desk() -> None:
    loaded = config.load_config(ROOT / "deploy" / "wirewatch.example.yaml")
    assert set(loaded.receivers) == {"terminal", "syria-webhook", "syria-bot", "duty"}


def test_the_rule_in_the_readme_loads_and_passes_its_own_tests(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED_DESK, tmp_path / "desk")
    (rule,) = re.findall(r"```yaml\n(rules:.*?)```", README, re.DOTALL)
    (tmp_path / "desk" / "watch" / "grain.yaml").write_text(rule, encoding="utf-8")
    desk = load_desk(tmp_path / "desk")
    outcomes = list(run_tests(Matcher(desk.ruleset), clock().date(), ("black-sea-grain",)))
    assert len(outcomes) == 4
    assert [str(outcome.problem) for outcome in outcomes if not outcome.passed] == []


def test_every_room_and_module_that_the_readme_draws_is_there() -> None:
    drawing = README.split("monitor/\n")[1].split("```")[0]
    for name in re.findall(r"\b([a-z]+\.py)\b", drawing):
        assert (ROOT / "monitor" / name).is_file()
    for name in re.findall(r"^  ([a-z]+)/", drawing, re.MULTILINE):
        assert (ROOT / "monitor" / name).is_dir()
