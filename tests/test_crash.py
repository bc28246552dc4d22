"""kill -9 at every write, and between sending and settling: nothing is lost."""

import inspect
import re
import signal
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest

from monitor.core.alert import Decision, Outcome, Reason
from monitor.core.clause import Assertion
from monitor.core.match import Match
from monitor.store import Store
from tests.support.crash import CLASSES
from tests.support.desk import PATROL_RULE, write_desk
from tests.support.http import Answer
from tests.support.program import environment
from tests.support.sighting import sighting
from tests.support.slack import SlackServer
from tests.support.stage import once
from tests.support.wire import Item, Wire

# A person runs these, and runs them again when they were cut off.
BY_HAND = {"Outbox.retry"}
# These need a host that is busy for minutes, a feed that left the desk, or a clock that is set back; each is one
# statement that says again what it would say at the next time.
RARE = {
    "FeedStore.postpone", "FeedStore.forget_health", "FeedStore.set_back", "ArticleStore.set_back", "Outbox.set_back",
}  # fmt: skip
WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE)\b")
REPORT = (
    "Turkey and Russia have resumed joint patrols after a pause of ten months, the ministry said on Friday morning."
)

PAGE = """<html><head><title>Harvest in Hatay</title></head><body><article><h1>Harvest in Hatay</h1>
<p>The harvest in Hatay began a week later than usual, farmers said on Friday, after rain in the hills.</p>
<p>They expect a good year for olives, and a poor one for cotton, of which less was sown than before.</p>
</article></body></html>"""
SLACK = """
    receivers:
      desk: {type: slack, webhook_secret: slack-desk}
      operator: {type: terminal}
    routes:
    - rules: [joint-patrol]
      receivers: [desk]
    - rules: [feed-outage]
      receivers: [operator]
    blind_spots: {after: 2}
    digest: {receivers: [operator]}
"""
ESCALATING = PATROL_RULE.replace(
    "notes:",
    "escalate:\n      - {quiet_for: 1h, last_known: 2024-08-01, severity: critical, label: RESUMPTION}\n      notes:",
)
LONG_AGO = "2024-08-23T06:00:00+00:00"
# test_crash_trackers.py has what waits.
OF_TRACKERS = {"AlertStore.resettle"}


def writing_verbs() -> list[str]:
    return sorted(
        f"{owner}.{name}"
        for owner, one in CLASSES.items()
        for name, function in inspect.getmembers(one, inspect.isfunction)
        if not name.startswith("_") and WRITES.search(inspect.getsource(function))
    )


@dataclass
class Scene:
    """A desk with four feeds, two polls into its life: news waits in two, one is back, one has failed once.

    A line waits for a digest that is overdue.
    """

    desk: Path
    store: Path
    slack: SlackServer

    def crash(self, verb: str, when: str) -> None:
        command = [sys.executable, "-m", "tests.support.crash", verb, when, str(self.desk), str(self.store)]
        env = environment(SLACK_DESK=self.slack.webhook)
        died = subprocess.run(command, capture_output=True, text=True, env=env, timeout=60, check=False)
        assert died.returncode == -signal.SIGKILL, f"{verb} was never reached: {died.stderr}"


@pytest.fixture
def scene(tmp_path: Path, wire: Wire, slack: SlackServer, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setenv("SLACK_DESK", slack.webhook)
    grain = Item(title="Grain prices in Odesa", guid="g", link="https://news.example/grain")
    feeds = {
        "first": wire.publish("/1", [Item(title="Weather in Ankara", guid="w"), grain]),
        "second": wire.publish("/2", []),
        "third": wire.url("/none"),
        "fourth": wire.publish("/4", []),
        "fifth": wire.publish("/5", []),
    }
    desk = write_desk(tmp_path / "desk", feeds, config=SLACK, rules=ESCALATING)
    listed = (desk / "feeds.yaml").read_text(encoding="utf-8")
    (desk / "feeds.yaml").write_text(listed.replace("id: fifth,", "id: fifth, fulltext: true,"), encoding="utf-8")
    wire.answers["/robots.txt"] = Answer(status=404)
    wire.answers["/page"] = Answer(body=PAGE.encode(), headers={"Content-Type": "text/html"})
    made = Scene(desk, tmp_path / "store" / "wirewatch.db", slack)
    once(made.desk, made.store)
    del wire.bodies["/4"]
    once(made.desk, made.store)
    await_digest(made.store)
    wire.publish("/none", [])
    wire.publish("/5", [Item(title="Harvest in Hatay", guid="h", link=wire.url("/page"))])
    wire.publish(
        "/1",
        [
            Item(title="Turkey, Russia resume joint patrols in Syria", summary=REPORT, guid="p", outlet="One"),
            Item(title="Weather in Ankara: rain", guid="w"),
            replace(grain, guid="g-2"),
        ],
    )
    wire.publish("/2", [Item(title="Patrols are back on the road", summary=REPORT, guid="q", outlet="Two")])
    return made


def await_digest(path: Path) -> None:
    """The first entry went to the digest, which nobody was there to send: no feed was polled for long."""
    store = Store.open(path)
    with store.transaction():
        store._connection.execute("UPDATE feeds SET last_poll_at = ?", [LONG_AGO])
    match = Match(rule_id="joint-patrol", evidence=(), subject=frozenset(), assertion=Assertion.POSSIBLE, cue="may")
    listed = Decision(outcome=Outcome.DIGEST, reason=Reason.LISTED)
    store.alerts.record(sighting(store, 1, match, datetime.fromisoformat(LONG_AGO)), listed, None)
    store.facts.put("digest_heeded", LONG_AGO)
    store.close()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("verb", [verb for verb in writing_verbs() if verb not in BY_HAND | RARE | OF_TRACKERS])
def test_a_crash_at_any_write_loses_nothing(scene: Scene, verb: str, when: str) -> None:
    scene.crash(verb, when)

    once(scene.desk, scene.store)

    # Killed before it was settled, a delivery that arrived is sent again; nothing else may repeat.
    most = 2 if (verb, when) == ("Outbox.settle", "before") else 1
    assert 1 <= len(scene.slack.posts) <= most
    assert_whole(scene.store)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_between_sending_and_settling_repeats_but_never_loses(scene: Scene, when: str) -> None:
    scene.crash("daemon.hand_over", when)

    once(scene.desk, scene.store)

    assert len(scene.slack.posts) == (1 if when == "before" else 2)
    assert_whole(scene.store)


def test_every_writing_verb_is_crashed() -> None:
    assert len(writing_verbs()) >= 15
    assert set(writing_verbs()) >= BY_HAND | RARE


def assert_whole(store: Path) -> None:
    """Two reports, one alert, one notice, delivered; every match has its outcome; the next poll gets a 304.

    The first after a long silence, it is critical and labelled so. That nobody watched meanwhile is noted once.
    One blind spot is over, another was found; each was told once. The line of the digest was told, in one digest.
    """
    with sqlite3.connect(store) as db:

        def count(query: str) -> int:
            return int(db.execute(query).fetchone()[0])

        assert count("SELECT COUNT(*) FROM entries") == 5
        assert db.execute("SELECT state FROM articles").fetchall() == [("fetched",)]
        assert count("SELECT COUNT(*) FROM entries WHERE fulltext LIKE '%good year for olives%'") == 1
        assert count("SELECT COUNT(*) FROM entries WHERE identity = 'g-2'") == 1
        assert count("SELECT COUNT(*) FROM revisions") == 2
        assert count("SELECT COUNT(*) FROM alerts WHERE blind_spot = ''") == 1
        assert count("SELECT COUNT(*) FROM matches WHERE outcome = 'alerted'") == 1
        assert count("SELECT COUNT(*) FROM matches WHERE outcome = 'folded'") == 1
        alert = "SELECT severity, label FROM alerts WHERE blind_spot = ''"
        assert db.execute(alert).fetchall() == [("critical", "RESUMPTION")]
        added = "SELECT name, severity, notices.kind FROM alert_updates JOIN notices ON notices.id = notice_id"
        assert db.execute(added).fetchall() == [("RESUMPTION", "critical", "opened")]
        assert count("SELECT COUNT(*) FROM alert_updates") == 1
        assert db.execute("SELECT substr(began_at, 1, 19) FROM outages").fetchall() == [(LONG_AGO[:19],)]
        blind = "SELECT feed_id, state FROM alerts WHERE blind_spot = 'failing' ORDER BY feed_id"
        assert db.execute(blind).fetchall() == [("fourth", "open"), ("third", "closed")]
        told = "SELECT kind, COUNT(*) FROM notices GROUP BY kind ORDER BY kind"
        assert db.execute(told).fetchall() == [("closed", 1), ("digest", 1), ("opened", 3)]
        assert count("SELECT COUNT(*) FROM matches JOIN notices ON notices.id = digest_id WHERE kind = 'digest'") == 1
        assert count("SELECT COUNT(*) FROM deliveries WHERE payload LIKE '%possible: may%'") == 1
        assert count("SELECT COUNT(*) FROM facts WHERE name = 'digest_heeded' AND value > '2025'") == 1
        assert count("SELECT COUNT(*) FROM deliveries WHERE state = 'sent'") == 5
        assert count("SELECT COUNT(*) FROM deliveries") == 5
        assert count("SELECT COUNT(*) FROM feeds WHERE etag != ''") == 5
        assert count("SELECT COUNT(*) FROM feeds WHERE lease_until IS NOT NULL") == 0
    db.close()
