"""Amending records: what is changed from what to what, judged at once by the code of the run, kept as a difference."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import polars as pl

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import Precondition
from backend.core.ids import new_id
from backend.core.spelling import suggest
from backend.domain.exceptions import AmendmentFrame, ExceptionAction, ExceptionState
from backend.domain.expressions import Expression, ExpressionInvalid, assign_expression, parse_expression
from backend.domain.expressions.types import DataType
from backend.domain.reports.analysis import PARAMETER_TYPES
from backend.domain.typed_text import read_value, show_value
from backend.domain.webhooks import WebhookEventType
from backend.persistence.models.exception import ExceptionAmendment, RunException
from backend.persistence.repositories.exceptions import ExceptionRepository
from backend.pipeline.input_reader import ROW_NUMBER
from backend.pipeline.overrides import Override, with_overrides
from backend.pipeline.record_judge import JudgedRecord
from backend.services.exception_events import tell_exceptions
from backend.services.exception_records import ExceptionRecordService, ExceptionView, RunRecords, judged, overrides_of
from backend.services.exceptions import Chosen, ExceptionNotFound, Step, exception_etag, lock_chosen, record_step
from backend.services.wakeups import Wakeups


class AmendmentColumnUnknown(OpenRegError):
    """The record has no such column, or none that can be changed."""

    code: ClassVar[str] = "amendment_column_unknown"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class AmendmentColumnMasked(OpenRegError):
    """The column holds personal data that you may not see."""

    code: ClassVar[str] = "amendment_column_masked"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


class AmendmentValueInvalid(OpenRegError):
    """The new value is not one of the column's type."""

    code: ClassVar[str] = "amendment_value_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class AmendmentOutdated(OpenRegError):
    """The column does not hold the value that was to be changed."""

    code: ClassVar[str] = "amendment_outdated"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class AmendmentChangesNothing(OpenRegError):
    """The record already is as it is to become."""

    code: ClassVar[str] = "amendment_changes_nothing"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class Change:
    """A column and what it is to hold: a text of its type, None for NULL, or what an expression over the row gives.

    With ``is_old_known`` the column must hold ``old`` now.
    """

    frame: AmendmentFrame
    column: str
    new: str | None = None
    expression: str | None = None
    old: str | None = None
    is_old_known: bool = False


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """One value of one record, before and after."""

    frame: AmendmentFrame
    column: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class AmendedRecord:
    """A record with its changes: what was found about it before, and what is found now."""

    exception: RunException
    values: tuple[ChangedValue, ...]
    before: JudgedRecord
    after: JudgedRecord


@dataclass(frozen=True, slots=True)
class ExceptionAmendmentService:
    """Amends records of a tenant."""

    records: ExceptionRecordService
    wakeups: Wakeups

    async def preview(self, chosen: Sequence[Chosen], changes: Sequence[Change]) -> Sequence[AmendedRecord]:
        """What would become of the records; nothing is kept.

        Raises ExceptionNotFound, ExceptionTransitionRefused and the errors of a change.
        """
        scope = self.records.scope
        async with scope.reading() as session:
            exceptions = ExceptionRepository(session, scope.tenant)
            found = {one.id: one for one in await exceptions.named([one.id for one in chosen])}
            missing = [one.id for one in chosen if one.id not in found]
            if missing:
                raise ExceptionNotFound(extra={"exception_id": str(missing[0])})
            amendments = defaultdict(list)
            for one in await exceptions.amendments(found):
                amendments[one.exception_id].append(one)
            by_run = defaultdict(list)
            for exception in found.values():
                by_run[exception.run_id].append(exception)
            known = {identity: overrides_of(amendments[identity]) for identity in found}
            runs = [
                (await RunRecords.load(session, scope.tenant, run_id, self.records.storage), some)
                for run_id, some in by_run.items()
            ]
        for records, _ in runs:
            _check_visible(records, changes, self.records.permissions)
        made = await judged(lambda: [one for records, some in runs for one in _amend(records, some, known, changes)])
        order = {one.id: place for place, one in enumerate(chosen)}
        return sorted(made, key=lambda one: order[one.exception.id])

    async def amend(self, chosen: Sequence[Chosen], changes: Sequence[Change], reason: str) -> Sequence[AmendedRecord]:
        """Change records that are as they were seen; those that a change leaves as they are stay untouched.

        Raises as ``preview``, and PreconditionFailed, ExceptionRunUnfinished, AmendmentChangesNothing.
        """
        scope = self.records.scope
        made = [one for one in await self.preview(chosen, changes) if one.values]
        if not made:
            raise AmendmentChangesNothing
        seen = {one.id: one.revision for one in chosen}
        at = scope.now()
        # What was judged is what is changed: whoever came between is found by the revision.
        judged_state = [Chosen(one.exception.id, seen[one.exception.id] or one.exception.revision) for one in made]
        async with scope.transaction() as session:
            locked = {one.id: one for one in await lock_chosen(session, scope, judged_state, is_run_ended=True)}
            exceptions = ExceptionRepository(session, scope.tenant)
            for one in made:
                exception = locked[one.exception.id]
                for value in one.values:
                    exceptions.add(_amendment(exception, value, reason, at=at, by=scope.user_id))
                exception.amendments += len(one.values)
                exception.proposed_by = exception.justification = None
                before = exception.move_to(ExceptionState.AMENDED)
                await record_step(session, scope, exception, _step(one, reason), before)
            changed = [locked[one.exception.id] for one in made]
            await tell_exceptions(session, scope.tenant, WebhookEventType.EXCEPTION_AMENDED, changed, at)
        self.wakeups.webhooks(scope.tenant)
        return made

    async def amend_one(
        self, exception_id: UUID, changes: Sequence[Change], reason: str, precondition: Precondition
    ) -> ExceptionView:
        """Change one record; as it is then. Raises as ``amend``."""
        before = await self.records.get(exception_id)
        precondition.check(exception_etag(before))
        await self.amend([Chosen(exception_id, before.revision)], changes, reason)
        return await self.records.view(exception_id)


def _amend(
    records: RunRecords,
    exceptions: Sequence[RunException],
    known: Mapping[UUID, Sequence[Override]],
    changes: Sequence[Change],
) -> list[AmendedRecord]:
    """The exceptions of one run, changed; blocks."""
    numbers = {one.row_number: one for one in exceptions}
    frame = records.read(numbers)
    present = {number: tuple(known[one.id]) for number, one in numbers.items()}
    before = records.judge(frame, present, records.current)
    values: dict[int, list[ChangedValue]] = {number: [] for number in numbers}
    for change in changes:
        wanted = _wanted(records, frame, present, change)
        for number, new in wanted.items():
            changed = _changed(records, change, before[number], new)
            if changed is not None:
                values[number].append(changed)
    added = {number: tuple(Override(one.frame, one.column, one.new) for one in values[number]) for number in numbers}
    together = {number: (*present[number], *added[number]) for number in numbers}
    after = records.judge(frame, together, records.current)
    return [
        AmendedRecord(exception, tuple(values[number]), before[number], after[number])
        for number, exception in numbers.items()
    ]


def _type_of(records: RunRecords, change: Change) -> DataType:
    program = records.checked.program
    known = (
        dict(program.columns)
        if change.frame is AmendmentFrame.SOURCE
        else {n: f.type for n, f in program.fields.items()}
    )
    found = known.get(change.column)
    if found is None:
        near = suggest(change.column, known)
        raise AmendmentColumnUnknown(
            f"There is no column {change.column} in the {change.frame.value}.",
            fix=f"Did you mean {near}?" if near else None,
            extra={"column": change.column, "frame": change.frame.value},
        )
    return found


def _wanted(
    records: RunRecords, frame: pl.DataFrame, present: Mapping[int, Sequence[Override]], change: Change
) -> Mapping[int, str | None]:
    """The text that the column is to hold in each row. Raises AmendmentValueInvalid."""
    numbers = frame.get_column(ROW_NUMBER).to_list()
    kind = _type_of(records, change)
    if change.expression is None:
        _check_value(change, kind)
        return dict.fromkeys(numbers, change.new)
    expression = _expression(records, change, kind)
    places = {number: place for place, number in enumerate(numbers)}
    source = {
        places[number]: [one for one in some if one.frame == AmendmentFrame.SOURCE] for number, some in present.items()
    }
    rows = with_overrides(frame, records.checked.program, source, ())
    given = records.evaluate(rows, expression)
    return {number: show_value(value) for number, value in zip(numbers, given, strict=True)}


def _expression(records: RunRecords, change: Change, kind: DataType) -> Expression:
    document, program = records.checked.document, records.checked.program
    parameters = {name: PARAMETER_TYPES[one.type] for name, one in document.source.parameters.items()}
    try:
        parsed = parse_expression(
            change.expression or "", program.columns, parameters=parameters, tables=program.tables
        )
        return assign_expression(parsed, kind)
    except ExpressionInvalid as error:
        raise AmendmentValueInvalid(error.message, extra={**error.extra, "column": change.column}) from error


def _check_value(change: Change, kind: DataType) -> None:
    try:
        read_value(change.new, kind)
    except ValueError as error:
        raise AmendmentValueInvalid(
            f"{change.column}: {error}.", extra={"column": change.column, "type": str(kind)}
        ) from error


def _changed(records: RunRecords, change: Change, record: JudgedRecord, new: str | None) -> ChangedValue | None:
    """The change of one record, None when it has the value already. Raises AmendmentOutdated."""
    kind = _type_of(records, change)
    # A row that the filter leaves out has no target yet: what it would hold is not known.
    row = record.source if change.frame is AmendmentFrame.SOURCE else record.target or {}
    value = row.get(change.column)
    if change.is_old_known and not _is(change.old, value, kind):
        raise AmendmentOutdated(
            f"{change.column} holds another value.",
            fix="Read the record again.",
            extra={"column": change.column, "frame": change.frame.value},
        )
    return None if _is(new, value, kind) else ChangedValue(change.frame, change.column, show_value(value), new)


def _is(text: str | None, value: object, kind: DataType) -> bool:
    """Whether a text is this value of the type; NULL is no empty text."""
    if text is None or value is None:
        return text is None and value is None
    try:
        return bool(read_value(text, kind) == value)
    except ValueError:
        return False


def _check_visible(records: RunRecords, changes: Sequence[Change], permissions: Collection[str]) -> None:
    masked = records.masked(permissions)
    for one in changes:
        if one.column in (masked.source if one.frame is AmendmentFrame.SOURCE else masked.target):
            raise AmendmentColumnMasked(
                fix="Ask somebody who holds pii:read.", extra={"column": one.column, "frame": one.frame.value}
            )


def _amendment(
    exception: RunException, value: ChangedValue, reason: str, *, at: datetime, by: UUID
) -> ExceptionAmendment:
    return ExceptionAmendment(
        id=new_id(),
        tenant_id=exception.tenant_id,
        exception_id=exception.id,
        frame=value.frame,
        column_name=value.column,
        old=value.old,
        new=value.new,
        reason=reason,
        created_by=by,
        created_at=at,
    )


def _step(one: AmendedRecord, reason: str) -> Step:
    details: dict[str, object] = {
        "columns": [f"{value.frame.value}.{value.column}" for value in one.values],
        "outcome": one.after.outcome.value,
        "rule_ids": sorted({finding.rule_id for finding in one.after.findings}),
    }
    return Step(ExceptionAction.AMENDED, reason, details)
