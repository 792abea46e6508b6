"""Plans that customers of the external API can have."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response, status

from backend.api.dependencies import Idempotency, Paging, Requires
from backend.api.etags import IfMatch, tag
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.customers import PlanAnswer, PlanChange, PlanCreate
from backend.api.schemas.pages import ListAnswer
from backend.core.etags import PreconditionFailed
from backend.core.problems import problems
from backend.domain.customers import KeyScopeUnknown
from backend.domain.permissions import Permission
from backend.domain.publications import PublicationNotFound
from backend.persistence.models.customer import Plan
from backend.services.plans import PlanInUse, PlanKeyTaken, PlanNotFound, PlanService, PriceTaken, plan_etag
from backend.services.scope import TenantScope

router = ResourceRouter(prefix="/plans", tags=["customers"])


def _plans(permission: Permission) -> Callable[..., Awaitable[PlanService]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))]) -> PlanService:
        return PlanService(scope)

    return provide


PlansRead = Annotated[PlanService, Depends(_plans(Permission.CUSTOMERS_READ))]
PlansWrite = Annotated[PlanService, Depends(_plans(Permission.CUSTOMERS_WRITE))]


@router.get("")
async def list_plans(plans: PlansRead, page: Paging) -> ListAnswer[PlanAnswer]:
    """Plans, newest first."""
    return ListAnswer.of(await plans.page(page), PlanAnswer.model_validate)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    responses=problems(KeyScopeUnknown, PublicationNotFound, PlanKeyTaken, PriceTaken),
)
async def create_plan(body: PlanCreate, plans: PlansWrite, idempotency: Idempotency) -> PlanAnswer:
    """Make a plan."""

    async def act() -> dict[str, object]:
        plan = await plans.create(body.key, body.terms())
        return PlanAnswer.model_validate(plan).model_dump(mode="json")

    request = {"route": "plans", **body.model_dump(mode="json")}
    return PlanAnswer.model_validate(await idempotency.once(plans.scope, request, act))


@router.get("/{plan_id}", responses=problems(PlanNotFound))
async def get_plan(plan_id: UUID, plans: PlansRead, response: Response) -> PlanAnswer:
    """One plan."""
    return _tagged(response, await plans.get(plan_id))


@router.put(
    "/{plan_id}", responses=problems(PlanNotFound, PreconditionFailed, KeyScopeUnknown, PublicationNotFound, PriceTaken)
)
async def change_plan(
    plan_id: UUID, body: PlanChange, plans: PlansWrite, if_match: IfMatch, response: Response
) -> PlanAnswer:
    """Change a plan for everybody who has it."""
    return _tagged(response, await plans.change(plan_id, body.terms(), if_match))


@router.delete("/{plan_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(PlanNotFound, PlanInUse))
async def remove_plan(plan_id: UUID, plans: PlansWrite) -> None:
    """Remove a plan that nobody has."""
    await plans.remove(plan_id)


def _tagged(response: Response, plan: Plan) -> PlanAnswer:
    tag(response, plan_etag(plan))
    return PlanAnswer.model_validate(plan)
