"""Whether a match is told: tables of cases, and the law that no decision hides one."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.alert import AlertPolicy, Decision, Outcome, Reason, Told, decide, repeats
from monitor.core.clause import Assertion
from monitor.core.match import Match
from monitor.core.query import parse
from monitor.core.rule import Exclusion, Handling, Telling
from monitor.core.veto import Course, Stance, veto
from tests.core.reading import NOON, Reading, reading

FOLD_WITHIN = timedelta(hours=6)
POLICY = AlertPolicy(fold_within=FOLD_WITHIN)
SPORTS = Exclusion(name="sports", reason="a match is no manoeuvre", when=parse("football"), until=date(2030, 1, 1))

RESUME = "Turkey and Russia resume joint patrols near Kobani"
WILL = "Turkey and Russia will resume joint patrols near Kobani"
WILL_NOT = "Turkey and Russia will not resume joint patrols near Kobani"
SUSPEND = "Turkey and Russia suspend joint patrols near Kobani"
TURKISH = "Türkiye ve Rusya Kobani'de ortak devriyeye yeniden başladı"
MANBIJ = "Russian and Turkish troops together patrol the town of Manbij"
KOBANI = "Russian and Turkish troops together patrol the town of Kobani"


def told(
    one: Reading, *, entry_id: int = 1, story_id: int = 1, alert_id: int = 7, before: timedelta = timedelta(hours=1)
) -> Told:
    return Told(
        entry_id=entry_id,
        story_id=story_id,
        alert_id=alert_id,
        at=NOON - before,
        opened_at=NOON - before,
        subject=one.match.subject,
        stance=one.stance,
        assertion=one.match.assertion,
    )


def decided(one: Reading, *earlier: Told, entry_id: int = 50, story_id: int = 50) -> Decision:
    """The decision on a report of a rule that alerts on everything, however it is said."""
    return decide(
        match=replace(one.match, handling=Handling.ALERT),
        entry_id=entry_id,
        story_id=story_id,
        stance=one.stance,
        told=earlier,
        policy=POLICY,
        now=NOON,
    )


def test_the_first_match_is_told() -> None:
    assert decided(reading(RESUME)) == Decision(outcome=Outcome.ALERTED, reason=Reason.FIRST)


def test_an_exclusion_drops_a_match_and_says_why() -> None:
    match = Match(rule_id="joint-patrol", evidence=(), subject=frozenset(), excluded_by=SPORTS)
    found = decide(match=match, entry_id=1, story_id=1, stance=Stance(), told=(), policy=POLICY, now=NOON)
    assert (found.outcome, found.reason) == (Outcome.DROPPED, Reason.EXCLUDED)
    assert found.detail == "sports: a match is no manoeuvre"


def test_a_copy_of_what_was_told_is_folded_however_late_it_comes() -> None:
    found = decided(reading(RESUME), told(reading(RESUME), story_id=50, before=timedelta(hours=70)))
    assert (found.outcome, found.reason, found.alert_id) == (Outcome.FOLDED, Reason.SAME_STORY, 7)
    assert found.detail == "alert 7"


def test_a_report_in_another_language_on_the_same_subject_is_folded() -> None:
    found = decided(reading(TURKISH, language="tr"), told(reading(RESUME)))
    assert (found.outcome, found.reason, found.alert_id) == (Outcome.FOLDED, Reason.SAME_DEVELOPMENT, 7)


def test_another_place_is_another_development() -> None:
    found = decided(reading(MANBIJ), told(reading(KOBANI)))
    assert (found.outcome, found.reason) == (Outcome.ALERTED, Reason.KEPT_APART)
    assert found.detail == "alert 7: they name different places"


def test_a_report_worded_alike_from_another_place_is_another_development() -> None:
    found = decided(reading(MANBIJ), told(reading(KOBANI), story_id=50))
    assert (found.outcome, found.reason) == (Outcome.ALERTED, Reason.KEPT_APART)


def test_the_same_subject_after_fold_within_is_a_new_development() -> None:
    at_the_edge, beyond = FOLD_WITHIN, FOLD_WITHIN + timedelta(seconds=1)
    assert decided(reading(TURKISH, language="tr"), told(reading(RESUME), before=at_the_edge)).alert_id == 7
    assert decided(reading(TURKISH, language="tr"), told(reading(RESUME), before=beyond)).reason is Reason.FIRST


@pytest.mark.parametrize(("new", "earlier"), [(WILL, WILL_NOT), (WILL_NOT, WILL), (RESUME, SUSPEND), (SUSPEND, RESUME)])
@pytest.mark.parametrize("story_id", [50, 1])
def test_a_report_that_says_the_opposite_is_told(new: str, earlier: str, story_id: int) -> None:
    found = decided(reading(new), told(reading(earlier), story_id=story_id))
    assert (found.outcome, found.reason) == (Outcome.ALERTED, Reason.KEPT_APART)
    assert found.detail.startswith("alert 7: ")


def test_a_stop_is_another_development_than_a_patrol_though_no_start_is_told() -> None:
    patrol = told(reading("Turkish and Russian troops patrol together near Kobani"))
    found = decided(reading(SUSPEND), patrol)
    assert (found.outcome, found.reason) == (Outcome.ALERTED, Reason.KEPT_APART)
    assert decided(reading(SUSPEND), replace(patrol, story_id=50)).reason is Reason.SAME_STORY


def test_a_toll_that_rises_is_news_of_the_same_development() -> None:
    seven = reading("Mine kills 7 on Turkish and Russian joint patrol")
    nine = reading("Mine kills 9 on Turkish and Russian joint patrol")
    assert decided(nine, told(seven)).reason is Reason.SAME_DEVELOPMENT


def test_a_revision_that_says_the_same_is_folded() -> None:
    found = decided(reading(f"{RESUME}, ministry says"), told(reading(RESUME), entry_id=50, story_id=50), entry_id=50)
    assert (found.outcome, found.reason, found.alert_id) == (Outcome.FOLDED, Reason.REVISED, 7)


def test_a_revision_that_flips_is_told_as_a_reversal() -> None:
    found = decided(reading(WILL_NOT), told(reading(WILL), entry_id=50, story_id=50), entry_id=50)
    assert (found.outcome, found.reason) == (Outcome.ALERTED, Reason.REVERSED)
    assert found.detail == "alert 7: one negates or denies what the other reports"


def test_a_revision_that_flips_is_told_as_a_reversal_though_copies_came_after_it() -> None:
    itself = told(reading(WILL), entry_id=50, story_id=50, before=timedelta(hours=2))
    copy = told(reading(WILL), entry_id=51, story_id=50)
    assert decided(reading(WILL_NOT), copy, itself, entry_id=50).reason is Reason.REVERSED


def test_a_veto_against_one_report_does_not_keep_it_from_another_that_says_the_same() -> None:
    found = decided(reading(KOBANI), told(reading(MANBIJ), alert_id=8), told(reading(KOBANI), alert_id=7))
    assert (found.outcome, found.alert_id) == (Outcome.FOLDED, 7)


RESUMED_BEFORE = told(reading(RESUME), entry_id=1, alert_id=7, before=timedelta(hours=3))
SUSPENDED_SINCE = told(reading(SUSPEND), entry_id=2, alert_id=8, before=timedelta(hours=2))


def test_the_same_again_after_the_opposite_is_news() -> None:
    found = decided(reading(RESUME), RESUMED_BEFORE, SUSPENDED_SINCE)
    assert (found.outcome, found.reason) == (Outcome.ALERTED, Reason.KEPT_APART)
    assert found.detail == "alert 8: one reports a start, the other an end"


def test_a_late_reprint_of_what_came_before_the_opposite_is_not() -> None:
    found = decided(reading(RESUME), replace(RESUMED_BEFORE, story_id=50), SUSPENDED_SINCE)
    assert (found.outcome, found.alert_id) == (Outcome.FOLDED, 7)
    long_ago = replace(RESUMED_BEFORE, story_id=50, opened_at=NOON - POLICY.fold_within - timedelta(minutes=1))
    assert decided(reading(RESUME), long_ago, SUSPENDED_SINCE).outcome is Outcome.ALERTED


def test_a_revision_that_flips_and_flips_back_is_told_each_time() -> None:
    itself = [replace(one, entry_id=50, story_id=50) for one in (RESUMED_BEFORE, SUSPENDED_SINCE)]
    found = decided(reading(RESUME), *itself, entry_id=50, story_id=50)
    assert (found.outcome, found.reason) == (Outcome.ALERTED, Reason.REVERSED)


def test_of_several_alerts_the_newest_is_folded_into() -> None:
    older, newer = timedelta(hours=3), timedelta(hours=2)
    found = decided(
        reading(RESUME),
        told(reading(RESUME), entry_id=1, alert_id=7, before=newer),
        told(reading(RESUME), entry_id=2, alert_id=8, before=older),
    )
    assert found.alert_id == 7
    same_moment = [told(reading(RESUME), entry_id=number, alert_id=number) for number in (7, 9, 8)]
    assert decided(reading(RESUME), *same_moment).alert_id == 9


def test_half_a_subject_in_common_is_the_same_development_and_less_is_not() -> None:
    def earlier(*subject: str) -> Told:
        return replace(RESUMED_BEFORE, subject=frozenset(subject), stance=Stance())

    one = reading("Turkish and Russian soldiers patrol together")
    assert one.match.subject == {"turkey", "russia", "topic.joint", "topic.patrol"}
    assert decided(one, earlier("turkey", "russia", "phase.begin")).reason is Reason.SAME_DEVELOPMENT
    assert decided(one, earlier("turkey", "russia", "kobani")).reason is Reason.FIRST
    assert decided(one, earlier("phase.begin")).reason is Reason.FIRST


def test_matches_of_plain_words_share_no_subject() -> None:
    nothing: frozenset[str] = frozenset({"phase.begin"})
    match = Match(rule_id="joint-patrol", evidence=(), subject=nothing)
    one = replace(RESUMED_BEFORE, subject=nothing, stance=Stance())
    found = decide(match=match, entry_id=2, story_id=2, stance=Stance(), told=[one], policy=POLICY, now=NOON)
    assert found.reason is Reason.FIRST


def test_a_denial_is_not_folded_into_what_it_denies_whatever_its_words() -> None:
    one = reading(RESUME)
    denial = replace(one, matches=(replace(one.match, assertion=Assertion.DENIED, cue="no truth in"),))
    found = decided(denial, told(one, story_id=50))
    assert (found.outcome, found.reason) == (Outcome.ALERTED, Reason.KEPT_APART)
    assert found.detail == "alert 7: one negates or denies what the other reports"
    again = decided(denial, replace(told(one, story_id=50), assertion=Assertion.NEGATED))
    assert again.reason is Reason.SAME_STORY


def test_a_rule_with_a_cooldown_of_its_own_folds_for_that_long() -> None:
    assert POLICY.by(Telling()) == POLICY
    short = POLICY.by(Telling(cooldown=timedelta(minutes=30)))
    one, earlier = reading(TURKISH, language="tr"), told(reading(RESUME))
    found = decide(
        match=one.match, entry_id=50, story_id=50, stance=one.stance, told=[earlier], policy=short, now=NOON
    )  # fmt: skip
    assert found.reason is Reason.FIRST


def test_what_was_only_possible_at_the_first_poll_is_no_old_news_when_it_happens() -> None:
    stance = reading(RESUME).stance
    assert repeats(Assertion.POSSIBLE, stance, [(Assertion.POSSIBLE, stance)])
    assert not repeats(Assertion.DONE, stance, [(Assertion.POSSIBLE, stance)])


# Few names and times, so that subjects, stories and moments often meet.
subjects = st.frozensets(st.sampled_from(("turkey", "russia", "topic.patrol", "phase.resume")), max_size=4)
stances = st.builds(
    Stance,
    st.frozensets(st.sampled_from(("+resume", "-resume", "+suspend", "-suspend", "+begin")), max_size=3),
    st.frozensets(st.sampled_from(("12", "13")), max_size=1),
    st.frozensets(st.sampled_from(("kobani", "manbij")), max_size=1),
    st.sampled_from(Course),
)
small = st.integers(1, 4)
earlier_matches = st.lists(
    st.builds(
        Told,
        entry_id=small,
        story_id=small,
        alert_id=small,
        at=st.integers(0, 80).map(lambda hours: NOON - timedelta(hours=hours)),
        opened_at=st.integers(0, 80).map(lambda hours: NOON - timedelta(hours=hours)),
        subject=subjects,
        stance=stances,
    ),
    max_size=6,
    # The store gives two revisions of one poll in their order; all else that is told differs in one of these.
    unique_by=lambda one: (one.at, one.alert_id, one.entry_id),
)
matches = st.builds(
    Match,
    rule_id=st.just("joint-patrol"),
    evidence=st.just(()),
    subject=subjects,
    excluded_by=st.none() | st.just(SPORTS),
)


@given(match=matches, stance=stances, entry_id=small, story_id=small)
def test_with_nothing_told_a_match_is_told_unless_an_exclusion_drops_it(
    match: Match, stance: Stance, entry_id: int, story_id: int
) -> None:
    found = decide(match=match, entry_id=entry_id, story_id=story_id, stance=stance, told=(), policy=POLICY, now=NOON)
    assert found.outcome is (Outcome.DROPPED if match.excluded_by else Outcome.ALERTED)


@given(match=matches, stance=stances, entry_id=small, story_id=small, earlier=earlier_matches)
@settings(deadline=None)
def test_no_match_is_hidden(match: Match, stance: Stance, entry_id: int, story_id: int, earlier: list[Told]) -> None:
    found = decide(
        match=match, entry_id=entry_id, story_id=story_id, stance=stance, told=earlier, policy=POLICY, now=NOON
    )
    assert (found.outcome is Outcome.DROPPED) == (match.excluded_by is not None)
    assert (found.alert_id is None) == (found.outcome is not Outcome.FOLDED)
    if found.outcome is Outcome.FOLDED:
        alert = [one for one in earlier if one.alert_id == found.alert_id]
        reports = [one for one in alert if one.entry_id == entry_id or one.story_id == story_id]
        recent = [
            one for one in alert if NOON - one.opened_at <= FOLD_WITHIN and not match.subject.isdisjoint(one.subject)
        ]
        assert any(veto(stance, one.stance, numbers=False) is None for one in reports) or any(
            veto(stance, one.stance, numbers=False, stops=True) is None for one in recent
        )


@given(match=matches, stance=stances, entry_id=small, story_id=small, earlier=earlier_matches, shuffled=st.data())
@settings(deadline=None)
def test_the_order_of_what_was_told_decides_nothing(
    match: Match, stance: Stance, entry_id: int, story_id: int, earlier: list[Told], shuffled: st.DataObject
) -> None:
    first, second = (
        decide(match=match, entry_id=entry_id, story_id=story_id, stance=stance, told=order, policy=POLICY, now=NOON)
        for order in (earlier, shuffled.draw(st.permutations(earlier)))
    )
    assert first == second
