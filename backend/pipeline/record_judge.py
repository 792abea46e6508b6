"""Single records through the judge of the runs: what a record is made into, and what is found about it.

Rules over the whole set need the whole set: they are asked when the record is reported.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any
from uuid import UUID

import polars as pl

from backend.domain.regulations.model import Pack
from backend.domain.reports.analysis import ReportProgram
from backend.domain.reports.document import ReportDocument
from backend.pipeline.context import StepMeter
from backend.pipeline.expressions.bindings import Bindings
from backend.pipeline.findings import DETAIL_SCHEMA
from backend.pipeline.input_reader import ROW_NUMBER
from backend.pipeline.judge import BatchJudge, SetVerdicts
from backend.pipeline.output_schemas import WrittenOutputs
from backend.pipeline.plan import PackageFiles
from backend.pipeline.program import compile_program
from backend.pipeline.steps.transform import transform
from backend.pipeline.trial import RowOutcome, TrialFinding, decisions_by_row, findings_by_row, outcome_of


@dataclass(frozen=True, slots=True)
class JudgedRecord:
    """A record as it is: ``target`` is None where the filter leaves the row out."""

    source: Mapping[str, Any]
    target: Mapping[str, Any] | None
    findings: tuple[TrialFinding, ...]
    outcome: RowOutcome


@dataclass(frozen=True, slots=True)
class RecordJudge:
    """Judges rows of one run's input, with the values that people have put in."""

    program: ReportProgram
    pack: Pack | None
    document: ReportDocument
    bindings: Bindings
    overrides: Collection[str] = field(default_factory=tuple)
    packages: Mapping[UUID, PackageFiles] = field(default_factory=lambda: MappingProxyType({}))

    def judge(self, frame: pl.DataFrame) -> Mapping[int, JudgedRecord]:
        """Every row of the frame by its number."""
        program = replace(self.program, set_rules=())
        written = WrittenOutputs.of(self.document.outputs, self.packages, program.target_types())
        key = self.document.record_key
        compiled = compile_program(program, self.pack, self.bindings, key, self.overrides, written)
        no_verdicts = SetVerdicts({}, (), pl.DataFrame(schema=DETAIL_SCHEMA))
        judged = BatchJudge(compiled, no_verdicts, StepMeter()).judge((0, True, frame))
        made = transform(compiled.kept(frame), compiled.fields)
        targets = {row.pop(ROW_NUMBER): row for row in made.iter_rows(named=True)}
        decisions = decisions_by_row(compiled, judged)
        findings = findings_by_row(judged.findings.details)
        shown = frame.select(ROW_NUMBER, *program.columns)
        records = {}
        for row in shown.iter_rows(named=True):
            number = row.pop(ROW_NUMBER)
            found, target = findings.get(number, ()), targets.get(number)
            records[number] = JudgedRecord(row, target, found, outcome_of(target, found, decisions.get(number)))
        return records
