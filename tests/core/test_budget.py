"""How polls are shared out: the budget is met, more is polled where more comes and matters, and chance is no reason."""

import random
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.arrivals import UNKNOWN, WEEK, Arrivals, learned
from monitor.core.budget import Demand, demand, plan
from monitor.core.cadence import next_poll
from tests.core.reading import NOON

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FASTEST, SLOWEST = 2 * MINUTE, HOUR

demands = st.builds(
    Demand,
    tier=st.integers(0, 5),
    entries=st.floats(0, 1e5),
    matches=st.floats(0, 1e3),
    hours=st.sampled_from([0.0, 0.1, 24.0, 480.0]),
    at_once=st.floats(1, 50),
    levels=st.just((1.0,)) | st.lists(st.floats(0.1, 13), min_size=6, max_size=6).map(tuple),
    conditional=st.booleans(),
    floor=st.none() | st.integers(1, 2 * 86_400).map(lambda seconds: timedelta(seconds=seconds)),
    ceiling=st.none() | st.integers(1, 86_400).map(lambda seconds: timedelta(seconds=seconds)),
)


def seen(per_day: float, *, hours: float = 480.0, tier: int = 3, matches: float = 0.0) -> Demand:
    return Demand(tier=tier, entries=per_day * hours / 24, hours=hours, matches=matches)


def paces(feeds: dict[str, Demand], budget: float) -> dict[str, float]:
    return dict(plan(feeds, budget, timedelta(seconds=1), 365 * DAY).per_hour)


@given(feeds=st.lists(demands, max_size=30), budget=st.floats(0.01, 1e5))
def test_the_budget_is_met_or_all_are_at_their_bounds(feeds: list[Demand], budget: float) -> None:
    named = {f"feed-{number}": one for number, one in enumerate(feeds)}
    shared = plan(named, budget, FASTEST, SLOWEST)
    most = [HOUR / max(FASTEST, one.floor or FASTEST) for one in feeds]
    least = [min(most[at], max(1.0, HOUR / one.ceiling if one.ceiling else 0)) for at, one in enumerate(feeds)]
    assert shared.spent == pytest.approx(max(sum(least), min(budget, sum(most))), rel=1e-6)
    spent = sum(
        sum(min(max(shared.per_hour[name] * level, least[at]), most[at]) for level in one.levels) / len(one.levels)
        for at, (name, one) in enumerate(named.items())
    )
    assert spent == pytest.approx(shared.spent, rel=1e-6)


def test_the_polls_that_follow_are_as_many_as_were_planned() -> None:
    chance = random.Random(1)  # noqa: S311 - deterministic on purpose
    known = {
        f"feed-{number}": Arrivals(
            began=NOON,
            at=NOON,
            hours=480,
            entries=chance.lognormvariate(4, 1.5),
            shape=bytes(chance.choices(range(1, 40), k=WEEK)),
        )
        for number in range(40)
    }
    shared = plan({name: demand(one, NOON, 3) for name, one in known.items()}, 240, FASTEST, SLOWEST)
    polls = 0
    for name, one in known.items():
        at = NOON
        while at < NOON + 7 * DAY:
            at, polls = next_poll(name, at, shared.pace(name, one, at)).at, polls + 1
    assert shared.spent == pytest.approx(240)
    assert polls / WEEK == pytest.approx(240, rel=0.05)


def test_a_feed_with_four_times_the_entries_is_polled_twice_as_often() -> None:
    shared = paces({"much": seen(400), "little": seen(100), "rare": seen(25)}, 30)
    assert shared["much"] / shared["little"] == pytest.approx(2, rel=0.02)
    assert shared["little"] / shared["rare"] == pytest.approx(2, rel=0.02)


@given(rates=st.lists(st.floats(0, 1000), min_size=2, max_size=20), budget=st.floats(1, 1000))
def test_a_feed_that_posts_more_is_never_polled_less(rates: list[float], budget: float) -> None:
    shared = paces({f"{number:02}": seen(rate) for number, rate in enumerate(sorted(rates))}, budget)
    ordered = [shared[name] for name in sorted(shared)]
    assert all(more >= less * (1 - 1e-9) for less, more in pairwise(ordered))


def test_what_chance_explains_makes_no_difference() -> None:
    chance = random.Random(2)  # noqa: S311 - deterministic on purpose
    counts = [sum(chance.random() < 0.02 for _ in range(1000)) for _ in range(50)]
    assert max(counts) > 1.5 * min(counts)
    shared = paces({f"{number}": Demand(tier=3, entries=count, hours=240) for number, count in enumerate(counts)}, 300)
    assert list(shared.values()) == [pytest.approx(6)] * 50


def test_a_feed_whose_entries_matter_more_often_is_polled_more() -> None:
    shared = paces({"dull": seen(100, matches=0), "usual": seen(100, matches=20), "sharp": seen(100, matches=200)}, 30)
    assert shared["sharp"] > 1.4 * shared["usual"] > 1.4 * shared["dull"]


def test_a_match_or_two_are_no_reason() -> None:
    shared = paces({"lucky": seen(100, matches=2), "others": seen(100), "more": seen(100)}, 30)
    assert list(shared.values()) == [pytest.approx(10)] * 3


def test_a_better_tier_buys_more_polls() -> None:
    shared = paces({str(tier): seen(20, tier=tier) for tier in (1, 2, 3, 4)}, 40)
    assert shared["1"] > shared["2"] > shared["3"] > shared["4"]
    assert shared["1"] / shared["3"] == pytest.approx(2)


def test_a_server_without_validators_is_asked_half_as_often() -> None:
    shared = paces({"whole": replace(seen(20), conditional=False), "other": seen(20)}, 30)
    assert shared["other"] / shared["whole"] == pytest.approx(2)


def test_what_a_publishers_floor_leaves_goes_to_the_others() -> None:
    shared = plan({"held": replace(seen(20), floor=HOUR), "a": seen(20), "b": seen(20)}, 21, FASTEST, SLOWEST)
    assert shared.per_hour["a"] == pytest.approx(10)


def test_a_feed_that_turned_over_is_polled_within_half_the_time_it_took() -> None:
    first = learned(UNKNOWN, [], 0, NOON - DAY, None)
    lost = learned(first, [None] * 10, 0, NOON, NOON - 20 * MINUTE, turned_over=True)
    shared = plan({"short": demand(lost, NOON, 3), "much": seen(1000)}, 2, FASTEST, SLOWEST)
    assert next_poll("short", NOON, shared.pace("short", lost, NOON)).at <= NOON + 10.1 * MINUTE
    assert shared.spent == pytest.approx(7)


def test_before_anything_is_known_all_are_alike_and_a_newcomer_is_like_the_others() -> None:
    shared = plan({name: Demand(tier=3) for name in "abc"}, 18, FASTEST, SLOWEST)
    assert list(shared.per_hour.values()) == [pytest.approx(6)] * 3
    assert shared.newcomer == pytest.approx(6)
    due = next_poll("new", NOON, shared.pace("new", UNKNOWN, NOON))
    assert due.why == "every 10 min: too young to know its habits"


def test_without_feeds_there_is_a_plan_all_the_same() -> None:
    shared = plan({}, 6, FASTEST, SLOWEST)
    assert shared.spent == 0
    assert next_poll("new", NOON, shared.pace("new", UNKNOWN, NOON)).at > NOON


def test_why_a_feed_is_polled_is_said_in_a_line() -> None:
    known = Arrivals(began=NOON - 20 * DAY, at=NOON, entries=1920, matches=58, hours=480)
    shared = plan({"wire": demand(known, NOON, 1)}, 8.5, FASTEST, SLOWEST)
    assert next_poll("wire", NOON, shared.pace("wire", known, NOON)).why == "every 7.1 min: 96 entries a day, 3 % match"
