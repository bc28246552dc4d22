"""The shell around the pipeline: it wakes it, owns the clock, the threads and the signals.

APScheduler wakes two jobs every second; *when* something is due lives in the store. Fetching runs in one pool, each
receiver has a lane of its own, and one writer thread owns the store's connection.
"""

import contextlib
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler

from monitor import systemd
from monitor.articles import Page
from monitor.core.article import DueArticle
from monitor.core.delivery import OPEN_STATES, Delivery, Failure, State
from monitor.core.feed import DueFeed, Feed
from monitor.feeds.fetch import Fetcher
from monitor.feeds.reading import Reader
from monitor.gathering import AHEAD, handfuls
from monitor.log import LOGGER, line
from monitor.notify import Notifier
from monitor.pipeline import LEASE, Pipeline, hand_over
from monitor.polls import Polled, Tally, read

TICK_SECONDS = 1
# What was learned of feeds changes over days; a plan is redrawn in milliseconds.
PLAN_SECONDS = 1_800
# A clock is nudged by less.
CLOCK_SLACK = timedelta(seconds=60)
# What is under way at a stop gets this long; the rest stays leased and is taken up at the next start.
STOP_SECONDS = 10
_STOP = b"\0"

log = logging.getLogger(LOGGER)
Result = TypeVar("Result")
Timed = tuple[Polled, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a run works with; `open_pipeline` is called by the thread that will own the store, `close` at the end."""

    open_pipeline: Callable[[datetime], Pipeline]
    feeds: Mapping[str, Feed]
    fetcher: Fetcher
    reader: Reader
    read_page: Callable[[DueArticle, datetime], Page]
    notifiers: Mapping[str, Notifier]
    workers: int
    close: Callable[[], None] = lambda: None


@dataclass(slots=True)
class Totals:
    """What one run of `once` did; `unsent` were tried in vain, `waiting` are left for a later try."""

    polls: int = 0
    failed: int = 0
    new: int = 0
    alerts: int = 0
    sent: int = 0
    unsent: int = 0
    waiting: int = 0


def clock() -> datetime:
    """The one clock."""
    return datetime.now(UTC)


def run_once(means: Means, *, everything: bool = False, feed_id: str = "") -> Totals:
    """Poll what is due, or every feed, or one, deliver what came of it, and stop; raises StoreError."""
    pipeline, totals = means.open_pipeline(clock()), Totals()
    _take_over(pipeline, means.notifiers)
    if everything or feed_id:
        pipeline.store.feeds.make_due(clock(), feed_id)
    for polls in _polls(pipeline, means, feed_id):
        for tally in _filed(pipeline, polls):
            _add(totals, tally)
    with ThreadPoolExecutor(means.workers) as pool:
        for tally in _pages(pipeline, means, pool):
            totals.alerts += tally.alerts
        for due, failure in _deliveries(pipeline, means, pool):
            sent = _settled(pipeline, due, failure) is State.SENT
            totals.sent += sent
            totals.unsent += not sent
    totals.waiting = sum(count for state, count in pipeline.store.outbox.depth().items() if state in OPEN_STATES)
    pipeline.store.close()
    means.close()
    return totals


class Daemon:
    """Polls and delivers until it is told to stop; a StoreError or a bug outside one feed or delivery ends it."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._writer = ThreadPoolExecutor(1, "writer")
        self._fetchers = ThreadPoolExecutor(means.workers, "fetch")
        self._lanes = {name: ThreadPoolExecutor(1, f"lane-{name}") for name in means.notifiers}
        self._stopping = False
        self._waker: socket.socket | None = None
        self._fault: BaseException | None = None
        self._under_way = 0
        self._looked = (clock(), time.monotonic())
        self._lock = threading.Lock()
        self._pipeline: Pipeline | None = None

    def run(self) -> None:
        """Work until SIGTERM, SIGINT or a fault; raises the fault."""
        self._pipeline = self._writer.submit(self._means.open_pipeline, clock()).result()
        self._write(partial(_take_over, receivers=self._means.notifiers))
        scheduler = self._scheduler()
        with self._alarm() as alarm:
            scheduler.start()
            systemd.notify("READY=1", "STATUS=watching")
            byte = alarm.recv(1)
        if byte != _STOP:
            log.info(line("stop", signal=signal.Signals(byte[0]).name))
        self._stopping = True
        systemd.notify("STOPPING=1")
        self._shut_down(scheduler)
        if self._fault is not None:
            raise self._fault

    def stop(self) -> None:
        """Ask `run` to return."""
        self._stopping = True
        if self._waker is not None:
            with contextlib.suppress(OSError):
                self._waker.send(_STOP)

    @contextlib.contextmanager
    def _alarm(self) -> Iterator[socket.socket]:
        """A socket on which a byte arrives when it is time to stop: the number of the signal, or 0.

        Python runs a handler between two instructions of the main thread: a signal that comes just before an Event's
        wait() would be noticed at the next one. What the interpreter writes to a socket by itself is not missed.
        """
        alarm, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        in_main = threading.current_thread() is threading.main_thread()
        with alarm, self._waker:
            if in_main:
                signal.set_wakeup_fd(self._waker.fileno())
                for signum in (signal.SIGTERM, signal.SIGINT):
                    signal.signal(signum, lambda *_: None)
            yield alarm
            if in_main:
                signal.set_wakeup_fd(-1)

    def _scheduler(self) -> BackgroundScheduler:
        # A job that comes late must run all the same: APScheduler drops it after one second unless told otherwise.
        usual = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        scheduler = BackgroundScheduler(job_defaults=usual, timezone=UTC)
        scheduler.add_job(self._dispatch_polls, "interval", seconds=TICK_SECONDS, next_run_time=clock())
        scheduler.add_job(self._dispatch_deliveries, "interval", seconds=TICK_SECONDS, next_run_time=clock())
        scheduler.add_job(self._dispatch_articles, "interval", seconds=TICK_SECONDS, next_run_time=clock())
        scheduler.add_job(self._plan, "interval", seconds=PLAN_SECONDS)
        # It swallows what a job raises; here that ends the daemon.
        scheduler.add_listener(self._on_job_error, EVENT_JOB_ERROR)
        return scheduler

    def _dispatch_polls(self) -> None:
        if self._stopping:
            return
        if self._went_back():
            log.warning(line("clock", error="it was set back; what waited by the old time is done now"))
            self._write(lambda pipeline: pipeline.catch_up(clock()))
        free = self._means.workers - self._under_way
        if free > 0:
            for due in self._write(lambda pipeline: pipeline.store.feeds.lease_due(clock(), LEASE, free)):
                self._start(self._fetchers, self._poll, due)

    def _went_back(self) -> bool:
        """Whether the clock was set back since the last look: what is due by the old one would wait for hours."""
        passed = time.monotonic() - self._looked[1], clock() - self._looked[0]
        self._looked = (clock(), time.monotonic())
        return passed[1] < timedelta(seconds=passed[0]) - CLOCK_SLACK

    def _dispatch_deliveries(self) -> None:
        if self._stopping:
            return
        for due in self._lease(self._lanes):
            self._start(self._lanes[due.receiver], self._deliver, due)

    def _dispatch_articles(self) -> None:
        """Feeds go first: pages take the workers that are left."""
        free = self._means.workers - self._under_way - 1
        if free > 0 and not self._stopping:
            for due in self._write(lambda pipeline: pipeline.articles.lease_due(clock(), free)):
                self._start(self._fetchers, self._read_page, due)

    def _read_page(self, due: DueArticle) -> None:
        page = self._means.read_page(due, clock())
        self._write(lambda pipeline: _page_filed(pipeline, page))

    def _plan(self) -> None:
        if not self._stopping:
            self._write(lambda pipeline: pipeline.plan(clock()))

    def _poll(self, due: DueFeed) -> None:
        """Poll a feed, and then whatever else is due, without waiting for the next tick."""
        following = [due]
        while following and not self._stopping:
            read_ = _timed_read(self._means, following[0])
            following = self._write(partial(_filed_and_next, read_=read_))

    def _deliver(self, due: Delivery) -> None:
        """Send one, and then whatever else is due for this receiver, without waiting for the next tick."""
        following = [due]
        while following and not self._stopping:
            now = following[0]
            failure = hand_over(self._means.notifiers[now.receiver], now)
            self._write(partial(_settled, due=now, failure=failure))
            following = self._lease([now.receiver])

    def _lease(self, receivers: Iterable[str]) -> list[Delivery]:
        names = tuple(receivers)
        return self._write(lambda pipeline: pipeline.store.outbox.lease_due(clock(), LEASE, receivers=names))

    def _start(self, pool: ThreadPoolExecutor, work: Callable[[Result], None], item: Result) -> None:
        with self._lock:
            self._under_way += pool is self._fetchers
        pool.submit(self._guarded, work, item, pool is self._fetchers)

    def _guarded(self, work: Callable[[Result], None], item: Result, counts: bool) -> None:
        try:
            work(item)
        except BaseException as error:  # noqa: BLE001 - a pool would keep it to itself
            self._fail(error)
        finally:
            with self._lock:
                self._under_way -= counts

    def _write(self, verb: Callable[[Pipeline], Result]) -> Result:
        """Run a verb in the writer thread and wait for it."""
        pipeline = self._pipeline
        if pipeline is None:
            raise RuntimeError("the store is not open")
        return self._writer.submit(verb, pipeline).result()

    def _fail(self, error: BaseException) -> None:
        with self._lock:
            self._fault = self._fault or error
        self.stop()

    def _on_job_error(self, event: JobExecutionEvent) -> None:
        self._fail(event.exception)

    def _shut_down(self, scheduler: BackgroundScheduler) -> None:
        """Let what is under way finish for a while, then go, whatever still runs: one commit can take a minute."""
        ending = threading.Thread(target=self._finish, args=(scheduler,), daemon=True)
        ending.start()
        ending.join(STOP_SECONDS)
        self._means.close()
        if ending.is_alive() and self._fault is None:
            # Python would wait for the pools' threads at exit; what they hold is leased in the store.
            log.info(line("stop", left="under way; taken up at the next start"))
            logging.shutdown()
            os._exit(0)

    def _finish(self, scheduler: BackgroundScheduler) -> None:
        # A tick that still waits for the writer must not find the pools closed.
        scheduler.shutdown(wait=True)
        for pool in (self._fetchers, *self._lanes.values()):
            pool.shutdown(wait=True, cancel_futures=True)
        if self._pipeline is not None:
            self._writer.submit(self._pipeline.store.close).result()
        self._writer.shutdown(wait=False)


def _take_over(pipeline: Pipeline, receivers: Collection[str]) -> None:
    """What an earlier run left leased was not finished; this is the only run, so nobody works on it.

    Deliveries for a receiver that was taken out of the configuration wait until it is back, and are named.
    """
    pipeline.store.feeds.release_leases()
    pipeline.store.outbox.release_leases()
    pipeline.store.articles.release_leases()
    for receiver in pipeline.store.outbox.waiting_receivers():
        if receiver not in receivers:
            log.error(
                line("delivery", receiver=receiver, error="no such receiver is configured; its notices wait for it")
            )


def _polls(pipeline: Pipeline, means: Means, feed_id: str) -> Iterator[list[Timed]]:
    """Read until nothing is due; what was read, by the handful."""
    # Due when the run began: with short intervals something would always be due by now.
    lease = partial(pipeline.store.feeds.lease_due, clock(), LEASE, feed_id=feed_id, per_host=AHEAD)
    return handfuls(lease, partial(_timed_read, means), means.workers)


def _pages(pipeline: Pipeline, means: Means, pool: ThreadPoolExecutor) -> Iterable[Tally]:
    """Article pages, batch after batch, until none is due or the hour's budget is spent."""
    while batch := pipeline.articles.lease_due(clock(), means.workers):
        for page in pool.map(lambda due: means.read_page(due, clock()), batch):
            yield _page_filed(pipeline, page)


def _page_filed(pipeline: Pipeline, page: Page) -> Tally:
    """File an article page and write its line."""
    tally = pipeline.file_page(page, clock())
    log.info(line(
        "article", entry=page.due.entry_id, feed=tally.feed_id, status=tally.status, matches=tally.matches,
        alerts=tally.alerts, error=tally.error or None,
    ))  # fmt: skip
    return tally


def _deliveries(
    pipeline: Pipeline, means: Means, pool: ThreadPoolExecutor
) -> Iterable[tuple[Delivery, Failure | None]]:
    """Send batch after batch, one per receiver at a time, until all was tried once."""
    receivers = tuple(means.notifiers)
    while batch := pipeline.store.outbox.lease_due(clock(), LEASE, receivers=receivers, hurry=True):
        failures = pool.map(lambda due: hand_over(means.notifiers[due.receiver], due), batch)
        yield from zip(batch, failures, strict=True)


def _timed_read(means: Means, due: DueFeed) -> Timed:
    start = time.monotonic()
    polled = read(means.fetcher, means.reader, means.feeds[due.id], due, clock())
    return polled, time.monotonic() - start


def _filed_and_next(pipeline: Pipeline, read_: Timed) -> list[DueFeed]:
    _filed(pipeline, [read_])
    return pipeline.store.feeds.lease_due(clock(), LEASE, 1)


def _filed(pipeline: Pipeline, polls: Sequence[Timed]) -> list[Tally]:
    """File polls and write their lines."""
    tallies = pipeline.file_all([polled for polled, _ in polls], clock())
    for tally, (_, seconds) in zip(tallies, polls, strict=True):
        level = logging.WARNING if tally.error else logging.INFO
        log.log(level, line(
            "poll", feed=tally.feed_id, status=tally.status, entries=tally.entries, new=tally.new,
            revised=tally.revised, matches=tally.matches, alerts=tally.alerts, silenced=tally.silenced or None,
            bugs=tally.bugs or None, ms=int(seconds * 1000), note="; ".join(tally.notes) or None, error=tally.error,
        ))  # fmt: skip
    return tallies


def _settled(pipeline: Pipeline, due: Delivery, failure: Failure | None) -> State:
    """Settle a delivery and write its line."""
    settlement = pipeline.settle(due, failure, clock())
    levels = {State.SENT: logging.INFO, State.FAILED: logging.ERROR}
    log.log(levels.get(settlement.state, logging.WARNING), line(
        "delivery", delivery=due.id, receiver=due.receiver, state=settlement.state, attempt=due.attempts,
        error=settlement.error,
    ))  # fmt: skip
    return settlement.state


def _add(totals: Totals, tally: Tally) -> None:
    totals.polls += 1
    totals.failed += bool(tally.error)
    totals.new += tally.new
    totals.alerts += tally.alerts
