"""Chronologies: what many outlets reported over months, read from a file and filed through the whole pipeline.

A file has `outlets` by id (title, tier, owner, country, lang, kind, speaks_for) and `entries` (id, at, outlet, title,
lead, body, lang, author, link); whatever else an entry says is kept in `about`, for who labels it.
"""

import os
import random
import signal
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from monitor import app as composition
from monitor import yamlfile
from monitor.app import App
from monitor.core.entry import Document, ParsedEntry
from monitor.core.feed import DueFeed, Feed, Validators
from monitor.core.match import Matcher, Setting, Survey
from monitor.feeds.document import ParsedFeed
from monitor.pipeline import Pipeline
from monitor.polls import Polled, Read
from monitor.replay import RUN_ON, Counting, deliver, pass_time
from monitor.store import Store
from monitor.yamlfile import Node, Problems

_READ_KEYS = ("id", "at", "outlet", "title", "lead", "body", "lang", "author", "link")


@dataclass(frozen=True, kw_only=True)
class Report:
    """One entry of a chronology: published `at` that time, and read `arrives`."""

    id: str
    at: datetime
    arrives: datetime
    feed: Feed
    entry: ParsedEntry
    about: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Rung:
    """An alert as it stood at the end, with the ids of the entries it rests on, in the order they came."""

    opened_at: datetime
    rule_id: str
    severity: str
    label: str
    title: str
    detail: str
    entries: tuple[str, ...]


def read(path: Path) -> list[Report]:
    """The reports of a file in the order of time; raises ValueError for what is none."""
    problems = Problems()
    root = yamlfile.load(path, path.name, problems)
    if root is None or problems:
        raise ValueError("; ".join(map(str, problems.found)))
    written = _plain(root)
    reports = [_report(one, written["outlets"]) for one in written["entries"]]
    if len({one.id for one in reports}) < len(reports):
        raise ValueError(f"{path.name}: an id stands twice")
    return sorted(reports, key=lambda one: (one.at, one.id))


def shuffled(reports: Iterable[Report], seed: int, within: timedelta) -> list[Report]:
    """The same as they may come in: each read up to so much later than it was published."""
    chance = random.Random(seed)  # noqa: S311 - an order, no secret
    late = [replace(one, arrives=one.at + within * chance.random()) for one in reports]
    return sorted(late, key=lambda one: (one.arrives, one.id))


def run(app: App, reports: Sequence[Report], *rule_ids: str, matcher: Matcher | None = None) -> list[Rung]:
    """File the reports in the order in which they stand, the clock going on in between and a week beyond the last.

    By these rules of the app alone, as if they were live, or by all. Who runs many orders gives each the same
    `Recalling`, and files some 500 entries a second.
    """
    matcher = matcher or Recalling(app.matcher, *rule_ids)
    feeds = {one.feed.id: one.feed for one in reports}
    begin = reports[0].arrives
    with closing(_empty().in_memory()) as store:
        store.feeds.sync(feeds.values(), begin)
        pipeline = composition.stage(app).build(matcher, store, feeds, begin)
        _filed(pipeline, reports, until=reports[-1].arrives + RUN_ON)
        return _rung(store, _numbers(store, reports))


def go_on(app: App, reports: Sequence[Report], store_path: Path, matcher: Matcher, *, dies_after: int = 0) -> None:
    """File those that the store does not have yet, in a store that is kept, as a daemon does that was killed.

    With `dies_after` it kills itself, as kill -9 would, ahead of the SQL statement of that number.
    """
    store = Store.open(store_path, durable=False)
    left = dies_after

    def count_down(_statement: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    store.feeds.sync({one.feed.id: one.feed for one in reports}.values(), reports[0].arrives)
    stored = _numbers(store, reports)
    missing = [one for one in reports if one.id not in stored.values()]
    begin = missing[0].arrives if missing else reports[-1].arrives
    feeds = {one.feed.id: one.feed for one in reports}
    pipeline = composition.stage(app).build(matcher, store, feeds, begin)
    # From here on: else it might never come further than its own start.
    if dies_after:
        store._connection.database.conn.set_trace_callback(count_down)
    _filed(pipeline, missing, until=reports[-1].arrives + RUN_ON)
    store.close()


def rung_in(store_path: Path, reports: Sequence[Report]) -> list[Rung]:
    """The alerts of a store that was kept."""
    with closing(Store.read(store_path)) as store:
        return _rung(store, _numbers(store, reports))


def _numbers(store: Store, reports: Sequence[Report]) -> dict[int, str]:
    known = ((one, store.entries.known(one.feed.id, [one.entry.id])) for one in reports)
    return {found.id: one.id for one, entries in known for found in entries.values()}


class Recalling(Matcher):
    """Some rules of a matcher, or all; it recalls what it found in a document, for who files the same many times."""

    def __init__(self, matcher: Matcher, *rule_ids: str) -> None:
        alone = matcher.alone(*rule_ids) if rule_ids else matcher
        self.__dict__.update(alone.__dict__)
        self._known: dict[tuple[object, ...], Survey] = {}

    def survey(self, document: Document, setting: Setting) -> Survey:
        """As the matcher does, once for each text and setting."""
        feed_id = setting.feed.id if setting.feed else ""
        key = (_text(document), setting.today, setting.dated, setting.link, feed_id)
        if key not in self._known:
            self._known[key] = super().survey(document, setting)
        return self._known[key]


def _text(document: Document) -> tuple[str, ...]:
    return (document.language, *(part.text for part in document.parts))


def _filed(pipeline: Pipeline, reports: Sequence[Report], *, until: datetime) -> None:
    """File them, the clock going on in between and then until that time."""
    counting, before = Counting(), reports[0].arrives if reports else until - RUN_ON
    for one in reports:
        for _ in pass_time(pipeline, counting, before, one.arrives):
            pass
        feed = ParsedFeed(title=one.feed.title, entries=(one.entry,), skipped=0)
        due = DueFeed(id=one.feed.id, url=one.feed.url, last_success_at=one.at - timedelta(hours=1))
        tally = pipeline.file(Polled(due=due, result=Read(validators=Validators(), feed=feed, listed=1)), one.arrives)
        assert tally.status == "ok", one.id
        assert not tally.bugs, one.id
        if tally.touched:
            deliver(pipeline, counting, one.arrives)
        before = one.arrives
    for _ in pass_time(pipeline, counting, before, until):
        pass


def _rung(store: Store, named: dict[int, str]) -> list[Rung]:
    return [
        Rung(
            opened_at=datetime.fromisoformat(row["opened_at"]),
            rule_id=row["rule_id"],
            severity=row["severity"],
            label=row["label"],
            title=row["title"],
            detail=row["detail"],
            entries=tuple(named[one.entry_id] for one in store.alerts.reports(row["id"])),
        )
        for row in reversed(store.alerts.all(100_000))
    ]


@cache
def _empty() -> Store:
    """A store to copy; its file is gone, what was read of it is not needed again."""
    with tempfile.TemporaryDirectory() as folder, closing(Store.open(Path(folder) / "empty.db")) as made:
        return made.in_memory()


def _report(one: dict[str, Any], outlets: dict[str, dict[str, Any]]) -> Report:
    outlet, language = outlets[one["outlet"]], one.get("lang", "")
    at = datetime.fromisoformat(one["at"])
    if at.tzinfo is None:
        raise ValueError(f"{one['id']}: a time has its zone")
    below = "\n\n".join(one[key] for key in ("lead", "body") if one.get(key))
    link = one.get("link") or f"https://{one['outlet']}.example/{one['id']}"
    return Report(
        id=one["id"],
        at=at,
        arrives=at,
        feed=_feed(one["outlet"], outlet, language or outlet.get("lang", "en")),
        entry=ParsedEntry(
            id=one["id"], link=link, title=one["title"], summary=below, author=one.get("author", ""), published_at=at
        ),
        about={key: value for key, value in one.items() if key not in _READ_KEYS},
    )


def _feed(name: str, outlet: dict[str, Any], language: str) -> Feed:
    """The feed of an outlet in a language: one that writes in two has two."""
    feed_id = name if language == outlet.get("lang", language) else f"{name}-{language}"
    return Feed(
        id=feed_id,
        url=f"https://{feed_id}.example/rss",
        host=f"{feed_id}.example",
        title=outlet.get("title", name),
        language=language,
        country=outlet.get("country", ""),
        tier=int(outlet.get("tier", 3)),
        owner=outlet.get("owner", ""),
        kind=outlet.get("kind", "press"),
        speaks_for=tuple(one.removeprefix("$") for one in outlet.get("speaks_for", ())),
    )


def _plain(node: Node) -> Any:
    if isinstance(node.value, list):
        return [_plain(one) for one in node.value]
    if isinstance(node.value, dict):
        return {key: _plain(one) for key, one in node.value.items()}
    return node.value
