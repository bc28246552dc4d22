"""What an entry says of the states of a status rule: which it proposes, and what makes a saying no news.

Knows facets and windows of a text; knows nothing of evidence, quorums or stores.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise

from monitor.core.clause import Assertion, Query
from monitor.core.evaluate import needs
from monitor.core.event import BACKGROUND
from monitor.core.modality import VERB_LAST
from monitor.core.reading import Reading
from monitor.core.rule import Handling, Rule
from monitor.core.terms import Span
from monitor.core.text import fold, folded_words
from monitor.core.view import View, apart

SAID = "$cue.said"
REACTION = "$cue.reaction"
# A pronoun behind its noun, the same with what tells that it was done, and a participle ahead of its noun.
RELATIVE, RELATIVE_DONE, DEED_OF_NOUN = "$cue.relative", "$cue.relative_done", "$cue.deed_of_noun"
# Arabic has who says it behind the verb; Russian tells of what was said "в СДС", in the SDF.
_VERB_FIRST = frozenset({"ar"})
_IN = frozenset({"в", "во", "у"})
# "A source in Damascus says", "critics of Damascus say"; and who speaks for a party, between its name and the verb.
_WHERE = frozenset({"in", "near", "from", "against", "в", "во", "у", "في", "من"})
_OFFICE = frozenset({
    "army", "chief", "command", "commander", "defence", "defense", "foreign", "general", "government", "interior",
    "leader", "leadership", "minister", "ministry", "official", "officials", "president", "presidency", "spokesman",
    "spokesperson", "spokeswoman",
    "الحكومه", "الدفاع", "الخارجيه", "الداخليه", "الرياسه", "الرييس", "السلطات", "القياده",
})  # fmt: skip
# Arabic says whose it is behind the noun: "الحكومة السورية", and "المرصد السوري", which is nobody's.
_ADJECTIVE = re.compile("ال.+(?:ي|يه)")
# The dateline of "Damascus, Syria: SDF has not joined".
_DATELINE = re.compile(r"[,/–—]| - ")

# "After" and what it tells of; "after weeks of clashes the SDF sign a deal" has it farther off.
_BACKGROUND_REACH = 3

# Noun to pronoun ("the grain deal, the one that"), pronoun to deed ("that was then signed", "that Russia, Ukraine and
# Turkey signed"), the words of the noun to each other, and participle to noun ("imzaladığı Karadeniz tahıl anlaşması").
_AT_NOUN, _AT_PRONOUN, _AT_PRONOUN_OF_WHOM, _IN_NOUN, _AT_PARTICIPLE = 2, 2, 5, 2, 4

# "The deal that they signed is suspended": the deed is as old as ever.
STOPS = frozenset({"$phase.suspend", "$phase.pause", "$phase.cancel"})
# Languages that tell a deed in two words: "تم توقيعه", "امضا کردند".
_TWO_WORDS = frozenset({"ar", "ckb", "fa", "kmr"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What an entry says of the state of a facet, and how; `names` are the entities it names in saying so.

    `state` is "" for a claim about it that tells of none. `headline`: the title says it. `sentence` is a fingerprint of
    the words it says it in, `dated_back` the month it dates it by, where that is past, or the word that makes it
    background ("after", "that"). `denied_by`: of a denial, the entities that stand first in it; of a negation, those
    that are quoted: "Damascus: SDF has not joined the army". A paper that says it by itself denies nothing.
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


def denied_by(
    assertion: Assertion, names: frozenset[str], view: View, reading: Reading, countries: frozenset[str]
) -> frozenset[str]:
    """Those of the names, as labels, whose word it is that something is not so.

    A denial is of whom it names first: "Iran denies that the YPG has dissolved". A negation is of who is quoted; that
    is none of the `countries`, folded, ahead of a colon: "Syria: SDF has not joined the army" says where it is.
    """
    spans = sorted((span, label) for label in view.parties | names for span in view.inside.get(label, ()))
    if assertion is Assertion.NEGATED:
        spans = _quoted(spans, view, reading, countries)
    first = {label for span, label in spans if span.start == spans[0][0].start}
    return frozenset(label[1:] for label in first & names)


def _quoted(
    spans: Sequence[tuple[Span, str]], view: View, reading: Reading, countries: frozenset[str]
) -> list[tuple[Span, str]]:
    """Who stands ahead of the colon, or beside the word for saying; where that comes last, who is named first."""
    if view.speaker:
        head = reading.text_of(Span(view.window.start, view.speaker - 1))
        if any(" ".join(folded_words(one)) in countries for one in _DATELINE.split(head)):
            return []
        return [(span, label) for span, label in spans if view.window.start <= span.start and span.end < view.speaker]
    own = [(span, label) for span, label in spans if not view.carried(span)]
    words = {at: fold(word) for at, word in reading.words_in(view.window).items()}
    for said in view.inside.get(SAID, ()):
        if reading.document.language in VERB_LAST:
            return own
        near = [
            one
            for one in own
            if _says(one[0], said, view, words) or _says_behind(one[0], said, view, words, reading.document.language)
        ]
        if near:
            return [one for one in near if one[0].start == near[0][0].start]
    return []


def _says(party: Span, said: Span, view: View, words: Mapping[int, str]) -> bool:
    """Whether it says so right ahead of the word, or one of its office does: "SDF spokesman says".

    Not so the source of "a source in Damascus says", nor the army of "has not joined the Syrian army, says Abdi".
    """
    between = range(party.end + 1, said.start)
    if party.end >= said.start or view.paused(party, said) or view.parted(party, said):
        return False
    return all(words.get(at, "") in _OFFICE for at in between) and not _of_others(party, words)


def _of_others(party: Span, words: Mapping[int, str]) -> bool:
    """Whether the name only tells where, or of whom: "critic of the SDF", and not "commander of the SDF"."""
    ahead = party.start - 1 - (words.get(party.start - 1, "") == "the")
    of, whose = words.get(ahead, ""), words.get(ahead - 1, "")
    if _ADJECTIVE.fullmatch(words[party.start]) and party.start == party.end:
        return of not in _OFFICE
    return of in _WHERE or (of == "of" and whose not in _OFFICE)


def _says_behind(party: Span, said: Span, view: View, words: Mapping[int, str], language: str) -> bool:
    """Whether it says so behind the word, where the verb stands ahead of who does: "..., says Abdi", "أعلنت دمشق أن".

    In "a rights group says SDF has not joined" the SDF says nothing.
    """
    at = said.end + 1
    inverted = language in _VERB_FIRST or view.paused(Span(said.start - 1, said.start - 1), said)
    return inverted and at <= party.start <= at + (words.get(at, "") in _IN)


def background(deeds: Sequence[Span], view: View, reading: Reading) -> str:
    """The word that makes all of it background; "" for none.

    "After YPG dissolved itself, what next?", "UN regrets that the truce collapsed", "The deal that they signed is in
    limbo".
    """
    if not deeds:
        return ""
    own, language = sorted(set(deeds)), reading.document.language
    found = _preceding(own, view) or _reaction(own, view, language) or _relative(own, view, language)
    return "" if found is None else reading.words_at(found)


def _preceding(deeds: Sequence[Span], view: View) -> Span | None:
    return next((cue for cue in view.inside.get(BACKGROUND, ()) if _leads(cue, deeds, view)), None)


def _leads(cue: Span, deeds: Sequence[Span], view: View) -> bool:
    near = deeds[0].start - cue.end <= _BACKGROUND_REACH and not view.paused(cue, deeds[0])
    return near and all(span.start > cue.end for span in deeds)


def _reaction(deeds: Sequence[Span], view: View, language: str) -> Span | None:
    """The verb of who is glad of it or regrets it: it stands where the language has its verbs."""
    for cue in view.inside.get(REACTION, ()):
        if language not in VERB_LAST:
            if _leads(cue, deeds, view):
                return cue
        elif 0 < cue.start - deeds[-1].end <= _BACKGROUND_REACH and not view.paused(deeds[-1], cue):
            return cue
    return None


def _relative(deeds: Sequence[Span], view: View, language: str) -> Span | None:
    """What makes a clause of a noun of it: a pronoun behind the noun, or a participle ahead of it."""
    done = set(view.inside.get(RELATIVE_DONE, ()))
    for cue in sorted(done.union(view.inside.get(RELATIVE, ()))):
        if _qualified(cue, deeds, view, language, told=cue in done):
            return cue
    return next((cue for cue in view.inside.get(DEED_OF_NOUN, ()) if _qualifies(cue, deeds, view)), None)


def _qualified(pronoun: Span, deeds: Sequence[Span], view: View, language: str, *, told: bool) -> bool:
    """Whether one deed stands behind the pronoun of a noun that begins the sentence: "The deal that they signed".

    Right ahead of the deed stands who did it, or the pronoun has "was" beside it (`told`): "a deal that merges the SDF
    into the army" tells what is in it, and "the deal that Russia brokered collapses" that it does. Nobody announces
    it: "Kremlin announces the deal that Russia signed" is news.
    """
    noun = [one for one in deeds if one.end < pronoun.start]
    verbs = sorted(one for one in _verbs(view) if one.start > pronoun.end)
    deed = [one for one in deeds if one.start > pronoun.end] or (verbs[:1] if language in VERB_LAST else [])
    if not noun or not deed or not _together(noun, _IN_NOUN) or not _together(deed, 1):
        return False
    reach = _AT_PRONOUN if told else _AT_PRONOUN_OF_WHOM
    if pronoun.start - noun[-1].end > _AT_NOUN or deed[0].start - pronoun.end > reach:
        return False
    if view.parted(noun[-1], deed[0]) or any(one.end < deed[0].start for one in verbs):
        return False
    by_whom = any(pronoun.end < one.start and one.end + 1 == deed[0].start for one in _parties(view))
    goes_on = deed[-1].end + (language in _TWO_WORDS)
    news = _told_of(noun[0], view, language) or any(one.start > goes_on for one in verbs)
    return (told or by_whom) and not news


def _told_of(noun: Span, view: View, language: str) -> bool:
    """Whether somebody does something ahead of a noun, as who announces a deal; not of "the Russia-Ukraine deal"."""
    first = max(view.window.start, view.speaker)
    said = () if language in VERB_LAST else view.inside.get(SAID, ())
    parties = (one for one in _parties(view) if one.end < noun.start - 1)
    return any(first <= one.start and one.end < noun.start for one in (*_verbs(view), *said, *parties))


def _qualifies(participle: Span, deeds: Sequence[Span], view: View) -> bool:
    """Whether what is done is a participle ahead of its noun, and no verb follows: "imzaladığı tahıl anlaşması"."""
    deed = [one for one in deeds if one.start <= participle.end]
    noun = [one for one in deeds if one.start > participle.end]
    if not noun or not deed or deed[-1].end < participle.start - 1:
        return False
    if not _together(deed, 1) or not _together(noun, _IN_NOUN) or view.paused(deed[0], noun[0]):
        return False
    near = noun[0].start - participle.end <= _AT_PARTICIPLE
    return near and not any(one.start > noun[-1].end for one in _verbs(view))


def _parties(view: View) -> list[Span]:
    return [span for label in view.parties & view.inside.keys() for span in view.inside[label]]


def _verbs(view: View) -> list[Span]:
    """What may be a deed in a window, whichever rule looks for it; not what stops, nor "agreement", which is a noun."""
    spans, nouns = [], []
    for label, found in view.inside.items():
        if label.startswith("$topic.") or label in STOPS:
            nouns += found
        elif label.startswith(("$act.", "$phase.")):
            spans += found
    return [one for one in spans if view.window.start <= one.start and all(apart(one, noun) for noun in nouns)]


def _together(spans: Sequence[Span], distance: int) -> bool:
    """Whether they stand side by side, as the words of one name do."""
    return all(apart(one, other) <= distance for one, other in pairwise(spans))


def is_named(label: str, view: View, reading: Reading) -> bool:
    """Whether a window names something, or title and lead do."""
    end = reading.document.heading.end
    return label in view.inside or any(span.end <= end for span in view.whole.get(label, ()))


def fingerprint(text: str) -> str:
    """What two texts of the same folded words share, in 16 digits; numbers in it do not count."""
    words = " ".join(word for word in folded_words(text) if not word.isdigit())
    return blake2b(words.encode(), digest_size=8).hexdigest()
