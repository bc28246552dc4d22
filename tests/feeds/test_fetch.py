"""One conditional GET against a real server: manners, redirects, limits, and what is said when it fails."""

import gzip
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.core.feed import Validators
from monitor.feeds.fetch import Fetched, Unchanged, retry_after
from tests.core.reading import NOON
from tests.feeds.asking import (
    AGENT,
    by_path,
    closed_port,
    elsewhere,
    fetched,
    fetcher,
    refused,
    sent_on,
)
from tests.feeds.raw import Conversation, answering, raw_server
from tests.support.http import Answer, http_server
from tests.support.tls import Tls
from tests.support.wire import Item, Wire

POLITE = {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}


# --- validators


def test_an_answer_comes_with_what_is_needed_to_read_it_and_to_ask_again() -> None:
    headers = {"ETag": 'W/"a, b"', "Last-Modified": "Fri, 23 Aug 2024 13:10:00 GMT", "Content-Type": "text/xml"}
    with http_server(lambda _: Answer(body=b"<rss/>", headers=headers)) as server:
        assert fetched(f"{server.url}/feed.xml") == Fetched(
            url=f"{server.url}/feed.xml",
            status=200,
            body=b"<rss/>",
            content_type="text/xml",
            validators=Validators(etag='W/"a, b"', last_modified="Fri, 23 Aug 2024 13:10:00 GMT"),
        )


@pytest.mark.parametrize(
    "validators",
    [
        Validators(etag='W/"a, b"', last_modified="Fri, 23 Aug 2024 13:10:00 GMT"),
        Validators(etag="no-quotes", last_modified="yesterday, 2 o'clock"),
    ],
)
def test_validators_go_back_as_they_came(validators: Validators) -> None:
    with http_server(lambda _: Answer(body=b"x")) as server:
        fetched(server.url, validators)
        assert server.requests[0].headers["If-None-Match"] == validators.etag
        assert server.requests[0].headers["If-Modified-Since"] == validators.last_modified


def test_without_validators_none_are_invented() -> None:
    with http_server(lambda _: Answer(body=b"x")) as server:
        fetched(server.url)
        assert not {"If-None-Match", "If-Modified-Since"} & set(server.requests[0].headers)


def test_a_feed_that_did_not_change_is_unchanged(wire: Wire) -> None:
    url = wire.publish("/feed.xml", [Item(title="Turkey and Russia resume joint patrols")])
    first = fetched(url)
    assert fetcher().fetch(url, first.validators, NOON) == Unchanged()


# --- manners


def test_a_request_names_the_program_and_says_nothing_it_need_not(wire: Wire) -> None:
    asking, url = fetcher(), wire.publish("/feed.xml?id=1", [Item(title="One")])
    fetched(url, asking=asking)
    fetched(url, asking=asking)
    for request in wire.requests:
        assert (request.method, request.path) == ("GET", "/feed.xml?id=1")
        assert request.headers["User-Agent"] == AGENT
        assert request.headers["Accept"].startswith("application/rss+xml,")
        assert "gzip" in request.headers["Accept-Encoding"]
        assert set(request.headers) <= POLITE


def test_cookies_are_not_sent_back() -> None:
    with http_server(lambda _: Answer(body=b"x", headers={"Set-Cookie": "id=1; Path=/"})) as server:
        asking = fetcher()
        for _ in range(2):
            fetched(server.url, asking=asking)
        assert [request.headers.get("Cookie") for request in server.requests] == [None, None]


def test_cookies_and_the_address_we_came_from_are_not_sent_along_a_redirect() -> None:
    turned = Answer(status=302, headers={"Location": "/b", "Set-Cookie": "id=1; Path=/"})
    with http_server(by_path({"/a": turned, "/b": Answer(body=b"x")})) as server:
        fetched(f"{server.url}/a")
        assert not {"Cookie", "Referer"} & set(server.requests[1].headers)


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("no_proxy", "")
    with http_server(lambda _: Answer(body=b"x")) as server:
        assert fetched(server.url).body == b"x"


def test_passwords_of_the_users_netrc_are_not_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("default login duty password s3cr3t\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with http_server(lambda _: Answer(body=b"x")) as server:
        fetched(server.url)
        assert "Authorization" not in server.requests[0].headers


def test_a_password_in_the_address_goes_to_its_host_alone() -> None:
    with http_server(by_path({"/b": Answer(body=b"x")})) as server:
        server.respond = lambda request: (
            sent_on(f"{elsewhere(server)}/b") if request.path == "/a" else Answer(body=b"x")
        )
        fetched(f"http://duty:s3cr3t@127.0.0.1:{server.port}/a")
        assert "Authorization" in server.requests[0].headers
        assert "Authorization" not in server.requests[1].headers


def test_a_password_in_the_address_is_not_part_of_where_the_body_came_from() -> None:
    with http_server(by_path({"/a?q=@": sent_on("/b@home"), "/b@home": Answer(body=b"x")})) as server:
        assert fetched(f"http://duty:s3cr3t@127.0.0.1:{server.port}/a?q=@").url == f"{server.url}/b@home"


def test_a_password_in_the_address_is_not_in_the_error() -> None:
    error = refused(f"http://duty:s3cr3t@127.0.0.1:{closed_port()}/feed.xml")
    assert "connection refused" in str(error)
    assert "s3cr3t" not in str(error)


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
    with http_server(lambda _: Answer(status=status, headers={"Retry-After": header})) as server:
        error = refused(server.url)
        assert (error.status, error.retry_after) == (status, timedelta(seconds=120))
        assert str(error).endswith("asked to wait 120 s")


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        (None, None),
        ("", None),
        ("0", timedelta()),
        (" 30 ", timedelta(seconds=30)),
        ("-5", None),
        ("1.5", None),
        ("١٢", None),
        ("soon", None),
        ("9" * 50, timedelta(seconds=10**8)),
        ("Fri, 23 Aug 2024 12:00:30 GMT", timedelta(seconds=30)),
        ("Fri, 23 Aug 2024 15:00:30 +0300", timedelta(seconds=30)),
        ("Friday, 23-Aug-24 12:00:30 GMT", timedelta(seconds=30)),
        ("Fri, 23 Aug 2024 12:00:30 -0000", timedelta(seconds=30)),
        ("Thu, 22 Aug 2024 12:00:00 GMT", timedelta()),
        ("Fri, 23 Aug 99999999999999999999 12:00:00 GMT", None),
        ("Fri, 32 Aug 2024 12:00:00 GMT", None),
    ],
)
def test_a_pause_is_read_in_seconds_or_as_a_date(value: str | None, wait: timedelta | None) -> None:
    assert retry_after(value, NOON) == wait


dates = st.builds(
    "{}, {} {} {} {}:{}:{} {}".format,
    st.sampled_from(("Fri", "Frid", "")),
    st.integers(-1, 10**12),
    st.sampled_from(("Aug", "Augst", "8")),
    st.integers(-1, 10**25),
    st.integers(-1, 99),
    st.integers(-1, 99),
    st.integers(-1, 99),
    st.sampled_from(("GMT", "+9999", "-99999999", "EST", "", "+00000000000000000000000001")),
)


@given(value=st.text() | dates | st.integers().map(str))
@example(value="Fri, 1 Aug 99999999999999999999 0:0:0 GMT")
@example(value="Fri, 1 Aug 0 0:0:0 GMT")
@example(value="Sat, 1 Jan 1 0:0:0 +2359")
def test_no_header_is_too_strange_to_be_read(value: str) -> None:
    wait = retry_after(value, datetime(2024, 8, 23, tzinfo=UTC))
    assert wait is None or wait >= timedelta()


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


def test_a_packed_body_is_unpacked() -> None:
    packed = Answer(body=gzip.compress(b"<rss/>"), headers={"Content-Encoding": "gzip"})
    with http_server(lambda _: packed) as server:
        assert fetched(server.url).body == b"<rss/>"


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
