"""Settings of the tenant one is signed in to."""

from __future__ import annotations

from fastapi import Response

from backend.api.dependencies import TenantSettingsRead, TenantSettingsWrite
from backend.api.etags import IfMatch, tag
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.tenants import TenantSettingsAnswer, TenantSettingsChange
from backend.core.etags import PreconditionFailed
from backend.core.problems import problems
from backend.domain.tenants import FourEyesFixed, FourEyesReasonMissing, TimeZoneUnknown

router = ResourceRouter(prefix="/tenant-settings", tags=["tenants"])


@router.get("")
async def get_tenant_settings(settings: TenantSettingsRead, response: Response) -> TenantSettingsAnswer:
    """The settings as they are, who changed them last, and what holds by default."""
    view = await settings.get()
    tag(response, view.etag)
    return TenantSettingsAnswer.of(view, is_production=settings.is_production)


@router.patch("", responses=problems(PreconditionFailed, TimeZoneUnknown, FourEyesFixed, FourEyesReasonMissing))
async def change_tenant_settings(
    body: TenantSettingsChange, settings: TenantSettingsWrite, if_match: IfMatch, response: Response
) -> TenantSettingsAnswer:
    """Change some settings. Four eyes can be switched off only outside production, with a reason."""
    view = await settings.change(body.choices(), if_match)
    tag(response, view.etag)
    return TenantSettingsAnswer.of(view, is_production=settings.is_production)
