"""Updates of alerts: what is added to one that was told - a figure that changed, a reason to take it more gravely."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from monitor.store.connection import Connection


class UpdateStore:
    """Verbs on updates of alerts."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(
        self, alert_id: int, kind: str, name: str, detail: str, now: datetime, *, match_id: int | None = None,
        severity: str = "",
    ) -> bool:  # fmt: skip
        """Add an `update` or an `escalation` to an alert; whether it is new: the same is never said twice.

        `name` is the label or figure, `detail` what is told of it, `severity` what the alert is from then on, "" as it
        was.
        """
        with self._db.transaction():
            cursor = self._db.execute(
                """INSERT OR IGNORE INTO alert_updates (alert_id, kind, name, detail, severity, match_id, at)
                VALUES (?, ?, ?, ?, ?, ?, ?)""",
                [alert_id, kind, name, detail, severity, match_id, now],
            )
            return cursor.rowcount == 1

    def of(self, alert_id: int) -> list[dict[str, Any]]:
        """The updates of an alert in their order; `notice_id` is None for those that no notice has told."""
        return self._db.rows("SELECT * FROM alert_updates WHERE alert_id = ? ORDER BY id", [alert_id])

    def told(self, update_ids: Iterable[int], notice_id: int) -> None:
        """These updates are told by a notice."""
        with self._db.transaction():
            for update_id in update_ids:
                self._db.execute("UPDATE alert_updates SET notice_id = ? WHERE id = ?", [notice_id, update_id])
