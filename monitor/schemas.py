"""Pieces of JSON Schema, draft-07: what editors complete, explain and check while a file is typed.

Knows nothing of any file. A record is made from the keys its loader knows: one that the loader does not know, or that
nobody has described, is a ValueError, so that schema and loader cannot part.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

Schema = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"
DURATION = "^[0-9]{1,7}\\s*(s|m|h|d)$"


def document(title: str, root: Schema, definitions: Mapping[str, Schema] | None = None) -> Schema:
    """A whole schema."""
    return {"$schema": DRAFT, "title": title, **root, "definitions": dict(definitions or {})}


def record(
    keys: Iterable[str], known: Mapping[str, Schema], description: str = "", required: Iterable[str] = ()
) -> Schema:
    """A mapping with these keys and no others; `known` describes each of them."""
    wanted = list(keys)
    if set(wanted) != set(known):
        raise ValueError(f"the loader and the schema differ in {sorted(set(wanted) ^ set(known))}")
    found: Schema = {"type": "object", "properties": {key: known[key] for key in wanted}, "additionalProperties": False}
    return _described(found, description) | ({"required": list(required)} if required else {})


def text(description: str, *, pattern: str = "", examples: Iterable[str] = ()) -> Schema:
    """Any scalar, for the loader takes each as the text that was written; with a pattern, a string."""
    found: Schema = {"type": "string", "pattern": pattern} if pattern else {"type": ["string", "number", "boolean"]}
    return _described(found, description) | ({"examples": list(examples)} if examples else {})


def choice(description: str, words: Collection[str], usual: str = "") -> Schema:
    """One of these words."""
    return _described({"enum": list(words)}, description) | ({"default": usual} if usual else {})


def truth(description: str, *, usual: bool | None = None) -> Schema:
    """True or false."""
    return _described({"type": "boolean"}, description) | ({} if usual is None else {"default": usual})


def whole(description: str, lowest: int, highest: int) -> Schema:
    """A whole number within bounds."""
    return _described({"type": "integer", "minimum": lowest, "maximum": highest}, description)


def duration(description: str) -> Schema:
    """A time written as 90s, 10m, 6h or 3d."""
    return text(f"{description}: written as 90s, 10m, 6h or 3d", pattern=DURATION)


def day(description: str) -> Schema:
    """A date written as 2027-06-30."""
    return text(f"{description}: written as 2027-06-30", pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")


def listed(item: Schema, description: str = "", *, least: int = 0) -> Schema:
    """A list of such items."""
    return _described({"type": "array", "items": item}, description) | ({"minItems": least} if least else {})


def named(values: Schema, description: str = "", *, names: str = "") -> Schema:
    """A mapping of free names, of a pattern if one is given, to such values."""
    found: Schema = {"type": "object", "additionalProperties": values}
    if names:
        found = {"type": "object", "patternProperties": {names: values}, "additionalProperties": False}
    return _described(found, description)


def one_or_many(item: Schema, description: str = "") -> Schema:
    """Such an item, or a list of them."""
    return _described({"anyOf": [item, listed(item, least=1)]}, description)


def either(*kinds: Schema, description: str = "") -> Schema:
    """Any of these."""
    return _described({"anyOf": list(kinds)}, description)


def suggested(words: Iterable[str], description: str = "") -> Schema:
    """Any text; these words are offered."""
    known = sorted(words)
    offered: list[Schema] = [{"enum": known}] if known else []
    return _described({"anyOf": [*offered, {"type": ["string", "number", "boolean"]}]}, description)


def ref(name: str, description: str = "") -> Schema:
    """What is defined once under this name; draft-07 reads nothing beside a `$ref`, hence the wrapping."""
    target: Schema = {"$ref": f"#/definitions/{name}"}
    return {"allOf": [target], "description": description} if description else target


def _described(found: Schema, description: str) -> Schema:
    return {**found, "description": description} if description else found
