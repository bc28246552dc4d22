"""What the store knows of feeds: when each is due, what its last polls left behind and how they went."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from monitor.core.cadence import LONGEST_RETRY_AFTER
from monitor.core.feed import DueFeed, Feed, Move, PollResult, Validators, hints_from, unpacked
from monitor.store.connection import Connection, maybe_moment, moment

# What a poll needs; every column of it is carried by one row, so that leasing a feed is one read.
_DUE = """id, url, host, etag, last_modified, failures, seen, hints, moved_to, moved_hits, cadence, health,
    last_poll_at, last_success_at, next_due_at"""
# Columns that are for the program, not for the reader of a listing.
_INTERNAL = ("seen", "cadence", "health", "hints")


class FeedStore:
    """Verbs on feeds."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def sync(self, feeds: Iterable[Feed], now: datetime, latest: timedelta = LONGEST_RETRY_AFTER) -> None:
        """Take over the desk's list: new feeds are due at once, missing ones rest with their entries.

        A feed whose address changed is due at once, without anything that belongs to the old address. None that did
        not fail is due later than its own interval allows, or `latest` without one: it may be shorter now, or the
        clock was ahead. What the publisher asked for by Retry-After stays.
        """
        with self._db.transaction():
            self._db.execute("UPDATE feeds SET active = 0")
            for feed in feeds:
                self._take_over(feed, now)
                usual = now + (feed.every * 1.1 if feed.every else latest)
                self._db.execute(
                    """UPDATE feeds SET next_due_at = MIN(next_due_at, MAX(CASE failures WHEN 0 THEN ? ELSE ? END,
                        COALESCE(MIN(not_before, ?), ''))) WHERE id = ?""",
                    [usual, max(usual, now + LONGEST_RETRY_AFTER), now + LONGEST_RETRY_AFTER, feed.id],
                )

    def _take_over(self, feed: Feed, now: datetime) -> None:
        self._db.execute(
            """UPDATE feeds SET next_due_at = ?, etag = '', last_modified = '', seen = x'', hints = '{}', moved_to = '',
                moved_hits = 0, stopped_at = NULL, not_before = NULL, failures = 0, last_success_at = NULL,
                last_fault = '', last_error = '', cadence = '{}', health = '{}' WHERE id = ? AND url <> ?""",
            [now, feed.id, feed.url],
        )
        self._db.execute(
            """INSERT INTO feeds (id, url, host, next_due_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET active = 1, host = excluded.host, url = excluded.url""",
            [feed.id, feed.url, feed.host, now],
        )

    def make_due(self, now: datetime, feed_id: str = "") -> None:
        """Have every feed, or one, polled next, but for those whose publishers asked for a pause.

        A feed that ended (410) is polled again only when it is named.
        """
        with self._db.transaction():
            self._db.execute(
                """UPDATE feeds SET next_due_at = MAX(?, COALESCE(MIN(not_before, ?), '')),
                    stopped_at = CASE ? WHEN '' THEN stopped_at END
                WHERE active = 1 AND (? = '' OR id = ?)""",
                [now, now + LONGEST_RETRY_AFTER, feed_id, feed_id, feed_id],
            )

    def set_back(self, now: datetime) -> None:
        """The clock was set back: every feed is asked now, since nobody knows any more when it was to be."""
        with self._db.transaction():
            self._db.execute("UPDATE feeds SET next_due_at = ?, not_before = NULL WHERE next_due_at > ?", [now, now])

    def lease_due(
        self, now: datetime, lease: timedelta, limit: int, feed_id: str = "", *, per_host: int = 1
    ) -> list[DueFeed]:
        """Take the feeds that are due (or the one, if it is), the longest due first, for the time of the lease.

        None of a host that is at work already, and at most `per_host` of one: whoever takes several asks for one after
        the other.
        """
        with self._db.transaction():
            due = self._db.execute(
                """SELECT host, id FROM feeds AS due
                WHERE active = 1 AND next_due_at <= ? AND stopped_at IS NULL
                AND (lease_until IS NULL OR lease_until <= ?) AND (? = '' OR id = ?)
                AND NOT EXISTS (SELECT 1 FROM feeds AS other
                    WHERE other.host = due.host AND other.lease_until > ?)
                ORDER BY next_due_at, rowid""",
                [now, now, feed_id, feed_id, now],
            )
            # In the order of the index, and no further than needed: after a night's sleep everything is due.
            taken = json.dumps(list(islice(_few_of_each_host(due, per_host), limit)))
            self._db.execute(
                "UPDATE feeds SET lease_until = ? WHERE id IN (SELECT value FROM json_each(?))", [now + lease, taken]
            )
            rows = self._db.rows(
                f"""SELECT {_DUE} FROM feeds WHERE id IN (SELECT value FROM json_each(?))
                ORDER BY next_due_at, rowid""",  # noqa: S608 - ours
                [taken],
            )
        return [_due(row) for row in rows]

    def get(self, feed_id: str) -> DueFeed:
        """A feed with what earlier polls left behind, leased or not; raises LookupError."""
        row = self._db.row(f"SELECT {_DUE} FROM feeds WHERE id = ?", [feed_id])  # noqa: S608 - ours
        if row is None:
            raise LookupError(f"there is no feed {feed_id}")
        return _due(row)

    def release_leases(self) -> None:
        """After a crash nobody works on what was leased; only the one polling process may say so."""
        with self._db.transaction():
            self._db.execute("UPDATE feeds SET lease_until = NULL WHERE lease_until IS NOT NULL")

    def settle(self, feed_id: str, came: PollResult, now: datetime) -> None:
        """Record what a poll left behind; what it says nothing of stays as it was.

        A poll that failed leaves the validators alone, since nothing newer was read.
        """
        validators, move = came.validators, came.move
        with self._db.transaction():
            self._db.execute(
                """UPDATE feeds SET polls = polls + 1, last_poll_at = ?, last_result = ?, last_error = ?,
                    last_fault = ?, due_why = ?, not_before = ?, lease_until = NULL,
                    failures = CASE ? WHEN '' THEN 0 ELSE failures + 1 END,
                    last_success_at = CASE ? WHEN '' THEN ? ELSE last_success_at END,
                    next_due_at = COALESCE(?, next_due_at), stopped_at = CASE WHEN ? IS NULL THEN ? END,
                    etag = COALESCE(?, etag), last_modified = COALESCE(?, last_modified), seen = COALESCE(?, seen),
                    hints = COALESCE(?, hints), moved_to = COALESCE(?, moved_to), moved_hits = COALESCE(?, moved_hits),
                    cadence = COALESCE(?, cadence), health = COALESCE(?, health)
                WHERE id = ?""",
                [now, came.result, came.error, came.fault, came.why, came.not_before, came.fault, came.fault, now,
                 came.next_due_at, came.next_due_at, now,
                 validators.etag if validators else None, validators.last_modified if validators else None,
                 came.seen.packed() if came.seen else None,
                 json.dumps(came.hints.as_dict()) if came.hints else None,
                 move.to if move else None, move.hits if move else None, came.cadence, came.health, feed_id],
            )  # fmt: skip

    def postpone(self, feed_id: str, until: datetime, why: str) -> None:
        """Give a feed back unasked; nothing is known of it that was not known before."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE feeds SET next_due_at = ?, due_why = ?, lease_until = NULL WHERE id = ?", [until, why, feed_id]
            )

    def forget_health(self, feed_id: str) -> None:
        """What was blind about a feed is to be found anew."""
        with self._db.transaction():
            self._db.execute("UPDATE feeds SET health = '{}' WHERE id = ?", [feed_id])

    def all(self) -> list[dict[str, Any]]:
        """Every active feed's row, by id, with the number of its entries."""
        rows = self._db.rows(
            """SELECT feeds.*, (SELECT COUNT(*) FROM entries WHERE feed_id = feeds.id) AS entries
            FROM feeds WHERE active = 1 ORDER BY id"""
        )
        return [{name: value for name, value in row.items() if name not in _INTERNAL} for row in rows]

    def active(self) -> list[DueFeed]:
        """Every active feed, with what earlier polls left behind."""
        return [_due(row) for row in self._db.rows(f"SELECT {_DUE} FROM feeds WHERE active = 1")]  # noqa: S608 - ours

    def overdue(self, now: datetime) -> list[dict[str, Any]]:
        """Feeds that are due and not yet polled, the longest due first."""
        return self._db.rows(
            """SELECT id, next_due_at FROM feeds WHERE active = 1 AND stopped_at IS NULL AND next_due_at <= ?
            ORDER BY next_due_at""",
            [now],
        )


def _few_of_each_host(rows: Iterable[tuple[str, str]], few: int) -> Iterator[str]:
    taken = Counter[str]()
    for host, feed_id in rows:
        taken[host] += 1
        if taken[host] <= few:
            yield feed_id


def _due(row: dict[str, Any]) -> DueFeed:
    return DueFeed(
        id=row["id"],
        url=row["url"],
        host=row["host"],
        validators=Validators(etag=row["etag"], last_modified=row["last_modified"]),
        failures=row["failures"],
        seen=unpacked(row["seen"]),
        hints=hints_from(json.loads(row["hints"])),
        move=Move(to=row["moved_to"], hits=row["moved_hits"]),
        cadence=row["cadence"],
        health=row["health"],
        last_success_at=maybe_moment(row["last_success_at"]),
        waited=moment(row["next_due_at"]) - moment(row["last_poll_at"]) if row["last_poll_at"] else timedelta(),
    )
