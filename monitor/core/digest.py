"""The digest: reports that are worth a line and no alert, as people read them.

Knows lines, rules' titles and the limits of each medium; decides nothing of what is in it. What comes from a feed goes
through `plain`, as in every notice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from itertools import groupby
from typing import Any

from monitor.core.delivery import Medium
from monitor.core.render import (
    LONGEST_TITLE,
    MOST_LINES,
    MOST_OUTLETS,
    SLACK_BLOCKS,
    SLACK_HEADER,
    SLACK_SECTION,
    SLACK_TEXT,
    cut,
    escaped_cut,
    link,
    mrkdwn,
    plain,
    slack_escape,
    utc,
)

_LONGEST_NAME = 60
_LONGEST_SAID = 60
# A line with its link; a longer link is left out: the number of the entry leads to it.
_LONGEST_SLACK_LINE = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestLine:
    """One report of the digest: `outlets` has who carries it, the first one first; `said` is how it is said."""

    entry_id: int
    rule_id: str
    at: datetime
    title: str
    outlets: tuple[str, ...]
    said: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The lines of a rule, in the order they came."""

    rule_id: str
    rule_title: str
    lines: tuple[DigestLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Everything one digest says to one receiver; `reference` is as in a notice."""

    number: str
    reference: str
    at: datetime
    sections: tuple[Section, ...]


def sections(lines: Iterable[DigestLine], titles: Mapping[str, str]) -> tuple[Section, ...]:
    """Lines by rule, rules by title, and within a rule by time."""
    ordered = sorted(lines, key=lambda one: (one.rule_id, one.at, one.entry_id))
    found = [
        Section(rule_id=rule_id, rule_title=titles.get(rule_id, rule_id), lines=tuple(group))
        for rule_id, group in groupby(ordered, key=lambda one: one.rule_id)
    ]
    return tuple(sorted(found, key=lambda one: (one.rule_title, one.rule_id)))


def draw(digest: Digest, medium: Medium) -> dict[str, Any]:
    """The payload of a digest for a medium: plain data that a notifier hands over as it is."""
    match medium:
        case Medium.TERMINAL:
            return {"text": text(digest)}
        case Medium.SLACK:
            return slack(digest)
        case Medium.EMAIL:
            return mail(digest)


def subject(of: Sequence[Section]) -> str:
    """One line: how many reports, and of which rules."""
    count = sum(len(section.lines) for section in of)
    rules = ", ".join(f"{cut(plain(section.rule_title), _LONGEST_NAME)} {len(section.lines)}" for section in of)
    return f"[digest] {count} line{'s' if count != 1 else ''}: {cut(rules, LONGEST_TITLE)}"


def text(digest: Digest) -> str:
    """The whole digest as plain text."""
    lines = [f"≡ {subject(digest.sections)}"]
    shown = _shown(digest.sections, MOST_LINES)
    for section, part in shown:
        lines += [f"  {_heading(section)}"]
        for one in part:
            lines += [f"  - {_line(one)}", f"    {_about(one)}", *([f"    {link(one.link)}"] if link(one.link) else [])]
        lines += [f"  - and {left} more" for left in _left(section, part)]
    return "\n".join([*lines, f"  {_footer(digest, shown)}"])


def mail(digest: Digest) -> dict[str, Any]:
    """Subject, body and the headers that depend on the digest; sender and recipient are the receiver's."""
    return {
        "subject": subject(digest.sections),
        "body": text(digest) + "\n",
        "date": format_datetime(digest.at),
        "rule": "digest",
        "reference": digest.reference,
    }


def slack(digest: Digest) -> dict[str, Any]:
    """A message for chat.postMessage or a webhook; as many lines as go into one."""
    most = MOST_LINES
    shown = _shown(digest.sections, most)
    while most > 1 and sum(map(len, _slack_texts(shown))) > SLACK_BLOCKS:
        most //= 2
        shown = _shown(digest.sections, most)
    head = cut(f"≡ {subject(digest.sections)}", SLACK_HEADER)
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": head, "emoji": False}},
        *({"type": "section", "text": mrkdwn(each, SLACK_SECTION)} for each in _slack_texts(shown)),
        {"type": "context", "elements": [mrkdwn(slack_escape(_footer(digest, shown)), SLACK_SECTION)]},
    ]
    fallback = escaped_cut(subject(digest.sections), SLACK_TEXT)
    return {"text": fallback, "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


Shown = list[tuple[Section, tuple[DigestLine, ...]]]


def _shown(of: Sequence[Section], most: int) -> Shown:
    """The first lines of each rule, at most so many in all: a rule that says much leaves the others their place."""
    each = next((n for n in range(most, 1, -1) if sum(min(n, len(one.lines)) for one in of) <= most), 1)
    return [(section, section.lines[:each]) for section in of[:most]]


def _left(section: Section, part: Sequence[DigestLine]) -> list[int]:
    left = len(section.lines) - len(part)
    return [left] if left else []


def _heading(section: Section) -> str:
    return f"{cut(plain(section.rule_title), LONGEST_TITLE)} ({section.rule_id})"


def _line(one: DigestLine) -> str:
    return f"{_outlets(one)} ({utc(one.at)}): {cut(plain(one.title), LONGEST_TITLE)}"


def _about(one: DigestLine) -> str:
    return f"{cut(plain(one.said), _LONGEST_SAID)} · entry {one.entry_id}"


def _outlets(one: DigestLine) -> str:
    names = list(dict.fromkeys(plain(outlet) for outlet in one.outlets))
    more = f" and {len(names) - MOST_OUTLETS} more" if len(names) > MOST_OUTLETS else ""
    return ", ".join(cut(name, _LONGEST_NAME) for name in names[:MOST_OUTLETS]) + more


def _footer(digest: Digest, shown: Shown) -> str:
    left = sum(len(one.lines) for one in digest.sections) - sum(len(part) for _, part in shown)
    more = f" · {left} more: wirewatch digest show {digest.number}" if left else ""
    return f"digest {digest.number} · {utc(digest.at)}{more}"


def _slack_texts(shown: Shown) -> list[str]:
    """The text of each block: a rule's heading and lines, in several blocks where they are too long for one."""
    texts: list[str] = []
    for section, part in shown:
        lines = [f"*{slack_escape(_heading(section))}*", *map(_slack_line, part)]
        lines += [f"• and {left} more" for left in _left(section, part)]
        begun = len(texts)
        for each in lines:
            if len(texts) > begun and len(texts[-1]) + len(each) < SLACK_SECTION:
                texts[-1] += f"\n{each}"
            else:
                texts.append(each)
    return texts


def _slack_line(one: DigestLine) -> str:
    address = slack_escape(link(one.link))
    body = escaped_cut(f"{_line(one)} · {_about(one)}", _LONGEST_SLACK_LINE)
    linked = f"• {body} <{address}|link>"
    return linked if address and len(linked) <= _LONGEST_SLACK_LINE else f"• {body}"
