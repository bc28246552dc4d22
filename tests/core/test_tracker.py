"""Trackers: what evidence comes to, whatever the order in which it came."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core import tracker
from monitor.core.origin import Origin
from monitor.core.severity import Severity
from monitor.core.tracker import Change, Course, Evidence, Facet, Fixed, Kind, Quorum, Standing, course

START = datetime(2026, 1, 18, 9, 0, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
WITHIN = timedelta(hours=72)
NONE = Standing(state="none")
TWO = Change()
LATER = START + timedelta(days=9)


def origin(outlet: str, **keys: object) -> Origin:
    return Origin(outlet=outlet, owner=outlet.lower(), title=outlet.lower(), **keys)  # type: ignore[arg-type]


def says(
    state: str, outlet: str, hours: float = 0, *, number: int = 0, official: bool = False, denies: bool = False
) -> Evidence:
    at = START + hours * HOUR
    return Evidence(
        match_id=number or next(_NUMBERS),
        state=state,
        at=at,
        seen_at=at,
        origin=origin(outlet),
        official=official,
        denies=denies,
    )


_NUMBERS = iter(range(1_000, 10**9))


def found(evidence: Iterable[Evidence], change: Change = TWO, *fixed: Fixed, now: datetime = LATER) -> Course:
    return course(change, NONE, fixed, evidence, now)


def kinds(one: Course) -> list[tuple[str, str, str]]:
    return [(made.from_state, made.state, made.kind.value) for made in one.developments]


AGREED = ("none", "agreed", "transition")
AGAIN = ("agreed", "agreed", "milestone")


def test_two_origins_within_the_window_decide_and_one_waits() -> None:
    assert kinds(found([says("agreed", "A"), says("agreed", "B", 5)])) == [AGREED]
    one = found([says("agreed", "A")], now=START + HOUR)
    assert (one.developments, one.state) == ((), "none")
    assert [waiting.told(START + HOUR) for waiting in one.waiting] == ["1 of 2 origins; 71 h left"]
    assert one.waiting[0].told(START + 71 * HOUR + timedelta(minutes=31)) == "1 of 2 origins; 29 min left"


def test_ten_reprints_of_one_dispatch_are_no_quorum_of_two() -> None:
    lead = (
        "the syrian democratic forces and the government in damascus signed a deal on their integration into the army"
    )
    reprints = [
        replace(says("agreed", f"P{number}", number), origin=replace(origin(f"P{number}"), lead=lead))
        for number in range(10)
    ]
    assert found(reprints, now=START + 10 * HOUR).developments == ()
    assert found(reprints, now=START + 10 * HOUR).waiting[0].origins == 1
    assert kinds(found([*reprints, says("agreed", "Other", 11)])) == [AGREED]


def test_papers_that_credit_one_agency_are_one_origin() -> None:
    credited = [
        replace(says("agreed", name, hours), origin=replace(origin(name), agencies=frozenset({"afp"})))
        for hours, name in enumerate("ABC")
    ]
    assert found(credited).developments == ()


@pytest.mark.parametrize(("wanted", "given_", "met"), [(1, 1, True), (2, 1, False), (3, 2, False), (3, 3, True)])
def test_as_many_origins_decide_as_the_rule_wants(wanted: int, given_: int, met: bool) -> None:
    change = Change(quorum=Quorum(independent=wanted))
    evidence = [says("agreed", f"O{number}", number) for number in range(given_)]
    assert bool(found(evidence, change).developments) is met


def test_one_official_voice_decides_unless_the_rule_says_nobody_does() -> None:
    evidence = [says("agreed", "A"), says("agreed", "Agency", 1, official=True)]
    one = found(evidence[1:])
    assert kinds(one) == [AGREED]
    assert one.developments[0].word == "Agency (official)"
    nobody = Change(quorum=Quorum(official=False))
    assert found(evidence[1:], nobody).developments == ()
    assert found(evidence, nobody).developments[0].word == "A, Agency (official)"


def test_two_origins_are_named_with_their_number() -> None:
    assert found([says("agreed", "A"), says("agreed", "B", 5)]).developments[0].word == "A, B (2 origins)"


@pytest.mark.parametrize(("late", "met"), [(-SECOND, True), (timedelta(), True), (SECOND, False)])
def test_the_window_ends_to_the_second(late: timedelta, met: bool) -> None:
    second = replace(says("agreed", "B"), at=START + WITHIN + late)
    assert bool(found([says("agreed", "A"), second]).developments) is met


@pytest.mark.parametrize(("late", "left"), [(-SECOND, 1), (timedelta(), 1), (SECOND, 0)])
def test_what_waits_waits_as_long_as_another_could_join_it(late: timedelta, left: int) -> None:
    assert len(found([says("agreed", "A")], now=START + WITHIN + late).waiting) == left


def test_what_made_one_of_two_origins_counts_only_as_long_as_it_is_within_the_window() -> None:
    both = replace(says("agreed", "Bridge"), origin=Origin(outlet="Bridge", owner="b", agencies=frozenset({"x", "y"})))
    first = replace(says("agreed", "A", 1), origin=Origin(outlet="A", owner="a", agencies=frozenset({"x"})))
    second = replace(says("agreed", "C", 2), origin=Origin(outlet="C", owner="c", agencies=frozenset({"y"})))
    assert found([both, first, second]).developments == ()
    third = replace(says("agreed", "C", 72.5), origin=second.origin)
    assert kinds(found([both, first, third])) == [AGREED]


def test_the_same_state_again_is_silent_while_fresh_and_a_milestone_by_a_new_development() -> None:
    deal = [says("agreed", "A"), says("agreed", "B", 5)]
    assert kinds(found([*deal, says("agreed", "C", 6), says("agreed", "D", 77)])) == [AGREED]
    again = found([*deal, says("agreed", "C", 100), says("agreed", "D", 101)])
    assert kinds(again) == [AGREED, AGAIN]
    assert again.since == START
    # One origin is no development.
    assert kinds(found([*deal, says("agreed", "C", 100)])) == [AGREED]


@pytest.mark.parametrize(("late", "restates"), [(timedelta(), True), (SECOND, False)])
def test_a_state_is_fresh_for_one_window_after_it_was_decided(late: timedelta, restates: bool) -> None:
    deal = [says("agreed", "A"), says("agreed", "B", 5)]
    third = replace(says("agreed", "Agency", official=True), at=START + 5 * HOUR + WITHIN + late)
    assert (len(found([*deal, third]).developments) == 1) is restates


def test_a_copy_of_what_told_an_earlier_state_does_not_bring_it_back() -> None:
    titles = ["sdf and damascus sign a deal on the army", "agreement reached to bring kurdish fighters into the fold"]
    deal = [_titled(says("agreed", name, hours), titles[hours]) for hours, name in enumerate("AB")]
    end = [says("ended", "C", 10), says("ended", "D", 11)]
    copies = [_titled(says("agreed", name, 20 + hours), titles[hours]) for hours, name in enumerate("EF")]
    assert kinds(found([*deal, *end, *copies])) == [AGREED, ("agreed", "ended", "transition")]
    fresh = [says("agreed", "E", 20), says("agreed", "F", 21)]
    assert kinds(found([*deal, *end, *fresh]))[-1] == ("ended", "agreed", "transition")


def _titled(one: Evidence, title: str) -> Evidence:
    return replace(one, origin=replace(one.origin, title=title))


def test_a_milestone_is_one_step_less_grave() -> None:
    assert [tracker.lower(one) for one in reversed(Severity)] == [
        Severity.HIGH, Severity.NOTICE, Severity.INFO, Severity.INFO,
    ]  # fmt: skip


def test_a_denial_contests_the_development_it_follows_and_none_long_after() -> None:
    deal = [says("agreed", "A"), says("agreed", "B", 1)]
    again = [says("agreed", "C", 100), says("agreed", "D", 101)]
    assert [len(one.denials) for one in found([*deal, says("agreed", "X", 2, denies=True)]).developments] == [1]
    assert [len(one.denials) for one in found([*deal, says("ended", "X", 2, denies=True)]).developments] == [0]
    assert [len(one.denials) for one in found([*deal, says("agreed", "X", 80, denies=True)]).developments] == [1]
    assert [len(one.denials) for one in found([*deal, says("agreed", "X", 4 * 72 + 2, denies=True)]).developments] == [
        0
    ]
    # A day after the first, and two before the second.
    denied = found([*deal, *again, says("agreed", "X", 50, denies=True)])
    assert [len(one.denials) for one in denied.developments] == [1, 0]


def test_a_denial_is_no_evidence_and_nothing_waits_for_it() -> None:
    one = found([says("agreed", "A", denies=True), says("agreed", "B", 1, denies=True)], now=START + HOUR)
    assert (one.developments, one.waiting) == ((), ())


def test_what_was_set_settles_what_was_reported_before_and_is_restated_after() -> None:
    fixed = Fixed(state="agreed", at=START + HOUR, change_id=7)
    before, after = says("ended", "A"), says("ended", "B", 2)
    assert kinds(found([before, after], TWO, fixed)) == []
    one = found([says("agreed", "A", 2)], TWO, fixed)
    assert [(evidence.origin.outlet, known.change_id) for evidence, known in one.restated] == [("A", 7)]
    assert (one.state, one.since) == ("agreed", START + HOUR)
    assert kinds(found([says("agreed", "A", 80), says("agreed", "B", 81)], TWO, fixed)) == [AGAIN]


def test_what_was_set_counts_ahead_of_the_reports_of_its_moment() -> None:
    fixed = Fixed(state="agreed", at=START, change_id=7)
    assert [one.at for one, _ in found([says("agreed", "A")], TWO, fixed).restated] == [START]


def test_a_state_lasts_since_it_was_first_reached_however_often_it_was_told_since() -> None:
    first = Fixed(state="agreed", at=START, change_id=1, since=START - HOUR)
    milestone = Fixed(state="agreed", at=START + 100 * HOUR, change_id=2, since=START + 90 * HOUR)
    assert found([], TWO, first, milestone).since == START - HOUR


def test_how_long_a_state_lasted_is_never_less_than_nothing() -> None:
    facet = Facet(name="f", states=("none", "agreed", "ended"), to={})
    crossed = [says("ended", "A"), says("agreed", "B", 1), says("agreed", "C", 2), says("ended", "D", 3)]
    made = found(crossed).developments[-1]
    assert tracker.told(facet, made) == (
        "f: from agreed to ended, on the word of A, D (2 origins), first reported 2026-01-18 09:00 UTC; it was agreed "
        "before, for 0 h (since 2026-01-18)"
    )


def test_a_person_makes_a_development_of_what_waits() -> None:
    one = found([says("agreed", "A")], now=START + HOUR)
    made = tracker.confirmed(one, one.waiting[0], START + HOUR)
    assert (made.kind, made.from_state, made.state, made.seen_at) == (Kind.TRANSITION, "none", "agreed", START + HOUR)


@pytest.mark.parametrize(("earlier", "standing"), [(0, False), (1, False), (2, True), (9, True)])
def test_a_sentence_of_three_days_is_a_standing_one(earlier: int, standing: bool) -> None:
    assert tracker.standing_sentence(earlier) is standing


# -- laws -----------------------------------------------------------------------------------------------------------

STREAMS = st.lists(
    st.builds(
        says,
        st.sampled_from(["agreed", "ended", "none"]),
        st.sampled_from("ABCDE"),
        st.integers(0, 70),
        official=st.sampled_from([False, False, False, True]),
        denies=st.sampled_from([False, False, False, True]),
    ),
    max_size=14,
)
ONE_STATE = st.lists(st.builds(says, st.just("agreed"), st.sampled_from("ABCDE"), st.integers(0, 400)), max_size=14)


def summary(one: Course) -> tuple[object, ...]:
    developments = [
        (made.kind, made.from_state, made.state, made.first_at, made.at, made.word, len(made.denials))
        for made in one.developments
    ]
    return developments, one.state, one.since, [(each.state, each.origins, each.until) for each in one.waiting]


@settings(max_examples=300, deadline=None)
@given(STREAMS, st.integers())
def test_whatever_the_order_of_arrival_the_developments_are_the_same(stream: list[Evidence], seed: int) -> None:
    # An order, no secret.
    arrived, kept = random.Random(seed).sample(stream, len(stream)), list[Evidence]()  # noqa: S311
    for number, one in enumerate(arrived, 1):
        # As the store numbers them, and has them when the next one comes.
        kept.append(replace(one, match_id=number, seen_at=START + 71 * HOUR + number * SECOND))
        last = found(kept, now=START + 72 * HOUR)
    if stream:
        assert summary(last) == summary(found(stream, now=START + 72 * HOUR))


@settings(max_examples=300, deadline=None)
@given(STREAMS)
def test_every_report_is_in_one_place(stream: list[Evidence]) -> None:
    one = found(stream, now=START + 70 * HOUR)
    reports = [each.match_id for each in stream if not each.denies]
    told = [each.match_id for made in one.developments for each in made.evidence]
    waiting = [each.match_id for each in (evidence for each in one.waiting for evidence in each.evidence)]
    # What two states wait for each other with stays; nothing is in two places, and nothing is lost within a window.
    assert sorted([*told, *waiting]) == sorted(reports)


@settings(max_examples=300, deadline=None)
@given(STREAMS)
def test_a_development_that_was_decided_long_ago_leaves_those_after_it_as_they_were(stream: list[Evidence]) -> None:
    stream = [replace(one, match_id=number) for number, one in enumerate(stream, 1) if not one.denies]
    made = found(stream).developments
    for old in range(len(made) + 1):
        fixed = [
            Fixed(state=one.state, at=one.at, change_id=0, since=one.first_at, by_hand=False) for one in made[:old]
        ]
        settled = {each.match_id for one in made[:old] for each in one.evidence}
        left = found([one for one in stream if one.match_id not in settled], TWO, *fixed)
        assert kinds(left) == kinds(found(stream))[old:]
        assert left.state == found(stream).state


@settings(max_examples=300, deadline=None)
@given(STREAMS)
def test_every_development_has_its_quorum(stream: list[Evidence]) -> None:
    for made in found(stream).developments:
        owners = {one.origin.owner for one in made.decided_by}
        assert any(one.official for one in made.decided_by) or len(owners) >= 2
        assert made.at - made.first_at <= WITHIN
        assert (made.kind is Kind.MILESTONE) is (made.from_state == made.state)


@settings(max_examples=300, deadline=None)
@given(ONE_STATE, ONE_STATE)
def test_more_evidence_of_a_state_never_makes_fewer_developments(stream: list[Evidence], more: list[Evidence]) -> None:
    assert len(found([*stream, *more]).developments) >= len(found(stream).developments)


@settings(max_examples=300, deadline=None)
@given(STREAMS, st.lists(st.builds(says, st.just("agreed"), st.sampled_from("AB"), denies=st.just(True)), max_size=4))
def test_a_denial_takes_no_development_away(stream: list[Evidence], denials: list[Evidence]) -> None:
    assert kinds(found([*stream, *denials])) == kinds(found(stream))


@settings(max_examples=100, deadline=None)
@given(STREAMS)
def test_the_states_follow_each_other(stream: list[Evidence]) -> None:
    one, state = found(stream), "none"
    for made in one.developments:
        assert made.from_state == state
        state = made.state
    assert one.state == state
