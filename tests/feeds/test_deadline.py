"""A deadline ends every exchange, however it is dragged out, and never looks like an answer."""

import contextlib
import gc
import socket
import ssl
import threading
import time
import weakref

import pytest

from monitor.core.feed import Validators
from monitor.errors import FetchError
from monitor.feeds.connect import MOST_LOOKUPS
from monitor.feeds.deadline import Deadline, running
from monitor.feeds.fetch import Fetched, Fetcher
from monitor.feeds.guard import AddressInfo
from tests.core.reading import NOON
from tests.feeds.asking import fetcher
from tests.feeds.raw import Conversation, Talk, answering, raw_server
from tests.support.http import Answer, http_server
from tests.support.tls import Tls

# Dripped at 0.05 s, this would take most of a minute.
LONG = b"x" * 1_000
# Generous, for busy machines: the drips take several times as long.
SOON = 15.0


def hasty(context: ssl.SSLContext | None = None) -> Fetcher:
    return fetcher(timeout=0.5, context=context)


def assert_too_slow(asking: Fetcher, url: str) -> None:
    began = time.monotonic()
    with pytest.raises(FetchError, match="no whole answer within"):
        asking.fetch(url, Validators(), NOON)
    assert time.monotonic() - began < SOON


def drips_its_headers(one: Conversation) -> None:
    """What http.client makes of them when they are cut is an empty 200."""
    one.hear()
    one.say(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n")
    one.drip(b"X-Padding: " + LONG)


def drips_its_status_line(one: Conversation) -> None:
    one.hear()
    one.drip(b"HTTP/1.1 200 " + LONG)


def drips_its_body(one: Conversation) -> None:
    one.hear()
    one.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    one.drip(LONG)


def drips_a_body_of_no_stated_length(one: Conversation) -> None:
    one.hear()
    one.say(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    one.drip(LONG)


def drips_chunks(one: Conversation) -> None:
    one.hear()
    one.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    one.drip(b"1\r\nx\r\n" * 200)


def drips_that_nothing_changed(one: Conversation) -> None:
    one.hear()
    one.say(b"HTTP/1.1 304 Not Modified\r\n")
    one.drip(b"X-Padding: " + LONG)


def drips_a_refusal(one: Conversation) -> None:
    one.hear()
    one.say(b"HTTP/1.1 410 Gone\r\n")
    one.drip(b"X-Padding: " + LONG)


def never_answers(one: Conversation) -> None:
    one.hear()
    one.stay_silent()


TALKS = [
    drips_its_headers,
    drips_its_status_line,
    drips_its_body,
    drips_a_body_of_no_stated_length,
    drips_chunks,
    drips_that_nothing_changed,
    drips_a_refusal,
    never_answers,
]


@pytest.mark.parametrize("talk", TALKS)
def test_an_answer_that_drips_ends_at_the_deadline_and_is_no_answer(talk: Talk) -> None:
    with raw_server(talk) as server:
        assert_too_slow(hasty(), server.url)


@pytest.mark.parametrize("talk", TALKS)
def test_an_answer_that_drips_over_tls_ends_at_the_deadline_and_is_no_answer(talk: Talk, tls: Tls) -> None:
    with raw_server(talk, tls.serving) as server:
        assert_too_slow(hasty(tls.trusting), server.url)


def test_a_body_that_drips_from_a_whole_server_is_not_taken_for_an_empty_feed() -> None:
    with http_server(lambda _: Answer(body=LONG, drip=0.05)) as server:
        assert_too_slow(hasty(), server.url)


def test_a_handshake_that_never_ends_ends_at_the_deadline(tls: Tls) -> None:
    def drips_a_handshake(one: Conversation) -> None:
        one.say(b"\x16\x03\x03\x40\x00")
        one.drip(b"\x02" + LONG)

    with raw_server(drips_a_handshake) as server:
        assert_too_slow(hasty(tls.trusting), server.url.replace("http:", "https:"))


def test_redirects_share_one_deadline() -> None:
    def sends_on_slowly(one: Conversation) -> None:
        one.hear()
        one.drip(b"HTTP/1.1 302 Found\r\nLocation: /again.xml\r\n\r\n", pause=0.005)

    with raw_server(sends_on_slowly) as server:
        assert_too_slow(hasty(), server.url)
        assert server.connections <= 5


@pytest.mark.parametrize("secure", [False, True])
def test_a_connection_that_was_kept_is_guarded_anew(tls: Tls, *, secure: bool) -> None:
    def answers_once_and_then_drips(one: Conversation) -> None:
        one.hear()
        one.say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        one.hear()
        one.say(b"HTTP/1.1 200 OK\r\n")
        one.drip(b"X-Padding: " + LONG)

    with raw_server(answers_once_and_then_drips, tls.serving if secure else None) as server:
        asking = hasty(tls.trusting)
        first = asking.fetch(server.url, Validators(), NOON)
        assert isinstance(first, Fetched)
        assert first.body == b"ok"
        assert_too_slow(asking, server.url)
        assert server.connections == 1


def test_a_fetcher_goes_on_after_a_deadline() -> None:
    asking = hasty()
    with raw_server(drips_its_body) as slow:
        assert_too_slow(asking, slow.url)
    with raw_server(answering(b"ok")) as quick:
        found = asking.fetch(quick.url, Validators(), NOON)
    assert isinstance(found, Fetched)
    assert found.body == b"ok"


def test_a_connection_made_after_the_time_was_up_is_shut_at_once() -> None:
    here, there = socket.socketpair()
    with here, there:
        one = Deadline(60)
        one.expire()
        one.watch(here)
        there.settimeout(5)
        assert there.recv(1) == b""
        one.close()


def test_a_deadline_that_was_kept_shuts_nothing() -> None:
    here, there = socket.socketpair()
    with here, there:
        with Deadline(60) as kept:
            kept.watch(here)
        kept.expire()
        there.sendall(b"x")
        here.settimeout(5)
        assert here.recv(1) == b"x"


def test_only_the_newest_connection_is_shut() -> None:
    (first, far_first), (second, far_second) = socket.socketpair(), socket.socketpair()
    with first, far_first, second, far_second:
        one = Deadline(60)
        one.watch(first)
        one.watch(second)
        one.expire()
        far_first.sendall(b"x")
        assert first.recv(1) == b"x"
        assert second.recv(1) == b""
        one.close()


def test_one_thread_watches_all_deadlines() -> None:
    with Deadline(600):
        before = threading.active_count()
        with contextlib.ExitStack() as many:
            for _ in range(50):
                many.enter_context(Deadline(600))
            assert threading.active_count() == before


def test_a_deadline_that_ends_sooner_than_the_others_ends_in_time() -> None:
    here, there = socket.socketpair()
    with here, there, Deadline(600), Deadline(0.05) as sooner:
        sooner.watch(here)
        there.settimeout(SOON)
        assert there.recv(1) == b""
        assert sooner.expired


def test_a_connection_outside_of_a_deadline_is_a_mistake() -> None:
    with pytest.raises(RuntimeError, match="inside a deadline"):
        running()


def test_deadlines_that_were_kept_are_forgotten() -> None:
    kept = []
    with Deadline(600):
        for _ in range(50):
            with Deadline(300) as one:
                kept.append(weakref.ref(one))
            del one
    with Deadline(600):
        gc.collect()
        assert sum(one() is not None for one in kept) <= 1


def test_a_lookup_that_hangs_ends_at_the_deadline() -> None:
    over = threading.Event()

    def hangs(_host: str, _port: int) -> list[AddressInfo]:
        over.wait(60)
        return []

    asking = fetcher(timeout=0.3, resolve=hangs)
    assert_too_slow(asking, "http://wire.example/feed.xml")
    over.set()


def test_lookups_that_hang_do_not_pile_up() -> None:
    over, hanging = threading.Event(), []

    def hangs(host: str, _port: int) -> list[AddressInfo]:
        hanging.append(host)
        over.wait(60)
        return []

    asking = fetcher(timeout=0.01, resolve=hangs)
    for number in range(MOST_LOOKUPS + 20):
        assert_too_slow(asking, f"http://wire-{number}.example/feed.xml")
    assert len(hanging) == MOST_LOOKUPS
    over.set()


def test_time_spent_on_the_way_counts_for_every_hop() -> None:
    def sends_on_and_then_hangs(one: Conversation) -> None:
        one.hear()
        one.drip(b"HTTP/1.1 302 Found\r\nLocation: /again.xml\r\nContent-Length: 0\r\n\r\n", pause=0.01)
        one.hear()
        one.stay_silent()

    with raw_server(sends_on_and_then_hangs) as server:
        assert_too_slow(fetcher(timeout=1), server.url)
