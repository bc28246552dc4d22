"""Whether it is our own side that is cut off: nobody answers anywhere, or every host answers with a web page.

Knows hosts and how asking them went, in the order in which polls are filed; knows nothing of feeds or alerts.

A captive portal, a hijacked name server or a transparent proxy answers for every host: with a page in place of a feed,
or with an address inside our own walls. That counts as no answer. A transparent proxy without its own upstream answers
502 for everybody; since five publishers can hardly fail at once, but two can, such answers count with five hosts and
not with three.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from monitor.core.feed import Fault
from monitor.core.keeping import dumped, kept, loaded, revived

# Two hosts fail together by chance, and one minute is a server that restarts.
_HOSTS, _HOSTS_REFUSING = 3, 5
_LEAST = timedelta(minutes=1)
# Hosts that were failing before count for nothing; more of them than this are forgotten, the longest known first.
_MOST_DEAD, _MOST_CUT_OFF = 100, 20


class Sign(Enum):
    """What asking a host says of our own side."""

    THROUGH = auto()
    CUT_OFF = auto()
    REFUSED = auto()
    NOTHING = auto()


_SIGNS = {
    None: Sign.THROUGH,
    Fault.THROTTLED: Sign.THROUGH,
    Fault.BLOCKED: Sign.THROUGH,
    Fault.GONE: Sign.THROUGH,
    Fault.NO_ANSWER: Sign.CUT_OFF,
    Fault.NO_FEED: Sign.CUT_OFF,
    Fault.FORBIDDEN: Sign.CUT_OFF,
    Fault.REFUSED: Sign.REFUSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A host was asked; `fault` is why nothing came of it, None where a feed or a 304 did."""

    at: datetime
    host: str
    fault: Fault | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What is known of our own side.

    `out` is since when it is cut off, None while it is not; `back` when it last came back. `silent` are the hosts that
    failed since anybody answered, from `begun` on, `refusing` those of them that spoke, `dead` those that failed while
    others answered.
    """

    out: datetime | None = None
    back: datetime | None = None
    begun: datetime | None = None
    silent: tuple[str, ...] = ()
    refusing: tuple[str, ...] = ()
    pages: int = 0
    dead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSide:
    """What a contact changed: `detail` says why our own side was found cut off; it is empty when it came back."""

    reach: Reach
    opened: bool = False
    closed: bool = False
    detail: str = ""


def asked(reach: Reach, contact: Contact) -> OwnSide:
    """What is known of our own side after a poll; to be asked in the order in which polls are filed.

    It is cut off when three different hosts, none of them failing before, came to nothing within a minute or more in
    which nobody answered. It is back with the first answer. With one or two hosts it cannot be told from their own
    fault.
    """
    sign = _SIGNS.get(contact.fault, Sign.NOTHING)
    if sign is Sign.THROUGH:
        return _through(reach, contact)
    if sign is Sign.NOTHING or contact.host in reach.dead:
        return OwnSide(reach=reach)
    later = _cut_off(reach, contact, refused=sign is Sign.REFUSED)
    if later.out is None and _all_silent(later, contact.at):
        later = replace(later, out=later.begun)
        return OwnSide(reach=later, opened=True, detail=_detail(later, contact))
    return OwnSide(reach=later)


def holds_back(reach: Reach, fault: Fault | None) -> bool:
    """Whether a feed's fault is our own side's as long as that is cut off, or seems to be and is not told yet."""
    sign = _SIGNS.get(fault)
    suspected = sign is Sign.CUT_OFF and not reach.refusing and len(reach.silent) >= _HOSTS
    return suspected or (reach.out is not None and sign in {Sign.CUT_OFF, Sign.REFUSED})


def packed(reach: Reach) -> str:
    """As the store keeps it."""
    return dumped(kept(reach))


def unpacked(stored: str) -> Reach:
    """What `packed` wrote; what cannot be read is as if it was never known."""
    return revived(Reach, loaded(stored))


def _through(reach: Reach, contact: Contact) -> OwnSide:
    closed = reach.out is not None
    # What failed while others answer is at fault itself. After an outage nobody is: each gets a fresh start.
    failing = () if closed else reach.silent
    dead = [host for host in (*reach.dead, *failing) if host != contact.host]
    later = Reach(back=contact.at if closed else reach.back, dead=tuple(dict.fromkeys(dead))[-_MOST_DEAD:])
    return OwnSide(reach=later, closed=closed)


def _cut_off(reach: Reach, contact: Contact, *, refused: bool) -> Reach:
    return replace(
        reach,
        begun=min(reach.begun or contact.at, contact.at),
        silent=_with(reach.silent, contact.host),
        refusing=_with(reach.refusing, contact.host) if refused else reach.refusing,
        pages=reach.pages + (contact.fault is Fault.NO_FEED),
    )


def _all_silent(reach: Reach, at: datetime) -> bool:
    needed = _HOSTS_REFUSING if reach.refusing else _HOSTS
    return len(reach.silent) >= needed and reach.begun is not None and at - reach.begun >= _LEAST


def _detail(reach: Reach, contact: Contact) -> str:
    hosts = f"{', '.join(reach.silent[:3])}{' and others' if len(reach.silent) > 3 else ''}"
    since = f"since {contact.at if reach.begun is None else reach.begun:%Y-%m-%d %H:%M} UTC"
    if reach.refusing:
        return f"every host refuses {since} ({hosts}); look at this machine's proxy and network"
    if reach.pages:
        return f"every host gives a web page in place of its feed {since} ({hosts}); look for a log-in page or a proxy"
    return f"nobody answers anywhere {since} ({hosts}); look at this machine's network and name server"


def _with(hosts: Sequence[str], host: str) -> tuple[str, ...]:
    return tuple(hosts) if host in hosts else (*hosts, host)[-_MOST_CUT_OFF:]
