"""A session with a mail server: the address judged, the certificate verified, faults in the words of destinations."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from backend.services.egress import EgressGuard, PinnedAddress
from backend.services.transfer import faults
from backend.services.transfer.certificates import check_certificate, pinning_context
from backend.services.transfer.dial import certificate_wrong, connect, not_tls, resolve
from backend.services.transfer.mail_settings import MailCredentials, MailDestinationSettings, MailSecurity
from backend.services.transfer.remote_folder import lost, refused, timed_out

#: The server is there, and after STARTTLS it is ready for it (RFC 5321 section 4.2.2, RFC 3207 section 4).
_READY: Final = 220
_OK: Final = 250
_FORWARDED: Final = 251
_GO_AHEAD: Final = 354
_PERMANENT: Final = 500
_TOO_LARGE: Final = frozenset({523, 552})
_SIGN_IN: Final = frozenset({530, 534, 535, 538})
#: How long the answer to a whole mail is waited for at least: who gives up earlier sends a mail twice that the server
#: has taken (RFC 5321 section 4.5.3.2.6, RFC 1047).
END_SECONDS: Final = 600


class MailSession(smtplib.SMTP):
    """What goes over one connection; raises what smtplib raises, TransferError for certificates and addresses."""

    def __init__(self, settings: MailDestinationSettings, address: PinnedAddress) -> None:
        """Nothing is connected yet. Raises TransferSettingsInvalid."""
        super().__init__(timeout=settings.operation_timeout_seconds)
        self._settings = settings
        self._address = address
        self._context = pinning_context(settings.ca_certificate, settings.certificate_fingerprint)
        self.certificate_fingerprint: str | None = None

    def greet(self) -> str:
        """Connect and hear the greeting, encrypted already where the settings say so; the greeting."""
        code, greeting = self.connect(self._settings.host, self._settings.actual_port)
        if code != _READY:
            raise smtplib.SMTPConnectError(code, greeting)
        return greeting.decode(errors="replace")

    def protect(self) -> None:
        """Encrypt where that is still to be done."""
        self.ehlo_or_helo_if_needed()
        if self._settings.security is MailSecurity.STARTTLS and self.sock is not None:
            code, answer = self.docmd("STARTTLS")
            if code != _READY:
                raise smtplib.SMTPNotSupportedError(answer.decode(errors="replace"))
            self.sock = self._encrypted(self.sock)
            self.file = None  # what was said before counts no more
            self.helo_resp = self.ehlo_resp = None
            self.esmtp_features = {}
            self.ehlo_or_helo_if_needed()

    def sign_in(self, credentials: MailCredentials) -> None:
        """Say who comes, where somebody is named."""
        if self._settings.username and credentials.password is not None:
            self.login(self._settings.username, credentials.password.get_secret_value())

    def address_mail(self) -> None:
        """Name the sender and every recipient; one who is refused refuses the mail."""
        code, answer = self.mail(self._settings.sender)
        if code != _OK:
            raise smtplib.SMTPSenderRefused(code, answer, self._settings.sender)
        for recipient in self._settings.recipients:
            code, answer = self.rcpt(recipient)
            if code not in {_OK, _FORWARDED}:
                raise smtplib.SMTPResponseException(code, recipient.encode() + b": " + answer)

    def send_content(self, pieces: Iterable[bytes]) -> None:
        """The mail, whose lines end as they should; without the last line the server forgets all of it."""
        code, answer = self.docmd("DATA")
        if code != _GO_AHEAD:
            raise smtplib.SMTPDataError(code, answer)
        for piece in pieces:
            self.send(piece)
        self._wait_longer()
        self.send(b".\r\n")
        code, answer = self.getreply()
        if code != _OK:
            raise smtplib.SMTPDataError(code, answer)

    def _wait_longer(self) -> None:
        if self.sock is not None:
            self.sock.settimeout(max(END_SECONDS, self._settings.operation_timeout_seconds))

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        del host, port
        plain = connect(self._address, self._settings.connect_timeout_seconds)
        plain.settimeout(timeout)
        return self._encrypted(plain) if self._settings.security is MailSecurity.TLS else plain

    def _encrypted(self, plain: socket.socket) -> ssl.SSLSocket:
        try:
            encrypted = self._context.wrap_socket(plain, server_hostname=self._settings.host)
        except ssl.SSLCertVerificationError as error:
            plain.close()
            raise certificate_wrong(self._settings.host, error) from error
        except ssl.SSLError as error:
            plain.close()
            raise not_tls(self._settings.host) from error
        self.certificate_fingerprint = check_certificate(
            self._settings.host, encrypted, self._settings.certificate_fingerprint
        )
        return encrypted


@contextmanager
def greeted(settings: MailDestinationSettings, egress: EgressGuard) -> Iterator[tuple[MailSession, str]]:
    """A session after the greeting, and the greeting. Raises TransferError."""
    session = MailSession(settings, resolve(settings.host, settings.actual_port, egress))
    try:
        with named("hear its greeting"):
            greeting = session.greet()
        yield session, greeting
        with suppress(smtplib.SMTPException, OSError):
            session.quit()
    finally:
        session.close()


@contextmanager
def named(action: str) -> Iterator[None]:
    """What goes wrong, under the names of destinations."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        raise _answered(error, action) from error
    except smtplib.SMTPNotSupportedError as error:
        raise faults.DestinationProtocolWrong(
            f"The mail server cannot do what is needed: {error}", fix="Check the encryption and the user name."
        ) from error
    except TimeoutError as error:
        raise timed_out(action) from error
    except (smtplib.SMTPException, OSError) as error:
        raise lost() from error


def _answered(error: smtplib.SMTPResponseException, action: str) -> faults.TransferError:
    answer = error.smtp_error
    text = " ".join((answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)).split())[:300]
    said = f"The mail server refused to {action}: {error.smtp_code} {text}"
    if isinstance(error, smtplib.SMTPAuthenticationError) or error.smtp_code in _SIGN_IN:
        return faults.DestinationSignInRefused(said, fix="Check the user name and the password.")
    if error.smtp_code in _TOO_LARGE:
        return faults.FileTooLarge(said, fix="Lower the largest attachment of the destination, so that a link is sent.")
    if error.smtp_code >= _PERMANENT:
        return faults.DestinationPermissionDenied(
            said, fix="Check sender and recipients; ask the server's operator what may be sent there."
        )
    return refused(action, f"{error.smtp_code} {text}")
