"""Operators and conditions."""

from __future__ import annotations

from typing import Final

from backend.domain.expressions.functions import results
from backend.domain.expressions.functions.literal_checks import check_like
from backend.domain.expressions.functions.signature import (
    COMPARABLE,
    EXACT_NUMBERS,
    INSTANTS,
    NUMBERS,
    Function,
    Group,
    Parameter,
    Signature,
    number_as_double,
    of,
    same,
    text,
)
from backend.domain.expressions.types import BOOLEAN, DATE, DOUBLE, INTEGER, TEXT, Kind

_EXACT = Parameter("x", EXACT_NUMBERS, INTEGER)
_DOUBLES = Signature((number_as_double("a"), number_as_double("b")), DOUBLE)
_MOMENT = Parameter("moment", INSTANTS, DATE)
_TRUTH = of("condition", Kind.BOOLEAN)
ANYTHING: Final = Parameter("value", COMPARABLE, TEXT)
AS_TEXT: Final = Parameter("value", COMPARABLE, TEXT, convert_to=TEXT)
"""Any value, written as CAST(value AS VARCHAR) writes it."""

_OVERFLOW = "a result of more than 38 digits (64 bits for integers) fails the row"


def _comparison(name: str, summary: str, example: str) -> Function:
    signature = Signature((same("a", COMPARABLE), same("b", COMPARABLE)), BOOLEAN)
    return Function(name, Group.OPERATORS, f"a {name} b", summary, example, (signature,), callable=False)


ARITHMETIC: Final = (
    Function(
        "+",
        Group.OPERATORS,
        "a + b",
        "Sum; of a date and whole days a date.",
        "net_amount + fees",
        (
            Signature((_EXACT, _EXACT), results.total),
            _DOUBLES,
            Signature((of("day", Kind.DATE), of("days", Kind.INTEGER)), DATE),
            Signature((of("days", Kind.INTEGER), of("day", Kind.DATE)), DATE),
            Signature((_MOMENT, of("span", Kind.INTERVAL)), results.moved),
            Signature((of("span", Kind.INTERVAL), _MOMENT), results.moved),
        ),
        callable=False,
        departure=_OVERFLOW,
    ),
    Function(
        "-",
        Group.OPERATORS,
        "a - b",
        "Difference; of two dates in days.",
        "gross_amount - fees",
        (
            Signature((_EXACT, _EXACT), results.total),
            _DOUBLES,
            Signature((of("day", Kind.DATE), of("days", Kind.INTEGER)), DATE),
            Signature((of("later", Kind.DATE), of("earlier", Kind.DATE)), INTEGER),
            Signature((_MOMENT, of("span", Kind.INTERVAL)), results.moved),
        ),
        callable=False,
        departure=_OVERFLOW,
    ),
    Function(
        "*",
        Group.OPERATORS,
        "a * b",
        "Product.",
        "price * quantity",
        (Signature((_EXACT, _EXACT), results.product), _DOUBLES),
        callable=False,
        departure=_OVERFLOW,
    ),
    Function(
        "/",
        Group.OPERATORS,
        "a / b",
        "Quotient, exact to 13 decimals (more if a or b have more), rounded half away from zero.",
        "notional / contracts",
        (Signature((_EXACT, _EXACT), results.quotient), _DOUBLES),
        callable=False,
        departure="of integers and decimals a decimal, not a double; by zero fails the row",
    ),
    Function(
        "//",
        Group.OPERATORS,
        "a // b",
        "Whole quotient of integers, cut towards zero.",
        "lots // 100",
        (Signature((of("a", Kind.INTEGER), of("b", Kind.INTEGER)), INTEGER),),
        callable=False,
        departure="only of integers; by zero fails the row",
    ),
    Function(
        "%",
        Group.OPERATORS,
        "a % b",
        "Remainder, with the sign of a.",
        "sequence % 97",
        (Signature((_EXACT, _EXACT), results.remainder), _DOUBLES),
        callable=False,
        departure="by zero fails the row",
    ),
    Function(
        "negate",
        Group.OPERATORS,
        "-a",
        "The number with the other sign.",
        "-net_amount",
        (Signature((Parameter("a", NUMBERS, INTEGER),), results.first),),
        callable=False,
    ),
)
COMPARISONS: Final = (
    _comparison("=", "Equal.", "venue = 'XPAR'"),
    _comparison("<>", "Not equal; != is the same.", "venue <> 'XOFF'"),
    _comparison("<", "Less than.", "birth_date < trade_date"),
    _comparison("<=", "At most.", "quantity <= 1000000"),
    _comparison(">", "More than.", "price > 0"),
    _comparison(">=", "At least.", "price >= 0"),
    Function(
        "is_distinct",
        Group.OPERATORS,
        "a IS DISTINCT FROM b",
        "Not equal, where NULL equals NULL; also with NOT.",
        "buyer IS DISTINCT FROM seller",
        (Signature((same("a", COMPARABLE), same("b", COMPARABLE)), BOOLEAN),),
        callable=False,
    ),
    Function(
        "is_null",
        Group.OPERATORS,
        "a IS NULL",
        "There is no value; also IS NOT NULL.",
        "buyer_lei IS NULL",
        (Signature((ANYTHING,), BOOLEAN),),
        callable=False,
    ),
    Function(
        "is_true",
        Group.OPERATORS,
        "a IS TRUE",
        "True, and not NULL; also IS NOT TRUE.",
        "(price > 0) IS TRUE",
        (Signature((_TRUTH,), BOOLEAN),),
        callable=False,
    ),
    Function(
        "is_false",
        Group.OPERATORS,
        "a IS FALSE",
        "False, and not NULL; also IS NOT FALSE.",
        "is_short IS FALSE",
        (Signature((_TRUTH,), BOOLEAN),),
        callable=False,
    ),
    Function(
        "between",
        Group.OPERATORS,
        "a BETWEEN low AND high",
        "At least low and at most high; also NOT BETWEEN.",
        "price BETWEEN 0 AND 100",
        (Signature((same("a", COMPARABLE), same("low", COMPARABLE), same("high", COMPARABLE)), BOOLEAN),),
        callable=False,
    ),
    Function(
        "in",
        Group.OPERATORS,
        "a IN (b, …)",
        "Equal to one of the list; also NOT IN.",
        "trading_capacity IN ('DEAL', 'MTCH', 'AOTC')",
        (Signature((same("a", COMPARABLE), same("b", COMPARABLE), same("more", COMPARABLE, repeated=True)), BOOLEAN),),
        callable=False,
    ),
)
LOGIC: Final = (
    Function(
        "and",
        Group.OPERATORS,
        "a AND b",
        "Both are true; NULL when that is open.",
        "price > 0 AND quantity > 0",
        (Signature((_TRUTH, Parameter("condition", frozenset({Kind.BOOLEAN}), BOOLEAN, repeated=True)), BOOLEAN),),
        callable=False,
        departure="what stands right of a false side cannot fail the row",
    ),
    Function(
        "or",
        Group.OPERATORS,
        "a OR b",
        "At least one is true; NULL when that is open.",
        "venue = 'XOFF' OR venue = 'XXXX'",
        (Signature((_TRUTH, Parameter("condition", frozenset({Kind.BOOLEAN}), BOOLEAN, repeated=True)), BOOLEAN),),
        callable=False,
        departure="what stands right of a true side cannot fail the row",
    ),
    Function(
        "not",
        Group.OPERATORS,
        "NOT a",
        "The opposite; NULL stays NULL.",
        "NOT lei_valid(buyer)",
        (Signature((_TRUTH,), BOOLEAN),),
        callable=False,
    ),
)
TEXT_OPERATORS: Final = (
    Function(
        "||",
        Group.OPERATORS,
        "a || b",
        "The texts one after the other; NULL when one is NULL.",
        "country || national_id",
        (Signature((AS_TEXT, Parameter("value", COMPARABLE, TEXT, convert_to=TEXT, repeated=True)), TEXT),),
        callable=False,
    ),
    Function(
        "like",
        Group.OPERATORS,
        "a LIKE pattern [ESCAPE character]",
        "The whole text matches: % stands for any characters, _ for one; also NOT LIKE.",
        "trade_ref LIKE 'EQ-%'",
        (
            Signature(
                (text("a"), text("pattern", constant=True), text("escape", constant=True, optional=True)), BOOLEAN
            ),
        ),
        check=check_like,
        callable=False,
    ),
)
CONDITIONS: Final = (
    Function(
        "case",
        Group.CONDITIONS,
        "CASE WHEN condition THEN a … ELSE b END",
        "The result of the first condition that is true; also CASE a WHEN b THEN c.",
        "CASE WHEN side = 'B' THEN buyer ELSE seller END",
        callable=False,
    ),
    Function(
        "coalesce",
        Group.CONDITIONS,
        "coalesce(a, b, …)",
        "The first that is not NULL.",
        "coalesce(desk_code, 'NORE')",
        (Signature((same("a", COMPARABLE), same("more", COMPARABLE, repeated=True)), results.first),),
    ),
    Function(
        "nullif",
        Group.CONDITIONS,
        "nullif(a, b)",
        "NULL when both are equal, else a.",
        "nullif(buyer_lei, '')",
        (Signature((same("a", COMPARABLE), same("b", COMPARABLE)), results.first),),
    ),
    Function(
        "greatest",
        Group.CONDITIONS,
        "greatest(a, b, …)",
        "The largest, NULLs left out.",
        "greatest(bid, ask)",
        (
            Signature(
                (same("a", COMPARABLE - {Kind.BOOLEAN}), same("more", COMPARABLE - {Kind.BOOLEAN}, repeated=True)),
                results.first,
            ),
        ),
    ),
    Function(
        "least",
        Group.CONDITIONS,
        "least(a, b, …)",
        "The smallest, NULLs left out.",
        "least(expiry_date, maturity_date)",
        (
            Signature(
                (same("a", COMPARABLE - {Kind.BOOLEAN}), same("more", COMPARABLE - {Kind.BOOLEAN}, repeated=True)),
                results.first,
            ),
        ),
    ),
)
OPERATORS: Final = (*ARITHMETIC, *COMPARISONS, *LOGIC, *TEXT_OPERATORS, *CONDITIONS)
