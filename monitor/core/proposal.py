"""What an entry says of the states of a status rule: which it proposes, and what makes a saying no news.

Knows facets and windows of a text; knows nothing of evidence, quorums or stores.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from monitor.core.clause import Assertion, Query
from monitor.core.evaluate import needs
from monitor.core.reading import Reading
from monitor.core.rule import Handling, Rule
from monitor.core.terms import Span
from monitor.core.text import folded_words
from monitor.core.view import View

# "After" and what it tells of; "after weeks of clashes the SDF sign a deal" has it farther off.
_BACKGROUND_REACH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What an entry says of the state of a facet, and how; `names` are the entities it names in saying so.

    `state` is "" for a claim about it that tells of none. `headline`: the title says it. `sentence` is a fingerprint of
    the words it says it in, `dated_back` the month it dates it by, where that is past, or the word that makes it
    background ("after"). `denied_by`: of a denial, the entities that stand first in it.
    """

    facet: str
    state: str
    assertion: Assertion
    cue: str
    handling: Handling
    names: frozenset[str]
    sentence: str
    headline: bool = False
    dated_back: str = ""
    denied_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class State:
    """What proposes a state of a facet: its query, the labels that every window needs, and the names looked for."""

    facet: str
    state: str
    query: Query
    needs: list[frozenset[str]]
    names: frozenset[str]


def states_of(rule: Rule) -> Iterator[State]:
    """Each state of each facet, with what proposes it."""
    for facet in rule.facets:
        names = frozenset(f"${name}" for name in (rule.entity, *facet.authority))
        for state, query in facet.queries:
            yield State(facet.name, state, query, needs(query, window=True), names)


def background(deeds: Sequence[Span], view: View, reading: Reading) -> str:
    """The word that makes all of it background, as in "After YPG dissolved itself, what next?"; "" for none."""
    for cue in view.inside.get("$cue.background", ()) if deeds else ():
        near = deeds[0].start - cue.end <= _BACKGROUND_REACH and not view.paused(cue, deeds[0])
        if near and all(span.start > cue.end for span in deeds):
            return reading.words_at(cue)
    return ""


def fingerprint(text: str) -> str:
    """What two texts of the same folded words share, in 16 digits; numbers in it do not count."""
    words = " ".join(word for word in folded_words(text) if not word.isdigit())
    return blake2b(words.encode(), digest_size=8).hexdigest()
