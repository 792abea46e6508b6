"""A real SMTP server for tests: takes mails of one user, and says what it is told to say."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope

from tests.services.obstacles import Between

USER, PASSWORD = "sender", "mail p@ss"


@dataclass
class Mailbox:
    """What arrived; ``answers`` are what the server says instead of yes to a recipient or to a mail."""

    answers: dict[str, str] = field(default_factory=dict)
    received: list[Envelope] = field(default_factory=list)
    answer_after_seconds: float = 0
    """How long the server thinks after it has taken a mail, before it says so."""

    @property
    def mails(self) -> list[EmailMessage]:
        parsed = [message_from_bytes(bytes(envelope.content or b""), policy=default) for envelope in self.received]
        mails = [mail for mail in parsed if isinstance(mail, EmailMessage)]
        assert mails == parsed
        return mails

    @property
    def identifiers(self) -> list[str]:
        """The Message-ID of every mail, in the order in which they came."""
        return [str(mail["Message-ID"]) for mail in self.mails]

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, to: str, _options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if to in self.answers:
            return self.answers[to]
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if "DATA" not in self.answers:
            self.received.append(envelope)
        await asyncio.sleep(self.answer_after_seconds)
        return self.answers.get("DATA", "250 OK")


@contextmanager
def mail_server(mailbox: Mailbox, tls: Between) -> Iterator[int]:
    """The port of a server that wants STARTTLS and a password."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.server_certificate)

    def authenticate(
        _server: object, _session: object, _envelope: object, _mechanism: object, given: Any
    ) -> AuthResult:
        return AuthResult(success=(given.login, given.password) == (USER.encode(), PASSWORD.encode()), handled=False)

    class Server(Controller):
        def factory(self) -> SMTP:
            return SMTP(
                mailbox,
                tls_context=context,
                require_starttls=True,
                authenticator=authenticate,
                auth_required=True,
                hostname="mail.test",
                data_size_limit=60_000_000,
            )

    server = Server(mailbox, hostname="127.0.0.1", port=_free_port())
    server.start()
    try:
        yield int(server.port)
    finally:
        server.stop()


@contextmanager
def plain_mail_server(mailbox: Mailbox) -> Iterator[int]:
    """The port of a server that takes mails from anybody, as one in a company's own network does."""
    server = Controller(mailbox, hostname="127.0.0.1", port=_free_port())
    server.start()
    try:
        yield int(server.port)
    finally:
        server.stop()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
