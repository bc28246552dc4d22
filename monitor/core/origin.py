"""Origins: where a report comes from independently. Ten papers that print one dispatch are one origin.

Knows owners, agencies that are credited, and likeness of texts; knows nothing of rules. Reports are one origin where
they have the same owner, credit the same agency, or say nearly the same in the same words; and what two of them share
with a third, all three share. It errs towards too few origins: a change that waits is in the digest, one that rang on
two prints of the same dispatch is believed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from monitor.core.entry import Document
from monitor.core.feed import Feed
from monitor.core.gazetteer import Vocabulary
from monitor.core.story import OTHER_LEAD_RATIO, SHORTEST_LEAD, SHORTEST_TITLE, TITLE_RATIO, Report
from monitor.core.terms import Found
from monitor.core.text import fold, folded_words

# A dispatch that an editor went over keeps its facts in its order; two reporters' leads on one event score 50 to 75.
COPIED_LEAD = 84.0
OFFICIAL_TIER = 1
_MOST_TIER = 4
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a report comes from.

    `agencies` are those it credits, or is of; `offices` those it names, and may have it from, or is of; `speaks_for`
    the entities whose official voice the feed is. `title` and `lead` are folded words.
    """

    outlet: str = ""
    owner: str = ""
    agencies: frozenset[str] = frozenset()
    offices: frozenset[str] = frozenset()
    tier: int = 3
    official: bool = False
    speaks_for: frozenset[str] = frozenset()
    title: str = ""
    lead: str = ""

    @property
    def called(self) -> str:
        """The outlet, with the agency it has it from."""
        others = sorted(self.agencies - {_name(self.outlet), _name(self.owner)})
        return f"{self.outlet} ({', '.join(others)})" if others else self.outlet

    def as_dict(self) -> dict[str, Any]:
        """For the store; `origin_from` reads it back."""
        return {
            "outlet": self.outlet,
            "owner": self.owner,
            "agencies": sorted(self.agencies),
            "offices": sorted(self.offices),
            "tier": self.tier,
            "official": self.official,
            "for": sorted(self.speaks_for),
            "title": self.title,
            "lead": self.lead,
        }


def origin_from(stored: Mapping[str, Any]) -> Origin:
    """An origin as `as_dict` wrote it; of a match from before origins were stored, one that nothing is known of."""
    return Origin(
        outlet=stored.get("outlet", ""),
        owner=stored.get("owner", ""),
        agencies=frozenset(stored.get("agencies", ())),
        offices=frozenset(stored.get("offices", ())),
        tier=stored.get("tier", _MOST_TIER),
        official=stored.get("official", False),
        speaks_for=frozenset(stored.get("for", ())),
        title=stored.get("title", ""),
        lead=stored.get("lead", ""),
    )


def origin_of(
    feed: Feed, report: Report, *, outlet: str, author: str, document: Document, found: Found, vocabulary: Vocabulary
) -> Origin:
    """The origin of an entry: of its feed, and of the agencies that its title, lead and author line name."""
    credited = {*_named(vocabulary.agencies, document, found), *called_in(author, vocabulary)}
    return Origin(
        outlet=outlet,
        # A feed that collects others' reports is owned by nobody who wrote them.
        owner=fold(feed.owner if feed.owner and outlet == feed.title else outlet),
        agencies=frozenset(credited or called_in(f"{outlet} / {feed.owner}", vocabulary)),
        # The feed of a ministry need not name it: its text is the statement that the others go back to.
        offices=frozenset(
            {
                *_named(vocabulary.offices, document, found),
                *_called(f"{outlet} / {feed.owner}", vocabulary.offices, vocabulary),
            }
        ),
        tier=feed.tier,
        official=feed.tier == OFFICIAL_TIER,
        speaks_for=frozenset(feed.speaks_for),
        title=report.title,
        lead=report.lead,
    )


def _named(names: Iterable[str], document: Document, found: Found) -> set[str]:
    """Those of the entities that title or lead name."""
    end = document.heading.end
    return {name for name in names if any(span.end <= end for span in found.get(f"${name}", ()))}


def called_in(text: str, vocabulary: Vocabulary) -> set[str]:
    """The agencies that a line names: an author's, an outlet's.

    Sana Khan is no agency, and SANA is one: an exact alias counts as it is written.
    """
    return _called(text, vocabulary.agencies, vocabulary)


def _called(text: str, names: Iterable[str], vocabulary: Vocabulary) -> set[str]:
    folded, written = _spaced(folded_words(text)), _spaced(_WORD.findall(text))
    return {
        name for name in names for alias, exact in vocabulary.called[name] if alias in (written if exact else folded)
    }


def same(one: Origin, other: Origin) -> bool:
    """Whether two reports come from one origin. Symmetric.

    Offices that both name do not make them one: a deal is mostly told by an office of one of its parties, and a change
    of a tracker would wait for ever. Who asks whether one statement is behind both compares them as well.
    """
    return bool(one.owner and one.owner == other.owner) or bool(one.agencies & other.agencies) or alike(one, other)


def alike(one: Origin, other: Origin) -> bool:
    """Whether two reports say nearly the same in the same words: reprints, under whatever headline."""
    leads = [origin.lead for origin in (one, other)]
    if all(len(lead.split()) >= SHORTEST_LEAD for lead in leads):
        score = fuzz.token_set_ratio(*leads)
        if score >= COPIED_LEAD:
            return True
        if score < OTHER_LEAD_RATIO:
            return False
    titles = [origin.title for origin in (one, other)]
    long_enough = all(len(title.split()) >= SHORTEST_TITLE for title in titles)
    return long_enough and fuzz.ratio(*titles) >= TITLE_RATIO


def told_by(origins: Iterable[Origin]) -> str:
    """On whose word: each outlet once."""
    return ", ".join(dict.fromkeys(one.called for one in origins))


def _spaced(words: Iterable[str]) -> str:
    return f" {' '.join(words)} "


def _name(text: str) -> str:
    return fold(text).replace(" ", "_")
