"""One conditional GET of a feed, bounded in time, size and redirects.

Knows HTTP and manners; knows nothing of feeds' contents. No cookies, no proxies or passwords from the environment, no
Referer; validators go back verbatim, and never to another host.
"""

import ssl
import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from monitor.core.feed import Validators
from monitor.errors import FetchError
from monitor.feeds.deadline import Deadline, GuardedHTTPPool, GuardedHTTPSPool, deadline

# All of them within one deadline.
MOST_REDIRECTS = 5
_CHUNK = 65_536
_ACCEPT = "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`timeout` is for the whole exchange; `max_bytes` counts decoded bytes."""

    timeout: timedelta
    max_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """The server said 304."""

    status: int = 304


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A body with what is needed to read it and to ask again; `url` is where it came from in the end."""

    url: str
    status: int
    body: bytes
    content_type: str
    validators: Validators


class _Adapter(HTTPAdapter):
    """Connections that keep the deadline, with one TLS context for the process.

    requests loads the CA bundle anew for every connection, 37 ms each, unless a context is handed in.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_connections=8, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": GuardedHTTPPool, "https": GuardedHTTPSPool}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """The context verifies; nothing is loaded here."""


class Fetcher:
    """Fetches feeds for several threads; each thread has a session of its own."""

    def __init__(self, *, user_agent: str, limits: Limits, context: ssl.SSLContext) -> None:
        self._user_agent = user_agent
        self._limits = limits
        self._context = context
        self._own = threading.local()

    def fetch(self, url: str, validators: Validators, now: datetime) -> Fetched | Unchanged:
        """What the server has to say; raises FetchError with one line that names the cause."""
        with deadline(self._limits.timeout.total_seconds()) as running:
            try:
                return self._follow(url, validators, now, running)
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                raise self._failure(url, error, running) from error

    def _follow(self, url: str, validators: Validators, now: datetime, running: Deadline) -> Fetched | Unchanged:
        asked = url
        for _ in range(MOST_REDIRECTS + 1):
            at_home = _host(asked) == _host(url)
            with self._get(asked, validators if at_home else Validators()) as response:
                # As requests reads it: some servers send the address in plain UTF-8.
                target = self._session().get_redirect_target(response)
                if target:
                    asked = _redirected(asked, target)
                    continue
                answer = self._answer(asked, response, now, running)
            return answer if at_home else _without_validators(answer)
        raise FetchError(f"more than {MOST_REDIRECTS} redirects; give feeds.yaml the final address")

    def _get(self, url: str, validators: Validators) -> requests.Response:
        headers = {}
        if validators.etag:
            headers["If-None-Match"] = validators.etag
        if validators.last_modified:
            headers["If-Modified-Since"] = validators.last_modified
        timeout = self._limits.timeout.total_seconds()
        return self._session().get(url, headers=headers, timeout=timeout, stream=True, allow_redirects=False)

    def _answer(self, url: str, response: requests.Response, now: datetime, running: Deadline) -> Fetched | Unchanged:
        if running.expired:
            raise FetchError(self._too_slow())
        if response.status_code == 304:
            return Unchanged()
        if response.status_code != 200:
            raise _refused(response, now)
        body = self._body(response, running)
        headers = response.headers
        return Fetched(
            url=_without_password(url),
            status=response.status_code,
            body=body,
            content_type=headers.get("Content-Type", ""),
            validators=Validators(etag=headers.get("ETag", ""), last_modified=headers.get("Last-Modified", "")),
        )

    def _body(self, response: requests.Response, running: Deadline) -> bytes:
        pieces, size = [], 0
        for piece in response.iter_content(_CHUNK):
            pieces.append(piece)
            size += len(piece)
            if size > self._limits.max_bytes:
                raise FetchError(f"the body is larger than {self._limits.max_bytes:,} bytes (polling.max_bytes)")
        if running.expired:
            raise FetchError(self._too_slow())
        return b"".join(pieces)

    def _failure(self, url: str, error: Exception, running: Deadline) -> FetchError:
        if running.expired:
            return FetchError(self._too_slow())
        return FetchError(f"{_host(url)}: {_cause(error)}")

    def _too_slow(self) -> str:
        return f"no whole answer within {self._limits.timeout.total_seconds():g} s (polling.timeout)"

    def _session(self) -> requests.Session:
        if not hasattr(self._own, "session"):
            session = requests.Session()
            session.trust_env = False
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            session.headers.update({"User-Agent": self._user_agent, "Accept": _ACCEPT})
            for scheme in ("http://", "https://"):
                session.mount(scheme, _Adapter(self._context))
            self._own.session = session
        session = self._own.session
        assert isinstance(session, requests.Session)  # noqa: S101 - threading.local is untyped
        return session


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """A Retry-After header, in seconds or as a date (RFC 9110, 10.2.3); None where it is missing or no such thing."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(until - now, timedelta())


def _refused(response: requests.Response, now: datetime) -> FetchError:
    status = response.status_code
    wait = retry_after(response.headers.get("Retry-After"), now)
    until = f", asked to wait {int(wait.total_seconds())} s" if wait else ""
    hint = {404: "; check the address in feeds.yaml", 410: "; the publisher ended this feed"}.get(status, "")
    return FetchError(f"the server answered {status} {response.reason or ''}".rstrip() + until + hint,
                      status=status, retry_after=wait)  # fmt: skip


def _redirected(url: str, target: str) -> str:
    joined = urljoin(url, target)
    if urlsplit(joined).scheme not in {"http", "https"}:
        raise FetchError(f"redirected to {urlsplit(joined).scheme}:, which is not followed")
    return joined


def _without_validators(answer: Fetched | Unchanged) -> Fetched | Unchanged:
    """The next poll begins at the feed's own address, which must not be given another host's validators."""
    return replace(answer, validators=Validators()) if isinstance(answer, Fetched) else answer


def _cause(error: Exception) -> str:
    """The innermost reason in a few words; requests and urllib3 wrap it three times."""
    text = f"{error} {error.__cause__ or ''} {error.__context__ or ''}"
    for sign, words in _CAUSES.items():
        if sign in text:
            return words
    return f"{type(error).__name__}"


_CAUSES = {
    "Name or service not known": "no such host; check the address in feeds.yaml or this machine's DNS",
    "Temporary failure in name resolution": "the name cannot be resolved now; check this machine's DNS",
    "NameResolutionError": "the name cannot be resolved; check the address in feeds.yaml or this machine's DNS",
    "Connection refused": "connection refused; nothing listens there",
    "No route to host": "no route to the host; check this machine's network",
    "Network is unreachable": "the network is unreachable; check this machine's network",
    "CERTIFICATE_VERIFY_FAILED": "its certificate is not trusted",
    "timed out": "the connection timed out",
    "Connection reset": "the connection was reset",
    "RemoteDisconnected": "the server hung up without an answer",
    "got more than": "the server sent too many headers",
    "Invalid URL": "a redirect leads to no valid address",
}


def _host(url: str) -> str:
    """Host and port, without a password that stands before them: errors name it."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _without_password(url: str) -> str:
    """Relative links of entries are completed with it, and shown."""
    return urlsplit(url)._replace(netloc=_host(url)).geturl() if "@" in url else url
