"""An SFTP session: SSH as it is spoken to destinations, what goes wrong under the names of destinations."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import paramiko

from backend.services.egress import EgressGuard, PinnedAddress
from backend.services.ssh import session as ssh
from backend.services.ssh.faults import SshFact, SshFault
from backend.services.ssh.session import HostKey
from backend.services.transfer import faults
from backend.services.transfer.remote_folder import lost
from backend.services.transfer.sftp_settings import SftpCredentials, SftpSettings

_ERRORS: Final[Mapping[SshFact, type[faults.TransferError]]] = {
    SshFact.NAME_UNKNOWN: faults.DestinationNameUnknown,
    SshFact.ADDRESS_REFUSED: faults.DestinationAddressRefused,
    SshFact.TIMED_OUT: faults.DestinationTimedOut,
    SshFact.CONNECTION_REFUSED: faults.DestinationConnectionRefused,
    SshFact.UNREACHABLE: faults.DestinationUnreachable,
    SshFact.PROTOCOL_WRONG: faults.DestinationProtocolWrong,
    SshFact.CONNECTION_LOST: faults.DestinationConnectionLost,
    SshFact.HOST_KEY_UNKNOWN: faults.HostKeyUnknown,
    SshFact.HOST_KEY_CHANGED: faults.HostKeyChanged,
    SshFact.SIGN_IN_REFUSED: faults.DestinationSignInRefused,
    SshFact.PRIVATE_KEY_INVALID: faults.PrivateKeyInvalid,
}


@dataclass(frozen=True, slots=True)
class SftpSession:
    """An open session; ``server`` is the software the server names in its greeting."""

    sftp: paramiko.SFTPClient
    host_key: HostKey
    server: str


def resolve(settings: SftpSettings, egress: EgressGuard) -> PinnedAddress:
    """The address to connect to. Raises DestinationNameUnknown or DestinationAddressRefused."""
    with _named():
        return ssh.resolve(settings.server, egress)


def connect(settings: SftpSettings, address: PinnedAddress) -> socket.socket:
    """An open connection. Raises DestinationConnectionRefused, DestinationTimedOut or DestinationUnreachable."""
    with _named():
        return ssh.connect(settings.server, address)


@contextmanager
def greeted(settings: SftpSettings, address: PinnedAddress) -> Iterator[paramiko.Transport]:
    """A transport after key exchange, before sign-in. Raises DestinationUnreachable and its kinds."""
    with _named(), ssh.greeted(settings.server, address) as transport:
        yield transport


@contextmanager
def trusted(settings: SftpSettings, address: PinnedAddress) -> Iterator[tuple[paramiko.Transport, HostKey]]:
    """A transport to the server with the confirmed key. Raises HostKeyUnknown or HostKeyChanged."""
    with _named(), ssh.trusted(settings.server, address) as found:
        yield found


def sign_in(transport: paramiko.Transport, settings: SftpSettings, credentials: SftpCredentials) -> None:
    """Key first, password where the server wants it too. Raises DestinationSignInRefused or PrivateKeyInvalid."""
    with _named():
        ssh.sign_in(transport, settings.server, credentials)


def open_sftp(transport: paramiko.Transport, settings: SftpSettings) -> paramiko.SFTPClient:
    """The file part of a signed-in transport, every wait bounded. Raises DestinationProtocolWrong."""
    try:
        sftp = paramiko.SFTPClient.from_transport(transport)
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise faults.DestinationProtocolWrong(
            "The server let the user in but offers no SFTP.", fix="Ask the operator to switch SFTP on for this user."
        ) from error
    if sftp is None:
        raise lost()
    channel = sftp.get_channel()
    if channel is not None:
        channel.settimeout(settings.operation_timeout_seconds)
    return sftp


@contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except SshFault as fault:
        raise _ERRORS[fault.fact](fault.message, fix=fault.fix, extra=fault.extra) from fault
