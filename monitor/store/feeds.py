"""What the store knows of feeds: when each is due, its validators and how its polls went."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from monitor.core.cadence import LONGEST_RETRY_AFTER
from monitor.core.feed import DueFeed, Feed, Validators
from monitor.store.connection import Connection


class FeedStore:
    """Verbs on feeds."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def sync(self, feeds: Iterable[Feed], now: datetime, every: timedelta = LONGEST_RETRY_AFTER) -> None:
        """Take over the desk's list: new feeds are due at once, missing ones rest with their entries.

        A feed whose address changed is due at once, without the validators of the old address. None is due later than
        its interval allows (`every` for those without their own): it may be shorter now, or the clock was ahead.
        """
        with self._db.transaction():
            self._db.execute("UPDATE feeds SET active = 0")
            for feed in feeds:
                self._db.execute(
                    """INSERT INTO feeds (id, url, host, next_due_at) VALUES (?, ?, ?, ?)
                    ON CONFLICT (id) DO UPDATE SET active = 1, host = excluded.host,
                        next_due_at = CASE WHEN url = excluded.url THEN next_due_at ELSE excluded.next_due_at END,
                        etag = CASE WHEN url = excluded.url THEN etag ELSE '' END,
                        last_modified = CASE WHEN url = excluded.url THEN last_modified ELSE '' END,
                        url = excluded.url""",
                    [feed.id, feed.url, feed.host, now],
                )
                latest = now + (feed.every or every) * 1.1
                self._db.execute(
                    """UPDATE feeds SET next_due_at = MIN(next_due_at, CASE failures WHEN 0 THEN ? ELSE ? END)
                    WHERE id = ?""",
                    [latest, max(latest, now + LONGEST_RETRY_AFTER), feed.id],
                )

    def make_due(self, now: datetime, feed_id: str = "") -> None:
        """Have every feed, or one, polled next."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE feeds SET next_due_at = ? WHERE active = 1 AND (? = '' OR id = ?)", [now, feed_id, feed_id]
            )

    def lease_due(self, now: datetime, lease: timedelta, limit: int, feed_id: str = "") -> list[DueFeed]:
        """Take the feeds that are due (or the one, if it is), one per host at a time, for the time of the lease."""
        with self._db.transaction():
            rows = self._db.rows(
                """SELECT id, url, host, etag, last_modified, failures FROM feeds AS due
                WHERE active = 1 AND next_due_at <= ? AND (lease_until IS NULL OR lease_until <= ?)
                AND (? = '' OR id = ?)
                AND NOT EXISTS (SELECT 1 FROM feeds AS other
                    WHERE other.host = due.host AND other.lease_until > ?)
                ORDER BY next_due_at, id""",
                [now, now, feed_id, feed_id, now],
            )
            first_of_host = list({row["host"]: row for row in reversed(rows)}.values())[::-1][:limit]
            for row in first_of_host:
                self._db.execute("UPDATE feeds SET lease_until = ? WHERE id = ?", [now + lease, row["id"]])
        return [_due(row) for row in first_of_host]

    def release_leases(self) -> None:
        """After a crash nobody works on what was leased; only the one polling process may say so."""
        with self._db.transaction():
            self._db.execute("UPDATE feeds SET lease_until = NULL WHERE lease_until IS NOT NULL")

    def succeeded(
        self, feed_id: str, *, validators: Validators | None, result: str, now: datetime, next_due_at: datetime
    ) -> None:
        """A poll went well; `validators` are the new ones, or None to keep those that led to a 304."""
        with self._db.transaction():
            if validators is not None:
                self._db.execute(
                    "UPDATE feeds SET etag = ?, last_modified = ? WHERE id = ?",
                    [validators.etag, validators.last_modified, feed_id],
                )
            self._db.execute(
                """UPDATE feeds SET polls = polls + 1, failures = 0, last_poll_at = ?, last_success_at = ?,
                    last_result = ?, last_error = '', next_due_at = ?, lease_until = NULL WHERE id = ?""",
                [now, now, result, next_due_at, feed_id],
            )

    def failed(self, feed_id: str, *, error: str, now: datetime, next_due_at: datetime) -> None:
        """A poll came to nothing; the validators stay, since nothing newer was read."""
        with self._db.transaction():
            self._db.execute(
                """UPDATE feeds SET polls = polls + 1, failures = failures + 1, last_poll_at = ?,
                    last_result = 'failed', last_error = ?, next_due_at = ?, lease_until = NULL WHERE id = ?""",
                [now, error, next_due_at, feed_id],
            )

    def all(self) -> list[dict[str, Any]]:
        """Every active feed's row, by id, with the number of its entries."""
        return self._db.rows(
            """SELECT feeds.*, (SELECT COUNT(*) FROM entries WHERE feed_id = feeds.id) AS entries
            FROM feeds WHERE active = 1 ORDER BY id"""
        )

    def overdue(self, now: datetime) -> list[dict[str, Any]]:
        """Feeds that are due and not yet polled, the longest due first."""
        return self._db.rows(
            "SELECT id, next_due_at FROM feeds WHERE active = 1 AND next_due_at <= ? ORDER BY next_due_at", [now]
        )


def _due(row: dict[str, Any]) -> DueFeed:
    validators = Validators(etag=row["etag"], last_modified=row["last_modified"])
    return DueFeed(id=row["id"], url=row["url"], validators=validators, failures=row["failures"])
