"""What is said of an answer that is no feed: one line, and the kind of fault.

Knows statuses and what libraries call their troubles; knows nothing of how feeds are asked for.
"""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus

import requests
import urllib3

from monitor.core.feed import Fault
from monitor.errors import FetchError
from monitor.feeds.challenge import challenge

_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_HINTS = {
    304: " to a request without conditions",
    404: "; check the address in feeds.yaml",
    410: "; the publisher ended this feed",
}
_CAUSES = {
    "Name or service not known": "no such host; check the address in feeds.yaml or this machine's DNS",
    "Temporary failure in name resolution": "the name cannot be resolved now; check this machine's DNS",
    "name lookup timed out": "the name cannot be resolved now; check this machine's DNS",
    "NameResolutionError": "the name cannot be resolved; check the address in feeds.yaml or this machine's DNS",
    "Connection refused": "connection refused; nothing listens there",
    "No route to host": "no route to the host; check this machine's network",
    "Network is unreachable": "the network is unreachable; check this machine's network",
    "CERTIFICATE_VERIFY_FAILED": "its certificate is not trusted",
    "timed out": "the connection timed out",
    "Connection reset": "the connection was reset",
    "RemoteDisconnected": "the server hung up without an answer",
    "got more than": "the server sent too many headers",
    "IncompleteRead": "the connection ended before the whole body had come",
    "InvalidChunkLength": "the connection ended before the whole body had come",
    "Received response with content-encoding": "the body is not in the compression that its Content-Encoding claims",
}


def refused(status: int, headers: Mapping[str, str], page: bytes, wait: timedelta | None) -> FetchError:
    """The error for an answer that is neither a body nor a 304; `page` is the beginning of its body.

    Its words are the standard's: the server's own may be anything.
    """
    wall = challenge(status, headers, page)
    if wall:
        return blocked(wall, status, wait)
    said = f"the server answered {status} {_PHRASES.get(status, '')}".rstrip()
    return FetchError(
        said + asked_to(wait) + _HINTS.get(status, ""), fault=_fault(status, wait), status=status, retry_after=wait
    )


def blocked(wall: str, status: int, wait: timedelta | None) -> FetchError:
    """The error for a bot challenge."""
    said = f"a bot challenge ({wall}) stands before the feed{asked_to(wait)}; ask its publisher to let readers through"
    return FetchError(said, fault=Fault.BLOCKED, status=status, retry_after=wait)


def failed(site: str, error: Exception) -> FetchError:
    """The error for an exchange that broke off, with the innermost reason in a few words."""
    undecodable = isinstance(error, requests.exceptions.ContentDecodingError | urllib3.exceptions.DecodeError)
    fault = Fault.UNREADABLE if undecodable else Fault.NO_ANSWER
    return FetchError(f"{site}: {_cause(error)}", fault=fault)


def elsewhere(site: str, error: FetchError) -> FetchError:
    """The same error, saying that it came of a redirect to this site."""
    said = str(error).removeprefix(f"{site}: ")
    return FetchError(
        f"redirected to {site}: {said}", fault=error.fault, status=error.status, retry_after=error.retry_after
    )


def asked_to(wait: timedelta | None) -> str:
    """The pause a server asks for, as the end of a line."""
    return f", asked to wait {int(wait.total_seconds())} s" if wait else ""


def _fault(status: int, wait: timedelta | None) -> Fault:
    if status == 429 or (status == 503 and wait is not None):
        return Fault.THROTTLED
    return Fault.GONE if status == 410 else Fault.REFUSED


def _cause(error: Exception) -> str:
    """The innermost reason, which requests and urllib3 wrap three times."""
    text = f"{error} {error.__cause__ or ''} {error.__context__ or ''}"
    return next((words for sign, words in _CAUSES.items() if sign in text), type(error).__name__)
