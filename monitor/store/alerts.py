"""Alerts, and the ledger: what became of every match, and why."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from monitor.core.alert import Decision, Reason, Told
from monitor.core.clause import Assertion
from monitor.core.entry import heading
from monitor.core.escalation import Voice
from monitor.core.match import Evidence
from monitor.core.numbers import called
from monitor.core.origin import origin_from
from monitor.core.render import Reported
from monitor.core.rule import Ringing
from monitor.core.sighting import Sighting
from monitor.core.veto import Stance, stance_from
from monitor.store.connection import Connection, maybe_moment, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedAlert:
    """An alert that was closed, and when it had opened."""

    alert_id: int
    opened_at: datetime


# A report may decide two facets at once and rings for each, but its match is told of in one alert.
_RESTS_ON = """SELECT id FROM matches WHERE alert_id = ?
    UNION SELECT match_id FROM tracker_evidence JOIN tracker_changes ON tracker_changes.id = change_id
        WHERE tracker_changes.alert_id = ? AND denies = 0
    UNION SELECT match_id FROM tracker_evidence JOIN tracker_changes ON tracker_changes.id = change_id
        WHERE contested_alert_id = ? AND denies = 1"""


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
                subject=_subject(row["subject"]),
                stance=_stance(row["stance"]),
                assertion=Assertion(row["assertion"]),
            )
            for row in rows
        ]

    def open(
        self, rule: Ringing, story_id: int, title: str, now: datetime, *, label: str = "", detail: str = ""
    ) -> int:
        """A new alert; it keeps the rule's words, so that it can be told after the rule was edited.

        `label` stands ahead of its title ("RESUMPTION"), `detail` tells why in place of the reason of its first match.
        """
        with self._db.transaction():
            return self._db.insert(
                """INSERT INTO alerts (rule_id, rule_title, owner, notes, severity, story_id, title, label, detail,
                    opened_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                [rule.id, rule.title, rule.owner, rule.notes, rule.severity.label, story_id, title, label, detail,
                 now],
            )  # fmt: skip

    def escalate(self, alert_id: int, severity: str, label: str, detail: str = "") -> None:
        """An alert is taken more gravely, or has a name of its own; `detail` tells why it rang, "" as it was."""
        with self._db.transaction():
            self._db.execute(
                """UPDATE alerts SET severity = ?, label = CASE WHEN ? <> '' THEN ? ELSE label END,
                    detail = CASE WHEN ? <> '' THEN ? ELSE detail END WHERE id = ?""",
                [severity, label, label, detail, detail, alert_id],
            )

    def voices(self, alert_id: int, *, before: int | None = None) -> list[Voice]:
        """The reports of an alert as escalations weigh them, or those ahead of a match; each revision is one."""
        rows = self._db.rows(
            "SELECT origin, assertion, dated_at FROM matches WHERE alert_id = ? AND (? IS NULL OR id < ?) ORDER BY id",
            [alert_id, before, before],
        )
        return [
            Voice(
                origin=origin_from(json.loads(row["origin"])),
                assertion=Assertion(row["assertion"]),
                dated_at=moment(row["dated_at"]),
            )
            for row in rows
        ]

    def figures(self, alert_id: int) -> dict[str, int]:
        """The highest figure that reports of an alert give, by name and by series; of a range, the lower end.

        A doubtful jump counts; a figure that its entry gives no longer does not, nor one of another series or an error.
        """
        rows = self._db.rows(
            """SELECT name, series, MAX(low) AS highest FROM figures
            WHERE match_id IN (SELECT id FROM matches WHERE alert_id = ?) AND verdict NOT IN ('replaced', 'fall')
            GROUP BY name, series ORDER BY highest""",
            [alert_id],
        )
        by_series = {called(row["name"], row["series"]): row["highest"] for row in rows}
        return {**by_series, **{row["name"]: row["highest"] for row in rows}}

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
        return self._unclosed("NOT LIKE")

    def absences(self) -> list[dict[str, Any]]:
        """The open alerts on events that did not come, the oldest first; `blind_spot` is `absence: RULE`."""
        return self._unclosed("LIKE")

    def _unclosed(self, like: str) -> list[dict[str, Any]]:
        return self._db.rows(
            f"""SELECT id, rule_id, feed_id, blind_spot, title, detail, opened_at FROM alerts
            WHERE blind_spot <> '' AND state <> 'closed' AND blind_spot {like} 'absence: %' ORDER BY id"""  # noqa: S608
        )

    def is_open(self, blind_spot: str) -> bool:
        """Whether there is an open alert on a blind spot of no feed, or on an event that did not come."""
        row = self._db.row(
            """SELECT id FROM alerts
            WHERE COALESCE(feed_id, '') = '' AND blind_spot = ? AND blind_spot <> '' AND state <> 'closed'""",
            [blind_spot],
        )
        return row is not None

    def silenced(self, entry_id: int, names: Sequence[str]) -> list[tuple[Assertion, Stance]]:
        """What an entry said, and how, when a match of this rule was old news at the baseline of its feed."""
        marks = ", ".join("?" * len(names))
        rows = self._db.rows(
            f"""SELECT assertion, stance FROM matches
            WHERE entry_id = ? AND rule_id IN ({marks}) AND outcome = 'dropped' AND reason = ?""",  # noqa: S608 - marks
            [entry_id, *names, Reason.BASELINE.value],
        )
        return [(Assertion(row["assertion"]), stance_from(json.loads(row["stance"]))) for row in rows]

    def record(self, seen: Sighting, decision: Decision, alert_id: int | None) -> int:
        """Enter a match and its outcome into the ledger, once for an entry, revision and rule; its number.

        What joins a line of the digest that was told counts as told with it.
        """
        match, one = seen.match, seen.entry
        with self._db.transaction():
            return self._db.insert(
                """INSERT INTO matches (entry_id, revision, rule_id, story_id, at, dated_at, outcome, reason, detail,
                    alert_id, line_id, digest_id, assertion, cue, origin, happened, subject, stance,
                    evidence)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT digest_id FROM matches WHERE id = ?), ?, ?, ?, ?, ?,
                    ?, ?)""",
                [one.id, one.revision, match.rule_id, seen.story_id, seen.at, seen.dated_at, decision.outcome.value,
                 decision.reason.value, decision.detail, alert_id, decision.line, decision.line,
                 match.assertion.value, match.cue, json.dumps(seen.origin.as_dict(), ensure_ascii=False),
                 int(seen.happened),
                 json.dumps(sorted(match.subject)), json.dumps(seen.stance.as_dict()), _evidence_out(match.evidence)],
            )  # fmt: skip

    def resettle(self, match_id: int, decision: Decision) -> None:
        """What waited has come to something, or to nothing; a match that was alerted stays where it was told."""
        with self._db.transaction():
            self._db.execute(
                """UPDATE matches SET outcome = ?, reason = ?, detail = ?, alert_id = ?, line_id = NULL
                WHERE id = ? AND alert_id IS NULL""",
                [decision.outcome.value, decision.reason.value, decision.detail, decision.alert_id, match_id],
            )

    def reports(self, alert_id: int) -> list[Reported]:
        """The entries an alert rests on, each once, in the order they came."""
        rows = self._db.rows(
            f"""SELECT entries.id, outlet, entries.title, link, language, published_at,
                substr(CASE WHEN summary <> '' THEN summary WHEN content <> '' THEN content ELSE fulltext END, 1, 400)
                AS body
            FROM matches JOIN entries ON entries.id = entry_id WHERE matches.id IN ({_RESTS_ON})
            GROUP BY entries.id ORDER BY MIN(matches.id)""",  # noqa: S608 - the query above
            [alert_id, alert_id, alert_id],
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
        row = self._db.rows(
            f"SELECT * FROM matches WHERE id IN ({_RESTS_ON}) ORDER BY alert_id IS NOT ?, id LIMIT 1",  # noqa: S608
            [alert_id, alert_id, alert_id, alert_id],
        )[0]
        return {**row, "evidence": [Evidence(**one) for one in json.loads(row["evidence"])]}

    def get(self, alert_id: int) -> dict[str, Any] | None:
        """An alert's row, or None."""
        return self._db.row("SELECT * FROM alerts WHERE id = ?", [alert_id])

    def all(self, limit: int) -> list[dict[str, Any]]:
        """The newest alerts with the number of the reports that each rests on."""
        rests_on = _RESTS_ON.replace("?", "alerts.id")
        return self._db.rows(
            f"""SELECT alerts.*, (SELECT COUNT(DISTINCT entry_id) FROM matches WHERE matches.id IN ({rests_on}))
                AS reports
            FROM alerts ORDER BY id DESC LIMIT ?""",  # noqa: S608 - the query above
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


@lru_cache(8192)
def _subject(stored: str) -> frozenset[str]:
    """What was told lately is read with each match of its rule."""
    return frozenset(json.loads(stored))


@lru_cache(8192)
def _stance(stored: str) -> Stance:
    return stance_from(json.loads(stored))


def _evidence_out(evidence: Sequence[Evidence]) -> str:
    fields = ("part", "start", "end", "text", "label")
    return json.dumps([{name: getattr(one, name) for name in fields} for one in evidence])
