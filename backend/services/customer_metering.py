"""Counting customers' calls: kept in memory for a moment, then written down together, each exactly once.

A batch whose commit was not heard of is written again; records that are there already are not counted a second time. A
process that ends writes what it has; one that is killed loses what it had not yet written, a moment's calls.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from backend.core.clock import Clock
from backend.core.crypto import SecretBox
from backend.core.errors import OpenRegError
from backend.core.ids import TenantId
from backend.domain.customers import QUOTA_NOTICES, CustomerRole
from backend.persistence.repositories.customer_usage import CallRecord, CustomerUsageRepository, MonthCounted
from backend.persistence.session import Database
from backend.services.mail import MailQueue, MailTemplate, PublicLinks

log = structlog.get_logger(__name__)
#: How long a call waits to be written down; `usage` is behind by no more than this.
WRITTEN_AFTER_SECONDS: Final = 0.3
_WRITTEN_AT_ONCE: Final = 2000
_TOLD: Final = (CustomerRole.OWNER, CustomerRole.ADMIN, CustomerRole.BILLING)


@dataclass(slots=True)
class UsageMeter:
    """The calls of one process."""

    database: Database
    box: SecretBox
    links: PublicLinks
    now: Clock
    _waiting: dict[TenantId, list[CallRecord]] = field(default_factory=lambda: defaultdict(list))
    _is_ending: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, tenant: TenantId, call: CallRecord) -> None:
        """Have a call written down."""
        self._waiting[tenant].append(call)

    async def run(self) -> None:
        """Write down what comes, until ``end``; and what is left then."""
        while not self._is_ending.is_set():
            try:
                await asyncio.wait_for(self._is_ending.wait(), WRITTEN_AFTER_SECONDS)
            except TimeoutError:
                await self.flush()
        await self.flush()

    def end(self) -> None:
        """No more calls come."""
        self._is_ending.set()

    async def flush(self) -> None:
        """Write down what waits; what could not be written waits on."""
        for tenant in list(self._waiting):
            calls = self._waiting.pop(tenant)
            while calls:
                batch = calls[:_WRITTEN_AT_ONCE]
                try:
                    await self._write(tenant, batch)
                except OpenRegError as error:
                    log.warning("customer_calls_not_written", code=error.code, calls=len(calls))
                    self._waiting[tenant] = calls + self._waiting.get(tenant, [])
                    return
                del calls[: len(batch)]

    async def _write(self, tenant: TenantId, batch: Sequence[CallRecord]) -> None:
        async with self.database.transaction(tenant) as session:
            usage = CustomerUsageRepository(session, tenant)
            months = await usage.record(batch)
            await usage.note_use(batch)
            if months:
                await self._tell(usage, MailQueue(session, tenant, self.box), months)

    async def _tell(self, usage: CustomerUsageRepository, mails: MailQueue, months: Sequence[MonthCounted]) -> None:
        """A mail to those who can do something about it, once for each share of the quota."""
        quotas = await usage.quotas([one.customer_id for one in months])
        for one in months:
            name, quota = quotas.get(one.customer_id, ("", 0))
            reached = [percent for percent in QUOTA_NOTICES if quota and one.counted * 100 >= quota * percent]
            if not reached or not await usage.mark_noticed(one.customer_id, one.month, reached[-1]):
                continue
            values = {
                "percent": str(reached[-1]),
                "customer": name,
                "used": f"{one.counted:,}",
                "quota": f"{quota:,}",
                "month": one.month,
                "link": self.links.to("/plan"),
            }
            for address in await usage.addresses(one.customer_id, _TOLD):
                await mails.put(address, MailTemplate.QUOTA_USED, values, self.now())
