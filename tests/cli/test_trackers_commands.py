"""`wirewatch trackers`, and what `why` says of a report that waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.running import Placed
from tests.support.tracked import DENIED, SIGNED, SIGNED_TOO, Desk, tracked, tracked_desk

AGREED = ("critical", "integration: none → agreed")


@pytest.fixture(name="placed")
def _placed(tmp_path: Path) -> Placed:
    """Half an hour ago a deal was reported by one, an end of the SDF by itself, and that was denied."""
    placed = Placed(tracked_desk(tmp_path / "desk"), tmp_path / "s.db")
    with at_work(placed, ago=timedelta(minutes=30)) as desk:
        desk.hear("one", SIGNED)
        desk.hear("sdf-press", "SDF dissolved itself")
        desk.hear("three", "SDF denies that it dissolved")
    return placed


@contextmanager
def at_work(placed: Placed, ago: timedelta = timedelta()) -> Iterator[Desk]:
    """A daemon beside the command."""
    with tracked(placed.desk, placed.store, datetime.now(UTC) - ago) as desk:
        yield desk


def test_every_facet_is_listed_with_its_state(placed: Placed) -> None:
    result = placed.run("trackers", "list")
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[0][:4] == ["RULE", "FACET", "STATE", "SINCE"]
    assert lines[1][:3] == ["sdf-status", "integration", "none"]
    assert " ".join(lines[1]).endswith("agreed: 1 of 2 origins; 71 h left")
    assert lines[2][:3] == ["sdf-status", "itself", "dissolved"]
    assert "CONTESTED" in lines[2]
    assert result.stdout.count("\n") == 4


def test_the_list_is_one_json_document(placed: Placed) -> None:
    found = placed.json("trackers", "list")
    assert [(one["facet"], one["state"], one["mark"], one["word"]) for one in found] == [
        ("integration", "none", "", ""),
        ("itself", "dissolved", "CONTESTED", "SDF Press (official)"),
        ("listing", "terrorist", "", ""),
    ]
    (waiting,) = found[0]["waiting"]
    assert (waiting["state"], waiting["origins"], waiting["wanted"], waiting["told"]) == (
        "agreed", 1, 2, "agreed: 1 of 2 origins; 71 h left",
    )  # fmt: skip


def test_a_history_names_from_to_when_whose_word_and_which_entries(placed: Placed) -> None:
    shown = placed.run("trackers", "show", "sdf-status", "itself").stdout
    assert shown.startswith("sdf-status itself: dissolved since ")
    assert "[CONTESTED]" in shown.splitlines()[0]
    assert "transition  active → dissolved, SDF Press (official), alert 1 (contested " in shown
    assert "SDF Press, official: SDF dissolved itself" in shown
    assert "Three, denies: SDF denies that it dissolved" in shown
    waits = placed.run("trackers", "show", "sdf-status", "integration").stdout
    assert "  waits       agreed: 1 of 2 origins; 71 h left" in waits
    assert f"One: {SIGNED}" in waits
    found = placed.json("trackers", "show", "sdf-status")
    assert [one["facet"] for one in found] == ["integration", "itself", "listing"]
    (change,) = found[1]["changes"]
    assert (change["from_state"], change["to_state"], change["kind"]) == ("active", "dissolved", "transition")
    assert [(one["outlet"], one["denies"]) for one in change["entries"]] == [("SDF Press", False), ("Three", True)]


def test_a_state_that_is_set_is_so_and_rings_for_nobody(placed: Placed) -> None:
    result = placed.run("trackers", "set", "sdf-status", "listing", "delisted", "--by", "ayse", "--reason", "gazette")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("listing is delisted since ")
    assert result.stdout.endswith("says ayse\n")
    shown = placed.run("trackers", "show", "sdf-status", "listing").stdout
    assert "set         delisted, gazette (set by ayse)" in shown
    with at_work(placed) as desk:
        assert desk.wait(1) == 0
        desk.hear("ankara", "SDF delisted as of today")
        assert len(desk.alerts) == 2


def test_a_state_may_be_set_for_a_day_that_was_and_none_to_come(placed: Placed) -> None:
    command = ("trackers", "set", "sdf-status", "listing", "delisted", "--by", "a", "--reason", "b", "--since")
    assert "since 2024-05-01 00:00 UTC" in placed.run(*command, "2024-05-01").stdout
    result = placed.run(*command, "2100-01-01")
    assert (result.exit_code, "day to come" in result.stderr) == (2, True)


def test_what_waits_is_told_when_a_person_vouches_for_it(placed: Placed) -> None:
    with at_work(placed) as desk:
        result = placed.run("trackers", "confirm", "sdf-status", "integration", "agreed", "--by", "ayse")
        assert result.exit_code == 0
        assert result.stdout.endswith("confirmed by ayse; it will be told\n")
        desk.now = datetime.now(UTC)
        assert (desk.wait(0), desk.wait(0)) == (1, 0)
        assert desk.alerts[-1] == AGREED
        assert "on the word of ayse, confirming One (1 origin)" in desk.rows("SELECT detail FROM alerts")[-1][0]
        # The second origin comes after all: it restates what was told.
        assert desk.hear("two", SIGNED_TOO).alerts == 0
        assert desk.ledger[-1][:2] == ("folded", "it restates what was told")
    assert placed.json("trackers", "list")[0]["mark"] == "confirmed"
    again = placed.run("trackers", "confirm", "sdf-status", "integration", "agreed", "--by", "ayse")
    assert (again.exit_code, again.stdout) == (1, "")
    assert "nothing waits for integration → agreed; see: wirewatch trackers show" in again.stderr


def test_what_is_contested_is_so_no_more_when_a_person_vouches_for_it(placed: Placed) -> None:
    result = placed.run("trackers", "confirm", "sdf-status", "itself", "--by", "ayse")
    assert (result.exit_code, "told" in result.stdout) == (0, False)
    assert placed.json("trackers", "list")[1]["mark"] == "confirmed"
    with at_work(placed) as desk:
        assert desk.hear("three", "SDF again denies that it dissolved").alerts == 0


@pytest.mark.parametrize("facet", ["integration", "listing"])
def test_there_may_be_nothing_to_vouch_for(placed: Placed, facet: str) -> None:
    if facet == "listing":
        placed.run("trackers", "set", "sdf-status", facet, "delisted", "--by", "a", "--reason", "b")
    result = placed.run("trackers", "confirm", "sdf-status", facet, "--by", "ayse")
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"no report has changed {facet} since; see: wirewatch trackers show sdf-status {facet}" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "sdf-statu"), "no rule is called 'sdf-statu'"),
        (("show", "sdf-status", "integratio"), "has no facet 'integratio'; there are: integration, itself, listing"),
        (("set", "sdf-status", "itself", "gone", "--by", "a", "--reason", "b"), "no state 'gone'; there are: active"),
        (("confirm", "sdf-status", "itself", "gone", "--by", "a"), "no state 'gone'; there are: active, dissolved"),
        (("confirm", "sdf-status", "itself"), "Missing option '--by'"),
        (("set", "sdf-status", "itself", "active", "--by", "a"), "Missing option '--reason'"),
    ],
)
def test_a_wrong_name_is_told(placed: Placed, arguments: tuple[str, ...], said: str) -> None:
    result = placed.run("trackers", *arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


def test_a_rule_of_another_type_has_no_state(empty: Placed) -> None:
    result = empty.run("trackers", "show", "joint-patrol")
    assert (result.exit_code, "is not of type status and has no state" in result.stderr) == (2, True)
    assert "no rule of the desk is of type status" in empty.run("trackers", "list").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("list",),
        ("show", "sdf-status"),
        ("set", "sdf-status", "itself", "active", "--by", "a", "--reason", "b"),
        ("confirm", "sdf-status", "itself", "--by", "a"),
    ],
)
def test_without_a_store_there_is_nothing_and_none_is_made(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    placed = Placed(tracked_desk(tmp_path / "desk"), tmp_path / "none.db")
    result = placed.run("trackers", *arguments)
    assert (result.exit_code, "there is none yet" in result.stderr) == (3, True)
    assert not placed.store.exists()


def test_why_says_what_a_report_waits_for(placed: Placed) -> None:
    told = placed.run("why", "1").stdout
    assert "rule sdf-status: held (it waits for more origins), integration → agreed: 1 of 2 origins; 72 h left" in told
    assert "waits now: integration → agreed: 1 of 2 origins; 71 h left" in told
    (found,) = placed.json("why", "1")
    (line,) = found["ledger"]
    assert (line["outcome"], line["waits"]) == ("held", ["integration → agreed: 1 of 2 origins; 71 h left"])
    assert [line["waits"] for line in placed.json("why", "2")[0]["ledger"]] == [[]]


def test_why_says_what_a_report_that_told_of_one_facet_waits_for_on_another(tmp_path: Path) -> None:
    placed = Placed(tracked_desk(tmp_path / "desk"), tmp_path / "s.db")
    with at_work(placed, ago=timedelta(minutes=30)) as desk:
        desk.hear("one", "Fighters go home as the SDF dissolves")
        desk.hear("two", "It is over: SDF dissolved, says a commander")
        desk.hear("three", "SDF and Damascus signed a deal as the SDF dissolves")
    ((line,),) = [one["ledger"] for one in placed.json("why", "3")]
    waits = "integration → agreed: 1 of 2 origins; 71 h left"
    assert (line["outcome"], line["waits"]) == ("folded", [waits])
    assert [(one["entry_id"], one["said"]) for one in placed.json("digest", "show")["lines"]] == [(3, waits)]


def test_why_says_who_denied_what_waits_and_what_a_denial_denies(placed: Placed) -> None:
    with at_work(placed) as desk:
        desk.hear("two", DENIED)
        desk.hear("three", "SDF and Damascus signed a deal on the army", "AFP")
        at = f"{desk.now:%Y-%m-%d %H:%M} UTC"
    waits = f"1 of 2 origins; 71 h left; denied by Two on {at}"
    told = placed.run("why", "1").stdout
    assert f"waits now: integration → agreed: {waits}" in told
    assert (
        f"held (it waits for more origins), integration → agreed: 1 of 2 origins; 72 h left; denied by Two on {at}"
        in (told.replace("71 h", "72 h"))
    )
    assert "denies integration → agreed, which waits with 1 of 2 origins; 71 h left" in placed.run("why", "4").stdout
    assert placed.json("trackers", "list")[0]["waiting"][0]["told"] == f"agreed: {waits}"
    shown = placed.run("trackers", "show", "sdf-status", "integration").stdout
    assert f"waits       agreed: {waits}" in shown
    assert f"Two, denies: {DENIED}" in shown


def test_what_was_denied_and_found_no_other_origin_says_both(tmp_path: Path) -> None:
    placed = Placed(tracked_desk(tmp_path / "desk"), tmp_path / "s.db")
    with at_work(placed, ago=timedelta(days=5)) as desk:
        desk.hear("one", SIGNED)
        desk.hear("two", DENIED, wait=1)
        at = f"{desk.now:%Y-%m-%d %H:%M} UTC"
        desk.wait(80)
    told = placed.run("why", "1").stdout
    assert "dropped (no other origin told of it in time), no quorum within 72 h" in told
    assert f"    integration → agreed; denied by Two on {at}" in told
    assert "    denies integration → agreed\n" in placed.run("why", "2").stdout


def test_a_denial_ahead_of_the_first_report_denies_nothing_of_it(placed: Placed) -> None:
    with at_work(placed) as desk:
        desk.hear("two", DENIED, at=desk.now - timedelta(hours=2))
    assert "denied by" not in placed.run("why", "1").stdout


def test_the_list_shows_times_as_other_listings_do(placed: Placed) -> None:
    line = placed.run("trackers", "list").stdout.splitlines()[2]
    assert f"dissolved  {datetime.now(UTC) - timedelta(minutes=30):%Y-%m-%d}" in line
    assert "+00:00" not in line


def test_why_of_a_status_rule_says_what_its_facets_wait_for(placed: Placed) -> None:
    shown = placed.run("why", "sdf-status").stdout
    assert shown.startswith("rule sdf-status (status, live): Status of the SDF\n")
    assert "  integration is none; agreed: 1 of 2 origins; 71 h left\n" in shown
    assert "  listing is terrorist; nothing waits\n" in shown
    assert [one["facet"] for one in placed.json("why", "sdf-status")["facets"]] == ["integration", "itself", "listing"]


def test_why_says_why_a_report_is_no_evidence(placed: Placed) -> None:
    with at_work(placed) as desk:
        desk.hear("one", DENIED)
        desk.hear("one", "The deal that SDF and Damascus signed in 2019")
    assert "digest (what is said so goes to the digest), denied: denies" in placed.run("why", "4").stdout
    assert "dropped (the rule drops what is said so), retro: 2019" in placed.run("why", "5").stdout


def test_explain_names_what_a_text_is_evidence_of(placed: Placed) -> None:
    told = placed.run("rules", "explain", "sdf-status", SIGNED).stdout
    assert "evidence for integration → agreed" in told
    assert "    ✓ any of\n      ✓ integration → agreed: all of\n" in told
    assert "      ✗ itself → dissolved: all of\n" in told
    (window,) = placed.json("rules", "explain", "sdf-status", SIGNED)["windows"]
    assert [part["asks"].partition(":")[0] for part in window["tree"]["parts"]] == [
        "integration → agreed", "integration → ended", "itself → dissolved", "listing → delisted",
    ]  # fmt: skip


def test_what_the_reports_have_decided_meanwhile_is_not_told_again(placed: Placed) -> None:
    with at_work(placed) as desk:
        desk.hear("two", SIGNED_TOO)
        assert desk.alerts[-1] == AGREED
        result = placed.run("trackers", "confirm", "sdf-status", "integration", "agreed", "--by", "ayse")
        assert result.exit_code == 1
        assert desk.wait(0) == 0
