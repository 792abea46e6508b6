"""Mappings of extracts that are kept to be used again."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, status

from backend.api.dependencies import Requires
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.reconciliations import (
    ReconciliationMappingAnswer,
    ReconciliationMappingList,
    ReconciliationMappingSave,
)
from backend.core.problems import problems
from backend.domain.extract_mapping import ExtractMappingInvalid, mapping_of
from backend.domain.permissions import Permission
from backend.services.extract_preview import ReportNotSubmitted
from backend.services.reconciliation_mappings import (
    ReconciliationMappingNotFound,
    ReconciliationMappingService,
    ReconciliationMappingTaken,
)
from backend.services.reports import ReportNotFound
from backend.services.scope import TenantScope

router = ResourceRouter(prefix="/reconciliation-mappings", tags=["reconciliations"])


def _service(permission: Permission) -> Callable[..., Awaitable[ReconciliationMappingService]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))]) -> ReconciliationMappingService:
        return ReconciliationMappingService(scope)

    return provide


MappingsRead = Annotated[ReconciliationMappingService, Depends(_service(Permission.RECONCILIATIONS_READ))]
MappingsWrite = Annotated[ReconciliationMappingService, Depends(_service(Permission.RECONCILIATIONS_WRITE))]


@router.get("")
async def list_reconciliation_mappings(
    mappings: MappingsRead, report_id: UUID | None = None
) -> ReconciliationMappingList:
    """Mappings of a report, or of all, by name."""
    found = await mappings.list(report_id)
    return ReconciliationMappingList(items=[ReconciliationMappingAnswer.of(one) for one in found])


@router.put(
    "",
    responses=problems(ReportNotFound, ReportNotSubmitted, ExtractMappingInvalid, ReconciliationMappingTaken),
)
async def save_reconciliation_mapping(
    body: ReconciliationMappingSave, mappings: MappingsWrite
) -> ReconciliationMappingAnswer:
    """Keep a mapping under a name, in the place of the one of that name."""
    saved = await mappings.save(body.report_id, body.name, mapping_of(body.mapping))
    return ReconciliationMappingAnswer.of(saved)


@router.delete(
    "/{mapping_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(ReconciliationMappingNotFound)
)
async def remove_reconciliation_mapping(mapping_id: UUID, mappings: MappingsWrite) -> None:
    """Forget a mapping; what was compared with it stays."""
    await mappings.remove(mapping_id)
