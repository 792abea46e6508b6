"""Mail: written as a row with the fact it tells of, sent afterwards; templates are files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from string import Template

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.crypto import SecretBox
from backend.core.ids import TenantId, new_id
from backend.domain.mail import MailState, email_address, one_line
from backend.persistence.models.mail import OutgoingMail
from backend.persistence.repositories.mail import MailRepository

_SUBJECT = "Subject: "
_SUBJECT_LENGTH = 250


class MailTemplate(StrEnum):
    """Every mail there is; the text is the file of this name in ``mail_templates``."""

    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of a template
    NOTICE = "notice"
    NOTICE_DIGEST = "notice_digest"
    CUSTOMER_VERIFICATION = "customer_verification"
    CUSTOMER_EXISTS = "customer_exists"
    CUSTOMER_INVITATION = "customer_invitation"
    QUOTA_USED = "quota_used"
    PAYMENT_FAILED = "payment_failed"
    SUBSCRIPTION_ENDED = "subscription_ended"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of a template


@dataclass(frozen=True, slots=True)
class MailQueue:
    """Writes mails into one transaction of one tenant; they are sent after the commit."""

    session: AsyncSession
    tenant: TenantId
    box: SecretBox

    async def put(
        self,
        recipient: str,
        template: MailTemplate,
        values: Mapping[str, str],
        at: datetime,
        *,
        useful_until: datetime | None = None,
    ) -> OutgoingMail:
        """One mail to one address; it is not sent when it is no longer useful. Raises EmailAddressInvalid."""
        subject, text = render(template, values)
        mail = OutgoingMail(
            id=new_id(),
            tenant_id=self.tenant,
            template=template.value,
            recipient=email_address(recipient),
            subject=subject,
            content=self.box.seal({"text": text}),
            state=MailState.PENDING,
            attempts=0,
            next_attempt_at=at,
            useful_until=useful_until,
            created_at=at,
        )
        MailRepository(self.session, self.tenant).add(mail)
        return mail


@dataclass(frozen=True, slots=True)
class PublicLinks:
    """Addresses for people. A token stands behind ``#``: browsers send it to no server and write it into no log."""

    base_url: str

    def invitation(self, token: str) -> str:
        """Where an invitation is accepted."""
        return self.to(f"/accept-invitation#{token}")

    def password_reset(self, token: str) -> str:
        """Where a new password is chosen."""
        return self.to(f"/reset-password#{token}")

    def to(self, path: str) -> str:
        """A page of the application."""
        return f"{self.base_url.rstrip('/')}{path}"


def render(template: MailTemplate, values: Mapping[str, str]) -> tuple[str, str]:
    """Subject and text. A value is one line, whatever it holds: nobody writes headers or paragraphs through a name."""
    given = {name: one_line(value) for name, value in values.items()}
    head, _, body = _source(template).partition("\n\n")
    subject = one_line(Template(head.removeprefix(_SUBJECT)).substitute(given))
    return subject[:_SUBJECT_LENGTH], Template(body).substitute(given)


def in_words(moment: datetime) -> str:
    """A moment as mails write it."""
    return f"{moment:%d %B %Y, %H:%M} UTC"


@cache
def _source(template: MailTemplate) -> str:
    return files("backend.services").joinpath("mail_templates", f"{template.value}.txt").read_text(encoding="utf-8")
