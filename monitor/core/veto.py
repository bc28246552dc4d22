"""What keeps two reports apart however alike they look: negation, opposite acts, other numbers, other places.

"Will resume" and "will not resume" score 90 and more on every fuzzy scorer, so likeness alone never merges.

Knows the stance of a text (which acts it reports and with which sign); knows nothing of scores or stories. A veto
only ever keeps apart; it can be wrong by telling twice, not by hiding.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from monitor.core.entry import Document
from monitor.core.gazetteer import Vocabulary
from monitor.core.terms import Found, Span
from monitor.core.text import fold

# Phases that set a process going, and those that end it: reports of the one are no copies of the other.
GOING = frozenset({"begin", "resume"})
ENDING = frozenset({"suspend", "cancel", "complete"})

# How many words ahead of a phase word a cue may stand, and how many behind it: "will not soon resume", "yeniden
# başlamadı" (one word, both), "denied that joint patrols with Russia had resumed". Farther cues belong elsewhere.
_CUE_REACH = {"cue.negated": (3, 0), "cue.denied": (8, 3)}

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class _Cue:
    span: Span
    ahead: int
    behind: int


class Veto(StrEnum):
    """Why two reports are not folded together."""

    NEGATION = "one negates or denies what the other reports"
    ANTONYM = "one reports a start, the other an end"
    NUMBERS = "they give different numbers"
    PLACES = "they name different places"


@dataclass(frozen=True, slots=True)
class Stance:
    """What a text reports, as far as merging is concerned.

    `phases` holds "+resume" or "-resume" for each phase told or negated; `numbers` are digits without separators.
    """

    phases: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()

    def as_dict(self) -> dict[str, list[str]]:
        """For the store; `stance_from` reads it back."""
        return {
            "phases": sorted(self.phases),
            "numbers": sorted(self.numbers),
            "places": sorted(self.places),
        }


def stance_from(stored: Mapping[str, Any]) -> Stance:
    """A stance as `as_dict` wrote it."""
    return Stance(*(frozenset(stored[key]) for key in ("phases", "numbers", "places")))


def stance(document: Document, found: Found, vocabulary: Vocabulary) -> Stance:
    """The stance of a document, from the terms that were found in it."""
    cues = list(_cues(found))
    phases = set()
    for name in (*GOING, *ENDING):
        for span in found.get(f"$phase.{name}", ()):
            phases.add(f"{'-' if _turned(span, cues) else '+'}{name}")
    places = (name for name in vocabulary.places if f"${name}" in found)
    return Stance(frozenset(phases), frozenset(_numbers(document)), frozenset(places))


def veto(one: Stance, other: Stance, *, numbers: bool = True, places: bool = False) -> Veto | None:
    """The first reason to keep two reports apart, or None. Symmetric."""
    if _negated(one, other) or _negated(other, one):
        return Veto.NEGATION
    if _opposite(one, other) or _opposite(other, one):
        return Veto.ANTONYM
    if numbers and one.numbers - other.numbers and other.numbers - one.numbers:
        return Veto.NUMBERS
    if places and one.places and other.places and one.places.isdisjoint(other.places):
        return Veto.PLACES
    return None


def _negated(one: Stance, other: Stance) -> bool:
    """One tells a phase plainly, the other tells it only negated."""
    return any(
        phase.startswith("+") and f"-{phase[1:]}" not in one.phases
        and f"-{phase[1:]}" in other.phases and phase not in other.phases
        for phase in one.phases
    )  # fmt: skip


def _opposite(one: Stance, other: Stance) -> bool:
    going, ending = _signed(one.phases)
    other_going, other_ending = _signed(other.phases)
    return bool(going and not ending and other_ending and not other_going)


def _signed(phases: Iterable[str]) -> tuple[bool, bool]:
    told = {phase[1:] for phase in phases if phase.startswith("+")}
    return not told.isdisjoint(GOING), not told.isdisjoint(ENDING)


def _turned(phase: Span, cues: Iterable[_Cue]) -> bool:
    return any(cue.span.start <= phase.end + cue.behind and cue.span.end >= phase.start - cue.ahead for cue in cues)


def _cues(found: Found) -> Iterable[_Cue]:
    for name, (ahead, behind) in _CUE_REACH.items():
        for span in found.get(f"${name}", ()):
            yield _Cue(span, ahead, behind)


def _numbers(document: Document) -> Iterable[str]:
    for part in document.parts:
        for number in _NUMBER.findall(fold(part.text)):
            digits = "".join(char for char in number if char.isdigit())[:_MOST_DIGITS]
            yield digits.lstrip("0") or "0"
