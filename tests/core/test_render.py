"""What a person reads: golden files for one notice in every medium, and laws for any notice.

After a change that is meant, write the golden files anew and read their diff before it is committed:

    WIREWATCH_WRITE_GOLDEN=1 .venv/bin/pytest tests/core/test_render.py
"""

import json
import os
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.core.delivery import Delivery, Medium
from monitor.core.render import (
    LONGEST_EXCERPT,
    MOST_REPORTS,
    Excerpt,
    Notice,
    Reported,
    link,
    mail,
    plain,
    render,
    slack,
    slack_escape,
    subject,
    text,
)
from monitor.core.severity import Severity
from monitor.notify.smtp import compose

GOLDEN = Path(__file__).parents[1] / "golden"
AT = datetime(2024, 8, 23, 13, 10, 4, tzinfo=UTC)
TITLE = "UPDATE 2-Turkey and Russia resume joint patrols near Kobani after ten months - ministry"
LEAD = (
    "Turkish and Russian forces resumed joint patrols east of Kobani on Friday, the Turkish defence ministry said. "
    "The patrols had been suspended since October."
)


def excerpt(text_: str, *words: str) -> Excerpt:
    return Excerpt(text=text_, spans=tuple((text_.index(word), text_.index(word) + len(word)) for word in words))


NOTICE = Notice(
    number="41",
    reference="wirewatch.7f3a91c2.41.opened",
    rule_id="turkey-russia-joint-patrol",
    rule_title="Turkey–Russia joint patrol",
    owner="syria-desk",
    severity="high",
    at=AT,
    why="first match of this rule on this development",
    words=("Turkey", "Russia", "joint", "patrols", "Turkish", "Russian"),
    excerpts=(
        excerpt(TITLE, "Turkey", "Russia", "joint", "patrols"),
        excerpt(LEAD, "Turkish", "Russian", "joint", "patrols"),
    ),
    reports=(
        Reported(
            entry_id=812,
            outlet="Example Wire & Press",
            title=TITLE,
            link="https://wire.example/world?id=812&lang=en",
            language="en",
            published_at=datetime(2024, 8, 23, 13, 8, tzinfo=UTC),
        ),
        Reported(
            entry_id=815,
            outlet="وكالة المثال",
            title="استئناف الدوريات التركية الروسية المشتركة شرقي عين العرب (كوباني)",
            link="https://mithal.example/أخبار/815",
            language="ar",
            published_at=None,
        ),
    ),
    notes="Check whose statement it is; call the desk before 18:00.",
)
DELIVERY = Delivery(
    id=3,
    notice_id=2,
    receiver="desk-mail",
    recipient="duty@desk.example",
    payload="",
    attempts=1,
    queued_at=AT,
)


def assert_golden(name: str, made: bytes) -> None:
    """The bytes are those of the golden file; see the top of this module for how it is renewed."""
    path = GOLDEN / name
    if os.environ.get("WIREWATCH_WRITE_GOLDEN"):
        path.write_bytes(made)
    assert made == path.read_bytes()


def reported(title: str, address: str = "", outlet: str = "Example Wire") -> Reported:
    return Reported(entry_id=1, outlet=outlet, title=title, link=address, language="en", published_at=None)


def test_the_terminal_shows_the_golden_text() -> None:
    assert_golden("notice.txt", f"{render(NOTICE, Medium.TERMINAL)['text']}\n".encode())


def test_slack_gets_the_golden_payload() -> None:
    payload = json.dumps(render(NOTICE, Medium.SLACK), indent=2, ensure_ascii=False)
    assert_golden("notice.slack.json", f"{payload}\n".encode())


def test_the_mail_is_the_golden_mail() -> None:
    message = compose(render(NOTICE, Medium.EMAIL), "wirewatch@desk.example", DELIVERY)
    assert_golden("notice.eml", message.as_bytes())


def test_a_drill_says_so_first_and_names_no_alert() -> None:
    drill = replace(NOTICE, drill=True)
    assert subject(drill).startswith("TEST [high] ")
    assert "alert 41" not in text(drill)
    assert "drill · 2024-08-23 13:10 UTC" in text(drill)


def test_a_notice_without_reports_has_a_subject_of_its_own() -> None:
    assert subject(replace(NOTICE, reports=())) == "[high] Turkey–Russia joint patrol"


def test_many_reports_are_counted_and_the_first_are_shown() -> None:
    many = replace(NOTICE, reports=tuple(reported(f"Report {number}", outlet=f"Wire {number}") for number in range(40)))
    assert f"  - and {40 - MOST_REPORTS} more: wirewatch alerts show 41" in text(many).splitlines()
    assert "Wire 11 and 28 more (40 reports)" in text(many)
    assert text(many).count("\n  - Wire") == MOST_REPORTS


def test_a_matched_word_far_down_a_long_text_is_shown() -> None:
    far = excerpt(
        "Background that goes on and on " * 100 + "until the joint patrols resume at last", "joint", "patrols"
    )
    shown = text(replace(NOTICE, excerpts=(far,)))
    assert "«joint» «patrols» resume at last" in shown
    assert len(shown) < len(text(replace(NOTICE, excerpts=()))) + LONGEST_EXCERPT + 20


def test_a_text_that_fits_is_shown_from_its_beginning() -> None:
    whole = excerpt("It goes on and on " * 30 + "until joint patrols resume", "joint")
    assert f"  text     {whole.text[:500]}" in text(replace(NOTICE, excerpts=(whole,)))


def test_spans_that_overlap_or_reach_too_far_are_marked_once() -> None:
    one = Excerpt(text="joint patrols resume", spans=((6, 13), (0, 8), (14, 900)))
    assert "«joint patrols» «resume»" in text(replace(NOTICE, excerpts=(one,)))


def test_an_excerpt_of_invisible_characters_alone_is_left_out() -> None:
    unseen = Excerpt(text="\u202e\u2066\x00", spans=())
    assert text(replace(NOTICE, excerpts=(unseen,))) == text(replace(NOTICE, excerpts=()))
    assert_inside_slacks_limits(slack(replace(NOTICE, excerpts=(unseen,))))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Patrols\nresume\r\n\ttoday", "Patrols resume today"),
        ("Patrols\u2028resume\u2029today\x85now\x0b\x1cand", "Patrols resume today now and"),
        ("\x1b[31mred\x1b[0m \x9b2J", "[31mred[0m 2J"),
        ("patrol \u202egnihton\u202c \u2066x\u2069 \u200fy\u061c", "patrol gnihton x y"),
        ("nul\x00 bell\x07 half\ud800", "nul bell half"),
        ("Türkiye'nin دورية патруль 巡邏 👩\u200d✈️", "Türkiye'nin دورية патруль 巡邏 👩\u200d✈️"),
    ],
)
def test_what_a_feed_writes_becomes_one_line_that_a_terminal_can_show(value: str, shown: str) -> None:
    assert plain(value) == shown


@pytest.mark.parametrize(
    "value",
    [
        "javascript:alert(1)",
        "data:text/html,<b>x</b>",
        "file:///etc/passwd",
        "ftp://wire.example/1",
        "//wire.example/1",
        "https://wire.example/" + "a" * 1_000,
        "mailto:desk@wire.example",
        "https://",
        "",
    ],
)
def test_what_is_no_plain_web_address_is_no_link(value: str) -> None:
    assert link(value) == ""


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("a|b", "a%7Cb"),
        ("<!channel>", "%3C!channel%3E"),
        ('"onclick=', "%22onclick="),
        ("a b", "a%20b"),
        ("a'b", "a%27b"),
    ],
)
def test_what_would_end_or_split_a_link_is_encoded(path: str, shown: str) -> None:
    assert link(f"https://wire.example/{path}") == f"https://wire.example/{shown}"


@pytest.mark.parametrize(
    "value",
    ["https://wire.example/a?b=1&c=2#d", "HTTP://wire.example/", "https://wire.example/новости/١٢", "http://[::1]/a"],
)
def test_a_web_address_is_a_link_as_it_is(value: str) -> None:
    assert link(value) == value


def test_a_headline_cannot_ping_or_link_in_slack() -> None:
    hostile = "<!channel> <@U1> <https://evil.example|Example Wire> &lt;!here&gt; *bold*"
    payload = slack(replace(NOTICE, reports=(reported(hostile, "https://wire.example/1"),)))
    assert_inside_slacks_limits(payload)
    drawn = json.dumps(payload["blocks"][1:])
    assert "&lt;!channel&gt; &lt;@U1&gt; &lt;https://evil.example|Example Wire&gt; &amp;lt;!here&amp;gt;" in drawn
    assert "<https://wire.example/1|link>" in drawn


def test_what_is_cut_ends_in_dots() -> None:
    drawn = slack(replace(NOTICE, notes="&" * 4_000, rule_title="x" * 400))
    assert drawn["blocks"][0]["text"]["text"].endswith("x…")
    assert drawn["blocks"][4]["text"]["text"].endswith("&amp;…")


def test_a_cut_never_leaves_half_an_escape() -> None:
    long = reported("&" * 250, "https://wire.example/?" + "&" * 900, outlet="&" * 60)
    assert_inside_slacks_limits(slack(replace(NOTICE, reports=(long,), notes="&" * 4_000, rule_title="&" * 4_000)))


# Text as feeds write it at their worst, up to far beyond every limit.
nasty = st.sampled_from(
    ("<!channel>", "&", "&amp", "<https://evil.example|x>", "\u202e", "\x1b[31m", "\r\nBcc: x@evil.example", "\u2028",
     "=?utf-8?q?=0D=0A?=", "«", "|", ">", "`", "\x00", "\ud800", "دورية ", "👩\u200d✈️", "a b ", "\u00ad", "e\u0301")
)  # fmt: skip
texts = st.text(max_size=60) | st.lists(nasty | st.text(max_size=5), max_size=8).map("".join)
long_texts = texts | st.builds(lambda piece, times: piece * times, nasty | st.text(max_size=5), st.integers(0, 4_200))
links = texts.map(lambda tail: f"https://wire.example/{tail}") | long_texts
excerpts = st.builds(
    Excerpt,
    text=long_texts,
    spans=st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 5_000)).map(sorted).map(tuple), max_size=5).map(
        tuple
    ),
)
reports = st.builds(
    Reported,
    entry_id=st.just(1),
    outlet=long_texts,
    title=long_texts,
    link=links,
    language=st.sampled_from(("en", "ar", "kmr")),
    published_at=st.none() | st.just(AT) | st.just(AT - timedelta(days=365 * 1_900)),
)
# The store and the desk make the rest, and the desk's loader holds it to its form.
notices = st.builds(
    Notice,
    number=st.just("41"),
    reference=st.just("wirewatch.7f3a91c2.41.opened"),
    rule_id=st.just("joint-patrol"),
    rule_title=long_texts,
    owner=long_texts,
    severity=st.sampled_from([severity.label for severity in Severity]),
    at=st.just(AT),
    why=long_texts,
    words=st.lists(long_texts, max_size=30).map(tuple),
    excerpts=st.lists(excerpts, max_size=2).map(tuple),
    reports=st.lists(reports, max_size=15).map(tuple),
    notes=long_texts,
    drill=st.booleans(),
)


def assert_inside_slacks_limits(payload: dict[str, Any]) -> None:
    """The limits of docs.slack.dev, counted after escaping; and nothing that pings or links but what we made."""
    blocks = payload["blocks"]
    assert len(blocks) <= 50
    for block in blocks:
        match block["type"]:
            case "header":
                assert 1 <= len(block["text"]["text"]) <= 150
                assert block["text"]["type"] == "plain_text"
            case "section":
                assert 1 <= len(block["text"]["text"]) <= 3_000
                assert_nothing_unescaped(block["text"]["text"], ours=True)
            case "context":
                (element,) = block["elements"]
                assert 1 <= len(element["text"]) <= 3_000
                assert_nothing_unescaped(element["text"], ours=False)
            case other:
                pytest.fail(f"a block of type {other}")
    assert 1 <= len(payload["text"]) <= 4_000
    assert_nothing_unescaped(payload["text"], ours=False)
    assert (payload["unfurl_links"], payload["unfurl_media"]) == (False, False)
    json.dumps(payload, ensure_ascii=False).encode()


def assert_nothing_unescaped(drawn: str, *, ours: bool) -> None:
    left = re.sub(r"<https?://[^\s<>|]+\|link>", "", drawn, flags=re.IGNORECASE) if ours else drawn
    assert not set(left) & {"<", ">"}
    assert not re.search(r"&(?!amp;|lt;|gt;)", left)


@given(notice=notices)
@example(notice=replace(NOTICE, excerpts=(Excerpt(text="\u202e", spans=()),)))
@settings(deadline=None)
def test_any_notice_fits_into_slack(notice: Notice) -> None:
    assert_inside_slacks_limits(slack(notice))


@given(notice=notices)
@settings(deadline=None)
def test_any_notice_is_safe_on_a_terminal_and_in_a_mail(notice: Notice) -> None:
    shown = text(notice)
    assert mail(notice)["body"] == f"{shown}\n"
    assert all(is_safe(char) or char == "\n" for char in shown)
    assert "\n" not in subject(notice)
    # Every line but the first begins with our own indent: a feed cannot write a line of its own.
    assert all(line.startswith("  ") for line in shown.split("\n")[1:])
    shown.encode()


def is_safe(char: str) -> bool:
    bidi = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    return (
        unicodedata.category(char) not in {"Cc", "Cs", "Zl", "Zp"}
        and unicodedata.bidirectional(char) not in bidi
        and char not in "\u200e\u200f\u061c"
    )


@given(value=st.text() | texts)
def test_plain_text_has_no_controls_no_overrides_and_one_line(value: str) -> None:
    shown = plain(value)
    assert all(is_safe(char) for char in shown)
    assert len(shown.splitlines()) <= 1
    assert shown == shown.strip()
    assert plain(shown) == shown


@given(value=st.text() | links)
def test_a_link_is_a_web_address_or_nothing(value: str) -> None:
    shown = link(value)
    assert shown == "" or re.fullmatch(r"https?://[^\s<>|\"]+", shown, re.IGNORECASE)


@given(value=texts)
def test_escapes_can_be_undone(value: str) -> None:
    undone = slack_escape(value).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert undone == value


def test_a_label_stands_ahead_of_the_rule_and_what_was_added_below_the_reason() -> None:
    labelled = replace(NOTICE, label="RESUMPTION", updates=("corroborated: 2 origins", "DENIAL: denied: TASS"))
    assert subject(labelled).startswith("[high] RESUMPTION - Turkey–Russia joint patrol: UPDATE 2-Turkey")
    assert text(labelled).splitlines()[2:4] == ["  since    corroborated: 2 origins", "           DENIAL: denied: TASS"]
    assert "*since* corroborated: 2 origins\\n*since* DENIAL: denied: TASS" in json.dumps(slack(labelled))
