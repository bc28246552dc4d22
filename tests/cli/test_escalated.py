"""What a person sees of an alert that became graver: in the listings, and in `why`."""

from pathlib import Path

import pytest

from tests.cli.running import Placed
from tests.support.stage import NOW, pipeline_on, polled
from tests.test_escalations import FIRST, HOUR, SECOND, desk_with


@pytest.fixture
def graver(tmp_path: Path) -> Placed:
    desk, store = desk_with(tmp_path / "desk"), tmp_path / "store.db"
    with pipeline_on(desk, store) as pipeline:
        pipeline.file(polled("a", FIRST), NOW)
        pipeline.file(polled("b", SECOND), NOW + HOUR)
    return Placed(desk, store)


def test_a_label_is_listed(graver: Placed) -> None:
    (row,) = graver.json("alerts", "list")
    assert row["label"] == "corroborated"
    assert [one["name"] for one in row["updates"]] == ["corroborated"]
    assert "corroborated" in graver.run("alerts", "list").stdout


def test_an_alert_shows_what_was_added_to_it(graver: Placed) -> None:
    shown = graver.json("alerts", "show", "1")
    assert (shown["label"], shown["updates"][0]["kind"]) == ("corroborated", "escalation")
    said = graver.run("alerts", "show", "1").stdout
    assert "label corroborated\n" in said
    assert "escalation corroborated: 2 independent origins within 6 h: One, Two\n" in said


def test_why_says_which_conditions_are_met_and_what_is_missing(graver: Placed) -> None:
    said = graver.run("why", "1").stdout
    assert "    ✓ corroborated: 2 independent origins within 6 h: One, Two\n" in said
    assert "    ✗ official source: no official source\n" in said
    (found,) = graver.json("why", "1")
    conditions = {one["name"]: one["met"] for one in found["ledger"][0]["escalations"]}
    assert conditions == {"RESUMPTION": False, "corroborated": True, "official source": False, "DENIAL": False}
