"""Numbers as they are written: digits with separators and endings, and number words in a row.

Knows how numbers are spelled in the desk's languages; knows nothing of what they mean in the text. Each word is looked
at a fixed number of times, whatever the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.core.countwords import is_one
from monitor.core.entry import Part
from monitor.core.numberwords import HUNDRED, MILLION, THOUSAND, NumberWord, number_word, people_of

HYPHENS = frozenset("-‐‑")
# Longer numbers are telephones and votes; a counter of the desk has four digits.
_MOST_DIGITS = 7
_REACH = 4
_DOZEN, _DOZENS = 12, 24
# Numbers whose last word goes on with a smaller one: "yirmi üç", "on iki".
_ONE_TO_NINE, _TEN_TO_NINETEEN, _TENS = range(1, 10), range(10, 20), range(20, 100)

_GROUPING = frozenset(",. '’\u00a0\u202f\u2009٬،")
_SEPARATORS = frozenset({".", ",", ":", "/", "٫"})
# "12th", "57-й", "345'inci", "23em", "57مین": what stands behind the digits of one word, and behind a hyphen.
_ORDINAL_ENDING = re.compile(
    r"(?:st|nd|rd|th|'?[iu]?nc[iu]\w*|'?(?:y?em|h?em|y?emin|min)\w*"
    r"|(?:[ыи]?й|[ао]?я|[ое]е|го|ого|му|ому|ом|ым|ую|ю|а|е|м|ї|х)|т?(?:[єея]|ій|ий|ого|ої|у)"
    r"|(?:ه?م|مين|همين|ام|امين|يه?م|يه?مين))"
)
_CARDINAL_ENDING = re.compile(r"(?:х|ти|ми|мя|м|ох|ьох|и|ть)")
_WORD_DIGITS = re.compile(r"([وفبلك]?(?:ال|لل)?)([0-9]{1,9})(\D*)")
_PLURALS = frozenset({"people", "children", "men", "women", "personnel", "troops", "police"})
_THE, _AND = "ال", "و"
_THE_ALONE = frozenset({"ال", "لل", "بال", "وال"})
_BEFORE_ORDINAL_MONTHS = frozenset({"تشرين", "كانون", "ربيع", "جمادي"})
_OPENING, _RUNNING_ON = frozenset({"", "~", "(", '"', "«"}), frozenset({"", "+", "'", "’", *HYPHENS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A number as it is written, at the words `first` to `last` of its part.

    `barred` is one that goes on behind a sign, as dates and times do. `joined` carries an "and", `ending` is that of a
    case behind the digits, `article` marks a word that may be no number,
    `dozens` one that says how many at least, `people` one that has its noun in it.
    """

    first: int
    last: int
    value: int
    ordinal: bool = False
    article: bool = False
    digits: bool = False
    grouped: bool = False
    barred: bool = False
    joined: bool = False
    dozens: bool = False
    people: bool = False
    ending: str = ""


class Line:
    """The words of one part of a text, folded, with what stands between them."""

    def __init__(self, part: Part, language: str) -> None:
        self.part = part
        self.language = language
        self.words = [token.folded for token in part.tokens]

    def gap(self, at: int) -> str:
        """What stands between a word and the next."""
        tokens = self.part.tokens
        return self.part.text[tokens[at].end : tokens[at + 1].start]

    def ahead(self, first: int) -> tuple[str, ...]:
        """The few words ahead of one, from the last full stop or comma on."""
        at = first
        while at > 0 and first - at < _REACH and self.gap(at - 1).strip() in _OPENING:
            at -= 1
        return tuple(self.words[at:first])

    def behind(self, last: int) -> tuple[str, ...]:
        """The few words behind one, up to the next full stop or comma."""
        at = last
        while at + 1 < len(self.words) and at - last < _REACH and self.gap(at).strip() in _RUNNING_ON:
            at += 1
        return tuple(self.words[last + 1 : at + 1])


def written(line: Line) -> Iterator[Written]:
    """Every number of a line, in the order of the text."""
    at = 0
    while at < len(line.words):
        number = _digits(line, at) or _spelled(line, at) or _of_noun(line, at)
        at = at + 1 if number is None else number.last + 1
        if number is not None:
            yield number


def _digits(line: Line, at: int) -> Written | None:
    """Digits with their separators, with an ending, or behind the Arabic article."""
    match = _WORD_DIGITS.fullmatch(line.words[at])
    if match is None:
        return None
    prefix, written, ending = match.groups()
    last, grouped = at, False
    if not ending and len(written) <= 3:
        while last + 1 < len(line.words) and last - at < 3 and _groups(line, last):
            last, grouped, written = last + 1, True, written + line.words[last + 1]
    ordinal = _THE in prefix or _the(line, at) or _numbered(line, at)
    behind = _ending(line, last, ending)
    if ending and behind is None:
        return None
    barred = len(written) > _MOST_DIGITS or _goes_on(line, last) or _goes_on(line, at - 1)
    value, multiplied = _scaled(line, int(written[:_MOST_DIGITS]), last)
    ordered = ordinal or bool(behind and behind[1])
    last = max(last, multiplied, behind[0] if behind else last)
    return Written(
        first=at, last=last, value=value, ordinal=ordered, digits=True, grouped=grouped, barred=barred,
        joined=prefix.startswith(_AND), ending=ending,
    )  # fmt: skip


def _groups(line: Line, last: int) -> bool:
    """Whether the next word is three more digits of the same number: "1,234", and "5 000" in Russian."""
    gap, following = line.gap(last), line.words[last + 1]
    blank = gap == " " and line.language not in {"ru", "uk"}
    return len(gap) == 1 and gap in _GROUPING and not blank and len(following) == 3 and following.isdigit()


def _goes_on(line: Line, last: int) -> bool:
    """Whether digits follow behind a sign: "22.08", "14:30", "2.5", "3/4"."""
    if last < 0 or last + 1 >= len(line.words) or line.gap(last) not in _SEPARATORS:
        return False
    return line.words[last][-1:].isdigit() and line.words[last + 1][:1].isdigit()


def _ending(line: Line, last: int, ending: str) -> tuple[int, bool] | None:
    """The last word with its ending, and whether that orders; None where there is no such ending."""
    if ending:
        cut = line.part.tokens[last].cut
        if _ORDINAL_ENDING.fullmatch(ending) and not (line.language == "tr" and "nc" not in ending):
            return last, line.language not in {"ru", "uk"} or not _CARDINAL_ENDING.fullmatch(ending)
        return (last, False) if cut.isdigit() and line.language == "tr" else None
    if last + 1 < len(line.words) and line.gap(last) in HYPHENS:
        following = line.words[last + 1]
        if line.language in {"ru", "uk"} and len(following) <= 3 and _CARDINAL_ENDING.fullmatch(following):
            return last + 1, False
        if len(following) <= 3 and _ORDINAL_ENDING.fullmatch(following):
            return last + 1, True
    return (last, True) if _dotted(line, last) else None


def _dotted(line: Line, last: int) -> bool:
    """Behind digits that order: "345. ortak devriye" is the 345th."""
    if line.language not in {"tr", "kmr"} or last + 1 >= len(line.words):
        return False
    following = line.part.text[line.part.tokens[last + 1].start]
    return line.gap(last) in {". ", "."} and following.islower()


def _the(line: Line, at: int) -> bool:
    """Behind an Arabic article of its own: "الـ 57"."""
    return at > 0 and line.language == "ar" and line.words[at - 1] in _THE_ALONE


def _numbered(line: Line, at: int) -> bool:
    """Behind a word that numbers: "patrol no. 122", "رقم 122"."""
    return at > 0 and is_one(line.words[at - 1], "numbered", line.language)


def _scaled(line: Line, value: int, last: int) -> tuple[int, int]:
    """Digits with a thousand or a million behind them, and the last word of that."""
    word = _word(line, last + 1) if last + 1 < len(line.words) and line.gap(last) == " " else None
    if word is None or word.ordinal or word.value not in {THOUSAND, MILLION}:
        return value, last
    return value * word.value, last + 1


def _spelled(line: Line, at: int) -> Written | None:
    """The longest number that words from here on make."""
    first = _word(line, at)
    if first is None:
        return None
    total, current, ordinal, scale = 0, 0, False, MILLION * THOUSAND
    last, position = at - 1, at
    while position < len(line.words) and position - at < 2 * _REACH:
        word = _word(line, position)
        if word is None or (last >= at and not _runs_on(line, last, position)):
            break
        made = _joined(line, total, current, scale, word, begun=last >= at)
        if made is None:
            break
        total, current, scale = made
        ordinal, last, position = ordinal or word.ordinal, position, position + 1
        if word.ordinal and line.language != "ar":
            break
        if position < len(line.words) and _joins(line, position):
            position += 1
    beyond, last = _beyond_hundred(line, last)
    return Written(
        first=at, last=last, value=total + current + beyond, ordinal=ordinal,
        article=first.article and last == at, joined=first.joined,
    )  # fmt: skip


def _of_noun(line: Line, at: int) -> Written | None:
    """An Arabic dual, "قتيلان", is two; a single person is one where no number stands ahead: "a soldier", "جندي"."""
    word = line.words[at]
    if is_one(word, "dozens", line.language):
        return Written(first=at, last=at, value=_DOZENS, dozens=True)
    if is_one(word, "nobody", line.language):
        return Written(first=at, last=at, value=0, article=True)
    if line.language == "ar" and (value := people_of(word)):
        alone = at == 0 or not (_word(line, at - 1) or line.words[at - 1].isdigit() or line.words[at - 1] == "اي")
        return (
            Written(first=at, last=at, value=value, article=value == 1, people="دوريت" not in word)
            if alone or value > 1
            else None
        )
    if line.language == "en" and word in {"a", "an"}:
        behind = line.behind(at)[:3]
        one = next((other for other in behind if is_one(other, "people", "en")), "")
        alone = bool(one) and one not in _PLURALS and not one.endswith("s")
        return Written(first=at, last=at, value=1, article=True, people=True) if alone else None
    return None


def _word(line: Line, at: int) -> NumberWord | None:
    word = number_word(line.words[at], line.language) if at < len(line.words) else None
    # The months "تشرين الأول" and "كانون الثاني" have ordinals for their second word.
    month = word is not None and at > 0 and line.words[at - 1] in _BEFORE_ORDINAL_MONTHS
    return None if month else word


def _runs_on(line: Line, last: int, position: int) -> bool:
    return all(line.gap(one) in {" ", *HYPHENS} for one in range(last, position))


def _joins(line: Line, position: int) -> bool:
    """Whether this is the "and" inside a number, with more of it behind."""
    if line.language not in {"en", "fa", "ckb", "kmr"} or position + 1 >= len(line.words):
        return False
    return is_one(line.words[position], "and", line.language) and _word(line, position + 1) is not None


def _joined(
    line: Line, total: int, current: int, scale: int, word: NumberWord, *, begun: bool
) -> tuple[int, int, int] | None:
    """Thousands, the rest and the last scale with one word more; None where the word begins another number."""
    value, arabic = word.value, line.language == "ar"
    if value >= THOUSAND and value < scale and (current or not begun):
        return total + (max(current, 1) * value), 0, value
    if arabic and begun and not word.joined and value not in {10, HUNDRED}:
        return None
    if value == HUNDRED:
        multiplied = current in _ONE_TO_NINE and not word.joined
        return (total, max(current, 1) * HUNDRED, scale) if multiplied or current == 0 else None
    if value == _DOZEN and word == number_word("dozen", line.language) and begun:
        return (total, current * _DOZEN, scale) if current in _ONE_TO_NINE else None
    if HUNDRED < value < THOUSAND:
        return (total, value, scale) if current == 0 else None
    return (total, current + value, scale) if _fits_behind(line, current % HUNDRED, word) else None


def _fits_behind(line: Line, before: int, word: NumberWord) -> bool:
    """Whether ones, teens or tens may follow: "twenty" and then "three", in Arabic "three" and then "twenty"."""
    value = word.value
    if before == 0:
        return True
    if line.language == "ar":
        return before in _ONE_TO_NINE and (value in _TENS if word.joined else value == 10)
    ten = _TEN_TO_NINETEEN[0] if line.language == "tr" else _TENS[0]
    return value in _ONE_TO_NINE and before >= ten and before % 10 == 0


def _beyond_hundred(line: Line, last: int) -> tuple[int, int]:
    """What stands behind "بعد المئة": the twenty-third behind the hundred."""
    if line.language != "ar" or last + 2 >= len(line.words) or line.words[last + 1] != "بعد":
        return 0, last
    word = _word(line, last + 2)
    known = word is not None and word.value % HUNDRED == 0 and word.value < THOUSAND
    return (word.value, last + 2) if known and word is not None else (0, last)
