"""Mails handed over to a real SMTP server."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from backend.config import MailSettings
from backend.core.ids import new_id
from backend.domain.mail import MailState
from backend.services.mail_transport import MailMessage, MailNotTaken, MailServerUnavailable, SmtpTransport

AT = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)


@dataclass
class Mailbox:
    """What a server was given; ``answer`` is what it says to every mail."""

    answer: str = "250 OK"
    received: list[Envelope] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.answer.startswith("250"):
            self.received.append(envelope)
        return self.answer


class RefusingMailbox(Mailbox):
    """A server that knows nobody."""

    async def handle_RCPT(self, *_: Any) -> str:  # noqa: N802 - aiosmtpd's name
        return "550 no such mailbox"


Serve = Callable[..., Awaitable[int]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts a server on a free port; gives the port."""
    started: list[asyncio.Server] = []

    async def start(mailbox: Mailbox, *, ssl_context: ssl.SSLContext | None = None, **options: Any) -> int:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(mailbox, **options), "127.0.0.1", 0, ssl=ssl_context)
        started.append(server)
        return int(server.sockets[0].getsockname()[1])

    yield start
    for server in started:
        server.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of localhost with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("smtp") / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(built.public_bytes(serialization.Encoding.PEM) + secret)
    return path


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine trusts the server's certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


def transport(port: int, **settings: str) -> SmtpTransport:
    values = {"SMTP_HOST": "localhost", "SMTP_PORT": str(port), "SMTP_TLS": "none", "MAIL_FROM": "openreg@example.test"}
    return SmtpTransport(MailSettings.model_validate({**values, **settings}))


def message() -> MailMessage:
    return MailMessage(new_id(), "ada@example.test", "Acme", "Grüße", "Ein Text: äöü.\n" + "x" * 2000 + "\n", AT)


async def test_a_mail_arrives_as_it_was_written(serve: Serve) -> None:
    mailbox, sent = Mailbox(), message()
    assert await transport(await serve(mailbox)).hand_over(sent) is MailState.SENT
    (envelope,) = mailbox.received
    assert (envelope.mail_from, envelope.rcpt_tos) == ("openreg@example.test", ["ada@example.test"])
    content = envelope.content
    assert isinstance(content, bytes)
    read = message_from_bytes(content, policy=default)
    assert (read["Subject"], read["To"]) == ("Grüße", "ada@example.test")
    assert read.get_content().splitlines() == sent.text.splitlines()


@pytest.mark.usefixtures("trusted")
async def test_starttls_and_sign_in_are_used(serve: Serve, server_tls: ssl.SSLContext) -> None:
    mailbox, seen = Mailbox(), []

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, credentials: Any) -> AuthResult:
        seen.append((credentials.login, credentials.password))
        return AuthResult(success=credentials.password == b"right", handled=False)

    options = {"tls_context": server_tls, "require_starttls": True, "auth_required": True}
    port = await serve(mailbox, authenticator=authenticate, **options)
    account = {"SMTP_TLS": "starttls", "SMTP_USERNAME": "openreg", "SMTP_PASSWORD": "right"}
    assert await transport(port, **account).hand_over(message()) is MailState.SENT
    assert seen == [(b"openreg", b"right")]
    with pytest.raises(MailNotTaken, match="535"):
        await transport(port, **{**account, "SMTP_PASSWORD": "wrong"}).hand_over(message())
    assert len(mailbox.received) == 1


@pytest.mark.usefixtures("trusted")
async def test_tls_from_the_first_byte_is_used(serve: Serve, server_tls: ssl.SSLContext) -> None:
    mailbox = Mailbox()
    port = await serve(mailbox, ssl_context=server_tls)
    assert await transport(port, SMTP_TLS="tls").hand_over(message()) is MailState.SENT
    assert len(mailbox.received) == 1


async def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(
    serve: Serve, server_tls: ssl.SSLContext
) -> None:
    mailbox = Mailbox()
    port = await serve(mailbox, tls_context=server_tls)
    with pytest.raises(MailServerUnavailable):
        await transport(port, SMTP_TLS="starttls").hand_over(message())
    assert mailbox.received == []


async def test_a_server_without_starttls_gets_nothing_in_clear(serve: Serve) -> None:
    mailbox = Mailbox()
    with pytest.raises(MailNotTaken, match="STARTTLS"):
        await transport(await serve(mailbox), SMTP_TLS="starttls").hand_over(message())
    assert mailbox.received == []


@pytest.mark.parametrize(
    ("mailbox", "expected"),
    [
        (Mailbox(answer="550 go away"), MailNotTaken),
        (RefusingMailbox(), MailNotTaken),
        (Mailbox(answer="451 come back later"), MailServerUnavailable),
    ],
    ids=["refused for good", "no such mailbox", "greylisted"],
)
async def test_what_the_server_answers_decides_whether_it_is_tried_again(
    serve: Serve, mailbox: Mailbox, expected: type[Exception]
) -> None:
    with pytest.raises(expected) as refused:
        await transport(await serve(mailbox)).hand_over(message())
    assert "answered" in str(refused.value)


async def test_a_server_that_is_away_is_tried_again_later(unused_tcp_port: int) -> None:
    with pytest.raises(MailServerUnavailable):
        await transport(unused_tcp_port).hand_over(message())
