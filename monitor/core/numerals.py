"""Figures in a text: digits and number words in the desk's languages, with what they are qualified by.

Knows ranges, rises and qualifiers; knows nothing of what figures count. What is no figure (years, dates, ages,
distances, names) is left out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from monitor.core.countwords import is_one, longest
from monitor.core.digits import Line, Written, written
from monitor.core.entry import Document
from monitor.core.nofigures import is_none
from monitor.core.terms import Span

_DASHES = frozenset("-‐‑–—")
_ARROW = re.compile(r"^\s*(?:->|→|➜|=>)\s*$")
_TURKISH_FROM, _TURKISH_TO = re.compile(r"'?[dt][ea]n$"), re.compile(r"'?(?:y?[ea])$")


class Qualifier(StrEnum):
    """How firmly a figure is given."""

    EXACT = "exact"
    ABOUT = "about"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    RANGE = "range"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number at some words of a document: from `low` to `high`, None open; `ordinal` where it orders.

    `former` is what the text says it was before ("from 24 to 31"), None where it says nothing. `article` marks a word
    that may be no number ("bir devriye"), `part` one that is counted in another ("including two children"),
    `people` one that has its noun in itself ("قتيلان", "a soldier").
    """

    span: Span
    low: int
    high: int | None
    qualifier: Qualifier = Qualifier.EXACT
    ordinal: bool = False
    former: int | None = None
    article: bool = False
    part: bool = False
    people: bool = False


def figures(document: Document) -> tuple[Figure, ...]:
    """Every figure of a document's title and lead, in the order of the text."""
    lines = (Line(part, document.language) for part in document.parts[:2])
    return tuple(one for line in lines for one in _figures(line))


def _figures(line: Line) -> Iterator[Figure]:
    numbers = list(written(line))
    at = 0
    while at < len(numbers):
        one = last = numbers[at]
        pair = _pair(line, one, numbers[at + 1]) if at + 1 < len(numbers) else None
        if pair is not None:
            last = numbers[at + 1]
        at += 1 if pair is None else 2
        backwards = pair is not None and pair.low > (pair.high or 0)
        if not (backwards or one.barred or last.barred or is_none(line, one, last)):
            yield pair or _single(line, one)


def _pair(line: Line, one: Written, other: Written) -> Figure | None:
    """Two numbers that are one figure: a range, or a figure with what it was."""
    between = other.first - one.last - 1
    if between > 1 or (one.ordinal and not other.ordinal):
        return None
    gap = line.gap(one.last)
    if between == 0:
        return _side_by_side(line, one, other, gap)
    if one.value >= other.value or "," in gap:
        return None
    return _spoken_pair(line, one, other, line.words[one.last + 1])


def _side_by_side(line: Line, one: Written, other: Written, gap: str) -> Figure | None:
    turkish = _TURKISH_FROM.search(one.ending) and _TURKISH_TO.search(other.ending)
    if _ARROW.match(gap) or (line.language == "tr" and turkish):
        return _figure(line, one, other, low=other.value, former=one.value)
    # "2-1" is a score, and a date; "iki-üç" two or three.
    ranged = gap.strip() in _DASHES
    if other.joined and one.value < other.value:
        ranged = bool(longest(line.ahead(one.first), "between", line.language, ahead=True))
    return _figure(line, one, other, low=one.value, top=other.value, qualifier=Qualifier.RANGE) if ranged else None


def _spoken_pair(line: Line, one: Written, other: Written, word: str) -> Figure | None:
    ahead = line.ahead(one.first)
    if is_one(word, "and", line.language) and longest(ahead, "between", line.language, ahead=True):
        return _figure(line, one, other, low=one.value, top=other.value, qualifier=Qualifier.RANGE)
    if not is_one(word, "to", line.language):
        return None
    if longest(ahead, "from", line.language, ahead=True):
        return _figure(line, one, other, low=other.value, former=one.value)
    return _figure(line, one, other, low=one.value, top=other.value, qualifier=Qualifier.RANGE)


def _single(line: Line, number: Written) -> Figure:
    ahead, behind = line.ahead(number.first), line.behind(number.last)
    # "30'dan fazla": the case is an ending of the number.
    if number.ending:
        behind = (number.ending.removeprefix("'"), *behind)
    low, qualifier = number.value, Qualifier.EXACT
    high: int | None = low
    if number.dozens or _has(line, "at_least", ahead, behind) or _plus(line, number.last):
        high, qualifier = None, Qualifier.AT_LEAST
    elif _has(line, "at_most", ahead, behind) and not _risen(line, ahead):
        low, qualifier = 0, Qualifier.AT_MOST
    elif _has(line, "about", ahead, behind):
        qualifier = Qualifier.ABOUT
    part = any(longest(ahead[: len(ahead) - skip], "part_of", line.language, ahead=True) for skip in range(3))
    figure = _figure(line, number, number, low=low, top=high, qualifier=qualifier)
    return replace(figure, article=number.article, people=number.people, part=part or _is_part(line, number))


def _risen(line: Line, ahead: Sequence[str]) -> bool:
    """In Slavic languages what rises "to" nine and "up to" nine are one word."""
    return any(is_one(word, "rises", line.language) for word in ahead[-3:-1])


def _plus(line: Line, last: int) -> bool:
    return line.part.text.startswith("+", line.part.tokens[last].end)


def _is_part(line: Line, number: Written) -> bool:
    """Some of those that are counted: "two of them", "one of the dead"."""
    behind = line.behind(number.last)
    return line.language == "en" and behind[:1] == ("of",) and behind[1:2] in {("them",), ("the",), ("whom",)}


def _has(line: Line, name: str, ahead: Sequence[str], behind: Sequence[str]) -> bool:
    before = longest(tuple(ahead), f"{name}_ahead", line.language, ahead=True)
    return bool(before or longest(tuple(behind), f"{name}_behind", line.language))


def _figure(
    line: Line, one: Written, other: Written, *, low: int, top: int | None = -1, qualifier: Qualifier = Qualifier.EXACT,
    former: int | None = None,
) -> Figure:  # fmt: skip
    span = Span(line.part.base + one.first, line.part.base + other.last)
    high = low if top == -1 else top
    return Figure(span=span, low=low, high=high, qualifier=qualifier, ordinal=other.ordinal, former=former)
