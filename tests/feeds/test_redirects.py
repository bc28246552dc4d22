"""Redirects: followed within bounds, and what another host is told, or not told."""

import pytest

from monitor.core.feed import Fault, Validators
from monitor.feeds.address import read
from monitor.feeds.fetch import MOST_REDIRECTS
from tests.core.reading import NOON
from tests.feeds.asking import NONE, by_path, elsewhere, fetched, fetcher, refused, sent_on
from tests.feeds.raw import Conversation, raw_server
from tests.support.http import Answer, http_server


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_and_the_last_address_is_told(status: int) -> None:
    with http_server(by_path({"/a": sent_on("b?c=1", status), "/b?c=1": Answer(body=b"x")})) as server:
        found = fetched(f"{server.url}/a")
        assert (found.url, found.body) == (f"{server.url}/b?c=1", b"x")


def test_five_redirects_are_followed_and_six_are_not() -> None:
    chain = {f"/{number}": sent_on(f"/{number + 1}") for number in range(6)}
    with http_server(by_path({**chain, "/6": Answer(body=b"x")})) as server:
        assert fetched(f"{server.url}/1").body == b"x"
        assert "more than 5 redirects" in str(refused(f"{server.url}/0"))


def test_a_redirect_in_a_circle_ends() -> None:
    with http_server(by_path({"/a": sent_on("/a")})) as server:
        assert "more than 5 redirects" in str(refused(f"{server.url}/a"))
        assert len(server.requests) == MOST_REDIRECTS + 1


def test_validators_follow_a_redirect_on_their_host_and_never_to_another() -> None:
    with http_server(lambda _: Answer(body=b"x")) as server:
        routes = {"/same": "/b", "/other": f"{elsewhere(server)}/b"}
        server.respond = lambda request: sent_on(routes[request.path]) if request.path in routes else Answer(body=b"x")
        known = Validators(etag='"a"', last_modified="Fri, 23 Aug 2024 13:10:00 GMT")
        fetched(f"{server.url}/same", known)
        fetched(f"{server.url}/other", known)
        asked = [(request.headers["Host"], request.headers.get("If-None-Match")) for request in server.requests]
        here, there = f"127.0.0.1:{server.port}", f"localhost:{server.port}"
        assert asked == [(here, '"a"'), (here, '"a"'), (here, '"a"'), (there, None)]
        assert "If-Modified-Since" not in server.requests[3].headers


def test_validators_of_another_host_are_not_kept_for_the_address_that_led_there() -> None:
    answer = Answer(body=b"x", headers={"ETag": '"a"', "Last-Modified": "Fri, 23 Aug 2024 13:10:00 GMT"})
    with http_server(lambda _: answer) as server:
        routes = {"/same": "/b", "/other": f"{elsewhere(server)}/b"}
        server.respond = lambda request: sent_on(routes[request.path]) if request.path in routes else answer
        assert fetched(f"{server.url}/same").validators.etag == '"a"'
        assert fetched(f"{server.url}/other").validators == NONE


@pytest.mark.parametrize(
    "target", ["ftp://127.0.0.1/feed.xml", "file:///etc/passwd", "data:text/xml,<rss/>", "javascript:1"]
)
def test_a_redirect_away_from_the_web_is_refused(target: str) -> None:
    with http_server(lambda _: sent_on(target)) as server:
        error = refused(server.url)
        said = f"{target.partition(':')[0]}: is not fetched, only http: and https:"
        assert (error.fault, str(error)) == (Fault.FORBIDDEN, f"a redirect leads astray: {said}")


@pytest.mark.parametrize(
    "target",
    ["http://", "http:///feed.xml", "http://[::1", "http://a b/", "http://localhost:99999/", "http://localhost:x/",
     "//", "http://%zz/", "http://*.invalid/", "http://.invalid/", f"http://{'a' * 70}.invalid/"],
)  # fmt: skip
def test_a_redirect_to_nowhere_is_an_error_like_others(target: str) -> None:
    with http_server(lambda _: sent_on(target)) as server:
        error = refused(server.url)
        assert error.fault in {Fault.FORBIDDEN, Fault.NO_ANSWER}
        assert "redirect" in str(error)


def test_a_redirect_to_an_address_in_plain_utf_8_is_followed() -> None:
    # http.client reads headers as Latin-1.
    target = "/новости.xml".encode().decode("latin-1")
    path = "/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8.xml"
    with http_server(by_path({"/a": sent_on(target), path: Answer(body=b"x")})) as server:
        assert fetched(f"{server.url}/a").body == b"x"


@pytest.mark.parametrize(
    ("statuses", "moved"), [([301], True), ([308], True), ([301, 308, 301], True), ([302], False), ([301, 307], False),
                            ([303, 301], False), ([], False)],
)  # fmt: skip
@pytest.mark.parametrize("known", [NONE, Validators(etag='"a"')])
def test_a_feed_has_moved_where_every_hop_is_for_good(statuses: list[int], known: Validators, *, moved: bool) -> None:
    end = f"/{len(statuses)}"
    chain = {f"/{number}": sent_on(f"/{number + 1}#top", status) for number, status in enumerate(statuses)}
    last = Answer(body=b"x") if known == NONE else Answer(status=304)
    with http_server(by_path({**chain, end: last})) as server:
        found = fetcher().fetch(f"{server.url}/0", known, NOON)
        assert found.moved_to == (f"{server.url}{end}" if moved else "")


def test_a_feed_that_moved_to_an_error_has_not_moved() -> None:
    with http_server(by_path({"/a": sent_on("/b", 301)})) as server:
        assert refused(f"{server.url}/a").status == 404


def test_a_feed_that_is_asked_with_a_password_does_not_move_without_it() -> None:
    with http_server(by_path({"/a": sent_on("/b", 301), "/b": Answer(body=b"x")})) as server:
        found = fetched(f"http://duty:s3cr3t@127.0.0.1:{server.port}/a")
        assert (found.url, found.moved_to) == (f"{server.url}/b", "")


def test_a_password_in_the_address_a_feed_moved_to_is_not_told() -> None:
    with http_server(by_path({"/b": Answer(body=b"x")})) as server:
        target = f"http://duty:s3cr3t@127.0.0.1:{server.port}/b"
        server.respond = lambda request: Answer(body=b"x") if request.path == "/b" else sent_on(target, 301)
        assert fetched(f"{server.url}/a").moved_to == f"{server.url}/b"


def test_the_validators_of_a_feed_that_moved_to_another_host_are_not_kept() -> None:
    with http_server(lambda _: Answer(body=b"x", headers={"ETag": '"a"'})) as server:
        target = f"{elsewhere(server)}/b"
        answer = server.respond
        server.respond = lambda request: sent_on(target, 301) if request.path == "/a" else answer(request)
        found = fetched(f"{server.url}/a")
        assert (found.moved_to, found.validators) == (target, NONE)


def test_the_standard_port_makes_no_other_host_of_a_host() -> None:
    assert read("http://Wire.Example:80/a").site == read("https://wire.example/b").site == "wire.example"
    assert read("http://wire.example:443/").site == "wire.example:443"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer(status=503), "the server answered 503 Service Unavailable"),
        (Answer(hang_up=True), "the server hung up without an answer"),
        (Answer(body=b"x" * 2_000_000), "the body is larger than 1,000,000 bytes (polling.max_bytes)"),
    ],
)
def test_an_error_after_a_redirect_names_the_host_that_failed(answer: Answer, says: str) -> None:
    with http_server(lambda _: answer) as target, http_server(lambda _: sent_on(elsewhere(target))) as server:
        assert str(refused(server.url)) == f"redirected to localhost:{target.port}: {says}"


def test_a_connection_is_kept_over_redirects() -> None:
    def talk(one: Conversation) -> None:
        while head := one.hear():
            sent = b"302 Found\r\nLocation: /b" if b"GET /feed.xml" in head else b"200 OK"
            one.say(b"HTTP/1.1 %s\r\nContent-Length: 1\r\n\r\nx" % sent)

    with raw_server(talk) as server:
        asking = fetcher()
        assert [fetched(server.url, asking=asking).body for _ in range(2)] == [b"x", b"x"]
        assert server.connections == 1


def test_an_address_without_end_is_not_asked() -> None:
    with http_server(lambda _: sent_on(f"/{'a' * 10_000}")) as server:
        error = refused(server.url)
        assert error.fault is Fault.FORBIDDEN
        assert str(error).endswith("characters is not asked")
        assert len(server.requests) == 1


def test_a_redirect_without_an_address_is_an_error() -> None:
    with http_server(lambda _: Answer(status=302)) as server:
        assert refused(server.url).status == 302
