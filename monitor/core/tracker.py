"""Trackers: what state a facet of an entity is in, by whose word, and when a report of it is news.

    evidence, in the order of its dates ──► quorum of independent origins, or one official voice ──► development
        ──► another state: transition; the same by a new development: milestone

The developments are a function of the evidence and of what was set by hand: the order in which reports arrive decides
when a development is told, never whether. Knows nothing of texts, stores or messages.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.core.clause import Query
from monitor.core.duration import in_days
from monitor.core.origin import Origin, alike, told_by
from monitor.core.pool import Pool
from monitor.core.severity import Severity

# What is looked at again when a report comes: developments of so many windows back; older ones stand.
_WINDOWS = 4
# A sentence that stood in reports of so many days is a standing one.
BOILERPLATE_DAYS = 3


class Kind(StrEnum):
    """What a development is to the state."""

    TRANSITION = "transition"
    MILESTONE = "milestone"
    SET = "set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quorum:
    """Who decides: so many independent origins within the time, of feeds of this tier or better (0: of any).

    `official`: one report by the official voice of an authority is enough.
    """

    independent: int = 2
    within: timedelta = timedelta(hours=72)
    min_tier: int = 0
    official: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Contested:
    """How it is told that an authority denies a development."""

    severity: Severity = Severity.HIGH
    label: str = "CONTESTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`change:` - what makes a development of evidence.

    `hold` is how long a development waits for a denial before it is told. Without `milestone` a state that is reached
    again is silent; without `boilerplate` standing sentences count like any other. `fresh` is how long a state that was
    reached is told again rather than reached anew; None for the window of the quorum.
    """

    quorum: Quorum = Quorum()
    fresh: timedelta | None = None
    hold: timedelta = timedelta()
    contested: Contested | None = Contested()
    milestone: bool = True
    boilerplate: bool = True

    @property
    def horizon(self) -> timedelta:
        """How far back evidence counts; a report that is dated earlier comes too late."""
        return self.quorum.within * _WINDOWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A state that the desk vouches for: since when, None for always, and by what source."""

    state: str
    since: datetime | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One state machine of a status rule: `to` has what proposes each state.

    `authority` names the entities and groups whose state it is: evidence must name one of them. None: anybody's.
    `claims` is what is said of the state and is no evidence of any: that the other side breaks the truce.
    """

    name: str
    states: tuple[str, ...]
    to: Mapping[str, Query]
    now: Standing | None = None
    authority: tuple[str, ...] = ()
    claims: Query | None = None

    @property
    def queries(self) -> tuple[tuple[str, Query], ...]:
        """What is asked for, by state in the order of the states; what tells of none, under "", comes last."""
        known = tuple((state, self.to[state]) for state in self.states if state in self.to)
        return known if self.claims is None else (*known, ("", self.claims))


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One report that proposes a state, or denies it; `official`: by the authority's own voice.

    `at` is when it was published, `seen_at` when it was read.
    """

    match_id: int
    state: str
    at: datetime
    seen_at: datetime
    origin: Origin
    official: bool = False
    denies: bool = False

    @property
    def order(self) -> tuple[datetime, str, str, str, bool, str, list[str], str, int]:
        """By date; of one date, by all that a decision looks at, so that the order of arrival does not matter."""
        by = self.origin
        return (
            self.at, by.outlet, by.title, self.state, not self.official, by.owner, sorted(by.agencies), by.lead,
            self.match_id,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A state that stands whatever the evidence: set by hand, declared in the rule, or decided long ago.

    `since` is when the first report of it is dated, where reports made it. `by_hand`: a person or the rule vouches for
    it, which settles what was reported of any state until then; one that reports made settles those of its own.
    """

    state: str
    at: datetime
    change_id: int
    since: datetime | None = None
    by_hand: bool = True


@dataclass(slots=True, kw_only=True)
class Development:
    """A state that was reached, or reached again.

    `evidence` is all that tells of it, `decided_by` that which made the quorum; `first_at` and `at` are the dates of
    the first of these and of the one that completed it, `seen_at` when that was known. `denials` contest it.
    """

    kind: Kind
    from_state: str
    state: str
    first_at: datetime
    at: datetime
    seen_at: datetime
    since: datetime | None
    decided_by: tuple[Evidence, ...]
    evidence: list[Evidence] = field(default_factory=list)
    denials: list[Evidence] = field(default_factory=list)

    @property
    def word(self) -> str:
        """On whose word."""
        by = told_by(one.origin for one in self.decided_by)
        official = [one for one in self.decided_by if one.official]
        if official:
            return f"{by} (official)"
        count = len(Pool(self.decided_by).firsts)
        return f"{by} ({count} origin{'s' if count != 1 else ''})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Evidence for a state that has no quorum yet: so many origins of so many, and until when one more would do."""

    state: str
    origins: int
    wanted: int
    until: datetime
    evidence: tuple[Evidence, ...]

    def told(self, now: datetime) -> str:
        """`1 of 2 origins; 31 h left`."""
        left = max(timedelta(), self.until - now)
        hours = int(left.total_seconds() // 3_600)
        time = f"{hours} h" if hours else f"{int(left.total_seconds() // 60)} min"
        return f"{self.origins} of {self.wanted} origins; {time} left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a facet fared: its developments by date, where it stands, what waits, and what restates a fixed state."""

    developments: tuple[Development, ...]
    state: str
    since: datetime | None
    waiting: tuple[Waiting, ...]
    restated: tuple[tuple[Evidence, Fixed], ...]


def course(
    change: Change, start: Standing, fixed: Iterable[Fixed], evidence: Iterable[Evidence], now: datetime
) -> Course:
    """What the evidence makes of a facet that starts in a state."""
    reports = sorted(evidence, key=lambda one: one.order)
    sweep = _Sweep(change, start)
    steps: list[Fixed | Evidence] = [*fixed, *(one for one in reports if not one.denies)]
    # What was set at a moment counts before the reports of that moment, which keep their order.
    for step in sorted(steps, key=lambda one: (one.at, isinstance(one, Evidence))):
        if isinstance(step, Fixed):
            sweep.fix(step)
        else:
            sweep.hear(step)
    for denial in reports:
        if denial.denies:
            sweep.deny(denial)
    return sweep.course(now)


def standing_sentence(earlier_days: int) -> bool:
    """Whether a report's sentence is a standing one, by the days before its own on which reports had it."""
    return earlier_days >= BOILERPLATE_DAYS - 1


def label(facet: Facet, kind: str, before: str, state: str) -> str:
    """What an alert is headed by: `integration.damascus: none → agreed`."""
    return f"MILESTONE {facet.name}: {state} again" if kind == Kind.MILESTONE else f"{facet.name}: {before} → {state}"


def confirmed(course_: Course, waiting: Waiting, now: datetime) -> Development:
    """The development that a person makes of what waits."""
    return Development(
        kind=Kind.MILESTONE if waiting.state == course_.state else Kind.TRANSITION,
        from_state=course_.state,
        state=waiting.state,
        first_at=min(one.at for one in waiting.evidence),
        at=max(one.at for one in waiting.evidence),
        seen_at=now,
        since=course_.since,
        decided_by=waiting.evidence,
        evidence=list(waiting.evidence),
    )


def reaffirmed(quorum: Quorum, made: Development) -> tuple[Evidence, ...]:
    """What decides a development anew after the last denial of it; none where nothing does, or nobody denied it."""
    if not made.denials:
        return ()
    last = max(one.at for one in made.denials)
    return _decided_by(quorum, Pool(sorted((one for one in made.evidence if one.at > last), key=lambda one: one.order)))


def told(facet: Facet, made: Development, now: Standing | None = None) -> str:
    """Why a development is told: from what to what, on whose word, since when, and after how long.

    `now` is what is known already to have come after it, where its reports came late.
    """
    # One report of what came next may be older than the state it ended.
    time = max(timedelta(), made.first_at - made.since) if made.since else timedelta()
    before = f", for {in_days(time)} (since {made.since:%Y-%m-%d})" if made.since else ""
    what = f"{facet.name}: from {made.from_state} to {made.state}"
    if made.kind is Kind.MILESTONE:
        what = f"{facet.name}: {made.state} again, by a new development"
    denied = f"; denied by {told_by(one.origin for one in made.denials)}" if made.denials else ""
    late = f"; the reports came late: it is {now.state} since {now.since:%Y-%m-%d %H:%M} UTC" if now else ""
    return (
        f"{what}, on the word of {made.word}, first reported {made.first_at:%Y-%m-%d %H:%M} UTC; it was "
        f"{made.from_state} before{before}{denied}{late}"
    )


def lower(severity: Severity) -> Severity:
    """One step less grave, as a milestone is beside a transition."""
    return Severity(max(Severity.INFO, severity - 1))


def _decided_by(quorum: Quorum, pool: Pool[Evidence]) -> tuple[Evidence, ...]:
    """What of the reports decides: one official voice, or the first of each origin; none while they are too few."""
    official = next((one for one in pool.reports if quorum.official and one.official), None)
    if official is not None:
        return (official,)
    firsts = pool.firsts
    return firsts if len(firsts) >= quorum.independent else ()


class _Sweep:
    """The evidence of a facet in the order of its dates."""

    def __init__(self, change: Change, start: Standing) -> None:
        self._change = change
        self._state, self._since = start.state, start.since
        self._current: Development | Fixed | None = None
        self._pools: dict[str, Pool[Evidence]] = {}
        self._made: list[Development] = []
        self._restated: list[tuple[Evidence, Fixed]] = []

    def fix(self, step: Fixed) -> None:
        """What was reported before is settled by it: all of it, or that of its state, as when it was decided."""
        if step.state != self._state or self._since is None:
            self._since = step.since or step.at
        self._state, self._current = step.state, step
        if step.by_hand:
            self._pools.clear()
        else:
            self._pools.pop(step.state, None)

    def hear(self, one: Evidence) -> None:
        """A report joins the development that it tells of, or waits with others until they are a quorum."""
        known = self._told_already(one)
        if isinstance(known, Development):
            known.evidence.append(one)
        elif known is not None:
            self._restated.append((one, known))
        else:
            self._propose(one)

    def deny(self, one: Evidence) -> None:
        """A denial contests the newest development that it follows, while reports are looked at again.

        What was denied before anybody reported it is another thing: "no extension", in the hours before the extension.
        """
        for made in reversed(self._made):
            if made.state == one.state and made.first_at <= one.at <= made.at + self._change.horizon:
                made.denials.append(one)
                return

    def course(self, now: datetime) -> Course:
        """What came of it, seen from now."""
        waiting = [found for state in sorted(self._pools) if (found := self._waiting(state, now)) is not None]
        return Course(
            developments=tuple(self._made),
            state=self._state,
            since=self._since,
            waiting=tuple(waiting),
            restated=tuple(self._restated),
        )

    def _told_already(self, one: Evidence) -> Development | Fixed | None:
        """The state as it stands, restated while its news is fresh; or a copy of what told an earlier development."""
        within, current = self._change.fresh or self._change.quorum.within, self._current
        if current is not None and current.state == one.state and one.at - current.at <= within:
            return current
        for made in reversed(self._made):
            if one.at - made.at > within:
                break
            if made.state == one.state and any(alike(one.origin, told.origin) for told in made.evidence):
                return made
        return None

    def _propose(self, one: Evidence) -> None:
        pool = self._pools.get(one.state, Pool[Evidence]()).since(one.at - self._change.quorum.within)
        pool.add(one)
        self._pools[one.state] = pool
        if by := _decided_by(self._change.quorum, pool):
            self._develop(one, pool.reports, by)

    def _develop(self, last: Evidence, pool: list[Evidence], by: tuple[Evidence, ...]) -> None:
        again = last.state == self._state
        made = Development(
            kind=Kind.MILESTONE if again else Kind.TRANSITION,
            from_state=self._state,
            state=last.state,
            first_at=pool[0].at,
            at=last.at,
            seen_at=max(one.seen_at for one in by),
            since=self._since,
            decided_by=by,
            evidence=list(pool),
        )
        self._made.append(made)
        del self._pools[last.state]
        self._current, self._state = made, last.state
        if not again:
            self._since = made.first_at

    def _waiting(self, state: str, now: datetime) -> Waiting | None:
        within = self._change.quorum.within
        pool = self._pools[state].since(now - within)
        if not pool.reports:
            return None
        return Waiting(
            state=state,
            origins=len(pool.firsts),
            wanted=self._change.quorum.independent,
            until=pool.reports[-1].at + within,
            evidence=tuple(pool.reports),
        )
