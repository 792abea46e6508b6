"""Notices to staff, one row per person who is told, and how each wants to be told."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.notices import Digest, NoticeKind
from backend.persistence.models.entity import Entity, TenantBound, enum_text, one_of


class Notice(TenantBound, Entity):
    """One fact told to one person. ``sequence`` grows in the order of commits within a tenant."""

    __tablename__ = "notices"
    __table_args__ = (
        one_of("kind", NoticeKind),
        Index("ix_notices_person", "tenant_id", "user_id", "sequence"),
        Index(
            "ix_notices_mail_due",
            "mail_due_at",
            postgresql_where=text("mailed_at IS NULL AND mail_due_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(enum_text(NoticeKind))
    title: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    link: Mapped[str] = mapped_column(String(300))
    subject_id: Mapped[UUID]
    is_in_app: Mapped[bool]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mail_due_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]


class NoticePreference(TenantBound, Entity):
    """How a person wants to hear of things in a tenant; kinds that stand in no list are told."""

    __tablename__ = "notice_preferences"
    __table_args__ = (
        one_of("digest", Digest),
        CheckConstraint("digest_hour BETWEEN 0 AND 23", name="digest_hour_known"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
    muted_in_app: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    muted_mail: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    digest: Mapped[str] = mapped_column(enum_text(Digest))
    digest_hour: Mapped[int]
