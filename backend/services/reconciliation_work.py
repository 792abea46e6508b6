"""A worker's part of a reconciliation: claimed, both sides read, compared, differences stored at once or not at all.

Reading and comparing go into a scratch folder, without a transaction; whoever dies there has changed nothing, and the
next worker begins anew. The lease is renewed while it lasts, and with it the work ends when somebody cancels it.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import ClassVar, Final
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId
from backend.domain.extract_mapping import mapping_of
from backend.domain.object_keys import differences_key
from backend.domain.reconciliation import ReconciliationStage, ReconciliationState
from backend.domain.submissions import SubmissionEnvironment
from backend.persistence.models.reconciliation import Reconciliation
from backend.persistence.models.submission import Submission
from backend.persistence.repositories.reconciliations import ReconciliationRepository
from backend.persistence.session import Database
from backend.pipeline.ledger import MEDIA_TYPE
from backend.pipeline.reconciliation.comparison import Comparer, Comparison, write_kept
from backend.pipeline.reconciliation.refusal import ExtractRefused
from backend.services.lease_renewal import renewed
from backend.services.reconciliation_sides import Sides, write_sides
from backend.services.storage import ObjectStorage, StorageError
from backend.services.stored_files import store_file

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(minutes=2)
MAX_ATTEMPTS: Final = 5
NOTHING_SHARED: Final = (
    "Not one record of the extract was submitted in this period. Is it the extract of this report, are the key columns "
    "the right ones, and is the period that of the extract?"
)
_BACKOFF: Final = timedelta(seconds=15)


class ReconciliationLeaseLost(OpenRegError):
    """Somebody else has this reconciliation now, or has cancelled it; this worker must stop."""

    code: ClassVar[str] = "reconciliation_lease_lost"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(slots=True)
class _Watch:
    """What the thread and the loop tell each other."""

    rows: int = 0
    stage: ReconciliationStage = ReconciliationStage.READING_EXTRACT
    is_lost: threading.Event = field(default_factory=threading.Event)

    def progress(self, rows: int) -> None:
        """Raises ReconciliationLeaseLost."""
        self.rows = rows
        if self.is_lost.is_set():
            raise ReconciliationLeaseLost

    def begin(self, stage: ReconciliationStage) -> None:
        """Raises ReconciliationLeaseLost."""
        self.stage = stage
        self.progress(0)


@dataclass(frozen=True, slots=True)
class ReconciliationWorker:
    """Compares extracts of any tenant, one at a time."""

    database: Database
    storage: ObjectStorage
    now: Clock
    scratch: Path | None = None

    async def compare(self, tenant: TenantId, reconciliation_id: UUID) -> None:
        """Compare an extract, if it waits for it. Never raises for what is in it."""
        one = await self._claim(tenant, reconciliation_id)
        if one is None:
            return
        try:
            async with self._watching(tenant, one) as watch:
                with tempfile.TemporaryDirectory(prefix="reconciliation-", dir=self.scratch) as folder:
                    await self._compare(tenant, one, Path(folder), watch)
        except ReconciliationLeaseLost:
            log.info("reconciliation_stopped", reconciliation_id=str(reconciliation_id))
        except ExtractRefused as refused:
            await self._fail(tenant, one, refused.reason, refused.message)
        except StorageError as error:
            await self._try_later(tenant, one, error)
        except OpenRegError as error:
            if error.transient:
                await self._try_later(tenant, one, error)
            else:
                await self._fail(tenant, one, error.code, error.message)

    async def _compare(self, tenant: TenantId, one: Reconciliation, folder: Path, watch: _Watch) -> None:
        mapping = mapping_of(one.mapping)
        sides = Sides(self.storage, mapping, folder, watch.progress)
        await asyncio.to_thread(sides.write_theirs, one)
        watch.begin(ReconciliationStage.READING_RECORDS)
        async with self.database.transaction(tenant) as session:
            submissions = await ReconciliationRepository(session, tenant).submissions(
                one.report_id, one.period, SubmissionEnvironment(one.environment)
            )
        await write_sides(sides, self.database, tenant, submissions)
        watch.begin(ReconciliationStage.COMPARING)
        fields = [column.field for column in mapping.compared]
        found = await asyncio.to_thread(Comparer(sides.ours, sides.theirs, folder, fields).compare)
        watch.begin(ReconciliationStage.STORING)
        lines = folder / "kept.csv"
        kept = await asyncio.to_thread(write_kept, found.differences, lines)
        key = differences_key(tenant, one.id, one.fencing_token)
        with found.differences.open("rb") as content:
            size = await asyncio.to_thread(store_file, self.storage, key, content, MEDIA_TYPE)
        await self._finish(tenant, one, found, submissions, _Stored(key, size, kept, lines))

    async def _finish(
        self,
        tenant: TenantId,
        one: Reconciliation,
        found: Comparison,
        submissions: Sequence[Submission],
        stored: _Stored,
    ) -> None:
        async with self.database.transaction(tenant) as session:
            mine = await self._mine(session, tenant, one)
            repository = ReconciliationRepository(session, tenant)
            with stored.lines.open("rb") as lines:
                await repository.stage(lines)
            await repository.take_staged(one.id, submissions)
            mine.counts, mine.by_field = found.counts, dict(found.by_field)
            mine.kept_count, mine.submission_count = stored.kept, len(submissions)
            mine.differences_key, mine.differences_bytes = stored.key, stored.size
            mine.rows_done = found.counts.theirs
            mine.reason_code, mine.reason = _remark(found, len(submissions))
            self._end(mine, ReconciliationState.DONE)

    async def _claim(self, tenant: TenantId, reconciliation_id: UUID) -> Reconciliation | None:
        async with self.database.transaction(tenant) as session:
            at = self.now()
            one = await ReconciliationRepository(session, tenant).find(reconciliation_id, for_update=True)
            if one is None:
                return None
            is_waiting = one.state == ReconciliationState.QUEUED and one.next_attempt_at <= at
            lease = one.lease_expires_at
            is_abandoned = one.state == ReconciliationState.RUNNING and lease is not None and lease < at
            if not (is_waiting or is_abandoned):
                return None
            one.fencing_token += 1
            if one.attempts >= MAX_ATTEMPTS:
                # Whatever ends its workers would end the next one too.
                one.reason_code = one.reason_code or "worker_lost"
                one.reason = one.reason or f"{MAX_ATTEMPTS} workers have ended while they compared it."
                self._end(one, ReconciliationState.FAILED)
                return None
            one.state, one.stage = ReconciliationState.RUNNING, ReconciliationStage.READING_EXTRACT
            one.lease_expires_at = at + LEASE
            one.attempts += 1
            one.rows_done = 0
        return one

    @asynccontextmanager
    async def _watching(self, tenant: TenantId, one: Reconciliation) -> AsyncIterator[_Watch]:
        watch = _Watch()

        async def renew() -> None:
            async with self.database.transaction(tenant) as session:
                mine = await self._mine(session, tenant, one)
                mine.rows_done, mine.stage = watch.rows, watch.stage
                mine.lease_expires_at = self.now() + LEASE

        async with renewed(renew, watch.is_lost, ReconciliationLeaseLost):
            yield watch

    async def _mine(self, session: AsyncSession, tenant: TenantId, one: Reconciliation) -> Reconciliation:
        """The reconciliation under its lock. Raises ReconciliationLeaseLost."""
        mine = await ReconciliationRepository(session, tenant).find_fenced(one.id, one.fencing_token)
        if mine is None:
            raise ReconciliationLeaseLost
        return mine

    async def _fail(self, tenant: TenantId, one: Reconciliation, code: str, reason: str) -> None:
        with suppress(ReconciliationLeaseLost):
            async with self.database.transaction(tenant) as session:
                mine = await self._mine(session, tenant, one)
                mine.reason_code, mine.reason = code, reason
                self._end(mine, ReconciliationState.FAILED)

    async def _try_later(self, tenant: TenantId, one: Reconciliation, error: OpenRegError) -> None:
        if one.attempts >= MAX_ATTEMPTS:
            await self._fail(tenant, one, error.code, error.message)
            return
        with suppress(ReconciliationLeaseLost):
            async with self.database.transaction(tenant) as session:
                mine = await self._mine(session, tenant, one)
                mine.state, mine.stage = ReconciliationState.QUEUED, ReconciliationStage.WAITING
                mine.reason_code, mine.reason = error.code, error.message
                mine.next_attempt_at = self.now() + _BACKOFF * 2 ** (one.attempts - 1)
                mine.lease_expires_at = None

    def _end(self, one: Reconciliation, state: ReconciliationState) -> None:
        one.state, one.stage = state, ReconciliationStage.WAITING
        one.finished_at, one.lease_expires_at = self.now(), None


@dataclass(frozen=True, slots=True)
class _Stored:
    """Where the differences are: all of them in the store, those that are kept as lines to copy."""

    key: str
    size: int
    kept: int
    lines: Path


def _remark(found: Comparison, submissions: int) -> tuple[str | None, str | None]:
    """What makes a comparison doubtful: nothing to compare with, or not one record that both sides know."""
    if not submissions:
        return "nothing_submitted", "Nothing was submitted for this report, period and environment."
    if found.counts.theirs and not found.shared:
        return "nothing_shared", NOTHING_SHARED
    return None, None
