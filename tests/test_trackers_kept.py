"""What trackers keep: through restarts, reloads and edits of their rules, and no more than they need."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import app as composition
from monitor.trackers import KEPT
from monitor.tracking import look
from tests.support.stage import staged
from tests.support.tracked import (
    DAY,
    DECEMBER,
    DENIED,
    HOUR,
    SCRAPPED,
    SCRAPPED_TOO,
    SIGNED,
    SIGNED_TOO,
    Desk,
    tracked,
    tracked_desk,
)

CHANGED = ("critical", "integration: none → agreed")
NOW = "now: {state: agreed, since: 2025-12-01, source: the deal of 1 December}\nauthority: [$both_sides]"

GAS = """rules:
- id: gas
  owner: energy-desk
  match: gas
  tests:
  - {text: A gas deal, expect: match}
  - {text: An oil deal, expect: no-match}
"""


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "s.db"


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    return tmp_path / "desk"


def reloaded(desk: Desk, **changes: str) -> None:
    """The desk's rule is edited, and taken up while the program runs."""
    tracked_desk(desk.folder, **changes)
    again(desk)


def again(desk: Desk) -> None:
    app = staged(desk.folder, desk.store)
    parts = composition.pipeline(app, desk.pipeline.store, app.desk.feeds, desk.now).parts
    desk.pipeline.take(parts, desk.now)


def edit(folder: Path, was: str, now: str) -> None:
    path = folder / "watch/rules.yaml"
    text = path.read_text(encoding="utf-8")
    assert was in text
    path.write_text(text.replace(was, now), encoding="utf-8")


def state(desk: Desk, facet: int = 0) -> tuple[str, str]:
    """The first facet's state, and the day since when."""
    rule = desk.pipeline.parts.matcher.ruleset.rules["sdf-status"]
    found = look(desk.pipeline.store, rule, rule.facets[facet], desk.now).course
    return found.state, f"{found.since:%Y-%m-%d}" if found.since else ""


# -- restarts


def test_what_is_held_is_told_by_the_next_run(folder: Path, path: Path) -> None:
    tracked_desk(folder, hold="hold: 2h")
    with tracked(folder, path) as desk:
        desk.hear("sdf-press", SIGNED)
    with tracked(folder, path, DECEMBER + HOUR) as desk:
        assert (desk.wait(0.9), desk.alerts) == (0, [])
        assert (desk.wait(0.1), desk.alerts) == (1, [CHANGED])
    with tracked(folder, path, DECEMBER + 4 * HOUR) as desk:
        assert desk.wait(1) == 0


def test_what_is_held_is_told_even_weeks_later(folder: Path, path: Path) -> None:
    tracked_desk(folder, hold="hold: 2h")
    with tracked(folder, path) as desk:
        desk.hear("one", SIGNED)
        desk.hear("two", SIGNED_TOO)
    with tracked(folder, path, DECEMBER + 40 * DAY) as desk:
        assert (desk.wait(0), desk.alerts) == (1, [CHANGED])


def test_evidence_of_before_a_restart_counts(folder: Path, path: Path) -> None:
    tracked_desk(folder)
    with tracked(folder, path) as desk:
        desk.hear("one", SIGNED)
    with tracked(folder, path, DECEMBER + HOUR) as desk:
        assert desk.hear("two", SIGNED_TOO).alerts == 1


def test_a_change_of_long_ago_is_the_state_as_it_stands(folder: Path, path: Path) -> None:
    with tracked(tracked_desk(folder), path) as desk:
        desk.hear("sdf-press", SIGNED)
        desk.now += 200 * DAY
        assert state(desk) == ("agreed", "2025-12-10")
        desk.hear("one", SCRAPPED)
        desk.hear("two", SCRAPPED_TOO)
        assert desk.alerts[1:] == [("critical", "integration: agreed → ended")]


# -- edits of the rule


def test_a_change_of_long_ago_leaves_the_one_after_it_as_it_was(folder: Path, path: Path) -> None:
    with tracked(tracked_desk(folder), path) as desk:
        desk.hear("one", SCRAPPED)
        desk.hear("two", SIGNED, wait=1)
        desk.hear("three", SIGNED_TOO, wait=1)
        desk.hear("two", SCRAPPED_TOO, wait=68)
        assert desk.changes == [("none", "agreed", "transition"), ("agreed", "ended", "transition")]
        rule = desk.pipeline.parts.matcher.ruleset.rules["sdf-status"]
        # The agreement stands by itself before its end does.
        for days in (4, 12.2, 13, 14.9, 15.2):
            view = look(desk.pipeline.store, rule, rule.facets[0], DECEMBER + days * DAY)
            assert view.course.state == "ended"
        desk.hear("one", "New agreement on oil fields signed by SDF", at=DECEMBER + 12.5 * DAY, wait=24 * 9.6)
        desk.hear("two", "Third agreement in a year: Damascus and SDF signed again", wait=1)
        assert desk.changes[-1] == ("ended", "agreed", "transition")


@pytest.mark.parametrize("status", ["shadow", "muted"])
def test_a_rule_that_tells_nobody_keeps_its_states_all_the_same(folder: Path, path: Path, status: str) -> None:
    tracked_desk(folder, severity=f"severity: critical\nstatus: {status}")
    why = "the rule is muted" if status == "muted" else "the rule is in shadow and tells nobody"
    with tracked(folder, path) as desk:
        desk.hear("one", SIGNED)
        assert desk.ledger == [
            ("dropped", why, "else held: it waits for more origins (integration → agreed: 1 of 2 origins; 72 h left)")
        ]
        desk.hear("two", SIGNED_TOO)
        desk.hear("three", DENIED)
        assert (desk.alerts, desk.changes) == ([], [("none", "agreed", "transition")])
        assert desk.ledger[1] == ("dropped", why, "else alerted: with it the state changed (integration → agreed)")
        reloaded(desk)
        desk.hear("three", "Deal with Damascus signed, says SDF spokesman in Hasakah", wait=1)
        assert desk.alerts == []
        assert desk.outcomes[-1] == ("dropped", "it restates what was told")
        assert state(desk)[0] == "agreed"


def test_a_draft_hears_nothing(folder: Path, path: Path) -> None:
    with tracked(tracked_desk(folder, severity="severity: critical\nstatus: draft"), path) as desk:
        desk.hear("sdf-press", SIGNED)
        assert (desk.ledger, desk.changes) == ([], [])


def test_a_rule_keeps_its_states_under_a_new_name(folder: Path, path: Path) -> None:
    tracked_desk(folder, hold="hold: 2h", authority=NOW)
    with tracked(folder, path) as desk:
        desk.hear("one", SCRAPPED)
        desk.hear("sdf-press", "SDF dissolved itself")
    edit(folder, "- id: sdf-status\n", "- id: ypg-status\n  formerly: [sdf-status]\n")
    with tracked(folder, path, DECEMBER + HOUR) as desk:
        assert desk.rows("SELECT DISTINCT rule_id FROM tracker_changes") == [("ypg-status",)]
        # The state that the rule vouches for was taken up before.
        assert len(desk.rows("SELECT id FROM tracker_changes WHERE kind = 'set'")) == 1
        assert desk.wait(1) == 1
        desk.hear("two", SCRAPPED_TOO)
        assert desk.wait(2) == 1
        assert [label for _, label in desk.alerts] == ["itself: active → dissolved", "integration: agreed → ended"]


def test_what_waited_under_an_old_name_lapses_and_gives_way_to_revisions(folder: Path, path: Path) -> None:
    with tracked(tracked_desk(folder), path) as desk:
        desk.hear("one", SIGNED, name="x")
        desk.hear("two", "SDF dissolved itself", name="y")
    edit(folder, "- id: sdf-status\n", "- id: ypg-status\n  formerly: [sdf-status]\n")
    with tracked(folder, path, DECEMBER + HOUR) as desk:
        desk.hear("one", "Nothing new in Damascus, says SDF", name="x")
        desk.wait(73)
        assert desk.outcomes == [
            ("dropped", "the entry was revised since"), ("dropped", "no other origin told of it in time"),
        ]  # fmt: skip


def test_a_rule_that_is_back_tells_what_it_held(folder: Path, path: Path) -> None:
    tracked_desk(folder, hold="hold: 2h")
    with tracked(folder, path) as desk:
        desk.hear("sdf-press", SIGNED)
        rules = (folder / "watch/rules.yaml").read_text(encoding="utf-8")
        (folder / "watch/rules.yaml").write_text(GAS, encoding="utf-8")
        again(desk)
        assert (desk.wait(3), desk.wait(1)) == (0, 0)
        assert not desk.pipeline.parts.over_time.due(desk.now)
        (folder / "watch/rules.yaml").write_text(rules, encoding="utf-8")
        again(desk)
        assert (desk.wait(1), desk.alerts) == (1, [CHANGED])


def test_what_a_facet_held_that_left_for_good_is_let_go(folder: Path, path: Path) -> None:
    with tracked(tracked_desk(folder, hold="hold: 2h"), path) as desk:
        desk.hear("ankara", "SDF delisted as of today")
        edit(folder, "listing:", "lists:")
        again(desk)
        assert desk.wait(3) == 0
        assert desk.outcomes == [("held", "it waits for a denial")]
        assert desk.wait(24 * 8) == 0
        assert desk.ledger == [("dropped", "no other origin told of it in time", "listing left the desk")]
        assert not desk.pipeline.parts.over_time.due(desk.now)
        edit(folder, "lists:", "listing:")
        again(desk)
        assert (desk.wait(1), desk.alerts) == (0, [])


def test_what_waited_for_a_rule_that_left_for_good_is_let_go(folder: Path, path: Path) -> None:
    with tracked(tracked_desk(folder), path) as desk:
        desk.hear("one", SIGNED)
        edit(folder, "- id: sdf-status\n", "- id: quite-another\n")
        again(desk)
        desk.wait(24 * 8)
        assert desk.ledger == [("dropped", "no other origin told of it in time", "its rule left the desk")]


# -- the state that a rule vouches for


def test_a_state_that_the_rule_vouches_for_is_taken_up_once(folder: Path, path: Path) -> None:
    tracked_desk(folder, authority=NOW)
    for hours in range(3):
        with tracked(folder, path, DECEMBER + hours * HOUR) as desk:
            assert desk.changes == [("", "agreed", "set")]
            assert state(desk) == ("agreed", "2025-12-01")
    with tracked(folder, path, DECEMBER + 5 * HOUR) as desk:
        reloaded(desk, authority=NOW.replace("agreed", "ended"))
        assert desk.changes == [("", "agreed", "set"), ("agreed", "ended", "set")]
        assert state(desk) == ("ended", "2025-12-01")
        assert desk.alerts == []


def test_a_state_whose_day_lies_ahead_is_not_taken_up(folder: Path, path: Path) -> None:
    tracked_desk(folder, authority=NOW.replace("2025-12-01", "2025-12-11"))
    with tracked(folder, path) as desk:
        assert (desk.changes, state(desk)) == ([], ("none", ""))
    with tracked(folder, path, DECEMBER + DAY) as desk:
        assert (desk.changes, state(desk)) == ([], ("none", ""))


def test_a_state_of_always_is_where_the_facet_starts(folder: Path, path: Path) -> None:
    always = NOW.replace("since: 2025-12-01, ", "")
    with tracked(tracked_desk(folder, authority=always), path) as desk:
        assert (desk.changes, state(desk)) == ([], ("agreed", ""))
        desk.hear("sdf-press", SIGNED)
        assert desk.alerts == [("high", "MILESTONE integration: agreed again")]


def test_what_the_rule_vouches_for_is_restated_in_silence(folder: Path, path: Path) -> None:
    with tracked(tracked_desk(folder, authority=NOW.replace("-01", "-10")), path) as desk:
        desk.hear("one", SIGNED)
        desk.hear("two", SIGNED_TOO)
        assert set(desk.outcomes) == {("dropped", "it restates what was told")}


# -- the clock


def test_what_was_held_by_a_clock_that_was_set_back_is_told_now(folder: Path, path: Path) -> None:
    with tracked(tracked_desk(folder, hold="hold: 2h"), path) as desk:
        desk.hear("sdf-press", SIGNED)
        desk.now -= 30 * DAY
        desk.pipeline.catch_up(desk.now)
        assert (desk.wait(0), desk.alerts) == (1, [CHANGED])


def test_the_hold_of_a_clock_that_was_not_set_back_goes_on(folder: Path, path: Path) -> None:
    with tracked(tracked_desk(folder, hold="hold: 2h"), path) as desk:
        desk.hear("sdf-press", SIGNED)
        desk.pipeline.catch_up(desk.now + HOUR)
        assert desk.wait(1) == 0


# -- bounds


def queries(desk: Desk, feed: str, title: str) -> Counter[str]:
    """The statements that a report costs, by their verb."""
    seen: list[str] = []
    connection = desk.pipeline.store._connection.database.conn
    connection.set_trace_callback(seen.append)
    desk.hear(feed, title, wait=0.02)
    connection.set_trace_callback(None)
    return Counter(one.split(maxsplit=1)[0] for one in seen)


@pytest.mark.parametrize("authority", ["authority: [$both_sides]", NOW.replace("-01", "-10")])
def test_the_two_hundredth_report_of_a_day_costs_no_more_than_the_tenth(
    folder: Path, path: Path, authority: str
) -> None:
    with tracked(tracked_desk(folder, authority=authority), path) as desk:
        desk.hear("one", SIGNED)
        desk.hear("two", SIGNED_TOO)
        costs = [queries(desk, "three", f"Report {number}: SDF, Damascus signed a deal") for number in range(200)]
        assert costs[-1].total() <= costs[10].total() + 2
        assert len(desk.alerts) <= 1


def test_what_waits_is_written_anew_when_its_hours_change_and_not_with_each_report(folder: Path, path: Path) -> None:
    with tracked(tracked_desk(folder), path) as desk:
        costs = [queries(desk, "one", f"Report {number}: SDF, Damascus signed a deal") for number in range(45)]
        assert desk.alerts == []
        assert costs[44]["UPDATE"] <= costs[10]["UPDATE"] + 1


def test_a_second_of_waiting_costs_two_small_queries(folder: Path, path: Path) -> None:
    with tracked(tracked_desk(folder), path) as desk:
        for number in range(20):
            desk.hear("one", f"Report {number}: SDF, Damascus signed a deal")
        desk.wait(0)
        seen: list[str] = []
        connection = desk.pipeline.store._connection.database.conn
        connection.set_trace_callback(seen.append)
        desk.wait(0.01)
        connection.set_trace_callback(None)
        assert len([one for one in seen if "tracker" in one or "'held'" in one]) == 2


def test_sentences_and_evidence_of_nothing_are_forgotten(folder: Path, path: Path) -> None:
    with tracked(tracked_desk(folder), path) as desk:
        desk.hear("one", SIGNED)
        desk.hear("sdf-press", "SDF dissolved itself")
        desk.wait(24 * (KEPT.days - 1))
        assert len(desk.rows("SELECT * FROM tracker_sentences")) == 2
        desk.wait(48)
        assert desk.rows("SELECT * FROM tracker_sentences") == []
        # What a change rests on is its history.
        assert desk.rows("SELECT facet FROM tracker_evidence") == [("itself",)]


def test_nothing_is_looked_through_for_old_things_more_than_once_a_day(folder: Path, path: Path) -> None:
    with tracked(tracked_desk(folder), path) as desk:
        over_time = desk.pipeline.parts.over_time
        assert over_time.due(desk.now)
        desk.wait(0)
        assert not over_time.due(desk.now + DAY - timedelta(seconds=1))
        assert over_time.due(desk.now + DAY)


def test_a_notice_that_nobody_was_sent_yet_takes_in_further_reports(folder: Path, path: Path) -> None:
    with tracked(tracked_desk(folder), path) as desk:
        desk.hear("one", SIGNED)
        desk.hear("two", SIGNED_TOO)
        ((before,),) = desk.rows("SELECT payload FROM deliveries")
        desk.hear("three", "Deal between SDF and Damascus signed at noon")
        ((after,),) = desk.rows("SELECT payload FROM deliveries")
        assert ("signed at noon" in before, "signed at noon" in after) == (False, True)
        assert len(desk.rows("SELECT id FROM notices")) == 1
