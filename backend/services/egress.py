"""The one gate for outbound calls to addresses that users gave.

A name is resolved once, every address of the answer is judged, and the caller connects to the address it is
handed (the name stays for TLS and for the Host header), so that an answer that changes in between changes
nothing. Two policies: the public web (webhooks, external sources) and the firm's own network (source
databases, destinations). What the operator lists in ``EGRESS_ALLOWED_NETWORKS`` is allowed by both.

EgressError
├── EgressRefused      the address, port or form of the URL is not allowed
├── FileRefused        the file is in no folder the operator has opened
└── NameNotResolved    the name has no address (transient: DNS may answer later)
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import SplitResult, urlsplit

from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.network import AddressScope, IpAddress, IpNetwork, find_range, parse_address, plain_form, scope_of

WEB_PORTS: Final = frozenset({80, 443, 8080, 8443})
"""Ports a URL on the public web may name; others need a listed network."""

MAX_URL_LENGTH: Final = 2000
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


class EgressError(OpenRegError):
    """An outbound call was stopped before it left."""

    code: ClassVar[str] = "egress_error"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class EgressRefused(EgressError):
    """The target is an address OpenReg may not call."""

    code: ClassVar[str] = "egress_refused"


class FileRefused(EgressError):
    """The file is in no folder that the operator has opened for sources."""

    code: ClassVar[str] = "egress_file_refused"


class NameNotResolved(EgressError):
    """The host name has no address."""

    code: ClassVar[str] = "name_not_resolved"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE
    transient: ClassVar[bool] = True


class EgressPolicy(StrEnum):
    """What is reachable without being listed.

    ``public_web``: global addresses, https, web ports. ``own_network``: global and private addresses, any port;
    loopback, link-local, metadata, multicast and reserved addresses never.
    """

    PUBLIC_WEB = "public_web"
    OWN_NETWORK = "own_network"


_REACHABLE: Final = {
    EgressPolicy.PUBLIC_WEB: frozenset({AddressScope.GLOBAL}),
    EgressPolicy.OWN_NETWORK: frozenset({AddressScope.GLOBAL, AddressScope.PRIVATE}),
}


@dataclass(frozen=True, slots=True)
class PinnedAddress:
    """Where to connect (``address``) and what to call it (``host``, for TLS and Host headers)."""

    host: str
    port: int
    address: str
    family: socket.AddressFamily


@dataclass(frozen=True, slots=True)
class WebTarget:
    """The parts of a URL that decide where a request goes."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class EgressGuard:
    """Judges targets under one policy; ``allowed_networks`` is the operator's list."""

    policy: EgressPolicy
    allowed_networks: tuple[IpNetwork, ...] = ()
    web_ports: frozenset[int] = WEB_PORTS
    source_folders: tuple[Path, ...] = ()
    """Folders whose files connectors may read."""
    delivery_folders: tuple[Path, ...] = ()
    """Folders in which, and below which, deliveries may put files."""
    only_networks: tuple[IpNetwork, ...] = ()
    """Where the owner of the target says it is; every other address is refused. Empty: says nothing."""

    def only(self, networks: Sequence[IpNetwork]) -> EgressGuard:
        """The same guard for a target that is nowhere but in these networks."""
        return replace(self, only_networks=tuple(networks)) if networks else self

    def check_file(self, path: str) -> Path:
        """The file itself, links followed. Raises FileRefused; whether a file elsewhere exists is not told."""
        try:
            found = Path(path).resolve(strict=True) if Path(path).is_absolute() else None
        except (OSError, ValueError, RuntimeError):
            found = None
        if found is not None and found.is_file() and any(found.is_relative_to(one) for one in self._open_folders()):
            return found
        raise FileRefused(
            f"{path} is not a file in a folder that the operator has opened for sources.",
            fix="Give the whole path of the file; ask the operator to list its folder in SOURCE_FILE_FOLDERS.",
        )

    def check_delivery_folder(self, path: str) -> Path:
        """The folder itself, links followed. Raises FileRefused; whether a folder elsewhere exists is not told."""
        try:
            found = Path(path).resolve() if Path(path).is_absolute() else None
        except (OSError, ValueError, RuntimeError):
            found = None
        if found is not None and any(found.is_relative_to(root.resolve()) for root in self.delivery_folders):
            return found
        raise FileRefused(
            f"{path} is in no folder that the operator has opened for deliveries.",
            fix="Give the whole path of the folder; ask the operator to list it in DELIVERY_FOLDER_ROOTS.",
        )

    def _open_folders(self) -> tuple[Path, ...]:
        return tuple(folder.resolve() for folder in self.source_folders)

    def resolve(self, host: str, port: int, *, scheme: str | None = None) -> tuple[PinnedAddress, ...]:
        """Resolve and judge; raises EgressRefused when any address of the answer is not allowed."""
        _check_host(host)
        try:
            answer = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise _not_resolved(host) from error
        return self._pin(host, port, scheme, (str(row[4][0]) for row in answer))

    async def resolve_async(self, host: str, port: int, *, scheme: str | None = None) -> tuple[PinnedAddress, ...]:
        """As ``resolve``, without blocking the event loop."""
        _check_host(host)
        try:
            answer = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise _not_resolved(host) from error
        return self._pin(host, port, scheme, (str(row[4][0]) for row in answer))

    async def check_url(self, url: str) -> WebTarget:
        """Judge a URL in full, as is done when one is saved; raises EgressRefused or NameNotResolved."""
        target = parse_web_url(url)
        await self.resolve_async(target.host, target.port, scheme=target.scheme)
        return target

    def check_dial(self, address: str, port: int, *, scheme: str | None = None) -> None:
        """Judge one address at the moment a socket is made for it."""
        parsed = parse_address(address)
        if self.only_networks and not _is_in(parsed, self.only_networks):
            raise EgressRefused(
                f"The address {parsed} is not one of those that the target is allowed to have.",
                fix="Correct the allowed addresses, or find out why the name has another one.",
                extra={"address": str(parsed)},
            )
        if self.is_listed(parsed):
            return
        if scope_of(parsed) not in _REACHABLE[self.policy]:
            raise _refused_address(parsed)
        if self.policy is EgressPolicy.PUBLIC_WEB:
            self._check_web(port, scheme)

    def is_listed(self, address: IpAddress) -> bool:
        """Whether the operator allowed this address by a network of the list."""
        return _is_in(address, self.allowed_networks)

    def _pin(self, host: str, port: int, scheme: str | None, answer: Iterable[str]) -> tuple[PinnedAddress, ...]:
        addresses = tuple(dict.fromkeys(answer))
        if not addresses:
            raise _not_resolved(host)
        for address in addresses:
            self.check_dial(address, port, scheme=scheme)
        return tuple(_pinned(host, port, address) for address in addresses)

    def _check_web(self, port: int, scheme: str | None) -> None:
        if scheme == "http":
            raise EgressRefused(
                "Plain http is refused: the request could be read and changed on the way.",
                fix="Use an https URL, or ask the operator to list the network in EGRESS_ALLOWED_NETWORKS.",
            )
        if port not in self.web_ports:
            raise EgressRefused(
                f"Port {port} is not a web port.",
                fix=f"Use one of {_join(sorted(self.web_ports))}, or ask the operator to list the network.",
            )


def _is_in(address: IpAddress, networks: Iterable[IpNetwork]) -> bool:
    plain = plain_form(address)
    return any(plain.version == network.version and plain in network for network in networks)


def parse_web_url(url: str) -> WebTarget:
    """Scheme, host and port of an http(s) URL; raises EgressRefused for forms that hide the target."""
    if len(url) > MAX_URL_LENGTH or any(ord(character) <= ord(" ") or character == "\\" for character in url):
        raise EgressRefused(
            f"The URL has blanks, control characters or backslashes, or is longer than {MAX_URL_LENGTH} characters.",
            fix="Write it as https://host/path with everything else percent-encoded.",
        )
    parts = _split(url)
    port = _port_of(parts)
    if parts.scheme not in _DEFAULT_PORTS:
        raise EgressRefused("Only http and https URLs can be called.", fix="Start the URL with https://.")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise EgressRefused(
            "The URL carries a user name.", fix="Remove everything before the @; give credentials separately."
        )
    if not parts.hostname:
        raise EgressRefused("The URL names no host.", fix="Write it as https://host/path.")
    return WebTarget(parts.scheme, parts.hostname, port if port is not None else _DEFAULT_PORTS[parts.scheme])


def first_address(pinned: Sequence[PinnedAddress]) -> PinnedAddress:
    """The address to try first: IPv4 where the answer has both, since many networks route only that."""
    return min(pinned, key=lambda candidate: candidate.family != socket.AF_INET)


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise EgressRefused("The URL cannot be read.", fix="Write it as https://host/path.") from error


def _port_of(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError as error:
        raise EgressRefused("The URL's port is not a number.", fix="Use a port from 1 to 65535.") from error
    if port == 0:
        raise EgressRefused("Port 0 cannot be called.", fix="Use a port from 1 to 65535.")
    return port


def _check_host(host: str) -> None:
    """Refuse what resolvers and URL parsers read differently."""
    if not host or any(ord(character) <= ord(" ") or character in "/\\@?#" for character in host):
        raise EgressRefused("The host name is empty or holds characters no host name has.", fix="Give the bare name.")


def _pinned(host: str, port: int, address: str) -> PinnedAddress:
    parsed = plain_form(parse_address(address))
    family = socket.AF_INET if parsed.version == 4 else socket.AF_INET6  # noqa: PLR2004 - IP version
    return PinnedAddress(host, port, str(parsed), family)


def _refused_address(address: IpAddress) -> EgressRefused:
    listed = find_range(address)
    reason = listed.title if listed is not None else "not allowed"
    return EgressRefused(
        f"The address {address} may not be called: {reason}.",
        fix="Use an address outside this range, or ask the operator to list it in EGRESS_ALLOWED_NETWORKS.",
        extra={"address": str(address), "scope": scope_of(address).value},
    )


def _not_resolved(host: str) -> NameNotResolved:
    return NameNotResolved(
        f"The name {host} has no address.",
        fix="Check the spelling, and that this machine's DNS server knows the name.",
        extra={"host": host},
    )


def _join(ports: Sequence[int]) -> str:
    return ", ".join(str(port) for port in ports)
