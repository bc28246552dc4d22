"""The hand-made hostile bodies: what each must come to, in a process with limits that writes down what it opens.

tests/data/feeds/hostile holds them as they would be fetched, without a Content-Type.
"""

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from monitor.feeds.parse import LONGEST_FIELD
from tests.feeds.limited import outcomes

HOSTILE = Path(__file__).parents[1] / "data" / "feeds" / "hostile"
HUNGRY = ("big_5000.xml", "big_html_1item.xml", "billion_laughs.xml", "nested_deep.xml", "nested_xml_deep.xml",
          "quadratic_blowup.xml")  # fmt: skip
RUSSIAN = "Турция и Россия: совместное патрулирование"
TURKISH = "Türkiye ile Rusya ortak devriyesi: şğıİ"

# The titles that must come out, letter by letter.
TITLES = {
    "bidi_zw.xml": ["Turkey\u200b-Russia \u202ejoint\u202c pa\u00adtrol"],
    "ctrl_char.xml": ["Turkey Russia joint patrol"],
    "cyr_latin_homoglyph.xml": ["Рussia Turkey joint patrol"],
    "dates.xml": [f"d{number}" for number in range(27)],
    "double_escaped_title.xml": ['Turkey & Russia "patrol"'],
    "dup_guid_diff_title.xml": ["Patrol starts", "Patrol halted"],
    "empty_title.xml": [""],
    "gz.xml": ["A"],
    "html_title_cdata.xml": ["Turkey, Russia joint patrol"],
    "internal_entity.xml": ["Turkey-Russia patrol"],
    "iso8859-9_undeclared.xml": [TURKISH],
    "jsonfeed.json": ["Joint patrol"],
    "junk_after.xml": ["A"],
    "junk_before_decl.xml": ["A"],
    "koi8_declared.xml": [RUSSIAN],
    "no_guid_no_link.xml": ["Joint patrol"],
    "no_guid_same_link.xml": ["Patrol 1", "Patrol 2", "Patrol 3"],
    "nul_byte.xml": ["Turkey Russia joint patrol"],
    "relative_guid_permalink.xml": ["t"],
    "relative_link.xml": ["t"],
    "title_split_markup.xml": ["Joint patrol"],
    "tracking_params.xml": ["t"],
    "trunc.xml": ["A", "B"],
    "turkish_case.xml": ["İSTANBUL: TÜRKİYE-RUSYA ORTAK DEVRİYESİ"],
    "undefined_entity.xml": ["Turkey Russia été patrol"],
    "utf16.xml": [TURKISH],
    "utf8_bad_byte.xml": ["Turkey Russia joint patrol"],
    "utf8_bom_ws.xml": ["A"],
    "win1251_declared.xml": [RUSSIAN],
    "win1251_undeclared.xml": [RUSSIAN],
    "win1254_declared.xml": [TURKISH],
    "win1254_declared_utf8.xml": [TURKISH],
    "win1256_declared.xml": ["دورية مشتركة روسية تركية"],
    "xxe_file.xml": [""],
    "xxe_param.xml": ["t"],
}
FAULTS = {"empty.xml": "empty", "html_page.xml": "no feed", "json_error.xml": "no feed", "secret.txt": "no feed"}
NOTED = ("gz.xml", "iso8859-9_undeclared.xml", "utf8_bad_byte.xml", "win1251_undeclared.xml",
         "win1254_declared_utf8.xml")  # fmt: skip
LINKS = {
    "relative_guid_permalink.xml": "https://n.example/a/b",
    "relative_link.xml": "https://n.example/a/b?c=1",
    "tracking_params.xml": "https://n.example/a?utm_source=rss&utm_medium=x&id=5",
    "no_guid_no_link.xml": "",
}


@cache
def modest() -> dict[str, dict[str, Any]]:
    return outcomes(*(path for path in sorted(HOSTILE.iterdir()) if path.name not in HUNGRY))


def test_it_is_said_of_every_file_what_must_come_out() -> None:
    assert sorted([*TITLES, *FAULTS, *HUNGRY]) == sorted(path.name for path in HOSTILE.iterdir())


@pytest.mark.parametrize("name", TITLES)
def test_the_titles_come_out_letter_by_letter(name: str) -> None:
    outcome = modest()[name]
    assert [entry["title"] for entry in outcome["entries"]] == TITLES[name]
    assert outcome["different"] == outcome["count"]


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_no_feed_is_a_failed_poll(name: str) -> None:
    assert modest()[name]["fault"] == FAULTS[name]


@pytest.mark.parametrize("name", LINKS)
def test_links_are_completed_and_nothing_more(name: str) -> None:
    assert modest()[name]["entries"][0]["link"] == LINKS[name]


def test_an_encoding_that_was_guessed_is_told_and_no_other() -> None:
    assert sorted(name for name, outcome in modest().items() if outcome.get("note")) == sorted(NOTED)


def test_the_half_of_an_entry_is_left_out_and_told() -> None:
    assert [name for name, outcome in modest().items() if outcome.get("cut")] == ["trunc.xml"]


def test_no_body_opens_a_file_or_a_connection() -> None:
    assert {name: outcome["opened"] for name, outcome in modest().items() if outcome["opened"]} == {}


@pytest.mark.parametrize(
    ("name", "count", "title"),
    [
        ("big_5000.xml", 5_000, "Item 0"),
        ("big_html_1item.xml", 1, "t"),
        ("billion_laughs.xml", 1, ""),
        ("nested_deep.xml", 1, "t"),
        ("nested_xml_deep.xml", 1, "t"),
        ("quadratic_blowup.xml", 1, ""),
    ],
)
def test_a_hungry_body_stays_within_limits(name: str, count: int, title: str) -> None:
    outcome = outcomes(HOSTILE / name)[name]
    assert outcome["count"] == outcome["different"] == count
    assert outcome["entries"][0]["title"].startswith(title)
    assert len(outcome["entries"][0]["title"]) <= LONGEST_FIELD
    assert outcome["opened"] == []
