"""Lists of feeds from other programs and back, and lists that mean harm."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.feed import KINDS, Feed
from monitor.errors import ParseError
from monitor.feeds import opml
from monitor.feeds.opml import Keys

NESTED = """\
<?xml version="1.0" encoding="utf-8"?>
<opml version="2.0"><head><title>Mine &amp; yours</title></head><body>
  <outline text="Syria">
    <outline text="north,  east" title="north">
      <outline text="ANF" title="ANF English" type="rss" xmlUrl=" https://anf.example/feed?a=1&amp;b=2 "
               htmlUrl="https://anf.example/" language="en-US"/>
    </outline>
    <outline TEXT="SANA" XMLURL="https://sana.example/rss" category="/State/Syria,agency, ,Syria"/>
  </outline>
  <outline type="rss" url="https://old.example/rss" text=""/>
  <outline type="link" url="https://page.example/" text="a page"/>
  <outline text="TASS" xmlUrl="https://tass.example/rss" language="unknown"/>
</body></opml>
"""


def read(text: str) -> list[Keys]:
    return opml.read(text.encode())


def one(attributes: str) -> Keys:
    (found,) = read(f"<opml version='1.0'><body><outline xmlUrl='https://a.example/' {attributes}/></body></opml>")
    return found


def refused(document: bytes) -> str:
    with pytest.raises(ParseError) as caught:
        opml.read(document)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- what other programs write


def test_outlines_are_read_with_title_language_and_folders_as_tags() -> None:
    assert read(NESTED) == [
        {"url": "https://anf.example/feed?a=1&b=2", "title": "ANF English", "language": "en",
         "tags": ("Syria", "north, east")},
        {"url": "https://sana.example/rss", "title": "SANA", "tags": ("Syria", "State/Syria", "agency")},
        {"url": "https://old.example/rss"},
        {"url": "https://tass.example/rss", "title": "TASS"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("AT&amp;T", "AT&T"),
        ("AT&T", "AT&T"),
        ("a & b", "a & b"),
        ("&eacute;t&eacute;", "été"),
        ("&nosuch; x", "&nosuch; x"),
        ("&#1055;&#x440;", "Пр"),
        ("a&#10;  b", "a b"),
        ("bell \x07", "bell \ufffd"),
    ],
)
def test_what_exporters_leave_unescaped_is_mended(written: str, title: str) -> None:
    assert one(f'title="{written}"')["title"] == title


def test_the_title_comes_from_title_then_from_text_and_is_no_book() -> None:
    assert one("text='t' title='T'")["title"] == "T"
    assert one("text='t'")["title"] == "t"
    assert one(f"text='{'x' * 10_000}'")["title"] == "x" * 500
    assert "title" not in one("text=' '")


@pytest.mark.parametrize(
    ("encoding", "codec"),
    [
        ("windows-1254", "cp1254"),
        ("ISO-8859-9", "iso8859-9"),
        ("UTF-8", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16", "utf-8"),
    ],
)
def test_letters_are_read_in_the_encoding_that_is_declared_or_marked(encoding: str, codec: str) -> None:
    text = (
        f"<?xml version='1.0' encoding='{encoding}'?><opml><outline text='İğdır ş' xmlUrl='https://a.example/'/></opml>"
    )
    assert opml.read(text.encode(codec)) == [{"url": "https://a.example/", "title": "İğdır ş"}]


def test_a_doctype_that_declares_nothing_does_no_harm() -> None:
    text = '<!DOCTYPE opml SYSTEM "http://127.0.0.1:9/x.dtd"><opml><outline xmlUrl="https://a.example/"/></opml>'
    assert read(text) == [{"url": "https://a.example/"}]


def test_a_list_of_addresses_is_read_line_by_line() -> None:
    text = "\ufeff# mine\r\nhttps://a.example/rss\r\n\r\n  https://b.example/   The  B\r\nnonsense\n"
    assert read(text) == [
        {"url": "https://a.example/rss"},
        {"url": "https://b.example/", "title": "The B"},
        {"url": "nonsense"},
    ]


# --- lists that are none, or mean harm


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"", "the list names no feed: no outline in it has an xmlUrl, and no line begins with an address"),
        (b"\x00\x01\x02", "the list names no feed"),
        (b"just some text\nof two lines", "the list names no feed"),
        (b"<opml><body><outline text='a'/></body></opml>", "the list names no feed"),
        (b"<opml><body><outline xmlUrl=' '/></body></opml>", "the list names no feed"),
        (b"<rss><channel/></rss>", "this is no OPML but <rss>; 'wirewatch feeds add ADDRESS' adds a single feed"),
        (b"<html><body>Sign in", "this is no OPML but <html>"),
        (b"<opml><body>\n<outline></opml>", "the list is no XML from line 2 on (mismatched tag); export it anew"),
        (b"<opml><outline xmlUrl='https://a.example/'/>", "the list is no XML from line 1 on (no element found)"),
        (b"<opml>\n<outline xmlUrl=https://a/></opml>", "the list is no XML from line 2 on (not well-formed"),
        ("<opml><outline text='ş'/>".encode("cp1254"), "the list is not in utf-8, as it should be from byte 22 on"),
        (b"<?xml version='1.0' encoding='zlib'?><opml/>", "the list is in 'zlib', which is not read here"),
        (b"<?xml version='1.0' encoding='idna'?><opml/>", "the list is in 'idna', which is not read here"),
        (b"<?xml version='1.0' encoding='cp99999'?><opml/>", "the list is not in cp99999, as it should be; save"),
        (b"\xff\xfe<\x00o", "the list is not in utf-16, as it should be from byte 5 on"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_told_in_one_line(document: bytes, said: str) -> None:
    assert refused(document).startswith(said)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "declared",
    [
        f'<!ENTITY l0 "ha">{LAUGHS}',
        f'<!ENTITY a "{"x" * 50_000}">',
        '<!ENTITY x SYSTEM "file:///etc/passwd">',
        '<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;',
    ],
)
def test_a_list_that_declares_entities_is_refused_before_any_is_expanded(declared: str) -> None:
    text = f'<?xml version="1.0"?><!DOCTYPE opml [{declared}]><opml><outline text="&l9;&a;&x;" xmlUrl="https://a/"/></opml>'
    assert refused(text.encode()) == "the list declares entities of its own, which only an attack does; export it anew"


def test_the_size_of_a_list_has_an_end() -> None:
    assert refused(b"<opml>" + b" " * 10_000_000).startswith("the list has more than 8,000,000 bytes")
    outlines = b"<outline xmlUrl='https://a.example/'/>" * 10_001
    assert refused(b"<opml>" + outlines + b"</opml>") == "the list has more than 10,000 feeds; split it"
    assert refused(b"https://a.example/\n" * 10_001) == "the list has more than 10,000 feeds; split it"
    assert refused(b"x\n" * 100_001) == "the list has more than 100,000 lines; split it"


def test_outlines_that_nest_without_end_are_refused() -> None:
    said = "the outlines nest deeper than 50; that is no list of feeds"
    assert refused(b"<opml>" + b"<outline text='a'>" * 400_000) == said
    depth = 49
    text = (
        "<opml>" + "<outline>" * (depth - 1) + "<outline xmlUrl='https://a/'/>" + "</outline>" * (depth - 1) + "</opml>"
    )
    assert read(text) == [{"url": "https://a/"}]


@pytest.mark.parametrize(
    "piece", [b"&", b"<outline text='&", b"&#", b"<!--", b"<![CDATA[", b"<?xml ", b"<opml ", b" x='y'"]
)
def test_a_long_list_of_nothing_ends_with_one_line(piece: bytes) -> None:
    assert refused(b"<opml>" + piece * (1_000_000 // len(piece)))


@given(
    st.binary(max_size=200) | st.text(alphabet="<>&;'\"=/ outlineOPMLxmlUrl\n!DOCTYPE[]", max_size=200).map(str.encode)
)
def test_anything_else_is_a_list_or_one_line(document: bytes) -> None:
    try:
        found = opml.read(document)
    except ParseError as error:
        assert str(error)  # noqa: PT017 - either end is right
    else:
        assert all(keys["url"] for keys in found)


# --- there and back

XML_TEXT = st.text(
    st.characters(exclude_categories=["Cs"]).filter(lambda char: char in "\t\n\r" or char >= " "), min_size=1
).filter(lambda text: text.strip() and not set(text) & {"\ufffe", "\uffff"})
PLAIN = Feed(id="a", url="https://a/", host="a", title="A", language="en", country="", tier=3, owner="", kind="press")
DURATIONS = st.none() | st.integers(0, 604_800).map(lambda seconds: timedelta(seconds=seconds))
FEEDS = st.builds(
    Feed,
    id=st.from_regex(r"[a-z0-9][a-z0-9-]{0,9}", fullmatch=True),
    url=st.sampled_from(("https://a.example/rss?a=1&b='2'", 'http://пример.рф/<x>"y"')),
    host=st.just("a.example"),
    title=XML_TEXT,
    language=st.sampled_from(("en", "no", "kmr")),
    country=st.sampled_from(("", "TR")),
    tier=st.integers(1, 4),
    owner=st.just("") | XML_TEXT,
    kind=st.sampled_from(KINDS),
    tags=st.lists(XML_TEXT, max_size=3).map(tuple),
    every=DURATIONS,
    floor=DURATIONS,
    encoding=st.sampled_from(("", "cp1254")),
    baseline=st.sampled_from((None, True, False)),
    fulltext=st.booleans(),
)


def as_keys(feed: Feed) -> Mapping[str, object]:
    """What feeds.yaml needs to say to have this feed; durations in seconds."""
    said: dict[str, object] = {"id": feed.id, "url": feed.url, "title": feed.title, "language": feed.language,
                               "tier": str(feed.tier), "kind": feed.kind}  # fmt: skip
    said |= {key: getattr(feed, key) for key in ("country", "owner", "encoding", "tags") if getattr(feed, key)}
    said |= {key: getattr(feed, key) for key in ("every", "floor") if getattr(feed, key) is not None}
    said |= {"baseline": str(feed.baseline).lower()} if feed.baseline is not None else {}
    return said | ({"fulltext": "true"} if feed.fulltext else {})


def lasting(written: object) -> timedelta:
    units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    text = str(written)
    return timedelta(**{units[text[-1]]: int(text[:-1])})


@given(st.lists(FEEDS, min_size=1, max_size=3))
def test_what_is_written_is_read_again_to_the_last_key(feeds: list[Feed]) -> None:
    found: list[dict[str, object]] = [dict(keys) for keys in opml.read(opml.write(feeds))]
    for keys in found:
        keys.update({key: lasting(keys[key]) for key in ("every", "floor") if key in keys})
    assert found == [as_keys(feed) for feed in feeds]


@given(st.lists(FEEDS, max_size=3))
def test_what_is_written_is_opml_2_for_any_reader(feeds: list[Feed]) -> None:
    root = ET.fromstring(opml.write(feeds))  # noqa: S314 - written a moment ago
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert root.findtext("head/title")
    outlines = root.findall("body/outline")
    assert [one.get("xmlUrl") for one in outlines] == [feed.url for feed in feeds]
    assert [one.get("text") for one in outlines] == [feed.title for feed in feeds]
    assert {one.get("type") for one in outlines} <= {"rss"}


@pytest.mark.parametrize(
    ("value", "written"),
    [(timedelta(), "0s"), (timedelta(seconds=90), "90s"), (timedelta(minutes=5), "5m"), (timedelta(days=7), "7d")],
)
def test_durations_are_written_as_people_write_them(value: timedelta, written: str) -> None:
    feed = replace(PLAIN, every=value)
    assert opml.read(opml.write([feed]))[0]["every"] == written


def test_what_xml_has_no_room_for_becomes_a_replacement_character() -> None:
    feed = replace(PLAIN, title="a\x01\ud800\uffff")
    assert opml.read(opml.write([feed]))[0]["title"] == "a\ufffd\ufffd\ufffd"


@pytest.mark.parametrize("tags", ["[", "[" * 100_000, '{"a": 1}', "1", "null"])
def test_tags_that_somebody_broke_are_left_out(tags: str) -> None:
    found = one(f"title='A' wirewatch:id='a' wirewatch:tags='{tags}'")
    assert found == {"url": "https://a.example/", "title": "A", "id": "a"}
