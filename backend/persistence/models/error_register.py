"""The register of errors and omissions: entries, everything that happened to them, links and actions."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.error_register import (
    EntryKind,
    EntryState,
    EntryStep,
    FoundBy,
    LinkKind,
    RootCause,
    transition,
)
from backend.persistence.models.entity import Entity, Json, TenantBound, enum_text, one_of


class RegisterEntry(TenantBound, Entity):
    """An error or omission. ``affected_days`` holds a report, a reporting date and a count of records, if it is known.

    ``notified_at`` is when the authority was told; ``back_reported_at`` when everything that was reported again was
    accepted. ``revision`` grows with every change.
    """

    __tablename__ = "error_register_entries"
    __table_args__ = (
        one_of("kind", EntryKind),
        one_of("state", EntryState),
        one_of("found_by", FoundBy),
        one_of("root_cause", RootCause),
        UniqueConstraint("tenant_id", "reference"),
        Index("ix_error_register_entries_newest", "tenant_id", "id"),
        Index("ix_error_register_entries_by_state", "tenant_id", "state", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(enum_text(EntryKind))
    state: Mapped[str] = mapped_column(enum_text(EntryState))
    found_by: Mapped[str] = mapped_column(enum_text(FoundBy))
    root_cause: Mapped[str | None] = mapped_column(enum_text(RootCause))
    root_cause_text: Mapped[str] = mapped_column(Text)
    report_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    occurred_from: Mapped[date]
    occurred_to: Mapped[date | None]
    discovered_on: Mapped[date]
    corrected_on: Mapped[date | None]
    affected_days: Mapped[list[Json]]
    affected_fields: Mapped[list[str]] = mapped_column(ARRAY(String(120)))
    authority: Mapped[str] = mapped_column(String(200), default="")
    authority_reference: Mapped[str] = mapped_column(String(200), default="")
    notified_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    back_reported_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    def move_to(self, to: EntryState) -> EntryState:
        """Change state by the transition table; the state before. Raises EntryTransitionRefused."""
        before = EntryState(self.state)
        self.state = transition(before, to)
        return before

    @property
    def affected_records(self) -> int | None:
        """Records of all days that were counted; None where none was."""
        counted = [one["records"] for one in self.affected_days if isinstance(one.get("records"), int)]
        return sum(one for one in counted if isinstance(one, int)) if counted else None


class RegisterEvent(TenantBound, Entity):
    """One thing that happened to an entry, who did it, and why. Never changed.

    ``actor_id`` is None where OpenReg acted; ``actor`` says who in words.
    """

    __tablename__ = "error_register_events"
    __table_args__ = (one_of("step", EntryStep), UniqueConstraint("entry_id", "number"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("error_register_entries.id"))
    number: Mapped[int]
    step: Mapped[str] = mapped_column(enum_text(EntryStep))
    from_state: Mapped[str | None] = mapped_column(enum_text(EntryState))
    to_state: Mapped[str] = mapped_column(enum_text(EntryState))
    note: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[Json] = mapped_column(default=dict)
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    actor: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime]


class RegisterLink(TenantBound, Entity):
    """What an entry is about: any thing by its kind and identifier; ``label`` is what it was called then."""

    __tablename__ = "error_register_links"
    __table_args__ = (
        one_of("kind", LinkKind),
        Index("ix_error_register_links_of_target", "tenant_id", "kind", "target_id"),
    )

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("error_register_entries.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(enum_text(LinkKind), primary_key=True)
    target_id: Mapped[UUID] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(String(300))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]


class RegisterAction(TenantBound, Entity):
    """Something that somebody does about an entry. ``told_at``: that it is overdue was told once."""

    __tablename__ = "error_register_actions"
    __table_args__ = (
        Index("ix_error_register_actions_of_entry", "entry_id", "id"),
        Index(
            "ix_error_register_actions_due",
            "tenant_id",
            "due_at",
            postgresql_where=text("done_at IS NULL AND told_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("error_register_entries.id"))
    text: Mapped[str] = mapped_column(String(500))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    done_note: Mapped[str] = mapped_column(Text, default="")
    told_at: Mapped[datetime | None]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
