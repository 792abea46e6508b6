"""What is wrong with the records of a list, at a glance: the rule that fails now, and the values it looks at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.reports.analysis import ReportProgram
from backend.domain.typed_text import show_value
from backend.domain.validation.rule import Phase
from backend.persistence.models.exception import ExceptionAmendment, RunException
from backend.persistence.repositories.exceptions import ExceptionRepository
from backend.pipeline.record_judge import JudgedRecord
from backend.pipeline.trial import MASK, MaskedColumns, TrialFinding
from backend.services.exception_records import (
    ExceptionRecordService,
    RecordsUnavailable,
    RunRecords,
    judged,
    overrides_of,
)
from backend.services.personal_data import personal_columns


@dataclass(frozen=True, slots=True)
class FaultValue:
    """A value that a rule looks at, as text; ``is_masked`` where it is hidden from whoever asks."""

    column: str
    value: str | None
    is_masked: bool


@dataclass(frozen=True, slots=True)
class RecordFault:
    """The finding that keeps a record out as it is now, None when it passes; and the values it rests on."""

    exception_id: UUID
    finding: TrialFinding | None
    values: tuple[FaultValue, ...]


@dataclass(frozen=True, slots=True)
class LookedAt:
    """Which columns a rule looks at, and whether they are those of the source."""

    is_source: bool
    columns: tuple[str, ...]


NO_RULE: Final = LookedAt(is_source=False, columns=())


@dataclass(frozen=True, slots=True)
class _RunFaults:
    """The records of one run among those that are asked for, with their amendments."""

    records: RunRecords
    exceptions: Sequence[RunException]
    amendments: Mapping[UUID, Sequence[ExceptionAmendment]]

    def find(self, masked: MaskedColumns) -> list[RecordFault]:
        """Blocks."""
        changes = {one.row_number: overrides_of(self.amendments[one.id]) for one in self.exceptions}
        rows = self.records.judge(self.records.read(changes.keys()), changes, self.records.current)
        rules = _looked_at(self.records.checked.program)
        return [fault_of(one, rows[one.row_number], rules, masked) for one in self.exceptions if one.row_number in rows]


@dataclass(frozen=True, slots=True)
class ExceptionFaultService:
    """Faults of records, for somebody with the permissions of the service of records."""

    records: ExceptionRecordService

    async def find(self, wanted: Collection[UUID]) -> list[RecordFault]:
        """Of these exceptions, without those whose rows are not stored any more. Raises RecordJudgementTooSlow."""
        faults = []
        for run in await self._load(wanted):
            masked = run.records.masked(self.records.permissions)
            try:
                found = await judged(partial(run.find, masked))
            except RecordsUnavailable:
                continue
            await self._note_read(run.records, found)
            faults += found
        return faults

    async def _load(self, wanted: Collection[UUID]) -> list[_RunFaults]:
        scope, by_run, amendments = self.records.scope, defaultdict(list), defaultdict(list)
        loaded = []
        async with scope.reading() as session:
            exceptions = ExceptionRepository(session, scope.tenant)
            for exception in await exceptions.named(wanted):
                by_run[exception.run_id].append(exception)
            for amendment in await exceptions.amendments(wanted):
                amendments[amendment.exception_id].append(amendment)
            for run_id, some in by_run.items():
                try:
                    records = await RunRecords.load(session, scope.tenant, run_id, self.records.storage)
                except RecordsUnavailable:
                    continue
                loaded.append(_RunFaults(records, some, amendments))
        return loaded

    async def _note_read(self, records: RunRecords, found: Sequence[RecordFault]) -> None:
        personal = personal_columns(records.checked.pack, records.checked.program)
        shown = {one.column for fault in found for one in fault.values if not one.is_masked}
        read = sorted(shown & {*personal.source, *personal.target})
        if not read:
            return
        run, scope = records.run, self.records.scope
        subject = AuditSubject("run", run.id, f"{run.reporting_date.isoformat()} no. {run.sequence}")
        async with scope.transaction() as session:
            await scope.audit(session).record(AuditAction.PERSONAL_DATA_READ, subject, after={"columns": read})


def _looked_at(program: ReportProgram) -> Mapping[str, LookedAt]:
    """By rule, of several parts the first; a report's own rules say no columns, their expressions do."""
    found: dict[str, LookedAt] = {}
    for one in (*program.source_rules, *program.target_rules, *program.set_rules):
        columns = one.rule.columns or tuple(sorted(one.expression.columns))
        found.setdefault(one.rule.id, LookedAt(one.rule.phase is Phase.SOURCE, columns))
    return found


def fault_of(
    exception: RunException, record: JudgedRecord, rules: Mapping[str, LookedAt], masked: MaskedColumns
) -> RecordFault:
    """The finding that had set it aside, if it is still there; else another one."""
    first = [one for one in record.findings if one.rule_id == exception.rule_id]
    finding = next(iter([*first, *record.findings]), None)
    # The forms of a regulation's fields are checked without a rule of the program, over target columns.
    rule = rules.get(finding.rule_id if finding is not None else exception.rule_id or "", NO_RULE)
    row, hidden = (record.source, masked.source) if rule.is_source else (record.target or {}, masked.target)
    columns = (finding.columns if finding is not None else ()) or rule.columns
    values = [(name, show_value(row.get(name)), name in hidden) for name in columns]
    return RecordFault(
        exception.id,
        finding,
        tuple(
            FaultValue(name, MASK if value is not None and is_masked else value, is_masked)
            for name, value, is_masked in values
        ),
    )
