"""An SFTP session with a server whose host key was confirmed by a person: pinned address, pinned key.

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
from typing import Final

import paramiko
from pydantic import SecretStr

from backend.services.egress import EgressError, EgressGuard, NameNotResolved, PinnedAddress, first_address
from backend.services.transfer import faults
from backend.services.transfer.sftp_settings import SftpCredentials, SftpSettings

_CIPHERS: Final = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr")
_KEY_FAMILIES: Final = (
    ("ssh-ed25519",),
    ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    ("rsa-sha2-512", "rsa-sha2-256"),
)
_PRIVATE_KEYS: Final = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)
_KEEPALIVE_SECONDS: Final = 15
_LOG_CHANNEL: Final = "backend.services.transfer.ssh"

# paramiko logs tracebacks of every failed handshake; what happened is raised as a named error here.
logging.getLogger(_LOG_CHANNEL).setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class HostKey:
    """The key a server shows: its type, and its fingerprint as OpenSSH prints it."""

    type: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class SftpSession:
    """An open session; ``server`` is the software the server names in its greeting."""

    sftp: paramiko.SFTPClient
    host_key: HostKey
    server: str


def resolve(settings: SftpSettings, egress: EgressGuard) -> PinnedAddress:
    """The address to connect to. Raises DestinationNameUnknown or DestinationAddressRefused."""
    try:
        return first_address(egress.resolve(settings.host, settings.port))
    except NameNotResolved as error:
        raise faults.DestinationNameUnknown(error.message, fix=error.fix, extra=error.extra) from error
    except EgressError as error:
        raise faults.DestinationAddressRefused(error.message, fix=error.fix, extra=error.extra) from error


def connect(settings: SftpSettings, address: PinnedAddress) -> socket.socket:
    """An open connection. Raises DestinationConnectionRefused, DestinationTimedOut or DestinationUnreachable."""
    place = f"{address.address}, port {address.port}"
    try:
        return socket.create_connection((address.address, address.port), timeout=settings.connect_timeout_seconds)
    except TimeoutError as error:
        raise faults.DestinationTimedOut(
            f"{place} did not answer within {settings.connect_timeout_seconds} seconds.",
            fix="Check the address, and that firewalls between here and there let this port through.",
        ) from error
    except ConnectionRefusedError as error:
        raise faults.DestinationConnectionRefused(
            f"Nothing listens at {place}.", fix="Check the port, and that the server is running."
        ) from error
    except OSError as error:
        raise faults.DestinationUnreachable(
            f"{place} cannot be reached: {error.strerror or 'network error'}.",
            fix="Check the address and the network route.",
        ) from error


@contextmanager
def greeted(
    settings: SftpSettings, address: PinnedAddress, key_types: Sequence[str] | None = None
) -> Iterator[paramiko.Transport]:
    """A transport after key exchange, before sign-in. Raises DestinationUnreachable and its kinds."""
    connection = connect(settings, address)
    transport = paramiko.Transport(connection)
    try:
        transport.set_log_channel(_LOG_CHANNEL)
        transport.banner_timeout = transport.auth_timeout = settings.connect_timeout_seconds
        options = transport.get_security_options()
        options.ciphers = _CIPHERS
        if key_types is not None:
            options.key_types = tuple(key_types)
        try:
            transport.start_client(timeout=settings.connect_timeout_seconds)
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise _no_greeting(error) from error
        if not transport.initial_kex_done:  # start_client returns, and says nothing, when its time is up
            raise faults.DestinationTimedOut(
                f"The server did not agree on a connection within {settings.connect_timeout_seconds} seconds.",
                fix="It is tried again; check the port if it stays so.",
            )
        transport.set_keepalive(_KEEPALIVE_SECONDS)
        yield transport
    finally:
        transport.close()


@contextmanager
def trusted(settings: SftpSettings, address: PinnedAddress) -> Iterator[tuple[paramiko.Transport, HostKey]]:
    """A transport to the server with the confirmed key. Raises HostKeyUnknown or HostKeyChanged."""
    with ExitStack() as connections:
        transport = connections.enter_context(greeted(settings, address))
        key = host_key_of(transport)
        if settings.host_key_fingerprint is None:
            raise _unknown(settings, key)
        if not _is_confirmed(settings, key):
            connections.close()
            transport, key = _other_key(settings, address, key, connections)
        yield transport, key


def _other_key(
    settings: SftpSettings, address: PinnedAddress, shown: HostKey, connections: ExitStack
) -> tuple[paramiko.Transport, HostKey]:
    """The same server by its key of another type, if that is the confirmed one. Raises HostKeyChanged."""
    for family in _KEY_FAMILIES:
        if shown.type in family or (shown.type == "ssh-rsa" and "rsa-sha2-512" in family):
            continue
        try:
            transport = connections.enter_context(greeted(settings, address, family))
        except faults.DestinationProtocolWrong:
            continue  # the server has no key of this type
        key = host_key_of(transport)
        if _is_confirmed(settings, key):
            return transport, key
        connections.close()
    raise _changed(settings, shown)


def sign_in(transport: paramiko.Transport, settings: SftpSettings, credentials: SftpCredentials) -> None:
    """Key first, password where the server wants it too. Raises DestinationSignInRefused or PrivateKeyInvalid."""
    key = read_private_key(credentials) if credentials.private_key is not None else None
    try:
        wanted = transport.auth_publickey(settings.username, key) if key is not None else ["password"]
        if wanted and credentials.password is not None:
            transport.auth_password(settings.username, credentials.password.get_secret_value())
    except paramiko.BadAuthenticationType as error:
        allowed = ", ".join(error.allowed_types)
        raise faults.DestinationSignInRefused(
            f"The server does not take this kind of sign-in; it takes: {allowed}.",
            fix="Give the destination credentials of that kind.",
        ) from error
    except paramiko.AuthenticationException as error:
        raise _refused(settings) from error
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise lost() from error
    if not transport.is_authenticated():
        raise _refused(settings)


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


def host_key_of(transport: paramiko.Transport) -> HostKey:
    """The key the server has just proved to own."""
    key = transport.get_remote_server_key()
    digest = hashlib.sha256(key.asbytes()).digest()
    return HostKey(key.get_name(), "SHA256:" + base64.b64encode(digest).decode().rstrip("="))


def read_private_key(credentials: SftpCredentials) -> paramiko.PKey:
    """The private key of the credentials. Raises PrivateKeyInvalid, never with the key in the message."""
    text = _secret(credentials.private_key) or ""
    passphrase = _secret(credentials.passphrase)
    for kind in _PRIVATE_KEYS:
        try:
            return kind.from_private_key(io.StringIO(text), password=passphrase)
        except paramiko.PasswordRequiredException as error:
            raise faults.PrivateKeyInvalid(
                "The private key is protected by a passphrase.", fix="Give the passphrase too."
            ) from error
        except (paramiko.SSHException, ValueError, IndexError, UnicodeError):
            continue
    raise faults.PrivateKeyInvalid(
        "The private key cannot be read, or the passphrase is wrong.",
        fix="Give an Ed25519, ECDSA or RSA key in OpenSSH or PEM form, with its passphrase.",
    )


def lost() -> faults.DestinationConnectionLost:
    """The connection ended on the way."""
    return faults.DestinationConnectionLost(
        "The connection to the destination broke off.", fix="It is tried again; what was sent so far is used."
    )


def _is_confirmed(settings: SftpSettings, key: HostKey) -> bool:
    confirmed = (settings.host_key_fingerprint or "").rstrip("=")
    return hmac.compare_digest(confirmed.encode(), key.fingerprint.encode())


def _unknown(settings: SftpSettings, key: HostKey) -> faults.HostKeyUnknown:
    return faults.HostKeyUnknown(
        f"The host key of {settings.host} is not confirmed; the server shows {key.fingerprint} ({key.type}).",
        fix="Compare it with what the server's operator tells you by another way, then store it.",
        extra={"fingerprint": key.fingerprint, "key_type": key.type},
    )


def _changed(settings: SftpSettings, shown: HostKey) -> faults.HostKeyChanged:
    return faults.HostKeyChanged(
        f"{settings.host} shows the host key {shown.fingerprint}, confirmed was {settings.host_key_fingerprint}. "
        "Nothing was sent.",
        fix="Ask the server's operator whether the key was replaced (somebody may be in between), then confirm it.",
        extra={"fingerprint": shown.fingerprint, "confirmed_fingerprint": settings.host_key_fingerprint},
    )


def _refused(settings: SftpSettings) -> faults.DestinationSignInRefused:
    return faults.DestinationSignInRefused(
        f"The server refused the sign-in of {settings.username}.",
        fix="Check the user name, the password or the key, and that the key's public half is installed there.",
    )


def _no_greeting(error: Exception) -> faults.DestinationUnreachable:
    """A server under load hangs up before its greeting, which may pass; another protocol or old algorithms do not."""
    if isinstance(error, paramiko.ssh_exception.IncompatiblePeer):
        return faults.DestinationProtocolWrong(
            "The server offers no algorithm that is accepted here.",
            fix="Ask the operator to enable current algorithms (ed25519, ecdsa or rsa-sha2 keys; aes ciphers).",
        )
    if "Indecipherable" in str(error):
        return faults.DestinationProtocolWrong(
            "What listens there is not an SSH server.", fix="Check the port; SFTP usually listens at port 22."
        )
    return faults.DestinationConnectionLost(
        "The server gave no SSH greeting in time, or hung up.", fix="It is tried again; check the port if it stays so."
    )


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value is not None else None
