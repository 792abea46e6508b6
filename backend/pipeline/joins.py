"""What a join gives, seen before any row is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import duckdb

from backend.core.spelling import suggest
from backend.domain.expressions import ExpressionCode, ExpressionInvalid
from backend.domain.expressions.errors import START, Position
from backend.domain.expressions.join import Join
from backend.domain.expressions.join_plan import JoinValues, numbered_select
from backend.domain.expressions.types import DataType
from backend.domain.expressions.vocabulary import position_at
from backend.pipeline.engine import EngineLimits
from backend.pipeline.input_tables import FILE_ROW, InputTables, JoinColumnUnusable

_NOTHING: Final = JoinValues(None, {})
_MEMORY: Final = "64MB"
_NAMED: Final = re.compile(r'"([^"]+)"')


def describe_join(
    join: Join, tables: Mapping[str, Mapping[str, DataType]], parameters: Mapping[str, DataType]
) -> dict[str, DataType]:
    """The columns of the join's result over tables of these columns. Raises ``ExpressionInvalid``."""
    try:
        with InputTables.of_columns(tables, EngineLimits(_MEMORY, 1)) as known:
            return known.describe(numbered_select(join, _NOTHING, parameters))
    except JoinColumnUnusable as error:
        raise ExpressionInvalid(ExpressionCode.TYPE_MISMATCH, error.message, START, suggestion=error.fix) from error
    except duckdb.Error as error:
        raise _refusal(join, tables, error) from error


def unusable_names(columns: Mapping[str, DataType]) -> list[str]:
    """Names that a table of a join cannot have: DuckDB does not tell upper from lower case."""
    lowered = [name.lower() for name in columns]
    return [name for name in columns if lowered.count(name.lower()) > 1 or name.lower() == FILE_ROW]


def _refusal(join: Join, tables: Mapping[str, Mapping[str, DataType]], error: duckdb.Error) -> ExpressionInvalid:
    """DuckDB's words, with the place of the name they are about in the author's text."""
    reason = str(error).partition("\n")[0].partition(": ")[2] or str(error)
    named = _NAMED.findall(reason)
    is_column = ("column" in reason and "not found" in reason) or "does not have a column" in reason
    name = named[-1].rpartition(".")[2] if named else ""
    known = [column for table in join.tables for column in tables[table]]
    return ExpressionInvalid(
        ExpressionCode.UNKNOWN_COLUMN if is_column else ExpressionCode.TYPE_MISMATCH,
        reason[:300],
        _place(join.text, name),
        suggestion=suggest(name, known) if is_column else None,
    )


def _place(text: str, name: str) -> Position:
    found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) if name else None
    return position_at(text, found.start()) if found else START
