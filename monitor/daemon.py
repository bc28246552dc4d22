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
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler

from monitor import systemd
from monitor.core.article import DueArticle
from monitor.core.delivery import OPEN_STATES, Delivery, Failure, State
from monitor.core.feed import DueFeed
from monitor.gathering import AHEAD, handfuls
from monitor.log import LOGGER, line
from monitor.notify import Notifier
from monitor.pipeline import LEASE, Pipeline, hand_over
from monitor.polls import Tally
from monitor.reload import Reload
from monitor.work import Means, Timed, filed, page_filed, settled, take_over, timed_read

TICK_SECONDS = 1
# What was learned of feeds changes over days; a plan is redrawn in milliseconds.
PLAN_SECONDS = 1_800
# A clock is nudged by less.
CLOCK_SLACK = timedelta(seconds=60)
# What is under way at a stop gets this long; the rest stays leased and is taken up at the next start.
STOP_SECONDS = 10
_STOP = 0

log = logging.getLogger(LOGGER)
Result = TypeVar("Result")


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
    take_over(pipeline, means.notifiers)
    if everything or feed_id:
        pipeline.store.feeds.make_due(clock(), feed_id)
    for polls in _polls(pipeline, means, feed_id):
        for tally in filed(pipeline, polls, clock()):
            _add(totals, tally)
    with ThreadPoolExecutor(means.workers) as pool:
        for tally in _pages(pipeline, means, pool):
            totals.alerts += tally.alerts
        totals.alerts += pipeline.tick(clock()).alerts
        pipeline.tell_digest(clock())
        for due, failure in _deliveries(pipeline, means, pool):
            sent = settled(pipeline, due, failure, clock()) is State.SENT
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
        self._on_terminal = _on_terminal()
        self._reload: Reload | None = None
        if means.source is not None:
            self._reload = Reload(means.source, write=self._write, install=self._install, clock=clock)

    def run(self) -> None:
        """Work until SIGTERM, SIGINT or a fault; raises the fault. SIGHUP has the files loaded anew."""
        if _in_main():
            # Until there is an alarm: a large store takes a while to open.
            signal.signal(signal.SIGHUP, lambda *_: self._ask())
        self._pipeline = self._writer.submit(self._means.open_pipeline, clock()).result()
        self._write(partial(take_over, receivers=self._means.notifiers))
        if self._reload is not None:
            self._write(partial(self._reload.begin, now=clock()))
        scheduler = self._scheduler()
        with self._alarm() as alarm:
            scheduler.start()
            systemd.notify("READY=1", "STATUS=watching")
            number = self._told_to_stop(alarm)
        if number != _STOP:
            log.info(line("stop", signal=signal.Signals(number).name))
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
                self._waker.send(bytes([_STOP]))

    @contextlib.contextmanager
    def _alarm(self) -> Iterator[socket.socket]:
        """A socket on which a byte arrives when it is time to stop: the number of the signal, or 0.

        Python runs a handler between two instructions of the main thread: a signal that comes just before an Event's
        wait() would be noticed at the next one. What the interpreter writes to a socket by itself is not missed.
        """
        alarm, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        in_main = _in_main()
        with alarm, self._waker:
            if in_main:
                signal.set_wakeup_fd(self._waker.fileno())
                for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                    signal.signal(signum, lambda *_: None)
            yield alarm
            if in_main:
                signal.set_wakeup_fd(-1)
                # A handler of our own ends with the interpreter, a moment before the process.
                signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def _told_to_stop(self, alarm: socket.socket) -> int:
        """Wait for what ends the run, and have the files loaded for each SIGHUP until then; what it was."""
        while True:
            # Many at once: a socket that is full would have no room for the one that ends it.
            for number in alarm.recv(4096):
                # That of a terminal that was closed means what it always did.
                if number != signal.SIGHUP or self._on_terminal > _on_terminal():
                    return number
                self._ask()

    def _ask(self) -> None:
        if self._reload is not None:
            self._reload.ask()

    def _look(self) -> None:
        if self._reload is not None and not self._stopping:
            self._reload.look(time.monotonic())

    def _install(self, means: Means) -> None:
        """From now on work is begun with these; what is under way ends with what it began with. In the writer thread.

        A lane whose receiver has gone is left idle.
        """
        for name in means.notifiers.keys() - self._lanes.keys():
            self._lanes[name] = ThreadPoolExecutor(1, f"lane-{name}")
        self._means = means

    def _scheduler(self) -> BackgroundScheduler:
        # A job that comes late must run all the same: APScheduler drops it after one second unless told otherwise.
        usual = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        scheduler = BackgroundScheduler(job_defaults=usual, timezone=UTC)
        scheduler.add_job(self._dispatch_polls, "interval", seconds=TICK_SECONDS, next_run_time=clock())
        scheduler.add_job(self._dispatch_deliveries, "interval", seconds=TICK_SECONDS, next_run_time=clock())
        scheduler.add_job(self._dispatch_articles, "interval", seconds=TICK_SECONDS, next_run_time=clock())
        scheduler.add_job(self._look, "interval", seconds=TICK_SECONDS)
        scheduler.add_job(self._tell_digest, "interval", seconds=TICK_SECONDS)
        scheduler.add_job(self._tick, "interval", seconds=TICK_SECONDS)
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
            for job in self._write(lambda pipeline: self._feeds_due(pipeline, free)):
                self._start(self._fetchers, self._poll, job)

    def _feeds_due(self, pipeline: Pipeline, free: int) -> list[tuple[Means, DueFeed]]:
        """Leased in the writer thread, where means are swapped: a feed comes with those that know it."""
        return [(self._means, due) for due in pipeline.store.feeds.lease_due(clock(), LEASE, free)]

    def _went_back(self) -> bool:
        """Whether the clock was set back since the last look: what is due by the old one would wait for hours."""
        passed = time.monotonic() - self._looked[1], clock() - self._looked[0]
        self._looked = (clock(), time.monotonic())
        return passed[1] < timedelta(seconds=passed[0]) - CLOCK_SLACK

    def _dispatch_deliveries(self) -> None:
        if self._stopping:
            return
        for job in self._write(self._deliveries_due):
            self._start(self._lanes[job[1].receiver], self._deliver, job)

    def _deliveries_due(self, pipeline: Pipeline, receiver: str = "") -> list[tuple[Notifier, Delivery]]:
        """Of one receiver, if it is still configured, or of all; each with what hands it over. In the writer thread."""
        notifiers = self._means.notifiers
        names = tuple(name for name in notifiers if receiver in {"", name})
        leased = pipeline.store.outbox.lease_due(clock(), LEASE, receivers=names)
        return [(notifiers[due.receiver], due) for due in leased]

    def _dispatch_articles(self) -> None:
        """Feeds go first: pages take the workers that are left."""
        free = self._means.workers - self._under_way - 1
        if free > 0 and not self._stopping:
            for job in self._write(lambda pipeline: self._pages_due(pipeline, free)):
                self._start(self._fetchers, self._read_page, job)

    def _pages_due(self, pipeline: Pipeline, free: int) -> list[tuple[Means, DueArticle]]:
        return [(self._means, due) for due in pipeline.articles.lease_due(clock(), free)]

    def _read_page(self, job: tuple[Means, DueArticle]) -> None:
        means, due = job
        page = means.read_page(due, clock())
        self._write(lambda pipeline: page_filed(pipeline, page, clock()))

    def _tell_digest(self) -> None:
        if not self._stopping:
            self._write(lambda pipeline: pipeline.tell_digest(clock()))

    def _tick(self) -> None:
        if not self._stopping:
            self._write(lambda pipeline: pipeline.tick(clock()))

    def _plan(self) -> None:
        if not self._stopping:
            self._write(lambda pipeline: pipeline.plan(clock()))

    def _poll(self, job: tuple[Means, DueFeed]) -> None:
        """Poll a feed, and then whatever else is due, without waiting for the next tick."""
        following = [job]
        while following and not self._stopping:
            means, due = following[0]
            following = self._write(partial(self._filed_and_next, read_=timed_read(means, due, clock())))

    def _filed_and_next(self, pipeline: Pipeline, read_: Timed) -> list[tuple[Means, DueFeed]]:
        filed(pipeline, [read_], clock())
        return self._feeds_due(pipeline, 1)

    def _deliver(self, job: tuple[Notifier, Delivery]) -> None:
        """Send one, and then whatever else is due for this receiver, without waiting for the next tick."""
        following = [job]
        while following and not self._stopping:
            notifier, due = following[0]
            failure = hand_over(notifier, due)
            following = self._write(partial(self._settled_and_next, due=due, failure=failure))

    def _settled_and_next(
        self, pipeline: Pipeline, due: Delivery, failure: Failure | None
    ) -> list[tuple[Notifier, Delivery]]:
        settled(pipeline, due, failure, clock())
        return self._deliveries_due(pipeline, due.receiver)

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


def _in_main() -> bool:
    """Whether signals are this thread's to handle."""
    return threading.current_thread() is threading.main_thread()


def _on_terminal() -> bool:
    """Whether somebody watches it run; not any more when the terminal was closed."""
    try:
        return os.isatty(2)
    except OSError:
        return False


def _polls(pipeline: Pipeline, means: Means, feed_id: str) -> Iterator[list[Timed]]:
    """Read until nothing is due; what was read, by the handful."""
    # Due when the run began: with short intervals something would always be due by now.
    lease = partial(pipeline.store.feeds.lease_due, clock(), LEASE, feed_id=feed_id, per_host=AHEAD)
    return handfuls(lease, lambda due: timed_read(means, due, clock()), means.workers)


def _pages(pipeline: Pipeline, means: Means, pool: ThreadPoolExecutor) -> Iterable[Tally]:
    """Article pages, batch after batch, until none is due or the hour's budget is spent."""
    while batch := pipeline.articles.lease_due(clock(), means.workers):
        for page in pool.map(lambda due: means.read_page(due, clock()), batch):
            yield page_filed(pipeline, page, clock())


def _deliveries(
    pipeline: Pipeline, means: Means, pool: ThreadPoolExecutor
) -> Iterable[tuple[Delivery, Failure | None]]:
    """Send batch after batch, one per receiver at a time, until all was tried once."""
    receivers = tuple(means.notifiers)
    while batch := pipeline.store.outbox.lease_due(clock(), LEASE, receivers=receivers, hurry=True):
        failures = pool.map(lambda due: hand_over(means.notifiers[due.receiver], due), batch)
        yield from zip(batch, failures, strict=True)


def _add(totals: Totals, tally: Tally) -> None:
    totals.polls += 1
    totals.failed += bool(tally.error)
    totals.new += tally.new
    totals.alerts += tally.alerts
