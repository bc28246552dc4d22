"""Trackers: the evidence for each state, what it came to, and the sentences that stand in every report."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from monitor.core.alert import Decision, Reason
from monitor.core.entry import heading
from monitor.core.origin import Origin, origin_from
from monitor.core.tracker import Development, Evidence
from monitor.store.connection import Connection, maybe_moment, moment

_EVIDENCE = """SELECT tracker_evidence.*, matches.entry_id, matches.story_id, matches.origin, matches.outcome,
        matches.reason, matches.detail, matches.alert_id, entries.outlet, entries.title, entries.link,
        (SELECT COUNT(*) FROM tracker_sentences WHERE tracker_sentences.rule_id = tracker_evidence.rule_id
            AND tracker_sentences.sentence = tracker_evidence.sentence
            AND day < substr(tracker_evidence.at, 1, 10)) AS earlier_days,
        substr(CASE WHEN summary <> '' THEN summary WHEN content <> '' THEN content ELSE fulltext END, 1, 400) AS body
    FROM tracker_evidence JOIN matches ON matches.id = match_id JOIN entries ON entries.id = matches.entry_id"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Evidence as it is stored, with the entry it is of and what became of its match.

    `earlier_days` are those before its own on which reports had its sentence.
    """

    evidence: Evidence
    earlier_days: int
    change_id: int | None
    entry_id: int
    story_id: int
    title: str
    outlet: str
    link: str
    outcome: str
    reason: str
    detail: str
    alert_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What an earlier revision of an entry was evidence of, before it gave way."""

    facet: str
    state: str
    at: datetime
    seen_at: datetime
    denies: bool
    change_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredChange:
    """A development as it is stored; `tell_at` is when it rings, None once it did or where it is silent.

    `withdrawn_at`: it was told, and those who reported it took it back.
    """

    id: int
    rule_id: str
    facet: str
    kind: str
    from_state: str
    to_state: str
    first_at: datetime
    at: datetime
    decided_at: datetime
    tell_at: datetime | None
    told_at: datetime | None
    alert_id: int | None
    contested_at: datetime | None
    contested_alert_id: int | None
    word: str
    confirmed_at: datetime | None
    confirmed_by: str
    withdrawn_at: datetime | None


class TrackerStore:
    """Verbs on trackers."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def rename(self, former: Sequence[str], rule_id: str) -> None:
        """What was kept under ids that a rule had is kept under the one it has."""
        with self._db.transaction():
            for name in former:
                for table in ("tracker_changes", "tracker_evidence"):
                    self._db.execute(f"UPDATE {table} SET rule_id = ? WHERE rule_id = ?", [rule_id, name])  # noqa: S608
                self._db.execute("UPDATE OR IGNORE tracker_sentences SET rule_id = ? WHERE rule_id = ?",
                                 [rule_id, name])  # fmt: skip

    def give_way(self, rule_id: str, entry_id: int, match_id: int, decision: Decision) -> list[Earlier]:
        """Take back what earlier revisions of an entry were evidence of, as far as nothing was told of it.

        `match_id` is the match of the revision that stands, 0 where it satisfies the rule no more. Earlier matches that
        waited come to the decision.
        """
        with self._db.transaction():
            rows = self._db.rows(
                """SELECT tracker_evidence.* FROM matches JOIN tracker_evidence ON match_id = matches.id
                WHERE matches.entry_id = ? AND matches.id <> ? AND tracker_evidence.rule_id = ?
                AND (change_id IS NULL OR
                    (SELECT tell_at FROM tracker_changes WHERE tracker_changes.id = change_id) IS NOT NULL)
                ORDER BY match_id""",
                [entry_id, match_id, rule_id],
            )
            for row in rows:
                self._db.execute("DELETE FROM tracker_evidence WHERE match_id = ? AND facet = ? AND state = ?",
                                 [row["match_id"], row["facet"], row["state"]])  # fmt: skip
                self._db.execute(
                    "UPDATE matches SET outcome = ?, reason = ?, detail = ? WHERE id = ? AND outcome = 'held'",
                    [decision.outcome.value, decision.reason.value, decision.detail, row["match_id"]],
                )
        return [
            Earlier(
                facet=row["facet"],
                state=row["state"],
                at=moment(row["at"]),
                seen_at=moment(row["seen_at"]),
                denies=bool(row["denies"]),
                change_id=row["change_id"],
            )
            for row in rows
        ]

    def vouched(self, rule_id: str, entry_id: int) -> frozenset[tuple[str, str]]:
        """The facets and states that revisions of an entry told of, where something came of it."""
        rows = self._db.rows(
            """SELECT facet, state FROM matches JOIN tracker_evidence ON match_id = matches.id
            WHERE matches.entry_id = ? AND tracker_evidence.rule_id = ? AND denies = 0 AND change_id IS NOT NULL""",
            [entry_id, rule_id],
        )
        return frozenset((row["facet"], row["state"]) for row in rows)

    def take_back(self, rule_id: str, entry_id: int, match_id: int, facet: str, state: str) -> None:
        """What earlier revisions of an entry told of a state counts no more; it stays with the development it made."""
        with self._db.transaction():
            self._db.execute(
                """UPDATE tracker_evidence SET taken_back = 1
                WHERE rule_id = ? AND facet = ? AND state = ? AND denies = 0
                AND match_id IN (SELECT id FROM matches WHERE entry_id = ? AND id <> ?)""",
                [rule_id, facet, state, entry_id, match_id],
            )

    def add_evidence(
        self, rule_id: str, facet: str, one: Evidence, sentence: str, change_id: int | None = None
    ) -> None:
        """Keep evidence, of the development that an earlier revision of its entry told of, if one did."""
        with self._db.transaction():
            self._db.execute(
                """INSERT OR IGNORE INTO tracker_evidence (match_id, rule_id, facet, state, at, seen_at, official,
                    denies, sentence, change_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                [one.match_id, rule_id, facet, one.state, one.at, one.seen_at, int(one.official), int(one.denies),
                 sentence, change_id],
            )  # fmt: skip

    def evidence(self, rule_id: str, facet: str, since: datetime) -> list[Kept]:
        """The evidence for a facet that is dated since, the oldest first."""
        rows = self._db.rows(
            f"{_EVIDENCE} WHERE tracker_evidence.rule_id = ? AND facet = ? AND tracker_evidence.at >= ?"
            " AND taken_back = 0"
            " ORDER BY tracker_evidence.at, match_id",
            [rule_id, facet, since],
        )
        return [_kept(row) for row in rows]

    def evidence_of(self, change_id: int) -> list[Kept]:
        """The evidence that a development rests on, the oldest first."""
        rows = self._db.rows(f"{_EVIDENCE} WHERE change_id = ? ORDER BY tracker_evidence.at, match_id", [change_id])
        return [_kept(row) for row in rows]

    def changes(self, rule_id: str, facet: str) -> list[StoredChange]:
        """The developments of a facet by date."""
        rows = self._db.rows(
            "SELECT * FROM tracker_changes WHERE rule_id = ? AND facet = ? ORDER BY at, id", [rule_id, facet]
        )
        return [_change(row) for row in rows]

    def add(
        self, rule_id: str, facet: str, made: Development, now: datetime, *, tell_at: datetime | None,
        confirmed_by: str = "", word: str = "",
    ) -> StoredChange:  # fmt: skip
        """Keep a development; without `tell_at` it is silent. With `confirmed_by` it stands as a person's word."""
        with self._db.transaction():
            change_id = self._db.insert(
                """INSERT INTO tracker_changes (rule_id, facet, kind, from_state, to_state, first_at, at, decided_at,
                    tell_at, word, confirmed_at, confirmed_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                [rule_id, facet, made.kind.value, made.from_state, made.state, made.first_at, made.at, made.seen_at,
                 tell_at, word or made.word, now if confirmed_by else None, confirmed_by],
            )  # fmt: skip
        return self.change(change_id)

    def set(
        self, rule_id: str, facet: str, state: str, at: datetime, now: datetime, *, by: str, word: str
    ) -> StoredChange:
        """A state that somebody vouches for from a time on; nobody is told."""
        with self._db.transaction():
            before = self._db.row(
                """SELECT to_state FROM tracker_changes WHERE rule_id = ? AND facet = ? AND at <= ?
                ORDER BY at DESC, id DESC LIMIT 1""",
                [rule_id, facet, at],
            )
            change_id = self._db.insert(
                """INSERT INTO tracker_changes (rule_id, facet, kind, from_state, to_state, first_at, at, decided_at,
                    told_at, word, confirmed_at, confirmed_by) VALUES (?, ?, 'set', ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                [rule_id, facet, before["to_state"] if before else "", state, at, at, now, now, word, now, by],
            )
        return self.change(change_id)

    def change(self, change_id: int) -> StoredChange:
        """A development by its number; raises LookupError."""
        row = self._db.row("SELECT * FROM tracker_changes WHERE id = ?", [change_id])
        if row is None:
            raise LookupError(f"there is no change {change_id}")
        return _change(row)

    def restate(self, change_id: int, made: Development) -> None:
        """Reports that came late made it begin, or be decided, earlier than was known."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE tracker_changes SET kind = ?, from_state = ?, first_at = ?, at = ?, word = ? WHERE id = ?",
                [made.kind.value, made.from_state, made.first_at, made.at, made.word, change_id],
            )

    def assign(self, evidence: Iterable[Evidence], facet: str, change_id: int) -> None:
        """Say of which development this evidence tells."""
        with self._db.transaction():
            for one in evidence:
                self._db.execute(
                    "UPDATE tracker_evidence SET change_id = ? WHERE match_id = ? AND facet = ? AND state = ?",
                    [change_id, one.match_id, facet, one.state],
                )

    def take_out(self, one: Evidence, facet: str) -> list[str]:
        """Evidence that proved to be none; what else its match is evidence of: `integration → agreed`."""
        with self._db.transaction():
            self._db.execute("DELETE FROM tracker_evidence WHERE match_id = ? AND facet = ? AND state = ?",
                             [one.match_id, facet, one.state])  # fmt: skip
            left = self._db.rows("SELECT facet, state FROM tracker_evidence WHERE match_id = ? AND denies = 0",
                                 [one.match_id])  # fmt: skip
        return [f"{row['facet']} → {row['state']}" for row in left]

    def withdraw(self, change_id: int) -> None:
        """A development that was not told yet came to nothing; its evidence waits as before."""
        with self._db.transaction():
            self._db.execute("UPDATE tracker_evidence SET change_id = NULL WHERE change_id = ?", [change_id])
            self._db.execute("DELETE FROM tracker_changes WHERE id = ?", [change_id])

    def set_back(self, now: datetime) -> None:
        """The clock was set back: what was decided by the old time is told now."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE tracker_changes SET tell_at = ? WHERE tell_at > ? AND decided_at > ?", [now, now, now]
            )

    def told(self, change_id: int, alert_id: int | None, now: datetime) -> None:
        """A development rang, or was kept quiet."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE tracker_changes SET tell_at = NULL, told_at = ?, alert_id = ? WHERE id = ?",
                [now, alert_id, change_id],
            )

    def contest(self, change_id: int, alert_id: int | None, at: datetime) -> None:
        """An authority denied it, which an alert may have told apart."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE tracker_changes SET contested_at = ?, contested_alert_id = ? WHERE id = ?",
                [at, alert_id, change_id],
            )

    def is_taken_back(self, change_id: int) -> bool:
        """Whether somebody who reported a development took that back."""
        query = "SELECT 1 AS found FROM tracker_evidence WHERE change_id = ? AND taken_back = 1 LIMIT 1"
        return self._db.row(query, [change_id]) is not None

    def retract(self, change_id: int, now: datetime) -> None:
        """A development that was told counts no more: its quorum was taken back."""
        with self._db.transaction():
            self._db.execute("UPDATE tracker_changes SET withdrawn_at = ? WHERE id = ?", [now, change_id])

    def reaffirm(self, change_id: int) -> None:
        """Reports after the denial decided it anew; that it was contested once is known by the alert that told so."""
        with self._db.transaction():
            self._db.execute("UPDATE tracker_changes SET contested_at = NULL WHERE id = ?", [change_id])

    def confirm(self, change_id: int, by: str, now: datetime) -> None:
        """A person vouches for a development; it is contested no more."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE tracker_changes SET confirmed_at = ?, confirmed_by = ?, contested_at = NULL WHERE id = ?",
                [now, by, change_id],
            )

    def held(self, now: datetime) -> list[StoredChange]:
        """The developments whose time to ring has come, by date."""
        rows = self._db.rows(
            "SELECT * FROM tracker_changes WHERE tell_at IS NOT NULL AND tell_at <= ? ORDER BY at, id", [now]
        )
        return [_change(row) for row in rows]

    def lapsed(
        self, names: Iterable[str], before: datetime, reasons: Sequence[Reason] = (Reason.WAITING,)
    ) -> list[int]:
        """The matches of a rule, under the ids it has and had, that waited for this in vain since before then."""
        query = "SELECT id, reason FROM matches WHERE rule_id = ? AND outcome = 'held' AND dated_at < ? ORDER BY id"
        rows = [row for name in names for row in self._db.rows(query, [name, before])]
        return [row["id"] for row in rows if row["reason"] in reasons]

    def waiting_rules(self) -> list[str]:
        """The ids of the rules that a match waits for, by whatever name it was filed under."""
        # One step in the index for each, however many matches wait.
        found: list[str] = []
        query = "SELECT MIN(rule_id) AS name FROM matches WHERE outcome = 'held' AND rule_id > ?"
        while (row := self._db.row(query, [found[-1] if found else ""])) and row["name"] is not None:
            found.append(row["name"])
        return found

    def saw(self, rule_id: str, sentence: str, day: str) -> bool:
        """A sentence stood in a report of a day; whether that is new."""
        with self._db.transaction():
            cursor = self._db.execute(
                "INSERT OR IGNORE INTO tracker_sentences (rule_id, sentence, day) VALUES (?, ?, ?)",
                [rule_id, sentence, day],
            )
        return cursor.rowcount == 1

    def days_before(self, rule_id: str, sentence: str, day: str) -> int:
        """On how many days before this one a sentence stood in reports."""
        rows = self._db.rows(
            "SELECT COUNT(*) AS n FROM tracker_sentences WHERE rule_id = ? AND sentence = ? AND day < ?",
            [rule_id, sentence, day],
        )
        return int(rows[0]["n"])

    def forget(self, before: datetime) -> None:
        """Drop what no decision looks at any more: evidence nothing came of, and sentences not read since."""
        with self._db.transaction():
            self._db.execute("DELETE FROM tracker_sentences WHERE day < ?", [before.date().isoformat()])
            self._db.execute("DELETE FROM tracker_evidence WHERE change_id IS NULL AND at < ?", [before])


@lru_cache(4096)
def _origin(stored: str) -> Origin:
    """The evidence of a facet is read with each report of it."""
    return origin_from(json.loads(stored))


def _kept(row: dict[str, Any]) -> Kept:
    evidence = Evidence(
        match_id=row["match_id"],
        state=row["state"],
        at=moment(row["at"]),
        seen_at=moment(row["seen_at"]),
        origin=_origin(row["origin"]),
        official=bool(row["official"]),
        denies=bool(row["denies"]),
    )
    return Kept(
        evidence=evidence,
        earlier_days=row["earlier_days"],
        change_id=row["change_id"],
        entry_id=row["entry_id"],
        story_id=row["story_id"],
        title=heading(row["title"], row["body"]),
        outlet=row["outlet"],
        link=row["link"],
        outcome=row["outcome"],
        reason=row["reason"],
        detail=row["detail"],
        alert_id=row["alert_id"],
    )


def _change(row: dict[str, Any]) -> StoredChange:
    times = {
        name: maybe_moment(row[name]) for name in ("tell_at", "told_at", "contested_at", "confirmed_at", "withdrawn_at")
    }
    sure = {name: moment(row[name]) for name in ("first_at", "at", "decided_at")}
    return StoredChange(**{**row, **times, **sure})
