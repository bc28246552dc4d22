"""The daemon as a process: it polls, alerts, tells systemd, stops when asked, and waits for nobody."""

import socket
import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from monitor.app import open_pipeline
from monitor.articles import fetch as fetch_page
from monitor.daemon import Daemon, clock
from monitor.errors import StoreError
from monitor.feeds.fetch import Fetcher, Limits
from monitor.feeds.reading import Reader
from monitor.feeds.robots import Robots
from monitor.feeds.worker import Worker
from monitor.pipeline import Pipeline
from monitor.work import Means
from tests.support.desk import write_desk
from tests.support.http import Answer
from tests.support.program import running, wirewatch
from tests.support.slack import SlackServer
from tests.support.stage import staged
from tests.support.wire import Item, Wire

NEWS = [Item(title="Turkey, Russia resume joint patrols in Syria", guid="p")]
TWO_RECEIVERS = """
    receivers:
      terminal: {type: terminal}
      desk: {type: slack, webhook_secret: slack-desk}
    delivery: {group_wait: 0s}
"""


@pytest.fixture
def desk(tmp_path: Path, wire: Wire) -> Path:
    wire.publish("/1", [])
    return write_desk(tmp_path / "desk", {"first": wire.url("/1")}, config=TWO_RECEIVERS)


def test_the_daemon_polls_alerts_and_stops_when_asked(desk: Path, wire: Wire, slack: SlackServer) -> None:
    with running(desk, SLACK_DESK=slack.webhook) as daemon:
        daemon.wait_for(lambda: "poll feed=first status=ok" in daemon.text)
        wire.publish("/1", NEWS)
        daemon.wait_for(lambda: "receiver=desk state=sent" in daemon.text and "[high] Turkey-Russia" in daemon.text)
        daemon.wait_for(lambda: "status=unchanged" in daemon.text)
        assert daemon.stop() == 0
    assert len(slack.posts) == 1


def test_it_tells_systemd_when_it_is_ready_and_when_it_stops(desk: Path, tmp_path: Path, slack: SlackServer) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(tmp_path / "notify"))
        notify.settimeout(20)
        with running(desk, SLACK_DESK=slack.webhook, NOTIFY_SOCKET=str(tmp_path / "notify")) as daemon:
            assert b"READY=1" in notify.recv(1000)
            daemon.stop()
            assert b"STOPPING=1" in notify.recv(1000)


def test_a_second_daemon_on_one_store_is_refused(desk: Path, slack: SlackServer) -> None:
    with running(desk, SLACK_DESK=slack.webhook) as daemon:
        daemon.wait_for(lambda: "poll feed=first" in daemon.text)
        second = wirewatch("run", "--desk", desk, "--store", desk / "wirewatch.db")
        assert second.code == 3
        assert "another wirewatch polls into it" in second.err


def test_one_stuck_receiver_delays_no_other(desk: Path, wire: Wire, slack: SlackServer) -> None:
    slack.script = [Answer(body=b"ok" * 400, drip=0.1)]
    wire.publish("/1", NEWS)
    with running(desk, SLACK_DESK=slack.webhook) as daemon:
        daemon.wait_for(lambda: "receiver=terminal state=sent" in daemon.text)
        assert "receiver=desk state=sent" not in daemon.text
        assert "[high] Turkey-Russia" in daemon.text


def test_a_missing_secret_is_one_line_and_the_rest_goes_on(desk: Path, wire: Wire) -> None:
    wire.publish("/1", NEWS)
    with running(desk) as daemon:
        daemon.wait_for(lambda: "receiver=desk state=deferred" in daemon.text)
        daemon.wait_for(lambda: "receiver=terminal state=sent" in daemon.text)
        assert "secret 'slack-desk' is missing; set SLACK_DESK" in daemon.text
        assert daemon.stop() == 0
    assert "queued" not in wirewatch("deliveries", "list", "--desk", desk, "--store", desk / "wirewatch.db").out


def test_after_kill_9_the_next_start_sends_what_was_promised(desk: Path, wire: Wire, slack: SlackServer) -> None:
    slack.script = [Answer(body=b"ok" * 400, drip=0.1)]
    wire.publish("/1", NEWS)
    with running(desk, SLACK_DESK=slack.webhook) as daemon:
        daemon.wait_for(lambda: len(slack.posts) == 1)
        daemon.process.kill()
    with running(desk, SLACK_DESK=slack.webhook) as daemon:
        daemon.wait_for(lambda: "receiver=desk state=sent" in daemon.text)
        daemon.stop()
    assert len(slack.posts) == 2


def test_a_daemon_can_be_asked_to_poll_a_feed_now(tmp_path: Path, wire: Wire) -> None:
    wire.publish("/1", [])
    desk = write_desk(tmp_path / "slow", {"first": wire.url("/1")}, every="1h")
    with running(desk) as daemon:
        daemon.wait_for(lambda: "poll feed=first" in daemon.text)
        wire.publish("/1", NEWS)
        asked = wirewatch("feeds", "poll", "first", "--desk", desk, "--store", desk / "wirewatch.db")
        assert "the running daemon polls first next" in asked.out
        daemon.wait_for(lambda: "new=1" in daemon.text)


def means(open_pipeline: Callable[[datetime], Pipeline]) -> Means:
    """A daemon without feeds or receivers."""
    limits = Limits(timeout=timedelta(seconds=1), max_bytes=1_000)
    fetcher = Fetcher(user_agent="test", limits=limits, context=ssl.create_default_context())
    worker = Worker()
    return Means(
        open_pipeline=open_pipeline,
        feeds={},
        fetcher=fetcher,
        reader=Reader(worker.parse),
        read_page=partial(fetch_page, fetcher, Robots(fetcher)),
        notifiers={},
        workers=1,
        close=worker.close,
    )


def test_a_job_that_comes_late_runs_all_the_same(desk: Path) -> None:
    scheduler = Daemon(means(lambda now: open_pipeline(staged(desk, desk / "x.db"), now)))._scheduler()
    scheduler.start(paused=True)
    jobs = scheduler.get_jobs()
    scheduler.shutdown()
    assert len(jobs) == 7
    # None means however late; APScheduler's own default is to drop a job after one second.
    assert {(job.misfire_grace_time, job.max_instances) for job in jobs} == {(None, 1)}


def test_a_fault_outside_one_feed_ends_the_daemon(desk: Path) -> None:
    def closed(now: datetime) -> Pipeline:
        pipeline = open_pipeline(staged(desk, desk / "x.db"), now)
        connection = pipeline.store._connection
        connection.execute("DROP INDEX feeds_due")
        connection.execute("ALTER TABLE feeds RENAME TO lost")
        return pipeline

    with pytest.raises(StoreError, match="has no tables yet"):
        Daemon(means(closed)).run()


def test_a_store_that_cannot_be_opened_ends_the_daemon_at_once(desk: Path) -> None:
    (desk / "broken.db").write_text("no database " * 100)
    with pytest.raises(StoreError, match="is no SQLite database"):
        Daemon(means(lambda now: open_pipeline(staged(desk, desk / "broken.db"), now))).run()


def test_a_clock_that_is_set_back_has_every_feed_polled(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock()
    daemon = Daemon(means(lambda now: open_pipeline(staged(desk, desk / "x.db"), now)))
    monkeypatch.setattr("monitor.daemon.clock", lambda: now + timedelta(hours=1))
    assert not daemon._went_back()
    monkeypatch.setattr("monitor.daemon.clock", lambda: now)
    assert daemon._went_back()
    assert not daemon._went_back()
