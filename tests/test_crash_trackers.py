"""kill -9 at every write of the trackers: the same developments, each told once."""

import inspect
import signal
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.crash import TRACKERS
from tests.support.program import environment
from tests.support.stage import once
from tests.support.tracked import SIGNED, SIGNED_TOO, tracked_desk
from tests.support.wire import Item, Wire
from tests.test_crash import OF_TRACKERS, WRITES

CORRECTING = {"TrackerStore.reaffirm", "TrackerStore.retract", "TrackerStore.take_back"}
# A person runs the first; the second needs a clock that is set back; for the others there is a scene of its own.
ELSEWHERE = {"TrackerStore.confirm", "TrackerStore.set_back", *CORRECTING}
LISTED = "Turkey has delisted the SDF, as it always said"
NEAR = 'polling: {allow: [127.0.0.0/8, "::1"], gap: 0s, baseline: false}\n'
FEEDS = {
    "one": "owner: House One",
    "two": "owner: House Two",
    "three": "owner: House Three",
    "sdf-press": "owner: SDF, tier: 1, speaks_for: [sdf]",
    "ankara": "owner: Turkey, tier: 1, speaks_for: [turkey]",
}


def of_trackers() -> list[str]:
    verbs = inspect.getmembers(TRACKERS["TrackerStore"], inspect.isfunction)
    named = [
        name for name, function in verbs if not name.startswith("_") and WRITES.search(inspect.getsource(function))
    ]
    return sorted([*OF_TRACKERS, *(f"TrackerStore.{name}" for name in named)])


def item(guid: str, title: str, *, ago: timedelta = timedelta()) -> Item:
    """A report that was published so long ago."""
    return Item(title=title, guid=guid, date=format_datetime(datetime.now(UTC) - ago))


@dataclass
class Scene:
    """A desk whose first reports came in: one change is due to be told, one is held, and more news waits."""

    desk: Path
    store: Path

    def crash(self, verb: str, when: str) -> None:
        command = [sys.executable, "-m", "tests.support.crash", verb, when, str(self.desk), str(self.store)]
        died = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=60, check=False)
        assert died.returncode == -signal.SIGKILL, f"{verb} was never reached: {died.stderr}"

    def rows(self, query: str) -> list[Any]:
        with sqlite3.connect(self.store) as db:
            found = db.execute(query).fetchall()
        db.close()
        return found


def set_up(desk: Path, store: Path, wire: Wire) -> Scene:
    """The desk with feeds of the wire, which have nothing yet."""
    listed = "".join(
        f"- {{id: {name}, url: '{wire.publish(f'/{name}', [])}', title: {name}, every: 1s, {keys}}}\n"
        for name, keys in FEEDS.items()
    )
    (desk / "feeds.yaml").write_text(f"feeds:\n{listed}", encoding="utf-8")
    return Scene(desk, store)


@pytest.fixture
def scene(tmp_path: Path, wire: Wire) -> Scene:
    desk = tracked_desk(tmp_path / "desk", hold="hold: 1h")
    made = set_up(desk, tmp_path / "s.db", wire)
    wire.publish("/sdf-press", [item("d", "The SDF dissolved itself on Friday")])
    wire.publish("/ankara", [item("l", "SDF delisted as of today")])
    wire.publish("/one", [item("q", LISTED)])
    once(made.desk, made.store)
    assert made.rows("SELECT facet FROM tracker_changes WHERE tell_at IS NOT NULL ORDER BY facet") == [
        ("itself",), ("listing",),
    ]  # fmt: skip
    with sqlite3.connect(made.store) as db:
        db.execute("UPDATE tracker_changes SET tell_at = decided_at WHERE facet = 'itself'")
    db.close()
    now = "now: {state: none, since: 2026-01-01, source: the desk}\nauthority: [$both_sides]"
    tracked_desk(tmp_path / "edited", hold="hold: 1h", authority=now)
    edited = (tmp_path / "edited/watch/rules.yaml").read_text(encoding="utf-8")
    (desk / "watch/rules.yaml").write_text(edited, encoding="utf-8")
    publish_the_rest(wire)
    return made


def publish_the_rest(wire: Wire) -> None:
    """What was listed is no more and was told for days, what was dissolved is denied and began earlier, a deal is made,
    and one lapses.
    """
    wire.publish("/ankara", [item("l", "SDF is on the agenda in Turkey")])
    # Feeds list the newest first: the denial is filed ahead of what would have the change told.
    earlier = item("o", "It is over: SDF dissolved, says a commander", ago=timedelta(hours=2))
    wire.publish("/three", [earlier, item("n", "SDF denies that it dissolved")])
    standing = [item(f"q{days}", LISTED, ago=timedelta(days=days)) for days in (1, 2)]
    scraps = item("s", "SDF scraps the deal with Damascus", ago=timedelta(days=4))
    wire.publish("/one", [*standing, scraps, item("a", SIGNED)])
    wire.publish("/two", [item("b", SIGNED_TOO)])


@pytest.fixture
def corrected(tmp_path: Path, wire: Wire) -> Scene:
    """A desk that was told of two changes, of which one is denied: the one is taken back now, the other confirmed."""
    desk = tracked_desk(tmp_path / "desk")
    made = set_up(desk, tmp_path / "s.db", wire)
    wire.publish("/sdf-press", [item("d", "The SDF dissolved itself on Friday", ago=timedelta(hours=2))])
    wire.publish("/ankara", [item("l", "SDF delisted as of today")])
    once(made.desk, made.store)
    wire.publish("/three", [item("n", "SDF denies that it dissolved", ago=timedelta(hours=1))])
    once(made.desk, made.store)
    wire.publish("/ankara", [item("l", "CORRECTED: Turkey has not delisted the SDF")])
    wire.publish("/sdf-press", [item("e", "Statement: the SDF is no more, it dissolved itself")])
    return made


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("verb", sorted(CORRECTING))
def test_a_crash_as_reports_are_corrected_tells_each_correction_once(corrected: Scene, verb: str, when: str) -> None:
    corrected.crash(verb, when)
    once(corrected.desk, corrected.store)
    assert corrected.rows("SELECT label FROM alerts ORDER BY label") == [
        ("CONFIRMED itself: active → dissolved",), ("CONTESTED itself: active → dissolved",),
        ("CONTESTED listing: terrorist → delisted",), ("itself: active → dissolved",),
        ("listing: terrorist → delisted",),
    ]  # fmt: skip


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("verb", sorted(set(of_trackers()) - ELSEWHERE))
def test_a_crash_at_any_write_of_a_tracker_changes_nothing(scene: Scene, verb: str, when: str) -> None:
    scene.crash(verb, when)

    once(scene.desk, scene.store)

    assert_whole(scene)


def test_without_a_crash_it_is_the_same(scene: Scene) -> None:
    once(scene.desk, scene.store)
    assert_whole(scene)
    once(scene.desk, scene.store)
    assert_whole(scene)


def test_every_writing_verb_of_trackers_is_crashed() -> None:
    assert len(of_trackers()) >= 14
    assert set(of_trackers()) >= ELSEWHERE


def assert_whole(scene: Scene) -> None:
    """One alert, which says that it is denied; one change that is held, one that was set; the rest came to nothing."""
    assert scene.rows("SELECT severity, label FROM alerts") == [("high", "CONTESTED itself: active → dissolved")]
    assert scene.rows("SELECT facet, from_state, to_state, kind FROM tracker_changes ORDER BY facet, at") == [
        ("integration", "", "none", "set"),
        ("integration", "none", "agreed", "transition"),
        ("itself", "active", "dissolved", "transition"),
    ]
    assert scene.rows(
        "SELECT identity, outcome, reason FROM matches JOIN entries ON entries.id = entry_id ORDER BY identity"
    ) == [
        ("a", "held", "it waits for a denial"),
        ("b", "held", "it waits for a denial"),
        ("d", "alerted", "with it the state changed"),
        ("l", "dropped", "the entry was revised since"),
        ("n", "folded", "it denies what was told"),
        ("o", "folded", "it restates what was told"),
        ("q", "dropped", "a sentence that stood in reports of three days or more"),
        ("q1", "held", "it waits for more origins"),
        ("q2", "held", "it waits for more origins"),
        ("s", "dropped", "no other origin told of it in time"),
    ]
    assert scene.rows("SELECT kind FROM notices") == [("opened",)]
    assert scene.rows("SELECT state FROM deliveries") == [("sent",)]
    # Two for the deal, two for the end and its denial, one that came to nothing, two that wait.
    assert len(scene.rows("SELECT match_id FROM tracker_evidence")) == 8
    assert len(scene.rows("SELECT sentence FROM tracker_sentences")) == 10
