"""How a text says a thing: done, planned, possible, demanded, denied, negated, standing, habitual, past, or opinion.

Knows the cues of the lexicon, their reach and the order of words; knows nothing of rules. "May resume", "denied that
patrols resumed" and "five years ago" hold every word of "resumed": what tells them apart are words around the core
of the match - its action, and the verbs of beginning and ending beside it. A cue counts where it governs that core:
in the same clause, on the side on which the language puts it, and not farther than its kind reaches.

The idea of cues with a direction, a reach, terminators and pseudo-cues is that of NegEx and ConText (Chapman 2001,
Harkema 2009), taken from clinical English to news in several orders of words.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from monitor.core.clause import Assertion
from monitor.core.entry import Part
from monitor.core.event import BACKGROUND
from monitor.core.infinitive import to_come
from monitor.core.terms import Found, Span
from monitor.core.text import abbreviated, before_apostrophe, fold
from monitor.core.view import Marks, View, apart, between

CUE = "$cue."
CLAUSE_BREAK = "$cue.clause_break"
PSEUDO = "$cue.pseudo"
_RESUME, _STOPS = "$phase.resume", ("$phase.suspend", "$phase.pause", "$phase.cancel")
PARTICIPLE = "$cue.participle"
YEAR_AFTER = "$cue.year_after"
# A cue that stands in front of everything else and speaks of the whole text: "Opinion:", "5 years ago today".
_HEADING_WORDS = 4

# From "will" to its verb, with an adverb between them.
_AUXILIARY = 2

# Languages whose verb comes last: what governs it stands behind its object.
VERB_LAST = frozenset({"tr", "kmr", "ckb", "fa", "az"})

# (words ahead of the core, words behind it, whether a comma ends it). The first kind found decides.
_Reach = tuple[int, int, bool]
_VERB_SECOND: Mapping[Assertion, _Reach] = {
    Assertion.OPINION: (60, 60, False),
    Assertion.RETRO: (30, 30, False),
    Assertion.DENIED: (14, 10, False),
    Assertion.NEGATED: (7, 2, True),
    Assertion.DEMANDED: (12, 6, False),
    Assertion.POSSIBLE: (9, 5, False),
    Assertion.STATIVE: (12, 6, False),
    Assertion.HABITUAL: (8, 8, False),
    Assertion.PLANNED: (6, 3, True),
}
_VERB_FINAL: Mapping[Assertion, _Reach] = {
    Assertion.OPINION: (60, 60, False),
    Assertion.RETRO: (30, 30, False),
    Assertion.DENIED: (14, 14, False),
    Assertion.NEGATED: (3, 9, True),
    Assertion.DEMANDED: (10, 12, False),
    Assertion.POSSIBLE: (8, 12, False),
    Assertion.STATIVE: (12, 12, False),
    Assertion.HABITUAL: (8, 10, True),
    Assertion.PLANNED: (4, 10, True),
}

# Where a language puts a cue elsewhere. Arabic: "لم" stands before the verb, and subject and object follow.
_OWN: Mapping[str, Mapping[Assertion, _Reach]] = {
    "ar": {Assertion.NEGATED: (8, 1, True), Assertion.POSSIBLE: (10, 1, False)},
    # "Патрулирования на этой неделе не было", and no farther: "патруль прошёл, ... не ...".
    "ru": {Assertion.NEGATED: (5, 10, True), Assertion.POSSIBLE: (9, 8, False)},
    "uk": {Assertion.NEGATED: (5, 10, True), Assertion.POSSIBLE: (9, 8, False)},
}

# What "to" makes a plan of stands behind it: "patrol to check the roads" is none.
_TO_COME: _Reach = (8, 0, True)

# Verbs this close to the action belong to it: "resume the joint military ground patrols".
_VERB_REACH = 6
_VERBS = ("$phase.",)

# Two dots are a dash in Arabic headlines, three end what is said.
_HARD = re.compile(r"[;؛\n]|(?:[^.]|^)\.\s|\.{3,}\s|[!?؟۔…]\s")
_SOFT = re.compile(r"\.\.|[,،:–—|()\[\]«»“”\"]|\s-\s")
_QUESTION = re.compile(r"[?؟]\W*$")

_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
# Persian pages count by the sun: 1398 began in March 2019.
_SOLAR_YEAR = re.compile(r"1[34][0-9]{2}")
_SOLAR = 621
# A year is a date of the past where one of these stands before or behind it, or a Turkish ending.
_DATED_BY = frozenset({
    "in", "during", "в", "у", "за", "في", "عام", "سنه", "sala", "salli", "سالي", "در", "سال",
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december", "ocak", "subat", "mart", "nisan", "mayis", "haziran", "temmuz", "agustos", "eylul", "ekim", "kasim",
    "aralik", "январе", "феврале", "марте", "апреле", "мае", "июне", "июле", "августе", "сентябре", "октябре", "ноябре",
    "декабре", "січні", "лютому", "березні", "квітні", "травні", "червні", "липні", "серпні", "вересні", "жовтні",
    "листопаді", "грудні", "نوفمبر", "اكتوبر", "مارس", "اذار", "تشرين", "كانون", "سبتمبر", "ديسمبر", "يناير", "فبراير",
    "ابريل", "مايو", "يونيو", "يوليو", "اغسطس", "الثاني", "الاول", "شباط", "نيسان", "ايار",
    "حزيران", "تموز", "اب", "ايلول",
    "ژانويه", "فوريه", "اوريل", "ژوين", "ژوييه", "سپتامبر", "نوامبر", "دسامبر", "فروردين", "ارديبهشت", "خرداد", "تير",
    "مرداد", "شهريور", "مهر", "ابان", "اذر", "دي", "بهمن", "اسفند",
})  # fmt: skip
_DATED_BEHIND = frozenset({"года", "году", "року", "році", "yilinda", "yilinin"})
_BACKGROUND_REACH = 8
# "On November 1, 2019": between the month and the year stands a day, of two digits at most.
_DAY = 2
_TREATY_REACH, _TREATY_AHEAD = 8, 3
# What may stand between "a year after" and the deed that it dates, beside who did it.
_LINKS = frozenset({
    "the", "that", "and", "both", "of", "first", "того", "как", "и", "первого", "як", "і", "та", "першого", "ان", "ما",
    "اول", "troops", "forces", "soldiers",
})  # fmt: skip
_JOINING = ("$topic.and", "$topic.joint", "$topic.with")
# From who does it to the deed: "SDF announces it has dissolved itself".
_AT_PARTY = 4


@dataclass(frozen=True, slots=True)
class Said:
    """How something is said, and the words that say so; None for a plain statement."""

    assertion: Assertion
    cue: Span | None = None


def marks(parts: Iterable[Part], found: Found) -> Marks:
    """The ends of clauses in a text."""
    hard, soft, colons = [span.start for span in _alone(found, CLAUSE_BREAK)], [], []
    for part in parts:
        for index in range(1, len(part.tokens)):
            gap = part.text[part.tokens[index - 1].end : part.tokens[index].start]
            if gap == " ":
                continue
            if _HARD.search(gap) and not (gap == ". " and _goes_on(part.tokens[index - 1].folded)):
                hard.append(part.base + index)
            elif _SOFT.search(gap) and not _of_date(gap, part.tokens[index - 1].folded, part.tokens[index].folded):
                soft.append(part.base + index)
                colons += [part.base + index] if ":" in gap else []
    return Marks(tuple(sorted(set(hard))), tuple(soft), tuple(colons))


def _of_date(gap: str, before: str, after: str) -> bool:
    """Whether a comma is that of "November 1, 2019"."""
    return gap == ", " and before.isdigit() and _YEAR.fullmatch(after) is not None


def _goes_on(word: str) -> bool:
    """Whether the full stop is that of "U.S. troops" or of an ordinal: "12. ortak devriye"."""
    return word.isdigit() or abbreviated(word)


def assess(
    core: Sequence[Span],
    view: View,
    ends: Marks,
    language: str,
    *,
    text: str,
    words: Mapping[int, str],
    year: int,
    treaties: Sequence[Span] = (),
) -> Said:
    """How the core of a match is said in its window.

    `text` is the window as it is written, `words` its words by position, `year` that of the entry: an earlier
    one is the past, but for the date of a treaty at `treaties`.
    """
    verbs = _with_verbs(core, view, ends)
    reaches = {**(_VERB_FINAL if language in VERB_LAST else _VERB_SECOND), **_OWN.get(language, {})}
    cues, plans = _cues(view), to_come(view, words, _concealing(view), verbs)
    asked = _QUESTION.search(text) is not None and _in_question(core, view, ends)
    background = _background(view, ends)
    for kind, reach in reaches.items():
        found = [cue for cue in cues.get(kind, ()) if _governs(cue, verbs, reach, ends, kind, view.window)]
        if kind is Assertion.PLANNED:
            found += [
                cue for cue in plans if _governs(cue, _ahead(cue, core, verbs), _TO_COME, ends, kind, view.window)
            ]
        if kind is not Assertion.OPINION:
            found = [cue for cue in found if not _behind(cue, core, background)]
        if kind is Assertion.RETRO:
            dated = _years(words, year, [*treaties, *_pauses(view)], background)
            found += [
                span
                for span in dated
                if _governs(span, verbs, reach, ends, kind, view.window) and not _aside(span, verbs, ends, view.window)
            ]
            found = [cue for cue in found if not _describes(cue, verbs, view)]
            found += [cue for cue in view.inside.get(YEAR_AFTER, ()) if _long_after(cue, verbs, view, language, words)]
        if found and kind is Assertion.PLANNED and asked:
            return Said(Assertion.POSSIBLE)
        if found:
            return Said(kind, min(found, key=lambda cue: (min(apart(cue, one) for one in verbs), cue)))
    return Said(Assertion.POSSIBLE if asked else Assertion.DONE)


def governs_at_once(cue: Span, word: Span, language: str) -> bool:
    """Whether a cue says it of these very words: inside them, as an ending is, or beside them, "will soon sign".

    A verb that comes last has its ending there: not "entegre olacağını duyurdu", which announces it.
    """
    if language in VERB_LAST:
        return cue.start <= word.end + 1 and word.end <= cue.end
    return cue.start <= word.end and word.start <= cue.end + _AUXILIARY


def _in_question(core: Sequence[Span], view: View, ends: Marks) -> bool:
    """Whether the question at the end of a window is about the core: not that of "agree ceasefire: will it hold?"."""
    begins = max((at for at in (*ends.hard, *ends.colons) if view.window.start < at <= view.window.end), default=0)
    return any(one.end >= begins for one in core)


def _cues(view: View) -> dict[Assertion, list[Span]]:
    """Cues by kind, without those inside a longer one: "не исключил" is no negation, "not only" neither."""
    every, pseudo = _concealing(view), set(view.inside.get(PSEUDO, ()))
    kept = {}
    for kind in Assertion:
        spans = view.inside.get(f"{CUE}{kind.value}", ())
        alone = [span for span in spans if span not in pseudo and not any(_holds(one, span) for one in every)]
        if alone:
            kept[kind] = alone
    return kept


def _concealing(view: View) -> set[Span]:
    """Cues and pseudo-cues, each of which hides what stands inside it."""
    every = {span for kind in Assertion for span in view.inside.get(f"{CUE}{kind.value}", ())}
    return every | set(view.inside.get(PSEUDO, ()))


def _alone(found: Found, label: str) -> list[Span]:
    pseudo = found.get(PSEUDO, ())
    return [span for span in found.get(label, ()) if not any(_holds(one, span) or one == span for one in pseudo)]


def _holds(one: Span, inner: Span) -> bool:
    return one != inner and one.start <= inner.start and inner.end <= one.end


def _with_verbs(core: Sequence[Span], view: View, ends: Marks) -> list[Span]:
    """The core and the verbs beside it: it is the "resume" of "resume patrols" that "may" governs."""
    verbs = [
        span
        for label, spans in view.inside.items()
        if label.startswith(_VERBS)
        for span in spans
        if any(apart(span, one) <= _VERB_REACH and not between(ends.hard, span, one) for one in core)
    ]
    return sorted({*core, *verbs})


def _ahead(particle: Span, core: Sequence[Span], verbs: Sequence[Span]) -> Sequence[Span]:
    """What "to" may govern: the deed alone where a verb ahead says it is done, as in "hold patrols to end attacks"."""
    return core if any(verb.end < particle.start for verb in verbs if verb not in core) else verbs


def _governs(cue: Span, core: Sequence[Span], reach: _Reach, ends: Marks, kind: Assertion, window: Span) -> bool:
    if kind is Assertion.OPINION:
        return cue.start - window.start < _HEADING_WORDS
    ahead, behind, comma = reach
    for one in core:
        if between(ends.hard, cue, one):
            continue
        # "SDF agrees truce, US calls for talks": behind a comma another says something else.
        if (comma or cue.start > one.end) and between(ends.soft, cue, one):
            continue
        if cue.start <= one.end and one.start <= cue.end:
            return True
        if (0 < one.start - cue.end <= ahead) or (0 < cue.start - one.end <= behind):
            return True
    return False


def _describes(cue: Span, core: Sequence[Span], view: View) -> bool:
    """Whether a date belongs to a participle ahead of the core: "patrols resumed that were suspended last year".

    Turkish has all of it ahead of the noun: "geçen yıl durdurulan devriyeler yeniden başladı".
    """
    participles = view.inside.get(PARTICIPLE, ())
    verbs = [one for one in core if not any(_holds(one, at) or one == at for at in participles)]
    return bool(verbs) and any(cue.end < one.start < min(verbs).start for one in participles)


def _long_after(cue: Span, verbs: Sequence[Span], view: View, language: str, words: Mapping[int, str]) -> bool:
    """Whether all of it is what "a year after" dates, as nothing else is said: not where the news stands elsewhere.

    "A year after suspending them they resume patrols" tells of a pause that ended, "a year after the fall SDF dissolves
    itself" of what is done now.
    """
    if language in VERB_LAST:
        return all(one.end <= cue.end and not view.paused(one, cue) for one in verbs)
    first = min(verbs)
    stops = {span for label in _STOPS for span in view.inside.get(label, ()) if span.start > cue.end}
    if first.start <= cue.end or first in stops or view.paused(cue, first):
        return False
    return _right_behind(cue, first, view, words) and not _done_since(first, verbs, view)


def _right_behind(cue: Span, deed: Span, view: View, words: Mapping[int, str]) -> bool:
    """Whether nothing but who did it stands between: not so in "a year after Assad fell YPG dissolves itself"."""
    known = {at for one in _parties(view) for at in range(one.start, one.end + 1)}
    known |= {at for label in _JOINING for one in view.inside.get(label, ()) for at in range(one.start, one.end + 1)}
    return all(at in known or fold(words.get(at, "")) in _LINKS for at in range(cue.end + 1, deed.start))


def _done_since(deed: Span, deeds: Sequence[Span], view: View) -> bool:
    """Whether somebody does one of the deeds behind it: "a year after the deal with Damascus, SDF join the army".

    Arabic has who signed behind the signing, and what they signed behind them: "توقيع قسد ودمشق اتفاق الاندماج".
    """
    nouns = view.inside.get("$topic.agreement", ())
    acts = {one for label, spans in view.inside.items() if label.startswith(("$act.", "$phase.")) for one in spans}
    return any(
        deed.end < party.start
        and 0 < other.start - party.end <= _AT_PARTY
        and (
            view.paused(deed, party)
            or (other in acts and not any(party.end < one.start <= other.start for one in nouns))
        )
        for party in _parties(view)
        for other in deeds
    )


def _parties(view: View) -> list[Span]:
    return [span for label in view.parties & view.inside.keys() for span in view.inside[label]]


def _aside(year: Span, core: Sequence[Span], ends: Marks, window: Span) -> bool:
    """Whether it dates an aside between commas, as in "the SDF, founded in October 2015, announces"."""
    begins = max((at for at in ends.soft if window.start < at <= year.start), default=window.start)
    after = min((at for at in ends.soft if at > year.end), default=window.end + 1)
    return begins > window.start and not any(begins <= one.start < after for one in core)


def _pauses(view: View) -> list[Span]:
    """What was stopped and goes on: "resumed the patrols that were suspended in October 2023" is no past."""
    if not view.inside.get(_RESUME):
        return []
    return [span for label in _STOPS for span in view.inside.get(label, ())]


def _background(view: View, ends: Marks) -> list[Span]:
    """What "since" and "after" govern: "the first since they were halted in October 2023" is news, not the past."""
    stops = sorted({*ends.soft, *ends.hard, view.window.end + 1})
    return [
        Span(cue.start, min(cue.end + _BACKGROUND_REACH, *(at - 1 for at in stops if at > cue.end)))
        for cue in view.inside.get(BACKGROUND, ())
    ]


def _behind(cue: Span, core: Sequence[Span], background: Sequence[Span]) -> bool:
    """Whether a cue says what went before, and stands behind: "agree truce after US calls for restraint"."""
    return any(one.start <= cue.start <= one.end and all(deed.end < one.start for deed in core) for one in background)


def _years(words: Mapping[int, str], year: int, treaties: Sequence[Span], behind: Sequence[Span]) -> list[Span]:
    """Years of the past that date something: "in November 2019", "Kasım 2019'da", and not "the memorandum of 2019"."""
    found = []
    for position, word in words.items():
        if not _past(word, year) or any(one.start <= position <= one.end for one in behind):
            continue
        before, after = fold(words.get(position - 1, "")), fold(words.get(position + 1, ""))
        if before.isdigit() and len(before) <= _DAY:
            before = fold(words.get(position - 2, ""))
        dated = before in _DATED_BY or after in _DATED_BEHIND or before_apostrophe(word) != word
        span = Span(position, position)
        if dated and not any(_of_treaty(span, treaty) for treaty in treaties):
            found.append(span)
    return found


def _of_treaty(year: Span, treaty: Span) -> bool:
    """Whether it is the treaty's: "memorandum of 22 October 2019", and not "in November 2019, under the memorandum"."""
    return -_TREATY_AHEAD <= year.start - treaty.end <= _TREATY_REACH


@lru_cache(maxsize=4096)
def _past(word: str, year: int) -> bool:
    digits = fold(word)
    if digits[4:5].isdigit():
        return False
    if seen := _YEAR.match(digits):
        return int(seen[0]) < year
    solar = _SOLAR_YEAR.match(digits)
    return solar is not None and int(solar[0]) + _SOLAR < year
