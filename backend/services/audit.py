"""The audit trail as people read it: lists, one entry, a file, and whether it is as it was written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import AuditAction, AuditSubject
from backend.persistence.models.audit import AuditEntry
from backend.persistence.repositories.audit import AuditFilter, AuditRepository, ListedEntry
from backend.services.audit_verification import ChainVerdict, verify_chain
from backend.services.scope import TenantScope

_TRAIL = AuditSubject("audit", None, "Audit trail")
_BATCH = 1000
#: How many entries a request verifies; the whole chain is the command's.
VERIFIED_ENTRIES = 100_000


class AuditEntryNotFound(OpenRegError):
    """There is no such audit entry."""

    code: ClassVar[str] = "audit_entry_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


@dataclass(frozen=True, slots=True)
class AuditService:
    """The audit trail of a tenant."""

    scope: TenantScope

    async def page(self, request: PageRequest, wanted: AuditFilter) -> Page[ListedEntry]:
        """Entries, newest first."""
        async with self.scope.reading() as session:
            return await AuditRepository(session, self.scope.tenant).page(request, wanted)

    async def get(self, entry_id: UUID) -> AuditEntry:
        """Raises AuditEntryNotFound."""
        async with self.scope.transaction() as session:
            found = await AuditRepository(session, self.scope.tenant).find(entry_id)
        if found is None:
            raise AuditEntryNotFound
        return found

    async def export(self, wanted: AuditFilter, file_format: str) -> AsyncIterator[AuditEntry]:
        """The entries that are there now, oldest first. That they were taken out is written down before."""
        async with self.scope.transaction() as session:
            _, last = await AuditRepository(session, self.scope.tenant).ends()
            asked = {"format": file_format, "filter": wanted.as_document()}
            await self.scope.audit(session).record(AuditAction.AUDIT_EXPORTED, _TRAIL, after=asked)
        return self._entries(wanted, last)

    async def verify(self) -> ChainVerdict:
        """Check the newest entries link by link; that it was done, and how it ended, is written down."""
        verdict = await verify_chain(self.scope.database, self.scope.tenant, last=VERIFIED_ENTRIES)
        async with self.scope.transaction() as session:
            found = {"is_intact": verdict.is_intact, "entries": verdict.entries, "head": str(verdict.head)}
            await self.scope.audit(session).record(AuditAction.AUDIT_VERIFIED, _TRAIL, after=found)
        return verdict

    async def _entries(self, wanted: AuditFilter, last: int) -> AsyncIterator[AuditEntry]:
        """In short transactions: a slow reader must not hold a connection."""
        number = 0
        while True:
            async with self.scope.transaction() as session:
                batch = await AuditRepository(session, self.scope.tenant).between(number, last, _BATCH, wanted)
            for entry in batch:
                yield entry
            if len(batch) < _BATCH:
                return
            number = batch[-1].number
