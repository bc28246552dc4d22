"""What is to come, told by an infinitive: "SDF to disband its command", as English headlines say "will".

Knows the particle, the verbs of the lexicon and who acts; knows nothing of what a rule looks for. A verb that the
lexicon has counts wherever it stands; of any other only the place tells that it is one: right behind who acts. "Agrees
to", "according to" and "to the north" are pseudo-cues of the lexicon.

"From the SDF to them" is a way, and "to protect the road" a purpose where a deed that is told as done follows.
"""

from collections.abc import Collection, Mapping

from monitor.core.terms import Span
from monitor.core.view import View

INFINITIVE = "$cue.infinitive"
PARTICLE = "$cue.particle"
# What stands behind "to" under these labels is a verb or may be one; any other name is a place, a person, a thing.
_VERBS = ("$act.", "$phase.", "$cue.")
_DEEDS = ("$act.", "$phase.")
_FROM = "from"
# Verbs that are as bare in "they hold a patrol" as in "to hold", and forms of the past without "ed".
_BARE = frozenset(
    {"hold", "conduct", "resume", "begin", "start", "join", "sign", "dissolve", "disband", "stage", "agree"}
)
_PAST = frozenset({"held", "began", "took", "ran", "led", "met", "handed"})
# Ahead of a noun or another infinitive, and behind a participle or a noun.
_NO_SUBJECT = frozenset({"the", "a", "an", "its", "their", "to", "and", "or", "of", "not"})
_OF_PARTICIPLE = frozenset({"in", "on", "by", "between", "of", "last", "earlier", "this", "under", "at", "from"})
# Names of things that a deed is told by, and of no doer: "to launch new strikes".
_THINGS = frozenset({
    "accusations", "airstrikes", "attacks", "bans", "bombs", "breaches", "cuts", "forms", "grenades", "hiatus",
    "hits", "labels", "launches", "lists", "mergers", "minus", "mortars", "moves", "names", "patrols", "places",
    "pledges", "projectiles", "raids", "returns", "rockets", "rules", "seals", "shells", "snipers", "strikes",
    "talks", "targets", "transfers", "withdrawals",
})  # fmt: skip
_OF_THINGS = ("ions", "ments", "ings")
# What begins a clause of its own: "to disband once it joins the army".
_SUBORDINATE = frozenset({
    "as", "that", "which", "who", "when", "while", "once", "before", "after", "until", "unless", "if", "because",
    "since", "where", "what", "it", "they", "whether", "how",
})  # fmt: skip


def to_come(view: View, words: Mapping[int, str], hidden: Collection[Span], deeds: Collection[Span]) -> list[Span]:
    """The particles of infinitives in a window that say by themselves that it is to come, none at a `hidden` stretch.

    `words` are those of the window by position, `deeds` what a rule looks for in it. A particle governs what stands
    behind it, and nothing ahead.
    """
    known = view.inside.get(INFINITIVE, ())
    placed = [
        span
        for span in view.inside.get(PARTICLE, ())
        if _behind_a_party(span, view) and _verb(span, view, words) and not _way(span, view, words)
    ]
    return [
        span
        for span in sorted({*known, *placed})
        if not any(one.start <= span.start and span.end <= one.end for one in hidden)
        and not _told_behind(span, deeds, view, words)
    ]


def _behind_a_party(particle: Span, view: View) -> bool:
    """Whether a state or a force stands right ahead of it."""
    return any(
        span.end + 1 == particle.start for label in view.parties & view.inside.keys() for span in view.inside[label]
    )


def _verb(particle: Span, view: View, words: Mapping[int, str]) -> bool:
    """Whether what follows may be a verb: no name and no number."""
    at = particle.end + 1
    if not words.get(at, "")[:1].isalpha():
        return False
    return not any(
        span.start == at for label, spans in view.inside.items() if not label.startswith(_VERBS) for span in spans
    )


def _way(particle: Span, view: View, words: Mapping[int, str]) -> bool:
    """Whether the clause has "from" ahead: "control passes from SDF to energy ministry"."""
    return any(
        word.lower() == _FROM and at < particle.start and _same_clause(Span(at, at), particle, view)
        for at, word in words.items()
    )


def _told_behind(particle: Span, deeds: Collection[Span], view: View, words: Mapping[int, str]) -> bool:
    """Whether a deed behind its verb, in the same clause, is told as done: "convoy to protect road joins patrol"."""
    verb = particle.end + 1
    acts = {one for label, found in view.inside.items() if label.startswith(_DEEDS) for one in found}
    return any(
        one.start > verb + 1
        and _same_clause(particle, one, view)
        and not any(words.get(at, "").lower() in _SUBORDINATE for at in range(verb, one.start))
        and _finite(one, view, words)
        for one in acts.intersection(deeds)
    )


def _finite(deed: Span, view: View, words: Mapping[int, str]) -> bool:
    """Whether it is no participle, noun or second infinitive: "joins", and not "agreement signed in March"."""
    word, before, after = (words.get(at, "").lower() for at in (deed.start, deed.start - 1, deed.end + 1))
    if before in _NO_SUBJECT or word in _THINGS or word.endswith(_OF_THINGS):
        return False
    if word in _BARE:
        return not _named(deed.start - 1, view, words)
    done = word in _PAST or word.endswith("ed") or (word.endswith("s") and not word.endswith("ss"))
    return done and after not in _OF_PARTICIPLE


def _named(at: int, view: View, words: Mapping[int, str]) -> bool:
    """Whether a party or a thing stands there, as in "to let patrols resume"."""
    return words.get(at, "").lower() in _THINGS or any(
        one.start <= at <= one.end for label in view.parties & view.inside.keys() for one in view.inside[label]
    )


def _same_clause(one: Span, other: Span, view: View) -> bool:
    return not view.paused(one, other) and not view.parted(one, other)
