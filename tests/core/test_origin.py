"""Where reports come from independently: owners, agencies that are credited, and likeness of texts."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core import story
from monitor.core.entry import read
from monitor.core.gazetteer import Vocabulary
from monitor.core.match import Matcher
from monitor.core.origin import Origin, called_in, origin_from, origin_of, same, told_by
from monitor.core.pool import Pool
from monitor.core.tracker import Evidence
from monitor.core.veto import Stance
from monitor.ruleset.desk import load_desk
from tests.conftest import SHIPPED_DESK
from tests.support.sighting import feed

DESK = load_desk(SHIPPED_DESK)
VOCABULARY: Vocabulary = DESK.ruleset.vocabulary
MATCHER = Matcher(DESK.ruleset)
TITLE = "Turkey and Russia resume joint patrols in northern Syria"
LEAD = (
    "Turkish and Russian troops resumed joint patrols in northern Syria on Friday after a pause of ten months, the "
    "Turkish defence ministry said, adding that four vehicles and 24 soldiers took part in the first of them."
)
OTHER = (
    "A convoy of Russian military police was seen leaving the base at Qamishli on Friday and was joined by Turkish "
    "armoured vehicles at the border gate, residents of two villages told our correspondent by telephone."
)


def origin(
    outlet: str, title: str = TITLE, lead: str = "", *, author: str = "", language: str = "en", owner: str = "",
    **keys: object,
) -> Origin:  # fmt: skip
    """The origin of a report as the pipeline makes it, on the shipped desk's vocabulary."""
    document = read(title, lead, language)
    report = story.report(title, document.parts[1].text, outlet, Stance())
    made = feed("wire", title=outlet, owner=owner, language=language, **keys)
    found = MATCHER.find(document)
    return origin_of(made, report, outlet=outlet, author=author, document=document, found=found, vocabulary=VOCABULARY)


def groups(*origins: Origin) -> int:
    return len(pool(*origins).groups)


def pool(*origins: Origin) -> Pool[Evidence]:
    at = datetime(2024, 8, 23, tzinfo=UTC)
    return Pool(
        Evidence(match_id=number, state="back", at=at, seen_at=at, origin=one) for number, one in enumerate(origins)
    )


def test_two_feeds_of_one_owner_are_one_origin() -> None:
    one, other = origin("BBC News", owner="BBC"), origin("BBC Türkçe", "Devriye", owner="BBC")
    assert groups(one, other) == 1


def test_papers_that_credit_one_agency_in_the_text_are_one_origin() -> None:
    one = origin("Daily One", "Patrols are back", f"{LEAD} (Reuters)".replace("said,", "told Reuters,"))
    other = origin("Daily Two", "Convoy at the border", OTHER.replace("our correspondent", "Reuters"))
    assert one.agencies == other.agencies == {"reuters"}
    assert groups(one, other) == 1


def test_an_author_line_credits_an_agency() -> None:
    one, other = origin("Daily One", author="AFP"), origin("Daily Two", "Convoy", OTHER, author="AFP / Jean Dupont")
    assert one.agencies == other.agencies == {"afp"}
    assert groups(one, other) == 1


def test_an_agency_is_its_own_origin_and_that_of_those_who_credit_it() -> None:
    tass = origin("TASS", "Patrols resumed", "Russian and Turkish troops went on patrol.", owner="TASS")
    paper = origin("Daily One", "Convoy at the border", OTHER.replace("residents", "TASS reported, citing residents"))
    assert tass.agencies == {"tass"}
    assert groups(tass, paper) == 1
    assert paper.called == "Daily One (tass)"


def test_a_reprint_under_another_headline_is_the_same_origin() -> None:
    one, other = origin("Daily One", TITLE, LEAD), origin("Daily Two", "Vehicles roll again near Kobani", LEAD)
    assert groups(one, other) == 1


def test_two_reporters_own_leads_on_one_event_are_two_origins() -> None:
    assert groups(origin("Daily One", TITLE, LEAD), origin("Daily Two", "Convoy at the border gate", OTHER)) == 2


EDITS = (
    ("Turkish and Russian troops", "Troops of Turkey and Russia"),
    (" on Friday", ""),
    ("after a pause of ten months", "after ten months"),
    ("the Turkish defence ministry said", "Ankara's defence ministry said"),
    ("adding that", "and added that"),
    ("four vehicles", "4 vehicles"),
    ("in northern Syria", "in the north of Syria"),
    ("resumed", "have resumed"),
    (" in the first of them", ""),
    ("took part", "were part"),
)


def test_ten_edited_reprints_of_one_dispatch_are_one_origin() -> None:
    reprints = [
        origin(f"Paper {number}", f"Headline of its own, number {number}", LEAD.replace(*edit))
        for number, edit in enumerate(EDITS)
    ]
    assert groups(*reprints) == 1
    # Nor do any two of them look like two, as long as the others have not come.
    assert all(same(one, other) for one in reprints for other in reprints)


def test_a_feed_that_collects_the_reports_of_others_owns_none_of_them() -> None:
    keys = {"owner": "Collector", "title": "Collected"}
    document = read(TITLE, LEAD, "en")
    report = story.report(TITLE, document.parts[1].text, "Daily One", Stance())
    made = origin_of(
        feed("wire", **keys), report, outlet="Daily One", author="", document=document, found={}, vocabulary=VOCABULARY
    )
    assert made.owner == "daily one"


@pytest.mark.parametrize(
    ("language", "text", "agency"),
    [
        ("en", "The patrol lasted two hours, SANA reported on Friday.", "sana"),
        ("en", "Two soldiers were hurt, the AP reported.", "ap"),
        ("en", "Anadolu reported that the convoy had left.", "anadolu"),
        ("tr", "Anadolu Ajansı'nın haberine göre devriye başladı.", "anadolu"),
        ("tr", "Konvoy sınırı geçti, AA'nın haberine göre.", "anadolu"),
        ("tr", "Reuters'a konuşan yetkili devriyenin başladığını söyledi.", "reuters"),
        ("ru", "Об этом сообщает РИА Новости со ссылкой на военных.", "ria"),
        ("ru", "Патруль вышел на маршрут, передает ТАСС.", "tass"),
        ("ar", "أفادت وكالة سانا بأن الدورية انطلقت صباح اليوم.", "sana"),
        ("ar", "ونقلت رويترز عن مسؤول تركي أن الدورية بدأت.", "reuters"),
        ("ar", "قال المرصد السوري لحقوق الإنسان إن الدورية انطلقت.", "sohr"),
        ("fa", "به گزارش خبرگزاری تسنیم گشت مشترک آغاز شد.", "tasnim"),
        ("uk", "Про це повідомляє Укрінформ.", "ukrinform"),
        ("kmr", "Rûdaw ragihand ku dewriye dest pê kir.", "rudaw"),
        ("ckb", "ڕۆیتەرز ڕایگەیاند دەوریەکە دەستی پێکرد.", "reuters"),
    ],
)
def test_agencies_are_found_as_texts_credit_them(language: str, text: str, agency: str) -> None:
    assert origin("Daily One", "Convoy", text, language=language).agencies == {agency}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The attack on Sana airport in Yemen went on."),
        ("en", "Alcoholics meet in AA groups."),
        ("tr", "Türk İHA'sı bir aracı vurdu."),
        ("tr", "AP raportörü Ankara'ya geldi."),
        ("tr", "Anadolu'nun doğusunda kar yağdı."),
        ("ar", "انفجار في منطقة الجزيرة شمال شرقي سوريا."),
        ("ar", "عقدت الدول العربية اجتماعا."),
        ("ckb", "ڕووداوێک لە کۆبانێ ڕوویدا."),
        ("ru", "Спутник вышел на орбиту."),
    ],
)
def test_what_is_a_common_word_is_no_agency(language: str, text: str) -> None:
    assert origin("Daily One", "News", text, language=language).agencies == frozenset()


def test_a_person_called_like_an_agency_is_none() -> None:
    assert called_in("Sana Khan", VOCABULARY) == set()
    assert called_in("SANA / Damascus", VOCABULARY) == {"sana"}
    assert called_in("Al Jazeera and news agencies, (AP)", VOCABULARY) == {"al_jazeera", "ap"}


def test_an_origin_comes_back_from_the_store_as_it_was() -> None:
    made = origin("Daily One", TITLE, LEAD, author="Reuters", tier=1, speaks_for=("turkey",))
    assert made.official
    assert origin_from(made.as_dict()) == made
    assert origin_from({}).tier == 4


def test_each_outlet_is_named_once() -> None:
    one = origin("Daily One", author="Reuters")
    assert told_by([one, one, origin("TASS")]) == "Daily One (reuters), TASS"


origins = st.builds(
    lambda owner, agencies, lead: Origin(outlet=owner, owner=owner.lower(), agencies=agencies, lead=lead),
    st.sampled_from("ABCD"), st.frozensets(st.sampled_from("ra"), max_size=2),
    st.sampled_from(["", LEAD.lower(), OTHER.lower(), LEAD.replace("Friday", "Monday").lower()]),
)  # fmt: skip


@given(origins, origins)
def test_whether_two_are_the_same_does_not_depend_on_their_order(one: Origin, other: Origin) -> None:
    assert same(one, other) == same(other, one)
    assert same(one, one)


@given(st.lists(origins, max_size=6).flatmap(lambda made: st.tuples(st.just(made), st.permutations(made))))
def test_groups_do_not_depend_on_the_order(orders: tuple[list[Origin], list[Origin]]) -> None:
    def shape(made: list[Origin]) -> list[list[str]]:
        return sorted(sorted(repr(one.origin.as_dict()) for one in group) for group in pool(*made).groups)

    assert shape(list(orders[0])) == shape(list(orders[1]))
