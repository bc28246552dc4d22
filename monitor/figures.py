"""Figures over time: what reports count is kept, judged beside what was counted before, and told where it changed.

Part of the pipeline's writing half: works inside its transactions, after a match was decided and recorded. What a
figure is to those before it is decided in core/reckoning.py, from their dates and not from the order they came in; what
of it is to be told, given what was told before, in core/news.py.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from monitor.core import entry, numerals
from monitor.core.alert import Decision, Outcome, Reason
from monitor.core.clause import Assertion
from monitor.core.entry import Entry
from monitor.core.figures import Counted, counted
from monitor.core.match import Match
from monitor.core.news import CORRECTIONS, News, Word, anew, news, ranges, taken_back
from monitor.core.numbers import Numbers, Per, called
from monitor.core.reckoning import ONE_DAY, Judged, Spread, Told, Turn, Verdict, as_baseline, overtaken, reckon, stand
from monitor.core.rule import Handling, Rule
from monitor.core.sighting import Sighting
from monitor.polls import Tally
from monitor.store import Store
from monitor.store.figures import MOST, Kept, Place, Report

# A jump is confirmed by a figure of the next days up to half a year: between two patrols lie weeks. What a count stood
# at counts for longer.
_WINDOW, _MEMORY = timedelta(days=180), timedelta(days=400)
# For so long, a report of the digest joins an alert on an earlier change of its count.
_JOINED = timedelta(days=3)
UPDATE = "update"
# What a rule alerts on is said as done, though the text says it as a state of things: "the toll stands at 31".
_AS_DONE = frozenset({Assertion.STATIVE, Assertion.HABITUAL})
# Of a rule that tells nobody no figure is kept, and none is taken back.
_QUIET = frozenset({Reason.SHADOW, Reason.MUTED})


class Figures:
    """Keeps the figures of matches; for one thread."""

    def __init__(self, store: Store, places: Sequence[str]) -> None:
        self._store = store
        self._places = places

    def heard(
        self, rule: Rule, seen: Sighting, match_id: int, decision: Decision, alert_id: int | None, tally: Tally
    ) -> tuple[Decision, int | None]:
        """A match was recorded: its figures are kept, and told where the rule wants it.

        What became of the match holds from then on, and its alert: for a figure, one of the digest rings after all.
        Figures that the entry gave before it was revised count no longer, whatever became of the match.
        """
        reading, one = seen.reading, seen.entry
        if not rule.numbers or reading is None or decision.reason in _QUIET:
            return decision, alert_id
        counts = _counts(seen.match, decision)
        was = self._store.figures.replace(rule.names, one.id, one.revision) if one.revision > 1 else {}
        every = numerals.figures(reading.document) if counts else ()
        if not every and not was:
            return decision, alert_id
        given: dict[Place, list[Counted]] = {}
        for each in counted(rule, reading, self._places, every=every) if every else ():
            given.setdefault(self._place(rule, each, seen, alert_id), []).append(each)
        report = _report(seen, match_id) if counts else None
        told = _Told(self._store, rule, report, alert_id if counts else None, seen.dated_at, seen.at, tally)
        for place, figures in given.items():
            new = [self._kept(each, place, was.get(place, []), seen, match_id) for each in figures]
            self._judge(place, new, was.pop(place, []), told)
        for place, gone in was.items():
            self._judge(place, [], gone, told)
        return (told.rung or decision, told.alert_id) if counts else (decision, alert_id)

    def revised(
        self, one: Entry, rules: Mapping[str, Rule], rule_ids: Collection[str], tally: Tally, now: datetime
    ) -> None:
        """An entry was revised and satisfies these rules; what it counted for others counts no longer."""
        known = self._store.figures.counting(one.id, one.revision)
        for rule in rules.values() if known else ():
            if rule.id not in rule_ids and known.intersection(rule.names):
                dated_at = min(one.published_at or now, now)
                told = _Told(self._store, rule, None, None, dated_at, now, tally)
                for place, gone in self._store.figures.replace(rule.names, one.id, one.revision).items():
                    self._judge(place, [], gone, told)

    def _place(self, rule: Rule, one: Counted, seen: Sighting, alert_id: int | None) -> Place:
        """Where a figure belongs; reports that one alert rests on are one development, whatever their language."""
        per = next(each.per for each in rule.numbers if each.name == one.name)
        part = one.place if per is Per.PLACE else ""
        if per is Per.STORY and alert_id is not None:
            part = f"alert {alert_id}"
        elif per is Per.STORY:
            part = f"story {self._store.figures.event_of(seen.story_id)}"
        return Place(rule_ids=rule.names, name=one.name, series=one.series, part=part)

    def _kept(
        self, one: Counted, place: Place, was: Sequence[Kept], seen: Sighting, match_id: int
    ) -> tuple[Told, Word]:
        """A figure that is kept now, and what was told of it before its entry was revised."""
        word = _word(one, seen, was)
        number = self._store.figures.add(match_id, place, one, seen.entry.outlet, seen.dated_at, word)
        return _figure(one, seen, number), word

    def _judge(self, place: Place, new: Sequence[tuple[Told, Word]], was: Sequence[Kept], told: "_Told") -> None:
        """Judge the figures of a count that came, and those that are dated after them or after what was there before.

        What is new of them is said, and what was said of figures that are there no longer is taken back.
        """
        numbers = next((each for each in told.rule.numbers if each.name == place.name), None)
        if numbers is None:
            return
        begin = min([*(one.at for one, _ in new), *(each.judged.told.at for each in was)])
        window = self._window(place, begin, revised=bool(was))
        within = [one for one, _ in new if one.at >= window.begin]
        if not within and not was:
            return
        judged = self._judged(place, within, numbers, window)
        changed = [each for each in judged if not window.has(each)]
        self._store.figures.judge(changed)
        told.alerts = window.alerts | {one.judged.told.number: one.alert_id for one in was if one.alert_id is not None}
        words = {**window.words, **{one.number: word for one, word in new}}
        for each in news(judged, window.jumps, words, numbers):
            told.tell(place, each)
        for one in judged if was else ():
            beside = overtaken([each.judged for each in was], one, numbers)
            for each in news([beside], [], words, numbers) if beside is not None else ():
                told.tell(place, each)
        believed = [each.told for each in judged if each.believed]
        for each in taken_back([(one.judged, one.word) for one in was], [one for one, _ in new], believed, numbers):
            told.tell(place, each)
        every = [*(each.judged for each in window.day), *judged]
        for wide in ranges(every, {each.told.number for each in changed}, numbers):
            told.differ(place, wide)

    def _judged(self, place: Place, new: Sequence[Told], numbers: Numbers, window: "_Window") -> list[Judged]:
        """The figures of the window with those that came, as they are by now."""
        baseline = _baseline(numbers, place.series)
        known = [*window.known, *self._stood(place, window)]
        figures = [*new, *(each.judged.told for each in window.after)]
        if baseline is not None and baseline.told.at < window.begin:
            known.append(baseline)
        elif baseline is not None:
            figures.append(baseline.told)
        return [each for each in reckon(figures, numbers, stand(known, numbers)) if each.told.number]

    def _window(self, place: Place, begin: datetime, *, revised: bool) -> "_Window":
        """What of a count is judged anew where a figure comes of this date, and what counts before.

        Nothing before a figure changes by it, but a jump that it confirms: where figures dated later are there already,
        or one that was revised may have confirmed a jump, all is judged anew from the first of the jumps on.
        """
        store = self._store.figures
        jumps = store.jumps(place, begin, begin - _WINDOW)
        kept = store.since(place, begin - ONE_DAY, begin)
        if jumps and (revised or (kept and kept[-1].judged.told.at >= begin)):
            begin = jumps[0].judged.told.at
            kept = store.since(place, begin - ONE_DAY, begin)
        if len(kept) == MOST:
            begin = max(begin, kept[0].judged.told.at)
        return _Window(begin, kept, jumps)

    def _stood(self, place: Place, window: "_Window") -> list[Judged]:
        """Where the count stood before, and what was told of it last, as far as the window does not show it."""
        turns = {each.judged.turn for each in window.day}
        first = window.day[0].judged.told.at if window.day else window.begin
        found = []
        if not turns & {Turn.STANDS, Turn.TOLD}:
            found += self._store.figures.turns(place, first, window.begin - _MEMORY, told=False)
        if Turn.TOLD not in turns and not any(each.judged.turn is Turn.TOLD for each in found):
            found += self._store.figures.turns(place, first, window.begin - _MEMORY, told=True)
        return [each.judged for each in found]


class _Window:
    """The figures of a count from the day before `begin` on, and the jumps before it."""

    def __init__(self, begin: datetime, kept: Sequence[Kept], jumps: Sequence[Kept]) -> None:
        older = [each for each in jumps if each.judged.told.at < begin]
        self.begin = begin
        self.day = [each for each in kept if each.judged.told.at < begin]
        self.after = [each for each in kept if each.judged.told.at >= begin]
        self.jumps = [each.judged for each in older]
        self._every = {each.judged.told.number: each for each in (*self.day, *self.after, *older)}
        self.words = {number: each.word for number, each in self._every.items()}
        self.alerts = {number: each.alert_id for number, each in self._every.items() if each.alert_id is not None}

    @property
    def known(self) -> list[Judged]:
        """What was judged before, each figure once: a jump of the last day is among the jumps."""
        return [each.judged for each in self._every.values() if each.judged.told.at < self.begin]

    def has(self, one: Judged) -> bool:
        """Whether a figure was judged so before."""
        kept = self._every.get(one.told.number)
        was = kept.judged if kept is not None else None
        return was is not None and (was.verdict, was.reason, was.turn) == (one.verdict, one.reason, one.turn)


class _Told:
    """What one match makes of its figures: updates of its alert, or an alert of its own."""

    def __init__(
        self, store: Store, rule: Rule, report: Report | None, alert_id: int | None, dated_at: datetime, at: datetime,
        tally: Tally,
    ) -> None:  # fmt: skip
        self._store = store
        self.rule = rule
        # None where the report counts no longer: what follows from that is told with the figure that it follows for.
        self._report = report
        self.alert_id = alert_id
        self.rung: Decision | None = None
        self._dated_at = dated_at
        self._at = at
        self._tally = tally
        # Of a figure that came before, the alert that its report is in; what was told of it stands there.
        self.alerts: dict[int, int] = {}
        self._changed_in: set[int] = set()

    def tell(self, place: Place, new: News) -> None:
        """Say what is new of a figure of the count, where its report was told of or else where this one is."""
        number = new.of.told.number
        alert_id = self.alerts.get(number)
        if new.word in CORRECTIONS:
            alert_id = self._correct(place, alert_id, new)
        elif alert_id is None:
            alert_id = self._add(place, new)
            if alert_id is None:
                return
        else:
            self._say(alert_id, place, new)
        if alert_id is not None:
            self._store.figures.mark(alert_id, place, new.of.told.shown, new.word)
        if new.word is Word.CHANGE:
            self._changed_in |= {alert_id or 0}
        self._store.figures.told(number, new.word)

    def differ(self, place: Place, wide: Spread) -> None:
        """Say a range that is new, once in an alert; none is opened for it."""
        known, beginning = self._alert_of(place, self._dated_at), f"{place.series or place.name} {wide.range}:"
        said = self._store.updates.of(known) if known is not None else []
        if known is not None and not any(
            row["name"] == place.name and row["detail"].startswith(beginning) for row in said
        ):
            if self._report is not None and self.alert_id is None:
                self._ring(self._report, known, f"alert {known}")
            self._update(known, place, f"{beginning} {wide.by_outlet}")

    def _correct(self, place: Place, alert_id: int | None, new: News) -> int | None:
        """Take back what was told of a figure, where it was told; unless a change told there says it. That alert."""
        known = alert_id if alert_id is not None else self._alert_of(place, self._dated_at)
        confirmed = new.word is Word.BELIEVED and new.of.verdict is Verdict.CONFIRMED
        said = confirmed and known in self._changed_in
        if known is not None and not said:
            self._say(known, place, new)
        return known

    def _add(self, place: Place, new: News) -> int | None:
        """Add an update to the alert of the match; None where there is no alert.

        A match of the digest joins the alert of its story for it, or opens one for the figure; old news opens none.
        """
        own = self._store.figures.report_of(new.of.told.number)
        report = self._report or own
        known = self._alert_of(place, report.dated_at)
        if known is None and report.old_news:
            return None
        label = f"{called(place.name, place.series)} {new.label}"
        alert_id = self._open(report, label) if known is None else known
        if known is not None and self.alert_id is None:
            self._ring(report, alert_id, f"alert {alert_id}")
        if own.match_id != report.match_id:
            # A figure that a late report makes news is in that alert from now on, and so is what is said of it next.
            self._ring(own, alert_id, f"alert {alert_id}")
        self._say(alert_id, place, new)
        return alert_id

    def _say(self, alert_id: int, place: Place, new: News) -> None:
        """Tell it in an alert, in other words where the same was said there before it was taken back."""
        said = [row for row in self._store.updates.of(alert_id) if (row["kind"], row["name"]) == (UPDATE, place.name)]
        beginning = f"{place.series or place.name}: "
        before = [row["detail"].removeprefix(beginning) for row in said if row["detail"].startswith(beginning)]
        detail = anew(new, before)
        if detail:
            self._update(alert_id, place, f"{beginning}{detail}")

    def _update(self, alert_id: int, place: Place, detail: str) -> None:
        match_id = self._report.match_id if self._report is not None else None
        if self._store.updates.add(alert_id, UPDATE, place.name, detail, self._at, match_id=match_id):
            self._tally.touched[alert_id] = self.rule

    def _alert_of(self, place: Place, dated_at: datetime) -> int | None:
        """The alert of the match; for one of the digest that of earlier reports with the same count."""
        if self.alert_id is not None:
            return self.alert_id
        return self._store.figures.alert_of(place, dated_at - _JOINED)

    def _open(self, report: Report, label: str) -> int:
        alert_id = self._store.alerts.open(self.rule, report.story_id, report.title, self._at)
        self._tally.alerts += 1
        self._ring(report, alert_id, label, opened=True)
        return alert_id

    def _ring(self, report: Report, alert_id: int, detail: str, *, opened: bool = False) -> None:
        """The match of a report rings; of the one that came, this is what became of it."""
        self._store.figures.ring(report.match_id, alert_id, opened=opened, reason=Reason.FIGURE.value, detail=detail)
        if report is self._report:
            outcome = Outcome.ALERTED if opened else Outcome.FOLDED
            self.rung = Decision(outcome=outcome, reason=Reason.FIGURE, alert_id=alert_id, detail=detail)
            self.alert_id = alert_id


def _counts(match: Match, decision: Decision) -> bool:
    """Whether what a match says is done, and neither excluded nor dropped; old news is kept, though it is dropped."""
    done = match.assertion is Assertion.DONE or (match.handling is Handling.ALERT and match.assertion in _AS_DONE)
    dropped = decision.outcome is Outcome.DROPPED and decision.reason is not Reason.BASELINE
    return done and match.excluded_by is None and not dropped


def _report(seen: Sighting, match_id: int) -> Report:
    return Report(
        match_id=match_id,
        story_id=seen.story_id,
        title=entry.heading(seen.entry.title, seen.entry.body),
        dated_at=seen.dated_at,
        old_news=seen.old_news,
    )


def _figure(one: Counted, seen: Sighting, number: int) -> Told:
    figure = one.figure
    return Told(
        low=figure.low, high=figure.high, qualifier=figure.qualifier, outlet=seen.entry.outlet, at=seen.dated_at,
        former=figure.former, number=number, origin=seen.origin,
    )  # fmt: skip


def _baseline(numbers: Numbers, name: str) -> Judged | None:
    series = numbers.series_called(name)
    baseline = series.baseline if series is not None else None
    return None if baseline is None else as_baseline(baseline)


def _word(one: Counted, seen: Sighting, replaced: Sequence[Kept]) -> Word:
    """What was told of a figure that comes: of the same one, what was told before the entry was revised."""
    if seen.old_news:
        return Word.OLD
    same = [each.word for each in replaced if each.judged.told.low == one.figure.low]
    return next((word for word in reversed(same) if word), Word.NOTHING)
