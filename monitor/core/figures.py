"""Which figure of a text belongs to which anchor of a rule, and to which of its series.

Pure. A figure goes with the anchor that it stands nearest to: in "killed 3, wounded 5" each with its own. What stands
between them counts as distance: a comma, an "and", another figure, another anchor. Knows nothing of earlier figures.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.core.countwords import is_one
from monitor.core.evaluate import evaluate
from monitor.core.numbers import Form, Numbers, called
from monitor.core.numerals import Figure, Qualifier, figures
from monitor.core.reading import Reading
from monitor.core.rule import Rule, Status, Window
from monitor.core.terms import Span
from monitor.core.view import View, apart, between

_HEADING = frozenset({"title", "lead"})
_COMMA, _AND, _FIGURE, _ANCHOR, _ARTICLE = 3, 3, 4, 6, 5
# "Twenty dead and wounded" are not twenty dead.
_SIDE_BY_SIDE, _SUMMED = 2, 3
_BEGUN_ANEW, _SINCE_AHEAD, _SINCE_BEHIND = 3, 4, 10
# The head of what a number counts stands at most so many words behind it.
_HEAD_REACH = 3
_FAR = 1_000_000
_NOUN_FIRST = frozenset({"ar", "fa", "ckb", "kmr"})
# More pairs of figures and anchors than these are no report; a hostile text may have thousands.
_MOST_FIGURES, _MOST_ANCHORS = 40, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A figure that a rule counts: of which name and series, in which words; `place` is the one named nearest."""

    name: str
    series: str
    figure: Figure
    words: str
    place: str = ""

    @property
    def called(self) -> str:
        """Name and series as one."""
        return called(self.name, self.series)


@dataclass(frozen=True, slots=True)
class _Anchor:
    numbers: Numbers
    span: Span
    of_people: bool


@dataclass(frozen=True, slots=True)
class _Pair:
    """A figure that may belong to an anchor; the smaller the cost, the nearer."""

    cost: int
    figure: Figure
    anchor: _Anchor


def counted(
    rule: Rule, reading: Reading, places: Sequence[str] = (), *, every: Sequence[Figure] | None = None
) -> tuple[Counted, ...]:
    """The figures of title and lead that a rule counts, one for each of its names and series.

    Of several, that of the headline, and of those the nearest. `places` are the names of entities that are places,
    `every` the figures of the document, for who has them.
    """
    shadow = rule.status is Status.SHADOW
    every = figures(reading.document) if every is None else every
    every = [one for one in every if not one.part][:_MOST_FIGURES]
    if not every or not rule.numbers:
        return ()
    pairs = [pair for view in _sentences(reading, shadow=shadow) for pair in _paired(rule, reading, view, every)]
    whole = reading.views(_HEADING, Window.TEXT, "", shadow=shadow)[0]
    found = []
    for numbers in rule.numbers:
        own = [pair for pair in pairs if pair.anchor.numbers is numbers]
        for series, pair in _in_series(numbers, own, whole, reading):
            place = _nearest_place(pair.figure.span, whole, places)
            words = reading.words_at(pair.figure.span)
            found.append(Counted(name=numbers.name, series=series, figure=pair.figure, words=words, place=place))
    return tuple(found)


def says_change(rule: Rule, found: Sequence[Counted]) -> bool:
    """Whether a text says by itself that a figure changed as the rule tells it: "from 24 to 31 killed"."""
    wanted = {numbers.name: numbers.alert_on for numbers in rule.numbers}
    return any(
        one.figure.former is not None and wanted[one.name].wants(one.figure.former, one.figure.low) for one in found
    )


def told(one: Counted) -> str:
    """A figure that was counted, as it is told."""
    return shown(one.figure.low, one.figure.high, one.figure.qualifier)


def shown(low: int, high: int | None, qualifier: str) -> str:
    """A figure as it is told: "31", "2-3", "20+", "about 30", "up to 20"."""
    if high is None:
        return f"{low}+"
    if qualifier == Qualifier.AT_MOST:
        return f"up to {high}"
    if low != high:
        return f"{low}-{high}"
    return f"about {low}" if qualifier == Qualifier.ABOUT else str(low)


def _sentences(reading: Reading, *, shadow: bool) -> tuple[View, ...]:
    return reading.views(_HEADING, Window.SENTENCE, "", shadow=shadow)


def _paired(rule: Rule, reading: Reading, view: View, every: Sequence[Figure]) -> list[_Pair]:
    """The figures of a sentence with their anchors: the nearest first, an anchor with one figure only."""
    window = view.window
    own = [one for one in every if window.start <= one.span.start and one.span.end <= window.end]
    anchors = list(_anchors(rule, reading, view)) if own else []
    possible = [
        _Pair(cost, figure, anchor)
        for figure in own
        for anchor in anchors
        if (cost := _cost(figure, anchor, own, anchors, reading)) < _FAR
    ]
    possible.sort(key=lambda one: (one.cost, min(one.figure.span, one.anchor.span), one.figure.span, one.anchor.span))
    chosen: list[_Pair] = []
    for pair in possible:
        if any(pair.figure is one.figure for one in chosen) or any(_taken(pair, one) for one in chosen):
            continue
        chosen.append(pair)
    return [pair for pair in chosen if not _is_sum(pair, anchors, own, reading)]


def _taken(pair: _Pair, other: _Pair) -> bool:
    """Whether an anchor has its figure; "the 23rd patrol and the fourth in Kobani" are two of one anchor."""
    if pair.anchor is not other.anchor:
        return False
    return not (pair.figure.ordinal and other.figure.ordinal and pair.anchor.numbers.series)


def _anchors(rule: Rule, reading: Reading, view: View) -> Iterator[_Anchor]:
    words = reading.document.words.tokens
    seen: set[tuple[str, Span]] = set()
    for numbers in rule.numbers:
        ways = evaluate(numbers.near, view).ways
        for way in [one for one in ways if not view.carried(one.span)][:_MOST_ANCHORS]:
            if (numbers.name, way.span) in seen:
                continue
            seen.add((numbers.name, way.span))
            said = [words[at].folded for at in range(way.span.start, way.span.end + 1) if at in words]
            of_people = any(is_one(word, "said_of_people", reading.document.language) for word in said)
            yield _Anchor(numbers, way.span, of_people)


def _cost(figure: Figure, anchor: _Anchor, own: Sequence[Figure], anchors: Sequence[_Anchor], reading: Reading) -> int:
    """How far a figure is from an anchor, by words and by what stands between; _FAR where it cannot belong to it."""
    numbers, distance = anchor.numbers, apart(figure.span, anchor.span)
    form = Form.ORDINAL if figure.ordinal else Form.CARDINAL
    marks, language = reading.marks, reading.document.language
    head = _head(figure, anchor, reading)
    # "The fourth in Kobani" has its noun far ahead; people who were killed have the verb far behind them.
    # So has a toll that rose "from 24 to 31", behind its place and its verb.
    of_them = anchor.of_people and any(is_one(one, "people", language) for one in head)
    far = of_them or figure.former is not None or (figure.ordinal and not anchor.of_people)
    reach = numbers.within * 2 if far else numbers.within
    if form not in numbers.forms or distance > reach or between(marks.hard, figure.span, anchor.span):
        return _FAR
    if not _counts(figure, anchor, reading):
        return _FAR
    inner = _between(figure.span, anchor.span)
    joined = sum(_is_and(at, reading) for at in range(inner.start, inner.end + 1))
    others = sum(_inside(one.span, inner) for one in own if not one.article)
    other_anchors = sum(_inside(one.span, inner) and one.numbers is not numbers for one in anchors)
    comma = between(marks.soft, figure.span, anchor.span)
    return (
        distance + _COMMA * comma + _AND * min(joined, 2) + _FIGURE * min(others, 3) + _ANCHOR * min(other_anchors, 2)
        + _ARTICLE * figure.article
    )  # fmt: skip


def _counts(figure: Figure, anchor: _Anchor, reading: Reading) -> bool:
    """Whether a figure may count what the anchor names, by the word that it stands with.

    "24 soldiers on patrol" is no count of patrols, nor "the third attack killed" one of the dead.
    """
    language = reading.document.language
    if figure.low == 0 and (not anchor.of_people or apart(figure.span, anchor.span) > _SUMMED):
        return False
    # "الدورية الثالثة", "dewriyeya 23emîn": what is ordered stands ahead, and nothing else behind.
    ahead = figure.ordinal and language in _NOUN_FIRST and anchor.span.end < figure.span.start
    head = [] if ahead else _head(figure, anchor, reading)
    people = any(is_one(word, "people", language) for word in head)
    if any(is_one(word, "things", language) for word in head):
        return False
    if anchor.of_people:
        return not figure.ordinal or people
    if language == "ar" and figure.ordinal and _counts_time(figure.span, reading):
        return False
    new = figure.ordinal and figure.low <= _BEGUN_ANEW and _since(figure.span, reading)
    return not (people or new or figure.article or figure.people or any(is_one(one, "units", language) for one in head))


def _since(span: Span, reading: Reading) -> bool:
    """Whether it is "the first patrol since October": the first of nothing that was counted before."""
    tokens, language = reading.document.words.tokens, reading.document.language
    return any(
        at in tokens and is_one(tokens[at].folded, "since", language)
        for at in (*range(span.start - _SINCE_AHEAD, span.start), *range(span.end + 1, span.end + _SINCE_BEHIND + 1))
    )


def _counts_time(span: Span, reading: Reading) -> bool:
    """Whether an ordinal is that of a day: in "اليوم الثالث" the noun stands ahead of the ordinal."""
    token = reading.document.words.tokens.get(span.start - 1)
    return token is not None and is_one(token.folded.removeprefix("ال"), "units", "ar") and token.folded != "للمره"


def _head(figure: Figure, anchor: _Anchor, reading: Reading) -> list[str]:
    """The words of what a figure stands with, up to a preposition, a comma or the anchor."""
    words = []
    for at, word in _behind(figure.span, reading):
        if anchor.span.start <= at <= anchor.span.end or is_one(word, "prepositions", reading.document.language):
            break
        words.append(word)
    return words


def _behind(span: Span, reading: Reading) -> Iterator[tuple[int, str]]:
    """The words behind a figure, up to the next comma."""
    tokens, soft = reading.document.words.tokens, reading.marks.soft
    for at in range(span.end + 1, span.end + 1 + _HEAD_REACH):
        place = bisect_left(soft, at)
        if at not in tokens or (place < len(soft) and soft[place] == at):
            return
        yield at, tokens[at].folded


def _is_and(at: int, reading: Reading) -> bool:
    token = reading.document.words.tokens.get(at)
    return token is not None and is_one(token.folded, "and", reading.document.language)


def _between(one: Span, other: Span) -> Span:
    return Span(min(one.end, other.end) + 1, max(one.start, other.start) - 1)


def _inside(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _is_sum(pair: _Pair, anchors: Sequence[_Anchor], own: Sequence[Figure], reading: Reading) -> bool:
    """Whether a figure counts two anchors together that stand side by side: "20 dead and wounded"."""
    span, figure = pair.anchor.span, pair.figure.span
    for other in anchors:
        gap = _between(span, other.span)
        if other.numbers is pair.anchor.numbers or not 0 < apart(span, other.span) <= _SIDE_BY_SIDE:
            continue
        tokens = reading.document.words.tokens
        later = tokens.get(max(span.start, other.span.start))
        clitic = reading.document.language == "ar" and later is not None and later.folded.startswith("و")
        if not (clitic or any(_is_and(at, reading) for at in range(gap.start, gap.end + 1))):
            continue
        both = Span(min(span.start, other.span.start), max(span.end, other.span.end))
        shared = not any(one.span != figure and apart(one.span, both) <= _SUMMED for one in own if not one.article)
        if shared and not _inside(figure, both):
            return True
    return False


def _in_series(numbers: Numbers, pairs: Sequence[_Pair], whole: View, reading: Reading) -> Iterator[tuple[str, _Pair]]:
    """The figures of a name by series, the best of each: the nearest naming wins where a text names several."""
    order = sorted(pairs, key=lambda one: (one.figure.article, _part(one, reading), one.cost, one.figure.span))
    if not numbers.series:
        if order:
            yield "", order[0]
        return
    # "دوريتان" are two patrols of today, and no number of any series.
    order = [pair for pair in order if apart(pair.figure.span, pair.anchor.span) > 0]
    named = _namings(numbers, whole)
    distances = sorted(
        ((_distance(pair.figure.span, spans, reading), name, place) for place, pair in enumerate(order)
         for name, spans in named.items()),
        key=lambda one: (one[0], one[2]),
    )  # fmt: skip
    chosen: dict[str, _Pair] = {}
    placed: set[int] = set()
    for _, name, place in distances:
        if place in placed:
            continue
        first = chosen.get(name)
        # The headline and the sentence below it give one figure; another one is of another series.
        if first is None or first.figure.low == order[place].figure.low:
            placed.add(place)
            chosen.setdefault(name, order[place])
    other = next((one.name for one in numbers.series if one.when is None), "")
    left = [pair for place, pair in enumerate(order) if place not in placed]
    if other and left and not any(pair.figure.low == left[0].figure.low for pair in chosen.values()):
        chosen.setdefault(other, left[0])
    yield from sorted(chosen.items())


def _namings(numbers: Numbers, whole: View) -> dict[str, list[Span]]:
    """Where each series is named that the text is of."""
    named = {}
    for one in numbers.series:
        finding = None if one.when is None else evaluate(one.when, whole)
        if finding is not None and finding.met:
            named[one.name] = [way.span for way in finding.ways]
    return named


def _distance(span: Span, namings: Sequence[Span], reading: Reading) -> int:
    """Words to the nearest naming; one behind the figure in its own clause is nearer than one ahead of a comma."""
    costs = (
        apart(span, one)
        + _COMMA * 2 * between(reading.marks.soft, span, one)
        + _FAR * between(reading.marks.hard, span, one)
        for one in namings
    )
    return min(costs, default=2 * _FAR)


def _part(pair: _Pair, reading: Reading) -> int:
    return int(pair.figure.span.start >= reading.document.parts[1].base)


def _nearest_place(span: Span, whole: View, places: Sequence[str]) -> str:
    named = [(apart(span, one), name) for name in places for one in whole.inside.get(f"${name}", ())]
    return min(named, default=(0, ""))[1]
