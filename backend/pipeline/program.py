"""The compiled report: expressions of the analysed document as Polars expressions, rules as checks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from backend.domain.expressions import Expression
from backend.domain.regulations.model import Pack
from backend.domain.reports.analysis import ProgramRule, ReportProgram
from backend.domain.validation.rule import Phase, Rule, Scope, Severity
from backend.pipeline.checks import CompiledCheck
from backend.pipeline.eligibility import CompiledEligibility, compile_eligibility
from backend.pipeline.expressions.bindings import Bindings
from backend.pipeline.expressions.columns import polars_type
from backend.pipeline.expressions.compiler import Compiler
from backend.pipeline.expressions.errors import CalendarMissing, ReferenceSetMissing
from backend.pipeline.expressions.terms import Compiled
from backend.pipeline.findings import DETAIL_SCHEMA
from backend.pipeline.output_checks import output_checks
from backend.pipeline.output_schemas import WrittenOutputs
from backend.pipeline.overrides import flag_column, overridable
from backend.pipeline.rendering.structure import RecordChecker, StructureChecker
from backend.pipeline.steps.transform import CompiledField

FILTER_RULE = "FILTER"
LOOKUP_RULE = "LOOKUP"
_NO_OUTPUTS = WrittenOutputs()
#: What is kept of a record's key: there is room for no more.
MAX_RECORD_KEY = 300


@dataclass(frozen=True, slots=True)
class CompiledSetRule:
    """A rule over the whole set; only records for which ``where`` is true take part."""

    rule: Rule
    expression: Expression
    where: pl.Expr | None
    where_columns: frozenset[str]


@dataclass(frozen=True, slots=True)
class CompiledProgram:
    """What runs over every batch. ``absent`` are target columns that rules read but the report does not map."""

    filter: Compiled | None
    eligibility: CompiledEligibility | None
    source_checks: tuple[CompiledCheck, ...]
    fields: tuple[CompiledField, ...]
    field_checks: tuple[CompiledCheck, ...]
    absent: tuple[pl.Expr, ...]
    structure: tuple[RecordChecker, ...]
    target_checks: tuple[CompiledCheck, ...]
    set_rules: tuple[CompiledSetRule, ...]
    #: Target columns that set rules read but the report does not map, with their types.
    set_absent: Mapping[str, pl.DataType]
    #: Rules of the pack that cannot be asked, and why (DETAIL_SCHEMA, about no row).
    unasked: pl.DataFrame
    record_key: pl.Expr
    #: Who the record is about, where the pack's keys of records begin with that.
    entity: pl.Expr
    overrides: frozenset[str] = frozenset()

    def kept(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows that the filter selects, and those it cannot judge because a key is missing: they are set aside."""
        if self.filter is None:
            return frame
        return frame.filter(pl.any_horizontal(self.filter.value, *self.filter.absent.values()))

    def reportable(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows that the filter selects and no decision takes out."""
        selected = frame.filter(self.filter.value) if self.filter is not None else frame
        return selected.filter(self.eligibility.is_reported()) if self.eligibility is not None else selected

    @property
    def filter_check(self) -> CompiledCheck | None:
        """The check that the filter can be evaluated for a row."""
        if self.filter is None or self.filter.error is None:
            return None
        return CompiledCheck(
            FILTER_RULE,
            Severity.BLOCKING,
            "The filter cannot be evaluated.",
            (),
            pl.lit(value=True),
            self.filter.error,
            self.filter.failed,
        )


def compile_program(
    program: ReportProgram,
    pack: Pack | None,
    bindings: Bindings,
    record_key: Collection[str],
    overrides: Collection[str] = (),
    written: WrittenOutputs = _NO_OUTPUTS,
) -> CompiledProgram:
    """Compile everything once per run, for the rules in force on the reporting date.

    ``overrides`` are the target columns whose values the rows bring along.
    """
    compiler = Compiler(bindings)
    fields = tuple(_field(name, expression, compiler, overrides) for name, expression in program.fields.items())
    in_force = list(_in_force((*program.target_rules, *program.set_rules), bindings.reporting_date))
    reasons = {one.rule.key: _why_unasked(one, compiler) for one in in_force}
    asked = [one for one in in_force if reasons[one.rule.key] is None]
    rules = tuple(
        one for one in asked if one.rule.phase is Phase.TARGET and not _always_passes(one, program, pack, compiler)
    )
    set_rules = tuple(_set_rule(one, compiler) for one in asked if one.rule.phase is Phase.SET)
    filter_ = compiler.compile(program.filter) if program.filter is not None else None
    source_rules = tuple(_in_force(program.source_rules, bindings.reporting_date))
    before = _expressions(program, source_rules)
    eligibility = compile_eligibility(program.eligibility, compiler)
    absent_before = (
        *_absent_keys(before, compiler, overrides),
        *(eligibility.absences if eligibility is not None else ()),
    )
    return CompiledProgram(
        filter=filter_,
        eligibility=eligibility,
        source_checks=(*(_check(rule, compiler) for rule in source_rules), *_absences(absent_before, program.tables)),
        fields=fields,
        field_checks=tuple(check for check in (field.check() for field in fields) if check is not None),
        absent=tuple(_absent(rules, program, pack)),
        structure=tuple(_record_checkers(pack, program, written)),
        target_checks=(
            *(_check(rule, compiler) for rule in rules),
            *_absences(_absent_keys([(None, one.expression) for one in rules], compiler), program.tables),
            *output_checks(written.outputs, program.target_types()),
        ),
        # What history says comes last: a record that contradicts its own set is first of all that.
        set_rules=tuple(sorted(set_rules, key=lambda one: one.rule.scope is Scope.HISTORY)),
        set_absent={
            name: polars_type(pack.columns[name].type)
            for one in set_rules
            for name in (one.expression.columns | one.where_columns) - program.fields.keys()
            if pack is not None and name in pack.columns
        },
        unasked=_unasked(in_force, reasons),
        record_key=_record_key(fields, record_key),
        overrides=frozenset(overrides),
        entity=_record_key(fields, pack.record_key[:1] if pack and len(pack.record_key) > 1 else ()),
    )


def _record_checkers(pack: Pack | None, program: ReportProgram, written: WrittenOutputs) -> Iterable[RecordChecker]:
    """What is asked whether records can be written as the messages of their files."""
    if pack is not None:
        yield StructureChecker(pack.message.record, pack.columns, program.fields.keys())
    yield from written.records.values()


def _expressions(program: ReportProgram, rules: Iterable[ProgramRule]) -> list[tuple[str | None, Expression]]:
    """Everything that is evaluated over source columns, each with the field it is for."""
    filters = [(None, program.filter)] if program.filter is not None else []
    return [*filters, *program.fields.items(), *((None, one.expression) for one in rules)]


def _absent_keys(
    expressions: Iterable[tuple[str | None, Expression]], compiler: Compiler, overrides: Collection[str] = ()
) -> Iterable[tuple[Mapping[str, pl.Expr], Collection[str]]]:
    """Where keys are missing; not where a value was given in the place of what would be looked up."""
    for field, one in expressions:
        absent = compiler.compile(one).absent
        if field is not None and field in overrides:
            absent = {name: missing & ~pl.col(flag_column(field)) for name, missing in absent.items()}
        yield absent, one.columns


def _absences(
    found: Iterable[tuple[Mapping[str, pl.Expr], Collection[str]]], inputs: Collection[str]
) -> Iterable[CompiledCheck]:
    """One check per input, dataset or mapping set whose missing keys set records aside."""
    missing: dict[str, list[pl.Expr]] = {}
    columns: dict[str, set[str]] = {}
    for absent_keys, read in found:
        for name, absent in absent_keys.items():
            missing.setdefault(name, []).append(absent)
            columns.setdefault(name, set()).update(read)
    for name, conditions in missing.items():
        yield CompiledCheck(
            f"{LOOKUP_RULE}-{name}",
            Severity.CORRECTABLE,
            f"The input {name} has no row with this key."
            if name in inputs
            else f"{name} has no entry of this key on its day.",
            tuple(sorted(columns[name])),
            ~pl.any_horizontal(conditions),
        )


def _why_unasked(one: ProgramRule, compiler: Compiler) -> str | None:
    """Why a rule of the pack cannot be asked: what it looks up is not installed; None when it can."""
    if not one.is_optional or one.rule.phase is not Phase.TARGET:
        return None
    try:
        compiler.compile(one.expression)
    except (ReferenceSetMissing, CalendarMissing) as missing:
        return missing.message
    return None


def _unasked(rules: Iterable[ProgramRule], reasons: Mapping[str, str | None]) -> pl.DataFrame:
    """One finding for each rule and reason, about no row."""
    found = {(one.rule.id, reasons[one.rule.key]) for one in rules if reasons[one.rule.key] is not None}
    rows = [(0, rule, Severity.WARNING.value, "", f"Not evaluated: {reason}", None) for rule, reason in sorted(found)]
    return pl.DataFrame(rows, schema=DETAIL_SCHEMA, orient="row")


def _set_rule(one: ProgramRule, compiler: Compiler) -> CompiledSetRule:
    if one.where is None:
        return CompiledSetRule(one.rule, one.expression, None, frozenset())
    return CompiledSetRule(one.rule, one.expression, compiler.compile(one.where).value, one.where.columns)


def _in_force(rules: Iterable[ProgramRule], reporting_date: date) -> Iterable[ProgramRule]:
    return (one for one in rules if one.rule.applies_on(reporting_date))


def compile_fields(
    fields: Mapping[str, Expression], bindings: Bindings, overrides: Collection[str] = ()
) -> tuple[CompiledField, ...]:
    """Some fields of a report by themselves, where nothing is judged."""
    compiler = Compiler(bindings)
    return tuple(_field(name, expression, compiler, overrides) for name, expression in fields.items())


def _field(name: str, expression: Expression, compiler: Compiler, overrides: Collection[str]) -> CompiledField:
    compiled = compiler.compile(expression)
    field = CompiledField(name, compiled.value, compiled.error, compiled.failed)
    return overridable(field) if name in overrides else field


def _check(one: ProgramRule, compiler: Compiler) -> CompiledCheck:
    compiled = compiler.compile(one.expression)
    return CompiledCheck(
        one.rule.id,
        one.rule.severity,
        one.rule.message,
        tuple(sorted(one.expression.columns)),
        compiled.value,
        compiled.error,
        compiled.failed,
    )


def _always_passes(one: ProgramRule, program: ReportProgram, pack: Pack | None, compiler: Compiler) -> bool:
    """Whether a rule reads nothing that the report maps, but for the report status, and passes for every status.

    Most rules of a pack speak of columns that one report does not use; they are decided here, once.
    """
    if pack is None or one.expression.lookups:
        return False
    status = pack.cancellation.status_column
    if one.expression.columns & program.fields.keys() - {status}:
        return False
    codes = pack.columns[status].format.code_list or ()
    frame = pl.DataFrame({status: [*codes, None]}, schema={status: pl.String}).with_columns(
        pl.lit(None, dtype=polars_type(pack.columns[name].type)).alias(name)
        for name in one.expression.columns - {status}
    )
    compiled = compiler.compile(one.expression)
    verdict = frame.select(ok=compiled.value.fill_null(value=True), error=_error(compiled))
    return bool(verdict["ok"].all()) and verdict["error"].null_count() == frame.height


def _error(compiled: Compiled) -> pl.Expr:
    return compiled.error if compiled.error is not None else pl.lit(None, dtype=pl.String)


def _absent(rules: Iterable[ProgramRule], program: ReportProgram, pack: Pack | None) -> Iterable[pl.Expr]:
    read = {column for one in rules for column in one.expression.columns} - program.fields.keys()
    for name in sorted(read):
        yield pl.lit(None, dtype=polars_type(pack.columns[name].type) if pack else pl.String).alias(name)


def _record_key(fields: Iterable[CompiledField], names: Collection[str]) -> pl.Expr:
    parts = [field.value.cast(pl.String, strict=False) for field in fields if field.name in names]
    if not parts:
        return pl.lit(None, dtype=pl.String)
    return pl.concat_str(parts, separator="/", ignore_nulls=True).str.slice(0, MAX_RECORD_KEY)
