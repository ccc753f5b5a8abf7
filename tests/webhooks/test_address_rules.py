"""Which addresses a request may go to."""

from ipaddress import IPv4Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.webhooks.address_rules import DENIED, AddressRules

CLOSED = AddressRules()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "100.100.100.200",  # Alibaba Cloud's metadata
        "169.254.169.254",  # metadata of most clouds
        "168.63.129.16",  # Azure's
        "192.0.0.192",  # Oracle's
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:a9fe:a9fe",
        "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::7f00:1",
        "100::1",
        "100:0:0:1::1",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "2001:10::1",
        "2002:7f00:1::",
        "2606:4700::5efe:7f00:1",
        "2606:4700::200:5efe:7f00:1",
        "3fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",  # Amazon's metadata
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1%eth0",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "",
        "127.1",
        "localhost",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
    ],
)
def test_what_is_inside_special_or_no_address_is_denied(address: str) -> None:
    assert CLOSED.denial(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        "93.184.215.14",
        "172.32.0.1",
        "100.128.0.1",
        "169.253.0.1",
        "::ffff:8.8.8.8",
        "2606:4700::1111",
        "2a00:1450:4009:81f::200e",
        "2001:4860:4860::8888",
    ],
)
def test_the_public_internet_is_open(address: str) -> None:
    assert CLOSED.denial(address) is None
    assert not CLOSED.allows_inside(address)


def test_what_the_operator_names_is_open_and_nothing_beside_it() -> None:
    rules = AddressRules(["10.1.0.0/16", "::1", "169.254.169.254/32"])
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "::1", "169.254.169.254"):
        assert rules.denial(address) is None
        assert rules.allows_inside(address)
    for address in ("10.2.0.1", "127.0.0.1", "::2", "169.254.169.253", "64:ff9b::a01:203", "2002:a01:203::"):
        assert rules.denial(address)


def test_everything_can_be_named() -> None:
    rules = AddressRules(["0.0.0.0/0", "::/0"])
    assert rules.denial("127.0.0.1") is None
    assert rules.denial("::1") is None


@pytest.mark.parametrize("network", ["ten", "10.0.0.1/8", "10.0.0.0/33", "", "127.1"])
def test_a_network_that_is_none_is_an_error(network: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        AddressRules([network])


@given(st.ip_addresses(v=4))
def test_nothing_that_is_not_global_is_open_and_disguises_change_nothing(address: IPv4Address) -> None:
    denial = CLOSED.denial(str(address))
    assert address.is_global or denial
    assert CLOSED.denial(f"::ffff:{address}") == denial
    for disguise in (f"64:ff9b::{address}", f"::{address}", f"::ffff:0:{address}"):
        assert CLOSED.denial(disguise)
    assert CLOSED.denial(str(ip_address((0x2002 << 112) | int(address) << 80)))


@pytest.mark.parametrize(("network", "reason"), DENIED, ids=str)
def test_both_ends_of_every_denied_network(network: object, reason: str) -> None:
    from ipaddress import IPv4Network, IPv6Network

    assert isinstance(network, IPv4Network | IPv6Network)
    for address in (network[0], network[-1]):
        assert CLOSED.denial(str(address))


@given(st.text())
def test_no_text_is_an_accident(text: str) -> None:
    try:
        ip_address(text)
    except ValueError:
        assert CLOSED.denial(text) == "not an address"


@given(st.ip_addresses(v=6))
def test_any_ipv6_address_that_is_open_is_global(address: object) -> None:
    from ipaddress import IPv6Address

    assert isinstance(address, IPv6Address)
    if CLOSED.denial(str(address)) is None and address.ipv4_mapped is None:
        assert address.is_global
