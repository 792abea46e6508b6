"""A port of this machine that leads through an SSH server to an address the server knows.

Drivers connect to addresses, so that every one of them can use it. The port is on loopback, of the system's choice, and
open as long as the session needs it. Names of the far side are resolved there.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import paramiko

from backend.services.ssh.faults import SshFact, SshFault

_LOOPBACK: Final = "127.0.0.1"
_PIECE_BYTES: Final = 128 * 1024
#: What the server may send before we have passed it on: bounds the memory of a forward.
_WINDOW_BYTES: Final = 4 * 1024 * 1024
#: Bytes that nobody confirms for so long end the connection: a server that vanished is noticed by the keep-alive.
_UNCONFIRMED_MILLISECONDS: Final = 30_000
_JOIN_SECONDS: Final = 5.0
#: A code of RFC 4254, 5.1.
_PROHIBITED: Final = 1


@dataclass(slots=True)
class Forward:
    """An open way to ``host`` and ``port`` of the far side."""

    transport: paramiko.Transport
    host: str
    port: int
    timeout_seconds: float
    _listener: socket.socket
    _threads: list[threading.Thread] = field(default_factory=list)
    _outcomes: dict[int, Future[None]] = field(default_factory=dict)

    @property
    def local_port(self) -> int:
        """Where it begins, on this machine."""
        port: int = self._listener.getsockname()[1]
        return port

    def confirm(self, near: socket.socket) -> None:
        """Wait until what was connected to the port reaches the far side. Raises SshFault."""
        near_port: int = near.getsockname()[1]
        try:
            self._outcome(near_port).result(self.timeout_seconds + _JOIN_SECONDS)
        except TimeoutError as error:
            raise _too_slow(self) from error
        finally:
            self._outcomes.pop(near_port, None)

    def accept(self) -> None:
        """Pass on what connects to the port, until it is closed."""
        while True:
            try:
                near, (_, near_port) = self._listener.accept()
            except OSError:
                return  # closed
            try:
                far = self._channel()
            except SshFault as fault:
                self._settle(near_port, fault)
                near.close()
                continue
            self._settle(near_port, None)
            for work in (_upwards, _downwards):
                thread = threading.Thread(target=work, args=(near, far), name="ssh-forward", daemon=True)
                self._threads.append(thread)
                thread.start()

    def close(self) -> None:
        """Take no more, and end what is open."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()
        self.transport.close()
        for thread in self._threads:
            thread.join(_JOIN_SECONDS)

    def start(self) -> None:
        """Accept in a thread of its own."""
        thread = threading.Thread(target=self.accept, name="ssh-forward-accept", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _settle(self, near_port: int, fault: SshFault | None) -> None:
        outcome = self._outcome(near_port)
        if outcome.done():  # of a connection that nobody waited for, and whose port is used again
            outcome = self._outcomes[near_port] = Future()
        if fault is None:
            outcome.set_result(None)
        else:
            outcome.set_exception(fault)

    def _outcome(self, near_port: int) -> Future[None]:
        return self._outcomes.setdefault(near_port, Future())  # one step for both threads that ask

    def _channel(self) -> paramiko.Channel:
        try:
            return self.transport.open_channel(
                "direct-tcpip",
                (self.host, self.port),
                (_LOOPBACK, self.local_port),
                window_size=_WINDOW_BYTES,
                timeout=self.timeout_seconds,
            )
        except paramiko.ChannelException as error:
            raise _refused(self, error) from error
        except (paramiko.SSHException, OSError, EOFError) as error:
            if self.transport.is_active():
                raise _too_slow(self) from error
            raise SshFault(
                SshFact.CONNECTION_LOST, "The connection to the SSH server broke off.", fix="Try again."
            ) from error


@contextmanager
def forwarded(transport: paramiko.Transport, host: str, port: int, timeout_seconds: float) -> Iterator[Forward]:
    """A forward through a signed-in transport, which it closes at its end."""
    connection = transport.sock
    if isinstance(connection, socket.socket):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNCONFIRMED_MILLISECONDS)
    forward = Forward(transport, host, port, timeout_seconds, socket.create_server((_LOOPBACK, 0)))
    forward.start()
    try:
        yield forward
    finally:
        forward.close()


def _upwards(near: socket.socket, far: paramiko.Channel) -> None:
    with suppress(OSError, EOFError, paramiko.SSHException):
        while piece := near.recv(_PIECE_BYTES):
            far.sendall(piece)
        far.shutdown_write()


def _downwards(near: socket.socket, far: paramiko.Channel) -> None:
    with suppress(OSError, EOFError, paramiko.SSHException):
        while piece := far.recv(_PIECE_BYTES):
            near.sendall(piece)
    # Nothing comes any more: the server said so, or is gone. Whoever reads learns of it at once.
    with suppress(OSError):
        near.shutdown(socket.SHUT_RDWR)
    near.close()
    with suppress(OSError, EOFError, paramiko.SSHException):  # it says goodbye to a server that may be gone
        far.close()


def _too_slow(forward: Forward) -> SshFault:
    return SshFault(
        SshFact.FAR_UNREACHABLE,
        f"Seen from the SSH server, {forward.host}, port {forward.port}, does not answer within "
        f"{forward.timeout_seconds:g} seconds.",
        fix="Check the address as the SSH server sees it, and the firewalls behind it.",
    )


def _refused(forward: Forward, error: paramiko.ChannelException) -> SshFault:
    place = f"{forward.host}, port {forward.port}"
    if error.code == _PROHIBITED:
        return SshFault(
            SshFact.FORWARDING_REFUSED,
            f"The SSH server does not let this user through to {place}.",
            fix="Ask its operator to allow it (AllowTcpForwarding, PermitOpen).",
        )
    # The library keeps the server's own words to itself: a refusal and an unknown name cannot be told apart.
    return SshFault(
        SshFact.FAR_UNREACHABLE,
        f"Seen from the SSH server, {place}, cannot be reached.",
        fix="Check name and port as the SSH server sees them, and that the database server runs.",
    )
