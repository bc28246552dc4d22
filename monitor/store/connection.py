"""One SQLite connection through sqlite-utils: opening, transactions, rows, times as text.

Knows files, locks and pragmas; knows nothing of feeds or alerts. Every fault of SQLite comes out as a StoreError that
names the file and says what to do.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from monitor.errors import StoreError

# Another process (the command line) may hold the write lock this long before a write here fails.
BUSY_TIMEOUT_MS = 60_000

_ADVICE = {
    "readonly": "it is read-only; make the file and its folder writable",
    "read-only": "it is read-only; make the file and its folder writable",
    "full": "the disk is full; free some space, nothing was lost",
    "locked": "another process holds it; stop that process or wait",
    "unable to open": "it cannot be opened; create its folder or make it writable",
    "not a database": "the file is no SQLite database; move it away or name another with --store",
    "malformed": "the file is damaged; restore a backup, or move it away to start anew",
    "disk i/o": "the disk gave an error; check it, then restart",
    "no such table": "it has no tables yet; start wirewatch run once to make them",
    "no such column": "it is older than this program; start wirewatch run once to bring it up to date",
}


class Connection:
    """A connection for one thread. Times go in and come out as aware UTC datetimes."""

    def __init__(self, raw: sqlite3.Connection, path: Path) -> None:
        self.path = path
        self.database = Database(raw)
        self._raw = raw

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run one statement; writes belong inside `transaction`."""
        try:
            return self._raw.execute(sql, [_out(value) for value in parameters])
        except (sqlite3.OperationalError, sqlite3.DatabaseError) as error:
            raise _store_error(self.path, error) from error

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """The rows of a query."""
        cursor = self.execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> dict[str, Any] | None:
        """The first row of a query, or None."""
        return next(iter(self.rows(sql, parameters)), None)

    def insert(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run an INSERT and return the number of the new row."""
        return int(self.execute(sql, parameters).lastrowid or 0)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or none of it; inside another transaction, a part of that."""
        if self._busy():
            yield
            return
        # IMMEDIATE: a transaction that reads first and writes later could otherwise fail at once, without waiting.
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            if self._busy():
                self._raw.rollback()
            raise

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part of the running transaction that is undone alone when it fails."""
        self.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            if self._busy():
                self._raw.execute("ROLLBACK TO part")
                self._raw.execute("RELEASE part")
            raise
        self.execute("RELEASE part")

    def _busy(self) -> bool:
        return self._raw.in_transaction

    def in_memory(self) -> "Connection":
        """The same tables and rows, in memory and on their own from now on."""
        raw = sqlite3.connect(":memory:")
        self._raw.backup(raw)
        connection = Connection(raw, self.path)
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def close(self) -> None:
        """Close the file."""
        self._raw.close()


def open_writable(path: Path, *, durable: bool) -> Connection:
    """A connection that may write, with WAL and foreign keys; `durable` syncs every commit to the disk."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Alerts and drafts of notices are nobody else's: the file is made private before SQLite fills it.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        raw = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000)
        connection = Connection(raw, path)
        connection.execute("PRAGMA journal_mode = WAL")
    except OSError as error:
        raise StoreError(f"store {path}: {error.strerror}; choose another place with --store") from error
    except sqlite3.Error as error:
        raise _store_error(path, error) from error
    connection.execute("PRAGMA foreign_keys = ON")
    # 32 MB: what rules over time look back at is read again and again, and went through the system each time.
    connection.execute("PRAGMA cache_size = -32768")
    connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
    return connection


def open_readable(path: Path) -> Connection:
    """A connection that only reads, beside a running daemon or where nothing may be written."""
    if not os.access(path, os.F_OK):
        denied = any(parent.exists() and not os.access(parent, os.X_OK) for parent in reversed(path.absolute().parents))
        if denied:
            raise StoreError(f"store {path}: permission denied; run this as the user that owns it")
        raise StoreError(f"store {path}: there is none yet; 'wirewatch run' or 'wirewatch once' makes it")
    # Without the right to make the -shm file a WAL database opens only as immutable, which is true when nobody writes.
    for mode in ("mode=ro", "mode=ro&immutable=1"):
        try:
            raw = sqlite3.connect(f"file:{_quoted(path)}?{mode}", uri=True, timeout=BUSY_TIMEOUT_MS / 1000)
            raw.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            failure = _store_error(path, error)
        else:
            return Connection(raw, path)
    raise failure


@contextmanager
def sole_daemon(path: Path) -> Iterator[None]:
    """Hold the store for one polling process; raises StoreError where another has it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise StoreError(f"store {path}: {error.strerror}; choose another place with --store") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        message = f"store {path}: another wirewatch polls into it; stop that one, or name another with --store"
        raise StoreError(message) from None
    try:
        yield
    finally:
        os.close(descriptor)


@contextmanager
def only_migration(path: Path) -> Iterator[None]:
    """Two processes that open a new store at once make its tables one after the other.

    The lock is a file of its own: closing any descriptor of the store itself would drop SQLite's locks on it.
    """
    descriptor = os.open(f"{path}.migrating", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def is_polled(path: Path) -> bool:
    """Whether a process polls into this store now."""
    try:
        descriptor = os.open(f"{path}.lock", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def moment(stored: str) -> datetime:
    """A time as the store holds it."""
    return datetime.fromisoformat(stored)


def maybe_moment(stored: str | None) -> datetime | None:
    """A time that may be missing."""
    return moment(stored) if stored else None


def stamp(at: datetime) -> str:
    """A time as text of one width, so that the order of texts is the order of times."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _out(value: Any) -> Any:
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, str) and not value.isascii():
        # A lone surrogate, which some parsers leave in a text, cannot be stored as UTF-8.
        return value.encode("utf-8", "replace").decode("utf-8")
    return value


def _store_error(path: Path, error: sqlite3.Error) -> StoreError:
    text = str(error)
    advice = next((advice for sign, advice in _ADVICE.items() if sign in text.lower()), text)
    return StoreError(f"store {path}: {advice}")


def _quoted(path: Path) -> str:
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
