"""Small states as JSON text, and back: what cannot be read is as if it had never been kept.

Knows JSON and frozen values of figures, words and times; knows nothing of what they mean.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar, cast

State = TypeVar("State")
_MOST = 1e6
_LATEST = 1 << 36  # seconds: the year 4147


def kept(state: Any) -> dict[str, Any]:
    """The fields of a frozen value that are not empty, fit for JSON: times as seconds, figures to six places."""
    kind: Any = type(state)
    found = ((name, getattr(state, name)) for name in _readers_of(kind))
    return {name: _plain(value) for name, value in found if value}


def revived(kind: type[State], values: Any, **others: Any) -> State:
    """A frozen value from what `kept` gave; a field that is missing or of another kind has its default.

    Figures are from 0 to a million, and times are in UTC; fields of other types are the caller's `others`.
    """
    readers = _readers_of(cast("Any", kind))
    given = values.items() if isinstance(values, Mapping) else ()
    found = {name: readers[name](value) for name, value in given if name in readers}
    return kind(**{name: value for name, value in found.items() if value is not None}, **others)


def dumped(values: Mapping[str, Any]) -> str:
    """JSON in one short line."""
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False)


def loaded(stored: str) -> dict[str, Any]:
    """The object that a text of JSON holds; an empty one where it holds none."""
    try:
        values = json.loads(stored)
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


@cache
def _readers_of(kind: Any) -> dict[str, Callable[[Any], Any]]:
    return {one.name: _READERS[one.type] for one in fields(kind) if one.type in _READERS}


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, datetime):
        return math.floor(value.timestamp())
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _figure(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST:
        return None
    return float(value)


def _whole(value: Any) -> int | None:
    return None if (figure := _figure(value)) is None else int(figure)


def _time(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _LATEST:
        return None
    return datetime.fromtimestamp(value, UTC)


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _figures(value: Any) -> tuple[float, ...] | None:
    row = tuple(figure for one in value if (figure := _figure(one)) is not None) if isinstance(value, list) else ()
    return row or None


def _texts(value: Any) -> tuple[str, ...] | None:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else None


_READERS: dict[Any, Callable[[Any], Any]] = {
    bool: _truth,
    int: _whole,
    float: _figure,
    str: _text,
    datetime | None: _time,
    tuple[float, ...]: _figures,
    tuple[str, ...]: _texts,
}
