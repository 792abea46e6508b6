"""The outbox as people see it: what was sent, what was not and why, and the mails that no server took.

Texts hold links that open accounts, so whoever reads them could become anybody. They are shown only where no
mail server is configured and the installation is not for production: there the page is the only way to get a link.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from backend.core.crypto import SecretBox
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.mail import MailState
from backend.persistence.models.mail import OutgoingMail
from backend.persistence.repositories.mail import MailRepository
from backend.services.scope import TenantScope


class OutgoingMailNotFound(OpenRegError):
    """There is no such mail."""

    code: ClassVar[str] = "outgoing_mail_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


@dataclass(frozen=True, slots=True)
class OutgoingMailView:
    """A mail, and its text where it may be read."""

    mail: OutgoingMail
    text: str | None


@dataclass(frozen=True, slots=True)
class MailOutboxService:
    """Outgoing mails of a tenant. ``shows_texts`` is decided by the settings of the installation."""

    scope: TenantScope
    box: SecretBox
    shows_texts: bool

    async def page(self, request: PageRequest, state: MailState | None) -> Page[OutgoingMail]:
        """Mails, newest first, without their texts."""
        async with self.scope.transaction() as session:
            return await MailRepository(session, self.scope.tenant).page(request, state=state)

    async def get(self, mail_id: UUID) -> OutgoingMailView:
        """Raises OutgoingMailNotFound."""
        async with self.scope.transaction() as session:
            mail = await MailRepository(session, self.scope.tenant).find(mail_id)
            if mail is None:
                raise OutgoingMailNotFound
            is_shown = self.shows_texts and mail.state == MailState.KEPT and mail.content is not None
            if is_shown:
                subject = AuditSubject("outgoing_mail", mail.id, f"{mail.template} to {mail.recipient}")
                await self.scope.audit(session).record(AuditAction.OUTGOING_MAIL_READ, subject)
        return OutgoingMailView(mail, str(self.box.open(mail.content or b"")["text"]) if is_shown else None)
