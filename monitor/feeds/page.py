"""What a web page says of feeds: the addresses it declares, and its links that look like feeds.

Knows HTML of any brokenness; knows nothing of what is behind an address. It reads tags by itself, for the reason that
plaintext gives, and within the same bounds: what does not close as a tag before the next "<" is text. So every
character is looked at a few times at most, whatever the page is made of.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin, urlsplit

# Pages are a tenth of this; what stands behind it is not looked at.
LONGEST_PAGE = 3_000_000
LONGEST_ADDRESS = 2_000
# A page that names more feeds than this is a directory, or hostile.
MOST_ADDRESSES = 200
# The character sets that are read. Codecs that are none (zlib, idna, punycode ...) are slow, or blow up, on other data.
CHARSET = re.compile(
    r"""utf-?8|utf-?16(?:[lb]e)?|us-ascii|iso-?8859-[0-9]+|latin-?[0-9]|windows-[0-9]+|cp[0-9]+|koi8-[ru]
        |gb2312|gbk|gb18030|big5|euc-(?:jp|kr)|shift_jis""",
    re.VERBOSE | re.IGNORECASE,
)

_TAG = re.compile(
    r"""<(?P<close>/?)(?P<name>a|link|base|script|style|template|textarea)(?=[\s/>])
        (?P<attributes>(?>(?:[^<>=]+|=\s*"[^"<]*"|=\s*'[^'<]*'|=)*))>""",
    re.VERBOSE | re.IGNORECASE,
)
_SILENT = frozenset({"script", "style", "template", "textarea"})
# A name without a value is matched as well: searched again from each of its letters, a long one would take for ever.
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]++)(?:\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"'>][^\s>]*+)))?+""")
_FEED_TYPES = frozenset({
    "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "application/json",
    "application/xml", "text/xml", "text/rss+xml", "text/atom+xml",
})  # fmt: skip
_LIKE_A_FEED = re.compile(
    r"""^feed:|^(?:https?:)?//(?:feeds?|rss)\.
        |\.(?:rss|atom|rdf)(?:\?|$)
        |(?:^|/)(?:rss|atom|feed|feeds|index|news)\.xml(?:\?|$)|(?:^|/)feed\.json(?:\?|$)
        |(?:^|/)(?:rss|rss2|atom|feed|rdf)/?(?:\?|$)|(?:^|/)(?:rss|feeds?)/.
        |[?&](?:feed|format|output|type|alt)=(?:rss|rss2|atom|feed)$""",
    re.VERBOSE | re.IGNORECASE,
)
_META_CHARSET = re.compile(rb"""<meta[^<>]{1,200}?charset\s*=\s*["']?([A-Za-z0-9._-]{1,40})""", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._-]{1,40})""", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Addresses in the order of a page, absolute, each once: `declared` by link elements, `linked` by anchors."""

    declared: tuple[str, ...]
    linked: tuple[str, ...]


def feeds_named(body: bytes, url: str, content_type: str = "") -> Named:
    """The feeds that a page at this address names; never raises, and takes time in proportion to the page."""
    declared: dict[str, None] = {}
    linked: dict[str, None] = {}
    base = ""
    for name, attributes in _tags(_without_comments(_decoded(body, content_type)[:LONGEST_PAGE])):
        written = attributes.get("href", "")
        if name == "base":
            # The first counts, as in browsers.
            base = base or written
        elif name == "link" and _declares(attributes):
            declared[written] = None
        elif name == "a" and _LIKE_A_FEED.search(written.partition("#")[0]):
            linked[written] = None
        if len(declared) + len(linked) >= MOST_ADDRESSES:
            break
    base = web_address(base, url) or url
    absolute = [tuple(web_address(written, base) for written in found) for found in (declared, linked)]
    first = tuple(dict.fromkeys(filter(None, absolute[0])))
    return Named(
        declared=first, linked=tuple(one for one in dict.fromkeys(filter(None, absolute[1])) if one not in first)
    )


def web_address(written: str, base: str = "") -> str:
    """The absolute address without its fragment; "" for what is none, is too long, or carries a password."""
    if not written or len(written) > LONGEST_ADDRESS:
        return ""
    if written.lower().startswith("feed:"):
        rest = written[5:]
        written = f"http:{rest}" if rest.startswith("//") else rest
    try:
        address = urldefrag(urljoin(base, written)).url
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return ""
    clean = address.isprintable() and not any(char in address for char in ' <>"') and "@" not in parts.netloc
    return address if clean and parts.scheme in {"http", "https"} and parts.hostname else ""


def _tags(markup: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The elements `a`, `link` and `base` with their attributes; none from within scripts and their like."""
    silent = ""
    for tag in _TAG.finditer(markup):
        name = tag["name"].lower()
        if silent:
            silent = "" if tag["close"] and name == silent else silent
        elif name in _SILENT:
            silent = "" if tag["close"] else name
        elif not tag["close"]:
            yield name, _attributes(tag["attributes"])


def _attributes(written: str) -> dict[str, str]:
    """By name; of two of one name the first counts, as in browsers."""
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(written):
        value = (double or single or bare)[: LONGEST_ADDRESS + 1]
        found.setdefault(name.lower(), html.unescape(value).strip())
    return found


def _declares(attributes: dict[str, str]) -> bool:
    relations = attributes.get("rel", "").lower().split()
    kind = attributes.get("type", "").partition(";")[0].strip().lower()
    return ("alternate" in relations and "stylesheet" not in relations and kind in _FEED_TYPES) or "feed" in relations


def _without_comments(markup: str) -> str:
    """A comment that is never closed stays as text."""
    before, *rest = markup.split("<!--")
    return before + "".join(part.partition("-->")[2] if "-->" in part else part for part in rest)


def _decoded(body: bytes, content_type: str) -> str:
    """The page's text; addresses are ASCII nearly always, so what cannot be read costs nothing."""
    declared = _META_CHARSET.search(body[:4_000])
    stated = _HEADER_CHARSET.search(content_type)
    name = stated[1] if stated else declared[1].decode() if declared else "utf-8"
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        name = "utf-16"
    try:
        return body[: 2 * LONGEST_PAGE].decode(name if CHARSET.fullmatch(name) else "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")
