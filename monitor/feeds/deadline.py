"""A deadline for a whole HTTP exchange.

Knows sockets; knows nothing of feeds. The timeout of requests is per read: a server that drips five bytes a second
holds a poll for ever. Here a watchdog shuts the connection's socket down when the time is up, wherever the exchange
then is. Cut headers come back from http.client as an empty 200 without an exception, so whoever uses a deadline asks
`expired` before believing an answer.
"""

import contextlib
import heapq
import math
import socket
import threading
from itertools import count
from time import monotonic
from types import TracebackType
from typing import Self

_RUNNING = threading.local()


class Deadline:
    """A point in time after which the socket of this thread's exchange is shut down; a context for that exchange.

    `reused` tells whether a request went out on a connection that was kept from an earlier exchange, `peer` the address
    at its other end, "" for none.
    """

    def __init__(self, seconds: float) -> None:
        self.at = monotonic() + seconds
        self.reused = False
        self.peer = ""
        self.closed = False
        self._seconds = seconds
        self._expired = False
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        _RUNNING.deadline = self
        _WATCHDOG.watch(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _RUNNING.deadline = None
        self.close()

    @property
    def expired(self) -> bool:
        """Whether the time is up; what was read since, or before, may be cut."""
        return self._expired or monotonic() >= self.at

    @property
    def remaining(self) -> float:
        """Seconds to go, a thousandth at the least: no timeout at all would be no timeout."""
        return max(self.at - monotonic(), 0.001)

    @property
    def used(self) -> float:
        """Seconds that have passed."""
        return monotonic() - self.at + self._seconds

    def watch(self, connected: socket.socket) -> None:
        """Guard a connection, in place of the one before.

        A duplicate is kept: TLS detaches the socket it wraps, while the handshake can still be dragged out. It is made
        from the descriptor, for a TLS socket refuses to be duplicated.
        """
        with contextlib.suppress(OSError):
            there = connected.getpeername()
            self.peer = str(there[0]) if isinstance(there, tuple) else ""
        with self._lock:
            self._let_go()
            self._socket = socket.fromfd(connected.fileno(), connected.family, connected.type)
            if self._expired:
                _shut(self._socket)

    def expire(self) -> None:
        """The time is up."""
        with self._lock:
            self._expired = True
            if self._socket is not None:
                _shut(self._socket)

    def close(self) -> None:
        """Let go of the connection that is guarded."""
        with self._lock:
            self.closed = True
            self._let_go()

    def _let_go(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def running() -> Deadline:
    """The deadline of this thread's exchange; raises RuntimeError outside of one."""
    current: Deadline | None = getattr(_RUNNING, "deadline", None)
    if current is None:
        raise RuntimeError("a connection is made inside a deadline")
    return current


class _Watchdog:
    """One thread for all deadlines: starting a timer for each fetch costs more than a 304 on a kept connection."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, Deadline]] = []
        self._number = count()
        self._wakes_at = math.inf
        self._thread: threading.Thread | None = None

    def watch(self, one: Deadline) -> None:
        """Expire a deadline at its time, unless it is closed by then."""
        with self._changed:
            self._forget_closed()
            heapq.heappush(self._due, (one.at, next(self._number), one))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            if one.at < self._wakes_at:
                self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                late = self._next_late()
            late.expire()

    def _next_late(self) -> Deadline:
        """Wait for a deadline that has passed; the time of a wake-up stays as it is while it sleeps."""
        while True:
            self._forget_closed()
            self._wakes_at = self._due[0][0] if self._due else math.inf
            if self._wakes_at <= monotonic():
                return heapq.heappop(self._due)[2]
            self._changed.wait(None if self._wakes_at == math.inf else self._wakes_at - monotonic())

    def _forget_closed(self) -> None:
        while self._due and self._due[0][2].closed:
            heapq.heappop(self._due)


_WATCHDOG = _Watchdog()


def _shut(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
