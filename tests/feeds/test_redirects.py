"""Redirects: followed within bounds, and what another host is told, or not told."""

import pytest

from monitor.core.feed import Validators
from monitor.feeds.fetch import MOST_REDIRECTS
from tests.feeds.asking import NONE, by_path, elsewhere, fetched, refused, sent_on
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
        assert str(refused(server.url)) == f"redirected to {target.partition(':')[0]}:, which is not followed"


@pytest.mark.parametrize(
    "target",
    ["http://", "http:///feed.xml", "http://[::1", "http://a b/", "http://localhost:99999/", "http://localhost:x/",
     "//", "http://%zz/", "http://*.invalid/", "http://.invalid/", f"http://{'a' * 70}.invalid/"],
)  # fmt: skip
def test_a_redirect_to_nowhere_is_an_error_like_others(target: str) -> None:
    with http_server(lambda _: sent_on(target)) as server:
        assert refused(server.url).status is None


def test_a_redirect_to_an_address_in_plain_utf_8_is_followed() -> None:
    # http.client reads headers as Latin-1.
    target = "/новости.xml".encode().decode("latin-1")
    path = "/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8.xml"
    with http_server(by_path({"/a": sent_on(target), path: Answer(body=b"x")})) as server:
        assert fetched(f"{server.url}/a").body == b"x"


def test_a_redirect_without_an_address_is_an_error() -> None:
    with http_server(lambda _: Answer(status=302)) as server:
        assert refused(server.url).status == 302
