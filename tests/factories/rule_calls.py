"""What the owner sends to try rules and to bring official texts."""

from __future__ import annotations

from typing import Any

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
