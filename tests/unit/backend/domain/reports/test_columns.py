"""Columns of a source survive being stored with a version."""

from __future__ import annotations

import json

from backend.domain.expressions.types import BOOLEAN, DATE, DOUBLE, INTEGER, TEXT, TIMESTAMP, decimal
from backend.domain.reports.columns import columns_as_json, read_columns


def test_every_type_comes_back_in_order_with_its_digits() -> None:
    columns = {
        "b": TEXT,
        "a": INTEGER,
        "amount": decimal(38, 12),
        "whole": decimal(5, 0),
        "share": DOUBLE,
        "done": BOOLEAN,
        "day": DATE,
        "at": TIMESTAMP,
        "Grüße 1": TEXT,
    }
    stored = json.loads(json.dumps(columns_as_json(columns)))
    assert list(read_columns(stored).items()) == list(columns.items())
