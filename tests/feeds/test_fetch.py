"""One conditional GET against a real server: manners, redirects, limits, and what is said when it fails."""

import gzip
import socket
import ssl
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
from backports import zstd

from monitor.core.feed import Fault, Validators
from monitor.feeds.connect import MOST_KEPT
from monitor.feeds.fetch import Unchanged
from monitor.feeds.guard import AddressInfo
from tests.core.reading import NOON
from tests.feeds.asking import (
    always,
    closed_port,
    fetched,
    fetcher,
    refused,
)
from tests.feeds.raw import Conversation, answering, raw_server
from tests.support.http import Answer, http_server
from tests.support.tls import Tls
from tests.support.wire import Item, rss

# --- refusals


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (403, "the server answered 403 Forbidden"),
        (404, "the server answered 404 Not Found; check the address in feeds.yaml"),
        (410, "the server answered 410 Gone; the publisher ended this feed"),
        (500, "the server answered 500 Internal Server Error"),
        (204, "the server answered 204 No Content"),
    ],
)
def test_a_refusal_says_what_the_server_said(status: int, says: str) -> None:
    with http_server(lambda _: Answer(status=status)) as server:
        error = refused(server.url)
        assert (error.status, str(error), error.retry_after) == (status, says, None)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("header", ["120", format_datetime(NOON + timedelta(seconds=120), usegmt=True)])
def test_a_pause_that_is_asked_for_comes_with_the_refusal(status: int, header: str) -> None:
    headers = {"Retry-After": header, "Date": format_datetime(NOON, usegmt=True)}
    with http_server(lambda _: Answer(status=status, headers=headers)) as server:
        error = refused(server.url)
        assert (error.status, error.retry_after) == (status, timedelta(seconds=120))
        assert str(error).endswith("asked to wait 120 s")


# --- bodies


def test_a_body_that_is_too_large_is_refused() -> None:
    with http_server(lambda _: Answer(body=b"x" * 100_001)) as server:
        asking = fetcher(max_bytes=100_000)
        assert str(refused(server.url, asking)) == "the body is larger than 100,000 bytes (polling.max_bytes)"
        assert len(fetched(server.url, asking=fetcher(max_bytes=100_001)).body) == 100_001


def test_a_body_without_a_stated_length_is_counted_as_it_comes() -> None:
    def never_ends(one: Conversation) -> None:
        one.hear()
        one.say(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(1_000):
            one.say(b"x" * 65_536)

    with raw_server(never_ends) as server:
        assert "larger than 1,000,000 bytes" in str(refused(server.url))


@pytest.mark.parametrize("wrap", [gzip.compress, lambda body: gzip.compress(gzip.compress(body))])
def test_a_body_that_unpacks_into_more_than_is_allowed_is_refused(wrap: Callable[[bytes], bytes]) -> None:
    bomb = wrap(b"\0" * 8_000_000)
    encoding = "gzip" if wrap is gzip.compress else "gzip, gzip"
    assert len(bomb) < 100_000
    with http_server(lambda _: Answer(body=bomb, headers={"Content-Encoding": encoding})) as server:
        assert "larger than 100,000 bytes" in str(refused(server.url, fetcher(max_bytes=100_000)))


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("br", brotli.compress),
        ("zstd", zstd.compress),
        ("br, gzip", lambda body: gzip.compress(brotli.compress(body))),
        ("identity", bytes),
    ],
)
def test_a_packed_body_is_unpacked(encoding: str, pack: Callable[[bytes], bytes], *, chunked: bool) -> None:
    feed = rss([Item(title=f"Patrol {number}") for number in range(2_000)])
    body, headers = pack(feed), {"Content-Encoding": encoding}
    if chunked:
        headers["Transfer-Encoding"] = "chunked"
        body = b"".join(b"%x\r\n%s\r\n" % (len(body[at : at + 1_000]), body[at : at + 1_000])
                        for at in range(0, len(body), 1_000)) + b"0\r\n\r\n"  # fmt: skip
    with http_server(lambda _: Answer(body=body, headers=headers)) as server:
        assert fetched(server.url).body == feed


def test_a_body_that_is_not_packed_as_stated_is_unreadable() -> None:
    for encoding in ("gzip", "br", "zstd"):
        answer = Answer(body=b"<rss/>", headers={"Content-Encoding": encoding})
        with http_server(always(answer)) as server:
            assert refused(server.url).fault is Fault.UNREADABLE


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=b"no gzip at all", headers={"Content-Encoding": "gzip"}),
        Answer(body=b"short", headers={"Content-Length": "100"}),
        Answer(hang_up=True),
        Answer(body=b"x", headers={f"X-{number}": "1" for number in range(200)}),
        Answer(body=b"zz\r\n", headers={"Transfer-Encoding": "chunked"}),
    ],
    ids=["not packed as stated", "cut short", "no answer", "too many headers", "no chunks"],
)
def test_a_broken_answer_is_no_feed(answer: Answer) -> None:
    with http_server(lambda _: answer) as server:
        error = refused(server.url)
        assert str(error).startswith(f"127.0.0.1:{server.port}: ")


def test_what_is_not_http_is_no_feed() -> None:
    with raw_server(lambda one: one.say(b"220 mail.example ESMTP\r\n")) as server:
        assert refused(server.url).status is None


# --- the network


def test_a_port_where_nobody_listens_is_named() -> None:
    port = closed_port()
    error = refused(f"http://127.0.0.1:{port}/feed.xml")
    assert str(error) == f"127.0.0.1:{port}: connection refused; nothing listens there"


def test_a_host_that_does_not_exist_is_named() -> None:
    error = refused("http://wire.invalid/feed.xml")
    assert str(error).startswith("wire.invalid: ")
    assert "this machine's DNS" in str(error)


# --- TLS


def test_a_certificate_that_is_not_trusted_is_refused(tls: Tls) -> None:
    with raw_server(answering(b"x"), tls.serving) as server:
        assert str(refused(server.url)) == f"localhost:{server.port}: its certificate is not trusted"


def test_a_certificate_for_another_name_is_refused(tls: Tls) -> None:
    with raw_server(answering(b"x"), tls.serving) as server:
        url = server.url.replace("localhost", "127.1")
        assert "not trusted" in str(refused(url, fetcher(context=tls.trusting)))


def test_a_certificate_that_the_context_trusts_is_accepted(tls: Tls) -> None:
    with raw_server(answering(b"x"), tls.serving) as server:
        assert fetched(server.url, asking=fetcher(context=tls.trusting)).body == b"x"


def test_a_connection_is_kept_for_the_next_poll(tls: Tls) -> None:
    for context in (None, tls.serving):
        with raw_server(answering(b"x", close=False), context) as server:
            asking = fetcher(context=tls.trusting)
            assert [fetched(server.url, asking=asking).body for _ in range(3)] == [b"x"] * 3
            assert server.connections == 1


def test_a_connection_is_kept_over_answers_that_nothing_changed() -> None:
    def talk(one: Conversation) -> None:
        while one.hear():
            one.say(b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n')

    with raw_server(talk) as server:
        asking = fetcher()
        for _ in range(3):
            assert asking.fetch(server.url, Validators(etag='"a"'), NOON) == Unchanged()
        assert server.connections == 1


def test_a_kept_connection_that_the_server_gives_up_is_made_anew() -> None:
    def answers_once(one: Conversation) -> None:
        one.hear()
        one.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
        # The next request is read, and left without an answer.
        one.hear()

    with raw_server(answers_once) as server:
        asking = fetcher()
        assert [fetched(server.url, asking=asking).body for _ in range(3)] == [b"x"] * 3
        assert server.connections == 3


def test_a_server_that_gives_up_new_connections_is_not_asked_again_and_again() -> None:
    def hears_and_says_nothing(one: Conversation) -> None:
        one.hear()

    with raw_server(hears_and_says_nothing) as server:
        assert str(refused(server.url)) == f"localhost:{server.port}: the server hung up without an answer"
        assert server.connections == 1


def test_a_connection_that_was_idle_for_long_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.feeds.connect.KEPT_SECONDS", 0.0)
    with raw_server(answering(b"x", close=False)) as server:
        asking = fetcher()
        assert [fetched(server.url, asking=asking).body for _ in range(2)] == [b"x"] * 2
        assert server.connections == 2


def test_connections_to_hundreds_of_hosts_do_not_pile_up() -> None:
    def at_home(_host: str, port: int) -> list[AddressInfo]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    with raw_server(answering(b"x", close=False)) as server:
        asking = fetcher(resolve=at_home)
        urls = [f"http://wire-{number}.example:{server.port}/" for number in range(MOST_KEPT + 10)]
        for url in urls:
            fetched(url, asking=asking)
        assert server.connections == len(urls)
        # The last ones were kept, the first ones were not.
        fetched(urls[-1], asking=asking)
        fetched(urls[10], asking=asking)
        assert server.connections == len(urls)
        fetched(urls[0], asking=asking)
        assert server.connections == len(urls) + 1


def test_the_ca_bundle_is_not_loaded_for_each_connection(tls: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []

    def counted(name: str) -> Callable[..., None]:
        load = getattr(ssl.SSLContext, name)

        def counting(self: ssl.SSLContext, *args: Any, **kwargs: Any) -> None:
            loaded.append(name)
            load(self, *args, **kwargs)

        return counting

    for name in ("load_verify_locations", "load_default_certs", "set_default_verify_paths"):
        monkeypatch.setattr(ssl.SSLContext, name, counted(name))
    context = ssl.create_default_context(cafile=str(tls.pem))
    assert loaded == ["load_verify_locations"]
    with raw_server(answering(b"x"), tls.serving) as server:
        for asking in (fetcher(context=context), fetcher(context=context)):
            for _ in range(3):
                fetched(server.url, asking=asking)
        assert server.connections == 6
    assert loaded == ["load_verify_locations"]


def test_the_certificates_of_the_environment_are_not_used(tls: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls.pem))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(tls.pem))
    with raw_server(answering(b"x"), tls.serving) as server:
        assert "not trusted" in str(refused(server.url))


def test_one_fetcher_serves_several_threads() -> None:
    asking = fetcher()
    with http_server(lambda request: Answer(body=request.path.encode())) as server, ThreadPoolExecutor(8) as pool:
        bodies = pool.map(lambda number: fetched(f"{server.url}/{number}", asking=asking).body, range(40))
        assert list(bodies) == [f"/{number}".encode() for number in range(40)]
