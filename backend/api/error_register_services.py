"""The services around the register of errors and omissions, each behind the permission its routes ask for.

Annotations are evaluated here, not kept as text, as in ``api.dependencies``.
"""

from typing import Annotated

from fastapi import Depends

from backend.api.dependencies import Requires, Runtime
from backend.domain.permissions import Permission
from backend.services.back_reporting import BackReportingService
from backend.services.error_register import ErrorRegisterService
from backend.services.error_register_actions import ErrorRegisterActions
from backend.services.error_register_views import ErrorRegisterViews
from backend.services.scope import TenantScope

Reading = Annotated[TenantScope, Depends(Requires(Permission.ERROR_REGISTER_READ))]
Writing = Annotated[TenantScope, Depends(Requires(Permission.ERROR_REGISTER_WRITE))]


async def _read(scope: Reading, runtime: Runtime) -> ErrorRegisterService:
    return ErrorRegisterService(scope, runtime.wakeups)


async def _write(scope: Writing, runtime: Runtime) -> ErrorRegisterService:
    return ErrorRegisterService(scope, runtime.wakeups)


def views_of(scope: TenantScope) -> ErrorRegisterViews:
    """Entries as they are shown."""
    return ErrorRegisterViews(scope)


async def _views(scope: Reading) -> ErrorRegisterViews:
    return views_of(scope)


async def _actions(scope: Writing) -> ErrorRegisterActions:
    return ErrorRegisterActions(scope)


async def _again_read(scope: Reading) -> BackReportingService:
    return BackReportingService(scope)


async def _again_write(scope: Writing) -> BackReportingService:
    return BackReportingService(scope)


async def _again_start(
    scope: Writing,
    _schedules: Annotated[TenantScope, Depends(Requires(Permission.SCHEDULES_WRITE))],
    _runs: Annotated[TenantScope, Depends(Requires(Permission.RUNS_START))],
    _exceptions: Annotated[TenantScope, Depends(Requires(Permission.EXCEPTIONS_WORK))],
) -> BackReportingService:
    """It starts runs, and resubmits records: whoever may do neither does it not by the back door."""
    return BackReportingService(scope)


RegisterRead = Annotated[ErrorRegisterService, Depends(_read)]
RegisterWrite = Annotated[ErrorRegisterService, Depends(_write)]
RegisterViews = Annotated[ErrorRegisterViews, Depends(_views)]
ActionsWrite = Annotated[ErrorRegisterActions, Depends(_actions)]
BackReportingRead = Annotated[BackReportingService, Depends(_again_read)]
BackReportingWrite = Annotated[BackReportingService, Depends(_again_write)]
BackReportingStart = Annotated[BackReportingService, Depends(_again_start)]
