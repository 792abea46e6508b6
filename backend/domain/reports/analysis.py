"""From a report document to a typed program: every expression parsed, every column known, every type fits.

All faults of a document are found in one pass, each with the JSON pointer of the place and the position inside
the expression, so that an author corrects them together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar, Final

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.spelling import suggest
from backend.domain.expressions import Expression, ExpressionInvalid, assign_expression, parse_expression
from backend.domain.expressions.lookups import KEY_KINDS, LookupTable, ReferenceShape
from backend.domain.expressions.nodes import ReferenceUse
from backend.domain.expressions.types import BOOLEAN, DATE, INTEGER, TEXT, TIMESTAMP, DataType, decimal
from backend.domain.regulations.model import Pack, TargetColumn
from backend.domain.reported import HISTORY_COLUMNS
from backend.domain.reports.document import EligibilityDecision, ParameterType, ReportDocument
from backend.domain.reports.parameters import read_parameter
from backend.domain.validation.rule import Phase, Rule, Scope
from backend.domain.validation.rule_sets import ActiveRuleSets
from backend.domain.validation.written_rule import WrittenRule

PARAMETER_TYPES: Mapping[ParameterType, DataType] = {
    ParameterType.TEXT: TEXT,
    ParameterType.INTEGER: INTEGER,
    ParameterType.DECIMAL: decimal(38, 10),
    ParameterType.BOOLEAN: BOOLEAN,
    ParameterType.DATE: DATE,
    ParameterType.TIMESTAMP: TIMESTAMP,
}

InputColumns = Mapping[str, Mapping[str, DataType]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a document may ask or name: columns of its inputs, datasets and mapping sets, rule sets, calendars.

    Calendars are not looked at without their names: those of a run were looked at when its version was saved.
    """

    inputs: InputColumns = field(default_factory=lambda: MappingProxyType({}))
    reference: Mapping[str, ReferenceShape] = field(default_factory=lambda: MappingProxyType({}))
    rule_sets: ActiveRuleSets = field(default_factory=lambda: MappingProxyType({}))
    calendars: frozenset[str] | None = None


_NOTHING: Final = Surroundings()


class ReportDocumentInvalid(OpenRegError):
    """The report document has faults."""

    code: ClassVar[str] = "report_document_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class ProgramRule:
    """A rule with its expression parsed against the columns of its phase.

    ``is_optional``: it comes with the pack, and what it looks up need not be installed.
    """

    rule: Rule
    expression: Expression
    where: Expression | None = None
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class ProgramDecision:
    """A decision about eligibility with its condition parsed against the columns of the source."""

    decision: EligibilityDecision
    expression: Expression


@dataclass(frozen=True, slots=True)
class ReportProgram:
    """The parsed report: what the pipeline compiles.

    ``columns`` are those of the source, or of the join's result; ``fields`` map target columns to expressions over
    them; rules of phase ``target`` and ``set`` are over target columns. ``tables`` are the inputs by name.
    """

    columns: Mapping[str, DataType]
    filter: Expression | None
    fields: Mapping[str, Expression]
    source_rules: tuple[ProgramRule, ...]
    target_rules: tuple[ProgramRule, ...]
    set_rules: tuple[ProgramRule, ...]
    tables: Mapping[str, LookupTable] = field(default_factory=lambda: MappingProxyType({}))
    eligibility: tuple[ProgramDecision, ...] = ()

    @property
    def lookups(self) -> frozenset[tuple[str, str]]:
        """(input, column) of everything that ``lookup()`` reads."""
        return frozenset(asked for one in self._expressions() for asked in one.lookups)

    @property
    def reference_uses(self) -> frozenset[ReferenceUse]:
        """Every column of a dataset or mapping set that is asked for."""
        return frozenset(use for one in self._expressions() for use in one.reference_uses)

    def _expressions(self) -> list[Expression]:
        rules = (*self.source_rules, *self.target_rules, *self.set_rules)
        filters = [self.filter] if self.filter is not None else []
        decisions = [one.expression for one in self.eligibility]
        return [*self.fields.values(), *(one.expression for one in rules), *decisions, *filters]

    def target_types(self) -> dict[str, DataType]:
        """The types of the mapped target columns, as their expressions give them."""
        return {name: expression.type for name, expression in self.fields.items()}


@dataclass(frozen=True, slots=True)
class Inspection:
    """What can be said of a document whatever its faults: the parts that could be typed, and every fault.

    ``inferred`` are the types the expressions of fields have by themselves, before they become the target's.
    """

    program: ReportProgram
    inferred: Mapping[str, DataType]
    faults: tuple[Mapping[str, object], ...]


def inspect(
    document: ReportDocument, pack: Pack | None, columns: Mapping[str, DataType], around: Surroundings = _NOTHING
) -> Inspection:
    """Parse and check a whole document, as far as it goes."""
    analysis = _Analysis(document, pack, columns, around)
    program = analysis.program()
    return Inspection(program, analysis.inferred, tuple(analysis.faults))


def analyse(
    document: ReportDocument, pack: Pack | None, columns: Mapping[str, DataType], around: Surroundings = _NOTHING
) -> ReportProgram:
    """Parse and check a whole document. Raises ReportDocumentInvalid listing every fault."""
    found = inspect(document, pack, columns, around)
    if found.faults:
        raise ReportDocumentInvalid(
            f"{len(found.faults)} fault(s) in the report document; the first: {found.faults[0]['detail']}",
            extra={"errors": list(found.faults)},
        )
    return found.program


@dataclass(frozen=True, slots=True)
class _WrittenPlace:
    """A rule that a person wrote, and where its faults are shown: at its own text, or at the name of its set."""

    pointer: str
    rule: WrittenRule
    rule_set: str | None


class _Analysis:
    def __init__(
        self, document: ReportDocument, pack: Pack | None, columns: Mapping[str, DataType], around: Surroundings
    ) -> None:
        self.faults: list[dict[str, object]] = []
        self.inferred: dict[str, DataType] = {}
        self._document = document
        self._pack = pack
        self._rule_sets = around.rule_sets
        self._columns = columns
        self._reference = around.reference
        self._calendars = around.calendars
        self._parameters = {name: PARAMETER_TYPES[one.type] for name, one in document.source.parameters.items()}
        self._tables = {
            name: LookupTable(found, document.inputs[name].key)
            for name, found in around.inputs.items()
            if name in document.inputs
        }

    def program(self) -> ReportProgram:
        document = self._document
        self._check_defaults()
        self._check_keys()
        self._check_rule_sets()
        self._check_rule_ids()
        filter_ = self._parse("/filter", document.filter, self._columns, BOOLEAN) if document.filter else None
        fields = dict(self._fields())
        if self._pack is not None:
            self._check_report_status(fields)
        return ReportProgram(
            columns=self._columns,
            filter=filter_,
            fields=fields,
            source_rules=tuple(self._rules(Phase.SOURCE, self._columns)),
            target_rules=tuple(self._rules(Phase.TARGET, self._target_columns(fields))),
            set_rules=tuple(self._rules(Phase.SET, self._target_columns(fields))),
            tables=self._tables,
            eligibility=tuple(self._eligibility()),
        )

    def _eligibility(self) -> Iterable[ProgramDecision]:
        for number, one in enumerate(self._document.eligibility):
            expression = self._parse(f"/eligibility/{number}/when", one.when, self._columns, BOOLEAN)
            if expression is not None:
                yield ProgramDecision(one, expression)

    def _check_keys(self) -> None:
        for name, table in self._tables.items():
            for place, column in enumerate(table.key):
                pointer, known = f"/inputs/{name}/key/{place}", table.columns.get(column)
                if known is None:
                    near = suggest(column, table.columns)
                    self._fault(pointer, "unknown_column", f"{name} has no column {column}.", suggestion=near)
                elif known.kind not in KEY_KINDS:
                    self._fault(
                        pointer, "key_type_unfit", f"{column} is a {known}: no two of them are surely the same."
                    )
            if any(column not in table.columns for column in table.key):
                self._tables = {**self._tables, name: LookupTable(table.columns, ())}

    def _check_defaults(self) -> None:
        """A default of another type would only be seen by the first run that needs it."""
        for name, one in self._document.source.parameters.items():
            if one.default is None:
                continue
            try:
                read_parameter(one.type, one.default)
            except ValueError:
                detail = f"The default of {name} is not a {one.type.value}."
                self._fault(f"/source/parameters/{name}/default", "default_invalid", detail)

    def _fields(self) -> Iterable[tuple[str, Expression]]:
        for name, sql in self._document.fields.items():
            pointer = f"/fields/{name}"
            target = self._target(pointer, name)
            wanted = target.type if target else None
            expression = self._parse(pointer, sql, self._columns, wanted, inferred_of=name)
            if expression is not None:
                yield name, expression

    def _target(self, pointer: str, name: str) -> TargetColumn | None:
        if self._pack is None or name in self._pack.columns:
            return self._pack.columns[name] if self._pack else None
        self._fault(pointer, "unknown_target_column", f"{name} is not a target column of {self._pack.id}.")
        return None

    def _check_report_status(self, fields: Mapping[str, Expression]) -> None:
        status = self._pack.cancellation.status_column if self._pack else ""
        if status not in fields and f"/fields/{status}" not in {fault["pointer"] for fault in self.faults}:
            self._fault("/fields", "field_missing", f"{status} must be mapped: it decides the form of each record.")

    def _target_columns(self, fields: Mapping[str, Expression]) -> dict[str, DataType]:
        known = {name: column.type for name, column in self._pack.columns.items()} if self._pack else {}
        return {**known, **{name: expression.type for name, expression in fields.items()}}

    def _rules(self, phase: Phase, columns: Mapping[str, DataType]) -> Iterable[ProgramRule]:
        for rule in self._pack.rules if self._pack else ():
            if rule.phase is phase:
                yield _of_pack(rule, columns)
        for one in self._written():
            if one.rule.phase is phase:
                known = {**HISTORY_COLUMNS, **columns} if _sees_history(phase, one.rule.scope) else columns
                expression = self._parse(one.pointer, one.rule.expression, known, BOOLEAN, set_=phase is Phase.SET)
                if expression is not None:
                    yield ProgramRule(one.rule.as_rule(expression.columns), expression)
                elif one.rule_set is not None:
                    fault = self.faults[-1]
                    fault["detail"] = f"{one.rule.id} of {one.rule_set}: {fault['detail']}"

    def _written(self) -> Iterable[_WrittenPlace]:
        """The rules of the sets, then the report's own."""
        for number, name in enumerate(self._document.rule_sets):
            content = self._rule_sets.get(name)
            for rule in content.in_use if content is not None else ():
                yield _WrittenPlace(f"/rule_sets/{number}", rule, name)
        for number, own in enumerate(self._document.rules):
            yield _WrittenPlace(f"/rules/{number}/expression", own, None)

    def _check_rule_sets(self) -> None:
        for number, name in enumerate(self._document.rule_sets):
            pointer = f"/rule_sets/{number}"
            if name not in self._rule_sets:
                near = suggest(name, self._rule_sets)
                self._fault(pointer, "rule_set_unknown", f"There is no rule set {name}.", suggestion=near)
            elif self._rule_sets[name] is None:
                self._fault(pointer, "rule_set_not_active", f"No version of the rule set {name} is active.")

    def _check_rule_ids(self) -> None:
        """Findings name a rule by its id alone: no two rules of a report may share one."""
        owners = {rule.id: self._pack.id for rule in self._pack.rules} if self._pack else {}
        for one in self._written():
            if one.rule.id in owners:
                pointer = one.pointer if one.rule_set else f"{one.pointer.removesuffix('/expression')}/id"
                detail = f"{one.rule.id} is the id of another rule already, in {owners[one.rule.id]}."
                self._fault(pointer, "rule_id_taken", detail)
            owners.setdefault(one.rule.id, one.rule_set or "this report")

    def _parse(
        self,
        pointer: str,
        sql: str,
        columns: Mapping[str, DataType],
        wanted: DataType | None,
        *,
        set_: bool = False,
        inferred_of: str | None = None,
    ) -> Expression | None:
        try:
            expression = parse_expression(
                sql,
                columns,
                parameters=self._parameters,
                allow_windows=set_,
                tables=self._tables,
                reference=self._reference,
            )
            self._check_calendars(pointer, expression)
            if inferred_of is not None:
                self.inferred[inferred_of] = expression.type
            return assign_expression(expression, wanted) if wanted is not None else expression
        except ExpressionInvalid as error:
            self._fault(pointer, str(error.extra.get("code", error.code)), error.message, **dict(error.extra))
            return None

    def _check_calendars(self, pointer: str, expression: Expression) -> None:
        for name in sorted(expression.calendars - self._calendars) if self._calendars is not None else ():
            near = suggest(name, self._calendars or ())
            self._fault(pointer, "unknown_calendar", f"There is no calendar {name}.", suggestion=near)

    def _fault(self, pointer: str, code: str, detail: str, **position: object) -> None:
        self.faults.append({**position, "pointer": pointer, "code": code, "detail": detail})


def _of_pack(rule: Rule, columns: Mapping[str, DataType]) -> ProgramRule:
    """A rule of a pack, which its lint has checked: what it looks up is asked for when the run begins."""
    known = {**HISTORY_COLUMNS, **columns} if _sees_history(rule.phase, rule.scope) else columns
    expression = parse_expression(rule.expression, known, allow_windows=rule.phase is Phase.SET)
    where = parse_expression(rule.where, columns) if rule.where is not None else None
    return ProgramRule(rule, assign_expression(expression, BOOLEAN), where, is_optional=True)


def _sees_history(phase: Phase, scope: Scope) -> bool:
    return phase is Phase.SET and scope is Scope.HISTORY
