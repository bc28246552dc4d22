"""Destinations an operator names: hosts, addresses and networks.

Knows how they are written; knows nothing of what is done with them, and asks nobody what a name means.
"""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network

Network = IPv4Network | IPv6Network

# What the resolver takes for an address, though it is not written as one: 127.1 and 0x7f000001 are 127.0.0.1.
_NUMBER = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)", re.IGNORECASE)
_HOST = re.compile(r"([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}")


def destination(written: str) -> Network | str:
    """A network (an address is one of its own), or a host name in lower case and ASCII.

    Raises ValueError for what is neither, with one line that says what to write.
    """
    if "://" in written:
        raise ValueError(f"{written!r} is a web address; write its host alone")
    base = written.partition("/")[0]
    if "/" in written or ":" in written or _NUMBER.fullmatch(base):
        return _network(written)
    return _host(written)


def _network(written: str) -> Network:
    """10.0.0.5/8 may mean one host or sixteen million."""
    try:
        return ip_network(written)
    except ValueError:
        pass
    try:
        meant = f"; write {ip_network(written, strict=False)}, or the address alone"
    except ValueError:
        meant = "; write one such as 10.0.0.5 or 10.0.0.0/8"
    raise ValueError(f"{written!r} is no address or network{meant}")


def _host(written: str) -> str:
    try:
        name = written.rstrip(".").lower().encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if not (_HOST.fullmatch(name) and len(name) <= 253):
        raise ValueError(f"{written!r} is no host name, address or network; write one such as wire.intranet")
    return name
