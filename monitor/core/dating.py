"""What a report dates back: "the agreement signed in March", read in December, tells nothing new.

Knows months and words; knows nothing of rules. Years are modality's business: they are written where they matter.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from monitor.core.months import month_in_text
from monitor.core.terms import Span
from monitor.core.text import fold

# "The March 10 agreement", "signed on 10 March"; behind "in" or "of" the month belongs to the clause.
_NEAR = 3
_FAR = 9
_BEHIND = frozenset({"in", "of", "since", "last", "from", "в", "от", "с", "у", "від", "في", "منذ", "من"})
# "Agreed on March" may be on anything; "on March 10" is a date.
_ON = "on"
# As often a verb or a march as a month.
_DOUBTFUL = frozenset({"may", "march"})
_ORDINARY = 2
_YEAR = 12


def dated_back(deeds: Iterable[Span], words: Mapping[int, str], language: str, today: date) -> str:
    """The month that all these words are dated by, where it is not this or the last one; "" for none.

    `words` are those of the sentence by position, as they are written.
    """
    months = {
        position: number
        for position, word in words.items()
        if (number := _month(position, word, words, language)) and (today.month - number) % _YEAR >= _ORDINARY
    }
    found = [_nearest(span, months, words) for span in deeds]
    if not found or None in found:
        return ""
    return next(words[position] for position in found if position is not None)


def _month(position: int, word: str, words: Mapping[int, str], language: str) -> int:
    number = month_in_text(fold(word), language)
    if number and fold(word) in _DOUBTFUL and language == "en":
        before, after = fold(words.get(position - 1, "")), fold(words.get(position + 1, ""))
        certain = before in _BEHIND or before.isdigit() or after[:1].isdigit()
        return number if certain and word[:1].isupper() else 0
    return number


def _nearest(span: Span, months: Mapping[int, int], words: Mapping[int, str]) -> int | None:
    """The month that dates a word: beside it, or behind it in an adverbial of its own."""
    for position in months:
        beside = position - span.end >= -_NEAR and span.start - position <= _NEAR and position - span.end <= _NEAR
        if beside or (_adverbial(position, words) and 0 < position - span.end <= _FAR):
            return position
    return None


def _adverbial(position: int, words: Mapping[int, str]) -> bool:
    """`in March`, `of 10 March`, `on March 10`; a day beside the month makes a date of it."""
    before, after = fold(words.get(position - 1, "")), fold(words.get(position + 1, ""))
    first = fold(words.get(position - 2, "")) if before.isdigit() else before
    return first in _BEHIND or (first == _ON and (before.isdigit() or after[:1].isdigit()))
