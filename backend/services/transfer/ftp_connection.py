"""A session with an FTP server: passive only, data connections to the server itself, TLS on both or on neither.

A server answers PASV with an address of its choice; it is ignored, as that would let a server send us anywhere.
Servers such as vsftpd accept a data connection only when its TLS session is the one of the control connection:
it proves that both come from the same client. So sessions are reused.
"""

from __future__ import annotations

import ftplib
import re
import socket
import ssl
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress

from backend.services.egress import EgressGuard, PinnedAddress
from backend.services.transfer import faults
from backend.services.transfer.certificates import check_certificate, pinning_context
from backend.services.transfer.dial import certificate_wrong, connect, not_tls, resolve
from backend.services.transfer.ftp_faults import ftp_fault, is_unknown_command
from backend.services.transfer.ftp_settings import FtpCredentials, FtpSecurity, FtpSettings

_BLOCK_BYTES = 256 * 1024
_GOODBYE_SECONDS = 5.0
_EXTENDED_PORT = re.compile(r"\((.)\1\1(\d{1,5})\1\)")  # RFC 2428 section 3
_PORT = re.compile(r"(?:\d+,){4}(\d+),(\d+)")  # RFC 959 section 4.1.2


class FtpSession(ftplib.FTP_TLS):
    """The control connection and what goes over it; raises what ftplib raises, TransferError for certificates."""

    def __init__(self, settings: FtpSettings, address: PinnedAddress, egress: EgressGuard) -> None:
        """Nothing is connected yet. Raises TransferSettingsInvalid."""
        super().__init__(
            context=pinning_context(settings.ca_certificate, settings.certificate_fingerprint),
            timeout=settings.operation_timeout_seconds,
        )
        self._settings = settings
        self._address = address
        self._egress = egress
        self._has_epsv = True
        self.certificate_fingerprint: str | None = None

    def greet(self) -> None:
        """Connect, and hear the server's greeting."""
        self.host, self.port = self._settings.host, self._settings.actual_port
        control = self.sock = connect(self._address, self._settings.connect_timeout_seconds)
        control.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # it is idle for as long as a file takes
        self.af = control.family
        if self._settings.security is FtpSecurity.IMPLICIT:
            control = self.sock = self._encrypted(control)
        self.file = control.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()
        control.settimeout(self._settings.operation_timeout_seconds)

    def protect(self) -> None:
        """Encrypt the control connection where that is still to be done, and ask for encrypted data connections."""
        if self._settings.security is FtpSecurity.NONE:
            return
        if self._settings.security is FtpSecurity.EXPLICIT and self.sock is not None:
            self.voidcmd("AUTH TLS")
            self.sock = self._encrypted(self.sock)
            self.file = self.sock.makefile("r", encoding=self.encoding)
        self.prot_p()

    def sign_in(self, credentials: FtpCredentials) -> None:
        """Say who comes, and that files are bytes."""
        self.login(self._settings.username, credentials.password.get_secret_value(), secure=False)
        with suppress(ftplib.Error):
            self.sendcmd("OPTS UTF8 ON")
        self.as_bytes()

    def as_bytes(self) -> None:
        """Files are bytes, not lines; a listing has switched that."""
        self.voidcmd("TYPE I")

    def makepasv(self) -> tuple[str, int]:
        """The server's own address and the port it opened for data."""
        peer = self._address.address
        if self._has_epsv:
            try:
                return peer, _port(_EXTENDED_PORT, self.sendcmd("EPSV"))
            except ftplib.error_perm as error:
                if self.af == socket.AF_INET6 or not is_unknown_command(error):
                    raise
                self._has_epsv = False
        return peer, _port(_PORT, self.sendcmd("PASV"))

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        """A data connection for a command."""
        host, port = self.makepasv()
        self._egress.check_dial(host, port)
        data = socket.create_connection((host, port), timeout=self._settings.operation_timeout_seconds)
        try:
            if rest is not None:
                self.sendcmd(f"REST {rest}")
            self._begin(cmd)
            return (data if self._settings.security is FtpSecurity.NONE else self._encrypted(data)), None
        except BaseException:
            data.close()
            raise

    def _begin(self, cmd: str) -> None:
        """A command after whose first answer data flow; one that is done at once has none."""
        if not self.sendcmd(cmd).startswith("1"):
            raise _not_ftp()

    def store(self, name: str, pieces: Iterable[bytes], offset: int) -> None:
        """Write a file; the server's reason is heard also when it ends the data connection on the way."""
        self.as_bytes()
        data = self.transfercmd(f"STOR {name}", offset or None)
        broken: OSError | None = None
        try:
            for piece in pieces:
                try:
                    data.sendall(piece)
                except TimeoutError:
                    raise
                except OSError as error:
                    broken = error
                    break
            else:
                _say_goodbye(data)
        finally:
            data.close()
        self.voidresp()
        if broken is not None:
            raise broken

    def retrieve(self, name: str) -> Generator[bytes, None, None]:
        """The pieces of a file."""
        self.as_bytes()
        data = self.transfercmd(f"RETR {name}")
        try:
            while piece := data.recv(_BLOCK_BYTES):
                yield piece
            _say_goodbye(data)
        finally:
            data.close()
        self.voidresp()

    def _encrypted(self, plain: socket.socket) -> ssl.SSLSocket:
        control = self.sock if isinstance(self.sock, ssl.SSLSocket) else None
        try:
            encrypted = self.context.wrap_socket(
                plain, server_hostname=self._settings.host, session=control.session if control else None
            )
        except ssl.SSLCertVerificationError as error:
            plain.close()
            raise certificate_wrong(self._settings.host, error) from error
        except ssl.SSLError as error:
            plain.close()
            if control is not None:
                raise
            raise not_tls(self._settings.host) from error
        self.certificate_fingerprint = check_certificate(
            self._settings.host, encrypted, self._settings.certificate_fingerprint
        )
        return encrypted


@contextmanager
def ftp_session(settings: FtpSettings, credentials: FtpCredentials, egress: EgressGuard) -> Iterator[FtpSession]:
    """A signed-in session. Raises TransferError."""
    with greeted(settings, resolve(settings.host, settings.actual_port, egress), egress) as session:
        with named("begin encryption"):
            session.protect()
        with named("sign in"):
            session.sign_in(credentials)
        yield session


@contextmanager
def greeted(settings: FtpSettings, address: PinnedAddress, egress: EgressGuard) -> Iterator[FtpSession]:
    """A session before encryption and sign-in. Raises TransferError."""
    session = FtpSession(settings, address, egress)
    try:
        with named("hear its greeting"):
            session.greet()
        yield session
        with suppress(OSError, EOFError, ftplib.Error):
            if session.sock is not None:
                session.sock.settimeout(_GOODBYE_SECONDS)
            session.quit()
    finally:
        session.close()


@contextmanager
def named(action: str, folder: str = "") -> Iterator[None]:
    """What goes wrong, under the names of destinations."""
    try:
        yield
    except (ftplib.Error, OSError, EOFError) as error:
        raise ftp_fault(error, action, folder) from error


def _port(form: re.Pattern[str], answer: str) -> int:
    found = form.search(answer)
    if found is None:
        raise _not_ftp()
    high, low = found.groups()
    return int(low) if form is _EXTENDED_PORT else int(high) * 256 + int(low)


def _not_ftp() -> faults.DestinationProtocolWrong:
    return faults.DestinationProtocolWrong(
        "The server's answer is not one that FTP knows.", fix="Check the port, and ask the server's operator."
    )


def _say_goodbye(data: socket.socket) -> None:
    """End TLS in order, so that the server knows the file is whole; one that does not answer is no fault."""
    if isinstance(data, ssl.SSLSocket):
        with suppress(OSError):
            data.settimeout(_GOODBYE_SECONDS)
            data.unwrap()
