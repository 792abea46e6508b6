"""What customers have called."""

from __future__ import annotations

from sqlalchemy import select

from backend.core.ids import CustomerId
from backend.persistence.models.customer_usage import CustomerUsageMonth
from backend.persistence.repositories.tenant_scope import TenantRepository


class CustomerUsageRepository(TenantRepository):
    """Calls of a publisher's customers in one transaction."""

    async def counted(self, customer: CustomerId, month: str) -> int:
        """How many calls of a month count to the quota, as far as they have been written down."""
        query = select(CustomerUsageMonth.counted).where(
            CustomerUsageMonth.tenant_id == self.tenant,
            CustomerUsageMonth.customer_id == customer,
            CustomerUsageMonth.month == month,
        )
        return await self._session.scalar(query) or 0
