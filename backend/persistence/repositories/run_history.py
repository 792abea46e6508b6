"""Runs that ended well, and the ledgers of what they wrote: what a later run may have reported before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, or_, select

from backend.domain.deliveries import DeliveryRole, DeliveryState
from backend.domain.reported import CompletedRun
from backend.domain.runs import RunKind, RunState
from backend.domain.submissions import SubmissionHold, SubmissionState
from backend.persistence.models.delivery import Delivery
from backend.persistence.models.run import Run, RunRowGroup
from backend.persistence.models.submission import Submission
from backend.persistence.repositories.tenant_scope import TenantRepository


class RunHistoryRepository(TenantRepository):
    """Earlier runs of one tenant."""

    async def completed(self, report_id: UUID, until: datetime) -> Sequence[CompletedRun]:
        """The runs of a report that had ended well at an instant."""
        delivered = exists().where(
            Delivery.tenant_id == self.tenant,
            Delivery.run_id == Run.id,
            Delivery.role == DeliveryRole.SUBMISSION,
            Delivery.state == DeliveryState.DELIVERED,
        )
        # A submission that waits for a decision, or that was withdrawn, has told nobody anything.
        unsaid = or_(Submission.hold != SubmissionHold.NONE, Submission.state == SubmissionState.WITHDRAWN)
        waits = exists().where(Submission.tenant_id == self.tenant, Submission.run_id == Run.id, unsaid)
        is_held = or_(Run.is_held, waits)
        columns = (Run.id, Run.reporting_date, Run.parameters_sha256, Run.kind, is_held, Run.finished_at)
        query = select(*columns, delivered).where(
            Run.tenant_id == self.tenant,
            Run.report_id == report_id,
            Run.state.in_((RunState.SUCCEEDED, RunState.PARTIAL)),
            Run.finished_at <= until,
        )
        return [
            CompletedRun(identity, (day, parameters), kind == RunKind.SUPPLEMENTAL, waits_or_held, is_delivered, ended)
            for identity, day, parameters, kind, waits_or_held, ended, is_delivered in await self._session.execute(
                query
            )
            if ended is not None
        ]

    async def ledgers(self, run_ids: Collection[UUID]) -> Mapping[UUID, Sequence[tuple[str, int]]]:
        """Key and size of the ledgers of runs, in the order of their row groups."""
        query = (
            select(RunRowGroup.run_id, RunRowGroup.ledger_key, RunRowGroup.ledger_size_bytes)
            .where(
                RunRowGroup.tenant_id == self.tenant,
                RunRowGroup.run_id.in_(run_ids),
            )
            .order_by(RunRowGroup.run_id, RunRowGroup.number)
        )
        found: defaultdict[UUID, list[tuple[str, int]]] = defaultdict(list)
        for run_id, key, size in await self._session.execute(query):
            if key is not None and size is not None:
                found[run_id].append((key, size))
        return found
