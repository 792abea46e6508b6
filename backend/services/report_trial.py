"""Dry runs: sample rows of the source through the steps of a run, without a run, a file or a trace of the rows."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import ClassVar, Final, TypeVar
from uuid import UUID

import pyarrow as pa

from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.calendars import WorkCalendar
from backend.domain.reference_pins import ReferencePin
from backend.domain.regulations.model import Pack
from backend.domain.reports.document import SOURCE_TABLE, ReportDocument
from backend.domain.reports.incomplete import read_incomplete
from backend.domain.reports.outputs import Output
from backend.domain.reports.page_texts import run_facts
from backend.pipeline.gather import JoinRequest
from backend.pipeline.plan import PackageFiles, Resumption, RunPlan
from backend.pipeline.reference_data import pinned_reference
from backend.pipeline.trial import KnownRows, MaskedColumns, Trial, try_rows
from backend.pipeline.trial_inputs import join_sample, sample_lookups
from backend.services.calendar_pins import calendars_of_now
from backend.services.personal_data import masked_columns
from backend.services.reference_pins import pins_of_now
from backend.services.report_samples import SampleRequest, sample_rows
from backend.services.report_sources import describe_sources
from backend.services.reports import ReportService, invalid_document
from backend.services.run_parameters import bind_parameters
from backend.services.schema_packages import SchemaPackageService
from backend.services.schema_pins import pinned_packages, schema_pins
from backend.services.scope import TenantScope

T = TypeVar("T")
MAX_ROWS: Final = 50
TIMEOUT_SECONDS: Final = 30.0
_DRY_RUN: Final = "DRYRUN"
_OF_SOURCES: Final = re.compile(r"/(source|inputs|join)(/|$)")
#: Trials at once in one process: each may keep a processor busy.
_PLACES: Final = asyncio.Semaphore(2)


class DryRunTooSlow(OpenRegError):
    """The dry run took too long."""

    code: ClassVar[str] = "dry_run_too_slow"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE
    transient: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class DryRunRequest:
    """What is to be tried: a document, a reporting date, values of its parameters, how many rows."""

    document: Mapping[str, object]
    reporting_date: date
    parameters: Mapping[str, object]
    limit: int


@dataclass(frozen=True, slots=True)
class DryRun:
    """What came of it, and what of it belongs to which target column."""

    trial: Trial
    outputs: tuple[Output, ...]
    pack: Pack | None
    masked: MaskedColumns
    schema_package: str | None


@dataclass(frozen=True, slots=True)
class PreparedTrial:
    """What a trial needs: the plan of a run, sample rows by table, and what of them is not shown."""

    plan: RunPlan
    tables: Mapping[str, pa.Table]
    masked: MaskedColumns


@dataclass(frozen=True, slots=True)
class ReportTrialService:
    """Dry runs for somebody with these permissions."""

    scope: TenantScope
    permissions: Collection[str]
    reports: ReportService
    schemas: SchemaPackageService

    async def dry_run(self, request: DryRunRequest) -> DryRun:
        """Try the document on the first rows of its source.

        Raises ReportDocumentInvalid, RunParameterInvalid, DryRunTooSlow and the errors of the source.
        """
        prepared = await self.prepare(request)
        plan = prepared.plan
        trial = await self._bounded(plan, prepared.tables, prepared.masked)
        names = [*([plan.schemas.package] if plan.schemas else []), *(one.name for one in plan.packages.values())]
        package = ", ".join(names) or None
        return DryRun(trial, plan.document.outputs, plan.pack, prepared.masked, package)

    async def prepare(self, request: DryRunRequest) -> PreparedTrial:
        """Check the document, and read the rows to try it on; that they were read is written down first.

        Raises ReportDocumentInvalid, RunParameterInvalid and the errors of the source.
        """
        checked = await self.reports.check(dict(request.document))
        document, pack, program = checked.document, checked.pack, checked.program
        values = bind_parameters(document.source, request.parameters)
        wanted = SampleRequest(document, request.reporting_date, values, min(request.limit, MAX_ROWS))
        masked = masked_columns(pack, program, self.permissions)
        await self._write_down(document, pack, masked)
        tables = await sample_rows(self.reports.connectors, wanted)
        schemas = await self.schemas.find_for(self.scope.tenant, pack) if pack else None
        plan = RunPlan(
            run_id="dry-run",
            prefix="",
            document=document,
            program=program,
            pack=pack,
            schemas=schemas,
            reporting_date=request.reporting_date,
            parameters=values,
            created_at=self.scope.now(),
            message_identifier=_DRY_RUN,
            file_tokens=run_facts(
                report="dry-run",
                reporting_date=request.reporting_date,
                sequence=1,
                version="0.0",
                created_at=self.scope.now(),
                message_identifier=_DRY_RUN,
            ),
            resumption=Resumption(),
            join=checked.sources.join,
            tables=checked.sources.tables,
            reference=await self._reference(),
            calendars=await self._calendars(document, pack),
            packages=await self._packages(document),
            workers=1,
        )
        return PreparedTrial(plan, tables, masked)

    async def preview_join(self, request: DryRunRequest) -> pa.Table:
        """The first rows that the join gives; the document may lack what comes after it.

        Raises ReportDocumentInvalid, RunParameterInvalid, DryRunTooSlow and the errors of the sources.
        """
        parts = read_incomplete(request.document)
        document = parts.document
        faults = [fault for fault in parts.faults if _OF_SOURCES.match(str(fault["pointer"]))]
        if faults:
            raise invalid_document(faults)
        source = await self.reports.connectors.describe(document.source)
        sources = await describe_sources(self.reports.connectors, document, source)
        if sources.faults:
            raise invalid_document(sources.faults)
        values = bind_parameters(document.source, request.parameters)
        await self._write_down(document, None, MaskedColumns())
        tables = await sample_rows(
            self.reports.connectors, SampleRequest(document, request.reporting_date, values, MAX_ROWS)
        )
        wanted = JoinRequest(document, sources.join, request.reporting_date, values)

        def work() -> pa.Table:
            with tempfile.TemporaryDirectory(prefix="openreg-trial-") as folder:
                return join_sample(wanted, tables, Path(folder), request.limit)

        return await in_time(work)

    async def _reference(self) -> dict[str, ReferencePin]:
        async with self.scope.transaction() as session:
            return await pins_of_now(session, self.scope.tenant, self.scope.now())

    async def _packages(self, document: ReportDocument) -> dict[UUID, PackageFiles]:
        async with self.scope.transaction() as session:
            pins = await schema_pins(session, self.scope.tenant, document)
        return await asyncio.to_thread(pinned_packages, pins, self.schemas.storage)

    async def _calendars(self, document: ReportDocument, pack: Pack | None) -> dict[str, WorkCalendar]:
        async with self.scope.transaction() as session:
            return await calendars_of_now(session, self.scope.tenant, document, pack)

    async def _bounded(self, plan: RunPlan, tables: Mapping[str, pa.Table], masked: MaskedColumns) -> Trial:
        reference = pinned_reference(plan.reference, plan.program, plan.reporting_date, self.schemas.storage)

        def work() -> Trial:
            with tempfile.TemporaryDirectory(prefix="openreg-trial-") as name:
                folder = Path(name)
                if not plan.tables:
                    known = KnownRows(reference=reference)
                    return try_rows(plan, tables[SOURCE_TABLE], masked, folder, known)
                wanted = JoinRequest(plan.document, plan.join, plan.reporting_date, plan.parameters)
                rows = join_sample(wanted, tables, folder, MAX_ROWS)
                return try_rows(plan, rows, masked, folder, KnownRows(sample_lookups(plan, folder), reference))

        return await in_time(work)

    async def _write_down(self, document: ReportDocument, pack: Pack | None, masked: MaskedColumns) -> None:
        """Before anything is shown: rows of the source must not be seen without a trace."""
        shown = [] if pack is None else [name for name in document.fields if pack.columns[name].pii]
        subject = AuditSubject("connector", document.source.connector_id, "dry run")
        async with self.scope.transaction() as session:
            trail = self.scope.audit(session)
            await trail.record(AuditAction.REPORT_TRIED, subject, after=_queries(document))
            if shown and not masked.target:
                await trail.record(AuditAction.PERSONAL_DATA_READ, subject, after={"columns": shown})


def _queries(document: ReportDocument) -> dict[str, object]:
    """What was read, for the audit trail."""
    inputs = {
        name: {"connector_id": str(one.connector_id), "query": one.query} for name, one in document.inputs.items()
    }
    further: dict[str, object] = {"inputs": inputs, "join": document.join} if inputs else {}
    return {"query": document.source.query, **further}


async def in_time(work: Callable[[], T]) -> T:
    """Work in a thread, a few at once, for so long. Raises DryRunTooSlow."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            async with _PLACES:
                return await asyncio.to_thread(work)
    except TimeoutError as error:
        raise DryRunTooSlow(fix="Try fewer rows, or simplify what takes long.") from error
