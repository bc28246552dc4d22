"""Terms in texts: prefixes, phrases, exact spellings and homonym guards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.entry import read
from monitor.core.terms import GUARD_WORDS, Found, Span, Term, TermIndex, term
from monitor.core.text import tokens

WORDS = st.lists(st.sampled_from(["turkey", "Turkey's", "turk", "patrol", "Patrols", "joint", "sdf", "-", "."]))


def find(title: str, *labelled: tuple[str, Term], lead: str = "", language: str = "en") -> Found:
    return TermIndex(labelled).find(read(title, lead, language).words)


def plain(text: str, *languages: str) -> Term:
    return term(text.split(), languages or ("",))


def guarded(text: str, *not_with: str, needs: tuple[str, ...] = ()) -> Term:
    return term(text.split(), ("",), not_with=frozenset(not_with), needs=frozenset(needs))


@pytest.mark.parametrize(
    ("written", "text", "spans"),
    [
        ("patrol", "a Patrol and a PATROL", [(1, 1), (4, 4)]),
        ("patrol", "patrols", []),
        ("patrol*", "patrol, patrols, Patrolling: patriot", [(0, 0), (1, 1), (2, 2)]),
        ("joint patrol", "a joint patrol, a joint naval patrol", [(1, 2)]),
        ("joint patrol", "patrol joint", []),
        ("joint patrol*", "joint patrols", [(0, 1)]),
        ("call* off", "patrols called off, calling off", [(1, 2), (3, 4)]),
        ("Tal Abyad", "Tal-Abyad and Tal Abyad", [(0, 1), (3, 4)]),
        ("Tal-Abyad", "Tal Abyad", [(0, 1)]),
        ("Tal-Aby*", "Tal Abyad", [(0, 1)]),
        ("U.S.", "the U.S. army, us", [(1, 2)]),
        ("Ra's al-'Ayn", "Ras al-Ayn", [(0, 2)]),
        ("Ras al-Ayn", "Ra’s al-‘Ayn", [(0, 2)]),
        ("Ra's*", "Rasul", [(0, 0)]),
        ("Türkiye", "TURKIYE’NIN", [(0, 0)]),
        ("sdg*", "SDG'nin", [(0, 0)]),
        ("no no", "no no no", [(0, 1), (1, 2)]),
    ],
)
def test_a_term_is_found_where_its_words_stand(written: str, text: str, spans: list[tuple[int, int]]) -> None:
    found = find(text, ("it", plain(written)))
    assert found.get("it", []) == [Span(start, end) for start, end in spans]


@pytest.mark.parametrize(
    ("language", "text_language", "met"),
    [("en", "en", True), ("en", "tr", False), ("tr", "en", False), ("", "en", False)],
)
def test_a_stem_counts_only_in_a_text_of_its_language(language: str, text_language: str, met: bool) -> None:
    found = find("patrolling", ("it", plain("patrols", language)), language=text_language)
    assert ("it" in found) is met


def test_a_term_in_several_languages_is_stemmed_in_each() -> None:
    one = plain("patrols", "en", "de")
    assert "it" in find("patrolling", ("it", one))
    assert "it" in find("patrols", ("it", one), language="de")


def test_no_phrase_reaches_from_the_title_into_the_lead() -> None:
    both = ("it", plain("joint patrol"))
    assert find("Another joint", both, lead="patrol of both") == {}
    assert find("Another", both, lead="joint patrol") != {}


@pytest.mark.parametrize(
    ("alias", "text", "met"),
    [
        ("SDG", "SDG fighters withdrew", True),
        ("SDG", "SDG'nin çekilmesi", True),
        ("SDG", "SDG’nin çekilmesi", True),
        ("SDG", "sdg fighters withdrew", False),
        ("SDG", "Sdg fighters withdrew", False),
        ("SDG", "SDGs are goals", False),
        ("SDG", "SDG SIGNS DEAL WITH DAMASCUS", False),
        ("SDG", "SDG", False),
        ("SDG", "قوات سوريا الديمقراطية (SDG) تعلن", True),
        ("قسد", "قسد تعلن", True),
        ("HTŞ", "HTS\u0327 dağıldı", True),
        ("HTS\u0327", "HTŞ dağıldı", True),
        ("HTŞ", "HTS dağıldı", False),
        ("Peace Spring", "the Peace Spring area", True),
        ("Peace Spring", "a peace Spring", False),
        ("Peace Spring", "Peace spring", False),
    ],
)
def test_an_exact_alias_counts_only_as_it_is_capitalised(alias: str, text: str, met: bool) -> None:
    assert ("it" in find(text, ("it", term(alias.split(), ("",), exact=True)))) is met


def test_an_exact_alias_counts_in_a_capital_title_above_an_ordinary_lead() -> None:
    one = ("it", term(["SDG"], ("",), exact=True))
    assert "it" in find("SDG SIGNS", one, lead="The deal was signed.")
    assert "it" not in find("SDG SIGNS", one, lead="THE DEAL")


@pytest.mark.parametrize(("apart", "met"), [(1, False), (GUARD_WORDS, False), (GUARD_WORDS + 1, True)])
def test_a_homonym_guard_looks_ten_words_to_either_side(apart: int, met: bool) -> None:
    labelled = (("it", guarded("turkey", "guard")), ("guard", plain("roast dinner")))
    between = "and " * (apart - 1)
    assert ("it" in find(f"turkey {between}roast dinner", *labelled)) is met
    assert ("it" in find(f"roast dinner {between}turkey", *labelled)) is met


def test_a_homonym_guard_takes_away_only_what_stands_beside_it() -> None:
    far = "and " * GUARD_WORDS
    labelled = (("it", guarded("turkey", "guard")), ("guard", plain("roast")))
    assert find(f"roast turkey {far}turkey", *labelled)["it"] == [Span(12, 12)]


def test_a_homonym_guard_may_overlap_the_alias() -> None:
    assert "it" not in find("turkey sandwich", ("it", guarded("turkey", "guard")), ("guard", plain("turkey sandwich")))


def test_a_homonym_guard_of_the_lead_leaves_the_title_alone() -> None:
    labelled = (("it", guarded("turkey", "guard")), ("guard", plain("roast")))
    assert find("turkey", *labelled, lead="roast turkey")["it"] == [Span(0, 0)]


def test_any_one_of_several_guards_is_enough() -> None:
    labelled = (("it", guarded("turkey", "a", "b")), ("a", plain("roast")), ("b", plain("sandwich")))
    assert "it" not in find("turkey sandwich", *labelled)
    assert "it" in find("turkey soup", *labelled)


def test_a_needed_entity_may_stand_anywhere_in_title_or_lead() -> None:
    labelled = (("it", guarded("m4", needs=("syria", "idlib"))), ("syria", plain("syria")), ("idlib", plain("idlib")))
    assert "it" not in find("Crash on the M4", *labelled)
    assert "it" in find("Crash on the M4", *labelled, lead="It was in Syria.")
    assert "it" in find("Idlib: crash on the M4", *labelled)


def test_a_needed_entity_that_its_own_guard_takes_away_does_not_count() -> None:
    labelled = (
        ("it", guarded("m4", needs=("turkey",))),
        ("turkey", guarded("turkey", "guard")),
        ("guard", plain("roast")),
    )
    assert set(find("roast turkey on the M4", *labelled)) == {"guard"}
    assert set(find("turkey on the M4", *labelled)) == {"it", "turkey"}


def test_two_entities_that_need_each_other_may_vouch_for_each_other() -> None:
    labelled = (("a", guarded("m4", needs=("b",))), ("b", guarded("m5", needs=("a",))))
    assert set(find("M4 and M5", *labelled)) == {"a", "b"}
    assert find("M4", *labelled) == {}


def test_one_term_may_have_several_labels_and_one_label_several_terms() -> None:
    found = find(
        "patrols in Turkey", ("a", plain("turkey")), ("b", plain("turkey")), ("a", plain("patrol*")), ("c", plain("x"))
    )
    assert found == {"a": [Span(0, 0), Span(2, 2)], "b": [Span(2, 2)]}


def test_two_terms_at_one_place_are_one_span() -> None:
    assert find("patrols", ("a", plain("patrol*")), ("a", plain("patrols")), ("a", plain("patrol", "en"))) == {
        "a": [Span(0, 0)]
    }


def test_a_term_without_a_letter_finds_nothing() -> None:
    assert find("a – b", ("it", plain("–")), ("it", plain("*"))) == {}


@given(WORDS)
def test_a_word_is_found_wherever_a_token_is_that_word(words: list[str]) -> None:
    text = " ".join(words)
    expected = [
        Span(place, place) for place, token in enumerate(tokens(text, "")) if "turkey" in {token.folded, token.cut}
    ]
    assert find(text, ("it", plain("turkey")), language="").get("it", []) == expected


@given(WORDS, st.permutations([("a", "turkey"), ("a", "turk*"), ("b", "joint patrol*"), ("b", "patrol"), ("c", "sdf")]))
def test_the_order_of_the_terms_does_not_matter(words: list[str], order: list[tuple[str, str]]) -> None:
    text = " ".join(words)
    assert find(text, *((label, plain(written)) for label, written in order)) == find(
        text, *((label, plain(written)) for label, written in sorted(order))
    )


@given(WORDS, WORDS)
def test_a_guard_never_adds_an_occurrence(title: list[str], lead: list[str]) -> None:
    free, bound = (plain("turkey"), guarded("turkey", "g", needs=("n",)))
    texts = {"title": " ".join(title), "lead": " ".join(lead)}
    labelled = (("g", plain("sdf")), ("n", plain("joint")))
    kept = find(texts["title"], ("it", bound), *labelled, lead=texts["lead"]).get("it", [])
    assert set(kept) <= set(find(texts["title"], ("it", free), lead=texts["lead"]).get("it", []))
