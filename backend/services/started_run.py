"""A run as a schedule starts it: what a stored one is, without the unit of work that would watch it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from backend.domain.runs import RunKind, RunState, RunTrigger
from backend.services.run_parameters import RunParameters


@dataclass(slots=True)
class StartedRun:
    """A run as a schedule starts it."""

    id: UUID
    fire_id: UUID
    report_id: UUID
    report_version_id: UUID
    reporting_date: date
    sequence: int
    parameters: RunParameters
    schedule_id: UUID
    fire_at: datetime
    created_by: UUID
    kind: str = RunKind.REGULAR.value
    parent_run_id: UUID | None = None
    state: str = RunState.PENDING.value
    trigger: str = RunTrigger.SCHEDULE.value
    is_held: bool = False
    rows_in: int = 0
    rows_out: int = 0
    set_aside: int = 0
    filtered: int = 0
    excluded: int = 0
    held: int = 0
