"""Values of rows as JSON: decimals, dates and timestamps as strings."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from pydantic import JsonValue


def as_json(value: object) -> JsonValue:
    """A value of a source or of a record, exact, in a form that JSON has."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else str(value)
