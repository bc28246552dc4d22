"""What a hostile server can do to the fetcher: every attack ends soon, in bounded memory, as one error of one line.

Addresses and names are in test_guard.py, drips in test_deadline.py, what is hidden inside a feed in the parser's tests.
"""

import gzip
import socket
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest
from backports import zstd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.core.feed import Fault
from monitor.errors import FetchError
from monitor.feeds import address
from tests.core.reading import NOON
from tests.feeds.asking import NONE, by_path, fetched, fetcher, refused, sent_on
from tests.feeds.raw import Conversation, raw_server
from tests.support.http import Answer, http_server

MEGABYTE = b"\0" * 1_000_000


# --- bombs


def packed_by(packer: object, pieces: Iterator[bytes]) -> bytes:
    """What a packer of the standard library's kind makes of a stream."""
    compress, flush = packer.compress, packer.flush  # type: ignore[attr-defined]
    return b"".join([*map(compress, pieces), flush()])


def megabytes(number: int) -> Iterator[bytes]:
    return islice(iter(lambda: MEGABYTE, b""), number)


@cache
def gzip_bomb() -> bytes:
    return packed_by(zlib.compressobj(wbits=31), megabytes(400))


@cache
def zstd_bomb() -> bytes:
    return packed_by(zstd.ZstdCompressor(), megabytes(400))


@cache
def brotli_bomb() -> bytes:
    packer = brotli.Compressor(quality=3)
    return b"".join([*map(packer.process, megabytes(400)), packer.finish()])


BOMBS: dict[str, Callable[[], bytes]] = {
    "gzip": gzip_bomb,
    "deflate": lambda: packed_by(zlib.compressobj(), megabytes(400)),
    "br": brotli_bomb,
    "zstd": zstd_bomb,
    "gzip, gzip": lambda: gzip.compress(gzip_bomb()),
    "zstd, br": lambda: brotli.compress(zstd_bomb()),
    "gzip, gzip, gzip, gzip, gzip": lambda: gzip.compress(gzip.compress(gzip.compress(gzip.compress(gzip_bomb())))),
}
# In a process of its own, so that what the test itself holds is not counted: prints the growth in kilobytes.
VICTIM = """
import resource, sys
from tests.feeds.asking import NONE, NOON, fetcher
from monitor.errors import FetchError
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
asking = fetcher(max_bytes=5_000_000)
asking.fetch(sys.argv[1] + "/small", NONE, NOON)
before = peak()
try:
    asking.fetch(sys.argv[1] + "/bomb", NONE, NOON)
except FetchError as error:
    print(peak() - before, error)
"""


@pytest.mark.parametrize(
    ("encoding", "chunked"), [*((encoding, False) for encoding in BOMBS), ("gzip", True), ("br", True), ("zstd", True)]
)
def test_a_bomb_of_four_hundred_megabytes_goes_off_in_a_few(encoding: str, *, chunked: bool) -> None:
    bomb = BOMBS[encoding]()
    assert len(bomb) < 500_000
    headers = {"Content-Encoding": encoding}
    if chunked:
        headers["Transfer-Encoding"] = "chunked"
        bomb = b"%x\r\n%s\r\n0\r\n\r\n" % (len(bomb), bomb)
    small = Answer(body=gzip.compress(b"x" * 1_000_000), headers={"Content-Encoding": "gzip"})
    with http_server(by_path({"/small": small, "/bomb": Answer(body=bomb, headers=headers)})) as server:
        ran = subprocess.run(
            [sys.executable, "-c", VICTIM, server.url],
            capture_output=True,
            text=True,
            check=True,
            timeout=100,
            cwd=Path(__file__).parents[2],
        )
    grown, _, said = ran.stdout.partition(" ")
    assert said.strip() == "the body is larger than 5,000,000 bytes (polling.max_bytes)"
    assert int(grown) < 40_000


def test_more_wrappings_than_five_are_not_unwrapped() -> None:
    body = b"x"
    for _ in range(6):
        body = gzip.compress(body)
    with http_server(lambda _: Answer(body=body, headers={"Content-Encoding": ", ".join(["gzip"] * 6)})) as server:
        assert refused(server.url).fault is Fault.UNREADABLE


def test_a_bomb_on_a_page_that_refuses_does_not_go_off() -> None:
    with http_server(lambda _: Answer(status=403, body=gzip_bomb(), headers={"Content-Encoding": "gzip"})) as server:
        assert str(refused(server.url)) == "the server answered 403 Forbidden"


# --- floods


def floods_with_headers(one: Conversation) -> None:
    one.hear()
    one.say(b"HTTP/1.1 200 OK\r\n")
    for number in range(100_000):
        one.say(b"X-%d: %d\r\n" % (number, number))
    one.say(b"\r\nx")


def floods_with_one_header(one: Conversation) -> None:
    one.hear()
    one.say(b"HTTP/1.1 200 OK\r\nX-Padding: " + b"x" * 10_000_000 + b"\r\n\r\nx")


def floods_with_a_status(one: Conversation) -> None:
    one.hear()
    one.say(b"HTTP/1.1 200 " + b"OK" * 5_000_000 + b"\r\n\r\nx")


def floods_with_promises(one: Conversation) -> None:
    one.hear()
    while True:
        one.say(b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000)


def floods_with_trailers(one: Conversation) -> None:
    one.hear()
    one.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n")
    while True:
        one.say(b"X-Padding: x\r\n" * 1_000)


def floods_with_one_chunk_length(one: Conversation) -> None:
    one.hear()
    one.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * 10_000_000)


def floods_a_redirect(one: Conversation) -> None:
    one.hear()
    one.say(b"HTTP/1.1 302 Found\r\nLocation: /feed.xml\r\n\r\n")
    while True:
        one.say(b"x" * 100_000)


@pytest.mark.parametrize(
    "talk",
    [
        floods_with_headers,
        floods_with_one_header,
        floods_with_a_status,
        floods_with_promises,
        floods_with_trailers,
        floods_with_one_chunk_length,
        floods_a_redirect,
    ],
)
def test_a_flood_ends_at_a_limit_or_at_the_deadline(talk: Callable[[Conversation], None]) -> None:
    with raw_server(talk) as server:
        error = refused(server.url, fetcher(timeout=1))
        assert "\n" not in str(error)
        assert len(str(error)) < 200


def test_redirects_without_end_end_after_five() -> None:
    with http_server(lambda request: sent_on(f"{request.path}x")) as server:
        error = refused(f"{server.url}/")
        assert error.fault is Fault.FORBIDDEN
        assert len(server.requests) == 6


# --- words


@pytest.mark.parametrize(
    "body", [b"/etc/passwd", str(Path(__file__)).encode(), b"file:///etc/passwd", b"http://[::1]/"]
)
def test_a_body_that_is_a_path_is_that_path_and_nothing_else(body: bytes) -> None:
    with http_server(lambda _: Answer(body=body)) as server:
        assert fetched(server.url).body == body


HOSTILE = [
    "\x1b[2J", "\x00", "a\tb", "é" * 50, "=?utf-8?q?a=0D=0Ab?=", "%s%n{0}", "9" * 400, "-1", "\x85", "\xa0", " ", ",",
    ";", '"', "Fri, 31 Dec 9999 23:59:59 -2359", "0x10", "1e9", "nan", "inf", "²", "max-age=\x1b", "W/", "https:",
    "//",
]  # fmt: skip
NAMES = [
    "Retry-After", "Expires", "Date", "Age", "Cache-Control", "Location", "ETag", "Last-Modified", "Content-Type",
    "Content-Encoding", "Content-Length", "Transfer-Encoding", "Connection", "Set-Cookie", "cf-mitigated", "Refresh",
]  # fmt: skip


def saying(answers: list[bytes]) -> Callable[[Conversation], None]:
    """A talk that says what the number in the path counts out, and nothing to any other path."""
    by_path = {b"/%d" % number: answer for number, answer in enumerate(answers)}

    def talk(one: Conversation) -> None:
        asked = one.hear().split()
        one.say(by_path.get(asked[1], b"") if asked else b"")

    return talk


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("status", [200, 302, 403])
def test_no_header_brings_more_than_an_error_of_one_line(name: str, status: int) -> None:
    answers = [f"HTTP/1.1 {status} OK\r\n{name}: {value}\r\n\r\nx".encode("latin-1") for value in HOSTILE]
    told, asking = [], fetcher(timeout=5)
    with raw_server(saying(answers)) as server:
        for number in range(len(answers)):
            try:
                found = asking.fetch(f"{server.origin}/{number}", NONE, NOON)
            except FetchError as error:
                told.append(str(error))
            else:
                told.append(repr(found))
    assert len(told) == len(HOSTILE)
    assert all(said.isprintable() and len(said) < 1_000 for said in told)


def test_the_words_of_a_status_line_are_not_repeated() -> None:
    def talk(one: Conversation) -> None:
        one.hear()
        one.say(b"HTTP/1.1 500 \x1b[31mRed\r\nContent-Length: 0\r\n\r\n")

    with raw_server(talk) as server:
        assert str(refused(server.url)) == "the server answered 500 Internal Server Error"


@settings(max_examples=500)
@given(location=st.text() | st.text(alphabet="htps:/[]@%.#?0123456789\\ \t\x1b\x85é", max_size=40))
@example(location="http://[::1")
@example(location="http://[v1.x]/")
@example(location="http://\u2100.example/")
@example(location="//user:pass@@@/")
@example(location="http://a:99999999999/")
@example(location="http://" + "a" * 100_000)
def test_wherever_a_redirect_leads_it_is_an_address_of_the_web_or_an_error(location: str) -> None:
    said = ""
    try:
        found = address.read(address.joined("https://wire.example/feed.xml", location))
    except FetchError as error:
        said = f"{error.fault}: {error}"
    else:
        assert found.url.startswith(("http://", "https://"))
        assert "@" not in found.site
    assert said.isprintable()
    assert not said or said.startswith("forbidden: a redirect leads astray: ")


def test_an_answer_that_breaks_off_at_any_byte_is_none() -> None:
    whole = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: "a"\r\n\r\nok'
    with raw_server(saying([whole[:length] for length in range(len(whole) + 1)])) as server:
        for length in range(len(whole)):
            error = refused(f"{server.origin}/{length}")
            assert (error.fault, error.status) == (Fault.NO_ANSWER, None)
        assert fetched(f"{server.origin}/{len(whole)}").body == b"ok"


def test_a_server_that_resets_is_an_error() -> None:
    def talk(one: Conversation) -> None:
        one.hear()
        one._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with raw_server(talk) as server:
        assert refused(server.url).fault is Fault.NO_ANSWER
