"""What a person who writes a pack is told: contradictions first, then how much of it is unverified."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from backend.domain.expressions import ExpressionInvalid, parse_expression
from backend.domain.expressions.types import Kind
from backend.domain.regulations.model import EnvelopeElement, Pack
from backend.domain.reported import HISTORY_COLUMNS
from backend.domain.validation.rule import Phase, Scope, Severity, Source

_TOKEN: Final = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class LintIssue:
    """One contradiction: a stable code, the place, and what is wrong there."""

    code: str
    place: str
    message: str


@dataclass(frozen=True, slots=True)
class LintReport:
    """The issues of one pack and its counts; ``unverified_*`` count what still waits for a source."""

    pack_id: str
    version: str
    issues: tuple[LintIssue, ...]
    fields: int
    columns: int
    pii_columns: int
    rules: int
    rule_parts: int
    code_lists: int
    unverified_fields: int
    unverified_conditions: int
    unverified_rules: int
    unverified_code_lists: int

    @property
    def is_clean(self) -> bool:
        """Whether no issue was found; unverified entries are no issue."""
        return not self.issues


def lint_pack(pack: Pack) -> LintReport:
    """Every issue of a pack that loads; what cannot be loaded at all raises ``PackInvalid`` in the loader."""
    conditions = [entry for entry in pack.fields if entry.condition_source is Source.UNVERIFIED]
    unverified = {rule.id for rule in pack.rules if rule.source is Source.UNVERIFIED}
    return LintReport(
        pack_id=pack.id,
        version=pack.version,
        issues=tuple(issue for check in _CHECKS for issue in check(pack)),
        fields=len(pack.fields),
        columns=len(pack.columns),
        pii_columns=sum(column.pii for column in pack.columns.values()),
        rules=len({rule.id for rule in pack.rules}),
        rule_parts=len(pack.rules),
        code_lists=len(pack.code_lists),
        unverified_fields=sum(entry.source is Source.UNVERIFIED for entry in pack.fields),
        unverified_conditions=len(conditions),
        unverified_rules=len(unverified),
        unverified_code_lists=sum(entry.source is Source.UNVERIFIED for entry in pack.code_lists.values()),
    )


def _check_numbers(pack: Pack) -> Iterator[LintIssue]:
    numbers = Counter(entry.number for entry in pack.fields)
    for number, count in sorted(numbers.items()):
        if count > 1:
            yield LintIssue("field_repeated", f"field {number}", "The field stands more than once.")
        if number > pack.field_count:
            yield LintIssue("field_unknown", f"field {number}", f"The regulation has {pack.field_count} fields.")
    for number in range(1, pack.field_count + 1):
        if number not in numbers:
            yield LintIssue("field_missing", f"field {number}", "The field is missing.")


def _check_dates(pack: Pack) -> Iterator[LintIssue]:
    if pack.effective_to is not None and pack.effective_to <= pack.effective_from:
        yield LintIssue("dates_reversed", "pack", "The pack ends before it begins.")
    for rule in pack.rules:
        if rule.valid_from and rule.valid_to and rule.valid_to <= rule.valid_from:
            yield LintIssue("dates_reversed", rule.key, "The rule ends before it begins.")


def _check_formats(pack: Pack) -> Iterator[LintIssue]:
    for column in pack.columns.values():
        try:
            re.compile(column.format.pattern or "")
        except re.error as broken:
            yield LintIssue("pattern_invalid", column.name, f"The pattern does not compile: {broken}.")
        shortest, longest = column.format.min_length, column.format.max_length
        if shortest is not None and longest is not None and shortest > longest:
            yield LintIssue("length_reversed", column.name, "The shortest length is above the longest.")


def _check_tree(pack: Pack) -> Iterator[LintIssue]:
    for path, element in pack.message.record.walk():
        if element.choice and len(element.children) < 2:  # noqa: PLR2004  a choice is between two at least
            yield LintIssue("choice_alone", path, "A choice needs two branches.")
        if element.choice and any(child.required for child in element.children):
            yield LintIssue("choice_required", path, "A branch of a choice cannot be required.")
        if element.when is None:
            continue
        column = pack.columns.get(element.when.column)
        if column is None:
            yield LintIssue("column_unknown", path, f"The condition names {element.when.column}.")
        elif not set(element.when.values) <= set(column.format.code_list or ()):
            yield LintIssue("code_unknown", path, f"The condition has a value {column.name} cannot hold.")


def _check_references(pack: Pack) -> Iterator[LintIssue]:
    for name in (*pack.record_key, pack.cancellation.status_column):
        if name not in pack.columns:
            yield LintIssue("column_unknown", "pack", f"The pack names the column {name}.")
    lists = {column.format.code_list_name for column in pack.columns.values()}
    expressions = " ".join(rule.expression for rule in pack.rules)
    for name, code_list in pack.code_lists.items():
        if name not in lists and ", ".join(f"'{code}'" for code in code_list.codes) not in expressions:
            yield LintIssue("code_list_unused", name, "No format and no rule uses the code list.")


def _check_envelope(pack: Pack) -> Iterator[LintIssue]:
    elements = list(_envelope_elements(pack.message.envelope.root))
    holders = [element for element in elements if element.records]
    if len(holders) != 1:
        yield LintIssue("records_place", "envelope", f"{len(holders)} elements hold the records; it must be one.")
    elif holders[0].namespace != pack.message.namespace:
        yield LintIssue("records_place", holders[0].name, "The records stand in another namespace than the message.")
    used = {name for element in elements for name in _TOKEN.findall(element.text or "")}
    declared = {token.name for token in pack.message.envelope.tokens}
    for name in sorted(used ^ declared):
        yield LintIssue("token_unmatched", name, "The token is declared and not used, or used and not declared.")
    wanted = {schema.namespace for schema in pack.message.schemas}
    for namespace in sorted(wanted ^ set(pack.message.envelope.namespaces)):
        yield LintIssue("schema_unmatched", namespace, "The wrapper's namespaces and the schema files differ.")


def _envelope_elements(element: EnvelopeElement) -> Iterator[EnvelopeElement]:
    yield element
    for child in element.children:
        yield from _envelope_elements(child)


def _check_rules(pack: Pack) -> Iterator[LintIssue]:
    for key, count in Counter(rule.key for rule in pack.rules).items():
        if count > 1:
            yield LintIssue("rule_repeated", key, "The rule stands more than once; give its parts names.")
    for rule in pack.rules:
        if rule.source is Source.UNVERIFIED and rule.severity is not Severity.WARNING:
            yield LintIssue("severity_unfounded", rule.key, "A rule on an unverified text is a warning.")
        if rule.phase is not Phase.SET and (rule.where is not None or rule.scope is Scope.HISTORY):
            yield LintIssue(
                "phase_unfit", rule.key, "Only a rule of phase set chooses its records or sees earlier ones."
            )
        if not rule.columns:
            yield LintIssue("rule_without_column", rule.key, "The rule reads no column.")


def _check_expressions(pack: Pack) -> Iterator[LintIssue]:
    of_target = {name: column.type for name, column in pack.columns.items()}
    for rule in pack.rules:
        types = {**of_target, **(HISTORY_COLUMNS if rule.scope is Scope.HISTORY else {})}
        try:
            if rule.where is not None:
                parse_expression(rule.where, of_target)
            expression = parse_expression(rule.expression, types, allow_windows=rule.phase is Phase.SET)
        except ExpressionInvalid as refused:
            place = f"line {refused.line}, column {refused.column}"
            yield LintIssue("expression_invalid", rule.key, f"{refused.message} ({place}; {refused.reason})")
            continue
        if expression.type.kind is not Kind.BOOLEAN:
            yield LintIssue("expression_type", rule.key, f"The rule is {expression.type}, not true or false.")
        if expression.columns != frozenset(rule.columns):
            differing = ", ".join(sorted(expression.columns ^ frozenset(rule.columns)))
            yield LintIssue("columns_differ", rule.key, f"The parser and the loader disagree about {differing}.")


_CHECKS: Final[tuple[Callable[[Pack], Iterator[LintIssue]], ...]] = (
    _check_numbers,
    _check_dates,
    _check_formats,
    _check_tree,
    _check_references,
    _check_envelope,
    _check_rules,
    _check_expressions,
)
