"""Judging a batch: filter, eligibility, source checks, transformation, target checks; who is in, who is set aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from backend.domain.reports.document import DecisionKind
from backend.domain.runs import RunCounts, RunStep
from backend.domain.validation.rule import Severity
from backend.pipeline.checks import CompiledCheck
from backend.pipeline.context import StepMeter
from backend.pipeline.eligibility import no_decisions
from backend.pipeline.findings import DETAIL_SCHEMA, BatchFindings, failure_details
from backend.pipeline.overrides import PAIR, parted_pairs
from backend.pipeline.program import CompiledProgram
from backend.pipeline.steps.transform import transform
from backend.pipeline.steps.validate import set_aside, validate

ROW_NUMBER = "row_number"


@dataclass(frozen=True, slots=True)
class JudgedBatch:
    """The records of a batch that may be reported, and what was found about the others."""

    row_group: int
    ends_group: bool
    counts: RunCounts
    findings: BatchFindings
    target: pl.DataFrame


@dataclass(frozen=True, slots=True)
class SetVerdicts:
    """What the set pass found: per check the row numbers of the records that fail it, sorted.

    ``errors`` (DETAIL_SCHEMA) are rows for which a rule could not be evaluated.
    """

    failures: Mapping[int, pl.Series]
    checks: tuple[CompiledCheck, ...]
    errors: pl.DataFrame

    def details(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The failures among the rows of a frame (DETAIL_SCHEMA)."""
        if frame.is_empty():
            return pl.DataFrame(schema=DETAIL_SCHEMA)
        numbers = frame.get_column(ROW_NUMBER)
        details = [self.errors.join(frame.select(ROW_NUMBER), on=ROW_NUMBER, how="semi")]
        for number, one in enumerate(self.checks):
            # Both are sorted: only the failures between the first and the last row of the frame can be in it.
            known = self.failures[number]
            start, stop = int(known.search_sorted(numbers[0])), int(known.search_sorted(numbers[-1] + 1))
            failing = known.slice(start, stop - start)
            rows = numbers.filter(numbers.is_in(failing.implode()))
            details.append(failure_details(rows, one.rule_id, one.severity, one.columns, one.message))
        return pl.concat(details)


class BatchJudge:
    """Pure function over frames; called from several threads at once."""

    def __init__(self, program: CompiledProgram, verdicts: SetVerdicts, meter: StepMeter) -> None:
        self._program = program
        self._verdicts = verdicts
        self._meter = meter

    def judge(self, batch: tuple[int, bool, pl.DataFrame]) -> JudgedBatch:
        """Decide every record of a batch."""
        row_group, ends_group, frame = batch
        selected, filter_errors = self._filter(frame)
        with self._meter.timed(RunStep.VALIDATE_SOURCE, selected.height):
            decisions, undecided = self._decide(selected)
            kept = _reported(selected, decisions)
            source = pl.concat(
                [filter_errors, undecided, validate(kept, self._program.source_checks), self._verdicts.details(kept)]
            )
            out_by_source = set_aside(source)
            rest = _without(kept, out_by_source)
        with self._meter.timed(RunStep.TRANSFORM, rest.height):
            field_errors = validate(rest, self._program.field_checks)
            target = transform(rest, self._program.fields)
        with self._meter.timed(RunStep.VALIDATE_TARGET, target.height):
            found = pl.concat([self._structure(target), self._rules(target)])
            out_by_target = set_aside(found)
            target = _without(target, out_by_target)
            parted = parted_pairs(frame, target)
            if parted.height:
                found, out_by_target = pl.concat([found, parted]), pl.concat([out_by_target, set_aside(parted)])
                target = _without(target, out_by_target)
        out = pl.concat([out_by_source, out_by_target])
        return JudgedBatch(
            row_group,
            ends_group,
            RunCounts(
                rows_in=frame.height,
                rows_out=target.height,
                set_aside=out.height,
                filtered=frame.height - selected.height,
                excluded=int((decisions["decision"] == DecisionKind.EXCLUDE.value).sum()),
                held=int((decisions["decision"] == DecisionKind.HOLD.value).sum()),
            ),
            BatchFindings(
                pl.concat([source, field_errors, found]),
                self._exceptions(kept, out),
                decisions,
                tuple(target[ROW_NUMBER]) if PAIR in frame.columns else (),
            ),
            target,
        )

    def _structure(self, target: pl.DataFrame) -> pl.DataFrame:
        failures = [one for checker in self._program.structure for one in checker.find_failures(target)]
        numbers = target.get_column(ROW_NUMBER)
        details = [
            failure_details(numbers.filter(one.rows), one.rule_id, Severity.CORRECTABLE, one.columns, one.message)
            for one in failures
        ]
        return pl.concat(details) if details else pl.DataFrame(schema=DETAIL_SCHEMA)

    def _rules(self, target: pl.DataFrame) -> pl.DataFrame:
        return validate(target.with_columns(self._program.absent), self._program.target_checks)

    def _filter(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        program = self._program
        check = program.filter_check
        errors = validate(frame, [check] if check else [])
        # As in SQL's WHERE, a row whose condition is unknown is not selected.
        return program.kept(frame), errors

    def _decide(self, selected: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """What is decided about each row, and the rows of which nothing can be decided."""
        eligibility = self._program.eligibility
        if eligibility is None:
            return no_decisions(), validate(selected, [])
        return eligibility.decide(selected, self._program.record_key), validate(selected, eligibility.checks)

    def _exceptions(self, kept: pl.DataFrame, out: pl.DataFrame) -> pl.DataFrame:
        keys = kept.join(out, on=ROW_NUMBER, how="semi", maintain_order="left").select(
            ROW_NUMBER, self._program.record_key.alias("record_key"), self._program.entity.alias("entity")
        )
        return keys.join(out, on=ROW_NUMBER, how="left", maintain_order="left").select(
            ROW_NUMBER, "record_key", "entity", "rule_ids"
        )


def _without(frame: pl.DataFrame, out: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(~pl.col(ROW_NUMBER).is_in(out[ROW_NUMBER].implode())) if out.height else frame


def _reported(selected: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    return _without(selected, decisions.filter(pl.col("decision") != DecisionKind.REPORT.value))


def is_blocking(findings: BatchFindings) -> bool:
    """Whether any finding stops the run."""
    return not findings.details.is_empty() and bool((findings.details["severity"] == Severity.BLOCKING.value).any())
