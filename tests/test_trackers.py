"""Status rules at work: what is evidence, what waits, what rings, and what becomes of each report."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.core.entry import ParsedEntry
from tests.support.stage import due, polled
from tests.support.tracked import (
    DAY,
    DENIED,
    HOUR,
    SCRAPPED,
    SCRAPPED_TOO,
    SIGNED,
    SIGNED_TOO,
    Desk,
    tracked,
    tracked_desk,
)

CHANGED = ("critical", "integration: none → agreed")
AGAIN = ("high", "MILESTONE integration: agreed again")
CONTESTED = ("high", "CONTESTED integration: none → agreed")
WAITS = ("held", "it waits for more origins")
HOLDS = ("held", "it waits for a denial")
DECIDED = ("alerted", "with it the state changed")
LISTED, DROPPED = "what is said so goes to the digest", "the rule drops what is said so"
FIRST = ("folded", "with it the state changed")


@pytest.fixture(name="desk")
def _desk(tmp_path: Path) -> Iterator[Desk]:
    with tracked(tracked_desk(tmp_path / "desk"), tmp_path / "s.db") as one:
        yield one


@pytest.fixture(name="holding")
def _holding(tmp_path: Path) -> Iterator[Desk]:
    with tracked(tracked_desk(tmp_path / "desk", hold="hold: 2h"), tmp_path / "s.db") as one:
        yield one


# -- the quorum


def test_one_origin_waits_and_is_a_line_of_the_digest_at_once(desk: Desk) -> None:
    assert desk.hear("one", SIGNED).alerts == 0
    assert desk.ledger == [(*WAITS, "integration → agreed: 1 of 2 origins; 72 h left")]
    (line,) = desk.pipeline.store.digests.waiting()
    assert (line.title, line.said) == (SIGNED, "integration → agreed: 1 of 2 origins; 72 h left")


def test_a_second_origin_decides_and_the_alert_says_how(desk: Desk) -> None:
    desk.hear("one", SIGNED)
    assert desk.hear("two", SIGNED_TOO, wait=5).alerts == 1
    assert desk.alerts == [CHANGED]
    assert desk.outcomes == [FIRST, DECIDED]
    (detail,) = desk.rows("SELECT detail FROM alerts")
    assert detail[0] == (
        "integration: from none to agreed, on the word of One, Two (2 origins), first reported 2025-12-10 09:00 UTC; "
        "it was none before"
    )
    assert [one.outlet for one in desk.pipeline.store.alerts.reports(1)] == ["One", "Two"]
    assert desk.pipeline.store.digests.waiting() == []


def test_reprints_and_other_feeds_of_one_agency_are_no_second_origin(desk: Desk) -> None:
    desk.hear("one", SIGNED)
    desk.hear("two", SIGNED)
    desk.hear("one", SIGNED_TOO)
    desk.hear("three", "SDF signed a deal with Damascus, AFP reports")
    assert desk.alerts == [CHANGED]
    quiet = [
        ("two", "AFP: Damascus and the SDF signed this deal"),
        ("one", "The SDF signed it, AFP says: a deal with Damascus"),
    ]
    for feed, title in quiet:
        desk.hear(feed, title)
    assert desk.alerts == [CHANGED]


def test_what_waited_in_vain_is_dropped_after_the_window(desk: Desk) -> None:
    desk.hear("one", SIGNED)
    desk.wait(71)
    desk.now -= 71 * HOUR
    assert not desk.pipeline.parts.over_time.due(desk.now + 72 * HOUR)
    assert desk.wait(72) == 0
    assert desk.outcomes == [WAITS]
    desk.now += timedelta(seconds=1)
    assert desk.pipeline.parts.over_time.due(desk.now)
    desk.wait(0)
    assert desk.ledger == [("dropped", "no other origin told of it in time", "no quorum within 72 h")]
    assert desk.hear("two", SIGNED_TOO).alerts == 0


def test_one_official_voice_decides_and_that_of_another_party_is_one_origin(desk: Desk) -> None:
    desk.hear("ankara", SIGNED)
    assert (desk.alerts, desk.outcomes) == ([], [WAITS])
    desk.hear("sdf-press", SIGNED_TOO)
    assert desk.alerts == [CHANGED]
    assert desk.rows("SELECT word FROM tracker_changes") == [("SDF Press (official)",)]


def test_the_voice_of_a_member_of_the_authority_need_not_name_it(desk: Desk) -> None:
    desk.hear("one", "SDF delisted, foreign ministry says")
    assert desk.ledger == [("dropped", "it names nobody whose state this is", "listing → delisted")]
    desk.hear("ankara", "SDF delisted as of today")
    assert desk.alerts == [("critical", "listing: terrorist → delisted")]


def test_restatements_join_the_alert_and_a_new_development_is_a_milestone(desk: Desk) -> None:
    desk.hear("one", SIGNED)
    desk.hear("two", SIGNED_TOO, wait=5)
    desk.hear("three", "Deal with Damascus signed, says SDF spokesman in Hasakah", wait=1)
    assert desk.outcomes[-1] == ("folded", "it restates what was told")
    desk.hear("one", "New agreement on oil fields signed by SDF", wait=100)
    assert desk.outcomes[-1] == WAITS
    desk.hear("two", "Third agreement in a year: Damascus and SDF signed again", wait=1)
    assert desk.alerts == [CHANGED, AGAIN]
    assert desk.changes == [("none", "agreed", "transition"), ("agreed", "agreed", "milestone")]


def test_a_rule_may_leave_milestones_out(tmp_path: Path) -> None:
    with tracked(tracked_desk(tmp_path / "desk", hold="milestone: never"), tmp_path / "s.db") as desk:
        desk.hear("sdf-press", SIGNED)
        desk.hear("sdf-press", SIGNED_TOO, wait=100)
        assert desk.alerts == [CHANGED]
        assert desk.outcomes[-1] == ("dropped", "it restates what was told")
        assert desk.pipeline.parts.over_time.due(desk.now) is True
        desk.wait(0)
        assert desk.pipeline.parts.over_time.due(desk.now) is False


def test_another_state_is_a_transition_that_says_after_how_long(desk: Desk) -> None:
    desk.hear("sdf-press", SIGNED)
    desk.hear("one", SCRAPPED, wait=24 * 20)
    desk.hear("two", SCRAPPED_TOO, wait=1)
    assert desk.alerts[1:] == [("critical", "integration: agreed → ended")]
    ((detail,),) = desk.rows("SELECT detail FROM alerts WHERE id = 2")
    assert detail.endswith("it was agreed before, for 20 days (since 2025-12-10)")


def test_one_report_may_change_two_facets_and_rings_for_each(desk: Desk) -> None:
    both = "SDF and Damascus signed a deal and the SDF dissolved itself"
    assert desk.hear("sdf-press", both).alerts == 2
    assert desk.alerts == [CHANGED, ("critical", "itself: active → dissolved")]
    for number in (1, 2):
        assert [one.title for one in desk.pipeline.store.alerts.reports(number)] == [both]
        assert desk.pipeline.store.alerts.first_match(number)["entry_id"] == 1
    assert len(desk.rows("SELECT id FROM notices WHERE kind = 'opened'")) == 2


# -- denials


def test_a_second_alert_on_the_same_reports_counts_them(desk: Desk) -> None:
    desk.hear("one", "SDF and Damascus signed a deal on the army, and the SDF dissolves")
    desk.hear("two", "The end: SDF dissolved, as the agreement that was signed with Damascus says")
    assert len(desk.alerts) == 2
    assert [one["reports"] for one in desk.pipeline.store.alerts.all(10)] == [2, 2]


def test_a_report_that_completes_the_quorum_afterwards_joins_the_alert(desk: Desk) -> None:
    start = desk.now
    desk.hear("one", SIGNED)
    desk.hear("two", SIGNED_TOO, wait=50)
    desk.hear("three", "Deal with Damascus signed, says SDF spokesman in Hasakah", at=start + 10 * HOUR, wait=1)
    assert desk.alerts == [CHANGED]
    assert desk.outcomes == [FIRST, DECIDED, FIRST]


def test_a_denial_within_the_hold_contests_the_change_instead(holding: Desk) -> None:
    holding.hear("one", SIGNED)
    holding.hear("two", SIGNED_TOO, wait=1)
    assert (holding.alerts, set(holding.outcomes)) == ([], {HOLDS})
    holding.hear("three", DENIED, wait=1)
    assert holding.wait(1) == 1
    assert holding.alerts == [CONTESTED]
    assert holding.outcomes[-1] == ("folded", "it denies what was told")
    assert "; denied by Three" in holding.rows("SELECT detail FROM alerts")[0][0]
    assert len(holding.pipeline.store.alerts.reports(1)) == 3
    assert (holding.wait(100), len(holding.alerts)) == (0, 1)


@pytest.mark.parametrize(("seconds", "rung"), [(-1, 0), (0, 1)])
def test_a_change_is_told_when_the_hold_is_over_to_the_second(holding: Desk, seconds: int, rung: int) -> None:
    holding.hear("sdf-press", SIGNED)
    assert holding.wait(2 + seconds / 3_600) == rung
    assert holding.outcomes == [DECIDED if rung else HOLDS]


def test_a_denial_after_that_is_an_alert_of_its_own_once(holding: Desk) -> None:
    holding.hear("sdf-press", SIGNED)
    holding.wait(2)
    assert holding.hear("three", DENIED).alerts == 1
    assert holding.alerts == [CHANGED, CONTESTED]
    assert holding.outcomes[-1] == ("alerted", "it denies what was told")
    assert holding.hear("two", "Damascus again denied that it signed such a deal with the SDF").alerts == 0
    assert len(holding.alerts) == 2


def test_a_denial_by_nobody_who_has_a_say_contests_nothing(desk: Desk) -> None:
    desk.hear("ankara", "SDF delisted as of today")
    assert desk.hear("one", "SDF denies that it was delisted").alerts == 0
    assert desk.hear("two", "Turkey denies that the SDF was delisted").alerts == 1


def test_a_report_that_denies_one_state_and_tells_another_is_told_once(desk: Desk) -> None:
    told = "SDF and Damascus signed a deal"
    desk.hear("one", told, "The SDF denied that it scrapped the deal with Damascus.")
    desk.hear("two", "Damascus, SDF: the agreement is signed", "The SDF denies it has scrapped a deal with Damascus.")
    desk.hear("three", "So it is: SDF signed its agreement in Damascus", "Damascus denies that SDF scraps the deal.")
    desk.hear(
        "blog", "Signed at last, writes a blogger: the SDF deal", "Damascus denied it scrapped this deal with SDF."
    )
    assert (desk.alerts, desk.changes) == ([CHANGED], [("none", "agreed", "transition")])


# -- what is no evidence


@pytest.mark.parametrize(
    ("title", "outcome", "reason", "detail"),
    [
        ("Damascus: SDF must sign the deal", "digest", LISTED, "demanded: must"),
        (DENIED, "digest", LISTED, "denied: denies"),
        ("SDF may have signed a deal with Damascus", "digest", LISTED, "possible: may"),
        ("SDF will have signed a deal with Damascus", "digest", LISTED, "planned: will"),
        ("SDF has not signed the deal with Damascus", "dropped", DROPPED, "negated: not"),
        ("SDF and Damascus signed a deal in 2019", "dropped", DROPPED, "retro: 2019"),
        ("Sweden delisted the SDF", "dropped", "it names nobody whose state this is", "listing → delisted"),
        ("The deal that SDF and Damascus signed in March", "dropped", "it tells of it as of what came before",
         "integration → agreed"),
    ],
)  # fmt: skip
def test_what_is_no_evidence_is_told_apart(desk: Desk, title: str, outcome: str, reason: str, detail: str) -> None:
    desk.hear("one", title)
    assert desk.ledger == [(outcome, reason, detail)]
    assert desk.rows("SELECT * FROM tracker_evidence WHERE denies = 0") == []
    assert desk.hear("two", SIGNED_TOO).alerts == 0


@pytest.mark.parametrize(
    ("feed", "title", "dated"),
    [
        ("one", "SDF carries on with the agreement signed with Damascus on March 10", True),
        ("one", "SDF keeps the agreement that it and Damascus signed on 10 March", True),
        ("one", "The agreement signed in March by SDF and Damascus", True),
        ("one", "SDF and Damascus signed an agreement on March of Kurds", False),
        ("one", "SDF and Damascus signed a deal in December", False),
        ("one", "SDF and Damascus signed a deal on 28 November", False),
        ("one", "SDF fighters march as Damascus signed a deal with SDF", False),
        ("tr", "SDG ve Şam mart ayında anlaşmayı imzaladı", True),
        ("tr", "SDG ve Şam aralık ayında anlaşmayı imzaladı", False),
        ("ru", "СДС и Дамаск подписали соглашение в марте", True),
        ("ru", "СДС и Дамаск подписали соглашение 9 декабря", False),
        ("ar", "قسد ودمشق وقعتا اتفاق في مارس", True),
        ("ar", "قسد ودمشق وقعتا اتفاق في ديسمبر", False),
    ],
)
def test_what_another_month_brought_is_no_news(desk: Desk, feed: str, title: str, dated: bool) -> None:
    desk.hear(feed, title)
    wanted = ("dropped", "it tells of it as of what came before") if dated else WAITS
    assert desk.outcomes == [wanted]


def test_a_sentence_that_stands_in_reports_of_three_days_is_boilerplate(desk: Desk) -> None:
    background = "The SDF and Damascus signed a deal on the army."
    for number, feed in enumerate(("one", "two", "three")):
        desk.hear(feed, f"Clashes near the dam, day {number}", background, wait=24 if number else 0)
    assert desk.outcomes == [WAITS, WAITS, ("dropped", "a sentence that stood in reports of three days or more")]
    assert desk.alerts == []


def test_feeds_of_a_lower_tier_than_counts_are_no_evidence(tmp_path: Path) -> None:
    quorum = "quorum: {independent: 2, within: 72h, min_tier: 2}"
    with tracked(tracked_desk(tmp_path / "desk", quorum=quorum), tmp_path / "s.db") as desk:
        desk.hear("one", SIGNED)
        desk.hear("three", SIGNED_TOO)
        assert desk.outcomes[-1] == ("dropped", "its feed is of a lower tier than counts here")
        assert desk.hear("two", "Deal done: Damascus and SDF signed on Wednesday").alerts == 1


def test_what_a_feed_showed_at_its_first_poll_is_old_news(tmp_path: Path) -> None:
    folder = tracked_desk(tmp_path / "desk")
    config = (folder / "wirewatch.yaml").read_text(encoding="utf-8")
    (folder / "wirewatch.yaml").write_text(config.replace("baseline: false", "baseline: true"), encoding="utf-8")
    with tracked(folder, tmp_path / "s.db") as desk:
        first = ParsedEntry(id="a", link="https://sdf.example/a", title=SIGNED)
        poll = polled("sdf-press", first)
        desk.pipeline.file(replace(poll, due=due("sdf-press", succeeded=False)), desk.now)
        assert desk.outcomes == [("dropped", "the feed showed it at its first poll")]
        assert desk.changes == []


@pytest.mark.parametrize(
    ("days", "outcome"),
    [(0, WAITS), (11.9, WAITS), (12.1, ("dropped", "it is dated too long ago to count")),
     (365 * 4, ("dropped", "it is dated too long ago to count")), (-30, WAITS)],
)  # fmt: skip
def test_a_report_counts_by_its_date(desk: Desk, days: float, outcome: tuple[str, str]) -> None:
    desk.hear("one", SIGNED, at=desk.now - days * DAY)
    assert desk.outcomes == [outcome]
    if outcome == WAITS:
        ((at,),) = desk.rows("SELECT at FROM tracker_evidence")
        assert at <= desk.now.isoformat(timespec="microseconds")


def test_reports_that_come_late_make_the_quorum_of_their_day(desk: Desk) -> None:
    day = desk.now
    desk.hear("one", SIGNED, at=day - 4 * DAY)
    desk.wait(1)
    assert desk.outcomes == [("dropped", "no other origin told of it in time")]
    assert desk.hear("two", SIGNED_TOO, at=day - 4 * DAY + HOUR).alerts == 1
    assert desk.alerts == [CHANGED]
    assert desk.outcomes == [FIRST, DECIDED]


# -- revisions


def test_an_entry_that_is_revised_to_a_denial_takes_its_evidence_back(desk: Desk) -> None:
    desk.hear("one", SIGNED, name="x")
    desk.hear("one", DENIED, name="x")
    assert desk.outcomes == [
        ("dropped", "the entry was revised since"), ("digest", LISTED),
    ]  # fmt: skip
    assert desk.hear("two", SIGNED_TOO).alerts == 0


def test_an_entry_that_is_revised_to_say_nothing_of_it_takes_its_evidence_back(desk: Desk) -> None:
    desk.hear("one", SIGNED, name="x")
    desk.hear("one", "SDF delegation is in Damascus", name="x")
    assert desk.outcomes == [("dropped", "the entry was revised since")]
    assert desk.hear("two", SIGNED_TOO).alerts == 0
    assert desk.outcomes[-1] == WAITS


def test_a_change_that_is_held_is_withdrawn_with_the_entry_it_rests_on(holding: Desk) -> None:
    holding.hear("sdf-press", SIGNED, name="x")
    assert holding.changes == [("none", "agreed", "transition")]
    holding.hear("sdf-press", "SDF delegation is in Damascus", name="x")
    assert (holding.changes, holding.wait(3), holding.alerts) == ([], 0, [])
    assert not holding.pipeline.parts.over_time.due(holding.now)


def test_a_change_that_was_told_stays_told_and_is_contested_by_the_revision(desk: Desk) -> None:
    desk.hear("sdf-press", SIGNED, name="x")
    desk.hear("sdf-press", "SDF denies that it signed a deal with Damascus", name="x")
    assert desk.alerts == [CHANGED, CONTESTED]
    assert desk.outcomes == [DECIDED, ("alerted", "it denies what was told")]


def test_a_corrected_headline_does_not_begin_the_hold_anew(holding: Desk) -> None:
    holding.hear("sdf-press", SIGNED, name="x")
    for number in range(4):
        holding.hear("sdf-press", f"{SIGNED}: update {number}", name="x", wait=0.5)
        holding.wait(0)
    assert holding.alerts == [CHANGED]
    assert len(holding.changes) == 1


def test_a_revision_is_no_second_origin(desk: Desk) -> None:
    desk.hear("one", SIGNED, name="x")
    desk.hear("one", SIGNED_TOO, name="x")
    assert desk.outcomes == [("dropped", "the entry was revised since"), WAITS]
    assert desk.hear("two", "Deal done: Damascus and SDF signed on Wednesday").alerts == 1


# -- which state a report tells of


def test_a_headline_decides_whatever_stands_below_it(desk: Desk) -> None:
    desk.hear("sdf-press", SIGNED, "SDF had scrapped a deal with Damascus.")
    assert desk.alerts == [CHANGED]


def test_of_several_states_in_one_sentence_the_one_that_is_further_along_counts(desk: Desk) -> None:
    desk.hear("sdf-press", "SDF scraps the deal that Damascus had signed")
    assert desk.alerts == [("critical", "integration: none → ended")]


def test_a_denial_that_a_rule_takes_for_the_event_is_its_evidence(tmp_path: Path) -> None:
    folder = tracked_desk(tmp_path / "desk")
    rules = (folder / "watch/rules.yaml").read_text(encoding="utf-8")
    event = "{event: {actors: $turkey, action: $act.delist, target: $sdf, within: 14 words, allow: [denied]}}"
    (folder / "watch/rules.yaml").write_text(rules.replace("$sdf and $act.delist", event), encoding="utf-8")
    with tracked(folder, tmp_path / "s.db") as desk:
        desk.hear("ankara", "Turkey denies that it delisted the SDF")
        assert desk.alerts == [("critical", "listing: terrorist → delisted")]
