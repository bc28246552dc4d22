"""Small things the program has to remember that belong to no feed, entry or alert."""

from monitor.store.connection import Connection


class FactStore:
    """Verbs on facts: texts by name."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def get(self, name: str) -> str:
        """A fact, or "" where it was never put."""
        row = self._db.row("SELECT value FROM facts WHERE name = ?", [name])
        return str(row["value"]) if row else ""

    def put(self, name: str, value: str) -> None:
        """Remember a fact in place of what was there."""
        with self._db.transaction():
            self._db.execute(
                "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                [name, value],
            )
