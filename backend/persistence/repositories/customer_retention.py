"""What of customers is old: calls, whose sums stay, and sign-ups whose address nobody has proven."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select

from backend.persistence.models.customer import (
    Customer,
    CustomerAPIKey,
    CustomerLink,
    CustomerSession,
    CustomerUser,
)
from backend.persistence.models.customer_usage import CustomerRequest
from backend.persistence.repositories.tenant_scope import TenantRepository


class CustomerRetentionRepository(TenantRepository):
    """Customers of one publisher in one transaction."""

    async def customers(self) -> Sequence[UUID]:
        """Every customer there has been."""
        return list(await self._session.scalars(select(Customer.id).where(Customer.tenant_id == self.tenant)))

    async def remove_requests(self, customer: UUID, before: datetime, limit: int) -> int:
        """Remove calls from before then, oldest first; how many, fewer than ``limit`` at the end."""
        query = (
            select(CustomerRequest.id)
            .where(
                CustomerRequest.tenant_id == self.tenant,
                CustomerRequest.customer_id == customer,
                CustomerRequest.at < before,
            )
            .order_by(CustomerRequest.id)
            .limit(limit)
        )
        found = list(await self._session.scalars(query))
        await self._session.execute(
            delete(CustomerRequest).where(CustomerRequest.tenant_id == self.tenant, CustomerRequest.id.in_(found))
        )
        return len(found)

    async def unproven(self, before: datetime, limit: int) -> Sequence[UUID]:
        """Customers of which nobody has proven an address, and whose last sign-up is older than that."""
        people = select(CustomerUser.customer_id).where(CustomerUser.tenant_id == self.tenant)
        never = (
            people.group_by(CustomerUser.customer_id)
            .having(func.count(CustomerUser.email_verified_at) == 0, func.max(CustomerUser.updated_at) < before)
            .subquery()
        )
        query = (
            select(Customer.id)
            .join(never, never.c.customer_id == Customer.id)
            .where(
                Customer.tenant_id == self.tenant,
                ~select(CustomerAPIKey.id).where(CustomerAPIKey.customer_id == Customer.id).exists(),
            )
            .order_by(Customer.id)
            .limit(limit)
        )
        return list(await self._session.scalars(query))

    async def still_unproven(self, customers: Collection[UUID], before: datetime) -> Sequence[UUID]:
        """Those that are so now, their people held: whoever proves an address meanwhile comes first or fails."""
        query = (
            select(CustomerUser)
            .where(CustomerUser.tenant_id == self.tenant, CustomerUser.customer_id.in_(customers))
            .order_by(CustomerUser.id)
            .with_for_update()
        )
        people = list(await self._session.scalars(query))
        kept = {one.customer_id for one in people if one.email_verified_at is not None or one.updated_at >= before}
        return [one for one in customers if one not in kept]

    async def remove(self, customers: Collection[UUID]) -> None:
        """Remove customers with their people, links and sessions."""
        people = select(CustomerUser.id).where(
            CustomerUser.tenant_id == self.tenant, CustomerUser.customer_id.in_(customers)
        )
        for statement in (
            delete(CustomerLink).where(CustomerLink.customer_id.in_(customers)),
            delete(CustomerSession).where(CustomerSession.user_id.in_(people)),
            delete(CustomerUser).where(CustomerUser.customer_id.in_(customers)),
            delete(Customer).where(Customer.id.in_(customers)),
        ):
            await self._session.execute(statement)
