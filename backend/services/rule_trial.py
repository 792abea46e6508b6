"""Trying a rule before it judges: whether it can be read, and what it says of rows, typed or from a source."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Final

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import ReportId
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.expressions import Expression, ExpressionInvalid, assign_expression, parse_expression
from backend.domain.expressions.types import BOOLEAN, DataType, Kind
from backend.domain.regulations.loader import load_pack
from backend.domain.reports.analysis import PARAMETER_TYPES, Surroundings, inspect
from backend.domain.reports.columns import read_columns, read_tables
from backend.domain.reports.document import SOURCE_TABLE, ParameterType, ReportDocument, ReportRule
from backend.domain.reports.parameters import read_parameter
from backend.domain.validation.rule import Phase, Severity
from backend.persistence.repositories.report_drafts import ReportDraftRepository
from backend.persistence.repositories.reports import ReportRepository
from backend.pipeline.expressions.bindings import Bindings
from backend.pipeline.gather import JoinRequest
from backend.pipeline.reference_data import pinned_reference
from backend.pipeline.rule_trial import RuleTrialRow, try_rule, try_rule_of_report, typed_rows
from backend.pipeline.trial import KnownRows
from backend.pipeline.trial_inputs import join_sample, sample_lookups
from backend.services.reference_pins import known_shapes
from backend.services.report_sources import Fault, fault_of, saved_sources
from backend.services.report_trial import DryRunRequest, ReportTrialService, in_time
from backend.services.reports import ReportVersionNotFound, find_pack, get_report
from backend.services.scope import TenantScope

MAX_ROWS: Final = 200
#: What a rule under test is called; no finding is ever written under it.
TESTED_ID: Final = "TEST-1"
_OF_REPORT: Final = frozenset({"unknown_parameter", "unknown_input"})


class RuleTestInvalid(OpenRegError):
    """The rule, or a row it is to be tested on, cannot be read."""

    code: ClassVar[str] = "rule_test_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class RuleText:
    """What of a rule is tried."""

    expression: str
    phase: Phase
    severity: Severity = Severity.WARNING
    message: str = "The rule fails."

    def as_rule(self) -> ReportRule:
        """The rule of a report."""
        return ReportRule(
            id=TESTED_ID,
            title="Tested",
            phase=self.phase,
            severity=self.severity,
            expression=self.expression,
            message=self.message,
        )


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """What is wrong with a rule, the columns it reads, and against what it was checked."""

    faults: tuple[Fault, ...]
    columns: tuple[str, ...]
    known_columns: Mapping[str, DataType] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TypedRows:
    """Rows that a person typed: columns with their types, and values as JSON has them."""

    columns: Mapping[str, DataType]
    rows: Sequence[Mapping[str, Any]]
    reporting_date: date


@dataclass(frozen=True, slots=True)
class RuleTrialService:
    """Tries rules of a tenant."""

    scope: TenantScope

    async def check(self, text: RuleText, pack_id: str | None, report_id: ReportId | None) -> RuleCheck:
        """Read a rule against the columns of a report, or of a regime. Raises ReportNotFound, PackNotFound."""
        if report_id is not None:
            return await self._check_for_report(text, report_id)
        columns = {name: one.type for name, one in load_pack(pack_id).columns.items()} if pack_id is not None else {}
        faults: list[Fault] = []
        rule = _parse(text, {} if text.phase is Phase.SOURCE else columns, faults)
        # What depends on the report is seen when a report names the set.
        kept = tuple(one for one in faults if one["code"] not in _OF_REPORT)
        return RuleCheck(kept, tuple(sorted(rule.columns)) if rule else (), columns)

    async def test_rows(self, text: RuleText, given: TypedRows) -> tuple[RuleTrialRow, ...]:
        """What the rule says of rows that somebody typed. Raises RuleTestInvalid, SetRuleFailed, DryRunTooSlow."""
        faults: list[Fault] = []
        rule = _parse(text, given.columns, faults)
        rows = [_read_row(number, row, given.columns, faults) for number, row in enumerate(given.rows)]
        if rule is None or faults:
            raise RuleTestInvalid(str(faults[0]["detail"]), extra={"errors": [dict(one) for one in faults]})
        bindings = Bindings(given.reporting_date)

        def work() -> tuple[RuleTrialRow, ...]:
            with tempfile.TemporaryDirectory(prefix="openreg-rule-") as folder:
                frame = typed_rows(rows, given.columns)
                return try_rule(rule, frame, bindings, Path(folder), is_set=text.phase is Phase.SET, masked=())

        return await in_time(work)

    async def _check_for_report(self, text: RuleText, report_id: ReportId) -> RuleCheck:
        async with self.scope.reading() as session:
            reports = ReportRepository(session, self.scope.tenant)
            await get_report(reports, report_id)
            version = await reports.find_newest(report_id)
            reference = await known_shapes(session, self.scope.tenant)
        if version is None:
            raise ReportVersionNotFound("The report has no version yet.", fix="Save a version of it first.")
        document = ReportDocument.model_validate(version.document).model_copy(
            update={"rules": (text.as_rule(),), "rule_sets": ()}
        )
        sources = saved_sources(document, read_columns(version.source_columns), read_tables(version.input_columns))
        pack = find_pack(document)
        columns = sources.columns or {}
        around = Surroundings(sources.inputs, reference)
        found = await asyncio.to_thread(inspect, document, pack, columns, around)
        faults = tuple(
            {**one, "pointer": "/expression"} for one in found.faults if one["pointer"] == "/rules/0/expression"
        )
        program = found.program
        rules = (*program.source_rules, *program.target_rules, *program.set_rules)
        read = next((one.expression.columns for one in rules if one.rule.id == TESTED_ID), frozenset())
        target = {name: one.type for name, one in pack.columns.items()} if pack else {}
        known = columns if text.phase is Phase.SOURCE else {**target, **program.target_types()}
        return RuleCheck(faults, tuple(sorted(read)), known)


@dataclass(frozen=True, slots=True)
class ReportRuleTrialService:
    """Tries rules on sample rows of a report's source."""

    scope: TenantScope
    trials: ReportTrialService

    async def test_report(
        self, text: RuleText, report_id: ReportId, reporting_date: date, parameters: Mapping[str, object], limit: int
    ) -> tuple[RuleTrialRow, ...]:
        """What the rule says of the first rows of a report, as its phase sees them.

        Raises ReportNotFound, ReportVersionNotFound, ReportDocumentInvalid, SetRuleFailed, the errors of the source.
        """
        document = {**await self._document(report_id), "rules": [text.as_rule().model_dump(mode="json")]}
        document.pop("rule_sets", None)
        prepared = await self.trials.prepare(DryRunRequest(document, reporting_date, parameters, limit))
        async with self.scope.transaction() as session:
            await self.scope.audit(session).record(
                AuditAction.RULE_TRIED, AuditSubject("report", report_id, "rule test"), after={"rule": text.expression}
            )
        plan, masked = prepared.plan, prepared.masked
        reference = pinned_reference(plan.reference, plan.program, plan.reporting_date, self.trials.schemas.storage)

        def work() -> tuple[RuleTrialRow, ...]:
            with tempfile.TemporaryDirectory(prefix="openreg-rule-") as name:
                folder = Path(name)
                if not plan.tables:
                    known = KnownRows(reference=reference)
                    return try_rule_of_report(plan, prepared.tables[SOURCE_TABLE], masked, folder, known)
                wanted = JoinRequest(plan.document, plan.join, plan.reporting_date, plan.parameters)
                rows = join_sample(wanted, prepared.tables, folder, limit)
                return try_rule_of_report(
                    plan, rows, masked, folder, KnownRows(sample_lookups(plan, folder), reference)
                )

        return await in_time(work)

    async def _document(self, report_id: ReportId) -> dict[str, object]:
        """The newest version's, or the draft of a report that has none."""
        async with self.scope.reading() as session:
            reports = ReportRepository(session, self.scope.tenant)
            await get_report(reports, report_id)
            version = await reports.find_newest(report_id)
            if version is not None:
                return dict(version.document)
            draft = await ReportDraftRepository(session, self.scope.tenant).find(report_id)
        if draft is None:
            raise ReportVersionNotFound("The report has neither a version nor a draft.", fix="Write the report first.")
        return dict(draft.document)


def _parse(text: RuleText, columns: Mapping[str, DataType], faults: list[Fault]) -> Expression | None:
    try:
        expression = parse_expression(text.expression, columns, allow_windows=text.phase is Phase.SET)
        return assign_expression(expression, BOOLEAN)
    except ExpressionInvalid as error:
        faults.append({**fault_of("/expression", error), "code": str(error.extra.get("reason", error.code))})
        return None


def _read_row(
    number: int, row: Mapping[str, Any], columns: Mapping[str, DataType], faults: list[Fault]
) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in row.items():
        pointer = f"/rows/{number}/{name}"
        kind = columns.get(name)
        if kind is None:
            faults.append({"pointer": pointer, "code": "unknown_column", "detail": f"{name} is not a known column."})
        elif value is not None:
            try:
                found[name] = read_parameter(_KINDS[kind.kind], value)
            except ValueError:
                detail = f"Row {number + 1}: {value!r} in {name} is not a {kind}."
                faults.append({"pointer": pointer, "code": "value_invalid", "detail": detail})
    return found


_KINDS: Final[Mapping[Kind, ParameterType]] = {kind.kind: name for name, kind in PARAMETER_TYPES.items()}
