"""Checked expressions compiled to Polars: one value and one error per row, and no row stops the others.

Select the compiled expressions of a batch in one lazy query: Polars then computes what they share only once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import polars as pl

from backend.domain.expressions.nodes import (
    Call,
    Case,
    Cast,
    ColumnReference,
    Expression,
    Literal,
    Node,
    ParameterReference,
    Window,
    walk,
)
from backend.domain.expressions.rendering import render
from backend.domain.expressions.types import Kind
from backend.pipeline.expressions.bindings import Bindings
from backend.pipeline.expressions.columns import constant, constant_value, polars_type
from backend.pipeline.expressions.errors import ColumnNameUnusable, ParameterMissing
from backend.pipeline.expressions.kernels.casts import cast_column
from backend.pipeline.expressions.kernels.registry import KERNELS
from backend.pipeline.expressions.kernels.site import Kernel, Site
from backend.pipeline.expressions.terms import Compiled, Failure, Term, choose, error_column, gather

_MAX_DETAIL: Final = 200
_PAIR: Final = 2


def compile_expression(expression: Expression, bindings: Bindings) -> Compiled:
    """One expression; several of a run are better compiled by one ``Compiler``."""
    return Compiler(bindings).compile(expression)


class Compiler:
    """Compiles the expressions of a run; equal parts become equal columns, which Polars computes once."""

    def __init__(self, bindings: Bindings, kernels: Mapping[str, Kernel] = KERNELS) -> None:
        self._bindings = bindings
        self._kernels = kernels
        self._terms: dict[Node, Term] = {}

    def compile(self, expression: Expression) -> Compiled:
        """The value, in exactly the column type of the expression's type, and the error."""
        return self.compile_node(expression.root)

    def compile_node(self, node: Node) -> Compiled:
        """The same for a part of an expression."""
        term = self._term(node)
        value = term.value
        if node.type.kind is Kind.DECIMAL and not isinstance(node, ColumnReference | Literal | Cast):
            value = value.cast(polars_type(node.type), strict=False)
        return Compiled.of(value, term.failures)

    def _term(self, node: Node) -> Term:
        known = self._terms.get(node)
        if known is None:
            term = _COMPILERS[type(node)](self, node)
            known = self._terms[node] = _computed_once(node, term)
        return known

    def _column(self, node: ColumnReference) -> Term:
        if node.name == "*" or (node.name.startswith("^") and node.name.endswith("$")):
            raise ColumnNameUnusable(f"The column name {node.name} cannot be used.")
        return Term(pl.col(node.name))

    def _parameter(self, node: ParameterReference) -> Term:
        if node.name not in self._bindings.parameters:
            raise ParameterMissing(f"The parameter ${node.name} has no value.")
        return Term(constant_value(self._bindings.parameters[node.name], node.type))

    def _cast(self, node: Cast) -> Term:
        operand = self._term(node.operand)
        converted = cast_column(operand.value, node.operand.type, node.type)
        if node.lenient:
            return Term(converted.value, operand.failures)
        return Term(converted.value, (*operand.failures, *_located(converted.failures, node)))

    def _call(self, node: Call) -> Term:
        operands = [self._operand(argument) for argument in node.arguments]
        special = _LAZY.get(node.function)
        if special is not None:
            return special(operands)
        site = Site(node, tuple(operand.value for operand in operands), self._bindings)
        computed = self._kernels[node.function](site)
        if isinstance(computed, pl.Expr):
            return Term(computed, gather(operands))
        return Term(computed.value, (*gather(operands), *_located(computed.failures, node)))

    def _operand(self, node: Node) -> Term:
        """A span has no column: a computed one is stood for by its count, a constant one by nothing."""
        if node.type.kind is not Kind.INTERVAL:
            return self._term(node)
        return self._term(node.children[0]) if isinstance(node, Call) else Term(pl.lit(None))

    def _case(self, node: Case) -> Term:
        branches = [(self._term(condition), self._term(result)) for condition, result in node.branches]
        otherwise = self._term(node.otherwise)
        failures: list[Failure] = []
        undecided = pl.lit(True)
        for condition, result in branches:
            failures += condition.guarded(undecided)
            if result.failures:
                failures += result.guarded(undecided & condition.value)
            undecided = undecided & ~condition.value.fill_null(value=False)
        failures += otherwise.guarded(undecided)
        chosen = choose([(condition.value, result.value) for condition, result in branches], otherwise.value)
        return Term(chosen, tuple(failures))


def _computed_once(node: Node, term: Term) -> Term:
    """A part without columns has one value for all rows, which is found now."""
    if not node.children or node.type.kind is Kind.INTERVAL:
        return term
    if any(isinstance(part, ColumnReference | Window) for part in walk(node)):
        return term
    error = error_column(term.failures)
    answer = pl.select(value=term.value, error=pl.lit(None) if error is None else error).row(0)
    if answer[1] is not None:
        return term
    return Term(pl.lit(answer[0], dtype=polars_type(node.type)))


def _located(failures: tuple[Failure, ...], node: Node) -> tuple[Failure, ...]:
    if not failures:
        return ()
    detail = render(node)[:_MAX_DETAIL]
    return tuple(replace(failure, detail=detail) for failure in failures)


def _and(operands: list[Term]) -> Term:
    return _decided(operands, _all_of, undecided=lambda value: value.fill_null(value=True))


def _or(operands: list[Term]) -> Term:
    return _decided(operands, _any_of, undecided=lambda value: ~value.fill_null(value=False))


def _all_of(values: list[pl.Expr]) -> pl.Expr:
    return values[0] & values[1] if len(values) == _PAIR else pl.all_horizontal(values)


def _any_of(values: list[pl.Expr]) -> pl.Expr:
    return values[0] | values[1] if len(values) == _PAIR else pl.any_horizontal(values)


def _decided(
    operands: list[Term],
    join: Callable[[list[pl.Expr]], pl.Expr],
    *,
    undecided: Callable[[pl.Expr], pl.Expr],
) -> Term:
    """AND and OR: an operand can fail the row only while those before it leave the answer open."""
    values = [operand.value for operand in operands]
    failures = list(operands[0].failures)
    for index, operand in enumerate(operands[1:], start=1):
        if operand.failures:
            failures += operand.guarded(undecided(join(values[:index])))
    return Term(join(values), tuple(failures))


def _coalesce(operands: list[Term]) -> Term:
    values = [operand.value for operand in operands]
    failures = list(operands[0].failures)
    for index, operand in enumerate(operands[1:], start=1):
        if operand.failures:
            failures += operand.guarded(pl.all_horizontal([value.is_null() for value in values[:index]]))
    return Term(pl.coalesce(values), tuple(failures))


def _refuse_window(_compiler: Compiler, node: Window) -> Term:
    raise TypeError(f"{node.aggregate} OVER is run by the set engine")


_LAZY: Final[Mapping[str, Callable[[list[Term]], Term]]] = {"and": _and, "or": _or, "coalesce": _coalesce}
"""Functions that do not evaluate all of their arguments."""

_COMPILERS: Final[Mapping[type[Node], Callable[..., Term]]] = {
    Literal: lambda _compiler, node: Term(constant(node)),
    ColumnReference: Compiler._column,  # noqa: SLF001 - the table of this class's own methods
    ParameterReference: Compiler._parameter,  # noqa: SLF001
    Cast: Compiler._cast,  # noqa: SLF001
    Call: Compiler._call,  # noqa: SLF001
    Case: Compiler._case,  # noqa: SLF001
    Window: _refuse_window,
}
