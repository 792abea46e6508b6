"""What a run tells those who watch it: one row per state change, step change, progress and log line."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from backend.persistence.models.run import Run, RunEvent
from backend.persistence.repositories.runs import RunRepository


class RunEventKind(StrEnum):
    """What sort of thing happened in a run."""

    STATE = "state"
    STEP = "step"
    PROGRESS = "progress"
    LOG = "log"


def record(runs: RunRepository, run: Run, kind: RunEventKind, payload: dict[str, object], at: datetime) -> None:
    """Append an event; writers hold the run's row lock, so the order of sequences is the order of commits."""
    runs.add(RunEvent(tenant_id=runs.tenant, run_id=run.id, kind=kind, at=at, payload=payload))


def record_state(runs: RunRepository, run: Run, at: datetime) -> None:
    """Append the state the run is in now."""
    record(runs, run, RunEventKind.STATE, {"state": run.state, "is_held": bool(run.is_held), "reason": run.reason}, at)
