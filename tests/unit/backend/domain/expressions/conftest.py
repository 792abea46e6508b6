"""The columns that the expressions of these tests may use."""

from __future__ import annotations

import pytest

from backend.domain.expressions.types import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    LOCAL_TIMESTAMP,
    TEXT,
    TIMESTAMP,
    DataType,
    decimal,
)


@pytest.fixture(scope="session")
def columns() -> dict[str, DataType]:
    """One or two columns of every type, one with an odd name, two that differ only in case."""
    return {
        "a": TEXT,
        "b": TEXT,
        "n": INTEGER,
        "m": INTEGER,
        "x": decimal(18, 2),
        "y": decimal(18, 6),
        "f": DOUBLE,
        "p": BOOLEAN,
        "d": DATE,
        "ts": TIMESTAMP,
        "lt": LOCAL_TIMESTAMP,
        "Trade Date": DATE,
        "left": TEXT,
        "Code": TEXT,
        "code": INTEGER,
        "venue": TEXT,
    }
