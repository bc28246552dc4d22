"""What a feed's documents show of its health: empty, turned over between two polls, without dates, out of date.

Knows how many entries a document had and what dates they carried, poll by poll; knows nothing of their text, of silence
or of failed polls. A document that came only once may be a server's slip, so what it lacks is told at the second poll;
not so entries that were lost, which no later poll brings back.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.core.poll import Poll

_HOUR = timedelta(hours=1)
_CONFIRMED = 2
# A document of two entries turns over with two dispatches.
_LEAST_LISTED = 3
# A front page replaced as a whole each morning is told twice, and is known from then on; so is a list that gets empty.
_EDITIONS, _BLANKS = 1.5, 2
# A quarter of a window in one gap: the average of a feed whose busy hours fill it.
_BUSY_SHARE, _RATE_HOURS = 0.25, 14 * 24.0
_LEAST_DATED, _MOST_UNDATED, _REMEMBERED_DATES = 10.0, 0.02, 100.0
_LEAST_UNDATED = 3
# Entries may be published over a weekend and be fresh; agencies embargo and back-date by hours.
_LEAST_AGE = 48.0
_LEAST_FRESH = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """What is remembered of a feed's documents; times in hours where they are figures.

    `listed` is the size of the last one, `had` whether any had entries. `blank_polls` and `blank_since` count empty
    ones, `blanks` those times that ended by themselves, the longest after `blank` hours. `rate` is entries an hour in
    the `hours` it was polled, `turned` whether the last document shares nothing with the one before, `editions` how
    often that happened, fading. `dated` and `undated` count entries, `bare` those without a date since the last with
    one, in `bare_polls` polls. `newest` is the latest date ever read, `lag` how far behind it usually is, `old_polls`
    how long all entries have been old.
    """

    at: datetime | None = None
    listed: int = 0
    had: bool = False
    blank_polls: int = 0
    blank_since: datetime | None = None
    blanks: int = 0
    blank: float = 0.0
    hours: float = 0.0
    rate: float = 0.0
    turned: bool = False
    editions: float = 0.0
    dated: float = 0.0
    undated: float = 0.0
    bare: int = 0
    bare_polls: int = 0
    bare_reads: int = 0
    bare_since: datetime | None = None
    newest: datetime | None = None
    fresh: float = 0.0
    lag: float = 0.0
    old_polls: int = 0
    old_since: datetime | None = None
    old_newest: datetime | None = None


def noted(before: Documents, poll: Poll, longest: float) -> Documents:
    """What is remembered after a successful poll; `longest` is the longest pause between arrivals so far, in hours."""
    listed = before.listed if poll.listed is None else poll.listed
    pending = before.turned or before.bare or before.old_since or before.blank_since
    if poll.listed is None and not pending:
        gap = _gap(before, poll)
        rate, editions = _rate(before, poll, gap), _fewer(before.editions, gap)
        return replace(before, at=poll.at, hours=before.hours + gap, rate=rate, editions=editions)
    after = before
    for step in (_blank, _turned, _bare):
        after = step(after, poll)
    after = _old(after, poll, longest)
    return replace(after, at=poll.at, listed=listed, had=before.had or listed > 0)


def empty(now: Documents, poll: Poll) -> str:
    """A line when the document stays empty where there used to be entries; "" when it does not."""
    if not now.had or now.blank_since is None or now.blank_polls < _CONFIRMED:
        return ""
    # Lists of warnings in force are empty on good days.
    if now.blanks >= _BLANKS and poll.at - now.blank_since <= 3 * now.blank * _HOUR:
        return ""
    return f"the feed is valid but has had no entries since {now.blank_since:%Y-%m-%d %H:%M} UTC; {_look(poll)}"


def turned_over(now: Documents, poll: Poll) -> str:
    """A line when the document shares nothing with the one before; "" when it does, or that is usual for the feed."""
    if not now.turned:
        return ""
    return (
        f"none of its {now.listed} entries was there at the poll before: entries in between were probably lost; "
        "poll it more often (every), or look at the site for what is missing"
    ) + (f": {poll.url}" if poll.url else "")


def undated(now: Documents, poll: Poll) -> str:
    """A line when entries came without dates where they used to be dated; "" when they did not."""
    if now.bare_since is None or now.bare_polls < _CONFIRMED or not _used_to_be_dated(now):
        return ""
    if now.bare < _LEAST_UNDATED and now.bare_reads < _CONFIRMED:
        return ""
    return (
        f"its last {now.bare} entries carry no date that can be read, since {now.bare_since:%Y-%m-%d %H:%M} UTC, "
        f"where nearly all did; they are taken as published when found; {_look(poll)}"
    )


def stale(now: Documents, poll: Poll) -> str:
    """A line when all entries are old where the newest used to be fresh; "" when they are not."""
    if now.old_since is None or now.old_newest is None or now.old_polls < _CONFIRMED:
        return ""
    return (
        f"since {now.old_since:%Y-%m-%d %H:%M} UTC its newest entry is of {now.old_newest:%Y-%m-%d %H:%M} UTC: "
        f"an old copy, from a cache or an archive; {_look(poll)}"
    )


def _blank(before: Documents, poll: Poll) -> Documents:
    if not (before.listed if poll.listed is None else poll.listed):
        return replace(before, blank_polls=before.blank_polls + 1, blank_since=before.blank_since or poll.at)
    if before.blank_since is None:
        return before
    lasted = max(before.blank, (poll.at - before.blank_since) / _HOUR) if before.had else 0.0
    return replace(before, blank_polls=0, blank_since=None, blanks=before.blanks + before.had, blank=lasted)


def _turned(before: Documents, poll: Poll) -> Documents:
    gap, over = _gap(before, poll), _shares_nothing(before, poll)
    return replace(
        before,
        hours=before.hours + gap,
        rate=_rate(before, poll, gap),
        turned=over and (before.turned or before.editions < _EDITIONS or _busy(before, poll, gap)),
        editions=_fewer(before.editions, gap) + over,
    )


def _gap(before: Documents, poll: Poll) -> float:
    return max(0.0, (poll.at - before.at) / _HOUR) if before.at else 0.0


def _fewer(editions: float, gap: float) -> float:
    """What is left of them after so many hours: half after six weeks."""
    return editions * (1 - min(1.0, gap / _RATE_HOURS) / 4)


def _rate(before: Documents, poll: Poll, gap: float) -> float:
    if not gap or poll.first:
        return before.rate
    return before.rate + (poll.new / gap - before.rate) * gap / max(gap, min(before.hours + gap, _RATE_HOURS))


def _shares_nothing(before: Documents, poll: Poll) -> bool:
    if poll.first or poll.listed is None or poll.known or min(poll.listed, before.listed) < _LEAST_LISTED:
        return False
    # An archive in place of the feed is no loss of what came in between.
    return poll.newest is None or before.newest is None or poll.newest >= before.newest


def _busy(before: Documents, poll: Poll, gap: float) -> bool:
    return before.rate * gap >= _BUSY_SHARE * (poll.listed or 0)


def _bare(before: Documents, poll: Poll) -> Documents:
    if not poll.read:
        return replace(before, bare_polls=before.bare_polls + 1) if before.bare else before
    if not poll.dated and not poll.first and _used_to_be_dated(before):
        return replace(
            before,
            bare=before.bare + poll.read,
            bare_polls=before.bare_polls + 1,
            bare_reads=before.bare_reads + 1,
            bare_since=before.bare_since or poll.at,
        )
    undated = before.undated + before.bare + poll.read - poll.dated
    keep = min(1.0, _REMEMBERED_DATES / max(1.0, before.dated + poll.dated + undated))
    return replace(
        before,
        dated=(before.dated + poll.dated) * keep,
        undated=undated * keep,
        bare=0,
        bare_polls=0,
        bare_reads=0,
        bare_since=None,
    )


def _used_to_be_dated(before: Documents) -> bool:
    return before.dated >= _LEAST_DATED and before.undated <= _MOST_UNDATED * (before.dated + before.undated)


def _old(before: Documents, poll: Poll, longest: float) -> Documents:
    # Whole seconds, as they are kept: the same date read again is no newer one.
    newest = min(poll.newest, poll.at).replace(microsecond=0) if poll.newest else None
    if newest is None:
        return replace(before, old_polls=before.old_polls + 1) if before.old_since else before
    age = (poll.at - newest) / _HOUR
    if before.newest is None or newest > before.newest:
        lag = before.lag if poll.first else max(before.lag * 0.99, min(age, 24 * 30))
        return _current(replace(before, newest=newest, lag=lag, fresh=before.fresh + (not poll.first)))
    if newest == before.newest or before.fresh < _LEAST_FRESH:
        return _current(before)
    if poll.read < (poll.listed or 0):
        # The entries that were not read again are as they were.
        return replace(before, old_polls=before.old_polls + 1) if before.old_since else before
    if age <= max(_LEAST_AGE, 2 * (longest + before.lag)):
        return _current(before)
    return replace(before, old_polls=before.old_polls + 1, old_since=before.old_since or poll.at, old_newest=newest)


def _current(documents: Documents) -> Documents:
    return replace(documents, old_polls=0, old_since=None, old_newest=None)


def _look(poll: Poll) -> str:
    return f"open {poll.url} in a browser" if poll.url else "open it in a browser"
