"""Delivery by e-mail: the file attached, or a link to it when it is too large.

Nobody can look into the recipients' mailboxes, so a mail cannot be found "already there". SMTP leaves one moment in
which a mail can be sent twice: between the line that ends it and our record of the server's yes. A delivery that dies
in it is repeated with the same Message-ID; by that, servers and people know it again. Before that line the server has
nothing, and after it the answer is waited for as long as the standard says.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from backend.core.clock import utc_now
from backend.services.egress import EgressGuard
from backend.services.transfer import faults
from backend.services.transfer.contract import (
    OpenSource,
    TransferReceipt,
    TransferStep,
    TransferTest,
    tested,
)
from backend.services.transfer.dial import connect, resolve
from backend.services.transfer.file_delivery import OutgoingFile, Passing
from backend.services.transfer.mail_connection import MailSession, greeted, named
from backend.services.transfer.mail_settings import MailCredentials, MailDestinationSettings
from backend.services.transfer.remote_folder import artifact_differs

TEST_STEPS: Final = ("dns", "tcp", "encryption", "sign_in", "recipients")
_LINE_BYTES: Final = 57  # become the 76 characters a line of base64 may have (RFC 2045 section 6.8)
_PLACE: Final = b"OpenReg-puts-the-file-here"
_GREETING_LENGTH: Final = 100


@dataclass(frozen=True, slots=True)
class MailTransfer:
    """See ``transfer.contract.Transfer``."""

    settings: MailDestinationSettings
    credentials: MailCredentials
    egress: EgressGuard

    def deliver(
        self, open_source: OpenSource, *, name: str, size_bytes: int, sha256: str, delivery_id: str
    ) -> TransferReceipt:
        """Hand the mail over to the server. Raises TransferError."""
        file = OutgoingFile(open_source, name, size_bytes, sha256, delivery_id)
        message_id = f"<{delivery_id}@{self.settings.sender.rpartition('@')[2]}>"
        content = self._content(file, message_id)
        with greeted(self.settings, self.egress) as (session, greeting):
            self._open(session)
            with named("take the addresses"):
                session.address_mail()
            with named("take the mail"):
                session.send_content(content)
            return TransferReceipt(
                server=f"{self.settings.host}:{self.settings.actual_port} ({greeting[:_GREETING_LENGTH]})",
                host_key_fingerprint=None,
                certificate_fingerprint=session.certificate_fingerprint,
                remote_path=message_id,
                size_bytes=size_bytes,
                sha256=sha256,
                remote_modified_at=None,
            )

    def test(self) -> TransferTest:
        """Every step a delivery takes up to the addresses; no mail is sent."""
        return tested(TEST_STEPS, self._walk)

    def _walk(self, done: list[TransferStep]) -> None:
        def succeed(message: str) -> None:
            done.append(TransferStep(TEST_STEPS[len(done)], ok=True, message=message))

        address = resolve(self.settings.host, self.settings.actual_port, self.egress)
        succeed(f"{self.settings.host} is {address.address}.")
        connect(address, self.settings.connect_timeout_seconds).close()
        succeed(f"Something listens at port {self.settings.actual_port}.")
        with greeted(self.settings, self.egress) as (session, _):
            with named("begin encryption"):
                session.protect()
            shown = session.certificate_fingerprint
            succeed(f"The certificate is accepted, {shown}." if shown else "Nothing is encrypted, as the settings say.")
            with named("sign in"):
                session.sign_in(self.credentials)
            succeed(f"Signed in as {self.settings.username}." if self.settings.username else "Nobody has to sign in.")
            with named("take the addresses"):
                session.address_mail()
                session.rset()
            succeed("The server takes mail from the sender to every recipient; none was sent.")

    def _open(self, session: MailSession) -> None:
        with named("begin encryption"):
            session.protect()
        with named("sign in"):
            session.sign_in(self.credentials)

    def _content(self, file: OutgoingFile, message_id: str) -> Iterator[bytes]:
        """The mail in pieces. Raises FileTooLarge."""
        message = self._message(file, message_id)
        if file.size_bytes > self.settings.max_attachment_bytes:
            message.set_content(f"{_described(file)}\nIt is too large for a mail. Fetch it here:\n{self._link(file)}\n")
            return iter([_with_dots(message.as_bytes())])
        message.set_content(_described(file))
        message.add_attachment(_PLACE.decode(), subtype="plain", filename=file.name)
        attachment = next(message.iter_attachments())
        attachment.replace_header("Content-Type", "application/octet-stream")
        attachment.replace_header("Content-Transfer-Encoding", "base64")
        head, _, tail = message.as_bytes().partition(_PLACE)
        return _with_file(_with_dots(head), file, _with_dots(tail.lstrip(b"\r\n")))

    def _message(self, file: OutgoingFile, message_id: str) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(addr_spec=self.settings.sender)
        message["To"] = [Address(addr_spec=one) for one in self.settings.recipients]
        message["Subject"] = self.settings.subject.replace("{name}", file.name)
        message["Date"] = utc_now()
        message["Message-ID"] = message_id
        message["Auto-Submitted"] = "auto-generated"
        return message

    def _link(self, file: OutgoingFile) -> str:
        if self.settings.link is None:
            raise faults.FileTooLarge(
                f"{file.name} has {file.size_bytes} bytes, attached are at most {self.settings.max_attachment_bytes}.",
                fix="Give the destination a link, or raise its largest attachment if the recipients' servers take it.",
            )
        return self.settings.link.replace("{delivery_id}", file.delivery_id).replace("{name}", file.name)


def _described(file: OutgoingFile) -> str:
    return f"File: {file.name}\nSize: {file.size_bytes} bytes\nSHA-256: {file.sha256}\n"


def _with_file(head: bytes, file: OutgoingFile, tail: bytes) -> Iterator[bytes]:
    """Head, file and tail, never more than a piece in memory. Raises ArtifactDiffers before the mail is whole."""
    yield head
    passing = Passing()
    rest = b""
    for piece in passing.through(file.open_source(0)):
        rest += piece
        whole = len(rest) - len(rest) % _LINE_BYTES
        yield _encoded(rest[:whole])
        rest = rest[whole:]
    if not passing.is_whole(file):
        raise artifact_differs(file.name)
    yield _encoded(rest)
    yield b"\r\n" + tail


def _encoded(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", b"\r\n")


def _with_dots(lines: bytes) -> bytes:
    """A line that begins with a dot is given another, or it would end the mail (RFC 5321 section 4.5.2)."""
    return re.sub(rb"(?m)^\.", b"..", lines)
