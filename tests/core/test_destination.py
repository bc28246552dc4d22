"""Destinations: how hosts, addresses and networks are written, and what is said of others."""

import contextlib
import re
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.destination import destination


@pytest.mark.parametrize("written", ["10.0.0.5", "10.0.0.0/8", "::1", "fd00::/8", "192.168.1.0/255.255.255.0"])
def test_addresses_and_networks_are_networks(written: str) -> None:
    assert destination(written) == ip_network(written)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("wire.intranet", "wire.intranet"),
        ("Wire.Intranet.", "wire.intranet"),
        ("localhost", "localhost"),
        ("my_host", "my_host"),
        ("4chan.example", "4chan.example"),
        ("новости.рф", "xn--b1amnebsh.xn--p1ai"),
    ],
)
def test_names_are_hosts_as_the_network_knows_them(written: str, name: str) -> None:
    assert destination(written) == name


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("10.0.0.5/8", "'10.0.0.5/8' is no address or network; write 10.0.0.0/8, or the address alone"),
        ("10.0.0.0/33", "'10.0.0.0/33' is no address or network; write one such as 10.0.0.5 or 10.0.0.0/8"),
        ("127.1", "'127.1' is no address or network; write one such as 10.0.0.5 or 10.0.0.0/8"),
        ("0x7f000001", "'0x7f000001' is no address or network; write one such as 10.0.0.5 or 10.0.0.0/8"),
        ("wire.intranet:80", "'wire.intranet:80' is no address or network; write one such as 10.0.0.5 or 10.0.0.0/8"),
        ("[::1]", "'[::1]' is no address or network; write one such as 10.0.0.5 or 10.0.0.0/8"),
        ("http://wire.intranet/", "'http://wire.intranet/' is a web address; write its host alone"),
        ("*.intranet", "'*.intranet' is no host name, address or network; write one such as wire.intranet"),
        ("two words", "'two words' is no host name, address or network; write one such as wire.intranet"),
        ("a..b", "'a..b' is no host name, address or network; write one such as wire.intranet"),
        (".", "'.' is no host name, address or network; write one such as wire.intranet"),
    ],
)
def test_what_is_no_destination_is_told_with_what_to_write(written: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        destination(written)


@given(st.text(min_size=1))
def test_whatever_is_written_is_a_destination_or_a_plain_complaint(written: str) -> None:
    found: object = None
    with contextlib.suppress(ValueError):
        found = destination(written)
    assert not isinstance(found, str) or (found.isascii() and found == found.lower())
