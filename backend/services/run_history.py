"""What a run may find in its report's past: the ledgers of the runs whose records count as reported."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import TenantId
from backend.domain.reported import reported_before
from backend.domain.runs import RunKind
from backend.persistence.models.run import Run
from backend.persistence.repositories.run_history import RunHistoryRepository
from backend.pipeline.ports import ReportedRun, StoredLedger


async def reported_runs(session: AsyncSession, tenant: TenantId, run: Run) -> tuple[ReportedRun, ...]:
    """As of the run's start, so that every attempt at it sees the same past."""
    history = RunHistoryRepository(session, tenant)
    completed = await history.completed(run.report_id, run.started_at or run.created_at)
    occasion = (run.reporting_date, run.parameters_sha256)
    counted = reported_before(occasion, completed, is_supplemental=run.kind == RunKind.SUPPLEMENTAL)
    ledgers = await history.ledgers([one.id for one in counted])
    return tuple(
        ReportedRun(one.reporting_date, tuple(StoredLedger(key, size) for key, size in ledgers.get(one.id, ())))
        for one in counted
    )
