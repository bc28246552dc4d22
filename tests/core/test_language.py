"""Which language an entry is read in: real headlines, short ones, and any text."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.language import language_of

DESK = ("en", "tr", "ru", "ar", "kmr", "ckb", "uk", "fa")
HEADLINES = {
    "en": "Turkey and Russia resume joint patrols in northern Syria",
    "tr": "Türkiye ile Rusya, Suriye'nin kuzeyinde ortak devriyelere yeniden başladı",
    "ru": "Россия и Турция возобновили совместное патрулирование на севере Сирии",
    "ar": "تركيا وروسيا تستأنفان الدوريات المشتركة في شمال سوريا",
    "kmr": "Tirkiye û Rûsya li bakurê Sûriyeyê dest bi dewriyeyên hevbeş kirin",
    "ckb": "تورکیا و ڕووسیا لە باکووری سووریا دەستیان بە دەوریەی هاوبەش کردەوە",
    "uk": "Туреччина та Росія відновили спільне патрулювання на півночі Сирії",
    "fa": "ترکیه و روسیه گشت‌زنی مشترک در شمال سوریه را از سر گرفتند",
}
ANY_TEXT = st.text(st.characters() | st.sampled_from("abеиابهKобанê \n"), max_size=60)


@pytest.mark.parametrize("language", DESK)
@pytest.mark.parametrize("declared", [*DESK, ""])
def test_a_headline_is_read_in_its_own_language_whatever_its_feed_declares(language: str, declared: str) -> None:
    assert language_of(HEADLINES[language], "", declared=declared, allowed=DESK) == language
    assert language_of("", HEADLINES[language], declared=declared, allowed=DESK) == language


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        pytest.param("Kobani", "en", id="a name"),
        pytest.param("Rusya", "en", id="a Turkish name"),
        pytest.param("قسد", "fa", id="an Arabic name"),
        pytest.param("YPG, SDF", "tr", id="acronyms"),
        pytest.param("Blast at checkpoint in Serê Kaniyê kills five", "en", id="a Kurdish name in English"),
        pytest.param("تقرير: Human Rights Watch عن سوريا", "ar", id="Latin names in Arabic"),
        pytest.param("", "ru", id="no text"),
        pytest.param("345 – 12 %", "ru", id="no letters"),
    ],
)
def test_the_declared_language_stands_where_the_text_does_not_clearly_say_otherwise(text: str, declared: str) -> None:
    assert language_of(text, "", declared=declared, allowed=DESK) == declared


@pytest.mark.parametrize(
    ("text", "declared", "allowed", "language"),
    [
        pytest.param("قسد", "tr", ("tr", "ar"), "ar", id="a short text in another script"),
        pytest.param("СДС", "en", ("en", "ru"), "ru", id="an acronym in another script"),
        pytest.param(HEADLINES["en"], "en-US", DESK, "en", id="with a country"),
        pytest.param(HEADLINES["kmr"], "ku", DESK, "kmr", id="Kurdish in Latin letters"),
        pytest.param(HEADLINES["ckb"], "ku", DESK, "ckb", id="Kurdish in Arabic letters"),
        pytest.param("Rusia y Turquía reanudan las patrullas conjuntas", "es", DESK, "es", id="one nobody reads"),
        pytest.param("Η Τουρκία και η Ρωσία ξαναρχίζουν περιπολίες", "en", DESK, "en", id="in letters nobody reads"),
        pytest.param(HEADLINES["tr"], "en", ("en", "xx"), "en", id="nothing else to read it in"),
        pytest.param(HEADLINES["tr"], "", (), "", id="nothing at all to read it in"),
    ],
)
def test_script_and_the_languages_of_the_desk_count(
    text: str, declared: str, allowed: tuple[str, ...], language: str
) -> None:
    assert language_of(text, "", declared=declared, allowed=allowed) == language


@settings(max_examples=200)
@given(ANY_TEXT, ANY_TEXT, st.sampled_from([*DESK, "", "es"]))
def test_any_text_is_read_in_the_declared_language_or_one_of_the_desk(title: str, body: str, declared: str) -> None:
    language = language_of(title, body, declared=declared, allowed=DESK)
    assert language in {declared, *DESK}
    assert language == language_of(title, body, declared=declared, allowed=DESK)


def test_many_threads_may_ask_at_once() -> None:
    asked = [(text, declared) for text in HEADLINES.values() for declared in DESK] * 5
    with ThreadPoolExecutor(8) as pool:
        side_by_side = list(pool.map(lambda one: language_of(one[0], "", declared=one[1], allowed=DESK), asked))
    assert side_by_side == [language_of(text, "", declared=declared, allowed=DESK) for text, declared in asked]


def test_numpy_is_not_loaded_before_a_text_needs_it() -> None:
    program = (
        "import sys; from monitor.core import text, stems, language; text.tokens('Kobani', 'tr');"
        "language.language_of('Kobani', '', declared='tr', allowed=('en', 'tr'));"
        "sys.exit('numpy' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
