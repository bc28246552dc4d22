"""What the store knows of the watch itself: since when it runs, when it was blind, and what a rule told and by whom."""

from collections.abc import Sequence
from datetime import datetime

from monitor.core.health import BlindSpot
from monitor.core.silence import Blind
from monitor.store.connection import Connection, maybe_moment, moment


class WatchStore:
    """Verbs on the watch."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def began(self) -> datetime | None:
        """When the first entry was filed; None before."""
        row = self._db.row("SELECT MIN(first_seen_at) AS at FROM entries")
        return maybe_moment(row["at"]) if row else None

    def last_poll(self) -> datetime | None:
        """When any feed was polled last; None before the first poll."""
        row = self._db.row("SELECT MAX(last_poll_at) AS at FROM feeds")
        return maybe_moment(row["at"]) if row else None

    def add_outage(self, began_at: datetime, ended_at: datetime, reason: str) -> None:
        """No feed was polled in this time; one that began then and was noted before lasts until now."""
        with self._db.transaction():
            cursor = self._db.execute(
                "UPDATE outages SET ended_at = MAX(ended_at, ?) WHERE began_at = ?",
                [ended_at, began_at],
            )
            if cursor.rowcount == 0:
                self._db.execute(
                    "INSERT INTO outages (began_at, ended_at, reason) VALUES (?, ?, ?)",
                    [began_at, ended_at, reason],
                )

    def blind(self, since: datetime) -> list[Blind]:
        """The stretches in which feeds were blind, as far as they reach past a time: blind spots and outages.

        That files of the desk are not in force blinds no feed, nor does an event that did not come.
        """
        rows = self._db.rows(
            """SELECT feed_id, opened_at AS began_at, closed_at AS ended_at FROM alerts
            WHERE blind_spot <> '' AND closed_at IS NULL AND blind_spot <> ? AND blind_spot NOT LIKE 'absence: %'
            UNION ALL SELECT feed_id, opened_at, closed_at FROM alerts
            WHERE blind_spot <> '' AND closed_at > ? AND blind_spot <> ? AND blind_spot NOT LIKE 'absence: %'
            UNION ALL SELECT NULL, began_at, ended_at FROM outages WHERE ended_at > ?""",
            [BlindSpot.RULESET.value, since, BlindSpot.RULESET.value, since],
        )
        return [
            Blind(feed_id=row["feed_id"], began_at=moment(row["began_at"]), ended_at=maybe_moment(row["ended_at"]))
            for row in rows
        ]

    def last_told(self, names: Sequence[str], before: int) -> tuple[datetime, datetime] | None:
        """The last development that a rule told, by its date: when it was told, and the date it bore; None for never.

        Only what came ahead of a match counts, and no background in a report on something else. A report of last year
        that is shown again today is not the last. `names` are the ids the rule has and had.
        """
        marks = ", ".join("?" * len(names))
        row = self._db.row(
            f"""SELECT at, dated_at FROM matches WHERE rule_id IN ({marks}) AND alert_id IS NOT NULL AND happened = 1
                AND id < ?
            ORDER BY dated_at DESC, id DESC LIMIT 1""",  # noqa: S608 - question marks alone
            [*names, before],
        )
        return (moment(row["at"]), moment(row["dated_at"])) if row else None

    def eyes(self, names: Sequence[str], before: int) -> frozenset[str]:
        """The feeds whose entries matched a rule ahead of a match, and were not dropped."""
        marks = ", ".join("?" * len(names))
        rows = self._db.rows(
            f"""SELECT DISTINCT feed_id FROM matches JOIN entries ON entries.id = entry_id
            WHERE rule_id IN ({marks}) AND outcome <> 'dropped' AND matches.id < ?""",  # noqa: S608 - likewise
            [*names, before],
        )
        return frozenset(row["feed_id"] for row in rows)
