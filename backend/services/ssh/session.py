"""A connection to an SSH server whose host key was confirmed by a person: pinned address, pinned key.

A key is never accepted because it is new. A server may own keys of several types; the session uses the one that
was confirmed, and only when none of them is it, the key counts as changed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import logging
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Annotated, Final, Self

import paramiko
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from backend.services.egress import EgressError, EgressGuard, NameNotResolved, PinnedAddress, first_address
from backend.services.ssh.faults import SshFact, SshFault

_CIPHERS: Final = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr")
_KEY_FAMILIES: Final = (
    ("ssh-ed25519",),
    ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    ("rsa-sha2-512", "rsa-sha2-256"),
)
_PRIVATE_KEYS: Final = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)
_KEEPALIVE_SECONDS: Final = 15
_LOG_CHANNEL: Final = "backend.services.ssh.log"

# paramiko logs tracebacks of every failed handshake; what happened is raised as a named error here.
logging.getLogger(_LOG_CHANNEL).setLevel(logging.CRITICAL)

#: The form OpenSSH prints: ``SHA256:`` and 43 characters of base64.
Fingerprint = Annotated[str, Field(pattern=r"^SHA256:[A-Za-z0-9+/]{43}=?$")]


@dataclass(frozen=True, slots=True)
class SshServer:
    """Where a server is, who signs in, and the key it must show; without one nobody ever signs in."""

    host: str
    port: int
    username: str
    host_key_fingerprint: str | None
    connect_timeout_seconds: int


class SshCredentials(BaseModel):
    """A password, a private key in PEM or OpenSSH form with or without a passphrase, or both key and password."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    password: SecretStr | None = None
    private_key: SecretStr | None = None
    passphrase: SecretStr | None = None

    @model_validator(mode="after")
    def _one_is_given(self) -> Self:
        if self.password is None and self.private_key is None:
            raise ValueError("give a password or a private key")
        return self


@dataclass(frozen=True, slots=True)
class HostKey:
    """The key a server shows: its type, and its fingerprint as OpenSSH prints it."""

    type: str
    fingerprint: str


def resolve(server: SshServer, egress: EgressGuard) -> PinnedAddress:
    """The address to connect to. Raises SshFault."""
    try:
        return first_address(egress.resolve(server.host, server.port))
    except NameNotResolved as error:
        raise SshFault(SshFact.NAME_UNKNOWN, error.message, fix=error.fix, extra=error.extra) from error
    except EgressError as error:
        raise SshFault(SshFact.ADDRESS_REFUSED, error.message, fix=error.fix, extra=error.extra) from error


def connect(server: SshServer, address: PinnedAddress) -> socket.socket:
    """An open connection. Raises SshFault."""
    place = f"{address.address}, port {address.port}"
    try:
        return socket.create_connection((address.address, address.port), timeout=server.connect_timeout_seconds)
    except TimeoutError as error:
        raise SshFault(
            SshFact.TIMED_OUT,
            f"{place} did not answer within {server.connect_timeout_seconds} seconds.",
            fix="Check the address, and that firewalls between here and there let this port through.",
        ) from error
    except ConnectionRefusedError as error:
        raise SshFault(
            SshFact.CONNECTION_REFUSED,
            f"Nothing listens at {place}.",
            fix="Check the port, and that the server is running.",
        ) from error
    except OSError as error:
        raise SshFault(
            SshFact.UNREACHABLE,
            f"{place} cannot be reached: {error.strerror or 'network error'}.",
            fix="Check the address and the network route.",
        ) from error


@contextmanager
def greeted(
    server: SshServer, address: PinnedAddress, key_types: Sequence[str] | None = None
) -> Iterator[paramiko.Transport]:
    """A transport after key exchange, before sign-in. Raises SshFault."""
    connection = connect(server, address)
    transport = paramiko.Transport(connection)
    try:
        transport.set_log_channel(_LOG_CHANNEL)
        transport.banner_timeout = transport.auth_timeout = server.connect_timeout_seconds
        options = transport.get_security_options()
        options.ciphers = _CIPHERS
        if key_types is not None:
            options.key_types = tuple(key_types)
        try:
            transport.start_client(timeout=server.connect_timeout_seconds)
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise _no_greeting(error) from error
        if not transport.initial_kex_done:  # start_client returns, and says nothing, when its time is up
            raise SshFault(
                SshFact.TIMED_OUT,
                f"The server did not agree on a connection within {server.connect_timeout_seconds} seconds.",
                fix="It is tried again; check the port if it stays so.",
            )
        transport.set_keepalive(_KEEPALIVE_SECONDS)
        yield transport
    finally:
        transport.close()


@contextmanager
def trusted(server: SshServer, address: PinnedAddress) -> Iterator[tuple[paramiko.Transport, HostKey]]:
    """A transport to the server with the confirmed key. Raises SshFault."""
    with ExitStack() as connections:
        transport = connections.enter_context(greeted(server, address))
        key = host_key_of(transport)
        if server.host_key_fingerprint is None:
            raise _unknown(server, key)
        if not _is_confirmed(server, key):
            connections.close()
            transport, key = _other_key(server, address, key, connections)
        yield transport, key


def _other_key(
    server: SshServer, address: PinnedAddress, shown: HostKey, connections: ExitStack
) -> tuple[paramiko.Transport, HostKey]:
    """The same server by its key of another type, if that is the confirmed one. Raises SshFault."""
    for family in _KEY_FAMILIES:
        if shown.type in family or (shown.type == "ssh-rsa" and "rsa-sha2-512" in family):
            continue
        try:
            transport = connections.enter_context(greeted(server, address, family))
        except SshFault as fault:
            if fault.fact is SshFact.PROTOCOL_WRONG:
                continue  # the server has no key of this type
            raise
        key = host_key_of(transport)
        if _is_confirmed(server, key):
            return transport, key
        connections.close()
    raise _changed(server, shown)


def sign_in(transport: paramiko.Transport, server: SshServer, credentials: SshCredentials) -> None:
    """Key first, password where the server wants it too. Raises SshFault."""
    key = read_private_key(credentials) if credentials.private_key is not None else None
    try:
        wanted = transport.auth_publickey(server.username, key) if key is not None else ["password"]
        if wanted and credentials.password is not None:
            transport.auth_password(server.username, credentials.password.get_secret_value())
    except paramiko.BadAuthenticationType as error:
        allowed = ", ".join(error.allowed_types)
        raise SshFault(
            SshFact.SIGN_IN_REFUSED,
            f"The server does not take this kind of sign-in; it takes: {allowed}.",
            fix="Give credentials of that kind.",
        ) from error
    except paramiko.AuthenticationException as error:
        raise _refused(server) from error
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise _lost() from error
    if not transport.is_authenticated():
        raise _refused(server)


def host_key_of(transport: paramiko.Transport) -> HostKey:
    """The key the server has just proved to own."""
    key = transport.get_remote_server_key()
    digest = hashlib.sha256(key.asbytes()).digest()
    return HostKey(key.get_name(), "SHA256:" + base64.b64encode(digest).decode().rstrip("="))


def read_private_key(credentials: SshCredentials) -> paramiko.PKey:
    """The private key of the credentials. Raises SshFault."""
    text = _secret(credentials.private_key) or ""
    passphrase = _secret(credentials.passphrase)
    for kind in _PRIVATE_KEYS:
        try:
            return kind.from_private_key(io.StringIO(text), password=passphrase)
        except paramiko.PasswordRequiredException as error:
            raise SshFault(
                SshFact.PRIVATE_KEY_INVALID,
                "The private key is protected by a passphrase.",
                fix="Give the passphrase too.",
            ) from error
        except (paramiko.SSHException, ValueError, IndexError, UnicodeError):
            continue
    raise SshFault(
        SshFact.PRIVATE_KEY_INVALID,
        "The private key cannot be read, or the passphrase is wrong.",
        fix="Give an Ed25519, ECDSA or RSA key in OpenSSH or PEM form, with its passphrase.",
    )


def _lost() -> SshFault:
    return SshFault(SshFact.CONNECTION_LOST, "The connection to the SSH server broke off.", fix="It is tried again.")


def _is_confirmed(server: SshServer, key: HostKey) -> bool:
    confirmed = (server.host_key_fingerprint or "").rstrip("=")
    return hmac.compare_digest(confirmed.encode(), key.fingerprint.encode())


def _unknown(server: SshServer, key: HostKey) -> SshFault:
    return SshFault(
        SshFact.HOST_KEY_UNKNOWN,
        f"The host key of {server.host} is not confirmed; the server shows {key.fingerprint} ({key.type}).",
        fix="Compare it with what the server's operator tells you by another way, then store it.",
        extra={"fingerprint": key.fingerprint, "key_type": key.type},
    )


def _changed(server: SshServer, shown: HostKey) -> SshFault:
    return SshFault(
        SshFact.HOST_KEY_CHANGED,
        f"{server.host} shows the host key {shown.fingerprint}, confirmed was {server.host_key_fingerprint}. "
        "Nothing was sent.",
        fix="Ask the server's operator whether the key was replaced (somebody may be in between), then confirm it.",
        extra={"fingerprint": shown.fingerprint, "confirmed_fingerprint": server.host_key_fingerprint},
    )


def _refused(server: SshServer) -> SshFault:
    return SshFault(
        SshFact.SIGN_IN_REFUSED,
        f"The server refused the sign-in of {server.username}.",
        fix="Check the user name, the password or the key, and that the key's public half is installed there.",
    )


def _no_greeting(error: Exception) -> SshFault:
    """A server under load hangs up before its greeting, which may pass; another protocol or old algorithms do not."""
    if isinstance(error, paramiko.ssh_exception.IncompatiblePeer):
        return SshFault(
            SshFact.PROTOCOL_WRONG,
            "The server offers no algorithm that is accepted here.",
            fix="Ask the operator to enable current algorithms (ed25519, ecdsa or rsa-sha2 keys; aes ciphers).",
        )
    if "Indecipherable" in str(error):
        return SshFault(
            SshFact.PROTOCOL_WRONG,
            "What listens there is not an SSH server.",
            fix="Check the port; SSH usually listens at port 22.",
        )
    return SshFault(
        SshFact.CONNECTION_LOST,
        "The server gave no SSH greeting in time, or hung up.",
        fix="It is tried again; check the port if it stays so.",
    )


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value is not None else None
