"""How many digits the result of decimal arithmetic has: DuckDB's rules, without its stop at 18 digits.

DuckDB keeps the result of two decimals of at most 18 digits at 18 digits and fails where that overflows; a
product of two amounts is wider than that, so results here may use all 38 digits. Division, which DuckDB answers
with an inexact double, gives a decimal of at least ``QUOTIENT_SCALE`` decimals, rounded half away from zero.
"""

from __future__ import annotations

from typing import Final

from backend.domain.expressions.types import MAX_PRECISION, DataType, decimal

QUOTIENT_SCALE: Final = 13
"""Decimals of a quotient: as many as a price may have in the ISO 20022 messages (18 digits, 13 decimals)."""


def common_decimal(left: DataType, right: DataType) -> DataType:
    """The decimal that holds every value of both types, or as many digits as exist."""
    (left_precision, left_scale), (right_precision, right_scale) = left.digits, right.digits
    scale = max(left_scale, right_scale)
    whole = max(left_precision - left_scale, right_precision - right_scale)
    return decimal(max(1, min(MAX_PRECISION, whole + scale)), scale)


def sum_type(left: DataType, right: DataType) -> DataType:
    """Of ``+`` and ``-``: one digit more than the common type."""
    common = common_decimal(left, right)
    precision, scale = common.digits
    return decimal(min(MAX_PRECISION, precision + 1), scale)


def product_type(left: DataType, right: DataType) -> DataType | None:
    """Of ``*``: digits and scales add up; None when the decimals alone exceed 38 digits."""
    (left_precision, left_scale), (right_precision, right_scale) = left.digits, right.digits
    if left_scale + right_scale > MAX_PRECISION:
        return None
    return decimal(min(MAX_PRECISION, left_precision + right_precision), left_scale + right_scale)


def quotient_type(left: DataType, right: DataType) -> DataType:
    """Of ``/``: 38 digits, with the scale of the finer operand but at least ``QUOTIENT_SCALE``."""
    return decimal(MAX_PRECISION, max(QUOTIENT_SCALE, left.digits[1], right.digits[1]))


def rounded_type(operand: DataType, places: int) -> DataType:
    """Of ``round(x, places)``: never more decimals than x has; one more whole digit, as 9.9 becomes 10."""
    precision, scale = operand.digits
    kept = max(0, min(scale, places))
    return decimal(min(MAX_PRECISION, precision - scale + kept + (1 if kept < scale or places < 0 else 0)), kept)


def may_overflow(left: DataType, right: DataType, operator: str) -> bool:
    """Whether 38 digits can be too few for the result, so that every row has to be watched."""
    (left_precision, left_scale), (right_precision, right_scale) = left.digits, right.digits
    if operator == "*":
        return left_precision + right_precision > MAX_PRECISION
    whole = max(left_precision - left_scale, right_precision - right_scale)
    return whole + max(left_scale, right_scale) + 1 > MAX_PRECISION
