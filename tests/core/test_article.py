"""Articles: whether a text is that of a headline, and what an attempt at a page leads to."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.article import (
    FIRST_WAIT,
    LIFETIME,
    LONGEST_WAIT,
    MOST_ATTEMPTS,
    DueArticle,
    Setback,
    State,
    beginning,
    is_about,
    settle,
    without_title,
)
from monitor.core.entry import body_of
from monitor.feeds.plaintext import plaintext
from tests.core.reading import NOON
from tests.feeds.pages import LANGUAGES, article_page, wall

HOUR = timedelta(hours=1)
NONE = timedelta()
TROUBLE = Setback(reason="the server answered 503", temporary=True)


def due(attempts: int = 1, *, queued: timedelta = NONE, text: str = "") -> DueArticle:
    return DueArticle(
        entry_id=1, feed_id="a", link="https://news.example/1", title="Patrols return", language="en",
        attempts=attempts, queued_at=NOON - queued, leased_at=NOON, text=text,
    )  # fmt: skip


def test_a_page_that_was_had_is_done_with() -> None:
    settled = settle(due(), None, NOON, NONE)
    assert (settled.state, settled.due_at, settled.asked) == (State.FETCHED, None, True)


def test_a_text_that_was_known_is_no_request() -> None:
    assert not settle(due(text="known"), None, NOON, NONE).asked


def test_a_refusal_is_for_good() -> None:
    settled = settle(due(), Setback(reason="robots.txt forbids this page", refused=True), NOON, NONE)
    assert (settled.state, settled.due_at) == (State.REFUSED, None)
    assert settled.reason == "robots.txt forbids this page"


def test_trouble_is_tried_again_after_a_wait_that_doubles() -> None:
    waits = [(settle(due(attempts), TROUBLE, NOON, NONE).due_at or NOON) - NOON for attempts in (1, 2, 3)]
    assert waits == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]


def test_a_publishers_wait_is_a_floor() -> None:
    asked = Setback(reason="429", temporary=True, wait=2 * HOUR)
    assert settle(due(), asked, NOON, NONE).due_at == NOON + 2 * HOUR


def test_trouble_ends_after_five_attempts_or_where_the_next_would_come_after_a_day() -> None:
    assert settle(due(MOST_ATTEMPTS), TROUBLE, NOON, NONE).state is State.FAILED
    assert settle(due(queued=LIFETIME - FIRST_WAIT), TROUBLE, NOON, NONE).state is State.FAILED
    assert settle(due(queued=LIFETIME - FIRST_WAIT - HOUR), TROUBLE, NOON, NONE).state is State.QUEUED


def test_a_host_is_left_in_peace_as_long_as_it_wants_but_no_longer_than_a_day() -> None:
    assert settle(due(), None, NOON, timedelta(seconds=10)).host_free_at == NOON + timedelta(seconds=10)
    refused = Setback(reason="403", refused=True, rest=HOUR)
    assert settle(due(), refused, NOON, timedelta(seconds=10)).host_free_at == NOON + HOUR
    assert settle(due(), Setback(reason="x", rest=99 * LONGEST_WAIT), NOON, NONE).host_free_at == NOON + LONGEST_WAIT


@given(
    st.integers(1, 9),
    st.booleans(),
    st.booleans(),
    st.timedeltas(NONE, 9 * LIFETIME),
    st.timedeltas(NONE, 2 * LIFETIME),
)
def test_every_attempt_ends_or_is_tried_later_within_the_day_and_keeps_its_reason(
    attempts: int, refused: bool, temporary: bool, wait: timedelta, queued: timedelta
) -> None:
    setback = Setback(reason="because", refused=refused, temporary=temporary, wait=wait)
    settled = settle(due(attempts, queued=queued), setback, NOON, NONE)
    assert settled.reason == "because"
    assert settled.state in {State.QUEUED, State.REFUSED, State.FAILED}
    assert (settled.state is State.QUEUED) == (settled.due_at is not None)
    if settled.due_at is not None:
        assert temporary
        assert attempts < MOST_ATTEMPTS
        assert NOON + FIRST_WAIT <= settled.due_at < NOON - queued + LIFETIME


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_article_is_about_its_headline(language: str) -> None:
    one = article_page(language)
    assert is_about(one.title, one.text, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["consent", "paywall", "challenge"])
def test_a_wall_is_about_no_headline(language: str, name: str) -> None:
    assert not is_about(article_page(language).title, plaintext(wall(name).decode()), language)


@pytest.mark.parametrize(
    ("title", "text", "language"),
    [
        ("Video", "Cookies, please", "en"),
        ("Putin Ankara'da", "Rusya lideri geldi", "tr"),
        ("Türkiye, Rusya ile devriyeye başladı", "Ortak devriyeler sürüyor", "tr"),
        ("Новые патрули начались на севере", "В патрулировании участвуют машины", "ru"),
        ("Dewriyeyên hevpar li bakur dest pê kirin", "Dewriyeya yekem îro bû", "kmr"),
        ("", "", "en"),
    ],
)
def test_a_headline_in_other_forms_or_of_few_words_passes(title: str, text: str, language: str) -> None:
    assert is_about(title, text, language)


def test_the_headline_on_top_of_the_text_is_left_out_and_nothing_else_is() -> None:
    assert without_title("Patrols return!\n\nTurkey said.\nMore.", "Patrols  Return") == "Turkey said.\nMore."
    assert without_title("Patrols return to the north\nTurkey said.", "Patrols return").startswith("Patrols return to")
    assert without_title("Patrols return", "Patrols return") == "Patrols return"


def test_texts_with_the_same_first_two_sentences_begin_alike() -> None:
    assert beginning("One said. Two said. Three.") == beginning("ONE said.\nTwo said. Four.")
    assert beginning("One said. Two said. Three.") != beginning("One said. Four said. Three.")


REPORT = "Turkey and Russia have resumed joint patrols after a pause of ten months, the ministry said. " * 3


@pytest.mark.parametrize(
    ("summary", "content", "fulltext", "read"),
    [
        ("", "", "", ""),
        ("", "", "page", "page"),
        ("Read more ...", "", "page", "page"),
        ("Read more ...", "", "", "Read more ..."),
        (REPORT, "", "page", REPORT),
        ("", REPORT, "page", REPORT),
        ("Read more ...", REPORT, "page", "page"),
    ],
)
def test_the_page_is_read_where_the_feed_says_little(summary: str, content: str, fulltext: str, read: str) -> None:
    assert body_of(summary, content, fulltext) == read
