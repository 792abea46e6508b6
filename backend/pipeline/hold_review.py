"""Held records looked at again: the decisions of their report, over their stored rows, with today's reference data."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import polars as pl
import pyarrow.parquet as pq

from backend.domain.reports.analysis import ReportProgram
from backend.domain.reports.document import DecisionKind, ReportDocument
from backend.pipeline.decisions import RecordDecision
from backend.pipeline.eligibility import ROW_NUMBER, UNJUDGED, CompiledEligibility, compile_eligibility
from backend.pipeline.expressions.bindings import Bindings
from backend.pipeline.expressions.compiler import Compiler
from backend.pipeline.gather import load_lookups
from backend.pipeline.input_reader import InputReader
from backend.pipeline.ports import ArtifactStore, StoredInput


@dataclass(frozen=True, slots=True)
class HeldRun:
    """A run in which records wait: its report, its stored rows, and those of its further inputs by name."""

    document: ReportDocument
    program: ReportProgram
    stored: StoredInput
    inputs: dict[str, StoredInput]


def open_review(run: HeldRun, bindings: Bindings, store: ArtifactStore) -> HoldReview | None:
    """The review of a run; None when its report decides nothing. Raises InputTooLarge. Blocks."""

    def open_input(name: str) -> pq.ParquetFile:
        return pq.ParquetFile(store.open_ranged(run.inputs[name].key, run.inputs[name].size_bytes))

    # What only fields and rules look up is not needed to decide.
    deciding = replace(run.program, filter=None, fields={}, source_rules=(), target_rules=(), set_rules=())
    lookups = load_lookups(run.document, deciding, open_input)
    eligibility = compile_eligibility(run.program.eligibility, Compiler(replace(bindings, inputs=lookups)))
    if eligibility is None:
        return None
    needed = {column for one in run.program.eligibility for column in one.expression.columns}
    # Without any column a row group would have no rows.
    columns = sorted(needed) or list(run.program.columns)[:1]
    return HoldReview(eligibility, InputReader.of_stored(store, run.stored), columns)


@dataclass(frozen=True, slots=True)
class HoldReview:
    """Decides about rows of one run."""

    eligibility: CompiledEligibility
    reader: InputReader
    columns: Sequence[str]

    def decide(self, rows: Collection[int]) -> Sequence[RecordDecision]:
        """What would be decided about these rows today; a row that cannot be judged is held. Blocks.

        One row group is in memory at a time.
        """
        found: list[RecordDecision] = []
        for group in sorted({self.reader.group_of(row) for row in rows}):
            frame = self.reader.row_group(group, self.columns)
            found += self._decide(frame.filter(pl.col(ROW_NUMBER).is_in(list(rows))))
        return found

    def _decide(self, frame: pl.DataFrame) -> Sequence[RecordDecision]:
        failed = [one.failed for one in self.eligibility.checks if one.failed is not None]
        unknown = pl.any_horizontal(self.eligibility.place == UNJUDGED, *failed).fill_null(value=False)
        unjudged = frame.lazy().select(unknown.alias("unknown")).collect(engine="in-memory").get_column("unknown")
        decided = self.eligibility.decide(frame, pl.lit(None, dtype=pl.String))
        return [
            RecordDecision(row[ROW_NUMBER], None, DecisionKind.HOLD, None)
            if is_unknown
            else RecordDecision(row[ROW_NUMBER], None, DecisionKind(row["decision"]), row["code"])
            for row, is_unknown in zip(decided.iter_rows(named=True), unjudged, strict=True)
        ]
