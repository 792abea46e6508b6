"""A trial: a few rows through the steps of a run, in memory, each row with everything that was made and found of it.

Nothing here judges, transforms or renders by itself: these are the parts that a run is made of.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from backend.core.errors import OpenRegError
from backend.domain.reports.document import DecisionKind, EligibilityDecision
from backend.domain.validation.rule import Severity
from backend.pipeline.context import StepMeter
from backend.pipeline.expressions.bindings import Bindings, ReferenceLookup, ReferenceTables
from backend.pipeline.expressions.lookup_rows import LookupRows
from backend.pipeline.expressions.set_sql import SetEngine
from backend.pipeline.file_formats import create_renderer
from backend.pipeline.findings import DETAIL_SCHEMA
from backend.pipeline.input_reader import ROW_NUMBER, InputReader
from backend.pipeline.judge import BatchJudge, JudgedBatch
from backend.pipeline.output_schemas import OutputSchemas
from backend.pipeline.plan import RunPlan
from backend.pipeline.program import CompiledProgram, compile_program
from backend.pipeline.rendering.packaging import PlainPackager
from backend.pipeline.run import SET_MEMORY_LIMIT
from backend.pipeline.set_pass import run_set_pass
from backend.pipeline.steps.render import SliceRenderer
from backend.pipeline.steps.transform import transform

MASK: Final = "••••"
#: Stands for a masked date until the record is text: no source has it.
_MASKED_DATE: Final = date(9999, 12, 31)


class RowOutcome(StrEnum):
    """What a run would do with the row."""

    REPORTED = "reported"
    SET_ASIDE = "set_aside"
    FILTERED = "filtered"
    EXCLUDED = "excluded"
    HELD = "held"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class TrialFinding:
    """A rule that failed for a row; ``error`` says why it could not be evaluated."""

    rule_id: str
    severity: str
    message: str
    columns: tuple[str, ...]
    error: str | None


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One row: ``target`` is None for a row that is filtered out, excluded or held.

    ``records`` are empty unless it is reported; ``decision`` about its eligibility is the one that holds, if any.
    """

    number: int
    source: Mapping[str, Any]
    target: Mapping[str, Any] | None
    records: tuple[str, ...]
    findings: tuple[TrialFinding, ...]
    outcome: RowOutcome
    decision: EligibilityDecision | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """All rows in order. ``file_findings`` are about the wrapper; ``output_fault`` says why nothing was rendered.

    ``is_checked``: the regulator's schemas were asked.
    """

    rows: tuple[TrialRow, ...]
    file_findings: tuple[TrialFinding, ...]
    output_fault: OpenRegError | None
    is_checked: bool


@dataclass(frozen=True, slots=True)
class KnownRows:
    """What ``lookup()`` and ``map()`` find: rows of the inputs, entries of datasets."""

    inputs: Mapping[str, LookupRows] = field(default_factory=lambda: MappingProxyType({}))
    reference: ReferenceLookup = field(default_factory=ReferenceTables)


_NOTHING: Final = KnownRows()


@dataclass(frozen=True, slots=True)
class MaskedColumns:
    """Columns whose values are not shown: of the source and of the target."""

    source: Collection[str] = ()
    target: Collection[str] = ()


def try_rows(plan: RunPlan, rows: pa.Table, masked: MaskedColumns, scratch: Path, known: KnownRows = _NOTHING) -> Trial:
    """Run the rows through validation, transformation and rendering. Blocks; bounded by the number of rows."""
    bindings = Bindings(plan.reporting_date, plan.parameters, known.reference, known.inputs, calendars=plan.calendars)
    document = plan.document
    schemas = OutputSchemas.of_plan(plan)
    compiled = compile_program(plan.program, plan.pack, bindings, document.record_key, written=schemas.written)
    if not rows.num_rows:
        return Trial((), (), None, bool(schemas.sets))
    reader = InputReader(parquet_of(rows))
    engine = SetEngine(memory_limit=SET_MEMORY_LIMIT, threads=1, temp_directory=scratch)
    verdicts = run_set_pass(reader, plan.program, compiled, partial(engine.evaluate, bindings=bindings))
    group, ends_group, frame = next(reader.batches(0, rows.num_rows))
    judged = BatchJudge(compiled, verdicts, StepMeter()).judge((group, ends_group, frame))
    rendered = _Rendering(plan, schemas, masked).render(judged.target)
    return _Trial(compiled, frame, judged, rendered, masked).result(is_checked=bool(schemas.sets))


@dataclass(frozen=True, slots=True)
class _Rendered:
    records: Mapping[int, tuple[str, ...]]
    faults: pl.DataFrame
    fault: OpenRegError | None


@dataclass(frozen=True, slots=True)
class _Rendering:
    plan: RunPlan
    schemas: OutputSchemas
    masked: MaskedColumns

    def render(self, target: pl.DataFrame) -> _Rendered:
        """Every record in every output, and what the schemas say of the unmasked ones."""
        try:
            own = self.schemas.written.records
            outputs = self.plan.document.outputs
            renderers = [create_renderer(one, self.plan, own.get(number)) for number, one in enumerate(outputs)]
            packagers = [PlainPackager() for _ in renderers]
            faults = SliceRenderer(renderers, packagers, self.schemas.slice_sets(), StepMeter()).render(target).faults
            shown = _masked_frame(target, self.masked.target)
            records = {
                int(target[ROW_NUMBER][place]): tuple(
                    one.show(shown.slice(place, 1)).strip("\r\n").replace(str(_MASKED_DATE), MASK) for one in renderers
                )
                for place in range(target.height)
            }
        except OpenRegError as error:
            return _Rendered({}, pl.DataFrame(schema=DETAIL_SCHEMA), error)
        return _Rendered(records, faults, None)


@dataclass(frozen=True, slots=True)
class _Trial:
    compiled: CompiledProgram
    frame: pl.DataFrame
    judged: JudgedBatch
    rendered: _Rendered
    masked: MaskedColumns

    def result(self, *, is_checked: bool) -> Trial:
        decisions = decisions_by_row(self.compiled, self.judged)
        out = [number for number, one in decisions.items() if one.decision is not DecisionKind.REPORT]
        kept = self.compiled.kept(self.frame).filter(~pl.col(ROW_NUMBER).is_in(out))
        made = _masked_frame(transform(kept, self.compiled.fields), self.masked.target)
        targets = {row.pop(ROW_NUMBER): _shown(row, self.masked.target) for row in made.iter_rows(named=True)}
        details = pl.concat([self.compiled.unasked, self.judged.findings.details, self.rendered.faults])
        findings = findings_by_row(details, {*self.masked.target, *self.masked.source})
        rows = []
        for row in self.frame.iter_rows(named=True):
            number = row.pop(ROW_NUMBER)
            found = findings.get(number, ())
            target = targets.get(number)
            rows.append(
                TrialRow(
                    number,
                    _shown(row, self.masked.source),
                    target,
                    self.rendered.records.get(number, ()),
                    found,
                    outcome_of(target, found, decisions.get(number)),
                    decisions.get(number),
                )
            )
        return Trial(tuple(rows), findings.get(0, ()), self.rendered.fault, is_checked)


def decisions_by_row(compiled: CompiledProgram, judged: JudgedBatch) -> dict[int, EligibilityDecision]:
    """The decisions about eligibility that hold, by row number."""
    made = {one.code: one for one in (compiled.eligibility.decisions if compiled.eligibility else ())}
    decided = judged.findings.decisions.filter(pl.col("code").is_not_null())
    return {row[ROW_NUMBER]: made[row["code"]] for row in decided.iter_rows(named=True)}


def findings_by_row(details: pl.DataFrame, masked: Collection[str] = ()) -> dict[int, tuple[TrialFinding, ...]]:
    """Findings (DETAIL_SCHEMA) by the row they are about."""
    found: dict[int, list[TrialFinding]] = {}
    for one in details.iter_rows(named=True):
        columns = tuple(name for name in one["columns"].split(", ") if name)
        # Why a value could not be read often quotes it.
        error = one["error"] if not set(masked) & set(columns) else one["error"] and MASK
        found.setdefault(one[ROW_NUMBER], []).append(
            TrialFinding(one["rule_id"], one["severity"], one["message"], columns, error)
        )
    return {number: tuple(findings) for number, findings in found.items()}


def outcome_of(
    target: Mapping[str, Any] | None, findings: Collection[TrialFinding], decision: EligibilityDecision | None
) -> RowOutcome:
    """What a run would do with a row of which this was made, found and decided."""
    severities = {one.severity for one in findings}
    if Severity.BLOCKING.value in severities:
        return RowOutcome.BLOCKED
    if decision is not None and decision.decision is not DecisionKind.REPORT:
        return RowOutcome.EXCLUDED if decision.decision is DecisionKind.EXCLUDE else RowOutcome.HELD
    if target is None:
        return RowOutcome.FILTERED
    return RowOutcome.SET_ASIDE if Severity.CORRECTABLE.value in severities else RowOutcome.REPORTED


def parquet_of(rows: pa.Table) -> io.BytesIO:
    """Rows as the file that a run would read them from."""
    file = io.BytesIO()
    pq.write_table(rows, file)
    file.seek(0)
    return file


def _masked_frame(frame: pl.DataFrame, masked: Collection[str]) -> pl.DataFrame:
    """The frame with the values of masked columns replaced by something of their type, null staying null."""
    return frame.with_columns(
        pl.when(pl.col(name).is_not_null()).then(_stand_in(frame.schema[name])).alias(name)
        for name in masked
        if name in frame.columns
    )


def _stand_in(kind: pl.DataType) -> pl.Expr:
    if kind == pl.String:
        return pl.lit(MASK)
    return pl.lit(_MASKED_DATE) if kind == pl.Date else pl.lit(None, dtype=kind)


def _shown(row: Mapping[str, Any], masked: Collection[str]) -> dict[str, Any]:
    return {name: MASK if name in masked and value is not None else value for name, value in row.items()}
