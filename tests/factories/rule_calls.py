"""What the owner sends to try rules and to bring official texts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backend.domain.validation.rule_sets import RuleSetState
from tests.factories.rows import Rows

RULE_TEST: dict[str, Any] = {
    "expression": "quantity > 0",
    "phase": "source",
    "columns": {"quantity": "integer"},
    "rows": [{"quantity": 1}],
    "reporting_date": "2026-11-19",
}


OFFICIAL = ("rules.csv", b"code,text\nCON-001,It is not empty.\n")
HOW_OFFICIAL = {
    "pack_id": "mifir-rts22",
    "title": "Validation rules",
    "header_line": 1,
    "columns": {"code": 0, "text": 1},
}


async def rule_sets_for_changes(rows: Rows, author: UUID) -> dict[str, str]:
    """One for each route that changes a rule set's versions, by the end of its path; and one that can be removed."""
    states = {"draft": RuleSetState.DRAFT, "activate": RuleSetState.DRAFT, "retire": RuleSetState.ACTIVE}
    made = {"DELETE": str((await rows.rule_set()).id)}
    for end, state in states.items():
        rule_set = await rows.rule_set()
        await rows.rule_set_version(rule_set, state=state, authors=[author])
        made[end] = str(rule_set.id)
    return made
