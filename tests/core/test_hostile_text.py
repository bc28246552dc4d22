"""Texts that are made to break or to stall the reading: what they cost, and what they leave behind."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core import asked, event, terms, text
from monitor.core.clause import Expression
from monitor.core.entry import Document, read
from monitor.core.evaluate import evaluate
from monitor.core.match import Match, Matcher, Setting
from monitor.core.rule import Rule
from monitor.core.terms import Span, TermIndex, term
from monitor.core.view import View, Way, around, between, within
from monitor.ruleset.desk import load_desk
from tests.core.reading import view_of
from tests.core.rulebook import TODAY, matcher, rule
from tests.core.rulebook import event as an_event

HALF = "\ud83d"
SURROGATES = st.characters(categories=["Cs"])
BROKEN_TEXT = st.text(st.characters() | SURROGATES | st.sampled_from("Turkey. \n"))
SHIPPED = Path(__file__).parents[2] / "rules"


def endless(unit: str) -> str:
    """A text as long as any that is looked at."""
    return (unit * text.LONGEST_FIELD)[: text.LONGEST_FIELD]


def expressing(pattern: str) -> Rule:
    """A rule that looks for an expression."""
    return replace(rule("word", rule_id="expression"), match=Expression(pattern))


@pytest.fixture(scope="module")
def shipped() -> Matcher:
    return Matcher(load_desk(SHIPPED).ruleset)


class TestHalfCharacters:
    def test_they_cost_no_rule_its_entry(self) -> None:
        ready = matcher(rule("$turkey and $russia", rule_id="words"), expressing("f-16"))
        document = read("Turkey and Russia resume patrols", f"Emoji {HALF} here, an F-16.", "en")
        found = ready.matches(document, Setting(today=TODAY))
        assert [one.rule_id for one in found] == ["expression", "words"]

    def test_the_words_behind_one_keep_their_place(self) -> None:
        written = f"{HALF} Turkey and Russia"
        match = _only_match(matcher(rule("$turkey and $russia")), read(written, "", "en"))
        assert [written[one.start : one.end] for one in match.evidence] == ["Turkey", "Russia"]

    @given(BROKEN_TEXT, BROKEN_TEXT, st.booleans())
    def test_every_document_can_be_encoded(self, title: str, body: str, whole: bool) -> None:
        document = read(title, body, "en", whole=whole)
        assert all(part.text.encode() is not None for part in document.parts)
        assert len(document.parts[0].text) == len(title)

    @given(
        st.text(SURROGATES | st.sampled_from("aAıд٣أ'"), min_size=1), st.sampled_from(sorted(text.stemmed_languages()))
    )
    def test_no_stemmer_is_given_one(self, word: str, language: str) -> None:
        assert text.lexeme(word, language).keys
        assert text.word_keys(word, (language,))


class TestEndlessTexts:
    @pytest.mark.parametrize(
        "unit",
        [
            "Turkey, Russia, patrol, SDF, ",
            "Turkey; Russia; patrol; ",
            "Turkey Russia patrol ",
            "Turkey and Russia: joint patrol. ",
            "SDF join army Damascus, ",
        ],
    )
    def test_the_rules_that_are_shipped_come_to_an_end(self, shipped: Matcher, unit: str) -> None:
        document = read("Turkey and Russia", endless(unit), "en", whole=True)
        assert all(match.evidence for match in shipped.matches(document, Setting(today=TODAY)))

    def test_an_event_tries_few_of_its_actions(self, monkeypatch: pytest.MonkeyPatch) -> None:
        tried = _counted(monkeypatch, "_at")
        hindered = _counted(monkeypatch, "_hindered")
        one = an_event(action="$topic.patrol", actors=["$turkey", "$russia"], joint=True)
        found = matcher(rule("$topic.patrol and $turkey and $russia")).find(
            read("", endless("Turkey, Syria, Syria, patrol, Syria, Syria, Russia; "), "en")
        )
        assert not _happens(one, view_of(found))
        assert len(tried) == event._MOST_ACTIONS
        assert len(hindered) < 200 * event._MOST_ACTIONS

    def test_an_event_that_was_found_often_enough_is_not_looked_for_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tried = _counted(monkeypatch, "_at")
        one = an_event(action="$topic.patrol", actors=["$turkey"])
        found = matcher(rule("$topic.patrol and $turkey")).find(read("", endless("Turkey patrol "), "en"))
        assert _happens(one, view_of(found))
        assert len(tried) == event._MOST_EVENTS

    def test_an_expression_that_is_met_everywhere_has_the_first_places(self) -> None:
        found = matcher(expressing("a")).find(read("", endless("a "), "en"))
        assert [len(spans) for spans in found.values()] == [200]

    def test_sentences_of_an_endless_text_are_told_apart(self) -> None:
        document = read("x", endless("Aa bb. "), "en", whole=True)
        assert {span.end - span.start for span in document.sentences[1:-1]} == {1}
        assert all(one.end < other.start for one, other in pairwise(document.sentences))


class TestExpressions:
    def test_one_that_no_rule_asks_for_is_not_looked_for(self) -> None:
        plain, other = rule("$turkey", rule_id="plain"), expressing("turk")
        ready = matcher(plain, other)
        document = read("Turkey", "", "en")
        assert len(ready.find(document)) == len(ready._wanted.find(document, [plain, other])) == 2
        assert set(ready._wanted.find(document, [plain])) == {"$turkey"}

    @pytest.mark.parametrize(
        ("pattern", "place"),
        [("an f.16", (1, 3)), ("rkey", (4, 4)), (r"\.", None), ("16 .o", (3, 4)), (" ", None), ("$", None)],
    )
    def test_one_stands_at_the_words_that_it_touches(self, pattern: str, place: tuple[int, int] | None) -> None:
        places = list(matcher(expressing(pattern)).find(read("See an F-16 (overTurkey).", "", "en")).values())
        assert [spans[0] for spans in places] == ([] if place is None else [place])


class TestForgetting:
    def test_what_is_known_of_words_goes_with_them(self) -> None:
        index = TermIndex([("turkey", term(["Turkey"], ("en",)))])
        ready = matcher(rule("$turkey"))
        for start in range(0, 3 * text.MOST_LEXEMES, 2_000):
            document = read("", " ".join(f"w{number}" for number in range(start, start + 2_000)) + " Turkey", "en")
            assert list(index.find(document.words)) == ["turkey"]
            assert _only_match(ready, document)
            assert sum(map(len, index._begun.values())) <= text.MOST_LEXEMES + 2_001
            assert sum(map(len, ready._asked._known.values())) <= text.MOST_LEXEMES + 2_001
        assert terms._MOST_LEXEMES == asked._MOST_LEXEMES > text.MOST_LEXEMES + 2_001

    def test_it_is_counted(self) -> None:
        before = text.forgettings()
        for number in range(text.MOST_LEXEMES + 1):
            text.lexeme(f"v{number}", "tr")
        assert text.forgettings() > before


SPANS = st.builds(lambda start, words: Span(start, start + words), st.integers(0, 60), st.integers(0, 5))


class TestStretches:
    @given(st.lists(st.integers(0, 60)), SPANS, SPANS)
    def test_between_is_what_a_look_at_all_would_say(self, positions: list[int], one: Span, other: Span) -> None:
        low, high = min(one.end, other.end), max(one.start, other.start)
        assert between(sorted(positions), one, other) == any(low < at <= high for at in positions)

    @given(st.lists(SPANS), SPANS)
    def test_within_is_what_a_look_at_all_would_say(self, spans: list[Span], stretch: Span) -> None:
        inside = [one for one in sorted(spans) if stretch.start <= one.start and one.end <= stretch.end]
        assert within({"a": sorted(spans)}, stretch) == ({"a": inside} if inside else {})

    @given(st.lists(SPANS), SPANS, st.integers(0, 9))
    def test_around_leaves_out_nothing_that_is_near(self, spans: list[Span], stretch: Span, distance: int) -> None:
        near = [one for one in spans if one.start - stretch.end <= distance and stretch.start - one.end <= distance]
        assert set(near) <= set(around(sorted(spans), stretch, distance))


def _only_match(ready: Matcher, document: Document) -> Match:
    (match,) = ready.matches(document, Setting(today=TODAY))
    return match


def _happens(one: Any, view: View) -> Sequence[Way]:
    return evaluate(one, view).ways


def _counted(monkeypatch: pytest.MonkeyPatch, name: str) -> list[Any]:
    """The calls of a function of event.py, from now on."""
    calls: list[Any] = []
    real = getattr(event, name)

    def counting(*given_: Any) -> Any:
        calls.append(given_[0])
        return real(*given_)

    monkeypatch.setattr(event, name, counting)
    return calls
