"""Arithmetic by type: integers are watched for overflow, decimals stay exact, doubles must stay finite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from backend.domain.expressions.casting import MAX_INTEGER, MIN_INTEGER
from backend.domain.expressions.nodes import Call, Literal, Node
from backend.domain.expressions.types import Kind
from backend.pipeline.expressions.kernels import decimals
from backend.pipeline.expressions.kernels.dates import date_difference, move, shift_days
from backend.pipeline.expressions.kernels.doubles import double_operation
from backend.pipeline.expressions.kernels.site import Kernel, Site, failing
from backend.pipeline.expressions.terms import RowError, Term

_SMALL: Final[Mapping[str, int]] = {
    "length": 2**32,
    "date_part": 2**40,
    "sign": 1,
    "date_diff": 2**60,
    "date_sub": 2**60,
}
"""Functions whose whole results are known to stay below a bound."""


def _bound(node: Node) -> int:
    """The largest absolute value the node can have, as far as its form tells."""
    if isinstance(node, Literal) and isinstance(node.value, int):
        return abs(node.value)
    if isinstance(node, Call) and node.function in _SMALL:
        return _SMALL[node.function]
    return -MIN_INTEGER


def _fits(site: Site) -> bool:
    left, right = _bound(site.argument(0)), _bound(site.argument(1))
    return (left * right if site.node.function == "*" else left + right) <= MAX_INTEGER


def _add(site: Site) -> Term | pl.Expr:
    kinds = {site.kind(0), site.kind(1)}
    if Kind.INTERVAL in kinds:
        return move(site, sign=1)
    if Kind.DATE in kinds:
        day, days = site.values if site.kind(0) is Kind.DATE else reversed(site.values)
        return shift_days(day, days)
    if kinds == {Kind.INTEGER}:
        return _integer_sum(site)
    return double_operation(site) if Kind.DOUBLE in kinds else decimals.total(site)


def _subtract(site: Site) -> Term | pl.Expr:
    kinds = {site.kind(0), site.kind(1)}
    if Kind.INTERVAL in kinds:
        return move(site, sign=-1)
    if kinds == {Kind.DATE}:
        return date_difference(site.values[1], site.values[0])
    if Kind.DATE in kinds:
        return shift_days(site.values[0], -site.values[1])
    if kinds == {Kind.INTEGER}:
        return _integer_sum(site)
    return double_operation(site) if Kind.DOUBLE in kinds else decimals.total(site)


def _integer_sum(site: Site) -> Term | pl.Expr:
    """Overflow turns the sign: for a sum when both operands differ in sign from it."""
    left, right = site.values
    is_sum = site.node.function == "+"
    wrapped = left + right if is_sum else left - right
    if _fits(site):
        return wrapped
    overflows = ((left ^ wrapped) & (right ^ wrapped if is_sum else left ^ right)) < 0
    return failing(pl.when(~overflows).then(wrapped), overflows, RowError.INTEGER_OVERFLOW)


def _multiply(site: Site) -> Term | pl.Expr:
    kinds = {site.kind(0), site.kind(1)}
    if kinds != {Kind.INTEGER}:
        return double_operation(site) if Kind.DOUBLE in kinds else decimals.product(site)
    left, right = site.values
    if _fits(site):
        return left * right
    product = (left.cast(pl.Int128) * right.cast(pl.Int128)).cast(pl.Int64, strict=False)
    lost = product.is_null() & left.is_not_null() & right.is_not_null()
    return failing(product, lost, RowError.INTEGER_OVERFLOW)


def _divide(site: Site) -> Term | pl.Expr:
    return double_operation(site) if Kind.DOUBLE in {site.kind(0), site.kind(1)} else decimals.quotient(site)


def _floored_apart(value: pl.Expr, divisor: pl.Expr) -> pl.Expr:
    """The remainder with the sign of the value; Polars gives it the sign of the divisor."""
    floored = value % divisor
    return pl.when((floored != 0) & ((value < 0) != (divisor < 0))).then(floored - divisor).otherwise(floored)


def _whole_quotient(site: Site) -> Term | pl.Expr:
    value, divisor = site.values
    constant = site.constant(1)
    if isinstance(constant, int) and constant != -1:
        return (value - _floored_apart(value, divisor)) // divisor
    by_zero = (divisor == 0) & value.is_not_null()
    overflows = (divisor == -1) & (value == MIN_INTEGER)
    safe = pl.when(~(overflows | (divisor == 0))).then(divisor)
    term = failing((value - _floored_apart(value, safe)) // safe, by_zero, RowError.DIVISION_BY_ZERO)
    return Term(term.value, (*term.failures, *failing(value, overflows, RowError.INTEGER_OVERFLOW).failures))


def _remainder(site: Site) -> Term | pl.Expr:
    kinds = {site.kind(0), site.kind(1)}
    if Kind.DOUBLE in kinds:
        return double_operation(site)
    if Kind.DECIMAL in kinds:
        return decimals.remainder(site)
    value, divisor = site.values
    if isinstance(site.constant(1), int):
        return _floored_apart(value, divisor)
    safe = pl.when(divisor != 0).then(divisor)
    # The smallest integer divided by -1 overflows on the way to its remainder, which is 0.
    remainder = pl.when(safe == -1).then(value - value).otherwise(_floored_apart(value, safe))
    return failing(remainder, (divisor == 0) & value.is_not_null(), RowError.DIVISION_BY_ZERO)


def _negate(site: Site) -> Term | pl.Expr:
    value = site.values[0]
    if site.kind(0) is not Kind.INTEGER:
        return -value
    overflows = value == MIN_INTEGER
    return failing(pl.when(~overflows).then(-value), overflows, RowError.INTEGER_OVERFLOW)


ARITHMETIC: Final[Mapping[str, Kernel]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "//": _whole_quotient,
    "%": _remainder,
    "negate": _negate,
}
