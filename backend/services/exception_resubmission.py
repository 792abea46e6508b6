"""Resubmission: amended records go into supplemental runs; a record that was reported is opened for correction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import RunId, new_id
from backend.domain.exceptions import (
    DuePolicy,
    ExceptionAction,
    ExceptionOrigin,
    ExceptionState,
    ResubmissionAction,
    reference_of,
)
from backend.domain.webhooks import WebhookEventType
from backend.persistence.models.exception import RunException
from backend.persistence.models.run import Run
from backend.persistence.repositories.exceptions import ExceptionRepository
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.runs import RunRepository
from backend.persistence.repositories.tenants import MemberRepository
from backend.pipeline.ledger_reader import LedgerEntry
from backend.services.exception_events import tell_exceptions
from backend.services.exception_records import ExceptionRecordService, RunRecords, overrides_of
from backend.services.exceptions import Chosen, Step, check_ended, lock_chosen, record_step
from backend.services.record_ledger import RecordLedger
from backend.services.scope import TenantScope
from backend.services.supplemental_runs import RecordToReport, SupplementalRuns
from backend.services.wakeups import Wakeups


class RecordNotReported(OpenRegError):
    """The run has not reported this record."""

    code: ClassVar[str] = "record_not_reported"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class RecordInQueue(OpenRegError):
    """The record stands in the queue of exceptions already."""

    code: ClassVar[str] = "record_in_queue"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class Resubmission:
    """A supplemental run, how many exceptions it took, and by which version it reports them.

    ``newest_version`` is the active version of the report where that is another one.
    """

    run: Run
    exceptions: int
    version: str
    newest_version: str | None


@dataclass(frozen=True, slots=True)
class ExceptionResubmissionService:
    """Resubmits records of a tenant."""

    records: ExceptionRecordService
    supplemental: SupplementalRuns
    ledger: RecordLedger
    wakeups: Wakeups

    @property
    def scope(self) -> TenantScope:
        """Whose records they are."""
        return self.records.scope

    async def resubmit(
        self, chosen: Sequence[Chosen], action: ResubmissionAction | None = None
    ) -> Sequence[Resubmission]:
        """One supplemental run for each run that the exceptions come from.

        Without an action a record that was reported is cancelled and reported anew, any other is reported. Raises
        ExceptionNotFound, ExceptionRunUnfinished, ExceptionTransitionRefused, CancellationUnknown.
        """
        scope = self.records.scope
        async with scope.transaction() as session:
            made = await resubmit_in(session, self.supplemental, chosen, action)
        for resubmission in made:
            self.wakeups.run(scope.tenant, resubmission.run.id)
        self.wakeups.webhooks(scope.tenant)
        return made

    async def open_reported(self, run_id: UUID, row_number: int, reason: str) -> RunException:
        """An exception for a record that went out, to correct it.

        Raises RunNotFound, ExceptionRunUnfinished, RecordNotReported, RecordInQueue.
        """
        scope = self.records.scope
        async with scope.reading() as session:
            rows = await RunRecords.load(session, scope.tenant, run_id, self.records.storage)
            if await ExceptionRepository(session, scope.tenant).find_record(run_id, row_number) is not None:
                raise RecordInQueue
        check_ended(rows.run)
        entry = await self.ledger.find_row(RunId(run_id), row_number)
        if entry is None:
            raise RecordNotReported
        pack = rows.checked.pack
        if pack is not None and entry.status == pack.cancellation.status_value:
            raise RecordNotReported("The run has reported a cancellation in this row, which cannot be corrected.")
        async with scope.transaction() as session:
            exception = await self._new_exception(session, rows, entry)
            await record_step(session, scope, exception, Step(ExceptionAction.OPENED, reason))
            await tell_exceptions(session, scope.tenant, WebhookEventType.EXCEPTION_OPENED, [exception], scope.now())
        self.wakeups.webhooks(scope.tenant)
        return exception

    async def _new_exception(self, session: AsyncSession, rows: RunRecords, entry: LedgerEntry) -> RunException:
        scope, at = self.records.scope, self.records.scope.now()
        tenant = await MemberRepository(session, scope.tenant).get_tenant()
        key, pack = entry.record_key, rows.checked.pack
        entity = entry.identity.get(pack.record_key[0]) if pack and len(pack.record_key) > 1 else None
        exception = RunException(
            id=new_id(),
            tenant_id=scope.tenant,
            run_id=rows.run.id,
            report_id=rows.run.report_id,
            row_number=entry.row_number,
            record_key=key,
            reference=reference_of(key, entity),
            entity=entity,
            rule_id=None,
            rule_ids=[],
            origin=ExceptionOrigin.REPORTED,
            state=ExceptionState.OPEN,
            due_at=DuePolicy(tenant.exception_due_days, tenant.time_zone).due_at(at),
            revision=0,
            created_at=at,
            updated_at=at,
        )
        exceptions = ExceptionRepository(session, scope.tenant)
        exceptions.add(exception)
        await exceptions.flush_unique(RecordInQueue())
        return exception


async def resubmit_in(
    session: AsyncSession,
    supplemental: SupplementalRuns,
    chosen: Sequence[Chosen],
    action: ResubmissionAction | None = None,
) -> Sequence[Resubmission]:
    """The same inside a transaction of the caller, who wakes the workers when it is committed."""
    scope = supplemental.scope
    by_run: dict[UUID, list[RunException]] = defaultdict(list)
    for one in await lock_chosen(session, scope, chosen, is_run_ended=True):
        by_run[one.run_id].append(one)
    parents = await RunRepository(session, scope.tenant).named(by_run)
    return [await _resubmit(session, supplemental, parent, by_run[parent.id], action) for parent in parents]


async def _resubmit(
    session: AsyncSession,
    supplemental: SupplementalRuns,
    parent: Run,
    some: Sequence[RunException],
    action: ResubmissionAction | None,
) -> Resubmission:
    scope = supplemental.scope
    amendments = defaultdict(list)
    for amendment in await ExceptionRepository(session, scope.tenant).amendments([one.id for one in some]):
        amendments[amendment.exception_id].append(amendment)
    records = [
        RecordToReport(one.row_number, overrides_of(amendments[one.id]), action or _action_of(one), one.id)
        for one in some
    ]
    run = await supplemental.add(session, parent, records)
    for one, record in zip(some, records, strict=True):
        before = one.move_to(ExceptionState.RESUBMITTED)
        one.supplemental_run_id = run.id
        one.proposed_by = one.justification = None
        details = {"run_id": str(run.id), "action": record.action.value}
        await record_step(session, scope, one, Step(ExceptionAction.RESUBMITTED, details=details), before)
    await tell_exceptions(session, scope.tenant, WebhookEventType.EXCEPTION_RESUBMITTED, some, scope.now())
    reports = ReportRepository(session, scope.tenant)
    active = await reports.find_newest_active(parent.report_id)
    version = await reports.version_number(parent.report_version_id)
    newest = active.number if active is not None and active.id != parent.report_version_id else None
    return Resubmission(run, len(some), version, newest)


def _action_of(one: RunException) -> ResubmissionAction:
    is_out = one.origin in {ExceptionOrigin.REPORTED, ExceptionOrigin.FEEDBACK}
    return ResubmissionAction.CANCEL_AND_NEW if is_out else ResubmissionAction.NEW
