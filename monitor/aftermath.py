"""What a poll leaves behind: when the feed is due again, what was learned of it, and whether it went blind.

Part of the pipeline's writing half: works inside its transactions. Knows what a poll brought, and hands it to those
who decide: core.cadence (when next), core.arrivals and core.budget (how often), core.health and core.reach (whether
it, or all of us, went blind).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.core import arrivals, budget, cadence, health, reach
from monitor.core.arrivals import Arrivals
from monitor.core.budget import Demand, Plan
from monitor.core.cadence import Due, Pace
from monitor.core.feed import DueFeed, Fault, Feed, Move, PollResult, Seen, Validators, moved
from monitor.core.health import BlindSpot, Verdict
from monitor.core.poll import Poll
from monitor.core.reach import Contact, Reach
from monitor.core.rule import OutageRule
from monitor.errors import FeedError, FetchError
from monitor.notices import Notices
from monitor.polls import Polled, Read, Tally
from monitor.store import Store

_REACH = "reach"
_OWN_SIDE = "our own network: nobody answers"
_SECONDS_PER_HOUR = 3_600
_NEXT_TURN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """How feeds are watched: the settings of `polling` and `blind_spots`.

    `budget` is polls an hour, 0 for what polling every feed `every` so often takes; `after` is how many failed polls
    in a row are told, 0 for no blind spots at all.
    """

    every: timedelta
    fastest: timedelta
    slowest: timedelta
    budget: int
    after: int
    rule: OutageRule


class Aftermath:
    """Settles polls; for one thread."""

    def __init__(self, store: Store, notices: Notices, feeds: Mapping[str, Feed], watch: Watch, now: datetime) -> None:
        self._store = store
        self._notices = notices
        self._feeds = feeds
        self._watch = watch
        self._reach: Reach = reach.unpacked(store.facts.get(_REACH))
        self._plan = self._planned(now)
        self._forget_removed(now)

    def plan(self, now: datetime) -> None:
        """Spend the polls of the next hours anew, by what was learned of the feeds."""
        self._plan = self._planned(now)

    def recall(self) -> None:
        """What is kept in memory as the store has it: after a commit that was undone."""
        self._reach = reach.unpacked(self._store.facts.get(_REACH))

    def settle(self, polled: Polled, tally: Tally, now: datetime) -> None:
        """Record what a poll left behind, and tell of blind spots that begin or end with it."""
        due, result = polled.due, polled.result
        error = result if isinstance(result, FeedError) else None
        tally.status = (
            "failed" if isinstance(result, FeedError) else "ok" if isinstance(result, Read) else result.result
        )
        tally.error = str(error or "")
        tally.notes = result.feed.notes if isinstance(result, Read) else ()
        if _never_asked(error):
            tally.status = "postponed"
            self._store.feeds.postpone(due.id, now + _NEXT_TURN, tally.error)
            return
        feed = self._feeds.get(due.id)
        if feed is None or feed.url != due.url:
            # The list was reloaded meanwhile: what another address left behind is nothing to ask this one with.
            self._store.feeds.postpone(due.id, now, "its address changed while it was polled")
            return
        known = arrivals.from_json(due.cadence)
        pace = self._pace(feed, known, now)
        verdict = self._judge(polled, tally, pace, now) if self._watch.after else health.unjudged(due.health)
        turned = BlindSpot.TURNED_OVER in verdict.open
        next_due = self._next(polled, feed, pace, now, turned_over=turned)
        self._store.feeds.settle(due.id, self._result(polled, tally, known, verdict, next_due, now), now)
        self._tell(feed, verdict, now)

    def tell_ruleset(self, title: str, detail: str, now: datetime) -> None:
        """Say that files of the desk are not in force: one alert, in place of an open one that said something else."""
        self._store.alerts.close_blind(BlindSpot.RULESET.value, None, now)
        self._open(BlindSpot.RULESET, None, detail, now, title=title)

    def tell_ruleset_in_force(self, now: datetime) -> None:
        """Say that they are, where somebody was told that they were not."""
        self._close(BlindSpot.RULESET, None, now)

    def _next(self, polled: Polled, feed: Feed, pace: Pace, now: datetime, *, turned_over: bool) -> Due:
        due, result = polled.due, polled.result
        error = result if isinstance(result, FeedError) else None
        since_last = now - due.last_success_at if turned_over and due.last_success_at else None
        return cadence.next_poll(
            due.id,
            now,
            pace,
            failures=due.failures + 1 if error else 0,
            fault=error.fault if error else None,
            retry_after=error.retry_after if isinstance(error, FetchError) else None,
            fresh_for=None if isinstance(result, FeedError) else result.fresh_for,
            hints=(result.hints if isinstance(result, Read) else None) or due.hints,
            floor=feed.floor,
            turned_over=since_last,
        )

    def _result(
        self, polled: Polled, tally: Tally, known: Arrivals, verdict: Verdict, next_due: Due, now: datetime
    ) -> PollResult:
        due, result = polled.due, polled.result
        error = result if isinstance(result, FeedError) else None
        validators, seen = _left_to_ask_with(polled, tally)
        return PollResult(
            result=tally.status,
            next_due_at=None if next_due.stops else next_due.at,
            why=next_due.why,
            not_before=next_due.not_before,
            error=tally.error,
            fault=error.fault.value if error else "",
            validators=validators,
            seen=seen,
            hints=result.hints if isinstance(result, Read) else None,
            move=_moved(polled),
            cadence=_learned(known, due, tally, verdict, now) if tally.new else None,
            health=verdict.health,
        )

    def _judge(self, polled: Polled, tally: Tally, pace: Pace, now: datetime) -> Verdict:
        due, result = polled.due, polled.result
        error = result if isinstance(result, FeedError) else None
        self._reached(due, error, now)
        dates = [at for at in tally.dates if at is not None]
        poll = Poll(
            at=now,
            # What was set: with a publisher's floor it is longer than the pace.
            interval=max(pace.wait(now), due.waited),
            url=due.address,
            fault=error.fault if error else None,
            message=tally.error,
            listed=tally.listed,
            known=tally.known,
            new=tally.new,
            read=len(tally.dates),
            dated=len(dates),
            newest=max(dates, default=None),
            first=not due.succeeded,
        )
        return health.judge(due.health, poll, after=self._watch.after, reach=self._reach)

    def _reached(self, due: DueFeed, error: FeedError | None, now: datetime) -> None:
        """Whether it is our own side that is cut off: one alert, and none for each feed."""
        asked = reach.asked(self._reach, Contact(at=now, host=due.host, fault=error.fault if error else None))
        if asked.reach != self._reach:
            self._store.facts.put(_REACH, reach.packed(asked.reach))
            self._reach = asked.reach
        if asked.opened:
            self._open(BlindSpot.OWN_SIDE, None, asked.detail, now)
        elif asked.closed:
            self._close(BlindSpot.OWN_SIDE, None, now)

    def _tell(self, feed: Feed, verdict: Verdict, now: datetime) -> None:
        for one in verdict.opened:
            self._open(one.spot, feed, one.detail, now)
        for spot in verdict.closed:
            self._close(spot, feed, now)

    def _open(self, spot: BlindSpot, feed: Feed | None, detail: str, now: datetime, *, title: str = _OWN_SIDE) -> None:
        title = f"{feed.title} ({feed.id}): {spot.value}" if feed else title
        feed_id = feed.id if feed else None
        rule = self._watch.rule
        alert_id = self._store.alerts.open_blind(rule, spot.value, feed_id=feed_id, title=title, detail=detail, now=now)
        if alert_id is not None:
            self._notices.tell_blind(alert_id, rule, "opened", now, detail=detail)

    def _close(self, spot: BlindSpot, feed: Feed | None, now: datetime) -> None:
        closed = self._store.alerts.close_blind(spot.value, feed.id if feed else None, now)
        if closed is not None:
            detail = f"over after {cadence.said(now - closed.opened_at)}"
            self._notices.tell_blind(closed.alert_id, self._watch.rule, "closed", now, detail=detail)

    def _pace(self, feed: Feed, known: Arrivals, now: datetime) -> Pace:
        """The interval the operator gave, or the learned one."""
        if feed.every is not None:
            return cadence.fixed(feed.every, self._watch.fastest, known.window)
        return self._plan.pace(feed.id, known, now)

    def _planned(self, now: datetime) -> Plan:
        polled = {due.id: due for due in self._store.feeds.active()}
        learning = (feed for feed in self._feeds.values() if feed.every is None and feed.id in polled)
        demands = {feed.id: _demand(feed, polled[feed.id], now) for feed in learning}
        usual = len(demands) * _SECONDS_PER_HOUR / self._watch.every.total_seconds()
        return budget.plan(demands, self._watch.budget or usual, self._watch.fastest, self._watch.slowest)

    def _forget_removed(self, now: datetime) -> None:
        """A feed that left the desk, or has another address, is no blind spot of it; nobody needs to be told."""
        for row in self._store.alerts.blind_spots():
            feed_id = row["feed_id"]
            if feed_id is not None and row["blind_spot"] not in self._open_spots(feed_id):
                self._store.alerts.close_blind(row["blind_spot"], feed_id, now)

    def _open_spots(self, feed_id: str) -> frozenset[str]:
        if feed_id not in self._feeds:
            self._store.feeds.forget_health(feed_id)
            return frozenset()
        return health.spots(self._store.feeds.get(feed_id).health)


def _demand(feed: Feed, due: DueFeed, now: datetime) -> Demand:
    conditional = bool(due.validators.etag or due.validators.last_modified) or not due.succeeded
    known, until = arrivals.from_json(due.cadence), due.last_success_at or now
    floor = due.hints.ttl if feed.floor is None else feed.floor
    return budget.demand(known, until, feed.tier, conditional=conditional, floor=floor)


def _never_asked(error: FeedError | None) -> bool:
    """Our own turn at a busy host did not come: neither the feed's fault nor anything it said."""
    return isinstance(error, FetchError) and error.fault is Fault.THROTTLED and error.status is None


def _left_to_ask_with(polled: Polled, tally: Tally) -> tuple[Validators | None, Seen | None]:
    """What could not be filed is asked for again: not answered with a 304, and not skipped as seen."""
    result = polled.result
    if tally.bugs or _address_after(polled) != polled.due.address:
        # Another server's validators could bring a 304 for what this one never gave.
        return Validators(), Seen()
    if isinstance(result, FeedError):
        return None, None
    return result.validators, result.seen if isinstance(result, Read) else None


def _moved(polled: Polled) -> Move:
    """What to believe of where the feed is now."""
    due, result = polled.due, polled.result
    if isinstance(result, FeedError):
        return moved(due.move, "", failures=due.failures + 1)
    return moved(due.move, result.moved_to)


def _address_after(polled: Polled) -> str:
    return replace(polled.due, move=_moved(polled)).address


def _learned(known: Arrivals, due: DueFeed, tally: Tally, verdict: Verdict, now: datetime) -> str:
    turned = BlindSpot.TURNED_OVER in verdict.open
    since = due.last_success_at
    return arrivals.learned(known, tally.published, tally.mattered, now, since, turned_over=turned).as_json()
