"""One request at a time to a host, and a pause after each.

Knows hosts by name and for how long each is left alone; knows nothing of what is asked of them. Publishers turn away
readers that ask for ten feeds of one site in one second.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from time import monotonic

from monitor.core.feed import Fault
from monitor.errors import FetchError

# Under the lease of a poll, whatever the gap; a host with more feeds than that gives turns to the others later.
PATIENCE = timedelta(minutes=1)


@dataclass(slots=True)
class _Host:
    """`free_at` is on the monotonic clock."""

    changed: threading.Condition
    busy: bool = False
    waiting: int = 0
    free_at: float = 0.0


class Turns:
    """Turns at hosts, for several threads. Forgets a host when its pause is over."""

    def __init__(self, gap: timedelta, patience: timedelta = PATIENCE) -> None:
        self._gap = gap.total_seconds()
        self._patience = patience.total_seconds()
        self._lock = threading.Lock()
        self._hosts: dict[str, _Host] = {}
        self._number = 0

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Wait for the host and keep it until the block is left.

        Raises FetchError, THROTTLED and without a status, when the wait takes longer than `patience`: nobody was asked.
        """
        with self._lock:
            one = self._wait(host)
        try:
            yield
        finally:
            with self._lock:
                self._leave(host, one)

    def _wait(self, host: str) -> _Host:
        one = self._hosts.get(host)
        if one is None:
            one = self._hosts[host] = _Host(threading.Condition(self._lock))
        elif not self._got(one):
            # Nobody was asked: the host is as free as it was.
            raise FetchError(
                f"{host}: other polls of this host took {self._patience:g} s; this one waits for its next turn",
                fault=Fault.THROTTLED,
                retry_after=timedelta(seconds=self._patience),
            )
        one.busy = True
        return one

    def _got(self, one: _Host) -> bool:
        give_up = monotonic() + self._patience
        one.waiting += 1
        try:
            while (now := monotonic()) < give_up:
                if not one.busy and one.free_at <= now:
                    return True
                one.changed.wait((give_up if one.busy else min(one.free_at, give_up)) - now)
            return False
        finally:
            one.waiting -= 1

    def _leave(self, host: str, one: _Host) -> None:
        now = monotonic()
        self._number += 1
        one.busy = False
        one.free_at = now + pause(self._gap, host, self._number)
        one.changed.notify_all()
        # The one that is free last stands last.
        self._hosts[host] = self._hosts.pop(host)
        self._forget(now)

    def _forget(self, now: float) -> None:
        while self._hosts:
            host, one = next(iter(self._hosts.items()))
            if one.busy or one.waiting or one.free_at > now:
                return
            del self._hosts[host]


def pause(gap: float, host: str, number: int) -> float:
    """How long a host is left alone after the turn of this number: the gap and up to half of it more, in seconds.

    The same for the same host and number, so that a test can tell; spread, so that no two readers keep in step.
    """
    if not gap:
        return 0.0
    drawn = blake2b(f"{number} {host}".encode(), digest_size=4).digest()
    return gap * (1 + int.from_bytes(drawn) / 2**33)
