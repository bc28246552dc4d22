"""Stories: which earlier report a new one is a copy of, and why.

Knows likeness of words, verified by rapidfuzz; knows nothing of rules or alerts. Candidates come from an index of
rare words, since comparing with every entry of three days takes a quarter of a second each.

Figures behind the thresholds: a title ratio of 85 or a lead token_set_ratio of 90 links edited reprints of one
dispatch with a precision of .9994 and a recall of .994 on wire texts; neither tells "resume" from "suspend", which
is what vetoes are for.
"""

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rapidfuzz import fuzz, process

from monitor.core.text import folded_words
from monitor.core.veto import Stance, Veto, veto

TITLE_RATIO = 85.0
LEAD_RATIO = 90.0
# Two long leads below this ratio are two reports under one standing headline ("Morning briefing").
OTHER_LEAD_RATIO = 45.0
# Shorter texts agree by chance.
SHORTEST_TITLE = 4
SHORTEST_LEAD = 10
LONGEST_LEAD = 60

_RAREST = 5
_NEWEST = 40
_WIRE_PREFIX = re.compile(
    r"^\s*(?:(?:UPDATE|WRAPUP|RPT|REFILE|CORRECTED|URGENT|BREAKING|FLASH|EXCLUSIVE|LEAD|SON DAKİKA|СРОЧНО|МОЛНИЯ|عاجل)"
    r"(?:\s*\d{1,2})?\s*[-:–—|]+\s*)+",
    re.IGNORECASE,
)
# The last part of a headline; an outlet's name may hold a hyphen ("Al-Monitor").
_SUFFIX = re.compile(r"^.*\s[-–—|]\s+(\S.{1,39})$")


class Joining(StrEnum):
    """Why an entry is in its story."""

    NEW = "no earlier report is alike"
    VETOED = "alike, but kept apart"
    TITLE = "copy: the titles are alike"
    LEAD = "copy: the leads are alike"


@dataclass(frozen=True, slots=True)
class Report:
    """An entry as stories compare it: folded title and lead, with the number of their words."""

    title: str
    lead: str
    title_words: int
    lead_words: int
    stance: Stance


@dataclass(frozen=True, slots=True)
class Filed:
    """A report that is in a story already; `opened_at` is when the story began."""

    entry_id: int
    story_id: int
    at: datetime
    report: Report
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The story an entry joins, or None for a story of its own; `score` is rapidfuzz's, 0 to 100.

    `near_entry_id` is the entry it was compared with; `veto` says what kept the two apart.
    """

    story_id: int | None
    reason: Joining
    score: float = 0.0
    near_entry_id: int | None = None
    veto: Veto | None = None


def report(title: str, lead: str, outlet: str, stance: Stance) -> Report:
    """A report to compare: wire prefixes and the outlet's name are no part of a headline."""
    title_words = folded_words(_clean(title, outlet))
    lead_words = folded_words(lead)[:LONGEST_LEAD]
    return Report(" ".join(title_words), " ".join(lead_words), len(title_words), len(lead_words), stance)


def assign(new: Report, candidates: Sequence[Filed], now: datetime, window: timedelta) -> Assignment:
    """Say which story a report belongs to, and why.

    Only stories that began within the window count; the most alike report wins, the oldest of equals, so that a replay
    gives the same answer. A veto against one report keeps from its whole story.
    """
    recent = {one.entry_id: one for one in candidates if now - one.opened_at <= window}
    scored = sorted(_scores(new, recent).items(), key=lambda item: (-item[1][0], item[0]))
    vetoes = {entry_id: veto(new.stance, recent[entry_id].report.stance) for entry_id, _ in scored}
    barred = {recent[entry_id].story_id: found for entry_id, found in vetoes.items() if found is not None}
    kept_apart: Assignment | None = None
    for entry_id, (score, reason) in scored:
        found = barred.get(recent[entry_id].story_id)
        if found is None:
            story_id = recent[entry_id].story_id
            return Assignment(story_id=story_id, reason=reason, score=score, near_entry_id=entry_id)
        kept_apart = kept_apart or Assignment(
            story_id=None, reason=Joining.VETOED, score=score, near_entry_id=entry_id, veto=found
        )
    return kept_apart or Assignment(story_id=None, reason=Joining.NEW)


class StoryIndex:
    """Reports of the window by their rare words, in memory: what a new report is compared with."""

    def __init__(self) -> None:
        self._filed: dict[int, Filed] = {}
        self._postings: dict[str, deque[int]] = defaultdict(deque)
        self._by_age: deque[tuple[datetime, int]] = deque()
        # Words of earlier revisions: nobody else would take them off the postings.
        self._former: dict[int, set[str]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._filed)

    def add(self, one: Filed) -> None:
        """File a report; a revision takes the place of the entry's earlier one."""
        words, before = _words(one.report), self._filed.get(one.entry_id)
        if before is not None:
            self._former[one.entry_id] |= _words(before.report) - words
        self._filed[one.entry_id] = one
        self._by_age.append((one.at, one.entry_id))
        for word in sorted(words):
            self._postings[word].append(one.entry_id)

    def forget_before(self, oldest: datetime) -> None:
        """Drop reports that no new one can join any more."""
        while self._by_age and self._by_age[0][0] < oldest:
            _, entry_id = self._by_age.popleft()
            filed = self._filed.get(entry_id)
            if filed is not None and filed.at < oldest:
                del self._filed[entry_id]
                self._prune(_words(filed.report) | self._former.pop(entry_id, set()))

    def candidates(self, new: Report) -> list[Filed]:
        """The newest reports that share a rare word of the title or of the lead, oldest first."""
        ids: set[int] = set()
        for words in (new.title.split(), new.lead.split()):
            known = [word for word in set(words) if self._postings.get(word)]
            for word in sorted(known, key=lambda word: (len(self._postings[word]), word))[:_RAREST]:
                postings = self._postings[word]
                ids.update(postings[-back] for back in range(1, min(_NEWEST, len(postings)) + 1))
        return [self._filed[entry_id] for entry_id in sorted(ids) if entry_id in self._filed]

    def _prune(self, gone: Iterable[str]) -> None:
        for word in gone:
            postings = self._postings.get(word)
            while postings and postings[0] not in self._filed:
                postings.popleft()
            if not postings:
                self._postings.pop(word, None)


def _scores(new: Report, recent: Mapping[int, Filed]) -> dict[int, tuple[float, Joining]]:
    """The candidates that are alike enough, with the better of their two scores."""
    leads = _lead_scores(new, recent)
    found = {entry_id: (score, Joining.LEAD) for entry_id, score in leads.items() if score >= LEAD_RATIO}
    for entry_id, score in _title_scores(new, recent).items():
        # A known lead that tells another story outweighs a standing headline.
        if leads.get(entry_id, 100.0) < OTHER_LEAD_RATIO:
            continue
        if score > found.get(entry_id, (0.0, None))[0]:
            found[entry_id] = (score, Joining.TITLE)
    return found


def _title_scores(new: Report, recent: Mapping[int, Filed]) -> dict[int, float]:
    if new.title_words < SHORTEST_TITLE:
        return {}
    titles = {
        entry_id: one.report.title for entry_id, one in recent.items() if one.report.title_words >= SHORTEST_TITLE
    }
    found = process.extract(new.title, titles, scorer=fuzz.ratio, score_cutoff=TITLE_RATIO, limit=None)
    return {entry_id: score for _, score, entry_id in found}


def _lead_scores(new: Report, recent: Mapping[int, Filed]) -> dict[int, float]:
    if new.lead_words < SHORTEST_LEAD:
        return {}
    leads = {entry_id: one.report.lead for entry_id, one in recent.items() if one.report.lead_words >= SHORTEST_LEAD}
    return {
        entry_id: score
        for _, score, entry_id in process.extract(new.lead, leads, scorer=fuzz.token_set_ratio, limit=None)
    }


def _words(one: Report) -> set[str]:
    return {*one.title.split(), *one.lead.split()}


def _clean(title: str, outlet: str) -> str:
    title = _WIRE_PREFIX.sub("", title)
    suffix = _SUFFIX.match(title)
    if suffix and folded_words(suffix[1]) == folded_words(outlet):
        return title[: suffix.start(1)].rstrip(" -–—|")
    return title
