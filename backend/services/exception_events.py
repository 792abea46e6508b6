"""What partners hear of exceptions: one event for a run and a step, for a million events would tell nobody anything."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import TenantId
from backend.domain.event_catalogue.exceptions import MAX_NAMED, ExceptionLinks, ExceptionNews
from backend.domain.exceptions import ExceptionState
from backend.domain.webhooks import WebhookEventType
from backend.persistence.models.exception import RunException
from backend.persistence.models.run import Run
from backend.persistence.outbox import Outbox
from backend.persistence.repositories.runs import RunRepository


async def tell_opened(session: AsyncSession, tenant: TenantId, run: Run, opened: int, at: datetime) -> None:
    """A run, or an answer to it, has opened so many exceptions."""
    data = ExceptionNews(
        run_id=run.id,
        report_id=run.report_id,
        reporting_date=run.reporting_date,
        exceptions=opened,
        states={ExceptionState.OPEN: opened},
        exception_ids=[],
        supplemental_run_id=None,
        links=_links(run),
    )
    await Outbox(session, tenant).add(WebhookEventType.EXCEPTION_OPENED, run.id, data, at)


async def tell_exceptions(
    session: AsyncSession,
    tenant: TenantId,
    event_type: WebhookEventType,
    exceptions: Sequence[RunException],
    at: datetime,
) -> None:
    """The same was done to these exceptions: an event for each run and each run that reports them again."""
    together: dict[tuple[UUID, UUID | None], list[RunException]] = defaultdict(list)
    for one in exceptions:
        together[one.run_id, one.supplemental_run_id].append(one)
    runs = {run.id: run for run in await RunRepository(session, tenant).named({run_id for run_id, _ in together})}
    for (run_id, again_id), some in together.items():
        run = runs[run_id]
        data = ExceptionNews(
            run_id=run.id,
            report_id=run.report_id,
            reporting_date=run.reporting_date,
            exceptions=len(some),
            states=dict(Counter(ExceptionState(one.state) for one in some)),
            exception_ids=[one.id for one in some] if len(some) <= MAX_NAMED else [],
            supplemental_run_id=again_id,
            links=_links(run),
        )
        await Outbox(session, tenant).add(event_type, run.id, data, at)


def _links(run: Run) -> ExceptionLinks:
    return ExceptionLinks(exceptions=f"/api/v1/exceptions?run_id={run.id}")
