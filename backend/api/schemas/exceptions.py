"""Exceptions: records taken out of runs, as lists and pages show them, and what is asked of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from backend.api.schemas.official_rules import OfficialRuleAnswer, official_answers
from backend.domain.exceptions import (
    AmendmentFrame,
    ExceptionAction,
    ExceptionOrigin,
    ExceptionState,
)
from backend.domain.typed_text import show_value
from backend.domain.validation.rule import Rule
from backend.persistence.models.exception import ExceptionAmendment, ExceptionEvent
from backend.persistence.models.run import RunFinding
from backend.pipeline.trial import MASK, RowOutcome, TrialFinding
from backend.services.exception_faults import RecordFault
from backend.services.exception_records import ExceptionView
from backend.services.exceptions import ExceptionHistory
from backend.services.official_rules import OfficialRules
from backend.services.regulator_rules import RegulatorRule


class ListedExceptionAnswer(BaseModel):
    """An exception as it stands in a list. ``rule_id`` is the rule that set the record aside first."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    run_id: UUID
    report_id: UUID
    report_name: str
    reporting_date: date
    sequence: int = Field(description="The number of the run among those of its report and reporting date.")
    row_number: int
    record_key: str | None
    entity: str | None
    rule_id: str | None
    rule_ids: list[str]
    origin: ExceptionOrigin
    state: ExceptionState
    is_repeat: bool = Field(description="Whether an earlier run has set the same record aside.")
    assignee_id: UUID | None
    assignee_name: str | None
    due_at: datetime
    amendments: int = Field(description="How many values were changed.")
    proposed_by: UUID | None = Field(description="Who asked for its acceptance, while a second person has to agree.")
    supplemental_run_id: UUID | None
    revision: int
    created_at: datetime
    updated_at: datetime


class ExceptionStateCount(BaseModel):
    """How many exceptions are in a state; ``is_more`` when counting ended at the limit."""

    state: ExceptionState
    count: int
    is_more: bool


class ExceptionCountsAnswer(BaseModel):
    """Exceptions by state."""

    items: list[ExceptionStateCount]


class ExceptionGroupAnswer(BaseModel):
    """Exceptions that have something in common: a rule, a report (``value`` is its id), an executing entity."""

    value: str
    name: str | None
    count: int
    is_more: bool


class ExceptionGroupsAnswer(BaseModel):
    """Groups of exceptions, the largest first."""

    items: list[ExceptionGroupAnswer]


class FaultValueAnswer(BaseModel):
    """A value that a rule looks at, as a text of its type; null for NULL."""

    model_config = ConfigDict(from_attributes=True)

    column: str
    value: str | None
    is_masked: bool


class RecordFaultAnswer(BaseModel):
    """What keeps a record out as it is now; without a rule it passes all that look at a single record."""

    exception_id: UUID
    rule_id: str | None
    severity: str | None
    values: list[FaultValueAnswer]

    @classmethod
    def of(cls, fault: RecordFault) -> Self:
        """The fault as lists show it."""
        finding = fault.finding
        return cls(
            exception_id=fault.exception_id,
            rule_id=finding.rule_id if finding else None,
            severity=finding.severity if finding else None,
            values=[FaultValueAnswer.model_validate(one) for one in fault.values],
        )


class RecordFaultsAnswer(BaseModel):
    """Faults of the records that are stored, in any order."""

    items: list[RecordFaultAnswer]


class AssigneeAnswer(BaseModel):
    """Somebody whom exceptions can be given to."""

    id: UUID
    name: str


class AssigneesAnswer(BaseModel):
    """Active members who may work on exceptions, by name."""

    items: list[AssigneeAnswer]


class RecordFindingAnswer(BaseModel):
    """A rule that fails for a record, with what it rests on."""

    rule_id: str
    severity: str
    message: str
    title: str | None = None
    citation: str | None = None
    is_verified: bool | None = None
    columns: list[str] = []
    fields: list[int] = []
    error: str | None = None
    official: list[OfficialRuleAnswer] = Field(default=[], description="What the regulator says of the rule.")

    @classmethod
    def of_rule(
        cls, rule_id: str, rule: Rule | None, finding: RunFinding | None, official: OfficialRules = MappingProxyType({})
    ) -> Self:
        """A rule that failed in a run."""
        message = finding.message if finding else rule.message if rule else rule_id
        severity = finding.severity if finding else "correctable"
        said = official_answers(official, rule_id)
        return cls(rule_id=rule_id, severity=severity, message=message, official=said, **_rests_on(rule))

    @classmethod
    def of_regulator(cls, rule_id: str, said: RegulatorRule, official: OfficialRules) -> Self:
        """A rule by which the regulator rejected the record."""
        about = said.field
        return cls(
            rule_id=rule_id,
            severity="correctable",
            message=said.text or rule_id,
            title=f"Regulator: {about.name}" if about else "Regulator",
            columns=list(about.columns) if about else [],
            fields=[about.number] if about else [],
            official=official_answers(official, rule_id),
        )

    @classmethod
    def of(
        cls,
        finding: TrialFinding,
        rule: Rule | None,
        masked: Collection[str] = (),
        official: OfficialRules = MappingProxyType({}),
    ) -> Self:
        """A rule that fails now."""
        is_masked = bool(set(masked) & set(finding.columns))
        return cls(
            rule_id=finding.rule_id,
            severity=finding.severity,
            message=finding.message,
            error=MASK if finding.error and is_masked else finding.error,
            official=official_answers(official, finding.rule_id),
            **{**_rests_on(rule), "columns": list(finding.columns)},
        )


def _rests_on(rule: Rule | None) -> dict[str, Any]:
    if rule is None:
        return {}
    return {
        "title": rule.title,
        "citation": rule.citation,
        "is_verified": rule.source.value == "verified",
        "columns": list(rule.columns),
        "fields": list(rule.fields),
    }


class RecordValueAnswer(BaseModel):
    """A value as a text of its type, null for NULL. ``value`` is the run's, ``current`` the one after amendments."""

    column: str
    type: str
    value: str | None
    current: str | None
    is_amended: bool
    is_masked: bool
    expression: str | None = Field(default=None, description="What the value of a target column is made by.")
    source_columns: list[str] = Field(default=[], description="The source columns it is made from.")
    field_number: int | None = None
    field_name: str | None = None


class AmendmentAnswer(BaseModel):
    """A value that was changed."""

    id: UUID
    frame: AmendmentFrame
    column: str
    old: str | None
    new: str | None
    is_masked: bool
    reason: str
    created_by: UUID
    created_at: datetime

    @classmethod
    def of(cls, one: ExceptionAmendment, *, is_masked: bool) -> Self:
        """The amendment, without its values where they are not shown."""
        old, new = ((MASK if value is not None and is_masked else value) for value in (one.old, one.new))
        return cls(
            id=one.id,
            frame=AmendmentFrame(one.frame),
            column=one.column_name,
            old=old,
            new=new,
            is_masked=is_masked,
            reason=one.reason,
            created_by=one.created_by,
            created_at=one.created_at,
        )


class ExceptionDetailAnswer(ListedExceptionAnswer):
    """An exception with its record: the row of the source, the record made from it, and what is found about it."""

    justification: str | None
    report_version: str
    newest_version: str | None = Field(
        description="The active version where it is another; records are reported by the version of their run."
    )
    outcome: RowOutcome = Field(description="What a run would do with the record as it is now.")
    source: list[RecordValueAnswer]
    target: list[RecordValueAnswer]
    findings: list[RecordFindingAnswer] = Field(description="What the run found.")
    current_findings: list[RecordFindingAnswer] = Field(description="What is found about the record as it is now.")
    unchecked_rules: list[str] = Field(description="Rules over the whole set, asked only when the record is reported.")
    changes: list[AmendmentAnswer]

    @classmethod
    def of(cls, view: ExceptionView) -> Self:
        """The exception as its page shows it."""
        rules, masked = view.records.rules, {*view.masked.source, *view.masked.target}
        listed = ListedExceptionAnswer.model_validate(view.listed)
        return cls(
            **listed.model_dump(),
            justification=view.exception.justification,
            report_version=view.records.version.number,
            newest_version=view.newest_version,
            outcome=view.record.after.outcome,
            source=_source_values(view),
            target=_target_values(view),
            findings=[
                RecordFindingAnswer.of_regulator(one, view.regulator[one], view.official)
                if one in view.regulator
                else RecordFindingAnswer.of_rule(one, rules.get(one), view.messages.get(one), view.official)
                for one in view.exception.rule_ids
            ],
            current_findings=[
                RecordFindingAnswer.of(one, rules.get(one.rule_id), masked, view.official)
                for one in view.record.after.findings
            ],
            unchecked_rules=sorted(view.records.set_rule_ids & set(view.exception.rule_ids)),
            changes=[
                AmendmentAnswer.of(one, is_masked=_is_masked(view, one.frame, one.column_name))
                for one in view.amendments
            ],
        )


def _is_masked(view: ExceptionView, frame: str, column: str) -> bool:
    return column in (view.masked.source if frame == AmendmentFrame.SOURCE else view.masked.target)


def _amended(view: ExceptionView, frame: AmendmentFrame) -> set[str]:
    return {one.column_name for one in view.amendments if one.frame == frame}


def _shown(row: Mapping[str, Any] | None, name: str, *, is_masked: bool) -> str | None:
    value = show_value((row or {}).get(name))
    return MASK if value is not None and is_masked else value


def _source_values(view: ExceptionView) -> list[RecordValueAnswer]:
    amended = _amended(view, AmendmentFrame.SOURCE)
    return [
        RecordValueAnswer(
            column=name,
            type=str(kind),
            value=_shown(view.record.before.source, name, is_masked=name in view.masked.source),
            current=_shown(view.record.after.source, name, is_masked=name in view.masked.source),
            is_amended=name in amended,
            is_masked=name in view.masked.source,
        )
        for name, kind in view.records.checked.program.columns.items()
    ]


def _target_values(view: ExceptionView) -> list[RecordValueAnswer]:
    checked, amended = view.records.checked, _amended(view, AmendmentFrame.TARGET)
    names = {one.number: one.name for one in checked.pack.fields} if checked.pack else {}
    values = []
    for name, expression in checked.program.fields.items():
        is_masked = name in view.masked.target
        column = checked.pack.columns[name] if checked.pack else None
        values.append(
            RecordValueAnswer(
                column=name,
                type=str(expression.type),
                value=_shown(view.record.before.target, name, is_masked=is_masked),
                current=_shown(view.record.after.target, name, is_masked=is_masked),
                is_amended=name in amended,
                is_masked=is_masked,
                expression=checked.document.fields[name],
                source_columns=sorted(expression.columns),
                field_number=column.field if column else None,
                field_name=names.get(column.field) if column else None,
            )
        )
    return values


class ExceptionEventAnswer(BaseModel):
    """One thing that happened to an exception; ``actor_name`` is null for OpenReg itself."""

    id: UUID
    action: ExceptionAction
    from_state: ExceptionState | None
    to_state: ExceptionState
    comment: str
    details: dict[str, Any]
    actor_id: UUID | None
    actor_name: str | None
    at: datetime

    @classmethod
    def of(cls, event: ExceptionEvent, people: Mapping[UUID, str]) -> Self:
        """The event with the names of people in the place of their ids."""
        details = dict(event.details)
        if event.action == ExceptionAction.ASSIGNED:
            details = {key: people.get(UUID(str(one))) if one else None for key, one in details.items()}
        return cls(
            id=event.id,
            action=ExceptionAction(event.action),
            from_state=ExceptionState(event.from_state) if event.from_state else None,
            to_state=ExceptionState(event.to_state),
            comment=event.comment,
            details=details,
            actor_id=event.actor_id,
            actor_name=people.get(event.actor_id) if event.actor_id else None,
            at=event.at,
        )


class ExceptionHistoryAnswer(BaseModel):
    """What happened to an exception, oldest first. What was changed stands with the exception itself."""

    created_at: datetime
    items: list[ExceptionEventAnswer]

    @classmethod
    def of(cls, history: ExceptionHistory) -> Self:
        """The history as it is."""
        items = [ExceptionEventAnswer.of(one, history.people) for one in history.events]
        return cls(created_at=history.exception.created_at, items=items)
