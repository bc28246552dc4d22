"""Which judgements of a count are news: what is to be told of its figures, given what was told of each.

Pure. Whatever the order in which figures come, in the end each change of the count was told, of doubted jumps near each
other one was called so, and of no figure was the last word something that holds no longer.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitor.core.numbers import Numbers
from monitor.core.reckoning import ONE_DAY, Judged, Spread, Told, Turn, Verdict, spread


class Word(StrEnum):
    """What was told of a figure last; `old` is one of a first poll, of which nothing is; `fall` was taken back."""

    NOTHING = ""
    OLD = "old"
    CHANGE = "change"
    JUMP = "jump"
    BELIEVED = "believed"
    FALL = "fall"


# What was told is told otherwise: where it stood, and nowhere else.
CORRECTIONS = frozenset({Word.BELIEVED, Word.FALL})
# As long as one of these is the last word on a figure, who heard it takes the figure for something.
_HELD = frozenset({Word.CHANGE, Word.JUMP, Word.BELIEVED})
_HEARD_OF = frozenset({Word.CHANGE, Word.BELIEVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is to be told of a figure now, and its short form for the label of an alert; "" where it opens none."""

    of: Judged
    word: Word
    detail: str
    label: str = ""

    @property
    def given(self) -> str:
        """The figure and who gave it, as every text on it names it: `124 (AA)`."""
        return _given(self.of.told)


def news(judged: Sequence[Judged], jumps: Sequence[Judged], words: Mapping[int, Word], numbers: Numbers) -> list[News]:
    """What of figures that were judged just now is not told yet, in the order of dates; what is taken back comes last.

    `jumps` are those of the count before them, `words` what was told of either by number.
    """
    found: list[News] = []
    told = dict(words)
    for at, one in enumerate(judged):
        word = told.get(one.told.number, Word.NOTHING)
        if word is Word.OLD:
            continue
        new = _change(judged[at:], told, numbers) if one.step else None
        new = new or _other(one, word, [*jumps, *judged], told, numbers)
        if new is not None:
            told[one.told.number] = new.word
            found.append(new)
    return sorted(found, key=lambda one: one.word in CORRECTIONS)


def taken_back(
    was: Iterable[tuple[Judged, Word]], now: Sequence[Told], believed: Sequence[Told], numbers: Numbers
) -> list[News]:
    """What was told of the figures that a report gave of a count before it was revised, and gives no more.

    `now` are those it gives instead, `believed` all that are, of the outlet's other reports too. Where a
    count that cannot fall rose in one report ("24 killed", and an hour later "31 killed"), nothing is taken back.
    """
    grown = max((one.low for one in now if one in believed), default=0) if numbers.nondecreasing else 0
    why = f"corrected to {', '.join(one.shown for one in now)}" if now else "the report was revised and has it no more"
    return [
        News(of=one, word=Word.FALL, detail=f"{_given(one.told)} is taken back: {why}")
        for one, word in was
        if word in _HELD
        and not any(each.low == one.told.low for each in now)
        and not any((each.low, each.outlet) == (one.told.low, one.told.outlet) for each in believed)
        and not (word in _HEARD_OF and grown > one.told.low)
    ]


def anew(new: News, said: Sequence[str]) -> str:
    """What is news, in words that were not `said` of its count in the alert before, in that order.

    "" where the same is the last word on the figure there already.
    """
    again = "once more" if new.word in CORRECTIONS else "holds again"
    detail = new.detail
    same = [one for one in said if one == detail or one.startswith(f"{detail}; {again}")]
    if not same:
        return detail
    named = [one for one in said if re.search(rf"(?<![\w-]){re.escape(new.given)}", one)]
    if named[-1] == same[-1]:
        return ""
    return f"{detail}; {again}" + (f" ({len(same)})" if len(same) > 1 else "")


def ranges(judged: Sequence[Judged], changed: Collection[int], numbers: Numbers) -> Iterator[Spread]:
    """Where outlets differ: for each time in which a figure that `changed` takes part, the last of its ranges.

    A range that grew from 2-3 to 2-5 before anybody heard of it is told as 2-5.
    """
    done = -1
    for at, one in enumerate(judged):
        if at <= done or not one.believed or one.told.number not in changed:
            continue
        last = None
        for end in range(at, len(judged)):
            wider = spread(judged[: end + 1], numbers)
            if wider is None:
                break
            last, done = wider, end
        if last is not None:
            yield last


def _change(judged: Sequence[Judged], told: Mapping[int, Word], numbers: Numbers) -> News | None:
    """The first of these as a change, unless one of the others was told as the change that it is."""
    one = judged[0]
    until = next((at for at, each in enumerate(judged) if at and each.turn is Turn.TOLD), len(judged))
    others = [each for each in judged if told.get(each.told.number) is Word.CHANGE and each.believed]
    if any(_stands_by(one.told, each.told, numbers, later=each not in judged[:until]) for each in others):
        return None
    also = f", {one.witness}" if one.witness else ""
    return News(of=one, word=Word.CHANGE, detail=f"{one.step} ({one.told.outlet}){also}", label=one.step)


def _stands_by(one: Told, other: Told, numbers: Numbers, *, later: bool) -> bool:
    """Whether who heard of the other heard of this one: of as much or more, before the count changed again.

    Behind the next change only the same figure of the same day, which is in conflict by then.
    """
    if not numbers.nondecreasing:
        return other.low == one.low and not later
    if later:
        return other.low == one.low and other.at - one.at <= ONE_DAY
    return other.low >= one.low


def _other(
    one: Judged, word: Word, others: Sequence[Judged], told: Mapping[int, Word], numbers: Numbers
) -> News | None:
    given = _given(one.told)
    if one.verdict is Verdict.JUMP:
        near = _near(one, others, numbers.alert_on.jump_over or 0)
        if word in {Word.NOTHING, Word.JUMP} and any(told.get(number) is Word.JUMP for number in near):
            return None
        step = f"{one.before} -> {given}, REVIEW: another series or a slip?"
        if word is Word.BELIEVED:
            step = f"{given} is doubtful again, REVIEW: {one.reason}"
        return News(of=one, word=Word.JUMP, detail=step, label=f"{one.before} -> {one.told.shown}, REVIEW")
    if word in {Word.JUMP, Word.FALL} and (one.believed or one.verdict is Verdict.CONFIRMED):
        now = "is no longer doubtful" if word is Word.JUMP else "holds after all"
        return News(of=one, word=Word.BELIEVED, detail=f"{given} {now}: {one.reason}")
    if word in _HELD and one.verdict is Verdict.FALL:
        return News(of=one, word=Word.FALL, detail=f"{given} is taken back: {one.reason}")
    return None


def _near(one: Judged, others: Iterable[Judged], over: int) -> set[int]:
    """The doubted jumps that one is told with: each is near the next, whichever of them came first.

    Of 150, 165 and 180, where 20 is near, 165 alone is told if it came first, and 150 alone if that did.
    """
    found: set[int] = set()
    last: Told | None = None
    for each in sorted((each.told for each in others if each.verdict is Verdict.JUMP), key=lambda each: each.low):
        if last is not None and each.low - last.low > over:
            if one.told.number in found:
                break
            found = set()
        found.add(each.number)
        last = each
    return found


def _given(one: Told) -> str:
    return f"{one.shown} ({one.outlet})"
