"""What the owner sends to the routes of schedules, by the end of their paths."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backend.core.ids import new_id

DAILY: dict[str, Any] = {"cadence": {"kind": "daily", "times": ["07:00"]}}
#: Status and body.
SCHEDULE_CALLS: dict[str, tuple[int, dict[str, Any] | None]] = {
    "/schedules/preview": (200, {"definition": DAILY}),
    "{schedule_id}": (200, {"name": f"renamed {new_id()}"}),
    "{schedule_id}/pause": (200, None),
    "{schedule_id}/resume": (200, None),
    "{schedule_id}/run": (201, None),
    "{schedule_id}/backfills": (201, {"first_date": "2026-11-02", "last_date": "2026-11-06"}),
    "{backfill_id}/cancel": (200, None),
}
SCHEDULE_QUERIES: dict[str, dict[str, str]] = {
    "{backfill_id}/days": {},
    "{schedule_id}/month": {"month": "2026-11-01"},
}


def new_schedule(report_id: UUID) -> dict[str, Any]:
    """A schedule of a report, under a name of its own."""
    return {"name": f"new {new_id()}", "report_id": str(report_id), "definition": DAILY}
