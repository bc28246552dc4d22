"""HTML in titles and summaries to plain text.

Knows tags and references, of any brokenness; keeps nothing of scripts and styles. It reads tags by itself: html.parser
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
# More digits than int() takes.
_ENDLESS = re.compile(r"&#[0-9]{100,};?")
_SPACE = re.compile(r"\s+")


def plaintext(markup: str) -> str:
    """The text a reader would see, in one line per block; never raises."""
    markup = markup[:LONGEST].replace("\x00", "")
    if "<" not in markup and "&" not in markup:
        return " ".join(markup.split())
    lines = "".join(_pieces(_ENDLESS.sub("\ufffd", _without_comments(markup)))).split("\n")
    stripped = (" ".join(line.split()) for line in lines)
    return "\n".join(line for line in stripped if line)


def _without_comments(markup: str) -> str:
    """A comment that is never closed stays as text."""
    before, *rest = markup.split("<!--")
    return before + "".join(part.partition("-->")[2] if "-->" in part else f"<!--{part}" for part in rest)


def _pieces(markup: str) -> Iterator[str]:
    """The text between the tags, without line breaks of its own, and a line break for each tag that makes one."""
    at, silent = 0, ""
    for tag in _TAG.finditer(markup):
        if not silent:
            yield _text(markup[at : tag.start()])
        at, name = tag.end(), (tag["name"] or "").lower()
        if name in _BREAKS and not silent:
            yield "\n"
        silent = _silence(silent, name, tag)
    if not silent:
        yield _text(markup[at:])


def _silence(silent: str, name: str, tag: re.Match[str]) -> str:
    """The element whose content is left out behind this tag, if any."""
    if silent:
        return "" if tag["close"] and name == silent else silent
    return name if name in _SILENT and not tag["close"] and not tag[0].endswith("/>") else ""


def _text(piece: str) -> str:
    return _SPACE.sub(" ", html.unescape(piece))
