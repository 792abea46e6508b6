"""Calls of constants that are computed at save, and the mistakes in them that can be told then."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from backend.domain.expressions.coercion import fits_integer
from backend.domain.expressions.errors import ExpressionCode, ExpressionInvalid
from backend.domain.expressions.nodes import Call, Literal, Node

_WHOLE_ARITHMETIC: Final[dict[str, Callable[[int, int], int]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}
_DIVISIONS: Final = frozenset({"/", "//", "%"})


def fold_call(call: Call) -> Node:
    """The value of a negated number or of whole-number arithmetic on constants, else the call as it is.

    Raises ``ExpressionInvalid`` for a constant divisor of zero and a whole number beyond 64 bits.
    """
    constants = [node.value for node in call.arguments if isinstance(node, Literal)]
    if call.function in _DIVISIONS:
        _refuse_zero(call)
    if len(constants) != len(call.arguments):
        return call
    if call.function == "negate":
        return _negated(call, constants[0])
    whole = [value for value in constants if isinstance(value, int) and not isinstance(value, bool)]
    if call.function in _WHOLE_ARITHMETIC and len(whole) == len(constants):
        return _whole(call, _WHOLE_ARITHMETIC[call.function](whole[0], whole[1]))
    return call


def _refuse_zero(call: Call) -> None:
    divisor = call.arguments[1]
    if isinstance(divisor, Literal) and isinstance(divisor.value, int | float | Decimal) and divisor.value == 0:
        raise ExpressionInvalid(ExpressionCode.DIVISION_BY_ZERO, "This divides by zero.", divisor.position)


def _negated(call: Call, value: object) -> Node:
    if isinstance(value, int):
        return _whole(call, -value)
    if isinstance(value, Decimal | float):
        return Literal(type=call.type, value=-value, position=call.position)
    return call


def _whole(call: Call, value: int) -> Literal:
    if not fits_integer(value):
        raise ExpressionInvalid(ExpressionCode.CAST_OVERFLOW, f"{value} needs more than 64 bits.", call.position)
    return Literal(type=call.type, value=value, position=call.position)
