"""Plans of a publisher: what customers can have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import Precondition, etag_of
from backend.core.ids import TenantId, new_id
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.customers import DEFAULT_RATE_PER_MINUTE, KeyScope, check_scopes
from backend.domain.publications import PublicationKind, PublicationNotFound
from backend.persistence.customer_access import tell_access_changed
from backend.persistence.models.customer import Plan
from backend.persistence.repositories.customers import CustomerRepository
from backend.persistence.repositories.publications import PublicationRepository
from backend.services.scope import TenantScope


class PlanNotFound(OpenRegError):
    """There is no such plan."""

    code: ClassVar[str] = "plan_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class PlanKeyTaken(OpenRegError):
    """Another plan has this key."""

    code: ClassVar[str] = "plan_key_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class PriceTaken(OpenRegError):
    """Another plan has this price."""

    code: ClassVar[str] = "price_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class PlanInUse(OpenRegError):
    """Customers have this plan."""

    code: ClassVar[str] = "plan_in_use"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """What a plan gives, and to whom it is shown."""

    name: str
    description: str
    rate_limit_per_minute: int
    monthly_quota: int | None
    max_keys: int
    max_members: int
    scopes: Sequence[str]
    regimes: Sequence[str] | None
    kinds: Sequence[PublicationKind] | None
    publication_ids: Sequence[UUID] | None
    is_default: bool
    is_offered: bool
    #: What it costs, by Stripe's name of the price; None: it is given by hand.
    stripe_price_id: str | None = None
    trial_days: int = 0


def plan_etag(plan: Plan) -> str:
    """Which state of a plan it is."""
    return etag_of(plan.id, plan.updated_at)


def first_plan(tenant: TenantId, at: datetime) -> Plan:
    """What a sign-up gets before anybody has made a plan: all that is published, at the usual pace, by hand."""
    return Plan(
        id=new_id(),
        tenant_id=tenant,
        key="starter",
        name="Starter",
        description="All that is published.",
        rate_limit_per_minute=DEFAULT_RATE_PER_MINUTE,
        monthly_quota=None,
        max_keys=5,
        max_members=5,
        scopes=sorted(scope.value for scope in KeyScope),
        regimes=None,
        trial_days=0,
        is_default=True,
        is_offered=True,
        created_at=at,
        updated_at=at,
    )


@dataclass(frozen=True, slots=True)
class PlanService:
    """Plans of one publisher. A change holds for everybody who has the plan, within a second."""

    scope: TenantScope

    async def page(self, request: PageRequest) -> Page[Plan]:
        """Plans, newest first."""
        async with self.scope.transaction() as session:
            return await CustomerRepository(session, self.scope.tenant).plans(request)

    async def get(self, plan_id: UUID) -> Plan:
        """Raises PlanNotFound."""
        async with self.scope.transaction() as session:
            return await self._get(session, plan_id)

    async def create(self, key: str, terms: PlanTerms) -> Plan:
        """Raises KeyScopeUnknown, PublicationNotFound, PlanKeyTaken, PriceTaken."""
        plan = Plan(id=new_id(), tenant_id=self.scope.tenant, key=key, created_at=self.scope.now())
        async with self.scope.transaction() as session:
            plans = CustomerRepository(session, self.scope.tenant)
            await self._apply(session, plan, terms)
            plans.add(plan)
            await plans.flush_unique(PlanKeyTaken(f"A plan with the key {key!r} exists.", fix="Choose another key."))
            await self._record(session, AuditAction.PLAN_CREATED, plan, after=_shown(plan))
        return plan

    async def change(self, plan_id: UUID, terms: PlanTerms, precondition: Precondition) -> Plan:
        """Raises PlanNotFound, PreconditionFailed, KeyScopeUnknown, PublicationNotFound, PriceTaken."""
        async with self.scope.transaction() as session:
            plan = await self._get(session, plan_id, for_update=True)
            precondition.check(plan_etag(plan))
            before = _shown(plan)
            await self._apply(session, plan, terms)
            await self._record(session, AuditAction.PLAN_CHANGED, plan, before=before, after=_shown(plan))
            await tell_access_changed(session, self.scope.tenant)
        return plan

    async def remove(self, plan_id: UUID) -> None:
        """Raises PlanNotFound, PlanInUse."""
        async with self.scope.transaction() as session:
            plan = await self._get(session, plan_id, for_update=True)
            plans = CustomerRepository(session, self.scope.tenant)
            if await plans.count_on_plan(plan.id):
                raise PlanInUse(fix="Give its customers another plan first.")
            await self._record(session, AuditAction.PLAN_REMOVED, plan, before=_shown(plan))
            await plans.delete(plan)

    async def _apply(self, session: AsyncSession, plan: Plan, terms: PlanTerms) -> None:
        if terms.is_default:
            await CustomerRepository(session, self.scope.tenant).clear_default_plan(plan.id)
        listed = set(terms.publication_ids or ())
        unknown = listed - await PublicationRepository(session, self.scope.tenant).known(listed)
        if unknown:
            raise PublicationNotFound(f"There is no publication {min(unknown)}.", fix="Choose from those there are.")
        plan.name, plan.description = terms.name, terms.description
        plan.rate_limit_per_minute, plan.monthly_quota = terms.rate_limit_per_minute, terms.monthly_quota
        plan.max_keys, plan.max_members = terms.max_keys, terms.max_members
        plan.scopes = check_scopes(terms.scopes)
        plan.regimes = None if terms.regimes is None else sorted(set(terms.regimes))
        plan.kinds = None if terms.kinds is None else sorted({one.value for one in terms.kinds})
        plan.publication_ids = None if terms.publication_ids is None else sorted(set(terms.publication_ids))
        plan.is_default, plan.is_offered = terms.is_default, terms.is_offered
        if await CustomerRepository(session, self.scope.tenant).has_other_with_price(plan.id, terms.stripe_price_id):
            raise PriceTaken(fix="Choose another price.")
        plan.stripe_price_id, plan.trial_days = terms.stripe_price_id, terms.trial_days
        plan.updated_at = self.scope.now()

    async def _get(self, session: AsyncSession, plan_id: UUID, *, for_update: bool = False) -> Plan:
        plan = await CustomerRepository(session, self.scope.tenant).find_plan(plan_id, for_update=for_update)
        if plan is None:
            raise PlanNotFound
        return plan

    async def _record(
        self,
        session: AsyncSession,
        action: AuditAction,
        plan: Plan,
        *,
        before: dict[str, object] | None = None,
        after: dict[str, object] | None = None,
    ) -> None:
        subject = AuditSubject("plan", plan.id, plan.name)
        await self.scope.audit(session).record(action, subject, before=before, after=after)


def _shown(plan: Plan) -> dict[str, object]:
    return {
        "key": plan.key,
        "name": plan.name,
        "rate_limit_per_minute": plan.rate_limit_per_minute,
        "monthly_quota": plan.monthly_quota,
        "max_keys": plan.max_keys,
        "max_members": plan.max_members,
        "scopes": list(plan.scopes),
        "regimes": None if plan.regimes is None else list(plan.regimes),
        "kinds": None if plan.kinds is None else list(plan.kinds),
        "publication_ids": None if plan.publication_ids is None else [str(one) for one in plan.publication_ids],
        "is_default": plan.is_default,
        "is_offered": plan.is_offered,
        "stripe_price_id": plan.stripe_price_id,
        "trial_days": plan.trial_days,
    }
