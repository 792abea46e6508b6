"""What happened to a transaction: every run it is in, as one timeline of reporting, sending, answering and correcting.

Records have no rows of their own: ledgers are read, newest run first, a bounded number of bytes for each answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import RunId
from backend.core.pagination import Page, PageRequest, cursor_of
from backend.domain.deliveries import DeliveryState
from backend.domain.exceptions import ExceptionState
from backend.domain.feedback import AdviceState
from backend.domain.submissions import RecordState, SubmissionState, record_state_in
from backend.persistence.models.exception import RunException
from backend.persistence.repositories.deliveries import DeliveryRepository
from backend.persistence.repositories.feedback import FeedbackRepository
from backend.persistence.repositories.run_history import RunHistoryRepository
from backend.persistence.repositories.submissions import SubmissionRepository
from backend.persistence.repositories.transactions import SearchedRun, TransactionRepository
from backend.pipeline.ledger_reader import LedgerEntry, LedgerObject
from backend.services.scope import TenantScope
from backend.services.storage import ObjectStorage

#: Bytes of ledgers that are looked through for one answer; the cursor goes on after them.
BYTES_AT_ONCE: Final = 512 * 1024 * 1024
MOST_EXCEPTIONS: Final = 50
_CLOSED: Final = frozenset({ExceptionState.ACCEPTED, ExceptionState.REJECTED})
_OF_ADVICE: Final[Mapping[AdviceState, RecordState]] = {
    AdviceState.ACCEPTED: RecordState.ACCEPTED,
    AdviceState.PENDING: RecordState.PENDING,
    AdviceState.RECEIVED: RecordState.FILE_ACCEPTED,
    AdviceState.REJECTED: RecordState.REJECTED,
    AdviceState.UNSENT: RecordState.QUEUED,
}


class TimelineKind(StrEnum):
    """What an entry of the timeline is about."""

    RUN = "run"
    EXCEPTION = "exception"
    SUBMISSION = "submission"
    DELIVERY = "delivery"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened; ``what`` is the action or state in the words of its kind."""

    at: datetime
    kind: TimelineKind
    what: str
    actor: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A record in one run. ``entry`` is what its ledger says of it, None where it was not written."""

    searched: SearchedRun
    row_number: int
    record_key: str | None
    entry: LedgerEntry | None
    exception: RunException | None
    state: RecordState
    timeline: Sequence[TimelineEntry]


@dataclass(frozen=True, slots=True)
class TransactionSearch:
    """Looks for records of a tenant."""

    scope: TenantScope
    storage: ObjectStorage

    async def find(self, record: str, request: PageRequest) -> Page[Transaction]:
        """Where a record is, newest run first: by its key, its reference, or entity and reference written together.

        The limit counts runs that are looked through: a page may be empty although there are more. Raises CursorInvalid
        and the errors of the store.
        """
        tenant, wanted = self.scope.tenant, record.strip()
        async with self.scope.reading() as session:
            transactions = TransactionRepository(session, tenant)
            runs = await transactions.runs(request.after, request.limit + 1)
            ledgers = await RunHistoryRepository(session, tenant).ledgers([one.run.id for one in runs])
            exceptions = await transactions.exceptions(wanted, MOST_EXCEPTIONS) if request.cursor is None else []
            others = await transactions.named_runs([one.run_id for one in exceptions])
        looked, rest = _bounded(runs, ledgers, request.limit)
        found: dict[tuple[UUID, int], tuple[SearchedRun, LedgerEntry | None]] = {}
        by_id = {one.run.id: one for one in others}
        for one in exceptions:
            found[one.run_id, one.row_number] = (by_id[one.run_id], None)
        for searched in looked:
            for entry in await asyncio.to_thread(self._read, ledgers.get(searched.run.id, ()), wanted):
                found[searched.run.id, entry.row_number] = (searched, entry)
        async with self.scope.reading() as session:
            items = [
                await self._told(session, searched, row_number, entry)
                for (_, row_number), (searched, entry) in found.items()
            ]
        items.sort(key=lambda one: (one.searched.run.id, -one.row_number), reverse=True)
        return Page(items, cursor_of(looked[-1].run.id) if rest and looked else None)

    def _read(self, ledgers: Sequence[tuple[str, int]], wanted: str) -> list[LedgerEntry]:
        found: list[LedgerEntry] = []
        for key, size in ledgers:
            found += LedgerObject(self.storage.open_ranged(key, size)).find_text(wanted)
        return found

    async def _told(
        self, session: AsyncSession, searched: SearchedRun, row_number: int, entry: LedgerEntry | None
    ) -> Transaction:
        run = searched.run
        exception = await TransactionRepository(session, self.scope.tenant).exception_of(run.id, row_number)
        if entry is None:
            state = RecordState.EXCLUDED if exception and exception.state in _CLOSED else RecordState.DRAFT
            timeline = [TimelineEntry(run.finished_at or run.created_at, TimelineKind.RUN, "set_aside")]
        else:
            state, timeline = await self._sent(session, searched, row_number)
        if exception is not None:
            timeline += await self._worked_on(session, exception)
        key = entry.record_key if entry is not None else None if exception is None else exception.record_key
        timeline.sort(key=lambda one: one.at)
        return Transaction(searched, row_number, key, entry, exception, state, timeline)

    async def _worked_on(self, session: AsyncSession, exception: RunException) -> list[TimelineEntry]:
        events = await TransactionRepository(session, self.scope.tenant).exception_events(exception.id)
        return [TimelineEntry(one.at, TimelineKind.EXCEPTION, one.action, note=one.comment) for one in events]

    async def _sent(
        self, session: AsyncSession, searched: SearchedRun, row_number: int
    ) -> tuple[RecordState, list[TimelineEntry]]:
        """What a written record is, and what happened to it after it was written."""
        tenant, run, submission = self.scope.tenant, searched.run, searched.submission
        timeline = [TimelineEntry(run.finished_at or run.created_at, TimelineKind.RUN, "reported")]
        for listed in await DeliveryRepository(session, tenant).listed_of_run(RunId(run.id)):
            delivery = listed.delivery
            if delivery.state == DeliveryState.DELIVERED and delivery.finished_at is not None:
                note = f"{listed.artifact_name} → {listed.destination_name}"
                timeline.append(TimelineEntry(delivery.finished_at, TimelineKind.DELIVERY, "delivered", note=note))
        if submission is None:
            return RecordState.VALIDATED, timeline
        timeline += [
            TimelineEntry(step.at, TimelineKind.SUBMISSION, step.action, step.actor, step.note)
            for step in await SubmissionRepository(session, tenant).events(submission.id)
        ]
        advices = sorted(
            await FeedbackRepository(session, tenant).of_record(run.id, row_number), key=lambda one: one.id
        )
        timeline += [
            TimelineEntry(
                one.at, TimelineKind.ADVICE, one.state, note=", ".join(str(r.get("id", "")) for r in one.rules)
            )
            for one in advices
        ]
        if advices:
            return _OF_ADVICE[AdviceState(advices[-1].state)], timeline
        return record_state_in(SubmissionState(submission.state), submission.file_status), timeline


def _bounded(
    runs: Sequence[SearchedRun], ledgers: Mapping[UUID, Sequence[tuple[str, int]]], limit: int
) -> tuple[Sequence[SearchedRun], bool]:
    """The runs that are looked through now, at least one, and whether there are more."""
    read, looked = 0, list[SearchedRun]()
    for one in runs[:limit]:
        read += sum(size for _, size in ledgers.get(one.run.id, ()))
        if looked and read > BYTES_AT_ONCE:
            break
        looked.append(one)
    return looked, len(looked) < len(runs)
