"""YAML files as nodes with positions, with a problem in plain words for every text that is none.

The one module that knows PyYAML, and of it only the events of libyaml, which is written in C: 10,000 rules are read in
a second. Knows YAML 1.2 and where things stand; knows nothing of what the keys mean.

The tree is made from parser events, not by a constructor: every scalar stays the text that was written (`no`, `12:30`
and `0123` are strings until a reader asks for a number), duplicate keys are seen, and an alias, the stuff of
exponential bombs, is refused before anything is built.
"""

import re
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from yaml import MarkedYAMLError
from yaml.cyaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from monitor import yamlwords
from monitor.errors import Problem

LARGEST_FILE = 8_000_000
MOST_VALUES = 1_000_000
DEEPEST = 30

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# YAML 1.1, which libyaml reads, ends a line at the first three and skips the fourth; to YAML 1.2 they are text.
_TEXT_SINCE_1_2 = "\x85\u2028\u2029\ufeff"
# [opinion:, analysis:] are two texts; libyaml refuses the first colon.
_COLON_IN_TEXT = re.compile(r"(?<=[^\s'\"\[\]{},]):(?=[,?\[\]{}])")
_ANCHORED = "anchors (&) and aliases (*) are not used here; write the value out, or quote a text that begins so"
_TAGGED = "tags (!) are not used here; write the value alone, or quote a text that begins so"


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
    """What is wrong so far, gathered while reading on; `found` only ever grows, `hints` counts the names looked up."""

    def __init__(self) -> None:
        self.found: list[Problem] = []
        self.hints = 0
        self._errors = 0
        self._counted = 0

    def __bool__(self) -> bool:
        return self.errors > 0

    @property
    def errors(self) -> int:
        """How many there are, warnings aside; may be asked for each of many rules."""
        self._errors += sum(not problem.warning for problem in self.found[self._counted :])
        self._counted = len(self.found)
        return self._errors

    def add(self, node: Node, message: str, *, offset: int = 0, warning: bool = False) -> None:
        """Note a problem at a node; `offset` moves the column into a bare text."""
        column = node.column + offset
        self.found.append(Problem(file=node.file, line=node.line, column=column, message=message, warning=warning))


def load(path: Path, shown: str, problems: Problems) -> Node | None:
    """The root of a file, or None where it cannot be read; `shown` is the name problems carry."""
    try:
        found = path.stat()
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
            # A pipe would be waited for, and /dev/zero never ends.
            problems.found.append(Problem(file=shown, message="this is no file that can be read; take it out"))
            return None
        size = found.st_size
        if size > LARGEST_FILE:
            message = f"the file has {size:,} bytes, more than {LARGEST_FILE:,}; split it"
            problems.found.append(Problem(file=shown, message=message))
            return None
        return parse(path.read_text(encoding="utf-8-sig"), shown, problems)
    except UnicodeDecodeError as error:
        line, column = yamlwords.place(error.object[: error.start].decode(), error.start)
        message = f"the file is not UTF-8 from here on (byte {error.start + 1}); save it as UTF-8"
        problems.found.append(Problem(file=shown, line=line, column=column, message=message))
    except OSError as error:
        problems.found.append(Problem(file=shown, message=f"the file cannot be read: {error.strerror}"))
    return None


def parse(text: str, shown: str, problems: Problems) -> Node | None:
    """The root of a YAML text, or None with the problem noted."""
    text = text.removeprefix("\ufeff")
    try:
        _refuse_forbidden(text)
        readable, written = _as_1_2(text)
        root = _Builder(readable, shown, problems, written).build()
    except _RefusedError as refused:
        line, column, message = refused.args
    except MarkedYAMLError as fault:
        line, column, message = yamlwords.told(fault, text)
    else:
        if root is None or root.empty:
            problems.found.append(Problem(file=shown, message="the file is empty"))
            return None
        return root
    problems.found.append(Problem(file=shown, line=line, column=column, message=message))
    return None


class _RefusedError(Exception):
    """Line, column and message of something that is YAML and is not used here."""


class _Mark(NamedTuple):
    """The names of what libyaml's marks hold, which have no types."""

    line: int
    column: int


def _refused(mark: _Mark, message: str) -> _RefusedError:
    return _RefusedError(mark.line + 1, mark.column + 1, message)


def _refuse_forbidden(text: str) -> None:
    found = _FORBIDDEN.search(text)
    if found:
        message = f"the character U+{ord(found[0]):04X} is not allowed in YAML; remove it"
        raise _RefusedError(*yamlwords.place(text, found.start()), message)


def _as_1_2(text: str) -> tuple[str, dict[int, str]]:
    """The text with characters in it that libyaml takes for text, and how to get back what was written."""
    colons = _COLON_IN_TEXT.search(text) is not None
    special = [char for char in _TEXT_SINCE_1_2 if char in text]
    if not special and not colons:
        return text, {}
    used = set(text)
    private = (code for code in chain(range(0xE000, 0xF900), range(0xF0000, 0xFFFFE)) if chr(code) not in used)
    stand_ins = {ord(char): chr(code) for char, code in zip([":", *special], private, strict=False)}
    colon = stand_ins.pop(ord(":"), ":")
    readable = _COLON_IN_TEXT.sub(colon, text) if colons else text
    written = {ord(stand_in): chr(code) for code, stand_in in stand_ins.items()}
    return readable.translate(stand_ins) if special else readable, {ord(colon): ":", **written}


class _Builder:
    """Nodes from parser events; refuses aliases, further documents, depth and multitude."""

    def __init__(self, text: str, shown: str, problems: Problems, written: dict[int, str]) -> None:
        self._next: Callable[[], Any] = CParser(text).get_event
        self._shown = shown
        self._problems = problems
        self._written = written
        self._values = 0

    def build(self) -> Node | None:
        """The root node of the only document; None where there is none."""
        root: Node | None = None
        while not isinstance(event := self._next(), StreamEndEvent):
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    raise _refused(event.start_mark, "a second document ('---') begins here; use one file for each")
                root = self._node(self._next(), 1)
            elif isinstance(event, DocumentEndEvent):
                continue
        return root

    def _node(self, event: Any, depth: int) -> Node:
        mark = event.start_mark
        if type(event) is AliasEvent or event.anchor:
            raise _refused(mark, _ANCHORED)
        if event.tag:
            raise _refused(mark, _TAGGED)
        self._values += 1
        if self._values > MOST_VALUES:
            raise _refused(mark, f"the file has more than {MOST_VALUES:,} values; split it")
        if depth > DEEPEST:
            raise _refused(mark, f"values nest deeper than {DEEPEST}")
        if type(event) is ScalarEvent:
            return self._scalar(event, mark)
        if type(event) is MappingStartEvent:
            return self._mapping(mark, depth + 1)
        return self._list(mark, depth + 1)

    def _scalar(self, event: Any, mark: _Mark) -> Node:
        """A text; libyaml says of one without quotes that its style is ""."""
        value, end = event.value, event.end_mark
        if self._written:
            value = value.translate(self._written)
        opening = 1 if event.style else 0
        one_piece = end.line == mark.line and end.column - mark.column == len(value) + 2 * opening
        inside = opening if one_piece else None
        return Node(self._shown, mark.line + 1, mark.column + 1, value, not opening, inside, _NO_KEYS)

    def _list(self, mark: _Mark, depth: int) -> Node:
        values: list[Node] = []
        following = self._next
        while type(event := following()) is not SequenceEndEvent:
            values.append(self._node(event, depth))
        return Node(self._shown, mark.line + 1, mark.column + 1, values, keys=_NO_KEYS)

    def _mapping(self, mark: _Mark, depth: int) -> Node:
        values: dict[str, Node] = {}
        node = Node(self._shown, mark.line + 1, mark.column + 1, values)
        following = self._next
        while type(event := following()) is not MappingEndEvent:
            key = self._node(event, depth)
            self._keep(node.keys, values, key, self._node(following(), depth))
        return node

    def _keep(self, keys: dict[str, Node], values: dict[str, Node], key: Node, value: Node) -> None:
        name = key.value
        if not isinstance(name, str):
            self._problems.add(key, "a key is a plain text")
        elif name in values:
            self._problems.add(key, f"key {name!r} again; first on line {keys[name].line}, remove one of them")
        else:
            if value.value == "" and value.bare:
                # What is not there is placed somewhere behind the colon, with a comment between even lines below.
                value.line, value.column = key.line, key.column
            values[name] = value
            keys[name] = key


# Shared by all that have none: a dictionary each would double what a text takes.
_NO_KEYS: dict[str, Node] = {}
