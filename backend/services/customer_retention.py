"""Retention of what customers leave behind: their single calls, and sign-ups that nobody has proven."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from backend.core.clock import Clock
from backend.core.ids import TenantId
from backend.persistence.repositories.customer_retention import CustomerRetentionRepository
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SystemScope

log = structlog.get_logger(__name__)

#: Thirteen months: an invoice of a year ago can still be explained call by call. Sums by day and month stay.
CALLS_KEPT: Final = timedelta(days=400)
#: A link in a mail opens for a day; whoever signs up again within this time goes on with the same account.
UNPROVEN_KEPT: Final = timedelta(days=30)
#: Rows removed in one transaction.
BATCH: Final = 500
#: The rest is removed the next time.
MAX_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class CustomerRetention:
    """Removes calls that nobody asks about any more, and accounts that never were any."""

    database: Database
    system: SystemDatabase
    now: Clock

    async def purge(self) -> int:
        """Remove what is too old, of every publisher; how many calls and customers that were."""
        async with self.system.transaction() as session:
            tenants = await SystemScope(session).all_tenants()
        until = time.monotonic() + MAX_SECONDS
        removed = 0
        for tenant in tenants:
            calls, customers = await self._calls(tenant, until), await self._unproven(tenant, until)
            if calls or customers:
                log.info("customers_purged", tenant_id=str(tenant), calls=calls, customers=customers)
            removed += calls + customers
        return removed

    async def _calls(self, tenant: TenantId, until: float) -> int:
        before = self.now() - CALLS_KEPT
        async with self.database.transaction(tenant) as session:
            customers = await CustomerRetentionRepository(session, tenant).customers()
        removed = 0
        for customer in customers:
            found = BATCH
            while found == BATCH and time.monotonic() < until:
                async with self.database.transaction(tenant) as session:
                    found = await CustomerRetentionRepository(session, tenant).remove_requests(customer, before, BATCH)
                removed += found
        return removed

    async def _unproven(self, tenant: TenantId, until: float) -> int:
        before = self.now() - UNPROVEN_KEPT
        removed, found = 0, BATCH
        while found and time.monotonic() < until:
            async with self.database.transaction(tenant) as session:
                customers = CustomerRetentionRepository(session, tenant)
                gone = await customers.still_unproven(await customers.unproven(before, BATCH), before)
                await customers.remove(gone)
            found = len(gone)
            removed += found
        return removed
