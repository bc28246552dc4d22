"""When a feed is polled next, and why then.

Knows paces, failures and what publishers ask for; knows nothing of HTTP or of how paces are learned (see budget and
arrivals). Chance is no argument of it: feeds are spread by their name.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from monitor.core.arrivals import UNKNOWN, WEEK, Arrivals, hour_of_week
from monitor.core.feed import Fault, Hints

LONGEST_BACK_OFF = timedelta(hours=6)
# Without any answer the fault may be our own network's; it must not stay blind for hours once that is back.
LONGEST_WITHOUT_ANSWER = timedelta(minutes=30)
# A publisher's wish for a pause is honoured up to this; longer ones are mistakes.
LONGEST_RETRY_AFTER = timedelta(days=2)
LONGEST_FLOOR = timedelta(days=1)
# A feed that ended is not asked; a store that knows nothing of `stops` asks after this.
_ENDED = timedelta(days=7)
# After these a quick second look is polite, and tells a hiccup from an outage. Who throttles or blocks us would take it
# for defiance, and what we refuse or fail at ourselves stays as it is.
_QUICK_LOOK = frozenset({Fault.NO_ANSWER, Fault.REFUSED, Fault.NO_FEED, Fault.EMPTY, Fault.UNREADABLE})
_QUICKEST_LOOK = timedelta(seconds=20)
_LOOKS = 2
_NONE = timedelta()
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a feed is polled while all is well.

    Either `every` so often, as the operator says; or learned: `per_hour` polls an hour, times the `intensity` of
    `arrivals` in each hour of the week, at intervals from `fastest` to `slowest`. `why` says so in a few words.
    """

    every: timedelta | None = None
    per_hour: float = 0.0
    arrivals: Arrivals = UNKNOWN
    fastest: timedelta = timedelta(minutes=2)
    slowest: timedelta = timedelta(hours=1)
    why: str = ""

    def wait(self, now: datetime, place: float = 0.5) -> timedelta:
        """From a poll now to the next one; `place`, from 0 to 1, spreads feeds of the same pace.

        A fixed interval is kept or exceeded by up to a tenth. A learned pace is summed up from now on until it makes
        one poll, give or take half a hundredth: feeds drift apart by that, and the budget is met all the same.
        """
        if self.every is not None:
            return self.every * (1 + 0.1 * place)
        return max(self.fastest, self._summed(now, 0.995 + 0.01 * place))

    def _summed(self, now: datetime, worth: float) -> timedelta:
        now, wait, hour = now.astimezone(UTC), _NONE, hour_of_week(now)
        left = _HOUR - timedelta(minutes=now.minute, seconds=now.second, microseconds=now.microsecond)
        slowest, fastest = _HOUR / self.slowest, _HOUR / self.fastest
        while True:
            rate = min(max(self.per_hour * self.arrivals.intensity(hour), slowest), fastest)
            polls = rate * (left / _HOUR)
            if polls >= worth:
                return wait + _HOUR * (worth / rate)
            wait, worth, hour, left = wait + left, worth - polls, (hour + 1) % WEEK, _HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The next poll of a feed and why it is then; the earliest moment the publisher permits, None for any.

    `stops` says that the feed ended, and is not polled again unless a person asks for it.
    """

    at: datetime
    why: str
    not_before: datetime | None = None
    stops: bool = False


class _Wait(NamedTuple):
    """A time from now, and what asks for it; the time itself stands where the words have {}."""

    time: timedelta
    words: str = ""


def fixed(every: timedelta, fastest: timedelta = timedelta(minutes=2), window: timedelta | None = None) -> Pace:
    """The pace of a feed with an interval of its own; `fastest` bounds what is polled sooner so as to lose nothing.

    `window` is how long its document was once too short for: it is read twice as often then.
    """
    if window is not None and window / 2 < every:
        often = min(every, max(window / 2, fastest))
        return Pace(every=often, fastest=min(often, fastest), slowest=often,
                    why=f"every {said(often)}: it turned over within {said(window)}")  # fmt: skip
    return Pace(every=every, fastest=min(every, fastest), slowest=every, why=f"fixed by every: {said(every)}")


def next_poll(
    feed_id: str,
    now: datetime,
    pace: Pace,
    *,
    failures: int = 0,
    fault: Fault | None = None,
    retry_after: timedelta | None = None,
    fresh_for: timedelta | None = None,
    hints: Hints | None = None,
    floor: timedelta | None = None,
    turned_over: timedelta | None = None,
) -> Due:
    """The next time a feed is due, after a poll that ended now.

    `failures` counts failed polls in a row, this one included; `fault` is the kind of the last. `retry_after` and
    `fresh_for` (Cache-Control, Expires) are what this response asked for, `hints` what the last document did; `floor`
    is the operator's word in place of all of it but Retry-After. `turned_over`, for a document that shares nothing with
    the one before, is the time between the two.

    It is never sooner than what was asked for, up to a day (Retry-After: two days). A ttl spaces documents: after a
    failure it counts as the interval, and not as a floor.
    """
    if fault is Fault.GONE:
        return Due(at=now + _ENDED, why="stopped: the publisher ended the feed (410)", stops=True)
    hints = _heeded(hints, floor)
    spacing = _ttl(hints.ttl, floor)
    usual = _usual(feed_id, now, pace, turned_over)
    if failures:
        usual, spacing = _after_failure(max(usual.time, spacing.time), failures, fault), _Wait(_NONE)
    asked = max(spacing, _fresh(fresh_for, floor), _paused(retry_after), key=_time)
    wait = max(usual, asked, key=_time)
    at, not_before = (_open(now, each.time, hints) for each in (wait, asked))
    why = wait.words.format(said(wait.time))
    if at > now + wait.time:
        why = f"the publisher asks for quiet until {at:%a %H:%M} GMT (skipHours, skipDays)"
    not_before = at if at != now + wait.time else not_before
    return Due(at=at, why=why, not_before=not_before if not_before > now else None)


def said(time: timedelta) -> str:
    """A time in the unit that fits it: 45 s, 7 min, 2.5 h, 2 d."""
    seconds = time.total_seconds()
    for unit, size, least in (("d", 86_400, 172_800), ("h", 3_600, 7_200), ("min", 60, 120)):
        if seconds >= least:
            return f"{float(f'{seconds / size:.2g}'):g} {unit}"
    return f"{seconds:.0f} s"


def _time(wait: _Wait) -> timedelta:
    return wait.time


def _usual(feed_id: str, now: datetime, pace: Pace, turned_over: timedelta | None) -> _Wait:
    wait = pace.wait(now, _place(feed_id))
    if turned_over is not None:
        wait = max(min(wait, turned_over) / 2, min(wait, pace.fastest))
        return _Wait(wait, "every {}: the feed turned over between two polls, entries were probably lost")
    return _Wait(wait, pace.why if pace.every is not None else f"every {{}}: {pace.why}")


def _after_failure(interval: timedelta, failures: int, fault: Fault | None) -> _Wait:
    """Twice a third of the interval, so that three failures in a row are known within two; then two, four, eight of it.

    Up to six hours (half an hour where no server answered) or the interval itself, whichever is longer.
    """
    if failures > _LOOKS:
        longest = LONGEST_WITHOUT_ANSWER if fault is Fault.NO_ANSWER else LONGEST_BACK_OFF
        wait = min(interval * (1 << min(failures - _LOOKS, 16)), max(interval, longest))
    elif fault in _QUICK_LOOK:
        wait = min(interval, max(interval / 3, _QUICKEST_LOOK))
    else:
        wait = interval
    return _Wait(wait, f"failure {failures}: tried again after {{}}")


def _heeded(hints: Hints | None, floor: timedelta | None) -> Hints:
    return hints if hints and floor is None else Hints()


def _ttl(ttl: timedelta | None, floor: timedelta | None) -> _Wait:
    if floor is not None:
        return _Wait(floor, "not within {}, by floor")
    return _Wait(_bounded(ttl, LONGEST_FLOOR), "the publisher asks for {} (ttl)")


def _fresh(fresh_for: timedelta | None, floor: timedelta | None) -> _Wait:
    fresh = _bounded(fresh_for if floor is None else None, LONGEST_FLOOR)
    return _Wait(fresh, "the publisher asks for {} (Cache-Control)")


def _paused(retry_after: timedelta | None) -> _Wait:
    return _Wait(_bounded(retry_after, LONGEST_RETRY_AFTER), "asked to wait {} (Retry-After)")


def _bounded(asked: timedelta | None, longest: timedelta) -> timedelta:
    return max(_NONE, min(asked or _NONE, longest))


def _open(now: datetime, wait: timedelta, hints: Hints) -> datetime:
    """The first moment after a wait that is in no hour or day to stay away from; within a day from now at the latest.

    All hours of the day, or all days, are nonsense that some generators write; nobody means never.
    """
    at, latest = now + wait, now + max(wait, LONGEST_FLOOR)
    hours, days = hints.skip_hours & set(range(24)), hints.skip_days & set(range(7))
    for moment in _full_hours(at, latest):
        at = moment
        if (len(hours) == 24 or moment.hour not in hours) and (len(days) == 7 or moment.weekday() not in days):
            break
    return at


def _full_hours(first: datetime, last: datetime) -> Iterator[datetime]:
    moment = first.astimezone(UTC)
    while moment < last:
        yield moment
        moment = moment.replace(minute=0, second=0, microsecond=0) + _HOUR
    yield last


def _place(feed_id: str) -> float:
    return hashlib.sha256(feed_id.encode()).digest()[0] / 256
