"""The main text of pages, by trafilatura: four languages, the encodings pages come in, and pages made to hurt."""

import logging
import multiprocessing
import resource
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.article import without_title
from monitor.feeds.article import LONGEST_PAGE, LONGEST_TEXT, decoded, is_available, is_page, main_text, prepare
from tests.feeds.pages import LANGUAGES, article_page

pytest.importorskip("trafilatura", reason="the extra is not installed: pip install 'wirewatch[fulltext]'")

URL = "https://news.example/a"
HTML = "text/html; charset=utf-8"
PARAGRAPH = "<p>Turkey and Russia have resumed joint patrols in northern Syria, the ministry said on Friday.</p>"
MEGABYTES = 1_000_000


def page(body: str) -> bytes:
    return f"<!DOCTYPE html><html><head><title>x</title></head><body>{body}</body></html>".encode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_of_an_article_is_all_of_it_and_nothing_else(language: str) -> None:
    one = article_page(language)
    text = main_text(URL, one.bytes(), HTML)
    assert without_title(text, one.title) == one.text
    assert [words for words in one.boilerplate if words in text] == []


@pytest.mark.parametrize(
    ("language", "encoding"),
    [("tr", "windows-1254"), ("tr", "iso-8859-9"), ("ru", "windows-1251"), ("ru", "koi8-r"), ("ar", "windows-1256"),
     ("en", "windows-1252")],
)  # fmt: skip
def test_letters_come_whole_from_the_encoding_a_page_declares(language: str, encoding: str) -> None:
    one = article_page(language)
    # No letter of these pages is missing from the encodings they are tried in, but quotes and signs may be.
    body = one.bytes("utf-8", encoding).decode().encode(encoding, "ignore")
    assert one.text.splitlines()[0] in main_text(URL, body, "text/html")


@pytest.mark.parametrize(
    ("content_type", "declared", "encoding"),
    [
        ("text/html; charset=windows-1254", "", "windows-1254"),
        ("text/html; charset=utf-8", "windows-1254", "windows-1254"),
        ("text/html; charset=iso-8859-1", "windows-1254", "utf-8"),
        ("text/html; charset=nonsense", "windows-1254", "windows-1254"),
        ("text/html; charset=idna", "punycode", "utf-8"),
        ('text/html; charset="windows-1254"', "utf-8", "windows-1254"),
        ("text/html", "iso-8859-9", "windows-1254"),
        ("text/html", "", "utf-8-sig"),
        ("text/html", "", "utf-16"),
    ],
)
def test_what_claims_an_encoding_it_is_not_in_is_not_believed(content_type: str, declared: str, encoding: str) -> None:
    one = article_page("tr")
    assert decoded(one.bytes(encoding, declared or "none"), content_type) == one.html.replace(
        "charset=utf-8", f"charset={declared or 'none'}"
    )


def test_a_russian_page_that_declares_nothing_is_guessed_right() -> None:
    one = article_page("ru")
    text = main_text(URL, one.bytes("windows-1251", "none").replace(b"charset=none", b""), "text/html")
    assert without_title(text, one.title) == one.text


def test_one_broken_letter_does_not_make_a_utf_8_page_something_else() -> None:
    one = article_page("ru")
    text = decoded(one.bytes().replace("десятимесячного".encode(), b"\xd0\xff"), HTML)
    assert "Турция и Россия возобновили" in text


def test_a_text_inside_a_layout_of_tables_is_found() -> None:
    cells = f"<tr><td width=150><a href=/>Home</a><br><a href=/news>News</a></td><td>{PARAGRAPH}</td></tr>"
    assert "resumed joint patrols" in main_text(URL, page(f"<table>{cells}</table>"), HTML)


@pytest.mark.parametrize(
    ("content_type", "body", "is_one"),
    [
        ("text/html", b"", True),
        ("Text/HTML; charset=utf-8", b"x", True),
        ("application/xhtml+xml", b"x", True),
        ("", b"  <!doctype html><html>", True),
        ("", b"%PDF-1.7", False),
        ("text/plain", b"<html><body>x", True),
        ("text/plain", b"no markup", False),
        ("application/pdf", b"<html>", False),
        ("application/json", b'{"html": "<p>"}', False),
        ("image/jpeg", b"\xff\xd8", False),
    ],
)
def test_a_page_is_told_by_its_type_or_its_looks(content_type: str, body: bytes, is_one: bool) -> None:
    assert is_page(content_type, body) is is_one


def limit_child() -> None:
    """What a process that reads hostile bytes gives up, once the extra is loaded."""
    prepare()
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
    resource.setrlimit(resource.RLIMIT_AS, (1_000 * MEGABYTES, 1_000 * MEGABYTES))
    sys.addaudithook(refuse)


def refuse(event: str, _: tuple[Any, ...]) -> None:
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.system", "ctypes.")):
        raise PermissionError(event)


@pytest.fixture(name="child", scope="module")
def _child() -> Iterator[ProcessPoolExecutor]:
    """A process with 60 s of CPU and 1 GB for all the pages it is given, and without sockets and programs."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), limit_child) as pool:
        yield pool


HOSTILE = {
    "five megabytes": page(PARAGRAPH + "<div>filler </div>" * 300_000),
    "nested too deep": page("<div>" * 100_000 + "text"),
    "nested lists": page("<ul><li>" * 20_000 + "text"),
    "no text": page("<div><img src=x></div>" * 5_000),
    "entities that multiply": b'<!DOCTYPE html [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>' + page("<p>&c;&c;&c;&c;</p>" * 1_000),
    "entities from a file": b'<!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + page("<p>&a;</p>"),
    "references to no character": page("<p>" + "&#x110000;&#55357;&#0;&bogus;" * 20_000 + "</p>"),
    "a short paragraph fifty thousand times": page("<p>short</p>" * 50_000),
    "one word": page("<p>" + "a" * 4_900_000),
    "only openings": page("<" * 500_000),
    "comments that never end": page("<!--" * 200_000),
    "zero bytes": page("\0" * 500_000),
    "nothing": b"",
    "a path": b"/etc/passwd",
    "an address": b"http://127.0.0.1:1/",
    "gzip": b"\x1f\x8b\x08" + b"\0" * 100,
    "claims utf-16": b"<html><head><meta charset=utf-16><body>" + PARAGRAPH.encode() * 3,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_takes_little_and_gives_text_or_nothing(name: str, child: ProcessPoolExecutor) -> None:
    text = child.submit(main_text, URL, HOSTILE[name], HTML).result(timeout=100)
    assert len(text) <= LONGEST_TEXT
    assert "root:" not in text
    assert "\0" not in text


def test_a_page_that_takes_too_long_ends_with_its_child_and_not_with_us() -> None:
    def one_second() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (1, 1))

    attributes = page("<p " + " ".join(f"a{number}=1" for number in range(150_000)) + ">x</p>")
    assert len(attributes) < LONGEST_PAGE
    # fork: the child inherits the limit as a closure.
    with (
        ProcessPoolExecutor(1, multiprocessing.get_context("fork"), one_second) as pool,
        pytest.raises(BrokenProcessPool),
    ):
        pool.submit(main_text, URL, attributes, HTML).result(timeout=100)


@given(st.binary(max_size=300), st.text(max_size=30))
@settings(max_examples=20)
def test_no_page_raises(body: bytes, content_type: str) -> None:
    assert isinstance(main_text(URL, b"<html><body><p>" + body, content_type), str)


@given(st.sampled_from(("http://[", "", "x", "https://a b/", "javascript:1")))
def test_no_address_raises(url: str) -> None:
    assert "resumed" in main_text(url, page(PARAGRAPH), HTML)


def test_nothing_is_said_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        main_text(URL, b"", HTML)
        main_text(URL, b"\xff\xfe\x00", "text/html")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_the_extra_is_known_to_be_there() -> None:
    assert is_available()
