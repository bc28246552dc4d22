"""The 26 instructive feeds: what must hold of each, as far as its bytes tell.

They belong to their publishers and are read in place; tests/data/feeds has our own samples of the same quirks.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.core.entry import body_of, identities
from monitor.core.feed import Fault
from monitor.core.link import canonical, unwrapped
from monitor.errors import ParseError
from monitor.feeds.encoding import Settled, settle
from monitor.feeds.parse import LONGEST_FIELD, ParsedFeed, Source, parse

CASES = (
    Path(os.environ.get("WIREWATCH_SHARED_DATA") or Path(__file__).parents[3] / "shared" / "data") / "feeds" / "cases"
)
NOW = datetime(2026, 11, 20, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason=f"{CASES} is not on this machine")


def settled(number: int) -> Settled:
    (path,) = CASES.glob(f"{number:02}_*")
    return settle(path.read_bytes(), "", language="", encoding="")


def case(number: int) -> ParsedFeed:
    one = settled(number)
    return parse(Source(url="https://n.example/feed", body=one.body, content_type=one.content_type, fetched_at=NOW))


def names(feed: ParsedFeed) -> set[str]:
    return set(identities(feed.entries, feed.link))


@pytest.mark.parametrize(("number", "fault"), [(1, Fault.NO_FEED), (2, Fault.EMPTY)])
def test_1_and_2_a_bot_check_and_an_empty_body_are_failed_polls(number: int, fault: Fault) -> None:
    with pytest.raises(ParseError) as caught:
        case(number)
    assert caught.value.fault is fault


def test_3_a_json_feed_is_read() -> None:
    (entry,) = case(3).entries
    assert (entry.id, entry.title, entry.published_at) == (
        "1",
        "Joint patrol",
        datetime(2019, 11, 5, 12, 20, tzinfo=UTC),
    )


def test_4_entries_without_titles_have_their_summaries() -> None:
    entries = case(4).entries
    assert len(entries) == 25
    assert not any(entry.title for entry in entries)
    assert all(body_of(entry.summary, entry.content) for entry in entries)


def test_5_an_entry_without_id_and_link_is_known_by_its_text_and_the_future_is_no_date() -> None:
    feed = case(5)
    assert len(feed.entries) == len(names(feed)) == 11
    assert sum(name.startswith("text:") for name in names(feed)) == 1
    assert {entry.published_at for entry in feed.entries} == {None}


def test_6_four_entries_with_one_guid_and_one_link_are_four() -> None:
    feed = case(6)
    assert len({(entry.id, entry.link) for entry in feed.entries}) == 1
    assert len(names(feed)) == 4
    assert feed.ids_shared


def test_7_the_front_page_is_no_name_and_1970_no_date() -> None:
    feed = case(7)
    assert len(feed.entries) == len(names(feed)) == 24
    assert all(name.startswith("text:") for name in names(feed))
    assert {entry.published_at for entry in feed.entries} == {None}


def test_9_and_10_an_id_is_the_name_and_links_can_be_compared() -> None:
    for number, count in ((9, 500), (10, 66)):
        feed = case(number)
        assert len(feed.entries) == count
        assert names(feed) == {entry.id for entry in feed.entries}
        assert all(canonical(entry.link) for entry in feed.entries)


def test_11_windows_1252_under_another_name_keeps_its_letters_and_its_portuguese_dates() -> None:
    feed = case(11)
    assert len(feed.entries) == 15
    assert "simulações de 2º turno" in feed.entries[0].title
    assert all(entry.published_at for entry in feed.entries)
    assert "windows-1252" in settled(11).note


def test_12_turkish_letters_and_days_before_months() -> None:
    feed = case(12)
    assert len(feed.entries) == len(names(feed)) == 19
    assert any("Geçim İndirimi" in entry.title for entry in feed.entries)
    assert {entry.published_at.month for entry in feed.entries if entry.published_at} == {2}


def test_13_every_date_is_right_or_none() -> None:
    day, morning = (datetime(2019, 11, 5, hour, 20, tzinfo=UTC) for hour in (12, 9))
    dates = {entry.id: entry.published_at for entry in case(13).entries}
    assert [dates[f"d{number}"] for number in (1, 2, 12, 13, 16, 23)] == [morning] * 6
    assert [dates[f"d{number}"] for number in (0, 3, 5, 6, 7, 8, 9, 10, 21, 22)] == [day] * 10
    assert [dates[f"d{number}"] for number in (15, 17, 18, 19, 20)] == [None] * 5
    assert dates["d4"] == datetime(2019, 11, 5, tzinfo=UTC)
    assert dates["d11"] == datetime(2019, 11, 5, 10, 20, tzinfo=UTC)
    assert dates["d14"] == datetime(2019, 11, 6, tzinfo=UTC)
    assert dates["d24"] == datetime(2018, 9, 24, 22, 42, 40, tzinfo=UTC)
    assert dates["d25"] == datetime(2022, 11, 15, 23, 38, 15, tzinfo=UTC)
    assert dates["d26"] == datetime(2019, 5, 3, 15, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "encoding", "title"),
    [
        (14, "windows-1251", "Турция и Россия: совместное патрулирование"),
        (15, "windows-1254", "Türkiye ile Rusya ortak devriyesi: şğıİ"),
    ],
)
def test_14_and_15_letters_that_nothing_declares_are_read_and_told(number: int, encoding: str, title: str) -> None:
    assert case(number).entries[0].title == title
    assert f"read as {encoding}" in settled(number).note


def test_16_a_relative_link_is_completed() -> None:
    assert case(16).entries[0].link == "https://n.example/a/b?c=1"


@pytest.mark.parametrize(("number", "count"), [(17, 54), (18, 20)])
def test_17_and_18_a_control_character_or_a_blank_line_cost_nothing(number: int, count: int) -> None:
    feed = case(number)
    assert len(feed.entries) == len(names(feed)) == count
    assert not feed.cut


def test_19_the_last_entry_of_a_document_that_ended_early_is_left_out() -> None:
    feed = case(19)
    assert [entry.title for entry in feed.entries] == ["A", "B"]
    assert feed.cut


def test_20_titles_are_without_tags_and_redirects_can_be_unwrapped() -> None:
    entries = case(20).entries
    assert len(entries) == 20
    assert not any("<b>" in entry.title for entry in entries)
    assert all("google.com/url?" in entry.link for entry in entries)
    assert not any("google." in unwrapped(entry.link) for entry in entries)


def test_21_titles_are_unescaped_until_they_are_text() -> None:
    entries = case(21).entries
    assert len(entries) == 25
    assert not any("&#" in entry.title or "<sup" in entry.title for entry in entries)
    assert any("$4300" in entry.title for entry in entries)


def test_22_a_script_in_a_title_is_no_text() -> None:
    assert case(22).entries[0].title == "Turkey, Russia joint patrol"


def test_23_a_bomb_of_entities_is_a_short_title() -> None:
    assert len(case(23).entries[0].title) <= LONGEST_FIELD


def test_24_a_feed_of_three_megabytes_is_read() -> None:
    assert len(case(24).entries) == 40


def test_25_entries_with_nothing_in_them_are_left_out_and_counted() -> None:
    feed = case(25)
    assert (len(feed.entries), feed.skipped) == (10, 10)
    assert all(entry.title and entry.link for entry in feed.entries)


def test_26_entries_without_dates_are_entries() -> None:
    feed = case(26)
    assert len(feed.entries) == len(names(feed)) == 118
    assert {entry.published_at for entry in feed.entries} == {None}
