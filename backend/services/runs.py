"""Runs as people see them: requested, watched, cancelled, retried, released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import ReportId, ReportVersionId, RunId, new_id
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import RUN_SUBJECT, AuditAction, AuditSubject
from backend.domain.event_catalogue.runs import RecordTally, RunLinks, RunNews
from backend.domain.runs import RunCounts, RunKind, RunStage, RunState, RunTrigger
from backend.domain.webhooks import WebhookEventType
from backend.persistence.models.artifact import Artifact
from backend.persistence.models.exception import RunException
from backend.persistence.models.report import ReportVersion
from backend.persistence.models.run import Run, RunEvent, RunFinding, RunStepProgress
from backend.persistence.outbox import Outbox
from backend.persistence.repositories.artifacts import ArtifactRepository
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.run_lists import RunListRepository
from backend.persistence.repositories.runs import RunRepository
from backend.services.hand_over import hand_over
from backend.services.reports import ReportArchived, ReportNotFound, read_document
from backend.services.run_events import record_state
from backend.services.run_exceptions import RunExceptions
from backend.services.run_parameters import RunParameters, bind_parameters
from backend.services.run_pins import pack_version_of, pin_run
from backend.services.scope import ActorKind, TenantScope
from backend.services.started_run import StartedRun
from backend.services.wakeups import Wakeups


class RunNotFound(OpenRegError):
    """There is no such run."""

    code: ClassVar[str] = "run_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class NoActiveVersion(OpenRegError):
    """The report has no active version."""

    code: ClassVar[str] = "no_active_version"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class RunAlreadyUnderWay(OpenRegError):
    """The same report, reporting date and parameters are already being run."""

    code: ClassVar[str] = "run_already_under_way"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class RunNotHeld(OpenRegError):
    """The run is not held for a decision."""

    code: ClassVar[str] = "run_not_held"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class RunNotRetryable(OpenRegError):
    """Only a failed run can be retried."""

    code: ClassVar[str] = "run_not_retryable"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class RunAlreadyFinished(OpenRegError):
    """The run has ended."""

    code: ClassVar[str] = "run_already_finished"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


_WAIT = "Wait until it has ended, or cancel it first."


@dataclass(frozen=True, slots=True)
class RunFire:
    """The fire time of a schedule, or the trigger, that a run is for, if it is for one."""

    schedule_id: UUID | None = None
    fire_at: datetime | None = None
    trigger_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What is to be run, and what started it."""

    report_id: ReportId
    reporting_date: date
    parameters: Mapping[str, object]
    reference_as_of: datetime | None = None
    trigger: RunTrigger = RunTrigger.MANUAL
    fired: RunFire = RunFire()


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with what is shown beside it."""

    run: Run
    report_name: str
    version: str
    steps: Mapping[str, RunStepProgress]
    findings: Sequence[RunFinding]
    supplements: Sequence[Run]
    started_by: str | None = None


@dataclass(frozen=True, slots=True)
class RunService:
    """Runs of a tenant."""

    scope: TenantScope
    wakeups: Wakeups

    async def request(
        self,
        report_id: ReportId,
        reporting_date: date,
        parameters: Mapping[str, object],
        *,
        reference_as_of: datetime | None = None,
        trigger: RunTrigger = RunTrigger.MANUAL,
        fired: RunFire | None = None,
    ) -> Run:
        """Start a run of the active version, with the rule sets of now.

        It reads the datasets as they are now, or as they were known at a moment. ``trigger`` says what started it.

        Raises NoActiveVersion, RuleSetNotActive, SchemaPackageNotFound, RunAlreadyUnderWay, RunParameterInvalid.
        """
        wanted = RunRequest(report_id, reporting_date, parameters, reference_as_of, trigger, fired or RunFire())
        async with self.scope.transaction() as session:
            run = await self.request_in(session, wanted)
        self.wake(run)
        return run

    async def request_in(self, session: AsyncSession, wanted: RunRequest) -> Run:
        """The same inside a transaction of the caller, who calls ``wake`` when it is committed."""
        at = self.scope.now()
        version = await self._active_version(ReportRepository(session, self.scope.tenant), wanted.report_id)
        document = read_document(dict(version.document))
        parameters = RunParameters.of(bind_parameters(document.source, wanted.parameters))
        runs = RunRepository(session, self.scope.tenant)
        run = Run(
            id=new_id(),
            tenant_id=self.scope.tenant,
            report_id=wanted.report_id,
            report_version_id=version.id,
            reporting_date=wanted.reporting_date,
            parameters=parameters.values,
            parameters_sha256=parameters.sha256,
            sequence=await runs.next_sequence(wanted.report_id, wanted.reporting_date),
            state=RunState.PENDING,
            stage=RunStage.EXTRACT,
            trigger=self._trigger(wanted.trigger),
            schedule_id=wanted.fired.schedule_id,
            fire_at=wanted.fired.fire_at,
            trigger_id=wanted.fired.trigger_id,
            created_by=self.scope.user_id,
            created_at=at,
        )
        await pin_run(session, run, version, at, wanted.reference_as_of)
        runs.add(run)
        await runs.flush_unique(RunAlreadyUnderWay(fix=_WAIT))
        record_state(runs, run, at)
        await Outbox(session, self.scope.tenant).add(WebhookEventType.RUN_REQUESTED, run.id, run_news(run), at)
        await self.scope.audit(session).record(
            AuditAction.RUN_REQUESTED, run_subject(run), after={**run_shown(run), "parameters": parameters.values}
        )
        return run

    def wake(self, run: Run) -> None:
        """Wake a worker for a run, and whoever sends its news."""
        self.wakeups.run(self.scope.tenant, run.id)
        self.wakeups.webhooks(self.scope.tenant)

    async def get(self, run_id: RunId) -> Run:
        """Raises RunNotFound."""
        async with self.scope.transaction() as session:
            return await _get_run(RunRepository(session, self.scope.tenant), run_id)

    async def view(self, run_id: RunId) -> RunView:
        """A run with its steps, findings and newest supplemental runs. Raises RunNotFound."""
        async with self.scope.transaction() as session:
            lists = RunListRepository(session, self.scope.tenant)
            found = await lists.find(run_id)
            if found is None:
                raise RunNotFound
            runs = RunRepository(session, self.scope.tenant)
            steps, findings = await runs.steps(run_id), await runs.findings(run_id)
            supplements = await runs.supplements(run_id)
            started_by = await lists.started_by(found[0])
        return RunView(*found, steps, findings, supplements, started_by)

    async def events_after(self, run_id: RunId, sequence: int, kinds: Sequence[str] = ()) -> Sequence[RunEvent]:
        """What happened after a sequence number, at most 500 entries. Raises RunNotFound."""
        async with self.scope.transaction() as session:
            runs = RunRepository(session, self.scope.tenant)
            await _get_run(runs, run_id)
            return await runs.events_after(run_id, sequence, 500, kinds)

    async def exceptions(self, run_id: RunId, request: PageRequest) -> Page[RunException]:
        """Records set aside. Raises RunNotFound."""
        async with self.scope.transaction() as session:
            runs = RunRepository(session, self.scope.tenant)
            await _get_run(runs, run_id)
            return await runs.exceptions(run_id, request)

    async def artifacts(self, run_id: RunId) -> Sequence[Artifact]:
        """Files the run produced. Raises RunNotFound."""
        async with self.scope.transaction() as session:
            await _get_run(RunRepository(session, self.scope.tenant), run_id)
            return await ArtifactRepository(session, self.scope.tenant).of_run(run_id)

    async def cancel(self, run_id: RunId) -> Run:
        """Stop a run; a running one stops within two seconds. Raises RunAlreadyFinished."""
        at = self.scope.now()
        async with self.scope.transaction() as session:
            runs = RunRepository(session, self.scope.tenant)
            run = await _get_run(runs, run_id, for_update=True)
            state = RunState(run.state)
            if state.is_terminal:
                raise RunAlreadyFinished(f"The run has ended: it is {run.state}.")
            before = run_shown(run)
            if state is RunState.PENDING:
                run.move_to(RunState.CANCELLED, at)
                await RunExceptions(self.scope.tenant, self.scope.now).give_up(session, run)
                await Outbox(session, self.scope.tenant).add(WebhookEventType.RUN_CANCELLED, run.id, run_news(run), at)
            elif state is RunState.RUNNING:
                run.move_to(RunState.CANCELLING, at)
            record_state(runs, run, at)
            await self.scope.audit(session).record(
                AuditAction.RUN_CANCELLED, run_subject(run), before=before, after=run_shown(run)
            )
        self.wakeups.webhooks(self.scope.tenant)
        return run

    async def retry(self, run_id: RunId) -> Run:
        """Run a failed run again, from the source, with the rule sets it had.

        Raises RunNotRetryable, RunAlreadyUnderWay.
        """
        at = self.scope.now()
        async with self.scope.transaction() as session:
            runs = RunRepository(session, self.scope.tenant)
            run = await _get_run(runs, run_id, for_update=True)
            if run.state != RunState.FAILED:
                raise RunNotRetryable(f"The run is {run.state}.")
            if run.kind == RunKind.SUPPLEMENTAL:
                raise RunNotRetryable("A supplemental run has given its records back.", fix="Resubmit them again.")
            version = await ReportRepository(session, self.scope.tenant).find_version(
                ReportVersionId(run.report_version_id)
            )
            before = {**run_shown(run), "reason": run.reason}
            run.move_to(RunState.PENDING, at)
            # A person's retry counts its attempts anew; the fencing token never goes back.
            run.stage, run.reason, run.transient_failures, run.attempt = RunStage.EXTRACT, None, 0, 0
            run.counts, run.with_findings = RunCounts(), None
            run.row_groups_total = run.row_groups_done = 0
            run.input_key = run.input_sha256 = run.input_size_bytes = None
            run.quarantined, run.quarantine = 0, None
            # There is one version of a pack at a time: what is recorded is the one that will judge.
            run.pack_version = pack_version_of(read_document(dict(version.document))) if version else None
            await runs.flush_unique(RunAlreadyUnderWay(fix=_WAIT))
            await runs.forget_attempt(run_id)
            record_state(runs, run, at)
            await self.scope.audit(session).record(
                AuditAction.RUN_RETRIED, run_subject(run), before=before, after=run_shown(run)
            )
        self.wakeups.run(self.scope.tenant, run.id)
        return run

    async def release(self, run_id: RunId) -> Run:
        """Deliver the valid part of a held run. Raises RunNotHeld."""
        at = self.scope.now()
        async with self.scope.transaction() as session:
            runs = RunRepository(session, self.scope.tenant)
            run = await _get_run(runs, run_id, for_update=True)
            if not run.is_held:
                raise RunNotHeld
            before = run_shown(run)
            run.is_held = False
            reports = ReportRepository(session, self.scope.tenant)
            version = await reports.find_version(ReportVersionId(run.report_version_id))
            if version is None:
                raise RunNotFound
            document = read_document(dict(version.document))
            await hand_over(session, self.scope.tenant, run, document, at, released_by=self.scope.user_id)
            await Outbox(session, self.scope.tenant).add(WebhookEventType.RUN_RELEASED, run.id, run_news(run), at)
            record_state(runs, run, at)
            await self.scope.audit(session).record(
                AuditAction.RUN_RELEASED, run_subject(run), before=before, after=run_shown(run)
            )
        self.wakeups.deliveries()
        self.wakeups.webhooks(self.scope.tenant)
        return run

    def _trigger(self, trigger: RunTrigger) -> RunTrigger:
        """By hand is what a person starts; what a program asks for comes through the API."""
        is_program = self.scope.actor.kind is ActorKind.SERVICE_KEY
        return RunTrigger.API if trigger is RunTrigger.MANUAL and is_program else trigger

    async def _active_version(self, reports: ReportRepository, report_id: ReportId) -> ReportVersion:
        report = await reports.find(report_id)
        if report is None:
            raise ReportNotFound
        if report.archived_at is not None:
            raise ReportArchived(fix="Restore the report first.")
        version = await reports.find_active_version(report_id)
        if version is None:
            raise NoActiveVersion(fix="Activate a version of the report first.")
        return version


def run_subject(run: Run | StartedRun) -> AuditSubject:
    """A run as the audit trail names it."""
    return AuditSubject(RUN_SUBJECT, run.id, f"{run.reporting_date.isoformat()} no. {run.sequence}")


def run_shown(run: Run | StartedRun) -> dict[str, object]:
    """A run as the audit trail shows it."""
    return {
        "report_id": run.report_id,
        "report_version_id": run.report_version_id,
        "reporting_date": run.reporting_date,
        "sequence": run.sequence,
        "state": str(run.state),
        "is_held": bool(run.is_held),
        "trigger": str(run.trigger),
    }


def run_news(run: Run | StartedRun) -> RunNews:
    """What events say of a run: identifiers, state and counts, never data of records."""
    return RunNews(
        run_id=run.id,
        report_id=run.report_id,
        report_version_id=run.report_version_id,
        reporting_date=run.reporting_date,
        sequence=run.sequence,
        kind=RunKind(run.kind or RunKind.REGULAR),
        parent_run_id=run.parent_run_id,
        state=RunState(run.state),
        is_held=bool(run.is_held),
        counts=RecordTally(
            rows_in=run.rows_in or 0,
            rows_out=run.rows_out or 0,
            set_aside=run.set_aside or 0,
            filtered=run.filtered or 0,
            excluded=run.excluded or 0,
            held=run.held or 0,
        ),
        links=RunLinks(run=f"/api/v1/runs/{run.id}"),
    )


async def _get_run(runs: RunRepository, run_id: RunId, *, for_update: bool = False) -> Run:
    found = await (runs.find_for_update(run_id) if for_update else runs.find(run_id))
    if found is None:
        raise RunNotFound
    return found
