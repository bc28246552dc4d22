"""Status rules at work: reports that tell of several states, that come late, or that are taken back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.tracked import (
    DAY,
    DECEMBER,
    DENIED,
    SCRAPPED,
    SCRAPPED_TOO,
    SIGNED,
    SIGNED_TOO,
    Desk,
    tracked,
    tracked_desk,
)


@pytest.fixture(name="desk")
def _desk(tmp_path: Path) -> Iterator[Desk]:
    with tracked(tracked_desk(tmp_path / "desk"), tmp_path / "s.db") as one:
        yield one


def test_a_headline_that_names_nobody_is_taken_with_the_names_of_its_lead(desk: Desk) -> None:
    desk.hear("one", "SDF delisted", "That was known for weeks.")
    assert desk.ledger[-1][1] == "it names nobody whose state this is"
    desk.hear("two", "SDF delisted", "It stood in the gazette of Turkey on Monday.")
    assert desk.outcomes[-1] == ("held", "it waits for more origins")


def test_what_comes_late_says_what_has_come_since(desk: Desk) -> None:
    desk.hear("one", SCRAPPED, at=DECEMBER + 2 * DAY, wait=60)
    desk.hear("two", SCRAPPED_TOO, at=DECEMBER + 2 * DAY, wait=1)
    desk.hear("one", SIGNED, at=DECEMBER, wait=1)
    desk.hear("two", SIGNED_TOO, at=DECEMBER, wait=1)
    ended, agreed = (detail for (detail,) in desk.rows("SELECT detail FROM alerts ORDER BY id"))
    assert "came late" not in ended
    assert agreed.endswith("; the reports came late: it is ended since 2025-12-12 09:00 UTC")


def test_what_comes_late_says_what_stands_by_the_last_word_on_it(desk: Desk) -> None:
    desk.hear("one", SCRAPPED, at=DECEMBER + 2 * DAY, wait=60)
    desk.hear("two", SCRAPPED_TOO, at=DECEMBER + 2 * DAY, wait=1)
    desk.hear("sdf-press", "Third agreement: Damascus and SDF signed again", at=DECEMBER + 6 * DAY, wait=24 * 4)
    desk.hear("one", SIGNED, at=DECEMBER, wait=1)
    desk.hear("two", SIGNED_TOO, at=DECEMBER, wait=1)
    (late,) = desk.rows("SELECT detail FROM alerts ORDER BY id DESC LIMIT 1")[0]
    assert late.endswith("; the reports came late: it is agreed since 2025-12-16 09:00 UTC")


def test_a_report_that_is_corrected_after_it_rang_contests_what_it_told(desk: Desk) -> None:
    desk.hear("one", SIGNED, name="a")
    desk.hear("two", SIGNED_TOO, wait=1)
    desk.hear("one", "CORRECTED: SDF and Damascus have not signed a deal on the army", name="a", wait=1)
    assert desk.alerts[1:] == [("high", "CONTESTED integration: none → agreed")]
    desk.hear("one", "CORRECTED: SDF and Damascus have never signed a deal on the army", name="a", wait=1)
    assert len(desk.alerts) == 2


def test_what_another_paper_negates_contests_nothing(desk: Desk) -> None:
    desk.hear("one", SIGNED)
    desk.hear("two", SIGNED_TOO, wait=1)
    desk.hear("three", "SDF and Damascus have not signed a deal on the army", name="a", wait=1)
    desk.hear("three", "SDF and Damascus have never signed a deal on the army", name="a", wait=1)
    assert len(desk.alerts) == 1


def test_what_was_contested_and_is_said_again_by_an_authority_is_confirmed(desk: Desk) -> None:
    desk.hear("one", SIGNED)
    desk.hear("two", SIGNED_TOO, wait=1)
    desk.hear("three", DENIED, wait=1)
    assert desk.alerts[-1] == ("high", "CONTESTED integration: none → agreed")
    desk.hear("one", "SDF deal with Damascus is signed, officials insist", wait=1)
    assert len(desk.alerts) == 2
    desk.hear("sdf-press", "Statement: the SDF and Damascus signed this deal", wait=1)
    assert desk.alerts[2:] == [("critical", "CONFIRMED integration: none → agreed")]
    assert desk.outcomes[-1] == ("alerted", "with it the state changed")
    desk.hear("sdf-press", "Once more: the SDF has signed its deal with Damascus", wait=1)
    desk.hear("three", DENIED, wait=1)
    assert len(desk.alerts) == 3
    assert desk.rows("SELECT contested_at FROM tracker_changes") == [(None,)]


def test_a_development_that_is_denied_and_confirmed_before_it_is_told_is_told_plainly(tmp_path: Path) -> None:
    with tracked(tracked_desk(tmp_path / "desk", hold="hold: 3h"), tmp_path / "s.db") as desk:
        desk.hear("one", SIGNED)
        desk.hear("two", SIGNED_TOO, wait=1)
        desk.hear("three", DENIED, wait=0.5)
        desk.hear("sdf-press", "Statement: the SDF and Damascus signed this deal", wait=0.5)
        desk.wait(4)
        assert desk.alerts == [("critical", "integration: none → agreed")]


def test_what_is_taken_back_by_those_who_told_it_is_no_state_and_may_come_true(desk: Desk) -> None:
    desk.hear("one", SIGNED, name="a")
    desk.hear("two", SIGNED_TOO, name="b", wait=1)
    desk.hear("one", "CORRECTED: SDF and Damascus have not signed a deal on the army", name="a", wait=1)
    desk.hear("two", "CORRECTED: SDF has not signed an agreement in Damascus", name="b", wait=1)
    assert desk.alerts == [("critical", "integration: none → agreed"), ("high", "CONTESTED integration: none → agreed")]
    desk.hear("one", "At last Damascus and the SDF signed their deal", wait=40)
    desk.hear("three", "Deal signed by the SDF, state television in Damascus shows", wait=1)
    assert desk.alerts[2:] == [("critical", "integration: none → agreed")]
    desk.wait(24 * 30)
    desk.hear("sdf-press", SCRAPPED)
    assert desk.changes[-1] == ("agreed", "ended", "transition")


def test_a_state_that_was_taken_back_does_not_come_back_with_time(desk: Desk) -> None:
    desk.hear("sdf-press", SIGNED, name="a")
    desk.hear("sdf-press", "CORRECTED: SDF and Damascus have not signed a deal on the army", name="a", wait=1)
    desk.wait(24 * 30)
    assert [(found, bool(at)) for found, at in desk.rows("SELECT to_state, withdrawn_at FROM tracker_changes")] == [
        ("agreed", True)
    ]
    desk.hear("sdf-press", SCRAPPED)
    assert desk.changes[-1] == ("none", "ended", "transition")


def test_a_rule_that_tells_nobody_takes_a_state_back_as_well(tmp_path: Path) -> None:
    with tracked(
        tracked_desk(tmp_path / "desk", severity="severity: critical\nstatus: muted"), tmp_path / "s.db"
    ) as desk:
        desk.hear("sdf-press", SIGNED, name="a")
        desk.hear("sdf-press", "CORRECTED: SDF and Damascus have not signed a deal on the army", name="a", wait=1)
        desk.hear("sdf-press", SCRAPPED, wait=1)
        assert desk.alerts == []
        assert desk.changes == [("none", "agreed", "transition"), ("none", "ended", "transition")]
