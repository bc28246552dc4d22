"""Series of figures: first, same, change, jump, fall, conflict; whatever the order in which they came."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.numbers import AlertOn, Baseline, Numbers
from monitor.core.query import parse
from monitor.core.reckoning import Reckoning, Told, from_baseline, reckon

DAY = datetime(2024, 8, 23, 6, 0, tzinfo=UTC)
ORDER = st.lists(
    st.builds(
        Told,
        low=st.integers(1, 40),
        high=st.none() | st.just(50),
        outlet=st.sampled_from(["AP", "SOHR", "Hawar", "TRT"]),
        at=st.integers(0, 60).map(lambda hours: DAY + timedelta(hours=hours)),
    ),
    max_size=8,
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


def verdicts(found: Reckoning) -> list[str]:
    return [one.verdict.value for one in found.judged]


def test_a_figure_is_first_then_the_same_then_a_change() -> None:
    found = reckon([told(3), told(3, "SOHR", 1), told(5, "SOHR", 2)], numbers())

    assert verdicts(found) == ["first", "same", "change"]
    assert [one.step for one in found.judged] == ["", "", "3 -> 5"]


def test_small_differences_of_a_day_are_a_conflict_shown_as_a_range_by_outlet() -> None:
    found = reckon([told(2, "BBN Haber"), told(3, "AP", 1), told(3, "Hawar", 2)], numbers(min_delta=3))

    assert verdicts(found) == ["first", "conflict", "same"]
    assert found.spread is not None
    assert (found.spread.range, found.spread.by_outlet) == ("2-3", "3 AP, Hawar; 2 BBN Haber")


def test_an_outlet_that_follows_the_others_ends_the_conflict() -> None:
    found = reckon([told(2, "BBN Haber"), told(3, "AP", 1), told(3, "BBN Haber", 2)], numbers(min_delta=3))

    assert found.spread is None


def test_a_fall_is_no_change_and_does_not_move_the_series() -> None:
    found = reckon([told(123, "SOHR"), told(57, "TRT", 50)], numbers(jump_over=20))

    assert verdicts(found) == ["first", "fall"]
    assert found.standing is not None
    assert found.standing.low == 123


def test_a_count_that_may_fall_changes_downwards() -> None:
    assert verdicts(reckon([told(30), told(20, "AP", 40)], numbers(nondecreasing=False))) == ["first", "change"]


def test_a_jump_is_believed_when_a_second_outlet_has_it() -> None:
    found = reckon([told(123), told(344, "TRT", 1), told(344, "TRT", 2), told(345, "AA", 3)], numbers(jump_over=20))

    assert verdicts(found) == ["first", "jump", "jump", "change"]
    assert found.standing is not None
    assert found.standing.low == 345


def test_a_jump_that_the_report_explains_is_a_change() -> None:
    assert verdicts(reckon([told(24), told(80, "TRT", 1, former=24)], numbers(jump_over=20))) == ["first", "change"]


def test_at_least_twenty_and_twenty_four_are_the_same_and_the_exact_one_stands() -> None:
    found = reckon([told(20, top=None), told(24, "SOHR", 1)], numbers(min_delta=10))

    assert verdicts(found) == ["first", "same"]
    assert found.standing is not None
    assert found.standing.low == 24


def test_a_change_is_told_from_the_figure_told_last() -> None:
    found = reckon([told(24 + more, hours=more) for more in range(5)], numbers(min_delta=3))

    assert [one.step for one in found.judged] == ["", "", "", "24 -> 27", ""]


def test_a_baseline_stands_from_its_day_on_and_conflicts_with_nobody() -> None:
    baseline = from_baseline(Baseline(value=344, as_of=date(2024, 8, 23)))

    assert verdicts(reckon([baseline, told(343, "AP", 1)], numbers())) == ["change", "fall"]


@given(figures=ORDER, order=st.randoms(use_true_random=False))
def test_no_order_of_arrival_changes_a_verdict_the_standing_or_the_range(figures: list[Told], order: object) -> None:
    spec = numbers(min_delta=3, ratio=1.25, jump_over=20)
    mixed = list(figures)
    order.shuffle(mixed)  # type: ignore[attr-defined]

    assert reckon(figures, spec) == reckon(mixed, spec)
