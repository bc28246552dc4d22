"""Sitemaps for Google News, and sitemaps that are none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.feed import Fault
from monitor.errors import ParseError
from monitor.feeds.parse import LONGEST_FIELD, ParsedFeed, Source, parse

NAMESPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
)


def page(number: int, title: str) -> str:
    return (
        f"<url><loc>https://n.example/{number}</loc><news:news><news:publication><news:name>Wire</news:name>"
        f"<news:language>en</news:language></news:publication><news:publication_date>2024-08-23</news:publication_date>"
        f"<news:title>{title}</news:title></news:news></url>"
    )


def read(inside: str, *, head: str = "", root: str = "urlset", encoding: str = "utf-8") -> ParsedFeed:
    body = f"{head}<{root} {NAMESPACES}>{inside}</{root}>".encode(encoding)
    return parse(
        Source(url="https://n.example/news.xml", body=body, content_type=f"application/xml; charset={encoding}")
    )


def refused(inside: str, *, head: str = "", root: str = "urlset") -> ParseError:
    with pytest.raises(ParseError) as caught:
        read(inside, head=head, root=root)
    return caught.value


def test_pages_with_news_are_entries() -> None:
    one = read(page(1, "Patrols resume") + page(2, "<![CDATA[A <b>&amp;</b> B]]>"))
    assert [(entry.id, entry.title, entry.outlet, entry.language) for entry in one.entries] == [
        ("https://n.example/1", "Patrols resume", "Wire", "en"),
        ("https://n.example/2", "A & B", "Wire", "en"),
    ]
    assert one.title == "Wire"


def test_an_encoding_that_was_declared_is_kept_to() -> None:
    head = '<?xml version="1.0" encoding="windows-1251"?>'
    assert read(page(1, "Россия"), head=head, encoding="windows-1251").entries[0].title == "Россия"


def test_pages_without_news_are_counted() -> None:
    one = read(page(1, "A") + "<url><loc>https://n.example/about</loc></url>")
    assert (len(one.entries), one.skipped) == (1, 1)


def test_a_sitemap_without_news_says_what_to_subscribe_to() -> None:
    error = refused("<url><loc>https://n.example/about</loc></url>")
    assert error.fault is Fault.NO_FEED
    assert "no news" in str(error)


def test_an_index_names_the_sitemap_that_has_the_news() -> None:
    locations = ("https://n.example/pages.xml", "https://n.example/news.xml")
    inside = "".join(f"<sitemap><loc>{location}</loc></sitemap>" for location in locations)
    error = refused(inside, root="sitemapindex")
    assert error.fault is Fault.NO_FEED
    assert "https://n.example/news.xml" in str(error)


def test_what_stands_before_a_fault_is_read_and_the_fault_told() -> None:
    one = read(page(1, "A") + page(2, "B & C") + page(3, "D"))
    assert [entry.title for entry in one.entries] == ["A"]
    assert one.cut
    assert "broken" in one.notes[0]


def test_a_sitemap_broken_from_the_beginning_is_unreadable() -> None:
    assert refused("<url><loc>&").fault is Fault.UNREADABLE


@pytest.mark.parametrize(
    ("declaration", "text"),
    [
        ('<!ENTITY a "AAAA">', "&a;"),
        ('<!ENTITY x SYSTEM "file:///etc/hostname">', "&x;"),
        ('<!ENTITY % p SYSTEM "http://127.0.0.1:9/evil.dtd"> %p;', "A"),
    ],
)
def test_a_sitemap_with_entities_of_its_own_is_refused(declaration: str, text: str) -> None:
    error = refused(page(1, text), head=f"<!DOCTYPE urlset [{declaration}]>")
    assert error.fault is Fault.UNREADABLE


def test_deep_nesting_is_refused() -> None:
    assert refused("<a>" * 100_000).fault is Fault.UNREADABLE


def test_fields_have_a_length_and_links_lead_to_the_web() -> None:
    long = "long " * 10_000
    entries = read(page(1, long) + page(2, "B").replace("https://n.example/2", "javascript:alert(1)")).entries
    assert len(entries[0].title) <= LONGEST_FIELD
    assert [entry.link for entry in entries] == ["https://n.example/1", ""]


def test_a_feed_that_speaks_of_sitemaps_is_a_feed() -> None:
    item = b"<item><title>&lt;urlset&gt; <urlset></urlset></title></item>"
    body = b"<rss version='2.0'><channel><title>A</title>" + item + b"</channel></rss>"
    assert len(parse(Source(url="", body=body, content_type="")).entries) == 1


pieces = st.sampled_from(["<url>", "</url>", "<loc>", "</loc>", "<news:news>", "</news:news>", "<news:title>",
"</news:title>",
                          "&", "<![CDATA[", "]]>", "<!--", "-->", "A", "https://n.example/", "<sitemap>", "\x00",
                          "&#x0;"])  # fmt: skip


@given(inside=st.lists(pieces | st.text(max_size=6), max_size=20).map("".join))
@settings(deadline=None)
def test_whatever_stands_in_a_sitemap_it_gives_entries_or_an_error(inside: str) -> None:
    body = f"<urlset {NAMESPACES}>{page(1, 'A')}{inside}".encode("utf-8", "surrogatepass")
    feed = parse(Source(url="https://n.example/news.xml", body=body, content_type="application/xml"))
    assert feed.entries[0].title == "A"
