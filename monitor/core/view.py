"""What a query sees of a text, and how it fared there: windows, ways, findings.

Knows positions and labels; knows nothing of how labels came to be found.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from monitor.core.clause import Query
from monitor.core.terms import Found, Span

# "SDF: ...", "Bakan Fidan: ..."; what stands farther from the beginning is no speaker.
_SPEAKER_WORDS = 5
# No name and no phrase of a rule has more words.
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Marks:
    """Where clauses end, in order: `hard` at a semicolon or "while", `soft` at commas; the first word behind each.

    `colons` are the soft ones at a colon: who stands before the first of a sentence says all of it.
    """

    hard: tuple[int, ...] = ()
    soft: tuple[int, ...] = ()
    colons: tuple[int, ...] = ()


_NO_MARKS = Marks()


@dataclass(frozen=True, slots=True)
class Way:
    """One way to satisfy a part: the stretch of text it covers, and the leaves in it."""

    span: Span
    leaves: tuple[tuple[Span, str], ...]


class Hindrance(StrEnum):
    """Why words that are there do not make an event."""

    FAR = "far"  # out of reach of the action
    PARTED = "parted"  # in another clause than the action
    ORDER = "order"  # behind the action, where `ordered` wants it ahead
    UNNAMED = "unnamed"  # no actor is named at all, though each may be left out
    SEVERALLY = "severally"  # nothing says that they act jointly
    OTHERS = "others"  # somebody barred by `no_other` stands there, or one of the actors acts with another party


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps one action from being the event: the key that fails, at which words; `part` is its query, if any."""

    key: str
    why: Hindrance
    action: Span
    words: tuple[Span, ...] = ()
    part: Query | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """How one part of a query fared: the tree that `explain` and `why` print; `slot` is its place in an event.

    `obstacles` are those of an event whose parts are all there: of the action that came nearest.
    """

    query: Query
    met: bool
    ways: tuple[Way, ...]
    parts: "tuple[Finding, ...]" = ()
    slot: str = ""
    obstacles: tuple[Obstacle, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """What a query sees: the labels found in its window, and those found in all that the rule reads.

    In a sentence below the title, `inside` holds the entities of the title as well, at their places in the title.
    `parts` are the stretches of title, lead and body; `ends` gives where clauses end; `country` is that of the feed, ""
    unknown; `parties` are the labels of states and forces. `known` has how queries fared in it, by identity: a status
    rule asks for each state by itself and for all of them, and its exclusions ask again.
    """

    inside: Found
    whole: Found
    window: Span
    parts: dict[str, Span] = field(default_factory=dict)
    ends: Callable[[], Marks] = lambda: _NO_MARKS
    country: str = ""
    parties: frozenset[str] = frozenset()
    known: dict[int, Finding] = field(init=False, default_factory=dict, compare=False, repr=False)

    @property
    def speaker(self) -> int:
        """The first word behind who is quoted at the head of the window ("SDF: ..."); 0 where nobody is."""
        colons = self.ends().colons
        at = bisect_right(colons, self.window.start)
        return colons[at] if at < len(colons) and colons[at] - self.window.start <= _SPEAKER_WORDS else 0

    def parted(self, one: Span, other: Span) -> bool:
        """Whether a clause ends between two stretches; who is quoted is in all of them."""
        return between(self.ends().hard, one, other) and min(one.end, other.end) >= self.speaker

    def paused(self, one: Span, other: Span) -> bool:
        """Whether a comma or its like stands between two stretches."""
        return between(self.ends().soft, one, other)

    def carried(self, span: Span) -> bool:
        """Whether it stands in the title above the window."""
        return span.end < self.window.start


def between(positions: Sequence[int], one: Span, other: Span) -> bool:
    """Whether one of the positions, in order, lies behind the one stretch and not behind the beginning of the other."""
    at = bisect_right(positions, min(one.end, other.end))
    return at < len(positions) and positions[at] <= max(one.start, other.start)


def within(found: Found, stretch: Span) -> Found:
    """What was found inside a stretch of the text."""
    kept = {
        label: [
            span
            for span in spans[_first(spans, stretch.start) : _first(spans, stretch.end + 1)]
            if span.end <= stretch.end
        ]
        for label, spans in found.items()
    }
    return {label: spans for label, spans in kept.items() if spans}


def around(spans: Sequence[Span], stretch: Span, distance: int) -> Sequence[Span]:
    """Those of a label's occurrences, in order, that may be at most so many words from a stretch; few others."""
    return spans[_first(spans, stretch.start - distance - _LONGEST_NAME) : _first(spans, stretch.end + distance + 1)]


def _first(spans: Sequence[Span], position: int) -> int:
    """The first of them, in order, that does not begin before a position."""
    return bisect_left(spans, (position,))


def apart(one: Span, other: Span) -> int:
    """Words from one stretch to the other, neighbours 1; 0 where they overlap."""
    return max(0, other.start - one.end, one.start - other.end)


def share_words(one: Way, other: Way) -> bool:
    """Whether two ways need the same word: `$turkey near/5 turk*` needs two.

    A cue shares with any: that of "feshetmeyecek" is inside the verb it negates.
    """
    return any(
        span.start <= far.end and far.start <= span.end
        for span, label in one.leaves
        for far, far_label in other.leaves
        if not (label.startswith("$cue.") or far_label.startswith("$cue."))
    )
