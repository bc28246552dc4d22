"""How a text says it: each cue where it governs the deed, and nowhere else."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.clause import Assertion
from monitor.core.entry import read
from monitor.core.match import Setting
from monitor.core.modality import governs_at_once
from monitor.core.rule import Handling, Window
from monitor.core.terms import Span
from tests.core.rulebook import TODAY, matcher, rule, said

WATCH = rule("$turkey and patrol*", within=Window.SENTENCE)


@pytest.mark.parametrize(
    ("title", "how"),
    [
        ("Turkey resumes patrols", "done"),
        ("Turkey may resume patrols", "possible: may"),
        ("Turkey will resume patrols", "planned: will"),
        ("Turkey must resume patrols", "demanded: must"),
        ("Turkey denied that it had resumed patrols", "denied: denied"),
        ("Turkey will not resume patrols", "negated: not"),
        ("Turkey considers the patrols useful", "stative: considers"),
        ("Turkey regularly patrols", "habitual: regularly"),
        ("Five years ago Turkey began patrols", "retro: years ago"),
        ("Opinion: Turkey and its patrols", "opinion: Opinion"),
        ("Will Turkey resume patrols?", "possible"),
        ("Turkey back on patrol?", "possible"),
        pytest.param("Not only Turkey resumes patrols", "done", id="an idiom is no negation"),
        pytest.param("Turkey resumes patrols while Syria may not", "done", id="what another clause says"),
        pytest.param("Turkey resumes patrols; more may follow", "done", id="what stands behind a semicolon"),
        pytest.param("Turkey patrols, and the public opinion is split", "done", id="an opinion in the middle"),
        pytest.param("A no a b c d e f g Turkey patrols", "done", id="a negation far away"),
        pytest.param("Turkey resumes patrols, not talks", "done", id="a negation behind a comma"),
    ],
)
def test_a_cue_counts_where_it_governs_the_deed(title: str, how: str) -> None:
    assert said(WATCH, title) == how


@pytest.mark.parametrize(
    ("title", "how"),
    [
        ("Türkiye devriye başlatmadı", "negated: başlatmadı"),
        ("Türkiye a b c d devriye yalanladı", "denied: yalanladı"),
    ],
)
def test_in_turkish_what_governs_the_deed_stands_behind_it(title: str, how: str) -> None:
    assert said(rule("$turkey and devriye*", within=Window.SENTENCE), title, language="tr") == how


@pytest.mark.parametrize(
    ("title", "how"),
    [
        ("In November 2019 Turkey began patrols", "retro: 2019"),
        ("Turkey began patrols in 2023", "retro: 2023"),
        ("Turkey patrols under the memorandum of October 2019", "done"),
        ("Turkey patrols, the first since October 2023", "done"),
        ("Turkey patrols in 2024", "done"),
        ("Turkish patrol seen | December 28th 2020", "done"),
        ("Turkey patrols, halted in October 2023, resume", "done"),
    ],
)
def test_a_year_of_the_past_dates_the_deed(title: str, how: str) -> None:
    assert said(WATCH, title) == how


def test_in_january_the_last_year_is_no_past() -> None:
    title = "Turkey began patrols in December 2024"
    january, june = (Setting(today=date(2026, 6, 1), dated=date(2025, month, 5)) for month in (1, 6))
    assert said(WATCH, title, setting=january) == "done"
    assert said(WATCH, title, setting=june) == "retro: 2024"


def test_the_headline_decides_how_it_is_said() -> None:
    # Background in the lead neither undoes a headline nor makes news of one that says "may".
    assert said(WATCH, "Turkey patrols", "No patrols of Turkey may follow.") == "done"
    assert said(WATCH, "Turkey may patrol", "Turkey patrols.") == "possible: may"
    assert said(WATCH, "Convoy seen", "Turkey may patrol. Turkey patrols.") == "done"


def test_a_headline_that_names_the_deed_and_only_wants_it_makes_a_line_of_the_digest() -> None:
    watch = rule("$turkey and $russia and patrol*", within=Window.SENTENCE)
    assert said(watch, "Paris urges patrols of Turkey", "Turkey and Russia began patrols.") == "demanded: urges"
    assert said(watch, "Paris urges Turkey to leave", "Turkey and Russia began patrols.") == "done"
    assert said(watch, "Paris urges calm", "Turkey and Russia began patrols.") == "done"


HEADLINES = st.lists(
    st.sampled_from(["Turkey", "may", "must", "denied", "urges", "opinion", ":", "US", "years ago", "?"])
)


@given(HEADLINES)
def test_no_headline_drops_what_the_sentence_below_it_tells_as_done(words: list[str]) -> None:
    watch = rule("$turkey and $russia and patrol*", within=Window.SENTENCE)
    ready, document = matcher(watch), read(" ".join(words), "Turkey and Russia began patrols near Kobani.", "en")
    match = ready.match(watch, document, ready.find(document), Setting(today=TODAY))
    assert match is not None
    assert match.handling is not Handling.DROP


@pytest.mark.parametrize(
    "title",
    [
        "Turkey resumes patrols, US calls for talks and urges calm",
        "Turkey resumes patrols, Moscow denied losses",
        "Turkey resumes patrols after US urges restraint",
        "Turkey resumes patrols: will it hold?",
        "Turkey, founded in October 1923, resumes patrols",
        "No patrols for a year, but on Monday Turkey held patrols near Kobani",
    ],
)
def test_what_others_say_behind_it_does_not_undo_what_was_done(title: str) -> None:
    assert said(WATCH, title) in {"done", "planned: will"}


def test_an_exclusion_and_a_handling_leave_the_evidence_as_it_is() -> None:
    loud = rule("$turkey and patrol*", handling={**WATCH.handling, Assertion.POSSIBLE: Handling.ALERT})
    assert said(loud, "Turkey may patrol") == "possible: may"


@given(
    st.lists(
        st.sampled_from(
            ["Turkey", "patrols", "may", "not", "denied", ",", ";", "while", "only", "2019", "in", "?", "."]
        )
    )
)
def test_every_match_is_said_in_one_way_by_a_cue_of_the_text(words: list[str]) -> None:
    text = " ".join(words)
    how = said(WATCH, text)
    assert (how == "") is not ({"Turkey", "patrols"} <= set(words))
    kind, _, cue = how.partition(": ")
    assert cue in text
    assert not how or kind in set(Assertion)
    assert how == said(WATCH, text)
    assert TODAY.year == 2024


@pytest.mark.parametrize(
    ("language", "cue", "governs"),
    [
        pytest.param("en", Span(3, 3), True, id="will sign"),
        pytest.param("en", Span(2, 2), True, id="will soon sign"),
        pytest.param("en", Span(1, 1), False, id="will, after long talks, sign"),
        pytest.param("en", Span(4, 4), True, id="an ending"),
        pytest.param("en", Span(6, 6), False, id="signed, will join"),
        pytest.param("tr", Span(5, 5), True, id="imza atacak"),
        pytest.param("kmr", Span(6, 6), True, id="îmze bikin"),
        pytest.param("tr", Span(4, 4), False, id="olacağını duyurdu"),
        pytest.param("tr", Span(7, 7), False, id="farther behind"),
        pytest.param("tr", Span(3, 3), False, id="katılacağı anlaşma imzalandı"),
    ],
)
def test_a_cue_says_it_of_the_very_word_where_the_language_puts_it(language: str, cue: Span, governs: bool) -> None:
    assert governs_at_once(cue, Span(4, 5), language) is governs
