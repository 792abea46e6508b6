"""The record behind an exception: its row out of the run's stored input, what it is made into, what is found about it.

Values are shown only to those who may see them; whoever sees personal data leaves a trace.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, TypeVar
from uuid import UUID

import polars as pl
import pyarrow.parquet as pq
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import ReportVersionId, RunId, TenantId
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.calendars import WorkCalendar
from backend.domain.exceptions import AmendmentFrame, ExceptionOrigin
from backend.domain.expressions import Expression
from backend.domain.reference_pins import ReferencePin
from backend.domain.reports.analysis import Surroundings
from backend.domain.validation.rule import Rule
from backend.persistence.models.exception import ExceptionAmendment, RunException
from backend.persistence.models.feedback import RecordAdvice
from backend.persistence.models.report import ReportVersion
from backend.persistence.models.run import Run, RunFinding
from backend.persistence.repositories.exception_lists import ExceptionListRepository, ListedException
from backend.persistence.repositories.exceptions import ExceptionRepository
from backend.persistence.repositories.feedback import FeedbackRepository
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.runs import RunRepository
from backend.pipeline.expressions.bindings import Bindings
from backend.pipeline.expressions.compiler import Compiler
from backend.pipeline.gather import load_lookups
from backend.pipeline.input_reader import ROW_NUMBER, InputReader
from backend.pipeline.overrides import Override, with_overrides
from backend.pipeline.program import compile_fields
from backend.pipeline.record_judge import JudgedRecord, RecordJudge
from backend.pipeline.reference_data import pinned_reference
from backend.pipeline.steps.transform import CompiledField
from backend.pipeline.trial import MaskedColumns
from backend.services.calendar_pins import calendars_of_now, pinned_calendars
from backend.services.exceptions import ExceptionNotFound, exception_subject
from backend.services.official_rules import OfficialRules, official_of
from backend.services.personal_data import masked_columns, personal_columns
from backend.services.reference_pins import pins_of_now, pins_of_run, shapes_of_run
from backend.services.regulator_rules import RegulatorRule, rules_of
from backend.services.reports import CheckedDocument, program_of
from backend.services.rule_set_pins import pinned_rule_sets
from backend.services.run_parameters import bind_parameters
from backend.services.runs import RunNotFound
from backend.services.schema_pins import pinned_packages, read_pins
from backend.services.scope import TenantScope
from backend.services.storage import ObjectStorage
from backend.services.stored_inputs import find_input, inputs_of

T = TypeVar("T")
TIMEOUT_SECONDS: Final = 60.0
#: Rows that are judged at once in one process: each may keep a processor busy.
_PLACES: Final = asyncio.Semaphore(2)


class RecordsUnavailable(OpenRegError):
    """The rows of the run are not stored any more."""

    code: ClassVar[str] = "records_unavailable"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class RecordJudgementTooSlow(OpenRegError):
    """Judging the records took too long."""

    code: ClassVar[str] = "record_judgement_too_slow"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE
    transient: ClassVar[bool] = True


Changes = Mapping[int, Sequence[Override]]


@dataclass(frozen=True, slots=True)
class BoundReference:
    """Reference data and days that records are judged by."""

    pins: Mapping[str, ReferencePin]
    calendars: Mapping[str, WorkCalendar]


@dataclass(frozen=True, slots=True)
class RecordPair:
    """A record as the run had it; and with its changes, judged by the reference data it would be resubmitted with."""

    before: JudgedRecord
    after: JudgedRecord


@dataclass(frozen=True, slots=True)
class RunRecords:
    """The rows of one run, with the version of the report that the run had.

    ``known`` is what the run was bound to, ``current`` what a supplemental run of now would be.
    """

    run: Run
    version: ReportVersion
    checked: CheckedDocument
    storage: ObjectStorage
    known: BoundReference
    current: BoundReference

    @classmethod
    async def load(cls, session: AsyncSession, tenant: TenantId, run_id: UUID, storage: ObjectStorage) -> RunRecords:
        """Raises RunNotFound, RecordsUnavailable."""
        run = await RunRepository(session, tenant).find(RunId(run_id))
        if run is None:
            raise RunNotFound
        version = await ReportRepository(session, tenant).find_version(ReportVersionId(run.report_version_id))
        if version is None or find_input(run) is None:
            raise RecordsUnavailable
        rule_sets = await pinned_rule_sets(session, tenant, run.rule_sets)
        around = Surroundings(reference=shapes_of_run(run), rule_sets=rule_sets)
        checked = program_of(version, around)
        known = BoundReference(pins_of_run(run), await pinned_calendars(session, tenant, run.calendars))
        days = await calendars_of_now(session, tenant, checked.document, checked.pack) if known.calendars else {}
        newest = await pins_of_now(session, tenant)
        # What has other columns by now does not fit the expressions that were checked for the run.
        pins = {
            name: newest[name] if name in newest and newest[name].shape() == pin.shape() else pin
            for name, pin in known.pins.items()
        }
        current = BoundReference(pins, {**known.calendars, **days})
        return cls(run, version, checked, storage, known, current)

    @property
    def rules(self) -> Mapping[str, Rule]:
        """The rules of the version by id; of several parts the first."""
        program = self.checked.program
        found: dict[str, Rule] = {}
        for one in (*program.source_rules, *program.target_rules, *program.set_rules):
            found.setdefault(one.rule.id, one.rule)
        return found

    @property
    def set_rule_ids(self) -> frozenset[str]:
        """Rules that are not judged over a single record."""
        return frozenset(one.rule.id for one in self.checked.program.set_rules)

    def masked(self, permissions: Collection[str]) -> MaskedColumns:
        """Columns that somebody does not see."""
        return masked_columns(self.checked.pack, self.checked.program, permissions)

    def read(self, numbers: Collection[int]) -> pl.DataFrame:
        """Rows of the stored input; blocks. Raises RecordsUnavailable and the errors of the store."""
        stored = find_input(self.run)
        if stored is None:
            raise RecordsUnavailable
        return InputReader.of_stored(self.storage, stored).rows(numbers)

    def judge(self, frame: pl.DataFrame, changes: Changes, by: BoundReference) -> Mapping[int, JudgedRecord]:
        """Judge rows with these changes, by the code of the run; blocks."""
        targets = {one.column for some in changes.values() for one in some if one.frame == AmendmentFrame.TARGET}
        targets |= set(self.run.overrides)
        places = {number: place for place, number in enumerate(frame.get_column(ROW_NUMBER).to_list())}
        program = self.checked.program
        wanted = {places[number]: some for number, some in changes.items()}
        packages = pinned_packages(read_pins(self.run.schema_packages), self.storage)
        judge = RecordJudge(program, self.checked.pack, self.checked.document, self._bindings(by), targets, packages)
        return judge.judge(with_overrides(frame, program, wanted, targets))

    def pairs(self, changes: Changes) -> Mapping[int, RecordPair]:
        """These rows before and after their changes; blocks."""
        frame = self.read(changes.keys())
        before = self.judge(frame, {}, self.known)
        is_same = not any(changes.values()) and self.current == self.known
        after = before if is_same else self.judge(frame, changes, self.current)
        return {number: RecordPair(before[number], after[number]) for number in before}

    def evaluate(self, frame: pl.DataFrame, expression: Expression) -> Sequence[object]:
        """What an expression gives for each row; NULL where it cannot be evaluated. Blocks."""
        compiled = Compiler(self._bindings(self.current)).compile(expression)
        return frame.lazy().select(compiled.value.alias("value")).collect(engine="in-memory")["value"].to_list()

    def compile_fields(self, names: Collection[str]) -> tuple[CompiledField, ...]:
        """Those of these fields that the version maps, as the run had them; blocks."""
        fields = {name: one for name, one in self.checked.program.fields.items() if name in names}
        return compile_fields(fields, self._bindings(self.known), self.run.overrides)

    def _bindings(self, by: BoundReference) -> Bindings:
        document, inputs = self.checked.document, inputs_of(self.run)

        def open_input(name: str) -> pq.ParquetFile:
            return pq.ParquetFile(self.storage.open_ranged(inputs[name].key, inputs[name].size_bytes))

        lookups = load_lookups(document, self.checked.program, open_input)
        parameters = bind_parameters(document.source, self.run.parameters)
        day = self.run.reporting_date
        reference = pinned_reference(by.pins, self.checked.program, day, self.storage)
        return Bindings(day, parameters, reference, lookups, calendars=by.calendars)


@dataclass(frozen=True, slots=True)
class ExceptionView:
    """An exception with everything that its page shows; ``newest_version`` is the active one where it is another."""

    listed: ListedException
    exception: RunException
    amendments: Sequence[ExceptionAmendment]
    messages: Mapping[str, RunFinding]
    records: RunRecords
    record: RecordPair
    masked: MaskedColumns
    newest_version: str | None
    official: OfficialRules
    regulator: Mapping[str, RegulatorRule]


@dataclass(frozen=True, slots=True)
class ExceptionRecordService:
    """Records of exceptions, for somebody with these permissions."""

    scope: TenantScope
    permissions: Collection[str]
    storage: ObjectStorage

    async def view(self, exception_id: UUID) -> ExceptionView:
        """One exception as a whole. Raises ExceptionNotFound, RecordsUnavailable and the errors of the store."""
        async with self.scope.reading() as session:
            exceptions = ExceptionRepository(session, self.scope.tenant)
            exception = await exceptions.find(exception_id)
            listed = await ExceptionListRepository(session, self.scope.tenant).find(exception_id)
            if exception is None or listed is None:
                raise ExceptionNotFound
            amendments = await exceptions.amendments([exception.id])
            records = await RunRecords.load(session, self.scope.tenant, exception.run_id, self.storage)
            findings = await RunRepository(session, self.scope.tenant).findings(RunId(exception.run_id))
            active = await ReportRepository(session, self.scope.tenant).find_newest_active(exception.report_id)
            advices: Sequence[RecordAdvice] = []
            if exception.origin == ExceptionOrigin.FEEDBACK:
                feedback = FeedbackRepository(session, self.scope.tenant)
                advices = await feedback.of_record(exception.run_id, exception.row_number)
            official = await official_of(session, self.scope.tenant, records.version.pack_id, records.rules)
        number = exception.row_number
        changes = {number: overrides_of(amendments)}
        pairs = await judged(lambda: records.pairs(changes))
        if number not in pairs:
            raise RecordsUnavailable
        masked = records.masked(self.permissions)
        await self.note_read(records, exception_subject(exception), masked)
        return ExceptionView(
            listed,
            exception,
            amendments,
            {one.rule_id: one for one in findings},
            records,
            pairs[number],
            masked,
            active.number if active is not None and active.id != records.version.id else None,
            official,
            rules_of(advices, records.checked.pack),
        )

    async def get(self, exception_id: UUID) -> RunException:
        """The exception without its record. Raises ExceptionNotFound."""
        async with self.scope.reading() as session:
            found = await ExceptionRepository(session, self.scope.tenant).find(exception_id)
        if found is None:
            raise ExceptionNotFound
        return found

    async def note_read(self, records: RunRecords, subject: AuditSubject, masked: MaskedColumns) -> None:
        """Before personal data is shown: it must not be seen without a trace."""
        personal = personal_columns(records.checked.pack, records.checked.program)
        if masked.target or not personal.target:
            return
        async with self.scope.transaction() as session:
            await self.scope.audit(session).record(
                AuditAction.PERSONAL_DATA_READ,
                subject,
                after={"run_id": str(records.run.id), "columns": sorted(personal.target)},
            )


def overrides_of(amendments: Sequence[ExceptionAmendment]) -> tuple[Override, ...]:
    """What amendments come to: the last one of each column."""
    last = {(one.frame, one.column_name): one.new for one in amendments}
    return tuple(Override(AmendmentFrame(frame), column, value) for (frame, column), value in last.items())


async def judged(work: Callable[[], T]) -> T:
    """Do what blocks in a thread, a few at a time. Raises RecordJudgementTooSlow."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            async with _PLACES:
                return await asyncio.to_thread(work)
    except TimeoutError as error:
        raise RecordJudgementTooSlow(fix="Try again, or choose fewer records.") from error
