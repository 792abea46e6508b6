"""What the owner sends to the routes of triggers, by the end of their paths."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backend.core.ids import new_id

#: Five days back: a run of the same report and day may be under way already.
CALLED: dict[str, Any] = {"on": {"kind": "api"}, "reporting_date": {"days": 5, "count": "calendar_days"}}
#: Status and body.
TRIGGER_CALLS: dict[str, tuple[int, dict[str, Any] | None]] = {
    "{trigger_id}": (200, {"name": f"renamed {new_id()}"}),
    "{trigger_id}/pause": (200, None),
    "{trigger_id}/resume": (200, None),
    "{trigger_id}/test": (200, None),
    "{trigger_id}/fire": (201, {}),
}


def new_trigger(report_id: UUID) -> dict[str, Any]:
    """A trigger of a report, under a name of its own."""
    return {"name": f"new {new_id()}", "report_id": str(report_id), "definition": CALLED}
