"""One conditional GET of a feed, bounded in time, size and redirects.

Knows HTTP and manners; knows nothing of feeds' contents. No cookies, no proxies or passwords from the environment, no
Referer; validators go back verbatim, and never to another host.
"""

import copy
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import requests
import urllib3
from urllib3.util.request import ACCEPT_ENCODING

from monitor.core.feed import Fault, Validators
from monitor.errors import FetchError
from monitor.feeds import address
from monitor.feeds.address import Address
from monitor.feeds.challenge import BODY_START, challenge
from monitor.feeds.connect import Adapter, Dialer, Resolve, system_resolve
from monitor.feeds.deadline import Deadline
from monitor.feeds.freshness import fresh_for, retry_after
from monitor.feeds.guard import Guard, is_public
from monitor.feeds.manners import Turns
from monitor.feeds.refusal import asked_to, blocked, elsewhere, failed, refused

# All of them within one deadline.
MOST_REDIRECTS = 5
# A redirect may ask for a pause before it is followed; a longer one is left for another poll.
LONGEST_STOP = timedelta(seconds=5)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_CHUNK = 65_536
# Some are as long as a page; they would go back with each request.
_LONGEST_VALIDATOR = 2_000
_ACCEPT = "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`timeout` is for the whole exchange with its redirects, not for the wait for a host's turn.

    `max_bytes` counts decoded bytes.
    """

    timeout: timedelta
    max_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """The server said 304.

    `validators` replace those it was asked with, None where those still hold; `fresh_for` and `moved_to` are as in
    `Fetched`.
    """

    status: int = 304
    validators: Validators | None = None
    fresh_for: timedelta | None = None
    moved_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A body with what is needed to read it and to ask again; `url` is where it came from in the end.

    `fresh_for` is how long the server promises the same answer, or asks not to be asked; None for neither. `moved_to`
    is the address the feed has moved to for good: every hop was 301 or 308 (RFC 9110, 15.4). It is "" otherwise, and
    where the address that was asked holds a password, which would be lost.
    """

    url: str
    status: int
    body: bytes
    content_type: str
    validators: Validators
    fresh_for: timedelta | None = None
    moved_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Redirect:
    url: str
    permanent: bool
    stop: timedelta


class Fetcher:
    """Fetches feeds for several threads, which share its connections and take turns at each host.

    `gap` is the pause between two requests to one host. `resolve` looks names up, once for each connection; what it
    finds is judged by `guard`, which without one permits only public addresses.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        limits: Limits,
        context: ssl.SSLContext,
        guard: Guard | None = None,
        gap: timedelta = timedelta(),
        resolve: Resolve = system_resolve,
    ) -> None:
        self._limits = limits
        self._headers = {"User-Agent": user_agent, "Accept": _ACCEPT, "Accept-Encoding": ACCEPT_ENCODING}
        guard = guard or Guard()
        self._own = Adapter(context, Dialer(guard, resolve))
        self._strangers = Adapter(context, Dialer(guard.outside, resolve))
        self._turns = Turns(gap)

    def fetch(self, url: str, validators: Validators, now: datetime) -> Fetched | Unchanged:
        """What the server has to say; raises FetchError with one line that names the cause.

        The allow-list holds for the host that is asked: no redirect leads from outside our walls inside.
        Waits for its turn at the host first; where that takes too long, the error is THROTTLED and has no status. The
        validators of an answer from another host are empty: the next poll begins at `url`, which must not be given
        them.
        """
        home = here = address.read(url)
        asked, permanent, seconds, inside = url, True, self._limits.timeout.total_seconds(), True
        for _ in range(MOST_REDIRECTS + 1):
            known = validators if here.site == home.site else Validators()
            with self._turns.turn(here.host), Deadline(seconds) as running:
                through = self._own if inside or here.host == home.host else self._strangers
                answer = self._exchange(home, here, asked, known, now, running, through)
            seconds, inside = seconds - running.used, inside and _inside(running)
            if not isinstance(answer, _Redirect):
                moved_to = _moved(url, asked) if permanent else ""
                return answer if here is home else _settled(answer, home, here, moved_to)
            asked, permanent = answer.url, permanent and answer.permanent
            here = address.read(asked)
            time.sleep(answer.stop.total_seconds())
        message = f"more than {MOST_REDIRECTS} redirects; give feeds.yaml the final address"
        raise FetchError(message, fault=Fault.FORBIDDEN)

    def for_strangers(self) -> "Fetcher":
        """The same fetcher, with its turns and connections, but without the allow-list: for what feeds link to."""
        other = copy.copy(self)
        other._own = self._strangers  # noqa: SLF001 - our own
        return other

    def _exchange(
        self,
        home: Address,
        here: Address,
        asked: str,
        known: Validators,
        now: datetime,
        running: Deadline,
        through: Adapter,
    ) -> Fetched | Unchanged | _Redirect:
        """One request and what came back; errors name the host where it is not the feed's own."""
        try:
            return self._asked(here, asked, known, now, running, through)
        except FetchError as error:
            if here.site == home.site:
                raise
            raise elsewhere(here.site, error) from error

    def _asked(
        self, here: Address, asked: str, known: Validators, now: datetime, running: Deadline, through: Adapter
    ) -> Fetched | Unchanged | _Redirect:
        self._in_time(running)
        try:
            with self._send(here, known, running, through) as response:
                self._in_time(running)
                return self._read(asked, response, known, now, running)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            self._in_time(running)
            raise failed(here.site, error) from error

    def _send(self, here: Address, known: Validators, running: Deadline, through: Adapter) -> requests.Response:
        request = _request(here, self._headers, known)
        try:
            return through.send(request, stream=True, timeout=running.remaining)
        except requests.ConnectionError:
            # The server closed a kept connection while the request was on its way (RFC 9112, 9.3.1).
            if not running.reused or running.expired:
                raise
        return through.send(request, stream=True, timeout=running.remaining)

    def _read(
        self, asked: str, response: requests.Response, known: Validators, now: datetime, running: Deadline
    ) -> Fetched | Unchanged | _Redirect:
        status, headers = response.status_code, response.headers
        if status == 304 and known != Validators():
            response.raw.drain_conn()
            return Unchanged(validators=_renewed(known, headers), fresh_for=_promised(headers, now))
        if status in _REDIRECTS and "Location" in headers:
            return _redirect(asked, response, now)
        if status != 200:
            raise refused(status, headers, _start(response), retry_after(headers, now))
        body = self._body(response, running)
        if not body and response.raw.length_remaining is None and not response.raw.chunked:
            # What http.client makes of headers that are cut off.
            raise FetchError(f"{address.read(asked).site}: the answer broke off before its body")
        wall = challenge(status, headers, body[:BODY_START])
        if wall:
            raise blocked(wall, status, retry_after(headers, now))
        return Fetched(
            url=address.without_password(asked),
            status=status,
            body=body,
            content_type=headers.get("Content-Type", ""),
            validators=_renewed(Validators(), headers) or Validators(),
            fresh_for=_promised(headers, now),
        )

    def _body(self, response: requests.Response, running: Deadline) -> bytes:
        pieces, size = [], 0
        for piece in response.iter_content(_CHUNK):
            pieces.append(piece)
            size += len(piece)
            if size > self._limits.max_bytes:
                message = f"the body is larger than {self._limits.max_bytes:,} bytes (polling.max_bytes)"
                raise FetchError(message, fault=Fault.FORBIDDEN)
        self._in_time(running)
        return b"".join(pieces)

    def _in_time(self, running: Deadline) -> None:
        if running.expired:
            seconds = self._limits.timeout.total_seconds()
            raise FetchError(f"no whole answer within {seconds:g} s (polling.timeout)")


def _inside(running: Deadline) -> bool:
    return bool(running.peer) and not is_public(running.peer)


def _request(here: Address, headers: Mapping[str, str], known: Validators) -> requests.PreparedRequest:
    said = dict(headers)
    if here.authorization:
        said["Authorization"] = here.authorization
    if known.etag:
        said["If-None-Match"] = known.etag
    if known.last_modified:
        said["If-Modified-Since"] = known.last_modified
    request = requests.PreparedRequest()
    request.method, request.url = "GET", here.url
    # A plain dict: requests' own copies itself item by item, and nobody asks this one in another case.
    request.headers = said  # type: ignore[assignment]
    return request


def _renewed(known: Validators, headers: Mapping[str, str]) -> Validators | None:
    """What an answer brings in place of what is known (RFC 9111, 4.3.4); None where it brings nothing else."""
    etag, last_modified = headers.get("ETag", known.etag), headers.get("Last-Modified", known.last_modified)
    if etag == known.etag and last_modified == known.last_modified:
        return None
    return Validators(etag=_sendable(etag), last_modified=_sendable(last_modified))


def _sendable(validator: str) -> str:
    return validator if len(validator) <= _LONGEST_VALIDATOR and validator.isprintable() else ""


def _promised(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """For how long the answer is good, or the pause it asks for where that is longer."""
    return max((span for span in (fresh_for(headers, now), retry_after(headers, now)) if span), default=None)


def _redirect(asked: str, response: requests.Response, now: datetime) -> _Redirect:
    status, stop = response.status_code, retry_after(response.headers, now) or timedelta()
    if stop > LONGEST_STOP:
        message = f"the server answered {status}{asked_to(stop)} before it sends us on"
        raise FetchError(message, fault=Fault.THROTTLED, status=status, retry_after=stop)
    length = response.raw.length_remaining
    if length is not None and length < _CHUNK:
        # Read to its end, so that the connection can be kept.
        response.raw.drain_conn()
    target = address.joined(asked, response.headers["Location"])
    return _Redirect(url=target, permanent=status in _PERMANENT, stop=stop)


def _start(response: requests.Response) -> bytes:
    """The beginning of a page that refuses, as far as it can be read."""
    try:
        return next(response.iter_content(BODY_START), b"")
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError):
        return b""


def _moved(url: str, final: str) -> str:
    return "" if final == url or address.has_password(url) else address.without_password(final).partition("#")[0]


def _settled(answer: Fetched | Unchanged, home: Address, here: Address, moved_to: str) -> Fetched | Unchanged:
    if isinstance(answer, Fetched) and here.site != home.site:
        answer = replace(answer, validators=Validators())
    return replace(answer, moved_to=moved_to)
