"""What the owner sends to the routes of customers and plans, by the end of their paths."""

from __future__ import annotations

from typing import Any

from backend.core.ids import new_id

_PLAN: dict[str, Any] = {"name": "Small", "scopes": ["rules:read"]}
#: Status and body.
CUSTOMER_CALLS: dict[str, tuple[int, dict[str, Any] | None]] = {
    "{customer_id}": (200, {"name": "Renamed Ltd"}),
    "{customer_id}/suspend": (200, {"reason": "The invoice is open."}),
    "{customer_id}/resume": (200, None),
    "{plan_id}": (200, _PLAN),
    "{publication_id}": (200, {"regimes": ["emir"]}),
    "{publication_id}/unpublish": (200, None),
}


def new_plan() -> dict[str, Any]:
    """A plan under a key of its own."""
    return {**_PLAN, "key": f"p{new_id().hex}"}
