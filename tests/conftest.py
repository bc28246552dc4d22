"""Fixtures for all tests: real servers on loopback, and nothing beyond it."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.support.mailbox import Mailbox, mailbox
from tests.support.slack import SlackServer, slack_server
from tests.support.tls import Tls, make_tls
from tests.support.wire import Wire, wire

# A busy machine is no failure: timing is never a test here.
settings.register_profile("wirewatch", deadline=None)
# CI tries the same examples each time: what chance finds is not for who lands something else.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("wirewatch")

SHIPPED_DESK = Path(__file__).parents[1] / "rules"


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that would leave this machine fails at once."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        assert not host or host in {"127.0.0.1", "::1", "localhost"}, f"a test connects to {host}"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(name="wire")
def _wire() -> Iterator[Wire]:
    with wire() as one:
        yield one


@pytest.fixture(name="slack")
def _slack() -> Iterator[SlackServer]:
    with slack_server() as one:
        yield one


@pytest.fixture(name="mails")
def _mails() -> Iterator[Mailbox]:
    with mailbox() as one:
        yield one


@pytest.fixture(scope="session", name="tls")
def _tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return make_tls(tmp_path_factory.mktemp("tls"))
