"""What frequency rules count: stories and developments by their first date, and when feeds answered last."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from monitor.core.alert import Outcome, Reason, otherwise
from monitor.core.frequency import By, Development, Report, Span, key_of
from monitor.store.connection import Connection, maybe_moment, moment

# Of one window; a rule that matches more often is told long before.
MOST_MATCHES = 5_000
_COPIED = "entry_id, revision, story_id, dated_at, assertion, cue, origin, subject, stance, evidence"
# A report may decide two facets at once and rings for each, but its match is told of in one alert. The order of the
# tables is that of their indexes.
_OF_CHANGES = """tracker_changes c CROSS JOIN tracker_evidence t ON t.change_id = c.id AND t.denies = 0
    CROSS JOIN matches x ON x.id = t.match_id AND x.outcome <> 'dropped'"""
# What a rule that tells nobody would have told or listed.
_QUIET = f"outcome = 'dropped' AND reason IN ('{Reason.SHADOW}', '{Reason.MUTED}')"
_WOULD_RING = f"{_QUIET} AND assertion NOT IN ('denied', 'negated') AND detail LIKE '{otherwise(Outcome.ALERTED)}%'"
_GROUPED = {
    By.PLACE: "json_each(m.stance, '$.places')",
    By.ENTITY: "json_each(m.subject)",
}


class FrequencyStore:
    """Verbs on how often rules matched, and since when they are watched."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def stories(
        self, names: Sequence[str], since: datetime, until: datetime, by: By = By.NOTHING, group: str = "", *,
        quiet: bool = False,
    ) -> list[Development]:  # fmt: skip
        """The stories that a rule told or listed for the first time after a moment, up to another; oldest first.

        `quiet`, here as below: those that it would have told or listed, had it not been in shadow or muted.
        """
        grouped, parameters = _grouped(by, group)
        rows = self._db.rows(
            f"""SELECT m.id, entry_id, story_id, 's' || story_id AS key, m.rule_id, (
                    SELECT MIN(e.dated_at) FROM matches e WHERE e.story_id = m.story_id
                    AND e.rule_id IN ({_marks(names)}) AND {_counts(quiet=quiet)}) AS first
            FROM matches m WHERE rule_id IN ({_marks(names)}) AND dated_at > ? AND dated_at <= ?
            AND {_counts(quiet=quiet)} {grouped} ORDER BY dated_at, m.id LIMIT {MOST_MATCHES}""",  # noqa: S608 - marks alone
            [*names, *names, since, until, *parameters],
        )
        return _developments((row for row in rows if moment(row["first"]) > since), {})

    def count(
        self, names: Sequence[str], span: Span, by: By = By.NOTHING, group: str = "", *, quiet: bool = False
    ) -> int:
        """How many stories a rule told or listed for the first time within a span."""
        grouped, parameters = _grouped(by, group)
        row = self._db.row(
            f"""SELECT COUNT(DISTINCT story_id) AS n FROM matches m WHERE rule_id IN ({_marks(names)})
            AND dated_at > ? AND dated_at <= ? AND {_counts(quiet=quiet)} {grouped}
            AND NOT EXISTS (SELECT 1 FROM matches e WHERE e.story_id = m.story_id
                AND e.rule_id IN ({_marks(names)}) AND {_counts(quiet=quiet)} AND e.dated_at <= ?)""",  # noqa: S608
            [*names, span.start, span.end, *parameters, *names, span.start],
        )
        return int(row["n"]) if row else 0

    def developments(
        self, names: dict[str, str], since: datetime, until: datetime, by: By = By.NOTHING, group: str = "",
        silent: Sequence[str] = (),
    ) -> list[Development]:  # fmt: skip
        """The developments of rules that first came between two moments; oldest first.

        An alert is one development, whatever it folded; so is a story that the digest lists as done. What is denied is
        none. `names` has the rule by each name that it has and had; of those that are `silent` too, which tell nobody,
        each story that would have rung is one.
        """
        grouped, parameters = _grouped(by, group)
        told = f"""m.rule_id IN ({_marks(names)}) AND m.dated_at >= ? AND m.dated_at <= ? AND outcome <> 'dropped'
            AND assertion NOT IN ('denied', 'negated') {grouped}"""
        rows = self._db.rows(
            f"""WITH told AS (
                SELECT m.id, entry_id, story_id, m.rule_id, m.dated_at, m.alert_id FROM matches m
                WHERE {told} AND (m.alert_id IS NOT NULL OR (outcome = 'digest' AND assertion = 'done'))
                UNION SELECT m.id, entry_id, story_id, m.rule_id, m.dated_at, c.alert_id FROM matches m
                CROSS JOIN tracker_evidence t ON t.match_id = m.id AND t.denies = 0
                CROSS JOIN tracker_changes c ON c.id = t.change_id
                WHERE {told} AND c.alert_id IS NOT NULL)
            SELECT m.id, entry_id, story_id, m.rule_id,
                CASE WHEN alert_id IS NULL THEN 's' || story_id || ' ' || rule_id ELSE 'a' || alert_id END AS key,
                (SELECT MAX(c.id) FROM tracker_changes c WHERE c.alert_id = m.alert_id) AS change_id,
                CASE WHEN alert_id IS NULL
                    THEN (SELECT MIN(e.dated_at) FROM matches e WHERE e.story_id = m.story_id
                        AND e.rule_id = m.rule_id AND e.outcome <> 'dropped')
                    ELSE MIN(COALESCE((SELECT MIN(e.dated_at) FROM matches e WHERE e.alert_id = m.alert_id), '9'),
                        COALESCE((SELECT MIN(x.dated_at) FROM {_OF_CHANGES} WHERE c.alert_id = m.alert_id), '9'))
                    END AS first
            FROM told m ORDER BY dated_at, m.id LIMIT {MOST_MATCHES}""",  # noqa: S608 - marks alone
            [*names, since, until, *parameters, *names, since, until, *parameters],
        )
        rows += self._would_ring(silent, since, until, by, group) if silent else []
        return _developments((row for row in rows if moment(row["first"]) >= since), names)

    def _would_ring(
        self, names: Sequence[str], since: datetime, until: datetime, by: By, group: str
    ) -> list[dict[str, Any]]:
        grouped, parameters = _grouped(by, group)
        rows = self._db.rows(
            f"""SELECT m.id, entry_id, story_id, m.rule_id, (
                    SELECT MIN(e.dated_at) FROM matches e WHERE e.story_id = m.story_id
                    AND e.rule_id = m.rule_id AND {_QUIET}) AS first
            FROM matches m WHERE rule_id IN ({_marks(names)}) AND dated_at >= ? AND dated_at <= ?
            AND {_WOULD_RING} {grouped} ORDER BY dated_at, m.id LIMIT {MOST_MATCHES}""",  # noqa: S608 - of this module
            [*names, since, until, *parameters],
        )
        return [{**row, "key": key_of(row["story_id"], row["rule_id"], quiet=True)} for row in rows]

    def of_alert(self, alert_id: int) -> list[dict[str, Any]]:
        """What the matches that an alert rests on are about: `dated_at`, `places` and `subject`, the earliest first."""
        rows = self._db.rows(
            f"""SELECT dated_at, stance, subject FROM matches WHERE id IN (
                SELECT id FROM matches WHERE alert_id = ?
                UNION SELECT x.id FROM {_OF_CHANGES} WHERE c.alert_id = ?)
            ORDER BY dated_at, id LIMIT 200""",  # noqa: S608 - of this module
            [alert_id, alert_id],
        )
        return [
            {
                "dated_at": moment(row["dated_at"]),
                "places": json.loads(row["stance"])["places"],
                "subject": json.loads(row["subject"]),
            }
            for row in rows
        ]

    def first_of_story(self, names: Sequence[str], story_id: int, *, quiet: bool = False) -> datetime | None:
        """When a rule first told or listed a story."""
        row = self._db.row(
            f"""SELECT MIN(dated_at) AS first FROM matches
            WHERE story_id = ? AND rule_id IN ({_marks(names)}) AND {_counts(quiet=quiet)}""",  # noqa: S608
            [story_id, *names],
        )
        return maybe_moment(row["first"]) if row else None

    def holding(self, ledgers: Sequence[str], entries: Iterable[int]) -> list[tuple[int, int]]:
        """The entries of these that an alert rests on, by any name of a frequency rule: the alert and the entry."""
        rows = self._db.rows(
            f"""SELECT alert_id, entry_id FROM matches
            WHERE entry_id IN (SELECT value FROM json_each(?)) AND rule_id IN ({_marks(ledgers)})
            AND alert_id IS NOT NULL""",  # noqa: S608 - marks alone
            [json.dumps(sorted(entries)), *ledgers],
        )
        return [(row["alert_id"], row["entry_id"]) for row in rows]

    def rest_on(
        self, rule_id: str, match_id: int, alert_id: int | None, outcome: str, reason: str, detail: str, now: datetime
    ) -> bool:
        """Enter into the ledger that a frequency rule rests on a match; whether that is new.

        A line that said so while nobody was to be told becomes one of the alert.
        """
        said = [now, outcome, reason, detail, alert_id]
        with self._db.transaction():
            # An INSERT from a SELECT has SQLite look for lines that refer to those it makes, through all of them.
            row = self._db.rows(f"SELECT {_COPIED} FROM matches WHERE id = ?", [match_id])[0]  # noqa: S608
            entered = self._db.execute(
                f"""INSERT OR IGNORE INTO matches (rule_id, at, outcome, reason, detail, alert_id, {_COPIED})
                VALUES ({_marks([rule_id, *said, *row])})""",  # noqa: S608 - columns and marks alone
                [rule_id, *said, *row.values()],
            )
            if entered.rowcount == 1 or alert_id is None:
                return entered.rowcount == 1
            changed = self._db.execute(
                """UPDATE matches SET at = ?, outcome = ?, reason = ?, detail = ?, alert_id = ?
                WHERE entry_id = ? AND revision = ? AND rule_id = ? AND outcome = 'dropped'""",
                [*said, row["entry_id"], row["revision"], rule_id],
            )
            return changed.rowcount == 1

    def reword(self, alert_id: int, detail: str) -> None:
        """Say anew why an alert rang, in the alert and in the lines of the ledger that opened it."""
        with self._db.transaction():
            self._db.execute(
                """UPDATE matches SET detail = ?
                WHERE alert_id = ? AND detail = (SELECT detail FROM alerts WHERE alerts.id = alert_id)""",
                [detail, alert_id],
            )
            self._db.execute("UPDATE alerts SET detail = ? WHERE id = ?", [detail, alert_id])

    def newest_told(self, names: Sequence[str]) -> datetime | None:
        """The date of the newest report that a rule alerted on or folded; None where it never did."""
        found = [
            self._db.row(
                f"""SELECT MAX(dated_at) AS dated_at FROM (
                    SELECT * FROM (SELECT dated_at FROM matches WHERE rule_id = ? AND outcome <> 'dropped'
                        AND alert_id IS NOT NULL ORDER BY dated_at DESC LIMIT 1)
                    UNION ALL SELECT x.dated_at FROM {_OF_CHANGES} WHERE c.rule_id = ? AND c.alert_id IS NOT NULL)""",  # noqa: S608
                [name, name],
            )
            for name in names
        ]
        return max((moment(row["dated_at"]) for row in found if row and row["dated_at"]), default=None)

    def newest_quiet(self, names: Sequence[str]) -> tuple[int, datetime] | None:
        """The newest match by its date that would have rung, of a rule that tells nobody; None where there is none."""
        # One name after the other, by the index: it is asked every second while an absence of one in shadow lasts.
        found = [
            self._db.row(
                f"""SELECT id, dated_at FROM matches WHERE rule_id = ? AND {_QUIET}
                AND (detail LIKE '{otherwise(Outcome.ALERTED)}%' OR detail LIKE '{otherwise(Outcome.FOLDED)}%')
                ORDER BY dated_at DESC, id DESC LIMIT 1""",  # noqa: S608 - of this module
                [name],
            )
            for name in names
        ]
        newest = max(((moment(row["dated_at"]), row["id"]) for row in found if row), default=None)
        return (newest[1], newest[0]) if newest else None

    def rests(self, ledgers: Sequence[str], match_id: int) -> bool:
        """Whether the ledger has it that a frequency rule rests on a match."""
        row = self._db.row(
            f"""SELECT 1 AS found FROM matches one JOIN matches other
                ON other.entry_id = one.entry_id AND other.revision = one.revision
            WHERE one.id = ? AND other.rule_id IN ({_marks(ledgers)})""",  # noqa: S608 - marks alone
            [match_id, *ledgers],
        )
        return row is not None

    def places_and_subjects(
        self, names: Sequence[str], since: datetime, until: datetime, *, quiet: bool = False
    ) -> list[tuple[list[str], list[str]]]:
        """What the matches of rules within a time are about: the places they name and the references they met."""
        rows = self._db.rows(
            f"""SELECT DISTINCT json_extract(stance, '$.places') AS places, subject FROM matches
            WHERE rule_id IN ({_marks(names)}) AND dated_at > ? AND dated_at <= ? AND {_counts(quiet=quiet)}
            LIMIT {MOST_MATCHES}""",  # noqa: S608 - of this module
            [*names, since, until],
        )
        return [(json.loads(row["places"]), json.loads(row["subject"])) for row in rows]

    def first_told_at(self, names: Sequence[str]) -> datetime | None:
        """When a rule first alerted."""
        row = self._db.row(
            f"SELECT MIN(at) AS first FROM matches WHERE rule_id IN ({_marks(names)}) AND alert_id IS NOT NULL",  # noqa: S608
            [*names],
        )
        return maybe_moment(row["first"]) if row else None

    def successes(self, feeds: Iterable[str]) -> dict[str, datetime]:
        """When these feeds answered last; those that never did, or ended, are left out."""
        rows = self._db.rows(
            """SELECT id, last_success_at FROM feeds WHERE id IN (SELECT value FROM json_each(?))
            AND last_success_at IS NOT NULL AND stopped_at IS NULL""",
            [json.dumps(sorted(feeds))],
        )
        return {row["id"]: moment(row["last_success_at"]) for row in rows}


def _counts(*, quiet: bool) -> str:
    """Which matches of a rule count; no column of another table of these queries has the names that it asks for."""
    return _QUIET if quiet else "outcome <> 'dropped'"


def _marks(names: Iterable[object]) -> str:
    return ", ".join("?" for _ in names)


def _grouped(by: By, group: str) -> tuple[str, list[str]]:
    """A condition that a match m is of a group, with its parameters; "turkey.name" is of the group "turkey"."""
    if by is By.NOTHING:
        return "", []
    condition = f"""AND EXISTS (SELECT 1 FROM {_GROUPED[by]}
        WHERE value = ? OR substr(value, 1, length(?) + 1) = ? || '.')"""  # noqa: S608 - of this module
    return condition, [group, group, group]


def _developments(rows: Iterable[dict[str, Any]], names: dict[str, str]) -> list[Development]:
    by_key: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_key.setdefault(row["key"], []).append(row)
    return [
        Development(
            key=key,
            rule=names.get(found[0]["rule_id"], found[0]["rule_id"]),
            at=moment(found[0]["first"]),
            story_id=found[0]["story_id"],
            change_id=found[0].get("change_id"),
            reports=tuple(Report(match_id=row["id"], entry_id=row["entry_id"]) for row in found),
        )
        for key, found in by_key.items()
    ]
