"""What keeps two reports apart however alike they look: negation, opposite acts, other numbers, other places.

"Will resume" and "will not resume" score 90 and more on every fuzzy scorer, so likeness alone never merges.

Knows the stance of a text (which acts it reports and with which sign); knows nothing of scores or stories. A veto
only ever keeps apart; it can be wrong by telling twice, not by hiding.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from monitor.core.entry import Document
from monitor.core.gazetteer import Vocabulary
from monitor.core.terms import Found, Span
from monitor.core.text import fold
from monitor.core.view import within

# Phases that set a process going, and those that end it: reports of the one are no copies of the other.
GOING = frozenset({"begin", "resume"})
ENDING = frozenset({"suspend", "cancel", "complete"})
# A process that ends by these was stopped; one that is "completed" may be a patrol that came home.
STOPPING = frozenset({"suspend", "cancel"})
# "End ten-month pause" is a resumption: an end this close to a suspension.
_END_OF_PAUSE = 4
_PAUSE, _LIFT = "phase.pause", "phase.lift"
# "After", "since": what follows within so many words is not what is reported now.
_BACKGROUND_REACH = 4
_BACKGROUND = "cue.background"

# How many words ahead of a phase word a cue may stand, and how many behind it: "will not soon resume", "yeniden
# başlamadı" (one word, both), "denied that joint patrols with Russia had resumed". Farther cues belong elsewhere.
_CUE_REACH = {"cue.negated": (3, 0), "cue.denied": (8, 3)}

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
# "12th", "12-й", "12'nci" after folding; the 13th is another event, however alike the words.
_ORDINAL = re.compile(r"\b(\d{1,6})(?:st|nd|rd|th|-(?:й|я|е|го|му|ю|м|ом|ым|ой)|'?[iu]?nc[iu]\w*)\b")
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
    DONE = "one tells as done what the other announced"


class Course(StrEnum):
    """Which way a text says that things go. What it tells only as background ("after a pause") makes it mixed."""

    NONE = "none"
    GOING = "going"
    MIXED = "mixed"
    ENDING = "ending"


@dataclass(frozen=True, slots=True)
class Stance:
    """What a text reports, as far as merging is concerned.

    `phases` holds "+resume" or "-resume" for each phase told or negated; `numbers` are digits without separators,
    `ordinals` those of them that count events.
    """

    phases: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    course: Course = Course.NONE
    ordinals: frozenset[str] = frozenset()

    @property
    def stopped(self) -> bool:
        """Something was suspended or cancelled, and nothing set going."""
        return self.course is Course.ENDING and bool(STOPPING & _told(self.phases))

    def as_dict(self) -> dict[str, Any]:
        """For the store; `stance_from` reads it back."""
        return {
            "phases": sorted(self.phases),
            "numbers": sorted(self.numbers),
            "places": sorted(self.places),
            "course": self.course.value,
            "ordinals": sorted(self.ordinals),
        }


def stance_from(stored: Mapping[str, Any]) -> Stance:
    """A stance as `as_dict` wrote it."""
    phases, numbers, places, ordinals = (frozenset(stored[key]) for key in ("phases", "numbers", "places", "ordinals"))
    return Stance(phases, numbers, places, Course(stored["course"]), ordinals)


def stance(document: Document, found: Found, vocabulary: Vocabulary) -> Stance:
    """The stance of a document, from the terms that were found in it."""
    # What stands below the lead is background, and no stance.
    found = within(found, document.heading)
    cues, below = list(_cues(found)), document.parts[1].base
    title = _phases(found, cues, lambda span: span.start < below)
    phases = title | _phases(found, cues, lambda span: span.start >= below)
    places = (name for name in vocabulary.places if f"${name}" in found)
    # One line a part, so that no number reaches from the title into the lead.
    text = "\n".join(fold(part.text) for part in document.parts[:2])
    ordinals = frozenset(_ORDINAL.findall(text))
    return Stance(phases, frozenset(_numbers(text)), frozenset(places), _course(title, phases), ordinals)


def read_by_stance(vocabulary: Vocabulary) -> frozenset[str]:
    """The labels that `stance` reads: what else a text holds does not alter its stance."""
    phases = (f"phase.{name}" for name in (*GOING, *ENDING))
    names = (*phases, _PAUSE, _LIFT, *_CUE_REACH, _BACKGROUND, *vocabulary.places)
    return frozenset(f"${name}" for name in names)


def veto(one: Stance, other: Stance, *, numbers: bool = True, stops: bool = False) -> Veto | None:
    """The first reason to keep two reports apart, or None. Symmetric.

    `stops` keeps a report that something was stopped from one that says nothing of it: right for reports that are not
    copies of each other.
    """
    if _negated(one, other) or _negated(other, one):
        return Veto.NEGATION
    if _turned_round(one, other) or (stops and one.stopped != other.stopped):
        return Veto.ANTONYM
    if _other_count(one, other) or (numbers and one.numbers - other.numbers and other.numbers - one.numbers):
        return Veto.NUMBERS
    if one.places and other.places and one.places.isdisjoint(other.places):
        return Veto.PLACES
    return None


def _turned_round(one: Stance, other: Stance) -> bool:
    courses = {one.course, other.course}
    return Course.ENDING in courses and bool(courses & {Course.GOING, Course.MIXED})


def _other_count(one: Stance, other: Stance) -> bool:
    return bool(one.ordinals and other.ordinals) and one.ordinals.isdisjoint(other.ordinals)


def _phases(found: Found, cues: Sequence[_Cue], inside: Callable[[Span], bool]) -> frozenset[str]:
    """The phases told inside a part, with their signs; "after the suspension" and "end the pause" are read as meant."""
    spans = {name: _foreground(found, name, inside) for name in (*GOING, *ENDING)}
    pauses = [*spans["suspend"], *found.get(f"${_PAUSE}", ())]
    ends = [*spans["complete"], *(span for span in found.get(f"${_LIFT}", ()) if inside(span))]
    over = [end for end in ends if any(0 < abs(end.start - at.start) <= _END_OF_PAUSE for at in pauses)]
    for name in ("complete", "suspend"):
        spans[name] = [span for span in spans[name] if span not in over]
    spans["resume"] = [*spans["resume"], *over]
    return frozenset(f"{_sign(span, cues)}{name}" for name, places in spans.items() for span in places)


def _foreground(found: Found, name: str, inside: Callable[[Span], bool]) -> list[Span]:
    behind = [cue.end for cue in found.get(f"${_BACKGROUND}", ())]
    return [
        span
        for span in found.get(f"$phase.{name}", ())
        if inside(span) and not any(0 < span.start - end <= _BACKGROUND_REACH for end in behind)
    ]


def _course(title: frozenset[str], phases: frozenset[str]) -> Course:
    """A headline outweighs the lead below it: what it sets going, and what it stops. A mere end does not."""
    going, ending = bool(GOING & _told(phases)), bool(ENDING & _told(phases))
    if going and ending:
        starts, stops = bool(GOING & _told(title)), bool(STOPPING & _told(title))
        if starts is not stops:
            return Course.GOING if starts else Course.ENDING
        return Course.MIXED
    if going:
        return Course.GOING
    return Course.ENDING if ending else Course.NONE


def _told(phases: frozenset[str]) -> frozenset[str]:
    return frozenset(phase[1:] for phase in phases if phase.startswith("+"))


def _negated(one: Stance, other: Stance) -> bool:
    """One tells a phase plainly, the other tells it only negated."""
    return any(
        phase.startswith("+") and f"-{phase[1:]}" not in one.phases
        and f"-{phase[1:]}" in other.phases and phase not in other.phases
        for phase in one.phases
    )  # fmt: skip


def _sign(phase: Span, cues: Iterable[_Cue]) -> str:
    """Minus where a cue negates or denies the phase."""
    turned = any(cue.span.start <= phase.end + cue.behind and cue.span.end >= phase.start - cue.ahead for cue in cues)
    return "-" if turned else "+"


def _cues(found: Found) -> Iterable[_Cue]:
    for name, (ahead, behind) in _CUE_REACH.items():
        for span in found.get(f"${name}", ()):
            yield _Cue(span, ahead, behind)


def _numbers(text: str) -> Iterable[str]:
    for number in _NUMBER.findall(text):
        digits = "".join(char for char in number if char.isdigit())[:_MOST_DIGITS]
        yield digits.lstrip("0") or "0"
