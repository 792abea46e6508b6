"""The installation itself: is it well."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from backend.api.dependencies import Requires, Runtime
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.system import CheckAnswer, SystemHealthAnswer
from backend.core.clock import utc_now
from backend.domain.permissions import Permission
from backend.services.scope import TenantScope
from backend.services.system_health import SystemHealth, worst

router = ResourceRouter(prefix="/system", tags=["system"])
SystemRead = Annotated[TenantScope, Depends(Requires(Permission.SYSTEM_READ))]


@router.get("/health")
async def system_health(_: SystemRead, runtime: Runtime) -> SystemHealthAnswer:
    """Every part of the installation, looked at now; answers within two seconds whatever hangs."""
    health = SystemHealth(runtime.database, runtime.system, runtime.redis, runtime.adapters.storage, utc_now)
    checks = await health.checks()
    answers = [CheckAnswer.model_validate(one) for one in checks]
    return SystemHealthAnswer(state=worst(checks), checked_at=utc_now(), checks=answers)
