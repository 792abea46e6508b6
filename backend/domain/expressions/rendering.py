"""The canonical text: SQL that DuckDB reads, with every unwritten conversion and precedence made visible.

Reading it again gives the same tree. It means the same in DuckDB but for the departures that the function
table names (division, failing casts, the functions DuckDB does not have).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from backend.domain.expressions.functions.table import FUNCTIONS
from backend.domain.expressions.nodes import (
    Call,
    Case,
    Cast,
    ColumnReference,
    Interval,
    Literal,
    Lookup,
    Node,
    ParameterReference,
    Window,
)
from backend.domain.expressions.types import DataType, Kind

_TYPE_NAMES: Final = {
    Kind.TEXT: "VARCHAR",
    Kind.INTEGER: "BIGINT",
    Kind.DOUBLE: "DOUBLE",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: "TIMESTAMPTZ",
    Kind.LOCAL_TIMESTAMP: "TIMESTAMP_US",
}
_FORMS: Final[Mapping[str, Callable[[Sequence[str]], str]]] = {
    "is_null": lambda operands: f"{operands[0]} IS NULL",
    "is_true": lambda operands: f"{operands[0]} IS TRUE",
    "is_false": lambda operands: f"{operands[0]} IS FALSE",
    "not": lambda operands: f"NOT {operands[0]}",
    "negate": lambda operands: f"- {operands[0]}",
    "between": lambda operands: f"{operands[0]} BETWEEN {operands[1]} AND {operands[2]}",
    "in": lambda operands: f"{operands[0]} IN ({', '.join(operands[1:])})",
    "like": lambda operands: " ESCAPE ".join([f"{operands[0]} LIKE {operands[1]}", *operands[2:]]),
}
_WORDED: Final = {"and": "AND", "or": "OR", "is_distinct": "IS DISTINCT FROM"}


def render(node: Node) -> str:
    """The canonical text of a node."""
    return _RENDERERS[type(node)](node)


def quoted(name: str) -> str:
    """A column name in quotes."""
    return '"' + name.replace('"', '""') + '"'


def type_name(kind: DataType) -> str:
    """The type as DuckDB writes it."""
    if kind.kind is Kind.DECIMAL:
        return f"DECIMAL({kind.precision}, {kind.scale})"
    return _TYPE_NAMES[kind.kind]


def _cast(operand: str, to: DataType, *, lenient: bool = False) -> str:
    return f"{'TRY_CAST' if lenient else 'CAST'}({operand} AS {type_name(to)})"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _literal(node: Literal) -> str:
    value = node.value
    if value is None:
        return "NULL" if node.type.kind is Kind.NULL else _cast("NULL", node.type)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Interval):
        return _interval(value)
    if isinstance(value, int | float | Decimal):
        return _number(node)
    return _moment(value, node.type)


def _number(node: Literal) -> str:
    value = node.value
    if isinstance(value, float):
        shown = repr(value)
        shown = shown if "e" in shown else f"{shown}e0"
    else:
        shown = f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, Decimal):
        whole, _, fraction = shown.lstrip("-").partition(".")
        natural = (max(1, len(whole.lstrip("0")) + len(fraction)), len(fraction))
        if natural != node.type.digits or not fraction:
            return _cast(shown, node.type)
    return f"({shown})" if shown.startswith("-") else shown


def _moment(value: date, kind: DataType) -> str:
    if not isinstance(value, datetime):
        return f"DATE '{value.isoformat()}'"
    text = value.replace(tzinfo=None).isoformat(sep=" ")
    if kind.kind is Kind.TIMESTAMP:
        return f"TIMESTAMPTZ '{text}+00:00'"
    return f"CAST('{text}' AS TIMESTAMP_US)"


def _interval(span: Interval) -> str:
    if span.months:
        return f"INTERVAL '{span.months}' MONTH"
    if span.days:
        return f"INTERVAL '{span.days}' DAY"
    return f"INTERVAL '{span.microseconds}' MICROSECOND"


def _wrapped(node: Node) -> str:
    text = render(node)
    is_operator = isinstance(node, Call) and (node.function == "interval" or not FUNCTIONS[node.function].callable)
    return f"({text})" if is_operator or isinstance(node, Case | Window) else text


def _case(node: Case) -> str:
    branches = " ".join(f"WHEN {render(when)} THEN {render(then)}" for when, then in node.branches)
    if isinstance(node.otherwise, Literal) and node.otherwise.value is None:
        return f"CASE {branches} END"
    return f"CASE {branches} ELSE {render(node.otherwise)} END"


def _call(node: Call) -> str:
    name, arguments = node.function, node.arguments
    if name == "interval":
        unit = arguments[1]
        return f"INTERVAL ({render(arguments[0])}) {unit.value if isinstance(unit, Literal) else ''}"
    if FUNCTIONS[name].callable:
        return f"{name}({', '.join(render(argument) for argument in arguments)})"
    operands = [_wrapped(argument) for argument in arguments]
    if name in {"+", "-"} and node.type.kind is Kind.DATE:
        # DuckDB moves dates by 32-bit integers only; read again, the cast of an integer to an integer is none.
        operands = [_days(argument, text) for argument, text in zip(arguments, operands, strict=True)]
    if name in _FORMS:
        return _FORMS[name](operands)
    return f" {_WORDED.get(name, name)} ".join(operands)


def _days(node: Node, text: str) -> str:
    return f"CAST({text} AS INTEGER)" if node.type.kind is Kind.INTEGER and not isinstance(node, Literal) else text


def _lookup(node: Lookup) -> str:
    return f"lookup({', '.join([_text(node.table), *(render(key) for key in node.keys), _text(node.column)])})"


def _window(node: Window) -> str:
    operand = "*" if node.operand is None else render(node.operand)
    parts: list[str] = []
    if node.partition:
        parts.append(f"PARTITION BY {', '.join(render(key) for key in node.partition)}")
    if node.order:
        keys = (f"{render(key)} {'DESC' if descends else 'ASC'}" for key, descends in node.order)
        parts.append(f"ORDER BY {', '.join(keys)}")
    return f"{node.aggregate}({operand}) OVER ({' '.join(parts)})"


_RENDERERS: Final[Mapping[type[Node], Callable[..., str]]] = {
    Literal: _literal,
    ColumnReference: lambda node: quoted(node.name),
    ParameterReference: lambda node: f"${node.name}",
    Cast: lambda node: _cast(render(node.operand), node.type, lenient=node.lenient),
    Case: _case,
    Lookup: _lookup,
    Window: _window,
    Call: _call,
}
