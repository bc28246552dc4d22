"""Whether nobody answers anywhere: one outage of ours, not one for each feed."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.feed import Fault
from monitor.core.reach import Contact, OwnSide, Reach, asked, holds_back, packed, unpacked

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
HALF = timedelta(seconds=30)


def sides(contacts: Iterable[tuple[str, Fault | None]], reach: Reach | None = None, start: int = 0) -> list[OwnSide]:
    """What is known after each contact, half a minute apart."""
    known, found = reach or Reach(), list[OwnSide]()
    for step, (host, fault) in enumerate(contacts, start):
        found.append(asked(known, Contact(at=NOW + step * HALF, host=host, fault=fault)))
        known = found[-1].reach
    return found


def said(found: Iterable[OwnSide]) -> list[str]:
    return [f"{step} {'+' if one.opened else '-'}" for step, one in enumerate(found) if one.opened or one.closed]


def all_of(hosts: str, fault: Fault | None) -> list[tuple[str, Fault | None]]:
    return [(host, fault) for host in hosts]


NO, PAGE, WALL, REFUSED = Fault.NO_ANSWER, Fault.NO_FEED, Fault.FORBIDDEN, Fault.REFUSED


@pytest.mark.parametrize(
    ("contacts", "expected"),
    [
        (all_of("abc", NO), ["2 +"]),
        (all_of("abcabc", NO) + all_of("ab", None), ["2 +", "6 -"]),
        (all_of("abab", NO), []),
        (all_of("abc", None) + all_of("abcdef", NO) + all_of("f", Fault.BLOCKED), ["5 +", "9 -"]),
        (all_of("ab", NO) + all_of("x", None) + all_of("cd", NO), []),
        (all_of("abc", PAGE), ["2 +"]),
        (all_of("abc", WALL), ["2 +"]),
        ([("a", NO), ("b", PAGE), ("c", WALL)], ["2 +"]),
        (all_of("abcd", REFUSED), []),
        (all_of("abcde", REFUSED), ["4 +"]),
        (all_of("abc", Fault.THROTTLED) + all_of("abc", Fault.GONE) + all_of("abc", Fault.EMPTY), []),
        ([("a", NO), ("x", Fault.EMPTY), ("b", NO), ("x", Fault.BUG), ("c", NO)], ["4 +"]),
        # Three feeds that have been dead for long, asked one after the other.
        (all_of("ab", NO) + all_of("x", None) + all_of("c", NO) + all_of("x", None) + all_of("abc", NO), []),
        # One of them came back.
        (all_of("ab", NO) + all_of("xab", None) + all_of("abx", NO), ["7 +"]),
        # A second outage.
        (all_of("abc", NO) + all_of("a", None) + all_of("bca", NO) + all_of("b", None), ["2 +", "3 -", "6 +", "7 -"]),
    ],
)
def test_our_own_side_is_cut_off_when_three_hosts_and_nobody_else_answer(
    contacts: list[tuple[str, Fault | None]], expected: list[str]
) -> None:
    assert said(sides(contacts)) == expected


def test_a_burst_within_a_minute_is_a_hiccup() -> None:
    known = Reach()
    for step, host in enumerate("abcdefgh"):
        side = asked(known, Contact(at=NOW + timedelta(seconds=step), host=host, fault=NO))
        known = side.reach
        assert not side.opened
    assert asked(known, Contact(at=NOW + 3 * HALF, host="a", fault=NO)).opened


@pytest.mark.parametrize(
    ("fault", "words"),
    [(NO, "nobody answers anywhere"), (PAGE, "web page in place"), (REFUSED, "every host refuses"), (WALL, "nobody")],
)
def test_a_person_reads_what_is_cut_off_since_when_and_what_to_look_at(fault: Fault, words: str) -> None:
    (opened,) = [one for one in sides(all_of("abcde", fault)) if one.opened]
    assert words in opened.detail
    assert "since 2026-11-02 08:00 UTC (a, b, c" in opened.detail
    assert "look" in opened.detail


def test_only_faults_that_a_cut_explains_are_held_back_and_only_while_it_lasts() -> None:
    out, back = (found[-1].reach for found in (sides(all_of("abc", NO)), sides([*all_of("abc", NO), ("a", None)])))
    assert {fault for fault in Fault if holds_back(out, fault)} == {NO, PAGE, WALL, REFUSED}
    assert not [fault for fault in Fault if holds_back(back, fault)]
    assert not holds_back(out, None)
    assert (out.out, back.out, back.back) == (NOW, None, NOW + 3 * HALF)


contacts = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.none() | st.sampled_from(Fault)), max_size=40)


@given(contacts, st.integers(0, 40))
def test_a_restart_within_an_outage_changes_nothing(found: list[tuple[str, Fault | None]], place: int) -> None:
    before = sides(found[:place])
    kept = unpacked(packed(before[-1].reach if before else Reach()))
    assert said(before) + said(sides(found[place:], kept, place)) == said(before) + said(sides(found)[place:])


@given(contacts)
def test_it_opens_and_closes_in_turn(found: list[tuple[str, Fault | None]]) -> None:
    changes = [one.opened for one in sides(found) if one.opened or one.closed]
    assert changes == [step % 2 == 0 for step in range(len(changes))]


def test_many_hosts_that_fail_for_long_take_little_room() -> None:
    found: list[tuple[str, Fault | None]] = []
    for number in range(500):
        found += [(f"host-{number}.example", NO), ("alive", None)]
    last = sides(found)[-1].reach
    assert len(last.dead) == 100
    assert len(packed(last)) < 4000


@pytest.mark.parametrize("stored", ["", "x", "[]", "null", json.dumps({"out": "x", "silent": 3, "dead": [1, "a"]})])
def test_what_cannot_be_read_was_never_known(stored: str) -> None:
    assert not sides(all_of("ab", NO), unpacked(stored))[-1].opened
