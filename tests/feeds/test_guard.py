"""Which addresses are asked: every form a private one can take is refused, before anything is sent to it."""

import socket
import ssl
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.feed import Fault
from monitor.errors import FetchError
from monitor.feeds.guard import AddressInfo, Guard, is_public
from tests.feeds.asking import LOOPBACK, fetched, fetcher, refused, sent_on
from tests.feeds.raw import Conversation, answering, raw_server
from tests.support.http import Answer, http_server
from tests.support.tls import Tls

STRICT = Guard()


def at(*addresses: str, port: int = 80) -> list[AddressInfo]:
    """What a lookup finds."""
    families = {4: socket.AF_INET, 6: socket.AF_INET6}
    return [
        (families[ip_address(one).version], socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (one, port))
        for one in addresses
    ]


class Names:
    """A resolver under a stranger's control: what it says of each name in turn, and how often it was asked."""

    def __init__(self, *answers: str | tuple[str, ...]) -> None:
        self.answers = [(one,) if isinstance(one, str) else one for one in answers]
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> list[AddressInfo]:
        self.asked.append(host)
        return at(*self.answers[min(len(self.asked), len(self.answers)) - 1], port=port)


# --- the rule

NOT_PUBLIC = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
    "127.255.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.9", "192.0.2.1",
    "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::7f00:1", "::8.8.8.8",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "64:ff9b:1::8.8.8.8", "100::1", "2001::1", "2001:0:7f00:1::1",
    "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::1",
    "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1",
    "4000::1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1",
    "198.17.0.1", "223.255.255.254", "2606:4700:4700::1111", "2a00:1450:4001::200e", "2001:4860:4860::8888",
    "2001:200::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1",
]  # fmt: skip


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_not_asked(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(FetchError, match="is no public address") as caught:
        STRICT.permitted("wire.example", 80, at(address))
    assert caught.value.fault is Fault.FORBIDDEN


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_asked_on_the_ports_of_the_web(address: str) -> None:
    assert STRICT.permitted("wire.example", 443, at(address)) == at(address)


@given(st.integers(0, 2**32 - 1).map(IPv4Address) | st.sampled_from(["127.0.0.1", "10.1.2.3"]).map(IPv4Address))
def test_an_address_inside_another_is_judged_like_itself(inner: IPv4Address) -> None:
    for prefix, shift in (("::ffff:0:0", 0), ("64:ff9b::", 0), ("2002::", 80)):
        outer = IPv6Address(int(IPv6Address(prefix)) | int(inner) << shift)
        assert is_public(str(outer)) == is_public(str(inner)), outer


@given(st.integers(0, 2**128 - 1).map(IPv6Address) | st.integers(0, 2**64).map(IPv6Address))
def test_outside_of_what_is_given_out_no_address_of_ipv6_is_public_in_itself(address: IPv6Address) -> None:
    given_out = int(address) >> 125 == 1
    wraps = address.ipv4_mapped is not None or int(address) >> 32 == int(IPv6Address("64:ff9b::")) >> 32
    assert given_out or wraps or not is_public(str(address))


# --- what the operator allows


@pytest.mark.parametrize("allowed", ["10.0.0.5", "10.0.0.0/8", "wire.intranet", "Wire.Intranet."])
def test_an_address_that_is_allowed_may_be_anywhere_on_any_port(allowed: str) -> None:
    assert Guard(allow=[allowed]).permitted("wire.intranet", 8080, at("10.0.0.5")) == at("10.0.0.5")


def test_a_network_allows_its_addresses_in_ipv6_clothes() -> None:
    guard = Guard(allow=["10.0.0.0/8"])
    assert guard.permitted("wire.intranet", 8080, at("::ffff:10.0.0.5")) == at("::ffff:10.0.0.5")


@pytest.mark.parametrize("allowed", ["10.0.0.6", "11.0.0.0/8", "intranet", "fd00::/8"])
def test_what_is_allowed_allows_nothing_else(allowed: str) -> None:
    with pytest.raises(FetchError):
        Guard(allow=[allowed]).permitted("wire.intranet", 80, at("10.0.0.5"))


def test_of_several_addresses_only_the_permitted_ones_are_left() -> None:
    found = at("10.0.0.5", "8.8.8.8", "::1")
    assert STRICT.permitted("wire.example", 80, found) == at("8.8.8.8")
    assert Guard(allow=["::1"]).permitted("wire.example", 80, found) == at("8.8.8.8", "::1")


def test_ports_are_opened_one_by_one() -> None:
    found = at("8.8.8.8")
    with pytest.raises(FetchError) as caught:
        STRICT.permitted("wire.example", 8080, found)
    assert str(caught.value) == (
        "wire.example: port 8080 is not one of the web's; if it is meant, add 8080 to polling.ports"
    )
    assert Guard(ports=[8080]).permitted("wire.example", 8080, found) == found
    with pytest.raises(FetchError, match=r"add it to polling\.allow"):
        Guard(ports=[8080]).permitted("wire.example", 8080, at("10.0.0.5"))


# --- in the flesh

DISGUISES = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "localhost",
    "LOCALHOST", "localhost.", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "0",
    "0.0.0.0", "[::]", "１２７.0.0.1", "127.0.0.1.", "①②⑦.⓪.⓪.①", "user@127.0.0.1", "wire.example@127.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("host", DISGUISES)
def test_loopback_is_not_asked_in_any_disguise(host: str) -> None:
    with raw_server(answering(b"x")) as server:
        error = refused(f"http://{host}:{server.port}/feed.xml", fetcher(guard=STRICT))
        assert error.fault is Fault.FORBIDDEN
        assert server.connections == 0


@pytest.mark.parametrize(
    "host",
    ["[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[::7f00:1]", "[fe80::1]", "169.254.169.254"],
)
def test_addresses_that_lead_inside_are_not_asked(host: str) -> None:
    error = refused(f"http://{host}/feed.xml", fetcher(guard=STRICT))
    assert error.fault is Fault.FORBIDDEN
    assert "if it is meant, add it to polling.allow" in str(error)


def test_the_error_names_the_address_and_the_setting() -> None:
    error = refused("https://wire.example/feed.xml", fetcher(guard=STRICT, resolve=Names("10.0.0.5")))
    assert str(error) == (
        "wire.example is 10.0.0.5, which is no public address and is not asked; if it is meant, add it to polling.allow"
    )


def test_a_name_that_changes_its_meaning_is_judged_by_what_is_connected_to() -> None:
    names = Names("127.0.0.2", "127.0.0.1")
    with raw_server(answering(b"x")) as server:
        url = f"http://wire.example:{server.port}/feed.xml"
        # Asked twice, the resolver would have shown the guard the one address and the socket the other.
        assert "127.0.0.2" in str(refused(url, fetcher(guard=LOOPBACK, resolve=names)))
        assert (names.asked, server.connections) == (["wire.example"], 0)
        assert fetched(url, asking=fetcher(guard=LOOPBACK, resolve=names)).body == b"x"
        assert len(names.asked) == 2


def test_each_connection_looks_its_name_up_once() -> None:
    names = Names("127.0.0.1")
    with raw_server(answering(b"x", close=False)) as server:
        asking = fetcher(resolve=names)
        for _ in range(3):
            fetched(f"http://wire.example:{server.port}/feed.xml", asking=asking)
        assert (len(names.asked), server.connections) == (1, 1)


def test_a_forbidden_address_beside_a_permitted_one_is_passed_over() -> None:
    with raw_server(answering(b"x")) as server:
        url = f"http://wire.example:{server.port}/feed.xml"
        assert fetched(url, asking=fetcher(resolve=Names(("10.0.0.5", "127.0.0.1")))).body == b"x"


def test_the_next_address_is_tried_where_the_first_does_not_answer() -> None:
    with raw_server(answering(b"x")) as server:
        url = f"http://wire.example:{server.port}/feed.xml"
        assert fetched(url, asking=fetcher(resolve=Names(("::1", "127.0.0.1")))).body == b"x"


def test_a_name_with_thousands_of_addresses_has_few_of_them_knocked_at() -> None:
    with raw_server(answering(b"x")) as server:
        url = f"http://wire.example:{server.port}/feed.xml"
        error = refused(url, fetcher(resolve=Names((*["::1"] * 5_000, "127.0.0.1"))))
        assert "connection refused" in str(error)


def test_a_name_that_leads_nowhere_is_told() -> None:
    assert "no such host" in str(refused("http://wire.example/", fetcher(resolve=Names(()))))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["http://127.0.0.2/", "http://[::1]:1/", "http://169.254.169.254/latest/meta-data/"])
def test_a_redirect_inside_is_not_followed(status: int, target: str) -> None:
    guard = Guard(allow=["127.0.0.1"])
    with http_server(lambda _: sent_on(target, status)) as server:
        error = refused(f"{server.url}/feed.xml", fetcher(guard=guard))
        assert error.fault is Fault.FORBIDDEN
        assert str(error).startswith("redirected to ")
        assert "is no public address" in str(error)


def test_a_redirect_to_a_name_that_lies_inside_is_not_followed() -> None:
    guard = Guard(allow=["127.0.0.1"])
    with http_server(lambda _: sent_on("http://wire.example/")) as server:
        error = refused(server.url, fetcher(guard=guard, resolve=Names("192.168.1.1")))
        assert str(error).startswith("redirected to wire.example: wire.example is 192.168.1.1, which is no public")


def test_the_certificate_and_the_name_that_is_called_are_those_of_the_host(tls: Tls) -> None:
    called: list[str | None] = []

    def remember(_socket: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        called.append(name)

    serving = tls.serving
    serving.sni_callback = remember
    with raw_server(answering(b"x"), serving) as server:
        asking = fetcher(context=tls.trusting, resolve=Names("127.0.0.1"))
        assert fetched(f"https://localhost:{server.port}/", asking=asking).body == b"x"
        error = refused(f"https://wire.example:{server.port}/", asking)
        assert str(error) == f"wire.example:{server.port}: its certificate is not trusted"
        assert called == ["localhost", "wire.example"]
    serving.sni_callback = None


def test_proxies_cannot_carry_a_request_past_the_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    with raw_server(answering(b"x")) as server:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.port}")
        assert refused("http://10.0.0.5/", fetcher(guard=STRICT)).fault is Fault.FORBIDDEN
        assert server.connections == 0


def test_a_connection_that_was_kept_is_only_for_its_own_host() -> None:
    def talks_of_the_host(one: Conversation) -> None:
        while head := one.hear():
            host = next(line for line in head.split(b"\r\n") if line.startswith(b"Host: "))
            one.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(host) + host)

    with raw_server(talks_of_the_host) as server:
        asking = fetcher(resolve=Names("127.0.0.1"))
        for name in ("a.example", "b.example", "a.example"):
            found = fetched(f"http://{name}:{server.port}/", asking=asking)
            assert found.body == f"Host: {name}:{server.port}".encode()
        assert server.connections == 2


def test_an_answer_is_given_to_whoever_asks_an_allowed_name() -> None:
    with http_server(lambda _: Answer(body=b"x")) as server:
        guard = Guard(allow=["wire.intranet"])
        asking = fetcher(guard=guard, resolve=Names("127.0.0.1"))
        assert fetched(f"http://wire.intranet:{server.port}/", asking=asking).body == b"x"
        assert refused(f"http://other.intranet:{server.port}/", asking).fault is Fault.FORBIDDEN


def test_what_a_stranger_links_to_is_not_asked_inside_the_walls_although_the_desk_may_be() -> None:
    asking = fetcher()
    with http_server(lambda _: Answer(body=b"x")) as server:
        assert fetched(server.url, asking=asking).body == b"x"
        error = refused(server.url, asking.for_strangers())
    assert error.fault is Fault.FORBIDDEN
