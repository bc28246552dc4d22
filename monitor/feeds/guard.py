"""Which addresses may be connected to.

Knows addresses, what hides inside them, and what the operator allowed; knows nothing of sockets or HTTP. A feed's
address, a redirect and an article's link are the words of strangers: without this they could have wirewatch read the
router's pages, a cloud's metadata or a database beside it. The rule is asked about the very address that is connected
to, when it is connected to, so that no name can change its meaning in between.
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from monitor.core.destination import destination
from monitor.core.feed import Fault
from monitor.errors import FetchError

WEB_PORTS = frozenset({80, 443})

Address = IPv4Address | IPv6Address
# As the standard library has it: family, type, protocol, canonical name, socket address.
AddressInfo = tuple[Any, Any, int, str, tuple[Any, ...]]

# What `is_global` lets through, by the version of Python: multicast, the relays of 6to4, protocol assignments.
_CLOSED_4 = tuple(
    map(
        IPv4Network,
        ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
         "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
         "168.63.129.16/32", "224.0.0.0/3"),
    )
)  # fmt: skip
# Of IPv6 only 2000::/3 is given out (IANA); the rest is local, translated or not there. Inside it: protocol
# assignments with Teredo and ORCHID, documentation.
_GIVEN_OUT = IPv6Network("2000::/3")
_CLOSED_6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
_NAT64 = IPv6Network("64:ff9b::/96")


class Guard:
    """The operator's allow-list over the rule that only public addresses and the web's ports are asked.

    `allow` holds host names, addresses and networks: what they cover may be anywhere, on any port. A name allows
    whatever it resolves to. `ports` are open on every public host, beside 80 and 443. Raises ValueError for an item
    that is none of these; the configuration looks at them first, and says so with line and column.
    """

    def __init__(self, *, allow: Iterable[str] = (), ports: Iterable[int] = ()) -> None:
        allowed = [destination(item) for item in allow]
        self._networks = tuple(one for one in allowed if not isinstance(one, str))
        self._names = frozenset(one for one in allowed if isinstance(one, str))
        self._ports = WEB_PORTS.union(ports)

    @property
    def outside(self) -> "Guard":
        """The same without the allow-list: for where strangers send us."""
        return Guard(ports=self._ports)

    def permitted(self, host: str, port: int, found: Iterable[AddressInfo]) -> list[AddressInfo]:
        """Those of a host's addresses that may be connected to; raises FetchError, FORBIDDEN, where none may."""
        offered = list(found)
        if host.rstrip(".").lower() in self._names:
            return offered
        permitted = [one for one in offered if self._may(str(one[4][0]), port)]
        if offered and not permitted:
            raise FetchError(self._refusal(host, port, str(offered[0][4][0])), fault=Fault.FORBIDDEN)
        return permitted

    def _may(self, address: str, port: int) -> bool:
        return (port in self._ports and is_public(address)) or self._allowed(address)

    def _allowed(self, text: str) -> bool:
        if not self._networks:
            return False
        address = ip_address(text)
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self._networks)

    def _refusal(self, host: str, port: int, address: str) -> str:
        if is_public(address):
            return f"{host}: port {port} is not one of the web's; if it is meant, add {port} to polling.ports"
        means = host if host == address else f"{host} is {address}, which"
        return f"{means} is no public address and is not asked; if it is meant, add it to polling.allow"


@lru_cache(maxsize=1024)
def is_public(text: str) -> bool:
    """Whether an address, as text, belongs to the public internet; one that wraps another is what it wraps."""
    address = ip_address(text)
    inner = wrapped(address)
    if inner is not None:
        return is_public(str(inner))
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in _CLOSED_4)
    return address.is_global and address in _GIVEN_OUT and not any(address in network for network in _CLOSED_6)


def wrapped(address: Address) -> IPv4Address | None:
    """The IPv4 address inside an IPv4-mapped, NAT64 (RFC 6052) or 6to4 (RFC 3056) one; None where there is none."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
