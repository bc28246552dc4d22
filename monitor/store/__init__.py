"""The store: one SQLite file, spoken to in the words of the domain.

Knows SQL and keeps it to itself; knows nothing of feeds' contents, rules or messages. A store belongs to the thread
that opened it.
"""

from contextlib import AbstractContextManager
from pathlib import Path

from monitor.store.alerts import AlertStore
from monitor.store.articles import ArticleStore
from monitor.store.connection import Connection, is_polled, open_readable, open_writable, sole_daemon
from monitor.store.digests import DigestStore
from monitor.store.entries import EntryStore
from monitor.store.facts import FactStore
from monitor.store.feeds import FeedStore
from monitor.store.figures import FigureStore
from monitor.store.frequencies import FrequencyStore
from monitor.store.outbox import Outbox
from monitor.store.schema import migrate
from monitor.store.stories import StoryStore
from monitor.store.trackers import TrackerStore
from monitor.store.updates import UpdateStore
from monitor.store.watch import WatchStore

__all__ = [
    "AlertStore",
    "ArticleStore",
    "DigestStore",
    "EntryStore",
    "FactStore",
    "FeedStore",
    "FigureStore",
    "FrequencyStore",
    "Outbox",
    "Store",
    "StoryStore",
    "TrackerStore",
    "UpdateStore",
    "WatchStore",
    "is_polled",
    "sole_daemon",
]


class Store:
    """The tables, grouped by what they are about, over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.feeds = FeedStore(connection)
        self.entries = EntryStore(connection)
        self.stories = StoryStore(connection)
        self.alerts = AlertStore(connection)
        self.digests = DigestStore(connection)
        self.outbox = Outbox(connection)
        self.facts = FactStore(connection)
        self.articles = ArticleStore(connection)
        self.updates = UpdateStore(connection)
        self.frequencies = FrequencyStore(connection)
        self.watch = WatchStore(connection)
        self.trackers = TrackerStore(connection)
        self.figures = FigureStore(connection)

    @classmethod
    def open(cls, path: Path, *, durable: bool = True) -> "Store":
        """The store at a path, made or migrated as needed; raises StoreError. `durable=False` is for replays."""
        connection = open_writable(path, durable=durable)
        migrate(connection)
        return cls(connection)

    @classmethod
    def read(cls, path: Path) -> "Store":
        """The store at a path for reading only; raises StoreError where there is none."""
        return cls(open_readable(path))

    def in_memory(self) -> "Store":
        """A copy in memory, for a run that leaves nothing behind: to make the tables takes longer than such a run."""
        return Store(self._connection.in_memory())

    @property
    def id(self) -> str:
        """A name that no other store has; part of every Message-ID."""
        return self.facts.get("store_id")

    @property
    def polled(self) -> bool:
        """Whether a daemon works on it now."""
        return is_polled(self._connection.path)

    def transaction(self) -> AbstractContextManager[None]:
        """All verbs inside commit together, or none does."""
        return self._connection.transaction()

    def part(self) -> AbstractContextManager[None]:
        """A part of a transaction that is undone alone when it fails."""
        return self._connection.part()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
