"""CAST: the types an author can name, and the conversions there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlglot import exp

from backend.domain.expressions.coercion import can_cast, can_fold, fold_cast
from backend.domain.expressions.errors import ExpressionCode, ExpressionInvalid, Position
from backend.domain.expressions.nodes import Cast, Literal, Node
from backend.domain.expressions.types import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    LOCAL_TIMESTAMP,
    MAX_PRECISION,
    TEXT,
    TIMESTAMP,
    DataType,
    Kind,
    decimal,
)

_NAMED: Final[Mapping[object, DataType]] = {
    exp.DataType.Type.TEXT: TEXT,
    exp.DataType.Type.VARCHAR: TEXT,
    exp.DataType.Type.BIGINT: INTEGER,
    exp.DataType.Type.INT: INTEGER,
    exp.DataType.Type.DOUBLE: DOUBLE,
    exp.DataType.Type.BOOLEAN: BOOLEAN,
    exp.DataType.Type.DATE: DATE,
    exp.DataType.Type.TIMESTAMPTZ: TIMESTAMP,
    exp.DataType.Type.TIMESTAMPNTZ: TIMESTAMP,  # sqlglot's name for what the author wrote as TIMESTAMP
    exp.DataType.Type.TIMESTAMP: LOCAL_TIMESTAMP,  # and for TIMESTAMP_US
}


def read_type(tree: exp.Expression, position: Position) -> DataType:
    """The type named in a CAST; TIMESTAMP is an instant, TIMESTAMP_US the wall-clock reading."""
    named = tree.this
    if named == exp.DataType.Type.DECIMAL:
        return _read_decimal(tree, position)
    if named in _NAMED and not tree.expressions:
        return _NAMED[named]
    raise ExpressionInvalid(ExpressionCode.UNKNOWN_TYPE, "There is no such type, or it has no length.", position)


def _read_decimal(tree: exp.Expression, position: Position) -> DataType:
    digits = [str(part.this.this) for part in tree.expressions if isinstance(part.this, exp.Literal)]
    has_one_or_two = len(digits) == len(tree.expressions) and len(digits) in {1, 2}
    if not has_one_or_two or not all(map(_is_count, digits)):
        raise ExpressionInvalid(
            ExpressionCode.UNKNOWN_TYPE, "A decimal states its digits.", position, suggestion="DECIMAL(18, 2)"
        )
    precision, scale = int(digits[0]), int(digits[1]) if len(digits) > 1 else 0
    if not (1 <= precision <= MAX_PRECISION and scale <= precision):
        raise ExpressionInvalid(
            ExpressionCode.UNKNOWN_TYPE,
            f"A decimal has 1 to {MAX_PRECISION} digits, and not more of them after the point.",
            position,
        )
    return decimal(precision, scale)


def _is_count(digits: str) -> bool:
    return digits.isascii() and digits.isdecimal() and len(digits) <= 2  # noqa: PLR2004 - no decimal has 100 digits


def cast_node(operand: Node, to: DataType, *, lenient: bool, position: Position) -> Node:
    """The conversion, done already where the operand is a constant."""
    source = operand.type.kind
    if source is Kind.NULL:
        return Literal(type=to, value=None, position=position)
    is_constant_clock = to.kind is Kind.LOCAL_TIMESTAMP and isinstance(operand, Literal) and source is Kind.TEXT
    if not can_cast(source, to.kind) and not is_constant_clock:
        raise ExpressionInvalid(ExpressionCode.TYPE_MISMATCH, f"A {source} cannot become a {to}.", position)
    if operand.type == to:
        return operand
    if isinstance(operand, Literal) and can_fold(operand, to):
        return _folded(operand, to, lenient=lenient)
    return Cast(type=to, operand=operand, lenient=lenient, position=position)


def _folded(operand: Literal, to: DataType, *, lenient: bool) -> Literal:
    try:
        return fold_cast(operand, to)
    except ExpressionInvalid:
        if lenient:
            return Literal(type=to, value=None, position=operand.position)
        raise
