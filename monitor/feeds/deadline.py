"""A deadline for a whole HTTP exchange.

Knows sockets; knows nothing of feeds. The timeout of requests is per read: a server that drips five bytes a second
holds a poll for ever. Here a timer shuts the connection's socket down when the time is up, wherever the exchange then
is. Cut headers come back from http.client as an empty 200 without an exception, so whoever uses a deadline asks
`expired` before believing an answer.
"""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_RUNNING = threading.local()


class Deadline:
    """A point in time after which every socket of this thread's exchange is shut down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.expired = False

    def watch(self, connected: socket.socket) -> None:
        """Guard a connection, in place of the one before.

        A duplicate is kept: TLS detaches the socket it wraps, while the handshake can still be dragged out. It is made
        from the descriptor, for a TLS socket refuses to be duplicated.
        """
        with self._lock:
            self._let_go()
            self._socket = socket.fromfd(connected.fileno(), connected.family, connected.type)
            if self.expired:
                _shut(self._socket)

    def expire(self) -> None:
        """The time is up."""
        with self._lock:
            self.expired = True
            if self._socket is not None:
                _shut(self._socket)

    def close(self) -> None:
        """Let go of the connection that is guarded."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[Deadline]:
    """A deadline over the requests this thread makes inside the block."""
    running = Deadline()
    timer = threading.Timer(seconds, running.expire)
    timer.daemon = True
    _RUNNING.deadline = running
    timer.start()
    try:
        yield running
    finally:
        timer.cancel()
        running.close()
        _RUNNING.deadline = None


def _guarded(connected: socket.socket) -> socket.socket:
    running: Deadline | None = getattr(_RUNNING, "deadline", None)
    if running is not None:
        running.watch(connected)
    return connected


def _shut(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


class _GuardedHTTP(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _guarded(super()._new_conn())

    def request(self, *args: Any, **kwargs: Any) -> None:
        # A kept connection was made under an earlier deadline.
        if self.sock is not None:
            _guarded(self.sock)
        super().request(*args, **kwargs)


class _GuardedHTTPS(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _guarded(super()._new_conn())

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:
            _guarded(self.sock)
        super().request(*args, **kwargs)


class GuardedHTTPPool(HTTPConnectionPool):
    """A pool whose connections know the deadline of the thread that uses them."""

    ConnectionCls = _GuardedHTTP


class GuardedHTTPSPool(HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls = _GuardedHTTPS
