"""Feedback as people and programs bring it: received once, listed, read again, given to a submission by hand."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO, ClassVar, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import DestinationId, TenantId, new_id
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.feedback import REPEATABLE, UNDER_WAY, FeedbackSource, FeedbackState
from backend.domain.object_keys import feedback_key
from backend.persistence.models.feedback import FeedbackFile, RecordAdvice
from backend.persistence.repositories.deliveries import DestinationRepository
from backend.persistence.repositories.feedback import (
    AdviceFilter,
    FeedbackFilter,
    FeedbackRepository,
    ListedFeedback,
)
from backend.persistence.repositories.submissions import SubmissionRepository
from backend.persistence.session import Database
from backend.services.delivery import DestinationNotFound
from backend.services.feedback_mapping import format_for, mapping_of
from backend.services.scope import TenantScope
from backend.services.storage import ObjectStorage
from backend.services.stored_files import store_file
from backend.services.submissions import SubmissionNotFound
from backend.services.wakeups import Wakeups

PART_BYTES: Final = 8 * 1024 * 1024
MAX_NAME: Final = 255


class FeedbackNotFound(OpenRegError):
    """There is no such feedback."""

    code: ClassVar[str] = "feedback_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class FeedbackTooLarge(OpenRegError):
    """The file is larger than may be uploaded."""

    code: ClassVar[str] = "feedback_too_large"
    kind: ClassVar[ErrorKind] = ErrorKind.TOO_LARGE


class FeedbackSettled(OpenRegError):
    """The feedback is applied already, or a worker is reading it."""

    code: ClassVar[str] = "feedback_settled"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that has come, and from where. ``mapping`` tells how a text file is read."""

    name: str
    source: FeedbackSource
    destination_id: UUID | None = None
    received_by: UUID | None = None
    mapping: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class FeedbackIntake:
    """Takes files in for a tenant, each content once."""

    database: Database
    storage: ObjectStorage
    tenant: TenantId

    async def receive(self, content: IO[bytes], arrival: Arrival, at: datetime) -> tuple[FeedbackFile, bool]:
        """The feedback with these bytes, and whether they are new; what is known stays as it is.

        Raises FeedbackMappingInvalid and the errors of the store.
        """
        mapping_of(arrival.mapping)
        sha256, size = await asyncio.to_thread(_measured, content)
        async with self.database.transaction(self.tenant) as session:
            known = await FeedbackRepository(session, self.tenant).find_hash(sha256)
        if known is not None:
            return known, False
        identity = new_id()
        key = feedback_key(self.tenant, identity)
        await asyncio.to_thread(store_file, self.storage, key, content)
        file = FeedbackFile(
            id=identity,
            tenant_id=self.tenant,
            destination_id=arrival.destination_id,
            name=arrival.name[-MAX_NAME:],
            sha256=sha256,
            size_bytes=size,
            object_key=key,
            state=FeedbackState.RECEIVED,
            totals={},
            mapping=None if arrival.mapping is None else dict(arrival.mapping),
            source=arrival.source,
            rows_done=0,
            attempts=0,
            next_attempt_at=at,
            fencing_token=0,
            received_by=arrival.received_by,
            received_at=at,
        )
        try:
            async with self.database.transaction(self.tenant) as session:
                feedback = FeedbackRepository(session, self.tenant)
                feedback.add(file)
                await feedback.flush_unique(FeedbackSettled())
        except FeedbackSettled:
            # Somebody was a moment quicker with the same bytes.
            await asyncio.to_thread(self.storage.delete, key)
            async with self.database.transaction(self.tenant) as session:
                known = await FeedbackRepository(session, self.tenant).find_hash(sha256)
            if known is None:
                raise
            return known, False
        return file, True


@dataclass(frozen=True, slots=True)
class FeedbackService:
    """Feedback of a tenant, worked on by one person."""

    scope: TenantScope
    storage: ObjectStorage
    wakeups: Wakeups
    max_bytes: int

    async def receive(self, content: IO[bytes], size: int, arrival: Arrival) -> tuple[FeedbackFile, bool]:
        """Take a file in; without a mapping of its own it is read by the format of its destination, if it has one.

        Raises FeedbackTooLarge, DestinationNotFound, FeedbackMappingInvalid and the errors of the store.
        """
        if size > self.max_bytes:
            raise FeedbackTooLarge(
                f"The file has {size} bytes; {self.max_bytes} may be uploaded.",
                fix="Ask the operator to raise SOURCE_MAX_UPLOAD_BYTES.",
            )
        scope = self.scope
        if arrival.destination_id is not None:
            async with scope.reading() as session:
                said = await self._format(session, arrival.destination_id, arrival.name)
            arrival = arrival if arrival.mapping is not None else replace(arrival, mapping=said)
        intake = FeedbackIntake(scope.database, self.storage, scope.tenant)
        file, is_new = await intake.receive(content, arrival, scope.now())
        if is_new:
            async with scope.transaction() as session:
                said = {"sha256": file.sha256, "size_bytes": file.size_bytes}
                await scope.audit(session).record(AuditAction.FEEDBACK_RECEIVED, _subject(file), after=said)
            self.wakeups.webhooks(scope.tenant)
        return file, is_new

    async def page(self, wanted: FeedbackFilter, request: PageRequest) -> Page[ListedFeedback]:
        """Files, newest first."""
        async with self.scope.reading() as session:
            return await FeedbackRepository(session, self.scope.tenant).page(wanted, request)

    async def get(self, feedback_id: UUID) -> ListedFeedback:
        """One file. Raises FeedbackNotFound."""
        async with self.scope.reading() as session:
            found = await FeedbackRepository(session, self.scope.tenant).listed(feedback_id)
        if found is None:
            raise FeedbackNotFound
        return found

    async def advices(self, feedback_id: UUID, wanted: AdviceFilter, after: int, limit: int) -> Sequence[RecordAdvice]:
        """What a file says of records, after a position. Raises FeedbackNotFound."""
        await self.get(feedback_id)
        async with self.scope.reading() as session:
            return await FeedbackRepository(session, self.scope.tenant).advices(feedback_id, wanted, after, limit)

    async def exceptions_of(self, advices: Sequence[RecordAdvice]) -> Mapping[int, UUID]:
        """The exceptions of the records that advices mean, by position."""
        async with self.scope.reading() as session:
            return await FeedbackRepository(session, self.scope.tenant).exceptions_of(advices)

    async def retry(self, feedback_id: UUID) -> ListedFeedback:
        """Have a file read again that was not applied. Raises FeedbackNotFound, FeedbackSettled."""
        async with self.scope.transaction() as session:
            file = await self._lock(session, feedback_id)
            if file.state not in REPEATABLE:
                raise FeedbackSettled(f"The feedback is {file.state}.")
            if file.destination_id is not None:
                # Mostly it is read again because its format was wrong, and has been put right.
                file.mapping = await self._format(session, file.destination_id, file.name) or file.mapping
            self._read_again(file)
            await self.scope.audit(session).record(AuditAction.FEEDBACK_REPEATED, _subject(file))
        return await self.get(feedback_id)

    async def cancel(self, feedback_id: UUID) -> ListedFeedback:
        """Stop the reading of a file. Raises FeedbackNotFound, FeedbackSettled."""
        async with self.scope.transaction() as session:
            file = await self._lock(session, feedback_id)
            if file.state not in UNDER_WAY:
                raise FeedbackSettled(f"The feedback is {file.state}.")
            # Whoever reads it finds another token and stops.
            file.fencing_token += 1
            file.state, file.lease_expires_at = FeedbackState.REFUSED, None
            file.reason_code, file.reason = "cancelled", "Somebody has stopped the reading of the file."
            await self.scope.audit(session).record(AuditAction.FEEDBACK_CANCELLED, _subject(file))
        return await self.get(feedback_id)

    async def assign(self, feedback_id: UUID, submission_id: UUID, reason: str) -> ListedFeedback:
        """Say by hand which submission a file is about, and have it read again.

        Raises FeedbackNotFound, FeedbackSettled, SubmissionNotFound.
        """
        async with self.scope.transaction() as session:
            file = await self._lock(session, feedback_id)
            if file.state not in REPEATABLE:
                raise FeedbackSettled(f"The feedback is {file.state}.")
            if await SubmissionRepository(session, self.scope.tenant).find(submission_id) is None:
                raise SubmissionNotFound
            file.submission_id = submission_id
            file.assigned_by, file.assign_reason = self.scope.user_id, reason
            self._read_again(file)
            said = {"submission_id": str(submission_id)}
            await self.scope.audit(session).record(
                AuditAction.FEEDBACK_ASSIGNED, _subject(file), after=said, note=reason
            )
        return await self.get(feedback_id)

    async def _format(self, session: AsyncSession, destination_id: UUID, name: str) -> dict[str, object] | None:
        destination = await DestinationRepository(session, self.scope.tenant).find(DestinationId(destination_id))
        if destination is None:
            raise DestinationNotFound
        return format_for(destination, name)

    async def _lock(self, session: AsyncSession, feedback_id: UUID) -> FeedbackFile:
        file = await FeedbackRepository(session, self.scope.tenant).find(feedback_id, for_update=True)
        if file is None:
            raise FeedbackNotFound
        return file

    def _read_again(self, file: FeedbackFile) -> None:
        file.state, file.attempts, file.next_attempt_at = FeedbackState.RECEIVED, 0, self.scope.now()
        file.reason_code = file.reason = None


def _subject(file: FeedbackFile) -> AuditSubject:
    return AuditSubject("feedback", file.id, file.name)


def _measured(content: IO[bytes]) -> tuple[str, int]:
    """Hash and size; the file is back at its beginning afterwards."""
    digest, size = hashlib.sha256(), 0
    content.seek(0)
    while piece := content.read(PART_BYTES):
        digest.update(piece)
        size += len(piece)
    content.seek(0)
    return digest.hexdigest(), size
