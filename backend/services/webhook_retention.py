"""Retention of the webhook log: what is older than an organisation wants goes, in batches that hold nobody up."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from backend.core.clock import Clock
from backend.core.ids import TenantId
from backend.persistence.repositories.webhook_retention import WebhookRetentionRepository
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SystemScope

log = structlog.get_logger(__name__)

#: Rows removed in one transaction: a few milliseconds, and what waits for one of them waits no longer.
BATCH: Final = 500
#: The rest is removed the next time.
MAX_SECONDS: Final = 600.0

Removal = Callable[[WebhookRetentionRepository], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class WebhookRetention:
    """Removes old deliveries with their attempts, then events that nobody is told of any more.

    What is on its way stays, however old it is, and so does its event. Rows that are locked are passed over until the
    next time.
    """

    database: Database
    system: SystemDatabase
    now: Clock

    async def purge(self) -> int:
        """Remove what is too old, in every tenant; how many deliveries and events that were."""
        async with self.system.transaction() as session:
            tenants = await SystemScope(session).all_tenants()
        until = time.monotonic() + MAX_SECONDS
        removed = 0
        for tenant in tenants:
            if time.monotonic() >= until:
                break
            removed += await self._purge(tenant, until)
        return removed

    async def _purge(self, tenant: TenantId, until: float) -> int:
        async with self.database.transaction(tenant) as session:
            retention = WebhookRetentionRepository(session, tenant)
            before = self.now() - timedelta(days=await retention.days())
            endpoints = await retention.endpoints()
        removed = 0
        for endpoint in endpoints:
            removed += await self._in_batches(tenant, until, _deliveries(endpoint, before))
        events = await self._in_batches(tenant, until, _events(before))
        if removed or events:
            log.info("webhook_log_purged", tenant_id=str(tenant), deliveries=removed, events=events)
        return removed + events

    async def _in_batches(self, tenant: TenantId, until: float, removal: Removal) -> int:
        removed = 0
        while time.monotonic() < until:
            async with self.database.transaction(tenant) as session:
                found = await removal(WebhookRetentionRepository(session, tenant))
            removed += found
            if found < BATCH:
                break
        return removed


def _deliveries(endpoint: UUID, before: datetime) -> Removal:
    return lambda retention: retention.remove_deliveries(endpoint, before, BATCH)


def _events(before: datetime) -> Removal:
    return lambda retention: retention.remove_events(before, BATCH)
