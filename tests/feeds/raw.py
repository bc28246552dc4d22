"""Servers that say what no HTTP library would: written byte by byte on a socket on loopback, over TLS if asked."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# No test waits so long; a thread that does ends with an error that nobody needs.
PATIENCE = 10.0

Talk = Callable[["Conversation"], None]


class Conversation:
    """One connection, as a test's `talk` sees it."""

    def __init__(self, connected: socket.socket, stopping: threading.Event) -> None:
        self._socket = connected
        self._stopping = stopping

    def hear(self) -> bytes:
        """The head of a request; empty when the other side has gone."""
        head = b""
        self._socket.settimeout(0.1)
        while not head.endswith(b"\r\n\r\n"):
            try:
                piece = self._socket.recv(1)
            except TimeoutError:
                piece = None
            if piece == b"" or self._stopping.is_set():
                return b""
            head += piece or b""
        self._socket.settimeout(PATIENCE)
        return head

    def say(self, data: bytes) -> None:
        """Send all of it."""
        self._socket.sendall(data)

    def drip(self, data: bytes, pause: float = 0.05) -> None:
        """Send it byte by byte, until all is said or the test is over."""
        for byte in data:
            self._socket.sendall(bytes([byte]))
            if self._stopping.wait(pause):
                return

    def stay_silent(self) -> None:
        """Say nothing until the test is over."""
        self._stopping.wait()


class RawServer:
    """Holds each conversation in a thread of its own."""

    def __init__(self, talk: Talk, tls: ssl.SSLContext | None) -> None:
        self.connections = 0
        self._talk = talk
        self._tls = tls
        self._stopping = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(0.05)
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def port(self) -> int:
        return int(self._listening.getsockname()[1])

    @property
    def origin(self) -> str:
        return f"{'https' if self._tls else 'http'}://localhost:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.origin}/feed.xml"

    def close(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._listening.close()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                connected, _ = self._listening.accept()
                self.connections += 1
                self._threads.append(threading.Thread(target=self._converse, args=(connected,)))
                self._threads[-1].start()

    def _converse(self, connected: socket.socket) -> None:
        connected.settimeout(PATIENCE)
        with contextlib.suppress(OSError), connected:
            if self._tls is None:
                self._talk(Conversation(connected, self._stopping))
                return
            with self._tls.wrap_socket(connected, server_side=True) as secure:
                self._talk(Conversation(secure, self._stopping))


@contextmanager
def raw_server(talk: Talk, tls: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    """A server for the time of a test."""
    server = RawServer(talk, tls)
    try:
        yield server
    finally:
        server.close()


def answering(body: bytes, *, close: bool = True) -> Talk:
    """A talk that gives every request this body, and keeps the connection unless it is to be closed."""

    def talk(one: Conversation) -> None:
        while one.hear():
            connection = b"Connection: close\r\n" if close else b""
            one.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n" % (len(body), connection) + body)
            if close:
                return

    return talk
