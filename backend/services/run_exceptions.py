"""What a run does to exceptions: opens one for every record that it sets aside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.ids import TenantId
from backend.domain.exceptions import DuePolicy
from backend.domain.webhooks import WebhookEventType
from backend.persistence.models.run import Run
from backend.persistence.outbox import Outbox
from backend.persistence.repositories.exceptions import ROWS_PER_INSERT, ExceptionRepository, SetAside
from backend.persistence.repositories.tenants import MemberRepository


@dataclass(frozen=True, slots=True)
class RunExceptions:
    """Exceptions of the runs of one tenant; every method is given the transaction that holds the run's lock."""

    tenant: TenantId
    now: Clock

    async def open(self, session: AsyncSession, run: Run, exceptions: pl.DataFrame) -> None:
        """Open an exception for every record of a batch that was set aside (EXCEPTION_SCHEMA)."""
        if exceptions.is_empty():
            return
        at = self.now()
        due_at = (await self._policy(session)).due_at(at)
        await ExceptionRepository(session, self.tenant).open_many(run, _set_aside(exceptions), due_at, at)

    async def announce_opened(self, session: AsyncSession, run: Run) -> None:
        """Tell once how many exceptions a run has opened: a million events would tell nobody anything."""
        if run.set_aside:
            opened = {
                "run_id": str(run.id),
                "report_id": str(run.report_id),
                "reporting_date": run.reporting_date.isoformat(),
                "exceptions": run.set_aside,
                "links": {"exceptions": f"/api/v1/exceptions?run_id={run.id}"},
            }
            await Outbox(session, self.tenant).add(WebhookEventType.EXCEPTION_OPENED, run.id, opened, self.now())

    async def _policy(self, session: AsyncSession) -> DuePolicy:
        tenant = await MemberRepository(session, self.tenant).get_tenant()
        return DuePolicy(tenant.exception_due_days, tenant.time_zone)


def _set_aside(exceptions: pl.DataFrame) -> Iterator[Sequence[SetAside]]:
    wanted = exceptions.select("row_number", "record_key", "entity", "rule_ids")
    for some in wanted.iter_slices(ROWS_PER_INSERT):
        yield [SetAside(*row) for row in some.iter_rows()]
