"""What was learned of a feed: how often entries come, at which hours of the week, and how many of them match.

Knows counts and hours; knows nothing of polls, budgets or feeds' contents. Nothing here is believed before the feed
has shown it on several days: a profile bends only by what stands out from chance, so that a feed without habits is
taken to have none.
"""

import base64
import json
import math
import struct
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

HOURS, DAYS, WEEK = 24, 7, 168
# How fast the past fades: how much comes changes within weeks (an election, a war), when it comes hardly ever.
RATE_HALF_LIFE = timedelta(days=14)
PROFILE_HALF_LIFE = timedelta(days=56)
# What a first document shows of the time before it was read; older entries may have pushed others out.
HISTORY = timedelta(days=7)
# Unevenness counts as far as it exceeds this many standard errors of chance.
_MARGIN = 2.5
# What fewer days, or weeks, than this have in common is no habit.
_FEWEST_DAYS, _FEWEST_WEEKS = 3, 2
# A shape is kept as bytes in this unit; no hour of the week is taken to be quieter than the floor.
_UNIT = 16.0
_QUIETEST = 0.02
_FADE: float = 0.5 ** (timedelta(days=1) / PROFILE_HALF_LIFE)
_DAY = timedelta(days=1)
# Half precision does: a count changes once a day, and then by more than a hundredth.
_PROFILE, _LARGEST = struct.Struct(f"<{WEEK}e"), 65_504.0
_FLAT = (0.0,) * WEEK
_THURSDAY = 3  # the first day of the epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """What was learned of one feed since `began`; None before its first document.

    `entries` and `matches` are counts in which the past fades, `hours` the time they were counted in, which fades
    alike, all as of `at`. `today` holds the entries of the running day by hour of the week (Monday 0 h UTC is 0),
    `counts` those of the days before; `same_hour` and `same_day` are sums of squares over hours and days, `most` the
    most of an hour: how much comes at once. `shape` is what follows for polling: the root of each hour's intensity, its
    mean square about 1, empty for a feed without habits. `window` is how long a document was once too short for, None
    if none was.
    """

    began: datetime | None = None
    at: datetime | None = None
    entries: float = 0.0
    matches: float = 0.0
    hours: float = 0.0
    day: int = 0
    today: Mapping[int, int] = field(default_factory=dict)
    counts: tuple[float, ...] = _FLAT
    same_hour: float = 0.0
    same_day: float = 0.0
    most: float = 0.0
    shape: bytes = b""
    window: timedelta | None = None

    def per_day(self, now: datetime) -> float:
        """Entries a day, as seen until now; 0 before anything was seen."""
        seen = faded(self, now)
        return HOURS * seen.entries / seen.hours if seen.hours else 0.0

    def intensity(self, hour: int) -> float:
        """The root of how much more than usual comes in this hour of the week, about 1."""
        return self.shape[hour] / _UNIT if self.shape else 1.0

    def at_once(self) -> float:
        """How much more the entries of a day vary than if each came by itself; at least 1."""
        total, days = sum(self.counts), _periods(_days(self), 1)
        if total <= 0 or days < 2:
            return 1.0
        varied = (self.same_day - total * total / days) * days / (days - 1)
        return max(1.0, varied / total)

    def levels(self) -> tuple[float, ...]:
        """`intensity` of the week's hours in six classes of equal size, or in one for a feed without habits."""
        if not self.shape:
            return (1.0,)
        ordered, size = sorted(self.shape), WEEK // 6
        return tuple(sum(ordered[first : first + size]) / (size * _UNIT) for first in range(0, WEEK, size))

    def as_json(self) -> str:
        """As the store keeps it, less than 1.5 KB."""
        if self.began is None or self.at is None:
            return "{}"
        stored = {
            "began": self.began.isoformat(timespec="seconds"),
            "at": self.at.isoformat(timespec="seconds"),
            "seen": [_short(self.entries), _short(self.matches), _short(self.hours)],
            "day": self.day,
            "today": {str(hour): count for hour, count in self.today.items()},
            "counts": "" if self.counts == _FLAT else _encoded(_PROFILE.pack(*self.counts)),
            "bursts": [_short(self.same_hour), _short(self.same_day), _short(self.most)],
            "shape": _encoded(self.shape),
            "window": self.window.total_seconds() if self.window else 0,
        }
        return json.dumps(stored, separators=(",", ":"))


UNKNOWN = Arrivals()


def from_json(stored: str) -> Arrivals:
    """What `as_json` wrote; nothing learned for anything else, since learning again costs less than a feed unpolled."""
    try:
        return _read(json.loads(stored))
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError, struct.error):
        return UNKNOWN


def hour_of_week(moment: datetime) -> int:
    """0 is Monday from 0 to 1 h UTC."""
    moment = moment.astimezone(UTC)
    return moment.weekday() * HOURS + moment.hour


def faded(arrivals: Arrivals, now: datetime) -> Arrivals:
    """The same knowledge as of now: a time without entries was seen, too. The past itself is never unlearned."""
    if arrivals.at is None or now <= arrivals.at:
        return arrivals
    left = 0.5 ** ((now - arrivals.at) / RATE_HALF_LIFE)
    lifetime = RATE_HALF_LIFE / timedelta(hours=1) / math.log(2)
    return replace(
        arrivals,
        at=now,
        entries=arrivals.entries * left,
        matches=arrivals.matches * left,
        hours=arrivals.hours * left + lifetime * (1 - left),
    )


def learned(
    arrivals: Arrivals,
    times: Sequence[datetime | None],
    matches: int,
    now: datetime,
    since: datetime | None,
    *,
    turned_over: bool = False,
) -> Arrivals:
    """What is known after a poll that brought new entries.

    `times` has one element for each, when it was published as far as that is known; `matches` counts those that a rule
    matched. `since` is the last successful poll: what is dated before it, or after now, came at some time in between.
    The first poll of a feed has none: its dated entries are the history of the last days, and undated ones say nothing.
    `turned_over` says that the document shares nothing with the last one: what it does not reach back to is unknown.
    """
    since = since or arrivals.at
    if since is None:
        return _first(times, matches, now)
    since = min(since, now)
    known = [moment for moment in times if moment is not None and since < moment <= now]
    start = min(known, default=since) if turned_over else since
    step = (now - start) / (len(times) - len(known) + 1)
    known += [start + step * number for number in range(1, len(times) - len(known) + 1)]
    # What lies between the last poll and the oldest entry shown was not seen: no time passes in it.
    before = replace(faded(arrivals, since) if arrivals.at else _begun(since), at=start)
    seen = _counted(_closed(faded(before, now)), known, matches)
    if len(seen.today) > HOURS:
        # After days without a poll the running day is more than one, and would not fit its place.
        seen = _joined(seen, 1.0)
    return replace(seen, window=_shorter(seen.window, now - since)) if turned_over else seen


def _first(times: Sequence[datetime | None], matches: int, now: datetime) -> Arrivals:
    dated = sorted(moment for moment in times if moment is not None and moment <= now)
    recent = [moment for moment in dated if moment > now - HISTORY]
    begun = _begun(now - HISTORY)
    if len(recent) == len(dated):
        # A document that reaches back less than that is a row of gaps: its oldest entry only marks where they begin.
        begun = _begun(recent.pop(0) if recent else now)
    seen = _counted(faded(begun, now), recent, matches * len(recent) / max(1, len(times)))
    return replace(_joined(seen, 1.0), day=_day(now))


def _begun(moment: datetime) -> Arrivals:
    return Arrivals(began=moment, at=moment, day=_day(moment))


def _counted(arrivals: Arrivals, times: Sequence[datetime], matches: float) -> Arrivals:
    # The day it began on was not seen from its first hour, and would make the hours before look quiet.
    whole = [moment for moment in times if arrivals.began is None or _day(moment) > _day(arrivals.began)]
    today = Counter(arrivals.today)
    today.update(hour_of_week(moment) for moment in whole)
    # What came days ago, as a first document tells, has faded like the time it came in.
    new = sum(0.5 ** ((arrivals.at - moment) / RATE_HALF_LIFE) for moment in times if arrivals.at)
    matched = arrivals.matches + matches * new / max(1, len(times))
    return replace(arrivals, entries=arrivals.entries + new, matches=matched, today=dict(today))


def _closed(arrivals: Arrivals) -> Arrivals:
    """Once a day, the entries of the day before join the profile, and the shape is drawn anew."""
    today = _day(arrivals.at) if arrivals.at else arrivals.day
    passed = today - arrivals.day
    if passed <= 0:
        return arrivals
    joined = replace(_joined(arrivals, _FADE**passed), day=today, window=_relaxed(arrivals.window, passed))
    return replace(joined, shape=_shape(joined))


def _joined(arrivals: Arrivals, left: float) -> Arrivals:
    """The running day's entries added to what is left of the days before."""
    counts, days = [count * left for count in arrivals.counts], [0.0] * DAYS
    for hour, count in arrivals.today.items():
        counts[hour] = min(counts[hour] + count, _LARGEST)
        days[hour // HOURS] += count
    return replace(
        arrivals,
        today={},
        counts=tuple(counts),
        same_hour=arrivals.same_hour * left**2 + sum(count * count for count in arrivals.today.values()),
        same_day=arrivals.same_day * left**2 + sum(count * count for count in days),
        most=max([arrivals.most * left, *map(float, arrivals.today.values())]),
    )


def _shorter(window: timedelta | None, other: timedelta) -> timedelta | None:
    shortest = min(window or other, other)
    return shortest if shortest <= _DAY else None


def _relaxed(window: timedelta | None, days: int) -> timedelta | None:
    """A document that was once too short is trusted with twice the time each week; a day's worth is no bound."""
    if window is None or days > 16 * DAYS:
        return None
    relaxed = window * 2 ** (days / DAYS)
    return relaxed if relaxed <= _DAY else None


def _day(moment: datetime) -> int:
    return int(moment.timestamp() // 86_400)


def _days(seen: Arrivals) -> int:
    """How many whole days lie in the profile."""
    return max(0, seen.day - _day(seen.began) - 1) if seen.began else 0


def _shape(seen: Arrivals) -> bytes:
    """Shares of hours of the day and of days of the week, multiplied; then what the week's hours show beyond that."""
    days = _days(seen)
    if days < _FEWEST_DAYS:
        return b""
    by_hour = [sum(seen.counts[hour::HOURS]) for hour in range(HOURS)]
    hours = _believed(by_hour, [1 / HOURS] * HOURS, seen.same_hour, _periods(days, 1), seen.most)
    shares = [hour / DAYS for _ in range(DAYS) for hour in hours]
    if days >= _FEWEST_WEEKS * DAYS:
        shares = _by_week(seen, days, hours)
    if max(shares) - min(shares) < 1e-9:
        return b""
    return bytes(min(255, round(_UNIT * math.sqrt(max(_QUIETEST, share * WEEK)))) for share in shares)


def _by_week(seen: Arrivals, days: int, hours: Sequence[float]) -> list[float]:
    # Of 24 days, three weekdays were watched four times and the others three times: counts are put on one scale.
    watched = [_weekday(seen.day, days, day) for day in range(DAYS)]
    scales = [sum(weight for weight, _ in watched) / DAYS / weight for weight, _ in watched]
    counts = [count * scales[hour // HOURS] for hour, count in enumerate(seen.counts)]
    spread = sum(scale * scale for scale in scales) / DAYS
    weeks = DAYS / sum(1 / number for _, number in watched)
    by_day = [sum(counts[first : first + HOURS]) for first in range(0, WEEK, HOURS)]
    weekdays = _believed(by_day, [1 / DAYS] * DAYS, seen.same_day * spread, weeks)
    product = [day * hour for day in weekdays for hour in hours]
    return _believed(counts, product, seen.same_hour * spread, weeks, seen.most)


def _believed(
    counts: Sequence[float], expected: Sequence[float], squares: float, periods: float, most: float = 0.0
) -> list[float]:
    """Each count's share of the whole, drawn towards the expected one as far as chance explains the difference.

    A count is a sum over `periods` (days or weeks), and `squares` the sum of the squares of what was added. Products of
    two different periods are free of what comes at once in one of them: by these the true unevenness is estimated
    (as with the positive part of James and Stein), less a margin of its standard error, and of what the two largest
    bursts add when they happen to meet.
    """
    total = sum(counts)
    if total <= 0:
        return list(expected)
    across = sum(count * count for count in counts)
    chance = max(total, (squares - across / periods) * periods / (periods - 1))
    pairs, level = total * total * (1 - 1 / periods), sum(share * share for share in expected)
    excess = (across - squares - 2 * most * most) / (pairs * level) - 1
    uneven = excess - _MARGIN * math.sqrt(2 / level) * chance / pairs
    if uneven <= 0:
        return list(expected)
    trust = uneven / (uneven + chance / (total * total * level))
    return [share + trust * (count / total - share) for share, count in zip(expected, counts, strict=True)]


def _periods(number: float, days: int) -> float:
    """How many of the periods of so many days count where the past fades: (sum of weights)^2 / sum of their squares."""
    step = _FADE**days
    count: float = (1 + step) / (1 - step) * (1 - step**number) / (1 + step**number)
    return count


def _weekday(today: int, days: int, day: int) -> tuple[float, float]:
    """How long a weekday was watched in the days before today (in days, of which the past ones fade), and how often."""
    ago = (today + _THURSDAY - day - 1) % DAYS + 1
    number = (days - ago) // DAYS + 1
    weight: float = _FADE**ago * (1 - _FADE ** (DAYS * number)) / (1 - _FADE**DAYS)
    return weight, _periods(number, DAYS)


def _short(number: float) -> float:
    return round(number, 4) if number < 1e6 else round(number)


def _encoded(stored: bytes) -> str:
    return base64.b64encode(stored).decode()


def _read(stored: Any) -> Arrivals:
    if not stored:
        return UNKNOWN
    entries, matches, hours = (_amount(number) for number in stored["seen"])
    same_hour, same_day, most = (_amount(number) for number in stored["bursts"])
    counts = _PROFILE.unpack(base64.b64decode(stored["counts"])) if stored["counts"] else _FLAT
    shape = base64.b64decode(stored["shape"])
    if len(shape) not in {0, WEEK} or not all(shape) or not (min(counts) >= 0 and math.isfinite(sum(counts))):
        raise ValueError
    return Arrivals(
        began=_moment(stored["began"]),
        at=_moment(stored["at"]),
        entries=entries,
        matches=matches,
        hours=hours,
        day=int(stored["day"]),
        today={range(WEEK)[int(hour)]: int(_amount(count)) for hour, count in stored["today"].items()},
        counts=counts,
        same_hour=same_hour,
        same_day=same_day,
        most=most,
        shape=shape,
        window=timedelta(seconds=_amount(stored["window"])) or None,
    )


def _moment(stored: str) -> datetime:
    moment = datetime.fromisoformat(stored)
    if moment.tzinfo is None:
        raise ValueError
    return moment


def _amount(stored: Any) -> float:
    amount = float(stored)
    if not 0 <= amount < 1e12:
        raise ValueError
    return amount
