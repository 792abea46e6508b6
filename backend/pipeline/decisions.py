"""Reading back what was decided about the eligibility of a run's records."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from backend.domain.reports.document import DecisionKind


@dataclass(frozen=True, slots=True)
class DecisionSearch:
    """Which decisions are wanted: ``key`` is a part of the record's key."""

    decision: DecisionKind | None = None
    code: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class RecordDecision:
    """What was decided about a record; ``code`` is None where no decision holds."""

    row_number: int
    record_key: str | None
    decision: DecisionKind
    code: str | None


def find_decisions(
    content: bytes, search: DecisionSearch, after_row: int, limit: int | None
) -> Sequence[RecordDecision]:
    """Those of a row group that are wanted, in the order of the input, after a row."""
    found = pl.scan_parquet(io.BytesIO(content)).filter(pl.col("row_number") > after_row)
    if search.decision is not None:
        found = found.filter(pl.col("decision") == search.decision.value)
    if search.code is not None:
        found = found.filter(pl.col("code") == search.code)
    if search.key is not None:
        found = found.filter(pl.col("record_key").str.contains(search.key, literal=True))
    rows = (found if limit is None else found.head(limit)).collect(engine="in-memory")
    return [
        RecordDecision(row["row_number"], row["record_key"], DecisionKind(row["decision"]), row["code"])
        for row in rows.iter_rows(named=True)
    ]
