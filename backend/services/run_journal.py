"""The journal of a run: what the pipeline reports is committed here, under the fencing token.

The pipeline is synchronous; each call runs one short transaction on the process' own event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.ids import RunId, new_id
from backend.domain.artifacts import SchemaStatus
from backend.domain.event_catalogue.runs import ArtifactLinks, ArtifactNews
from backend.domain.reports.document import OnPartial, ReportDocument
from backend.domain.runs import RunCounts, RunStage, RunState, RunStep, StepState
from backend.domain.webhooks import WebhookEventType
from backend.persistence.models.artifact import Artifact
from backend.persistence.models.run import Run
from backend.persistence.outbox import Outbox
from backend.persistence.repositories.held_records import HeldRecordRepository
from backend.persistence.repositories.run_progress import RowGroupObjects, RunProgressRepository
from backend.persistence.repositories.runs import RunRepository
from backend.persistence.session import Database
from backend.pipeline.errors import LeaseLost
from backend.pipeline.findings import BatchFindings
from backend.pipeline.ports import Checkpoint, ProducedFile, StoredInput, StoredQuarantine
from backend.services.announcements import announce_run_held
from backend.services.hand_over import hand_over
from backend.services.run_events import RunEventKind, record, record_state
from backend.services.run_exceptions import RunExceptions
from backend.services.run_lease import Claim
from backend.services.runs import run_news

T = TypeVar("T")
Work = Callable[[AsyncSession, Run], Awaitable[T]]
#: Progress is written at most this often.
PROGRESS_EVERY_SECONDS = 0.5


class RunJournal:
    """Implements ``backend.pipeline.ports.Journal`` for one claim."""

    def __init__(
        self, runner: asyncio.Runner, database: Database, claim: Claim, document: ReportDocument, now: Clock
    ) -> None:
        self._runner = runner
        self._database = database
        self._claim = claim
        self._document = document
        self._now = now
        self._progress_at = 0.0
        self._exceptions = RunExceptions(claim.tenant, now)

    def log(self, level: str, event: str, **values: object) -> None:
        """A line of the run's log."""
        self._write_event(RunEventKind.LOG, {"level": level, "event": event, **values})

    def warn(self, code: str, message: str) -> None:
        """Something to be known of the run as a whole; counted once, however often the run is tried."""

        async def work(session: AsyncSession, run: Run) -> None:
            if await RunProgressRepository(session, self._claim.tenant).warn(run.id, code, message):
                runs, entry = RunRepository(session, self._claim.tenant), {"level": "warning", "event": code.lower()}
                record(runs, run, RunEventKind.LOG, {**entry, "message": message}, self._now())

        self._fenced(work)

    def step(self, step: RunStep, state: StepState, rows: int | None = None, seconds: float = 0.0) -> None:
        """A step has changed its state."""

        async def work(session: AsyncSession, run: Run) -> None:
            progress = RunProgressRepository(session, self._claim.tenant)
            total = await progress.set_step(run.id, step, state, rows, seconds)
            runs = RunRepository(session, self._claim.tenant)
            record(runs, run, RunEventKind.STEP, {"step": step.value, "state": state.value, "rows": total}, self._now())

        self._fenced(work)

    def progress(self, step: RunStep, rows: int) -> None:
        """Rows done in a step, for people who watch; written twice a second at most."""
        if time.monotonic() - self._progress_at < PROGRESS_EVERY_SECONDS:
            return
        self._progress_at = time.monotonic()
        self._write_event(RunEventKind.PROGRESS, {"step": step.value, "rows": rows})

    def input_stored(self, stored: StoredInput, inputs: Mapping[str, StoredInput]) -> None:
        """The extract stage is done."""

        async def work(session: AsyncSession, run: Run) -> None:
            run.stage = RunStage.PRODUCE
            run.reason = None  # what it waited for is there again
            run.input_key, run.input_sha256, run.input_size_bytes = stored.key, stored.sha256, stored.size_bytes
            run.rows_in, run.row_groups_total = stored.rows, stored.row_groups
            run.inputs = {name: asdict(one) for name, one in inputs.items()}
            found = [one.quarantine for one in (stored, *inputs.values()) if one.quarantine is not None]
            run.quarantined, run.quarantine = sum(one.rows for one in found), _quarantine(found)
            runs = RunRepository(session, self._claim.tenant)
            text = {"level": "info", "event": "input_stored", "rows": stored.rows, "sha256": stored.sha256}
            record(runs, run, RunEventKind.LOG, {**text, "size_bytes": stored.size_bytes}, self._now())
            if run.quarantined:
                put_aside = {"level": "warning", "event": "rows_quarantined", "rows": run.quarantined}
                record(runs, run, RunEventKind.LOG, put_aside, self._now())

        self._fenced(work)

    def checkpoint(self, checkpoint: Checkpoint) -> None:
        """A row group is done, as a whole."""

        async def work(session: AsyncSession, run: Run) -> None:
            progress = RunProgressRepository(session, self._claim.tenant)
            ledger = checkpoint.ledger
            objects = RowGroupObjects(
                checkpoint.findings_key,
                checkpoint.decisions_key,
                ledger.key if ledger else None,
                ledger.size_bytes if ledger else None,
            )
            await progress.add_row_group(run, checkpoint.row_group, checkpoint.counts, objects, self._now())
            await self._add_findings(progress, run, checkpoint.findings)
            await self._add_decisions(progress, run, checkpoint.findings)
            await self._exceptions.note(session, run, checkpoint.findings)
            run.with_findings = (run.with_findings or 0) + checkpoint.findings.record_count()
            for output in checkpoint.outputs:
                await progress.set_output(
                    run.id,
                    output.output_number,
                    output.file_number,
                    output.object_key,
                    output.upload_id,
                    {
                        "parts": [list(part) for part in output.parts],
                        "tail_key": output.tail_key,
                        "packaging": output.packaging,
                        "records": output.records,
                        "is_closed": output.is_closed,
                        "front_key": output.front_key,
                    },
                )
            for part in checkpoint.steps:
                await progress.set_step(run.id, part.step, StepState.RUNNING, part.rows, part.seconds)
            run.row_groups_done += 1
            run.reason = None
            done = {"row_groups_done": run.row_groups_done, "row_groups_total": run.row_groups_total}
            runs = RunRepository(session, self._claim.tenant)
            payload = {"step": RunStep.RENDER.value, **done, **asdict(run.counts)}
            record(runs, run, RunEventKind.PROGRESS, payload, self._now())

        self._fenced(work)

    def blocked(self, findings: BatchFindings) -> None:
        """Record the findings that stop the run."""

        async def work(session: AsyncSession, run: Run) -> None:
            await self._add_findings(RunProgressRepository(session, self._claim.tenant), run, findings)

        self._fenced(work)

    def complete(self, files: Sequence[ProducedFile]) -> None:
        """The run has done its work: artifacts, deliveries, state and events in one transaction."""

        async def work(session: AsyncSession, run: Run) -> None:
            at, tenant = self._now(), self._claim.tenant
            runs, progress, outbox = (
                RunRepository(session, tenant),
                RunProgressRepository(session, tenant),
                Outbox(session, tenant),
            )
            for file in files:
                artifact = _artifact(tenant, run, file, at)
                runs.add(artifact)
                await outbox.add(WebhookEventType.ARTIFACT_CREATED, artifact.id, _artifact_news(run, artifact), at)
            await runs.flush()
            is_partial = run.set_aside > 0 or run.quarantined > 0
            run.is_held = is_partial and self._document.on_partial is OnPartial.HOLD
            due = 0 if run.is_held else await hand_over(session, tenant, run, self._document, at)
            await progress.set_step(run.id, RunStep.HAND_OVER, StepState.SUCCEEDED, due, 0.0)
            run.stage, run.reason = RunStage.COMPLETE, None
            run.move_to(RunState.PARTIAL if is_partial else RunState.SUCCEEDED, at)
            run.lease_owner = run.lease_expires_at = None
            record_state(runs, run, at)
            await self._exceptions.settle(session, run)
            await HeldRecordRepository(session, tenant).close_reported(RunId(run.id))
            event = WebhookEventType.RUN_HELD if run.is_held else WebhookEventType.RUN_COMPLETED
            await outbox.add(event, run.id, run_news(run), at)
            if run.is_held:
                await announce_run_held(session, tenant, run, at)

        self._fenced(work)

    def restart_produce(self) -> None:
        """Forget the checkpoints of the produce stage: their upload is gone."""

        async def work(session: AsyncSession, run: Run) -> None:
            runs = RunRepository(session, self._claim.tenant)
            await runs.forget_attempt(self._claim.run_id)
            run.counts = RunCounts(rows_in=run.rows_in)
            run.row_groups_done, run.with_findings = 0, None
            record(runs, run, RunEventKind.LOG, {"level": "warning", "event": "produce_restarted"}, self._now())

        self._fenced(work)

    def _write_event(self, kind: RunEventKind, payload: dict[str, object]) -> None:
        async def work(session: AsyncSession, run: Run) -> None:
            record(RunRepository(session, self._claim.tenant), run, kind, payload, self._now())

        self._fenced(work)

    async def _add_findings(self, progress: RunProgressRepository, run: Run, findings: BatchFindings) -> None:
        primary = findings.primary_counts()
        for rule_id, severity, message, count in findings.counts_by_rule():
            first = primary.get(rule_id, 0) if severity == "correctable" else 0
            await progress.count_finding(run.id, rule_id, severity, message, (count, first))
        await progress.add_details(run.id, findings.details.iter_rows(named=True))

    async def _add_decisions(self, progress: RunProgressRepository, run: Run, findings: BatchFindings) -> None:
        counts = findings.counts_by_decision()
        for decision in self._document.eligibility:
            if decision.code in counts:
                await progress.count_decision(run.id, decision, counts[decision.code])
        await progress.hold_records(run, findings.held().iter_rows(named=True), self._now())

    def _fenced(self, work: Work[T]) -> T:
        return self._runner.run(self._in_transaction(work))

    async def _in_transaction(self, work: Work[T]) -> T:
        async with self._database.transaction(self._claim.tenant) as session:
            run = await RunRepository(session, self._claim.tenant).find_fenced(
                self._claim.run_id, self._claim.fencing_token
            )
            if run is None:
                raise LeaseLost
            return await work(session, run)


def _quarantine(found: Sequence[StoredQuarantine]) -> dict[str, object] | None:
    """What the inputs of a run put aside, together."""
    if not found:
        return None
    return {
        "keys": [one.key for one in found if one.key is not None],
        "tables": [table for one in found for table in one.tables],
        "reasons": [reason for one in found for reason in one.reasons],
    }


def _artifact(tenant: object, run: Run, file: ProducedFile, at: object) -> Artifact:
    return Artifact(
        id=new_id(),
        tenant_id=tenant,
        run_id=run.id,
        output_number=file.output_number,
        file_number=file.file_number,
        name=file.name,
        format=file.format,
        media_type=file.media_type,
        object_key=file.object_key,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        content_size_bytes=file.content_size_bytes,
        content_sha256=file.content_sha256,
        records=file.records,
        schema_status=file.schema_status,
        schema_errors=[],
        created_at=at,
    )


def _artifact_news(run: Run, artifact: Artifact) -> ArtifactNews:
    return ArtifactNews(
        artifact_id=artifact.id,
        run_id=artifact.run_id,
        report_id=run.report_id,
        reporting_date=run.reporting_date,
        name=artifact.name,
        format=artifact.format,
        size_bytes=artifact.size_bytes,
        sha256=artifact.sha256,
        records=artifact.records,
        schema_status=SchemaStatus(artifact.schema_status),
        links=ArtifactLinks(content=f"/api/v1/artifacts/{artifact.id}/content", run=f"/api/v1/runs/{artifact.run_id}"),
    )
