"""Somebody who brings extracts of a regulator, and the worker that compares them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete

from backend.core.clock import utc_now
from backend.domain.extract_mapping import mapping_of
from backend.domain.feedback import AdviceState
from backend.domain.permissions import ALL_PERMISSIONS
from backend.domain.reconciliation import Period
from backend.domain.submissions import SubmissionEnvironment
from backend.persistence.models.feedback import RecordAdvice
from backend.persistence.models.reconciliation import Reconciliation
from backend.persistence.models.submission import Submission
from backend.persistence.repositories.reconciliations import DifferenceFilter
from backend.services.reconciliation_work import ReconciliationWorker
from backend.services.reconciliations import (
    Comparing,
    ReconciliationService,
    ShownDifference,
)
from backend.services.scope import TenantScope
from tests.factories.feedback_rows import stored_feedback
from tests.factories.installation import Installation
from tests.factories.rows import AT, Rows
from tests.factories.stored_rows import REPORTING_DATE
from tests.factories.submitted_runs import (
    HEADER,
    MAPPING,
    SubmittedReport,
)
from tests.factories.wakeups import NotedWakeups

DAY = Period(REPORTING_DATE, REPORTING_DATE)


class Desk:
    """Somebody who brings extracts, and the worker that compares them."""

    def __init__(self, installation: Installation, scope: TenantScope, rows: Rows) -> None:
        self.installation, self.scope, self.rows = installation, scope, rows
        self.storage, self.wakeups = installation.adapters.storage, NotedWakeups()
        self.service = self.service_of(ALL_PERMISSIONS)
        self.worker = ReconciliationWorker(installation.database, self.storage, utc_now)

    def service_of(self, permissions: frozenset[str]) -> ReconciliationService:
        return ReconciliationService(self.scope, permissions, self.storage, self.wakeups, 10**9)

    async def start(
        self, of: SubmittedReport, content: bytes, mapping: object = None, name: str = "extract.csv", **changes: Any
    ) -> Reconciliation:
        wanted = Comparing(
            name,
            of.report.id,
            changes.get("period", DAY),
            changes.get("environment", SubmissionEnvironment.PRODUCTION),
            mapping_of(mapping or MAPPING),
        )
        started = await self.service.start(io.BytesIO(content), len(content), wanted)
        return started.reconciliation

    async def compare(self, of: SubmittedReport, content: bytes, *rest: object, **changes: Any) -> Reconciliation:
        one = await self.start(of, content, *rest, **changes)
        await self.worker.compare(self.scope.tenant, one.id)
        return await self.read(one)

    async def read(self, one: Reconciliation) -> Reconciliation:
        return (await self.service.get(one.id)).listed.reconciliation

    async def differences(self, one: Reconciliation, **wanted: Any) -> Sequence[ShownDifference]:
        return await self.service.differences(one.id, DifferenceFilter(**wanted), 0, 10_000)

    async def advise(self, submission: Submission, states: dict[int, AdviceState]) -> None:
        feedback = await stored_feedback(self.rows, submission)
        async with self.rows.database.transaction(self.scope.tenant) as session:
            await session.execute(delete(RecordAdvice).where(RecordAdvice.feedback_id == feedback.id))
            for place, (row, state) in enumerate(states.items(), 100):
                session.add(
                    RecordAdvice(
                        feedback_id=feedback.id,
                        position=place,
                        tenant_id=self.scope.tenant,
                        submission_id=submission.id,
                        record_id=f"r{row}",
                        row_number=row,
                        code="RJCT",
                        state=state,
                        rules=[],
                        at=AT,
                    )
                )

    async def csv(self, one: Reconciliation, permissions: frozenset[str] = ALL_PERMISSIONS) -> list[list[str]]:
        lines = await self.service_of(permissions).csv_lines(one.id)
        return list(csv.reader(io.StringIO("".join([line async for line in lines]))))


def extract(lines: Sequence[Sequence[str]], header: Sequence[str] = HEADER, mark: str = ",") -> bytes:
    target = io.StringIO()
    writer = csv.writer(target, delimiter=mark)
    writer.writerow(header)
    writer.writerows(lines)
    return target.getvalue().encode()
