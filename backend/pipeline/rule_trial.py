"""One rule over a few rows, in memory: what it says of each, by the parts that judge in a run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from backend.domain.expressions import Expression
from backend.domain.expressions.types import DataType
from backend.domain.reports.analysis import ProgramRule
from backend.domain.validation.rule import Phase
from backend.pipeline.expressions.bindings import Bindings
from backend.pipeline.expressions.columns import polars_type
from backend.pipeline.expressions.compiler import Compiler
from backend.pipeline.expressions.set_sql import SetEngine
from backend.pipeline.input_reader import ROW_NUMBER, InputReader
from backend.pipeline.plan import RunPlan
from backend.pipeline.program import compile_program
from backend.pipeline.run import SET_MEMORY_LIMIT
from backend.pipeline.steps.transform import transform
from backend.pipeline.trial import MASK, KnownRows, MaskedColumns, parquet_of


class RowVerdict(StrEnum):
    """What a rule says of a row. ``unknown`` passes: the condition is NULL there."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_EVALUATED = "not_evaluated"


@dataclass(frozen=True, slots=True)
class RuleTrialRow:
    """A row as the rule sees it: the columns it reads, the verdict, and why it could not be evaluated."""

    number: int
    values: Mapping[str, Any]
    verdict: RowVerdict
    reason: str | None


def typed_rows(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, DataType]) -> pl.DataFrame:
    """Rows with values of these types as a frame; a column that a row does not have is NULL there."""
    schema = {name: polars_type(kind) for name, kind in columns.items()}
    values = [{name: row.get(name) for name in columns} for row in rows]
    return pl.DataFrame(values, schema=schema, orient="row").with_row_index(ROW_NUMBER, 1)


def try_rule(
    rule: Expression, frame: pl.DataFrame, bindings: Bindings, scratch: Path, *, is_set: bool, masked: Collection[str]
) -> tuple[RuleTrialRow, ...]:
    """What the rule says of each row of a frame with ``row_number``. Raises SetRuleFailed."""
    judge = _judge_set if is_set else _judge_rows
    verdicts = judge(rule, frame, bindings, scratch) if frame.height else {}
    shown = frame.select(ROW_NUMBER, *sorted(rule.columns))
    rows = []
    for row in shown.iter_rows(named=True):
        number = row.pop(ROW_NUMBER)
        verdict, reason = verdicts.get(number, (RowVerdict.PASSED, None))
        values = {name: MASK if name in masked and value is not None else value for name, value in row.items()}
        # Why a value could not be read often quotes it.
        is_hidden = bool(rule.columns & set(masked))
        rows.append(RuleTrialRow(number, values, verdict, MASK if reason and is_hidden else reason))
    return tuple(rows)


def try_rule_of_report(
    plan: RunPlan, rows: pa.Table, masked: MaskedColumns, scratch: Path, known: KnownRows
) -> tuple[RuleTrialRow, ...]:
    """The only own rule of the plan's document over rows of its source, as the rule's phase sees them."""
    bindings = Bindings(plan.reporting_date, plan.parameters, known.reference, known.inputs)
    one = _own_rule(plan)
    if not rows.num_rows:
        return ()
    compiled = compile_program(plan.program, plan.pack, bindings, plan.document.record_key)
    frame = compiled.kept(next(InputReader(parquet_of(rows)).batches(0, rows.num_rows))[2])
    hidden = masked.source
    if one.rule.phase is not Phase.SOURCE:
        absent = one.expression.columns - plan.program.fields.keys()
        kinds = {name: polars_type(plan.pack.columns[name].type) if plan.pack else pl.String() for name in absent}
        frame = transform(frame, compiled.fields).with_columns(
            pl.lit(None, dtype=kind).alias(name) for name, kind in kinds.items()
        )
        hidden = masked.target
    return try_rule(one.expression, frame, bindings, scratch, is_set=one.rule.phase is Phase.SET, masked=hidden)


def _own_rule(plan: RunPlan) -> ProgramRule:
    wanted = plan.document.rules[0].id
    program = plan.program
    rules = (*program.source_rules, *program.target_rules, *program.set_rules)
    return next(one for one in rules if one.rule.id == wanted)


_Verdicts = dict[int, tuple[RowVerdict, str | None]]


def _judge_rows(rule: Expression, frame: pl.DataFrame, bindings: Bindings, _: Path) -> _Verdicts:
    compiled = Compiler(bindings).compile(rule)
    error = compiled.error if compiled.error is not None else pl.lit(None, dtype=pl.String)
    missing = pl.any_horizontal(*compiled.absent.values()) if compiled.absent else pl.lit(value=False)
    judged = frame.lazy().select(ROW_NUMBER, ok=compiled.value, error=error, missing=missing)
    verdicts: _Verdicts = {}
    for number, ok, why, is_missing in judged.collect(engine="in-memory").iter_rows():
        if why is not None:
            verdicts[number] = (RowVerdict.NOT_EVALUATED, why)
        elif is_missing:
            verdicts[number] = (RowVerdict.NOT_EVALUATED, "key_missing")
        elif ok is None:
            verdicts[number] = (RowVerdict.UNKNOWN, None)
        else:
            verdicts[number] = (RowVerdict.PASSED if ok else RowVerdict.FAILED, None)
    return verdicts


def _judge_set(rule: Expression, frame: pl.DataFrame, bindings: Bindings, scratch: Path) -> _Verdicts:
    needed = frame.select(pl.col(ROW_NUMBER).cast(pl.Int64), *sorted(rule.columns)).to_arrow()
    engine = SetEngine(memory_limit=SET_MEMORY_LIMIT, threads=1, temp_directory=scratch)
    verdict = engine.evaluate(needed.to_reader(), rule, bindings)
    failed: _Verdicts = {int(number): (RowVerdict.FAILED, None) for number in verdict.failing.to_pylist()}
    return failed | {number: (RowVerdict.NOT_EVALUATED, why) for number, why in verdict.errors}
