"""Plain words for what a YAML parser has against a text. Knows libyaml's complaints, not where they come from."""

import re
from typing import Protocol

_SIGN = "a text that begins with a sign needs quotes around it"
_ENDED = "the value ended before this; put quotes around all of it, and write ' within '...' twice"

# {why: he said: yes}
_TWO_COLONS = "a text that holds ': ' needs quotes around it; or a comma is missing before this key"

# What libyaml says, and plain words for it. Of the first the author has to look where the construct begins.
_UNFINISHED = {
    r"quoted scalar.* unexpected (end of stream|document ind)": "this quote is never closed",
    r"flow (sequence|mapping).*expected ',' or": "this bracket is never closed, or a comma is missing in it",
    r"could not find expected ':'": "a key has ': ' behind it, a list item begins with '- '",
    r"scanning a directive": _SIGN,
    r"invalid Unicode.*'u'": "an escape here makes half a character; write the character itself",
}
_MISPLACED = {
    r"node content.*'<end>'": "the file ends inside [ or {; close the bracket",
    r"found a tab|cannot start any token.*'\\t'": "a tab cannot indent YAML; use spaces",
    r"cannot start any token|an (alias|anchor)|a tag|tag handle": _SIGN,
    r"unknown escape character": r"""within "..." a backslash is written \\; within '...' it stands for itself""",
    r"invalid Unicode": r"this \U escape names no character",
    r"expected <document start>": "the value above ended before this; check how far this line is indented",
    r"'<colon>'": "a key is missing before this ':'; a text that begins so needs quotes around it",
    r"flow node did not find": "a value is missing before this; or take the comma out",
    r"expected node content": "no value can begin so; put quotes around a text",
    r"sequence entries are not allowed": "no list can begin here; put its first '- ' on a line of its own",
    r"block scalar": "behind | or > stand only + or -, and the text on the lines below",
    r"expected '-' indicator.*'<key>'": "the list above goes on here; begin the line with '- '",
    r"expected key.*'<item>'": "a key was expected here; indent the list below its key",
    r"expected (key|'-' indicator).*'<deeper>'": "this line is indented unlike the lines above it",
    r"expected (key|'-' indicator)": _ENDED,
}
# Where the thing complained of lies that many characters from where libyaml points.
_BESIDE = {"unknown escape character": 1, "invalid Unicode": -2}


class Mark(Protocol):
    """A place in a text, each from 0."""

    index: int
    line: int
    column: int


class Fault(Protocol):
    """What a parser says: what it was about, where that began, what was wrong and where."""

    context: str | None
    context_mark: Mark | None
    problem: str | None
    problem_mark: Mark | None


def place(text: str, position: int) -> tuple[int, int]:
    """Line and column, from 1, of the character at a position; lines end as they do in YAML 1.2."""
    before = re.sub("\r\n?", "\n", text[:position])
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def told(fault: Fault, text: str) -> tuple[int, int, str]:
    """Line, column and plain words for a fault in a text."""
    mark, start = fault.problem_mark or fault.context_mark, fault.context_mark or fault.problem_mark
    said = " ".join(f"{fault.context or ''} {fault.problem or ''}".split())
    if mark is None or start is None:
        return 0, 0, f"YAML syntax: {said}"
    line, column = _pointed_at(mark, said, text)
    if "mapping values are not allowed" in said:
        return line, column, _stray_colon(_line_before(text, mark))
    if "expected ','" in said and text[mark.index : mark.index + 1] == ":" and ": " in _line_before(text, mark):
        return line, column, _TWO_COLONS
    seen = f"{said} {_seen(mark, start, said, text)!r}"
    for pattern, message in _UNFINISHED.items():
        if re.search(pattern, seen):
            return start.line + 1, start.column + 1, message
    for pattern, message in _MISPLACED.items():
        if re.search(pattern, seen):
            return line, column, message
    return line, column, f"YAML syntax: {said}"


def _pointed_at(mark: Mark, said: str, text: str) -> tuple[int, int]:
    """The place of a mark; libyaml ends a text with a line more than it has."""
    if mark.index >= len(text):
        return place(text, len(text))
    beside = next((way for words, way in _BESIDE.items() if words in said), 0)
    return mark.line + 1, mark.column + 1 + beside


def _seen(mark: Mark, start: Mark, said: str, text: str) -> str:
    """What stands at the mark, as far as it makes a difference; libyaml leaves it unsaid."""
    if "invalid Unicode" in said:
        return text[mark.index - 1 : mark.index]
    if "any token" in said:
        return text[mark.index : mark.index + 1]
    if mark.index >= len(text):
        return "<end>"
    if text[mark.index] == ":":
        return "<colon>"
    if _line_before(text, mark).strip(" "):
        return "<further on>"
    rest = re.match("[^\r\n]*", text[mark.index :])
    return _begun(rest[0] if rest else "", deeper=mark.column != start.column)


def _begun(line: str, *, deeper: bool) -> str:
    """What kind of entry a line begins; `deeper` where that is not the column of the entries above."""
    if re.match(r"-(\s|$)", line):
        return "<deeper>" if deeper else "<item>"
    if re.match(r"\?(\s|$)", line) or re.search(r"^[^\[\]{}].*:(\s|$)", line):
        return "<deeper>" if deeper else "<key>"
    return "<text>"


def _stray_colon(before: str) -> str:
    if ": " in before:
        return "a text that holds ': ' needs quotes around it"
    return "no key can stand here; check how far it is indented, and that the line above ends as it should"


def _line_before(text: str, mark: Mark) -> str:
    """What stands in a mark's line before it."""
    return text[mark.index - mark.column : mark.index]
