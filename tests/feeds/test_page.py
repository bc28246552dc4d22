"""The feeds that a web page names, whatever the page is made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.page import LONGEST_ADDRESS, MOST_ADDRESSES, Named, feeds_named, web_address

SITE = "https://www.site.example/news/today.html"
RSS = 'rel="alternate" type="application/rss+xml"'


def named(markup: str, url: str = SITE) -> Named:
    return feeds_named(markup.encode(), url)


def declared(markup: str) -> list[str]:
    return list(named(markup).declared)


def linked(markup: str) -> list[str]:
    return list(named(markup).linked)


# --- declared by link elements


@pytest.mark.parametrize(
    "element",
    [
        f'<link {RSS} href="/rss">',
        f'<link href="/rss" {RSS} title="News & more">',
        "<link href='/rss' type='application/rss+xml' rel='alternate'/>",
        "<link rel=alternate type=application/rss+xml href=/rss>",
        "<LINK REL=ALTERNATE TYPE=APPLICATION/RSS+XML HREF=/rss>",
        '<link\n rel = "alternate"\ttype\n=\n"application/rss+xml; charset=utf-8" href= "/rss" >',
        '<link rel="home alternate" type="application/atom+xml" href="/rss" />',
        '<link rel="alternate" type="application/feed+json" href="/rss">',
        '<link rel="feed" href="/rss">',
        f'<link {RSS} title="a > b" href="/rss">',
        f'<link {RSS} href="/rss" href="/second">',
        f'<link {RSS} href="https://www.site.example/rss#top">',
        f'<link {RSS} href="//www.site.example/rss">',
        f'<link {RSS} href=" ../rss ">',
        f'<link {RSS} href="&#47;rss">',
        f'<link {RSS} href="feed:https://www.site.example/rss">',
        f'<link {RSS} disabled crossorigin href="/rss">',
        f'<p>1 < 2 <link {RSS} href="/rss">',
        f'<!-- a --><link {RSS} href="/rss"><!-- b -->',
        f'<!-- never closed <link {RSS} href="/rss">',
        f'<script>var a = "<link>"</script><link {RSS} href="/rss">',
    ],
)
def test_a_link_element_declares_a_feed_however_it_is_written(element: str) -> None:
    assert declared(f"<!DOCTYPE html><html><head>{element}</head>") == ["https://www.site.example/rss"]


@pytest.mark.parametrize(
    "element",
    [
        f"<link {RSS}>",
        f'<link {RSS} href="">',
        f'<link {RSS} href="javascript:alert(1)">',
        f'<link {RSS} href="data:text/xml,x">',
        f'<link {RSS} href="file:///etc/passwd">',
        f'<link {RSS} href="http://[">',
        f'<link {RSS} href="http://a.example:99999/">',
        f'<link {RSS} href="https://user:secret@a.example/rss">',
        f'<link {RSS} href="/{"x" * LONGEST_ADDRESS}">',
        '<link rel="alternate" hreflang="tr" href="/tr">',
        '<link rel="alternate" type="application/json+oembed" href="/oembed">',
        '<link rel="alternate stylesheet" type="text/xml" href="/x">',
        '<link rel="stylesheet" type="text/css" href="/x">',
        f'<!-- <link {RSS} href="/rss"> -->',
        f"<script>'<link {RSS} href=\"/rss\">'</script>",
        f'<template><link {RSS} href="/rss"></template>',
        f'<textarea><link {RSS} href="/rss"></textarea>',
        f'<linkx {RSS} href="/rss">',
        f'</link {RSS} href="/rss">',
        f'<link {RSS} href="/rss"',
    ],
)
def test_what_declares_no_feed_that_can_be_asked_for_is_passed_over(element: str) -> None:
    assert declared(f"<html><head>{element}</head>") == []


def test_feeds_come_in_the_order_of_the_page_each_once() -> None:
    page = "".join(f'<link {RSS} href="{one}">' for one in ("/b", "/a", "https://www.site.example/b", "/c#x", "/c"))
    assert declared(page) == [f"https://www.site.example/{one}" for one in "bac"]


def test_the_first_base_counts_for_every_address_on_the_page() -> None:
    bases = '<base target="_top"><base href="https://cdn.example/x/"><base href="/y/">'
    page = f'<link {RSS} href="rss">{bases}<a href="feed">'
    assert named(page) == Named(declared=("https://cdn.example/x/rss",), linked=("https://cdn.example/x/feed",))


def test_a_base_that_is_no_web_address_is_passed_over() -> None:
    assert declared(f'<base href="javascript:x"><link {RSS} href="/rss">') == ["https://www.site.example/rss"]


@pytest.mark.parametrize(
    ("head", "content_type", "codec"),
    [
        ("", "text/html; charset=windows-1251", "cp1251"),
        ('<meta charset="windows-1251">', "text/html", "cp1251"),
        ("<meta http-equiv='Content-Type' content='text/html; charset=windows-1251'>", "", "cp1251"),
        ("", "text/html", "utf-8"),
        ("", "text/html", "utf-16"),
        ("", "text/html; charset=zlib", "utf-8"),
        ("", "text/html; charset=cp99999", "utf-8"),
    ],
)
def test_addresses_are_read_in_the_letters_of_the_page(head: str, content_type: str, codec: str) -> None:
    page = f'{head}<link {RSS} href="/новости/rss">'
    assert feeds_named(page.encode(codec), SITE, content_type).declared == ("https://www.site.example/новости/rss",)


# --- linked by anchors


@pytest.mark.parametrize(
    "href",
    [
        "/feed", "/feed/", "rss", "/rss.xml", "/world.rss", "/atom.xml", "/index.xml", "/feed.json", "/rss/world",
        "?feed=rss2",
        "/news?format=rss", "/feeds/posts/default", "/rss.xml?x=1", "/feed/?lang=tr",
        "/rss?a", "https://feeds.other.example/x", "//rss.other.example/",
        "feed://other.example/x", "/x.rdf", "/FEED/", "/a/feed#top",
    ],
)  # fmt: skip
def test_an_anchor_that_looks_like_a_feed_is_named(href: str) -> None:
    assert len(linked(f'<a class=x href="{href}">RSS</a>')) == 1


@pytest.mark.parametrize(
    "href",
    [
        "/feedback",
        "/",
        "/about-rss",
        "/rss.html",
        "mailto:feed@x.example",
        "javascript:feed()",
        "/news.xml.html",
        "#feed",
    ],
)
def test_other_anchors_are_not(href: str) -> None:
    assert linked(f'<a href="{href}">x</a><area href="/feed"><abbr href="/feed">') == []


def test_an_anchor_to_a_feed_that_is_declared_is_named_once() -> None:
    page = f'<a href="/rss">RSS</a><a href="/feed">more</a><link {RSS} href="/rss">'
    assert named(page) == Named(declared=("https://www.site.example/rss",), linked=("https://www.site.example/feed",))


def test_a_directory_of_feeds_is_read_up_to_its_limit() -> None:
    page = "".join(f'<a href="/{number}/feed">' for number in range(10_000))
    assert len(linked(page)) == MOST_ADDRESSES


# --- pages that mean harm

PIECES = (
    "<a ", '<a b="', "<a b='\"", "<!--", "-->", f"<link {RSS} ", "<script>", "<a href=1.rss>", "<a =", "= ", "='\"",
    "<",
    '<base href="/x/">', '<a href="//[/feed">', "&#", "x", " ", "\x00", "a=b ", '"',
    "<a href=&#" + "9" * 5_000 + ";/feed>",
)  # fmt: skip
SMALL = (*PIECES[:-1], ">", "href=", f"<link {RSS} href=/rss>", "<base href=//h/>")


@pytest.mark.parametrize("piece", PIECES, ids=[str(number) for number in range(len(PIECES))])
@pytest.mark.parametrize("before", ["", "<a ", '<link href="', "<!--"])
def test_a_long_page_of_nothing_is_read_to_its_end(piece: str, before: str) -> None:
    assert len(named(before + piece * (600_000 // len(piece)) + ">").declared) <= MOST_ADDRESSES


@given(st.lists(st.sampled_from(SMALL), max_size=30))
def test_every_address_that_is_named_is_one_that_can_be_asked_for(pieces: list[str]) -> None:
    found = named("".join(pieces))
    for address in (*found.declared, *found.linked):
        assert address == web_address(address)
        assert address.startswith(("http://", "https://"))


@given(st.binary(max_size=300), st.text(max_size=20))
def test_no_page_is_too_broken(body: bytes, content_type: str) -> None:
    assert isinstance(feeds_named(body, SITE, content_type), Named)
