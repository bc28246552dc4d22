"""The store on a real file: opening, transactions, leases, and faults that say what to do."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.core.delivery import Settlement, State
from monitor.core.feed import Feed, PollResult, Validators
from monitor.errors import StoreError
from monitor.store import Store, is_polled, sole_daemon

NOW = datetime(2024, 8, 23, 13, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def feed(name: str, host: str = "", url: str = "") -> Feed:
    host = host or f"{name}.example"
    return Feed(
        id=name, url=url or f"https://{host}/{name}", host=host, title=name, language="en", country="TR", tier=2,
        owner=name, kind="press",
    )  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "wirewatch.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    one = Store.open(path)
    yield one
    one.close()


def test_the_store_is_made_with_its_folder_and_is_private(store: Store, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert len(store.id) == 12


def test_a_store_keeps_its_name_when_it_is_opened_again(store: Store, path: Path) -> None:
    again = Store.open(path)
    assert again.id == store.id
    again.close()


@pytest.mark.usefixtures("store")
def test_every_table_is_strict(path: Path) -> None:
    with sqlite3.connect(path) as db:
        rows = db.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'"
        )
        loose = [name for name, sql in rows if "STRICT" not in sql and not name.startswith("sqlite_")]
    db.close()
    assert loose == []


@pytest.mark.usefixtures("store")
def test_a_store_of_a_newer_program_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('wirewatch', 'm9999', 'x')"
        )
    db.close()
    with pytest.raises(StoreError, match="newer wirewatch wrote it"):
        Store.open(path)


def test_reading_where_there_is_no_store_says_how_to_make_one(path: Path) -> None:
    with pytest.raises(StoreError, match="'wirewatch once' makes it"):
        Store.read(path)


@pytest.mark.parametrize("content", [b"this is no database, only text " * 40, b"SQLite format 3\x00" + b"\x00" * 400])
def test_a_file_that_is_no_store_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(content)
    with pytest.raises(StoreError) as caught:
        Store.open(broken)
    assert str(broken) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_store_in_a_place_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="choose another place with --store"):
        Store.open(tmp_path / "file" / "wirewatch.db")


def test_a_read_only_store_can_be_listed_and_not_written(store: Store, path: Path) -> None:
    store.feeds.sync([feed("a")], NOW)
    store.close()
    reader = Store.read(path)
    assert [row["id"] for row in reader.feeds.all()] == ["a"]
    with pytest.raises(StoreError, match="read-only; make the file and its folder writable"):
        reader.feeds.make_due(NOW)
    reader.close()


def test_a_full_disk_stops_with_one_line_and_loses_nothing(store: Store) -> None:
    store.feeds.sync([feed("a")], NOW)
    pages = store._connection.rows("PRAGMA page_count")[0]["page_count"]
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="the disk is full; free some space"):
        store.feeds.sync([feed(f"feed-{number}", url="https://x.example/" + "y" * 2000) for number in range(50)], NOW)
    assert [row["id"] for row in store.feeds.all()] == ["a"]


def test_a_failed_transaction_leaves_nothing_behind(store: Store) -> None:
    def fail() -> None:
        with store.transaction():
            store.feeds.sync([feed("a")], NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.feeds.all() == []


def test_only_one_process_polls_into_a_store(path: Path) -> None:
    assert not is_polled(path)
    with sole_daemon(path):
        assert is_polled(path)
        with pytest.raises(StoreError, match="another wirewatch polls into it"), sole_daemon(path):
            pass
    assert not is_polled(path)


def test_another_process_may_write_beside_the_daemon(store: Store, path: Path) -> None:
    other = Store.open(path)
    other.feeds.sync([feed("a")], NOW)
    assert [row["id"] for row in store.feeds.all()] == ["a"]
    other.close()


def came(**changed: Any) -> PollResult:
    """What a poll left behind: all well, due in a minute."""
    return replace(PollResult(result="ok", next_due_at=NOW + MINUTE, why=""), **changed)


class TestFeeds:
    def test_new_feeds_are_due_at_once_and_missing_ones_rest(self, store: Store) -> None:
        store.feeds.sync([feed("a"), feed("b")], NOW)
        store.feeds.sync([feed("b"), feed("c")], NOW)
        assert [row["id"] for row in store.feeds.all()] == ["b", "c"]
        assert {due.id for due in store.feeds.lease_due(NOW, MINUTE, 10)} == {"b", "c"}

    def test_a_new_address_forgets_the_validators_of_the_old_one(self, store: Store) -> None:
        store.feeds.sync([feed("a")], NOW)
        store.feeds.settle("a", came(validators=Validators(etag='"1"'), next_due_at=NOW + timedelta(hours=1)), NOW)
        store.feeds.sync([feed("a")], NOW)
        assert store.feeds.lease_due(NOW, MINUTE, 10) == []

        store.feeds.sync([feed("a", url="https://a.example/elsewhere")], NOW)
        (due,) = store.feeds.lease_due(NOW, MINUTE, 10)
        assert due.validators == Validators()

    def test_one_feed_per_host_is_leased_at_a_time(self, store: Store) -> None:
        store.feeds.sync([feed("a", "shared"), feed("b", "shared"), feed("c")], NOW)
        assert sorted(due.id for due in store.feeds.lease_due(NOW, MINUTE, 10)) == ["a", "c"]
        assert store.feeds.lease_due(NOW, MINUTE, 10) == []
        store.feeds.settle("a", came(), NOW)
        assert [due.id for due in store.feeds.lease_due(NOW, MINUTE, 10)] == ["b"]

    def test_several_feeds_of_a_host_are_leased_to_one_who_asks_for_them_in_turn(self, store: Store) -> None:
        store.feeds.sync([feed(name, "shared") for name in "abcd"] + [feed("e")], NOW)
        assert [due.id for due in store.feeds.lease_due(NOW, MINUTE, 10, per_host=3)] == ["a", "b", "c", "e"]
        assert store.feeds.lease_due(NOW, MINUTE, 10, per_host=3) == []

    def test_the_longest_due_feed_comes_first(self, store: Store) -> None:
        store.feeds.sync([feed("late")], NOW - MINUTE)
        store.feeds.sync([feed("early"), feed("late")], NOW)
        assert [due.id for due in store.feeds.lease_due(NOW, MINUTE, 1)] == ["late"]

    def test_a_lease_that_ran_out_is_taken_up_again(self, store: Store) -> None:
        store.feeds.sync([feed("a")], NOW)
        assert len(store.feeds.lease_due(NOW, MINUTE, 10)) == 1
        assert len(store.feeds.lease_due(NOW + 2 * MINUTE, MINUTE, 10)) == 1

    def test_a_failure_keeps_the_validators_and_counts(self, store: Store) -> None:
        store.feeds.sync([feed("a")], NOW)
        validators = Validators(etag='W/"x"', last_modified="Fri, 23 Aug 2024 13:10:00 GMT")
        store.feeds.settle("a", came(validators=validators, next_due_at=NOW), NOW)
        store.feeds.settle("a", came(error="no such host", fault="no answer", next_due_at=NOW), NOW)
        (due,) = store.feeds.lease_due(NOW, MINUTE, 10)
        assert (due.validators, due.failures) == (validators, 1)


class TestOutbox:
    def queue(self, store: Store, receiver: str, due_at: datetime = NOW, recipient: str = "") -> int:
        notice = store.outbox.add_notice(None, "drill", "subject", NOW)
        store.outbox.queue(
            notice, receiver=receiver, recipient=recipient, medium="slack", payload="{}", now=NOW, due_at=due_at
        )
        return notice

    def test_the_same_notice_twice_for_one_recipient_is_one_delivery(self, store: Store) -> None:
        notice = self.queue(store, "desk")
        store.outbox.queue(notice, receiver="desk", recipient="", medium="slack", payload="{}", now=NOW, due_at=NOW)
        assert len(store.outbox.of_notice(notice)) == 1

    def test_one_delivery_per_receiver_is_leased_at_a_time(self, store: Store) -> None:
        for receiver in ("desk", "desk", "duty"):
            self.queue(store, receiver)
        names = [due.receiver for due in store.outbox.lease_due(NOW, MINUTE, receivers=["desk", "duty"])]
        assert names == ["desk", "duty"]
        assert store.outbox.lease_due(NOW, MINUTE, receivers=["desk", "duty"]) == []

    def test_what_waits_for_reprints_is_taken_in_a_hurry_only(self, store: Store) -> None:
        self.queue(store, "desk", NOW + MINUTE)
        assert store.outbox.lease_due(NOW, MINUTE, receivers=["desk"]) == []
        assert len(store.outbox.lease_due(NOW, MINUTE, receivers=["desk"], hurry=True)) == 1

    def test_what_waits_after_a_failure_is_not_hurried(self, store: Store) -> None:
        self.queue(store, "desk")
        (due,) = store.outbox.lease_due(NOW, MINUTE, receivers=["desk"])
        later = Settlement(state=State.DEFERRED, due_at=NOW + MINUTE, error="down")
        store.outbox.settle(due.id, later, NOW)
        assert store.outbox.lease_due(NOW, MINUTE, receivers=["desk"], hurry=True) == []
        assert [one.attempts for one in store.outbox.lease_due(NOW + MINUTE, MINUTE, receivers=["desk"])] == [2]

    def test_a_sent_delivery_is_never_due_again(self, store: Store) -> None:
        self.queue(store, "desk")
        (due,) = store.outbox.lease_due(NOW, MINUTE, receivers=["desk"])
        store.outbox.settle(due.id, Settlement(state=State.SENT), NOW)
        assert store.outbox.lease_due(NOW + timedelta(days=9), MINUTE, receivers=["desk"], hurry=True) == []
        assert not store.outbox.retry(due.id, NOW)

    def test_a_failed_delivery_can_be_retried_by_hand(self, store: Store) -> None:
        self.queue(store, "desk")
        (due,) = store.outbox.lease_due(NOW, MINUTE, receivers=["desk"])
        store.outbox.settle(due.id, Settlement(state=State.FAILED, error="no such channel"), NOW)
        assert store.outbox.retry(due.id, NOW + MINUTE)
        assert len(store.outbox.lease_due(NOW + MINUTE, MINUTE, receivers=["desk"])) == 1

    def test_a_redraw_reaches_only_what_was_not_sent(self, store: Store) -> None:
        notice = self.queue(store, "desk")
        store.outbox.redraw(notice, "new", {"slack": '{"text": "new"}'}, NOW)
        assert store.outbox.of_notice(notice)[0]["payload"] == '{"text": "new"}'


def test_a_store_under_a_read_only_mount_gives_one_line(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root writes where it may not; the bind mount is tried in test_bad_input")
    folder = tmp_path / "state"
    folder.mkdir()
    folder.chmod(0o500)
    with pytest.raises(StoreError, match=r"choose another place|make the file and its folder writable"):
        Store.open(folder / "wirewatch.db")
