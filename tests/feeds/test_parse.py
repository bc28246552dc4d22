"""Bytes to entries: one data folder for each quirk, and bodies that are no feed, or a hostile one.

tests/data/feeds/<case>/ holds feed.xml as it would be fetched, headers.txt (Content-Location is the address it came
from, Language what the desk says of the feed), entries.json (what is read from it; a field that is left out is empty)
and README (what it shows).
"""

import json
import pickle
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from email import message_from_string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.entry import ParsedEntry, fingerprint, identities
from monitor.core.feed import Hints
from monitor.errors import ParseError
from monitor.feeds.encoding import settle
from monitor.feeds.parse import LONGEST_CONTENT, LONGEST_FIELD, ParsedFeed, Source, parse

CASES = Path(__file__).parents[1] / "data" / "feeds"
NAMES = sorted(path.parent.name for path in CASES.glob("*/headers.txt"))
ADDRESS = "https://wire.example/feeds/world.xml"


def parsed(
    body: bytes, content_type: str = "application/rss+xml", url: str = ADDRESS, language: str = ""
) -> ParsedFeed:
    settled = settle(body, content_type, language=language, encoding="")
    return parse(Source(url=url, body=settled.body, content_type=settled.content_type))


def refused(body: bytes, content_type: str = "application/rss+xml") -> str:
    with pytest.raises(ParseError) as caught:
        parsed(body, content_type)
    return str(caught.value)


def rss(items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>Example Wire</title>{items}</channel></rss>'.encode()


def SY(value: str, what: str = "Period") -> str:
    module = "xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"
    return f"<sy:update{what} {module}>{value}</sy:update{what}>"


def of_case(name: str) -> ParsedFeed:
    headers = message_from_string((CASES / name / "headers.txt").read_text())
    body = (CASES / name / "feed.xml").read_bytes()
    return parsed(body, headers["Content-Type"], headers["Content-Location"], headers.get("Language", ""))


def as_written(entry: ParsedEntry) -> dict[str, Any]:
    """An entry as entries.json has it."""
    filled = {name: value for name, value in asdict(entry).items() if value}
    written: dict[str, Any] = json.loads(json.dumps(filled, default=datetime.isoformat))
    return written


@pytest.mark.parametrize("name", NAMES)
def test_a_feed_gives_the_entries_of_its_case(name: str) -> None:
    expected = json.loads((CASES / name / "entries.json").read_text(encoding="utf-8"))
    assert [as_written(entry) for entry in of_case(name).entries] == expected


@pytest.mark.parametrize("name", NAMES)
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


@pytest.mark.parametrize(
    "element",
    ["<gml:pos>1 2</gml:pos>", "</gml:pos>", "<image><width><b/></width></image>", "<georss:point>x y z</georss:point>",
     "<psc:chapter/>", "<media:rating/><media:rating>"],
)  # fmt: skip
def test_an_element_that_feedparser_fails_on_costs_no_entry(element: str) -> None:
    names = "xmlns:gml='http://www.opengis.net/gml' xmlns:georss='http://www.georss.org/georss'"
    body = rss(f"<item><title>A</title>{element}<dc:creator>B</dc:creator></item>").replace(
        b"<rss", f"<rss {names}".encode()
    )
    assert [(entry.title, entry.author) for entry in parsed(body).entries] == [("A", "B")]


# --- what is kept of a document


def test_the_page_of_a_feed_is_known() -> None:
    assert of_case("rss-links-home").link == "https://wire.example/"
    assert of_case("atom-redirects").link == "https://wire.example/alerts"
    assert parsed(rss("")).link == ""


@pytest.mark.parametrize(
    ("elements", "hints"),
    [
        ("<ttl>30</ttl>", Hints(ttl=timedelta(minutes=30))),
        ("<ttl> 90 </ttl>", Hints(ttl=timedelta(minutes=90))),
        ("<ttl>99999999999</ttl>", Hints(ttl=timedelta(days=7))),
        ("<ttl>0</ttl>", Hints()),
        ("<ttl>-5</ttl>", Hints()),
        ("<ttl unit='s'>soon</ttl>", Hints()),
        ("<skipHours><hour>0</hour><hour> 23 </hour><hour>24</hour></skipHours>", Hints(skip_hours=frozenset({0, 23}))),
        ("<skipDays><day>Saturday</day><day>sunday</day><day>x</day></skipDays>", Hints(skip_days=frozenset({5, 6}))),
        ("<skipHours/><hour>3</hour>" + "<skipDays>" * 50, Hints(skip_hours=frozenset({3}))),
        (f"{SY('daily')}", Hints(ttl=timedelta(days=1))),
        (f"{SY('daily')}{SY('4', 'Frequency')}", Hints(ttl=timedelta(hours=6))),
        (f"{SY('hourly')}{SY('2', 'Frequency')}", Hints(ttl=timedelta(minutes=30))),
        (f"<ttl>5</ttl>{SY('daily')}", Hints(ttl=timedelta(minutes=5))),
        (f"{SY('daily')}{SY('0', 'Frequency')}", Hints()),
    ],
)
def test_when_a_publisher_wants_to_be_asked_again_is_kept(elements: str, hints: Hints) -> None:
    assert parsed(rss(elements)).hints == hints


def test_once_an_hour_as_every_wordpress_says_is_nobodys_wish() -> None:
    assert parsed(rss(f"{SY('hourly')}{SY('1', 'Frequency')}")).hints == Hints()


def test_one_id_for_entries_that_differ_is_told() -> None:
    assert of_case("rss-one-guid-for-many").ids_shared
    assert not of_case("rss-cdata").ids_shared
    twice = "<item><title>A</title><guid isPermaLink='false'>1</guid></item>" * 2
    assert not parsed(rss(twice)).ids_shared


def test_a_document_cut_off_between_entries_is_cut_off() -> None:
    whole = rss("<item><title>A</title></item><item><title>B</title></item>")
    between = whole[: whole.index(b"</item>") + len(b"</item>")]
    assert (parsed(whole).cut, parsed(between).cut) == (False, True)
    assert [entry.title for entry in parsed(between).entries] == ["A"]


@pytest.mark.parametrize("content_type", ["", "text/xml; charset=no-such", "application/json; charset=utf-7"])
def test_a_charset_that_is_none_is_utf_8(content_type: str) -> None:
    body = '{"version": "jsonfeed.org/version/1", "items": [{"title": "é", "id": 1}]}'.encode()
    for one in (body, rss("<item><title>é</title></item>")):
        assert parse(Source(url=ADDRESS, body=one, content_type=content_type)).entries[0].title == "é"


def test_what_was_parsed_can_go_from_one_process_to_another() -> None:
    feed = of_case("rss-authors-and-media")
    assert pickle.loads(pickle.dumps(feed)) == feed  # noqa: S301 - our own


def test_dates_after_the_fetch_are_none() -> None:
    body = rss("<item><title>A</title><pubDate>Fri, 23 Aug 2024 12:00:00 GMT</pubDate></item>")
    for fetched_at, kept in (
        (datetime(2024, 8, 22, 13, tzinfo=UTC), True),
        (datetime(2024, 8, 22, 11, tzinfo=UTC), False),
    ):
        source = Source(url=ADDRESS, body=body, content_type="", fetched_at=fetched_at)
        assert (parse(source).entries[0].published_at is not None) is kept


def test_a_page_is_known_for_one_before_it_is_parsed() -> None:
    body = b"<!DOCTYPE html><html>" + b"<a <div <p '" * 200_000
    assert refused(body).startswith("an HTML page arrived")


def test_a_list_of_feeds_is_no_feed_and_is_called_one() -> None:
    assert "feeds import" in refused(b"<?xml version='1.0'?><opml version='2.0'><body/></opml>")


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
