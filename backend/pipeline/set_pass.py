"""The set pass: rules over the whole input, run before the stream so that it knows which records are out.

It reads only the source columns that the rules' target columns are made from. A target column that cannot be
evaluated is NULL here; the stream reports that row as blocking when it reaches it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import polars as pl
import pyarrow as pa

from backend.domain.expressions import Expression
from backend.domain.reports.analysis import ReportProgram
from backend.domain.validation.rule import Severity
from backend.pipeline.checks import CompiledCheck
from backend.pipeline.expressions.set_sql import SetVerdict
from backend.pipeline.findings import DETAIL_SCHEMA
from backend.pipeline.input_reader import ROW_NUMBER, InputReader
from backend.pipeline.judge import SetVerdicts
from backend.pipeline.overrides import override_columns
from backend.pipeline.program import CompiledProgram

SetEvaluator = Callable[[pa.RecordBatchReader, Expression], SetVerdict]
"""Judges a set expression over a reader with ``row_number``."""


def run_set_pass(
    reader: InputReader, program: ReportProgram, compiled: CompiledProgram, evaluate: SetEvaluator
) -> SetVerdicts:
    """Evaluate every set rule over the whole input, one scan of the needed columns per rule."""
    failures: dict[int, pl.Series] = {}
    checks: list[CompiledCheck] = []
    errors = [pl.DataFrame(schema=DETAIL_SCHEMA)]
    for number, one in enumerate(compiled.set_rules):
        target = sorted(one.expression.columns)
        rule = one.rule
        verdict = evaluate(_target_columns(reader, program, compiled, target), one.expression)
        failures[number] = pl.Series(ROW_NUMBER, verdict.failing.to_numpy(), dtype=pl.Int64)
        checks.append(CompiledCheck(rule.id, rule.severity, rule.message, tuple(target), pl.lit(value=True)))
        rows = [
            (row, rule.id, Severity.BLOCKING.value, ", ".join(target), rule.message, why) for row, why in verdict.errors
        ]
        errors.append(pl.DataFrame(rows, schema=DETAIL_SCHEMA, orient="row"))
    return SetVerdicts(failures, tuple(checks), pl.concat(errors))


def _target_columns(
    reader: InputReader, program: ReportProgram, compiled: CompiledProgram, names: list[str]
) -> pa.RecordBatchReader:
    fields = [field for field in compiled.fields if field.name in names]
    absent = [name for name in names if name not in program.fields]
    needed = {column for name in names if name in program.fields for column in program.fields[name].columns}
    if program.filter is not None:
        needed |= program.filter.columns
    needed.update(*(one.expression.columns for one in program.eligibility))
    needed |= set(override_columns([name for name in names if name in compiled.overrides]))

    def frames() -> Iterator[pl.DataFrame]:
        for number in range(reader.row_groups):
            frame = compiled.reportable(reader.row_group(number, sorted(needed)))
            yield frame.select(
                ROW_NUMBER,
                *(field.value.alias(field.name) for field in fields),
                *(pl.lit(None, dtype=pl.String).alias(name) for name in absent),
            )

    stream = frames()
    first = next(stream)
    schema = first.to_arrow().schema

    def batches() -> Iterator[pa.RecordBatch]:
        yield from first.to_arrow().to_batches()
        for frame in stream:
            yield from frame.to_arrow().cast(schema).to_batches()

    return pa.RecordBatchReader.from_batches(schema, batches())
