"""The queue of article pages on a real file: order, budget, expiry, leases, and the revision that a text makes."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.core import entry
from monitor.core.article import LIFETIME, DueArticle, Setback, Settlement, State, settle
from monitor.core.entry import Novelty, ParsedEntry
from monitor.store import Store
from tests.store.test_store import MINUTE, NOW, feed
from tests.support.program import environment

HOUR = timedelta(hours=1)
LEASE = timedelta(minutes=10)
NONE = timedelta()
PLENTY = 1_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "wirewatch.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    one = Store.open(path, durable=False)
    one.feeds.sync([feed("a"), feed("b")], NOW)
    yield one
    one.close()


def parsed(number: int) -> ParsedEntry:
    return ParsedEntry(id=f"id-{number}", link=f"https://h{number}.example/{number}", title=f"Headline {number}")


def queued(
    store: Store, *numbers: int, host: str = "", feed_id: str = "a", link: str = "", now: datetime = NOW
) -> list[int]:
    """Entries with these numbers, waiting for their pages."""
    made = []
    for number in numbers:
        one = parsed(number)
        with store.transaction():
            added = store.entries.add(feed_id, one.id, entry.fingerprint(one), one, "Outlet", "en", now)
            store.articles.queue(added.id, link=link or one.link, host=host or f"h{number}.example", now=now)
        made.append(added.id)
    return made


def leased(store: Store, *, now: datetime = NOW, limit: int = PLENTY, per_hour: int = PLENTY) -> list[DueArticle]:
    return store.articles.lease_due(now, LEASE, limit, per_hour=per_hour, feeds=["a", "b"])


def had(store: Store, due: DueArticle, text: str = "Text.", begins: str = "x", now: datetime = NOW) -> None:
    store.articles.complete(due, text, begins, settle(due, None, now, NONE), now)


def test_the_newest_entries_go_first(store: Store) -> None:
    numbers = queued(store, 1, 2, 3)
    assert [one.entry_id for one in leased(store, limit=2)] == numbers[:0:-1]
    assert [one.entry_id for one in leased(store)] == numbers[:1]


def test_a_page_is_queued_once(store: Store) -> None:
    (number,) = queued(store, 1)
    had(store, leased(store)[0])
    store.articles.queue(number, link="https://h1.example/1", host="h1.example", now=NOW + HOUR)
    assert leased(store, now=NOW + HOUR) == []


def test_an_hours_budget_is_for_any_hour_and_all_feeds(store: Store) -> None:
    queued(store, 1, 2, 3)
    queued(store, 4, 5, feed_id="b")
    assert len(leased(store, per_hour=2)) == 2
    assert leased(store, per_hour=2, now=NOW + 59 * MINUTE) == []
    assert len(leased(store, per_hour=3, now=NOW + 59 * MINUTE)) == 1
    assert len(leased(store, per_hour=3, now=NOW + HOUR)) == 2


def test_a_budget_of_none_fetches_none(store: Store) -> None:
    queued(store, 1)
    assert leased(store, per_hour=0) == []


def test_the_budget_outlives_a_restart(store: Store, path: Path) -> None:
    queued(store, 1, 2)
    assert len(leased(store, per_hour=1)) == 1
    again = Store.open(path)
    assert leased(again, per_hour=1, now=NOW + MINUTE) == []
    again.close()


def test_what_was_not_asked_for_is_not_counted(store: Store) -> None:
    queued(store, 1, 2)
    (due,) = leased(store, per_hour=1)
    forbidden = Setback(reason="robots.txt forbids this page", refused=True, asked=False)
    store.articles.settle(due, settle(due, forbidden, NOW, NONE), NOW)
    assert len(leased(store, per_hour=1)) == 1


def test_a_host_has_one_page_under_way_and_then_its_peace(store: Store) -> None:
    numbers = queued(store, 1, 2, host="one.example")
    (due,) = leased(store)
    assert due.entry_id == numbers[1]
    assert leased(store, now=NOW + MINUTE) == []
    store.articles.settle(due, settle(due, None, NOW + MINUTE, timedelta(seconds=30)), NOW + MINUTE)
    assert leased(store, now=NOW + MINUTE) == []
    assert [one.entry_id for one in leased(store, now=NOW + 2 * MINUTE)] == numbers[:1]


def test_pages_of_feeds_that_are_no_longer_read_in_full_wait(store: Store) -> None:
    queued(store, 1)
    assert store.articles.lease_due(NOW, LEASE, PLENTY, per_hour=PLENTY, feeds=["b"]) == []


def test_what_waited_for_a_day_is_dropped_and_says_why(store: Store) -> None:
    old, new = queued(store, 1, 2)[0], queued(store, 3, now=NOW + HOUR)[0]
    assert leased(store, per_hour=0, now=NOW + LIFETIME) == []
    dropped = store.articles.of_entry(old)
    assert dropped is not None
    assert dropped["state"] == "expired"
    assert dropped["reason"] == ("not fetched within a day: newer entries took the 0 pages an hour (polling.articles)")
    assert store.articles.counts() == {"expired": 2, "queued": 1}
    assert [one.entry_id for one in leased(store, now=NOW + LIFETIME)] == [new]


def test_what_is_dropped_after_attempts_keeps_the_last_reason(store: Store) -> None:
    (number,) = queued(store, 1)
    (due,) = leased(store)
    trouble = Setback(reason="the server answered 503", temporary=True)
    store.articles.settle(due, settle(due, trouble, NOW, NONE), NOW)
    leased(store, per_hour=0, now=NOW + LIFETIME)
    row = store.articles.of_entry(number)
    assert row is not None
    assert row["reason"] == "not fetched within a day; last: the server answered 503"


def test_what_is_under_way_is_not_dropped(store: Store) -> None:
    queued(store, 1)
    leased(store, now=NOW + LIFETIME - MINUTE)
    leased(store, now=NOW + LIFETIME)
    assert store.articles.counts() == {"queued": 1}


def test_trouble_is_tried_again_when_it_is_due(store: Store) -> None:
    queued(store, 1)
    (due,) = leased(store)
    assert due.attempts == 1
    store.articles.settle(due, settle(due, Setback(reason="503", temporary=True), NOW, NONE), NOW)
    assert leased(store, now=NOW + 4 * MINUTE) == []
    assert [one.attempts for one in leased(store, now=NOW + 5 * MINUTE)] == [2]


def test_a_page_that_was_leased_and_never_settled_is_taken_up_again(store: Store) -> None:
    (number,) = queued(store, 1)
    leased(store)
    assert leased(store, now=NOW + 9 * MINUTE) == []
    assert [one.entry_id for one in leased(store, now=NOW + LEASE)] == [number]


def test_at_a_start_what_an_earlier_run_left_is_taken_up_at_once(store: Store) -> None:
    (number,) = queued(store, 1)
    leased(store)
    store.articles.release_leases()
    assert [one.entry_id for one in leased(store, now=NOW + MINUTE)] == [number]


@pytest.mark.parametrize("verb", ["lease_due", "complete", "settle"])
def test_a_kill_in_the_midst_of_a_verb_leaves_all_of_it_or_nothing(store: Store, path: Path, verb: str) -> None:
    queued(store, 1)
    script = f"""
import os, signal
from pathlib import Path
from monitor.store import Store
from monitor.store.connection import Connection
from tests.store.test_articles import NOW, had, leased, settle, Setback, NONE
store = Store.open(Path({str(path)!r}))
writes = 0
execute = Connection.execute
def armed(self, sql, parameters=()):
    global writes
    done = execute(self, sql, parameters)
    writes += sql.lstrip().startswith(("UPDATE", "INSERT"))
    if writes > last:
        os.kill(os.getpid(), signal.SIGKILL)
    return done
last = 10**6
if {verb!r} != "lease_due":
    (due,) = leased(store)
last = 1
Connection.execute = armed
if {verb!r} == "lease_due":
    leased(store)
elif {verb!r} == "complete":
    had(store, due)
else:
    last = 0
    store.articles.settle(due, settle(due, Setback(reason="x"), NOW, NONE), NOW)
"""
    died = subprocess.run([sys.executable, "-c", script], env=environment(), capture_output=True, check=False,
                          cwd=Path(__file__).parents[2])  # fmt: skip
    assert died.returncode == -signal.SIGKILL, died.stderr

    row = store.articles.of_entry(1)
    assert row is not None
    assert row["state"] == "queued"
    assert (row["lease_until"] is None) == (verb == "lease_due")
    assert store.entries.get(1).revision == 1
    store.articles.release_leases()
    (due,) = leased(store, now=NOW + MINUTE)
    had(store, due)
    assert (store.entries.get(1).fulltext, store.entries.get(1).revision) == ("Text.", 2)


def test_a_text_is_a_new_revision_and_no_news_to_the_next_poll(store: Store) -> None:
    (number,) = queued(store, 1)
    had(store, leased(store)[0], "Turkey said.")
    one = store.entries.get(number)
    assert (one.revision, one.fulltext, one.body) == (2, "Turkey said.", "Turkey said.")
    assert (one.title, one.summary, one.content) == ("Headline 1", "", "")
    assert [(old["revision"], old["title"]) for old in store.entries.revisions(number)] == [(1, "Headline 1")]
    known = store.entries.known("a", ["id-1"])["id-1"]
    assert entry.novelty(known, entry.fingerprint(parsed(1))) is Novelty.UNCHANGED


def test_a_publishers_revision_keeps_the_text(store: Store) -> None:
    queued(store, 1)
    had(store, leased(store)[0], "Turkey said.")
    known = store.entries.known("a", ["id-1"])["id-1"]
    changed = ParsedEntry(id="id-1", link="https://h1.example/1", title="Another headline")
    revised = store.entries.revise(known, entry.fingerprint(changed), changed, "Outlet", NOW + HOUR)
    assert (revised.revision, revised.title, revised.fulltext) == (3, "Another headline", "Turkey said.")


def test_what_a_page_gave_for_one_entry_is_known_for_another(store: Store) -> None:
    queued(store, 1, link="https://shared.example/x")
    had(store, leased(store)[0], "Turkey said.")
    queued(store, 2, link="https://shared.example/x", feed_id="b")
    queued(store, 3, link="https://shared.example/y", feed_id="b")
    assert {one.link: one.text for one in leased(store)} == {
        "https://shared.example/x": "Turkey said.",
        "https://shared.example/y": "",
    }


def test_an_entry_of_the_same_feed_whose_page_began_the_same_is_named(store: Store) -> None:
    first, second = queued(store, 1, 2)
    third = queued(store, 3, feed_id="b")[0]
    by_entry = {one.entry_id: one for one in leased(store)}
    had(store, by_entry[first], begins="wall")
    assert store.articles.twin(by_entry[first], "wall") is None
    assert store.articles.twin(by_entry[second], "wall") == first
    assert store.articles.twin(by_entry[second], "other") is None
    assert store.articles.twin(by_entry[third], "wall") is None


def test_entries_without_their_text_are_counted_and_have_the_reason(store: Store) -> None:
    first, second, third = queued(store, 1, 2, 3)
    by_entry = {one.entry_id: one for one in leased(store)}
    had(store, by_entry[first])
    refused = Settlement(state=State.REFUSED, reason="the server answered 403", host_free_at=NOW)
    store.articles.settle(by_entry[second], refused, NOW)
    page = store.articles.of_entry(second)
    assert page is not None
    assert (page["state"], page["reason"]) == ("refused", "the server answered 403")
    assert store.articles.counts("a") == {"fetched": 1, "queued": 1, "refused": 1}
    assert store.articles.counts("b") == {}
    assert store.articles.of_entry(third + 1) is None


def test_no_verb_of_the_daemon_reads_a_table_through(store: Store) -> None:
    connection, seen = store._connection.database.conn, set[str]()
    numbers = queued(store, 1, 2, 3)
    connection.set_trace_callback(seen.add)
    store.articles.queue(numbers[0], link="https://h1.example/1", host="h1.example", now=NOW)
    store.articles.release_leases()
    for due in leased(store):
        store.articles.twin(due, "x")
        had(store, due)
    queued(store, 4)
    for due in leased(store):
        store.articles.settle(due, Settlement(state=State.REFUSED, host_free_at=NOW + HOUR, asked=False), NOW)
    connection.set_trace_callback(None)

    queries = [one for one in seen if re.match(r"\s*(SELECT|UPDATE|INSERT|DELETE)", one)]
    assert len(queries) >= 12
    plans = {one: [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {one}")] for one in queries}
    harmless = re.compile(r"SCAN (json_each|CONSTANT ROW)")
    scans = {one: [step for step in plan if "SCAN" in step and not harmless.match(step)] for one, plan in plans.items()}
    assert {one: steps for one, steps in scans.items() if steps} == {}


def test_a_store_of_before_keeps_its_entries(tmp_path: Path) -> None:
    """A column and two tables more; what was there stays."""
    path = tmp_path / "old.db"
    store = Store.open(path)
    store.feeds.sync([feed("a")], NOW)
    one = parsed(1)
    store.entries.add("a", one.id, entry.fingerprint(one), one, "Outlet", "en", NOW)
    for statement in ("DROP TABLE article_requests", "DROP TABLE articles", "ALTER TABLE entries DROP COLUMN fulltext",
                      "DELETE FROM _sqlite_migrations WHERE name = 'm0003_fulltext'"):  # fmt: skip
        store._connection.database.conn.execute(statement)
    store._connection.database.conn.commit()
    store.close()
    again = Store.open(path)
    assert (again.entries.get(1).title, again.entries.get(1).fulltext) == ("Headline 1", "")
    assert again.articles.counts() == {}
    again.close()
