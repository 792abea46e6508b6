"""Set rules: predicates that look at more than one row, such as duplicates, totals and references between records.

DuckDB computes the aggregates and nothing else: what an author wrote inside and around them is compiled to
Polars like any other expression, so DuckDB only ever reads SQL made here from numbered columns. It has no
access to files or the network, its settings are locked, and it spills to the given directory beyond its memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import duckdb
import polars as pl
import pyarrow as pa

from backend.domain.expressions.nodes import (
    Call,
    Case,
    Cast,
    ColumnReference,
    Expression,
    Lookup,
    Node,
    Window,
    walk,
)
from backend.domain.expressions.rendering import render, type_name
from backend.domain.expressions.types import BOOLEAN, Kind
from backend.pipeline.engine import EngineLimits, lock, open_engine
from backend.pipeline.expressions.bindings import Bindings
from backend.pipeline.expressions.compiler import Compiler
from backend.pipeline.expressions.errors import SetRuleFailed
from backend.pipeline.expressions.terms import Compiled

ROW_NUMBER: Final = "row_number"
_ROW: Final = "\u241f row"
_ERROR: Final = "\u241f error"
"""Columns of the answer besides those of the author, under names that no source gives its columns."""

_BATCH_ROWS: Final = 48_000
_REPORTED_ERRORS: Final = 100


@dataclass(frozen=True, slots=True)
class SetVerdict:
    """Rows for which the predicate is false, and rows that could not be evaluated with the reason.

    Both sorted by row number; all failing rows, but only the first hundred errors.
    """

    failing: pa.Int64Array
    errors: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SetEngine:
    """One DuckDB per rule, with bounded memory and threads; ``temp_directory`` belongs to the run."""

    memory_limit: str = "512MB"
    threads: int = 1
    temp_directory: Path | None = None

    def evaluate(self, rows: pa.RecordBatchReader, expression: Expression, bindings: Bindings) -> SetVerdict:
        """Judge all rows; they carry ``row_number`` and the columns of the expression.

        Raises ``SetRuleFailed`` when an aggregate itself overflows or memory and disk do not suffice.
        """
        if expression.type != BOOLEAN:
            raise SetRuleFailed("A set rule is a condition.", fix="Compare the aggregate with something.")
        plan = _Plan.of(expression, Compiler(bindings.unforgiving()))
        try:
            with self.open() as connection:
                prepared = pa.RecordBatchReader.from_batches(plan.schema(rows.schema), plan.prepare(rows))
                if not plan.has_windows:
                    return plan.judge(prepared)
                connection.register("rows", prepared)
                return plan.judge(connection.sql(plan.sql).to_arrow_reader(_BATCH_ROWS))
        except duckdb.Error as error:
            reason = str(error).partition("\n")[0][:200]
            raise SetRuleFailed(reason, fix="Check the aggregate, or give the run more memory or disk.") from error

    @contextmanager
    def open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A locked engine without rows."""
        with open_engine(EngineLimits(self.memory_limit, self.threads, self.temp_directory)) as connection:
            lock(connection)
            yield connection


@dataclass(frozen=True, slots=True)
class _Plan:
    """The three stages of a rule: prepared columns, the SQL over them, the predicate over its answer."""

    prepared: Mapping[str, Compiled]
    carried: tuple[str, ...]
    answers: Mapping[str, str]
    sql: str
    has_windows: bool
    verdict: Compiled

    @staticmethod
    def of(expression: Expression, compiler: Compiler) -> _Plan:
        windows = list(dict.fromkeys(node for node in walk(expression.root) if isinstance(node, Window)))
        inner = list(dict.fromkeys(child for window in windows for child in window.children))
        names: dict[Node, str] = {node: f"p{index}" for index, node in enumerate(inner)}
        answers: dict[Node, Node] = {
            window: ColumnReference(type=window.type, name=render(window)) for window in windows
        }
        outer = _replaced(expression.root, answers)
        aggregates = {render(window): f"w{index}" for index, window in enumerate(windows)}
        carried = tuple(
            sorted({node.name for node in walk(outer) if isinstance(node, ColumnReference)} - aggregates.keys())
        )
        selected = ["r", "e", *(f"c{index}" for index in range(len(carried)))]
        selected += [f"{_window_sql(window, names)} AS w{index}" for index, window in enumerate(windows)]
        return _Plan(
            prepared={names[node]: compiler.compile_node(node) for node in inner},
            carried=carried,
            answers={"r": _ROW, "e": _ERROR, **{short: name for name, short in aggregates.items()}},
            sql=f"SELECT {', '.join(selected)} FROM rows",  # noqa: S608 - every name in it is made here
            has_windows=bool(windows),
            verdict=compiler.compile_node(outer),
        )

    def schema(self, rows: pa.Schema) -> pa.Schema:
        empty = pa.RecordBatch.from_pylist([], schema=rows)
        return self._prepared(empty).schema

    def prepare(self, rows: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        for batch in rows:
            yield self._prepared(batch)

    def _prepared(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        frame = pl.DataFrame(pl.from_arrow(batch))
        errors = [compiled.error for compiled in self.prepared.values() if compiled.error is not None]
        columns = {name: compiled.value for name, compiled in self.prepared.items()}
        carried = {f"c{index}": pl.col(name) for index, name in enumerate(self.carried)}
        error = pl.coalesce(errors) if errors else pl.lit(None, dtype=pl.String)
        selected = frame.lazy().select(r=ROW_NUMBER, e=error, **carried, **columns).collect()
        table = selected.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()).combine_chunks()
        batches = table.to_batches()
        return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)

    def judge(self, answers: pa.RecordBatchReader) -> SetVerdict:
        failing: list[pl.Series] = []
        errors: list[tuple[int, str]] = []
        error = pl.col(_ERROR)
        if self.verdict.error is not None:
            error = pl.coalesce(error, self.verdict.error)
        names = {**self.answers, **{f"c{index}": name for index, name in enumerate(self.carried)}}
        for batch in answers:
            frame = pl.DataFrame(pl.from_arrow(batch)).lazy().rename(names)
            judged = frame.select(row=_ROW, passes=self.verdict.value, error=error).collect()
            failing.append(judged.filter(~pl.col("passes") & pl.col("error").is_null())["row"])
            broken = judged.filter(pl.col("error").is_not_null()).select("row", "error")
            errors = sorted([*errors, *broken.sort("row").head(_REPORTED_ERRORS).rows()])[:_REPORTED_ERRORS]
        numbers = pl.concat(failing).sort() if failing else pl.Series([], dtype=pl.Int64)
        return SetVerdict(numbers.cast(pl.Int64).to_arrow(), tuple(errors))


def _window_sql(window: Window, names: Mapping[Node, str]) -> str:
    operand = "*" if window.operand is None else names[window.operand]
    over: list[str] = []
    if window.partition:
        over.append(f"PARTITION BY {', '.join(names[key] for key in window.partition)}")
    if window.order:
        keys = (f"{names[key]} {'DESC' if descends else 'ASC'}" for key, descends in window.order)
        over.append(f"ORDER BY {', '.join(keys)}")
    sql = f"{window.aggregate}({operand}) OVER ({' '.join(over)})"
    # A sum of integers is a 128-bit integer in DuckDB, for which neither Arrow nor OpenReg has a type.
    return f"CAST({sql} AS {type_name(window.type)})" if window.type.kind is Kind.DECIMAL else sql


def _replaced(node: Node, replacements: Mapping[Node, Node]) -> Node:
    """The tree with some nodes exchanged."""
    if node in replacements:
        return replacements[node]
    match node:
        case Call():
            return replace(node, arguments=tuple(_replaced(child, replacements) for child in node.arguments))
        case Lookup():
            return replace(node, keys=tuple(_replaced(key, replacements) for key in node.keys))
        case Cast():
            return replace(node, operand=_replaced(node.operand, replacements))
        case Case():
            branches = tuple(
                (_replaced(condition, replacements), _replaced(result, replacements))
                for condition, result in node.branches
            )
            return replace(node, branches=branches, otherwise=_replaced(node.otherwise, replacements))
        case _:
            return node
