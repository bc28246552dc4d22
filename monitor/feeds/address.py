"""Web addresses, as they are asked for and as they are shown.

Knows URLs and what of them goes into a request; knows nothing of which may be asked. Addresses come from the desk, and
from redirects, which are the words of strangers.
"""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urldefrag, urljoin, urlsplit

import requests

from monitor.core.feed import Fault
from monitor.errors import FetchError

_WEB_PORTS = {"http": 80, "https": 443}
_LONGEST = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address taken apart.

    `url` is what goes out, without fragment or password; `authorization` is the header that carries the password, or
    "". `host` is the host alone, by which manners go; `site` is it with a port that is not the scheme's own, by which
    validators go and which errors name.
    """

    url: str
    scheme: str
    host: str
    port: int
    site: str
    authorization: str


@lru_cache(maxsize=4_096)
def read(url: str) -> Address:
    """An address; raises FetchError, FORBIDDEN, for what is none of the web's."""
    try:
        scheme = urlsplit(url).scheme.lower()
        if scheme not in _WEB_PORTS:
            raise FetchError(f"{shown(scheme) or 'no'}: is not fetched, only http: and https:", fault=Fault.FORBIDDEN)
        if len(url) > _LONGEST:
            raise FetchError(f"an address of {len(url):,} characters is not asked", fault=Fault.FORBIDDEN)
        request = requests.PreparedRequest()
        request.prepare(method="GET", url=url)
        parts = urlsplit(without_password(urldefrag(request.url or "").url))
        host, port = (parts.hostname or "").rstrip("."), parts.port or _WEB_PORTS[scheme]
    except (requests.RequestException, ValueError) as error:
        raise FetchError(f"{shown(url)!r} is no valid address", fault=Fault.FORBIDDEN) from error
    named = f"[{host}]" if ":" in host else host
    return Address(
        url=parts.geturl(),
        scheme=scheme,
        host=host,
        port=port,
        site=named if port == _WEB_PORTS[scheme] else f"{named}:{port}",
        authorization=request.headers.get("Authorization", ""),
    )


def joined(url: str, location: str) -> str:
    """Where a Location header leads from an address; raises FetchError, FORBIDDEN, where that is nowhere on the web.

    Some servers send it in plain UTF-8, which http.client reads as Latin-1.
    """
    try:
        target = location.encode("latin-1").decode("utf-8")
    except ValueError:
        target = location
    try:
        found = urljoin(url, target)
        read(found)
    except (FetchError, ValueError) as error:
        said = error if isinstance(error, FetchError) else f"{shown(target)!r} is no valid address"
        raise FetchError(f"a redirect leads astray: {said}", fault=Fault.FORBIDDEN) from error
    return found


def without_password(url: str) -> str:
    """Relative links of entries are completed with it, and shown."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if "@" in url else url


def has_password(url: str) -> bool:
    """Whether an address names who asks."""
    return "@" in urlsplit(url).netloc


def shown(text: str) -> str:
    """A stranger's words, fit for a line of the log."""
    return "".join(char for char in text[:100] if char.isprintable())
