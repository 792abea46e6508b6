"""Plans that the publisher offers."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from backend.core.problems import problems
from backend.persistence.repositories.customers import CustomerRepository
from external_api.api.access import Runtime
from external_api.api.people import PUBLIC_RESPONSES, Publisher, from_our_pages
from external_api.api.schemas.customers import PlanList, offered

router = APIRouter(prefix="/customers", tags=["customers: plans"])


@router.get("/plans", dependencies=[Depends(from_our_pages)], responses=problems(*PUBLIC_RESPONSES))
async def list_plans(tenant: Publisher, runtime: Runtime) -> PlanList:
    """What can be had; for anybody."""
    async with runtime.database.reading(tenant) as session:
        return offered(list(await CustomerRepository(session, tenant).offered_plans()))
