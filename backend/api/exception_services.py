"""The services around exceptions, each behind the permission its routes ask for.

Annotations are evaluated here, not kept as text, as in ``api.dependencies``.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends

from backend.api.dependencies import Requires, Runtime, SignedIn
from backend.domain.permissions import Permission
from backend.services.exception_amendments import ExceptionAmendmentService
from backend.services.exception_faults import ExceptionFaultService
from backend.services.exception_lists import ExceptionListService
from backend.services.exception_records import ExceptionRecordService
from backend.services.exception_resubmission import ExceptionResubmissionService
from backend.services.exception_statistics import ExceptionStatisticsService
from backend.services.exceptions import ExceptionService
from backend.services.record_ledger import RecordLedger
from backend.services.record_lineage import RecordLineageService
from backend.services.scope import TenantScope
from backend.services.supplemental_runs import SupplementalRuns


def _exceptions(permission: Permission) -> Callable[..., Awaitable[ExceptionService]]:
    async def provide(
        scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime
    ) -> ExceptionService:
        return ExceptionService(scope, runtime.wakeups)

    return provide


async def _lists(scope: Annotated[TenantScope, Depends(Requires(Permission.EXCEPTIONS_READ))]) -> ExceptionListService:
    return ExceptionListService(scope)


def _records(permission: Permission) -> Callable[..., Awaitable[ExceptionRecordService]]:
    async def provide(
        principal: SignedIn, scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime
    ) -> ExceptionRecordService:
        return ExceptionRecordService(scope, principal.permissions, runtime.adapters.storage)

    return provide


async def _faults(
    records: Annotated[ExceptionRecordService, Depends(_records(Permission.EXCEPTIONS_READ))],
) -> ExceptionFaultService:
    return ExceptionFaultService(records)


async def _amendments(
    records: Annotated[ExceptionRecordService, Depends(_records(Permission.EXCEPTIONS_WORK))], runtime: Runtime
) -> ExceptionAmendmentService:
    return ExceptionAmendmentService(records, runtime.wakeups)


async def _resubmissions(
    records: Annotated[ExceptionRecordService, Depends(_records(Permission.EXCEPTIONS_WORK))], runtime: Runtime
) -> ExceptionResubmissionService:
    return ExceptionResubmissionService(
        records, SupplementalRuns(records.scope), RecordLedger(records.scope, records.storage), runtime.wakeups
    )


async def _lineages(
    records: Annotated[ExceptionRecordService, Depends(_records(Permission.EXCEPTIONS_READ))],
) -> RecordLineageService:
    return RecordLineageService(records, RecordLedger(records.scope, records.storage))


async def _statistics(
    scope: Annotated[TenantScope, Depends(Requires(Permission.EXCEPTIONS_READ))],
) -> ExceptionStatisticsService:
    return ExceptionStatisticsService(scope)


ExceptionLists = Annotated[ExceptionListService, Depends(_lists)]
ExceptionsRead = Annotated[ExceptionService, Depends(_exceptions(Permission.EXCEPTIONS_READ))]
ExceptionsWork = Annotated[ExceptionService, Depends(_exceptions(Permission.EXCEPTIONS_WORK))]
ExceptionsApprove = Annotated[ExceptionService, Depends(_exceptions(Permission.EXCEPTIONS_APPROVE))]
ExceptionRecords = Annotated[ExceptionRecordService, Depends(_records(Permission.EXCEPTIONS_READ))]
ExceptionFaults = Annotated[ExceptionFaultService, Depends(_faults)]
ExceptionResubmissions = Annotated[ExceptionResubmissionService, Depends(_resubmissions)]
RecordLineages = Annotated[RecordLineageService, Depends(_lineages)]
ExceptionStatisticsRead = Annotated[ExceptionStatisticsService, Depends(_statistics)]
ExceptionAmendments = Annotated[ExceptionAmendmentService, Depends(_amendments)]
