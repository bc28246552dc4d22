"""Standing sentences: background that papers print for years is no evidence, in whatever order its reports come."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.tracked import DAY, Desk, tracked, tracked_desk

CHANGED = ("critical", "integration: none → agreed")
WAITS = ("held", "it waits for more origins")
DECIDED = ("alerted", "with it the state changed")
FIRST = ("folded", "with it the state changed")
BACKGROUND = "The SDF and Damascus signed a deal on the army. "
STANDS = ("dropped", "a sentence that stood in reports of three days or more")


@pytest.fixture(name="desk")
def _desk(tmp_path: Path) -> Iterator[Desk]:
    with tracked(tracked_desk(tmp_path / "desk"), tmp_path / "s.db") as one:
        yield one


@pytest.fixture(name="holding")
def _holding(tmp_path: Path) -> Iterator[Desk]:
    with tracked(tracked_desk(tmp_path / "desk", hold="hold: 2h"), tmp_path / "s.db") as one:
        yield one


def on_days(desk: Desk, *days: int) -> None:
    """Reports of these days, each with the standing sentence, that come in one after the other on the last of them."""
    leads = (
        "Villagers around Amuda gather olives and barley before winter arrives in the region again.",
        "Traders at the bazaar in Hasakah counted their losses for the third season running.",
        "Analysts in Beirut doubted for years that anybody would come to such an arrangement.",
    )
    start = desk.now
    desk.now += 2 * DAY
    for day in days:
        feed, title = (("one", "Olive harvest"), ("one", "Market prices"), ("two", "Weekend talk"))[day]
        desk.hear(feed, title, BACKGROUND + leads[day], at=start + day * DAY, wait=1)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2)])
def test_a_sentence_is_a_standing_one_by_the_dates_of_reports(desk: Desk, order: tuple[int, ...]) -> None:
    on_days(desk, *order)
    assert (desk.alerts, desk.outcomes) == ([], [WAITS, WAITS, STANDS])


@pytest.mark.parametrize("order", [(2, 0, 1), (2, 1, 0), (0, 2, 1), (1, 2, 0)])
def test_what_comes_late_takes_out_a_standing_sentence_that_was_not_told(holding: Desk, order: tuple[int, ...]) -> None:
    on_days(holding, *order)
    holding.wait(3)
    assert (holding.alerts, holding.changes) == ([], [])
    wanted = {0: WAITS, 1: WAITS, 2: STANDS}
    assert holding.outcomes == [wanted[day] for day in order]
    assert len(holding.rows("SELECT * FROM tracker_evidence")) == 2


def test_what_was_told_stays_told_though_its_sentence_proves_a_standing_one(desk: Desk) -> None:
    on_days(desk, 2, 0, 1)
    assert desk.alerts == [CHANGED]
    # The first of its days is the one whose report may count.
    assert desk.outcomes == [DECIDED, FIRST, ("folded", "it restates what was told")]


def test_old_news_takes_out_a_standing_sentence_as_well(desk: Desk) -> None:
    start = desk.now
    desk.hear("one", "Olive harvest", BACKGROUND)
    desk.hear("two", "Long ago", BACKGROUND, at=start - 40 * DAY, wait=1)
    assert desk.outcomes[0] == WAITS
    desk.hear("two", "Longer ago", BACKGROUND, at=start - 50 * DAY, wait=1)
    assert desk.outcomes[0] == STANDS


def test_a_standing_sentence_on_one_facet_leaves_the_report_to_the_other(desk: Desk) -> None:
    start = desk.now
    desk.hear("one", "Fighters go home as the SDF dissolves", BACKGROUND)
    for days in (1, 2):
        desk.hear("blog", "Olive harvest", BACKGROUND, at=start - days * DAY)
    assert desk.ledger[0] == (*WAITS, "itself → dissolved: 1 of 2 origins; 72 h left")


def test_what_was_held_on_a_standing_sentence_says_what_it_waits_for_still(holding: Desk) -> None:
    start = holding.now
    holding.hear("one", "Fighters go home as the SDF dissolves", BACKGROUND)
    holding.hear("two", "Market prices rise after the SDF and Damascus signed an agreement")
    assert holding.outcomes == [("held", "it waits for a denial")] * 2
    for days in (1, 2):
        holding.hear("blog", "Olive harvest", BACKGROUND, at=start - days * DAY)
    assert holding.ledger[0] == (*WAITS, "itself → dissolved: 1 of 2 origins; 72 h left")


def test_a_rule_may_count_standing_sentences(tmp_path: Path) -> None:
    with tracked(tracked_desk(tmp_path / "desk", hold="boilerplate: count"), tmp_path / "s.db") as desk:
        for number in range(3):
            desk.hear("one", f"Clashes, day {number}", "The SDF and Damascus signed a deal.", wait=24)
        assert desk.outcomes == [WAITS, WAITS, WAITS]
