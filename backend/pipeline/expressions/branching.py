"""AND, OR, CASE and coalesce: what they do not evaluate cannot fail the row.

``share`` names a part that is used again; see ``staging``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import polars as pl

from backend.pipeline.expressions.terms import Failure, Term

Share = Callable[[pl.Expr], pl.Expr]

_PAIR: Final = 2


def all_of(operands: Sequence[Term], share: Share) -> Term:
    """AND: an operand can fail the row while those before it are not false."""
    values = [operand.value for operand in operands]
    failures = _while_open(operands, lambda value: value.fill_null(value=True), share)
    return Term(values[0] & values[1] if len(values) == _PAIR else pl.all_horizontal(values), failures)


def any_of(operands: Sequence[Term], share: Share) -> Term:
    """OR: an operand can fail the row while those before it are not true."""
    values = [operand.value for operand in operands]
    failures = _while_open(operands, lambda value: ~value.fill_null(value=False), share)
    return Term(values[0] | values[1] if len(values) == _PAIR else pl.any_horizontal(values), failures)


def first_known(operands: Sequence[Term], share: Share) -> Term:
    """``coalesce``: an operand can fail the row while those before it are NULL."""
    failures = _while_open(operands, lambda value: value.is_null(), share)
    return Term(pl.coalesce([operand.value for operand in operands]), failures)


def _while_open(
    operands: Sequence[Term], leaves_open: Callable[[pl.Expr], pl.Expr], share: Share
) -> tuple[Failure, ...]:
    failures = list(operands[0].failures)
    if not any(operand.failures for operand in operands[1:]):
        return tuple(failures)
    undecided = share(leaves_open(operands[0].value))
    for operand in operands[1:]:
        failures += operand.guarded(undecided)
        undecided = share(undecided & leaves_open(operand.value))
    return tuple(failures)


def choose(branches: Sequence[tuple[Term, Term]], otherwise: Term, share: Share) -> Term:
    """CASE: a condition can fail the row while none before it is true, a result only where it is taken."""
    value = otherwise.value
    for condition, result in reversed(branches):
        value = share(pl.when(condition.value).then(result.value).otherwise(value))
    if not otherwise.failures and not any(condition.failures or result.failures for condition, result in branches):
        return Term(value)
    failures: list[Failure] = []
    undecided: pl.Expr = pl.lit(value=True)
    for condition, result in branches:
        failures += condition.guarded(undecided)
        failures += result.guarded(undecided & condition.value)
        undecided = share(undecided & ~condition.value.fill_null(value=False))
    return Term(value, (*failures, *otherwise.guarded(undecided)))


BRANCHING: Final[Mapping[str, Callable[[Sequence[Term], Share], Term]]] = {
    "and": all_of,
    "or": any_of,
    "coalesce": first_known,
}
"""Functions that do not evaluate all of their arguments."""
