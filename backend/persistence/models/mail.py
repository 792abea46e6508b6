"""Mails to people: a row in the transaction of the fact, sent afterwards."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.mail import MailState
from backend.persistence.models.entity import Entity, Json, Sealed, TenantBound, enum_text, one_of


class OutgoingMail(TenantBound, Entity):
    """One mail to one address. The text is ciphertext, because links in it open accounts; it goes when it was sent."""

    __tablename__ = "outgoing_mails"
    __table_args__ = (
        one_of("state", MailState),
        Index(
            "ix_outgoing_mails_due",
            "next_attempt_at",
            postgresql_where=text("state IN ('pending', 'sending', 'retrying')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    template: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str] = mapped_column(String(250))
    content: Mapped[bytes | None] = mapped_column(Sealed)
    state: Mapped[str] = mapped_column(enum_text(MailState))
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    useful_until: Mapped[datetime | None]
    fencing_token: Mapped[int] = mapped_column(default=0)
    lease_expires_at: Mapped[datetime | None]
    last_error: Mapped[Json | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
