"""Addresses are judged by the IANA registries, not by the standard library's opinion."""

from ipaddress import ip_address

import pytest

from backend.domain.network import (
    SPECIAL_RANGES,
    AddressScope,
    embedded_ipv4,
    find_range,
    parse_address,
    plain_form,
    scope_of,
)

NEVER_GLOBAL = {
    "127.0.0.1": AddressScope.LOOPBACK,
    "10.1.2.3": AddressScope.PRIVATE,
    "172.31.255.255": AddressScope.PRIVATE,
    "192.168.1.1": AddressScope.PRIVATE,
    "169.254.169.254": AddressScope.METADATA,
    "169.254.1.1": AddressScope.LINK_LOCAL,
    "100.64.0.1": AddressScope.PRIVATE,
    "100.100.100.200": AddressScope.METADATA,
    "192.0.0.1": AddressScope.RESERVED,
    "198.18.0.1": AddressScope.RESERVED,
    "198.19.255.255": AddressScope.RESERVED,
    "0.0.0.0": AddressScope.RESERVED,
    "240.0.0.1": AddressScope.RESERVED,
    "255.255.255.255": AddressScope.RESERVED,
    "203.0.113.7": AddressScope.RESERVED,
    "::1": AddressScope.LOOPBACK,
    "::": AddressScope.RESERVED,
    "fe80::1": AddressScope.LINK_LOCAL,
    "fc00::1": AddressScope.PRIVATE,
    "fd00:ec2::254": AddressScope.METADATA,
    "::ffff:127.0.0.1": AddressScope.LOOPBACK,
    "::ffff:169.254.169.254": AddressScope.METADATA,
    "2001:db8::1": AddressScope.RESERVED,
    "100::1": AddressScope.RESERVED,
    "224.0.0.1": AddressScope.MULTICAST,
    "ff02::1": AddressScope.MULTICAST,
    "192.88.99.1": AddressScope.RESERVED,
    "64:ff9b::7f00:1": AddressScope.LOOPBACK,
    "64:ff9b:1::1": AddressScope.RESERVED,
    "2002:7f00:1::": AddressScope.RESERVED,
    "5f00::1": AddressScope.RESERVED,
    "3fff::1": AddressScope.RESERVED,
    "::7f00:1": AddressScope.LOOPBACK,
    "2606:4700::5efe:7f00:1": AddressScope.LOOPBACK,
    "fc00::5efe:7f00:1": AddressScope.LOOPBACK,
    "2001:0:53aa:64c::1": AddressScope.RESERVED,
    "fe80::1%eth0": AddressScope.LINK_LOCAL,
}


@pytest.mark.parametrize(("text", "scope"), NEVER_GLOBAL.items())
def test_a_special_address_is_not_global_and_its_range_is_named(text: str, scope: AddressScope):
    address = parse_address(text)
    assert scope_of(address) is scope
    listed = find_range(address)
    assert listed is not None
    assert listed.scope is scope
    assert listed.title


@pytest.mark.parametrize(
    "text", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_a_public_address_is_global(text: str):
    assert scope_of(parse_address(text)) is AddressScope.GLOBAL
    assert find_range(parse_address(text)) is None


def test_only_public_ipv4_addresses_around_the_borders_of_private_ranges_are_global():
    for inside, outside in (
        ("10.0.0.0", "9.255.255.255"),
        ("10.255.255.255", "11.0.0.0"),
        ("172.16.0.0", "172.15.255.255"),
        ("172.31.255.255", "172.32.0.0"),
        ("100.64.0.0", "100.63.255.255"),
        ("100.127.255.255", "100.128.0.0"),
    ):
        assert scope_of(ip_address(inside)) is AddressScope.PRIVATE
        assert scope_of(ip_address(outside)) is AddressScope.GLOBAL


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("64:ff9b::a00:1", "10.0.0.1"),
        ("2002:a00:1::", "10.0.0.1"),
        ("::a00:1", "10.0.0.1"),
        ("2a00::200:5efe:a00:1", "10.0.0.1"),
    ],
)
def test_an_address_inside_an_address_is_found(text: str, inner: str):
    assert str(embedded_ipv4(ip_address(text))) == inner


def test_the_loopback_and_unspecified_addresses_embed_nothing():
    assert embedded_ipv4(ip_address("::1")) is None
    assert embedded_ipv4(ip_address("::")) is None


def test_a_mapped_address_is_connected_to_as_the_ipv4_address_it_is():
    assert str(plain_form(ip_address("::ffff:8.8.8.8"))) == "8.8.8.8"
    assert str(plain_form(ip_address("64:ff9b::808:808"))) == "64:ff9b::808:808"


def test_every_ipv6_address_falls_into_some_range_of_the_table():
    assert any(str(listed.network) == "::/0" for listed in SPECIAL_RANGES)
    assert scope_of(ip_address("4000::1")) is AddressScope.RESERVED
