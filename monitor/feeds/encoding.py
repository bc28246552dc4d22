"""Which encoding a body is in, whatever it says of itself.

Knows encodings, declarations and the letters of languages; knows nothing of what the body holds. feedparser trusts a
declaration that does not fail outright, and falls back on windows-1252, which never fails: Turkish and Russian then
come as "Tþrkiye" and "Òóðöèÿ", and no rule finds them. Bytes that are valid UTF-8 are UTF-8 here, and what cannot be
what it is declared to be is read as the language of the feed would have it, with a note for the operator.
"""

import codecs
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.feeds.alphabets import ALPHABETS, Alphabet, Reading, likeness, reading

# A body that is gzip without saying so is inflated as far as this: the default of polling.max_bytes.
LARGEST = 10_000_000
# So much of a body is looked at to tell what it is; more text does not make a wrong reading righter.
_LOOKED_AT, _SAMPLE = 65_536, 2_048
_HEAD = 4_096
# A reading below this is no language; hints are worth less than the letters themselves.
_PLAUSIBLE = 0.2
_OF_THE_DESK, _OF_THE_DOCUMENT, _DECLARED = 0.5, 0.3, 0.2
# So many whole characters of UTF-8 make up for one broken one.
_ENOUGH_UTF8 = 3
# More bytes than a text in another encoding has in UTF-8 pairs by chance.
_UTF8_BY_CHANCE = 16
_ESCAPES = b"\x1b"
# The same in every encoding of Windows, and all that an English text has beyond ASCII.
_QUOTES_AND_ASCII = bytes(range(128)) + b"\x80\x82\x84\x85\x91\x92\x93\x94\x95\x96\x97\x99\xa0\xa7\xa9\xab\xae\xb0\xbb"
_ADVICE = "set encoding: for this feed if its letters are wrong"

_DECLARATION = re.compile(rb"(<\?xml[^>]{0,200}?\sencoding\s*=\s*)([\"'])\s*([\w.:-]{0,40})\s*\2")
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?\s*([\w.:-]*)[\"']?", re.IGNORECASE)
_LANGUAGE = re.compile(
    rb"<(?:dc:)?language>\s*(?:<!\[CDATA\[)?\s*([A-Za-z]{2,3})\b|xml:lang\s*=\s*[\"']([A-Za-z]{2,3})\b"
)
_PLAIN = re.compile(rb"([\x00-\x7f]{4})[\x00-\x7f]{8,}([\x00-\x7f]{4})")
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_HIGH = re.compile(rb"[\x80-\xff]")

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
# The first characters of a document without a BOM, as XML 1.0 tells in appendix F; "{" is JSON.
_WIDE = re.compile(rb"(?P<be32>\0\0\0[<{])|(?P<le32>[<{]\0\0\0)|(?P<be16>\0[<{]\0[^\0])|(?P<le16>[<{]\0[^\0]\0)")
_WIDE_NAMES = {"be32": "utf-32-be", "le32": "utf-32-le", "be16": "utf-16-be", "le16": "utf-16-le"}

# What a name means in practice (the Encoding Standard, section 4.2): the larger set that senders really use.
_MEANT = {
    "ascii": "windows-1252", "iso8859-1": "windows-1252", "cp1252": "windows-1252", "iso8859-9": "windows-1254",
    "cp1254": "windows-1254", "cp1251": "windows-1251", "cp1256": "windows-1256", "cp1250": "windows-1250",
    "cp1253": "windows-1253", "cp1255": "windows-1255", "cp1257": "windows-1257", "cp1258": "windows-1258",
    "iso8859-6": "iso-8859-6", "iso8859-2": "iso-8859-2", "iso8859-5": "iso-8859-5", "gb2312": "gb18030",
    "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "iso8859-11": "cp874", "tis-620": "cp874",
    "big5": "big5hkscs", "utf-8-sig": "utf-8",
}  # fmt: skip
_MISSPELT = {"windows1251": "cp1251", "win-1251": "cp1251", "win1251": "cp1251", "windows1254": "cp1254",
             "windows-1254-tr": "cp1254", "windows1256": "cp1256", "windows1252": "cp1252", "utf": "utf-8",
             "utf8mb4": "utf-8", "unicode": "utf-8", "x-sjis": "cp932", "iso-8859-8-i": "iso8859-8"}  # fmt: skip
# Codecs of Python that are no encodings of documents, or that let markup hide ("+ADw-").
_REFUSED = frozenset({"utf-7", "unicode-escape", "raw-unicode-escape", "idna", "punycode", "undefined", "mbcs", "oem"})

# Signs that a declared encoding is not the one: in windows-1252 the letters of Iceland, which stand where Turkish ones
# do; a row of accented letters in any Latin one; more capitals than small letters in a Cyrillic one, where KOI8 and
# windows-1251 have them the other way about. A translation of 50 kB takes 40 us.
_SIGNS = bytes(0x01 if at in b"\xd0\xdd\xde\xf0\xfd\xfe" else 0x02 if at >= 0xC0 else at for at in range(256))
_ROW = b"\x02" * 6
_LATIN = frozenset({"windows-1252", "windows-1254", "windows-1250", "iso-8859-2", "windows-1257"})
_CAPITALS = {"windows-1251": range(0xC0, 0xE0), "koi8-r": range(0xE0, 0x100), "koi8-u": range(0xE0, 0x100)}


@dataclass(frozen=True, slots=True)
class Settled:
    """A body that its declarations tell the truth of; `note` is one line for the operator, "" for nothing to say.

    `content_type` names the encoding, which is UTF-8 or what the body was declared as and fits.
    """

    body: bytes
    content_type: str
    note: str


@dataclass(frozen=True, slots=True)
class _Declared:
    """The encodings a body claims, as Python calls them, "" for none, and how it puts it.

    `unknown`: the document names one that is none, or UTF-16 over bytes that are not, as what writes a string in memory
    says of itself.
    """

    http: str
    xml: str
    said: str
    unknown: bool


def settle(body: bytes, content_type: str, *, language: str, encoding: str) -> Settled:
    """The body with an encoding that fits; never raises, and takes time in proportion to the body.

    `encoding` is the operator's word and wins; `language` is the desk's, and tells what undeclared letters are. Valid
    UTF-8, and a single-byte encoding that is declared and makes sense, come back as the same bytes. Everything else
    comes back as UTF-8 with its declarations mended.
    """
    body, note = _inflated(body)
    settled = _overridden(body, content_type, language, encoding) if encoding else _wide(body, content_type)
    settled = settled or _declared(body, content_type, language)
    return Settled(settled.body, settled.content_type, settled.note or note)


def named(name: str) -> str:
    """The encoding that is meant by a name, "" for none that a document can be in."""
    try:
        info = codecs.lookup(_MISSPELT.get(name.strip().lower(), name.strip()))
    except (LookupError, ValueError):
        return ""
    if not info._is_text_encoding or info.name in _REFUSED:  # noqa: SLF001
        return ""
    return _MEANT.get(info.name, info.name)


def _inflated(body: bytes) -> tuple[bytes, str]:
    """The body behind gzip that no header told of; a server that compresses twice, or forgets to say so."""
    if not body.startswith(b"\x1f\x8b\x08"):
        return body, ""
    try:
        return zlib.decompressobj(31).decompress(body, LARGEST), "the body is gzip without saying so"
    except zlib.error:
        return body, ""


def _overridden(body: bytes, content_type: str, language: str, encoding: str) -> Settled:
    name = named(encoding)
    if not name:
        settled = settle(body, content_type, language=language, encoding="")
        return Settled(settled.body, settled.content_type, f"encoding: {encoding[:40]} of this feed is not known")
    if name == "utf-8" and _whole_utf8(body) == len(body):
        return Settled(_mended(body), _typed(content_type, name), "")
    text = body.decode(name, "replace")
    lost = text.count("\ufffd")
    note = f"encoding: {encoding[:40]} of this feed misses {lost} letters" if lost else ""
    if not body.isascii() and _whole_utf8(body) == len(body):
        note = f"encoding: {encoding[:40]} is set for this feed, but it is UTF-8 now"
    return _as_utf8(text, content_type, note)


def _wide(body: bytes, content_type: str) -> Settled | None:
    """UTF-16 and UTF-32, told by a BOM or by where the zeros are."""
    name = next((name for bom, name in _BOMS if body.startswith(bom)), "")
    if not name and (found := _WIDE.match(body)):
        name = _WIDE_NAMES[found.lastgroup or ""]
    if not name.startswith(("utf-16", "utf-32")):
        return None
    return _as_utf8(body.decode(name, "replace").lstrip("\ufeff"), content_type, "")


def _declared(body: bytes, content_type: str, language: str) -> Settled:
    """The body as it says, where that can be true."""
    declared = _claims(body, content_type)
    stated = declared.http or declared.xml
    if _multibyte(stated) and not (body.isascii() and _ESCAPES not in body and b"~{" not in body):
        return _guessed(body, content_type, declared, language)
    whole = _whole_utf8(body)
    if whole >= len(body) - 3 and _is_cut(body[whole:]):
        body = body[:whole]
        true = not declared.unknown and (declared.xml in {"", "utf-8"} or body.isascii())
        return Settled(body if true else _mended(body), _typed(content_type, "utf-8"), "")
    agreed = stated not in {"", "utf-8"} and declared.xml in {"", stated}
    if agreed and _makes_sense(body, whole, stated, language):
        return Settled(body, _typed(content_type, stated), "")
    return _guessed(body, content_type, declared, language)


def _claims(body: bytes, content_type: str) -> _Declared:
    http = _CHARSET.search(content_type)
    xml = _DECLARATION.search(body[:_HEAD])
    names = [http[1] if http else "", xml[3].decode("ascii", "replace") if xml else ""]
    known = [named(name) if name else "" for name in names]
    known = ["" if name.startswith(("utf-16", "utf-32")) else name for name in known]
    said = next((name for name, found in zip(names, known, strict=True) if found), "") or next(filter(None, names), "")
    return _Declared(known[0], known[1], said.lower(), bool(names[1]) and not known[1])


def _makes_sense(body: bytes, whole: int, encoding: str, language: str) -> bool:
    """Whether a single-byte encoding that was declared can be true; only its strangers cost a second look."""
    if whole - len(body[:whole].decode()) >= _UTF8_BY_CHANCE:
        return False
    try:
        body.decode(encoding)
    except UnicodeDecodeError:
        return False
    if encoding in _LATIN:
        signs = body.translate(_SIGNS)
        icelandic = b"\x01" in signs and encoding == "windows-1252" and language != "is"
        return not icelandic and _ROW not in signs.replace(b"\x01", b"\x02")
    if encoding in _CAPITALS:
        letters = body.translate(None, bytes(range(0xC0)))
        return 2 * len(letters.translate(None, bytes(_CAPITALS[encoding]))) > len(letters)
    return True


def _guessed(body: bytes, content_type: str, declared: _Declared, language: str) -> Settled:
    """The body as it reads best, with a note; UTF-8 with marks for what is lost where nothing reads well."""
    utf8 = body.decode("utf-8", "replace")
    broken = utf8.count("\ufffd")
    whole = sum(map(len, _FOREIGN.findall(utf8))) - broken
    claimed = {declared.http, declared.xml} - {"", "utf-8"}
    by_chance = any(map(_multibyte, claimed)) and (broken or 2 * whole < _UTF8_BY_CHANCE)
    if whole >= _ENOUGH_UTF8 * broken and not by_chance:
        return _as_utf8(utf8, content_type, _lost(broken))
    name, value = _best(body, declared, language)
    if value < _PLAUSIBLE and not claimed:
        return _as_utf8(utf8, content_type, _lost(broken))
    text = body.decode(name, "replace")
    if name in claimed:
        return _as_utf8(text, content_type, _lost(text.count("\ufffd")))
    said = f"declared {declared.said[:40]}" if declared.said else "no encoding declared"
    return _as_utf8(text, content_type, f"{said}, read as {name} ({_ADVICE})")


def _lost(letters: int) -> str:
    return f"{letters} letters could not be read in any encoding ({_ADVICE})" if letters > 0 else ""


def _best(body: bytes, declared: _Declared, language: str) -> tuple[str, float]:
    """The encoding in which the letters look most like a language, and how much; ties go to the earlier one."""
    if not body.translate(None, _QUOTES_AND_ASCII):
        return "windows-1252", _PLAUSIBLE
    sample, hints = _sample(body), _hints(body, language)
    readings: dict[str, Reading | None] = {}
    best, value = declared.http or declared.xml or "windows-1252", -1.0
    for name, alphabet, own in _candidates(hints):
        if name not in readings:
            readings[name] = _read(sample, name)
        read = readings[name]
        if read is None:
            continue
        # A text in one encoding of East Asia is hardly ever a text in another that was declared.
        bonus = own + (3 if _multibyte(name) else 1) * (_DECLARED if name in {declared.http, declared.xml} else 0.0)
        found = likeness(read, alphabet)
        if found > 0 and found + bonus > value:
            best, value = name, found + bonus
    return best, value


def _candidates(hints: dict[str, float]) -> Iterator[tuple[str, Alphabet, float]]:
    for alphabet in ALPHABETS:
        for name in alphabet.encodings:
            yield name, alphabet, hints.get(alphabet.language, 0.0)


def _read(sample: bytes, encoding: str) -> Reading | None:
    """The sample in an encoding; None where more than a few bytes are none of it."""
    text = sample.decode(encoding, "replace")
    lost = text.count("\ufffd")
    return None if lost > 1 + len(text) // 500 else reading(text)


def _sample(body: bytes) -> bytes:
    """The first letters beyond ASCII, with what is next to them."""
    first = _HIGH.search(body)
    at = first.start() if first else 0
    begin = max(body.rfind(b">", max(0, at - _HEAD), at) + 1, 0)
    return _PLAIN.sub(rb"\1 \2", body[begin : begin + _LOOKED_AT])[:_SAMPLE]


def _hints(body: bytes, language: str) -> dict[str, float]:
    """The languages the feed may be in, and what each is worth."""
    found = _LANGUAGE.search(body[:_HEAD])
    own = (found[1] or found[2]).decode().lower() if found else ""
    return {own: _OF_THE_DOCUMENT} | {language.lower()[:2]: _OF_THE_DESK}


def _whole_utf8(body: bytes) -> int:
    """How many bytes of the body are UTF-8 from the beginning."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return error.start
    return len(body)


def _is_cut(rest: bytes) -> bool:
    """Whether a rest is the beginning of a character that the end of the body cut off, which is no fault."""
    try:
        rest.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True


def _multibyte(encoding: str) -> bool:
    """Whether an encoding is one of those of East Asia, whose letters may be valid UTF-8 by chance."""
    return encoding.startswith(("gb", "big5", "cp932", "cp949", "euc", "iso2022", "shift", "hz", "johab"))


def _as_utf8(text: str, content_type: str, note: str) -> Settled:
    body = text.encode("utf-8", "replace")
    return Settled(_mended(body), _typed(content_type, "utf-8"), note)


def _mended(body: bytes) -> bytes:
    """The body with a declaration that says UTF-8, if it has one."""
    return _DECLARATION.sub(rb"\g<1>\g<2>utf-8\g<2>", body[:_HEAD], count=1) + body[_HEAD:]


def _typed(content_type: str, encoding: str) -> str:
    return f"{content_type.split(';', 1)[0].strip()}; charset={encoding}"
