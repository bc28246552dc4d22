"""What a poll does with a body: what it told before costs nothing, and what is new is read as the whole would be."""

import pytest

from monitor.core.feed import Seen, unpacked
from monitor.errors import ParseError
from monitor.feeds.partial import Job, Parsed, parsed
from monitor.feeds.reading import Extent, Reader
from tests.feeds.documents import (
    SHARED,
    differences,
    fetched,
    is_unaltered,
    own_documents,
    read,
    shared_archive,
    shared_folder,
    whole,
)

needs_shared = pytest.mark.skipif(not SHARED.exists(), reason=f"the shared feeds are not here ({SHARED})")


def item(number: int, *, guid: str = "", title: str = "", more: str = "") -> str:
    return (
        f"<item><title>{title or f'Report {number}'}</title><link>https://wire.example/{number}</link>"
        f"<guid isPermaLink='false'>{guid or f'urn:wire:{number}'}</guid>{more}</item>"
    )


def rss(*items: str, head: str = "", attributes: str = "") -> bytes:
    text = f'<rss version="2.0"{attributes}><channel><title>Wire</title>{head}{" ".join(items)}</channel></rss>'
    return text.encode()


def titles(body: bytes, seen: Seen) -> list[str]:
    return [entry.title for entry in read(body, seen).feed.entries]


def seen_of(body: bytes) -> Seen:
    return read(body, Seen()).seen


def nothing_is_parsed(job: Job) -> Parsed:
    raise AssertionError(job)


def built(second: int) -> str:
    return f"<lastBuildDate>Sat, 24 Aug 2024 12:00:{second:02} GMT</lastBuildDate>"


def test_the_first_document_is_read_whole() -> None:
    reading = read(rss(item(1), item(2)), Seen())
    assert reading.extent is Extent.WHOLE
    assert [entry.id for entry in reading.feed.entries] == ["urn:wire:1", "urn:wire:2"]
    assert reading.listed == 2


@pytest.mark.parametrize("body", [rss(item(1), head=built(1)), rss(item(1), head=built(2))])
def test_a_document_that_says_what_the_last_one_said_is_not_parsed(body: bytes) -> None:
    seen = seen_of(rss(item(1), head=built(1)))
    Reader(nothing_is_parsed).read(fetched(body), seen, language="", encoding="")
    assert is_unaltered(body, seen)


def test_what_was_seen_comes_back_from_the_store_as_it_went() -> None:
    body = rss(item(1), item(2))
    assert is_unaltered(body, unpacked(seen_of(body).packed()))


def test_only_what_is_new_is_parsed() -> None:
    reading = read(rss(item(3), item(2), item(1)), seen_of(rss(item(2), item(1))))
    assert reading.extent is Extent.NEW
    assert [entry.title for entry in reading.feed.entries] == ["Report 3"]
    assert reading.listed == 3
    assert reading.feed.title == "Wire"


def test_new_entries_come_in_the_order_of_the_document() -> None:
    assert titles(rss(item(4), item(2), item(3), item(1)), seen_of(rss(item(2), item(1)))) == ["Report 4", "Report 3"]


def test_where_an_entry_is_gone_nothing_is_parsed_and_the_rest_is_remembered() -> None:
    before = seen_of(rss(item(2), item(1)))
    reader = Reader(nothing_is_parsed)
    reading = read(rss(item(2)), before, reader)
    assert (reading.extent, reading.feed.entries, reading.listed) == (Extent.NOTHING, (), 1)
    assert reading.seen.items < before.items


def test_an_entry_that_comes_back_is_read_again() -> None:
    without = read(rss(item(2)), seen_of(rss(item(2), item(1)))).seen
    assert titles(rss(item(2), item(1)), without) == ["Report 1"]


def test_a_revised_entry_is_read_again() -> None:
    seen = seen_of(rss(item(2), item(1)))
    assert titles(rss(item(2), item(1, title="Report 1, corrected")), seen) == ["Report 1, corrected"]


def test_a_new_entry_that_is_listed_twice_is_read() -> None:
    assert "Report 2" in titles(rss(item(1), item(2), item(2)), seen_of(rss(item(1))))


@pytest.mark.parametrize(
    "changed",
    [
        rss(item(2), item(1), attributes=' xml:lang="tr"'),
        rss(item(2), item(1), head="<ttl>60</ttl>"),
        rss(item(2), item(1)).replace(b"<title>Wire<", b"<title>Other Wire<"),
    ],
)
def test_a_feed_that_changed_around_its_entries_is_read_whole(changed: bytes) -> None:
    assert titles(changed, seen_of(rss(item(2), item(1)))) == ["Report 2", "Report 1"]


@pytest.mark.parametrize(
    "how", [{"url": "https://other.example/"}, {"content_type": "application/xml; charset=iso-8859-9"}]
)
def test_the_same_bytes_from_elsewhere_or_as_something_else_are_read_whole(how: dict[str, str]) -> None:
    body = rss(item(2), item(1))
    reading = Reader(parsed).read(fetched(body, **how), seen_of(body), language="", encoding="")
    assert getattr(reading, "extent", None) is Extent.WHOLE


def test_a_setting_of_the_desk_reads_a_known_document_anew() -> None:
    body = rss(item(1))
    reading = Reader(parsed).read(fetched(body), seen_of(body), language="tr", encoding="cp1254")
    assert getattr(reading, "extent", None) is Extent.WHOLE


def test_a_feed_that_gives_one_id_to_several_entries_is_read_whole_each_time() -> None:
    shared = [item(1, guid="daily"), item(2, guid="daily")]
    seen = seen_of(rss(*shared))
    assert seen.items == frozenset()
    assert is_unaltered(rss(*shared), seen)
    assert titles(rss(item(3), *shared), seen) == ["Report 3", "Report 1", "Report 2"]


@pytest.mark.parametrize(
    ("known", "new"),
    [
        (item(1, guid="daily"), item(2, guid="daily")),
        (item(1, guid="a?b=1&amp;c=2"), item(2, guid="<![CDATA[a?b=1&c=2]]>")),
        (item(1, guid="a?b=1&#38;c=2"), item(2, guid="a?b=1&amp;c=2")),
        (item(1, guid="https://wire.example/world/7"), item(2, guid="https://wire.example/world/7")),
        ("<item><title>One</title><link>/w/1</link></item>", "<item><title>Two</title><link>/w/1</link></item>"),
        (item(1, more="<description>Update of urn:wire:2</description>"), item(2)),
    ],
)
def test_an_id_that_stands_in_a_known_entry_too_has_the_whole_read(known: str, new: str) -> None:
    reading = read(rss(new, known), seen_of(rss(known)))
    assert reading.extent is Extent.WHOLE
    assert len(reading.feed.entries) == 2


@pytest.mark.parametrize("number", [2, 12, 21])
def test_an_id_that_begins_or_ends_like_a_known_one_is_another(number: int) -> None:
    assert read(rss(item(number), item(1)), seen_of(rss(item(1)))).extent is Extent.NEW


def test_an_entry_that_is_not_well_formed_has_the_whole_read_as_feedparser_would() -> None:
    broken = item(1, more="<description>R&D <br> at the border</description>")
    body = rss(item(2, title="A &lt;b&gt;"), broken)
    reading = read(body, seen_of(rss(broken)))
    assert reading.extent is Extent.WHOLE
    assert reading.feed.entries == whole(body).entries


def test_new_entries_that_share_an_id_have_the_whole_read() -> None:
    reading = read(rss(item(1, guid="daily"), item(2, guid="daily"), item(3)), seen_of(rss(item(3))))
    assert (reading.extent, len(reading.feed.entries)) == (Extent.WHOLE, 3)


def test_an_item_that_is_not_one_entry_has_the_whole_read() -> None:
    nested = "<item><title>Outer</title><entry><title>Inner</title></entry></item>"
    assert read(rss(nested, item(1)), seen_of(rss(item(1)))).extent is Extent.WHOLE


def test_the_end_of_an_item_that_is_only_text_does_not_cut_it() -> None:
    quoting = item(1, more="<description><![CDATA[Write </item> and <item>]]> as it says</description>")
    before, after = rss(quoting), rss(quoting.replace("as it says", "or not"))
    reading = read(after, seen_of(before))
    assert reading.extent is Extent.WHOLE
    assert reading.feed.entries == whole(after).entries


def test_half_of_an_item_that_is_only_text_is_no_known_item() -> None:
    first, second = "<item><title>One</title><description><![CDATA[x</item>", "<item>y]]></description></item>"
    assert read(rss(item(2), second), seen_of(rss(first, second))).extent is Extent.WHOLE


def test_a_new_entry_that_is_not_well_formed_has_the_whole_read() -> None:
    # feedparser reads the others loosely, too, and they may have lost something.
    body = rss(item(2, more="<description>R&D</description>"), item(1))
    assert read(body, seen_of(rss(item(1)))).extent is Extent.WHOLE


def test_a_byte_that_is_in_no_encoding_has_the_whole_read() -> None:
    broken = item(1).encode().replace(b"Report", b"Report \xfe")
    before, after = rss(item(3), "@").replace(b"@", broken), rss(item(2), item(3), "@").replace(b"@", broken)
    assert "urn:wire:2" in {entry.id for entry in read(after, seen_of(before)).feed.entries}


def test_of_a_document_that_was_cut_off_nothing_is_remembered() -> None:
    # Its validators are not kept either: what it lost would never be asked for again.
    cut = rss(item(1), item(2))[:-40]
    assert seen_of(cut) == Seen()
    assert titles(cut, seen_of(cut)) == ["Report 1"]
    assert titles(rss(item(1), item(2)), seen_of(cut)) == ["Report 1", "Report 2"]


def test_what_is_no_feed_is_said() -> None:
    with pytest.raises(ParseError, match="HTML page"):
        read(b"<!DOCTYPE html><html><body>Checking your browser</body></html>", Seen())


@pytest.mark.parametrize("name", sorted(own_documents()))
def test_a_known_entry_changes_nothing_in_how_the_others_are_read(name: str) -> None:
    assert differences(name, own_documents()[name], thorough=True) == []


@needs_shared
@pytest.mark.parametrize("folder", ["cases", "hostile"])
def test_the_same_holds_for_every_case_and_hostile_file(folder: str) -> None:
    found = [difference for name, body in shared_folder(folder) for difference in differences(name, body)]
    assert found == []


@needs_shared
@pytest.mark.parametrize("archive", ["real.tar.gz", "synthetic.tar.gz"])
def test_the_same_holds_for_every_feed_that_was_ever_collected(archive: str) -> None:
    found = [difference for name, body in shared_archive(archive) for difference in differences(name, body)]
    assert found == []
