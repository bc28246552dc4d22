"""How often: more than usual, less than expected, so many together, one after the other.

Knows when developments were, and when nobody could have told of any; knows nothing of texts. Everything goes by the
dates of reports, not by when they came in: reports of one window lead to the same in whatever order they arrive.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from math import ceil

from monitor.core.severity import Severity

DAY = timedelta(days=1)
# What can be said of the usual from less than this share of the baseline is a guess.
_LEAST_WATCHED = 0.5


class By(StrEnum):
    """What is counted apart: each place that a report names, each entity that a rule met in it, or all together."""

    NOTHING = ""
    PLACE = "place"
    ENTITY = "entity"


class Pattern(StrEnum):
    """How developments of several rules belong together; the names are those of Sigma correlations."""

    EVENT_COUNT = "event_count"
    TEMPORAL = "temporal"
    TEMPORAL_ORDERED = "temporal_ordered"


class Start(StrEnum):
    """From when on an event is expected, where that is no day."""

    FIRST_MATCH = "first_match"
    START = "start"


class Verdict(StrEnum):
    """Why an alert on frequency rang, or did not; stored with the matches it rests on."""

    SPIKE = "far more than usual"
    FEW = "fewer stories than 'min'"
    USUAL = "not so many times the usual"
    WARMING = "it warms up"
    DARK = "less than half of the baseline was watched"
    EVENT_COUNT = "so many within the timespan"
    TEMPORAL = "all of them within the timespan"
    TEMPORAL_ORDERED = "one after the other within the timespan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """`spike:` - at least `least` stories in a window, and `ratio` times as many as usual.

    The usual is the mean of the windows of `against` before; with `same_hours`, of the same hours of its days.
    """

    window: timedelta
    against: timedelta
    ratio: float
    least: int
    same_hours: bool = True
    by: By = By.NOTHING
    severity: Severity | None = None
    label: str = "SPIKE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """`absence:` - an alert when no match was told for so long; `after` is from when on one is expected."""

    expect_every: timedelta
    after: Start | date = Start.FIRST_MATCH
    severity: Severity | None = None
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of a baseline, and how many windows it counts for; it begins after `start`."""

    start: datetime
    end: datetime
    windows: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A match that a development rests on."""

    match_id: int
    entry_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Development:
    """What a rule told or listed: all reports on it, however many, are one, of the day of the first.

    `change_id` is that of a change of a tracker: one story may bring several.
    """

    key: str
    rule: str
    at: datetime
    story_id: int
    reports: tuple[Report, ...]
    change_id: int | None = None

    @property
    def entries(self) -> frozenset[int]:
        """The numbers of its entries."""
        return frozenset(report.entry_id for report in self.reports)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a window with so many stories comes to.

    `usual` is the mean of the windows before it, None where too little of them is known; so many as `needs` are a
    spike.
    """

    verdict: Verdict
    detail: str
    count: int
    usual: float | None
    needs: int


def key_of(story_id: int, rule: str, *, quiet: bool = False) -> str:
    """The key of a story that a rule lists and rang for in no alert; `quiet`: of one that would have rung."""
    return f"{'q' if quiet else 's'}{story_id} {rule}"


def groups(by: By, places: Iterable[str], subject: Iterable[str], entities: Collection[str]) -> tuple[str, ...]:
    """The groups a report counts in; none where it names nothing of the kind."""
    match by:
        case By.PLACE:
            return tuple(sorted(set(places)))
        case By.ENTITY:
            return tuple(sorted({one.partition(".")[0] for one in subject} & set(entities)))
        case _:
            return ("",)


def lost(spans: Iterable[Span], since: datetime, until: datetime) -> timedelta:
    """How much of a time was dark."""
    return sum((max(min(one.end, until) - max(one.start, since), timedelta()) for one in spans), timedelta())


def baseline(spike: Spike, at: datetime, darkness: Sequence[Span]) -> list[Span]:
    """The stretches that a window ending at a moment is held against; those nobody watched are left out.

    Hours in which no daemon ran are not hours in which nothing happened.
    """
    if spike.same_hours:
        days = (Span(start=at - spike.window - n * DAY, end=at - n * DAY) for n in range(1, spike.against // DAY + 1))
        return [day for day in days if 2 * lost(darkness, day.start, day.end) <= spike.window]
    start, end = at - spike.window - spike.against, at - spike.window
    watched = spike.against - lost(darkness, start, end)
    return [Span(start=start, end=end, windows=watched / spike.window)] if watched else []


def warm_at(spike: Spike, since: datetime) -> datetime:
    """When a rule that is watched since then was watched for a whole baseline."""
    return since + spike.against


def judge(
    spike: Spike, count: int, counted: Sequence[int], spans: Sequence[Span], at: datetime, since: datetime
) -> Judged:
    """Whether so many stories in the window that ends at a moment are a spike.

    `counted` are those of the spans of the baseline, `since` is when the rule was first watched. Nothing against
    nothing is no spike, nor is a first story: `least` holds whatever the usual is.
    """
    windows = sum(span.windows for span in spans)
    whole = spike.against / DAY if spike.same_hours else spike.against / spike.window
    known = at >= warm_at(spike, since) and windows >= whole * _LEAST_WATCHED
    usual = sum(counted) / windows if known and windows else 0.0
    # 1.1 times 10 is a little more than 11.
    needs = max(spike.least, ceil(round(spike.ratio * usual, 9)))
    verdict, detail = Verdict.SPIKE, f"{stories(count)} in {span_of(spike.window)}"
    if count < spike.least:
        verdict, detail = Verdict.FEW, f"{detail}; 'min' is {spike.least}"
    elif at < warm_at(spike, since):
        verdict, detail = Verdict.WARMING, f"{detail}; it warms up until {minute(warm_at(spike, since))}"
    elif not known:
        verdict = Verdict.DARK
    else:
        verdict = Verdict.SPIKE if count >= needs else Verdict.USUAL
        detail = f"{detail}; {_compared(spike, count, usual)}, watched since {since:%Y-%m-%d}"
    return Judged(verdict=verdict, detail=detail, count=count, usual=usual if known else None, needs=needs)


def crowds(
    developments: Iterable[Development], newest: Development, window: timedelta, least: int
) -> list[tuple[datetime, list[Development]]]:
    """The windows that hold one development and so many in all, by their ends; of those that hold the same, the first.

    A window ends with a development, and what is exactly so long ago is no longer in it.
    """
    ordered = sorted(developments, key=_order)
    ends = sorted({one.at for one in ordered if newest.at <= one.at < newest.at + window})
    found = ((end, [one for one in ordered if end - window < one.at <= end]) for end in ends)
    return [(end, held) for end, held in found if len({one.story_id for one in held}) >= least]


def resting_on(
    pattern: Pattern, rules: Sequence[str], least: int, timespan: timedelta, developments: Iterable[Development],
    newest: Development,
) -> list[Development]:  # fmt: skip
    """The developments with which one completes a pattern, itself included, in the order of their dates.

    None where it does not. A then B takes A to be no later: one report that tells of both tells of both in that order.
    """
    ordered = sorted(developments, key=_order)
    fits = _fitting(pattern, rules, least)
    found: dict[str, Development] = {}
    for first in sorted({one.at for one in ordered if newest.at - timespan <= one.at <= newest.at}):
        held = fits([one for one in ordered if first <= one.at <= first + timespan])
        if any(one.key == newest.key for one in held):
            found |= {one.key: one for one in held}
    return sorted(found.values(), key=_order)


def joined(developments: Iterable[Development], holding: Iterable[tuple[int, int]]) -> int | None:
    """The alert that rests on some of these already; the oldest, where several do. `holding`: alert and entry.

    What shares a development with an alert is the same wave: it lasts as long as it goes on.
    """
    entries = frozenset[int]().union(*(one.entries for one in developments))
    return min((alert_id for alert_id, entry_id in holding if entry_id in entries), default=None)


def told(pattern: Pattern, rules: Sequence[str], timespan: timedelta, found: Sequence[Development]) -> str:
    """What an alert on a pattern says of why it rang."""
    within = f"within {span_of(timespan)}"
    if pattern is Pattern.EVENT_COUNT:
        return f"{how_many(found)} developments of {', '.join(rules)} {within}"
    between = ", then " if pattern is Pattern.TEMPORAL_ORDERED else " and "
    return f"{between.join(rules)} {within}"


def expected_from(absence: Absence, last: datetime | None, watched: datetime) -> datetime | None:
    """From when on silence counts: the last match that was told, or when one was first expected; None for not yet.

    What was told before a rule was muted began a silence that nobody listened to: it counts from when it came back.
    """
    if absence.after is Start.FIRST_MATCH:
        return max(last, watched) if last else None
    first = watched if isinstance(absence.after, Start) else datetime.combine(absence.after, time(), UTC)
    return max(first, last, watched) if last else first


def overdue(absence: Absence, since: datetime | None, now: datetime, darkness: Iterable[Span]) -> bool:
    """Whether the silence is too long; what nobody could have told of does not count as silence."""
    return since is not None and now - since - lost(darkness, since, now) >= absence.expect_every


def missed(absence: Absence, last: datetime | None, since: datetime) -> str:
    """What the alert on an absence says."""
    what = f"the last was told on {minute(last)}" if last else f"none was told since {minute(since)}"
    return f"one is expected every {span_of(absence.expect_every)}; {what}"


def alive(last_success: datetime | None, every: timedelta | None, now: datetime) -> bool:
    """Whether a feed could tell now: it answered within a day, or twice its own interval if that is longer."""
    return last_success is not None and now - last_success <= max(DAY, 2 * (every or timedelta()))


def span_of(span: timedelta) -> str:
    """A time as rules write it, in words: 6 h, 28 days."""
    for unit, size in (("days", DAY), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1))):
        if span >= size and span % size == timedelta():
            return "1 day" if span == DAY else f"{span // size} {unit}"
    return f"{span.total_seconds():.0f} s"


def minute(at: datetime) -> str:
    """A moment for a person."""
    return at.strftime("%Y-%m-%d %H:%M UTC")


def _order(one: Development) -> tuple[datetime, str]:
    return one.at, one.key


def how_many(developments: Iterable[Development]) -> int:
    """How many they are: alerts on one story are one, unless they tell of changes of their own."""
    return len({(None if one.change_id else one.story_id, one.change_id) for one in developments})


def mean(number: float) -> str:
    """A mean in two digits, or in as many as it has before the point: 5.2, 0.14, 120."""
    return f"{number:.0f}" if number >= 10 else f"{number:.2g}"


def stories(count: int) -> str:
    """So many stories, in words."""
    return f"{count} {'story' if count == 1 else 'stories'}"


def _compared(spike: Spike, count: int, usual: float) -> str:
    hours = "the same hours of " if spike.same_hours else ""
    where = f"in {hours}the last {span_of(spike.against)}"
    return f"{mean(usual)} {where} ({mean(count / usual)} times)" if usual else f"none {where}"


def _fitting(pattern: Pattern, rules: Sequence[str], least: int) -> Callable[[list[Development]], list[Development]]:
    """What of the developments of a window makes up the pattern; nothing where they do not."""

    def enough(held: list[Development]) -> list[Development]:
        return held if how_many(held) >= least else []

    def together(held: list[Development]) -> list[Development]:
        return held if {one.rule for one in held} >= set(rules) else []

    def in_order(held: list[Development]) -> list[Development]:
        """Those with each earlier rule before them, and each later one after them."""
        before, after = chain(rules, held), _chain(rules[::-1], held, lambda at: -at.timestamp())
        return [one for one in held if one.key in before and one.key in after]

    return {Pattern.EVENT_COUNT: enough, Pattern.TEMPORAL: together, Pattern.TEMPORAL_ORDERED: in_order}[pattern]


def chain(rules: Sequence[str], developments: Iterable[Development]) -> dict[str, Development]:
    """The developments that have one of each rule ahead of theirs before them, by key, in their order."""
    return _chain(rules, developments, datetime.timestamp)


def _chain(
    rules: Sequence[str], developments: Iterable[Development], when: Callable[[datetime], float]
) -> dict[str, Development]:
    reached: dict[str, Development] = {}
    found: set[str] = set()
    known = [one for one in developments if one.rule in rules]
    # Of one moment, in the order of the rules.
    for one in sorted(known, key=lambda one: (when(one.at), rules.index(one.rule), one.key)):
        number = rules.index(one.rule)
        if number == 0 or rules[number - 1] in found:
            found.add(one.rule)
            reached[one.key] = one
    return reached
