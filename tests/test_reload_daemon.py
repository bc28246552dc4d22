"""The running daemon takes up changes: by signal, by itself, under load and while it stops."""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.desk import write_desk
from tests.support.http import Answer
from tests.support.program import Running, environment, running, wirewatch
from tests.support.reloading import BROKEN, with_gas
from tests.support.slack import WEBHOOK, SlackServer
from tests.support.wire import Item, Wire, rss

GAS = Item(title="Turkey and Russia sign a gas deal", guid="g")
PATROL = Item(title="Turkey, Russia resume joint patrols in Syria", guid="p")
CONFIG = """
    receivers:
      terminal: {type: terminal}
      operator: {type: slack, webhook_secret: slack-operator}
    routes:
    - receivers: [terminal]
    - {receivers: [operator], rules: [feed-outage]}
    secrets: secrets
    delivery: {group_wait: 0s}
"""


@pytest.fixture
def desk(tmp_path: Path, wire: Wire, slack: SlackServer) -> Path:
    wire.publish("/1", [])
    desk = write_desk(tmp_path / "desk", {"first": wire.url("/1")}, config=CONFIG)
    (desk / "secrets").mkdir()
    (desk / "secrets/slack-operator").write_text(slack.webhook)
    return desk


def hang_up(daemon: Running) -> None:
    daemon.process.send_signal(signal.SIGHUP)


def started(daemon: Running) -> None:
    daemon.wait_for(lambda: "poll feed=first" in daemon.text)


def loaded(daemon: Running, times: int = 1) -> None:
    daemon.wait_for(lambda: daemon.text.count("reload result=loaded") == times)


def test_after_a_signal_the_next_entry_meets_the_new_rule(desk: Path, wire: Wire) -> None:
    with running(desk) as daemon:
        started(daemon)
        with_gas(desk)
        hang_up(daemon)
        loaded(daemon)
        wire.publish("/1", [GAS])
        daemon.wait_for(lambda: "[notice] gas-deal" in daemon.text)
        assert daemon.stop() == 0
    assert "by=signal" in daemon.text


def test_a_change_is_seen_without_a_signal(desk: Path, wire: Wire) -> None:
    with running(desk) as daemon:
        started(daemon)
        with_gas(desk)
        loaded(daemon)
        wire.publish("/1", [GAS])
        daemon.wait_for(lambda: "[notice] gas-deal" in daemon.text)
        assert daemon.stop() == 0
    assert "by=files" in daemon.text


def test_a_broken_edit_leaves_the_old_rules_alerting_and_is_told_until_it_is_mended(
    desk: Path, wire: Wire, slack: SlackServer
) -> None:
    with running(desk) as daemon:
        started(daemon)
        (desk / "watch/broken.yaml").write_text(BROKEN)
        hang_up(daemon)
        daemon.wait_for(lambda: len(slack.posts) == 1)
        assert f"problem {desk}/watch/broken.yaml:3:10: " in daemon.text
        wire.publish("/1", [PATROL])
        daemon.wait_for(lambda: "[high] Turkey-Russia joint patrol" in daemon.text)
        shown = wirewatch("status", "--desk", desk, "--store", desk / "wirewatch.db")
        assert shown.code == 0
        assert "changed files NOT loaded since" in shown.out
        assert "broken.yaml:3:10: " in shown.out
        (desk / "watch/broken.yaml").unlink()
        hang_up(daemon)
        daemon.wait_for(lambda: len(slack.posts) == 2)
        assert daemon.stop() == 0
    assert ["OVER" in json.dumps(post) for post in slack.posts] == [False, True]


def test_a_feed_that_was_not_taken_up_yet_cannot_be_polled(desk: Path, wire: Wire) -> None:
    with running(desk) as daemon:
        started(daemon)
        (desk / "watch/broken.yaml").write_text(BROKEN)
        write_desk(desk, {"second": wire.publish("/2", [])}, config=CONFIG)
        hang_up(daemon)
        daemon.wait_for(lambda: "reload result=refused" in daemon.text)
        asked = wirewatch("feeds", "poll", "second", "--desk", desk, "--store", desk / "wirewatch.db")
        assert (asked.code, asked.out) == (1, "")
        assert "the running daemon has not taken up second" in asked.err


def test_status_shows_what_is_in_force(desk: Path) -> None:
    with running(desk) as daemon:
        started(daemon)
        assert daemon.stop() == 0
    where = ("--desk", desk, "--store", desk / "wirewatch.db")
    found = json.loads(wirewatch("status", "--json", *where).out)["ruleset"]
    assert (found["result"], found["rules"], found["feeds"], found["problems"]) == ("loaded", 1, 1, [])
    assert f"ruleset     {found['digest']} loaded " in wirewatch("status", *where).out


def test_a_poll_under_way_ends_with_what_it_began_with(desk: Path, wire: Wire) -> None:
    with running(desk) as daemon:
        started(daemon)
        wire.answers["/1"] = Answer(body=rss([GAS]), drip=0.01)
        asked = len(wire.requests)
        daemon.wait_for(lambda: len(wire.requests) > asked)
        write_desk(desk, {"second": wire.publish("/2", [])}, config=CONFIG)
        with_gas(desk)
        hang_up(daemon)
        loaded(daemon)
        daemon.wait_for(lambda: "poll feed=second" in daemon.text)
        assert "[notice] gas-deal" not in daemon.text
        daemon.wait_for(lambda: "[notice] gas-deal" in daemon.text)
        assert daemon.stop() == 0
    assert "bug" not in daemon.text


def test_a_delivery_under_way_ends_with_what_it_began_with(desk: Path, slack: SlackServer) -> None:
    with running(desk) as daemon:
        started(daemon)
        slack.script = [Answer(body=b"ok", drip=1.5)]
        (desk / "watch/broken.yaml").write_text(BROKEN)
        hang_up(daemon)
        daemon.wait_for(lambda: len(slack.posts) == 1)
        (desk / "watch/broken.yaml").unlink()
        write_desk(desk, {"second": "http://127.0.0.1:1/"}, config="receivers: {terminal: {type: terminal}}\n")
        hang_up(daemon)
        loaded(daemon)
        assert "receiver=operator state=sent" not in daemon.text
        daemon.wait_for(lambda: "receiver=operator state=sent" in daemon.text)
        assert daemon.stop() == 0


def test_many_signals_at_once_are_a_few_reloads_and_lose_no_order_to_stop(desk: Path) -> None:
    with running(desk) as daemon:
        started(daemon)
        for _ in range(5_000):
            hang_up(daemon)
        daemon.wait_for(lambda: "reload result=loaded" in daemon.text)
        for _ in range(1_000):
            hang_up(daemon)
        assert daemon.stop() == 0
    assert daemon.text.count("reload result=loaded") < 10


def test_a_signal_while_it_stops_changes_nothing(desk: Path, wire: Wire) -> None:
    with running(desk) as daemon:
        started(daemon)
        wire.answers["/1"] = Answer(body=rss([GAS]), drip=0.005)
        asked = len(wire.requests)
        daemon.wait_for(lambda: len(wire.requests) > asked)
        daemon.process.send_signal(signal.SIGTERM)
        daemon.wait_for(lambda: "stop signal=SIGTERM" in daemon.text)
        while daemon.process.poll() is None:
            hang_up(daemon)
            time.sleep(0.01)
        assert daemon.process.returncode == 0
    assert "reload" not in daemon.text


def test_a_secret_is_rotated_in_its_file_and_by_a_reload_to_another_folder(desk: Path, slack: SlackServer) -> None:
    old = slack.webhook.replace(WEBHOOK, "/services/T0/B0/0ld")
    (desk / "secrets/slack-operator").write_text(old)
    with running(desk) as daemon:
        started(daemon)
        (desk / "watch/broken.yaml").write_text(BROKEN)
        hang_up(daemon)
        daemon.wait_for(lambda: "receiver=operator state=deferred" in daemon.text)
        (desk / "watch/broken.yaml").unlink()
        (desk / "new").mkdir()
        (desk / "new/slack-operator").write_text(slack.webhook)
        config = (desk / "wirewatch.yaml").read_text()
        (desk / "wirewatch.yaml").write_text(config.replace("secrets: secrets", "secrets: new"))
        hang_up(daemon)
        daemon.wait_for(lambda: daemon.text.count("receiver=operator state=sent") == 2)
        (desk / "new/slack-operator").write_text(old)
        (desk / "watch/broken.yaml").write_text(BROKEN)
        hang_up(daemon)
        daemon.wait_for(lambda: daemon.text.count("receiver=operator state=deferred") >= 2)
        assert daemon.stop() == 0


def test_systemd_hears_that_it_reloads_and_that_it_is_ready_again(desk: Path, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(tmp_path / "notify"))
        notify.settimeout(20)
        with running(desk, NOTIFY_SOCKET=str(tmp_path / "notify")) as daemon:
            assert b"READY=1" in notify.recv(1000)
            hang_up(daemon)
            before, *usec = notify.recv(1000).decode().split("\nMONOTONIC_USEC=")
            assert before == "RELOADING=1"
            assert 0 < int(usec[0]) <= time.monotonic_ns() // 1000
            assert notify.recv(1000).startswith(b"READY=1\nSTATUS=watching by ruleset ")
            daemon.stop()
            assert b"STOPPING=1" in notify.recv(1000)


def test_a_terminal_that_is_closed_ends_it_as_ever(desk: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "monitor", "run", "--desk", str(desk), "--store", str(desk / "wirewatch.db")]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment(), start_new_session=True
    )
    os.close(theirs)
    shown = b""
    while b"poll feed=first" not in shown:
        shown += os.read(ours, 4096)
    process.send_signal(signal.SIGHUP)
    while b"reload result=loaded" not in shown:
        shown += os.read(ours, 4096)
    os.close(ours)
    process.send_signal(signal.SIGHUP)
    # The last it had to say finds no terminal: the interpreter makes that a code of its own.
    assert process.wait(20) in {0, 120}
