"""Queries on texts: what satisfies them, by which words, and what is missing."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.clause import Phrase, Reference
from monitor.core.entry import read
from monitor.core.evaluate import evaluate, label_of, missing
from monitor.core.match import Setting
from monitor.core.query import parse
from monitor.core.rule import Exclusion, Scope
from monitor.core.view import Finding
from monitor.core.wording import describe
from tests.core.reading import view_of
from tests.core.rulebook import TODAY, VOCABULARY, finding, matched, matcher, meets, rule

WORDS = ["turkey", "Turkish", "russia", "patrols", "joint", "not", "resumes", "roast", "SDF", "and", "A", "B", "-", "."]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)
ANY_TEXT = st.text(st.characters() | st.sampled_from("aIıй'’ .?\n\u0301\u00ad")) | TEXTS
LEAVES = st.sampled_from(["$turkey", "$turkey.adj", "$russia", "turk*", "patrol*", '"turkey russia"', "$cue.negated",
                          "$phase.resume", "$sdf", "a", "b"])  # fmt: skip
_PLACED = st.recursive(
    LEAVES,
    lambda part: (
        st.builds("({}) near/{} ({})".format, part, st.integers(1, 9), part)
        | st.builds("({}) or ({})".format, part, part)
    ),
    max_leaves=4,
)
QUERIES = st.recursive(
    _PLACED,
    lambda part: (
        st.builds("({}) and ({})".format, part, part)
        | st.builds("({}) or ({})".format, part, part)
        | st.builds("a and not ({})".format, part)
    ),
    max_leaves=4,
)


def every(one: Finding) -> Iterator[Finding]:
    yield one
    for part in one.parts:
        yield from every(part)


@pytest.mark.parametrize(
    ("query", "text", "met"),
    [
        pytest.param("a near/1 b", "a b", True, id="neighbours are 1 apart"),
        pytest.param("a near/1 b", "b a", True, id="in either order"),
        pytest.param("a near/1 b", "a x b", False, id="one word between is 2 apart"),
        pytest.param("a near/2 b", "a x b", True, id="2 apart"),
        pytest.param("a near/3 b", "a, x. Y b", True, id="over punctuation"),
        pytest.param("a near/3 b", "a x y z b", False, id="4 apart"),
        pytest.param("a near/2 b", "a x x a x b", True, id="any occurrence will do"),
        pytest.param('"a b" near/1 c', "a b c", True, id="from the end of a phrase"),
        pytest.param('c near/1 "a b"', "a b c", True, id="to the end of a phrase"),
        pytest.param('c near/1 "a b"', "c a b", True, id="to the beginning of a phrase"),
        pytest.param('c near/1 "a b"', "c x a b", False, id="not to the middle of a phrase"),
        pytest.param("a near/2 b near/2 c", "a x b x c", True, id="a chain"),
        pytest.param("a near/2 b near/2 c", "c x b x a", True, id="a chain backwards"),
        pytest.param("a near/2 b near/2 c", "a b x x c", False, id="a chain that breaks"),
        pytest.param("a near/2 b near/1 c", "c a b", True, id="the third beside the first"),
        pytest.param("a near/9 b near/1 c", "a x c x b", True, id="the third between the two"),
        pytest.param("a near/2 (b or c)", "a x c", True, id="beside one of two"),
        pytest.param("(a near/1 b) near/2 (c near/1 d)", "a b x c d", True, id="two pairs"),
        pytest.param("(a near/1 b) near/1 (c near/1 d)", "a b x c d", False, id="two pairs too far apart"),
        pytest.param("$turkey near/5 turk*", "Turkey says", False, id="one word is not two"),
        pytest.param("$turkey near/5 turk*", "Turkey says Turks", True, id="two words are"),
        pytest.param("a near/3 a", "a", False, id="not near itself"),
        pytest.param("a near/3 a", "a x a", True, id="near another of its kind"),
        pytest.param('"a b" near/3 "b c"', "a b c", False, id="phrases share no word"),
        pytest.param('"a b" near/3 "b c"', "a b b c", True, id="phrases side by side"),
        pytest.param("a near/3 b near/3 a", "a b", False, id="no word twice in a chain"),
        pytest.param("$turkey near/3 $russia", "Turkish-Russian", True, id="both halves of a hyphen"),
    ],
)
def test_near_counts_words(query: str, text: str, met: bool) -> None:
    assert meets(query, text) is met


@pytest.mark.parametrize(
    ("query", "title", "lead", "language", "met"),
    [
        ("$cue.negated near/3 başla*", "Devriyeler başlamadı", "", "tr", True),
        ("başla* near/1 $cue.negated", "Devriyeler başlamayacak", "", "tr", True),
        ("$cue.negated near/3 başla*", "Devriyeler başladı", "", "tr", False),
        ("$cue.negated near/3 begin", "başlamadı begin", "", "en", False),
        ("$cue.negated near/3 resume", "will not resume", "", "en", True),
        ("$cue.negated near/3 resume", "won’t resume", "", "en", True),
        ("$cue.negated near/3 resume", "will not resume", "", "tr", False),
        ("$cue.negated near/3 resume", "will not resume", "", "", False),
        ("$cue.negated and $cue.denied", "Denied, not resumed", "", "en", True),
        ("$cue.possible", "They may resume", "", "en", True),
        ("$cue.possible", "They may resume", "", "kmr", False),
    ],
)
def test_a_cue_may_sit_inside_the_word_it_negates_and_counts_in_its_own_language(
    query: str, title: str, lead: str, language: str, met: bool
) -> None:
    assert meets(query, title, lead, language=language) is met


def test_a_pattern_meets_a_word_in_capitals_and_decomposed() -> None:
    assert meets("$cue.negated", "PATROLLER BAŞLAMADI", language="tr")
    assert meets("$cue.negated", "bas\u0327lamayacag\u0306ız", language="tr")


@pytest.mark.parametrize(
    ("query", "title", "lead", "met"),
    [
        ("a and b", "a", "b", True),
        ("a near/100 b", "a", "b", False),
        ('"a b"', "a", "b", False),
        ("a near/3 b", "x", "a b", True),
        ("a near/9 b near/100 c", "a b", "c", False),
        ("a and b", "x", "One. Two. a b", False),
        ("b and not a", "b", "a", False),
        ("b and not (a near/9 b)", "b", "a", True),
        ("b and not (a or c)", "b", "d", True),
        ("a or b", "", "b", True),
        ("a and (b or c)", "a", "", False),
        ('"$turkey"', "Turkey", "", True),
        ('"$turkey"', "Ankara", "", False),
        ('"guard:roast" and $turkey', "Roast. Turkey", "", False),
    ],
)
def test_title_and_lead_are_read_together_but_never_as_one_stretch(
    query: str, title: str, lead: str, met: bool
) -> None:
    assert meets(query, title, lead) is met


@given(TEXTS, TEXTS, st.integers(1, 9))
def test_near_is_met_where_two_words_stand_so_close(title: str, lead: str, distance: int) -> None:
    words = read(title, lead, "en").words.tokens
    places = {name: [at for at, token in words.items() if token.folded == name] for name in ("a", "b")}
    close = any(abs(one - other) <= distance for one, other in product(places["a"], places["b"]))
    assert meets(f"a near/{distance} b", title, lead) is close


@given(TEXTS, TEXTS, LEAVES, LEAVES, st.integers(1, 9))
def test_near_is_symmetric(title: str, lead: str, one: str, other: str, distance: int) -> None:
    assert meets(f"{one} near/{distance} {other}", title, lead) is meets(f"{other} near/{distance} {one}", title, lead)


@given(TEXTS, LEAVES, LEAVES, st.integers(1, 8))
def test_a_wider_near_finds_no_less(text: str, one: str, other: str, distance: int) -> None:
    narrow = meets(f"{one} near/{distance} {other}", text)
    assert meets(f"{one} near/{distance + 1} {other}", text) or not narrow


@given(ANY_TEXT, ANY_TEXT, QUERIES, st.sampled_from(["en", "tr", "ar", ""]))
def test_what_is_missing_is_empty_exactly_when_the_rule_matches(
    title: str, lead: str, query: str, language: str
) -> None:
    one, document = rule(query), read(title, lead, language)
    found = view_of(matcher(one).find(document))
    result = evaluate(one.match, found)
    assert (missing(result) == []) is result.met is (matched(one, document) is not None)
    assert all(part.met or missing(part) for part in every(result))
    assert evaluate(one.match, found) == result
    assert matched(one, document) == matched(one, document)


@given(ANY_TEXT, ANY_TEXT, QUERIES)
def test_evidence_is_a_slice_of_the_original(title: str, lead: str, query: str) -> None:
    document = read(title, lead, "en")
    match = matched(rule(query), document)
    originals = {part.name: part.text for part in document.parts}
    for evidence in match.evidence if match else ():
        assert originals[evidence.part][evidence.start : evidence.end] == evidence.text
        assert evidence.text
    assert match is None or match.evidence


@given(ANY_TEXT, ANY_TEXT, st.sampled_from(["en", "tr", "ar", "xx", ""]))
def test_no_text_is_too_strange_for_the_matcher(title: str, lead: str, language: str) -> None:
    document = read(title, lead, language)
    for spans in matcher(rule("$turkey and $cue.negated")).find(document).values():
        assert spans == sorted(set(spans))
        assert all(span.start in document.words.text and span.end in document.words.text for span in spans)


def test_evidence_is_the_first_word_for_each_leaf_in_the_order_of_the_text() -> None:
    document = read("Russian–Turkish patrols: Türkiye'nin", "Joint patrols.", "en")
    match = matched(rule("$turkey and $russia and $topic.joint near/3 patrol*"), document)
    assert match is not None
    assert [(one.part, one.text, one.label) for one in match.evidence] == [
        ("title", "Russian", "$russia"),
        ("title", "Turkish", "$turkey"),
        ("lead", "Joint", "$topic.joint"),
        ("lead", "patrols", "patrol*"),
    ]


def test_evidence_keeps_the_letters_of_the_original() -> None:
    match = matched(rule("$turkey and $phase.resume"), read("TÜRKİYE'NİN devriyeleri", "yeniden  başladı", "tr"))
    assert match is not None
    assert [one.text for one in match.evidence] == ["TÜRKİYE'NİN", "yeniden  başladı"]


def test_evidence_shows_every_alternative_that_is_met_and_nothing_of_what_is_absent() -> None:
    match = matched(rule("($turkey or $russia or $syria) and not $sdf"), read("Turkey, Russia and SDFs", "", "en"))
    assert match is not None
    assert [one.text for one in match.evidence] == ["Turkey", "Russia"]


def test_the_subject_of_a_match_is_its_references_whatever_the_words() -> None:
    one = rule("$turkey and (patrol* or $russia) and not ($syria or $sdf)")
    for text in ("Ankara patrols", "Turkish patrols"):
        match = matched(one, read(text, "", "en"))
        assert match is not None
        assert match.subject == {"turkey"}


def test_the_subject_of_a_rule_without_references_is_its_words() -> None:
    match = matched(rule('patrol* and ("a b" or c) and not d'), read("Patrols, a b", "", "en"))
    assert match is not None
    assert match.subject == {"patrol*", '"a b"'}


def test_every_rule_that_matches_is_told_in_the_order_of_ids() -> None:
    ready = matcher(rule("$turkey", rule_id="b"), rule("$russia", rule_id="c"), rule("$turkey", rule_id="a"))
    document = read("Turkey resumes", "", "en")
    assert [one.rule_id for one in ready.matches(document, Setting(today=TODAY))] == ["a", "b"]


def test_a_rule_that_names_nothing_known_cannot_be_made_ready() -> None:
    with pytest.raises(KeyError, match="nobody"):
        matcher(rule("$turkey and $nobody"))
    with pytest.raises(KeyError, match=r"turkey\.verb"):
        matcher(rule("$turkey", exclude=(Exclusion(name="x", reason="x", when=parse("$turkey.verb")),)))


@pytest.mark.parametrize(
    ("query", "title", "lacks"),
    [
        ("a and b", "a b", []),
        ("a and b", "a", ["b"]),
        ("a and b and c", "b", ["a", "c"]),
        ("a near/2 b", "a x x b", ["a near/2 b"]),
        ("a near/2 b", "a", ["b"]),
        ("a near/2 a", "a", ["a near/2 a"]),
        ("(a and b) or c", "x", ["c"]),
        ("(a and b and c) or (d and e)", "a b", ["c"]),
        ("a or b", "x", ["a"]),
        ("a and not b", "a b", ["not b"]),
        ("a and not b", "b", ["a", "not b"]),
        ("$turkey and (patrol* or (a near/3 b))", "Turkey", ["patrol*"]),
    ],
)
def test_the_fewest_missing_parts_are_told(query: str, title: str, lacks: list[str]) -> None:
    assert [describe(part) for part in missing(finding(query, title))] == lacks


def test_a_phrase_in_dollar_signs_is_no_reference() -> None:
    # Both were labelled "$turkey", so the one was found wherever the other was.
    assert label_of(Reference("turkey", 1)) == "$turkey"
    assert label_of(Phrase(("$turkey",), 1)) == '"$turkey"'
    assert not meets('$russia and "$turkey"', "Russia and Ankara")


def test_a_text_full_of_the_words_of_a_rule_does_not_hold_up_the_daemon() -> None:
    assert meets("(a near/100 b near/100 a near/100 b) or c", "a b " * 5_000)
    assert not meets("a near/100 b near/100 a near/100 c", "a b " * 5_000)


EXCLUSION = Exclusion(name="sports", reason="a match", when=parse("football or $cue.denied near/3 patrol*"))


@pytest.mark.parametrize(
    ("title", "dropped"),
    [("Turkey patrols", False), ("Turkey football patrols", True), ("Turkey denied joint patrols", True)],
)
def test_an_exclusion_drops_a_match_and_says_so(title: str, dropped: bool) -> None:
    match = matched(rule("$turkey", exclude=(EXCLUSION,)), read(title, "", "en"))
    assert match is not None
    assert match.excluded_by == (EXCLUSION if dropped else None)
    assert [one.text for one in match.evidence] == ["Turkey"]


def test_an_exclusion_of_a_text_that_does_not_match_is_no_match() -> None:
    assert matched(rule("$russia", exclude=(EXCLUSION,)), read("Turkey football", "", "en")) is None


@pytest.mark.parametrize(("days", "dropped"), [(-1, False), (0, False), (1, True), (400, True)])
def test_an_exclusion_counts_before_its_date_only(days: int, dropped: bool) -> None:
    dated = Exclusion(name="old", reason="for a while", when=parse("football"), until=TODAY + timedelta(days=days))
    match = matched(rule("$turkey", exclude=(dated,)), read("Turkey football", "", "en"))
    assert match is not None
    assert (match.excluded_by is not None) is dropped


@pytest.mark.parametrize(
    ("link", "dropped"),
    [
        ("https://n.example/sport/1", True),
        ("https://n.example/opinion/1", True),
        ("https://n.example/sporting", False),
        ("", False),
    ],
)
def test_an_exclusion_may_go_by_parts_of_the_link(link: str, dropped: bool) -> None:
    pages = Exclusion(name="pages", reason="no news", url=("/sport/", "/opinion/"))
    match = matched(rule("$turkey", exclude=(pages,)), read("Turkey", "", "en"), link=link)
    assert match is not None
    assert (match.excluded_by is not None) is dropped


@pytest.mark.parametrize(
    ("title", "lead", "of_text", "of_sentence"),
    [
        pytest.param("Turkey patrols", "More may follow.", True, False, id="the next sentence takes nothing back"),
        pytest.param("Turkey patrols. More may follow", "", True, True, id="a title is one sentence"),
        pytest.param("Turkey may patrol", "", True, True, id="the sentence itself"),
        pytest.param("Turkey may patrol", "Turkey patrols.", True, False, id="one of two sentences"),
        pytest.param("Turkey may patrol", "Turkey may patrol.", True, True, id="both sentences"),
        pytest.param("Turkey", "It may patrol.", True, True, id="no sentence satisfies the rule by itself"),
        pytest.param("Turkey patrols", "It goes on.", False, False, id="nowhere"),
        pytest.param("Turkey", "It patrols.", False, False, id="nowhere in two sentences that only together do"),
    ],
)
def test_an_exclusion_may_look_at_the_sentences_that_satisfy_the_rule(
    title: str, lead: str, of_text: bool, of_sentence: bool
) -> None:
    dropped = {}
    for scope in Scope:
        possible = Exclusion(name="not-yet", reason="may", when=parse("$cue.possible"), scope=scope)
        match = matched(rule("$turkey and patrol*", exclude=(possible,)), read(title, lead, "en"))
        assert match is not None
        dropped[scope] = match.excluded_by is not None
    assert dropped == {Scope.TEXT: of_text, Scope.SENTENCE: of_sentence}


def test_the_first_exclusion_that_counts_is_named() -> None:
    expired = Exclusion(name="expired", reason="x", when=parse("turkey"), until=TODAY)
    first = Exclusion(name="first", reason="x", when=parse("turkey"))
    second = Exclusion(name="second", reason="x", when=parse("turkey"))
    match = matched(rule("$turkey", exclude=(expired, first, second)), read("Turkey", "", "en"))
    assert match is not None
    assert match.excluded_by == first


@given(TEXTS, QUERIES)
def test_an_exclusion_never_hides_the_match_it_drops(text: str, query: str) -> None:
    one, document = rule(query), read(text, "", "en")
    dropping = rule(query, exclude=(Exclusion(name="all", reason="x", when=parse("a or turk*")),))
    free, dropped = matched(one, document), matched(dropping, document)
    assert (free is None) is (dropped is None)
    if free and dropped:
        assert (free.evidence, free.subject) == (dropped.evidence, dropped.subject)


def test_every_name_of_the_vocabulary_can_be_asked_for() -> None:
    for name in sorted(VOCABULARY.names):
        assert not meets(f"${name}", "")
