"""Figures that entries gave, by rule, name, series and part: the story or place that a count is kept for, if any."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.core.figures import Counted
from monitor.core.reckoning import Judged, Told
from monitor.core.veto import Veto
from monitor.store.connection import Connection, moment

# A toll is corrected that often; a longer chain would be of stories that resemble each other.
_LONGEST_CHAIN = 20
# So many figures of a count are judged with each that comes.
_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a figure belongs: a count of a rule, by all the rule's names; `part` is "" for the rule's own."""

    rule_ids: Sequence[str]
    name: str
    series: str
    part: str


class FigureStore:
    """Verbs on figures."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, match_id: int, place: Place, counted: Counted, outlet: str, at: datetime) -> int:
        """Keep a figure of a match, dated as its entry is; its number."""
        figure = counted.figure
        with self._db.transaction():
            return self._db.insert(
                """INSERT INTO figures (match_id, rule_id, name, series, part, low, high, qualifier, former, outlet,
                    words, at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                [match_id, place.rule_ids[0], place.name, place.series, place.part, figure.low, figure.high,
                 figure.qualifier.value, figure.former, outlet, counted.words, at],
            )  # fmt: skip

    def since(self, place: Place, since: datetime) -> list[Told]:
        """The newest figures of a count since a day: of each entry that of its newest revision that gave one."""
        rows = self._db.rows(
            """SELECT figures.*, matches.entry_id, matches.revision FROM figures JOIN matches ON matches.id = match_id
            WHERE figures.rule_id IN (SELECT value FROM json_each(?)) AND name = ? AND series = ? AND part = ?
            AND figures.at >= ? ORDER BY figures.at DESC, figures.id DESC LIMIT ?""",
            [json.dumps(list(place.rule_ids)), place.name, place.series, place.part, since, _MOST],
        )
        newest = {row["entry_id"]: row for row in sorted(rows, key=lambda row: (row["revision"], row["id"]))}
        return [_told(row) for row in newest.values()]

    def standing(self, place: Place, before: datetime, since: datetime, *, highest: bool) -> Told | None:
        """The figure believed last within a time, or the highest."""
        order = "low DESC, at DESC" if highest else "at DESC, id DESC"
        row = self._db.row(
            f"""SELECT * FROM figures
            WHERE rule_id IN (SELECT value FROM json_each(?)) AND name = ? AND series = ? AND part = ?
            AND at >= ? AND at < ? AND verdict IN ('first', 'same', 'change', 'conflict')
            ORDER BY {order} LIMIT 1""",  # noqa: S608 - one of the two above
            [json.dumps(list(place.rule_ids)), place.name, place.series, place.part, since, before],
        )
        return None if row is None else _told(row)

    def judge(self, judged: Iterable[Judged]) -> None:
        """What each figure is to those before it, as it stands now."""
        with self._db.transaction():
            for one in judged:
                self._db.execute(
                    "UPDATE figures SET verdict = ?, reason = ? WHERE id = ?",
                    [one.verdict.value, one.reason, one.told.number],
                )

    def of_entry(self, entry_id: int) -> list[dict[str, Any]]:
        """The figures of an entry, with what they were judged to be."""
        return self._db.rows(
            """SELECT figures.*, matches.revision FROM figures JOIN matches ON matches.id = match_id
            WHERE matches.entry_id = ? ORDER BY figures.id""",
            [entry_id],
        )

    def of_alert(self, alert_id: int) -> list[dict[str, Any]]:
        """The figures of an alert's reports, the oldest first."""
        return self._db.rows(
            """SELECT figures.* FROM figures JOIN matches ON matches.id = match_id
            WHERE matches.alert_id = ? ORDER BY figures.at, figures.id""",
            [alert_id],
        )

    def event_of(self, story_id: int) -> int:
        """The first of the stories that only their figures kept apart: "24 killed" and "31 killed" of one blast."""
        for _ in range(_LONGEST_CHAIN):
            row = self._db.row(
                """SELECT near.story_id FROM story_entries
                JOIN story_entries AS near ON near.entry_id = story_entries.near_entry_id
                WHERE story_entries.story_id = ? AND story_entries.veto = ? ORDER BY story_entries.entry_id LIMIT 1""",
                [story_id, Veto.NUMBERS.value],
            )
            if row is None or row["story_id"] >= story_id:
                return story_id
            story_id = int(row["story_id"])
        return story_id

    def alert_of(self, place: Place, since: datetime) -> int | None:
        """The newest alert that rests on a report with a figure of a count."""
        row = self._db.row(
            """SELECT matches.alert_id FROM figures JOIN matches ON matches.id = match_id
            WHERE figures.rule_id IN (SELECT value FROM json_each(?)) AND name = ? AND series = ? AND part = ?
            AND figures.at >= ? AND matches.alert_id IS NOT NULL ORDER BY figures.id DESC LIMIT 1""",
            [json.dumps(list(place.rule_ids)), place.name, place.series, place.part, since],
        )
        return None if row is None else int(row["alert_id"])

    def ring(self, match_id: int, alert_id: int, *, opened: bool, reason: str, detail: str) -> None:
        """A match of the digest rings after all, for its figure; what has joined its line of the digest leads on."""
        with self._db.transaction():
            self._db.execute(
                """UPDATE matches
                SET outcome = ?, alert_id = ?, line_id = NULL, digest_id = NULL, reason = ?, detail = ?
                WHERE id = ? AND outcome = 'digest'""",
                ["alerted" if opened else "folded", alert_id, reason, detail, match_id],
            )
            if opened:
                self._db.execute("UPDATE alerts SET label = ? WHERE id = ?", [detail, alert_id])


def _told(row: dict[str, Any]) -> Told:
    return Told(
        low=row["low"],
        high=row["high"],
        qualifier=row["qualifier"],
        outlet=row["outlet"],
        at=moment(row["at"]),
        former=row["former"],
        number=row["id"],
    )
