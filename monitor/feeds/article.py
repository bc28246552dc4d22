"""The main text of an article's page, by trafilatura.

Knows HTML pages and how their letters are encoded; knows nothing of entries. trafilatura is an extra
(`wirewatch[fulltext]`) and is imported when the first page is read. `main_text` is a plain function of bytes, for a
child process that can be killed: a page of 100,000 attributes takes libxml2 ten seconds, and nothing in this process
can stop it.
"""

import codecs
import importlib.util
import logging
import re
from collections.abc import Iterator

# What is read of a page; articles have a tenth of it, inlined data included.
LONGEST_PAGE = 2_000_000
# No text is longer than a book's chapter.
LONGEST_TEXT = 100_000

_PAGE_TYPES = {"text/html", "application/xhtml+xml"}
_UNSTATED = {"", "application/octet-stream", "text/plain"}
_LOOKS_LIKE_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|article|div|p)[\s>]", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([-\w:.]{2,40})", re.IGNORECASE)
_META = re.compile(rb"<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*[\"']?\s*([-\w:.]{2,40})", re.IGNORECASE)
# Browsers look at 1,024 bytes; some content management systems put their scripts first.
_META_WITHIN = 8_192
# Codecs that are encodings of pages; Python has others, such as idna and punycode, that take hours.
_ENCODINGS = re.compile(
    r"utf-?8|utf-?16(?:le|be)?|windows-\d+|cp\d+|iso-?8859-?\d+|latin-?\d|koi8-?[rut]|mac-?cyrillic|gb2312|gbk"
    r"|gb18030|big5|euc-(?:jp|kr)|shift[-_]?jis|us-ascii|ascii|tis-620",
    re.IGNORECASE,
)
# What browsers take these names for (WHATWG Encoding, 4.2): the Windows page that holds the same letters and more.
_MEANT = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "utf-16": "utf-8",
    "gb2312": "gb18030",
}
_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def is_available() -> bool:
    """Whether the extra is installed."""
    # The second is an extra of an extra, which some installers leave out.
    return all(importlib.util.find_spec(name) is not None for name in ("trafilatura", "lxml_html_clean"))


def prepare() -> None:
    """Import the extra now; raises ImportError where it is missing.

    For a child process that then gives up sockets and ctypes: dateutil, deep in the extra, loads ctypes at its import.
    """
    import trafilatura  # noqa: F401, PLC0415


def is_page(content_type: str, body: bytes) -> bool:
    """Whether a body is HTML, by its type, or by its looks where the type says nothing."""
    media = content_type.partition(";")[0].strip().lower()
    return media in _PAGE_TYPES or (media in _UNSTATED and _LOOKS_LIKE_HTML.search(body[:2_000]) is not None)


def main_text(url: str, body: bytes, content_type: str) -> str:
    """The article of a page, one paragraph a line, without headers, menus and comments; "" where there is none.

    Raises ImportError where the extra is missing, and nothing else that a page could cause.
    """
    import trafilatura  # noqa: PLC0415 - an extra, and 0.2 s that only who needs it shall wait
    from trafilatura.meta import reset_caches  # noqa: PLC0415

    # What it cannot read it tells the log; here an empty text says so. htmldate 1.11 has a cache it cannot clear.
    for library in ("trafilatura", "htmldate"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    page = decoded(body[:LONGEST_PAGE], content_type)
    try:
        # `fast` leaves out second opinions that take square time on many short paragraphs (jusText issue 43).
        text = trafilatura.extract(page, url=url, fast=True, include_comments=False, include_tables=True)
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
        text = None
    finally:
        # It remembers the last thousand lines, which may be of a megabyte each.
        reset_caches()
    lines = (" ".join(line.split()) for line in (text or "").replace("\x00", "").splitlines())
    return "\n".join(line for line in lines if line)[:LONGEST_TEXT]


def decoded(body: bytes, content_type: str) -> str:
    """A page's letters: by its byte order mark, as UTF-8 if it is that, as the server or the page says, else guessed.

    What claims an encoding it is not in is not believed; nothing is refused.
    """
    for mark, encoding in _BOMS.items():
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    try:
        # A page that was cut may end inside a letter.
        return codecs.getincrementaldecoder("utf-8")("strict").decode(body)
    except UnicodeDecodeError:
        pass
    for encoding in _claimed(body, content_type):
        text = body.decode(encoding, "replace")
        if text.count("\ufffd") <= 1 + len(text) // 1_000:
            return text
    return body.decode(_guessed(body), "replace")


def _claimed(body: bytes, content_type: str) -> Iterator[str]:
    """The encodings that the server and the page name, as far as pages come in them."""
    names = [found[1] for found in _CHARSET.finditer(content_type)]
    names += [found[1].decode("ascii", "replace") for found in _META.finditer(body[:_META_WITHIN])]
    for name in names:
        try:
            known = codecs.lookup(name).name if _ENCODINGS.fullmatch(name) else ""
        except LookupError:
            continue
        if known:
            yield _MEANT.get(known, known)


def _guessed(body: bytes) -> str:
    from trafilatura.utils import detect_encoding  # noqa: PLC0415 - see main_text

    return next((name for name in detect_encoding(body) if _ENCODINGS.fullmatch(name.replace("_", "-"))), "utf-8")
