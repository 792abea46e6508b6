"""Validate: run checks over a batch and say which records are set aside, by which rule first.

A check that cannot be evaluated for a row is a blocking finding for that row, never a pass.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from backend.domain.validation.rule import Severity
from backend.pipeline.checks import CompiledCheck
from backend.pipeline.findings import DETAIL_SCHEMA, check_failures, failure_details

ROW_NUMBER = "row_number"


def validate(frame: pl.DataFrame, checks: Sequence[CompiledCheck]) -> pl.DataFrame:
    """The failures (DETAIL_SCHEMA) of all checks over a frame with ``row_number``, in the order of the checks."""
    if not checks or not frame.height:
        return pl.DataFrame(schema=DETAIL_SCHEMA)
    masks = _together(frame, [check.ok.fill_null(value=True).alias(str(number)) for number, check in enumerate(checks)])
    numbers = frame.get_column(ROW_NUMBER)
    failed = [(check, numbers.filter(~masks.get_column(str(place)))) for place, check in enumerate(checks)]
    details = [check_failures([one for one in failed if one[1].len()]), *_errors(frame, checks)]
    return pl.concat(details)


def set_aside(details: pl.DataFrame) -> pl.DataFrame:
    """``row_number`` and ``rule_ids`` of the records that correctable findings take out."""
    return (
        details.filter(pl.col("severity") == Severity.CORRECTABLE.value)
        .group_by(ROW_NUMBER, maintain_order=True)
        .agg(pl.col("rule_id").unique(maintain_order=True).alias("rule_ids"))
    )


def _errors(frame: pl.DataFrame, checks: Sequence[CompiledCheck]) -> list[pl.DataFrame]:
    fallible = [(check, check.failed, check.error) for check in checks]
    masks = _together(
        frame, [failed.alias(str(number)) for number, (_, failed, _) in enumerate(fallible) if failed is not None]
    )
    details = []
    for name in masks.columns:
        check, _, error = fallible[int(name)]
        mask = masks.get_column(name)
        if error is None or not mask.any():
            continue
        # The text is made only for the rows that need one.
        rows = frame.filter(mask)
        numbers, reasons = rows.get_column(ROW_NUMBER), rows.select(error.alias("error")).to_series()
        details.append(
            failure_details(numbers, check.rule_id, Severity.BLOCKING, check.columns, check.message, reasons)
        )
    return details


def _together(frame: pl.DataFrame, wanted: Sequence[pl.Expr]) -> pl.DataFrame:
    """Evaluate expressions in one lazy query, so that what they share is computed once.

    In memory: the streaming engine that Polars would choose evaluates shared parts twice.
    """
    return frame.lazy().select(wanted).collect(engine="in-memory")
