"""Notices and their deliveries: what has to be sent, to whom, and how that went."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from monitor.core.delivery import Delivery, Settlement
from monitor.store.connection import Connection, moment


class Outbox:
    """Verbs on notices and deliveries."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add_notice(self, alert_id: int | None, kind: str, subject: str, now: datetime) -> int:
        """A notice about an alert, or, without one, a drill or a digest."""
        with self._db.transaction():
            return self._db.insert(
                "INSERT INTO notices (alert_id, kind, subject, created_at) VALUES (?, ?, ?, ?)",
                [alert_id, kind, subject, now],
            )

    def queue(
        self, notice_id: int, *, receiver: str, recipient: str, medium: str, payload: str, now: datetime,
        due_at: datetime,
    ) -> None:  # fmt: skip
        """Promise a delivery; the same notice for the same recipient twice is one delivery."""
        with self._db.transaction():
            self._db.execute(
                """INSERT OR IGNORE INTO deliveries (notice_id, receiver, recipient, medium, payload, state, queued_at,
                    due_at) VALUES (?, ?, ?, ?, ?, 'queued', ?, ?)""",
                [notice_id, receiver, recipient, medium, payload, now, due_at],
            )

    def unsent_notice(self, alert_id: int) -> int | None:
        """The opening notice of an alert while nobody has been sent it: more reports may still join it."""
        row = self._db.row(
            """SELECT id FROM notices WHERE alert_id = ? AND kind = 'opened'
            AND NOT EXISTS (SELECT 1 FROM deliveries
                WHERE notice_id = notices.id AND (attempts > 0 OR lease_until IS NOT NULL))""",
            [alert_id],
        )
        return row["id"] if row else None

    def redraw(self, notice_id: int, subject: str, payloads: Mapping[str, str], due_at: datetime) -> None:
        """Replace subject and payloads, by medium, of a notice that nobody has been sent; it is due then, or sooner."""
        with self._db.transaction():
            self._db.execute("UPDATE notices SET subject = ? WHERE id = ?", [subject, notice_id])
            self._db.execute(
                "UPDATE deliveries SET due_at = MIN(due_at, ?) WHERE notice_id = ? AND state = 'queued'",
                [due_at, notice_id],
            )
            for medium, payload in payloads.items():
                self._db.execute(
                    "UPDATE deliveries SET payload = ? WHERE notice_id = ? AND medium = ?",
                    [payload, notice_id, medium],
                )

    def lease_due(
        self, now: datetime, lease: timedelta, *, receivers: Iterable[str], hurry: bool = False, notice_id: int = 0
    ) -> list[Delivery]:
        """Take, for each of the receivers, what is due first (of one notice, if given); none where one is at work.

        `hurry` takes what waits for reprints, too, as a run that ends does; what waits after a failure stays.
        """
        leased = []
        with self._db.transaction():
            for receiver in receivers:
                row = self._db.row(
                    """SELECT * FROM deliveries WHERE receiver = ? AND due_at IS NOT NULL
                    AND (due_at <= ? OR (? AND state = 'queued')) AND (lease_until IS NULL OR lease_until <= ?)
                    AND (? = 0 OR notice_id = ?)
                    AND NOT EXISTS (SELECT 1 FROM deliveries AS other
                        WHERE other.receiver = deliveries.receiver AND other.lease_until > ?)
                    ORDER BY due_at, id LIMIT 1""",
                    [receiver, now, int(hurry), now, notice_id, notice_id, now],
                )
                if row:
                    self._db.execute(
                        "UPDATE deliveries SET lease_until = ?, attempts = attempts + 1 WHERE id = ?",
                        [now + lease, row["id"]],
                    )
                    leased.append(_delivery(row))
        return leased

    def settle(self, delivery_id: int, settlement: Settlement, now: datetime) -> None:
        """Record what an attempt led to."""
        with self._db.transaction():
            self._db.execute(
                """UPDATE deliveries SET state = ?, due_at = ?, error = ?, settled_at = ?, lease_until = NULL
                WHERE id = ?""",
                [settlement.state.value, settlement.due_at, settlement.error,
                 now if settlement.due_at is None else None, delivery_id],
            )  # fmt: skip

    def release_leases(self) -> None:
        """After a crash what was being sent is sent again; only the one polling process may say so."""
        with self._db.transaction():
            self._db.execute("UPDATE deliveries SET lease_until = NULL WHERE lease_until IS NOT NULL")

    def retry(self, delivery_id: int, now: datetime) -> bool:
        """Make a failed or deferred delivery due now, with a new lifetime; False where there is none such."""
        with self._db.transaction():
            cursor = self._db.execute(
                """UPDATE deliveries SET state = 'deferred', due_at = ?, queued_at = ?, settled_at = NULL
                WHERE id = ? AND state IN ('failed', 'deferred', 'ambiguous')""",
                [now, now, delivery_id],
            )
        return cursor.rowcount == 1

    def set_back(self, now: datetime) -> None:
        """The clock was set back: whatever waits is tried now."""
        with self._db.transaction():
            self._db.execute("UPDATE deliveries SET due_at = ? WHERE due_at > ?", [now, now])

    def waiting_receivers(self) -> list[str]:
        """The receivers something waits for, in the order of their names."""
        rows = self._db.rows("SELECT DISTINCT receiver FROM deliveries WHERE due_at IS NOT NULL ORDER BY receiver")
        return [row["receiver"] for row in rows]

    def of_notice(self, notice_id: int) -> list[dict[str, Any]]:
        """The deliveries of a notice."""
        return self._db.rows("SELECT * FROM deliveries WHERE notice_id = ? ORDER BY id", [notice_id])

    def of_alert(self, alert_id: int) -> list[dict[str, Any]]:
        """The notices of an alert with their deliveries."""
        notices = self._db.rows("SELECT * FROM notices WHERE alert_id = ? ORDER BY id", [alert_id])
        return [{**notice, "deliveries": self.of_notice(notice["id"])} for notice in notices]

    def all(self, limit: int, state: str = "") -> list[dict[str, Any]]:
        """The newest deliveries, of one state or of all, with what they are about."""
        return self._db.rows(
            """SELECT deliveries.id, notice_id, alert_id, subject, receiver, recipient, state, attempts, queued_at,
                due_at, settled_at, error
            FROM deliveries JOIN notices ON notices.id = notice_id
            WHERE ? = '' OR state = ? ORDER BY deliveries.id DESC LIMIT ?""",
            [state, state, limit],
        )

    def depth(self) -> dict[str, int]:
        """How many deliveries are in each state."""
        rows = self._db.rows("SELECT state, COUNT(*) AS n FROM deliveries GROUP BY state ORDER BY state")
        return {row["state"]: row["n"] for row in rows}

    def notices(self) -> int:
        """How many notices were made."""
        return int(self._db.rows("SELECT COUNT(*) AS n FROM notices")[0]["n"])


def _delivery(row: dict[str, Any]) -> Delivery:
    return Delivery(
        id=row["id"],
        notice_id=row["notice_id"],
        receiver=row["receiver"],
        recipient=row["recipient"],
        payload=row["payload"],
        attempts=row["attempts"] + 1,
        queued_at=moment(row["queued_at"]),
    )
