"""The set pass: rules over the whole input, run before the stream so that it knows which records are out.

It reads only the source columns that the rules' target columns are made from. A target column that cannot be
evaluated is NULL here; the stream reports that row as blocking when it reaches it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

import polars as pl
import pyarrow as pa

from backend.domain.expressions import Expression
from backend.domain.reported import HISTORY_COLUMNS
from backend.domain.reports.analysis import ReportProgram
from backend.domain.validation.rule import Scope, Severity
from backend.pipeline.checks import CompiledCheck
from backend.pipeline.expressions.set_sql import SetVerdict
from backend.pipeline.findings import DETAIL_SCHEMA
from backend.pipeline.history import HISTORY_SCHEMA, History
from backend.pipeline.input_reader import ROW_NUMBER, InputReader
from backend.pipeline.judge import SetVerdicts
from backend.pipeline.overrides import override_columns
from backend.pipeline.program import CompiledProgram, CompiledSetRule

SetEvaluator = Callable[[pa.RecordBatchReader, Expression], SetVerdict]
"""Judges a set expression over a reader with ``row_number``."""

_NO_FAILURE: Final = SetVerdict(pa.array([], pa.int64()))


def run_set_pass(
    reader: InputReader,
    program: ReportProgram,
    compiled: CompiledProgram,
    evaluate: SetEvaluator,
    history: History | None = None,
) -> SetVerdicts:
    """Evaluate every set rule over the whole input, one scan of the needed columns per rule.

    Without a history nothing was reported before.
    """
    scan = _Scan(reader, program, compiled)
    reported = _reported(scan, compiled.set_rules, history)
    failures: dict[int, pl.Series] = {}
    checks: list[CompiledCheck] = []
    errors = [pl.DataFrame(schema=DETAIL_SCHEMA)]
    for number, one in enumerate(compiled.set_rules):
        target = sorted(one.expression.columns)
        rule = one.rule
        rows = _reader(scan.rows_of(one, reported))
        verdict = evaluate(rows, one.expression) if rows is not None else _NO_FAILURE
        failures[number] = pl.Series(ROW_NUMBER, verdict.failing.to_numpy(), dtype=pl.Int64)
        checks.append(CompiledCheck(rule.id, rule.severity, rule.message, tuple(target), pl.lit(value=True)))
        broken = [
            (row, rule.id, Severity.BLOCKING.value, ", ".join(target), rule.message, why) for row, why in verdict.errors
        ]
        errors.append(pl.DataFrame(broken, schema=DETAIL_SCHEMA, orient="row"))
    return SetVerdicts(failures, tuple(checks), pl.concat(errors))


@dataclass(frozen=True, slots=True)
class _Scan:
    """Target columns of all records that may be reported, made from the source columns they need."""

    reader: InputReader
    program: ReportProgram
    compiled: CompiledProgram

    def frames(self, names: Collection[str]) -> Iterator[pl.DataFrame]:
        """``row_number`` and the columns, one row group after another."""
        mapped = [name for name in names if name in self.program.fields]
        needed = {column for name in mapped for column in self.program.fields[name].columns}
        if self.program.filter is not None:
            needed |= self.program.filter.columns
        needed.update(*(one.expression.columns for one in self.program.eligibility))
        needed |= set(override_columns([name for name in names if name in self.compiled.overrides]))
        fields = [field.value.alias(field.name) for field in self.compiled.fields if field.name in mapped]
        types = self.compiled.set_absent
        absent = [pl.lit(None, dtype=types.get(name, pl.String())).alias(name) for name in names if name not in mapped]
        for number in range(self.reader.row_groups):
            frame = self.compiled.reportable(self.reader.row_group(number, sorted(needed)))
            yield frame.select(ROW_NUMBER, *fields, *absent)

    def rows_of(self, one: CompiledSetRule, reported: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """The records that take part in a rule, with what was reported of them before where it asks for that."""
        wanted = self.history_columns(one)
        for frame in self.frames(sorted((one.expression.columns | one.where_columns) - wanted)):
            rows = frame if one.where is None else frame.filter(one.where)
            yield rows.join(reported, on=ROW_NUMBER, how="left", maintain_order="left") if wanted else rows

    def history_columns(self, one: CompiledSetRule) -> frozenset[str]:
        """The columns of a rule about earlier reports; a column of the report's own of that name is its own."""
        asked = one.expression.columns & (HISTORY_COLUMNS.keys() - self.program.fields.keys())
        return asked if one.rule.scope is Scope.HISTORY else frozenset()


def _reported(scan: _Scan, rules: Collection[CompiledSetRule], history: History | None) -> pl.DataFrame:
    """What was reported before (HISTORY_SCHEMA), looked up only when a rule asks."""
    if history is None or not any(scan.history_columns(one) for one in rules):
        return pl.DataFrame(schema=HISTORY_SCHEMA)
    status = (history.columns.status,) if history.columns.status else ()
    return history.find(lambda: scan.frames([*history.columns.identity, *status]))


def _reader(frames: Iterator[pl.DataFrame]) -> pa.RecordBatchReader | None:
    """The frames as Arrow, without those that are empty; None when all of them are."""
    filled = (frame for frame in frames if frame.height)
    first = next(filled, None)
    if first is None:
        return None
    schema = first.to_arrow().schema
    batches = (batch for frame in chain([first], filled) for batch in frame.to_arrow().cast(schema).to_batches())
    return pa.RecordBatchReader.from_batches(schema, batches)
