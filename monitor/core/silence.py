"""Silence: for how long nothing was told, not counting the time in which nothing could have been.

Knows when feeds were blind; knows nothing of matches, stores or messages.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.core.duration import in_days


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """A stretch of time in which a feed, or every one (None), told nothing whatever happened.

    `ended_at` is None for one that lasts.
    """

    feed_id: str | None
    began_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """What went before a match: nothing `since`, of which the watch was `blind` for so long.

    `last` is the date of the last development that is known; None where the watch began with none.
    """

    since: datetime
    until: datetime
    blind: timedelta
    last: datetime | None = None

    @property
    def counted(self) -> timedelta:
        """For how long it could have been told and was not."""
        return max(timedelta(), self.until - self.since - self.blind)


def silence(
    since: datetime,
    until: datetime,
    *,
    eyes: Collection[str],
    blind: Iterable[Blind],
    watched_from: datetime,
    last: datetime | None = None,
) -> Silence:
    """The silence between two times, as the feeds that could have told had it: the `eyes`.

    Time counts while at least half of them are alive. What was before the watch began is taken on the word of whoever
    says when the last development was.
    """
    spans = dark(max(since, watched_from), until, eyes=eyes, blind=blind)
    lost = sum((end - start for start, end in spans), timedelta())
    return Silence(since=since, until=until, blind=lost, last=last)


def dark(
    begin: datetime, end: datetime, *, eyes: Collection[str], blind: Iterable[Blind]
) -> list[tuple[datetime, datetime]]:
    """The stretches between two times in which more than half of the eyes were shut, in their order."""
    spans: list[tuple[datetime, datetime]] = []
    shut, everybody, at = Counter[str](), 0, begin
    for moment, feed_id, step in sorted(_steps(begin, end, frozenset(eyes), blind), key=lambda one: one[0]):
        if moment > at and (everybody or 2 * sum(count > 0 for count in shut.values()) > len(eyes)):
            spans.append((at, moment))
        at = moment
        if feed_id is None:
            everybody += step
        else:
            shut[feed_id] += step
    return spans


def told(quiet: Silence, at: datetime) -> str:
    """`first in 323 days: the last was on 2023-10-05`, and how long of that nobody was looking."""
    since = quiet.last or quiet.since
    days = max(0, (at.date() - since.date()).days)
    before = "the last was" if quiet.last else "none since the watch began"
    what = f"first in {days} day{'s' if days != 1 else ''}: {before} on {since.date().isoformat()}"
    return f"{what}; the watch was blind for {in_days(quiet.blind)} of that" if quiet.blind else what


def _steps(
    begin: datetime, end: datetime, eyes: frozenset[str], blind: Iterable[Blind]
) -> Iterator[tuple[datetime, str | None, int]]:
    """When eyes shut and open again; one feed may have several blind spots at a time."""
    for one in blind:
        start, stop = max(begin, one.began_at), min(end, one.ended_at or end)
        if start < stop and (one.feed_id is None or one.feed_id in eyes):
            yield start, one.feed_id, 1
            yield stop, one.feed_id, -1
