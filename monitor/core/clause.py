"""What a rule looks for, as a tree: references and words, how they are joined, and events with their parts.

Knows the shapes only; query.py makes them from query strings, ruleset/ from YAML, evaluate.py runs them over texts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Assertion(StrEnum):
    """How a text says what a rule looks for."""

    DONE = "done"  # it happens, happened or was announced as settled
    PLANNED = "planned"  # it is to happen: "to resume on Monday", "will be integrated"
    POSSIBLE = "possible"  # may, could, is discussed, is expected, if
    DEMANDED = "demanded"  # somebody wants it: must, calls for
    DENIED = "denied"  # somebody says that it is not so
    NEGATED = "negated"  # it did not or will not happen
    STATIVE = "stative"  # how things have long been: "considers the YPG terrorist"
    HABITUAL = "habitual"  # what is done again and again: "have been carried out since"
    RETRO = "retro"  # what happened long ago: "five years ago today", "in November 2019"
    OPINION = "opinion"  # a column, an analysis


@dataclass(frozen=True, slots=True)
class Reference:
    """`$name`: every word and phrase of an entity, group, topic, action or phase."""

    name: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Phrase:
    """One or more words in a row; a word ending in `*` stands for any ending."""

    words: tuple[str, ...]
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Expression:
    """A regular expression on the text as it is written, in RE2's syntax; capitals do not count."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Both:
    """All of the parts, within the window of the rule."""

    parts: "tuple[Query, ...]"


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of the parts."""

    parts: "tuple[Query, ...]"


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least `count` of the parts."""

    count: int
    parts: "tuple[Query, ...]"


@dataclass(frozen=True, slots=True)
class Without:
    """The part must not be found in anything the rule reads."""

    part: "Query"


@dataclass(frozen=True, slots=True)
class Near:
    """Two parts at most `distance` words apart; `ordered` has the left one first (`then/N`)."""

    left: "Query"
    right: "Query"
    distance: int
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Only:
    """A query that looks at one part of the entry: title, lead or body."""

    part: str
    query: "Query"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Somebody does something: every actor near the action, in one clause.

    `actors` must all be there; `implied` maps the country of a feed to the actor that its outlets leave out. `target`,
    `place` and `beside` (the key `with`) stand anywhere in the window, `near` at the action. `joint` asks for a word
    such as "joint" at the action, for actors side by side, or for one "with" the other. `no_other` bars what stands
    between an actor and the action. `within` is the reach in words, None the whole window. `ordered` has the actors
    before the action. `allow` are ways of saying it that count as done: of a no-show, the negation is the news.
    """

    action: "Query"
    actors: "tuple[Query, ...]" = ()
    target: "Query | None" = None
    place: "Query | None" = None
    near: "Query | None" = None
    beside: "Query | None" = None
    joint: bool = False
    no_other: "Query | None" = None
    within: int | None = None
    ordered: bool = False
    implied: Mapping[str, str] = field(default_factory=dict)
    allow: frozenset[Assertion] = frozenset()

    def slots(self) -> "tuple[tuple[str, Query], ...]":
        """The parts that must be found, by the keys they are written under."""
        actors = tuple(("actors", actor) for actor in self.actors)
        rest = (("target", self.target), ("place", self.place), ("near", self.near), ("with", self.beside))
        return (("action", self.action), *actors, *((name, part) for name, part in rest if part is not None))


Leaf = Reference | Phrase | Expression
Query = Leaf | Both | Either | AtLeast | Without | Near | Only | Event


def children(query: Query) -> tuple[Query, ...]:
    """The direct parts of a query; none for a leaf."""
    match query:
        case Both(parts) | Either(parts) | AtLeast(_, parts):
            return parts
        case Without(part) | Only(_, part):
            return (part,)
        case Near(left, right):
            return (left, right)
        case Event():
            barred = () if query.no_other is None else (query.no_other,)
            return (*(part for _, part in query.slots()), *barred)
        case _:
            return ()


def nodes(query: Query) -> list[Query]:
    """Every part of the tree, the whole first, in order."""
    found, waiting = [], [query]
    while waiting:
        one = waiting.pop()
        found.append(one)
        # Most parts are leaves: 10,000 rules are walked through many times before they are at work.
        if not isinstance(one, Leaf):
            waiting.extend(reversed(children(one)))
    return found


def leaves(query: Query) -> tuple[Leaf, ...]:
    """Every reference, word, phrase and expression in the tree, in order."""
    return tuple(one for one in nodes(query) if isinstance(one, Leaf))


def references(query: Query) -> tuple[Reference, ...]:
    """Every reference in the tree, in order."""
    return tuple(leaf for leaf in leaves(query) if isinstance(leaf, Reference))


def events(query: Query) -> tuple[Event, ...]:
    """Every event in the tree, in order; none inside another."""
    return tuple(one for one in nodes(query) if isinstance(one, Event))
