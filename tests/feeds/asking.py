"""Asking servers on loopback for feeds, and answers that send one on."""

import socket
import ssl
from datetime import timedelta
from functools import cache

import pytest

from monitor.core.feed import Validators
from monitor.errors import FetchError
from monitor.feeds.connect import Resolve, system_resolve
from monitor.feeds.fetch import Fetched, Fetcher, Limits
from monitor.feeds.guard import Guard
from tests.core.reading import NOON
from tests.support.http import Answer, HttpServer, Responder

NONE = Validators()
AGENT = "wirewatch/0.1 (+https://desk.example/bot; mailto:ops@desk.example)"


# The servers of tests.
LOOPBACK = Guard(allow=["127.0.0.1", "::1"])


def fetcher(
    *,
    timeout: float = 30,
    max_bytes: int = 1_000_000,
    context: ssl.SSLContext | None = None,
    guard: Guard = LOOPBACK,
    gap: float = 0,
    resolve: Resolve = system_resolve,
) -> Fetcher:
    limits = Limits(timeout=timedelta(seconds=timeout), max_bytes=max_bytes)
    return Fetcher(
        user_agent=AGENT,
        limits=limits,
        context=context or usual_context(),
        guard=guard,
        gap=timedelta(seconds=gap),
        resolve=resolve,
    )


@cache
def usual_context() -> ssl.SSLContext:
    """Loading the machine's certificates takes longer than most tests."""
    return ssl.create_default_context()


def fetched(url: str, validators: Validators = NONE, asking: Fetcher | None = None) -> Fetched:
    found = (asking or fetcher()).fetch(url, validators, NOON)
    assert isinstance(found, Fetched)
    return found


def refused(url: str, asking: Fetcher | None = None) -> FetchError:
    with pytest.raises(FetchError) as caught:
        (asking or fetcher()).fetch(url, NONE, NOON)
    return caught.value


def always(answer: Answer) -> Responder:
    return lambda _: answer


def by_path(answers: dict[str, Answer]) -> Responder:
    return lambda request: answers.get(request.path, Answer(status=404))


def sent_on(target: str, status: int = 302) -> Answer:
    return Answer(status=status, headers={"Location": target})


def elsewhere(server: HttpServer) -> str:
    """The same server under another name: another host, as far as manners are concerned."""
    return f"http://localhost:{server.port}"


def closed_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
