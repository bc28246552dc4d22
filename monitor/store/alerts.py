"""Alerts, and the ledger: what became of every match, and why."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.core.alert import Decision, Reason, Told
from monitor.core.clause import Assertion
from monitor.core.entry import heading
from monitor.core.match import Evidence, Match
from monitor.core.render import Reported
from monitor.core.rule import Ringing
from monitor.core.veto import Stance, stance_from
from monitor.store.connection import Connection, maybe_moment, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedAlert:
    """An alert that was closed, and when it had opened."""

    alert_id: int
    opened_at: datetime


class AlertStore:
    """Verbs on alerts and matches."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def told(self, names: Sequence[str], since: datetime, entry_id: int) -> list[Told]:
        """The matches of a rule that were alerted or folded since, and those of the entry whenever; oldest first.

        `names` are the ids the rule has and had.
        """
        marks = ", ".join("?" * len(names))
        rows = self._db.rows(
            f"""SELECT entry_id, matches.story_id, alert_id, at, opened_at, subject, stance, assertion
            FROM matches JOIN alerts ON alerts.id = alert_id
            WHERE matches.id IN (
                SELECT id FROM matches WHERE rule_id IN ({marks}) AND at >= ? AND alert_id IS NOT NULL
                UNION SELECT id FROM matches WHERE entry_id = ? AND rule_id IN ({marks}) AND alert_id IS NOT NULL)
            ORDER BY at, matches.id""",  # noqa: S608 - question marks alone
            [*names, since, entry_id, *names],
        )
        return [
            Told(
                entry_id=row["entry_id"],
                story_id=row["story_id"],
                alert_id=row["alert_id"],
                at=moment(row["at"]),
                opened_at=moment(row["opened_at"]),
                subject=frozenset(json.loads(row["subject"])),
                stance=stance_from(json.loads(row["stance"])),
                assertion=Assertion(row["assertion"]),
            )
            for row in rows
        ]

    def open(self, rule: Ringing, story_id: int, title: str, now: datetime) -> int:
        """A new alert; it keeps the rule's words, so that it can be told after the rule was edited."""
        with self._db.transaction():
            return self._db.insert(
                """INSERT INTO alerts (rule_id, rule_title, owner, notes, severity, story_id, title, opened_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
                [rule.id, rule.title, rule.owner, rule.notes, rule.severity.label, story_id, title, now],
            )

    def open_blind(
        self, rule: Ringing, blind_spot: str, *, feed_id: str | None, title: str, detail: str, now: datetime
    ) -> int | None:
        """A new alert on a blind spot of a feed, or of all (None); None where one is open."""
        with self._db.transaction():
            cursor = self._db.execute(
                """INSERT OR IGNORE INTO alerts (rule_id, rule_title, owner, notes, severity, feed_id, blind_spot,
                    detail, title, opened_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                [rule.id, rule.title, rule.owner, rule.notes, rule.severity.label, feed_id, blind_spot, detail, title,
                 now],
            )  # fmt: skip
            return cursor.lastrowid if cursor.rowcount == 1 else None

    def close_blind(self, blind_spot: str, feed_id: str | None, now: datetime) -> ClosedAlert | None:
        """Close the open alert on a blind spot; None where there was none."""
        with self._db.transaction():
            row = self._db.row(
                """SELECT id, opened_at FROM alerts
                WHERE COALESCE(feed_id, '') = ? AND blind_spot = ? AND blind_spot <> '' AND state <> 'closed'""",
                [feed_id or "", blind_spot],
            )
            if row is None:
                return None
            self._db.execute("UPDATE alerts SET state = 'closed', closed_at = ? WHERE id = ?", [now, row["id"]])
            return ClosedAlert(alert_id=row["id"], opened_at=moment(row["opened_at"]))

    def blind_spots(self) -> list[dict[str, Any]]:
        """The open alerts on blind spots, the oldest first."""
        return self._db.rows(
            """SELECT id, feed_id, blind_spot, title, detail, opened_at FROM alerts
            WHERE blind_spot <> '' AND state <> 'closed' ORDER BY id"""
        )

    def silenced(self, entry_id: int, rule_id: str) -> list[tuple[Assertion, Stance]]:
        """What an entry said, and how, when a match of this rule was old news at the baseline of its feed."""
        rows = self._db.rows(
            """SELECT assertion, stance FROM matches
            WHERE entry_id = ? AND rule_id = ? AND outcome = 'dropped' AND reason = ?""",
            [entry_id, rule_id, Reason.BASELINE.value],
        )
        return [(Assertion(row["assertion"]), stance_from(json.loads(row["stance"]))) for row in rows]

    def record(
        self, match: Match, *, entry_id: int, revision: int, story_id: int, stance: Stance, decision: Decision,
        alert_id: int | None, now: datetime,
    ) -> None:  # fmt: skip
        """Enter a match and its outcome into the ledger; once for an entry, revision and rule.

        What joins a line of the digest that was told counts as told with it.
        """
        with self._db.transaction():
            self._db.execute(
                """INSERT INTO matches (entry_id, revision, rule_id, story_id, at, outcome, reason, detail, alert_id,
                    line_id, digest_id, assertion, cue, subject, stance, evidence)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT digest_id FROM matches WHERE id = ?), ?, ?, ?, ?, ?)""",
                [entry_id, revision, match.rule_id, story_id, now, decision.outcome.value, decision.reason.value,
                 decision.detail, alert_id, decision.line, decision.line, match.assertion.value, match.cue,
                 json.dumps(sorted(match.subject)), json.dumps(stance.as_dict()), _evidence_out(match.evidence)],
            )  # fmt: skip

    def reports(self, alert_id: int) -> list[Reported]:
        """The entries an alert rests on, each once, in the order they came."""
        rows = self._db.rows(
            """SELECT entries.id, outlet, entries.title, link, language, published_at,
                substr(CASE WHEN summary <> '' THEN summary WHEN content <> '' THEN content ELSE fulltext END, 1, 400)
                AS body
            FROM entries WHERE id IN (SELECT entry_id FROM matches WHERE alert_id = ?) ORDER BY
            (SELECT MIN(id) FROM matches WHERE alert_id = ? AND entry_id = entries.id)""",
            [alert_id, alert_id],
        )
        return [
            Reported(
                entry_id=row["id"],
                outlet=row["outlet"],
                title=heading(row["title"], row["body"]),
                link=row["link"],
                language=row["language"],
                published_at=maybe_moment(row["published_at"]),
            )
            for row in rows
        ]

    def first_match(self, alert_id: int) -> dict[str, Any]:
        """The match that opened an alert: its entry, why it rang, and `evidence` as values."""
        row = self._db.rows("SELECT * FROM matches WHERE alert_id = ? ORDER BY id LIMIT 1", [alert_id])[0]
        return {**row, "evidence": [Evidence(**one) for one in json.loads(row["evidence"])]}

    def get(self, alert_id: int) -> dict[str, Any] | None:
        """An alert's row, or None."""
        return self._db.row("SELECT * FROM alerts WHERE id = ?", [alert_id])

    def all(self, limit: int) -> list[dict[str, Any]]:
        """The newest alerts with the number of their reports."""
        return self._db.rows(
            """SELECT alerts.*, (SELECT COUNT(DISTINCT entry_id) FROM matches WHERE alert_id = alerts.id) AS reports
            FROM alerts ORDER BY id DESC LIMIT ?""",
            [limit],
        )

    def matches_of_alert(self, alert_id: int) -> list[dict[str, Any]]:
        """The ledger's lines that led into an alert, in their order."""
        return self._ledger("WHERE alert_id = ?", alert_id)

    def matches_of_entry(self, entry_id: int) -> list[dict[str, Any]]:
        """The ledger's lines of an entry, in their order."""
        return self._ledger("WHERE entry_id = ?", entry_id)

    def _ledger(self, condition: str, number: int) -> list[dict[str, Any]]:
        query = """SELECT matches.*, entries.title, entries.outlet, entries.link
            FROM matches JOIN entries ON entries.id = entry_id """
        rows = self._db.rows(f"{query} {condition} ORDER BY matches.id", [number])
        return [{**row, "evidence": json.loads(row["evidence"])} for row in rows]

    def counts(self) -> dict[str, int]:
        """Matches by outcome, and alerts."""
        rows = self._db.rows("SELECT outcome, COUNT(*) AS n FROM matches GROUP BY outcome")
        alerts = self._db.rows("SELECT COUNT(*) AS n FROM alerts")[0]["n"]
        return {"alerts": alerts, **{row["outcome"]: row["n"] for row in rows}}

    def open_alerts(self) -> int:
        """How many alerts are open."""
        return int(self._db.rows("SELECT COUNT(*) AS n FROM alerts WHERE state = 'open'")[0]["n"])


def _evidence_out(evidence: Sequence[Evidence]) -> str:
    fields = ("part", "start", "end", "text", "label")
    return json.dumps([{name: getattr(one, name) for name in fields} for one in evidence])
