"""Result types that depend on the arguments."""

from __future__ import annotations

from collections.abc import Sequence

from backend.domain.expressions.coercion import exact_type
from backend.domain.expressions.datetime_formats import read_input_format
from backend.domain.expressions.decimals import (
    common_decimal,
    product_type,
    quotient_type,
    rounded_type,
    sum_type,
)
from backend.domain.expressions.errors import ExpressionCode, ExpressionInvalid
from backend.domain.expressions.functions.literal_checks import constant_integer, constant_text
from backend.domain.expressions.nodes import Node
from backend.domain.expressions.types import INTEGER, LOCAL_TIMESTAMP, MAX_PRECISION, TIMESTAMP, DataType, Kind, decimal


def first(arguments: Sequence[Node]) -> DataType:
    """The type of the first argument, which ``same`` arguments share."""
    return arguments[0].type


def total(arguments: Sequence[Node]) -> DataType:
    """``a + b`` and ``a - b``: whole numbers stay whole, a decimal on either side makes a decimal."""
    if all(argument.type.kind is Kind.INTEGER for argument in arguments):
        return INTEGER
    return sum_type(exact_type(arguments[0]), exact_type(arguments[1]))


def product(arguments: Sequence[Node]) -> DataType:
    """``a * b``."""
    if all(argument.type.kind is Kind.INTEGER for argument in arguments):
        return INTEGER
    result = product_type(exact_type(arguments[0]), exact_type(arguments[1]))
    if result is None:
        raise ExpressionInvalid(
            ExpressionCode.TYPE_MISMATCH,
            f"The product needs more than {MAX_PRECISION} decimals.",
            arguments[0].position,
            suggestion="round one side first: round(x, 6)",
        )
    return result


def quotient(arguments: Sequence[Node]) -> DataType:
    """``a / b``: exact, see ``decimals.quotient_type``."""
    return quotient_type(exact_type(arguments[0]), exact_type(arguments[1]))


def remainder(arguments: Sequence[Node]) -> DataType:
    """``a % b``."""
    if all(argument.type.kind is Kind.INTEGER for argument in arguments):
        return INTEGER
    return common_decimal(exact_type(arguments[0]), exact_type(arguments[1]))


def rounded(arguments: Sequence[Node]) -> DataType:
    """``round(x, places)`` of a decimal."""
    return rounded_type(arguments[0].type, constant_integer(arguments[1]) if len(arguments) > 1 else 0)


def whole(arguments: Sequence[Node]) -> DataType:
    """``floor`` and ``ceil`` of a decimal."""
    return rounded_type(arguments[0].type, 0)


def moved(arguments: Sequence[Node]) -> DataType:
    """A date moved by an interval is a wall-clock reading, as in DuckDB; an instant stays one."""
    moment = next(argument.type for argument in arguments if argument.type.kind is not Kind.INTERVAL)
    return LOCAL_TIMESTAMP if moment.kind is Kind.DATE else moment


def truncated(arguments: Sequence[Node]) -> DataType:
    """``date_trunc(unit, moment)``."""
    return LOCAL_TIMESTAMP if arguments[1].type.kind is Kind.DATE else arguments[1].type


def parsed(arguments: Sequence[Node]) -> DataType:
    """``strptime(text, format)``: an instant when the format reads an offset."""
    return TIMESTAMP if read_input_format(constant_text(arguments[1])).has_offset else LOCAL_TIMESTAMP


def zoned(arguments: Sequence[Node]) -> DataType:
    """``timezone(zone, moment)``: an instant becomes a wall-clock reading there, and the reverse."""
    return LOCAL_TIMESTAMP if arguments[1].type.kind is Kind.TIMESTAMP else TIMESTAMP


def summed(arguments: Sequence[Node]) -> DataType:
    """``sum``: exact numbers to 38 digits."""
    kind = arguments[0].type
    return kind if kind.kind is Kind.DOUBLE else decimal(MAX_PRECISION, kind.digits[1])
