"""Bodies whose declarations lie, are missing or tell the truth: the letters that come out."""

import gzip
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.feeds.encoding import LARGEST, Settled, named, settle

RUSSIAN = "Турция и Россия возобновили совместное патрулирование"
TURKISH = "Türkiye ile Rusya ortak devriyelere yeniden başladı, ışık yok"
ARABIC = "دورية روسية تركية مشتركة في شمال سوريا"
PERSIAN = "گشت مشترك روسيه و تركيه در شمال سوريه"
UKRAINIAN = "Туреччина та Росія відновили спільне патрулювання"
KURDISH = "Tirkiye û Rûsya dewriyeya hevpar dîsa dan destpêkirin, çend şervan"


def document(text: str, *, declared: str = "", language: str = "") -> str:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    said = f"<language>{language}</language>" if language else ""
    return (
        f'{head}<rss version="2.0"><channel><title>Wire</title>{said}<item><title>{text}</title></item></channel></rss>'
    )


def of(
    text: str, encoding: str, *, declared: str = "", charset: str = "", language: str = "", override: str = ""
) -> Settled:
    content_type = f"text/xml; charset={charset}" if charset else "text/xml"
    body = document(text, declared=declared).encode(encoding)
    return settle(body, content_type, language=language, encoding=override)


def letters(settled: Settled) -> str:
    return settled.body.decode(settled.content_type.rpartition("charset=")[2])


# --- what is true stays as it is


@pytest.mark.parametrize(
    ("encoding", "declared", "charset"),
    [
        ("utf-8", "", ""), ("utf-8", "utf-8", ""), ("utf-8", "", "utf-8"), ("utf-8", "UTF-8", "UTF-8"),
        ("windows-1251", "windows-1251", ""), ("windows-1251", "", "windows-1251"), ("koi8-r", "koi8-r", ""),
    ],
)  # fmt: skip
def test_a_true_declaration_leaves_the_bytes_alone(encoding: str, declared: str, charset: str) -> None:
    body = document(RUSSIAN, declared=declared).encode(encoding)
    settled = settle(body, f"text/xml; charset={charset}" if charset else "", language="", encoding="")
    assert settled.body is body
    assert settled.note == ""
    assert RUSSIAN in letters(settled)


def test_a_declared_latin_1_is_read_as_windows_1252_as_it_is_meant() -> None:
    settled = of("“déjà vu” – 5 €", "windows-1252", declared="iso-8859-1")
    assert "“déjà vu” – 5 €" in letters(settled)
    assert settled.content_type == "text/xml; charset=windows-1252"


# --- what is valid UTF-8 is UTF-8


@pytest.mark.parametrize(("declared", "charset"), [("windows-1251", ""), ("", "iso-8859-1"), ("iso-8859-9", "koi8-r"),
                                                   ("utf-16", ""), ("euc-jp", ""), ("gb2312", ""), ("no-such",
                                                   "")])  # fmt: skip
def test_utf_8_under_another_name_is_utf_8(declared: str, charset: str) -> None:
    settled = of(RUSSIAN, "utf-8", declared=declared, charset=charset)
    assert RUSSIAN in settled.body.decode()
    assert settled.note == ""
    assert b'encoding="utf-8"' in settled.body or not declared


@pytest.mark.parametrize("end", [-1, -2, -3])
def test_a_character_that_the_end_cut_in_two_is_left_out(end: int) -> None:
    settled = settle("Путин 🙂".encode()[:end], "", language="", encoding="")
    assert (settled.body.decode(), settled.note) == ("Путин ", "")


def test_a_bad_byte_in_utf_8_costs_itself_only() -> None:
    body = document(f"{RUSSIAN} !").encode().replace(b"!", b"\xff")
    settled = settle(body, "", language="ru", encoding="")
    assert f"{RUSSIAN} \ufffd" in settled.body.decode()
    assert "1 letters" in settled.note


# --- UTF-16 and UTF-32


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("declared", ["utf-16", "utf-32", ""])
def test_wide_encodings_are_told_by_their_beginning(encoding: str, declared: str) -> None:
    settled = of(TURKISH, encoding, declared=declared)
    assert TURKISH in settled.body.decode()
    assert settled.body.startswith(b"<")
    assert settled.content_type.endswith("charset=utf-8")


def test_json_in_utf_16_is_read() -> None:
    assert settle('{"title": "ğ"}'.encode("utf-16-le"), "", language="", encoding="").body.decode() == '{"title": "ğ"}'


# --- what is declared wrong, or not at all


@pytest.mark.parametrize(
    ("text", "encoding", "language"),
    [
        (TURKISH, "windows-1254", "tr"), ("Işığı gördük", "windows-1254", "tr"), ("Erdoğan", "windows-1254", "tr"),
        (RUSSIAN, "windows-1251", "ru"), (RUSSIAN, "koi8-r", "ru"), (RUSSIAN, "iso-8859-5", "ru"),
        (RUSSIAN, "cp866", "ru"),
        ("Путин", "windows-1251", "ru"), ("ВЗРЫВ В МОСКВЕ", "windows-1251", "ru"), ("ВЗРЫВ В МОСКВЕ", "koi8-r", "ru"),
        (UKRAINIAN, "windows-1251", "uk"), (UKRAINIAN, "koi8-u", "uk"), ("Зеленський", "windows-1251", "uk"),
        (ARABIC, "windows-1256", "ar"), (ARABIC, "iso-8859-6", "ar"), ("عاجل", "windows-1256", "ar"),
        (PERSIAN, "windows-1256", "fa"), (KURDISH, "windows-1254", "ku"),
        ("Les patrouilles ont été reprises près de là", "windows-1252", "fr"), ("Außenminister", "windows-1252", "de"),
        ("Wspólne patrole wznowiono, twierdzą źródła", "windows-1250", "pl"),
        ("Κοινές περιπολίες", "windows-1253", "el"),
        ("הסיורים המשותפים חודשו", "windows-1255", "he"),
        ("日本の首相は会見で述べた", "shift_jis", "ja"),
        ("日本の首相は会見で述べた", "euc-jp", "ja"),
        ("中国外交部发言人表示", "gbk", "zh"),
        ("터키와 러시아가 합동 순찰을", "euc-kr", "ko"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("declared", ["", "utf-8"])
def test_letters_that_no_declaration_tells_of_make_sense_in_the_language_of_the_feed(
    text: str, encoding: str, language: str, declared: str
) -> None:
    settled = of(text, encoding, declared=declared, language=language)
    assert text in letters(settled)
    assert "read as" in settled.note
    assert "set encoding:" in settled.note


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(TURKISH, "windows-1254"), (RUSSIAN, "windows-1251"), (RUSSIAN, "koi8-r"), (UKRAINIAN, "koi8-u"),
     (ARABIC, "windows-1256"), (ARABIC, "iso-8859-6"), (KURDISH, "windows-1254"),
     ("Het is één of twee keer gebeurd", "cp1252")],
)  # fmt: skip
def test_the_letters_alone_tell_the_language(text: str, encoding: str) -> None:
    assert text in letters(of(text, encoding))


def test_the_document_tells_its_language() -> None:
    body = document("Şam", language="tr").encode("windows-1254")
    assert "Şam" in letters(settle(body, "", language="", encoding=""))


@pytest.mark.parametrize(
    ("text", "encoding", "declared", "language"),
    [
        (TURKISH, "windows-1254", "iso-8859-1", ""), (RUSSIAN, "windows-1251", "iso-8859-1", ""),
        (RUSSIAN, "windows-1251", "iso-8859-9", ""), (RUSSIAN, "windows-1251", "koi8-r", ""), (ARABIC, "cp1256",
        "latin1", ""),
        (RUSSIAN, "koi8-r", "windows-1251", "ru"), ("Şam’da ışıklar söndü", "windows-1254", "windows-1252", "tr"),
    ],
)  # fmt: skip
def test_a_declaration_in_which_nothing_is_invalid_is_not_believed_against_the_letters(
    text: str, encoding: str, declared: str, language: str
) -> None:
    settled = of(text, encoding, declared=declared, language=language)
    assert text in letters(settled)
    assert settled.note.startswith(f"declared {declared}, read as ")


def test_letters_of_iceland_are_its_own_where_they_stand_among_its_others() -> None:
    settled = of("Það er gott að þú ert hér, sagði hún", "windows-1252", declared="iso-8859-1")
    assert "Það er gott að þú ert hér" in letters(settled)
    assert settled.note == ""


def test_the_document_wins_over_a_server_that_says_latin_1_of_everything() -> None:
    settled = of(RUSSIAN, "windows-1251", declared="windows-1251", charset="iso-8859-1")
    assert RUSSIAN in letters(settled)
    assert settled.note == ""


def test_quotation_marks_of_windows_are_quotation_marks() -> None:
    assert "“resume” – today" in letters(of("“resume” – today", "windows-1252", declared="utf-8"))


def test_where_nothing_makes_sense_the_loss_is_seen_and_told() -> None:
    settled = settle(document("a?b").encode().replace(b"?", b"\xff\x01\xfe\x81"), "", language="", encoding="")
    assert "\ufffd" in settled.body.decode()
    assert "could not be read" in settled.note


# --- the operator's word


def test_the_operators_word_wins() -> None:
    settled = of(TURKISH, "windows-1254", declared="iso-8859-1", override="windows-1254")
    assert TURKISH in settled.body.decode()
    assert settled.note == ""
    assert "Тьrkiye"[1:] in of("Türkiye", "windows-1254", override="windows-1251").body.decode()


def test_a_word_of_the_operators_that_no_longer_holds_is_told() -> None:
    assert "it is UTF-8 now" in of(TURKISH, "utf-8", override="windows-1254").note
    assert "misses" in of(TURKISH, "windows-1254", override="utf-8").note
    assert "is not known" in of(TURKISH, "utf-8", override="windows-9999").note
    assert of(TURKISH, "utf-8", override="utf-8").note == ""


# --- names


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("UTF-8", "utf-8"), ("utf8", "utf-8"), ("iso-8859-1", "windows-1252"), ("us-ascii", "windows-1252"),
        ("ISO-8859-9", "windows-1254"), ("windows1251", "windows-1251"), ("gb2312", "gb18030"), ("tis-620", "cp874"),
        ("utf-7", ""), ("rot13", ""), ("zlib_codec", ""), ("idna", ""), ("punycode", ""), ("undefined", ""), ("x", ""),
        ("unicode_escape", ""), ("a\x00b", ""), ("", ""),
    ],
)  # fmt: skip
def test_names_mean_what_senders_mean_and_nothing_that_is_no_encoding(name: str, meant: str) -> None:
    assert named(name) == meant


# --- anything at all


def test_a_body_that_is_gzip_without_saying_so_is_inflated_within_bounds() -> None:
    settled = settle(gzip.compress(document(RUSSIAN).encode()), "", language="", encoding="")
    assert RUSSIAN in settled.body.decode()
    bomb = settle(gzip.compress(b"\0" * (2 * LARGEST)), "", language="", encoding="")
    assert len(bomb.body) <= LARGEST
    assert settle(b"\x1f\x8b\x08garbage", "", language="", encoding="").body


ENCODINGS = st.sampled_from(
    ["", "utf-8", "windows-1251", "koi8-r", "utf-16", "euc-jp", "gb2312", "utf-7", "no-such", "\x00"]
)


@given(
    body=st.binary(max_size=300) | st.text(max_size=100).map(lambda text: document(text).encode("utf-8", "replace")),
    declared=ENCODINGS,
    charset=ENCODINGS,
    language=st.sampled_from(["", "tr", "ru", "xx", "ar-SY"]),
    override=ENCODINGS,
)
@settings(deadline=None)
def test_any_bytes_are_settled_and_stay_so(
    body: bytes, declared: str, charset: str, language: str, override: str
) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>'.encode() if declared else b""
    settled = settle(head + body, f"text/xml; charset={charset}", language=language, encoding=override)
    text = letters(settled)
    again = settle(settled.body, settled.content_type, language=language, encoding="")
    assert letters(again) == text or "\ufffd" in text or again.note
    assert "\n" not in settled.note


@pytest.mark.parametrize(
    "piece", [b"\xd1", b"\xff\xfe", b"<?xml encoding=", b"\xd0\xd1 ", b"A\xe9", b"\x1b$B", b"aaaaaaaa\xe9"]
)
def test_no_body_holds_a_poll(piece: bytes) -> None:
    began = time.monotonic()
    settle(piece * (4_000_000 // len(piece)), "text/xml", language="tr", encoding="")
    assert time.monotonic() - began < 10
