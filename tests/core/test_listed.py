"""What is said so that it rings nothing: lines of the digest, what is dropped for how it is said, and rules kept quiet.

The law: over any stream, alerts are what they would be if nothing had gone to the digest.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.alert import AlertPolicy, Decision, Listed, Outcome, Reason, Told, decide
from monitor.core.clause import Assertion
from monitor.core.match import Match
from monitor.core.query import parse
from monitor.core.rule import USUAL_HANDLING, Exclusion, Handling, Status
from monitor.core.veto import Course, Stance
from tests.core.reading import NOON

POLICY = AlertPolicy(fold_within=timedelta(hours=6))
SPORTS = Exclusion(name="sports", reason="a match is no manoeuvre", when=parse("football"))
RESUME = Stance(frozenset({"+resume"}), course=Course.GOING)
SUSPEND = Stance(frozenset({"+suspend"}), course=Course.ENDING)
SUBJECT = frozenset({"turkey", "russia"})


def said_as(assertion: Assertion, cue: str = "", *, handling: Handling | None = None) -> Match:
    handling = handling or USUAL_HANDLING[assertion]
    return Match(
        rule_id="joint-patrol", evidence=(), subject=SUBJECT, assertion=assertion, cue=cue, handling=handling
    )  # fmt: skip


MAY = said_as(Assertion.POSSIBLE, "may")
LINE = Listed(line=3, entry_id=1, story_id=1, at=NOON, assertion=Assertion.POSSIBLE, stance=RESUME)
TOLD = Told(entry_id=1, story_id=1, alert_id=7, at=NOON, opened_at=NOON, subject=SUBJECT, stance=RESUME)


def decided(
    match: Match,
    *listed: Listed,
    entry_id: int = 50,
    story_id: int = 1,
    stance: Stance = RESUME,
    told: tuple[Told, ...] = (),
    status: Status = Status.LIVE,
    old_news: bool = False,
) -> Decision:
    return decide(
        match=match, entry_id=entry_id, story_id=story_id, stance=stance, told=told, listed=listed, policy=POLICY,
        status=status, old_news=old_news, now=NOON,
    )  # fmt: skip


def test_what_may_happen_makes_a_line_of_the_digest_that_says_by_which_word() -> None:
    assert decided(MAY) == Decision(outcome=Outcome.DIGEST, reason=Reason.LISTED, detail="possible: may")


def test_what_did_not_happen_is_dropped_with_the_word_that_says_so() -> None:
    found = decided(said_as(Assertion.NEGATED, "did not"))
    assert found == Decision(outcome=Outcome.DROPPED, reason=Reason.ASSERTION, detail="negated: did not")


def test_a_report_for_the_digest_joins_no_alert_though_it_copies_one() -> None:
    found = decided(MAY, told=(TOLD,))
    assert (found.outcome, found.alert_id) == (Outcome.DIGEST, None)


@pytest.mark.parametrize("assertion", [Assertion.DENIED, Assertion.NEGATED])
@pytest.mark.parametrize("entry_id", [TOLD.entry_id, 50])
def test_who_was_told_that_it_was_done_is_told_that_it_is_denied(assertion: Assertion, entry_id: int) -> None:
    # The rule sends denials to the digest, and drops what did not happen: but not what takes an alert back.
    found = decided(said_as(assertion, "not"), entry_id=entry_id, told=(TOLD,))
    reason = Reason.REVERSED if entry_id == TOLD.entry_id else Reason.KEPT_APART
    assert (found.outcome, found.reason, found.alert_id) == (Outcome.ALERTED, reason, None)


def test_a_second_denial_of_what_was_told_rings_no_more() -> None:
    denial = replace(TOLD, entry_id=2, alert_id=8, at=NOON + timedelta(minutes=5), assertion=Assertion.DENIED)
    found = decided(said_as(Assertion.DENIED, "denied"), told=(TOLD, denial))
    assert (found.outcome, found.alert_id) == (Outcome.DIGEST, None)


def test_a_denial_of_something_else_takes_nothing_back() -> None:
    other = replace(TOLD, story_id=9, subject=frozenset({"sdf"}))
    found = decided(said_as(Assertion.DENIED, "denied"), told=(other,))
    assert found.outcome is Outcome.DIGEST


def test_a_copy_joins_the_line_that_says_the_same_in_the_same_way() -> None:
    found = decided(MAY, LINE)
    assert (found.outcome, found.reason, found.line) == (Outcome.DIGEST, Reason.LISTED_STORY, 3)
    assert found.detail == "possible: may, with entry 1"


@pytest.mark.parametrize(
    "other",
    [
        replace(LINE, story_id=2),
        replace(LINE, assertion=Assertion.PLANNED),
        replace(LINE, stance=SUSPEND),
    ],
)
def test_another_story_another_way_and_the_opposite_are_lines_of_their_own(other: Listed) -> None:
    found = decided(MAY, other)
    assert (found.reason, found.line) == (Reason.LISTED, None)


def test_an_entry_that_is_told_again_in_the_same_way_makes_no_second_line() -> None:
    found = decided(MAY, replace(LINE, entry_id=50, story_id=9, at=NOON - timedelta(days=30)))
    assert (found.outcome, found.reason, found.line) == (Outcome.DIGEST, Reason.LISTED_REVISED, 3)


def test_the_same_again_after_the_opposite_is_a_line_of_its_own() -> None:
    since = replace(LINE, line=4, entry_id=2, at=NOON + timedelta(hours=1), stance=SUSPEND)
    assert decided(MAY, LINE, since).line is None


def test_an_entry_of_the_digest_that_says_it_happened_rings() -> None:
    found = decided(said_as(Assertion.DONE), replace(LINE, entry_id=50), entry_id=50)
    assert (found.outcome, found.reason) == (Outcome.ALERTED, Reason.FIRST)


def test_what_a_feed_shows_at_its_first_poll_makes_no_line() -> None:
    found = decided(MAY, LINE, old_news=True)
    assert (found.outcome, found.reason, found.line) == (Outcome.DROPPED, Reason.BASELINE, None)


@pytest.mark.parametrize(
    ("status", "reason"), [(Status.SHADOW, Reason.SHADOW), (Status.DRAFT, Reason.SHADOW), (Status.MUTED, Reason.MUTED)]
)
def test_a_rule_that_tells_nobody_says_what_would_have_been(status: Status, reason: Reason) -> None:
    rings = decided(said_as(Assertion.DONE), status=status)
    assert (rings.outcome, rings.reason, rings.alert_id) == (Outcome.DROPPED, reason, None)
    assert rings.detail == "else alerted: first match of this rule on this development"
    joins = decided(said_as(Assertion.DONE), told=(TOLD,), status=status)
    assert (joins.alert_id, joins.detail) == (None, "else folded: copy of a report that was told (alert 7)")
    lists = decided(MAY, LINE, status=status)
    assert lists.detail == "else digest: copy of a report in the digest (possible: may, with entry 1)"
    assert lists.line is None


def test_what_would_not_have_been_told_anyway_keeps_its_own_reason() -> None:
    excluded = replace(MAY, excluded_by=SPORTS)
    assert decided(excluded, status=Status.SHADOW).reason is Reason.EXCLUDED
    assert decided(said_as(Assertion.OPINION), status=Status.MUTED).reason is Reason.ASSERTION
    assert decided(said_as(Assertion.DONE), status=Status.MUTED, old_news=True).reason is Reason.BASELINE


@dataclass(frozen=True, kw_only=True)
class Report:
    """One report of a stream, filed an hour or so after the one before it."""

    entry_id: int
    story_id: int
    stance: Stance
    match: Match
    wait: int
    old_news: bool


@dataclass
class Ledger:
    """What a stream leaves behind: the ledger of one rule, as the store would keep it."""

    now: datetime = NOON
    told: list[Told] = field(default_factory=list)
    listed: list[Listed] = field(default_factory=list)
    alerts: dict[int, datetime] = field(default_factory=dict)

    def file(self, number: int, one: Report) -> Decision:
        """Decide on a report, and remember it."""
        found = decide(
            match=one.match, entry_id=one.entry_id, story_id=one.story_id, stance=one.stance, told=self.told,
            listed=self.listed, policy=POLICY, now=self.now, old_news=one.old_news,
        )  # fmt: skip
        alert_id = found.alert_id
        if found.outcome is Outcome.ALERTED:
            alert_id = len(self.alerts) + 1
            self.alerts[alert_id] = self.now
        if alert_id is not None:
            self.told.append(
                Told(
                    entry_id=one.entry_id, story_id=one.story_id, alert_id=alert_id, at=self.now,
                    opened_at=self.alerts[alert_id], subject=one.match.subject, stance=one.stance,
                    assertion=one.match.assertion,
                )
            )  # fmt: skip
        if found.outcome is Outcome.DIGEST:
            self.listed.append(
                Listed(
                    line=found.line or number, entry_id=one.entry_id, story_id=one.story_id, at=self.now,
                    assertion=one.match.assertion, stance=one.stance,
                )
            )  # fmt: skip
        return found


stances = st.builds(
    Stance,
    st.frozensets(st.sampled_from(("+resume", "-resume", "+suspend")), max_size=2),
    st.just(frozenset()),
    st.frozensets(st.sampled_from(("kobani", "manbij")), max_size=1),
    st.sampled_from(Course),
)
matches = st.builds(
    Match,
    rule_id=st.just("joint-patrol"),
    evidence=st.just(()),
    subject=st.frozensets(st.sampled_from(("turkey", "russia", "topic.patrol")), max_size=3),
    assertion=st.sampled_from(Assertion),
    cue=st.sampled_from(("", "may")),
    handling=st.sampled_from(Handling),
    excluded_by=st.sampled_from((None, None, None, SPORTS)),
)
streams = st.lists(
    st.builds(
        Report,
        entry_id=st.integers(1, 6),
        story_id=st.integers(1, 3),
        stance=stances,
        match=matches,
        wait=st.integers(0, 4),
        old_news=st.sampled_from((False, False, False, True)),
    ),
    max_size=25,
)


def filed(stream: list[tuple[int, Report]]) -> dict[int, Decision]:
    """The decisions on a stream, by the place of each report in it; time passes with the places left out, too."""
    ledger, found = Ledger(), {}
    for number, one in stream:
        ledger.now = NOON + timedelta(hours=number + one.wait / 5)
        found[number] = ledger.file(number, one)
    return found


def _takes_back(match: Match) -> bool:
    return match.assertion in {Assertion.DENIED, Assertion.NEGATED} and match.handling is not Handling.ALERT


@given(stream=streams)
@settings(deadline=None)
def test_alerts_are_as_if_nothing_had_gone_to_the_digest(stream: list[Report]) -> None:
    # A denial of what was told rings, whatever the rule does else: those are tested above.
    numbered = [(number, one) for number, one in enumerate(stream, 1) if not _takes_back(one.match)]
    whole = filed(numbered)
    rings = [(number, one) for number, one in numbered if one.match.handling is Handling.ALERT]
    assert filed(rings) == {number: whole[number] for number, _ in rings}


@given(stream=streams)
@settings(deadline=None)
def test_every_match_ends_in_one_outcome_with_a_reason_and_leads_where_it_says(stream: list[Report]) -> None:
    whole = filed(list(enumerate(stream, 1)))
    for number, one in enumerate(stream, 1):
        found = whole[number]
        assert found.reason.value
        if _takes_back(one.match) and found.outcome in {Outcome.ALERTED, Outcome.FOLDED}:
            continue
        if one.match.excluded_by is not None or one.match.handling is Handling.DROP:
            assert found.outcome is Outcome.DROPPED
        elif one.match.handling is Handling.DIGEST:
            assert found.outcome is (Outcome.DROPPED if one.old_news else Outcome.DIGEST)
            assert found.alert_id is None
        else:
            assert found.outcome is not Outcome.DIGEST
            assert found.line is None
        if found.line is not None:
            # The line is one that was made, of the same story or entry, and says it in the same way.
            first = stream[found.line - 1]
            assert whole[found.line].line is None
            assert first.match.assertion is one.match.assertion


@given(match=matches, stance=stances, status=st.sampled_from(Status), story_id=st.integers(1, 3))
def test_only_a_live_rule_tells_anybody(match: Match, stance: Stance, status: Status, story_id: int) -> None:
    found = decided(match, LINE, story_id=story_id, stance=stance, told=(TOLD,), status=status)
    if status is not Status.LIVE:
        assert found.outcome is Outcome.DROPPED
