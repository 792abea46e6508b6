"""What an IP address is for: global, private, or special in a way no user may reach.

Source: the IANA IPv4 and IPv6 Special-Purpose Address Registries, the multicast ranges (RFC 5771, RFC 4291)
and the fixed addresses where cloud providers serve machine credentials. The standard library's
``is_global`` calls several of these ranges global (multicast, NAT64, 6to4, SRv6, 3fff::/20), so the list is
kept here. An IPv6 address that carries an IPv4 address is judged by both.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network


class AddressScope(StrEnum):
    """How far an address reaches, as far as an outbound guard cares."""

    GLOBAL = "global"
    PRIVATE = "private"
    LOOPBACK = "loopback"
    LINK_LOCAL = "link_local"
    METADATA = "metadata"
    MULTICAST = "multicast"
    RESERVED = "reserved"


@dataclass(frozen=True, slots=True)
class AddressRange:
    """A block of addresses, what it is for and where that is written down."""

    network: IpNetwork
    scope: AddressScope
    title: str


def scope_of(address: IpAddress) -> AddressScope:
    """The scope of an address; of one that embeds an IPv4 address, the narrower of the two."""
    listed = find_range(address)
    return listed.scope if listed is not None else AddressScope.GLOBAL


def find_range(address: IpAddress) -> AddressRange | None:
    """The registered special range that decides about an address; None where it is plainly global."""
    own = _find_listed(address)
    inner = embedded_ipv4(address)
    if inner is None or (own is not None and own.scope not in _TRANSPARENT):
        return own if own is None or own.scope is not AddressScope.GLOBAL else None
    listed = _find_listed(inner)
    if listed is None and own is not None and own.scope is not AddressScope.GLOBAL:
        return own
    return listed


def embedded_ipv4(address: IpAddress) -> IPv4Address | None:
    """The IPv4 address an IPv6 address stands for: mapped, compatible, NAT64, 6to4 or ISATAP form."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    value = int(address)
    if address in _NAT64 or (address in _COMPATIBLE and value > 1):
        return IPv4Address(value & _LOW_32)
    if (value >> 32) & _LOW_32 in _ISATAP_MARKS:
        return IPv4Address(value & _LOW_32)
    return None


def plain_form(address: IpAddress) -> IpAddress:
    """The address to connect to: a mapped IPv6 form becomes the IPv4 address it is."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def parse_address(text: str) -> IpAddress:
    """An address from its text, without the zone of a scoped IPv6 address (``fe80::1%eth0``)."""
    return ip_address(text.partition("%")[0])


def _find_listed(address: IpAddress) -> AddressRange | None:
    """The first range holding the address; the table goes from exceptions to general rules."""
    return next(
        (
            listed
            for listed in SPECIAL_RANGES
            if listed.network.version == address.version and address in listed.network
        ),
        None,
    )


_LOW_32: Final = 0xFFFF_FFFF
_ISATAP_MARKS: Final = frozenset({0x0000_5EFE, 0x0200_5EFE})  # RFC 5214: ::0:5efe:a.b.c.d and ::200:5efe:a.b.c.d
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052
_COMPATIBLE: Final = IPv6Network("::/96")  # RFC 4291 section 2.5.5.1, deprecated
# Of these an embedded address can only be narrower, so it is asked too: a DNS64 network reaches the whole IPv4
# world through NAT64, and a tunnel inside a private range may end at a loopback address.
_TRANSPARENT: Final = frozenset({AddressScope.GLOBAL, AddressScope.PRIVATE})

_TABLE: Final = """
169.254.169.254/32   metadata    cloud metadata service
169.254.170.2/32     metadata    container credentials service
168.63.129.16/32     metadata    cloud platform agent
100.100.100.200/32   metadata    cloud metadata service
192.0.0.192/32       metadata    cloud metadata service
fd00:ec2::254/128    metadata    cloud metadata service
fd20:ce::254/128     metadata    cloud metadata service
0.0.0.0/8            reserved    this network (RFC 791)
10.0.0.0/8           private     private use (RFC 1918)
100.64.0.0/10        private     shared address space (RFC 6598)
127.0.0.0/8          loopback    loopback (RFC 1122)
169.254.0.0/16       link_local  link-local (RFC 3927)
172.16.0.0/12        private     private use (RFC 1918)
192.0.0.0/24         reserved    IETF protocol assignments (RFC 6890)
192.0.2.0/24         reserved    documentation (RFC 5737)
192.31.196.0/24      reserved    AS112 (RFC 7535)
192.52.193.0/24      reserved    AMT (RFC 7450)
192.88.99.0/24       reserved    6to4 relay, deprecated (RFC 7526)
192.168.0.0/16       private     private use (RFC 1918)
192.175.48.0/24      reserved    AS112 (RFC 7534)
198.18.0.0/15        reserved    benchmarking (RFC 2544)
198.51.100.0/24      reserved    documentation (RFC 5737)
203.0.113.0/24       reserved    documentation (RFC 5737)
224.0.0.0/4          multicast   multicast (RFC 5771)
240.0.0.0/4          reserved    reserved, limited broadcast (RFC 1112, RFC 919)
::/128               reserved    unspecified (RFC 4291)
::1/128              loopback    loopback (RFC 4291)
::ffff:0:0/96        global      IPv4-mapped, judged by the IPv4 address (RFC 4291)
::/96                global      IPv4-compatible, judged by the IPv4 address (RFC 4291)
64:ff9b::/96         global      NAT64, judged by the IPv4 address (RFC 6052)
64:ff9b:1::/48       reserved    local NAT64 (RFC 8215)
100::/64             reserved    discard only (RFC 6666)
100:0:0:1::/64       reserved    dummy prefix (RFC 9780)
2001::/23            reserved    IETF protocol assignments, Teredo, ORCHID (RFC 2928)
2001:db8::/32        reserved    documentation (RFC 3849)
2002::/16            reserved    6to4, deprecated (RFC 3056, RFC 7526)
2620:4f:8000::/48    reserved    AS112 (RFC 7534)
3fff::/20            reserved    documentation (RFC 9637)
5f00::/16            reserved    SRv6 segment identifiers (RFC 9602)
fc00::/7             private     unique local (RFC 4193)
fe80::/10            link_local  link-local (RFC 4291)
fec0::/10            reserved    site-local, deprecated (RFC 3879)
ff00::/8             multicast   multicast (RFC 4291)
2000::/3             global      global unicast (RFC 4291)
::/0                 reserved    not allocated (RFC 4291)
"""


def _read_table(text: str) -> tuple[AddressRange, ...]:
    rows = (line.split(maxsplit=2) for line in text.strip().splitlines())
    return tuple(AddressRange(ip_network(network), AddressScope(scope), title) for network, scope, title in rows)


SPECIAL_RANGES: Final = _read_table(_TABLE)
