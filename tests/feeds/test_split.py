"""Documents taken apart by their bytes: nothing new may hide, whatever a document looks like."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.split import MOST_ITEMS, Split, only, outline, split

DOCUMENTS = Path(__file__).parents[1] / "data" / "documents"
SMUGGLED = (
    b"<item><title>New</title></item>",
    b"<entry><title>New</title></entry>",
    b"<ITEM><TITLE>New</TITLE></ITEM>",
    b"<a:item xmlns:a='http://purl.org/rss/1.0/'><title>New</title></a:item>",
    "<статья:item><title>New</title></статья:item>".encode(),
    b"<item/>",
    b"<item,><title>New</title>",
)
# Pieces of which documents of every brokenness can be made.
SCRAPS = st.sampled_from([
    b"<item>", b"</item>", b"<item rdf:about='x'>", b"<item/>", b"<entry>", b"</entry>", b"<Item>", b"</ITEM >",
    b"<items>", b"</items>", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<rss version='2.0'>", b"<channel>", b"<title>",
    b"</title>", b"</channel></rss>", b"<?xml version='1.0'?>", b"<a:item>", b"</a:item>", b"a", b"\n", b"<", b">",
    b"</", b"\xff", b"{",
])  # fmt: skip


def rss(*items: bytes, head: bytes = b"<title>Wire</title>") -> bytes:
    return b'<rss version="2.0"><channel>' + head + b"\n".join(items) + b"</channel></rss>"


def item(number: int) -> bytes:
    return b"<item><title>Report %d</title><guid>urn:%d</guid></item>" % (number, number)


def taken_apart(body: bytes) -> Split:
    parts = split(body)
    assert parts is not None
    return parts


def items_of(body: bytes) -> list[bytes]:
    return [body[start:end] for start, end in taken_apart(body).spans()]


def test_the_items_of_a_feed_are_found_with_their_tags() -> None:
    assert items_of(rss(item(1), item(2))) == [item(1), item(2)]


@pytest.mark.parametrize(
    "one",
    [
        b'<item rdf:about="https://wire.example/1"><title>One</title></item>',
        b"<item\n><title>One</title></item>",
        b"<item><title>One</title><description><![CDATA[An <item> or an <entry/>]]></description></item>",
        b"<item><title>One</title><media:item>x</media:item></item>",
    ],
)
def test_an_item_is_found_however_its_tag_is_written_and_whatever_is_in_it(one: bytes) -> None:
    assert items_of(rss(one, one)) == [one, one]


@pytest.mark.parametrize("name", [b"entry", b"atom:entry", b"ITEM", b"rss.1:item"])
def test_an_item_may_have_any_of_its_names(name: bytes) -> None:
    one = b"<" + name + b"><title>One</title></" + name + b">"
    assert items_of(b"<feed>" + one + b" " + one + b"</feed>") == [one, one]


def test_the_list_of_items_in_rdf_is_none_of_them() -> None:
    body = (DOCUMENTS / "rdf.xml").read_bytes()
    assert [found[:11] for found in items_of(body)] == [b"<item rdf:a"] * 5


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<rss><channel></channel></rss>",
        rss(item(1)).decode().encode("utf-16"),
        rss(item(1)).decode().encode("utf-16-le"),
        b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"content_html": "<item>x</item>"}]}',
        b'<!DOCTYPE rss [<!ENTITY wire "Example Wire">]>' + rss(item(1)),
        b'<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "rss-0.91.dtd">' + rss(item(1)),
        rss(item(1), b"<item><title>Cut"),
        rss(item(1), b"<entry><title>Mixed</title></entry>"),
        rss(item(1), b"<!-- <entry> -->"),
        rss(item(1), b"\0"),
        rss(b"</item>", item(1)),
        b"<urlset><url><loc>https://wire.example/1</loc></url>" + item(1) + b"</urlset>",
    ],
)
def test_what_is_uncertain_is_read_whole(body: bytes) -> None:
    assert split(body) is None
    assert outline(body) == b""


def test_an_end_of_an_item_inside_its_text_makes_the_document_one_to_read_whole() -> None:
    assert split(rss(b"<item><description><![CDATA[</item>]]></description></item>", item(2))) is None


def test_a_document_of_more_items_than_any_feed_has_is_read_whole() -> None:
    assert split(rss(*[b"<item>x</item>"] * (MOST_ITEMS + 1))) is None


@pytest.mark.parametrize(
    "head",
    [
        b"<title>Wire</title><lastBuildDate>Sat, 24 Aug 2024 12:00:00 GMT</lastBuildDate>",
        b"<title>Wire</title><!-- built in 0.3 s -->",
        b"<title>Wire</title><pubDate>Sat, 24 Aug 2024 12:00:00 GMT</pubDate><generator>4.1</generator>",
    ],
)
def test_the_date_at_which_a_feed_was_built_makes_it_no_other(head: bytes) -> None:
    assert taken_apart(rss(item(1), head=head)).frame == taken_apart(rss(item(1))).frame
    assert outline(rss(item(1), head=head)) == outline(rss(item(1)))


@pytest.mark.parametrize(
    "body",
    [
        rss(item(1)).replace(b"<channel>", b'<channel xml:lang="tr">'),
        rss(item(1)).replace(b"<rss ", b'<rss xml:base="https://other.example/" '),
        rss(item(1)).replace(b"<rss ", b'<rss xmlns:dc="http://purl.org/dc/elements/1.1/" '),
        rss(item(1)).replace(b'"2.0"', b'"0.91"'),
        b'<?xml version="1.0" encoding="iso-8859-9"?>' + rss(item(1)),
        rss(item(1), head=b"<title>Another Wire</title>"),
        rss(item(1), head=b"<title>Wire</title><language>tr</language>"),
        rss(item(1), head=b"<title>Wire</title><ttl>720</ttl>"),
        rss(item(1), head=b"<title>Wire</title><skipHours><hour>3</hour></skipHours>"),
        rss(item(1), head=b"<title>Wire</title><sy:updatePeriod>daily</sy:updatePeriod>"),
        rss(item(1)).replace(b"</channel>", b"<ttl>60</ttl></channel>"),
    ],
)
def test_what_changes_how_entries_are_read_or_when_changes_the_frame(body: bytes) -> None:
    assert taken_apart(body).frame != taken_apart(rss(item(1))).frame
    assert outline(body) != outline(rss(item(1)))


@pytest.mark.parametrize("name", sorted(path.name for path in DOCUMENTS.glob("*.xml")))
def test_a_document_is_its_items_and_what_is_around_them(name: str) -> None:
    body = (DOCUMENTS / name).read_bytes()
    parts = taken_apart(body)
    everything = range(len(parts.digests))
    assert only(body, parts.spans(), everything) == body
    without = only(body, parts.spans(), ())
    assert split(without) is None
    assert len(without) + sum(end - start for start, end in parts.spans()) == len(body)


@given(scraps=st.lists(SCRAPS, max_size=40))
def test_whatever_arrives_is_taken_apart_without_loss_or_not_at_all(scraps: list[bytes]) -> None:
    body = b"<r>" + b"".join(scraps)
    parts = split(body)
    if parts is None:
        return
    spans = parts.spans()
    assert only(body, spans, range(len(spans))) == body
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert len(parts.digests) == len(spans) > 0


@given(body=st.binary(max_size=200))
def test_no_bytes_make_it_fail(body: bytes) -> None:
    assert (split(body) is None) or outline(body)


@given(
    name=st.sampled_from(sorted(path.name for path in DOCUMENTS.glob("*.xml"))),
    where=st.floats(min_value=0, max_value=1),
    smuggled=st.sampled_from(SMUGGLED),
)
def test_an_item_is_noticed_wherever_it_comes_in(name: str, where: float, smuggled: bytes) -> None:
    # Inside a tag, a comment, another item: what is new is in a digest, or the document is read whole.
    body = (DOCUMENTS / name).read_bytes()
    before = taken_apart(body)
    at = int(where * len(body))
    altered = body[:at] + smuggled + body[at:]
    after = split(altered)
    assert after is None or not set(after.digests) <= set(before.digests)
    assert outline(altered) != outline(body)


def test_every_byte_of_every_item_counts() -> None:
    body = rss(item(1), item(2))
    spans = taken_apart(body).spans()
    for at in range(spans[0][0], spans[-1][1]):
        altered = body[:at] + b"~" + body[at + 1 :]
        assert outline(altered) != outline(body)


@pytest.mark.parametrize(
    "body",
    [
        b"<item>" * 1_500_000,
        b"<item>" + b"</item" * 1_500_000,
        b"<" + b"a" * 9_000_000,
        b"<a:" * 3_000_000,
        b"<title>" * 1_300_000 + item(1),
        item(1) + b"<x " + b"xmlns " * 1_500_000,
        item(1) + b"<![CDATA[" * 1_000_000,
        rss(b"<item>" + b"<items>" * 1_300_000 + b"</item>"),
    ],
)
def test_ten_megabytes_of_anything_end(body: bytes) -> None:
    # Quadratic time would outlast the time limit of a test.
    assert split(body) is None or outline(body)
