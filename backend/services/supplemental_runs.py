"""Supplemental runs: chosen rows of a run that has ended, reported by a run of their own through the ordinary pipeline.

Who adds one decides which rows, with which changes; in its transaction, so that a row is never taken twice. The version
of the report is the parent's: the same mapping that made the file which is supplemented.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import ReportVersionId, new_id
from backend.domain.audit import AuditAction
from backend.domain.exceptions import AmendmentFrame, ResubmissionAction
from backend.domain.reports.document import ReportDocument
from backend.domain.runs import RunKind, RunStage, RunState, RunTrigger
from backend.domain.webhooks import WebhookEventType
from backend.persistence.models.exception import SupplementalRecord
from backend.persistence.models.report import ReportVersion
from backend.persistence.models.run import Run
from backend.persistence.outbox import Outbox
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.runs import RunRepository
from backend.pipeline.overrides import Override
from backend.services.calendar_pins import calendars_of
from backend.services.reference_pins import pins_as_json, pins_of_now
from backend.services.reports import find_pack
from backend.services.run_events import RunEventKind, record, record_state
from backend.services.runs import RunNotFound, run_news, run_subject
from backend.services.scope import TenantScope


class RunNotSupplementable(OpenRegError):
    """Only a run that has ended with a file, and whose rows are stored, can be supplemented."""

    code: ClassVar[str] = "run_not_supplementable"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class CancellationUnknown(OpenRegError):
    """Without a regulation pack nothing says how a reported record is cancelled."""

    code: ClassVar[str] = "cancellation_unknown"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class RecordToReport:
    """A row of the parent, what is changed in it, and what it becomes.

    A cancellation is made of the row as its run had it, for that is what was reported.
    """

    row_number: int
    overrides: tuple[Override, ...] = ()
    action: ResubmissionAction = ResubmissionAction.NEW
    exception_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class SupplementalRuns:
    """Adds supplemental runs of a tenant; the caller wakes the workers when its transaction is over."""

    scope: TenantScope

    async def add(self, session: AsyncSession, parent: Run, records: Sequence[RecordToReport]) -> Run:
        """A run that waits for a worker. Raises RunNotSupplementable, CancellationUnknown."""
        if parent.state not in {RunState.SUCCEEDED, RunState.PARTIAL} or parent.input_key is None:
            raise RunNotSupplementable(f"The run is {parent.state}.", extra={"run_id": str(parent.id)})
        version = await ReportRepository(session, self.scope.tenant).find_version(
            ReportVersionId(parent.report_version_id)
        )
        if version is None:
            raise RunNotFound
        rows = _in_order(records, ReportDocument.model_validate(version.document))
        run = await self._new_run(session, parent, version, rows)
        runs = RunRepository(session, self.scope.tenant)
        await runs.flush()
        for number, one in enumerate(rows, 1):
            runs.add(self._row(run, number, one))
        await self._announce(session, run, {"version": version.number, "records": len(records)})
        return run

    async def _new_run(self, session: AsyncSession, parent: Run, version: ReportVersion, rows: Iterable[_Row]) -> Run:
        runs, identity, at = RunRepository(session, self.scope.tenant), new_id(), self.scope.now()
        brought = {one.column for row in rows for one in row.record.overrides if one.frame == AmendmentFrame.TARGET}
        run = Run(
            id=identity,
            tenant_id=self.scope.tenant,
            report_id=parent.report_id,
            report_version_id=parent.report_version_id,
            reporting_date=parent.reporting_date,
            parameters=parent.parameters,
            rule_sets=parent.rule_sets,
            # As known now: a record may have waited for it.
            reference=pins_as_json(await pins_of_now(session, self.scope.tenant, at)),
            calendars=await calendars_of(session, self.scope.tenant, version, at),
            schema_packages=parent.schema_packages,
            # Its own: several may supplement one day at once, for no row is in two of them.
            parameters_sha256=hashlib.sha256(identity.bytes).hexdigest(),
            sequence=await runs.next_sequence(parent.report_id, parent.reporting_date),
            kind=RunKind.SUPPLEMENTAL,
            trigger=RunTrigger.RESUBMISSION,
            parent_run_id=parent.id,
            overrides=sorted(brought | set(parent.overrides)),
            state=RunState.PENDING,
            stage=RunStage.EXTRACT,
            created_by=self.scope.user_id,
            created_at=at,
        )
        runs.add(run)
        return run

    def _row(self, run: Run, number: int, row: _Row) -> SupplementalRecord:
        overrides = [
            {"frame": one.frame.value, "column": one.column, "value": one.value} for one in row.record.overrides
        ]
        return SupplementalRecord(
            run_id=run.id,
            tenant_id=self.scope.tenant,
            row_number=number,
            parent_run_id=run.parent_run_id,
            parent_row_number=row.record.row_number,
            exception_id=row.record.exception_id,
            pair=row.pair,
            is_cancellation=row.is_cancellation,
            overrides=overrides,
            rule_ids=[],
        )

    async def _announce(self, session: AsyncSession, run: Run, told: dict[str, object]) -> None:
        at, runs = self.scope.now(), RunRepository(session, self.scope.tenant)
        record_state(runs, run, at)
        text = {"level": "info", "event": "supplemental_run", "parent_run_id": str(run.parent_run_id), **told}
        record(runs, run, RunEventKind.LOG, text, at)
        await Outbox(session, self.scope.tenant).add(WebhookEventType.RUN_REQUESTED, run.id, run_news(run), at)
        after = {"report_id": run.report_id, "kind": run.kind, "parent_run_id": run.parent_run_id, **told}
        await self.scope.audit(session).record(AuditAction.RUN_REQUESTED, run_subject(run), after=after)


@dataclass(frozen=True, slots=True)
class _Row:
    record: RecordToReport
    pair: int | None = None
    is_cancellation: bool = False


def _in_order(records: Sequence[RecordToReport], document: ReportDocument) -> list[_Row]:
    """The rows of the run. Cancellations come first, each before its record.

    Two rows of a pair begin at an even place, so that no batch of an even size parts them.
    """
    ordered = sorted(records, key=lambda one: one.row_number)
    corrected = [one for one in ordered if one.action is ResubmissionAction.CANCEL_AND_NEW]
    rows: list[_Row] = []
    for pair, one in enumerate(corrected, 1):
        status = _cancellation(document)
        rows.append(_Row(replace(one, overrides=(status,)), pair, is_cancellation=True))
        rows.append(_Row(one, pair))
    return [*rows, *(_Row(one) for one in ordered if one.action is ResubmissionAction.NEW)]


def _cancellation(document: ReportDocument) -> Override:
    """What makes a record its cancellation. Raises CancellationUnknown."""
    pack = find_pack(document)
    if pack is None:
        raise CancellationUnknown(fix="Resubmit the record as a new one.")
    return Override(AmendmentFrame.TARGET, pack.cancellation.status_column, pack.cancellation.status_value)
