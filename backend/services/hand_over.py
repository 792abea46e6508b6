"""Handing a run over, in the transaction that completes or releases it: what is told to a regulator, and where to."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import RunId, TenantId, new_id
from backend.domain.deliveries import DeliveryState
from backend.domain.reports.document import ReportDocument
from backend.domain.submissions import SubmissionHold
from backend.persistence.models.delivery import Delivery
from backend.persistence.models.run import Run
from backend.persistence.repositories.artifacts import ArtifactRepository
from backend.persistence.repositories.deliveries import DeliveryRepository
from backend.services.routing import route_files
from backend.services.submissions import prepare_submission


async def hand_over(
    session: AsyncSession,
    tenant: TenantId,
    run: Run,
    document: ReportDocument,
    at: datetime,
    *,
    released_by: UUID | None = None,
) -> int:
    """Prepare the submission of a run and write its deliveries, unless somebody decides first; how many are due."""
    submission = await prepare_submission(session, tenant, run, document, at, released_by=released_by)
    if submission is not None and submission.hold != SubmissionHold.NONE:
        return 0
    return await write_deliveries(session, tenant, run, document, at)


async def write_deliveries(
    session: AsyncSession, tenant: TenantId, run: Run, document: ReportDocument, at: datetime
) -> int:
    """Write a delivery for every artifact and destination that the routes send it to; how many are due now."""
    deliveries = DeliveryRepository(session, tenant)
    due = 0
    artifacts = await ArtifactRepository(session, tenant).of_run(RunId(run.id))
    routing = await route_files(session, tenant, run, document, artifacts)
    for artifact, goes_to in routing.goes_to:
        for destination, role in goes_to.items():
            deliveries.add(
                Delivery(
                    id=new_id(),
                    tenant_id=tenant,
                    run_id=run.id,
                    artifact_id=artifact.id,
                    destination_id=destination,
                    role=role,
                    state=DeliveryState.PENDING,
                    attempts=0,
                    next_attempt_at=at,
                    created_at=at,
                )
            )
            due += 1
    return due
