"""What a rule on how often has, and what it lacks to ring, in words for a person.

Knows what core.frequency judges; knows nothing of texts, stores or messages.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.core import frequency
from monitor.core.duration import in_days, in_hours
from monitor.core.frequency import DAY, Absence, Development, Judged, Pattern, Span, Spike, Verdict


@dataclass(frozen=True, slots=True)
class Fared:
    """What a rule has and lacks, in words, and whether that is enough."""

    told: str
    met: bool = False


def of_spike(spike: Spike, judged: Judged, at: datetime, since: datetime, darkness: Sequence[Span]) -> Fared:
    """A window that ends at a moment: `7 stories in 1 h, usual in these hours 5.2 (28 days), needs 10`.

    `since` is when the rule was first watched, `darkness` when its feeds could not tell, a baseline back.
    """
    told = f"{frequency.stories(judged.count)} in {frequency.span_of(spike.window)}"
    warm_at = frequency.warm_at(spike, since)
    if at < warm_at:
        done = _so_far(max(at - since, timedelta()), spike.against)
        return Fared(f"warms up until {frequency.minute(warm_at)} ({done}); {told}, 'min' is {spike.least}")
    dark = _dark(darkness, at - spike.against - spike.window, at, "its feeds were dark")
    if judged.usual is None:
        return Fared(f"{told}; less than half of what is usual was watched{dark}")
    hours = "in these hours " if spike.same_hours else ""
    usual = f"usual {hours}{frequency.mean(judged.usual)} ({frequency.span_of(spike.against)})"
    return Fared(f"{told}, {usual}, needs {judged.needs}{dark}", met=judged.verdict is Verdict.SPIKE)


def of_absence(
    absence: Absence, last: datetime | None, since: datetime | None, now: datetime, darkness: Sequence[Span], *,
    answers: bool,
) -> Fared:  # fmt: skip
    """How long a silence may last yet; `since` is from when on it counts, `answers` whether any feed is alive."""
    if since is None:
        return Fared(
            f"one is expected every {frequency.span_of(absence.expect_every)} from the first on, and none was told"
        )
    missed = frequency.missed(absence, last, since)
    if since > now:
        return Fared(f"{missed}; expected from then on")
    lost = frequency.lost(darkness, since, now)
    dark, due = _dark(darkness, since, now, "its feeds were dark"), since + absence.expect_every + lost
    if now < due:
        return Fared(f"{missed}{dark}; due by {frequency.minute(due)}")
    held = "" if answers else "; held while none of its feeds answers"
    return Fared(f"{missed}{dark}; overdue since {frequency.minute(due)}{held}", met=answers)


def of_pattern(
    pattern: Pattern, rules: Sequence[str], least: int, timespan: timedelta, developments: Iterable[Development],
    now: datetime, newest: Development | None = None,
) -> Fared:  # fmt: skip
    """How much of a pattern there is, in the window that has most of it; of those that hold `newest`, if it is given.

    `2 of 3 developments of attack within 1 day`, `attack seen 10:02, raid awaited until 22:02`.
    """
    held = sorted(developments, key=lambda one: (one.at, one.key))
    if newest is not None and (found := frequency.resting_on(pattern, rules, least, timespan, held, newest)):
        return Fared(frequency.told(pattern, rules, timespan, found), met=True)
    windows = list(_windows(held, timespan, newest))
    if pattern is Pattern.EVENT_COUNT:
        most = max((frequency.how_many(one) for one in windows), default=0)
        within = f"{', '.join(rules)} within {frequency.span_of(timespan)}"
        return Fared(f"{most} of {least} developments of {within}", met=most >= least)
    ordered = pattern is Pattern.TEMPORAL_ORDERED
    seen = max((_seen(rules, one, ordered=ordered) for one in windows), key=len, default={})
    if newest is not None and newest.rule not in seen:
        earlier = rules[rules.index(newest.rule) - 1]
        time = frequency.span_of(timespan)
        return Fared(f"{newest.rule} seen {_at(newest)}, no {earlier} in the {time} before")
    return _awaited(rules, timespan, seen, now)


def _awaited(rules: Sequence[str], timespan: timedelta, seen: dict[str, Development], now: datetime) -> Fared:
    lacking = [name for name in rules if name not in seen]
    if not seen:
        return Fared(f"nothing of {', '.join(rules)} in the last {frequency.span_of(timespan)}")
    there = ", ".join(f"{name} seen {_at(one)}" for name, one in seen.items())
    if not lacking:
        return Fared(there, met=True)
    until = min(one.at for one in seen.values()) + timespan
    waits = "awaited until" if now <= until else "did not come by"
    return Fared(f"{there}; {', '.join(lacking)} {waits} {frequency.minute(until)}")


def _windows(
    held: Sequence[Development], timespan: timedelta, newest: Development | None
) -> Iterable[list[Development]]:
    for first in held:
        if newest is None or newest.at - timespan <= first.at <= newest.at:
            yield [one for one in held if first.at <= one.at <= first.at + timespan]


def _seen(rules: Sequence[str], held: Sequence[Development], *, ordered: bool) -> dict[str, Development]:
    """The first development of each rule, as far as they make up the pattern."""
    known = list(frequency.chain(rules, held).values()) if ordered else held
    first: dict[str, Development] = {}
    for one in known:
        first.setdefault(one.rule, one)
    return {name: first[name] for name in rules if name in first}


def _so_far(done: timedelta, whole: timedelta) -> str:
    """`3 of 14 days`."""
    if whole % DAY:
        return f"{in_hours(done)} of {in_hours(whole)}"
    return f"{done // DAY} of {in_days(whole)}"


def _dark(darkness: Sequence[Span], since: datetime, until: datetime, what: str) -> str:
    """For how long nobody could have told; and since when, where that lasts."""
    lost = frequency.lost(darkness, since, until)
    if not lost:
        return ""
    last = max(darkness, key=lambda one: one.end)
    lasting = f", and are since {frequency.minute(last.start)}" if last.end >= until else ""
    return f"; {what} for {in_days(lost)} of that time{lasting}"


def _at(one: Development) -> str:
    return frequency.minute(one.at)
