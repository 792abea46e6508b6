"""The services around reports, each behind the permission its routes ask for.

Annotations are evaluated here, not kept as text, as in ``api.dependencies``.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Query

from backend.api.dependencies import Requires, Runtime
from backend.core.pagination import MAX_LIMIT
from backend.domain.permissions import Permission
from backend.services.report_check import ReportCheckService
from backend.services.report_drafts import ReportDraftService
from backend.services.report_review import ReportReviewService
from backend.services.reports import ReportService
from backend.services.run_lists import RunListService
from backend.services.scope import TenantScope
from backend.services.source_access import ConnectorOpener, ConnectorService


def _drafts(permission: Permission) -> Callable[..., Awaitable[ReportDraftService]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))]) -> ReportDraftService:
        return ReportDraftService(scope)

    return provide


def _check(permission: Permission) -> Callable[..., Awaitable[ReportCheckService]]:
    async def provide(
        scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime
    ) -> ReportCheckService:
        opener = ConnectorOpener.of(runtime.adapters)
        return ReportCheckService(scope, ConnectorService(scope, opener), runtime.adapters.storage)

    return provide


def _review(permission: Permission) -> Callable[..., Awaitable[ReportReviewService]]:
    async def provide(
        scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime
    ) -> ReportReviewService:
        return ReportReviewService(scope, runtime.wakeups)

    return provide


def _reports(permission: Permission) -> Callable[..., Awaitable[ReportService]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime) -> ReportService:
        opener = ConnectorOpener.of(runtime.adapters)
        return ReportService(scope, ConnectorService(scope, opener), runtime.wakeups, runtime.adapters.storage)

    return provide


def _run_lists(permission: Permission) -> Callable[..., Awaitable[RunListService]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))]) -> RunListService:
        return RunListService(scope)

    return provide


Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
#: A cursor of a sorted list holds the value of the sort key.
SortedCursor = Annotated[str | None, Query(max_length=1500)]
Search = Annotated[str | None, Query(max_length=200, description="A part of the name, letters of either case.")]

DraftsRead = Annotated[ReportDraftService, Depends(_drafts(Permission.REPORTS_READ))]
DraftsWrite = Annotated[ReportDraftService, Depends(_drafts(Permission.REPORTS_WRITE))]
ReportsCheck = Annotated[ReportCheckService, Depends(_check(Permission.REPORTS_WRITE))]
ReportsArchive = Annotated[ReportService, Depends(_reports(Permission.REPORTS_ARCHIVE))]
ReviewRead = Annotated[ReportReviewService, Depends(_review(Permission.REPORTS_READ))]
ReviewSubmit = Annotated[ReportReviewService, Depends(_review(Permission.REPORTS_SUBMIT))]
ReviewApprove = Annotated[ReportReviewService, Depends(_review(Permission.REPORTS_APPROVE))]
ReviewActivate = Annotated[ReportReviewService, Depends(_review(Permission.REPORTS_ACTIVATE))]
ReviewArchive = Annotated[ReportReviewService, Depends(_review(Permission.REPORTS_ARCHIVE))]
RunListsRead = Annotated[RunListService, Depends(_run_lists(Permission.RUNS_READ))]
