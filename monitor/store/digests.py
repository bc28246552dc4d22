"""The digest: matches that wait to be told together, and those that were."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from monitor.core.alert import Listed, said
from monitor.core.clause import Assertion
from monitor.core.digest import DigestLine
from monitor.core.entry import heading
from monitor.core.veto import stance_from
from monitor.store.connection import Connection, moment

# As it was said: a revision since may say something else, and be an alert by now.
_LINES = """SELECT matches.id, COALESCE(line_id, matches.id) AS line, entry_id, matches.story_id, rule_id, at,
        outcome, detail, assertion, cue, outlet, link,
        COALESCE((SELECT revisions.title FROM revisions
            WHERE revisions.entry_id = matches.entry_id AND revisions.revision = matches.revision), entries.title)
        AS title,
        substr(CASE WHEN summary <> '' THEN summary WHEN content <> '' THEN content ELSE fulltext END, 1, 400) AS body
    FROM matches JOIN entries ON entries.id = entry_id"""
_WAITS = "outcome IN ('digest', 'held') AND digest_id IS NULL"


class DigestStore:
    """Verbs on the lines of digests."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def listed(self, names: Sequence[str], since: datetime, entry_id: int) -> list[Listed]:
        """The matches of a rule that went to the digest since, and those of the entry whenever; oldest first.

        `names` are the ids the rule has and had.
        """
        marks = ", ".join("?" * len(names))
        rows = self._db.rows(
            f"""SELECT COALESCE(line_id, id) AS line, entry_id, story_id, at, assertion, stance FROM matches
            WHERE id IN (
                SELECT id FROM matches WHERE rule_id IN ({marks}) AND at >= ? AND outcome = 'digest'
                UNION SELECT id FROM matches WHERE entry_id = ? AND rule_id IN ({marks}) AND outcome = 'digest')
            ORDER BY at, id""",  # noqa: S608 - question marks alone
            [*names, since, entry_id, *names],
        )
        return [
            Listed(
                line=row["line"],
                entry_id=row["entry_id"],
                story_id=row["story_id"],
                at=moment(row["at"]),
                assertion=Assertion(row["assertion"]),
                stance=stance_from(json.loads(row["stance"])),
            )
            for row in rows
        ]

    def waiting(self) -> list[DigestLine]:
        """The lines that no digest has told, in the order they came."""
        return _lines(self._db.rows(f"{_LINES} WHERE {_WAITS} ORDER BY matches.id"))

    def also(self, waiting: Mapping[int, str]) -> list[DigestLine]:
        """Of matches that an alert tells of, and which wait for something else besides: those that no digest has told.

        `waiting` says by match for what.
        """
        rows = self._db.rows(
            f"""{_LINES} WHERE matches.id IN (SELECT value FROM json_each(?)) AND digest_id IS NULL
            AND alert_id IS NOT NULL ORDER BY matches.id""",  # noqa: S608 - of this module
            [json.dumps(sorted(waiting))],
        )
        return _lines({**row, "outcome": "held", "detail": waiting[row["id"]]} for row in rows)

    def count(self) -> int:
        """How many lines wait."""
        return len(self.waiting())

    def of(self, digest_id: int) -> list[DigestLine] | None:
        """The lines that a digest told, with the outlets that joined them since; None where there is no such digest.

        What waited when it was told, and does no more, says what became of it.
        """
        if self._db.row("SELECT id FROM notices WHERE id = ? AND kind = 'digest'", [digest_id]) is None:
            return None
        return _lines(self._db.rows(f"{_LINES} WHERE digest_id = ? ORDER BY matches.id", [digest_id]))

    def told(self, digest_id: int, also: Iterable[int] = ()) -> None:
        """Every line that waited was told by this digest, and these matches of alerts."""
        with self._db.transaction():
            self._db.execute(f"UPDATE matches SET digest_id = ? WHERE {_WAITS}", [digest_id])  # noqa: S608 - as above
            self._db.execute(
                "UPDATE matches SET digest_id = ? WHERE id IN (SELECT value FROM json_each(?)) AND digest_id IS NULL",
                [digest_id, json.dumps(sorted(also))],
            )


def _lines(rows: Iterable[dict[str, Any]]) -> list[DigestLine]:
    """Copies join the line of the report they copy; so do those that wait together, or came to the same."""
    by_line: dict[object, list[dict[str, Any]]] = {}
    for row in rows:
        together = row["rule_id"], row["story_id"], row["detail"].partition(":")[0]
        by_line.setdefault(row["line"] if row["outcome"] == "digest" else together, []).append(row)
    return [_line(group[0], (row["outlet"] for row in group)) for group in by_line.values()]


def _line(row: dict[str, Any], outlets: Iterable[str]) -> DigestLine:
    return DigestLine(
        entry_id=row["entry_id"],
        rule_id=row["rule_id"],
        at=moment(row["at"]),
        title=heading(row["title"], row["body"]),
        outlets=tuple(dict.fromkeys(outlets)),
        said=_said(row),
        link=row["link"],
    )


def _said(row: dict[str, Any]) -> str:
    match row["outcome"]:
        case "digest":
            return said(Assertion(row["assertion"]), row["cue"])
        case "held":
            return str(row["detail"])
        case became:
            return f"{became}: {row['detail']}"
