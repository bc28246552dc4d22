"""How often, decided: laws that hold whatever the order, and the cases at the edges."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core import frequency
from monitor.core.frequency import (
    Absence,
    By,
    Development,
    Pattern,
    Report,
    Span,
    Spike,
    Start,
    Verdict,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SPIKE = Spike(window=6 * HOUR, against=28 * DAY, ratio=4, least=6)
RULES = ("a", "b", "c")
# Hours within one timespan of 24 h.
ARRIVALS = st.lists(st.tuples(st.sampled_from(RULES), st.integers(0, 24)), min_size=1, max_size=7)


def development(number: int, rule: str, hours: float) -> Development:
    return Development(
        key=f"d{number}", rule=rule, at=NOON + hours * HOUR, story_id=number,
        reports=(Report(match_id=number, entry_id=number),),
    )  # fmt: skip


def alerts_of(pattern: Pattern, rules: Sequence[str], arrivals: Sequence[Development]) -> list[set[str]]:
    """The alerts that open as developments arrive, by what they rest on: as the pipeline keeps them."""
    known: list[Development] = []
    alerts: list[set[int]] = []
    for newest in arrivals:
        known.append(newest)
        counted = [one for one in known if one.rule in rules]
        found = frequency.resting_on(pattern, rules, 3, DAY, counted, newest)
        if not found:
            continue
        holding = [(number, entry) for number, entries in enumerate(alerts) for entry in entries]
        joined = frequency.joined(found, holding)
        entries = {entry for one in found for entry in one.entries}
        if joined is None:
            alerts.append(entries)
        else:
            alerts[joined] |= entries
    return [{f"d{number}" for number in entries} for entries in alerts]


@settings(max_examples=200)
@given(arrivals=ARRIVALS, data=st.data(), pattern=st.sampled_from(Pattern), two=st.booleans())
def test_within_the_timespan_the_order_of_arrival_changes_nothing(
    arrivals: list[tuple[str, int]], data: st.DataObject, pattern: Pattern, two: bool
) -> None:
    developments = [development(number, *one) for number, one in enumerate(arrivals)]
    shuffled = data.draw(st.permutations(developments))
    rules = RULES[:2] if two else RULES
    first, second = alerts_of(pattern, rules, developments), alerts_of(pattern, rules, shuffled)
    assert len(first) <= 1
    assert first == second


@given(arrivals=ARRIVALS)
def test_a_chain_is_found_exactly_where_there_is_one(arrivals: list[tuple[str, int]]) -> None:
    made = [development(number, *one) for number, one in enumerate(arrivals)]
    chains = {
        key
        for one in made
        for two in made
        for three in made
        if (one.rule, two.rule, three.rule) == RULES and one.at <= two.at <= three.at
        for key in (one.key, two.key, three.key)
    }
    found = [frequency.resting_on(Pattern.TEMPORAL_ORDERED, RULES, 0, DAY, made, one) for one in made]
    assert {one.key for each in found for one in each} == chains


def test_one_report_that_tells_of_all_tells_of_them_in_their_order() -> None:
    made = [development(number, rule, 1) for number, rule in enumerate("cba")]
    found = frequency.resting_on(Pattern.TEMPORAL_ORDERED, RULES, 0, DAY, made, made[0])
    assert {one.rule for one in found} == set(RULES)


def test_one_story_that_two_rules_tell_of_is_counted_once() -> None:
    twice = [development(1, "a", 0), development(2, "a", 1), development(3, "b", 1)]
    same = [twice[0], twice[1], Development(key="d3", rule="b", at=NOON + HOUR, story_id=2, reports=twice[2].reports)]
    assert len(frequency.resting_on(Pattern.EVENT_COUNT, RULES, 3, DAY, twice, twice[0])) == 3
    assert frequency.resting_on(Pattern.EVENT_COUNT, RULES, 3, DAY, same, same[0]) == []


def judged(count: int, usual: int = 0, *, days: int = 28, watched: timedelta = 28 * DAY) -> Verdict:
    spans = [Span(start=NOON - n * DAY - 6 * HOUR, end=NOON - n * DAY) for n in range(1, days + 1)]
    return frequency.judge(SPIKE, count, [usual] * days, spans, NOON, NOON - watched).verdict


def test_nothing_against_nothing_is_no_spike_and_neither_is_a_first_story() -> None:
    assert judged(0) is Verdict.FEW
    assert judged(1) is Verdict.FEW


def test_a_spike_has_the_minimum_and_the_ratio() -> None:
    assert judged(6) is Verdict.SPIKE
    assert judged(7, 2) is Verdict.USUAL
    assert judged(8, 2) is Verdict.SPIKE


def test_eleven_are_one_and_a_tenth_times_ten() -> None:
    spans = [Span(start=NOON - n * DAY - 6 * HOUR, end=NOON - n * DAY) for n in range(1, 29)]
    spike = Spike(window=6 * HOUR, against=28 * DAY, ratio=1.1, least=6)
    found = frequency.judge(spike, 11, [10] * 28, spans, NOON, NOON - 28 * DAY)
    assert (found.verdict, found.usual, found.needs) == (Verdict.SPIKE, 10, 11)


def test_there_is_none_before_the_baseline_has_passed_or_where_too_little_of_it_was_watched() -> None:
    assert judged(9, watched=28 * DAY - timedelta(minutes=1)) is Verdict.WARMING
    assert judged(9, days=13) is Verdict.DARK
    assert judged(9, days=14) is Verdict.SPIKE


def test_days_whose_hours_were_dark_are_left_out_of_the_usual() -> None:
    darkness = [Span(start=NOON - 3 * DAY, end=NOON - DAY - 4 * HOUR)]
    days = [(NOON - span.end) // DAY for span in frequency.baseline(SPIKE, NOON, darkness)]
    # Of the hours a day ago two of six were dark, which is not enough to leave them out.
    assert days == [1, 3, *range(4, 29)]


def test_of_a_time_that_is_dark_in_part_so_much_is_lost() -> None:
    spans = [Span(start=NOON + 2 * HOUR, end=NOON + 5 * HOUR)]
    assert frequency.lost(spans, NOON, NOON + DAY) == 3 * HOUR
    assert frequency.lost(spans, NOON, NOON + 3 * HOUR) == HOUR


def test_silence_that_nobody_could_have_broken_does_not_count() -> None:
    absence = Absence(expect_every=2 * DAY)
    dark = [Span(start=NOON, end=NOON + DAY)]
    assert frequency.overdue(absence, NOON, NOON + 2 * DAY, [])
    assert not frequency.overdue(absence, NOON, NOON + 2 * DAY, dark)
    assert frequency.overdue(absence, NOON, NOON + 3 * DAY, dark)
    assert not frequency.overdue(absence, None, NOON + 9 * DAY, [])


def test_the_last_match_counts_where_it_is_later_than_the_start() -> None:
    absence = Absence(expect_every=DAY, after=Start.START)
    assert frequency.expected_from(absence, None, NOON) == NOON
    assert frequency.expected_from(absence, NOON + HOUR, NOON) == NOON + HOUR
    assert frequency.expected_from(Absence(expect_every=DAY), None, NOON) is None


def test_a_feed_is_alive_for_a_day_or_twice_its_interval() -> None:
    assert frequency.alive(NOON, None, NOON + DAY)
    assert not frequency.alive(NOON, HOUR, NOON + 25 * HOUR)
    assert frequency.alive(NOON, 3 * DAY, NOON + 6 * DAY)
    assert not frequency.alive(None, None, NOON)


def test_groups_are_places_or_the_entities_that_were_met() -> None:
    subject = {"turkey.name", "topic.patrol", "phase.resume", "russia"}
    assert frequency.groups(By.PLACE, {"kobani", "afrin"}, subject, {"turkey"}) == ("afrin", "kobani")
    assert frequency.groups(By.ENTITY, {"kobani"}, subject, {"turkey", "russia"}) == ("russia", "turkey")
    assert frequency.groups(By.NOTHING, {"kobani"}, subject, {"turkey"}) == ("",)
