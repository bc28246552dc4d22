"""Matches as the pipeline would have seen them, of entries that are stored."""

from datetime import datetime

from monitor.core.feed import Feed
from monitor.core.match import Match
from monitor.core.origin import Origin
from monitor.core.sighting import Sighting
from monitor.core.veto import Stance
from monitor.store import Store


def feed(feed_id: str = "wire", **keys: object) -> Feed:
    """A feed, as a desk has it."""
    usual = {"url": f"https://{feed_id}.example/", "host": f"{feed_id}.example", "title": feed_id, "language": "en",
             "country": "", "tier": 3, "owner": "", "kind": "press"}  # fmt: skip
    return Feed(id=feed_id, **{**usual, **keys})  # type: ignore[arg-type]


def sighting(store: Store, entry_id: int, match: Match, at: datetime, stance: Stance | None = None) -> Sighting:
    """A match of a stored entry at a time, in the story that the entry is in."""
    one, story = store.entries.get(entry_id), store.stories.of_entry(entry_id)
    if story is None:
        raise LookupError(f"entry {entry_id} is in no story")
    return Sighting(
        match=match,
        entry=one,
        feed=feed(one.feed_id),
        story_id=story["story_id"],
        origin=Origin(outlet=one.outlet),
        stance=stance or Stance(),
        dated_at=at,
        at=at,
    )
