"""`wirewatch digest`: what waits, when it goes out, all that one told, and sending it now."""

import re
from pathlib import Path

import pytest

from tests.cli.running import Placed
from tests.support.desk import write_desk
from tests.support.hedging import hedging
from tests.support.stage import NOW, entry, polled

MAY = "Turkey and Russia may resume joint patrols"
TERMINAL = """
    receivers:
      terminal: {type: terminal}
    digest: {at: ["07:00"], timezone: Europe/Istanbul}
"""
UNREACHED = """
    receivers:
      desk: {type: slack, webhook_secret: slack-of-nobody}
"""


def placed(folder: Path, config: str = TERMINAL) -> Placed:
    """A store with one line that waits, of two outlets, and one alert."""
    feeds = {"a": "https://a.example/", "b": "https://b.example/"}
    made = Placed(write_desk(folder / "desk", feeds, config=config), folder / "s.db")
    with hedging(made.desk, made.store) as pipeline:
        pipeline.tell_digest(NOW)
        pipeline.file(polled("a", entry(MAY, outlet="One", name="x")), NOW)
        pipeline.file(polled("b", entry(MAY, outlet="Two", name="y")), NOW)
        pipeline.file(polled("b", entry("Turkey and Russia hold joint patrol", name="z")), NOW)
    return made


@pytest.fixture(name="waiting")
def _waiting(tmp_path: Path) -> Placed:
    return placed(tmp_path)


def cells(written: str) -> list[list[str]]:
    return [re.split(r" {2,}", line) for line in written.splitlines()]


def test_what_waits_is_shown_with_the_time_it_goes_out(waiting: Placed) -> None:
    result = waiting.run("digest", "show")
    assert result.exit_code == 0
    assert cells(result.stdout) == [
        ["the next digest goes out 2024-08-24 04:00 UTC"],
        ["ENTRY", "AT", "RULE", "SAID", "OUTLETS", "TITLE", "LINK"],
        ["1", "2024-08-23 13:30", "joint-patrol", "possible: may", "One, Two", MAY, "https://news.example/x"],
    ]


def test_what_waits_is_one_json_document(waiting: Placed) -> None:
    found = waiting.json("digest", "show")
    assert found["next_at"] == "2024-08-24T04:00:00+00:00"
    assert [(one["entry_id"], one["outlets"], one["said"]) for one in found["lines"]] == [
        (1, ["One", "Two"], "possible: may")
    ]


def test_it_is_sent_now_once_and_can_be_looked_at_afterwards(waiting: Placed) -> None:
    sent = waiting.run("digest", "send")
    assert sent.exit_code == 0
    assert "≡ [digest] 1 line: Turkey-Russia joint patrol 1" in sent.stdout
    assert sent.stdout.splitlines()[-1] == "sent to terminal"
    again = waiting.run("digest", "send")
    assert (again.exit_code, again.stdout) == (0, "nothing waits for the digest\n")
    assert cells(waiting.run("digest", "show").stdout)[1:] == [["nothing waits for it"]]
    (told,) = waiting.json("digest", "show", "2")
    assert (told["title"], told["outlets"]) == (MAY, ["One", "Two"])
    assert waiting.run("digest", "show", "1").exit_code == 1


def test_a_digest_that_cannot_be_handed_over_stays_queued(tmp_path: Path) -> None:
    unreached = placed(tmp_path, UNREACHED)
    result = unreached.run("digest", "send")
    assert result.exit_code == 1
    assert "not sent to desk yet: secret 'slack-of-nobody' is missing" in result.stderr
    assert "deferred" in unreached.json("status")["deliveries"]


def test_sending_makes_no_store_where_there_is_none(waiting: Placed) -> None:
    waiting.store.unlink()
    assert waiting.run("digest", "send").exit_code == 3
    assert not waiting.store.exists()


def test_the_status_counts_the_lines_that_wait(waiting: Placed) -> None:
    assert "digest      1 line waits" in waiting.run("status").stdout.splitlines()
    assert waiting.json("status")["digest_waiting"] == 1


def test_why_and_alerts_say_how_it_is_said(waiting: Placed) -> None:
    ledger = "  revision 1, rule joint-patrol: digest (what is said so goes to the digest), possible: may"
    assert ledger in waiting.run("why", "1").stdout.splitlines()
    (line,) = waiting.json("why", "1")[0]["ledger"]
    assert (line["outcome"], line["assertion"], line["cue"]) == ("digest", "possible", "may")
    copy = "digest (copy of a report in the digest), possible: may, with entry 1"
    assert copy in waiting.run("why", "2").stdout
    assert "alerted (first match of this rule on this development), alert 1, said as done" in waiting.run(
        "why", "3"
    ).stdout  # fmt: skip
    (match,) = waiting.json("alerts", "show", "1")["matches"]
    assert (match["assertion"], match["cue"], match["said"]) == ("done", "", "done")
