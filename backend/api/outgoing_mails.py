"""The outbox: mails to people, sent or kept."""

from __future__ import annotations

from uuid import UUID

from backend.api.access import MailOutboxRead
from backend.api.dependencies import Paging
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.mail import OutgoingMailAnswer, OutgoingMailText
from backend.api.schemas.pages import ListAnswer
from backend.core.problems import problems
from backend.domain.mail import MailState
from backend.services.mail_outbox import OutgoingMailNotFound

router = ResourceRouter(prefix="/outgoing-mails", tags=["mail"])


@router.get("")
async def list_outgoing_mails(
    outbox: MailOutboxRead, page: Paging, state: MailState | None = None
) -> ListAnswer[OutgoingMailAnswer]:
    """Mails, newest first."""
    return ListAnswer[OutgoingMailAnswer].of_attributes(await outbox.page(page, state))


@router.get("/{mail_id}", responses=problems(OutgoingMailNotFound))
async def get_outgoing_mail(mail_id: UUID, outbox: MailOutboxRead) -> OutgoingMailText:
    """One mail. Its text is shown only where no mail server takes mails, and not in production."""
    return OutgoingMailText.of(await outbox.get(mail_id))
