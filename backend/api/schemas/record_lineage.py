"""The way of one record, as its page shows it."""

from __future__ import annotations

from datetime import date
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from backend.api.schemas.exceptions import AmendmentAnswer, RecordFindingAnswer
from backend.domain.exceptions import ExceptionOrigin, ExceptionState
from backend.domain.runs import RunKind
from backend.domain.typed_text import show_value
from backend.pipeline.trial import MASK, RowOutcome
from backend.services.record_lineage import RecordLineage, Reporting


class LineageColumnAnswer(BaseModel):
    """A value of the source's row, as a text of its type."""

    column: str
    type: str
    value: str | None
    is_masked: bool


class LineageFieldAnswer(LineageColumnAnswer):
    """A value of the record: the expression that made it, over which source columns, and where it stands in a file."""

    expression: str
    source_columns: list[str]
    field_number: int | None
    field_name: str | None
    xpath: str | None
    is_given: bool = Field(description="Whether somebody has put the value in the place of the expression's.")


class LineageFileAnswer(BaseModel):
    """A file, and the place of the record in it, from 1."""

    artifact_id: UUID
    name: str
    format: str
    position: int


class LineageReportingAnswer(BaseModel):
    """A row of a run on the way. It has no files when it was not reported, or the run has not ended."""

    run_id: UUID
    kind: RunKind
    reporting_date: date
    sequence: int
    run_state: str
    row_number: int
    is_cancellation: bool
    is_reported: bool | None = Field(description="null: the run has not decided it yet.")
    status: str | None = Field(description="The report status that the record was written with.")
    rule_ids: list[str]
    exception_id: UUID | None
    files: list[LineageFileAnswer]

    @classmethod
    def of(cls, one: Reporting) -> Self:
        """The row as it was reported."""
        record = one.record
        decided = record.is_reported if record is not None else bool(one.files)
        return cls(
            run_id=one.run.id,
            kind=RunKind(one.run.kind),
            reporting_date=one.run.reporting_date,
            sequence=one.run.sequence,
            run_state=one.run.state,
            row_number=one.row_number,
            is_cancellation=record.is_cancellation if record is not None else False,
            is_reported=True if one.files else decided,
            status=one.status,
            rule_ids=list(record.rule_ids) if record is not None else [],
            exception_id=record.exception_id if record is not None else None,
            files=[
                LineageFileAnswer(
                    artifact_id=place.artifact.id,
                    name=place.artifact.name,
                    format=place.artifact.format,
                    position=place.position,
                )
                for place in one.files
            ],
        )


class LineageExceptionAnswer(BaseModel):
    """The exception of the record, and what was changed in it."""

    id: UUID
    state: ExceptionState
    origin: ExceptionOrigin
    findings: list[RecordFindingAnswer]
    changes: list[AmendmentAnswer]


class LineageParentAnswer(BaseModel):
    """The row of another run that this one was made of."""

    run_id: UUID
    row_number: int
    is_cancellation: bool


class RecordLineageAnswer(BaseModel):
    """One record from its row to every file it stands in: source, record, exception, supplemental runs."""

    run_id: UUID
    row_number: int
    report_id: UUID
    report_version: str
    outcome: RowOutcome = Field(description="What the row's own checks say; those over the whole set are not asked.")
    source: list[LineageColumnAnswer]
    target: list[LineageFieldAnswer]
    reporting: LineageReportingAnswer
    parent: LineageParentAnswer | None
    exception: LineageExceptionAnswer | None
    later: list[LineageReportingAnswer] = Field(description="Rows of supplemental runs that were made of it, in order.")

    @classmethod
    def of(cls, found: RecordLineage) -> Self:
        """The way of the record as it is known."""
        parent = found.parent
        return cls(
            run_id=found.records.run.id,
            row_number=found.reporting.row_number,
            report_id=found.records.run.report_id,
            report_version=found.records.version.number,
            outcome=found.record.outcome,
            source=_source(found),
            target=_target(found),
            reporting=LineageReportingAnswer.of(found.reporting),
            parent=None
            if parent is None
            else LineageParentAnswer(
                run_id=parent.parent_run_id,
                row_number=parent.parent_row_number,
                is_cancellation=parent.is_cancellation,
            ),
            exception=_exception(found),
            later=[LineageReportingAnswer.of(one) for one in found.later],
        )


def _shown(value: Any, *, is_masked: bool) -> str | None:
    text = show_value(value)
    return MASK if text is not None and is_masked else text


def _source(found: RecordLineage) -> list[LineageColumnAnswer]:
    masked = found.masked.source
    return [
        LineageColumnAnswer(
            column=name,
            type=str(kind),
            value=_shown(found.record.source.get(name), is_masked=name in masked),
            is_masked=name in masked,
        )
        for name, kind in found.records.checked.program.columns.items()
    ]


def _target(found: RecordLineage) -> list[LineageFieldAnswer]:
    checked, masked = found.records.checked, found.masked.target
    names = {one.number: one.name for one in checked.pack.fields} if checked.pack else {}
    given = {str(one["column"]) for one in (found.parent.overrides if found.parent else ()) if one["frame"] == "target"}
    own_paths = {
        name: f"{one.xml.record}/{path}"
        for one in reversed(checked.document.outputs)
        if one.xml is not None
        for path, name in reversed(one.xml.fields.items())
    }
    answers = []
    for name, expression in checked.program.fields.items():
        column = checked.pack.columns[name] if checked.pack else None
        answers.append(
            LineageFieldAnswer(
                column=name,
                type=str(expression.type),
                value=_shown((found.record.target or {}).get(name), is_masked=name in masked),
                is_masked=name in masked,
                expression=checked.document.fields[name],
                source_columns=sorted(expression.columns),
                field_number=column.field if column else None,
                field_name=names.get(column.field) if column else None,
                xpath=column.xpath if column else own_paths.get(name),
                is_given=name in given,
            )
        )
    return answers


def _exception(found: RecordLineage) -> LineageExceptionAnswer | None:
    one = found.exception
    if one is None:
        return None
    masked = {"source": found.masked.source, "target": found.masked.target}
    return LineageExceptionAnswer(
        id=one.id,
        state=ExceptionState(one.state),
        origin=ExceptionOrigin(one.origin),
        findings=[answer for rule in one.rule_ids for answer in _findings(found, rule)],
        changes=[
            AmendmentAnswer.of(change, is_masked=change.column_name in masked[change.frame])
            for change in found.amendments
        ],
    )


def _findings(found: RecordLineage, rule_id: str) -> list[RecordFindingAnswer]:
    """What the rule says of this record; of rules over the whole set only what the run said of all is known."""
    rule = found.records.rules.get(rule_id)
    masked = {*found.masked.source, *found.masked.target}
    failing = (one for one in found.record.findings if one.rule_id == rule_id)
    own = [RecordFindingAnswer.of(one, rule, masked, found.official) for one in failing]
    return own or [RecordFindingAnswer.of_rule(rule_id, rule, found.messages.get(rule_id), found.official)]
