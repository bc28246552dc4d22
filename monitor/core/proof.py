"""What proves a finding: the words of each way in which a window satisfies a query.

Knows the tree of findings; knows nothing of rules or of how a text says a thing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.core.clause import Assertion, AtLeast, Both, Either, Event, Only, Reference, Without, leaves
from monitor.core.evaluate import label_of
from monitor.core.terms import Span
from monitor.core.view import Finding, Way

# A word that stands in a sentence more often than this says nothing new the next time.
_MOST_OCCURRENCES = 8


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way in which a window satisfies a rule, before it is asked how it is said.

    `allow` are ways of saying it that count as done, unless a plan is one of what has the labels
    `settling`: "will sign".
    """

    leaves: tuple[tuple[Span, str], ...]
    allow: frozenset[Assertion] = frozenset()
    settling: frozenset[str] = frozenset()


def candidates(finding: Finding) -> Iterator[Candidate]:
    """Each alternative that is met, and each event: they are said in ways of their own."""
    if isinstance(finding.query, Either):
        for part in finding.parts:
            yield from candidates(part) if part.met else ()
    elif isinstance(finding.query, Event):
        settling = _settling(finding.query)
        yield from (Candidate(way.leaves, finding.query.allow, settling) for way in finding.ways)
    else:
        events = list(_events(finding))
        allow = frozenset[Assertion]().union(*(one.allow for one in events))
        settling = frozenset[str]().union(*(_settling(one) for one in events))
        yield from (Candidate(one, allow, settling) for one in _proofs(finding))


def _settling(event: Event) -> frozenset[str]:
    """The labels of what settles an event that allows what is planned: "signed" of what is to be; else its action."""
    return frozenset(label_of(leaf) for leaf in leaves(event.near or event.action))


def _events(finding: Finding) -> Iterator[Event]:
    """The events among all that must hold."""
    if isinstance(finding.query, Event):
        yield finding.query
    elif isinstance(finding.query, Both | Either):
        for part in finding.parts:
            yield from _events(part) if part.met else ()


def _proofs(finding: Finding) -> Iterator[tuple[tuple[Span, str], ...]]:
    """The words that satisfied each leaf: the first of each, then each other occurrence with the first of the rest.

    "No patrols took place for a year, but on Monday Turkey and Russia held patrols" says it of the second.
    """
    ways = [one[:_MOST_OCCURRENCES] for one in _proving(finding)]
    first = tuple(leaf for some in ways for leaf in some[0].leaves)
    yield first
    for place, some in enumerate(ways):
        for other in some[1:]:
            chosen = [other if at == place else one[0] for at, one in enumerate(ways)]
            yield tuple(leaf for way in chosen for leaf in way.leaves)


def _proving(finding: Finding) -> Iterator[tuple[Way, ...]]:
    """The ways of each part that proves the whole; what is absent proves nothing."""
    if not finding.met or isinstance(finding.query, Without):
        return
    if isinstance(finding.query, Both | Either | AtLeast | Only):
        for part in finding.parts:
            yield from _proving(part)
    else:
        yield finding.ways


def subject_of(finding: Finding) -> Iterator[str]:
    """The references that are met, whatever the words."""
    if not finding.met or isinstance(finding.query, Without):
        return
    if isinstance(finding.query, Reference):
        yield finding.query.name
    for part in finding.parts:
        yield from subject_of(part)
