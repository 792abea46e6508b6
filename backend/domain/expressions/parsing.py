"""From an author's text to a checked expression."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from backend.domain.expressions.coercion import convert
from backend.domain.expressions.dialect import parse_tokens
from backend.domain.expressions.errors import ExpressionCode, ExpressionInvalid
from backend.domain.expressions.growth import refuse_growth
from backend.domain.expressions.lookups import LookupTable, ReferenceShape, named_column
from backend.domain.expressions.nodes import (
    Call,
    ColumnReference,
    Expression,
    Literal,
    Lookup,
    Node,
    ParameterReference,
    ReferenceUse,
    Window,
    walk,
)
from backend.domain.expressions.reader import Reader
from backend.domain.expressions.rendering import render
from backend.domain.expressions.types import DataType, Kind
from backend.domain.expressions.vocabulary import Scope, read_tokens

_NOTHING: Final[Mapping[str, DataType]] = MappingProxyType({})
#: Of a dataset that is only asked whether it has a key.
NO_COLUMN: Final = ""
_DATASETS_BEHIND: Final[Mapping[str, str]] = MappingProxyType(
    {"mic_active": "mic", "ccy_valid": "currency", "country_valid": "country"}
)


def parse_expression(
    sql: str,
    columns: Mapping[str, DataType],
    *,
    parameters: Mapping[str, DataType] = _NOTHING,
    allow_windows: bool = False,
    tables: Mapping[str, LookupTable] | None = None,
    reference: Mapping[str, ReferenceShape] | None = None,
) -> Expression:
    """The checked expression over these columns; raises ``ExpressionInvalid`` with place and suggestion."""
    scope = Scope(columns, parameters, allow_windows, tables, reference)
    tokens = read_tokens(sql, scope)
    root = Reader(sql, scope).read(parse_tokens(tokens, sql))
    if root.type.kind is Kind.INTERVAL:
        raise ExpressionInvalid(
            ExpressionCode.TYPE_MISMATCH,
            "A span is no result; add it to a date.",
            root.position,
            suggestion="date + INTERVAL 1 DAY",
        )
    refuse_growth(root)
    return describe(root, sql)


def assign_expression(expression: Expression, to: DataType) -> Expression:
    """The expression as a value of this type, where that loses nothing; raises ``ExpressionInvalid`` otherwise."""
    root = convert(expression.root, to)
    if root is None or (to.kind is Kind.DECIMAL and _loses_decimals(expression.type, to)):
        raise ExpressionInvalid(
            ExpressionCode.TYPE_MISMATCH,
            f"This gives a {expression.type}, not a {to}.",
            expression.root.position,
            suggestion=f"CAST({expression.source.strip()[:80]} AS {to})",
        )
    return describe(root, expression.source)


def _loses_decimals(source: DataType, to: DataType) -> bool:
    return source.kind is Kind.DECIMAL and source.digits[1] > to.digits[1]


def describe(root: Node, source: str) -> Expression:
    """The expression of a tree, with what it depends on."""
    nodes = list(walk(root))
    calls = [node for node in nodes if isinstance(node, Call)]
    windows = [node for node in nodes if isinstance(node, Window)]
    lookups = [node for node in nodes if isinstance(node, Lookup)]
    return Expression(
        root=root,
        source=source,
        sql=render(root),
        columns=frozenset(node.name for node in nodes if isinstance(node, ColumnReference)),
        parameters=frozenset(node.name for node in nodes if isinstance(node, ParameterReference)),
        functions=frozenset(call.function for call in calls)
        | {window.aggregate for window in windows}
        | ({"lookup"} if lookups else set()),
        reference_uses=frozenset(use for call in calls if (use := _reference_use(call)) is not None),
        lookups=frozenset((node.table, node.column) for node in lookups),
        calendars=frozenset(_constant(call.arguments[2]) for call in calls if call.function == "business_day"),
        has_windows=bool(windows),
    )


def entry_named(call: Call) -> tuple[str, str | None, int | None]:
    """Of a ``map()`` or ``lookup()`` the name, the column if one is named, and which argument is its day, if one is."""
    column = named_column(call)
    day_at = 2 if column is None else 3
    name = None if column is None else _constant(column)
    return _constant(call.arguments[0]), name, day_at if len(call.arguments) > day_at else None


def _reference_use(call: Call) -> ReferenceUse | None:
    if call.function in {"map", "lookup"}:
        name, column, day_at = entry_named(call)
        return ReferenceUse(name, column, is_dated=day_at is not None)
    behind = _DATASETS_BEHIND.get(call.function)
    return None if behind is None else ReferenceUse(behind, NO_COLUMN, is_dated=call.function == "mic_active")


def _constant(node: Node) -> str:
    return node.value if isinstance(node, Literal) and isinstance(node.value, str) else ""
