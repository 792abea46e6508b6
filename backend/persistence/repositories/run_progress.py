"""Writing the progress of a run: steps, checkpoints, findings, exceptions. The run's row is locked by the caller."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import insert as upsert

from backend.core.ids import RunId, new_id
from backend.domain.eligibility import HeldRecordState
from backend.domain.reports.document import EligibilityDecision
from backend.domain.runs import RunCounts, RunStep, StepState
from backend.domain.validation.rule import Severity
from backend.persistence.models.eligibility import HeldRecord, RunDecision
from backend.persistence.models.run import (
    Finding,
    Run,
    RunFinding,
    RunOutput,
    RunRowGroup,
    RunStepProgress,
)
from backend.persistence.repositories.runs import RunRepository

#: Single findings kept in the database per run; all of them are in the findings files.
MAX_DETAILS = 10_000


class RowGroupObjects(NamedTuple):
    """Keys of what a row group left in object storage: findings, decisions, and the ledger of its written records."""

    findings: str | None
    decisions: str | None
    ledger: str | None
    ledger_size_bytes: int | None


class RunProgressRepository(RunRepository):
    """What the journal writes."""

    async def set_step(self, run_id: UUID, step: RunStep, state: StepState, rows: int | None, seconds: float) -> int:
        """Set a step's state and add rows and seconds to it; the rows it has now."""
        statement = upsert(RunStepProgress).values(
            run_id=run_id, tenant_id=self.tenant, name=step, state=state, rows=rows or 0, seconds=seconds
        )
        changed = {
            "state": statement.excluded.state,
            "rows": RunStepProgress.rows + statement.excluded.rows,
            "seconds": RunStepProgress.seconds + statement.excluded.seconds,
        }
        statement = statement.on_conflict_do_update(index_elements=["run_id", "name"], set_=changed)
        return int(await self._session.scalar(statement.returning(RunStepProgress.rows)) or 0)

    async def add_row_group(
        self, run: Run, number: int, counts: RunCounts, objects: RowGroupObjects, at: datetime
    ) -> None:
        """Commit a row group and add its counts to the run."""
        self.add(
            RunRowGroup(
                run_id=run.id,
                tenant_id=self.tenant,
                number=number,
                fencing_token=run.fencing_token,
                **asdict(counts),
                findings_key=objects.findings,
                decisions_key=objects.decisions,
                ledger_key=objects.ledger,
                ledger_size_bytes=objects.ledger_size_bytes,
                committed_at=at,
            )
        )
        # The run's rows_in are those of its whole input, from the beginning.
        run.counts = replace(run.counts + counts, rows_in=run.rows_in)

    async def set_output(
        self,
        run_id: UUID,
        output_number: int,
        file_number: int,
        object_key: str,
        upload_id: str,
        progress: dict[str, object],
    ) -> None:
        """Where a file in the making stands."""
        statement = upsert(RunOutput).values(
            run_id=run_id,
            tenant_id=self.tenant,
            output_number=output_number,
            file_number=file_number,
            object_key=object_key,
            upload_id=upload_id,
            progress=progress,
        )
        changed = {"object_key": object_key, "upload_id": upload_id, "progress": statement.excluded.progress}
        keys = ["run_id", "output_number", "file_number"]
        await self._session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))

    async def count_finding(
        self, run_id: UUID, rule_id: str, severity: str, message: str, counts: tuple[int, int]
    ) -> None:
        """Add (all, primary) failures of a rule."""
        statement = upsert(RunFinding).values(
            run_id=run_id,
            tenant_id=self.tenant,
            rule_id=rule_id,
            severity=severity,
            count=counts[0],
            primary_count=counts[1],
            message=message,
        )
        changed = {
            "count": RunFinding.count + statement.excluded.count,
            "primary_count": RunFinding.primary_count + statement.excluded.primary_count,
        }
        keys = ["run_id", "rule_id", "severity"]
        await self._session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))

    async def warn(self, run_id: UUID, code: str, message: str) -> bool:
        """Add a finding about the run as a whole; False when it is there already."""
        statement = upsert(RunFinding).values(
            run_id=run_id,
            tenant_id=self.tenant,
            rule_id=code,
            severity=Severity.WARNING,
            count=1,
            primary_count=0,
            message=message,
        )
        added = statement.on_conflict_do_nothing().returning(RunFinding.run_id)
        return await self._session.scalar(added) is not None

    async def count_decision(self, run_id: UUID, decision: EligibilityDecision, count: int) -> None:
        """Add records for which a decision holds."""
        statement = upsert(RunDecision).values(
            run_id=run_id,
            tenant_id=self.tenant,
            code=decision.code,
            decision=decision.decision,
            reason=decision.reason,
            count=count,
        )
        changed = {"count": RunDecision.count + statement.excluded.count}
        await self._session.execute(statement.on_conflict_do_update(index_elements=["run_id", "code"], set_=changed))

    async def hold_records(self, run: Run, held: Iterable[Mapping[str, object]], at: datetime) -> None:
        """Put every record that is held into the hold queue."""
        rows = [
            {
                "id": new_id(),
                "tenant_id": self.tenant,
                "run_id": run.id,
                "report_id": run.report_id,
                "row_number": one["row_number"],
                "record_key": one["record_key"],
                "code": one["code"],
                "state": HeldRecordState.HELD,
                "held_at": at,
            }
            for one in held
        ]
        if rows:
            await self._session.execute(insert(HeldRecord), rows)

    async def add_details(self, run_id: UUID, details: Iterable[Mapping[str, object]]) -> None:
        """Keep single findings while there is room."""
        room = MAX_DETAILS - await self.count_details(RunId(run_id))
        rows = [
            {
                "id": new_id(),
                "tenant_id": self.tenant,
                "run_id": run_id,
                "row_number": one["row_number"],
                "rule_id": one["rule_id"],
                "severity": one["severity"],
                "columns": [name for name in str(one["columns"]).split(", ") if name],
                "message": f"{one['message']} ({one['error']})" if one["error"] else one["message"],
            }
            for one, _ in zip(details, range(room), strict=False)
        ]
        if rows:
            await self._session.execute(insert(Finding), rows)
