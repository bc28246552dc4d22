"""How often a feed brings something, and when it has been silent for too long.

Knows arrivals, and the time in which the feed was looked at; knows nothing of entries, faults or alerts.

A pause is counted in *units*: the arrivals that the feed's own week lets expect in it while it is looked at. A night or
a weekend without entries adds next to nothing, whatever its hours. In units, pauses are alike at all hours, and the
longest of them say what is usual:

- the **usual longest pause** is the one that is exceeded about once in a quarter. It is read off the largest pauses
  seen, with an exponential tail beyond them (peaks over a threshold), so that four weeks can speak for thirteen;
- a feed is **silent** when its pause is 1.65 usual longest pauses long, so that it is told within two of them. Holidays
  come unannounced, so that must also hold if each of these days had been like the quietest of the feed's week (as 1.1
  of them, since few days are holidays); or, for a newsroom that closes at weekends, if two of the days had been off
  (Good Friday and Easter Monday);
- or when it is 1.3 of them long and, in hours, 1.7 times the longest of a quarter. Newsrooms that close at weekends
  have five days for this.
"""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.core.week import Week, counted, expected, mondays, week

_HOUR, _WEEK = timedelta(hours=1), timedelta(days=7)
# A week later what was learned weighs 8 % less: half after two months, and thirteen weeks in all.
_FADE, _QUARTER, _OLDEST = 0.92, 13.0, 52
# Extremes fade slower: a quarter must remember its longest pause.
_FADE_OF_TOPS = 0.2
# A burst of twenty entries, or a window that came back whole, says little more than three do.
_MOST_AT_ONCE = 3
_TOPS = 6
# Even a feed as regular as a clock misses a beat.
_LEAST_SPREAD = 0.35
# Beyond the usual longest pause; 2 would be told too late by the polls in between.
_BEYOND = 1.65
_BEYOND_QUIET = 1.1
_BEYOND_HOURS, _SURELY = 1.7, 1.3
# What few weeks say of a quarter may be short of it: more is asked of a feed that is known for less than these.
_YOUNG, _CAUTION = 8.0, 0.7
# From Thursday evening to Tuesday morning, and a late start.
_LONG_WEEKEND = 120.0
# Two weeks, so that each weekend was seen twice.
_WARM_HOURS, _WARM_ARRIVALS = 14 * 24, 10
# Before that only what no weekend with a holiday explains.
_EARLY_ARRIVALS, _EARLY_PAUSE = 30, 96.0
# Pauses teach nothing before every hour of the week was seen: the first night would be the longest pause ever.
_WEEK_HOURS = 7 * 24
_LEAST_PAUSE, _LEAST_IDLE = 1.0, 3
# Gaps between polls beyond this many intervals were our own: the machine slept, or the feed failed.
_LOOKED_AT = 3
# Polls that bring nothing need not count the pause each time.
_SELDOM = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """What was learned of a feed's arrivals, and the pause it is in.

    `counts` has arrivals by hours of the week as `week` writes them, `weeks` the time they were gathered in, `units`
    their sum, and `arrivals` how many polls brought something, all fading; `hours` is the time looked at in all. `tops`
    are the largest pauses in units, `longest` the longest in hours. The present pause, up to `counted`, has lasted
    `pause` hours, `full` units by its own days and `quiet` by the quietest of the week; and `idle` polls. Hours are
    those looked at.
    """

    counts: str = ""
    weeks: float = 0.0
    units: float = 0.0
    arrivals: float = 0.0
    hours: float = 0.0
    tops: tuple[float, ...] = ()
    longest: float = 0.0
    pause: float = 0.0
    full: float = 0.0
    quiet: float = 0.0
    idle: int = 0
    at: datetime | None = None  # the last successful poll
    counted: datetime | None = None
    since: datetime | None = None  # the last arrival


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A pause that is too long: since when, the arrivals to be expected in it, and what was usual."""

    since: datetime
    pause: timedelta
    expected: float
    every: timedelta
    longest: timedelta


def heard(rhythm: Rhythm, *, at: datetime, interval: timedelta, new: int, first: bool) -> Rhythm:
    """The rhythm after a successful poll that brought `new` entries; `first` starts the clock and teaches nothing."""
    if rhythm.at is None or rhythm.counted is None or rhythm.since is None or first:
        return replace(rhythm, at=at, counted=at, since=at, pause=0.0, full=0.0, quiet=0.0, idle=0)
    start = max(min(rhythm.at, at), at - _LOOKED_AT * min(interval, _WEEK))
    if not new and start <= rhythm.at and timedelta() <= at - rhythm.counted < _SELDOM:
        return replace(rhythm, at=at, idle=rhythm.idle + 1)
    hours = week(rhythm.counts, rhythm.weeks)
    later = rhythm
    for begin, end in ((min(rhythm.counted, at), min(rhythm.at, at)), (start, at)):
        later = _looked(later, hours, begin, end)
    return _arrived(later, hours, new) if new > 0 else replace(later, idle=later.idle + 1)


def silence(rhythm: Rhythm) -> Silence | None:
    """The present pause where it is too long for the feed's own habits, None as long as too little is known of them.

    It asks for two weeks of polls with twelve arrivals, or, before that, for four days without any of a feed that
    brought something thirty times; and for at least an hour and three polls without an entry.
    """
    if rhythm.at is None or rhythm.since is None or rhythm.arrivals < 1 or rhythm.idle < _LEAST_IDLE:
        return None
    if rhythm.pause < _LEAST_PAUSE or not (_too_long(rhythm) if _warm(rhythm) else _plainly_too_long(rhythm)):
        return None
    return Silence(
        since=rhythm.since,
        pause=rhythm.at - rhythm.since,
        expected=rhythm.full,
        every=_WEEK * (rhythm.weeks / rhythm.arrivals),
        longest=_HOUR * rhythm.longest,
    )


def usual_longest(rhythm: Rhythm) -> float:
    """The pause, in units, that this feed exceeds about once in a quarter; infinite before any was seen."""
    if not rhythm.tops:
        return math.inf
    taken = max(1, min(len(rhythm.tops), int(rhythm.arrivals) // 4))
    least = rhythm.tops[taken - 1]
    mean = rhythm.units / max(1.0, rhythm.arrivals)
    # Few pauses may be short by chance: another one as by chance is added to them.
    scale = max((sum(top - least for top in rhythm.tops[:taken]) + mean) / taken, _LEAST_SPREAD * mean)
    beyond = math.log(max(1.0, taken * _QUARTER / max(rhythm.weeks - 1.0, 1.0)))
    return max(rhythm.tops[0], least + scale * beyond)


def _warm(rhythm: Rhythm) -> bool:
    return rhythm.hours >= _WARM_HOURS and rhythm.arrivals >= _WARM_ARRIVALS


def _plainly_too_long(rhythm: Rhythm) -> bool:
    return rhythm.arrivals >= _EARLY_ARRIVALS and rhythm.pause > max(_EARLY_PAUSE, 3 * rhythm.longest)


def _too_long(rhythm: Rhythm) -> bool:
    usual = usual_longest(rhythm) * (1 + _CAUTION * max(0.0, 1 - rhythm.weeks / _YOUNG))
    if rhythm.full <= _SURELY * usual:
        return False
    hours = week(rhythm.counts, rhythm.weeks)
    if rhythm.pause > max(_BEYOND_HOURS * _longest(rhythm), _LONG_WEEKEND if hours.rests else 0.0):
        return True
    if hours.rests:
        return rhythm.full > max(_BEYOND * usual, usual + hours.days_off)
    return rhythm.full > _BEYOND * usual and rhythm.quiet > _BEYOND_QUIET * usual


def _longest(rhythm: Rhythm) -> float:
    """The longest pause of a quarter, in hours: of few weeks' longest, what chance would add in the others."""
    beyond = math.log(max(1.0, _QUARTER / max(rhythm.weeks, 1.0)))
    return rhythm.longest * (1 + beyond / math.log(max(3.0, rhythm.arrivals)))


def _looked(rhythm: Rhythm, hours: Week, start: datetime, end: datetime) -> Rhythm:
    """The rhythm when the feed was looked at from `start` to `end`."""
    if end <= start:
        return replace(rhythm, at=end, counted=end)
    full, quiet = expected(hours, start, end)
    return replace(
        rhythm,
        at=end,
        counted=end,
        pause=rhythm.pause + (end - start) / _HOUR,
        full=rhythm.full + full,
        quiet=rhythm.quiet + quiet,
        hours=rhythm.hours + (end - start) / _HOUR,
        weeks=rhythm.weeks + (end - start) / _WEEK,
    )


def _arrived(rhythm: Rhythm, hours: Week, new: int) -> Rhythm:
    at = rhythm.at or rhythm.since
    if at is None or rhythm.since is None:
        return rhythm
    units = min(new, _MOST_AT_ONCE)
    tops = (*rhythm.tops, _teaching(rhythm, hours)) if rhythm.hours >= _WEEK_HOURS else ()
    keep = _FADE ** min(mondays(rhythm.since, at), _OLDEST)
    return replace(
        rhythm,
        counts=counted(hours, at, units, keep),
        weeks=rhythm.weeks * keep,
        units=rhythm.units * keep + units,
        arrivals=rhythm.arrivals * keep + 1,
        tops=tuple(sorted((top * keep**_FADE_OF_TOPS for top in tops), reverse=True)[:_TOPS]),
        longest=max(rhythm.longest * keep**_FADE_OF_TOPS, rhythm.pause),
        since=at,
        pause=0.0,
        full=0.0,
        quiet=0.0,
        idle=0,
    )


def _teaching(rhythm: Rhythm, hours: Week) -> float:
    """The pause that ended, as it counts for what is usual: without days off, and never far beyond what was told."""
    pause, off, usual = rhythm.full, hours.days_off / 2, usual_longest(rhythm)
    if off > usual:
        pause = min(pause, max(rhythm.quiet, math.fmod(pause, off)))
    return min(pause, _BEYOND * usual) if _warm(rhythm) else pause
