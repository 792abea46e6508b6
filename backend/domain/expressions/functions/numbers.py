"""Functions of numbers."""

from __future__ import annotations

from typing import Final

from backend.domain.expressions.functions import results
from backend.domain.expressions.functions.signature import NUMBERS, Function, Group, Parameter, Signature, integer, of
from backend.domain.expressions.types import DOUBLE, INTEGER, Kind

_PLACES = integer("places", constant=True, optional=True)
_ANY_NUMBER = Parameter("a", NUMBERS, INTEGER)
_WHOLE = (
    Signature((of("a", Kind.INTEGER),), INTEGER),
    Signature((of("a", Kind.DECIMAL),), results.whole),
    Signature((of("a", Kind.DOUBLE),), DOUBLE),
)

NUMBER_FUNCTIONS: Final = (
    Function(
        "round",
        Group.NUMBERS,
        "round(a [, places])",
        "Rounded half away from zero; negative places round to tens, hundreds, …",
        "round(price * quantity, 2)",
        (
            Signature((of("a", Kind.INTEGER), _PLACES), INTEGER),
            Signature((of("a", Kind.DECIMAL), _PLACES), results.rounded),
            Signature((of("a", Kind.DOUBLE), _PLACES), DOUBLE),
        ),
    ),
    Function("floor", Group.NUMBERS, "floor(a)", "The next whole number below.", "floor(quantity)", _WHOLE),
    Function("ceil", Group.NUMBERS, "ceil(a)", "The next whole number above.", "ceil(quantity)", _WHOLE),
    Function(
        "abs",
        Group.NUMBERS,
        "abs(a)",
        "Without its sign.",
        "abs(net_amount)",
        (Signature((_ANY_NUMBER,), results.first),),
    ),
    Function(
        "sign", Group.NUMBERS, "sign(a)", "-1, 0 or 1.", "sign(position) = -1", (Signature((_ANY_NUMBER,), INTEGER),)
    ),
)
