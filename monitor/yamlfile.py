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

from monitor.errors import Problem

LARGEST_FILE = 8_000_000
DEEPEST = 30

_DURATION = re.compile(r"(\d+)\s*(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(slots=True)
class Node:
    """A value in a file. `value` is text, a list of nodes, or a mapping of keys to nodes.

    `bare` marks text without quotes; `keys` holds the node of each key, for problems with the key itself.
    """

    file: str
    line: int
    column: int
    value: "str | list[Node] | dict[str, Node]"
    bare: bool = False
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
        message = f"the file is not UTF-8 (byte {error.start + 1}); save it as UTF-8"
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
    problems.found.append(Problem(file=shown, message=message))
    return None


def parse(text: str, shown: str, problems: Problems) -> Node | None:
    """The root of a YAML text, or None with the problem noted."""
    builder = _Builder(shown, problems)
    try:
        return builder.build(YAML(typ="safe", pure=True).parse(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        message = _syntax_message(error, text, line)
        problems.found.append(Problem(file=shown, line=line, column=column, message=message))
    except (YAMLError, RecursionError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        problems.found.append(Problem(file=shown, message=f"this is no YAML: {first}"))
    return None


def mapping(
    node: Node, problems: Problems, *, known: Collection[str], required: Iterable[str] = (), what: str
) -> dict[str, Node]:
    """The entries of a mapping that are known; notes unknown, missing and empty keys."""
    if not isinstance(node.value, dict):
        problems.add(node, f"{what} is a mapping of keys to values ({_some(known)})")
        return {}
    for key in node.value:
        if key not in known:
            problems.add(node.keys[key], f"unknown key {key!r} in {what}{nearest(key, known)}")
    for key in required:
        if key not in node.value:
            problems.add(node, f"{what} lacks {key!r}")
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
    if isinstance(node.value, str) and not node.empty:
        return node.value
    problems.add(node, f"{what} is a text; put it in quotes if it holds ': ', ' #', [ or {{")
    return ""


def texts(node: Node, problems: Problems, what: str) -> tuple[str, ...]:
    """A list of texts."""
    return tuple(text(item, problems, f"each of {what}") for item in items(node, problems, what))


def whole(node: Node, problems: Problems, what: str, lowest: int, highest: int) -> int:
    """A whole number within bounds; a problem and the lowest for anything else."""
    written = node.value if isinstance(node.value, str) else ""
    if re.fullmatch(r"\d{1,12}", written) and lowest <= int(written) <= highest:
        return int(written)
    problems.add(node, f"{what} is a whole number from {lowest} to {highest}")
    return lowest


def duration(node: Node, problems: Problems, what: str, shortest: timedelta, longest: timedelta) -> timedelta:
    """A duration such as 90s, 10m, 6h or 3d within bounds."""
    match = _DURATION.fullmatch(node.value) if isinstance(node.value, str) else None
    if match:
        value = timedelta(**{_UNITS[match[2]]: min(int(match[1]), 10**6)})
        if shortest <= value <= longest:
            return value
    bounds = f"from {_written(shortest)} to {_written(longest)}"
    problems.add(node, f"{what} is a duration {bounds}, written as 90s, 10m, 6h or 3d")
    return shortest


def day(node: Node, problems: Problems, what: str) -> date | None:
    """A date written as 2027-06-30."""
    try:
        return date.fromisoformat(node.value if isinstance(node.value, str) else "")
    except ValueError:
        problems.add(node, f"{what} is a date, written as 2027-06-30")
        return None


def choice(node: Node, problems: Problems, what: str, allowed: Collection[str]) -> str:
    """One of the allowed words; a problem and "" for anything else."""
    written = node.value if isinstance(node.value, str) else ""
    if written in allowed:
        return written
    problems.add(node, f"{what} is one of {_some(allowed)}, not {written!r}{nearest(written, allowed)}")
    return ""


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`, or nothing where no known name is near."""
    close = difflib.get_close_matches(name, list(known), 1, 0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def _some(names: Collection[str]) -> str:
    return ", ".join(names if isinstance(names, tuple | list) else sorted(names))


def _written(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _syntax_message(error: MarkedYAMLError, text: str, line: int) -> str:
    lines = text.splitlines()
    written = lines[line - 1] if 0 < line <= len(lines) else ""
    if "\t" in written:
        return "a tab cannot indent YAML; use spaces"
    message = " ".join(str(error.problem or error.context or "syntax error").split())
    if "mapping values are not allowed" in message:
        return "a text that holds ': ' needs quotes around it"
    return f"YAML syntax: {message}"


def _refusal(event: NodeEvent, depth: int) -> str:
    if isinstance(event, AliasEvent) or event.anchor:
        return "anchors (&) and aliases (*) are not used here; write the value out"
    if getattr(event, "tag", None):
        return "tags (!) are not used here; write the value alone"
    return f"values nest deeper than {DEEPEST}" if depth > DEEPEST else ""


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
            return Node(self._shown, line, column, event.value, bare=event.style is None)
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
            self._problems.add(key, f"key {key.value!r} again; first on line {node.keys[key.value].line}")
        else:
            values[key.value] = value
            node.keys[key.value] = key

    def _refuse(self, event: NodeEvent | DocumentStartEvent, message: str) -> None:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        self._problems.found.append(Problem(file=self._shown, line=line, column=column, message=message))
