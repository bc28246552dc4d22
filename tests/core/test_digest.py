"""What a person reads of a digest: golden files for one in every medium, and laws for any.

The golden files are written anew as those of test_render.py are.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.delivery import Delivery, Medium
from monitor.core.digest import Digest, DigestLine, draw, mail, sections, slack, subject, text
from monitor.core.render import MOST_LINES, SLACK_BLOCKS
from monitor.notify.smtp import compose
from tests.core.test_render import assert_golden, assert_inside_slacks_limits, is_safe, links, long_texts

AT = datetime(2024, 8, 24, 4, 0, tzinfo=UTC)


def line(number: int, title: str, *outlets: str, rule_id: str = "joint-patrol", said: str = "planned") -> DigestLine:
    return DigestLine(
        entry_id=number,
        rule_id=rule_id,
        at=AT - timedelta(hours=20 - number % 20),
        title=title,
        outlets=outlets or ("Example Wire",),
        said=said,
        link=f"https://wire.example/world?id={number}&lang=en",
    )


LINES = (
    line(1, "Turkey, Russia may resume joint patrols <!channel>", "Example Wire & Press", "وكالة المثال",
         said="possible: may"),
    line(2, "Ankara denies that joint patrols were agreed", said="denied: denies"),
    line(3, "YPG must disband, minister says", "Örnek Haber", rule_id="ypg-status", said="demanded: must"),
)  # fmt: skip
TITLES = {"joint-patrol": "Turkey–Russia joint patrol", "ypg-status": "Change in YPG status"}
DIGEST = Digest(
    number="57", reference="wirewatch.7f3a91c2.digest.57.syria", at=AT, sections=sections(LINES, TITLES)
)  # fmt: skip
DELIVERY = Delivery(
    id=3, notice_id=57, receiver="syria", recipient="duty@desk.example", payload="", attempts=1, queued_at=AT
)


def many(count: int, rule_id: str = "joint-patrol") -> tuple[DigestLine, ...]:
    return tuple(line(number, f"Report {number}", rule_id=rule_id) for number in range(count))


def test_the_terminal_shows_the_golden_text() -> None:
    assert_golden("digest.txt", f"{draw(DIGEST, Medium.TERMINAL)['text']}\n".encode())


def test_slack_gets_the_golden_payload() -> None:
    payload = json.dumps(draw(DIGEST, Medium.SLACK), indent=2, ensure_ascii=False)
    assert_golden("digest.slack.json", f"{payload}\n".encode())


def test_the_mail_is_the_golden_mail() -> None:
    assert_golden("digest.eml", compose(draw(DIGEST, Medium.EMAIL), "wirewatch@desk.example", DELIVERY).as_bytes())


def test_lines_stand_by_rule_and_in_the_order_they_came() -> None:
    by_rule = sections(reversed(LINES), TITLES)
    assert [(one.rule_title, [each.entry_id for each in one.lines]) for one in by_rule] == [
        ("Change in YPG status", [3]),
        ("Turkey–Russia joint patrol", [1, 2]),
    ]


def test_a_rule_that_says_much_leaves_the_others_their_place() -> None:
    shown = text(replace(DIGEST, sections=sections([*many(500), LINES[2]], TITLES)))
    assert "YPG must disband" in shown
    assert shown.count("\n  - Example Wire") == MOST_LINES - 1
    assert f"  - and {500 - MOST_LINES + 1} more" in shown
    assert shown.endswith(f"{500 - MOST_LINES + 1} more: wirewatch digest show 57")


def test_more_rules_than_lines_are_counted() -> None:
    crowd = [line(number, "Report", rule_id=f"rule-{number:03}") for number in range(100)]
    shown = text(replace(DIGEST, sections=sections(crowd, {})))
    assert shown.count("\n  - Example Wire") == MOST_LINES
    assert shown.endswith("60 more: wirewatch digest show 57")


def test_slack_gets_fewer_lines_where_they_are_long() -> None:
    long = [replace(one, title="Report " * 100, outlets=("Outlet " * 9,) * 9) for one in many(60)]
    payload = slack(replace(DIGEST, sections=sections(long, TITLES)))
    assert_inside_slacks_limits(payload)
    drawn = sum(len(block["text"]["text"]) for block in payload["blocks"][1:-1])
    assert SLACK_BLOCKS / 2 < drawn <= SLACK_BLOCKS
    assert "more: wirewatch digest show 57" in payload["blocks"][-1]["elements"][0]["text"]


lines = st.builds(
    DigestLine,
    entry_id=st.integers(1, 10**9),
    rule_id=st.sampled_from([f"rule-{number}" for number in range(60)]),
    at=st.just(AT) | st.just(AT - timedelta(days=3)),
    title=long_texts,
    outlets=st.lists(long_texts, min_size=1, max_size=7).map(tuple),
    said=long_texts,
    link=links,
)
digests = st.builds(
    lambda listed, times, title: replace(
        DIGEST, sections=sections(listed * times, {one.rule_id: title for one in listed})
    ),
    st.lists(lines, min_size=1, max_size=6),
    st.integers(1, 80),
    long_texts,
)


@given(digest=digests)
@settings(deadline=None)
def test_any_digest_fits_into_slack(digest: Digest) -> None:
    payload = slack(digest)
    assert_inside_slacks_limits(payload)
    assert sum(len(block["text"]["text"]) for block in payload["blocks"][1:-1]) <= SLACK_BLOCKS


@given(digest=digests)
@settings(deadline=None)
def test_any_digest_is_safe_on_a_terminal_and_in_a_mail(digest: Digest) -> None:
    shown = text(digest)
    assert mail(digest)["body"] == f"{shown}\n"
    assert all(is_safe(char) or char == "\n" for char in shown)
    assert "\n" not in subject(digest.sections)
    assert all(each.startswith("  ") for each in shown.split("\n")[1:])
    assert shown.count("\n  - ") <= 2 * MOST_LINES
    shown.encode()


@given(digest=digests)
@settings(deadline=None)
def test_what_is_shown_and_what_is_counted_is_all_of_it(digest: Digest) -> None:
    count = sum(len(section.lines) for section in digest.sections)
    shown = text(digest).count(" · entry ")
    assert shown == count or MOST_LINES / 2 < shown <= MOST_LINES
    assert (f"{count - shown} more: wirewatch digest show 57" in text(digest)) is (count > shown)
    assert subject(digest.sections).startswith(f"[digest] {count} line")


def test_a_section_of_no_lines_is_not_made() -> None:
    assert sections([], TITLES) == ()
