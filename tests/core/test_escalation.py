"""What makes an alert graver: conditions on its reports, whatever the order they came in."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.clause import Assertion
from monitor.core.escalation import Escalation, Voice, Weighed, independent_voices, weigh
from monitor.core.origin import Origin, same
from monitor.core.severity import Severity
from monitor.core.silence import Silence

AT = datetime(2024, 8, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
TWO = Escalation(label="corroborated", independent=2, within=6 * HOUR)
LEAD = (
    "turkish and russian troops went on joint patrol again in northern syria on friday after a pause of ten months the "
    "defence ministry in ankara said"
)


def voice(outlet: str, hours: float = 0, *agencies: str, said: Assertion = Assertion.DONE, **keys: object) -> Voice:
    origin = Origin(outlet=outlet, owner=outlet.lower(), agencies=frozenset(agencies), **keys)  # type: ignore[arg-type]
    return Voice(origin=origin, assertion=said, dated_at=AT + hours * HOUR)


def on(condition: Escalation, *voices: Voice, **keys: object) -> Weighed:
    return weigh(condition, voices, **keys)  # type: ignore[arg-type]


def test_two_origins_within_the_time_corroborate() -> None:
    weighed = on(TWO, voice("TASS"), voice("Anadolu", 6))
    assert weighed.met
    assert weighed.detail == "2 independent origins within 6 h: TASS, Anadolu"


def test_a_later_origin_does_not_and_what_is_missing_is_said() -> None:
    weighed = on(TWO, voice("TASS"), voice("Anadolu", 6.1))
    assert (weighed.met, weighed.detail) == (False, "1 of 2 origins within 6 h")


def test_ten_reprints_are_one_origin() -> None:
    reprints = [voice(f"Paper {number}", number / 4, lead=LEAD) for number in range(10)]
    assert on(TWO, *reprints).detail == "1 of 2 origins within 6 h"


def test_ten_papers_that_credit_one_agency_are_one_origin() -> None:
    papers = [voice(f"Paper {number}", 0, "reuters") for number in range(10)]
    assert not on(TWO, *papers).met


def test_one_who_credits_both_agencies_takes_nothing_back() -> None:
    both = voice("Weekly", 2, "reuters", "afp")
    reuters, afp = voice("One", 0, "reuters"), voice("Two", 1, "afp")
    assert not on(TWO, reuters, both).met
    assert on(TWO, reuters, both, afp).met
    assert on(TWO, afp, reuters, both).met


def test_one_official_report_is_enough_and_is_named() -> None:
    official = Escalation(severity=Severity.CRITICAL, official=True)
    assert on(official, voice("Paper")).detail == "no official source"
    weighed = on(official, voice("Paper"), voice("Ministry", 1, official=True))
    assert (weighed.met, weighed.detail) == (True, "official: Ministry")


def test_a_report_that_is_said_so_is_named() -> None:
    denial = Escalation(label="DENIAL", assertion=Assertion.DENIED)
    assert not on(denial, voice("Paper")).met
    weighed = on(denial, voice("Paper"), voice("TASS", 1, said=Assertion.DENIED))
    assert (weighed.met, weighed.detail) == (True, "denied: TASS")


def test_the_highest_figure_counts() -> None:
    killed = Escalation(severity=Severity.CRITICAL, number="killed", at_least=20)
    assert on(killed, figures={"killed": 20}) == Weighed(condition=killed, met=True, detail="killed: 20")
    assert on(killed, figures={"killed": 19}).detail == "killed: 19 of 20"
    assert on(killed, figures={"wounded": 90}).detail == "killed: no figure yet of 20"


def test_a_silence_is_ended_by_the_first_report_only() -> None:
    resumption = Escalation(label="RESUMPTION", quiet_for=timedelta(days=30))
    quiet = Silence(since=AT - timedelta(days=40), until=AT, blind=timedelta(days=5), last=AT - timedelta(days=40))
    met = on(resumption, voice("TASS"), quiet=quiet)
    assert met.met
    assert met.detail.startswith("first in 40 days")
    longer = Silence(since=quiet.since, until=AT, blind=timedelta(days=15), last=quiet.last)
    weighed = on(resumption, voice("TASS"), quiet=longer)
    assert (weighed.met, weighed.detail) == (False, "25 days of 30 days of silence; the watch was blind for 15 days")
    assert not on(resumption, voice("TASS")).met


def test_a_condition_without_a_label_is_called_by_what_it_asks() -> None:
    conditions = (
        Escalation(quiet_for=timedelta(days=30)), TWO, Escalation(official=True),
        Escalation(assertion=Assertion.DENIED), Escalation(number="killed", at_least=20),
    )  # fmt: skip
    assert [one.asks for one in conditions] == [
        "quiet for 30 days", "2 origins within 6 h", "official source", "said as denied", "killed at least 20",
    ]  # fmt: skip


voices = st.builds(
    lambda outlet, hours, agencies, said, official: voice(outlet, hours, *agencies, said=said, official=official),
    st.sampled_from("ABCDE"), st.integers(0, 12), st.frozensets(st.sampled_from("rat"), max_size=2),
    st.sampled_from([Assertion.DONE, Assertion.DENIED]), st.booleans(),
)  # fmt: skip
CONDITIONS = (
    TWO,
    Escalation(label="three", independent=3, within=8 * HOUR),
    Escalation(label="official", official=True),
    Escalation(label="DENIAL", assertion=Assertion.DENIED),
)


def met_one_by_one(reports: list[Voice]) -> set[str]:
    """The conditions that are met when the reports come in this order, each asked about as it comes."""
    return {
        condition.name
        for number, newest in enumerate(reports, 1)
        for condition in CONDITIONS
        if weigh(condition, reports[:number], newest=newest).met
    }


@given(st.lists(voices, max_size=7).flatmap(lambda made: st.tuples(st.just(made), st.permutations(made))))
def test_the_order_of_arrival_does_not_matter(orders: tuple[list[Voice], list[Voice]]) -> None:
    first, second = map(list, orders)
    at_once = {condition.name for condition in CONDITIONS if weigh(condition, first).met}
    assert met_one_by_one(first) == met_one_by_one(second) == at_once


@given(st.lists(voices, max_size=9), st.integers(2, 4))
def test_the_voices_found_are_apart_and_no_more_than_wanted(reports: list[Voice], wanted: int) -> None:
    found = independent_voices(reports, 6 * HOUR, wanted)
    assert len(found) <= wanted
    assert len({one.origin.owner for one in found}) == len(found)
    assert all(abs(one.dated_at - other.dated_at) <= 6 * HOUR for one in found for other in found)


def test_a_thousand_reports_of_few_owners_are_not_searched_for_origins_that_there_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = 0

    def counted(one: Origin, other: Origin) -> bool:
        nonlocal calls
        calls += 1
        assert calls < 10_000
        return same(one, other)

    monkeypatch.setattr("monitor.core.escalation.same", counted)
    agency = {"A": "reuters", "B": "reuters", "C": "afp"}
    reports = [voice("ABC"[number % 3], number / 1000, agency["ABC"[number % 3]]) for number in range(1000)]
    assert len(independent_voices(reports, 6 * HOUR, 5)) == 2
    assert len(independent_voices(reports, 6 * HOUR, 5, reports[-1])) == 2


def test_a_thousand_owners_of_one_text_are_searched_within_bounds_and_one_that_is_apart_is_found() -> None:
    reports = [voice(f"Paper {number}", number / 1000, lead=LEAD) for number in range(1000)]
    assert len(independent_voices(reports, 6 * HOUR, 3)) == 1
    assert len(independent_voices([*reports, voice("TASS", 5)], 6 * HOUR, 3)) == 2
    assert len(independent_voices([*reports, voice("TASS", 5)], 6 * HOUR, 3, reports[-1])) == 2


@given(st.lists(voices, max_size=9), st.integers(2, 4))
def test_no_other_reports_that_are_apart_are_more(reports: list[Voice], wanted: int) -> None:
    def apart(some: tuple[Voice, ...]) -> bool:
        pairs = combinations(some, 2)
        return all(len(independent_voices(pair, 6 * HOUR, 2)) == 2 for pair in pairs)

    most = max((size for size in range(1, wanted + 1) if any(map(apart, combinations(reports, size)))), default=0)
    assert len(independent_voices(reports, 6 * HOUR, wanted)) == most
