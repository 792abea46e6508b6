"""Asks a PostgreSQL server for TLS as libpq would, and says what libpq does not."""

from __future__ import annotations

import socket
import struct
from typing import Final

from backend.services.connectors import faults
from backend.services.connectors.base import SslMode
from backend.services.connectors.server_probe import connect_tcp, secure, tls_context
from backend.services.connectors.server_settings import ServerSettings
from backend.services.egress import PinnedAddress

_SSL_REQUEST: Final = struct.pack("!ii", 8, 80877103)  # protocol documentation, message SSLRequest


def check_tls(settings: ServerSettings, connection: socket.socket) -> str | None:
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
    context = tls_context(settings)
    context.set_alpn_protocols(["postgresql"])
    return secure(settings, context, connection)


def diagnose(settings: ServerSettings, address: PinnedAddress) -> None:
    """Raise what stands between here and the server, if anything does."""
    with connect_tcp(settings, address) as connection:
        check_tls(settings, connection)
