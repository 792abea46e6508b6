"""A worker's part of feedback: claimed, read, matched to submissions, applied in one transaction or not at all.

Reading and matching go into a scratch file, without a transaction; whoever dies there has changed nothing. The lease is
renewed while it lasts, and with it the work ends when somebody cancels it.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import ClassVar, Final
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import ReportVersionId, RunId, TenantId
from backend.domain.event_catalogue.submissions import FeedbackLinks, FeedbackNews
from backend.domain.feedback import FeedbackFormat, FeedbackSource, FeedbackState
from backend.domain.webhooks import WebhookEventType
from backend.persistence.models.feedback import FeedbackFile
from backend.persistence.outbox import Outbox
from backend.persistence.repositories.feedback import FeedbackRepository
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.runs import RunRepository
from backend.persistence.repositories.submissions import SubmissionRepository
from backend.persistence.session import Database
from backend.pipeline.feedback.advices import FeedbackRefused, FileAdvice
from backend.services.announcements import announce_feedback_waiting
from backend.services.feedback_application import FeedbackApplication, Verdict
from backend.services.feedback_mapping import mapping_of
from backend.services.feedback_spool import FeedbackSpool, MatchedFile, Target
from backend.services.lease_renewal import renewed
from backend.services.reports import read_document
from backend.services.storage import ObjectStorage, StorageError
from backend.services.submissions import submission_of_message
from backend.services.wakeups import Wakeups

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(minutes=2)
MAX_ATTEMPTS: Final = 8
_BACKOFF: Final = timedelta(seconds=15)
#: What a file comes to that does not add up.
CONTRADICTORY: Final = "totals_contradictory"


class FeedbackLeaseLost(OpenRegError):
    """Somebody else has this file now, or has cancelled its reading; this worker must stop."""

    code: ClassVar[str] = "feedback_lease_lost"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(slots=True)
class _Watch:
    """What the thread and the loop tell each other."""

    rows: int = 0
    is_lost: threading.Event = field(default_factory=threading.Event)

    def progress(self, rows: int) -> None:
        """Raises FeedbackLeaseLost."""
        self.rows = max(self.rows, rows)
        if self.is_lost.is_set():
            raise FeedbackLeaseLost


@dataclass(frozen=True, slots=True)
class _Found:
    """What a file says, what that meets, and the submissions that it is about."""

    said: FileAdvice
    matched: MatchedFile
    about: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class FeedbackReader:
    """Reads feedback of any tenant, one file at a time."""

    database: Database
    storage: ObjectStorage
    wakeups: Wakeups
    now: Clock
    scratch: Path | None = None

    async def read(self, tenant: TenantId, feedback_id: UUID) -> None:
        """Read and apply a file, if it waits for it. Never raises for what is in it."""
        file = await self._claim(tenant, feedback_id)
        if file is None:
            return
        try:
            async with self._watching(tenant, file) as watch:
                with tempfile.TemporaryDirectory(prefix="feedback-", dir=self.scratch) as folder:
                    await self._read(tenant, file, FeedbackSpool(Path(folder), watch.progress))
        except FeedbackLeaseLost:
            log.info("feedback_reading_stopped", feedback_id=str(feedback_id))
        except FeedbackRefused as refused:
            is_contradictory = refused.reason == CONTRADICTORY
            state = FeedbackState.CONTRADICTORY if is_contradictory else FeedbackState.REFUSED
            await self._end(tenant, file, Verdict(state, refused.reason, refused.message))
        except StorageError as error:
            await self._try_later(tenant, file, error)
        self.wakeups.webhooks(tenant)

    async def _read(self, tenant: TenantId, file: FeedbackFile, spool: FeedbackSpool) -> None:
        pieces = self.storage.stream(file.object_key)
        said = await asyncio.to_thread(spool.read, pieces, mapping_of(file.mapping))
        async with self.database.transaction(tenant) as session:
            if await self._is_repeated(session, tenant, file, said):
                return
            targets = await self._targets(session, tenant, file, said)
            senders = [] if targets else await ReportRepository(session, tenant).senders()
        matched = await asyncio.to_thread(spool.match, said, targets, self.storage)
        verdict = FeedbackApplication(tenant, self.now).verdict(said, matched, senders)
        about = frozenset(one.submission_id for one in targets.values())
        await self._apply(tenant, file, _Found(said, matched, about), verdict)

    async def _apply(self, tenant: TenantId, file: FeedbackFile, found: _Found, verdict: Verdict) -> None:
        application = FeedbackApplication(tenant, self.now)
        try:
            async with self.database.transaction(tenant) as session:
                mine = await self._mine(session, tenant, file)
                await application.apply(session, mine, found.said, found.matched, verdict)
                await self._announce(session, tenant, mine, found.about)
        except (FeedbackLeaseLost, FeedbackRefused, StorageError):
            raise
        except OpenRegError as error:
            # A submission that was withdrawn, or that has other records than the ledger says: for a person to see.
            if error.transient:
                raise
            contradiction = Verdict(FeedbackState.CONTRADICTORY, error.code, error.message)
            await self._end(tenant, file, contradiction, found.about)

    async def _is_repeated(self, session: AsyncSession, tenant: TenantId, file: FeedbackFile, said: FileAdvice) -> bool:
        """End a file that says what another has said, in other bytes: an older word must not count as a newer one."""
        if file.assigned_by:
            return False
        known = await FeedbackRepository(session, tenant).find_applied_content(said.content_sha256)
        if known is None:
            return False
        mine = await self._mine(session, tenant, file)
        mine.format, mine.file_status, mine.submission_id = said.format, known.file_status, known.submission_id
        mine.applied_at = self.now()
        words = f"It says what {known.name} has said, which is applied: nothing was changed."
        Verdict(FeedbackState.APPLIED, "repeated", words).note(mine)
        await self._announce(session, tenant, mine)
        return True

    async def _targets(
        self, session: AsyncSession, tenant: TenantId, file: FeedbackFile, said: FileAdvice
    ) -> dict[int, Target]:
        """The submissions that the messages of a file are about."""
        known: dict[str, Target | None] = {}
        assigned = await self._target(session, tenant, file.submission_id) if file.assigned_by else None
        if assigned is not None:
            assigned = replace(assigned, sender=None)
        found: dict[int, Target] = {}
        for message in said.messages:
            for name in (message.message_id, said.related):
                if name and name not in known:
                    submission = await submission_of_message(session, tenant, name)
                    known[name] = await self._target(session, tenant, submission.id if submission else None)
            names = [known.get(name or "") for name in (message.message_id, said.related)]
            target = next((one for one in (assigned, *names) if one is not None), None)
            if target is not None:
                found[message.number] = target
        return found

    async def _target(self, session: AsyncSession, tenant: TenantId, submission_id: UUID | None) -> Target | None:
        submissions = SubmissionRepository(session, tenant)
        submission = await submissions.find(submission_id) if submission_id else None
        if submission is None:
            return None
        groups = await RunRepository(session, tenant).row_groups(RunId(submission.run_id))
        keys = tuple(one.ledger_key for one in groups if one.ledger_key)
        run = await RunRepository(session, tenant).find(RunId(submission.run_id))
        reports = ReportRepository(session, tenant)
        version = await reports.find_version(ReportVersionId(run.report_version_id)) if run is not None else None
        document = read_document(dict(version.document)) if version is not None else None
        sender = document.envelope.get("sender") if document is not None else None
        parts = await submissions.messages(submission.id)
        return Target(submission.id, submission.run_id, submission.record_count, keys, sender, tuple(parts))

    async def _claim(self, tenant: TenantId, feedback_id: UUID) -> FeedbackFile | None:
        async with self.database.transaction(tenant) as session:
            feedback, at = FeedbackRepository(session, tenant), self.now()
            file = await feedback.find(feedback_id, for_update=True)
            if file is None:
                return None
            is_waiting = file.state == FeedbackState.RECEIVED and file.next_attempt_at <= at
            lease = file.lease_expires_at
            is_abandoned = file.state == FeedbackState.PARSING and lease is not None and lease < at
            if not (is_waiting or is_abandoned) or await feedback.waits_for_earlier(feedback_id):
                return None
            file.state = FeedbackState.PARSING
            file.fencing_token += 1
            file.lease_expires_at = at + LEASE
            file.attempts += 1
            file.rows_done = 0
        return file

    @asynccontextmanager
    async def _watching(self, tenant: TenantId, file: FeedbackFile) -> AsyncIterator[_Watch]:
        watch = _Watch()

        async def renew() -> None:
            async with self.database.transaction(tenant) as session:
                mine = await self._mine(session, tenant, file)
                mine.rows_done = watch.rows
                mine.lease_expires_at = self.now() + LEASE

        async with renewed(renew, watch.is_lost, FeedbackLeaseLost):
            yield watch

    async def _mine(self, session: AsyncSession, tenant: TenantId, file: FeedbackFile) -> FeedbackFile:
        """The file under its lock. Raises FeedbackLeaseLost."""
        mine = await FeedbackRepository(session, tenant).find_fenced(file.id, file.fencing_token)
        if mine is None:
            raise FeedbackLeaseLost
        return mine

    async def _end(self, tenant: TenantId, file: FeedbackFile, verdict: Verdict, about: Collection[UUID] = ()) -> None:
        with suppress(FeedbackLeaseLost):
            async with self.database.transaction(tenant) as session:
                mine = await self._mine(session, tenant, file)
                verdict.note(mine)
                await self._announce(session, tenant, mine, about)

    async def _try_later(self, tenant: TenantId, file: FeedbackFile, error: OpenRegError) -> None:
        if file.attempts >= MAX_ATTEMPTS:
            await self._end(tenant, file, Verdict(FeedbackState.REFUSED, error.code, error.message))
            return
        with suppress(FeedbackLeaseLost):
            async with self.database.transaction(tenant) as session:
                mine = await self._mine(session, tenant, file)
                mine.state = FeedbackState.RECEIVED
                mine.reason_code, mine.reason = error.code, error.message
                mine.next_attempt_at = self.now() + _BACKOFF * 2 ** (file.attempts - 1)
                mine.lease_expires_at = None

    async def _announce(
        self, session: AsyncSession, tenant: TenantId, file: FeedbackFile, about: Collection[UUID] = ()
    ) -> None:
        """Tell partners what was read, and staff where somebody has to look."""
        submissions = {*about, *({file.submission_id} if file.submission_id else ())}
        reports = await SubmissionRepository(session, tenant).reports_of(submissions)
        data = feedback_news(file, submissions, reports)
        await Outbox(session, tenant).add(WebhookEventType.FEEDBACK_RECEIVED, file.id, data, self.now())
        if file.state != FeedbackState.APPLIED:
            announce_feedback_waiting(session, tenant, file, self.now())


def feedback_news(file: FeedbackFile, submissions: Collection[UUID], reports: Collection[UUID]) -> FeedbackNews:
    """What events say of feedback: identifiers, its name and what became of it, never data of records."""
    return FeedbackNews(
        feedback_id=file.id,
        name=file.name,
        sha256=file.sha256,
        size_bytes=file.size_bytes,
        source=FeedbackSource(file.source),
        format=None if file.format is None else FeedbackFormat(file.format),
        state=FeedbackState(file.state),
        reason_code=file.reason_code,
        reason=file.reason,
        file_status=file.file_status,
        submission_ids=sorted(submissions),
        report_ids=sorted(reports),
        links=FeedbackLinks(feedback=f"/api/v1/feedback/{file.id}"),
    )
