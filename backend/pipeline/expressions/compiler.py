"""Checked expressions compiled to Polars: one value and one error per row, and no row stops the others.

Select the compiled expressions of a batch in one lazy query, collected with the in-memory engine: that one
computes what they share only once, the streaming engine (Polars' own choice for a plain query) does not.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
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
    Lookup,
    Node,
    ParameterReference,
    Window,
    walk,
)
from backend.domain.expressions.rendering import render
from backend.domain.expressions.types import Kind
from backend.pipeline.expressions.bindings import Bindings
from backend.pipeline.expressions.branching import BRANCHING, choose
from backend.pipeline.expressions.columns import constant, constant_value, polars_type
from backend.pipeline.expressions.errors import ColumnNameUnusable, ParameterMissing, ReferenceSetMissing
from backend.pipeline.expressions.kernels.casts import cast_column
from backend.pipeline.expressions.kernels.lookups import absence, find_rows, take
from backend.pipeline.expressions.kernels.reference import REFERENCE_CALLS, EntryRequest
from backend.pipeline.expressions.kernels.registry import KERNELS
from backend.pipeline.expressions.kernels.site import Kernel, Site
from backend.pipeline.expressions.staging import Stage
from backend.pipeline.expressions.terms import Compiled, Failure, Term, any_failure, gather

_MAX_DETAIL: Final = 200
_ENTRY: Final = "entry"
_OF_PLACES: Final = frozenset({"is_null", "not"})
"""What may ask only whether there is an entry, which its place says."""

_MAX_LEAVES: Final = 256
"""Column names that an expression may hold, counted where they stand, before it is computed step by step."""


def compile_expression(expression: Expression, bindings: Bindings) -> Compiled:
    """One expression; several of a run are better compiled by one ``Compiler``."""
    return Compiler(bindings).compile(expression)


class Compiler:
    """Compiles the expressions of a run; equal parts become equal columns, which Polars computes once."""

    def __init__(self, bindings: Bindings, kernels: Mapping[str, Kernel] = KERNELS, stage: Stage | None = None) -> None:
        self._bindings = bindings
        self._kernels = kernels
        self._stage = stage
        self._terms: dict[Node, Term] = {}
        self._found: dict[tuple[Hashable, ...], pl.Expr] = {}

    def compile(self, expression: Expression) -> Compiled:
        """The value, in exactly the column type of the expression's type, and the error."""
        return self.compile_node(expression.root)

    def compile_node(self, node: Node) -> Compiled:
        """The same for a part of an expression."""
        try:
            term = self._term(node)
        except _TreeTooLarge:
            return self._staged(node)
        value = _exactly(term.value, node)
        if term.failures and _absorbs_null(node):
            value = pl.when(~any_failure(term.failures)).then(value)
        compiled = Compiled.of(value, term.failures)
        return compiled if _reads_columns(node) else _everywhere(compiled, polars_type(node.type))

    def _staged(self, node: Node) -> Compiled:
        stage = Stage()
        term = Compiler(self._bindings, self._kernels, stage)._term(node)  # noqa: SLF001 - its own kind
        columns = sorted({part.name for part in walk(node) if isinstance(part, ColumnReference)})
        return stage.finish(columns, _exactly(term.value, node), term.failures, polars_type(node.type))

    def _term(self, node: Node) -> Term:
        known = self._terms.get(node)
        if known is None:
            # A part without columns becomes a constant, for which no steps are needed.
            compiler = self if self._stage is None or _reads_columns(node) else Compiler(self._bindings, self._kernels)
            known = self._terms[node] = compiler._settled(node, _COMPILERS[type(node)](compiler, node))  # noqa: SLF001 - its own kind
        return known

    def _settled(self, node: Node, term: Term) -> Term:
        if not node.children or node.type.kind is Kind.INTERVAL:
            return term
        if not _reads_columns(node):
            return _computed_once(node, term)
        if self._stage is not None:
            failures = tuple(replace(f, condition=self._stage.share(f.condition)) for f in term.failures)
            return Term(self._stage.share(term.value), failures)
        parts = [term.value, *(failure.condition for failure in term.failures)]
        if sum(len(part.meta.root_names()) for part in parts) > _MAX_LEAVES:
            raise _TreeTooLarge
        return term

    def _share(self, part: pl.Expr) -> pl.Expr:
        return part if self._stage is None else self._stage.share(part)

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
        return self._judged(node) or self._called(node)

    def _called(self, node: Call) -> Term:
        asked = node.arguments[0] if node.function == "is_null" else None
        if isinstance(asked, Call) and asked.function in REFERENCE_CALLS and asked not in self._terms:
            return self._is_unknown(asked)
        operands = [self._operand(argument) for argument in node.arguments]
        branching = BRANCHING.get(node.function)
        if branching is not None:
            return branching(operands, self._share)
        if node.function in REFERENCE_CALLS:
            return self._reference(node, operands)
        site = Site(node, tuple(operand.value for operand in operands), self._bindings)
        computed = self._kernels[node.function](site)
        if isinstance(computed, pl.Expr):
            return Term(computed, gather(operands))
        return Term(computed.value, (*gather(operands), *_located(computed.failures, node)))

    def _lookup(self, node: Lookup) -> Term:
        rows = self._bindings.inputs.get(node.table)
        if rows is None:
            raise ReferenceSetMissing(f"The rows of the input {node.table} are not here.")
        keys = [self._term(key) for key in node.keys]
        # One search serves every column that is asked for by this key.
        typed = [(term, key.type) for term, key in zip(keys, node.keys, strict=True)]
        found = self._searched((node.table, *node.keys), lambda: find_rows(rows, typed))
        meaning = self._bindings.meaning_of(rows.missing)
        missing = absence(meaning, node.table, [term.value for term in keys], found)
        return Term(take(rows.frame[node.column], found), (*gather(keys), *_located(missing, node)))

    def _reference(self, node: Call, operands: Sequence[Term]) -> Term:
        """A column of a dataset, or what a mapping set says, on the day of the row or of the run."""
        values, found = self._entries(node, operands)
        return Term(take(values, found.value), found.failures)

    def _is_unknown(self, node: Call) -> Term:
        """Whether there is nothing to be had: where the column has no NULL, that is said by the place alone."""
        values, found = self._entries(node, [self._operand(argument) for argument in node.arguments])
        known = take(values, found.value) if values.null_count() else found.value
        return Term(known.is_null(), found.failures)

    def _judged(self, node: Call) -> Term | None:
        """What a part says of nothing but reference data is worked out once per entry instead of once per row.

        None where the part depends on more, can fail, or only asks whether there is an entry.
        """
        asked = _only_reference(node) if node.type.kind is Kind.BOOLEAN and node.function not in _OF_PLACES else None
        if asked is None or asked in self._terms:
            return None
        values, found = self._entries(asked, [self._operand(argument) for argument in asked.arguments])
        compiler = Compiler(self._bindings, self._kernels)
        compiler._terms[asked] = Term(pl.col(_ENTRY))
        try:
            verdict = compiler._called(node)
        except _TreeTooLarge:
            return None
        if verdict.failures:
            return None
        # The last one is for keys without an entry.
        entries = pl.DataFrame({_ENTRY: values.extend_constant(None, 1)})
        verdicts = entries.select(verdict.value.alias(_ENTRY)).to_series()
        return Term(take(verdicts, found.value.fill_null(len(values))), found.failures)

    def _entries(self, node: Call, operands: Sequence[Term]) -> tuple[pl.Series, Term]:
        """A column of reference data, and the place in it per row."""
        asked = EntryRequest.of(node, self._bindings)
        key = node.arguments[1]
        day = asked.day if asked.day_at is None else node.arguments[asked.day_at]
        # One search for a key serves every day that is asked about, one for a day every column.
        firsts = self._searched((asked.name, key), lambda: asked.find_keys(operands[1].value))
        found = self._searched(
            (asked.name, key, day), lambda: asked.find(firsts, [operand.value for operand in operands])
        )
        given = [operands[one].value for one in (1, asked.day_at) if one is not None]
        missing = absence(self._bindings.meaning_of(asked.table.missing), asked.name, given, found)
        return asked.values, Term(found, (*gather(operands), *_located(missing, node)))

    def _searched(self, sought: tuple[Hashable, ...], search: Callable[[], pl.Expr]) -> pl.Expr:
        found = self._found.get(sought)
        if found is None:
            found = self._found[sought] = self._share(search())
        return found

    def _operand(self, node: Node) -> Term:
        """A span has no column: a computed one is stood for by its count, a constant one by nothing."""
        if node.type.kind is not Kind.INTERVAL:
            return self._term(node)
        return self._term(node.children[0]) if isinstance(node, Call) else Term(pl.lit(None))

    def _case(self, node: Case) -> Term:
        branches = [(self._term(condition), self._term(result)) for condition, result in node.branches]
        otherwise = self._term(node.otherwise)
        return choose(branches, otherwise, self._share)


class _TreeTooLarge(Exception):
    """The expression is better computed step by step."""


def _exactly(value: pl.Expr, node: Node) -> pl.Expr:
    """Arithmetic of decimals leaves Polars with 38 digits; the result has those of its type."""
    if node.type.kind is not Kind.DECIMAL or isinstance(node, ColumnReference | Literal | Cast):
        return value
    return value.cast(polars_type(node.type), strict=False)


_ABSORBING: Final = frozenset(
    {
        *("and", "or", "coalesce", "is_null", "is_true", "is_false", "is_distinct", "in"),
        *("concat", "concat_ws", "greatest", "least"),
    }
)
"""Functions that make a value of NULL, and so could hide that an operand failed."""


def _absorbs_null(node: Node) -> bool:
    return any(
        isinstance(part, Case) or (isinstance(part, Call) and part.function in _ABSORBING) for part in walk(node)
    )


def _only_reference(node: Node) -> Call | None:
    """The one call of map() or lookup() through which a part depends on the row; None where there is more."""
    found: Call | None = None
    left = [node]
    while left:
        part = left.pop()
        if isinstance(part, ColumnReference | Window | Lookup):
            return None
        if not isinstance(part, Call) or part.function not in REFERENCE_CALLS:
            left.extend(part.children)
        elif found in {None, part}:
            found = part
        else:
            return None
    return found if found is not None and _reads_columns(found) else None


def _reads_columns(node: Node) -> bool:
    return any(isinstance(part, ColumnReference | Window) for part in walk(node))


def _computed_once(node: Node, term: Term) -> Term:
    """A part without columns has one value, or one failure, for all rows, which is found now."""
    value, *happens = pl.select(term.value.alias("value"), *_conditions(term)).row(0)
    for failure, is_true in zip(term.failures, happens, strict=True):
        if is_true:
            everywhere = replace(failure, condition=pl.lit(value=True))
            return Term(pl.lit(None, dtype=polars_type(node.type)), (everywhere,))
    return Term(pl.lit(value, dtype=polars_type(node.type)))


def _conditions(term: Term) -> list[pl.Expr]:
    return [failure.condition.alias(f"failure {index}") for index, failure in enumerate(term.failures)]


def _everywhere(compiled: Compiled, dtype: pl.DataType) -> Compiled:
    """The same value in every row: a bare constant would make one row of any frame."""

    def spread(part: pl.Expr | None, kind: pl.DataType) -> pl.Expr | None:
        return None if part is None else pl.repeat(pl.select(part).item(), pl.len(), dtype=kind)

    value = spread(compiled.value, dtype)
    error, failed = spread(compiled.error, pl.String()), spread(compiled.failed, pl.Boolean())
    absent = {name: spread(one, pl.Boolean()) for name, one in compiled.absent.items()}
    known = {name: one for name, one in absent.items() if one is not None}
    return Compiled(compiled.value if value is None else value, error, failed, known)


def _located(failures: tuple[Failure, ...], node: Node) -> tuple[Failure, ...]:
    if not failures:
        return ()
    detail = render(node)[:_MAX_DETAIL]
    return tuple(replace(failure, detail=detail) for failure in failures)


def _refuse_window(_compiler: Compiler, node: Window) -> Term:
    raise TypeError(f"{node.aggregate} OVER is run by the set engine")


_COMPILERS: Final[Mapping[type[Node], Callable[..., Term]]] = {
    Literal: lambda _compiler, node: Term(constant(node)),
    ColumnReference: Compiler._column,  # noqa: SLF001 - the table of this class's own methods
    ParameterReference: Compiler._parameter,  # noqa: SLF001
    Cast: Compiler._cast,  # noqa: SLF001
    Call: Compiler._call,  # noqa: SLF001
    Case: Compiler._case,  # noqa: SLF001
    Lookup: Compiler._lookup,  # noqa: SLF001
    Window: _refuse_window,
}
