"""Entries of the audit trail."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from backend.domain.audit_chain import ChainFaultKind
from backend.persistence.models.audit import AuditEntry
from backend.services.audit_verification import ChainVerdict


class AuditEntryAnswer(BaseModel):
    """Who did what to what, and when."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: int = Field(description="Position in the tenant's chain, from 1 and without gaps.")
    at: datetime
    actor_kind: str
    actor_id: UUID | None
    actor_label: str = Field(description="E-mail address or name of the key, as it was then.")
    address: str | None
    request_id: str | None
    action: str
    subject_kind: str
    subject_id: UUID | None
    subject_label: str = Field(description="The name it had then.")
    note: str | None


class AuditEntryDetailAnswer(AuditEntryAnswer):
    """An entry with what was before and after, without secrets."""

    before: dict[str, JsonValue] | None
    after: dict[str, JsonValue] | None
    previous_hash: str
    hash: str

    @classmethod
    def of(cls, entry: AuditEntry) -> AuditEntryDetailAnswer:
        """The entry as it was written."""
        return cls(
            **AuditEntryAnswer.model_validate(entry).model_dump(),
            before=None if entry.before is None else json.loads(entry.before),
            after=None if entry.after is None else json.loads(entry.after),
            previous_hash=entry.previous_hash,
            hash=entry.hash,
        )


class ChainFaultAnswer(BaseModel):
    """A place where the chain does not hold."""

    model_config = ConfigDict(from_attributes=True)

    kind: ChainFaultKind
    number: int
    text: str


class ChainVerdictAnswer(BaseModel):
    """Whether the entries from ``first_number`` on are as they were written."""

    is_intact: bool
    is_complete: bool = Field(description="Whether the chain was read from its first entry.")
    first_number: int
    entries: int
    head: str = Field(description="NUMBER:HASH of the last entry; keep it elsewhere.")
    faults: list[ChainFaultAnswer]

    @classmethod
    def of(cls, verdict: ChainVerdict) -> ChainVerdictAnswer:
        """The verdict as it is told."""
        return cls(
            is_intact=verdict.is_intact,
            is_complete=verdict.first == 1,
            first_number=verdict.first,
            entries=verdict.entries,
            head=str(verdict.head),
            faults=[ChainFaultAnswer.model_validate(one) for one in verdict.faults],
        )
