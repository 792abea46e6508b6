"""The rows of a report's inputs as tables of one DuckDB: keys are looked at, and the join is run.

DuckDB reads the Parquet files of the run and nothing else: access to the outside is off but for these paths, the
settings are locked, and what does not fit into its memory is spilled into the run's scratch folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Final

import duckdb
import pyarrow as pa

from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.expressions.join_plan import ROW, NumberedSelect, numbered
from backend.domain.expressions.rendering import quoted, type_name
from backend.domain.expressions.types import BOOLEAN, DATE, DOUBLE, INTEGER, TEXT, TIMESTAMP, DataType, decimal
from backend.pipeline.engine import EngineLimits, lock, open_engine
from backend.pipeline.errors import InputKeyRepeated

#: What Parquet's reader calls the position of a row, from 0.
FILE_ROW: Final = "file_row_number"
_NO_SPACE: Final = "no space left on device"
_WHOLE: Final = ("BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UINTEGER", "USMALLINT", "UTINYINT")
_TYPES: Final[Mapping[str, DataType]] = {
    **dict.fromkeys(_WHOLE, INTEGER),
    "HUGEINT": decimal(38, 0),
    "UBIGINT": decimal(20, 0),
    **dict.fromkeys(("DOUBLE", "FLOAT"), DOUBLE),
    "VARCHAR": TEXT,
    "BOOLEAN": BOOLEAN,
    "DATE": DATE,
    "TIMESTAMP WITH TIME ZONE": TIMESTAMP,
}


class JoinFailed(OpenRegError):
    """The join could not be computed."""

    code: ClassVar[str] = "join_failed"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class JoinColumnUnusable(OpenRegError):
    """A column of the join's result has no name or type that a report can use."""

    code: ClassVar[str] = "join_column_unusable"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class InputTables:
    """Tables under the names of the document, and each of them once more with its row numbers."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def of_files(cls, files: Mapping[str, Path], limits: EngineLimits) -> Iterator[InputTables]:
        """The tables of Parquet files."""
        with open_engine(limits) as connection:
            paths = ", ".join(_text(str(path)) for path in files.values())
            connection.execute(f"SET allowed_paths = [{paths}]")
            for name, path in files.items():
                read = f"read_parquet({_text(str(path))}"
                connection.execute(f"CREATE VIEW {quoted(name)} AS SELECT * FROM {read})")  # noqa: S608 - our own path
                connection.execute(
                    f"CREATE VIEW {quoted(numbered(name))} AS SELECT * EXCLUDE ({FILE_ROW}), "  # noqa: S608
                    f"{FILE_ROW} AS {quoted(ROW)} FROM {read}, file_row_number = true)"
                )
            lock(connection)
            yield cls(connection)

    @classmethod
    @contextmanager
    def of_columns(cls, tables: Mapping[str, Mapping[str, DataType]], limits: EngineLimits) -> Iterator[InputTables]:
        """Tables without rows, to see what a join gives."""
        with open_engine(limits) as connection:
            for name, columns in tables.items():
                typed = [f"{quoted(column)} {type_name(kind)}" for column, kind in columns.items()]
                connection.execute(f"CREATE TABLE {quoted(name)} ({', '.join(typed)})")
                typed.append(f"{quoted(ROW)} BIGINT")
                connection.execute(f"CREATE TABLE {quoted(numbered(name))} ({', '.join(typed)})")
            lock(connection)
            yield cls(connection)

    def check_key(self, table: str, key: Sequence[str]) -> None:
        """Pass when no two rows have the same key; a row whose key has a NULL has none. Raises InputKeyRepeated."""
        columns = ", ".join(quoted(one) for one in key)
        known = " AND ".join(f"{quoted(one)} IS NOT NULL" for one in key)
        row = quoted(ROW)
        query = (
            f"SELECT min({row}), max({row}), count(*) OVER () FROM {quoted(numbered(table))} "  # noqa: S608
            f"WHERE {known} GROUP BY {columns} HAVING count(*) > 1 ORDER BY 1 LIMIT 1"
        )
        with _told():
            found = self._connection.execute(query).fetchone()
        if found is None:
            return
        first, last, keys = (int(one) for one in found)
        raise InputKeyRepeated(
            f"Rows {first + 1} and {last + 1} of the input {table} have the same {', '.join(key)}; "
            f"{keys} key(s) stand there more than once.",
            fix="Make the query give one row per key, or name the columns that tell its rows apart.",
            extra={"input": table, "rows": [first + 1, last + 1], "keys": keys},
        )

    def describe(self, select: NumberedSelect) -> dict[str, DataType]:
        """The columns of the author's SELECT. Raises duckdb.Error and JoinColumnUnusable."""
        described = self._connection.execute(f"DESCRIBE {select.sql}").fetchall()
        columns: dict[str, DataType] = {}
        for name, type_, *_ in described[: len(described) - len(select.numbers)]:
            if name.lower() in {one.lower() for one in columns}:
                raise JoinColumnUnusable(
                    f"Two columns are called {name}.", fix=f"Give one another name: … AS {name}_2."
                )
            columns[name] = _data_type(name, str(type_))
        return columns

    @contextmanager
    def open(self, select: NumberedSelect, size: int) -> Iterator[JoinedRows]:
        """The rows of the join in their one order. Raises JoinFailed."""
        with _told():
            types = {name: type_name(kind) for name, kind in self.describe(select).items()}
            reader = self._connection.sql(select.sorted(types)).to_arrow_reader(size)
        yield JoinedRows(reader)


class JoinedRows:
    """The result of a join as a ``RowStream``."""

    def __init__(self, reader: pa.RecordBatchReader) -> None:
        self._reader = reader

    @property
    def schema(self) -> pa.Schema:
        """The schema of every batch."""
        return self._reader.schema

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Batches in order. Raises JoinFailed."""
        with _told():
            yield from self._reader


def _data_type(name: str, type_: str) -> DataType:
    known = _TYPES.get(type_)
    if known is not None:
        return known
    if type_.startswith("DECIMAL("):
        precision, scale = type_[len("DECIMAL(") : -1].split(",")
        return decimal(int(precision), int(scale))
    fix = f"CAST({name} AS DATE), or timezone('Europe/Paris', {name})" if type_ == "TIMESTAMP" else "CAST it."
    raise JoinColumnUnusable(f"The column {name} of the join is a {type_}, which a report cannot use.", fix=fix)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


@contextmanager
def _told() -> Iterator[None]:
    """DuckDB's failures as the run's; a full disk keeps its own words, by which it is known."""
    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        reason = str(error).partition("\n")[0][:300]
        # What DuckDB says while its rows are read arrives as an OSError without a number.
        if _NO_SPACE in reason.lower() or getattr(error, "errno", None) is not None:
            raise
        raise JoinFailed(reason, fix="Look at the join, or give the run more memory or disk.") from error
