"""Findings of a batch, columnar: which rule failed in which row, and which records are set aside by it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import polars as pl

from backend.domain.reports.document import DecisionKind
from backend.domain.validation.rule import Severity
from backend.pipeline.checks import CompiledCheck

#: One row per failed rule and record. ``row_number`` is the 1-based position in the input.
DETAIL_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "row_number": pl.Int64,
    "rule_id": pl.String,
    "severity": pl.String,
    "columns": pl.String,
    "message": pl.String,
    "error": pl.String,
}
#: One row per record that is set aside. ``rule_ids`` in the order of the rules; the first one counts it.
EXCEPTION_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "row_number": pl.Int64,
    "record_key": pl.String,
    "entity": pl.String,
    "rule_ids": pl.List(pl.String),
}
#: One row per record that the filter selects, of a report that decides about eligibility. ``code`` is NULL where no
#: decision holds: the record is reported.
DECISION_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "row_number": pl.Int64,
    "record_key": pl.String,
    "decision": pl.String,
    "code": pl.String,
}


@dataclass(frozen=True, slots=True)
class BatchFindings:
    """``details``: DETAIL_SCHEMA; ``exceptions``: EXCEPTION_SCHEMA; ``decisions``: DECISION_SCHEMA.

    ``reported`` are the rows that are in the files, noted of supplemental runs only.
    """

    details: pl.DataFrame
    exceptions: pl.DataFrame
    decisions: pl.DataFrame
    reported: tuple[int, ...] = ()

    @classmethod
    def none(cls) -> BatchFindings:
        """No finding at all."""
        return cls.of_details(pl.DataFrame(schema=DETAIL_SCHEMA))

    @classmethod
    def of_details(cls, details: pl.DataFrame) -> BatchFindings:
        """Failures that set nothing aside."""
        return cls(details, pl.DataFrame(schema=EXCEPTION_SCHEMA), pl.DataFrame(schema=DECISION_SCHEMA))

    @classmethod
    def joined(cls, parts: Iterable[BatchFindings]) -> BatchFindings:
        """The findings of several batches, in order."""
        return reduce(cls.__add__, parts, cls.none())

    def __add__(self, other: BatchFindings) -> BatchFindings:
        return BatchFindings(
            pl.concat([self.details, other.details]),
            pl.concat([self.exceptions, other.exceptions]),
            pl.concat([self.decisions, other.decisions]),
            self.reported + other.reported,
        )

    @property
    def blocking(self) -> pl.DataFrame:
        """The details that stop the run."""
        return self.details.filter(pl.col("severity") == Severity.BLOCKING.value)

    def counts_by_rule(self) -> list[tuple[str, str, str, int]]:
        """(rule id, severity, message, number of records) of every rule that failed."""
        grouped = self.details.group_by("rule_id", "severity", maintain_order=True).agg(
            pl.col("message").first(), pl.col("row_number").n_unique().alias("count")
        )
        return [
            (row["rule_id"], row["severity"], row["message"], row["count"]) for row in grouped.iter_rows(named=True)
        ]

    def record_count(self) -> int:
        """Records with at least one finding; what is wrong with the wrapper is no record's."""
        return self.details.filter(pl.col("row_number") > 0).get_column("row_number").n_unique()

    def counts_by_decision(self) -> dict[str, int]:
        """Records by the code of the decision that holds for them."""
        decided = self.decisions.filter(pl.col("code").is_not_null())
        return dict(decided.group_by("code").len().sort("code").iter_rows())

    def held(self) -> pl.DataFrame:
        """The decisions (DECISION_SCHEMA) to hold a record."""
        return self.decisions.filter(pl.col("decision") == DecisionKind.HOLD.value)

    def primary_counts(self) -> dict[str, int]:
        """Records set aside by the first rule they failed; the sum is the number of records set aside."""
        first = self.exceptions.select(pl.col("rule_ids").list.first().alias("rule_id"))
        return dict(first.group_by("rule_id").len().iter_rows())


def check_failures(failed: Sequence[tuple[CompiledCheck, pl.Series]]) -> pl.DataFrame:
    """DETAIL_SCHEMA of many checks, each with the numbers of the rows that fail it.

    In one go: of fifty rules most fail somewhere in a batch, and a frame for each of them takes longer than the rules.
    """
    if not failed:
        return pl.DataFrame(schema=DETAIL_SCHEMA)
    checks = pl.DataFrame(
        [(one.rule_id, one.severity.value, ", ".join(one.columns), one.message) for one, _ in failed],
        schema={name: DETAIL_SCHEMA[name] for name in ("rule_id", "severity", "columns", "message")},
        orient="row",
    )
    rows = pl.concat([numbers for _, numbers in failed])
    places = pl.Series(np.repeat(np.arange(len(failed), dtype=np.uint32), [numbers.len() for _, numbers in failed]))
    return checks[places].select(rows.alias("row_number"), pl.all(), pl.lit(None, dtype=pl.String).alias("error"))


def failure_details(
    rows: pl.Series,
    rule_id: str,
    severity: Severity,
    columns: Sequence[str],
    message: str,
    errors: pl.Series | None = None,
) -> pl.DataFrame:
    """DETAIL_SCHEMA of one failed check; ``errors`` says per row why it could not be evaluated."""
    return pl.DataFrame({"row_number": rows}).select(
        pl.col("row_number"),
        pl.lit(rule_id).alias("rule_id"),
        pl.lit(severity.value).alias("severity"),
        pl.lit(", ".join(columns)).alias("columns"),
        pl.lit(message).alias("message"),
        pl.lit(errors if errors is not None else None, dtype=pl.String).alias("error"),
    )
