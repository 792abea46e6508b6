"""Numbers and spans as they are written."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Final

from backend.core.spelling import suggest
from backend.domain.expressions.calendar_units import (
    DAYS_IN,
    MAX_DAYS,
    MAX_MONTHS,
    MICROSECONDS_IN,
    MICROSECONDS_PER_DAY,
    MONTHS_IN,
    Unit,
    find_unit,
)
from backend.domain.expressions.casting import read_integer
from backend.domain.expressions.coercion import fits_integer
from backend.domain.expressions.errors import ExpressionCode, ExpressionInvalid, Position
from backend.domain.expressions.nodes import Call, Interval, Literal, Node
from backend.domain.expressions.types import DOUBLE, INTEGER, INTERVAL, MAX_PRECISION, TEXT, Kind, decimal

_WHOLE: Final = re.compile(r"\d+", re.ASCII)
_FRACTION: Final = re.compile(r"(\d*)\.(\d*)", re.ASCII)
_EXPONENT: Final = re.compile(r"(?:\d+\.?\d*|\.\d+)[eE][+-]?\d{1,3}", re.ASCII)


def read_number(text: str, position: Position) -> Literal:
    """A constant: ``5`` is an integer, ``5.0`` a decimal of the digits it shows, ``5e0`` a double."""
    if _WHOLE.fullmatch(text):
        if len(text) <= MAX_PRECISION and fits_integer(int(text)):
            return Literal(type=INTEGER, value=int(text), position=position)
        raise ExpressionInvalid(ExpressionCode.CAST_OVERFLOW, "The number needs more than 64 bits.", position)
    if _EXPONENT.fullmatch(text) and math.isfinite(float(text)):
        return Literal(type=DOUBLE, value=float(text), position=position)
    match = _FRACTION.fullmatch(text)
    if match is None or text == ".":
        raise ExpressionInvalid(ExpressionCode.SYNTAX_ERROR, f"{text[:40]} is not a number.", position)
    whole, fraction = match[1].lstrip("0"), match[2]
    if len(whole) + len(fraction) > MAX_PRECISION:
        raise ExpressionInvalid(
            ExpressionCode.CAST_OVERFLOW, f"A decimal has at most {MAX_PRECISION} digits.", position
        )
    kind = decimal(max(1, len(whole) + len(fraction)), len(fraction))
    return Literal(
        type=kind, value=Decimal(f"{whole or '0'}.{fraction}" if fraction else whole or "0"), position=position
    )


def read_interval(amount: Node, unit_name: str, position: Position) -> Node:
    """A span: a constant one as a value, a computed one as the call ``interval(n, unit)``."""
    unit = find_unit(unit_name)
    if unit is None:
        raise ExpressionInvalid(
            ExpressionCode.UNKNOWN_UNIT,
            f"There is no unit {unit_name}.",
            position,
            suggestion=suggest(unit_name, list(Unit)),
        )
    if isinstance(amount, Literal) and isinstance(amount.value, str | int):
        count = read_integer(amount.value) if isinstance(amount.value, str) else amount.value
        if count is None or not re.fullmatch(r"[+-]?\d+", str(amount.value).strip(), re.ASCII):
            raise ExpressionInvalid(ExpressionCode.INVALID_CAST, "A span counts whole units.", position)
        return Literal(type=INTERVAL, value=_span(count, unit, position), position=position)
    if amount.type.kind is not Kind.INTEGER:
        raise ExpressionInvalid(ExpressionCode.TYPE_MISMATCH, "A span counts whole units.", position)
    name = Literal(type=TEXT, value=unit.value, position=position)
    return Call(type=INTERVAL, function="interval", arguments=(amount, name), position=position)


def _span(count: int, unit: Unit, position: Position) -> Interval:
    months = count * MONTHS_IN.get(unit, 0)
    days = count * DAYS_IN.get(unit, 0)
    microseconds = count * MICROSECONDS_IN.get(unit, 0)
    if abs(months) > MAX_MONTHS or abs(days) > MAX_DAYS or abs(microseconds) > MAX_DAYS * MICROSECONDS_PER_DAY:
        raise ExpressionInvalid(ExpressionCode.CAST_OVERFLOW, "The span leaves the years 1 to 9999.", position)
    return Interval(months=months, days=days, microseconds=microseconds)
