"""The daemon sends the digest: at its start what it missed, and at its time what waits."""

from datetime import timedelta
from pathlib import Path

from monitor.daemon import clock
from monitor.store import Store
from tests.support.desk import write_desk
from tests.support.hedging import hedging
from tests.support.program import running
from tests.support.stage import entry, polled
from tests.support.wire import Wire

MAY = "Turkey and Russia may resume joint patrols"


def test_a_daemon_that_starts_late_sends_the_digest_it_missed_once(tmp_path: Path, wire: Wire) -> None:
    desk = write_desk(tmp_path / "desk", {"a": wire.publish("/1", [])})
    yesterday = clock() - timedelta(days=1, minutes=1)
    with hedging(desk, desk / "wirewatch.db", yesterday) as pipeline:
        pipeline.tell_digest(yesterday)
        pipeline.file(polled("a", entry(MAY)), yesterday)
    with running(desk) as daemon:
        daemon.wait_for(lambda: "≡ [digest] 1 line: Turkey-Russia joint patrol 1" in daemon.text)
        daemon.wait_for(lambda: "delivery=1 receiver=terminal state=sent" in daemon.text)
        assert daemon.stop() == 0
        assert "digest notice=1 lines=1" in daemon.text
    with running(desk) as again:
        again.wait_for(lambda: "status=" in again.text)
        assert again.stop() == 0
        assert "≡ [digest]" not in again.text
    store = Store.open(desk / "wirewatch.db")
    digests = [row["state"] for row in store.outbox.all(10) if row["subject"].startswith("[digest]")]
    assert (store.digests.count(), digests) == (0, ["sent"])
    store.close()
