"""What is taken back: denials, plain negation in the mouth of an authority, and reversals, in four languages."""

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from tests.support.tracked import LEXICON, SCRAPPED, SIGNED, SIGNED_TOO, Desk, tracked, tracked_desk

CHANGED = ("critical", "integration: none → agreed")
CONTESTED = ("high", "CONTESTED integration: none → agreed")
ASSERTION = ("dropped", "the rule drops what is said this way")
WORDS = {
    "sign: {en: [sign, signs, signed], tr: [imzala*], ru: [подписал*], ar: [وقعت, وقعتا]}": (
        "sign: {en: [sign, signs, signed], tr: [imzala*], ru: [подписал*], ar: [وقعت, وقعتا, توقع]}"
    ),
    'negated: {en: ["no", not, never]}': (
        'negated: {en: ["no", not, never], tr_re: "mad[iı]", ru: [не], ar: [لم]}\n'
        "      said: {en: [said, says], tr: [açıkladı], ru: [заявил, заявили], ar: [أعلنت]}"
    ),
}


@pytest.fixture(name="desk")
def _desk(tmp_path: Path) -> Iterator[Desk]:
    folder, words = tracked_desk(tmp_path / "desk"), LEXICON
    for old, new in WORDS.items():
        assert old in words
        words = words.replace(old, new)
    (folder / "lexicon" / "desk.yaml").write_text(dedent(words), encoding="utf-8")
    with tracked(folder, tmp_path / "s.db") as one:
        yield one


def agree(desk: Desk) -> None:
    desk.hear("one", SIGNED)
    desk.hear("two", SIGNED_TOO)
    assert desk.alerts == [CHANGED]


@pytest.mark.parametrize(
    ("feed", "title"),
    [
        ("three", "Damascus: the deal with the SDF is not signed"),
        ("three", "The deal with the SDF was not signed, Damascus said"),
        ("tr", "Şam: SDG ile anlaşma imzalanmadı"),
        ("tr", "Şam, SDG ile anlaşmanın imzalanmadığını açıkladı"),
        ("ru", "Дамаск: СДС не подписали соглашение"),
        ("ru", "Дамаск заявил, что СДС не подписали соглашение"),
        ("ar", "دمشق: قسد لم توقع أي اتفاق"),
        ("ar", "أعلنت دمشق أن قسد لم توقع أي اتفاق"),
        ("three", "The SDF has not signed a deal, says Damascus"),
        ("three", "SDF says it has not signed a deal"),
        ("three", "The commander of the SDF says it has not signed a deal"),
        ("three", "Syria says the SDF has not signed a deal"),
        ("three", "Syria's government: the SDF has not signed a deal"),
        ("three", "The SDF has not signed a deal, SDF spokesman said"),
        ("ru", "СДС не подписали соглашение, заявили в СДС"),
        pytest.param("sdf-press", "The SDF has not signed a deal", id="the voice of an authority"),
    ],
)
def test_an_authority_that_says_it_is_not_so_contests_what_was_told(desk: Desk, feed: str, title: str) -> None:
    agree(desk)
    assert desk.hear(feed, title).alerts == 1
    assert desk.alerts == [CHANGED, CONTESTED]
    assert desk.outcomes[-1] == ("alerted", "it denies what was told")


@pytest.mark.parametrize(
    ("feed", "title"),
    [
        ("three", "The SDF has not signed a deal"),
        ("three", "Turkey: the SDF has not signed a deal"),
        ("three", "The SDF has not signed a deal, Turkey says"),
        ("ankara", "The SDF has not signed a deal"),
        ("tr", "Türkiye, SDG'nin anlaşma imzalamadığını açıkladı"),
        ("ru", "СДС не подписали соглашение"),
        ("ar", "قسد لم توقع أي اتفاق"),
        pytest.param("three", "Ministry: the SDF has not signed a deal", id="a ministry of nobody knows whom"),
        pytest.param("three", "The SDF has not signed a deal, a source in the city said", id="a source"),
        pytest.param("three", "Turkey says SDF has not signed a deal", id="who is named ahead says it"),
        pytest.param("three", "Syria: SDF has not signed a deal", id="a country ahead of a colon"),
        pytest.param("three", "Damascus, Syria: SDF has not signed a deal", id="a dateline"),
        pytest.param("three", "Rights group says SDF has not signed a deal", id="who is behind it is spoken of"),
        pytest.param("three", "SDF has not signed a deal, says critic of Damascus", id="somebody else behind it"),
        pytest.param("three", "Critic of Damascus says SDF has not signed a deal", id="somebody else ahead of it"),
        pytest.param("three", "Source in Damascus says SDF has not signed a deal", id="where it is said"),
        pytest.param("three", "No deal was signed by SDF, says rights group", id="a name ahead of the comma"),
        pytest.param("three", "Damascus: the SDF may sign a deal", id="what may be"),
        pytest.param("three", "Damascus: the SDF has not scrapped its deal", id="another state"),
    ],
)
def test_what_nobody_with_a_say_says_takes_nothing_back(desk: Desk, feed: str, title: str) -> None:
    agree(desk)
    assert desk.hear(feed, title).alerts == 0


def test_who_is_named_in_the_headline_above_says_nothing(desk: Desk) -> None:
    agree(desk)
    assert desk.hear("tr", "Şam'da toplantı", "Türkiye, SDG'nin anlaşma imzalamadığını açıkladı.").alerts == 0


def test_that_a_paper_says_not_is_nobodys_word_though_anybody_may_deny(desk: Desk) -> None:
    desk.hear("sdf-press", "The SDF dissolves itself")
    assert desk.hear("three", "The SDF has not dissolved").alerts == 0
    assert desk.hear("three", "Fighters denied that the SDF dissolved").alerts == 1


def test_the_entity_itself_may_deny_what_others_decide(desk: Desk) -> None:
    desk.hear("ankara", "Turkey delisted the SDF")
    assert desk.hear("three", "SDF denies that Turkey delisted it").alerts == 1


def test_after_the_window_a_negation_rings_nobody(desk: Desk) -> None:
    agree(desk)
    desk.wait(4 * 72 + 2)
    assert desk.hear("three", "Damascus: the deal with the SDF is not signed").alerts == 0
    assert desk.outcomes[-1][0] == "dropped"


def test_a_negation_before_anything_was_told_waits_for_nothing(desk: Desk) -> None:
    desk.hear("three", "Damascus: the deal with the SDF is not signed")
    desk.wait(1)
    agree(desk)


def test_the_state_stands_until_another_is_told(desk: Desk) -> None:
    agree(desk)
    desk.hear("three", "Damascus: the deal with the SDF is not signed", wait=1)
    desk.hear("sdf-press", SCRAPPED, wait=1)
    assert desk.changes == [("none", "agreed", "transition"), ("agreed", "ended", "transition")]
    assert desk.alerts == [CHANGED, CONTESTED, ("critical", "integration: agreed → ended")]
