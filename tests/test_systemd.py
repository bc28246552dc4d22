"""What systemd hears, on a real datagram socket."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitor import systemd


@contextmanager
def listening(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.bind(address)
        one.settimeout(10)
        yield one


def left(one: socket.socket) -> list[bytes]:
    """What has arrived and was not read; sending to a socket of this machine is done when it returns."""
    one.setblocking(False)
    found = []
    try:
        while True:
            found.append(one.recv(4096))
    except BlockingIOError:
        return found


def test_a_socket_with_a_path_hears_all_lines_in_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", path)
    with listening(path) as one:
        systemd.notify("READY=1", "STATUS=watching 3 feeds; Дозор")
        assert left(one) == ["READY=1\nSTATUS=watching 3 feeds; Дозор".encode()]


def test_an_abstract_socket_is_written_with_an_at_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"wirewatch-test-{os.getpid()}"
    monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
    with listening(f"\0{name}") as one:
        systemd.notify("WATCHDOG=1")
        assert left(one) == [b"WATCHDOG=1"]


@pytest.mark.parametrize("value", [None, "", "notify", "./notify", "vsock:2:1234"])
def test_without_an_address_that_is_known_nothing_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    if value is not None:
        monkeypatch.setenv("NOTIFY_SOCKET", value)
    with listening("notify") as one:
        systemd.notify("READY=1")
        assert left(one) == []


@pytest.mark.parametrize("name", ["nobody-listens", "x" * 200])
def test_a_message_that_is_lost_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / name))
    systemd.notify("READY=1")
    assert list(tmp_path.iterdir()) == []


def test_a_listener_that_left_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "notify"
    monkeypatch.setenv("NOTIFY_SOCKET", str(path))
    with listening(str(path)):
        systemd.notify("READY=1")
    systemd.notify("STOPPING=1")
    assert path.is_socket()
