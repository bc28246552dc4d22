"""What a run works with, and each piece of its work with its line in the log: a poll, a page, a delivery.

Knows the parts that the composition root puts together; knows no threads and no clock.
"""

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from monitor.articles import Page
from monitor.core.article import DueArticle
from monitor.core.delivery import Delivery, Failure, State
from monitor.core.feed import DueFeed, Feed
from monitor.errors import Problem
from monitor.feeds.fetch import Fetcher
from monitor.feeds.reading import Reader
from monitor.log import LOGGER, line
from monitor.notify import Notifier
from monitor.pipeline import Parts, Pipeline
from monitor.polls import Polled, Tally, read
from monitor.store import Store

log = logging.getLogger(LOGGER)
Timed = tuple[Polled, float]
# Of each file what changes when it is written, replaced or made readable; None where there is no such file.
Stamp = Mapping[str, tuple[int, ...] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The files that a run's means were made from, and how they are read again.

    `stamp` is of before they were read. `left_out` are problems of rules that are not in force. `renew`, of a
    day, raises ConfigError with every problem, and then nothing has changed.
    """

    stamp: Stamp
    digest: str
    rules: int
    left_out: tuple[Problem, ...]
    stamp_now: Callable[[], Stamp]
    digest_now: Callable[[], str]
    renew: Callable[[date], "Renewal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a run works with; `open_pipeline` is called by the thread that will own the store, `close` at the end.

    Without a `source` nothing is reloaded.
    """

    open_pipeline: Callable[[datetime], Pipeline]
    feeds: Mapping[str, Feed]
    fetcher: Fetcher
    reader: Reader
    read_page: Callable[[DueArticle, datetime], Page]
    notifiers: Mapping[str, Notifier]
    workers: int
    close: Callable[[], None] = lambda: None
    source: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """What the files say now. `parts` takes the feeds over into the store, inside a transaction of its one thread.

    `warnings` should be mended; `restart` names settings that differ and wait for the next start.
    """

    means: Means
    source: Source
    parts: Callable[[Store, datetime], Parts]
    warnings: tuple[Problem, ...] = ()
    restart: tuple[str, ...] = ()


def take_over(pipeline: Pipeline, receivers: Collection[str]) -> None:
    """What an earlier run left leased was not finished; this is the only run, so nobody works on it."""
    pipeline.store.feeds.release_leases()
    pipeline.store.outbox.release_leases()
    pipeline.store.articles.release_leases()
    name_orphans(pipeline, receivers)


def name_orphans(pipeline: Pipeline, receivers: Collection[str]) -> None:
    """Deliveries for a receiver that was taken out of the configuration wait until it is back, and are named."""
    for receiver in pipeline.store.outbox.waiting_receivers():
        if receiver not in receivers:
            log.error(
                line("delivery", receiver=receiver, error="no such receiver is configured; its notices wait for it")
            )


def timed_read(means: Means, due: DueFeed, now: datetime) -> Timed:
    """A feed fetched and read, and how many seconds that took."""
    start = time.monotonic()
    polled = read(means.fetcher, means.reader, means.feeds[due.id], due, now)
    return polled, time.monotonic() - start


def filed(pipeline: Pipeline, polls: Sequence[Timed], now: datetime) -> list[Tally]:
    """File polls and write their lines."""
    tallies = pipeline.file_all([polled for polled, _ in polls], now)
    for tally, (_, seconds) in zip(tallies, polls, strict=True):
        level = logging.WARNING if tally.error else logging.INFO
        log.log(level, line(
            "poll", feed=tally.feed_id, status=tally.status, entries=tally.entries, new=tally.new,
            revised=tally.revised, matches=tally.matches, alerts=tally.alerts, silenced=tally.silenced or None,
            bugs=tally.bugs or None, ms=int(seconds * 1000), note="; ".join(tally.notes) or None, error=tally.error,
        ))  # fmt: skip
    return tallies


def page_filed(pipeline: Pipeline, page: Page, now: datetime) -> Tally:
    """File an article page and write its line."""
    tally = pipeline.file_page(page, now)
    log.info(line(
        "article", entry=page.due.entry_id, feed=tally.feed_id, status=tally.status, matches=tally.matches,
        alerts=tally.alerts, error=tally.error or None,
    ))  # fmt: skip
    return tally


def settled(pipeline: Pipeline, due: Delivery, failure: Failure | None, now: datetime) -> State:
    """Settle a delivery and write its line."""
    settlement = pipeline.settle(due, failure, now)
    levels = {State.SENT: logging.INFO, State.FAILED: logging.ERROR}
    log.log(levels.get(settlement.state, logging.WARNING), line(
        "delivery", delivery=due.id, receiver=due.receiver, state=settlement.state, attempt=due.attempts,
        error=settlement.error,
    ))  # fmt: skip
    return settlement.state
