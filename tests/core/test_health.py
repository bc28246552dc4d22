"""Blind spots of a feed: what opens them, what closes them, and what must not."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.core.feed import Fault
from monitor.core.health import BlindSpot, Opened, Verdict, judge, spots
from monitor.core.poll import Poll
from monitor.core.reach import Contact, Reach, asked

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)  # a Monday
TEN = timedelta(minutes=10)
URL = "https://wire.example/rss"
STATE_LIMIT = 1500

FIRST = Poll(at=NOW, interval=TEN, url=URL, listed=20, new=20, read=20, dated=20, newest=NOW, first=True)
SAME = Poll(at=NOW, interval=TEN, url=URL)


def failed(fault: Fault, message: str = "") -> Poll:
    return replace(SAME, fault=fault, message=message)


def brings(new: int = 1, *, listed: int = 20, dated: bool = True) -> Poll:
    """A document with so many new entries of just now; `newest` is set when it is polled."""
    found = replace(SAME, listed=listed, known=listed - new, new=new, read=new, dated=new if dated else 0)
    return replace(found, newest=NOW) if dated else found


def judged(polls: Iterable[Poll], health: str = "", start: datetime = NOW, after: int = 3) -> list[Verdict]:
    """The verdicts on polls ten minutes apart, each on what the last one left behind; dates move with them."""
    verdicts = []
    for step, poll in enumerate(polls):
        at = start + step * TEN
        newest = None if poll.newest is None else at - (poll.at - poll.newest)
        verdicts.append(judge(health, replace(poll, at=at, newest=newest), after=after))
        health = verdicts[-1].health
    return verdicts


def told(verdicts: Sequence[Verdict]) -> list[str]:
    """What was told, with the number of the poll: "2 +failing", "3 -failing"."""
    return [
        line
        for step, verdict in enumerate(verdicts)
        for line in (
            *(f"{step} +{one.spot}" for one in verdict.opened),
            *(f"{step} -{spot}" for spot in verdict.closed),
        )
    ]


REFUSED, SILENT_HOST = failed(Fault.REFUSED, "HTTP 500"), failed(Fault.NO_ANSWER, "timed out")
BLOCKED, THROTTLED = failed(Fault.BLOCKED), failed(Fault.THROTTLED)
VANISHED = replace(SAME, listed=0)
OVERTURNED = replace(brings(20), known=0)
BARE = brings(2, dated=False)
REREAD_BARE = replace(SAME, listed=20, known=20, read=20)
REREAD = replace(REREAD_BARE, dated=20, newest=NOW)
OLD = replace(REREAD_BARE, dated=20, newest=NOW - timedelta(days=9))
ARCHIVE = replace(OLD, known=0, new=20)
SLOWLY_TOLD = sorted(set(Fault) - {Fault.BLOCKED, Fault.THROTTLED, Fault.GONE})
FRESH = [FIRST, *[brings()] * 5]


@pytest.mark.parametrize(
    ("polls", "expected"),
    [
        ([FIRST, REFUSED, REFUSED, REFUSED, REFUSED, SAME], ["3 +failing", "5 -failing"]),
        ([FIRST, REFUSED, REFUSED, SAME, REFUSED, REFUSED, SAME], []),
        ([FIRST, REFUSED, SILENT_HOST, failed(Fault.NO_FEED)], ["3 +failing"]),
        ([REFUSED, REFUSED, REFUSED, FIRST], ["2 +failing", "3 -failing"]),
        ([FIRST, BLOCKED, BLOCKED, SAME], ["2 +failing", "3 -failing"]),
        ([FIRST, THROTTLED, BLOCKED], ["2 +failing"]),
        ([FIRST, BLOCKED, SAME, BLOCKED, SAME], []),
        ([FIRST, REFUSED, BLOCKED, SAME], []),
        ([FIRST, failed(Fault.GONE), failed(Fault.GONE)], ["1 +failing"]),
        *(([FIRST, *[failed(fault)] * 3], ["3 +failing"]) for fault in SLOWLY_TOLD),
        ([FIRST, VANISHED, VANISHED, brings()], ["2 +empty", "3 -empty"]),
        ([FIRST, VANISHED, SAME, SAME, brings()], ["2 +empty", "4 -empty"]),
        ([FIRST, VANISHED, brings(), VANISHED, brings()], []),
        ([replace(FIRST, listed=0, new=0, read=0, dated=0), *[VANISHED] * 9, brings()], []),
        ([FIRST, OVERTURNED, SAME], ["1 +turned over", "2 -turned over"]),
        ([FIRST, OVERTURNED, OVERTURNED, brings(19)], ["1 +turned over", "3 -turned over"]),
        ([FIRST, brings(19)], []),
        ([FIRST, replace(OVERTURNED, known=20, new=0)], []),
        ([replace(FIRST, listed=2, new=2), OVERTURNED, SAME, replace(OVERTURNED, listed=2)], []),
        ([FIRST, replace(FIRST, known=0)], []),
        ([FIRST, BARE, BARE, brings()], ["2 +undated", "3 -undated"]),
        ([FIRST, BARE, SAME, SAME, brings(1, dated=False), SAME], ["4 +undated"]),
        ([FIRST, BARE, SAME, brings(), BARE, SAME, brings()], []),
        ([FIRST, REREAD_BARE, SAME, REREAD], ["2 +undated", "3 -undated"]),
        ([replace(FIRST, dated=18), BARE, BARE, BARE], []),
        ([replace(FIRST, dated=0, newest=None), BARE, BARE, BARE], []),
        ([*FRESH, OLD, SAME, REREAD], ["7 +stale", "8 -stale"]),
        ([*FRESH, OLD, OLD, brings()], ["7 +stale", "8 -stale"]),
        ([*FRESH, ARCHIVE, SAME], ["7 +stale"]),
        ([*FRESH, OLD, REREAD, OLD, REREAD], []),
        ([FIRST, OLD, OLD, OLD], []),
        # One entry of an archive among fresh ones, and the newest entry withdrawn.
        ([*FRESH, replace(brings(), newest=NOW - timedelta(days=300)), SAME, SAME], []),
        ([*FRESH, replace(REREAD, newest=NOW - timedelta(hours=20)), SAME, SAME], []),
    ],
)
def test_a_blind_spot_opens_and_closes_with_what_polls_show(polls: list[Poll], expected: list[str]) -> None:
    assert told(judged(polls)) == expected


def test_how_many_failures_in_a_row_are_told_is_for_the_operator_but_never_one() -> None:
    assert told(judged([FIRST, *[REFUSED] * 9], after=5)) == ["5 +failing"]
    assert told(judged([FIRST, *[REFUSED] * 9], after=1)) == ["2 +failing"]


def test_a_feed_that_fails_on_and_off_is_told_three_times_a_day_and_then_only_of_longer_failures() -> None:
    flap = [REFUSED, REFUSED, REFUSED, SAME]
    lines = told(judged([FIRST, *flap * 10]))
    assert [line for line in lines if "+" in line] == ["3 +failing", "7 +failing", "11 +failing"]
    assert "18 +failing" in told(judged([FIRST, *flap * 3, *[REFUSED] * 9]))


@pytest.mark.parametrize(
    ("polls", "words"),
    [
        (
            [FIRST, *[failed(Fault.NO_ANSWER, "name\nnot\x07 known")] * 3],
            ["3 polls", "08:10 UTC", "no answer (name not known)"],
        ),
        ([FIRST, *[failed(Fault.NO_FEED, "x" * 999)] * 3], ["a web page", "x…)", URL]),
        ([FIRST, BLOCKED, BLOCKED], ["bot challenge", "ask the publisher"]),
        ([FIRST, THROTTLED, THROTTLED], ["less often"]),
        ([FIRST, failed(Fault.GONE)], ["ended the feed", "a poll failed"]),
        ([FIRST, *[failed(Fault.UNREADABLE)] * 3], ["does not recognise the format"]),
        ([FIRST, *[failed(Fault.FORBIDDEN, "10.0.0.1")] * 3], ["polling.allow", "10.0.0.1"]),
        ([FIRST, *[VANISHED] * 2], ["no entries since 2026-11-02 08:10 UTC", URL]),
        ([FIRST, OVERTURNED], ["none of its 20 entries", "probably lost", "more often"]),
        ([FIRST, BARE, BARE], ["last 4 entries carry no date", "since 2026-11-02 08:10 UTC"]),
        ([*FRESH, OLD, SAME], ["newest entry is of 2026-10-24 09:00 UTC", "an old copy"]),
    ],
)
def test_a_person_reads_in_one_line_what_is_seen_since_when_and_what_to_do(polls: list[Poll], words: list[str]) -> None:
    (opened,) = judged(polls)[-1].opened
    assert [word for word in words if word not in opened.detail] == []
    assert opened.detail.isprintable()
    assert len(opened.detail) < 500


def test_a_feed_that_is_empty_on_good_days_is_told_twice_and_then_known() -> None:
    episode = [*[VANISHED] * 6, *[brings()] * 6]
    lines = told(judged([FIRST, *episode * 6]))
    assert [line for line in lines if "+" in line] == ["2 +empty", "14 +empty"]
    # Three times as long as ever is news again.
    assert "+empty" in told(judged([FIRST, *episode * 3, *[VANISHED] * 30]))[-1]


def test_a_front_page_that_is_replaced_each_morning_is_told_twice_and_then_known() -> None:
    day = [*[SAME] * 143, OVERTURNED]
    lines = told(judged([FIRST, *day * 9]))
    assert [line for line in lines if "+" in line] == ["144 +turned over", "288 +turned over"]


def test_a_feed_whose_window_turns_over_within_an_interval_is_told_each_time() -> None:
    lines = told(judged([FIRST, *[brings(8), OVERTURNED, brings(9)] * 20]))
    assert len([line for line in lines if line.endswith("+turned over")]) == 20


def test_a_date_that_is_read_again_days_later_is_no_newer_one_by_a_fraction_of_a_second() -> None:
    # Times are kept to the second. Were it newer, nine days would be a usual age.
    health, late = judged(FRESH)[-1].health, NOW + timedelta(days=9)
    again = replace(REREAD, at=late, newest=NOW + 5 * TEN + timedelta(microseconds=900))
    copied = replace(OLD, at=late, newest=late - timedelta(days=12))
    verdicts = []
    for poll in (again, copied, copied):
        verdicts.append(judge(health, poll, after=3))
        health = verdicts[-1].health
    assert told(verdicts) == ["2 +stale"]


def test_an_archive_in_place_of_the_feed_is_stale_and_not_turned_over() -> None:
    assert told(judged([*FRESH, replace(ARCHIVE, newest=NOW - timedelta(days=400)), SAME])) == ["7 +stale"]


# --- our own side


CUT_OFF = Reach(out=NOW)


def test_what_is_our_own_side_s_fault_is_not_told_of_a_feed() -> None:
    health = judge("", FIRST, after=3).health
    for step in range(9):
        verdict = judge(health, replace(SILENT_HOST, at=NOW + step * TEN), after=3, reach=CUT_OFF)
        health = verdict.health
        assert verdict.opened == ()
    back = Reach(back=NOW + 9 * TEN)
    later = [judge(health, replace(SILENT_HOST, at=NOW + 10 * TEN), after=3, reach=back)]
    for step in (11, 12):
        later.append(judge(later[-1].health, replace(SILENT_HOST, at=NOW + step * TEN), after=3, reach=back))
    assert told(later) == ["2 +failing"]


def test_failures_from_before_our_own_side_came_back_are_forgotten() -> None:
    health = judged([FIRST, SILENT_HOST, SILENT_HOST])[-1].health
    late = replace(SILENT_HOST, at=NOW + 5 * TEN)
    assert judge(health, late, after=3, reach=Reach(back=NOW + 4 * TEN)).opened == ()
    assert judge(health, late, after=3).opened != ()


@pytest.mark.parametrize("fault", [Fault.BLOCKED, Fault.UNREADABLE, Fault.EMPTY])
def test_a_server_that_spoke_is_at_fault_itself_while_we_are_cut_off(fault: Fault) -> None:
    health, lines = "", list[Opened]()
    for step in range(3):
        verdict = judge(health, replace(failed(fault), at=NOW + step * TEN), after=3, reach=CUT_OFF)
        health, lines = verdict.health, [*lines, *verdict.opened]
    assert [one.spot for one in lines] == [BlindSpot.FAILING]


def test_a_feed_that_was_told_as_failing_stays_so_while_we_are_cut_off() -> None:
    health = judged([FIRST, *[SILENT_HOST] * 3])[-1].health
    verdict = judge(health, replace(SILENT_HOST, at=NOW + 5 * TEN), after=3, reach=CUT_OFF)
    assert (verdict.opened, verdict.closed) == ((), ())
    assert spots(verdict.health) == {BlindSpot.FAILING}


def test_an_outage_of_ours_is_one_blind_spot_for_thirty_feeds() -> None:
    known, health, sides, feeds = Reach(), dict.fromkeys(range(30), ""), 0, 0
    for step in range(24):
        for feed in range(30):
            at = NOW + step * TEN + timedelta(seconds=feed)
            cut_off = 6 <= step < 12
            poll = replace(failed(Fault.NO_ANSWER) if cut_off else FIRST if step == 0 else SAME, at=at)
            side = asked(known, Contact(at=at, host=f"host-{feed}", fault=poll.fault))
            known, sides = side.reach, sides + side.opened
            verdict = judge(health[feed], poll, after=3, reach=known)
            health[feed], feeds = verdict.health, feeds + len(verdict.opened)
    assert (sides, feeds, known.out) == (1, 0, None)


# --- laws


times = st.integers(0, 60 * 24 * 30).map(lambda minutes: NOW + timedelta(minutes=minutes))
polls = st.builds(
    Poll,
    at=times,
    interval=st.integers(1, 600).map(lambda minutes: timedelta(minutes=minutes)),
    url=st.sampled_from(["", URL]),
    fault=st.none() | st.sampled_from(Fault),
    message=st.text(max_size=20),
    listed=st.none() | st.integers(0, 40),
    known=st.integers(0, 40),
    new=st.integers(0, 40),
    read=st.integers(0, 40),
    dated=st.integers(0, 40),
    newest=st.none() | times,
    first=st.booleans(),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(list(BlindSpot)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


def names(health: str) -> list[str]:
    kept = json.loads(health)
    return [*kept, *kept["documents"], *kept["rhythm"]]


FULL = judged([*[FIRST, *[brings()] * 300], *[REFUSED] * 3, SAME, VANISHED, SAME, BARE, *[SAME] * 9, OLD, REFUSED])[
    -1
].health


@given(st.lists(polls, max_size=12))
def test_blind_spots_open_and_close_in_turn(found: list[Poll]) -> None:
    health, now_open = "", set[BlindSpot]()
    for poll in found:
        verdict = judge(health, poll, after=3)
        health = verdict.health
        opened = [one.spot for one in verdict.opened]
        assert len(set(opened)) == len(opened)
        assert not now_open & set(opened)
        assert set(verdict.closed) <= now_open
        now_open = (now_open | set(opened)) - set(verdict.closed)
        assert spots(health) == now_open
        assert len(health.encode()) < STATE_LIMIT
        assert all(one.detail.isprintable() and one.detail for one in verdict.opened)


@given(st.text(max_size=30) | values.map(json.dumps), st.lists(polls, min_size=1, max_size=4))
@example("[" * 100_000, [SAME])
@example("9" * 5_000, [SAME])
def test_what_another_program_wrote_as_health_is_as_if_it_was_never_kept(health: str, found: list[Poll]) -> None:
    if isinstance(kept := _json(health), dict):
        health = json.dumps({name: value for name, value in kept.items() if name not in names(FULL)})
    assert judged(found, health) == judged(found)


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


@settings(max_examples=300)
@given(st.sampled_from(names(FULL)), values, st.lists(polls, min_size=1, max_size=6))
@example("weeks", 5e-324, [SAME, brings()])
@example("arrivals", 5e-324, [SAME] * 5)
@example("counts", "1e6 " * 56, [brings(), SAME])
@example("counts", "nan " * 56, [brings(), SAME])
@example("tops", [1e300, "x"], [brings(), SAME])
@example("closings", [1], [SAME])
def test_a_health_that_was_damaged_anywhere_is_judged_all_the_same(name: str, value: object, found: list[Poll]) -> None:
    kept = json.loads(FULL)
    for part in (kept, kept["documents"], kept["rhythm"]):
        if name in part:
            part[name] = value
    for verdict in judged(found, json.dumps(kept)):
        assert len(json.loads(verdict.health)) >= 2
        assert all(one.spot in BlindSpot for one in verdict.opened)


@given(st.lists(polls, min_size=1, max_size=6), st.integers(0, 5))
def test_a_restart_between_two_polls_changes_nothing(found: list[Poll], place: int) -> None:
    before, after = found[:place], found[place:]
    health = judged(before, FULL)[-1].health if before else FULL
    written_anew = json.dumps(json.loads(health), indent=1, sort_keys=True)
    assert judged(after, written_anew) == judged(after, health)
