"""Organisations of the installation, for platform administrators."""

from __future__ import annotations

from fastapi import status

from backend.api.access import PlatformAdministratorRequired, TenantsRead, TenantsWrite
from backend.api.dependencies import Paging
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.pages import ListAnswer
from backend.api.schemas.tenants import TenantAnswer, TenantCreate
from backend.core.problems import problems
from backend.domain.mail import EmailAddressInvalid
from backend.domain.tenants import TimeZoneUnknown
from backend.services.platform_tenants import TenantSlugTaken

router = ResourceRouter(prefix="/tenants", tags=["tenants"])


@router.get("", responses=problems(PlatformAdministratorRequired))
async def list_tenants(tenants: TenantsRead, page: Paging) -> ListAnswer[TenantAnswer]:
    """Every organisation, newest first."""
    return ListAnswer[TenantAnswer].of_attributes(await tenants.page(page))


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    responses=problems(PlatformAdministratorRequired, TenantSlugTaken, EmailAddressInvalid, TimeZoneUnknown),
)
async def create_tenant(body: TenantCreate, tenants: TenantsWrite) -> TenantAnswer:
    """A new organisation with the usual roles; its administrator is invited by mail."""
    return TenantAnswer.model_validate(await tenants.create(body.plan(), administrator=body.administrator_email))
