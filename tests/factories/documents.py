"""Report documents: the smallest one that is valid, and what a test changes in it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backend.domain.expressions.types import DATE, INTEGER, TEXT, DataType, decimal

QUERY = "select trade_id, quantity, price, trade_date from trades where trade_date = :reporting_date order by trade_id"
#: The columns of ``QUERY`` as a source would describe them.
COLUMNS: dict[str, DataType] = {
    "trade_id": TEXT,
    "quantity": INTEGER,
    "price": decimal(18, 6),
    "trade_date": DATE,
}


def plain_document(connector_id: UUID | str, **changes: Any) -> dict[str, Any]:
    """A document without a pack: two columns into one CSV file."""
    return {
        "source": {"connector_id": str(connector_id), "query": QUERY},
        "fields": {"reference": "trade_id", "amount": "quantity * price"},
        "outputs": [{"format": "csv"}],
        "record_key": ["reference"],
        **changes,
    }


def own_rule(**changes: Any) -> dict[str, Any]:
    """A rule of the report over source columns."""
    return {
        "id": "OWN-01",
        "title": "Quantity is positive",
        "phase": "source",
        "severity": "correctable",
        "expression": "quantity > 0",
        "message": "The quantity must be positive.",
        **changes,
    }


def decision(**changes: Any) -> dict[str, Any]:
    """A decision about eligibility: records without a price wait."""
    return {
        "when": "price IS NULL",
        "decision": "hold",
        "code": "NO-PRICE",
        "reason": "The price has not arrived.",
        **changes,
    }
