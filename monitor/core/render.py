"""Notices as people read them: on a terminal, in Slack, by mail.

Knows the limits and the escapes of each medium; sends nothing. What comes from a feed is hostile until it went
through `plain`: control characters, escape sequences, bidirectional overrides, mrkdwn and header tricks are taken out
here, once, for every medium. All of it is rendered when the notice is queued, so that what was promised is sent even
after the rule was edited.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from monitor.core.delivery import Medium

# Slack: a header holds 150 characters, a section 3,000, a message of 4,041 is split in two; counted after escaping.
SLACK_HEADER = 150
SLACK_SECTION = 3_000
SLACK_TEXT = 4_000
# The blocks of one message hold some 13,000 characters, addresses of links included.
SLACK_BLOCKS = 10_000
LONGEST_TITLE = 250
LONGEST_LABEL = 80
LONGEST_EXCERPT = 700
LONGEST_LINK = 1_000
MOST_REPORTS = 12
MOST_UPDATES = 12
MOST_WORDS = 24
# A digest is read over coffee; what does not fit is listed by a command.
MOST_LINES = 40
MOST_OUTLETS = 5

_MARKS = {"info": "·", "notice": "•", "high": "▲", "critical": "⬤"}
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
_IN_LINKS = frozenset(" |<>\"'\\^`{}")
_LINK = re.compile(r"https?://[^\s<>|\"'\\^`{}]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """One entry an alert rests on."""

    entry_id: int
    outlet: str
    title: str
    link: str
    language: str
    published_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """Title or lead of the entry that rang, and the character ranges that matched in it."""

    text: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Everything one message says; `drill` marks a test notice, `closed` the end of an alert.

    `reports` has the entry that rang first; where none did, `title` says what happened. `label` stands ahead of the
    rule's title ("RESUMPTION"); `updates` are what was added since the alert opened, a line each.

    `reference` is a name no other notice of any store has; mail systems drop repeats by it.
    """

    number: str
    reference: str
    rule_id: str
    rule_title: str
    owner: str
    severity: str
    at: datetime
    why: str
    words: tuple[str, ...]
    excerpts: tuple[Excerpt, ...]
    reports: tuple[Reported, ...]
    label: str = ""
    updates: tuple[str, ...] = ()
    notes: str = ""
    title: str = ""
    drill: bool = False
    closed: bool = False


def render(notice: Notice, medium: Medium) -> dict[str, Any]:
    """The payload of a notice for a medium: plain data that a notifier hands over as it is."""
    match medium:
        case Medium.TERMINAL:
            return {"text": text(notice)}
        case Medium.SLACK:
            return slack(notice)
        case Medium.EMAIL:
            return mail(notice)


def subject(notice: Notice) -> str:
    """One line: how grave, which rule, what happened."""
    title = plain(notice.reports[0].title if notice.reports else notice.title)
    mark = "TEST " if notice.drill else "OVER " if notice.closed else ""
    label = f"{cut(plain(notice.label), LONGEST_LABEL)} - " if plain(notice.label) else ""
    head = f"{mark}[{notice.severity}] {label}{plain(notice.rule_title)}"
    return f"{head}: {cut(title, LONGEST_TITLE)}".rstrip(": ")


def text(notice: Notice) -> str:
    """The whole notice as plain text; the head line first, the reports last."""
    lines = [f"{_mark(notice)} {subject(notice)}", f"  why      {_why(notice)}"]
    lines += [f"  {'since' if number == 0 else '     '}    {line}" for number, line in enumerate(_updates(notice))]
    lines += [f"  matched  {', '.join(_words(notice))}"] if notice.words else []
    lines += [f"  {'text' if number == 0 else '    '}     {line}" for number, line in enumerate(_excerpts(notice))]
    lines += [f"  outlets  {_outlets(notice)}"] if notice.reports else []
    for report in notice.reports[:MOST_REPORTS]:
        lines += [f"  - {_report_line(report)}", *([f"    {link(report.link)}"] if link(report.link) else [])]
    lines += [f"  - and {left} more: wirewatch alerts show {notice.number}"] if (left := _left_out(notice)) else []
    lines += [f"  notes    {plain(notice.notes)}"] if notice.notes else []
    lines += [f"  {_footer(notice)}"]
    return "\n".join(lines)


def mail(notice: Notice) -> dict[str, Any]:
    """Subject, body and the headers that depend on the notice; sender and recipient are the receiver's."""
    return {
        "subject": subject(notice),
        "body": text(notice) + "\n",
        "date": format_datetime(notice.at),
        "rule": notice.rule_id,
        "reference": notice.reference,
    }


def slack(notice: Notice) -> dict[str, Any]:
    """A message for chat.postMessage or a webhook, inside Slack's limits, with nothing in it that pings or links."""
    head = cut(f"{_mark(notice)} {subject(notice)}", SLACK_HEADER)
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": head, "emoji": False}},
        *(_section(part) for part in _slack_sections(notice) if part),
        {"type": "context", "elements": [mrkdwn(slack_escape(_footer(notice)), SLACK_SECTION)]},
    ]
    below = _outlets(notice) if notice.reports else plain(notice.why)
    fallback = escaped_cut(f"{subject(notice)}\n{below}", SLACK_TEXT)
    return {"text": fallback, "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def plain(value: str) -> str:
    """One line of text without control characters, escape sequences or bidirectional overrides."""
    if value.isprintable():
        return " ".join(value.split())
    kept = (" " if _breaks(char) else char for char in value if char not in _BIDI and not _controls(char))
    return " ".join("".join(kept).split())


def slack_escape(value: str) -> str:
    """The three escapes of mrkdwn; without them `<!channel>` in a headline pings everyone."""
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def link(value: str) -> str:
    """The link where it is a plain web address, else nothing: `javascript:` and its like are not shown.

    Characters that end or split a link in some medium are percent-encoded.
    """
    value = "".join(f"%{ord(char):02X}" if char in _IN_LINKS else char for char in plain(value))
    return value if len(value) <= LONGEST_LINK and _LINK.fullmatch(value) else ""


def cut(value: str, limit: int) -> str:
    """At most `limit` characters; what is cut ends in dots."""
    return value if len(value) <= limit else value[: limit - 1].rstrip() + "…"


def escaped_cut(value: str, limit: int) -> str:
    """Text escaped for Slack, of at most `limit` characters."""
    escaped = slack_escape(value)
    return escaped if len(escaped) <= limit else _whole_entities(escaped[: limit - 1]) + "…"


def mrkdwn(escaped: str, limit: int) -> dict[str, Any]:
    """Escaped text for a block; `verbatim` keeps Slack from linking what a feed wrote into its text."""
    text_ = escaped if len(escaped) <= limit else _whole_entities(escaped[:limit])
    return {"type": "mrkdwn", "text": text_, "verbatim": True}


def utc(at: datetime) -> str:
    """A time as it is shown: UTC, to the minute."""
    return at.strftime("%Y-%m-%d %H:%M UTC")


def _mark(notice: Notice) -> str:
    return "✓" if notice.closed else _MARKS[notice.severity]


def _why(notice: Notice) -> str:
    return f"rule {notice.rule_id}: {plain(notice.why)}"


def _updates(notice: Notice) -> list[str]:
    """The newest of them, in their order."""
    return [cut(plain(line), LONGEST_EXCERPT) for line in notice.updates[-MOST_UPDATES:]]


def _words(notice: Notice) -> list[str]:
    """The matched words once each, in the order of the text."""
    return list(dict.fromkeys(cut(plain(word), 80) for word in notice.words))[:MOST_WORDS]


def _outlets(notice: Notice) -> str:
    names = list(dict.fromkeys(plain(report.outlet) for report in notice.reports))
    shown = ", ".join(cut(name, 60) for name in names[:MOST_REPORTS])
    more = f" and {len(names) - MOST_REPORTS} more" if len(names) > MOST_REPORTS else ""
    reports = f"{len(notice.reports)} report{'s' if len(notice.reports) != 1 else ''}"
    return f"{shown}{more} ({reports})"


def _left_out(notice: Notice) -> int:
    return max(0, len(notice.reports) - MOST_REPORTS)


def _report_line(report: Reported) -> str:
    when = f", {utc(report.published_at)}" if report.published_at else ""
    return f"{cut(plain(report.outlet), 60)} ({report.language}{when}): {cut(plain(report.title), LONGEST_TITLE)}"


def _footer(notice: Notice) -> str:
    number = f"alert {notice.number}" if not notice.drill else "drill"
    return f"{number} · {utc(notice.at)} · owner {plain(notice.owner)}"


def _excerpts(notice: Notice) -> list[str]:
    """A text of invisible characters alone is left out: Slack refuses a message with an empty section."""
    return [_marked(excerpt) for excerpt in notice.excerpts if plain(excerpt.text)]


def _marked(excerpt: Excerpt) -> str:
    """The text with the matched words in «», cut around the first of them."""
    spans = _merged(excerpt.spans)
    at = _beginning(excerpt.text, spans)
    pieces = ["… "] if at else []
    for start, end in spans:
        pieces += [excerpt.text[at:start], "«", excerpt.text[start:end], "»"]
        at = end
    return cut(plain("".join([*pieces, excerpt.text[at:]])), LONGEST_EXCERPT)


def _beginning(text_: str, spans: Sequence[tuple[int, int]]) -> int:
    """Where to begin so that the first match is not cut off: a list of short items may be one long sentence."""
    at = spans[0][0] - LONGEST_EXCERPT // 2 if spans else 0
    if at <= 0 or len(text_) <= LONGEST_EXCERPT:
        return 0
    return max(text_.find(" ", at, spans[0][0]) + 1, at)


def _merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _slack_sections(notice: Notice) -> list[list[str]]:
    """Escaped lines per section; a section that grows too long loses its last lines, never half an escape."""
    excerpts = [slack_escape(line) for line in _excerpts(notice)]
    facts = [f"*why* {slack_escape(_why(notice))}"]
    facts += [f"*since* {slack_escape(line)}" for line in _updates(notice)]
    facts += [f"*matched* {slack_escape(', '.join(_words(notice)))}"] if notice.words else []
    facts += [f"*outlets* {slack_escape(_outlets(notice))}"] if notice.reports else []
    reports = [f"• {_slack_report(report)}" for report in notice.reports[:MOST_REPORTS]]
    notes = [f"*notes* {escaped_cut(plain(notice.notes), SLACK_SECTION - 20)}"] if notice.notes else []
    return [excerpts, facts, reports, notes]


def _slack_report(report: Reported) -> str:
    line, address = slack_escape(_report_line(report)), slack_escape(link(report.link))
    linked = f"{line} <{address}|link>" if address else line
    return linked if len(linked) < SLACK_SECTION - 2 else _whole_entities(line[: SLACK_SECTION // 2])


def _section(lines: Sequence[str]) -> dict[str, Any]:
    kept: list[str] = []
    length = 0
    for line in lines:
        length += len(line) + 1
        if kept and length > SLACK_SECTION:
            break
        kept.append(line)
    return {"type": "section", "text": mrkdwn("\n".join(kept), SLACK_SECTION)}


def _whole_entities(escaped: str) -> str:
    """Drop an escape that was cut in two at the end."""
    amp = escaped.rfind("&", -5)
    return escaped[:amp] if amp >= 0 and ";" not in escaped[amp:] else escaped


def _breaks(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in {"Zl", "Zp"}


def _controls(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cs", "Co", "Cn"} and not char.isspace()
