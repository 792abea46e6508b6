"""Somebody who brings a regulator's answers, and the worker that reads them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, select

from backend.core.clock import utc_now
from backend.domain.exceptions import ExceptionState
from backend.domain.feedback import FeedbackSource
from backend.domain.runs import RunKind
from backend.persistence.models.exception import RunException, SupplementalRecord
from backend.persistence.models.feedback import FeedbackFile, RecordAdvice
from backend.persistence.models.notice import Notice
from backend.persistence.models.submission import Submission
from backend.persistence.models.webhook import Event
from backend.services.feedback import Arrival, FeedbackService
from backend.services.feedback_reading import FeedbackReader
from backend.services.scope import TenantScope
from tests.factories.answered import Answered, reported_submission
from tests.factories.installation import Installation
from tests.factories.rows import Rows
from tests.factories.wakeups import NotedWakeups


class Desk:
    """Somebody who brings answers, and the worker that reads them."""

    def __init__(self, installation: Installation, scope: TenantScope) -> None:
        self.rows_scope, self.storage = scope, installation.adapters.storage
        self.service = FeedbackService(scope, self.storage, NotedWakeups(), 10**9)
        self.reader = FeedbackReader(installation.database, self.storage, NotedWakeups(), utc_now)

    async def bring(
        self, content: io.BytesIO, name: str = "answer.xml", mapping: Mapping[str, object] | None = None
    ) -> FeedbackFile:
        """The file after the worker has read it."""
        arrival = Arrival(name, FeedbackSource.UPLOAD, mapping=mapping)
        file, _ = await self.service.receive(content, 1, arrival)
        await self.reader.read(self.rows_scope.tenant, file.id)
        return (await self.service.get(file.id)).file

    async def submission(self, answered: Answered) -> Submission:
        async with self.rows_scope.reading() as session:
            found = await session.get(Submission, answered.submission.id)
        assert found is not None
        return found

    async def exceptions(self, answered: Answered) -> Sequence[RunException]:
        async with self.rows_scope.reading() as session:
            query = select(RunException).where(RunException.run_id == answered.run.id)
            return (await session.scalars(query.order_by(RunException.row_number))).all()

    async def count(self, model: type[RecordAdvice | Event | Notice]) -> int:
        async with self.rows_scope.reading() as session:
            return int(await session.scalar(select(func.count()).select_from(model)) or 0)

    async def correction(self, rows: Rows, of: Answered, numbers: Sequence[int]) -> Answered:
        """A run that cancels these rejected rows and tells them anew; its rows stand in pairs, TRN1 and TRN2 first."""
        made = await reported_submission(
            rows, self.storage, 2 * len(numbers), kind=RunKind.SUPPLEMENTAL, parent_run_id=of.run.id
        )
        exceptions = {one.row_number: one.id for one in await self.exceptions(of)}
        async with self.rows_scope.transaction() as session:
            for pair, number in enumerate(numbers, 1):
                waiting = await session.get_one(RunException, exceptions[number])
                waiting.state, waiting.supplemental_run_id = ExceptionState.RESUBMITTED, made.run.id
                for place in (0, 1):
                    row = 2 * pair - 1 + place
                    session.add(_row(made, of, row, number, exceptions[number], pair, is_cancellation=place == 0))
        return made


def _row(
    made: Answered,
    of: Answered,
    row: int,
    parent_row: int,
    exception_id: UUID | None,
    pair: int,
    *,
    is_cancellation: bool,
) -> SupplementalRecord:
    return SupplementalRecord(
        run_id=made.run.id,
        row_number=row,
        tenant_id=made.submission.tenant_id,
        parent_run_id=of.run.id,
        parent_row_number=parent_row,
        exception_id=exception_id,
        pair=pair,
        is_cancellation=is_cancellation,
        overrides=[],
        is_reported=True,
        rule_ids=[],
    )


def counts(one: Submission) -> tuple[str, int, int, int, int]:
    return str(one.state), one.accepted_count, one.pending_count, one.rejected_count, one.unconfirmed_count
