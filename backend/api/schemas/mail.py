"""Outgoing mails."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from backend.domain.mail import MailState
from backend.services.mail_outbox import OutgoingMailView


class OutgoingMailAnswer(BaseModel):
    """One mail, without its text."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    template: str
    recipient: str
    subject: str
    state: MailState
    attempts: int
    next_attempt_at: datetime
    last_error: dict[str, object] | None
    created_at: datetime
    finished_at: datetime | None


class OutgoingMailText(OutgoingMailAnswer):
    """One mail, with its text where it may be read."""

    text: str | None = Field(
        default=None, description="Only of mails that were kept for want of a mail server, and never in production."
    )

    @classmethod
    def of(cls, view: OutgoingMailView) -> Self:
        """The mail as it is shown."""
        return cls.model_validate(view.mail).model_copy(update={"text": view.text})
