"""What a publisher sees of wirewatch: the rules of feed readers that are welcome, one by one.

Validators go back as they came, both or none, and only to their own host; nothing is sent that need not be; pauses are
kept to. How often a feed is asked is not the fetcher's to say.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.feed import Fault, Validators
from monitor.errors import FetchError
from monitor.feeds.fetch import Fetched, Unchanged
from monitor.feeds.manners import Turns, pause
from tests.core.reading import NOON
from tests.feeds.asking import AGENT, always, by_path, closed_port, elsewhere, fetched, fetcher, refused, sent_on
from tests.support.http import Answer, HttpServer, Request, http_server
from tests.support.wire import Item, Wire

POLITE = {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}
THEN, LATER = "Fri, 23 Aug 2024 13:10:00 GMT", "Fri, 23 Aug 2024 14:00:00 GMT"


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


def test_the_second_request_is_conditional_and_so_is_every_one_after_it(wire: Wire) -> None:
    url = wire.publish("/feed.xml", [Item(title="Turkey and Russia resume joint patrols")])
    asking = fetcher()
    known = fetched(url, asking=asking).validators
    for _ in range(3):
        assert isinstance(asking.fetch(url, known, NOON), Unchanged)
    assert ["If-None-Match" in request.headers for request in wire.requests] == [False, True, True, True]


def test_a_new_body_brings_both_validators_and_leaves_none_of_the_old() -> None:
    old = Validators(etag='"old"', last_modified=THEN)
    for headers, new in (
        ({"ETag": '"new"', "Last-Modified": LATER}, Validators(etag='"new"', last_modified=LATER)),
        ({"ETag": '"new"'}, Validators(etag='"new"')),
        ({"Last-Modified": LATER}, Validators(last_modified=LATER)),
        ({}, Validators()),
    ):
        with http_server(always(Answer(body=b"x", headers=headers))) as server:
            assert fetched(server.url, old).validators == new


@pytest.mark.parametrize(
    ("headers", "renewed"),
    [
        ({}, None),
        ({"ETag": '"old"'}, None),
        ({"ETag": '"old"', "Last-Modified": THEN}, None),
        ({"ETag": 'W/"new"'}, Validators(etag='W/"new"', last_modified=THEN)),
        ({"Last-Modified": LATER}, Validators(etag='"old"', last_modified=LATER)),
        ({"ETag": '"new"', "Last-Modified": LATER}, Validators(etag='"new"', last_modified=LATER)),
    ],
)
def test_what_a_304_brings_replaces_what_is_kept(headers: dict[str, str], renewed: Validators | None) -> None:
    old = Validators(etag='"old"', last_modified=THEN)
    with http_server(lambda _: Answer(status=304, headers=headers)) as server:
        found = fetcher().fetch(server.url, old, NOON)
        assert isinstance(found, Unchanged)
        assert found.validators == renewed


def test_nothing_changed_is_no_answer_to_one_who_knows_nothing() -> None:
    with http_server(lambda _: Answer(status=304)) as server:
        error = refused(server.url)
        assert (error.fault, error.status) == (Fault.REFUSED, 304)


@pytest.mark.parametrize("etag", ["x" * 3_000, "a\x01b"])
def test_a_validator_that_cannot_go_back_is_not_kept(etag: str) -> None:
    with http_server(lambda _: Answer(body=b"x", headers={"ETag": etag, "Last-Modified": THEN})) as server:
        assert fetched(server.url).validators == Validators(last_modified=THEN)


def test_the_address_is_asked_as_it_is_written() -> None:
    paths = ["/feed?b=2&a=1&a=1", "/feed/?x", "/a%2Fb", "/feed;v=1", "/"]
    with http_server(lambda _: Answer(body=b"x")) as server:
        for path in paths:
            fetched(f"{server.url}{path}#top")
        assert [request.path for request in server.requests] == paths


def test_every_encoding_that_can_be_read_is_offered(wire: Wire) -> None:
    fetched(wire.publish("/feed.xml", []))
    offered = {one.strip() for one in wire.requests[0].headers["Accept-Encoding"].split(",")}
    assert offered == {"gzip", "deflate", "br", "zstd"}


# --- pauses that are asked for


def test_what_a_server_promises_comes_with_the_answer() -> None:
    headers = {"Cache-Control": "max-age=43200", "Age": "200", "ETag": '"a"'}
    with http_server(lambda _: Answer(body=b"x", headers=headers)) as server:
        assert fetched(server.url).fresh_for == timedelta(seconds=43_000)
        server.respond = lambda _: Answer(status=304, headers=headers)
        found = fetcher().fetch(server.url, Validators(etag='"a"'), NOON)
        assert found == Unchanged(fresh_for=timedelta(seconds=43_000))


def test_an_answer_that_asks_for_a_pause_promises_as_much() -> None:
    with http_server(lambda _: Answer(body=b"x", headers={"Retry-After": "900"})) as server:
        assert fetched(server.url).fresh_for == timedelta(seconds=900)


@pytest.mark.parametrize(
    ("status", "headers", "fault"),
    [
        (429, {}, Fault.THROTTLED),
        (429, {"Retry-After": "60"}, Fault.THROTTLED),
        (503, {"Retry-After": "60"}, Fault.THROTTLED),
        (503, {}, Fault.REFUSED),
        (403, {"Retry-After": "60"}, Fault.REFUSED),
        (404, {}, Fault.REFUSED),
        (410, {}, Fault.GONE),
        (403, {"cf-mitigated": "challenge"}, Fault.BLOCKED),
        (429, {"cf-mitigated": "challenge", "Retry-After": "60"}, Fault.BLOCKED),
        (301, {}, Fault.REFUSED),
        (206, {}, Fault.REFUSED),
    ],
)
def test_a_refusal_is_of_a_kind(status: int, headers: dict[str, str], fault: Fault) -> None:
    with http_server(lambda _: Answer(status=status, headers=headers)) as server:
        error = refused(server.url)
        asked = timedelta(seconds=60) if "Retry-After" in headers else None
        assert (error.fault, error.status, error.retry_after) == (fault, status, asked)


def test_a_redirect_that_asks_for_a_pause_gets_it() -> None:
    arrived: list[float] = []

    def slowly(request: Request) -> Answer:
        arrived.append(monotonic())
        on = replace(sent_on("/b"), headers={"Location": "/b", "Retry-After": "1"})
        return on if request.path == "/a" else Answer(body=b"x")

    with http_server(slowly) as server:
        assert fetched(f"{server.url}/a").body == b"x"
        assert arrived[1] - arrived[0] >= 1


def test_a_redirect_that_asks_for_a_long_pause_is_left_for_another_poll() -> None:
    answer = Answer(status=302, headers={"Location": "/b", "Retry-After": "120"})
    with http_server(lambda _: answer) as server:
        error = refused(server.url)
        assert str(error) == "the server answered 302, asked to wait 120 s before it sends us on"
        assert (error.fault, error.retry_after) == (Fault.THROTTLED, timedelta(seconds=120))
        assert len(server.requests) == 1


# --- one at a time, with a pause between


class Crowd:
    """Answers, and remembers how many asked at once and when each answer was done."""

    def __init__(self) -> None:
        self.most, self._now, self._lock = 0, 0, threading.Lock()
        self.times: list[tuple[float, float]] = []

    def __call__(self, _request: Request) -> Answer:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            begun = monotonic()
        threading.Event().wait(0.01)
        with self._lock:
            self._now -= 1
            self.times.append((begun, monotonic()))
        return Answer(body=b"x")


def ask_many(server: HttpServer, gap: float) -> None:
    asking = fetcher(gap=gap)
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda number: fetched(f"{server.url}/{number}", asking=asking).body, range(8))
        assert list(answers) == [b"x"] * 8


def test_a_host_is_asked_one_thing_at_a_time() -> None:
    crowd = Crowd()
    with http_server(crowd) as server:
        ask_many(server, gap=0)
    assert (crowd.most, len(crowd.times)) == (1, 8)


def test_a_host_is_left_alone_for_the_gap_after_each_answer() -> None:
    crowd = Crowd()
    with http_server(crowd) as server:
        ask_many(server, gap=0.05)
    assert all(begun - done >= 0.05 for (_, done), (begun, _) in pairwise(crowd.times))


def test_hosts_do_not_wait_for_each_other() -> None:
    both = threading.Barrier(2, timeout=20)

    def together(_request: Request) -> Answer:
        both.wait()
        return Answer(body=b"x")

    with http_server(together) as server, ThreadPoolExecutor(2) as pool:
        asking = fetcher(gap=60)
        answers = pool.map(lambda url: fetched(url, asking=asking).body, (server.url, elsewhere(server)))
        assert list(answers) == [b"x", b"x"]


def test_a_redirect_takes_its_turn_at_the_host_it_leads_to() -> None:
    crowd = Crowd()
    with http_server(crowd) as target, http_server(lambda _: sent_on(f"{elsewhere(target)}/b")) as server:
        asking = fetcher(gap=0.05)
        for _ in range(3):
            fetched(server.url, asking=asking)
    assert all(begun - done >= 0.05 for (_, done), (begun, _) in pairwise(crowd.times))


def test_the_wait_for_a_turn_is_not_part_of_the_deadline() -> None:
    with http_server(by_path({"/a": sent_on("/b"), "/b": Answer(body=b"x")})) as server:
        asking = fetcher(timeout=1, gap=0.8)
        assert [fetched(f"{server.url}/a", asking=asking).body for _ in range(2)] == [b"x", b"x"]


def test_a_host_is_let_go_of_whatever_comes_of_the_request() -> None:
    asking = fetcher()
    with http_server(lambda _: Answer(hang_up=True)) as server:
        refused(server.url, asking)
        server.respond = lambda _: Answer(body=b"x")
        assert fetched(server.url, asking=asking).body == b"x"


def test_the_ports_of_a_host_are_one_publisher() -> None:
    turns = Turns(timedelta(), patience=timedelta(seconds=0.05))
    asking = fetcher()
    asking._turns = turns
    with http_server(lambda _: Answer(body=b"x")) as server, turns.turn("127.0.0.1"):
        assert refused(server.url, asking).fault is Fault.THROTTLED


def test_a_turn_that_does_not_come_asks_nobody_and_says_so() -> None:
    turns = Turns(timedelta(), patience=timedelta(seconds=0.05))
    with turns.turn("wire.example"), pytest.raises(FetchError) as caught, turns.turn("wire.example"):
        pass
    assert (caught.value.fault, caught.value.status) == (Fault.THROTTLED, None)
    assert str(caught.value) == ("wire.example: other polls of this host took 0.05 s; this one waits for its next turn")
    with turns.turn("wire.example"), turns.turn("other.example"):
        pass


def test_hosts_whose_pause_is_over_are_forgotten() -> None:
    turns = Turns(timedelta(seconds=0.001))
    for number in range(2_000):
        with turns.turn(f"wire-{number}.example"):
            pass
    threading.Event().wait(0.01)
    with turns.turn("last.example"):
        pass
    assert list(turns._hosts) == ["last.example"]


@given(gap=st.floats(0, 300), host=st.text(), number=st.integers(0))
def test_a_pause_is_the_gap_and_at_most_half_of_it_more(gap: float, host: str, number: int) -> None:
    assert gap <= pause(gap, host, number) <= 1.5 * gap
    assert pause(gap, host, number) == pause(gap, host, number)


def test_pauses_differ() -> None:
    assert len({pause(1, "wire.example", number) for number in range(100)}) > 90
