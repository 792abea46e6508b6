"""Official texts: a regulator's list of its rules, brought by the user, and which of our rules each belongs to."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.persistence.models.entity import Entity, TenantBound


class OfficialTextList(TenantBound, Entity):
    """One version of a regime's list; the newest is the one that is shown.

    ``added``, ``changed`` and ``withdrawn`` count what differs from the version before, ``paired`` the texts of rules.
    """

    __tablename__ = "official_text_lists"
    __table_args__ = (UniqueConstraint("tenant_id", "pack_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    pack_id: Mapped[str] = mapped_column(String(60))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    file_name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    text_count: Mapped[int]
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    withdrawn: Mapped[int] = mapped_column(default=0)
    paired: Mapped[int] = mapped_column(default=0)
    imported_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    imported_at: Mapped[datetime]


class OfficialText(TenantBound, Entity):
    """What the regulator says under a code; both days are the list's own and belong to the period.

    A code that a later list no longer has stays in every later version: ``withdrawn_in`` is the first without it.
    """

    __tablename__ = "official_texts"
    __table_args__ = (Index("ix_official_texts_of_rule", "list_id", "rule_id"),)

    list_id: Mapped[UUID] = mapped_column(ForeignKey("official_text_lists.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(60))
    error_code: Mapped[str] = mapped_column(String(60), default="")
    field: Mapped[str] = mapped_column(String(200))
    severity: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(Text)
    citation: Mapped[str] = mapped_column(String(500), default="")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    rule_id: Mapped[str | None] = mapped_column(String(60))
    withdrawn_in: Mapped[int | None]
