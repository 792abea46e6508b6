"""What the owner sends to the routes of the register of errors and omissions, by the end of their paths."""

from __future__ import annotations

from typing import Any

from tests.factories.whole_tenant import WholeTenant

_SAID: dict[str, Any] = {
    "title": "Prices without their currency",
    "kind": "error",
    "found_by": "own_control",
    "occurred_from": "2026-11-02",
    "discovered_on": "2026-11-03",
}
_DUE = "2099-12-01T09:00:00Z"


def new_entry(whole: WholeTenant) -> dict[str, Any]:
    """An entry about a report and a submission."""
    link = {"kind": "submission", "id": str(whole.submission.id)}
    return {**_SAID, "report_ids": [str(whole.report.id)], "links": [link]}


def error_register_calls(
    whole: WholeTenant, startable_report_id: str, member_id: str
) -> dict[str, tuple[int, dict[str, Any]]]:
    """Status and body."""
    action = {"text": "Ask the venue.", "owner_id": member_id, "due_at": _DUE}
    again = {"report_id": startable_report_id, "first_date": "2026-11-02", "last_date": "2026-11-06"}
    said = {**_SAID, "report_ids": [str(whole.report.id)], "root_cause": "manual"}
    return {
        "{register_entry_id}": (200, {**said, "title": "Seen by its own tenant."}),
        "{register_entry_id}/fill": (200, {}),
        "{register_entry_id}/move": (200, {"to": "assessed"}),
        "{register_entry_id}/links": (200, {"kind": "run", "id": str(whole.run.id)}),
        "{register_entry_id}/actions": (201, action),
        "{register_entry_id}/actions/{action_id}": (200, {**action, "text": "Ask the venue once more."}),
        "{action_id}/finish": (200, {"note": "It was asked."}),
        "{register_entry_id}/back-reporting/preview": (200, again),
        "{register_entry_id}/back-reporting": (201, again),
    }


def error_register_ids(whole: WholeTenant) -> dict[str, str]:
    """Names in the paths."""
    return {
        "register_entry_id": str(whole.register_action.entry_id),
        "action_id": str(whole.register_action.id),
        "link_kind": "submission",
        "target_id": str(whole.submission.id),
    }
