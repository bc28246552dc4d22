"""A query against one window of a text: the tree of what is met, by which words, and what is missing.

Knows positions and labels; knows nothing of rules, of how a thing is said, or of how labels came to be found.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

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
from monitor.core.event import happening
from monitor.core.terms import Span
from monitor.core.view import Finding, View, Way, apart, share_words, within
from monitor.core.wording import describe

# More ways to satisfy one part of a query than this are not followed: the first ones prove the match as well.
_MOST_WAYS = 500


@lru_cache(maxsize=65_536)
def label_of(leaf: Leaf) -> str:
    """The label under which a leaf's occurrences are found."""
    return f"${leaf.name}" if isinstance(leaf, Reference) else describe(leaf)


def evaluate(query: Query, view: View) -> Finding:
    """The tree of what is met and what is missing; the same query and text give the same tree."""
    if isinstance(query, Leaf):
        label = label_of(query)
        ways = tuple(Way(span, ((span, label),)) for span in view.inside.get(label, ())[:_MOST_WAYS])
        return Finding(query, bool(ways), ways)
    known = view.known.get(id(query))
    # The finding holds its query: while it is known, nothing else can have that identity.
    if known is None:
        known = view.known[id(query)] = _evaluated(query, view)
    return known


def evaluate_some(query: Either, parts: Iterable[Query], view: View) -> Finding:
    """The same by some of the alternatives: the others are known not to be met, and are left out of the tree."""
    tried = tuple(evaluate(part, view) for part in parts)
    met = [part for part in tried if part.met]
    return Finding(query, bool(met), _first_ways(met), tried)


def _evaluated(query: Query, view: View) -> Finding:
    match query:
        case Without(part):
            inner = evaluate(part, View(view.whole, view.whole, view.window, view.parts, country=view.country))
            return Finding(query, not inner.met, (), (inner,))
        case Near(left, right, distance, ordered):
            sides = (evaluate(left, view), evaluate(right, view))
            ways = _pairs(sides[0].ways, sides[1].ways, distance, ordered=ordered)
            return Finding(query, bool(ways), ways, sides)
        case Only(part, inner_query):
            inner = evaluate(inner_query, _only(view, part))
            return Finding(query, inner.met, inner.ways, (inner,))
        case Event():
            slots = [evaluate(part, view) for _, part in query.slots()]
            others = None if query.no_other is None else evaluate(query.no_other, view)
            return happening(query, slots, others, view)
        case _:
            parts = tuple(evaluate(part, view) for part in children(query))
            wanted = _wanted(query)
            met = sum(part.met for part in parts) >= wanted
            ways = _first_ways(part for part in parts if part.met) if met else ()
            return Finding(query, met, ways, parts)


def alternatives(query: Query) -> Iterator[Query]:
    """The alternatives of alternatives: the states of a status rule have several ways each to be told."""
    for part in query.parts if isinstance(query, Either) else ():
        if isinstance(part, Either):
            yield from alternatives(part)
        else:
            yield part


def missing(finding: Finding) -> list[Query]:
    """The fewest parts that would make it match; empty when it does."""
    return [lack.query for lack in lacking(finding)]


def lacking(finding: Finding) -> list[Finding]:
    """The fewest parts that would make it match, as they fared.

    Of alternatives, the nearest one counts; words that are all there but too far apart miss their `near` alone.
    """
    if finding.met:
        return []
    match finding.query:
        case Both():
            return [lack for part in finding.parts for lack in lacking(part)]
        case Near() | Event():
            return [lack for part in finding.parts for lack in lacking(part)] or [finding]
        case Either() | AtLeast():
            lacks = sorted((lacking(part) for part in finding.parts if not part.met), key=_far_off)
            left = _wanted(finding.query) - sum(part.met for part in finding.parts)
            return [lack for some in lacks[:left] for lack in some]
        case _:
            return [finding]


def _far_off(lacks: Sequence[Finding]) -> tuple[int, bool]:
    """How far an alternative is from being met; of equals, an event with all its parts there is nearer."""
    return len(lacks), not any(one.obstacles for one in lacks)


def needs(query: Query, *, window: bool = False) -> list[frozenset[str]]:
    """Groups of labels: every text that satisfies the query holds one of each group at least.

    So does every `window` that satisfies it, but for what looks at a part of the text by its name.
    """
    if window and isinstance(query, Only):
        return []
    match query:
        case Reference() | Phrase():
            return [frozenset({label_of(query)})]
        case Without() | Expression():
            return []
        case Event():
            actors = [actor for actor in query.actors if not _ever_implied(actor, query)]
            rest = [part for name, part in query.slots() if name != "actors"]
            return [group for part in (*actors, *rest) for group in needs(part, window=window)]
        case Either() | AtLeast() if _wanted(query) < len(query.parts):
            return _one_of([needs(part, window=window) for part in query.parts])
        case _:
            return [group for part in children(query) for group in needs(part, window=window)]


def _ever_implied(actor: Query, event: Event) -> bool:
    return isinstance(actor, Reference) and actor.name in event.implied.values()


def _one_of(each: Sequence[list[frozenset[str]]]) -> list[frozenset[str]]:
    """The rarest group of each alternative as one group; nothing where an alternative needs nothing."""
    if not all(each):
        return []
    rarest = (min(groups, key=lambda group: (len(group), sum(one.startswith("$") for one in group))) for groups in each)
    return [frozenset(label for group in rarest for label in group)]


def _wanted(query: Query) -> int:
    match query:
        case Both(parts):
            return len(parts)
        case AtLeast(count, _):
            return count
        case _:
            return 1


def _only(view: View, part: str) -> View:
    """The whole of one part, whatever the window."""
    stretch = view.parts.get(part)
    inside = {} if stretch is None else within(view.whole, stretch)
    return View(inside, inside, stretch or Span(0, 0), view.parts, view.ends, view.country)


def _first_ways(parts: Iterable[Finding]) -> tuple[Way, ...]:
    """All ways of all parts, for `(a or b) near/5 c`; for `and` they only serve as evidence."""
    ways = sorted((way for part in parts for way in part.ways), key=lambda way: way.span)
    return tuple(ways[:_MOST_WAYS])


def _pairs(lefts: Sequence[Way], rights: Sequence[Way], distance: int, *, ordered: bool) -> tuple[Way, ...]:
    """The stretches that hold one way of either side, at most `distance` words apart, by where they begin."""
    found: dict[Span, Way] = {}
    for left in lefts:
        for right in rights:
            if right.span.start > left.span.end + distance:
                break
            if ordered and right.span.start <= left.span.end:
                continue
            if apart(left.span, right.span) <= distance and not share_words(left, right):
                span = Span(min(left.span.start, right.span.start), max(left.span.end, right.span.end))
                found.setdefault(span, Way(span, left.leaves + right.leaves))
    return tuple(sorted(found.values(), key=lambda way: way.span)[:_MOST_WAYS])
