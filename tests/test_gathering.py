"""Reading what is due by the handful: nobody waits for a slow feed, and a host is asked one thing at a time."""

import threading
from collections.abc import Callable, Iterable
from itertools import islice

import pytest

from monitor.core.feed import DueFeed, Validators
from monitor.gathering import AHEAD, handfuls

WORKERS = 2
MANY = 5 * WORKERS * AHEAD


def due(name: str, host: str = "") -> DueFeed:
    return DueFeed(
        id=name, url=f"https://{host or name}.example/", host=host or name, validators=Validators(), failures=0
    )


def leasing(feeds: Iterable[DueFeed]) -> Callable[[int], list[DueFeed]]:
    waiting = iter(feeds)
    return lambda room: list(islice(waiting, room))


def test_every_feed_is_read_once() -> None:
    feeds = [due(f"{number}") for number in range(MANY)]
    read = [one for handful in handfuls(leasing(feeds), lambda feed: feed.id, WORKERS) for one in handful]
    assert sorted(read) == sorted(feed.id for feed in feeds)


def test_a_slow_feed_holds_up_nobody_else() -> None:
    others, gathered = threading.Event(), set[str]()

    def read(feed: DueFeed) -> str:
        assert feed.id != "slow" or others.wait(60), "the others waited for the slow one"
        return feed.id

    for handful in handfuls(leasing([due("slow"), *(due(f"{number}") for number in range(MANY))]), read, WORKERS):
        gathered.update(handful)
        if len(gathered) == MANY:
            assert "slow" not in gathered
            others.set()
    assert "slow" in gathered


def test_a_host_is_asked_for_one_feed_at_a_time_in_their_order() -> None:
    feeds = [due(f"{number:03}", f"host-{number % 3}") for number in range(WORKERS * AHEAD)]
    busy, order, lock = set[str](), list[str](), threading.Lock()

    def read(feed: DueFeed) -> str:
        with lock:
            assert feed.host not in busy
            busy.add(feed.host)
        order.append(feed.id)
        with lock:
            busy.remove(feed.host)
        return feed.id

    read_in_all = [one for handful in handfuls(leasing(feeds), read, WORKERS) for one in handful]
    assert len(read_in_all) == len(feeds)
    for host in {feed.host for feed in feeds}:
        own = [feed.id for feed in feeds if feed.host == host]
        assert [one for one in order if one in own] == own


def test_what_a_reader_raises_reaches_who_asked() -> None:
    def fail(_: DueFeed) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(handfuls(leasing([due("a")]), fail, WORKERS))
