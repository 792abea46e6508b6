"""Conversions that happen without being written, and conversions of constants, done once at save.

Unwritten conversions never lose anything: integer → decimal → double, date → wall-clock reading → instant
(taken as UTC), a quoted constant → whatever it is compared with, NULL → anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from backend.domain.expressions.casting import (
    MAX_INTEGER,
    MIN_INTEGER,
    read_boolean,
    read_date,
    read_decimal,
    read_double,
    read_integer,
    read_number,
    read_timestamp,
    round_decimal,
)
from backend.domain.expressions.decimals import common_decimal
from backend.domain.expressions.errors import ExpressionCode, ExpressionInvalid
from backend.domain.expressions.nodes import Cast, Literal, Node, Value
from backend.domain.expressions.types import DOUBLE, LOCAL_TIMESTAMP, TIMESTAMP, DataType, Kind, decimal

_WIDER: Final[dict[Kind, frozenset[Kind]]] = {
    Kind.INTEGER: frozenset({Kind.DECIMAL, Kind.DOUBLE}),
    Kind.DECIMAL: frozenset({Kind.DECIMAL, Kind.DOUBLE}),
    Kind.DATE: frozenset({Kind.LOCAL_TIMESTAMP, Kind.TIMESTAMP}),
    Kind.LOCAL_TIMESTAMP: frozenset({Kind.TIMESTAMP}),
}
_CASTS: Final[dict[Kind, frozenset[Kind]]] = {
    Kind.TEXT: frozenset({Kind.TEXT, Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE, Kind.BOOLEAN, Kind.DATE, Kind.TIMESTAMP}),
    Kind.INTEGER: frozenset({Kind.TEXT, Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE, Kind.BOOLEAN}),
    Kind.DECIMAL: frozenset({Kind.TEXT, Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE}),
    Kind.DOUBLE: frozenset({Kind.TEXT, Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE}),
    Kind.BOOLEAN: frozenset({Kind.TEXT, Kind.INTEGER, Kind.BOOLEAN}),
    Kind.DATE: frozenset({Kind.TEXT, Kind.DATE, Kind.TIMESTAMP, Kind.LOCAL_TIMESTAMP}),
    Kind.TIMESTAMP: frozenset({Kind.TEXT, Kind.DATE, Kind.TIMESTAMP}),
    Kind.LOCAL_TIMESTAMP: frozenset({Kind.TEXT, Kind.DATE, Kind.TIMESTAMP, Kind.LOCAL_TIMESTAMP}),
}

_TEXT_READERS: Final[Mapping[Kind, Callable[[str], Value]]] = {
    Kind.TEXT: str,
    Kind.INTEGER: read_integer,
    Kind.DOUBLE: read_double,
    Kind.BOOLEAN: read_boolean,
    Kind.DATE: read_date,
    Kind.TIMESTAMP: read_timestamp,
}


def can_cast(source: Kind, target: Kind) -> bool:
    """Whether CAST from one kind to the other exists."""
    return source is Kind.NULL or target in _CASTS.get(source, frozenset())


def exact_type(node: Node) -> DataType:
    """The type with its digits; a whole constant has only as many as it shows, so that ``x * 2`` stays narrow."""
    if isinstance(node, Literal) and node.type.kind is Kind.INTEGER and isinstance(node.value, int):
        return decimal(len(str(abs(node.value))), 0)
    return node.type


def convert(node: Node, to: DataType) -> Node | None:
    """The node as this type if that needs no written cast, else None.

    Raises ``ExpressionInvalid`` for a quoted constant that is not such a value.
    """
    if node.type == to:
        return node
    if isinstance(node, Literal):
        if node.value is None:
            return replace(node, type=to)
        if node.type.kind is Kind.TEXT or to.kind in _WIDER.get(node.type.kind, frozenset()):
            return _unrounded(node, fold_cast(node, to))
    if to.kind not in _WIDER.get(node.type.kind, frozenset()):
        return None
    return Cast(type=to, operand=node, position=node.position)


def _unrounded(quoted: Literal, folded: Literal) -> Literal:
    """A quoted number that nobody asked to round may not be rounded."""
    if (
        isinstance(quoted.value, str)
        and isinstance(folded.value, int | Decimal)
        and folded.type.kind is not Kind.BOOLEAN
    ):
        exact = read_number(quoted.value)
        if exact is not None and exact != folded.value:
            raise ExpressionInvalid(
                ExpressionCode.INVALID_CAST,
                f"{quoted.value!r} would be rounded to {folded.value}.",
                quoted.position,
                suggestion=f"CAST('{quoted.value}' AS {folded.type})",
            )
    return folded


def common_type(nodes: Sequence[Node]) -> DataType | None:
    """The type all nodes can be brought to without a written cast; None when there is none."""
    typed = [node for node in nodes if node.type.kind is not Kind.NULL]
    decisive = [node for node in typed if not (isinstance(node, Literal) and node.type.kind is Kind.TEXT)]
    if not decisive:
        return typed[0].type if typed else DataType(Kind.NULL)
    if any(node.type.kind is Kind.DECIMAL for node in decisive):
        return _join_all([exact_type(node) for node in decisive])
    return _join_all([node.type for node in decisive])


def _join_all(types: Sequence[DataType]) -> DataType | None:
    joined: DataType | None = types[0]
    for kind in types[1:]:
        joined = None if joined is None else _join(joined, kind)
    return joined


def _join(left: DataType, right: DataType) -> DataType | None:
    if left == right:
        return left
    kinds = {left.kind, right.kind}
    if kinds <= {Kind.INTEGER, Kind.DECIMAL}:
        return common_decimal(left, right)
    if kinds <= {Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE}:
        return DOUBLE
    if kinds <= {Kind.DATE, Kind.LOCAL_TIMESTAMP, Kind.TIMESTAMP}:
        return TIMESTAMP if Kind.TIMESTAMP in kinds else LOCAL_TIMESTAMP
    return None


def fold_cast(literal: Literal, to: DataType) -> Literal:
    """The constant as a value of this type; raises ``ExpressionInvalid`` when it is none or does not fit."""
    value = _converted(literal, to)
    if value is None:
        is_number = literal.type.kind is not Kind.TEXT
        code = ExpressionCode.CAST_OVERFLOW if is_number else ExpressionCode.INVALID_CAST
        raise ExpressionInvalid(code, f"{literal.value!r} is not a value of type {to}.", literal.position)
    return Literal(type=to, value=value, position=literal.position)


def can_fold(literal: Literal, to: DataType) -> bool:
    """Whether this cast of a constant is done at save (the others are left to the run)."""
    if literal.value is None:
        return False
    return literal.type.kind is Kind.TEXT or to.kind in {
        Kind.DECIMAL,
        Kind.DOUBLE,
        Kind.TIMESTAMP,
        Kind.LOCAL_TIMESTAMP,
    }


def _converted(literal: Literal, to: DataType) -> Value:
    value = literal.value
    if isinstance(value, str):
        return _text_as(value, to)
    if isinstance(value, int | Decimal | float) and not isinstance(value, bool):
        return _number_as(value, to)
    return _moment_as(value, to)


def _number_as(value: float | Decimal, to: DataType) -> Value:
    if to.kind is Kind.DOUBLE:
        return float(value)
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    return round_decimal(exact, *to.digits) if to.kind is Kind.DECIMAL else None


def _moment_as(value: Value, to: DataType) -> Value:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC if to.kind is Kind.TIMESTAMP else value.tzinfo)
    if isinstance(value, date):
        zone = UTC if to.kind is Kind.TIMESTAMP else None
        return datetime(value.year, value.month, value.day, tzinfo=zone)
    return None


def _text_as(text: str, to: DataType) -> Value:
    if to.kind is Kind.DECIMAL:
        return read_decimal(text, *to.digits)
    if to.kind is Kind.LOCAL_TIMESTAMP:
        moment = read_timestamp(text)
        return None if moment is None else moment.replace(tzinfo=None)
    return _TEXT_READERS[to.kind](text)


def fits_integer(value: int) -> bool:
    """Whether 64 bits hold the value."""
    return MIN_INTEGER <= value <= MAX_INTEGER
