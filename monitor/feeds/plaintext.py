"""HTML in titles and summaries to plain text.

Knows tags and references, of any brokenness, and that they come escaped twice; keeps nothing of scripts and styles, nor
of characters that are no text. It reads tags by itself: html.parser
takes 25 seconds over 64 kB of "<a " (CVE-2025-6069 and its like) and raises on "<![x[". What does not close as a tag
before the next "<" is text, so every character is looked at once or twice. The input is cut first nonetheless.
"""

import html
import re
from collections.abc import Iterator

LONGEST = 65_536

_SILENT = frozenset({"script", "style", "template"})
_BREAKS = frozenset({"p", "br", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "tr", "td", "blockquote", "hr"})
_TAG = re.compile(
    r"""<!\[CDATA\[|\]\]>                        # text that was wrapped twice
    |<(?P<close>/?)(?P<name>[a-zA-Z][^\s/<>]*)
      (?>(?:[^<>=]+|=\s*"[^"<]*"|=\s*'[^'<]*'|=)*)>
    |<[!?/][^<>]*>""",
    re.VERBOSE,
)
# Names that make a tag of "<x>" in a title, where "<LIVE>" and "a <b" are words.
_KNOWN = _SILENT | _BREAKS | frozenset({
    "a", "abbr", "acronym", "address", "area", "article", "aside", "audio", "b", "base", "bdi", "bdo", "big", "body",
    "button", "canvas", "caption", "center", "cite", "code", "col", "dd", "del", "details", "dfn", "dl", "dt", "em",
    "embed", "fieldset", "figcaption", "figure", "font", "footer", "form", "h5", "h6", "head", "header", "html", "i",
    "iframe", "img", "input", "ins", "kbd", "label", "legend", "link", "main", "map", "mark", "meta", "nav", "nobr",
    "noscript", "object", "option", "picture", "pre", "q", "s", "samp", "section", "select", "small", "source", "span",
    "strike", "strong", "sub", "summary", "sup", "svg", "table", "tbody", "textarea", "tfoot", "th", "thead", "time",
    "title", "tt", "u", "var", "video", "wbr",
})  # fmt: skip
# What is left of markup that was escaped twice: a whole tag, or a reference.
_LEFT = re.compile(
    r"</?(?:p|br|a|b|i|div|span|strong|em|img|li|ul|ol|h[1-6]|td|tr|table|font|u|blockquote)(?:\s[^<>]*)?/?>"
    r"|&(?:[a-zA-Z]{2,8}|#[0-9]{2,6}|#[xX][0-9a-fA-F]{2,6});",
    re.IGNORECASE,
)
_ROUNDS = 3
# Neither text nor space; half a character is what JSON can say ("\\ud83d").
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ufffe\uffff]")
_HALF = re.compile("[\ud800-\udfff]")
# More digits than int() takes.
_ENDLESS = re.compile(r"&#[0-9]{100,};?")
_SPACE = re.compile(r"\s+")


def plaintext(markup: str) -> str:
    """The text a reader would see, in one line per block; never raises."""
    return _plain(markup, frozenset())


def headline(markup: str) -> str:
    """A title in one line, out of as much escaping as it came in; what is no tag of HTML stays: "a < b", "<LIVE>"."""
    text = markup
    for _ in range(_ROUNDS):
        before, text = text, " ".join(_plain(text, _KNOWN).split())
        if text == before:
            break
    return text


def prose(markup: str) -> str:
    """A summary or content, one line per block; a second time where whole tags or references are left."""
    text = plaintext(markup)
    for _ in range(_ROUNDS - 1):
        if not _LEFT.search(text):
            break
        text = "\n".join(filter(None, map(plaintext, text.split("\n"))))
    return text


def _plain(markup: str, names: frozenset[str]) -> str:
    """Tags of these names go, or all."""
    markup = _HALF.sub("\ufffd", _NO_TEXT.sub("", _cut(markup)))
    if "<" not in markup and "&" not in markup:
        return " ".join(markup.split())
    lines = "".join(_pieces(_ENDLESS.sub("\ufffd", _without_comments(markup)), names)).split("\n")
    stripped = (" ".join(line.split()) for line in lines)
    return "\n".join(line for line in stripped if line)


def _cut(markup: str) -> str:
    """No more than is read, and not half a tag at the end of it."""
    if len(markup) <= LONGEST:
        return markup
    begun = markup.rfind("<", LONGEST - 200, LONGEST)
    return markup[: LONGEST if begun < 0 or ">" in markup[begun:LONGEST] else begun]


def _without_comments(markup: str) -> str:
    """A comment that is never closed stays as text."""
    before, *rest = markup.split("<!--")
    return before + "".join(part.partition("-->")[2] if "-->" in part else f"<!--{part}" for part in rest)


def _pieces(markup: str, names: frozenset[str]) -> Iterator[str]:
    """The text between the tags, without line breaks of its own, and a line break for each tag that makes one."""
    at, silent = 0, ""
    for tag in _TAG.finditer(markup):
        name = (tag["name"] or "").lower()
        if name and names and not _is_tag(tag[0], name, names):
            continue
        if not silent:
            yield _text(markup[at : tag.start()])
        at = tag.end()
        if name in _BREAKS and not silent:
            yield "\n"
        silent = _silence(silent, name, tag)
    if not silent:
        yield _text(markup[at:])


def _is_tag(written: str, name: str, names: frozenset[str]) -> bool:
    """Whether it is one of these tags; "<b then c>" is a comparison or two."""
    known = name in names or ":" in name
    return known and ("=" in written or not written.strip("</>")[len(name) :].strip())


def _silence(silent: str, name: str, tag: re.Match[str]) -> str:
    """The element whose content is left out behind this tag, if any."""
    if silent:
        return "" if tag["close"] and name == silent else silent
    return name if name in _SILENT and not tag["close"] and not tag[0].endswith("/>") else ""


def _text(piece: str) -> str:
    return _SPACE.sub(" ", html.unescape(piece))
