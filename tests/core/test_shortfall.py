"""What rules on how often lack, in words."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.core import frequency, shortfall
from monitor.core.frequency import Absence, Development, Pattern, Report, Span, Spike, Start
from monitor.core.shortfall import Fared

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SPIKE = Spike(window=HOUR, against=28 * DAY, ratio=2, least=6)
A_DAY = Absence(expect_every=DAY, after=Start.START)


def said(one: Fared) -> str:
    return f"{one.told}: {'rings' if one.met else 'not rung'}"


def spike(count: int, usual: int, *, days: float = 40, dark: float = 0, spike: Spike = SPIKE) -> str:
    darkness = [Span(start=NOON - dark * DAY, end=NOON)] if dark else []
    spans = frequency.baseline(spike, NOON, darkness)
    since = NOON - days * DAY
    judged = frequency.judge(spike, count, [usual] * len(spans), spans, NOON, since)
    return said(shortfall.of_spike(spike, judged, NOON, since, darkness))


def test_a_spike_that_did_not_ring_says_what_is_usual_and_what_it_needs() -> None:
    assert spike(7, 5) == "7 stories in 1 h, usual in these hours 5 (28 days), needs 10: not rung"
    assert spike(3, 1) == "3 stories in 1 h, usual in these hours 1 (28 days), needs 6: not rung"
    assert spike(12, 5) == "12 stories in 1 h, usual in these hours 5 (28 days), needs 10: rings"


def test_all_windows_are_not_these_hours() -> None:
    whole = Spike(window=DAY, against=28 * DAY, ratio=2, least=6, same_hours=False)
    assert spike(7, 140, spike=whole) == "7 stories in 1 day, usual 5 (28 days), needs 10: not rung"


def test_a_spike_that_warms_up_says_how_far_it_is() -> None:
    told = "warms up until 2026-03-26 12:00 UTC (3 of 28 days); 9 stories in 1 h, 'min' is 6: not rung"
    assert spike(9, 0, days=3) == told
    hours = Spike(window=HOUR, against=36 * HOUR, ratio=2, least=6, same_hours=False)
    assert "(12 h of 36 h)" in spike(9, 0, days=0.5, spike=hours)


def test_dark_feeds_are_named_and_since_when() -> None:
    dark = "its feeds were dark for 20 days of that time, and are since 2026-02-09 12:00 UTC"
    assert spike(9, 0, dark=20) == f"9 stories in 1 h; less than half of what is usual was watched; {dark}: not rung"
    lasting = "; its feeds were dark for 5 h of that time, and are since 2026-03-01 07:00 UTC: not rung"
    assert spike(3, 1, dark=5 / 24).endswith(lasting)


def absence(since: float | None, *, dark: float = 0, answers: bool = True) -> str:
    began = NOON - since * HOUR if since is not None else None
    darkness = [Span(start=NOON - dark * HOUR, end=NOON - HOUR)] if dark else []
    return said(shortfall.of_absence(A_DAY, began, began, NOON, darkness, answers=answers))


def test_an_absence_says_by_when_one_is_due() -> None:
    last = "one is expected every 1 day; the last was told on"
    assert absence(20) == f"{last} 2026-02-28 16:00 UTC; due by 2026-03-01 16:00 UTC: not rung"
    dark = "its feeds were dark for 5 h of that time"
    assert absence(26, dark=6) == f"{last} 2026-02-28 10:00 UTC; {dark}; due by 2026-03-01 15:00 UTC: not rung"
    assert absence(26) == f"{last} 2026-02-28 10:00 UTC; overdue since 2026-03-01 10:00 UTC: rings"
    held = "overdue since 2026-03-01 10:00 UTC; held while none of its feeds answers: not rung"
    assert absence(26, answers=False) == f"{last} 2026-02-28 10:00 UTC; {held}"
    assert absence(None) == "one is expected every 1 day from the first on, and none was told: not rung"
    ahead = shortfall.of_absence(A_DAY, None, NOON + DAY, NOON, [], answers=True)
    assert ahead.told == "one is expected every 1 day; none was told since 2026-03-02 12:00 UTC; expected from then on"


def development(number: int, rule: str, hours: float) -> Development:
    return Development(
        key=f"d{number}", rule=rule, at=NOON + hours * HOUR, story_id=number,
        reports=(Report(match_id=number, entry_id=number),),
    )  # fmt: skip


def pattern(kind: Pattern, *found: tuple[str, float], now: float = 3, newest: int | None = None) -> str:
    made = [development(number, *one) for number, one in enumerate(found)]
    one = made[newest] if newest is not None else None
    return said(shortfall.of_pattern(kind, ("a", "b"), 3, 12 * HOUR, made, NOON + now * HOUR, one))


def test_a_count_says_how_many_there_are_in_the_fullest_window() -> None:
    told = "2 of 3 developments of a, b within 12 h: not rung"
    assert pattern(Pattern.EVENT_COUNT, ("a", 0), ("b", 1), ("a", 20)) == told
    assert pattern(Pattern.EVENT_COUNT) == told.replace("2 of", "0 of")
    assert pattern(Pattern.EVENT_COUNT, ("a", 0), ("b", 1), ("a", 2), newest=0).endswith(": rings")


@pytest.mark.parametrize("kind", [Pattern.TEMPORAL, Pattern.TEMPORAL_ORDERED])
def test_what_is_seen_and_what_is_awaited_until_when(kind: Pattern) -> None:
    seen = "a seen 2026-03-01 12:00 UTC"
    assert pattern(kind, ("a", 0), newest=0) == f"{seen}; b awaited until 2026-03-02 00:00 UTC: not rung"
    assert pattern(kind, ("a", 0), now=13) == f"{seen}; b did not come by 2026-03-02 00:00 UTC: not rung"
    assert pattern(kind) == "nothing of a, b in the last 12 h: not rung"
    assert (
        pattern(kind, ("a", 0), ("b", 2), newest=1)
        == f"{'a and b' if 'ordered' not in kind else 'a, then b'} within 12 h: rings"
    )
    assert pattern(kind, ("a", 0), ("b", 2)) == f"{seen}, b seen 2026-03-01 14:00 UTC: rings"


def test_what_comes_second_by_itself_says_what_did_not_come_before_it() -> None:
    told = "b seen 2026-03-01 12:00 UTC, no a in the 12 h before: not rung"
    assert pattern(Pattern.TEMPORAL_ORDERED, ("b", 0), ("a", 2), newest=0) == told
    assert pattern(Pattern.TEMPORAL, ("b", 0), newest=0).startswith("b seen 2026-03-01 12:00 UTC; a awaited until")
