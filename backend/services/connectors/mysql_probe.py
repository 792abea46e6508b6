"""Asks a MySQL or MariaDB server for TLS step by step (protocol documentation, ``Protocol::SSLRequest``)."""

from __future__ import annotations

import socket
import struct
from typing import Final

from pymysql.constants import CLIENT

from backend.services.connectors import faults
from backend.services.connectors.base import SslMode
from backend.services.connectors.server_probe import secure, tls_context
from backend.services.connectors.server_settings import ServerSettings

_PROTOCOL: Final = 10
_REFUSED: Final = 0xFF
_UTF8MB4: Final = 45
_LARGEST_PACKET: Final = 16 * 1024 * 1024
_FLAGS: Final = CLIENT.PROTOCOL_41 | CLIENT.SECURE_CONNECTION | CLIENT.PLUGIN_AUTH | CLIENT.SSL


def check_tls(settings: ServerSettings, connection: socket.socket) -> str | None:
    """Ask for TLS and check the certificate as the settings say; the protocol version, or None without TLS."""
    greeting = _greeting(connection)
    if settings.ssl_mode is SslMode.DISABLE:
        return None
    after_version = greeting.index(b"\0", 1) + 1
    (capabilities,) = struct.unpack_from("<H", greeting, after_version + 4 + 8 + 1)
    if not capabilities & CLIENT.SSL:
        raise faults.SourceTlsFailed(
            "The server does not offer TLS.",
            fix="Switch TLS on at the server; only where the network itself is trusted, set ssl_mode to disable.",
        )
    request = struct.pack("<iIB23s", _FLAGS, _LARGEST_PACKET, _UTF8MB4, b"")
    connection.sendall(len(request).to_bytes(3, "little") + b"\1" + request)
    return secure(settings, tls_context(settings), connection)


def _greeting(connection: socket.socket) -> bytes:
    """The server's first packet. Raises SourceTlsFailed, SourceBusy."""
    try:
        header = connection.recv(4, socket.MSG_WAITALL)
        body = connection.recv(int.from_bytes(header[:3], "little"), socket.MSG_WAITALL)
    except OSError:
        body = b""
    if body and body[0] == _REFUSED:
        raise faults.SourceBusy(
            f"The server refuses connections: {body[3:].decode(errors='replace').strip()}.",
            fix="Ask the database administrator whether this host is blocked or the server is full.",
        )
    if not body or body[0] != _PROTOCOL or b"\0" not in body[1:]:
        raise faults.SourceTlsFailed(
            "What listens there does not speak MySQL.", fix="Check the port: MySQL and MariaDB listen at 3306."
        )
    return body
