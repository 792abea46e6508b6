"""The way to a source behind ODBC: what the driver is told, and what it does not tell when it fails."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from socket import socket
from typing import Final

from backend.services.connectors import faults, mysql_probe, postgresql_probe
from backend.services.connectors.base import Credentials, SslMode
from backend.services.connectors.faults import ConnectorError
from backend.services.connectors.odbc_drivers import Place, Trust
from backend.services.connectors.odbc_session import limits_of
from backend.services.connectors.odbc_settings import OdbcSettings, connection_string
from backend.services.connectors.server_probe import connect_tcp, reach
from backend.services.egress import EgressGuard, FileRefused, PinnedAddress

_VERIFYING: Final = frozenset({SslMode.VERIFY_CA, SslMode.VERIFY_FULL})


@contextmanager
def places_of(settings: OdbcSettings, credentials: Credentials, egress: EgressGuard) -> Iterator[tuple[Place, ...]]:
    """Where the source is, checked, while the way there is open. Raises ConnectorError."""
    if settings.family.is_file:
        yield (file_place(settings, egress),)
    else:
        with reach(settings, credentials, egress) as addresses:
            yield tuple(server_place(settings, address) for address in addresses)


def file_place(settings: OdbcSettings, egress: EgressGuard) -> Place:
    """A file, in a folder that the operator has opened. Raises SourceAddressRefused."""
    try:
        return Place("", "", 0, str(egress.check_file(settings.database)))
    except FileRefused as error:
        raise faults.SourceAddressRefused(error.message, fix=error.fix) from error


def server_place(settings: OdbcSettings, address: PinnedAddress) -> Place:
    """A server at an address that was allowed."""
    return Place(settings.host, address.address, address.port, settings.database, address)


@contextmanager
def spoken_to(settings: OdbcSettings, credentials: Credentials, place: Place, *, timeout_seconds: int) -> Iterator[str]:
    """The connection string for one place; it and the file of authorities live as long as the session."""
    family = settings.family
    with _authorities(settings) as authorities:
        attributes = family.reach(
            place, Trust(settings.ssl_mode, authorities), limits_of(settings, timeout_seconds=timeout_seconds)
        )
        attributes |= settings.attributes
        if not family.is_file:
            user, password = family.sign_in
            attributes |= {user: credentials.username, password: credentials.password.get_secret_value()}
        yield connection_string(settings.driver, attributes)


def check_tls(settings: OdbcSettings, connection: socket) -> str:
    """What the server says of TLS when asked for it. Raises SourceTlsFailed."""
    if settings.ssl_mode is SslMode.DISABLE:
        return "Switched off by ssl_mode."
    match settings.family.key:
        case "postgresql":
            version = postgresql_probe.check_tls(settings, connection)
        case "mysql":
            version = mysql_probe.check_tls(settings, connection)
        case _:
            return f"The driver makes it when it signs in, as {settings.ssl_mode}."
    return f"{version}, as {settings.ssl_mode}."


def explained(settings: OdbcSettings, place: Place, error: ConnectorError) -> ConnectorError:
    """What a driver lumps together, told apart."""
    if isinstance(error, faults.DriverMissing) or place.pinned is None:
        return error
    try:
        with connect_tcp(settings, place.pinned) as connection:
            check_tls(settings, connection)
    except ConnectorError as found:
        return found
    return error


@contextmanager
def _authorities(settings: OdbcSettings) -> Iterator[str | None]:
    """A file with the trusted certificates, which is all that drivers read."""
    if settings.ssl_root_certificate is not None:
        with tempfile.NamedTemporaryFile(mode="w", suffix=".pem", encoding="ascii") as file:
            file.write(settings.ssl_root_certificate)
            file.flush()
            yield file.name
    elif settings.ssl_mode in _VERIFYING and settings.family.trusts_own_authorities:
        yield ssl.get_default_verify_paths().cafile
    else:
        yield None
