"""What metrics learn from a run: read from its row when its process has ended, for the process itself is gone."""

from __future__ import annotations

from datetime import datetime

import structlog

from backend.core.metrics import RUN_ATTEMPTS_POSTPONED, RUN_ROWS, RUN_SECONDS, RUNS_ENDED, STEP_SECONDS
from backend.domain.runs import RunState, StepState
from backend.persistence.models.run import Run
from backend.persistence.repositories.runs import RunRepository
from backend.persistence.session import Database
from backend.services.quality import measure_run_quality
from backend.services.run_lease import Claim

log = structlog.get_logger(__name__)
_UNKNOWN = "unknown"


async def measure_run(database: Database, claim: Claim, at: datetime) -> None:
    """Count the end of an attempt, and measure its day; one that somebody else has taken over is counted by them."""
    async with database.transaction(claim.tenant) as session:
        runs = RunRepository(session, claim.tenant)
        run = await runs.find(claim.run_id)
        if run is None or run.fencing_token != claim.fencing_token:
            return
        steps = await runs.steps(claim.run_id) if RunState(run.state).is_terminal else {}
    log.info("run_attempt_ended", run_id=str(claim.run_id), state=run.state, attempt=run.attempt)
    if not RunState(run.state).is_terminal:
        RUN_ATTEMPTS_POSTPONED.labels(str((run.reason or {}).get("code", _UNKNOWN))).inc()
        return
    _count_end(run)
    if run.state in {RunState.SUCCEEDED, RunState.PARTIAL}:
        await measure_run_quality(database, claim.tenant, run, at)
    for name, step in steps.items():
        if step.state == StepState.SUCCEEDED:
            STEP_SECONDS.labels(name).observe(step.seconds)


def _count_end(run: Run) -> None:
    RUNS_ENDED.labels(run.state).inc()
    if run.started_at is not None and run.finished_at is not None:
        RUN_SECONDS.labels(run.state).observe((run.finished_at - run.started_at).total_seconds())
    outcomes = {
        "written": run.rows_out,
        "set_aside": run.set_aside,
        "filtered": run.filtered,
        "excluded": run.excluded,
        "held": run.held,
    }
    for outcome, rows in outcomes.items():
        RUN_ROWS.labels(outcome).inc(rows)
