"""Reading what is due in threads, for a run that ends: leased ahead, one feed per host at a time, by the handful.

Knows workers and hosts; knows nothing of stores or clocks: whoever asks leases the feeds, reads one, and files them.
"""

import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TypeVar

from monitor.core.feed import DueFeed

# Feeds leased for each worker, so that none waits for the writer; and at most so many of one host.
AHEAD = 8
# How long the first that was read waits for others.
_GATHER_SECONDS = 0.02

Result = TypeVar("Result")


def handfuls(
    lease: Callable[[int], list[DueFeed]], read: Callable[[DueFeed], Result], workers: int
) -> Iterator[list[Result]]:
    """What `read` makes of all feeds that `lease` gives, asked for so many at a time until it gives none.

    More is leased as soon as there is room for it: a slow feed holds up its own host, and nobody else. Raises what
    `read` raises.
    """
    done, under_way = SimpleQueue[Result | BaseException](), 0
    pool = ThreadPoolExecutor(workers, "fetch")
    try:
        while True:
            room = workers * AHEAD - under_way
            if room >= workers:
                leased = lease(room)
                under_way += len(leased)
                for of_host in _by_host(leased):
                    pool.submit(_read_all, read, of_host, done)
            if not under_way:
                return
            handful = _handful(done, under_way)
            under_way -= len(handful)
            yield [_result(one) for one in handful]
    finally:
        pool.shutdown(cancel_futures=True)


def _by_host(leased: Iterable[DueFeed]) -> Iterable[list[DueFeed]]:
    hosts = defaultdict[str, list[DueFeed]](list)
    for due in leased:
        hosts[due.host].append(due)
    return hosts.values()


def _read_all(
    read: Callable[[DueFeed], Result], of_host: Iterable[DueFeed], done: SimpleQueue[Result | BaseException]
) -> None:
    """The feeds of a host one after the other, over one connection."""
    for due in of_host:
        try:
            done.put(read(due))
        except BaseException as error:  # noqa: BLE001 - a pool would keep it to itself
            done.put(error)


def _handful(done: SimpleQueue[Result | BaseException], most: int) -> list[Result | BaseException]:
    """What is done, at least one: a commit for each of a thousand unchanged feeds costs as much as asking for them."""
    handful = [done.get()]
    if most > 1:
        time.sleep(_GATHER_SECONDS)
    with contextlib.suppress(Empty):
        while True:
            handful.append(done.get_nowait())
    return handful


def _result(one: Result | BaseException) -> Result:
    if isinstance(one, BaseException):
        raise one
    return one
