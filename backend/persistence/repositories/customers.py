"""Customers of a publisher, their people, sessions, links, plans and keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, literal, or_, select, update

from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.customers import CustomerRole, CustomerState
from backend.domain.sessions import KEPT_AFTER_END, SessionEnd
from backend.persistence.models.billing import Subscription
from backend.persistence.models.customer import (
    Customer,
    CustomerAPIKey,
    CustomerLink,
    CustomerLinkKind,
    CustomerSession,
    CustomerUser,
    Plan,
)
from backend.persistence.repositories.tenant_scope import TenantRepository, as_part, contains


@dataclass(frozen=True, slots=True)
class CustomerWithPlan:
    """A customer and its plan, if it has one."""

    customer: Customer
    plan: Plan | None


class CustomerRepository(TenantRepository):
    """Customers and plans of one publisher in one transaction."""

    async def find(self, customer_id: UUID, *, for_update: bool = False) -> Customer | None:
        """The customer, or None."""
        return await self._find(Customer, customer_id, for_update=for_update)

    async def page(
        self, request: PageRequest, *, state: CustomerState | None = None, name: str | None = None
    ) -> Page[CustomerWithPlan]:
        """Customers with their plans, newest first."""
        query = self._select(Customer)
        if state is not None:
            query = query.where(Customer.state == state)
        if name:
            query = query.where(contains(Customer.name, literal(as_part(name))))
        rows = await self._newest_first(query, Customer.id, request)
        page = page_of(rows, request, lambda one: one.id)
        plans = await self.plans_by_id({one.plan_id for one in page.items if one.plan_id is not None})
        items = [CustomerWithPlan(one, plans.get(one.plan_id) if one.plan_id else None) for one in page.items]
        return Page(items, page.next_cursor)

    async def find_plan(self, plan_id: UUID | None, *, for_update: bool = False) -> Plan | None:
        """The plan, or None."""
        return None if plan_id is None else await self._find(Plan, plan_id, for_update=for_update)

    async def plans_by_id(self, plan_ids: set[UUID]) -> dict[UUID, Plan]:
        """Those plans."""
        found = await self._all(self._select(Plan).where(Plan.id.in_(plan_ids)))
        return {one.id: one for one in found}

    async def default_plan(self) -> Plan | None:
        """What whoever signs up gets."""
        found: Plan | None = await self._session.scalar(self._select(Plan).where(Plan.is_default))
        return found

    async def clear_default_plan(self, but: UUID) -> None:
        """No other plan is the default one."""
        await self._session.execute(
            update(Plan).where(Plan.tenant_id == self.tenant, Plan.is_default, Plan.id != but).values(is_default=False)
        )

    async def plans(self, request: PageRequest) -> Page[Plan]:
        """Plans, newest first."""
        rows = await self._newest_first(self._select(Plan), Plan.id, request)
        return page_of(rows, request, lambda one: one.id)

    async def offered_plans(self) -> Sequence[Plan]:
        """Plans that customers see, by name."""
        return await self._all(self._select(Plan).where(Plan.is_offered).order_by(Plan.name, Plan.id))

    async def has_other_with_price(self, but: UUID, price_id: str | None) -> bool:
        """Whether another plan costs this; without a price, all may."""
        if price_id is None:
            return False
        query = self._select(Plan).where(Plan.stripe_price_id == price_id, Plan.id != but)
        return await self._session.scalar(query) is not None

    async def count_on_plan(self, plan_id: UUID) -> int:
        """How many customers have a plan, were given it, or have paid for it."""
        has = or_(Customer.plan_id == plan_id, Customer.granted_plan_id == plan_id)
        paid = select(Subscription.customer_id).where(Subscription.plan_id == plan_id)
        query = select(func.count()).where(Customer.tenant_id == self.tenant, or_(has, Customer.id.in_(paid)))
        return await self._session.scalar(query) or 0


class CustomerUserRepository(TenantRepository):
    """People of a publisher's customers in one transaction."""

    async def find(self, user_id: UUID, *, for_update: bool = False) -> CustomerUser | None:
        """Somebody, or None."""
        return await self._find(CustomerUser, user_id, for_update=for_update)

    async def find_by_email(self, email: str, *, for_update: bool = False) -> CustomerUser | None:
        """Whoever has an address, or None."""
        query = self._select(CustomerUser).where(CustomerUser.email == email)
        found: CustomerUser | None = await self._session.scalar(query.with_for_update() if for_update else query)
        return found

    async def team(self, customer_id: UUID) -> Sequence[CustomerUser]:
        """Everybody of a customer, in the order in which they came."""
        query = self._select(CustomerUser).where(CustomerUser.customer_id == customer_id, CustomerUser.is_active)
        return await self._all(query.order_by(CustomerUser.id))

    async def other_owners(self, customer_id: UUID, but: UUID) -> int:
        """How many owners there are besides somebody."""
        query = select(func.count()).where(
            CustomerUser.tenant_id == self.tenant,
            CustomerUser.customer_id == customer_id,
            CustomerUser.role == CustomerRole.OWNER,
            CustomerUser.is_active,
            CustomerUser.id != but,
        )
        return await self._session.scalar(query) or 0

    async def find_link(self, kind: CustomerLinkKind, token_hash: str, now: datetime) -> CustomerLink | None:
        """A link that still opens, under a row lock; or None."""
        query = self._select(CustomerLink).where(
            CustomerLink.kind == kind,
            CustomerLink.token_hash == token_hash,
            CustomerLink.used_at.is_(None),
            CustomerLink.expires_at > now,
        )
        found: CustomerLink | None = await self._session.scalar(query.with_for_update())
        return found

    async def use_up_links(self, kind: CustomerLinkKind, user_id: UUID, now: datetime) -> None:
        """No link of a kind opens anything for somebody any more."""
        await self._session.execute(
            update(CustomerLink)
            .where(
                CustomerLink.tenant_id == self.tenant,
                CustomerLink.kind == kind,
                CustomerLink.user_id == user_id,
                CustomerLink.used_at.is_(None),
            )
            .values(used_at=now)
        )

    async def invitations(self, customer_id: UUID, now: datetime) -> Sequence[CustomerLink]:
        """Invitations of a customer that can still be accepted, the newest first."""
        query = self._select(CustomerLink).where(
            CustomerLink.customer_id == customer_id,
            CustomerLink.kind == CustomerLinkKind.INVITATION,
            CustomerLink.used_at.is_(None),
            CustomerLink.expires_at > now,
        )
        return await self._all(query.order_by(CustomerLink.id.desc()))

    async def void_links(self, customer_id: UUID, now: datetime) -> None:
        """No link of a customer opens anything any more."""
        await self._session.execute(
            update(CustomerLink)
            .where(
                CustomerLink.tenant_id == self.tenant,
                CustomerLink.customer_id == customer_id,
                CustomerLink.used_at.is_(None),
            )
            .values(used_at=now)
        )

    async def find_session(self, session_id: UUID, *, for_update: bool = False) -> CustomerSession | None:
        """A session, or None."""
        return await self._find(CustomerSession, session_id, for_update=for_update)

    async def find_signed_in(self, session_id: UUID, now: datetime) -> tuple[CustomerUser, Customer] | None:
        """Whom an open session speaks for, or None."""
        query = (
            select(CustomerUser, Customer)
            .join(CustomerSession, CustomerSession.user_id == CustomerUser.id)
            .join(Customer, Customer.id == CustomerUser.customer_id)
            .where(CustomerSession.tenant_id == self.tenant, CustomerSession.id == session_id)
            .where(CustomerSession.ended_at.is_(None), CustomerSession.expires_at > now, CustomerUser.is_active)
        )
        row = (await self._session.execute(query)).one_or_none()
        return (row[0], row[1]) if row else None

    async def open_sessions(self, user_id: UUID, now: datetime) -> Sequence[CustomerSession]:
        """Where somebody is signed in, the newest first."""
        query = self._select(CustomerSession).where(
            CustomerSession.user_id == user_id, CustomerSession.ended_at.is_(None), CustomerSession.expires_at > now
        )
        return await self._all(query.order_by(CustomerSession.id.desc()))

    async def end_sessions(
        self, users: Sequence[UUID], reason: SessionEnd, now: datetime, *, keep: UUID | None = None
    ) -> None:
        """End every open session of some people, but ``keep``."""
        statement = (
            update(CustomerSession)
            .where(CustomerSession.tenant_id == self.tenant, CustomerSession.user_id.in_(users))
            .where(CustomerSession.ended_at.is_(None))
            .values(ended_at=now, end_reason=reason)
        )
        await self._session.execute(statement if keep is None else statement.where(CustomerSession.id != keep))

    async def forget_sessions(self, user_id: UUID, now: datetime) -> None:
        """Remove sessions of somebody that ended long ago."""
        before = now - KEPT_AFTER_END
        old = or_(CustomerSession.ended_at < before, CustomerSession.expires_at < before)
        await self._session.execute(
            delete(CustomerSession).where(
                CustomerSession.tenant_id == self.tenant, CustomerSession.user_id == user_id, old
            )
        )


class CustomerKeyRepository(TenantRepository):
    """Keys of one customer in one transaction."""

    async def find(self, customer_id: UUID, key_id: UUID, *, for_update: bool = False) -> CustomerAPIKey | None:
        """A key of the customer, or None."""
        query = self._select(CustomerAPIKey).where(
            CustomerAPIKey.customer_id == customer_id, CustomerAPIKey.id == key_id
        )
        found: CustomerAPIKey | None = await self._session.scalar(query.with_for_update() if for_update else query)
        return found

    async def page(self, customer_id: UUID, request: PageRequest) -> Page[CustomerAPIKey]:
        """Keys of the customer, newest first, revoked ones included."""
        query = self._select(CustomerAPIKey).where(CustomerAPIKey.customer_id == customer_id)
        rows = await self._newest_first(query, CustomerAPIKey.id, request)
        return page_of(rows, request, lambda one: one.id)

    async def count_open(self, customer_id: UUID) -> int:
        """How many keys of the customer have not been revoked."""
        query = select(func.count()).where(
            CustomerAPIKey.tenant_id == self.tenant,
            CustomerAPIKey.customer_id == customer_id,
            CustomerAPIKey.revoked_at.is_(None),
        )
        return await self._session.scalar(query) or 0

    async def revoke_all(self, customer_id: UUID, now: datetime) -> None:
        """No key of the customer opens anything any more."""
        await self._session.execute(
            update(CustomerAPIKey)
            .where(
                CustomerAPIKey.tenant_id == self.tenant,
                CustomerAPIKey.customer_id == customer_id,
                CustomerAPIKey.revoked_at.is_(None),
            )
            .values(revoked_at=now, updated_at=now, previous_hash=None, previous_until=None)
        )
