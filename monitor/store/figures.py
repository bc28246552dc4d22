"""Figures that entries gave, by rule, name, series and part: the story or place that a count is kept for, if any."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.core.alert import Reason
from monitor.core.entry import heading
from monitor.core.figures import Counted
from monitor.core.news import Word
from monitor.core.numbers import called
from monitor.core.origin import Origin, origin_from
from monitor.core.reckoning import Judged, Told, Turn, Verdict
from monitor.core.veto import Veto
from monitor.store.connection import Connection, moment

# A toll is corrected that often; a longer chain would be of stories that resemble each other.
_LONGEST_CHAIN = 20
# So many figures of a count are looked at with each that comes, and so many jumps.
MOST = 200
_MOST_JUMPS = 50
_REVIEW, _TAKEN_BACK = ", REVIEW", ", TAKEN BACK"
_PLACE = "figures.rule_id = ? AND name = ? AND series = ? AND part = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a figure belongs: a count of a rule, by all the rule's names; `part` is "" for the rule's own."""

    rule_ids: Sequence[str]
    name: str
    series: str
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A figure as it is kept: what it was judged to be, what was told of it, and the alert that its report is in."""

    judged: Judged
    word: Word
    alert_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The match that a figure is told with: of a match in the digest, the alert on the figure is opened."""

    match_id: int
    story_id: int
    title: str
    dated_at: datetime
    old_news: bool = False


class FigureStore:
    """Verbs on figures."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, match_id: int, place: Place, counted: Counted, outlet: str, at: datetime, word: Word) -> int:
        """Keep a figure of a match, dated as its entry is, of which a word was told; its number."""
        figure = counted.figure
        with self._db.transaction():
            return self._db.insert(
                """INSERT INTO figures (match_id, rule_id, name, series, part, low, high, qualifier, former, outlet,
                    words, at, told)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                [match_id, place.rule_ids[0], place.name, place.series, place.part, figure.low, figure.high,
                 figure.qualifier.value, figure.former, outlet, counted.words, at, word.value],
            )  # fmt: skip

    def counting(self, entry_id: int, revision: int) -> set[str]:
        """The rules for which an entry gave figures before a revision of it that count still, by the names of then."""
        rows = self._db.rows(
            """SELECT DISTINCT figures.rule_id FROM matches JOIN figures ON matches.id = match_id
            WHERE entry_id = ? AND revision < ? AND verdict <> 'replaced'""",
            [entry_id, revision],
        )
        return {row["rule_id"] for row in rows}

    def replace(self, rule_ids: Sequence[str], entry_id: int, revision: int) -> dict[Place, list[Kept]]:
        """An entry was revised: what it gave a rule before counts no longer; those figures by place, as they were.

        A figure that was never judged is among those that count no longer, and is not handed back.
        """
        found: dict[Place, list[Kept]] = {}
        for rule_id in rule_ids:
            for row in self._db.rows(
                """SELECT figures.*, matches.alert_id, NULL AS origin FROM matches JOIN figures ON matches.id = match_id
                WHERE entry_id = ? AND revision < ? AND figures.rule_id = ? AND verdict <> 'replaced'
                ORDER BY figures.id""",
                [entry_id, revision, rule_id],
            ):
                place = Place(rule_ids=rule_ids, name=row["name"], series=row["series"], part=row["part"])
                self._replaced(row["id"])
                if row["verdict"]:
                    found.setdefault(place, []).append(_kept(row))
        return found

    def _replaced(self, number: int) -> None:
        with self._db.transaction():
            self._db.execute(
                "UPDATE figures SET verdict = 'replaced', reason = 'the entry was revised', turn = 0 WHERE id = ?",
                [number],
            )

    def report_of(self, number: int) -> Report:
        """The report that gave a figure."""
        row = self._db.rows(
            """SELECT match_id, matches.story_id, matches.dated_at, matches.reason, title,
                substr(CASE WHEN summary <> '' THEN summary WHEN content <> '' THEN content ELSE fulltext END, 1, 400)
                AS body
            FROM figures JOIN matches ON matches.id = match_id JOIN entries ON entries.id = entry_id
            WHERE figures.id = ?""",
            [number],
        )[0]
        return Report(
            match_id=row["match_id"],
            story_id=row["story_id"],
            title=heading(row["title"], row["body"]),
            dated_at=moment(row["dated_at"]),
            old_news=row["reason"] == Reason.BASELINE.value,
        )

    def since(self, place: Place, since: datetime, origins_since: datetime) -> list[Kept]:
        """The newest figures of a count since a time, in the order of dates; with their origins since another."""
        kept = self._of_place(
            place,
            f"""SELECT figures.*, matches.alert_id, CASE WHEN figures.at >= ? THEN origin END AS origin
            FROM figures JOIN matches ON matches.id = match_id
            WHERE {_PLACE} AND figures.at >= ? AND verdict NOT IN ('', 'replaced')
            ORDER BY figures.at DESC, figures.id DESC LIMIT {MOST}""",  # noqa: S608 - likewise
            origins_since, since,
        )  # fmt: skip
        return kept[-MOST:]

    def turns(self, place: Place, before: datetime, since: datetime, *, told: bool) -> list[Kept]:
        """The figure at which a count stood before a time, or of which a change was told last, if there is one."""
        only = "AND turn = 2" if told else ""
        kept = self._of_place(
            place,
            f"""SELECT figures.*, NULL AS alert_id, NULL AS origin FROM figures
            WHERE {_PLACE} AND at >= ? AND at < ? AND turn > 0 {only}
            ORDER BY at DESC, low DESC, COALESCE(high, low) DESC, outlet DESC, id DESC LIMIT 1""",  # noqa: S608 - one of the two above
            since, before,
        )  # fmt: skip
        return kept[-1:]

    def jumps(self, place: Place, before: datetime, since: datetime) -> list[Kept]:
        """The newest jumps of a count between two times, doubted or confirmed, with their origins."""
        return self._of_place(
            place,
            f"""SELECT figures.*, matches.alert_id, origin FROM figures JOIN matches ON matches.id = match_id
            WHERE {_PLACE} AND figures.at >= ? AND figures.at < ? AND verdict IN ('jump', 'confirmed')
            ORDER BY figures.at DESC LIMIT {_MOST_JUMPS}""",  # noqa: S608 - likewise
            since, before,
        )  # fmt: skip

    def _of_place(self, place: Place, sql: str, *parameters: Any) -> list[Kept]:
        """The figures of a place, under each name of its rule, in the order of dates."""
        at, marks = sql[: sql.index(_PLACE)].count("?"), [place.name, place.series, place.part]
        # One name after the other: of several at once, SQLite reads all that there are to find the newest.
        rows = [
            row
            for rule_id in place.rule_ids
            for row in self._db.rows(sql, [*parameters[:at], rule_id, *marks, *parameters[at:]])
        ]
        return sorted(map(_kept, rows), key=lambda one: one.judged.told.order)

    def judge(self, judged: Iterable[Judged]) -> None:
        """What each figure is to those before it, as it stands now."""
        with self._db.transaction():
            for one in judged:
                self._db.execute(
                    "UPDATE figures SET verdict = ?, reason = ?, turn = ? WHERE id = ?",
                    [one.verdict.value, one.reason, one.turn.value, one.told.number],
                )

    def told(self, number: int, word: Word) -> None:
        """What was told of a figure last."""
        with self._db.transaction():
            self._db.execute("UPDATE figures SET told = ? WHERE id = ?", [word.value, number])

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
        found = [
            row
            for rule_id in place.rule_ids
            for row in self._db.rows(
                f"""SELECT figures.id, matches.alert_id FROM figures JOIN matches ON matches.id = match_id
                WHERE {_PLACE} AND figures.at >= ? AND matches.alert_id IS NOT NULL
                ORDER BY figures.id DESC LIMIT 1""",  # noqa: S608 - likewise
                [rule_id, place.name, place.series, place.part, since],
            )
        ]
        return max(((row["id"], row["alert_id"]) for row in found), default=(0, None))[1]

    def mark(self, alert_id: int, place: Place, shown: str, word: Word) -> None:
        """An alert that was opened for a figure is named by the last word on it: to review, taken back, or neither."""
        row = self._db.row("SELECT label FROM alerts WHERE id = ?", [alert_id])
        label = "" if row is None else row["label"].removesuffix(_REVIEW).removesuffix(_TAKEN_BACK)
        if label.startswith(f"{called(place.name, place.series)} ") and label.endswith(f" -> {shown}"):
            with self._db.transaction():
                label += {Word.JUMP: _REVIEW, Word.FALL: _TAKEN_BACK}.get(word, "")
                self._db.execute("UPDATE alerts SET label = ? WHERE id = ?", [label, alert_id])

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


def _kept(row: dict[str, Any]) -> Kept:
    told = Told(
        low=row["low"],
        high=row["high"],
        qualifier=row["qualifier"],
        outlet=row["outlet"],
        at=moment(row["at"]),
        former=row["former"],
        number=row["id"],
        origin=origin_from(json.loads(row["origin"])) if row["origin"] else Origin(),
    )
    judged = Judged(told=told, verdict=Verdict(row["verdict"]), reason=row["reason"], turn=Turn(row["turn"]))
    return Kept(judged=judged, word=Word(row["told"]), alert_id=row["alert_id"])
