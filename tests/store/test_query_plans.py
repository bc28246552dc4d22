"""Every query that a poll or a delivery runs is covered by an index, as SQLite itself says."""

import re
from datetime import timedelta
from pathlib import Path

from monitor.core.delivery import Settlement, State
from monitor.pipeline import LEASE, Pipeline
from tests.support.desk import PATROL_RULE, write_desk
from tests.support.hedging import hedging
from tests.support.stage import NOW, entry, polled
from tests.support.tracked import DENIED, SCRAPPED, SIGNED, SIGNED_TOO, tracked, tracked_desk

REPORT = (
    "Turkey and Russia have resumed joint patrols after a pause of ten months, the ministry said on Friday morning."
)
# Lists that a statement brings along, or has just made, are read through.
ESCALATE = """escalate:
      - {quiet_for: 30d, label: RESUMPTION}
      - {independent: 2, within: 6h, label: corroborated}
      """
OF_TRACKERS = re.compile(r"tracker_|FROM matches|UPDATE matches")
HARMLESS = re.compile(r"SCAN (json_each|CONSTANT ROW|\(subquery)")


def live(pipeline: Pipeline) -> None:
    """A poll with news, one with a copy, one with a revision, a digest, a delivery, and news after a long silence."""
    store, later = pipeline.store, NOW + timedelta(minutes=1)
    pipeline.tell_digest(NOW - timedelta(days=1))
    store.feeds.lease_due(NOW, LEASE, 10)
    pipeline.file(polled("a", entry("Turkey, Russia resume joint patrols in Syria", REPORT)), NOW)
    pipeline.file(polled("b", entry("Joint patrols are back", REPORT, name="x")), NOW)
    pipeline.file(polled("b", entry("Joint patrols are back again", REPORT, name="x")), NOW)
    pipeline.file(polled("a", entry("Turkey, Russia may widen joint patrols", name="y")), NOW)
    pipeline.file(polled("b", entry("Turkey, Russia may widen joint patrols", name="z")), NOW)
    pipeline.tell_digest(later)
    assert store.digests.of(2)
    for due in store.outbox.lease_due(later, LEASE, receivers=["terminal"]):
        store.outbox.settle(due.id, Settlement(state=State.SENT), later)
    pipeline.file(polled("b", entry("Turkey, Russia resume joint patrols", name="new")), NOW + timedelta(days=40))
    assert store.updates.of(2)


def test_no_poll_and_no_delivery_reads_a_table_through(tmp_path: Path) -> None:
    feeds = {"a": "https://a.example/", "b": "https://b.example/"}
    desk = write_desk(tmp_path / "desk", feeds, rules=PATROL_RULE.replace("notes:", f"{ESCALATE}notes:"))
    with hedging(desk, tmp_path / "store.db") as pipeline:
        connection, seen = pipeline.store._connection.database.conn, set[str]()
        connection.set_trace_callback(seen.add)
        live(pipeline)
        connection.set_trace_callback(None)
        queries = [one for one in seen if re.match(r"\s*(SELECT|UPDATE|INSERT|DELETE)", one)]
        plans = {one: [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {one}")] for one in queries}

    assert len(queries) > 25
    scans = {one: [step for step in plan if "SCAN" in step and not HARMLESS.match(step)] for one, plan in plans.items()}
    assert {one: steps for one, steps in scans.items() if steps} == {}


def test_no_tracker_reads_a_table_through(tmp_path: Path) -> None:
    folder = tracked_desk(tmp_path / "desk", hold="hold: 2h")
    with tracked(folder, tmp_path / "s.db") as desk:
        connection, seen = desk.pipeline.store._connection.database.conn, set[str]()
        connection.set_trace_callback(seen.add)
        desk.hear("one", SIGNED, name="x")
        desk.hear("one", SIGNED_TOO, name="x")
        desk.hear("two", SIGNED)
        desk.hear("three", DENIED)
        desk.hear("sdf-press", "SDF dissolved itself", name="y")
        desk.hear("sdf-press", "SDF is in Damascus", name="y")
        desk.wait(3)
        desk.hear("three", SCRAPPED)
        desk.wait(24 * 200)
        connection.set_trace_callback(None)
        assert len(desk.alerts) == 1
        queries = [
            one for one in seen if re.match(r"\s*(SELECT|UPDATE|INSERT|DELETE)", one) and OF_TRACKERS.search(one)
        ]
        plans = {one: [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {one}")] for one in queries}
    assert len(queries) > 15
    scans = {one: [step for step in plan if "SCAN" in step and not HARMLESS.match(step)] for one, plan in plans.items()}
    assert {one: steps for one, steps in scans.items() if steps} == {}
