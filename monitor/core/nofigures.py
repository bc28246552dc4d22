"""Which numbers of a text are no figures: years, dates, times, ages, distances, shares, money, and names.

Knows what stands beside a number; knows nothing of what figures are wanted for.
"""

import re
from collections.abc import Sequence

from monitor.core.countwords import is_one, longest
from monitor.core.digits import HYPHENS, Line, Written

_YEARS = range(1900, 2100)
# Persian pages count years by the sun.
_SOLAR_YEARS = range(1370, 1420)
_MOST_DAY = 31
_AGES = range(10, 100)
_MONEY_AHEAD, _SHARE_BEHIND = re.compile(r"[$€£₺₽]\s?$"), re.compile(r"^\s?[%٪‰°$€£₺₽]")
_LATIN_OR_CYRILLIC = re.compile(r"[a-zа-яіїєґ]+")
# "T-72", "Su-24": so many letters are a type, not a word.
_TYPE_LETTERS = 4
_LONE_BEHIND = frozenset({"another", "by", "day", "lady", "half", "hand", "time"})
_LONE_AHEAD = frozenset({"no", "any", "each", "every", "at", "which", "this"})


def is_none(line: Line, one: Written, last: Written) -> bool:
    """Whether a number, or the range that ends with `last`, is no figure."""
    ahead, behind = line.ahead(one.first), line.behind(last.last)
    return (
        _is_year(line, one)
        or _is_measured(line, last, behind)
        or _is_dated(line, one, last, ahead, behind)
        or _is_named(line, one, ahead, behind)
        or _is_age(line, one, last)
        or bool(longest(ahead, "rise_by", line.language, ahead=True))
        # "Up from 24": what it was.
        or (one is last and line.language == "en" and ahead[-1:] == ("from",))
    )


def _is_year(line: Line, one: Written) -> bool:
    solar = line.language in {"fa", "ckb"} and one.value in _SOLAR_YEARS
    return (
        one.digits
        and not one.grouped
        and not (one.ordinal and line.language != "tr")
        and (one.value in _YEARS or solar)
    )


def _is_measured(line: Line, last: Written, behind: Sequence[str]) -> bool:
    text, end = line.part.text, line.part.tokens[last.last].end
    start = line.part.tokens[last.first].start
    if _MONEY_AHEAD.search(text[max(0, start - 2) : start]) or _SHARE_BEHIND.match(text[end : end + 2]):
        return True
    compound = line.language == "en" and last.digits and not last.ordinal and text[end : end + 1] in HYPHENS
    if compound and end + 1 < len(text) and text[end + 1].isalpha():
        return True
    return any(is_one(word, "units", line.language) for word in behind[:1]) or (
        # "10 long months", "последние 24 часа"; an ordinal counts what stands next to it only.
        not last.ordinal
        and last.digits
        and len(behind) > 1
        and behind[0] in {"long", "full", "more"}
        and is_one(behind[1], "units", line.language)
    )


def _is_dated(line: Line, one: Written, last: Written, ahead: Sequence[str], behind: Sequence[str]) -> bool:
    if last.value > _MOST_DAY and one.value > _MOST_DAY:
        return False
    of = 1 if behind[:1] in {("of",), ("من",)} else 0
    after = any(is_one(word, "months", line.language) for word in behind[of : of + 1])
    before = any(is_one(word, "months", line.language) for word in ahead[-1:])
    return (after or before) and not (after and behind[of : of + 1] == ("may",) and not of)


def _is_named(line: Line, one: Written, ahead: Sequence[str], behind: Sequence[str]) -> bool:
    """A number that is part of a name, or of a type of weapon; or no number: "no one", "one another"."""
    if one.first > 0 and one.digits and line.gap(one.first - 1) in HYPHENS:
        before = line.words[one.first - 1]
        if _LATIN_OR_CYRILLIC.fullmatch(before) and len(before) <= _TYPE_LETTERS:
            return True
    if line.language == "en" and line.words[one.first] in {"one", "first", "second"}:
        lone = not _LONE_BEHIND.isdisjoint(behind[:1])
        return lone or not _LONE_AHEAD.isdisjoint(ahead[-1:])
    return one.digits and any(is_one(word, "names", line.language) for word in ahead[-1:])


def _is_age(line: Line, one: Written, last: Written) -> bool:
    """An age beside a name: "Ahmed Ali, 32, ..."."""
    tokens, text = line.part.tokens, line.part.text
    if (
        one is not last
        or not one.digits
        or one.ordinal
        or one.value not in _AGES
        or not 0 < one.first < len(tokens) - 1
    ):
        return False
    capital = text[tokens[one.first - 1].start].isupper()
    return capital and line.gap(one.first - 1) == ", " and line.gap(one.last).startswith(",")
