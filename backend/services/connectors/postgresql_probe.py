"""Tries the way to a PostgreSQL server step by step: name, address, TLS. What libpq lumps together is told apart."""

from __future__ import annotations

import socket
import ssl
import struct
from typing import Final

from backend.services.connectors import faults
from backend.services.connectors.base import SslMode
from backend.services.connectors.postgresql_settings import PostgresqlSettings
from backend.services.egress import EgressError, EgressGuard, NameNotResolved, PinnedAddress

_SSL_REQUEST: Final = struct.pack("!ii", 8, 80877103)  # protocol documentation, message SSLRequest


def resolve(settings: PostgresqlSettings, egress: EgressGuard) -> tuple[PinnedAddress, ...]:
    """The addresses to connect to. Raises SourceNameUnknown or SourceAddressRefused."""
    try:
        return egress.resolve(settings.host, settings.port)
    except NameNotResolved as error:
        raise faults.SourceNameUnknown(error.message, fix=error.fix, extra=error.extra) from error
    except EgressError as error:
        raise faults.SourceAddressRefused(error.message, fix=error.fix, extra=error.extra) from error


def connect_tcp(settings: PostgresqlSettings, address: PinnedAddress) -> socket.socket:
    """An open connection. Raises SourceConnectionRefused or SourceTimedOut."""
    place = f"{address.address}, port {address.port}"
    try:
        return socket.create_connection((address.address, address.port), timeout=settings.connect_timeout_seconds)
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


def check_tls(settings: PostgresqlSettings, connection: socket.socket) -> str | None:
    """Ask for TLS and check the certificate as the settings say; the protocol version, or None without TLS."""
    if settings.ssl_mode is SslMode.DISABLE:
        return None
    try:
        connection.sendall(_SSL_REQUEST)
        answer = connection.recv(1)
    except OSError as error:
        raise faults.SourceTlsFailed(
            "The server closed the connection when asked for TLS.", fix="Check that a PostgreSQL server listens there."
        ) from error
    if answer != b"S":
        raise faults.SourceTlsFailed(
            "The server does not offer TLS." if answer == b"N" else "What listens there does not speak PostgreSQL.",
            fix="Switch TLS on at the server; only where the network itself is trusted, set ssl_mode to disable.",
        )
    try:
        with tls_context(settings).wrap_socket(connection, server_hostname=settings.host) as wrapped:
            return wrapped.version()
    except ssl.SSLCertVerificationError as error:
        raise faults.SourceTlsFailed(
            f"The server's certificate is not trusted: {error.verify_message}.",
            fix="Give the authority's certificate as ssl_root_certificate, and use the host name it was issued for.",
        ) from error
    except (ssl.SSLError, OSError, ValueError) as error:
        raise faults.SourceTlsFailed(
            "The TLS handshake with the server failed.", fix="Check that both sides support TLS 1.2 or newer."
        ) from error


def tls_context(settings: PostgresqlSettings) -> ssl.SSLContext:
    """What libpq checks for the same settings. Raises SourceTlsFailed for an unreadable certificate."""
    if settings.ssl_mode is SslMode.REQUIRE and settings.ssl_root_certificate is None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        try:
            context = ssl.create_default_context(cadata=settings.ssl_root_certificate)
        except ssl.SSLError as error:
            raise faults.SourceTlsFailed(
                "The connector's root certificate cannot be read.", fix="Give it as PEM text."
            ) from error
        context.check_hostname = settings.ssl_mode is SslMode.VERIFY_FULL
    context.set_alpn_protocols(["postgresql"])
    return context


def diagnose(settings: PostgresqlSettings, address: PinnedAddress) -> None:
    """Raise what stands between here and the server, if anything does."""
    with connect_tcp(settings, address) as connection:
        check_tls(settings, connection)
