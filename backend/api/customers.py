"""Customers of the external API, kept by the publisher's staff."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from backend.api.dependencies import Paging, Requires
from backend.api.etags import IfMatch, tag
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.customers import (
    CustomerAnswer,
    CustomerChangeRequest,
    CustomerDetailAnswer,
    CustomerKeyAnswer,
    CustomerSuspend,
    CustomerUsageAnswer,
)
from backend.api.schemas.pages import ListAnswer
from backend.core.etags import PreconditionFailed
from backend.core.problems import problems
from backend.domain.customers import CustomerState
from backend.domain.permissions import Permission
from backend.persistence.repositories.customer_usage import UsageBy
from backend.services.customer_administration import (
    CustomerAdministration,
    CustomerClosed,
    CustomerDetail,
    CustomerNotFound,
    CustomerStateUnfit,
    PlanPaidFor,
)
from backend.services.customer_usage import UsagePeriodInvalid
from backend.services.plans import PlanNotFound
from backend.services.scope import TenantScope

router = ResourceRouter(prefix="/customers", tags=["customers"])


def _customers(permission: Permission) -> Callable[..., Awaitable[CustomerAdministration]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))]) -> CustomerAdministration:
        return CustomerAdministration(scope)

    return provide


CustomersRead = Annotated[CustomerAdministration, Depends(_customers(Permission.CUSTOMERS_READ))]
CustomersWrite = Annotated[CustomerAdministration, Depends(_customers(Permission.CUSTOMERS_WRITE))]


@router.get("")
async def list_customers(
    customers: CustomersRead,
    page: Paging,
    state: CustomerState | None = None,
    name: Annotated[str | None, Query(max_length=200, description="A part of the name.")] = None,
) -> ListAnswer[CustomerAnswer]:
    """Customers with their plans, newest first."""
    return ListAnswer.of(await customers.page(page, state, name), CustomerAnswer.of)


@router.get("/{customer_id}", responses=problems(CustomerNotFound))
async def get_customer(customer_id: UUID, customers: CustomersRead, response: Response) -> CustomerDetailAnswer:
    """One customer, its people, and its calls of the month."""
    return _tagged(response, await customers.get(customer_id))


@router.patch(
    "/{customer_id}",
    responses=problems(CustomerNotFound, CustomerClosed, PlanNotFound, PlanPaidFor, PreconditionFailed),
)
async def change_customer(
    customer_id: UUID, body: CustomerChangeRequest, customers: CustomersWrite, if_match: IfMatch, response: Response
) -> CustomerDetailAnswer:
    """Rename a customer, give it a plan, and say until when."""
    return _tagged(response, await customers.change(customer_id, body.wanted(), if_match))


@router.post("/{customer_id}/suspend", responses=problems(CustomerNotFound, CustomerClosed, CustomerStateUnfit))
async def suspend_customer(
    customer_id: UUID, body: CustomerSuspend, customers: CustomersWrite, response: Response
) -> CustomerDetailAnswer:
    """Its keys open nothing until it is resumed."""
    return _tagged(response, await customers.suspend(customer_id, body.reason))


@router.post("/{customer_id}/resume", responses=problems(CustomerNotFound, CustomerClosed, CustomerStateUnfit))
async def resume_customer(customer_id: UUID, customers: CustomersWrite, response: Response) -> CustomerDetailAnswer:
    """Its keys open what its plan gives."""
    return _tagged(response, await customers.resume(customer_id))


@router.get("/{customer_id}/keys", responses=problems(CustomerNotFound))
async def list_customer_keys(
    customer_id: UUID, customers: CustomersRead, page: Paging
) -> ListAnswer[CustomerKeyAnswer]:
    """Keys of a customer, newest first, never their secrets."""
    return ListAnswer.of(await customers.keys(customer_id, page), CustomerKeyAnswer.of)


@router.get("/{customer_id}/usage", responses=problems(CustomerNotFound, UsagePeriodInvalid))
async def get_customer_usage(
    customer_id: UUID,
    customers: CustomersRead,
    first: date | None = None,
    last: date | None = None,
    by: Annotated[list[UsageBy] | None, Query(description="What calls are told apart by; by day if not given.")] = None,
) -> CustomerUsageAnswer:
    """Calls of some days (UTC) in groups, refused ones included; the present month unless days are given."""
    return CustomerUsageAnswer.of(await customers.usage(customer_id, first, last, by or ()))


def _tagged(response: Response, view: CustomerDetail) -> CustomerDetailAnswer:
    tag(response, view.etag)
    return CustomerDetailAnswer.of_detail(view)
