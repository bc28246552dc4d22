"""Folding, tokens, stems and sentences: tables of real spellings, and laws for any text."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.text import (
    LONGEST_FIELD,
    LONGEST_WORD,
    MOST_LEXEMES,
    before_apostrophe,
    fold,
    fold_by_letter,
    folded_words,
    lead,
    lexeme,
    lower,
    sentences,
    stemmed_languages,
    tokens,
    word_bounds_by_letter,
    word_keys,
)

# Any code point, half surrogates too (a broken page may hold them), and often those that folding minds.
ANY_TEXT = st.text(st.characters() | st.sampled_from("aIıİéйё'’ʼ`-.,? ~أـ٣گŉ½\u0301\u0306\u00ad\u200c\n"))
# What the fast way and the slow way might read differently: common letters, marks and apostrophes in any order.
COMMON_TEXT = st.text(
    st.sampled_from("aIıé5٣йЁأـگß№ª'’`´ʼ- ,.\u064b\u0654\u0670\u00ad\u200c\u200f\u0301\u0483😀\ufe0f")
    | st.characters(max_codepoint=0x6FF)
)
LANGUAGES = st.sampled_from(["", "en", "tr", "ru", "ar", "fa", "de", "fr", "kmr", "ckb", "xx"])
Read = list[tuple[int, int, str, str, frozenset[str]]]
APOSTROPHES = "'’‘ʼʻ`´＇ʹ"


def read(text: str, language: str) -> Read:
    """All that tokens say; lexemes of one word are not equal once it was forgotten between them."""
    return [(token.start, token.end, token.folded, token.cut, token.keys) for token in tokens(text, language)]


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        pytest.param("İSTANBUL", "istanbul", id="dotted capital I"),
        pytest.param("IŞIKLAR", "isiklar", id="dotless capital I"),
        pytest.param("ışık", "isik", id="dotless small i"),
        pytest.param("i\u0307stanbul", "istanbul", id="i with a combining dot"),
        pytest.param("Türkiye", "turkiye", id="umlaut"),
        pytest.param("Tu\u0308rkiye", "turkiye", id="combining umlaut"),
        pytest.param("Serêkaniyê", "serekaniye", id="Kurmanji"),
        pytest.param("ḁḩ Hồ", "ah ho", id="marks beyond Latin-1"),
        pytest.param("Größe", "grosse", id="sharp s"),
        pytest.param("Ｙｐｇ", "ypg", id="full width"),
        pytest.param("ﬁre", "fire", id="ligature"),
        pytest.param("re\u00adsume", "resume", id="soft hyphen"),
        pytest.param("Ёлка", "елка", id="yo"),
        pytest.param("е\u0308лка", "елка", id="combining yo"),
        pytest.param("российский", "российский", id="short i stays"),
        pytest.param("россии\u0306скии\u0306", "российский", id="combining short i"),
        pytest.param("патру\u0301ль", "патруль", id="Russian stress mark"),
        pytest.param("Άγκυρα", "αγκυρα", id="Greek tonos"),
        pytest.param("أنقرة", "انقره", id="hamza and ta marbuta"),
        pytest.param("إيران", "ايران", id="hamza below"),
        pytest.param("آمد", "امد", id="madda"),
        pytest.param("مؤتمر", "موتمر", id="hamza on waw"),
        pytest.param("هيئة", "هييه", id="hamza on ya"),
        pytest.param("مصطفى", "مصطفي", id="alif maqsura"),
        pytest.param("دوريـــة", "دوريه", id="tatweel"),
        pytest.param("دَوْرِيَّة", "دوريه", id="Arabic vowel signs"),
        pytest.param("ﻗﺴﺪ", "قسد", id="presentation forms"),
        pytest.param("کوبانی", "كوباني", id="Persian kaf and ya"),
        pytest.param("کۆبانێ", "كوباني", id="Sorani o and e"),
        pytest.param("ڕەققە", "رهققه", id="Sorani r and e"),
        pytest.param("گەڵ", "گهل", id="Sorani l"),
        pytest.param("می\u200cخواهد", "ميخواهد", id="zero-width non-joiner"),
        pytest.param("٣٤٤ ۳۴۴", "344 344", id="Arabic and Persian digits"),
    ],
)
def test_one_word_has_one_folded_spelling(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_a_turkish_dotted_i_folds_to_i() -> None:
    assert {fold(letter) for letter in "IİıiÎ"} == {"i"}


def test_both_sorani_spellings_of_the_sdf_meet() -> None:
    assert fold("قەسەدە") == fold("قهسهده")


def test_cyrillic_short_i_is_another_letter_than_i() -> None:
    assert fold("мой") != fold("мои")


@pytest.mark.parametrize("apostrophe", APOSTROPHES)
def test_every_apostrophe_is_one(apostrophe: str) -> None:
    assert fold(f"Ra{apostrophe}s") == "ra's"


@given(ANY_TEXT)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_folding_any_letter_of_a_living_script_twice_is_folding_it_once() -> None:
    # "ŉ", the Greek "ʹ" and the full-width "｀" became an apostrophe only at the second folding.
    letters = [chr(code) for block in (range(0x3400), range(0xA000, 0xAC00), range(0xF900, 0x11000)) for code in block]
    assert [letter for letter in letters if fold(fold(letter)) != fold(letter)] == []


@given(st.text(st.characters(categories=["Lu", "Ll", "Nd", "Zs"], max_codepoint=0x17F)))
def test_european_capitals_fold_like_small_letters(text: str) -> None:
    assert fold(text.upper()) == fold(text.upper().lower())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("Tal-Abyad", ["tal", "abyad"], id="hyphens split"),
        pytest.param("Tal\u2011Abyad – Kobani", ["tal", "abyad", "kobani"], id="other dashes split"),
        pytest.param("Ra's al-'Ayn", ["ras", "al", "ayn"], id="apostrophes join"),
        pytest.param("SDG’nin", ["sdgnin"], id="a curly apostrophe joins"),
        pytest.param("the soldiers' camp", ["the", "soldiers", "camp"], id="an apostrophe at the end ends"),
        pytest.param("‘Afrin’", ["afrin"], id="quotes are no letters"),
        pytest.param("5'6", ["5", "6"], id="no join before a digit"),
        pytest.param("a''b", ["a", "b"], id="two apostrophes split"),
        pytest.param("U.S. troops", ["u", "s", "troops"], id="full stops split"),
        pytest.param("344’üncü", ["344uncu"], id="an ordinal"),
        pytest.param("«قسد» تعلن", ["قسد", "تعلن"], id="Arabic in guillemets"),
        pytest.param("\u202bقسد\u202c", ["قسد"], id="direction marks"),
        pytest.param("a_b", ["a", "b"], id="an underscore splits"),
        pytest.param("½ – …", [], id="nothing to find"),
        pytest.param("", [], id="empty"),
    ],
)
def test_words_are_found(text: str, words: list[str]) -> None:
    assert [token.folded for token in tokens(text, "")] == words
    assert list(folded_words(text)) == words


@given(ANY_TEXT, LANGUAGES)
def test_offsets_lead_back_to_the_words_in_their_order(text: str, language: str) -> None:
    found = tokens(text, language)
    bounds = [place for token in found for place in (token.start, token.end)]
    assert bounds == sorted(bounds)
    assert all(0 <= token.start < token.end <= len(text) for token in found)
    for token in found:
        assert fold(text[token.start : min(token.end, token.start + LONGEST_WORD)]).replace("'", "") == token.folded
        assert {token.folded, token.cut} <= token.keys


@given(COMMON_TEXT | ANY_TEXT)
def test_common_letters_are_read_as_letter_by_letter(text: str) -> None:
    assert fold(text) == fold_by_letter(text)
    assert [(token.start, token.end) for token in tokens(text, "")] == list(word_bounds_by_letter(text))


def test_each_letter_with_each_mark_is_read_as_letter_by_letter() -> None:
    marks = [chr(code) for code in (0xAD, 0x301, 0x308, 0x64B, 0x654, 0x670, 0x200C, 0x200F, 0x27, 0xFE0F)]
    # A full stop behind each, and a blank, so that one text holds them all.
    for first, last in ((0, 0x530), (0x600, 0x700), (0x1E00, 0x2070), (0x2100, 0x2140), (0x2460, 0x2500)):
        for mark in marks:
            text = "".join(f"a{chr(code)}{mark}b. " for code in range(first, last))
            assert fold(text) == fold_by_letter(text)
            bounds = [(token.start, token.end) for token in tokens(text, "")]
            assert bounds == list(word_bounds_by_letter(text[:LONGEST_FIELD]))


@given(ANY_TEXT, LANGUAGES)
def test_a_word_of_a_language_is_one_object_while_it_is_held(text: str, language: str) -> None:
    assert all(token.lexeme is lexeme(text[token.start : token.end][:LONGEST_WORD], language)
               for token in tokens(text, language))  # fmt: skip


@given(ANY_TEXT, LANGUAGES)
def test_any_text_may_be_taken_for_a_word(text: str, language: str) -> None:
    assert lexeme(text, language).folded == fold(text).replace("'", "")
    assert word_keys(text, (language,)) <= lexeme(text, language).keys


def test_words_without_end_are_not_held_for_ever() -> None:
    (early,) = tokens("patrols", "en")
    for start in range(0, MOST_LEXEMES + 5_000, 2_000):
        tokens(" ".join(f"x{number}" for number in range(start, start + 2_000)), "")
    (late,) = tokens("patrols", "en")
    assert late.lexeme is not early.lexeme
    assert late.keys == early.keys


@given(ANY_TEXT, LANGUAGES)
def test_the_same_text_gives_the_same_tokens(text: str, language: str) -> None:
    assert read(text, language) == read(text, language)


@given(ANY_TEXT)
def test_a_word_alone_is_found_as_in_its_text(text: str) -> None:
    for token in tokens(text, "en"):
        alone = tokens(text[token.start : token.end], "en")
        assert [(one.folded, one.keys) for one in alone] == [(token.folded, token.keys)]


def test_text_beyond_the_longest_field_is_not_looked_at() -> None:
    assert len(tokens("a " * LONGEST_FIELD, "")) == LONGEST_FIELD // 2


def test_an_endless_word_is_known_by_its_beginning() -> None:
    (token,) = tokens("x" * 1_000, "en")
    assert (token.start, token.end) == (0, 1_000)
    assert token.folded == token.cut == "x" * LONGEST_WORD
    assert folded_words("x" * 1_000) == ("x" * LONGEST_WORD,)


def test_a_turkish_ending_behind_an_apostrophe_is_cut() -> None:
    (token,) = tokens("Türkiye'nin", "tr")
    assert token.cut == "turkiye"
    assert {"turkiye", "turkiyenin"} <= token.keys


def test_a_word_of_a_rule_is_not_cut_at_its_apostrophe() -> None:
    assert word_keys("Ra's", ("en",)) >= {"ras"}
    assert "ra" not in word_keys("Ra's", ("",))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("patrol", "patrols", "patrolling", "Patrol's", "patrol’s", "PATROLLED", "pa\u00adtrol\u00adling")),
        ("tr", ("asker", "askerler", "askerlerin", "ASKERLERİ", "Asker'in")),
        ("ru", ("российский", "российские", "российского", "россии\u0306скии\u0306")),
        ("ru", ("патрулирование", "патрулированием", "патрули\u0301рование")),
        ("fr", ("réunion", "réunions", "re\u0301unions")),
        ("ar", ("مشتركة", "مُشتَرَكة", "مشتركـــة", "المشتركة")),
    ],
)
def test_inflected_forms_share_a_stem(language: str, words: tuple[str, ...]) -> None:
    stems = [{key for token in tokens(word, language) for key in token.keys if "~" in key} for word in words]
    assert set.intersection(*stems)


@pytest.mark.parametrize(
    ("language", "word", "stem"),
    [
        ("en", "patrolling", "en~patrol"),
        ("en", "Hay'at", "en~hayat"),
        ("en", "Turkey’s", "en~turkey"),
        ("tr", "askerlerin", "tr~asker"),
        ("tr", "IŞIKLAR", "tr~isik"),
        ("ru", "российские", "ru~российск"),
        ("ar", "المشتركة", "ar~مشترك"),
    ],
)
def test_a_stem_is_folded_and_marked_with_its_language(language: str, word: str, stem: str) -> None:
    (token,) = tokens(word, language)
    assert stem in token.keys


@pytest.mark.parametrize("written", ["Türkiye'nin", "Türkiye’dekilere", "TÜRKİYE'Yİ", "Türkiye"])
def test_a_word_of_the_rule_meets_the_text_by_its_plain_form_and_by_its_stem(written: str) -> None:
    (token,) = tokens(written, "tr")
    assert word_keys("Türkiye", ("tr",)) <= token.keys


def test_a_word_with_an_apostrophe_meets_itself_by_every_key() -> None:
    (token,) = tokens("Ra’s", "en")
    assert word_keys("Ra's", ("en",)) <= token.keys


def test_a_stem_of_the_rule_finds_the_inflected_word_of_the_text() -> None:
    (token,) = tokens("patrolling", "en")
    assert not word_keys("patrols", ("en",)).isdisjoint(token.keys)
    assert word_keys("patrols", ("tr",)).isdisjoint(token.keys)


@given(st.text(st.characters(categories=["L", "M"])), LANGUAGES, LANGUAGES)
def test_stems_of_two_languages_never_meet(word: str, one: str, other: str) -> None:
    found = {key for token in tokens(word, one) for key in token.keys}
    met = found & word_keys(word, (other,))
    assert one == other or not any("~" in key for key in met)


@pytest.mark.parametrize("language", ["", "az", "xx"])
def test_a_language_without_a_stemmer_has_no_stems(language: str) -> None:
    (token,) = tokens("dewriyeyên", language)
    assert token.keys == word_keys("dewriyeyên", (language,)) == {"dewriyeyen"}


def test_the_languages_of_the_desk_have_stemmers() -> None:
    assert stemmed_languages() >= {"en", "tr", "ru", "ar", "kmr", "ckb", "uk", "fa"}


def test_a_word_without_languages_is_only_folded() -> None:
    assert word_keys("Devriyeler", ()) == {"devriyeler"}


def test_many_threads_may_stem_at_once() -> None:
    texts = [f"patrols{number} devriyeler{number} walking{number}s" for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        side_by_side = list(pool.map(lambda text: read(f"{text} x", "en"), texts))
    assert side_by_side == [read(f"{text} x", "en") for text in texts]


@given(ANY_TEXT, LANGUAGES)
def test_no_text_is_too_strange(text: str, language: str) -> None:
    assert len(lead(text)) <= len(text) + 1
    assert [token.folded for token in tokens(text, language)] == list(folded_words(text))
    assert lower(lower(text, language), "en") == lower(text, language)


@pytest.mark.parametrize(
    ("word", "language", "small"),
    [
        ("IĞDIR", "tr", "ığdır"),
        ("İZMİR", "tr", "izmir"),
        ("I\u0307ZMI\u0307R", "tr", "izmir"),
        ("IRAQ", "en", "iraq"),
        ("Bas\u0327kan", "tr", "başkan"),
    ],
)
def test_capitals_are_made_small_by_the_rules_of_the_language(word: str, language: str, small: str) -> None:
    assert lower(word, language) == small


def test_the_part_before_the_first_apostrophe_is_cut_out() -> None:
    assert [before_apostrophe(word) for word in ("SDG’nin", "Ra's'a", "SDG", "'Ayn")] == ["SDG", "Ra", "SDG", ""]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("«Başladı.» dedi. Sonra gitti.", ["«Başladı.»", "dedi.", "Sonra gitti."]),
        ('He said "It resumed." Then he left.', ['He said "It resumed."', "Then he left."]),
        ("هل بدأت؟ نعم.", ["هل بدأت؟", "نعم."]),
        ("Gen. Abdi met Lt. Col. Smith. They talked.", ["Gen. Abdi met Lt. Col. Smith.", "They talked."]),
        ("U.S. troops left. So did others.", ["U.S. troops left.", "So did others."]),
        ("В 2019 г. патрули начались. Затем они прекратились.",
         ["В 2019 г. патрули начались.", "Затем они прекратились."]),
        ("344. ortak devriye yapıldı. Sonra durdu.", ["344. ortak devriye yapıldı.", "Sonra durdu."]),
        ("It began in 2019. Russia left.", ["It began in 2019.", "Russia left."]),
        ("A headline without an end\n\nThe text. More.", ["A headline without an end", "The text.", "More."]),
        ("First paragraph by a Gen.\n\nSecond", ["First paragraph by a Gen.", "Second"]),
        ("3.5 million people. Two.", ["3.5 million people.", "Two."]),
        ("Wait… What", ["Wait…", "What"]),
        ("  ", []),
    ],
)  # fmt: skip
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(ANY_TEXT)
def test_sentences_lose_nothing_but_white_space(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


def test_the_lead_is_the_first_two_sentences() -> None:
    assert lead("Patrols resumed.\n\nAnkara said so. They stopped in 2023.") == "Patrols resumed. Ankara said so."


@pytest.mark.parametrize(
    "text",
    [
        # The search for an abbreviation began anew at each full stop and took more than ten minutes.
        pytest.param("a. " + "x" * 15_000 + " a. " * 1_000, id="a long word among abbreviations"),
        pytest.param("a" * 19_990 + "! b", id="one long word"),
        pytest.param("Dr. " * 5_000, id="only abbreviations"),
        pytest.param("a." + " " * 19_990, id="only space"),
        pytest.param("a" + "\u0316\u0300" * 9_999, id="only marks"),
    ],
)
def test_a_hostile_text_does_not_hold_up_the_daemon(text: str) -> None:
    assert folded_words(lead(text)) == folded_words(text)
