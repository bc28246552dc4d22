"""Stories, and how each entry came into its own."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from monitor.core import story
from monitor.core.entry import body_of
from monitor.core.story import Assignment, Filed
from monitor.core.text import lead
from monitor.core.veto import Stance, stance_from
from monitor.store.connection import Connection, moment


class StoryStore:
    """Verbs on stories."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def open(self, title: str, now: datetime) -> int:
        """A new story, called by the title of its first entry."""
        with self._db.transaction():
            return self._db.insert("INSERT INTO stories (title, opened_at) VALUES (?, ?)", [title, now])

    def join(self, entry_id: int, story_id: int, assignment: Assignment, stance: Stance, now: datetime) -> None:
        """Put an entry into a story, with the reason."""
        with self._db.transaction():
            self._db.execute(
                """INSERT INTO story_entries (entry_id, story_id, joined_at, reason, score, near_entry_id, veto, stance)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
                [entry_id, story_id, now, assignment.reason.value, assignment.score, assignment.near_entry_id,
                 assignment.veto.value if assignment.veto else None, json.dumps(stance.as_dict())],
            )  # fmt: skip

    def restate(self, entry_id: int, stance: Stance) -> None:
        """A revision keeps its entry's story, and may say something else in it."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE story_entries SET stance = ? WHERE entry_id = ?", [json.dumps(stance.as_dict()), entry_id]
            )

    def of_entry(self, entry_id: int) -> dict[str, Any] | None:
        """The story of an entry, when it began, and why the entry is in it."""
        return self._db.row(
            """SELECT story_entries.*, opened_at FROM story_entries JOIN stories ON stories.id = story_id
            WHERE entry_id = ?""",
            [entry_id],
        )

    def since(self, oldest: datetime) -> Iterator[Filed]:
        """The reports that joined a story since, in their order: what the index is rebuilt from."""
        rows = self._db.rows(
            """SELECT entry_id, story_id, joined_at, opened_at, stance, entries.title, outlet,
                substr(summary, 1, 4000) AS summary, substr(content, 1, 4000) AS content,
                substr(fulltext, 1, 4000) AS fulltext
            FROM story_entries JOIN entries ON entries.id = entry_id JOIN stories ON stories.id = story_id
            WHERE joined_at >= ? ORDER BY joined_at, entry_id""",
            [oldest],
        )
        for row in rows:
            below = lead(body_of(row["summary"], row["content"], row["fulltext"]))
            report = story.report(row["title"], below, row["outlet"], stance_from(json.loads(row["stance"])))
            yield Filed(row["entry_id"], row["story_id"], moment(row["joined_at"]), report, moment(row["opened_at"]))

    def all(self, limit: int) -> list[dict[str, Any]]:
        """The newest stories with the number of their entries and outlets."""
        return self._db.rows(
            """SELECT stories.id, stories.title, opened_at, COUNT(*) AS entries, COUNT(DISTINCT outlet) AS outlets,
                MAX(joined_at) AS last_entry_at
            FROM stories JOIN story_entries ON story_id = stories.id JOIN entries ON entries.id = entry_id
            GROUP BY stories.id ORDER BY stories.id DESC LIMIT ?""",
            [limit],
        )

    def get(self, story_id: int) -> dict[str, Any] | None:
        """A story with its entries in order, and why each joined."""
        row = self._db.row("SELECT id, title, opened_at FROM stories WHERE id = ?", [story_id])
        if row is not None:
            row["entries"] = self._db.rows(
                """SELECT entries.id, outlet, language, entries.title, link, first_seen_at, reason, score,
                    near_entry_id, veto
                FROM story_entries JOIN entries ON entries.id = entry_id WHERE story_id = ? ORDER BY entries.id""",
                [story_id],
            )
        return row

    def count(self) -> int:
        """How many stories are stored."""
        return int(self._db.rows("SELECT COUNT(*) AS n FROM stories")[0]["n"])
