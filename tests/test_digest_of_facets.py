"""What waits on one facet is a line of the digest, though an alert on another facet tells of the report."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.digests import waiting
from tests.support.tracked import SIGNED_TOO, Desk, tracked, tracked_desk

BOTH = "SDF and Damascus signed a deal as the SDF dissolves"
WAITS = "integration → agreed: 1 of 2 origins; 72 h left"


@pytest.fixture(name="desk")
def _desk(tmp_path: Path) -> Iterator[Desk]:
    with tracked(tracked_desk(tmp_path / "desk"), tmp_path / "s.db") as one:
        one.hear("one", "Fighters go home as the SDF dissolves")
        one.hear("two", "It is over: SDF dissolved, says a commander")
        yield one


def lines(desk: Desk) -> list[tuple[str, str, tuple[str, ...]]]:
    rules = desk.pipeline._matcher.ruleset.rules.values()
    return [(one.title, one.said, one.outlets) for one in waiting(desk.pipeline.store, rules, desk.now)]


def tell(desk: Desk) -> list[str]:
    """The digest goes out; the text that each receiver has."""
    notice = desk.pipeline._digests.tell(desk.pipeline._matcher.ruleset.rules, desk.now)
    rows = desk.rows("SELECT payload FROM deliveries WHERE notice_id = ?", notice or 0)
    return [json.loads(payload)["text"] for (payload,) in rows]


def test_a_report_that_joined_an_alert_has_its_line_on_what_waits(desk: Desk) -> None:
    assert lines(desk) == []
    desk.hear("three", BOTH, wait=1)
    assert desk.outcomes[-1] == ("folded", "it restates what was told")
    assert lines(desk) == [(BOTH, WAITS, ("Three",))]


def test_reprints_that_joined_it_are_one_line(desk: Desk) -> None:
    desk.hear("three", BOTH)
    desk.hear("blog", BOTH)
    assert lines(desk) == [(BOTH, WAITS, ("Three", "Blog"))]


def test_it_is_told_once(desk: Desk) -> None:
    desk.hear("three", BOTH)
    (text,) = tell(desk)
    assert f"Three (2025-12-10 09:00 UTC): {BOTH}" in text
    assert WAITS in text
    assert (lines(desk), tell(desk)) == ([], [])
    (told,) = desk.pipeline.store.digests.of(desk.rows("SELECT MAX(id) FROM notices")[0][0]) or []
    assert (told.title, told.said) == (BOTH, "folded: alert 1, itself → dissolved")


def test_what_has_decided_or_lapsed_by_then_is_no_line(desk: Desk) -> None:
    desk.hear("three", BOTH)
    desk.now = desk.now.replace(day=14)
    desk.pipeline.tick(desk.now)
    assert lines(desk) == []
    desk.hear("three", "Damascus and SDF at last signed their deal")
    desk.hear("one", SIGNED_TOO)
    assert lines(desk) == []


def test_what_was_told_while_it_waited_says_what_became_of_it(tmp_path: Path) -> None:
    with tracked(tracked_desk(tmp_path / "desk"), tmp_path / "s.db") as desk:
        desk.hear("one", BOTH)
        tell(desk)
        desk.hear("two", SIGNED_TOO)
        (told,) = desk.pipeline.store.digests.of(1) or []
    assert told.said == "folded: alert 1, integration → agreed"
