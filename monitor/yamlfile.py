"""Readers of YAML nodes that collect every problem instead of stopping at the first. Know nothing of what keys mean."""

import calendar
import difflib
import re
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from heapq import nlargest
from itertools import pairwise

from monitor.yamltree import DEEPEST, LARGEST_FILE, Node, Problems, load, parse

__all__ = [
    "DEEPEST", "LARGEST_FILE", "Node", "Problems", "choice", "day", "duration", "items", "load", "mapping", "nearest",
    "no_such_day", "pairs", "parse", "text", "texts", "truth", "whole",
]  # fmt: skip

# A name is compared with all that are known: 10,000 mistyped ones with 10,000 known would take minutes.
HINTS_AT_MOST = 50
LONGEST_NAME = 100
COMPARED_AT_MOST = 200

_DURATION = re.compile(r"([0-9]{1,7})\s*(s|m|h|d)")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?![0-9])")
_MONTHS = 12
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def mapping(
    node: Node, problems: Problems, *, known: Collection[str], required: Iterable[str] = (), what: str
) -> dict[str, Node]:
    """The entries of a mapping that are known; notes unknown, missing and empty keys."""
    if not isinstance(node.value, dict):
        problems.add(node, f"{what} is a mapping of keys to values ({_some(known)})")
        return {}
    misspelt: set[str | None] = set()
    cut: set[str] = set()
    for key in (key for key in node.value if key not in known):
        if before := _cut_off(node, key):
            message = f"the text of {before!r} ends at the comma before {key!r}; put quotes around the whole text"
            if before not in cut:
                problems.add(node.keys[key], message)
            cut.add(before)
            continue
        closest = _closest(key, known, problems)
        misspelt.add(closest)
        hint = _suggestion(closest) or f"; known are {_some(known)}"
        problems.add(node.keys[key], f"unknown key {key!r} in {what}{hint}")
    for key in required:
        if key not in node.value and key not in misspelt:
            problems.add(node, f"{what} lacks {key!r}; add it")
    for key, value in node.value.items():
        if key in known and value.empty:
            problems.add(value, f"{key!r} has no value; give one or remove the key")
    return {key: value for key, value in node.value.items() if key in known and not value.empty}


def _cut_off(node: Node, key: str) -> str:
    """The key of whose text this one is the rest: {why: yes, it rings} has a key "it rings", with nothing behind it.

    Within braces alone a comma ends a text; there, two keys may stand in one line.
    """
    entries = node.value if isinstance(node.value, dict) else {}
    names = list(entries)
    place = names.index(key)
    first = next((name for name in reversed(names[:place]) if not entries[name].empty), "")
    cut = entries[key].value == "" and entries[key].bare and first and isinstance(entries[first].value, str)
    return first if cut and entries[first].bare and node.keys[first].line == node.keys[key].line else ""


def versioned(
    root: Node, problems: Problems, *, known: Collection[str], required: Iterable[str] = (), what: str
) -> dict[str, Node]:
    """The entries of a file that may say which version of its kind it is; there is one so far."""
    top = mapping(root, problems, known=known, required=required, what=what)
    if "version" in top and top["version"].value != "1":
        problems.add(top["version"], f"this program reads 'version: 1'{_not(top['version'])}")
    return top


def items(node: Node, problems: Problems, what: str) -> list[Node]:
    """The nodes of a list; a problem and nothing for anything else."""
    if isinstance(node.value, list):
        return node.value
    problems.add(node, f"{what} is a list; begin each item with '- ' or write [a, b]")
    return []


def pairs(node: Node, problems: Problems, what: str) -> list[tuple[str, Node]]:
    """The entries of a mapping whose keys are free names."""
    if isinstance(node.value, dict):
        return list(node.value.items())
    problems.add(node, f"{what} is a mapping of names to values")
    return []


def text(node: Node, problems: Problems, what: str) -> str:
    """A text; a problem and "" for anything else."""
    if isinstance(node.value, str) and node.value.strip() and not node.empty:
        return node.value
    if isinstance(node.value, str) and not node.empty:
        problems.add(node, f"{what} is an empty text; write one, or remove it")
    else:
        problems.add(node, f"{what} is a text; put it in quotes if it holds ': ', ' #', [ or {{")
    return ""


def texts(node: Node, problems: Problems, what: str) -> tuple[str, ...]:
    """A list of texts."""
    return tuple(text(item, problems, f"an item of {what}") for item in items(node, problems, what))


def whole(node: Node, problems: Problems, what: str, lowest: int, highest: int) -> int:
    """A whole number within bounds; a problem and the lowest for anything else."""
    written = node.value if isinstance(node.value, str) else ""
    if re.fullmatch(r"[0-9]{1,12}", written) and lowest <= int(written) <= highest:
        return int(written)
    problems.add(node, f"{what} is a whole number from {lowest} to {highest}{_not(node)}")
    return lowest


def duration(node: Node, problems: Problems, what: str, shortest: timedelta, longest: timedelta) -> timedelta:
    """A duration such as 90s, 10m, 6h or 3d within bounds."""
    match = _DURATION.fullmatch(node.value) if isinstance(node.value, str) else None
    if match:
        value = timedelta(**{_UNITS[match[2]]: int(match[1])})
        if shortest <= value <= longest:
            return value
    bounds = f"from {_written(shortest)} to {_written(longest)}"
    problems.add(node, f"{what} is a duration {bounds}, written as 90s, 10m, 6h or 3d{_not(node)}")
    return shortest


def day(node: Node, problems: Problems, what: str) -> date | None:
    """A date written as 2027-06-30."""
    try:
        return date.fromisoformat(node.value if isinstance(node.value, str) else "")
    except ValueError:
        problems.add(node, f"{what} is a date, written as 2027-06-30{no_such_day(node) or _not(node)}")
        return None


def no_such_day(node: Node) -> str:
    """`; there is no 2025-02-30, for February 2025 has 28 days`; nothing where another thing than a day stands."""
    match = _DAY.match(node.value) if isinstance(node.value, str) else None
    year, month, number = (int(part) for part in match.groups()) if match else (0, 0, 0)
    if match is None or year == 0:
        return ""
    if not 1 <= month <= _MONTHS:
        return f"; there is no {match[0]}, for a year has {_MONTHS} months"
    days = calendar.monthrange(year, month)[1]
    told = f"{calendar.month_name[month]} {year} has {days} days"
    return f"; there is no {match[0]}, for {told}" if not 1 <= number <= days else ""


def truth(node: Node, problems: Problems, what: str) -> bool:
    """True or false, as YAML 1.2 writes them."""
    return choice(node, problems, what, ("true", "false")) != "false"


def choice(node: Node, problems: Problems, what: str, allowed: Collection[str]) -> str:
    """One of the allowed words; a problem and "" for anything else."""
    written = node.value if isinstance(node.value, str) else ""
    if written in allowed:
        return written
    problems.add(node, f"{what} is one of {_some(allowed)}{_not(node)}{nearest(written, allowed, problems)}")
    return ""


def nearest(name: str, known: Iterable[str], problems: Problems | None = None) -> str:
    """`; did you mean 'x'?`, or nothing where no known name is near.

    With the problems it is meant for, only the first HINTS_AT_MOST of them ask; `known` is not read for the others.
    """
    return _suggestion(_closest(name, known, problems))


def _closest(name: str, known: Iterable[str], problems: Problems | None) -> str | None:
    if len(name) > LONGEST_NAME or (problems is not None and problems.hints >= HINTS_AT_MOST):
        return None
    if problems is not None:
        problems.hints += 1
    return next(iter(difflib.get_close_matches(name, _alike(name, known), 1, 0.6)), None)


def _alike(name: str, known: Iterable[str]) -> list[str]:
    """All that are known, or of very many those that share the most pairs of letters."""
    short_enough = [one for one in known if len(one) <= 3 * len(name)]
    if len(short_enough) <= COMPARED_AT_MOST:
        return short_enough
    letters = set(pairwise(name))
    return nlargest(COMPARED_AT_MOST, short_enough, lambda one: len(letters.intersection(pairwise(one))))


def _suggestion(closest: str | None) -> str:
    return f"; did you mean {closest!r}?" if closest is not None else ""


def _some(names: Collection[str]) -> str:
    return ", ".join(names if isinstance(names, tuple | list) else sorted(names))


def _not(node: Node) -> str:
    """What stands there instead, where that is a text and short enough to be shown."""
    return f", not {node.value!r}" if isinstance(node.value, str) and len(node.value) <= 60 else ""


def _written(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
