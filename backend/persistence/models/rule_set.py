"""Rule sets and their versions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.validation.rule_sets import RULES, RuleSetState, RuleSetVersionContent, transition
from backend.persistence.models.entity import Entity, Json, TenantBound, enum_text, one_of


class RuleSet(TenantBound, Entity):
    """Rules under a name that reports choose. ``pack_id`` is the regime whose target columns its rules are over."""

    __tablename__ = "rule_sets"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(63))
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    pack_id: Mapped[str | None] = mapped_column(String(60))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=1)


class RuleSetVersion(TenantBound, Entity):
    """What a rule set says under a number; only a draft changes, and ``revision`` grows with every change of it.

    ``authors`` are all who wrote in it: with four eyes none of them may activate it.
    """

    __tablename__ = "rule_set_versions"
    __table_args__ = (
        UniqueConstraint("rule_set_id", "number"),
        one_of("state", RuleSetState),
        Index("uq_rule_set_versions_one_active", "rule_set_id", unique=True, postgresql_where=text("state = 'active'")),
        Index("uq_rule_set_versions_one_draft", "rule_set_id", unique=True, postgresql_where=text("state = 'draft'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    rule_set_id: Mapped[UUID] = mapped_column(ForeignKey("rule_sets.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(enum_text(RuleSetState))
    rules: Mapped[list[Json]]
    sha256: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text, default="")
    authors: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    updated_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    revision: Mapped[int] = mapped_column(default=1)
    activated_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    activated_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]

    def move_to(self, to: RuleSetState) -> None:
        """Change state by the transition table. Raises RuleSetTransitionRefused."""
        self.state = transition(RuleSetState(self.state), to)

    def content(self, name: str) -> RuleSetVersionContent:
        """What it says, under the name of its set."""
        return RuleSetVersionContent(name, self.number, self.sha256, RULES.validate_python(self.rules))
