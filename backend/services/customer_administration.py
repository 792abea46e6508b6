"""Customers as the publisher's staff see and keep them: plans by hand, suspension, and keys without their secrets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import Precondition, etag_of
from backend.core.ids import CustomerId
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.customers import CustomerState, month_of
from backend.persistence.customer_access import tell_access_changed
from backend.persistence.models.customer import Customer, CustomerAPIKey, CustomerUser, Plan
from backend.persistence.repositories.customer_usage import CustomerUsageRepository, UsageBy
from backend.persistence.repositories.customers import (
    CustomerKeyRepository,
    CustomerRepository,
    CustomerUserRepository,
    CustomerWithPlan,
)
from backend.services.customer_usage import CustomerUsageService, UsageView
from backend.services.plans import PlanNotFound
from backend.services.scope import TenantScope


class CustomerNotFound(OpenRegError):
    """There is no such customer."""

    code: ClassVar[str] = "customer_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class CustomerClosed(OpenRegError):
    """The customer has ended its account."""

    code: ClassVar[str] = "customer_closed"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class CustomerStateUnfit(OpenRegError):
    """The customer is in another state already."""

    code: ClassVar[str] = "customer_state_unfit"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class PlanPaidFor(OpenRegError):
    """The customer pays for its plan, so it cannot be changed by hand."""

    code: ClassVar[str] = "plan_paid_for"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class CustomerDetail:
    """A customer with its plan, people, and how many calls the month has."""

    customer: Customer
    plan: Plan | None
    team: Sequence[CustomerUser]
    counted: int
    month: str

    @property
    def etag(self) -> str:
        """Which state of the customer it is; its calls do not change it."""
        return etag_of(self.customer.id, self.customer.updated_at)


@dataclass(frozen=True, slots=True)
class CustomerChange:
    """A plan by hand; ``plan_until`` None: until somebody changes it."""

    name: str
    plan_id: UUID | None
    plan_until: datetime | None


@dataclass(frozen=True, slots=True)
class CustomerAdministration:
    """Customers of one publisher; what changes is seen by the external API within a second."""

    scope: TenantScope

    async def page(self, request: PageRequest, state: CustomerState | None, name: str | None) -> Page[CustomerWithPlan]:
        """Customers, newest first."""
        async with self.scope.transaction() as session:
            return await CustomerRepository(session, self.scope.tenant).page(request, state=state, name=name)

    async def get(self, customer_id: UUID) -> CustomerDetail:
        """Raises CustomerNotFound."""
        async with self.scope.transaction() as session:
            return await self._detail(session, await self._get(session, customer_id))

    async def keys(self, customer_id: UUID, request: PageRequest) -> Page[CustomerAPIKey]:
        """Keys, newest first, never their secrets. Raises CustomerNotFound."""
        async with self.scope.transaction() as session:
            await self._get(session, customer_id)
            return await CustomerKeyRepository(session, self.scope.tenant).page(customer_id, request)

    async def usage(
        self, customer_id: UUID, first: date | None, last: date | None, by: Collection[UsageBy]
    ) -> UsageView:
        """What was called with its keys, as the customer sees it. Raises CustomerNotFound, UsagePeriodInvalid."""
        scope = self.scope
        async with scope.transaction() as session:
            await self._get(session, customer_id)
        usage = CustomerUsageService(scope.database, scope.tenant, CustomerId(customer_id), scope.now)
        return await usage.view(first, last, by)

    async def change(self, customer_id: UUID, wanted: CustomerChange, precondition: Precondition) -> CustomerDetail:
        """Raises CustomerNotFound, CustomerClosed, PlanNotFound, PlanPaidFor, PreconditionFailed."""
        async with self.scope.transaction() as session:
            customer = await self._open(session, customer_id)
            precondition.check(etag_of(customer.id, customer.updated_at))
            plan = await CustomerRepository(session, self.scope.tenant).find_plan(wanted.plan_id)
            if wanted.plan_id is not None and plan is None:
                raise PlanNotFound
            before = _shown(customer)
            customer.name = wanted.name
            until = wanted.plan_until if plan is not None else None
            if (customer.plan_id, customer.plan_until) != (wanted.plan_id, until):
                self._check_unpaid(customer)
                customer.plan_id, customer.plan_until, customer.subscription_id = wanted.plan_id, until, None
            await self._record(session, AuditAction.CUSTOMER_CHANGED, customer, before=before)
            return await self._detail(session, customer)

    async def suspend(self, customer_id: UUID, reason: str) -> CustomerDetail:
        """Its keys open nothing until it is resumed. Raises CustomerNotFound, CustomerClosed, CustomerStateUnfit."""
        async with self.scope.transaction() as session:
            customer = await self._open(session, customer_id)
            if customer.state != CustomerState.ACTIVE:
                raise CustomerStateUnfit("The customer is suspended already.")
            before = _shown(customer)
            customer.state, customer.suspended_at = CustomerState.SUSPENDED, self.scope.now()
            customer.suspended_reason = reason
            await self._record(session, AuditAction.CUSTOMER_SUSPENDED, customer, before=before)
            return await self._detail(session, customer)

    async def resume(self, customer_id: UUID) -> CustomerDetail:
        """Its keys open what its plan gives. Raises CustomerNotFound, CustomerClosed, CustomerStateUnfit."""
        async with self.scope.transaction() as session:
            customer = await self._open(session, customer_id)
            if customer.state != CustomerState.SUSPENDED:
                raise CustomerStateUnfit("The customer is not suspended.")
            before = _shown(customer)
            customer.state, customer.suspended_at, customer.suspended_reason = CustomerState.ACTIVE, None, None
            await self._record(session, AuditAction.CUSTOMER_RESUMED, customer, before=before)
            return await self._detail(session, customer)

    def _check_unpaid(self, customer: Customer) -> None:
        until = customer.plan_until
        if customer.subscription_id is not None and (until is None or until > self.scope.now()):
            raise PlanPaidFor(fix="End the subscription at Stripe first.")

    async def _detail(self, session: AsyncSession, customer: Customer) -> CustomerDetail:
        tenant, month = self.scope.tenant, month_of(self.scope.now())
        plan = await CustomerRepository(session, tenant).find_plan(customer.plan_id)
        team = await CustomerUserRepository(session, tenant).team(customer.id)
        counted = await CustomerUsageRepository(session, tenant).counted(CustomerId(customer.id), month)
        return CustomerDetail(customer, plan, team, counted, month)

    async def _get(self, session: AsyncSession, customer_id: UUID, *, for_update: bool = False) -> Customer:
        found = await CustomerRepository(session, self.scope.tenant).find(customer_id, for_update=for_update)
        if found is None:
            raise CustomerNotFound
        return found

    async def _open(self, session: AsyncSession, customer_id: UUID) -> Customer:
        customer = await self._get(session, customer_id, for_update=True)
        if customer.state == CustomerState.DELETED:
            raise CustomerClosed
        return customer

    async def _record(
        self, session: AsyncSession, action: AuditAction, customer: Customer, *, before: dict[str, object]
    ) -> None:
        customer.updated_at = self.scope.now()
        subject = AuditSubject("customer", customer.id, customer.name)
        await self.scope.audit(session).record(action, subject, before=before, after=_shown(customer))
        await tell_access_changed(session, customer.id)


def _shown(customer: Customer) -> dict[str, object]:
    return {
        "name": customer.name,
        "state": customer.state,
        "plan_id": str(customer.plan_id) if customer.plan_id else None,
        "plan_until": customer.plan_until.isoformat() if customer.plan_until else None,
        "suspended_reason": customer.suspended_reason,
    }
