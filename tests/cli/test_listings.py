"""The commands that look into the store, on an empty one and on one that the program filled."""

import re
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.daemon import clock
from monitor.ruleset.desk import load_desk
from monitor.store import Store
from tests.cli.running import HOSTILE, PATROL, Placed, document, run
from tests.support.desk import TERMINAL, write_desk
from tests.support.stage import once
from tests.support.wire import Wire

TIME = re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d")
TITLE = PATROL.title


def table(placed: Placed, *arguments: str) -> list[list[str]]:
    """The cells of a listing, times as T."""
    result = placed.run(*arguments)
    assert result.exit_code == 0
    return [re.split(r" {2,}", TIME.sub("T", line)) for line in result.stdout.splitlines()]


def lines(placed: Placed, *arguments: str) -> list[str]:
    result = placed.run(*arguments)
    assert result.exit_code == 0
    return [TIME.sub("T", line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("feeds list", "no feeds yet; 'wirewatch once' takes over the desk's list"),
        ("stories list", "no stories yet"),
        ("alerts list", "no alerts yet"),
        ("deliveries list", "no deliveries"),
        ("deliveries list --state failed", "no deliveries"),
    ],
)
def test_a_listing_of_an_empty_store_says_that_there_is_nothing(empty: Placed, command: str, said: str) -> None:
    assert lines(empty, *command.split()) == [said]
    assert empty.json(*command.split()) == []


def test_the_status_of_an_empty_store_is_all_noughts(empty: Placed) -> None:
    assert lines(empty, "status") == [
        "daemon      not running",
        "feeds       0 ok, 0 failing, 0 not polled yet",
        "last poll   never, behind by 0 s",
        "stored      0 entries in 0 stories",
        "alerts      0 open, 0 in all",
        "outbox      empty",
        "digest      0 lines wait",
    ]


def test_a_lag_is_told_in_the_unit_that_fits_it(empty: Placed) -> None:
    with closing(Store.open(empty.store)) as store:
        store.feeds.sync(load_desk(empty.desk).feeds.values(), clock() - timedelta(hours=50))
    assert "last poll   never, behind by 2.1 d" in lines(empty, "status")


def test_the_status_tells_feeds_deliveries_and_blind_spots(full: Placed) -> None:
    status = lines(full, "status")
    assert re.fullmatch(r"last poll   T, behind by \d+ s", status.pop(2))
    blind = status.pop()
    assert blind.startswith("blind spot  gone (gone): failing, since T (alert 2): 3 polls in a row failed")
    assert "the server answered 404 Not Found" in blind
    assert status == [
        "daemon      not running",
        "feeds       2 ok, 1 failing, 0 not polled yet",
        "stored      3 entries in 2 stories",
        "alerts      2 open, 2 in all",
        "outbox      2 deferred, 2 sent",
        "digest      0 lines wait",
    ]


def test_the_status_as_json_has_the_same_figures(full: Placed) -> None:
    status = full.json("status")
    assert status["feeds"] == {"total": 3, "ok": 2, "failing": 1, "new": 0, "stopped": 0}
    assert (status["entries"], status["stories"], status["alerts"], status["alerts_open"]) == (3, 2, 2, 2)
    assert status["deliveries"] == {"deferred": 2, "sent": 2}
    assert [(blind["feed_id"], blind["blind_spot"]) for blind in status["blind_spots"]] == [("gone", "failing")]


def test_feeds_are_listed_with_their_last_poll_and_what_went_wrong(full: Placed) -> None:
    wrong = "the server answered 404 Not Found; check the address in feeds.yaml"
    assert table(full, "feeds", "list") == [
        ["FEED", "LAST", "POLLED", "NEXT", "ENTRIES", "FAILURES", "WHY", "ERROR"],
        ["agency", "unchanged", "T", "T", "2", "0", "fixed by every: 1 s", "-"],
        ["daily", "unchanged", "T", "T", "1", "0", "fixed by every: 1 s", "-"],
        ["gone", "failed", "T", "T", "0", "3", "failure 3: tried again after 2 s", wrong],
    ]


def test_stories_are_listed_the_newest_first_with_their_outlets(full: Placed) -> None:
    heading, *rows = table(full, "stories", "list")
    assert heading == ["STORY", "ENTRIES", "OUTLETS", "LAST", "TITLE"]
    assert [row[0] for row in rows] == ["2", "1"]
    assert sorted(row[1:] for row in rows) == [
        ["1", "1", "T", "Turkey and Russia sign a gas deal"],
        ["2", "2", "T", TITLE],
    ]


def test_a_story_shows_its_entries_and_why_each_joined(full: Placed) -> None:
    (number,) = [row["id"] for row in full.json("stories", "list") if row["title"] == TITLE]
    heading, *rows = lines(full, "stories", "show", str(number))
    assert heading == f"story {number}, T: {TITLE}"
    assert rows[0].split() == ["ENTRY", "OUTLET", "LANG", "SCORE", "WHY", "LIKE", "VETO", "TITLE"]
    told = full.json("stories", "show", str(number))["entries"]
    assert {one["outlet"] for one in told} == {"agency", "The Daily"}
    first, second = told
    assert second["near_entry_id"] == first["id"]
    assert second["score"] == 100
    assert first["reason"] == "no earlier report is alike"


def test_an_alert_is_listed_with_its_rule_severity_and_reports(full: Placed) -> None:
    assert table(full, "alerts", "list") == [
        ["ALERT", "SEVERITY", "LABEL", "STATE", "OPENED", "RULE", "REPORTS", "TITLE"],
        ["2", "high", "-", "open", "T", "feed-outage", "0", "gone (gone): failing"],
        ["1", "high", "-", "open", "T", "joint-patrol", "2", TITLE],
    ]


def test_an_alert_shows_every_report_and_what_became_of_its_notices(full: Placed) -> None:
    told = lines(full, "alerts", "show", "1")
    assert told[:2] == [
        "alert 1 [high] open, opened T",
        "rule joint-patrol: Turkey-Russia joint patrol; owner syria-desk",
    ]
    assert sum("alerted  done  first match of this rule on this development" in line for line in told) == 1
    assert sum("folded" in line for line in told) == 1
    assert [re.split(r" {2,}", line)[1:4] for line in told[-2:]] == [
        ["terminal", "-", "sent"],
        ["syria-slack", "-", "deferred"],
    ]


def test_an_alert_as_json_is_one_document_without_json_in_its_texts(full: Placed) -> None:
    alert = full.json("alerts", "show", "1")
    assert {match["outcome"] for match in alert["matches"]} == {"alerted", "folded"}
    for match in alert["matches"]:
        assert match["subject"] == ["russia", "topic.joint", "topic.patrol", "turkey"]
        assert match["stance"]["phases"] == ["+resume"]
        assert [one["text"] for one in match["evidence"]] == ["Turkey", "Russia", "joint", "patrols"]
    (notice,) = alert["notices"]
    payloads = {one["receiver"]: one["payload"] for one in notice["deliveries"]}
    assert TITLE in payloads["terminal"]["text"]
    assert payloads["syria-slack"]["blocks"][0]["type"] == "header"


def test_deliveries_are_listed_the_newest_first_and_by_state(full: Placed) -> None:
    heading, *_, waiting, sent = table(full, "deliveries", "list")
    assert heading == ["DELIVERY", "RECEIVER", "RECIPIENT", "STATE", "TRIES", "QUEUED", "DUE", "ERROR"]
    assert waiting[:7] == ["2", "syria-slack", "-", "deferred", "1", "T", "T"]
    assert waiting[7].startswith("secret 'slack-syria' is missing; set SLACK_SYRIA, ")
    assert sent == ["1", "terminal", "-", "sent", "1", "T", "-", "-"]
    assert [row["id"] for row in full.json("deliveries", "list", "--state", "sent")] == [3, 1]
    assert [row["id"] for row in full.json("deliveries", "list", "--limit", "1")] == [4]


def test_a_waiting_delivery_may_be_asked_for_again_and_a_sent_one_not(full: Placed) -> None:
    before = full.json("deliveries", "list", "--state", "deferred")[-1]["due_at"]
    assert lines(full, "deliveries", "retry", "2") == ["delivery 2 is due now"]
    assert full.json("deliveries", "list", "--state", "deferred")[-1]["due_at"] != before
    refused = full.run("deliveries", "retry", "1")
    assert (refused.exit_code, refused.stderr) == (1, "wirewatch: there is no failed or waiting delivery 1\n")


def test_asking_for_a_delivery_again_makes_no_store_where_there_is_none(empty: Placed) -> None:
    empty.store.unlink()
    assert empty.run("deliveries", "retry", "1").exit_code == 3
    assert not empty.store.exists()


def test_why_tells_story_ledger_and_every_clause_of_an_entry_that_rang(full: Placed) -> None:
    number = full.json("alerts", "show", "1")["matches"][0]["entry_id"]
    ledger = "revision 1, rule joint-patrol: alerted (first match of this rule on this development)"
    told = lines(full, "why", str(number))
    assert told[1:] == [
        f"  {TITLE}",
        f"  story {full.json('alerts', 'show', '1')['story_id']}: no earlier report is alike",
        f"  {ledger}, alert 1, said as done",
        "  joint-patrol: matches: 'Turkey', 'Russia', 'joint', 'patrols'",
        "    title: «Turkey» and «Russia» resume «joint» «patrols» near Kobani",
        "      ✓ all of",
        "        ✓ $turkey: 'Turkey' in title",
        "        ✓ $russia: 'Russia' in title",
        "        ✓ within 8 words",
        "          ✓ $topic.joint: 'joint' in title",
        "          ✓ $topic.patrol: 'patrols' in title",
        "      said: done → alert (this window decides)",
        *told[13:],
    ]
    assert [line.split(":")[0] for line in told[13:]][:1] == ["    lead, sentence 1"]
    assert re.fullmatch(rf"entry {number} of (agency|daily) \((agency|The Daily)\), revision 1", told[0])


def test_why_tells_what_an_entry_that_did_not_ring_lacks(full: Placed) -> None:
    told = lines(full, "why", HOSTILE.link, "--rule", "joint-patrol")
    assert told[3:] == [
        "  joint-patrol: no match; missing: $topic.joint; $topic.patrol",
        "    title: «Turkey» and «Russia» sign a gas deal",
        "      ✗ all of",
        "        ✓ $turkey: 'Turkey' in title",
        "        ✓ $russia: 'Russia' in title",
        "        ✗ within 8 words",
        "          ✗ $topic.joint",
        "          ✗ $topic.patrol",
        "      missing: $topic.joint; $topic.patrol",
    ]


def test_why_as_json_tells_the_same(full: Placed) -> None:
    (gas,) = full.json("why", HOSTILE.link)
    assert gas["entry"]["link"] == HOSTILE.link
    assert gas["ledger"] == []
    assert gas["story"]["stance"]["phases"] == []
    (rule,) = gas["rules"]
    assert (rule["rule"], rule["match"], rule["near_miss"]) == ("joint-patrol", False, False)
    assert rule["missing"] == ["$topic.joint", "$topic.patrol"]


@pytest.mark.parametrize(
    "command", ["stories list", "why https://news.example/gas", "stories show 1", "stories show 2"]
)
def test_what_a_feed_wrote_cannot_steer_the_terminal(full: Placed, command: str) -> None:
    assert "\u202e" not in full.run(*command.split()).stdout


def test_a_listing_needs_no_rules_that_are_in_order(full: Placed, tmp_path: Path) -> None:
    broken = Placed(write_desk(tmp_path, {"x": "nowhere"}, rules="rules: ["), full.store)
    assert len(broken.json("alerts", "list")) == 2


def test_a_listing_finds_the_store_that_a_configuration_with_faults_names(empty: Placed) -> None:
    (empty.desk / "wirewatch.yaml").write_text(f"store: {empty.store}\nroutes: nonsense\n", encoding="utf-8")
    result = run("stories", "list", "--desk", empty.desk)
    assert (result.exit_code, result.stdout) == (0, "no stories yet\n")


@pytest.mark.parametrize("text", ["store: [a]\n", "store: a: b\n"])
def test_a_listing_looks_into_no_other_store_when_its_place_cannot_be_read(empty: Placed, text: str) -> None:
    (empty.desk / "wirewatch.yaml").write_text(text, encoding="utf-8")
    result = run("stories", "list", "--desk", empty.desk)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"{empty.desk}/wirewatch.yaml:1:")


def test_a_listing_of_a_desk_or_a_configuration_that_is_not_there_says_so(tmp_path: Path) -> None:
    nowhere = run("status", "--desk", tmp_path / "none")
    assert nowhere.exit_code == 1
    assert nowhere.stderr == f"{tmp_path}/none: there is no such folder; name the desk with --desk DIR\n"
    unset = run("status", "--config", tmp_path / "none.yaml")
    assert unset.exit_code == 1
    assert unset.stderr == f"{tmp_path}/none.yaml: the file cannot be read: No such file or directory\n"


def test_a_listing_leaves_the_store_as_it_was(empty: Placed) -> None:
    empty.store.chmod(0o400)
    before = empty.store.read_bytes()
    for command in ("status", "feeds list", "stories list", "alerts list", "deliveries list"):
        assert empty.run(*command.split()).exit_code == 0
    assert empty.store.read_bytes() == before


def test_feeds_that_wait_for_their_first_poll_are_told_as_new(tmp_path: Path) -> None:
    desk = write_desk(tmp_path / "desk", {"wire": "https://wire.example/rss"}, config=TERMINAL)
    placed = Placed(desk, tmp_path / "wire.db")
    store = Store.open(placed.store)
    store.feeds.sync(load_desk(desk).feeds.values(), clock())
    store.close()
    assert document(placed.run("status", "--json"))["feeds"] == {
        "total": 1,
        "ok": 0,
        "failing": 0,
        "new": 1,
        "stopped": 0,
    }


def test_why_tells_who_wrote_an_entry_and_what_came_with_it(tmp_path: Path, wire: Wire) -> None:
    item = (
        b"<item><title>Rain</title><guid>r</guid><link>https://news.example/rain</link><author>A. Writer</author>"
        b"<enclosure url='https://news.example/rain.jpg' type='image/jpeg' length='7'/></item>"
    )
    wire.bodies["/feed"] = b"<rss version='2.0'><channel><title>Wire</title>" + item + b"</channel></rss>"
    placed = Placed(write_desk(tmp_path / "desk", {"wire": wire.url("/feed")}), tmp_path / "wire.db")
    once(placed.desk, placed.store)
    told = lines(placed, "why", "1")
    assert "  by A. Writer" in told
    assert "  enclosed https://news.example/rain.jpg image/jpeg" in told
    (entry,) = [found["entry"] for found in placed.json("why", "1")]
    assert entry["enclosures"] == [{"url": "https://news.example/rain.jpg", "type": "image/jpeg", "size": 7}]
