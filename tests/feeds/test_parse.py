"""Bytes to entries: one data folder for each quirk, and bodies that are no feed, or a hostile one.

tests/data/feeds/<case>/ holds feed.xml as it would be fetched, headers.txt (Content-Location is the address it came
from), entries.json (what is read from it; a field that is left out is empty) and README (what it shows).
"""

import json
import os
import time
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from email import message_from_string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.entry import ParsedEntry, fingerprint, identities
from monitor.errors import ParseError
from monitor.feeds.encoding import settle
from monitor.feeds.parse import LONGEST_CONTENT, LONGEST_FIELD, ParsedFeed, Source, parse

CASES = Path(__file__).parents[1] / "data" / "feeds"
HOSTILE = Path(os.environ.get("WIREWATCH_SHARED_DATA", "/work/shared/data")) / "feeds" / "hostile"
ADDRESS = "https://wire.example/feeds/world.xml"


def parsed(body: bytes, content_type: str = "application/rss+xml", url: str = ADDRESS) -> ParsedFeed:
    settled = settle(body, content_type, language="", encoding="")
    return parse(Source(url=url, body=settled.body, content_type=settled.content_type))


def refused(body: bytes, content_type: str = "application/rss+xml") -> str:
    with pytest.raises(ParseError) as caught:
        parsed(body, content_type)
    return str(caught.value)


def rss(items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>Example Wire</title>{items}</channel></rss>'.encode()


def of_case(name: str) -> ParsedFeed:
    headers = message_from_string((CASES / name / "headers.txt").read_text())
    return parsed((CASES / name / "feed.xml").read_bytes(), headers["Content-Type"], headers["Content-Location"])


def as_written(entry: ParsedEntry) -> dict[str, Any]:
    """An entry as entries.json has it."""
    filled = {name: value for name, value in asdict(entry).items() if value}
    written: dict[str, Any] = json.loads(json.dumps(filled, default=datetime.isoformat))
    return written


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_a_feed_gives_the_entries_of_its_case(name: str) -> None:
    expected = json.loads((CASES / name / "entries.json").read_text(encoding="utf-8"))
    assert [as_written(entry) for entry in of_case(name).entries] == expected


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_a_case_says_what_it_shows(name: str) -> None:
    assert len((CASES / name / "README").read_text(encoding="utf-8")) > 100


def test_the_title_of_a_feed_is_plain_text() -> None:
    assert of_case("atom-html-title").title == "Example Wire & Press: world"
    assert of_case("rss-empty-title").title == ""


def test_items_with_nothing_to_tell_them_by_are_counted() -> None:
    feed = of_case("rss-without-guid")
    assert (len(feed.entries), feed.skipped) == (2, 1)


def test_a_feed_without_items_is_a_feed() -> None:
    assert parsed(rss("")).entries == ()


# --- what is no feed


@pytest.mark.parametrize("body", [b"", b"\n \t\r\n"])
def test_an_empty_body_is_no_feed(body: bytes) -> None:
    assert "the body is empty" in refused(body)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<!DOCTYPE html><html><head><title>Just a moment</title></head><body>...</body></html>", "text/xml"),
        (b"<HTML><body>Sign in</body></HTML>", "text/html; charset=utf-8"),
        (b"\n\n<html xmlns='http://www.w3.org/1999/xhtml'><body/></html>", ""),
        (b"Checking your browser", "text/html"),
    ],
)
def test_a_page_is_no_feed_and_is_called_a_page(body: bytes, content_type: str) -> None:
    assert refused(body, content_type).startswith("an HTML page arrived in place of a feed")


@pytest.mark.parametrize("body", [b'{"error": "gone"}', b"\x1f\x8b\x08garbage", b"<?xml version='1.0'?><data/>", b"x"])
def test_other_data_is_no_feed_and_is_described(body: bytes) -> None:
    assert refused(body, "application/json; charset=utf-8").startswith("this is no feed (application/json, ")
    assert refused(body, "").startswith("this is no feed (data of no stated type")


def test_a_body_that_is_only_a_path_or_an_address_is_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_bytes(rss("<item><title>secret</title></item>"))
    for body in (str(secret), secret.as_uri(), "http://127.0.0.1:9/feed.xml"):
        assert refused(body.encode()).startswith("this is no feed")


def test_an_external_entity_is_not_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("s3cr3t")
    body = f'<!DOCTYPE x [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'.encode() + rss(
        "<item><title>a &x; b</title></item>"
    )
    assert "s3cr3t" not in repr(parsed(body))


# --- broken and hostile feeds


def test_a_feed_cut_anywhere_gives_whole_entries_only() -> None:
    whole = rss(
        "".join(
            f"<item><title>Report {number} of the day</title><link>https://wire.example/{number}</link>"
            f"<guid isPermaLink='false'>{number}</guid><description>All of it {number}.</description></item>"
            for number in range(3)
        )
    )
    entries = parsed(whole).entries
    ends = [index + len(b"</item") for index in range(len(whole)) if whole[index:].startswith(b"</item>")]
    for cut in range(whole.index(b"<item>"), len(whole)):
        there = sum(end <= cut for end in ends)
        assert parsed(whole[:cut]).entries == entries[:there]


def test_a_whole_feed_that_speaks_of_items_behind_its_last_one_keeps_it() -> None:
    body = rss("<item><title>Report of the day</title></item><!-- no <item> today -->")
    assert len(parsed(body).entries) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1254", "koi8-r"])
def test_a_declared_encoding_is_kept_to(encoding: str) -> None:
    title = "Türkiye" if encoding == "windows-1254" else "Россия"
    body = f'<?xml version="1.0" encoding="{encoding}"?>{rss(f"<item><title>{title}</title></item>").decode()}'
    assert [entry.title for entry in parsed(body.encode(encoding)).entries] == [title]


@pytest.mark.parametrize(
    "reference",
    ["&#xD800;", "&#55357;&#56833;", "&#x110000;", "&#1114112;", "&#99999999999999;", "&#" + "9" * 5_000 + ";",
     "&#xFFFFFFFFFFFF;", "&#xd83D", "&#0;", "&#x0;", "&#xFFFE;", "&#;", "&#x;", "&#xZ;"],
)  # fmt: skip
@pytest.mark.parametrize(
    "item",
    ["<item><title>Joint {} patrol</title></item>", "<item><title>Joint patrol</title><guid>{}</guid></item>",
     "<item><title><![CDATA[Joint {} patrol]]></title></item>", "<item><title>Joint &amp;{} patrol</title></item>",
     "<item><title>Joint patrol</title><link>https://wire.example/{}</link></item>"],
)  # fmt: skip
def test_a_reference_to_no_character_does_not_cost_the_feed(reference: str, item: str) -> None:
    feed = parsed(rss(item.replace("{}", reference) + "<item><title>Next report</title></item>"))
    assert len(feed.entries) == 2
    assert feed.entries[0].title.split()[:1] + feed.entries[0].title.split()[-1:] == ["Joint", "patrol"]
    assert feed.entries[1].title == "Next report"
    assert_storable(feed)


@pytest.mark.parametrize("date", ["0000-01-01", "9999-12-31T23:59:59-23:00", "0000-00-00T00:00:00Z"])
def test_a_date_beyond_the_calendar_is_no_date(date: str) -> None:
    (entry,) = parsed(rss(f"<item><title>x</title><pubDate>{date}</pubDate></item>")).entries
    assert entry.published_at is None


def test_markup_that_html_parsers_choke_on_does_not_cost_the_feed() -> None:
    feed = parsed(rss("<item><title><![CDATA[Joint patrol <![x[ resumes]]></title></item>"))
    assert feed.entries[0].title == "Joint patrol <![x[ resumes"


def test_fields_have_a_length() -> None:
    long = "long " * 100_000
    items = (
        f"<item><title>{long}</title><guid>{long}</guid><link>{long}</link><author>{long}</author></item>"
        f"<item><title>x</title><description>{long}</description></item>"
    )
    first, second = parsed(rss(items)).entries
    assert max(map(len, (first.title, first.id, first.link, first.author))) <= LONGEST_FIELD
    assert len(second.summary) <= LONGEST_CONTENT


def test_a_feed_that_names_a_strange_encoding_gives_entries_that_can_be_stored() -> None:
    for encoding in ("utf-7", "rot13", "unicode_escape", "idna", "no-such", "zlib_codec", "undefined", "utf-16-le"):
        body = f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + rss(
            r"<item><title>a +2AA- \ud800 b</title><guid>+2AA- \ud800</guid></item>"
        )
        assert_entries_or_parse_error(body)


def hostile_files() -> list[Path]:
    return sorted(HOSTILE.glob("*")) if HOSTILE.is_dir() else []


@pytest.mark.skipif(not hostile_files(), reason=f"{HOSTILE} is not on this machine")
@pytest.mark.parametrize("path", hostile_files(), ids=lambda path: path.name)
def test_a_hostile_feed_gives_entries_or_an_error_and_holds_no_poll(path: Path) -> None:
    began = time.monotonic()
    assert_entries_or_parse_error(path.read_bytes())
    assert time.monotonic() - began < 60


@pytest.mark.skipif(not hostile_files(), reason=f"{HOSTILE} is not on this machine")
@pytest.mark.parametrize(
    ("name", "count"),
    [("big_5000.xml", 5_000), ("dates.xml", 27), ("dup_guid_diff_title.xml", 2), ("no_guid_same_link.xml", 3),
     ("trunc.xml", 2), ("junk_before_decl.xml", 1), ("nul_byte.xml", 1), ("utf16.xml", 1), ("billion_laughs.xml", 1)],
)  # fmt: skip
def test_a_damaged_feed_gives_what_is_whole_in_it(name: str, count: int) -> None:
    feed = parsed((HOSTILE / name).read_bytes())
    assert len(feed.entries) == count
    assert len(set(identities(feed.entries))) == count


def assert_entries_or_parse_error(body: bytes) -> None:
    with suppress(ParseError):
        assert_storable(parsed(body))


def assert_storable(feed: ParsedFeed) -> None:
    """Every text fits into UTF-8, every entry has an identity and a fingerprint."""
    texts = [feed.title, *(str(value) for entry in feed.entries for value in asdict(entry).values())]
    "".join(texts).encode()
    assert all(identities(feed.entries))
    assert all(fingerprint(entry) for entry in feed.entries)


pieces = st.sampled_from(
    ("<item>", "</item>", "<entry>", "</entry>", "<title>", "</title>", "<link>", "<link href='//x'/>", "</link>",
     "<guid isPermaLink='true'>", "</guid>", "<pubDate>", "</pubDate>", "Fri, 23 Aug 2024", "99999", "<source>",
     "</source>", "<content type='xhtml'>", "</content>", "<description>", "</description>", "<![CDATA[", "]]>", "&",
     "&#xD800;", "&#99999999999;", "&lt;", "<!--", "-->", "<?", "?>", "<b", ">", "\x00", "дата", "<author>",
     "</author>", "<language>", "<media:content url='x'>", "<itunes:image/>", "<georss:point>1</georss:point>",
     "<dc:date>", "<a:b>")
)  # fmt: skip


@given(inside=st.lists(pieces | st.text(max_size=8), max_size=25).map("".join))
@settings(deadline=None, max_examples=300)
def test_whatever_stands_in_a_feed_it_gives_entries_or_an_error(inside: str) -> None:
    body = f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{inside}'
    assert_entries_or_parse_error(body.encode("utf-8", "surrogatepass"))
