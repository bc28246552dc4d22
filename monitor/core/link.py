"""Links: what of an address tells which page it is.

Knows redirectors and what trackers append; knows nothing of what stands behind an address. Used to find an entry again
whose id changed, never to open anything.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit

_TRACKERS = frozenset({
    "fbclid", "gclid", "dclid", "yclid", "msclkid", "mc_cid", "mc_eid", "igshid", "ref_src", "cmpid", "icid", "ocid",
    "_openstat", "ns_mchannel", "ns_source", "ns_campaign", "ns_linkname", "ns_fee", "wt_mc", "at_medium",
    "at_campaign", "at_link_id", "at_bbc_team", "traffic_source", "xtor", "smid", "taid", "oc",
})  # fmt: skip
_WEB_PORTS = {"http": ":80", "https": ":443"}
# A redirector wraps a redirector at times; more is a trap.
_MOST_WRAPS = 3


def canonical(link: str) -> str:
    """The address without scheme, `www.`, fragment and trackers, out of Google's wrapping; "" for none or nonsense."""
    for _ in range(_MOST_WRAPS):
        inner = _unwrapped(link)
        if not inner:
            break
        link = inner
    try:
        parts = urlsplit(link.strip())
    except ValueError:
        return ""
    host = parts.netloc.lower().rpartition("@")[2].removesuffix(_WEB_PORTS.get(parts.scheme, "/")).removeprefix("www.")
    if not host:
        return ""
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _tracks(name)]
    return host + (parts.path.rstrip("/") or "/") + (f"?{urlencode(sorted(query))}" if query else "")


def unwrapped(link: str) -> str:
    """The address a redirector leads to, or the link itself."""
    return _unwrapped(link) or link


def _unwrapped(link: str) -> str:
    """The page that Google's news alerts lead to."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    host = parts.netloc.lower().removeprefix("www.")
    if not (host.startswith("google.") and parts.path == "/url"):
        return ""
    query = dict(parse_qsl(parts.query))
    inner = query.get("url") or query.get("q") or ""
    return inner if inner.startswith(("http://", "https://")) else ""


def _tracks(name: str) -> bool:
    return name.lower() in _TRACKERS or name.lower().startswith("utm_")
