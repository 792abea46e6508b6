"""Saved mappings of extracts: one per report and name, the newest counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import ReportId, new_id
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.extract_mapping import ExtractMapping, settled
from backend.persistence.models.reconciliation import ReconciliationMapping
from backend.persistence.repositories.reconciliations import ReconciliationRepository
from backend.services.extract_preview import pack_of_report
from backend.services.scope import TenantScope


class ReconciliationMappingNotFound(OpenRegError):
    """There is no such mapping."""

    code: ClassVar[str] = "reconciliation_mapping_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class ReconciliationMappingTaken(OpenRegError):
    """Somebody has saved a mapping of this name at the same moment."""

    code: ClassVar[str] = "reconciliation_mapping_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class ReconciliationMappingService:
    """Mappings of a tenant's reports."""

    scope: TenantScope

    async def list(self, report_id: UUID | None) -> Sequence[ReconciliationMapping]:
        """Of one report or of all, by name."""
        async with self.scope.reading() as session:
            return await ReconciliationRepository(session, self.scope.tenant).mappings(report_id)

    async def save(self, report_id: UUID, name: str, mapping: ExtractMapping) -> ReconciliationMapping:
        """Keep a mapping under a name, in the place of the one it had.

        Raises ReportNotFound, ReportNotSubmitted, ExtractMappingInvalid, ReconciliationMappingTaken.
        """
        scope = self.scope
        async with scope.transaction() as session:
            pack = await pack_of_report(session, scope.tenant, ReportId(report_id))
            document = settled(mapping, pack).model_dump(mode="json")
            repository = ReconciliationRepository(session, scope.tenant)
            saved = await repository.find_mapping_named(report_id, name)
            if saved is None:
                saved = ReconciliationMapping(id=new_id(), tenant_id=scope.tenant, report_id=report_id, name=name)
                repository.add(saved)
            saved.mapping, saved.saved_by, saved.saved_at = document, scope.user_id, scope.now()
            await repository.flush_unique(ReconciliationMappingTaken())
            await scope.audit(session).record(
                AuditAction.RECONCILIATION_MAPPING_SAVED, _subject(saved), after={"report_id": str(report_id)}
            )
        return saved

    async def remove(self, mapping_id: UUID) -> None:
        """Forget a mapping; what was compared with it stays. Raises ReconciliationMappingNotFound."""
        scope = self.scope
        async with scope.transaction() as session:
            repository = ReconciliationRepository(session, scope.tenant)
            saved = await repository.find_mapping(mapping_id)
            if saved is None:
                raise ReconciliationMappingNotFound
            await scope.audit(session).record(AuditAction.RECONCILIATION_MAPPING_REMOVED, _subject(saved))
            await repository.delete(saved)


def _subject(one: ReconciliationMapping) -> AuditSubject:
    return AuditSubject("reconciliation_mapping", one.id, one.name)
