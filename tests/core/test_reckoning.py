"""Series of figures: first, same, change, jump, fall, conflict; whatever the order in which they came."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.numbers import AlertOn, Baseline, Numbers
from monitor.core.origin import Origin
from monitor.core.query import parse
from monitor.core.reckoning import Judged, Told, Turn, as_baseline, from_baseline, reckon, spread, stand

DAY = datetime(2024, 8, 23, 6, 0, tzinfo=UTC)
ORDER = st.lists(
    st.builds(
        Told,
        low=st.integers(1, 40),
        high=st.none() | st.just(50),
        outlet=st.sampled_from(["AP", "SOHR", "Hawar", "TRT"]),
        at=st.integers(0, 60).map(lambda hours: DAY + timedelta(hours=hours)),
        former=st.none() | st.integers(1, 40),
    ),
    max_size=9,
).map(lambda found: [replace(one, number=number) for number, one in enumerate(found, 1)])
SPECS = st.builds(
    lambda **wanted: numbers(**{name: value for name, value in wanted.items() if value is not None}),
    nondecreasing=st.booleans(),
    min_delta=st.sampled_from([1, 3]),
    ratio=st.sampled_from([1.0, 1.25]),
    jump_over=st.sampled_from([None, 10]),
)


def numbers(*, nondecreasing: bool = True, **alert_on: float) -> Numbers:
    wanted = AlertOn(
        min_delta=int(alert_on.get("min_delta", 1)),
        ratio=alert_on.get("ratio", 1.0),
        jump_over=int(alert_on["jump_over"]) if "jump_over" in alert_on else None,
    )
    return Numbers(name="killed", near=parse("killed"), nondecreasing=nondecreasing, alert_on=wanted)


def told(low: int, outlet: str = "AP", hours: float = 0, *, top: int | None = -1, former: int | None = None) -> Told:
    at = DAY + timedelta(hours=hours)
    return Told(low=low, high=low if top == -1 else top, outlet=outlet, at=at, former=former, number=low)


def verdicts(found: Sequence[Judged]) -> list[str]:
    return [one.verdict.value for one in found]


def standing(found: Sequence[Judged]) -> int | None:
    at = stand(found, numbers()).standing
    return at.low if at is not None else None


def test_a_figure_is_first_then_the_same_then_a_change() -> None:
    found = reckon([told(3), told(3, "SOHR", 1), told(5, "SOHR", 2)], numbers())

    assert verdicts(found) == ["first", "same", "change"]
    assert [one.step for one in found] == ["", "", "3 -> 5"]


def test_small_differences_of_a_day_are_a_conflict_shown_as_a_range_by_outlet() -> None:
    found = reckon([told(2, "BBN Haber"), told(3, "AP", 1), told(3, "Hawar", 2)], numbers(min_delta=3))

    assert verdicts(found) == ["first", "conflict", "same"]
    wide = spread(found, numbers(min_delta=3))
    assert wide is not None
    assert (wide.range, wide.by_outlet) == ("2-3", "3 AP, Hawar; 2 BBN Haber")


def test_an_outlet_that_follows_the_others_ends_the_conflict() -> None:
    found = reckon([told(2, "BBN Haber"), told(3, "AP", 1), told(3, "BBN Haber", 2)], numbers(min_delta=3))

    assert spread(found, numbers(min_delta=3)) is None


def test_a_fall_is_no_change_and_does_not_move_the_series() -> None:
    found = reckon([told(123, "SOHR"), told(57, "TRT", 50)], numbers(jump_over=20))

    assert verdicts(found) == ["first", "fall"]
    assert standing(found) == 123


def test_a_count_that_may_fall_changes_downwards() -> None:
    assert verdicts(reckon([told(30), told(20, "AP", 40)], numbers(nondecreasing=False))) == ["first", "change"]


def test_a_jump_is_believed_and_confirmed_when_a_second_outlet_has_it() -> None:
    found = reckon([told(123), told(344, "TRT", 1), told(344, "TRT", 2), told(345, "AA", 3)], numbers(jump_over=20))

    assert verdicts(found) == ["first", "confirmed", "confirmed", "change"]
    assert found[1].reason == "AA has the same jump: 345"
    assert found[3].reason == "123 -> 345, which TRT gave as well"
    assert standing(found) == 345


def test_a_jump_that_the_report_explains_is_a_change() -> None:
    assert verdicts(reckon([told(24), told(80, "TRT", 1, former=24)], numbers(jump_over=20))) == ["first", "change"]


def test_at_least_twenty_and_twenty_four_are_the_same_and_the_exact_one_stands() -> None:
    found = reckon([told(20, top=None), told(24, "SOHR", 1)], numbers(min_delta=10))

    assert verdicts(found) == ["first", "same"]
    assert standing(found) == 24


def test_a_change_is_told_from_the_figure_told_last() -> None:
    found = reckon([told(24 + more, hours=more) for more in range(5)], numbers(min_delta=3))

    assert [one.step for one in found] == ["", "", "", "24 -> 27", ""]


def test_a_baseline_stands_from_its_day_on_and_conflicts_with_nobody() -> None:
    baseline = from_baseline(Baseline(value=344, as_of=date(2024, 8, 23)))

    assert verdicts(reckon([baseline, told(343, "AP", 1)], numbers())) == ["change", "fall"]


def test_ten_reprints_of_a_slip_confirm_no_jump() -> None:
    agency = Origin(agencies=frozenset({"afp"}))
    reprints = [replace(told(344, f"Paper {hour}", hour), origin=agency) for hour in range(1, 11)]

    assert verdicts(reckon([told(123), *reprints], numbers(jump_over=20)))[1:] == ["jump"] * 10


@given(figures=ORDER, order=st.randoms(use_true_random=False), spec=SPECS)
def test_no_order_of_arrival_changes_a_verdict_the_standing_or_the_range(
    figures: list[Told], order: object, spec: Numbers
) -> None:
    mixed = list(figures)
    order.shuffle(mixed)  # type: ignore[attr-defined]

    assert reckon(figures, spec) == reckon(mixed, spec)


@given(figures=ORDER, cut=st.integers(0, 9), day=st.none() | st.integers(0, 3), value=st.integers(1, 40), spec=SPECS)
def test_a_series_may_be_taken_up_at_any_figure_from_what_counts_of_those_before(
    figures: list[Told], cut: int, day: int | None, value: int, spec: Numbers
) -> None:
    baseline = [] if day is None else [as_baseline(Baseline(value=value, as_of=date(2024, 8, 23 + day)))]
    ordered = sorted([*figures, *(one.told for one in baseline)], key=lambda one: one.order)
    whole = reckon(ordered, spec)
    before = ordered[:cut]
    judged = reckon(before, spec)
    later = reckon(ordered[cut:], spec, stand([*kept(judged), *(one for one in baseline if one.told in before)], spec))

    assert {one.told: one for one in (*judged, *later)} == {one.told: one for one in whole}


def kept(judged: Sequence[Judged]) -> list[Judged]:
    """Those that must be known of figures judged before: the last day, the jumps, where it stands and stood last."""
    since = judged[-1].told.at - timedelta(days=1) if judged else DAY
    turns = [one for one in judged if one.turn is not Turn.STAYS]
    last = {one.told for one in (*turns[-1:], *[one for one in turns if one.turn is Turn.TOLD][-1:])}
    return [
        one for one in judged
        if one.told.outlet and (one.told.at >= since or one.told in last or one.verdict.value in {"jump", "confirmed"})
    ]  # fmt: skip
