"""Service keys: from which networks they open something, and for how long."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network
from typing import ClassVar, Final

from backend.core.errors import ErrorKind, OpenRegError

DEFAULT_OVERLAP_HOURS: Final = 24
MAX_OVERLAP_HOURS: Final = 168
#: The use of a key is noted at most this often: a busy program must not write a row with every call.
USE_NOTED_EVERY: Final = timedelta(minutes=1)


class ServiceKeyState(StrEnum):
    """Whether a key opens anything."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


class NetworkInvalid(OpenRegError):
    """The network is not in CIDR notation."""

    code: ClassVar[str] = "network_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


def check_networks(texts: Iterable[str]) -> list[str]:
    """Networks in their usual form, each once; one address is a network too. Raises NetworkInvalid."""
    networks = []
    for text in texts:
        try:
            networks.append(str(ip_network(text.strip(), strict=False)))
        except ValueError as error:
            raise NetworkInvalid(f"{text!r} is not a network.", fix="Write it as 192.0.2.0/24.") from error
    return list(dict.fromkeys(networks))


def is_within(address: str | None, networks: Iterable[str]) -> bool:
    """Whether a call may come from this address; no networks means from anywhere, no address from nowhere listed."""
    listed = [ip_network(one) for one in networks]
    if not listed:
        return True
    try:
        where = ip_address(address or "")
    except ValueError:
        return False
    if isinstance(where, IPv6Address) and where.ipv4_mapped is not None:
        where = where.ipv4_mapped
    return any(where in network for network in listed)
