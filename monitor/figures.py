"""Figures over time: what reports count is kept, judged beside what was counted before, and told where it changed.

Part of the pipeline's writing half: works inside its transactions, after a match was decided and recorded. What a
figure is to those before it is decided in core/reckoning.py, from their dates and not from the order they came in.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.core import entry
from monitor.core.alert import Decision, Outcome, Reason
from monitor.core.clause import Assertion
from monitor.core.figures import Counted, counted
from monitor.core.match import Match, Matcher
from monitor.core.numbers import Numbers, Per
from monitor.core.reckoning import Reckoning, Told, Verdict, from_baseline, reckon
from monitor.core.rule import Handling, Rule
from monitor.core.sighting import Sighting
from monitor.polls import Tally
from monitor.store import Store
from monitor.store.figures import Place

# Figures of so many days are judged again with each that comes; of what is older, the one believed counts. Between two
# patrols lie weeks, and a jump is believed when a second outlet has it.
_WINDOW, _MEMORY = timedelta(days=180), timedelta(days=400)
# For so long, a report of the digest joins an alert on an earlier change of its count.
_JOINED = timedelta(days=3)
UPDATE = "update"
# What a rule alerts on is said as done, though the text says it as a state of things: "the toll stands at 31".
_AS_DONE = frozenset({Assertion.STATIVE, Assertion.HABITUAL})


class Figures:
    """Keeps the figures of matches; for one thread."""

    def __init__(self, store: Store, matcher: Matcher) -> None:
        self._store = store
        self._matcher = matcher

    def heard(
        self, rule: Rule, seen: Sighting, match_id: int, decision: Decision, alert_id: int | None, tally: Tally
    ) -> tuple[Decision, int | None]:
        """A match was recorded: its figures are kept, and told where the rule wants it.

        What became of the match holds from then on, and its alert: for a figure, one of the digest rings after all.
        """
        if not rule.numbers or not _counts(seen.match, decision):
            return decision, alert_id
        document = entry.read(seen.entry.title, seen.entry.body, seen.entry.language)
        reading = self._matcher.reading(document, self._matcher.find(document))
        told = _Told(self._store, rule, seen, match_id, alert_id, tally)
        for one in counted(rule, reading, self._matcher.ruleset.vocabulary.places):
            numbers = next(each for each in rule.numbers if each.name == one.name)
            self._keep(numbers, one, told)
        return told.rung or decision, told.alert_id

    def _keep(self, numbers: Numbers, one: Counted, told: "_Told") -> None:
        seen = told.seen
        place = told.place(numbers, one)
        earlier = self._store.figures.since(place, seen.dated_at - _WINDOW)
        dates = [seen.dated_at, *(each.at for each in earlier)]
        known = self._known(numbers, one, place, min(dates), max(dates))
        before = reckon([*known, *earlier], numbers)
        number = self._store.figures.add(told.match_id, place, one, seen.entry.outlet, seen.dated_at)
        after = reckon([*known, *self._store.figures.since(place, seen.dated_at - _WINDOW)], numbers)
        was = {judged.told.number: judged for judged in before.judged}
        self._store.figures.judge(judged for judged in after.judged if was.get(judged.told.number) != judged)
        if not seen.old_news:
            told.tell(place, one, number, before, after)

    def _known(self, numbers: Numbers, one: Counted, place: Place, first: datetime, last: datetime) -> list[Told]:
        """What counted before the first of the figures, and the baseline of the series, once that has come."""
        standing = self._store.figures.standing(place, first, first - _MEMORY, highest=numbers.nondecreasing)
        series = numbers.series_called(one.series)
        baseline = series.baseline if series is not None else None
        if baseline is not None and baseline.as_of > last.date():
            baseline = None
        found = [] if standing is None else [replace(standing, outlet="", number=0)]
        return found if baseline is None else [*found, from_baseline(baseline)]


class _Told:
    """What one match makes of its figures: updates of its alert, or an alert of its own."""

    def __init__(
        self, store: Store, rule: Rule, seen: Sighting, match_id: int, alert_id: int | None, tally: Tally
    ) -> None:
        self._store = store
        self.rule = rule
        self.seen = seen
        self.match_id = match_id
        self.alert_id = alert_id
        self.rung: Decision | None = None
        self._tally = tally
        event = store.figures.event_of(seen.story_id)
        self._story = f"story {event}" if alert_id is None else f"alert {alert_id}"

    def place(self, numbers: Numbers, one: Counted) -> Place:
        """Where a figure belongs; reports that one alert rests on are one development, whatever their language."""
        part = {Per.RULE: "", Per.STORY: self._story, Per.PLACE: one.place}[numbers.per]
        return Place(rule_ids=self.rule.names, name=one.name, series=one.series, part=part)

    def tell(self, place: Place, one: Counted, number: int, before: Reckoning, after: Reckoning) -> None:
        """Say a change that the rule wants, a jump to review, and a range that is new."""
        judged = after.of(number)
        if judged is None:
            return
        series, given = one.series or one.name, f"{judged.told.shown} ({judged.told.outlet})"
        if judged.verdict is Verdict.JUMP:
            step = f"{_shown(before)} -> {given}, REVIEW: another series or a slip?"
            self._add(place, f"{series}: {step}", label=f"{one.called} {_shown(before)} -> {judged.told.shown}, REVIEW")
        elif judged.step and after.standing is not None and after.standing.number == number:
            self._add(place, f"{series}: {judged.step} ({judged.told.outlet})", label=f"{one.called} {judged.step}")
        if after.spread is not None and self._alert_of(place) is not None:
            beginning = f"{series} {after.spread.range}:"
            self._add(place, f"{beginning} {after.spread.by_outlet}", once=beginning)

    def _add(self, place: Place, detail: str, *, label: str = "", once: str = "") -> None:
        """Add an update to the alert; one that begins as an earlier one is not said again where that is enough.

        A match of the digest joins the alert of its story for it, or opens one under the `label`.
        """
        known = self._alert_of(place)
        updates = [] if known is None else self._store.updates.of(known)
        if once and any(one["name"] == place.name and one["detail"].startswith(once) for one in updates):
            return
        alert_id = self._open(label) if known is None else known
        if known is not None and self.alert_id is None:
            self._ring(alert_id, f"alert {alert_id}")
        self.alert_id = alert_id
        self._store.updates.add(alert_id, UPDATE, place.name, detail, self.seen.at, match_id=self.match_id)
        self._tally.touched[alert_id] = self.rule

    def _alert_of(self, place: Place) -> int | None:
        """The alert of the match; for one of the digest that of earlier reports with the same count."""
        if self.alert_id is not None:
            return self.alert_id
        return self._store.figures.alert_of(place, self.seen.dated_at - _JOINED)

    def _open(self, label: str) -> int:
        title = entry.heading(self.seen.entry.title, self.seen.entry.body)
        alert_id = self._store.alerts.open(self.rule, self.seen.story_id, title, self.seen.at)
        self._tally.alerts += 1
        self._ring(alert_id, label, opened=True)
        return alert_id

    def _ring(self, alert_id: int, detail: str, *, opened: bool = False) -> None:
        outcome = Outcome.ALERTED if opened else Outcome.FOLDED
        self.rung = Decision(outcome=outcome, reason=Reason.FIGURE, alert_id=alert_id, detail=detail)
        self._store.figures.ring(self.match_id, alert_id, opened=opened, reason=Reason.FIGURE.value, detail=detail)


def _counts(match: Match, decision: Decision) -> bool:
    """Whether what a match says is done, and neither excluded nor dropped; old news is kept, though it is dropped."""
    done = match.assertion is Assertion.DONE or (match.handling is Handling.ALERT and match.assertion in _AS_DONE)
    dropped = decision.outcome is Outcome.DROPPED and decision.reason is not Reason.BASELINE
    return done and match.excluded_by is None and not dropped


def _shown(before: Reckoning) -> str:
    return before.standing.shown if before.standing is not None else "?"
