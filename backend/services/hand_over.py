"""Handing a run over: a delivery row for every artifact and destination, in the transaction that completes the run."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import RunId, TenantId, new_id
from backend.domain.deliveries import DeliveryState
from backend.domain.reports.document import ReportDocument
from backend.persistence.models.delivery import Delivery
from backend.persistence.models.run import Run
from backend.persistence.repositories.artifacts import ArtifactRepository
from backend.persistence.repositories.deliveries import DeliveryRepository


async def hand_over(session: AsyncSession, tenant: TenantId, run: Run, document: ReportDocument, at: datetime) -> int:
    """Write the deliveries of a run; how many are due now."""
    deliveries = DeliveryRepository(session, tenant)
    due = 0
    for artifact in await ArtifactRepository(session, tenant).of_run(RunId(run.id)):
        for destination in document.deliver_to:
            deliveries.add(
                Delivery(
                    id=new_id(),
                    tenant_id=tenant,
                    run_id=run.id,
                    artifact_id=artifact.id,
                    destination_id=destination,
                    state=DeliveryState.PENDING,
                    attempts=0,
                    next_attempt_at=at,
                    created_at=at,
                )
            )
            due += 1
    return due
