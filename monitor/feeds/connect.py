"""Connections to feeds' servers: made only to permitted addresses, kept for a while, watched by a deadline.

Knows sockets, name lookups and the insides of requests and urllib3; knows nothing of feeds or redirects.
"""

import logging
import queue
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from itertools import islice
from time import monotonic
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError, NewConnectionError

from monitor.feeds.address import read
from monitor.feeds.deadline import Deadline, running
from monitor.feeds.guard import AddressInfo, Guard

# What it warns of comes back as errors; by itself it prints a traceback for each header it cannot read.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)

# A host name and a port to what `socket.getaddrinfo` gives; raises OSError.
Resolve = Callable[[str, int], list[AddressInfo]]

# Feeds of one host come one after another; more connections than these would only wait to be closed.
MOST_KEPT = 64
# Proxies and firewalls forget a silent connection after minutes, and swallow what is sent on it.
KEPT_SECONDS = 60.0
# A name may have thousands of addresses, to have them all knocked at.
_MOST_ADDRESSES = 6
# What has arrived is still read when the deadline shuts a connection: 6 MB of "100 Continue" would take seconds more.
_MOST_UNREAD = 262_144
# Lookups that a dead resolver holds; each ends by itself, long after the poll that asked.
MOST_LOOKUPS = 64


def system_resolve(host: str, port: int) -> list[AddressInfo]:
    """The machine's own resolver."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


class Dialer:
    """Connects to hosts by name: looked up once, judged, and connected to at the address that was judged."""

    def __init__(self, guard: Guard, resolve: Resolve = system_resolve) -> None:
        self._guard = guard
        self._resolve = resolve
        self._lookups = threading.BoundedSemaphore(MOST_LOOKUPS)

    def dial(self, host: str, port: int) -> socket.socket:
        """A connected socket, within the running deadline.

        Raises FetchError for an address that is not permitted, socket.gaierror where the name leads nowhere, and
        OSError where nobody answers.
        """
        limit = running()
        addresses = self._guard.permitted(host, port, self._addresses(host, port, limit))[:_MOST_ADDRESSES]
        failure: OSError = _nowhere()
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            try:
                return _connected(address, limit.remaining / left, limit)
            except OSError as error:
                failure = error
        raise failure

    def _addresses(self, host: str, port: int, limit: Deadline) -> list[AddressInfo]:
        try:
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        except (OSError, UnicodeError):
            return self._looked_up(host, port, limit)

    def _looked_up(self, host: str, port: int, limit: Deadline) -> list[AddressInfo]:
        """A lookup has no timeout of its own: it is left behind where it outlasts the deadline."""
        answer: queue.SimpleQueue[list[AddressInfo] | Exception] = queue.SimpleQueue()

        def look_up() -> None:
            try:
                answer.put(self._resolve(host, port))
            except Exception as error:  # noqa: BLE001 - handed to the thread that asked
                answer.put(error)
            finally:
                self._lookups.release()

        if not self._lookups.acquire(timeout=limit.remaining):
            raise TimeoutError("name lookup timed out")
        threading.Thread(target=look_up, name=f"lookup of {host}", daemon=True).start()
        try:
            found = answer.get(timeout=limit.remaining)
        except queue.Empty:
            raise TimeoutError("name lookup timed out") from None
        if isinstance(found, UnicodeError):
            raise _nowhere() from found
        if isinstance(found, Exception):
            raise found
        return found


def _nowhere() -> socket.gaierror:
    return socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def _connected(address: AddressInfo, seconds: float, limit: Deadline) -> socket.socket:
    family, kind, protocol, _, place = address
    one = socket.socket(family, kind, protocol)
    try:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _MOST_UNREAD)
        one.settimeout(seconds)
        one.connect(place)
        limit.watch(one)
    except BaseException:
        one.close()
        raise
    return one


class _Dialled:
    """What both kinds of connection do in their own way."""

    def __init__(self, *args: Any, dialer: Dialer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._dialer = dialer
        self._used_at = monotonic()

    def _new_conn(self: Any) -> socket.socket:
        try:
            connected = self._dialer.dial(self._dns_host, self.port)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except OSError as error:
            raise NewConnectionError(self, f"Failed to establish a new connection: {error}") from error
        assert isinstance(connected, socket.socket)  # noqa: S101 - the mixture is untyped
        return connected

    def request(self: Any, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:
            # It was made under an earlier deadline.
            limit = running()
            limit.reused = True
            limit.watch(self.sock)
        super().request(*args, **kwargs)  # type: ignore[misc]
        self._used_at = monotonic()

    @property
    def is_connected(self: Any) -> bool:
        """Whether it may be used again."""
        return monotonic() - self._used_at < KEPT_SECONDS and bool(super().is_connected)  # type: ignore[misc]


class _Plain(_Dialled, HTTPConnection):
    pass


class _Secure(_Dialled, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class Adapter(HTTPAdapter):
    """Sends prepared requests for several threads, on connections that are dialled, with one TLS context for all.

    requests loads the CA bundle anew for every connection, 37 ms each, unless a context is handed in. What it does
    for each answer beside that (cookies, copies of headers) is left out: the answer's headers are urllib3's.
    """

    def __init__(self, context: ssl.SSLContext, dialer: Dialer) -> None:
        self._context = context
        self._dialer = dialer
        self._lock = threading.Lock()
        self._pools: dict[tuple[str, str, int], HTTPConnectionPool] = {}
        super().__init__(max_retries=0)

    def get_connection_with_tls_context(self, request: Any, *_args: Any, **_kwargs: Any) -> HTTPConnectionPool:
        """The connections to the request's host; the longest unused are let go of beyond `MOST_KEPT`.

        They are closed when the last exchange on them is over.
        """
        to = read(request.url)
        key = (to.scheme, to.host, to.port)
        with self._lock:
            pool = self._pools.pop(key, None) or self._new_pool(*key)
            self._pools[key] = pool
            for old in list(islice(self._pools, max(len(self._pools) - MOST_KEPT, 0))):
                del self._pools[old]
        return pool

    def _new_pool(self, scheme: str, host: str, port: int) -> HTTPConnectionPool:
        if scheme == "https":
            return _SecurePool(host, port, maxsize=1, ssl_context=self._context, dialer=self._dialer)
        return _PlainPool(host, port, maxsize=1, dialer=self._dialer)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """The context verifies; nothing is loaded here."""

    def request_url(self, request: Any, proxies: Mapping[str, str] | None) -> str:  # noqa: ARG002 - requests' interface
        """The path: there are no proxies."""
        path = request.path_url
        assert isinstance(path, str)  # noqa: S101 - requests' own
        return path

    def build_response(self, req: Any, resp: urllib3.BaseHTTPResponse) -> requests.Response:
        """The answer, with urllib3's headers, which know names in any case."""
        response = requests.Response()
        response.status_code = resp.status
        response.headers = resp.headers  # type: ignore[assignment]
        response.raw = resp
        response.url = req.url
        response.request = req
        return response
