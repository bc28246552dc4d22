"""A feed as a block of feeds.yaml: how it is written so that every reader of YAML reads what was meant.

Knows YAML's spellings; knows nothing of files or of what the keys mean.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

# The keys of a feed as feeds.yaml has them, in text; `tags` is a list of texts.
Keys = Mapping[str, str | Sequence[str]]

_BARE = frozenset({"tier", "baseline", "fulltext"})
_PLAIN = re.compile(r"[^\W_](?:[\w./?&=%+~()'!@$*;-]|:(?=[^\s])| (?=[^ #])|#)*")
# Text to wirewatch, but a number, a date or a truth to other readers of YAML.
_TAKEN_FOR_OTHER = re.compile(r"null|true|false|yes|no|on|off|y|n|[0-9][0-9.:eExXoO_+-]*", re.IGNORECASE)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a list is written: the column of its dashes (from 0), from dash to key, `{}` or not, and how lines end."""

    dash: int
    gap: int
    flow: bool
    end: str

    def block(self, keys: Keys) -> list[str]:
        """The lines of a feed."""
        pairs = [f"{key}: {_written(key, value)}" for key, value in keys.items()]
        if self.flow:
            pairs = ["{" + ", ".join(pairs) + "}"]
        first, *rest = pairs
        margin = " " * (self.dash + self.gap)
        return [f"{' ' * self.dash}-".ljust(self.dash + self.gap) + first + self.end,
                *(margin + pair + self.end for pair in rest)]  # fmt: skip


def _written(key: str, value: str | Sequence[str]) -> str:
    """A value in YAML."""
    if not isinstance(value, str):
        return "[" + ", ".join(_scalar(text) for text in value) + "]"
    return value if key in _BARE else _scalar(value)


def _scalar(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and not _TAKEN_FOR_OTHER.fullmatch(text) and text.isprintable()
    return text if plain else '"' + "".join(_characters(text)) + '"'


def _characters(text: str) -> Iterator[str]:
    for char in text:
        number = ord(char)
        wide = f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
        yield _ESCAPES.get(char) or (char if char.isprintable() else wide)
