"""Bad input: each gives one clear line that says what to do, the rest goes on, and nothing is lost."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desk import PATROL_RULE, write_desk
from tests.support.http import Answer
from tests.support.program import Finished, wirewatch
from tests.support.stage import once
from tests.support.wire import Item, Wire

NEWS = [Item(title="Turkey, Russia resume joint patrols in Syria", guid="p")]
PAGE = b"<!DOCTYPE html><html><head><title>Welcome</title></head><body>Turkey and Russia on joint patrol</body></html>"


@pytest.fixture
def desk(tmp_path: Path, wire: Wire) -> Path:
    wire.answers = {
        "/html": Answer(body=PAGE, headers={"Content-Type": "text/html"}),
        "/empty": Answer(body=b""),
        "/404": Answer(status=404),
        "/429": Answer(status=429, headers={"Retry-After": "7200"}),
        "/text": Answer(body=b"/etc/passwd", headers={"Content-Type": "text/plain"}),
        "/hangup": Answer(hang_up=True),
    }
    feeds = {name.strip("/"): wire.url(name) for name in wire.answers}
    feeds |= {"unreachable": "http://127.0.0.1:9/feed", "nohost": "http://no-such-host.invalid/feed"}
    return write_desk(tmp_path / "desk", {**feeds, "good": wire.publish("/good", NEWS)})


def test_bad_feeds_are_one_line_each_and_the_good_one_alerts(desk: Path) -> None:
    done = wirewatch("once", "--desk", desk, "--store", desk / "wirewatch.db")
    lines = {line.split("feed=")[1].split()[0]: line for line in done.err.splitlines() if "poll feed=" in line}
    assert set(lines) == {"html", "empty", "404", "429", "text", "hangup", "unreachable", "nohost", "good"}
    expected = {
        "html": "an HTML page arrived in place of a feed; find its feeds with: wirewatch feeds discover ADDRESS",
        "empty": "the body is empty; the server sent nothing to read",
        "404": "the server answered 404 Not Found; check the address in feeds.yaml",
        "429": "asked to wait 7200 s",
        "text": "this is no feed (text/plain, 11 bytes); check the address in feeds.yaml",
        "hangup": "the server hung up without an answer",
        "unreachable": "connection refused; nothing listens there",
        "nohost": "check the address in feeds.yaml",
        "good": "new=1 revised=0 matches=1 alerts=1",
    }
    for name, message in expected.items():
        assert message in lines[name]
    assert "Traceback" not in done.err
    assert done.out.count("[high] Turkey-Russia joint patrol") == 1
    assert done.code == 0


def test_a_feed_that_recovers_alerts_on_what_it_then_brings(desk: Path, wire: Wire) -> None:
    store = desk / "wirewatch.db"
    assert once(desk, store).alerts == 1
    wire.answers.clear()
    wire.publish("/html", [Item(title="Turkey and Russia suspend joint patrols", guid="q")])
    assert once(desk, store).alerts == 1


TYPO = PATROL_RULE.replace("$russia", "$rusia").replace("owner:", "ownr:")
GOOD = PATROL_RULE.replace("id: joint-patrol", "id: other-patrol").replace("\n    rules:\n", "")


def typo_lines(done: Finished, desk: Path) -> None:
    problems = [line.removeprefix(str(desk)) for line in done.err.splitlines()]
    assert "/watch/rules.yaml:5:3: unknown key 'ownr' in rule 'joint-patrol'; did you mean 'owner'?" in problems
    assert any("nothing is called '$rusia'; did you mean '$russia'?" in problem for problem in problems)
    assert "Traceback" not in done.err


def test_a_rule_with_a_typo_is_told_with_file_line_and_column_and_the_others_go_on(tmp_path: Path, wire: Wire) -> None:
    desk = write_desk(tmp_path / "desk", {"good": wire.publish("/good", NEWS)}, rules=TYPO + GOOD)
    checked = wirewatch("check", "--desk", desk)
    assert checked.code == 1
    typo_lines(checked, desk)
    done = wirewatch("once", "--desk", desk, "--store", desk / "wirewatch.db")
    assert done.code == 0
    typo_lines(done, desk)
    assert "rule other-patrol: first match" in done.out


def test_a_desk_without_one_good_rule_does_not_start(tmp_path: Path, wire: Wire) -> None:
    desk = write_desk(tmp_path / "desk", {"good": wire.publish("/good", NEWS)}, rules=TYPO)
    for command in ("run", "once", "check"):
        done = wirewatch(command, "--desk", desk, "--store", desk / "wirewatch.db")
        assert done.code == 1
        typo_lines(done, desk)
    assert wire.requests == []


def test_a_desk_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    done = wirewatch("once", "--desk", tmp_path / "nowhere")
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "there is no such folder; name the desk with --desk DIR" in done.err


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A folder that nobody can write to: for root that takes a mount."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    if os.geteuid() != 0:
        folder.chmod(0o500)
        yield folder
        folder.chmod(0o700)
        return
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", folder], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("this root may not mount a read-only folder")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_read_only_store_is_one_line_and_exit_3(desk: Path, read_only: Path) -> None:
    for command in ("run", "once"):
        done = wirewatch(command, "--desk", desk, "--store", read_only / "wirewatch.db")
        assert (done.code, len(done.err.splitlines())) == (3, 1)
        assert "Read-only file system" in done.err or "Permission denied" in done.err
        assert "--store" in done.err


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 400 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=800k", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("this root may not mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_one_line_and_loses_nothing(tmp_path: Path, wire: Wire, small_disk: Path) -> None:
    long = [Item(title=f"Weather report number {number}", summary="sunny " * 3000) for number in range(100)]
    desk = write_desk(tmp_path / "full", {"good": wire.publish("/good", [*long, *NEWS])})
    store = small_disk / "wirewatch.db"
    done = wirewatch("once", "--desk", desk, "--store", store)
    assert done.code == 3
    assert "the disk is full; free some space, nothing was lost" in done.err
    assert "Traceback" not in done.err

    subprocess.run(["mount", "-o", "remount,size=50m", small_disk], check=True)
    assert once(desk, store).alerts == 1


def test_notices_of_a_receiver_that_was_taken_out_wait_and_are_named(tmp_path: Path, wire: Wire) -> None:
    feeds = {"good": wire.publish("/good", NEWS)}
    slack = "\nreceivers:\n  desk: {type: slack, webhook_secret: slack-desk}\n"
    desk, store = write_desk(tmp_path / "desk", feeds, config=slack), tmp_path / "x.db"
    assert wirewatch("once", "--desk", desk, "--store", store).code == 1
    write_desk(tmp_path / "desk", feeds)
    done = wirewatch("once", "--desk", desk, "--store", store)
    assert 'receiver=desk error="no such receiver is configured; its notices wait for it"' in done.err
