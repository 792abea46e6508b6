"""Decisions of a row group are found by what is decided, by code and by a part of the key."""

from __future__ import annotations

import io

import polars as pl
import pytest

from backend.domain.reports.document import DecisionKind
from backend.pipeline.decisions import DecisionSearch, RecordDecision, find_decisions
from backend.pipeline.findings import DECISION_SCHEMA

ROWS = [(1, "T-1", "report", None), (2, "T-2", "hold", "A"), (3, "U.2", "exclude", "B"), (4, None, "report", "C")]


@pytest.fixture
def content() -> bytes:
    target = io.BytesIO()
    pl.DataFrame(ROWS, schema=DECISION_SCHEMA, orient="row").write_parquet(target)
    return target.getvalue()


@pytest.mark.parametrize(
    ("search", "rows"),
    [
        (DecisionSearch(), [1, 2, 3, 4]),
        (DecisionSearch(decision=DecisionKind.REPORT), [1, 4]),
        (DecisionSearch(code="B"), [3]),
        (DecisionSearch(key="2"), [2, 3]),
        # A part of the text, no pattern.
        (DecisionSearch(key="."), [3]),
        (DecisionSearch(decision=DecisionKind.HOLD, key="U"), []),
    ],
)
def test_what_is_wanted_is_found(content: bytes, search: DecisionSearch, rows: list[int]) -> None:
    assert [one.row_number for one in find_decisions(content, search, 0, None)] == rows


def test_a_page_begins_after_a_row_and_is_as_long_as_asked(content: bytes) -> None:
    assert find_decisions(content, DecisionSearch(), 1, 1) == [RecordDecision(2, "T-2", DecisionKind.HOLD, "A")]
