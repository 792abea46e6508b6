"""The way to a database server, step by step: name, address, trust. What drivers lump together is told apart."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager

from backend.services.connectors import faults
from backend.services.connectors.base import Credentials, SslMode
from backend.services.connectors.server_settings import ServerSettings
from backend.services.connectors.tunnel import TunnelAddress, open_tunnel, resolve_tunnel
from backend.services.egress import EgressError, EgressGuard, NameNotResolved, PinnedAddress


def resolve(settings: ServerSettings, egress: EgressGuard) -> tuple[PinnedAddress, ...]:
    """The addresses to connect to. Raises SourceNameUnknown or SourceAddressRefused."""
    try:
        return egress.resolve(settings.host, settings.port)
    except NameNotResolved as error:
        raise faults.SourceNameUnknown(error.message, fix=error.fix, extra=error.extra) from error
    except EgressError as error:
        raise faults.SourceAddressRefused(error.message, fix=error.fix, extra=error.extra) from error


@contextmanager
def reach(
    settings: ServerSettings, credentials: Credentials, egress: EgressGuard
) -> Iterator[tuple[PinnedAddress, ...]]:
    """Where to connect, directly or through a tunnel that is open inside the block. Raises ConnectorError."""
    with ExitStack() as ways:
        walk = walk_way(settings, credentials, egress, ways)
        while True:
            try:
                next(walk)
            except StopIteration as found:
                addresses: tuple[PinnedAddress, ...] = found.value
                break
        yield addresses


def walk_way(
    settings: ServerSettings, credentials: Credentials, egress: EgressGuard, ways: ExitStack
) -> Generator[str, None, tuple[PinnedAddress, ...]]:
    """As ``reach``, step by step: says what each found, and gives the addresses; ``ways`` closes what it opened."""
    if settings.tunnel is None:
        addresses = resolve(settings, egress)
        yield f"{settings.host} is {', '.join(one.address for one in addresses)}."
        return addresses
    gate = resolve_tunnel(settings, settings.tunnel, egress)
    yield f"{settings.tunnel.host}, the SSH server, is {gate.address}."
    address = ways.enter_context(open_tunnel(settings, settings.tunnel, credentials.tunnel, gate))
    yield f"Signed in to the SSH server as {settings.tunnel.username}; its host key is the confirmed one."
    return (address,)


def connect_tcp(settings: ServerSettings, address: PinnedAddress) -> socket.socket:
    """An open connection. Raises SourceConnectionRefused, SourceTimedOut or SourceUnreachable."""
    place = f"{address.address}, port {address.port}"
    try:
        connection = socket.create_connection((address.address, address.port), timeout=settings.connect_timeout_seconds)
    except TimeoutError as error:
        raise faults.SourceTimedOut(
            f"{place} did not answer within {settings.connect_timeout_seconds} seconds.",
            fix="Check the address, and that firewalls between here and there let this port through.",
        ) from error
    except ConnectionRefusedError as error:
        raise faults.SourceConnectionRefused(
            f"Nothing listens at {place}.", fix="Check the port, and that the server is running and listens there."
        ) from error
    except OSError as error:
        raise faults.SourceUnreachable(
            f"{place} cannot be reached: {error.strerror or 'network error'}.",
            fix="Check the address and the network route.",
        ) from error
    if isinstance(address, TunnelAddress):
        try:
            address.confirm(connection)
        except faults.ConnectorError:
            connection.close()
            raise
    return connection


def secure(settings: ServerSettings, context: ssl.SSLContext, connection: socket.socket) -> str | None:
    """Make the handshake the server has agreed to; the protocol version. Raises SourceTlsFailed."""
    try:
        with context.wrap_socket(connection, server_hostname=settings.host) as wrapped:
            return wrapped.version()
    except (ssl.SSLError, OSError, ValueError) as error:
        raise tls_fault(error) from error


def tls_fault(error: Exception) -> faults.SourceTlsFailed:
    """Why no handshake was made."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return faults.SourceTlsFailed(
            f"The server's certificate is not trusted: {error.verify_message}.",
            fix="Give the authority's certificate as ssl_root_certificate, and use the host name it was issued for.",
        )
    return faults.SourceTlsFailed(
        "The TLS handshake with the server failed.", fix="Check that both sides support TLS 1.2 or newer."
    )


def tls_context(settings: ServerSettings) -> ssl.SSLContext:
    """What the settings trust. Raises SourceTlsFailed for an unreadable certificate."""
    if settings.ssl_mode is SslMode.REQUIRE and settings.ssl_root_certificate is None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    try:
        context = ssl.create_default_context(cadata=settings.ssl_root_certificate)
    except ssl.SSLError as error:
        raise faults.SourceTlsFailed(
            "The connector's root certificate cannot be read.", fix="Give it as PEM text."
        ) from error
    context.check_hostname = settings.ssl_mode is SslMode.VERIFY_FULL
    return context
