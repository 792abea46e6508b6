"""Handing mails over: to a server by SMTP, or nowhere but a folder when there is no server."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import ClassVar, Protocol
from uuid import UUID

from backend.config import MailSettings, SmtpTls
from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.mail import MailState, one_line

TIMEOUT_SECONDS = 20.0
#: From here on a server's answer means never, below it means not now (RFC 5321 section 4.2.1).
_PERMANENT = 500
_ANSWER_LENGTH = 300


@dataclass(frozen=True, slots=True)
class MailMessage:
    """What a transport is given: everything is one line but the text."""

    id: UUID
    recipient: str
    sender_name: str
    subject: str
    text: str
    created_at: datetime


class MailTransport(Protocol):
    """Hands mails over, or keeps them."""

    async def hand_over(self, message: MailMessage) -> MailState:
        """SENT when a server has taken it, KEPT where there is none. Raises MailNotTaken, MailServerUnavailable."""


class MailNotTaken(OpenRegError):
    """The mail server refuses this mail for good."""

    code: ClassVar[str] = "mail_not_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.INTERNAL


class MailServerUnavailable(OpenRegError):
    """The mail server cannot be reached, or cannot take the mail now."""

    code: ClassVar[str] = "mail_server_unavailable"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE
    transient: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """One connection per mail: there are few, and none waits for another's fault."""

    settings: MailSettings

    async def hand_over(self, message: MailMessage) -> MailState:
        """Raises MailNotTaken, MailServerUnavailable."""
        await asyncio.to_thread(self._send, email_of(message, self.settings.sender))
        return MailState.SENT

    def check(self) -> None:
        """Connect, encrypt and sign in as for a mail; blocks. Raises MailNotTaken, MailServerUnavailable."""
        with _named_faults(), self._signed_in() as server:
            server.noop()

    def _send(self, message: EmailMessage) -> None:
        with _named_faults(), self._signed_in() as server:
            server.send_message(message)

    @contextmanager
    def _signed_in(self) -> Iterator[smtplib.SMTP]:
        with self._connection() as server:
            if self.settings.username is not None and self.settings.password is not None:
                server.login(self.settings.username, self.settings.password.get_secret_value())
            yield server

    def _connection(self) -> smtplib.SMTP:
        host, port = str(self.settings.host), self.settings.port
        if self.settings.tls is SmtpTls.TLS:
            return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
        if self.settings.tls is SmtpTls.STARTTLS:
            try:
                server.starttls(context=ssl.create_default_context())
            except BaseException:
                server.close()
                raise
        return server


@dataclass(frozen=True, slots=True)
class KeptMails:
    """Where no mail server is configured: mails stay on the outbox page, and as files in a folder if one is named."""

    sender: str
    folder: Path | None

    async def hand_over(self, message: MailMessage) -> MailState:
        """Raises MailServerUnavailable when the folder cannot be written to."""
        if self.folder is not None:
            await asyncio.to_thread(self._write, self.folder, message)
        return MailState.KEPT

    def _write(self, folder: Path, message: MailMessage) -> None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = folder / f"{message.created_at:%Y%m%dT%H%M%S}-{message.id}.eml"
            path.touch(mode=0o600)
            path.write_bytes(email_of(message, self.sender).as_bytes())
        except OSError as error:
            raise MailServerUnavailable(f"{folder} cannot be written to.", fix="Check MAIL_OUTBOX_DIR.") from error


def mail_transport(settings: MailSettings) -> MailTransport:
    """What the settings ask for."""
    if settings.host is None:
        return KeptMails(settings.sender, settings.outbox_dir)
    return SmtpTransport(settings)


def check_mail_server(settings: MailSettings) -> None:
    """Whether the mail server lets us in; blocks. Raises MailNotTaken, MailServerUnavailable."""
    SmtpTransport(settings).check()


def email_of(message: MailMessage, sender: str) -> EmailMessage:
    """The message in the form of RFC 5322. The library refuses line breaks in headers; ours are one line anyway."""
    email = EmailMessage(policy=SMTP)
    email["From"] = Address(display_name=one_line(message.sender_name), addr_spec=sender)
    email["To"] = Address(addr_spec=message.recipient)
    email["Subject"] = one_line(message.subject)
    email["Date"] = message.created_at
    # The same mail sent twice after a broken connection is recognised by its id.
    email["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2]}>"
    email["Auto-Submitted"] = "auto-generated"
    email.set_content(message.text)
    return email


@contextmanager
def _named_faults() -> Iterator[None]:
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        code, answer = next(iter(error.recipients.values()))
        raise _refusal(code, answer) from error
    except smtplib.SMTPResponseException as error:
        raise _refusal(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise MailNotTaken(f"The mail server cannot do this: {error}", fix="Check SMTP_TLS.") from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailServerUnavailable(
            f"The mail server does not answer: {type(error).__name__}.", fix="Check SMTP_HOST and SMTP_PORT."
        ) from error


def _refusal(code: int, answer: bytes | str) -> OpenRegError:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    said = f"The mail server answered {code}: {one_line(text)[:_ANSWER_LENGTH]}"
    return MailNotTaken(said) if code >= _PERMANENT else MailServerUnavailable(said)
