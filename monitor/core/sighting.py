"""A match where and when it was made: what rules over time go by."""

from dataclasses import dataclass
from datetime import datetime

from monitor.core.clause import Assertion
from monitor.core.entry import Entry
from monitor.core.feed import Feed
from monitor.core.match import Match
from monitor.core.origin import Origin
from monitor.core.reading import Reading
from monitor.core.veto import Stance


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One match of one revision of an entry.

    `dated_at` is when it was published, `at` when it was filed; the former is never the later of the two. `old_news`:
    the feed showed it at its first poll. `reading` is its text with what the rules looked for in it; None for a match
    that stands for an earlier one.
    """

    match: Match
    entry: Entry
    feed: Feed
    story_id: int
    origin: Origin
    stance: Stance
    dated_at: datetime
    at: datetime
    old_news: bool = False
    reading: Reading | None = None

    @property
    def happened(self) -> bool:
        """Whether the headline tells of the deed, as done, and not that it was called off.

        An explainer that mentions last year's patrols below its headline ends no silence, nor does their suspension.
        """
        return self.match.headline and self.match.assertion is Assertion.DONE and not self.stance.stopped
