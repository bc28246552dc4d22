"""The program put together on a desk, for tests that drive it without a process of its own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor import app as composition
from monitor.app import App, Places
from monitor.core.entry import ParsedEntry
from monitor.core.feed import DueFeed, Validators
from monitor.daemon import Totals, run_once
from monitor.feeds.document import ParsedFeed
from monitor.pipeline import Pipeline
from monitor.polls import Polled, Read
from monitor.store import Store

NOW = datetime(2024, 8, 23, 13, 30, tzinfo=UTC)


def staged(desk: Path, store: Path) -> App:
    """The app of a desk on a store."""
    return composition.load(Places(desk=desk, config=None, store=store))


def once(desk: Path, store: Path, *, everything: bool = True) -> Totals:
    """`wirewatch once`, in this process; terminal receivers write into nothing."""
    with Path(os.devnull).open("w", encoding="utf-8") as nothing:
        return run_once(composition.means(staged(desk, store), nothing), everything=everything)


@contextmanager
def pipeline_on(desk: Path, store_path: Path, now: datetime = NOW, *, recorded: bool = False) -> Iterator[Pipeline]:
    """The writing half of the program on a desk, with the desk's feeds taken over."""
    app = staged(desk, store_path)
    store = Store.open(store_path, durable=False)
    store.feeds.sync(app.desk.feeds.values(), now)
    yield composition.pipeline(app, store, app.desk.feeds, now, recorded=recorded)
    store.close()


def entry(title: str, summary: str = "", *, name: str = "", outlet: str = "") -> ParsedEntry:
    """An entry as the parser would have read it."""
    name = name or f"id:{title}"
    return ParsedEntry(id=name, link=f"https://news.example/{name}", title=title, summary=summary, outlet=outlet)


def polled(feed_id: str, *entries: ParsedEntry) -> Polled:
    """A poll that brought these entries."""
    feed = ParsedFeed(title="", entries=entries, skipped=0)
    read = Read(validators=Validators(etag='"1"'), feed=feed, listed=len(entries))
    return Polled(due=due(feed_id), result=read)


def due(feed_id: str, *, failures: int = 0, succeeded: bool = True) -> DueFeed:
    """A feed as it is leased, polled before unless told otherwise."""
    last = NOW - timedelta(hours=1) if succeeded else None
    return DueFeed(id=feed_id, url=f"https://{feed_id}.example/", failures=failures, last_success_at=last)
