"""The tables, as numbered migrations.

A migration that was released is never edited; a new one is added below it. Every query that a poll or a delivery runs
is covered by an index here.
"""

import secrets
import sqlite3

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from monitor.core.link import canonical
from monitor.errors import StoreError
from monitor.store.connection import Connection, only_migration
from monitor.store.tables import TABLES_1, TABLES_2, TABLES_3, TABLES_4
from monitor.store.tables_over_time import TABLES_5, TABLES_6

migrations = Migrations("wirewatch")


@migrations()
def m0001_first_tables(db: Database) -> None:
    """Feeds, entries, stories, the ledger of matches, alerts and the outbox."""
    _run(db, TABLES_1)
    db.execute("INSERT INTO facts (name, value) VALUES ('store_id', ?)", [secrets.token_hex(6)])


@migrations()
def m0002_ingest(db: Database) -> None:
    """What polls leave behind, entries found again by their link, and alerts on feeds that went blind."""
    db.conn.create_function("canonical_link", 1, canonical, deterministic=True)
    _run(db, TABLES_2)


@migrations()
def m0003_fulltext(db: Database) -> None:
    """The text of article pages, and the queue they are fetched from."""
    _run(db, TABLES_3)


@migrations()
def m0004_digest(db: Database) -> None:
    """Matches that go to the digest, how each is said, and the notices that tell them."""
    _run(db, TABLES_4)


@migrations()
def m0005_over_time(db: Database) -> None:
    """Matches that wait, where each report comes from, trackers with their evidence, figures, outages."""
    _run(db, TABLES_5)


@migrations()
def m0006_figures_told(db: Database) -> None:
    """What was told of each figure, and matches that nobody was told of, found again."""
    _run(db, TABLES_6)


def _run(db: Database, statements: str) -> None:
    for statement in statements.split(";\n"):
        if statement.strip():
            db.execute(statement)


def migrate(connection: Connection) -> None:
    """Bring the tables up to date; refuses a store that a newer program, or another program, wrote."""
    known = {migration.name for migration in migrations.pending(Database(memory=True))}
    newer = [one.name for one in migrations.applied(connection.database) if one.name not in known]
    if newer:
        raise StoreError(
            f"store {connection.path}: a newer wirewatch wrote it ({newer[-1]}); upgrade, or name another with --store"
        )
    if migrations.pending(connection.database):
        # A table that others point to is rebuilt by dropping it; whether they still point somewhere is asked below.
        connection.execute("PRAGMA foreign_keys = OFF")
        with only_migration(connection.path):
            try:
                migrations.apply(connection.database)
            except sqlite3.Error as error:
                message = f"store {connection.path}: its tables cannot be made ({error}); name another with --store"
                raise StoreError(message) from error
        connection.execute("PRAGMA foreign_keys = ON")
        if connection.rows("PRAGMA foreign_key_check"):
            raise StoreError(f"store {connection.path}: rows point nowhere after the migration; restore a backup")
