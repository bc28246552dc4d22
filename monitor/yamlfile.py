"""YAML files as nodes with positions, and readers that collect every problem instead of stopping at the first.

The one module that knows ruamel.yaml. Knows YAML 1.2 and where things stand; knows nothing of what the keys mean.

The tree is made from parser events, not by a constructor: every scalar stays the text that was written (`no`, `12:30`
and `0123` are strings until a reader asks for a number), duplicate keys are seen, and an alias, the stuff of
exponential bombs, is refused before anything is built.
"""

import difflib
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from monitor.errors import Problem

LARGEST_FILE = 8_000_000
DEEPEST = 30

_DURATION = re.compile(r"([0-9]{1,7})\s*(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_WIDE_ESCAPE = re.compile(r"\\U(?!0010|000[0-9A-F])[0-9A-F]{8}", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")

# What ruamel says, and plain words for it. Of the first the author has to look where the construct begins.
_UNFINISHED = {
    r"quoted scalar.* unexpected (end of stream|document sep)": "this quote is never closed",
    r"flow (sequence|mapping).*expected ',' or": "this bracket is never closed, or a comma is missing in it",
    r"could not find expected ':'": "a key has ': ' behind it, a list item begins with '- '",
}
_MISPLACED = {
    r"found '<stream end>'": "the file ends inside [ or {; close the bracket",
    r"found character '\\t'": "a tab cannot indent YAML; use spaces",
    r"cannot start any token|an (alias|anchor)|an? tag": "a text that begins with a sign needs quotes around it",
    r"unknown escape character": r"""within "..." a backslash is written \\; within '...' it stands for itself""",
    r"expected '<document start>'": "the value above ended before this; check how far this line is indented",
    r"flow node expected the node content": "a value is missing before this; or take the comma out",
    r"expected the node content": "no value can begin so; put quotes around a text",
    r"sequence entries are not allowed": "no list can begin here; put its first '- ' on a line of its own",
    r"block scalar": "behind | or > stand only + or -, and the text on the lines below",
    r"expected <block end>, but found '<block": "this line is indented unlike the lines above it",
    r"block collection.*found '\?'": "the list above goes on here; begin the line with '- '",
    r"block mapping.*found '-'": "a key was expected here; indent the list below its key",
    r"expected <block end>": "the value ended before this; put quotes around all of it, and write ' within '...' twice",
}


@dataclass(slots=True)
class Node:
    """A value in a file. `value` is text, a list of nodes, or a mapping of keys to nodes.

    `bare` marks text without quotes; `keys` holds the node of each key, for problems with the key itself. `inside` is
    the way from the column to the first character of the text, None where the text is not written in one piece.
    """

    file: str
    line: int
    column: int
    value: "str | list[Node] | dict[str, Node]"
    bare: bool = False
    inside: int | None = None
    keys: "dict[str, Node]" = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """A key with nothing behind it, or null."""
        return self.bare and self.value in {"", "~", "null"}


class Problems:
    """What is wrong so far, gathered while reading on."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def __bool__(self) -> bool:
        return any(not problem.warning for problem in self.found)

    @property
    def errors(self) -> int:
        """How many there are, warnings aside."""
        return sum(not problem.warning for problem in self.found)

    def add(self, node: Node, message: str, *, offset: int = 0, warning: bool = False) -> None:
        """Note a problem at a node; `offset` moves the column into a bare text."""
        column = node.column + offset
        self.found.append(Problem(file=node.file, line=node.line, column=column, message=message, warning=warning))


def load(path: Path, shown: str, problems: Problems) -> Node | None:
    """The root of a file, or None where it cannot be read; `shown` is the name problems carry."""
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            message = f"the file has {size:,} bytes, more than {LARGEST_FILE:,}; split it"
            problems.found.append(Problem(file=shown, message=message))
            return None
        return parse(path.read_text(encoding="utf-8-sig"), shown, problems)
    except UnicodeDecodeError as error:
        line, column = _place(error.object[: error.start].decode(), error.start)
        message = f"the file is not UTF-8 from here on (byte {error.start + 1}); save it as UTF-8"
        problems.found.append(Problem(file=shown, line=line, column=column, message=message))
    except OSError as error:
        problems.found.append(Problem(file=shown, message=f"the file cannot be read: {error.strerror}"))
    return None


def parse(text: str, shown: str, problems: Problems) -> Node | None:
    """The root of a YAML text, or None with the problem noted."""
    builder = _Builder(shown, problems)
    try:
        return builder.build(YAML(typ="safe", pure=True).parse(text))
    except MarkedYAMLError as error:
        line, column, message = _syntax_problem(error, text)
    except ReaderError as error:
        line, column = _place(text, error.position)
        message = f"the character U+{error.character:04X} is not allowed in YAML; remove it"
    except OverflowError:
        # ruamel hands the number of an escape to chr() as it is.
        found = _WIDE_ESCAPE.search(text)
        line, column = _place(text, found.start() if found else 0)
        message = r"this \U escape names no character"
    except (YAMLError, RecursionError) as error:
        line, column, message = 0, 0, f"this is no YAML: {' '.join(str(error).split()) or type(error).__name__}"
    problems.found.append(Problem(file=shown, line=line, column=column, message=message))
    return None


def mapping(
    node: Node, problems: Problems, *, known: Collection[str], required: Iterable[str] = (), what: str
) -> dict[str, Node]:
    """The entries of a mapping that are known; notes unknown, missing and empty keys."""
    if not isinstance(node.value, dict):
        problems.add(node, f"{what} is a mapping of keys to values ({_some(known)})")
        return {}
    unknown = [key for key in node.value if key not in known]
    for key in unknown:
        hint = nearest(key, known) or f"; known are {_some(known)}"
        problems.add(node.keys[key], f"unknown key {key!r} in {what}{hint}")
    misspelt = {_closest(key, known) for key in unknown}
    for key in required:
        if key not in node.value and key not in misspelt:
            problems.add(node, f"{what} lacks {key!r}; add it")
    for key, value in node.value.items():
        if key in known and value.empty:
            problems.add(value, f"{key!r} has no value; give one or remove the key")
    return {key: value for key, value in node.value.items() if key in known and not value.empty}


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
        problems.add(node, f"{what} is a date, written as 2027-06-30{_not(node)}")
        return None


def truth(node: Node, problems: Problems, what: str) -> bool:
    """True or false, as YAML 1.2 writes them."""
    return choice(node, problems, what, ("true", "false")) != "false"


def choice(node: Node, problems: Problems, what: str, allowed: Collection[str]) -> str:
    """One of the allowed words; a problem and "" for anything else."""
    written = node.value if isinstance(node.value, str) else ""
    if written in allowed:
        return written
    problems.add(node, f"{what} is one of {_some(allowed)}{_not(node)}{nearest(written, allowed)}")
    return ""


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`, or nothing where no known name is near."""
    closest = _closest(name, known)
    return f"; did you mean {closest!r}?" if closest is not None else ""


def _closest(name: str, known: Iterable[str]) -> str | None:
    return next(iter(difflib.get_close_matches(name, list(known), 1, 0.6)), None)


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


def _place(text: str, position: int) -> tuple[int, int]:
    """Line and column, from 1, of the character at a position."""
    before = text[:position]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _syntax_problem(error: MarkedYAMLError, text: str) -> tuple[int, int, str]:
    """Line, column and plain words for what ruamel says."""
    mark, start = error.problem_mark or error.context_mark, error.context_mark or error.problem_mark
    if mark is None or start is None:
        return 0, 0, f"YAML syntax: {' '.join(str(error).split())}"
    line, column = mark.line + 1, mark.column + 1
    said = " ".join(f"{error.context or ''} {error.problem or ''}".split())
    if "mapping values are not allowed" in said:
        return line, column, _stray_colon(_line(text, line)[: mark.column])
    for pattern, message in _UNFINISHED.items():
        if re.search(pattern, said):
            return start.line + 1, start.column + 1, message
    for pattern, message in _MISPLACED.items():
        if re.search(pattern, said):
            return line, column, message
    return line, column, f"YAML syntax: {said}"


def _stray_colon(before: str) -> str:
    if ": " in before:
        return "a text that holds ': ' needs quotes around it"
    return "no key can stand here; check how far it is indented, and that the line above ends as it should"


def _line(text: str, number: int) -> str:
    lines = re.split("\r\n|\r|\n", text)
    return lines[number - 1] if number <= len(lines) else ""


def _refusal(event: NodeEvent, depth: int) -> str:
    if isinstance(event, AliasEvent) or event.anchor:
        return "anchors (&) and aliases (*) are not used here; write the value out, or quote a text that begins so"
    if getattr(event, "tag", None):
        return "tags (!) are not used here; write the value alone, or quote a text that begins so"
    if isinstance(event, ScalarEvent) and _SURROGATE.search(event.value):
        return "an escape here makes half a character; write the character itself"
    return f"values nest deeper than {DEEPEST}" if depth > DEEPEST else ""


def _inside(event: ScalarEvent) -> int | None:
    """Columns from the start of a scalar to its text: none when bare, one for a quote; None for any other spelling."""
    opening = 0 if event.style is None else 1
    length = event.end_mark.column - event.start_mark.column
    one_piece = event.start_mark.line == event.end_mark.line and length == len(event.value) + 2 * opening
    return opening if one_piece else None


class _Builder:
    """Nodes from parser events; refuses aliases, further documents and depth."""

    def __init__(self, shown: str, problems: Problems) -> None:
        self._shown = shown
        self._problems = problems

    def build(self, events: Iterator[object]) -> Node | None:
        """The root node of the first document; None for an empty file or one with a refused construct."""
        root: Node | None = None
        for event in events:
            if isinstance(event, DocumentStartEvent) and root is not None:
                self._refuse(event, "a second document ('---') begins here; use one file for each")
                return None
            if isinstance(event, NodeEvent):
                root = self._node(event, events, 1)
                if root is None:
                    return None
        if root is None or root.empty:
            self._problems.found.append(Problem(file=self._shown, message="the file is empty"))
            return None
        return root

    def _node(self, event: NodeEvent, events: Iterator[object], depth: int) -> Node | None:
        refusal = _refusal(event, depth)
        if refusal:
            self._refuse(event, refusal)
            return None
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if isinstance(event, ScalarEvent):
            return Node(self._shown, line, column, event.value, bare=event.style is None, inside=_inside(event))
        node = Node(self._shown, line, column, {} if isinstance(event, MappingStartEvent) else [])
        fill = self._fill_list if isinstance(event, SequenceStartEvent) else self._fill_mapping
        return node if fill(node, events, depth) else None

    def _fill_list(self, node: Node, events: Iterator[object], depth: int) -> bool:
        values: list[Node] = []
        for event in events:
            if isinstance(event, SequenceEndEvent):
                break
            child = self._node(event, events, depth + 1) if isinstance(event, NodeEvent) else None
            if child is None:
                return False
            values.append(child)
        node.value = values
        return True

    def _fill_mapping(self, node: Node, events: Iterator[object], depth: int) -> bool:
        values: dict[str, Node] = {}
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._node(event, events, depth + 1) if isinstance(event, NodeEvent) else None
            value_event = next(events) if key is not None else None
            value = self._node(value_event, events, depth + 1) if isinstance(value_event, NodeEvent) else None
            if key is None or value is None:
                return False
            self._keep(node, values, key, value)
        node.value = values
        return True

    def _keep(self, node: Node, values: dict[str, Node], key: Node, value: Node) -> None:
        if not isinstance(key.value, str):
            self._problems.add(key, "a key is a plain text")
        elif key.value in values:
            first = node.keys[key.value].line
            self._problems.add(key, f"key {key.value!r} again; first on line {first}, remove one of them")
        else:
            if value.value == "" and value.bare:
                # ruamel places what is not there at the start of whatever comes next, lines below.
                value.line, value.column = key.line, key.column
            values[key.value] = value
            node.keys[key.value] = key

    def _refuse(self, event: NodeEvent | DocumentStartEvent, message: str) -> None:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        self._problems.found.append(Problem(file=self._shown, line=line, column=column, message=message))
