"""Submissions: one at a time under its lock, those of a day, and what its corrections have settled."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import aliased

from backend.domain.deliveries import DeliveryRole, DeliveryState
from backend.domain.submissions import VOID, SubmissionKind
from backend.persistence.models.artifact import Artifact
from backend.persistence.models.delivery import Delivery
from backend.persistence.models.exception import SupplementalRecord
from backend.persistence.models.submission import Submission, SubmissionEvent, SubmissionFile
from backend.persistence.repositories.settled_records import SettledRecordRepository
from backend.persistence.repositories.tenant_scope import TenantRepository


class SentMessage(NamedTuple):
    """A file of a submission that a regulator's answer can name, and how many records are in it."""

    message_id: str
    file_name: str
    output_number: int
    file_number: int
    records: int


class SubmissionRepository(TenantRepository):
    """Submissions of one tenant in one transaction."""

    async def find(self, submission_id: UUID) -> Submission | None:
        """The submission, or None."""
        return await self._find(Submission, submission_id)

    async def find_for_update(self, submission_id: UUID) -> Submission | None:
        """The submission under a row lock, or None."""
        return await self._find(Submission, submission_id, for_update=True)

    async def reports_of(self, submission_ids: Collection[UUID]) -> frozenset[UUID]:
        """The reports of these submissions."""
        query = select(Submission.report_id).where(
            Submission.tenant_id == self.tenant, Submission.id.in_(submission_ids)
        )
        return frozenset(await self._session.scalars(query)) if submission_ids else frozenset()

    async def find_of_run(self, run_id: UUID, *, for_update: bool = False) -> Submission | None:
        """The submission of a run, or None."""
        query = self._select(Submission).where(Submission.run_id == run_id)
        found: Submission | None = await self._session.scalar(query.with_for_update() if for_update else query)
        return found

    async def find_of_message(self, message_id: str) -> Submission | None:
        """The newest submission with a file of this message identifier or name, or None."""
        named = or_(SubmissionFile.message_id == message_id, SubmissionFile.file_name == message_id)
        query = self._select(Submission).join(SubmissionFile, SubmissionFile.submission_id == Submission.id)
        query = query.where(SubmissionFile.tenant_id == self.tenant, named)
        found: Submission | None = await self._session.scalar(query.order_by(Submission.id.desc()).limit(1))
        return found

    async def lock_day(self, report_id: UUID, reporting_date: date) -> None:
        """Until the transaction is over nobody else prepares an original of this day."""
        key = f"submission/{report_id}/{reporting_date}"
        await self._session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))

    async def find_standing_original(
        self, report_id: UUID, reporting_date: date, environment: str
    ) -> Submission | None:
        """The newest original of a day of which the regulator has a record, or may still take one in; else None."""
        correction = aliased(Submission)
        is_corrected = exists().where(
            correction.tenant_id == self.tenant,
            correction.parent_submission_id == Submission.id,
            correction.state.not_in(VOID),
        )
        query = self._select(Submission).where(
            Submission.report_id == report_id,
            Submission.reporting_date == reporting_date,
            Submission.environment == environment,
            Submission.kind == SubmissionKind.ORIGINAL,
            or_(Submission.state.not_in(VOID), is_corrected),
        )
        records = SettledRecordRepository(self._session, self.tenant)
        for one in await self._all(query.order_by(Submission.id.desc())):
            if await records.stands(one):
                return one
        return None

    async def files(self, submission_id: UUID) -> Sequence[SubmissionFile]:
        """The files of a submission, by name."""
        query = self._select(SubmissionFile).where(SubmissionFile.submission_id == submission_id)
        return await self._all(query.order_by(SubmissionFile.file_name))

    async def messages(self, submission_id: UUID) -> Sequence[SentMessage]:
        """The messages of a submission; tables for people, which no answer names, are left out."""
        query = (
            select(
                SubmissionFile.message_id,
                SubmissionFile.file_name,
                Artifact.output_number,
                Artifact.file_number,
                Artifact.records,
            )
            .join(SubmissionFile, SubmissionFile.artifact_id == Artifact.id)
            .where(
                SubmissionFile.tenant_id == self.tenant,
                SubmissionFile.submission_id == submission_id,
                SubmissionFile.message_id != SubmissionFile.file_name,
            )
        )
        rows = await self._session.execute(query.order_by(Artifact.output_number, Artifact.file_number))
        return [SentMessage(*row) for row in rows]

    async def events(self, submission_id: UUID) -> Sequence[SubmissionEvent]:
        """What happened to a submission, in order."""
        query = self._select(SubmissionEvent).where(SubmissionEvent.submission_id == submission_id)
        return await self._all(query.order_by(SubmissionEvent.number))

    async def last_event(self, submission_id: UUID) -> SubmissionEvent | None:
        """The last thing that happened to a submission, None before the first."""
        query = self._select(SubmissionEvent).where(SubmissionEvent.submission_id == submission_id)
        found: SubmissionEvent | None = await self._session.scalar(
            query.order_by(SubmissionEvent.number.desc()).limit(1)
        )
        return found

    async def is_delivered(self, run_id: UUID) -> bool:
        """Whether every file of a run's submission has arrived wherever it goes; copies do not matter.

        A file that was sent there once more, because it failed at first, has arrived.
        """
        arrived = aliased(Delivery)
        has_arrived = exists().where(
            arrived.tenant_id == self.tenant,
            arrived.artifact_id == Delivery.artifact_id,
            arrived.destination_id == Delivery.destination_id,
            arrived.state == DeliveryState.DELIVERED,
        )
        waiting = exists().where(
            Delivery.tenant_id == self.tenant,
            Delivery.run_id == run_id,
            Delivery.role == DeliveryRole.SUBMISSION,
            ~has_arrived,
        )
        return not bool(await self._session.scalar(select(waiting)))

    async def count_cancellations(self, run_id: UUID) -> int:
        """Rows of a supplemental run that were reported and void an earlier report."""
        query = (
            select(func.count())
            .select_from(SupplementalRecord)
            .where(
                SupplementalRecord.tenant_id == self.tenant,
                SupplementalRecord.run_id == run_id,
                SupplementalRecord.is_cancellation,
                SupplementalRecord.is_reported.is_not(False),
            )
        )
        return int(await self._session.scalar(query) or 0)
