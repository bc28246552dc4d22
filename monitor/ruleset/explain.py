"""Why a rule rings for a text, or does not: its windows, the trees in them, how it is said, and what is missing.

Everything here comes from the evaluation that alerts; nothing is worked out a second time. Knows nothing of terminals.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from monitor.core import evidence
from monitor.core.clause import (
    AtLeast,
    Both,
    Either,
    Event,
    Expression,
    Leaf,
    Near,
    Only,
    Phrase,
    Query,
    Reference,
    Without,
)
from monitor.core.entry import Document
from monitor.core.evaluate import evaluate, lacking
from monitor.core.event import JOINT, TOGETHER
from monitor.core.figures import counted, told
from monitor.core.match import Judged, Match, Matcher, Setting
from monitor.core.proposal import states_of
from monitor.core.reading import Reading
from monitor.core.rule import Handling, Rule, Window
from monitor.core.terms import Span
from monitor.core.view import Finding, Hindrance, Obstacle, View
from monitor.core.wording import describe
from monitor.ruleset.silent import silences

_MOST_WORDS = 6
_MOST_MARKED = 40
_CUT_AT = 160
_GUARDS = frozenset({"joint", "no_other"})
# "Russia and Damascus hold a joint patrol", and below it "The patrol of Turkey and Russia ...".
_OTHERS_HEADLINE = "the headline, which tells the deed of another party"


class Nearness(IntEnum):
    """How near a rule came to ringing; the order counts."""

    RINGS = 0
    SILENT = 1  # it matches, and its status or sources keep it quiet
    DIGEST = 2
    DROPPED = 3  # by how it is said, or by an exclusion
    ONE_SHORT = 4
    FAR = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a query in a window: what it asks for, whether that is there, in which words, or why not."""

    asks: str
    met: bool
    words: tuple[str, ...] = ()
    obstacles: tuple[str, ...] = ()
    parts: "tuple[Part, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A window of the text: `marks` are the stretches of characters in its `text` that the rule's words stand at.

    `carried` are words of the title that count here. `said` tells how a satisfied window says it, by which words, and
    what the rule does with that.
    """

    name: str
    text: str
    marks: tuple[tuple[int, int], ...]
    carried: tuple[str, ...]
    tree: Part
    said: str = ""
    missing: tuple[str, ...] = ()
    deciding: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A rule against one text."""

    rule: Rule
    match: Match | None
    looks: tuple[Look, ...]
    missing: tuple[str, ...]
    nearness: Nearness
    verdict: str
    silent: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()

    @property
    def near_miss(self) -> bool:
        """It does not ring, but would if one thing were otherwise."""
        return self.nearness in {Nearness.DIGEST, Nearness.DROPPED, Nearness.ONE_SHORT, Nearness.SILENT}

    @property
    def rank(self) -> tuple[int, int, str]:
        """What rings comes first, then what came near."""
        return self.nearness, len(self.missing), self.rule.id


def explain(matcher: Matcher, rule: Rule, document: Document, setting: Setting) -> Explanation:
    """The explanation of what `Matcher.match` makes of a document."""
    reading = matcher.reading(document, matcher.find(document))
    weighed = list(matcher.weighed(rule, reading, setting))
    match = matcher.match(rule, document, reading.all_of(), setting)
    chosen = matcher.judge(rule, reading, setting)
    looks = tuple(_named(rule, _look(reading, *one, chosen)) for one in weighed)
    missing = () if match is not None else _missing(weighed, reading)
    silent = tuple(_silences(rule, setting))
    nearness = _nearness(match, silent, missing, some_met=any(_met(finding) for _, finding, _ in weighed))
    return Explanation(
        rule=rule,
        match=match,
        looks=looks,
        missing=missing,
        nearness=nearness,
        verdict=_verdict(matcher, match, rule, reading, setting, missing, nearness),
        silent=silent,
        numbers=tuple(_counted(rule, reading, matcher)),
    )


def _counted(rule: Rule, reading: Reading, matcher: Matcher) -> Iterator[str]:
    """The figures that the rule counts, with their words; of a text that it does not match, those it would."""
    for one in counted(rule, reading, matcher.ruleset.vocabulary.places):
        was = f", from {one.figure.former}" if one.figure.former is not None else ""
        yield f"{one.called}: {told(one)}{was}, by {one.words!r}"


def _nearness(match: Match | None, silent: Sequence[str], missing: Sequence[str], *, some_met: bool) -> Nearness:
    if match is None:
        return Nearness.ONE_SHORT if len(missing) == 1 and some_met else Nearness.FAR
    if match.excluded_by is not None or match.handling is Handling.DROP:
        return Nearness.DROPPED
    if match.handling is Handling.DIGEST:
        return Nearness.DIGEST
    return Nearness.SILENT if silent else Nearness.RINGS


def _verdict(
    matcher: Matcher,
    match: Match | None,
    rule: Rule,
    reading: Reading,
    setting: Setting,
    missing: Sequence[str],
    nearness: Nearness,
) -> str:
    """One line: rings, goes to the digest, is dropped, or what is missing."""
    if match is None and not missing:
        return "no match; the text has no words in the parts that the rule reads"
    if match is None:
        one_short = nearness is Nearness.ONE_SHORT
        return f"no match; all but {missing[0]}" if one_short else f"no match; missing: {'; '.join(missing)}"
    words = ", ".join(dict.fromkeys(repr(evidence.text) for evidence in match.evidence))
    if match.excluded_by is not None:
        by = _excluding_words(matcher, match, rule, reading, setting)
        return f"dropped by exclusion {match.excluded_by.name} ({match.excluded_by.reason}){by}"
    said = _said(match.assertion.value, match.cue, match.handling)
    if match.handling is Handling.ALERT:
        groups = matcher.ruleset.vocabulary.groups
        return f"matches: {words}" + (f"; {said}" if match.cue else "") + evidence.told(rule, match.proposals, groups)
    return f"matches, all but modality: {said}"


def _said(assertion: str, cue: str, handling: Handling) -> str:
    return f"{assertion}, by {cue!r} → {handling}" if cue else f"{assertion} → {handling}"


def _excluding_words(matcher: Matcher, match: Match, rule: Rule, reading: Reading, setting: Setting) -> str:
    """The words that an exclusion holds by; none where it looks at the link."""
    one = match.excluded_by
    if one is None or one.when is None:
        return ""
    spans = [
        span
        for view in matcher.seen_by(one, rule, reading, setting)
        for way in evaluate(one.when, view).ways[:1]
        for span, _ in way.leaves
    ]
    words = [repr(reading.words_at(span)) for span in sorted(set(spans))]
    return f", by {', '.join(words[:_MOST_WORDS])}" if words else ""


def _silences(rule: Rule, setting: Setting) -> Iterator[str]:
    """What keeps the rule from telling anybody of this feed."""
    yield from silences(rule, setting.today)
    if not rule.sources.takes(setting.feed):
        yield "the rule does not listen to this feed (sources)"


def _missing(weighed: Iterable[tuple[View, Finding, Judged | None]], reading: Reading) -> tuple[str, ...]:
    """The fewest parts that would make it match, in the window that came nearest; of equals, the first."""
    findings = [finding for _, finding, _ in weighed]
    if any(finding.met for finding in findings):
        return (_OTHERS_HEADLINE,)
    lacks = [(lacking(finding), finding) for finding in findings]
    if not lacks:
        return ()
    nearest, _ = min(lacks, key=lambda one: (len(one[0]), not any(lack.obstacles for lack in one[0]), -_met(one[1])))
    return tuple(dict.fromkeys(_lack(one, reading) for one in nearest))


def _lack(finding: Finding, reading: Reading) -> str:
    """A part that is missing, as it would be written; of an event, what stands in its way."""
    if isinstance(finding.query, Event):
        told = [f"{one.key} ({_told(one, finding.query, reading)})" for one in finding.obstacles]
        return ", ".join(told) or "an action in reach"
    asked = describe(finding.query)
    if isinstance(finding.query, Near) and all(part.met for part in finding.parts):
        return f"distance ({asked})"
    return f"{finding.slot} {asked}" if finding.slot else asked


def _met(finding: Finding) -> int:
    """How many words and references are there that the rule asks for."""
    if isinstance(finding.query, Without):
        return 0
    return sum(map(_met, finding.parts)) if finding.parts else finding.met


def _look(reading: Reading, view: View, finding: Finding, judged: Judged | None, chosen: Judged | None) -> Look:
    spans = [span for span, _ in judged.leaves] if judged else list(_spans(finding))
    cue = judged.said.cue if judged else None
    # What stands under `not`, or in a part of its own, is looked for in all the text.
    window = view.window
    inside = [one for one in {*spans, *([cue] if cue else [])} if window.start <= one.start and one.end <= window.end]
    carried = dict.fromkeys(reading.words_at(span) for span in spans if view.carried(span))
    text, marks = _marked(reading, view.window, inside)
    said = ""
    if judged is not None:
        words = "" if cue is None else reading.words_at(cue)
        said = _said(judged.said.assertion.value, words, judged.handling)
    lacks = tuple(dict.fromkeys(_lack(one, reading) for one in lacking(finding)))
    if finding.met and judged is None:
        lacks = (_OTHERS_HEADLINE,)
    return Look(
        name=_name(reading, view),
        text=text,
        marks=marks,
        carried=tuple(carried),
        tree=_part(finding, reading, view),
        said=said,
        missing=lacks,
        deciding=chosen is not None and chosen.view.window == view.window,
    )


def _named(rule: Rule, look: Look) -> Look:
    """The parts of a status rule by the facet and the state that each proposes."""
    names = [f"{one.facet} → {one.state}" if one.state else f"{one.facet}, claims" for one in states_of(rule)]
    if len(names) != len(look.tree.parts):
        return look
    named = zip(names, look.tree.parts, strict=True)
    parts = tuple(replace(part, asks=f"{name}: {part.asks}") for name, part in named)
    return replace(look, tree=replace(look.tree, parts=parts))


def _name(reading: Reading, view: View) -> str:
    """Where a window stands: title, or the number of a sentence or paragraph below it."""
    document, window = reading.document, view.window
    part, _, _ = document.place(window.start, window.start)
    last, _, _ = document.place(window.end, window.end)
    if part.name != last.name:
        return f"{part.name} to {last.name}"
    if part.name == "title":
        return "title"
    for pieces, name in ((document.sentences, Window.SENTENCE), (document.paragraphs, Window.PARAGRAPH)):
        own = [one for one in pieces if part.base <= one.start < part.base + len(part.tokens)]
        if window in own:
            return f"{part.name}, {name} {own.index(window) + 1}"
    return part.name


def _marked(reading: Reading, window: Span, spans: Iterable[Span]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text of a window and where in it the spans stand, as stretches of characters that do not overlap."""
    whole, first = reading.document, reading.document.place(window.start, window.start)
    last = whole.place(window.end, window.end)
    if first[0].name != last[0].name:
        # A window of several parts: each is shown from its beginning.
        text = "\n".join(part.text for part in whole.parts if part.text)
        offsets, at = {}, 0
        for part in whole.parts:
            offsets[part.name] = at
            at += len(part.text) + 1 if part.text else 0
    else:
        text, offsets = reading.text_of(window).strip(), {first[0].name: -first[1]}
    placed = [whole.place(span.start, span.end) for span in list(spans)[:_MOST_MARKED]]
    return text, tuple(_merged((start + offsets[part.name], end + offsets[part.name]) for part, start, end in placed))


def _merged(stretches: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    ends: tuple[int, int] | None = None
    for start, end in sorted(stretches):
        if ends is not None and start <= ends[1]:
            ends = (ends[0], max(ends[1], end))
            continue
        if ends is not None:
            yield ends
        ends = (start, end)
    if ends is not None:
        yield ends


def _spans(finding: Finding) -> Iterator[Span]:
    """Every place of every word that the rule asks for; what stands under `not` is shown where it is in the way."""
    if not finding.parts or isinstance(finding.query, Without):
        yield from (span for way in finding.ways[:_MOST_WORDS] for span, _ in way.leaves)
    for part in finding.parts:
        yield from _spans(part)


def _part(finding: Finding, reading: Reading, view: View) -> Part:
    query = finding.query
    asked = f"{finding.slot}: {_asked(query)}" if finding.slot else _asked(query)
    implied = finding.slot == "actors" and finding.met and not finding.ways
    words = (f"left out by outlets of {view.country}",) if implied else _words(finding, reading)
    parts = [_part(part, reading, view) for part in finding.parts]
    if isinstance(query, Event) and (finding.met or finding.obstacles):
        parts += _guards(query, finding, reading)
    return Part(
        asks=asked,
        met=finding.met,
        words=words,
        obstacles=tuple(f"{one.key}: {_told(one, query, reading)}" for one in finding.obstacles)
        if isinstance(query, Event)
        else (),
        parts=tuple(parts),
    )


def _guards(event: Event, finding: Finding, reading: Reading) -> Iterator[Part]:
    """The guards of an event; they are asked only where all of its parts are in reach."""
    failed = {one.key for one in finding.obstacles}
    if failed - _GUARDS:
        return
    if event.joint:
        said = [span for way in finding.ways[:1] for span, label in way.leaves if label in {JOINT, TOGETHER}]
        words = tuple(repr(reading.words_at(span)) for span in said)
        yield Part(asks="joint: true", met="joint" not in failed, words=words)
    if event.no_other is not None:
        yield Part(asks=f"no_other: {describe(event.no_other)}", met="no_other" not in failed)


def _told(one: Obstacle, event: Event, reading: Reading) -> str:
    """An obstacle in words: which guard objects, and at what."""
    words = ", ".join(repr(reading.words_at(span)) for span in one.words)
    action = repr(reading.words_at(one.action))
    reach = f"{event.within} words" if event.within and one.key != "near" else "reach"
    return {
        Hindrance.FAR: f"{words} is not within {reach} of {action}",
        Hindrance.PARTED: f"{words} is in another clause than {action}",
        Hindrance.ORDER: f"{words} does not stand ahead of {action}",
        Hindrance.UNNAMED: "no actor is named",
        Hindrance.SEVERALLY: f"no word such as 'joint' at {action}, and {words or 'the actors'} are not side by side",
        Hindrance.OTHERS: f"another party stands between: {words}",
    }[one.why]


def _asked(query: Query) -> str:
    """A part as a person would put it; the parts of it follow on lines of their own."""
    match query:
        case AtLeast(count, _):
            asked = f"at least {count} of"
        case Near(_, _, distance, ordered):
            asked = f"within {distance} words" + (", in this order" if ordered else "")
        case Only(part, _):
            asked = f"{part}:"
        case Event(within=within):
            asked = f"event within {within} words" if within else "event"
        case Reference() | Phrase() | Expression():
            asked = describe(query)
        case _:
            asked = {Both: "all of", Either: "any of", Without: "not"}[type(query)]
    return asked


def _words(finding: Finding, reading: Reading) -> tuple[str, ...]:
    """The words found by a leaf, each spelling once."""
    if not isinstance(finding.query, Leaf):
        return ()
    words = []
    for way in finding.ways:
        part, start, end = reading.document.place(way.span.start, way.span.end)
        words.append(f"{part.text[start:end][:_CUT_AT]!r} in {part.name}")
    return tuple(dict.fromkeys(words))[:_MOST_WORDS]
