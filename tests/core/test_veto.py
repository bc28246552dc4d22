"""What keeps two reports apart, however alike they look."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.entry import read
from monitor.core.veto import ENDING, GOING, Course, Stance, Veto, stance, stance_from, veto
from tests.core.rulebook import VOCABULARY, matcher, rule

_MATCHER = matcher(rule("$turkey"))
PHASES = st.frozensets(st.builds("{}{}".format, st.sampled_from("+-"), st.sampled_from(sorted(GOING | ENDING))))
STANCES = st.builds(
    Stance,
    PHASES,
    st.frozensets(st.sampled_from("123")),
    st.frozensets(st.sampled_from(["kobani", "manbij"])),
    st.sampled_from(Course),
    st.frozensets(st.sampled_from("12")),
)
ANY_TEXT = st.text(st.characters() | st.sampled_from("aIıй'’ .,?\n\u0301\u00ad٣9"))


def says(title: str, lead: str = "", language: str = "en") -> Stance:
    document = read(title, lead, language)
    return stance(document, _MATCHER.find(document), VOCABULARY)


@pytest.mark.parametrize(
    ("text", "language", "phases"),
    [
        ("Patrols resume", "en", {"+resume"}),
        ("Patrols will not resume", "en", {"-resume"}),
        ("Patrols won’t resume", "en", {"-resume"}),
        ("Patrols will not so very soon resume", "en", {"+resume"}),
        ("Patrols will not very soon resume", "en", {"-resume"}),
        ("Patrols resume, not talks", "en", {"+resume"}),
        ("Ankara denied that joint patrols with Russia had resumed", "en", {"-resume"}),
        ("Ankara denied a b c d e f g resumed", "en", {"-resume"}),
        ("Ankara denied a b c d e f g h resumed", "en", {"+resume"}),
        ("Patrols resumed, Ankara said and denied", "en", {"+resume"}),
        ("Patrols resumed, Ankara now denied", "en", {"-resume"}),
        ("Patrols suspended, then resumed", "en", {"+suspend", "+resume"}),
        ("Patrols not suspended before they had been resumed", "en", {"-suspend", "+resume"}),
        ("Patrols called off", "en", {"+cancel"}),
        ("Patrols announced", "en", set()),
        ("Devriyeler başladı", "tr", {"+begin"}),
        ("Devriyeler başlamadı", "tr", {"-begin"}),
        ("Devriyeler başlamayacak", "tr", {"-begin"}),
        ("Devriyeler yeniden başladı", "tr", {"+begin", "+resume"}),
        ("Devriyeler yeniden başlamadı", "tr", {"-begin", "-resume"}),
        ("Devriyeler yeniden başlamadı", "en", {"+begin", "+resume"}),
        ("Başladığı haberi yalanlandı", "tr", {"-begin"}),
        ("Turkey, Russia end ten-month pause", "en", {"+suspend", "+resume"}),
        ("Turkey ends the a b pause", "en", {"+suspend", "+resume"}),
        ("Turkey ends the a b c pause", "en", {"+complete", "+suspend"}),
        ("Turkey will not end pause", "en", {"-suspend", "-resume"}),
        ("Patrols suspended; the mission they had is complete", "en", {"+suspend", "+complete"}),
        ("Turkey lifts the pause", "en", {"+suspend", "+resume"}),
        ("Turkey lifts siege", "en", set()),
        ("Turkey ends hiatus", "en", {"+resume"}),
        ("Hiatus on patrols ended", "en", {"+resume"}),
        ("Hiatus", "en", set()),
        ("Patrols resume after a pause", "en", {"+resume"}),
        ("Patrols resume after a b c pause", "en", {"+resume"}),
        ("Patrols resume after a b c d pause", "en", {"+resume", "+suspend"}),
        ("Patrols suspended since they resumed", "en", {"+suspend"}),
        ("Suspended since", "en", {"+suspend"}),
    ],
)
def test_a_phase_is_told_or_negated(text: str, language: str, phases: set[str]) -> None:
    assert says(text, language=language).phases == phases


def test_a_cue_of_the_lead_does_not_turn_the_title() -> None:
    assert says("Patrols resume", "Not so, says Ankara.").phases == {"+resume"}
    assert says("Patrols resume", "They will not resume.").phases == {"+resume", "-resume"}


@pytest.mark.parametrize(
    ("title", "numbers"),
    [
        ("344 patrols on 22 October", {"344", "22"}),
        ("The 344th patrol", {"344"}),
        ("١٧ دورية", {"17"}),
        ("4,000 or 4.000 troops", {"4000"}),
        ("at 05:07", {"5", "7"}),
        ("0 and 000", {"0"}),
        ("M4, F-16", {"4", "16"}),
        ("½ of it", {"1", "2"}),
        ("1" * 30, {"1" * 18}),
        ("none", set()),
    ],
)
def test_numbers_are_told_in_digits_without_separators(title: str, numbers: set[str]) -> None:
    assert says(title).numbers == numbers
    assert says("", title).numbers == numbers


@pytest.mark.parametrize(
    ("title", "ordinals"),
    [
        ("The 12th and the 23rd patrol, 344 in all", {"12", "23"}),
        ("12'nci ve 344’üncü devriye", {"12", "344"}),
        ("12-й патруль, 23-го", {"12", "23"}),
        ("12-year-old, F-16, 12 thousand", set()),
    ],
)
def test_ordinals_are_told_apart_from_other_numbers(title: str, ordinals: set[str]) -> None:
    assert says(title).ordinals == says("", title).ordinals == ordinals


def test_places_are_told_by_whatever_name() -> None:
    assert says("Ain al-Arab, Münbiç", language="tr").places == {"kobani", "manbij"}
    assert says("Turkey, Syria").places == frozenset()


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("Patrols will resume", "Patrols will not resume", Veto.NEGATION),
        ("Patrols resume", "Ankara denied that patrols resume", Veto.NEGATION),
        ("Patrols resume", "Patrols suspended", Veto.ANTONYM),
        ("Patrols begin", "Patrols called off", Veto.ANTONYM),
        ("Patrols resume", "Patrols, suspended last year, resume", None),
        ("Patrols suspended", "Patrols, suspended last year, resume", Veto.ANTONYM),
        ("Patrols begin", "Patrols resume", None),
        ("Patrols suspended", "Patrols called off", None),
        ("Patrols not resumed", "Patrols suspended", None),
        ("Patrols resume; talks will not resume", "Patrols will not resume", None),
        ("Patrols resume; talks will not resume", "Patrols resume", None),
        ("Patrols resume", "Patrols", None),
        ("Two dead", "Two dead", None),
        ("2 dead", "3 dead", Veto.NUMBERS),
        ("2 dead", "2 dead, 3 wounded", None),
        ("2 dead", "Several dead", None),
        ("2 dead, 5 wounded", "2 dead, 3 wounded", Veto.NUMBERS),
        ("17. devriye", "18. devriye", Veto.NUMBERS),
        ("4,000 troops", "4.000 troops", None),
        ("12th patrol, 30 men", "13th patrol, 30 men", Veto.NUMBERS),
    ],
)
def test_two_reports_are_kept_apart_for_the_first_reason_there_is(one: str, other: str, found: Veto | None) -> None:
    assert veto(says(one), says(other)) is found
    assert veto(says(other), says(one)) is found


def test_a_negation_inside_a_turkish_verb_keeps_apart() -> None:
    resumed, not_resumed = (says(f"Devriyeler yeniden {verb}", language="tr") for verb in ("başladı", "başlamadı"))
    assert veto(resumed, not_resumed) is Veto.NEGATION


def test_a_denial_eight_words_ahead_keeps_apart() -> None:
    denial = says("Ankara denied that its joint patrols with Russia had resumed")
    assert veto(says("Its joint patrols with Russia had resumed"), denial) is Veto.NEGATION


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("Blast in Kobani", "Blast in Manbij", Veto.PLACES),
        ("Blast in Kobani", "Blast in Manbij and Kobani", None),
        ("Blast in Kobani", "Blast in the north", None),
        ("Blast in Kobani", "Blast in Ain al-Arab", None),
    ],
)
def test_other_places_keep_apart(one: str, other: str, found: Veto | None) -> None:
    assert veto(says(one), says(other)) is found
    assert veto(says(other), says(one)) is found


@pytest.mark.parametrize(
    ("title", "lead", "course"),
    [
        ("Patrols resume", "", Course.GOING),
        ("Patrols suspended", "", Course.ENDING),
        ("Patrols called off", "The patrol was complete.", Course.ENDING),
        ("Patrols", "", Course.NONE),
        ("Patrols will not resume", "", Course.NONE),
        ("Patrols resume", "They had been suspended.", Course.GOING),
        ("Patrols resume", "Suspended since 2023, they go on.", Course.GOING),
        ("Patrols", "Suspended since 2023.", Course.ENDING),
        ("Patrols", "They resumed.", Course.GOING),
        ("Patrols suspended", "They had resumed.", Course.ENDING),
        ("Patrols", "They resumed though they were suspended.", Course.MIXED),
        ("Patrols resume though they were suspended", "", Course.MIXED),
        ("Patrols resume after they were suspended", "", Course.GOING),
        ("Patrols complete", "They had resumed.", Course.MIXED),
    ],
)
def test_a_course_is_what_the_headline_says_before_the_background(title: str, lead: str, course: Course) -> None:
    assert says(title, lead).course is course


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("Patrols suspended", "Turkey and Russia on patrol", Veto.ANTONYM),
        ("Patrols called off", "Turkey and Russia on patrol", Veto.ANTONYM),
        ("Patrols complete", "Turkey and Russia on patrol", None),
        ("Patrols suspended", "Patrols called off", None),
        ("Patrols begin", "Turkey and Russia on patrol", None),
        ("Patrols resume though they were suspended", "Turkey and Russia on patrol", None),
    ],
)
def test_a_stop_keeps_apart_from_a_report_that_says_nothing_of_it_only_where_asked(
    one: str, other: str, found: Veto | None
) -> None:
    assert veto(says(one), says(other), stops=True) is found
    assert veto(says(other), says(one), stops=True) is found
    assert veto(says(one), says(other)) is None


def test_numbers_may_be_left_out() -> None:
    assert veto(says("2 dead"), says("3 dead"), numbers=False) is None
    assert veto(says("12th patrol"), says("13th patrol"), numbers=False) is Veto.NUMBERS
    assert veto(says("12th patrol"), says("12th patrol since the 11th"), numbers=False) is None


def test_the_reasons_have_an_order() -> None:
    resumed = says("2 patrols resume in Kobani")
    stopped = says("3 patrols do not resume in Manbij but are suspended")
    assert veto(resumed, stopped) is Veto.NEGATION
    assert veto(resumed, says("3 patrols suspended in Manbij")) is Veto.ANTONYM
    assert veto(resumed, says("3 patrols in Manbij")) is Veto.NUMBERS
    assert veto(resumed, says("3 patrols in Manbij"), numbers=False) is Veto.PLACES


@given(STANCES, STANCES, st.booleans(), st.booleans())
def test_a_veto_is_symmetric(one: Stance, other: Stance, numbers: bool, stops: bool) -> None:
    found = {veto(*pair, numbers=numbers, stops=stops) for pair in permutations((one, other))}
    assert len(found) == 1


@given(STANCES)
def test_a_report_is_never_kept_apart_from_itself(one: Stance) -> None:
    assert veto(one, one, stops=True) is None


@given(STANCES)
def test_a_report_that_says_nothing_is_kept_apart_from_none(one: Stance) -> None:
    assert veto(one, Stance()) is None


@given(STANCES, STANCES)
def test_one_side_that_holds_all_numbers_of_the_other_is_no_reason(one: Stance, other: Stance) -> None:
    superset = replace(other, numbers=one.numbers | other.numbers, ordinals=one.ordinals | other.ordinals)
    assert veto(one, superset) is not Veto.NUMBERS


@given(STANCES)
def test_a_stance_comes_back_from_the_store_as_it_went(one: Stance) -> None:
    assert stance_from(one.as_dict()) == one


@given(ANY_TEXT, ANY_TEXT, st.sampled_from(["en", "tr", "ar", ""]))
def test_any_text_has_a_stance(title: str, lead: str, language: str) -> None:
    one = says(title, lead, language)
    assert one == says(title, lead, language)
    assert all(number.isascii() and number.isdigit() and str(int(number)) == number for number in one.numbers)
