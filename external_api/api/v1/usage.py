"""What was called with the keys of a customer."""

# Annotations are evaluated here, not kept as text, as in ``external_api.api.access``.

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from backend.core.problems import problems
from backend.domain.customers import KeyScope
from backend.persistence.repositories.customer_usage import UsageBy
from backend.services.customer_usage import CustomerUsageService, UsagePeriodInvalid
from external_api.api.access import KEY_PROBLEMS, CustomerScope, RequiresScope, ScopeMissing
from external_api.api.schemas.usage import UsageAnswer

router = APIRouter(tags=["usage"])
UsageRead = Annotated[CustomerScope, Depends(RequiresScope(KeyScope.USAGE_READ))]
By = Annotated[list[UsageBy] | None, Query(description="What calls are told apart by; by day unless said otherwise.")]


@router.get("/usage", responses=problems(*KEY_PROBLEMS, ScopeMissing, UsagePeriodInvalid))
async def get_usage(
    scope: UsageRead, first: date | None = None, last: date | None = None, by: By = None
) -> UsageAnswer:
    """Calls of the month against its quota, and of some days in groups; a moment behind the calls themselves."""
    caller = scope.caller
    usage = CustomerUsageService(scope.database, scope.tenant, caller.customer_id, scope.now)
    return UsageAnswer.of(await usage.view(first, last, by or ()), caller.monthly_quota)
