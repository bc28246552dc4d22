"""A store of an earlier version is brought up to date with everything that is in it."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from monitor.errors import StoreError
from monitor.store import Store
from monitor.store.schema import migrations

ROWS = """
INSERT INTO feeds (id, url, host, next_due_at, etag, polls) VALUES
    ('wire', 'https://wire.example/rss', 'wire.example', '2024-08-23T13:30:00.000000+00:00', '"1"', 7);
INSERT INTO entries (id, feed_id, identity, fingerprint, link, title, summary, content, author, outlet, language,
    first_seen_at) VALUES (1, 'wire', 'g', 'f', 'https://www.wire.example/a?utm_source=x', 'Patrols', '', '', '',
    'Wire', 'en', '2024-08-23T13:30:00.000000+00:00');
INSERT INTO stories (id, title, opened_at) VALUES (1, 'Patrols', '2024-08-23T13:30:00.000000+00:00');
INSERT INTO alerts (id, rule_id, rule_title, owner, notes, severity, story_id, title, opened_at) VALUES
    (1, 'joint-patrol', 'Joint patrol', 'desk', '', 'high', 1, 'Patrols', '2024-08-23T13:30:00.000000+00:00');
INSERT INTO matches (entry_id, revision, rule_id, story_id, at, outcome, reason, detail, alert_id, subject, stance,
    evidence) VALUES (1, 1, 'joint-patrol', 1, '2024-08-23T13:30:00.000000+00:00', 'alerted', '', '', 1, '[]', '{}',
    '[]');
INSERT INTO notices (id, alert_id, kind, subject, created_at) VALUES
    (1, 1, 'opened', 'Patrols', '2024-08-23T13:30:00.000000+00:00'),
    (2, NULL, 'drill', 'Test', '2024-08-23T13:30:00.000000+00:00');
INSERT INTO deliveries (notice_id, receiver, recipient, medium, payload, state, queued_at, due_at) VALUES
    (1, 'desk', '', 'slack', '{}', 'queued', '2024-08-23T13:30:00.000000+00:00', '2024-08-23T13:30:00.000000+00:00');
"""


@pytest.fixture
def first_version(tmp_path: Path) -> Path:
    path = tmp_path / "wirewatch.db"
    database = Database(path)
    migrations.apply(database, stop_before="m0002_ingest")
    database.conn.executescript(ROWS)
    database.conn.close()
    return path


def test_what_was_stored_is_there_after_the_update(first_version: Path) -> None:
    store = Store.open(first_version)
    (alert,) = store.alerts.all(10)
    assert (alert["title"], alert["reports"], alert["blind_spot"]) == ("Patrols", 1, "")
    assert [notice["kind"] for notice in store.outbox.of_alert(1)] == ["opened"]
    assert [row["subject"] for row in store.outbox.all(10)] == ["Patrols"]
    feed = store.feeds.get("wire")
    assert (feed.validators.etag, feed.seen.items, feed.move.to) == ('"1"', frozenset(), "")
    assert [page.known.id for page in store.entries.on_pages("wire", ["wire.example/a"])] == [1]
    store.close()


def test_matches_keep_their_outcome_and_are_taken_for_plain_statements(first_version: Path) -> None:
    store = Store.open(first_version)
    (match,) = store.alerts.matches_of_alert(1)
    assert (match["id"], match["outcome"], match["alert_id"]) == (1, "alerted", 1)
    assert (match["assertion"], match["cue"], match["line_id"], match["digest_id"]) == ("done", "", None, None)
    assert [notice["kind"] for notice in store.outbox.of_alert(1)] == ["opened"]
    assert store.digests.waiting() == []
    store.close()


def test_only_lines_of_a_digest_have_one_and_only_alerts_are_folded_into(first_version: Path) -> None:
    store = Store.open(first_version)
    connection = store._connection.database.conn
    for wrong in ("line_id = 1", "outcome = 'digest'", "outcome = 'held'", "outcome = 'dropped'", "alert_id = NULL"):
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            connection.execute(f"UPDATE matches SET {wrong}")  # noqa: S608 - the texts above
    connection.execute("UPDATE matches SET outcome = 'digest', alert_id = NULL, digest_id = 2")
    store.close()


def test_every_row_still_points_somewhere_and_new_ones_must(first_version: Path) -> None:
    store = Store.open(first_version)
    connection = store._connection.database.conn
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        connection.execute(
            "INSERT INTO notices (alert_id, kind, subject, created_at) VALUES (99, 'opened', '', '2024')"
        )
    store.close()


def test_a_row_that_points_nowhere_is_told_and_not_hidden(first_version: Path) -> None:
    with sqlite3.connect(first_version) as db:
        db.execute("DELETE FROM alerts")
    db.close()
    with pytest.raises(StoreError, match="rows point nowhere"):
        Store.open(first_version)


def test_matches_of_before_are_dated_when_they_came_and_of_origins_that_nothing_is_known_of(
    first_version: Path,
) -> None:
    store = Store.open(first_version)
    connection = store._connection.database.conn
    assert connection.execute("SELECT dated_at = at, origin FROM matches").fetchall() == [(1, "{}")]
    assert connection.execute("SELECT label FROM alerts").fetchall() == [("",)]
    assert store.trackers.changes("joint-patrol", "any") == []
    assert store.trackers.held(datetime.max.replace(tzinfo=UTC)) == []
    store.close()


def test_figures_that_were_told_are_not_told_again_after_the_update(first_version: Path) -> None:
    told = (
        "INSERT INTO alert_updates (alert_id, kind, name, detail, match_id, at) VALUES (1, 'update', 'count', ?, 1, '')"
    )
    assert updated(first_version, [(344, "first"), (345, "change"), (900, "jump"), (345, "same")], told) == [
        (344, "first", 2, ""), (345, "change", 2, "change"), (900, "jump", 0, "jump"), (345, "same", 0, ""),
    ]  # fmt: skip


def test_a_change_too_small_to_tell_was_not_told_before_the_update_either(first_version: Path) -> None:
    label = "UPDATE alerts SET label = replace(?, 'count: 344 -> 345 (Wire)', 'count 344 -> 3450') WHERE id = 1"
    figures = [(344, "first"), (345, "change"), (346, "conflict"), (347, "same"), (340, "conflict"), (345, "fall")]
    assert updated(first_version, figures, label) == [
        (344, "first", 2, ""), (345, "change", 1, ""), (346, "conflict", 1, ""), (347, "same", 1, ""),
        (340, "conflict", 0, ""), (345, "fall", 0, ""),
    ]  # fmt: skip


def test_a_figure_that_named_its_alert_was_told_before_the_update(first_version: Path) -> None:
    label = "UPDATE alerts SET label = replace(?, 'count: 344 -> 345 (Wire)', 'count 344 -> 345')"
    assert updated(first_version, [(344, "first"), (345, "change")], label)[1] == (345, "change", 2, "change")


def test_figures_of_a_first_poll_are_never_told(first_version: Path) -> None:
    old = "UPDATE matches SET outcome = 'dropped', alert_id = NULL, reason = 'the feed showed it at its first poll'"
    assert updated(first_version, [(344, "first"), (345, "change")], f"{old} WHERE ? <> ''") == [
        (344, "first", 2, "old"), (345, "change", 1, "old"),
    ]  # fmt: skip


def updated(path: Path, figures: list[tuple[int, str]], told: str) -> list[tuple[int, str, int, str]]:
    """The figures of a store that is brought up to date; by this statement, the text of a change was `told` there."""
    with sqlite3.connect(path) as db:
        migrations.apply(Database(db), stop_before="m0006_figures_told")
        db.execute(told, ["count: 344 -> 345 (Wire)"])
        db.executemany(
            """INSERT INTO figures (match_id, rule_id, name, series, part, low, qualifier, outlet, words, at, verdict)
            VALUES (1, 'patrol', 'count', '', '', ?, 'exact', 'Wire', '344 patrols', ?, ?)""",
            [(low, f"2024-08-23T{at}", verdict) for at, (low, verdict) in enumerate(figures)],
        )
    Store.open(path).close()
    with sqlite3.connect(path) as db:
        return db.execute("SELECT low, verdict, turn, told FROM figures ORDER BY id").fetchall()
