"""The rule for blind spots, as a desk writes it down."""

from pathlib import Path

import pytest

from monitor.checks import outage_rule
from monitor.core.rule import OutageRule
from monitor.core.severity import Severity
from monitor.errors import ConfigError
from tests.support.desk import write_desk
from tests.support.stage import staged

FEEDS = {"wire": "http://127.0.0.1/"}
OUTAGE = """- id: feed-outage
  type: absence
  title: A source went quiet
  owner: desk-tech
  severity: critical
  notes: Look at the address.
  runbook: https://desk.example/outage
"""


def written(tmp_path: Path, rule: str, config: str = "") -> Path:
    desk = write_desk(tmp_path / "desk", FEEDS, config=config) if config else write_desk(tmp_path / "desk", FEEDS)
    (desk / "watch" / "outage.yaml").write_text(f"rules:\n{rule}", encoding="utf-8")
    return desk


def test_a_desk_says_whose_its_blind_spots_are(tmp_path: Path) -> None:
    app = staged(written(tmp_path, OUTAGE), tmp_path / "s.db")
    rule = outage_rule(app.desk, app.config)
    assert (rule.title, rule.owner, rule.severity) == ("A source went quiet", "desk-tech", Severity.CRITICAL)
    assert rule.notes == "Look at the address. Runbook: https://desk.example/outage"
    assert "feed-outage" not in app.desk.ruleset.rules


def test_a_desk_that_says_nothing_has_the_built_in_one(tmp_path: Path) -> None:
    app = staged(write_desk(tmp_path / "desk", FEEDS), tmp_path / "s.db")
    assert outage_rule(app.desk, app.config) == OutageRule()


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (OUTAGE.replace("feed-outage", "my-outage"), "there is one, called 'feed-outage'"),
        (OUTAGE + OUTAGE, "'feed-outage' again"),
        (OUTAGE + "  match: $turkey\n", "watches the feeds and has no 'match'; remove 'type'"),
        (OUTAGE.replace("  owner: desk-tech\n", ""), "lacks 'owner'"),
        (OUTAGE.replace("absence", "absense"), "'absence'"),
    ],
)
def test_a_slip_in_it_is_told(tmp_path: Path, rule: str, said: str) -> None:
    with pytest.raises(ConfigError) as told:
        staged(written(tmp_path, rule), tmp_path / "s.db")
    assert any(said in str(problem) for problem in told.value.problems)


def test_owner_and_severity_in_two_places_are_refused(tmp_path: Path) -> None:
    config = "receivers: {terminal: {type: terminal}}\nroutes: [{receivers: [terminal]}]\nblind_spots: {owner: me}\n"
    with pytest.raises(ConfigError) as told:
        staged(written(tmp_path, OUTAGE, config), tmp_path / "s.db")
    assert any("say it in one place" in str(problem) for problem in told.value.problems)
