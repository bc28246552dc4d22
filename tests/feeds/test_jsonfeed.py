"""JSON Feed, as it should be and as it comes."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.entry import identities
from monitor.core.feed import Fault
from monitor.errors import ParseError
from monitor.feeds.parse import LONGEST_CONTENT, LONGEST_FIELD, ParsedFeed, Source, parse

VERSION = "https://jsonfeed.org/version/1.1"
NOW = datetime(2024, 8, 24, tzinfo=UTC)


def read(document: object) -> ParsedFeed:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return parse(
        Source(url="https://n.example/feed.json", body=body, content_type="application/feed+json; charset=utf-8",
               fetched_at=NOW)
    )  # fmt: skip


def feed(*items: object, **more: Any) -> ParsedFeed:
    return read({"version": VERSION, "title": "Wire", "items": list(items)} | more)


def refused(document: object) -> ParseError:
    with pytest.raises(ParseError) as caught:
        read(document)
    return caught.value


def test_the_page_and_the_title_of_the_feed_are_kept() -> None:
    one = feed(title="A &amp; B", home_page_url="/")
    assert (one.title, one.link, one.entries) == ("A & B", "https://n.example/", ())


@pytest.mark.parametrize("version", ["https://jsonfeed.org/version/1", VERSION, "http://jsonfeed.org/version/2"])
def test_any_version_is_read(version: str) -> None:
    assert len(feed({"id": "1", "title": "A"}, version=version).entries) == 1


def test_items_without_a_version_are_read_if_they_look_like_entries() -> None:
    assert len(read({"items": [{"id": 1, "title": "A"}]}).entries) == 1
    assert refused({"items": [{"price": 7}]}).fault is Fault.NO_FEED


@pytest.mark.parametrize(
    "document",
    [{"error": "gone"}, [], [1, 2], {"items": {}}, {"items": []}, {"version": VERSION}, {"version": 7, "items": 3}],
)
def test_other_json_is_no_feed_and_is_called_json(document: object) -> None:
    error = refused(document)
    assert error.fault is Fault.NO_FEED
    assert "it is JSON, but no JSON Feed" in str(error)


@pytest.mark.parametrize("body", [b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": "1"', b"[" * 100_000,
                                  b'{"a": ' * 50_000, b"{]", b'{"items": [' + b"9" * 10_000 + b"]}"])  # fmt: skip
def test_broken_json_is_unreadable(body: bytes) -> None:
    assert refused(body).fault is Fault.UNREADABLE


def test_a_byte_order_mark_is_no_fault() -> None:
    assert (
        len(
            read(
                b"\xef\xbb\xbf" + json.dumps({"version": VERSION, "items": [{"id": "1", "title": "A"}]}).encode()
            ).entries
        )
        == 1
    )


def test_an_entry_with_nothing_in_it_is_left_out_and_counted() -> None:
    one = feed({"id": "1"}, {"id": "2", "title": "A"}, "none", None, {"date_published": "2024-08-23"})
    assert (len(one.entries), one.skipped) == (1, 4)


def test_text_declared_plain_keeps_its_signs() -> None:
    (entry,) = feed({"id": "1", "content_text": "a <b> is bold & 1 < 2"}).entries
    assert entry.content == "a <b> is bold & 1 < 2"


def test_dates_are_read_and_those_beyond_reason_are_none() -> None:
    entries = feed(
        {
            "id": "1",
            "title": "A",
            "date_published": "2024-08-23T10:00:00+03:00",
            "date_modified": "2024-08-23T11:00:00Z",
        },
        {"id": "2", "title": "B", "date_modified": "2024-08-23T11:00:00Z"},
        {"id": "3", "title": "C", "date_published": "2030-01-01T00:00:00Z"},
        {"id": "4", "title": "D", "date_published": 1724400000},
    ).entries
    assert [(entry.published_at, entry.updated_at) for entry in entries] == [
        (datetime(2024, 8, 23, 7, tzinfo=UTC), datetime(2024, 8, 23, 11, tzinfo=UTC)),
        (datetime(2024, 8, 23, 11, tzinfo=UTC), datetime(2024, 8, 23, 11, tzinfo=UTC)),
        (None, None),
        (datetime(2024, 8, 23, 8, tzinfo=UTC), None),
    ]


def test_half_an_emoji_can_be_stored() -> None:
    (entry,) = read(
        b'{"version": "jsonfeed.org/version/1", "items": [{"id": "a\\ud83d", "title": "b\\ud83d c"}]}'
    ).entries
    assert entry.title == "b\ufffd c"
    assert entry.id.encode()


def test_fields_have_a_length() -> None:
    long = "long " * 100_000
    item = {"id": long, "title": long, "url": f"https://n.example/{long}", "content_html": long, "language": long}
    (entry,) = feed(item | {"authors": [{"name": long}], "attachments": [{"url": "/x"}] * 1_000}).entries
    assert max(map(len, (entry.id, entry.title, entry.link, entry.author))) <= LONGEST_FIELD
    assert len(entry.content) <= LONGEST_CONTENT
    assert (len(entry.language), len(entry.enclosures)) == (16, 16)


def test_what_a_publisher_ended_is_told() -> None:
    assert "has ended" in feed(expired=True).notes[0]


def test_one_id_for_many_is_told() -> None:
    one = feed({"id": "1", "title": "A"}, {"id": "1", "title": "B"})
    assert one.ids_shared
    assert len(set(identities(one.entries))) == 2


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "url", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = ("id", "url", "external_url", "title", "content_html", "content_text", "summary", "date_published",
"date_modified",
          "author", "authors", "attachments", "language")  # fmt: skip


@given(items=st.lists(st.dictionaries(st.sampled_from(FIELDS), values, max_size=8) | values, max_size=4), more=values)
@settings(deadline=None)
def test_whatever_types_the_fields_have_the_feed_is_read(items: list[Any], more: Any) -> None:
    one = read({"version": VERSION, "title": more, "language": more, "home_page_url": more, "items": items})
    assert len(one.entries) + one.skipped == len(items)
    for entry in one.entries:
        assert all(text.encode().decode() == text for text in asdict(entry).values() if isinstance(text, str))
