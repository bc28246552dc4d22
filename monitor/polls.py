"""What one poll brings: the reading half, which touches no store and runs in a pool.

Knows fetching, reading and the values that come of them; knows nothing of what is filed or when a feed is due.
"""

import logging
import traceback
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.core.feed import DueFeed, Feed, Hints, Seen, Validators
from monitor.core.rule import Ringing
from monitor.errors import FeedError
from monitor.feeds.document import ParsedFeed
from monitor.feeds.fetch import Fetched, Fetcher, Unchanged
from monitor.feeds.reading import Extent, Reader, Reading, Unaltered
from monitor.log import LOGGER, line

log = logging.getLogger(LOGGER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A document that was fetched and understood: `feed` has the entries not seen before, `listed` counts all of it.

    `left_out` of these were not parsed, having been read before. `hints` are None where nothing had to be parsed: those
    of the last document still hold. `validators`, `fresh_for` and `moved_to` are the server's words, as in `Fetched`.
    """

    validators: Validators
    feed: ParsedFeed
    listed: int
    left_out: int = 0
    seen: Seen = field(default_factory=Seen)
    hints: Hints | None = None
    fresh_for: timedelta | None = None
    moved_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Same:
    """Nothing new: the server said so (304), or the body was the same as before.

    `validators` are those it gave this time, None where it gave none.
    """

    result: str
    validators: Validators | None = None
    fresh_for: timedelta | None = None
    moved_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What came of fetching and reading one feed."""

    due: DueFeed
    result: Read | Same | FeedError


@dataclass(slots=True)
class Tally:
    """What one poll brought; the numbers of its log line.

    `listed` counts the document's entries, None where there was no new document, and `known` those of them that were
    stored before. `dates` has the dates of all that were read, `published` of the new ones; of these, `mattered`
    matched a rule and were not dropped.
    """

    feed_id: str
    status: str = "ok"
    entries: int = 0
    new: int = 0
    revised: int = 0
    matches: int = 0
    alerts: int = 0
    silenced: int = 0
    known: int = 0
    mattered: int = 0
    bugs: int = 0
    listed: int | None = None
    error: str = ""
    notes: tuple[str, ...] = ()
    published: list[datetime | None] = field(default_factory=list)
    dates: list[datetime | None] = field(default_factory=list)
    touched: dict[int, Ringing] = field(default_factory=dict)

    def take(self, other: "Tally") -> None:
        """Add what one entry brought."""
        self.new += other.new
        self.revised += other.revised
        self.matches += other.matches
        self.alerts += other.alerts
        self.silenced += other.silenced
        self.mattered += other.mattered
        self.published += other.published
        self.touched |= other.touched


def read(fetcher: Fetcher, reader: Reader, feed: Feed, due: DueFeed, now: datetime) -> Polled:
    """Fetch and read one feed; whatever goes wrong is in the result, and never in the way of another feed."""
    try:
        return Polled(due=due, result=_read(fetcher, reader, feed, due, now))
    except FeedError as error:
        return Polled(due=due, result=error)
    except Exception as error:  # noqa: BLE001 - one hostile body must not stop the watch
        log.error(bug(error, feed=due.id))  # noqa: TRY400 - likewise
        return Polled(due=due, result=failure(error))


def failure(error: Exception) -> FeedError:
    """What a bug looks like to whoever watches the feed."""
    return FeedError(f"wirewatch failed on this feed ({type(error).__name__}); please report the log lines")


def bug(error: BaseException, **fields: object) -> str:
    """Only the frames, no values: the text of an exception may hold a webhook's address."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{line('bug', **fields, error=type(error).__name__)}\n{frames}"


def _read(fetcher: Fetcher, reader: Reader, feed: Feed, due: DueFeed, now: datetime) -> Read | Same:
    fetched = fetcher.fetch(due.address, due.validators, now)
    if isinstance(fetched, Unchanged):
        return Same(
            result="unchanged",
            validators=fetched.validators,
            fresh_for=fetched.fresh_for,
            moved_to=fetched.moved_to,
        )
    reading = reader.read(fetched, due.seen, language=feed.language, encoding=feed.encoding, now=now)
    return _understood(fetched, reading)


def _understood(fetched: Fetched, reading: Reading | Unaltered) -> Read | Same:
    """The validators of a body that was cut off would turn the entry it lost into a 304."""
    fresh_for, moved_to = fetched.fresh_for, fetched.moved_to
    if isinstance(reading, Unaltered):
        return Same(result="same", validators=fetched.validators, fresh_for=fresh_for, moved_to=moved_to)
    return Read(
        validators=Validators() if reading.feed.cut else fetched.validators,
        feed=reading.feed,
        listed=reading.listed,
        left_out=_left_out(reading),
        seen=reading.seen,
        hints=None if reading.extent is Extent.NOTHING else reading.feed.hints,
        fresh_for=fresh_for,
        moved_to=moved_to,
    )


def _left_out(reading: Reading) -> int:
    if reading.extent is Extent.WHOLE:
        return 0
    return reading.listed - len(reading.feed.entries) - reading.feed.skipped
