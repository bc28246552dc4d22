"""Which earlier report a new one is a copy of: tables of real faults, and laws of the decision."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.story import (
    LEAD_RATIO,
    TITLE_RATIO,
    Assignment,
    Filed,
    Joining,
    Report,
    StoryIndex,
    assign,
    report,
)
from monitor.core.veto import Course, Stance, Veto, veto
from tests.core.reading import NOON, reading

WINDOW = timedelta(hours=72)
BRIEFING = "Morning briefing: what to know today"
LEAD = (
    "Turkish and Russian troops drove along the border road east of Kobani on Friday for the first time in ten months, "
    "both defence ministries said."
)
# The same dispatch as an outlet further down the wire prints it.
REPRINT = (
    "KOBANI - Turkish and Russian troops drove along the border road east of Kobani on Friday for the first time in "
    "ten months, both defence ministries said, according to agencies."
)
OTHER_LEAD = (
    "Flooding closed four motorways in the north overnight while rail operators promised replacement buses until the "
    "weekend at the latest."
)


def told(title: str, lead: str = "", outlet: str = "Example Wire", language: str = "en") -> Report:
    return report(title, lead, outlet, reading(title, lead, language).stance)


def filed(one: Report, entry_id: int = 1, at: datetime = NOON) -> Filed:
    return Filed(entry_id, entry_id + 100, at, one, at)


def assigned(new: Report, *earlier: Report) -> Assignment:
    return assign(new, [filed(one, number) for number, one in enumerate(earlier, 1)], NOON, WINDOW)


@pytest.mark.parametrize(
    ("title", "outlet"),
    [
        ("UPDATE 2-Turkey and Russia resume joint patrols near Kobani", "Example Wire"),
        ("WRAPUP 1-UPDATE 3-Turkey and Russia resume joint patrols near Kobani", "Example Wire"),
        ("СРОЧНО: Turkey and Russia resume joint patrols near Kobani", "Example Wire"),
        ("عاجل | Turkey and Russia resume joint patrols near Kobani", "Example Wire"),
        ("SON DAKİKA - Turkey and Russia resume joint patrols near Kobani", "Example Wire"),
        ("Turkey and Russia resume joint patrols near Kobani - Example Wire", "Example Wire"),
        ("Turkey and Russia resume joint patrols near Kobani | EXAMPLE WIRE", "Example Wire"),
        ("Turkey and Russia resume joint patrols near Kobani - Al-Example", "Al-Example"),
        ("UPDATE 1-Turkey and Russia resume joint patrols near Kobani – Al-Example", "Al-Example"),
    ],
)
def test_wire_prefixes_and_the_outlets_name_are_no_part_of_a_headline(title: str, outlet: str) -> None:
    plain = told("Turkey and Russia resume joint patrols near Kobani")
    assert told(title, outlet=outlet).title == plain.title


@pytest.mark.parametrize(
    ("title", "outlet"),
    [
        ("Turkey and Russia resume joint patrols - Ankara", "Example Wire"),
        ("Russia-Turkey talks on Idlib begin", "Turkey talks on Idlib begin"),
        ("Update on joint patrols near Kobani", "Example Wire"),
        ("Leading general visits Kobani", "Example Wire"),
    ],
)
def test_words_that_only_look_like_a_prefix_or_a_suffix_stay(title: str, outlet: str) -> None:
    assert told(title, outlet=outlet).title_words == len(title.replace("-", " ").split())


def test_a_report_without_anything_alike_opens_a_story() -> None:
    assert assigned(told("Flooding closes four motorways in the north"), told("Turkey and Russia resume patrols")) == (
        Assignment(story_id=None, reason=Joining.NEW)
    )


def test_a_reprint_under_its_wire_prefix_is_a_copy() -> None:
    first = told("Turkey and Russia resume joint patrols near Kobani")
    again = told("UPDATE 2-Turkey, Russia resume joint patrols near Kobani")
    assert assigned(again, first).reason is Joining.TITLE
    assert assigned(again, first).story_id == 101


def test_a_reprint_under_another_headline_is_a_copy_by_its_lead() -> None:
    first = told("Turkey and Russia resume joint patrols near Kobani", LEAD)
    again = told("Armoured column seen on the border road", REPRINT)
    assert assigned(again, first).reason is Joining.LEAD


def test_morning_briefings_with_other_leads_are_not_one_story() -> None:
    assert assigned(told(BRIEFING, LEAD), told(BRIEFING, OTHER_LEAD)).story_id is None


def test_morning_briefings_with_one_lead_are_one_story() -> None:
    assert assigned(told(BRIEFING, REPRINT), told(BRIEFING, LEAD)).story_id == 101


def test_a_few_words_alike_make_no_story() -> None:
    two, three, four = "Morning briefing", "Ortak devriye yenidenbaşladı", "Ortak devriye yeniden başladı"
    assert assigned(told(two), told(two)).story_id is None
    assert assigned(told(three), told(four)).story_id is None
    assert assigned(told(four), told(three)).story_id is None
    assert assigned(told(four), told(four)).story_id == 101


def test_a_line_that_stands_in_a_longer_lead_makes_no_story() -> None:
    line = told("Statement", "Turkish and Russian troops drove along the border road")
    whole = told("Armoured column seen on the border road", LEAD)
    assert assigned(line, whole).story_id is None
    assert assigned(whole, line).story_id is None


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (
            "Turkey and Russia will resume joint patrols near Kobani",
            "Turkey and Russia will not resume joint patrols near Kobani",
            Veto.NEGATION,
        ),
        (
            "Turkey and Russia resumed their joint patrols near Kobani on Friday",
            "Turkey and Russia denied they resumed joint patrols near Kobani on Friday",
            Veto.NEGATION,
        ),
        (
            "Russia resumes joint patrols with Turkey near Kobani",
            "Russia suspends joint patrols with Turkey near Kobani",
            Veto.ANTONYM,
        ),
        (
            "Turkey and Russia hold 12th joint patrol near Kobani",
            "Turkey and Russia hold 13th joint patrol near Kobani",
            Veto.NUMBERS,
        ),
    ],
)
def test_reports_that_look_alike_and_say_something_else_are_kept_apart(one: str, other: str, why: Veto) -> None:
    for new, earlier in ((one, other), (other, one)):
        found = assigned(told(new, language="en"), told(earlier, language="en"))
        assert (found.story_id, found.reason, found.veto) == (None, Joining.VETOED, why)
        assert found.near_entry_id == 1


def test_a_turkish_negation_inside_one_word_keeps_reports_apart() -> None:
    one = told("Türkiye ve Rusya Kobani'de ortak devriyeye yeniden başladı", language="tr")
    other = told("Türkiye ve Rusya Kobani'de ortak devriyeye yeniden başlamadı", language="tr")
    assert assigned(other, one).veto is Veto.NEGATION


def test_a_veto_against_one_report_leaves_the_copy_of_another() -> None:
    suspends = told("Russia suspends joint patrols with Turkey near Kobani")
    resumes = told("Russia resumes joint patrols with Turkey near Kobani")
    found = assigned(told("UPDATE 1-Russia resumes joint patrols with Turkey near Kobani"), suspends, resumes)
    assert (found.story_id, found.near_entry_id) == (102, 2)


def test_of_equals_the_oldest_report_is_joined() -> None:
    one = told("Turkey and Russia resume joint patrols near Kobani")
    twins = [filed(one, number) for number in (3, 1, 2)]
    assert assign(one, twins, NOON, WINDOW).near_entry_id == 1


def test_a_report_beyond_the_window_is_not_joined() -> None:
    one = told("Turkey and Russia resume joint patrols near Kobani")
    at_the_edge, beyond = NOON - WINDOW, NOON - WINDOW - timedelta(seconds=1)
    assert assign(one, [filed(one, at=at_the_edge)], NOON, WINDOW).story_id == 101
    assert assign(one, [filed(one, at=beyond)], NOON, WINDOW) == Assignment(story_id=None, reason=Joining.NEW)


# Few words, so that likeness is common; few phases, so that vetoes are.
WORDS = ("turkey", "russia", "patrol", "kobani", "resume", "border", "troops", "friday")
sentences = st.lists(st.sampled_from(WORDS), min_size=0, max_size=14).map(" ".join)
stances = st.builds(
    Stance,
    st.frozensets(st.sampled_from(("+resume", "-resume", "+suspend", "+begin")), max_size=2),
    st.frozensets(st.sampled_from(("12", "13")), max_size=1),
    st.just(frozenset()),
    st.sampled_from(Course),
)
reports = st.builds(report, sentences, sentences, st.just("Example Wire"), stances)
moments = st.integers(0, 100).map(lambda hours: NOON - timedelta(hours=hours))
candidates = st.lists(
    st.builds(Filed, st.integers(1, 50), st.integers(1, 9), moments, reports, moments),
    max_size=8,
    unique_by=lambda one: one.entry_id,
)


@given(new=reports, earlier=candidates, shuffled=st.data())
@settings(deadline=None)
def test_the_order_of_candidates_decides_nothing(new: Report, earlier: list[Filed], shuffled: st.DataObject) -> None:
    other_order = shuffled.draw(st.permutations(earlier))
    assert assign(new, other_order, NOON, WINDOW) == assign(new, earlier, NOON, WINDOW)


@given(new=reports, earlier=candidates)
@settings(deadline=None)
def test_no_report_joins_across_a_veto_or_from_outside_the_window(new: Report, earlier: list[Filed]) -> None:
    found = assign(new, earlier, NOON, WINDOW)
    near = {one.entry_id: one for one in earlier}.get(found.near_entry_id or 0)
    if found.story_id is None:
        assert (found.reason is Joining.VETOED) == (near is not None)
        assert near is None or found.veto is veto(new.stance, near.report.stance)
    else:
        assert near is not None
        assert near.story_id == found.story_id
        assert NOON - near.opened_at <= WINDOW
        assert veto(new.stance, near.report.stance) is None
        assert found.score >= (TITLE_RATIO if found.reason is Joining.TITLE else LEAD_RATIO)


def test_the_index_finds_a_copy_among_reports_that_share_common_words() -> None:
    index = StoryIndex()
    for number in range(2, 60):
        index.add(filed(told(f"Turkey and Russia talk for the {number} time about trade"), number))
    index.add(filed(told("Turkey and Russia resume joint patrols near Kobani", LEAD), 1))
    new = told("Turkey, Russia resume joint patrols near Kobani", REPRINT)
    assert assign(new, index.candidates(new), NOON, WINDOW).near_entry_id == 1


def test_the_index_compares_with_the_newest_revision() -> None:
    index = StoryIndex()
    index.add(filed(told("Turkey and Russia will resume joint patrols near Kobani"), 1))
    index.add(filed(told("Turkey and Russia will not resume joint patrols near Kobani"), 1))
    new = told("Turkey and Russia will resume joint patrols near Kobani")
    assert len(index) == 1
    assert assign(new, index.candidates(new), NOON, WINDOW).veto is Veto.NEGATION


def test_a_revision_outlives_the_time_of_the_first_report() -> None:
    index = StoryIndex()
    one = told("Turkey and Russia resume joint patrols near Kobani")
    index.add(filed(one, 1, NOON - WINDOW))
    index.add(filed(one, 1, NOON))
    index.forget_before(NOON - timedelta(hours=1))
    assert [found.entry_id for found in index.candidates(one)] == [1]


@given(added=st.lists(st.tuples(st.integers(1, 6), reports), max_size=12))
@settings(deadline=None)
def test_an_index_that_forgot_every_report_holds_no_word_of_them(added: list[tuple[int, Report]]) -> None:
    index = StoryIndex()
    for hours, (entry_id, one) in enumerate(added):
        index.add(filed(one, entry_id, NOON + timedelta(hours=hours)))
    index.forget_before(NOON + timedelta(hours=len(added)))
    assert len(index) == 0
    assert dict(index._postings) == {}
