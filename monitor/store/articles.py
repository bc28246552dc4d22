"""The queue of article pages: which entry waits for its text, how attempts went, and how many were made this hour.

A page leased and never settled is taken up again; every attempt is counted in the commit that leases it.
"""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from monitor.core.article import LIFETIME, DueArticle, Settlement, State
from monitor.store.connection import Connection, moment

_HOUR = timedelta(hours=1)
# The newest of these go first; one host has one of them at a time.
_BATCH = 100


class ArticleStore:
    """Verbs on article pages."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def queue(self, entry_id: int, *, link: str, host: str, now: datetime) -> None:
        """Want the page of an entry, now; once for an entry."""
        with self._db.transaction():
            self._db.execute(
                """INSERT OR IGNORE INTO articles (entry_id, feed_id, link, host, queued_at, due_at)
                SELECT id, feed_id, ?, ?, ?, ? FROM entries WHERE id = ?""",
                [link, host, now, now, entry_id],
            )

    def lease_due(
        self, now: datetime, lease: timedelta, limit: int, *, per_hour: int, feeds: Iterable[str]
    ) -> list[DueArticle]:
        """Take the newest pages that are due, of these feeds, one per host at a time and `per_hour` in any hour.

        What waited for a day is dropped first, with the reason.
        """
        with self._db.transaction():
            self._expire(now, per_hour)
            free = min(limit, per_hour - self._asked_since(now - _HOUR))
            rows = self._due(now, feeds) if free > 0 else []
            newest_of_host = list({row["host"]: row for row in reversed(rows)}.values())[::-1][:free]
            for row in newest_of_host:
                self._lease(row["entry_id"], now, lease)
        return [_due_article(row, now) for row in newest_of_host]

    def settle(self, due: DueArticle, settlement: Settlement, now: datetime) -> None:
        """Record what an attempt led to."""
        with self._db.transaction():
            ended = now if settlement.due_at is None else None
            free_at = settlement.host_free_at if settlement.host_free_at > now else None
            self._db.execute(
                """UPDATE articles SET state = ?, reason = ?, due_at = ?, settled_at = ?, host_free_at = ?,
                    lease_until = NULL WHERE entry_id = ?""",
                [settlement.state.value, settlement.reason, settlement.due_at, ended, free_at, due.entry_id],
            )
            if not settlement.asked:
                self._db.execute(
                    "DELETE FROM article_requests WHERE at = ? AND entry_id = ?", [due.leased_at, due.entry_id]
                )

    def complete(self, due: DueArticle, text: str, beginning: str, settlement: Settlement, now: datetime) -> None:
        """Give an entry the text of its page, as a new revision; its fingerprint, by which polls know it, stays."""
        with self._db.transaction():
            self.settle(due, settlement, now)
            self._db.execute("UPDATE articles SET beginning = ? WHERE entry_id = ?", [beginning, due.entry_id])
            self._db.execute(
                """INSERT INTO revisions (entry_id, revision, title, summary, content, replaced_at)
                SELECT id, revision, title, summary, content, ? FROM entries WHERE id = ?""",
                [now, due.entry_id],
            )
            self._db.execute(
                "UPDATE entries SET revision = revision + 1, fulltext = ?, revised_at = ? WHERE id = ?",
                [text, now, due.entry_id],
            )

    def twin(self, due: DueArticle, beginning: str) -> int | None:
        """Another entry of the feed whose page began the same."""
        row = self._db.row(
            """SELECT entry_id FROM articles WHERE feed_id = ? AND beginning = ? AND beginning <> '' AND entry_id <> ?
            ORDER BY entry_id LIMIT 1""",
            [due.feed_id, beginning, due.entry_id],
        )
        return row["entry_id"] if row else None

    def release_leases(self) -> None:
        """After a crash nobody works on what was leased; only the one polling process may say so."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE articles SET lease_until = NULL, host_free_at = NULL WHERE lease_until IS NOT NULL"
            )

    def set_back(self, now: datetime) -> None:
        """The clock was set back: requests that are yet to come by it were not made, and nobody rests until then."""
        with self._db.transaction():
            self._db.execute("DELETE FROM article_requests WHERE at > ?", [now])
            self._db.execute("UPDATE articles SET host_free_at = NULL WHERE host_free_at > ?", [now])
            self._db.execute("UPDATE articles SET due_at = ? WHERE due_at > ?", [now, now])

    def of_entry(self, entry_id: int) -> dict[str, Any] | None:
        """Where the page of an entry stands: state, reason, link, attempts, times; None where none was wanted."""
        return self._db.row("SELECT * FROM articles WHERE entry_id = ?", [entry_id])

    def counts(self, feed_id: str = "") -> dict[str, int]:
        """How many pages are in each state, of one feed or of all."""
        rows = self._db.rows(
            "SELECT state, COUNT(*) AS n FROM articles WHERE ? = '' OR feed_id = ? GROUP BY state ORDER BY state",
            [feed_id, feed_id],
        )
        return {row["state"]: row["n"] for row in rows}

    def _due(self, now: datetime, feeds: Iterable[str]) -> list[dict[str, Any]]:
        # With the plus SQLite sorts what is due, and does not walk every page there ever was in that order.
        return self._db.rows(
            """SELECT due.*, entries.title, entries.language,
                (SELECT fulltext FROM articles AS same JOIN entries AS known ON known.id = same.entry_id
                    WHERE same.link = due.link AND same.state = 'fetched' LIMIT 1) AS text
            FROM articles AS due JOIN entries ON entries.id = due.entry_id
            WHERE due.due_at <= ? AND (due.lease_until IS NULL OR due.lease_until <= ?)
            AND due.feed_id IN (SELECT value FROM json_each(?))
            AND NOT EXISTS (SELECT 1 FROM articles AS other
                WHERE other.host = due.host AND other.host_free_at > ?)
            ORDER BY +due.entry_id DESC LIMIT ?""",
            [now, now, json.dumps(sorted(feeds)), now, _BATCH],
        )

    def _lease(self, entry_id: int, now: datetime, lease: timedelta) -> None:
        self._db.execute(
            "UPDATE articles SET lease_until = ?, host_free_at = ?, attempts = attempts + 1 WHERE entry_id = ?",
            [now + lease, now + lease, entry_id],
        )
        self._db.execute("INSERT OR IGNORE INTO article_requests (at, entry_id) VALUES (?, ?)", [now, entry_id])

    def _asked_since(self, oldest: datetime) -> int:
        """How many pages were asked for since; what lies further back is forgotten."""
        self._db.execute("DELETE FROM article_requests WHERE at <= ?", [oldest])
        return int(self._db.rows("SELECT COUNT(*) AS n FROM article_requests WHERE at > ?", [oldest])[0]["n"])

    def _expire(self, now: datetime, per_hour: int) -> None:
        waited = f"not fetched within a day: newer entries took the {per_hour} pages an hour (polling.articles)"
        self._db.execute(
            """UPDATE articles SET state = ?, due_at = NULL, settled_at = ?, lease_until = NULL,
                reason = CASE reason WHEN '' THEN ? ELSE 'not fetched within a day; last: ' || reason END
            WHERE due_at IS NOT NULL AND queued_at <= ? AND (lease_until IS NULL OR lease_until <= ?)""",
            [State.EXPIRED.value, now, waited, now - LIFETIME, now],
        )


def _due_article(row: dict[str, Any], now: datetime) -> DueArticle:
    return DueArticle(
        entry_id=row["entry_id"],
        feed_id=row["feed_id"],
        link=row["link"],
        title=row["title"],
        language=row["language"],
        attempts=row["attempts"] + 1,
        queued_at=moment(row["queued_at"]),
        leased_at=now,
        text=row["text"] or "",
    )
