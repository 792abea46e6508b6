"""Dry runs: each sample row from the source to the record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from backend.api.json_values import as_json
from backend.domain.reports.document import DecisionKind
from backend.pipeline.trial import RowOutcome, TrialRow
from backend.services.report_trial import MAX_ROWS, DryRun


class DryRunCreate(BaseModel):
    """A document to be tried on the first rows of its source; nothing of it is kept."""

    model_config = ConfigDict(extra="forbid")

    document: dict[str, JsonValue]
    reporting_date: date
    parameters: dict[str, JsonValue] = {}
    limit: int = Field(default=20, ge=1, le=MAX_ROWS)


class JoinPreviewAnswer(BaseModel):
    """Rows as JSON: decimals, dates and timestamps as strings."""

    columns: list[str]
    rows: list[list[JsonValue]]

    @classmethod
    def of(cls, rows: pa.Table) -> JoinPreviewAnswer:
        """The rows of a join."""
        values = [[as_json(value) for value in row.values()] for row in rows.to_pylist()]
        return cls(columns=rows.column_names, rows=values)


class TrialFindingAnswer(BaseModel):
    """A rule that failed for a row; ``error`` says why it could not be evaluated."""

    model_config = ConfigDict(from_attributes=True)

    rule_id: str
    severity: str
    message: str
    columns: list[str]
    error: str | None


class TargetValueAnswer(BaseModel):
    """A value of the record and where it stands in the message."""

    name: str
    value: JsonValue
    xpaths: list[str]
    is_masked: bool = False


class TrialRecordAnswer(BaseModel):
    """The record as one output writes it."""

    format: str
    text: str


class TrialDecisionAnswer(BaseModel):
    """The decision about the eligibility of a row that holds."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    decision: DecisionKind
    reason: str


class TrialRowAnswer(BaseModel):
    """One row: what the source gave, what became of it, the record, and what was found."""

    number: int
    outcome: RowOutcome
    source: dict[str, JsonValue]
    target: list[TargetValueAnswer] | None = Field(description="None for a row that is filtered out, excluded or held.")
    records: list[TrialRecordAnswer] = Field(description="Only of rows that would be reported.")
    findings: list[TrialFindingAnswer]
    decision: TrialDecisionAnswer | None = Field(description="None where no decision about eligibility holds.")


class OutputFaultAnswer(BaseModel):
    """Why no record could be written."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    message: str
    fix: str | None


class DryRunAnswer(BaseModel):
    """Rows in order, and what was found of the file as a whole.

    Rules over the whole set look at the sample only. ``schema_status`` is ``valid`` or ``invalid`` by the installed
    package, ``unverified`` without one.
    """

    rows: list[TrialRowAnswer]
    counts: dict[RowOutcome, int]
    file_findings: list[TrialFindingAnswer]
    output_fault: OutputFaultAnswer | None
    schema_status: str
    schema_package: str | None
    masked_columns: list[str] = Field(description="Personal data that the caller may not read.")

    @classmethod
    def of(cls, run: DryRun) -> DryRunAnswer:
        """What came of the trial."""
        trial = run.trial
        formats = [output.format.value for output in run.outputs]
        xpaths = {name: list(one.xpaths) for name, one in run.pack.columns.items()} if run.pack else {}
        found = [one for row in trial.rows for one in row.findings] + list(trial.file_findings)
        status = "unverified"
        if trial.is_checked:
            status = "invalid" if any(one.rule_id == "XSD" for one in found) else "valid"
        return cls(
            rows=[_row(row, formats, xpaths, run.masked.target) for row in trial.rows],
            counts={outcome: sum(row.outcome is outcome for row in trial.rows) for outcome in RowOutcome},
            file_findings=[TrialFindingAnswer.model_validate(one) for one in trial.file_findings],
            output_fault=OutputFaultAnswer.model_validate(trial.output_fault) if trial.output_fault else None,
            schema_status=status,
            schema_package=run.schema_package,
            masked_columns=sorted(run.masked.target),
        )


def _row(row: TrialRow, formats: list[str], xpaths: Mapping[str, list[str]], hidden: Collection[str]) -> TrialRowAnswer:
    target = None
    if row.target is not None:
        target = [
            TargetValueAnswer(name=name, value=as_json(value), xpaths=xpaths.get(name, []), is_masked=name in hidden)
            for name, value in row.target.items()
        ]
    return TrialRowAnswer(
        number=row.number,
        outcome=row.outcome,
        source={name: as_json(value) for name, value in row.source.items()},
        target=target,
        records=[TrialRecordAnswer(format=kind, text=text) for kind, text in zip(formats, row.records, strict=False)],
        findings=[TrialFindingAnswer.model_validate(one) for one in row.findings],
        decision=TrialDecisionAnswer.model_validate(row.decision) if row.decision else None,
    )
