"""Executing a claimed run: the plan from what is stored, the ports from what is configured, then the pipeline."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Final

import structlog

from backend.config import RunSettings
from backend.core.clock import Clock
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import ReportId, ReportVersionId
from backend.domain.calendars import WorkCalendar
from backend.domain.object_keys import run_prefix
from backend.domain.regulations.model import Pack
from backend.domain.reports.analysis import ReportProgram, Surroundings
from backend.domain.reports.document import SOURCE_TABLE, ReportDocument
from backend.domain.reports.page_texts import run_facts
from backend.domain.runs import REFERENCE_STALE
from backend.domain.validation.rule_sets import ActiveRuleSets
from backend.persistence.models.connector import Connector as StoredConnector
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.models.run import Run, RunOutput
from backend.persistence.repositories.connectors import ConnectorRepository
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.runs import RunRepository
from backend.persistence.session import Database
from backend.pipeline.context import RunContext
from backend.pipeline.errors import LeaseLost
from backend.pipeline.execute import execute_plan
from backend.pipeline.plan import Resumption, RunPlan
from backend.pipeline.ports import OutputProgress, ReportedRun, RowSource, RowStream
from backend.pipeline.supplemental import SupplementalSource
from backend.services.calendar_pins import pinned_calendars
from backend.services.connectors.base import SourceParameter
from backend.services.message_identifiers import message_identifier
from backend.services.reference_pins import pins_of_run, shapes_of_run
from backend.services.report_sources import connector_ids
from backend.services.reports import program_of
from backend.services.rule_set_pins import pinned_rule_sets
from backend.services.run_ending import RunEnding
from backend.services.run_history import reported_runs
from backend.services.run_journal import RunJournal
from backend.services.run_lease import Claim
from backend.services.run_parameters import bind_parameters, source_parameters
from backend.services.runs import RunNotFound
from backend.services.schema_packages import SchemaPackageService
from backend.services.schema_pins import pinned_packages, read_pins
from backend.services.source_access import ConnectorNotFound, ConnectorOpener
from backend.services.source_places import RUN_PATIENCE_SECONDS, SourcePlaces
from backend.services.storage import ObjectStorage
from backend.services.stored_inputs import find_input, inputs_of
from backend.services.supplements import Supplement, find_supplement

log = structlog.get_logger(__name__)

_NO_SPACE: Final = "no space left on device"


class RunCrashed(OpenRegError):
    """The run stopped for a reason OpenReg did not foresee."""

    code: ClassVar[str] = "run_crashed"
    kind: ClassVar[ErrorKind] = ErrorKind.INTERNAL


class RunNotPinned(OpenRegError):
    """The run is not bound to what it reads."""

    code: ClassVar[str] = "run_not_pinned"
    kind: ClassVar[ErrorKind] = ErrorKind.INTERNAL


class ScratchFull(OpenRegError):
    """There is no space for the working files of a run."""

    code: ClassVar[str] = "scratch_full"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE
    transient: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class StoredRun:
    """Everything of a run that is in the database."""

    run: Run
    report: Report
    version: ReportVersion
    connectors: Mapping[str, StoredConnector]
    outputs: tuple[RunOutput, ...]
    rule_sets: ActiveRuleSets
    calendars: Mapping[str, WorkCalendar]
    reported: tuple[ReportedRun, ...]
    supplement: Supplement | None = None


@dataclass(frozen=True, slots=True)
class ConnectorSource:
    """A query of the run as a ``RowSource``: that of the source, or of an input."""

    opener: ConnectorOpener
    connector: StoredConnector
    query: str
    parameters: Mapping[str, SourceParameter]
    place: Callable[[StoredConnector], AbstractContextManager[None]]

    @contextmanager
    def open(self) -> Iterator[RowStream]:
        """Run the query; the stream is valid inside the block. Raises SourceBusy and the connector's errors."""
        connector = self.opener.open(self.connector)
        with self.place(self.connector), connector.extract(self.query, self.parameters) as extraction:
            yield extraction


@dataclass(frozen=True, slots=True)
class RunExecution:
    """Executes runs in the process it is called in."""

    runner: asyncio.Runner
    database: Database
    storage: ObjectStorage
    opener: ConnectorOpener
    schemas: SchemaPackageService
    ending: RunEnding
    scratch: Path
    limits: RunSettings
    now: Clock

    def execute(self, claim: Claim) -> None:
        """Do the work of a claimed run; every failure ends as the run's reason."""
        try:
            self._execute(claim)
        except LeaseLost:
            log.warning("run_lease_lost", run_id=str(claim.run_id))
        except OpenRegError as error:
            log.warning("run_failed", run_id=str(claim.run_id), code=error.code)
            self.runner.run(self.ending.fail(claim, error))
        except Exception as error:  # the edge of the run's process: whatever happened becomes the run's reason
            log.exception("run_crashed", run_id=str(claim.run_id))
            self.runner.run(self.ending.fail(claim, _reason(error, self.scratch)))

    def _execute(self, claim: Claim) -> None:
        stored = self.runner.run(self._load(claim))
        pins = pins_of_run(stored.run)
        around = Surroundings(reference=shapes_of_run(stored.run), rule_sets=stored.rule_sets)
        checked = program_of(stored.version, around)
        document, pack = checked.document, checked.pack
        schemas = self.runner.run(self.schemas.find_for(claim.tenant, pack)) if pack else None
        plan = RunPlan(
            run_id=str(stored.run.id),
            prefix=run_prefix(claim.tenant, stored.run.id),
            document=document,
            program=_program(stored, checked.program),
            pack=pack,
            schemas=schemas,
            reporting_date=stored.run.reporting_date,
            parameters=bind_parameters(document.source, stored.run.parameters),
            created_at=stored.run.created_at,
            message_identifier=message_identifier(stored.run),
            file_tokens=run_facts(
                report=stored.report.slug,
                reporting_date=stored.run.reporting_date,
                sequence=stored.run.sequence,
                version=stored.version.number,
                created_at=stored.run.created_at,
                message_identifier=message_identifier(stored.run),
            ),
            resumption=_resumption(stored),
            join=checked.sources.join,
            tables=checked.sources.tables,
            reference=pins,
            calendars=stored.calendars,
            reported=stored.reported,
            # An even number: a cancellation and its record stand in one group.
            rows_per_group=self.limits.rows_per_group + self.limits.rows_per_group % 2,
            inherited=stored.supplement.inherited if stored.supplement is not None else None,
            overrides=tuple(stored.run.overrides),
            packages=pinned_packages(read_pins(stored.run.schema_packages), self.storage),
            workers=self.limits.threads,
        )
        journal = RunJournal(self.runner, self.database, claim, document, self.now)
        _log_schema(journal, plan)
        _log_rules(journal, stored.run, pack)
        _warn_of_stale_reference(journal, plan)
        sources = self._sources(stored, plan)
        main = sources.pop(SOURCE_TABLE)
        execute_plan(RunContext(plan, main, self.storage, journal, claim.fencing_token, sources), self.scratch)

    def _sources(self, stored: StoredRun, plan: RunPlan) -> dict[str, RowSource]:
        document, supplement = plan.document, stored.supplement
        if supplement is not None:
            rows = SupplementalSource(self.storage, supplement.parent, plan.program, supplement.rows, plan.overrides)
            return {SOURCE_TABLE: rows}
        parameters = source_parameters(document.source, plan.parameters, plan.reporting_date)
        queries = {SOURCE_TABLE: document.source.query, **{name: one.query for name, one in document.inputs.items()}}
        return {
            name: ConnectorSource(self.opener, stored.connectors[name], query, parameters, self._place)
            for name, query in queries.items()
        }

    @contextmanager
    def _place(self, connector: StoredConnector) -> Iterator[None]:
        """One of the sessions that a connector may have at its source, for as long as it is read."""
        taken = SourcePlaces(self.database).taken(connector, RUN_PATIENCE_SECONDS)
        self.runner.run(taken.__aenter__())
        try:
            yield
        finally:
            self.runner.run(taken.__aexit__(None, None, None))

    async def _load(self, claim: Claim) -> StoredRun:
        async with self.database.transaction(claim.tenant) as session:
            runs = RunRepository(session, claim.tenant)
            run = await runs.find_fenced(claim.run_id, claim.fencing_token)
            if run is None:
                raise LeaseLost
            if not run.is_pinned:
                raise RunNotPinned
            reports = ReportRepository(session, claim.tenant)
            report = await reports.find(ReportId(run.report_id))
            version = await reports.find_version(ReportVersionId(run.report_version_id))
            if report is None or version is None:
                raise RunNotFound
            outputs = tuple(await runs.outputs(claim.run_id))
            rule_sets = await pinned_rule_sets(session, claim.tenant, run.rule_sets)
            calendars = await pinned_calendars(session, claim.tenant, run.calendars)
            reported = await reported_runs(session, claim.tenant, run)
            supplement = await find_supplement(session, claim.tenant, run)
            if supplement is not None:
                return StoredRun(run, report, version, {}, outputs, rule_sets, calendars, reported, supplement)
            connectors: dict[str, StoredConnector] = {}
            for name, connector_id in connector_ids(ReportDocument.model_validate(version.document)).items():
                connector = await ConnectorRepository(session, claim.tenant).find(connector_id)
                if connector is None:
                    raise ConnectorNotFound(fix="The report's connector was deleted; save a version with another one.")
                connectors[name] = connector
            return StoredRun(run, report, version, connectors, outputs, rule_sets, calendars, reported)


def _reason(error: Exception, scratch: Path) -> OpenRegError:
    """The engines have errors of their own for a full disk; all of them hold the system's words."""
    if getattr(error, "errno", None) in {errno.ENOSPC, errno.EDQUOT} or _NO_SPACE in str(error).lower():
        return ScratchFull(f"No space is left in {scratch}.", fix="Make room, or move OPENREG_SCRATCH_DIR.")
    return RunCrashed(f"Unexpected {type(error).__name__}.", fix="The worker's log has the details.")


def _log_schema(journal: RunJournal, plan: RunPlan) -> None:
    for package in plan.packages.values():
        journal.log("info", "schema_found", package=package.name)
    if plan.schemas is not None:
        journal.log("info", "schema_found", package=plan.schemas.package)
    elif plan.pack is not None:
        journal.log("warning", "schema_missing", fix="Install the regulator's schema package: openreg schemas install.")


def _log_rules(journal: RunJournal, run: Run, pack: Pack | None) -> None:
    for one in run.rule_sets:
        journal.log("info", "rule_set_used", name=one["name"], number=one["number"], sha256=one["sha256"])
    if pack is not None and run.pack_version not in {None, pack.version}:
        journal.log("warning", "pack_changed", requested_with=run.pack_version, judged_by=pack.version)


def _warn_of_stale_reference(journal: RunJournal, plan: RunPlan) -> None:
    used = {one.name for one in plan.program.reference_uses}
    stale = {name: pin.stale_since for name, pin in plan.reference.items() if name in used and pin.stale_since}
    if stale:
        named = ", ".join(f"{name} (valid up to {since:%Y-%m-%d})" for name, since in sorted(stale.items()))
        journal.warn(REFERENCE_STALE, f"Reference data is out of date: {named}.")


def _program(stored: StoredRun, program: ReportProgram) -> ReportProgram:
    """What a supplemental run reports was chosen, by a person or by a new look: nothing decides about it again."""
    return program if stored.supplement is None else replace(program, eligibility=())


def _resumption(stored: StoredRun) -> Resumption:
    run = stored.run
    stored_input = find_input(run)
    if stored_input is None:
        return Resumption()
    outputs = tuple(_progress(output) for output in stored.outputs)
    # rows_in of the run is the whole input; what the checkpoints have seen is the sum of the others.
    counts = replace(run.counts, rows_in=run.counts.accounted)
    return Resumption(stored_input, inputs_of(run), run.row_groups_done, counts, outputs)


def _progress(output: RunOutput) -> OutputProgress:
    state = output.progress
    parts = state["parts"]
    packaging = state["packaging"]
    if not isinstance(parts, list) or not isinstance(packaging, dict) or output.upload_id is None:
        raise RunNotFound("The checkpoint of the run cannot be read.")
    tail_key, front_key = state["tail_key"], state.get("front_key")
    return OutputProgress(
        output.output_number,
        output.file_number,
        output.object_key,
        output.upload_id,
        tuple((int(number), str(etag), int(size)) for number, etag, size in parts),
        str(tail_key) if tail_key else None,
        packaging,
        int(str(state["records"])),
        bool(state["is_closed"]),
        str(front_key) if front_key else None,
    )
