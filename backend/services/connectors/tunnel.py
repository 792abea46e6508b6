"""The way to a database through an SSH server, what goes wrong under the names of sources."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from backend.services.connectors import faults
from backend.services.connectors.faults import ConnectorError
from backend.services.connectors.secret_references import TunnelCredentials
from backend.services.connectors.server_settings import ServerSettings, TunnelSettings
from backend.services.egress import EgressGuard, PinnedAddress
from backend.services.ssh import session as ssh
from backend.services.ssh.faults import SshFact, SshFault
from backend.services.ssh.forward import Forward, forwarded
from backend.services.ssh.session import SshCredentials, SshServer

_ERRORS: Final[Mapping[SshFact, type[ConnectorError]]] = {
    SshFact.NAME_UNKNOWN: faults.SourceNameUnknown,
    SshFact.ADDRESS_REFUSED: faults.SourceAddressRefused,
    SshFact.CONNECTION_REFUSED: faults.TunnelUnreachable,
    SshFact.TIMED_OUT: faults.TunnelUnreachable,
    SshFact.UNREACHABLE: faults.TunnelUnreachable,
    SshFact.CONNECTION_LOST: faults.TunnelUnreachable,
    SshFact.PROTOCOL_WRONG: faults.TunnelProtocolWrong,
    SshFact.HOST_KEY_UNKNOWN: faults.TunnelHostKeyUnknown,
    SshFact.HOST_KEY_CHANGED: faults.TunnelHostKeyChanged,
    SshFact.SIGN_IN_REFUSED: faults.TunnelSignInRefused,
    SshFact.PRIVATE_KEY_INVALID: faults.TunnelSignInRefused,
    SshFact.FORWARDING_REFUSED: faults.TunnelForwardingRefused,
    SshFact.FAR_UNREACHABLE: faults.SourceUnreachable,
}


@dataclass(frozen=True, slots=True)
class TunnelAddress(PinnedAddress):
    """The near end of a tunnel: connecting to it always succeeds, ``confirm`` says whether the far end was reached."""

    forward: Forward

    def confirm(self, connection: socket.socket) -> None:
        """Raises SourceUnreachable, TunnelForwardingRefused."""
        with _named():
            self.forward.confirm(connection)


def resolve_tunnel(settings: ServerSettings, tunnel: TunnelSettings, egress: EgressGuard) -> PinnedAddress:
    """The address of the SSH server, which the guard judges. Raises SourceNameUnknown, SourceAddressRefused."""
    with _named():
        return ssh.resolve(_server(settings, tunnel), egress)


@contextmanager
def open_tunnel(
    settings: ServerSettings, tunnel: TunnelSettings, credentials: TunnelCredentials | None, address: PinnedAddress
) -> Iterator[TunnelAddress]:
    """Where to connect while the tunnel is open. Raises TunnelUnreachable, TunnelHostKeyUnknown and the like."""
    if credentials is None:
        raise faults.TunnelSignInRefused(
            "Nothing is given to sign in to the SSH server.", fix="Give its password or private key."
        )
    server = _server(settings, tunnel)
    with _named(), ssh.trusted(server, address) as (transport, _):
        ssh.sign_in(
            transport,
            server,
            SshCredentials(
                password=credentials.password,
                private_key=credentials.private_key,
                passphrase=credentials.passphrase,
            ),
        )
        with forwarded(transport, settings.host, settings.port, settings.connect_timeout_seconds) as forward:
            yield TunnelAddress(settings.host, forward.local_port, "127.0.0.1", socket.AF_INET, forward)


def _server(settings: ServerSettings, tunnel: TunnelSettings) -> SshServer:
    return SshServer(
        tunnel.host, tunnel.port, tunnel.username, tunnel.host_key_fingerprint, settings.connect_timeout_seconds
    )


@contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except SshFault as fault:
        raise _ERRORS[fault.fact](fault.message, fix=fault.fix, extra=fault.extra) from fault
