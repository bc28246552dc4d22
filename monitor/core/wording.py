"""Queries in words: as a person would write them, for messages, labels and explanations."""

import re
from types import UnionType

from monitor.core.clause import (
    AtLeast,
    Both,
    Either,
    Event,
    Expression,
    Leaf,
    Near,
    Only,
    Phrase,
    Query,
    Reference,
    Without,
    children,
)

# A word that needs no quotes; '"$turkey"' and '"near/5"' mean something else without theirs.
_BARE = re.compile(r"\w[\w.'’*-]*")
_OPERATOR = re.compile(r"(and|or|not)", re.IGNORECASE)


def describe(query: Query) -> str:
    """The query as a person would write it; parsing that again gives the same tree where it came from a string."""
    match query:
        case Reference() | Phrase() | Expression():
            return _leaf(query)
        case Both() | Either() | AtLeast():
            return _joined(query)
        case Without(part):
            return f"not {_bracketed(part, Near)}"
        case Near(left, right, distance, ordered):
            return f"{_bracketed(left, Near)} {'then' if ordered else 'near'}/{distance} {_bracketed(right)}"
        case Only(part_name, inner):
            return f"{part_name}: {describe(inner)}"
        case Event():
            return f"event: {', '.join(f'{name} {describe(part)}' for name, part in query.slots())}"


def _leaf(query: Leaf) -> str:
    if isinstance(query, Reference):
        return f"${query.name}"
    if isinstance(query, Expression):
        return f"re: {query.pattern}"
    words = query.words
    bare = _BARE.fullmatch(words[0]) and not _OPERATOR.fullmatch(words[0])
    return words[0] if bare and len(words) == 1 else f'"{" ".join(words)}"'


def _joined(query: Both | Either | AtLeast) -> str:
    parts = [_bracketed(part, Near | Without) for part in children(query)]
    if isinstance(query, AtLeast):
        return f"at least {query.count} of {', '.join(parts)}"
    return (" and " if isinstance(query, Both) else " or ").join(parts)


def _bracketed(query: Query, plain: UnionType | type = Phrase) -> str:
    """In brackets unless it is a leaf or of a kind that binds closer here: never more brackets than were written."""
    return describe(query) if isinstance(query, Reference | Phrase | plain) else f"({describe(query)})"
