"""Entries and their revisions."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from monitor.core.entry import Entry, Known, OnPage, ParsedEntry
from monitor.core.link import canonical
from monitor.store.connection import Connection, maybe_moment, moment


class EntryStore:
    """Verbs on entries."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def known(self, feed_id: str, identities: Sequence[str]) -> dict[str, Known]:
        """What the store knows of these identities of a feed; unknown ones are absent."""
        # One JSON array: SQLite takes some 32,000 parameters, and feeds hold up to 20,000 entries.
        rows = self._db.rows(
            """SELECT id, identity, revision, fingerprint FROM entries
            WHERE feed_id = ? AND identity IN (SELECT value FROM json_each(?))""",
            [feed_id, json.dumps(identities)],
        )
        return {row["identity"]: _known(row) for row in rows}

    def on_pages(self, feed_id: str, link_keys: Sequence[str]) -> list[OnPage]:
        """The entries of a feed that stand behind these canonical links, the oldest first."""
        rows = self._db.rows(
            """SELECT id, identity, revision, fingerprint, link_key, title, published_at FROM entries
            WHERE feed_id = ? AND link_key <> '' AND link_key IN (SELECT value FROM json_each(?)) ORDER BY id""",
            [feed_id, json.dumps(link_keys)],
        )
        return [OnPage(row["link_key"], row["title"], maybe_moment(row["published_at"]), _known(row)) for row in rows]

    def rename(self, known: Known, identity: str) -> None:
        """An entry goes by another id from now on: its publisher changed it."""
        with self._db.transaction():
            self._db.execute("UPDATE entries SET identity = ? WHERE id = ?", [identity, known.id])

    def add(
        self,
        feed_id: str,
        identity: str,
        fingerprint: str,
        parsed: ParsedEntry,
        outlet: str,
        language: str,
        now: datetime,
    ) -> Entry:
        """File a new entry; `first_seen_at` is now, whatever date it carries."""
        with self._db.transaction():
            entry_id = self._db.insert(
                """INSERT INTO entries (feed_id, identity, fingerprint, link, link_key, title, summary, content, author,
                    outlet, language, declared_language, published_at, updated_at, enclosures, first_seen_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                [feed_id, identity, fingerprint, parsed.link, canonical(parsed.link), parsed.title, parsed.summary,
                 parsed.content, parsed.author, outlet, language, parsed.language, parsed.published_at,
                 parsed.updated_at, _enclosures_out(parsed), now],
            )  # fmt: skip
        return Entry(
            id=entry_id,
            feed_id=feed_id,
            identity=identity,
            revision=1,
            link=parsed.link,
            title=parsed.title,
            summary=parsed.summary,
            content=parsed.content,
            outlet=outlet,
            language=language,
            published_at=parsed.published_at,
            first_seen_at=now,
            author=parsed.author,
        )

    def revise(self, known: Known, fingerprint: str, parsed: ParsedEntry, outlet: str, now: datetime) -> Entry:
        """File a new revision; the text it replaces is kept."""
        with self._db.transaction():
            self._db.execute(
                """INSERT INTO revisions (entry_id, revision, title, summary, content, replaced_at)
                SELECT id, revision, title, summary, content, ? FROM entries WHERE id = ?""",
                [now, known.id],
            )
            self._db.execute(
                """UPDATE entries SET revision = revision + 1, fingerprint = ?, link = ?, link_key = ?, title = ?,
                    summary = ?, content = ?, author = ?, outlet = ?, declared_language = ?, published_at = ?,
                    updated_at = ?, enclosures = ?, revised_at = ? WHERE id = ?""",
                [fingerprint, parsed.link, canonical(parsed.link), parsed.title, parsed.summary, parsed.content,
                 parsed.author, outlet, parsed.language, parsed.published_at, parsed.updated_at,
                 _enclosures_out(parsed), now, known.id],
            )  # fmt: skip
        return self.get(known.id)

    def get(self, entry_id: int) -> Entry:
        """An entry by its number; raises LookupError."""
        row = self._db.row("SELECT * FROM entries WHERE id = ?", [entry_id])
        if row is None:
            raise LookupError(f"there is no entry {entry_id}")
        return _entry(row)

    def details(self, entry_id: int) -> dict[str, Any]:
        """What a feed said of an entry beside its text: author, language, times and enclosures."""
        (row,) = self._db.rows(
            "SELECT author, declared_language, published_at, updated_at, enclosures FROM entries WHERE id = ?",
            [entry_id],
        )
        return {**row, "enclosures": json.loads(row["enclosures"])}

    def find(self, number_or_link: str) -> list[Entry]:
        """The entries with this number, or with this link, the newest first."""
        if number_or_link.isdecimal() and len(number_or_link) < 18:
            rows = self._db.rows("SELECT * FROM entries WHERE id = ?", [int(number_or_link)])
        else:
            rows = self._db.rows("SELECT * FROM entries WHERE link = ? ORDER BY id DESC", [number_or_link])
        return [_entry(row) for row in rows]

    def revisions(self, entry_id: int) -> list[dict[str, Any]]:
        """The texts that were replaced, the oldest first."""
        return self._db.rows("SELECT * FROM revisions WHERE entry_id = ? ORDER BY revision", [entry_id])

    def count(self) -> int:
        """How many entries are stored."""
        return int(self._db.rows("SELECT COUNT(*) AS n FROM entries")[0]["n"])


def _known(row: dict[str, Any]) -> Known:
    return Known(row["id"], row["revision"], row["fingerprint"])


def _enclosures_out(parsed: ParsedEntry) -> str:
    return json.dumps([asdict(one) for one in parsed.enclosures])


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(
        id=row["id"],
        feed_id=row["feed_id"],
        identity=row["identity"],
        revision=row["revision"],
        link=row["link"],
        title=row["title"],
        summary=row["summary"],
        content=row["content"],
        outlet=row["outlet"],
        language=row["language"],
        published_at=maybe_moment(row["published_at"]),
        first_seen_at=moment(row["first_seen_at"]),
        author=row["author"],
        fulltext=row["fulltext"],
    )
