"""A desk's vocabulary at work on texts, so that stances and matches in tests come from real words."""

import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from monitor.core.entry import read
from monitor.core.match import Match, Matcher, Setting
from monitor.core.terms import Found, Span
from monitor.core.veto import Stance, stance
from monitor.core.view import View
from monitor.ruleset.desk import load_desk
from tests.support.desk import write_desk

NOON = datetime(2024, 8, 23, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the pipeline would know of an entry before it decides."""

    stance: Stance
    matches: tuple[Match, ...]

    @property
    def match(self) -> Match:
        """The match of the patrol rule."""
        assert len(self.matches) == 1, "the text should match the patrol rule"
        return self.matches[0]


def reading(title: str, lead: str = "", language: str = "en") -> Reading:
    """A text, read with the desk of tests/support/desk.py."""
    document = read(title, lead, language)
    found = _matcher().find(document)
    return Reading(
        stance=stance(document, found, _matcher().ruleset.vocabulary),
        matches=tuple(_matcher().matches(document, Setting(today=date(2024, 8, 23), link="https://news.example/1"))),
    )


@cache
def _matcher() -> Matcher:
    with tempfile.TemporaryDirectory() as folder:
        return Matcher(load_desk(write_desk(Path(folder), {"wire": "http://127.0.0.1/"})).ruleset)


def view_of(found: Found) -> View:
    """A view of everything that was found, as one window."""
    last = max((span.end for spans in found.values() for span in spans), default=0)
    return View(found, found, Span(0, last))
