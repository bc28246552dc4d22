"""robots.txt: what it allows, how long it holds, and what its absence means."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import FetchError
from monitor.feeds.robots import KEPT, LONGEST, LONGEST_DELAY, Permission, Robots, read
from tests.core.reading import NOON
from tests.feeds.asking import by_path, closed_port, elsewhere, fetcher, sent_on
from tests.support.http import Answer, HttpServer, http_server

SITE = "https://news.example"


def allowed(lines: str, path: str) -> bool:
    return read(lines.encode()).allow(SITE + path)


@pytest.mark.parametrize(
    ("lines", "path", "may"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /private/", "/private/a", False),
        ("User-agent: *\nDisallow: /private/", "/privately", True),
        ("User-agent: *\nDisallow: private/", "/private/a", False),
        ("User-agent: *\nDisallow: /Private", "/private", True),
        ("User-agent: *\nDisallow: /news\nAllow: /news/2024/", "/news/2024/a", True),
        ("User-agent: *\nAllow: /news/2024/\nDisallow: /news", "/news/2023/a", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
        ("User-agent: *\nDisallow: /*?print=", "/news/a?print=1", False),
        ("User-agent: *\nDisallow: /*?print=", "/news/a?page=1", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/news/a.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/news/a.pdf?x=1", True),
        ("User-agent: *\nDisallow: /a$", "/a", False),
        ("User-agent: *\nDisallow: /a$", "/ab", True),
        ("User-agent: *\nDisallow: *", "/a", False),
        ("User-agent: *\nDisallow: /haber/sınır", "/haber/s%C4%B1n%C4%B1r-hatti", False),
        ("User-agent: *\nDisallow: /%7Eme", "/~me/a", False),
        ("User-agent: *\r\nDisallow: /a\r\n", "/a", False),
        ("\ufeffUser-agent: *\nDisallow: /a", "/a", False),
        ("USER-AGENT : *\ndisallow : /a # not this one", "/a", False),
        ("Disallow: /", "/a", True),
        ("User-agent: *\nSitemap: https://news.example/s.xml\nDisallow: /a", "/a", False),
        ("<!DOCTYPE html><html><body>User-agent: *<p>Disallow: /</body></html>", "/a", True),
    ],
)
def test_a_page_is_allowed_or_not_as_rfc_9309_says(lines: str, path: str, may: bool) -> None:
    assert allowed(lines, path) is may


@pytest.mark.parametrize(
    ("lines", "may"),
    [
        ("User-agent: *\nDisallow: /\n\nUser-agent: wirewatch\nAllow: /", True),
        ("User-agent: WireWatch/2.0\nDisallow: /\n\nUser-agent: *\nAllow: /", False),
        ("User-agent: other\nUser-agent: wirewatch\nDisallow: /", False),
        ("User-agent: other\n\nUser-agent: wirewatch\n\nDisallow: /", False),
        ("User-agent: wirewatch-next\nDisallow: /", True),
        ("User-agent: wire\nDisallow: /", True),
        (
            "User-agent: wirewatch\nAllow: /b\n\nUser-agent: *\nDisallow: /\n\nUser-agent: wirewatch\nDisallow: /a",
            False,
        ),
        ("User-agent: other\nCrawl-delay: 5\nUser-agent: *\nDisallow: /", False),
        ("User-agent: 360\nDisallow: /", True),
    ],
)
def test_the_group_that_names_us_counts_and_else_the_one_for_all(lines: str, may: bool) -> None:
    assert allowed(lines, "/a") is may


@pytest.mark.parametrize(
    ("value", "seconds"), [("10", 10.0), ("0.5", 0.5), ("", 0.0), ("-3", 0.0), ("often", 0.0), ("1e9", 0.0)]
)
def test_a_crawl_delay_is_read_in_seconds(value: str, seconds: float) -> None:
    assert read(f"User-agent: *\nCrawl-delay: {value}".encode()).delay == timedelta(seconds=seconds)


def test_a_crawl_delay_is_honoured_up_to_ten_minutes() -> None:
    assert read(b"User-agent: *\nCrawl-delay: 86400").delay == LONGEST_DELAY == timedelta(minutes=10)


def test_what_comes_behind_the_first_half_megabyte_is_not_read_nor_is_half_a_line() -> None:
    padding = b"#" * (LONGEST - len(b"User-agent: *\n\nDisallow: /"))
    body = b"User-agent: *\n" + padding + b"\nDisallow: /private\nDisallow: /a"
    assert read(body).patterns == ()


def test_a_pattern_of_half_a_megabyte_of_stars_is_no_trap() -> None:
    body = b"User-agent: *\nDisallow: /" + b"*a" * 250_000
    assert read(body).allow(SITE + "/" + "a" * 2_000)


@given(st.binary(max_size=400), st.text(max_size=40))
def test_no_file_and_no_address_is_too_strange(body: bytes, path: str) -> None:
    assert read(b"User-agent: *\n" + body).allow(f"{SITE}/{path}") in {True, False}


@given(st.lists(st.sampled_from(["/", "a", "b", "*"]), max_size=6), st.text("/ab", max_size=8), st.booleans())
def test_a_pattern_fits_what_the_same_regular_expression_fits(pieces: list[str], path: str, anchored: bool) -> None:
    pattern = "/" + "".join(pieces)
    lines = f"User-agent: *\nDisallow: {pattern}{'$' if anchored else ''}"
    same = re.match(re.escape(pattern).replace(r"\*", ".*") + ("$" if anchored else ""), "/" + path)
    assert allowed(lines, "/" + path) is (same is None)


@pytest.fixture
def robots() -> Robots:
    return Robots(fetcher())


def answering(answer: Answer) -> Callable[[object], Answer]:
    return lambda _: answer


def ask(robots: Robots, server: HttpServer, path: str = "/a", after: timedelta = timedelta()) -> Permission:
    return robots.ask(server.url + path, NOON + after)


def test_the_file_is_asked_for_once_a_day(robots: Robots) -> None:
    with http_server(by_path({"/robots.txt": Answer(body=b"User-agent: *\nDisallow: /a")})) as server:
        assert not ask(robots, server).allowed
        assert ask(robots, server, "/b", KEPT - timedelta(seconds=1)).allowed
        assert [request.path for request in server.requests] == ["/robots.txt"]
        server.respond = by_path({"/robots.txt": Answer(body=b"")})
        assert ask(robots, server, "/a", KEPT).allowed
        assert [request.path for request in server.requests] == ["/robots.txt"] * 2


def test_a_refusal_says_why(robots: Robots) -> None:
    with http_server(by_path({"/robots.txt": Answer(body=b"User-agent: wirewatch\nDisallow: /")})) as server:
        assert ask(robots, server).why == "robots.txt forbids this page"


@pytest.mark.parametrize("status", [400, 404, 410, 451])
def test_where_there_is_no_file_everything_is_allowed(robots: Robots, status: int) -> None:
    with http_server(answering(Answer(status=status))) as server:
        assert ask(robots, server) == Permission(allowed=True)
        assert ask(robots, server) == Permission(allowed=True)
        assert len(server.requests) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_host_that_refuses_even_this_file_is_not_asked_for_pages(robots: Robots, status: int) -> None:
    with http_server(answering(Answer(status=status))) as server:
        assert not ask(robots, server).allowed
        assert str(status) in ask(robots, server).why
        assert len(server.requests) == 1


@pytest.mark.parametrize("answer", [Answer(status=500), Answer(status=503), Answer(status=429), Answer(hang_up=True)])
def test_a_host_in_trouble_is_not_asked_now_but_later(robots: Robots, answer: Answer) -> None:
    with http_server(answering(answer)) as server:
        with pytest.raises(FetchError, match=r"robots\.txt cannot be read now"):
            ask(robots, server)
        server.respond = by_path({})
        assert ask(robots, server).allowed


def test_a_host_that_asks_us_to_wait_is_believed(robots: Robots) -> None:
    with (
        http_server(answering(Answer(status=503, headers={"Retry-After": "600"}))) as server,
        pytest.raises(FetchError) as caught,
    ):
        ask(robots, server)
    assert caught.value.retry_after == timedelta(minutes=10)


def test_nothing_listens_and_nothing_is_concluded(robots: Robots) -> None:
    with pytest.raises(FetchError, match="connection refused"):
        robots.ask(f"http://127.0.0.1:{closed_port()}/a", NOON)


def test_a_file_that_moved_is_followed_and_holds_for_the_host_that_was_asked(robots: Robots) -> None:
    with (
        http_server(by_path({"/robots.txt": Answer(body=b"User-agent: *\nDisallow: /a")})) as there,
        http_server(answering(sent_on(f"{there.url}/robots.txt", 301))) as here,
    ):
        assert not ask(robots, here).allowed


def test_each_host_has_a_file_of_its_own(robots: Robots) -> None:
    def by_host(request: object) -> Answer:
        host = getattr(request, "headers", {}).get("Host", "")
        return Answer(body=b"User-agent: *\nDisallow: /") if host.startswith("localhost") else Answer(status=404)

    with http_server(by_host) as server:
        assert ask(robots, server).allowed
        assert not robots.ask(elsewhere(server) + "/a", NOON).allowed


def test_the_host_that_was_not_asked_for_longest_is_forgotten_first() -> None:
    robots = Robots(fetcher(), hosts=1)
    with http_server(by_path({})) as server:
        for url in (server.url, server.url.upper().replace("HTTP", "http"), elsewhere(server), server.url):
            assert robots.ask(f"{url}/a", NOON).allowed
        assert len(server.requests) == 3
