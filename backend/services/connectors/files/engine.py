"""DuckDB as the engine of queries over files: locked, without files or network of its own, bounded in memory."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from backend.services.connectors import faults
from backend.services.connectors.base import ParameterValue, SourceColumn, SourceParameter
from backend.services.connectors.files.duckdb_faults import error_of
from backend.services.connectors.files.duckdb_types import column_of
from backend.services.connectors.files.query import BoundQuery
from backend.services.connectors.files.scan import FaultBox, TableScan
from backend.services.connectors.source_values import check_names, extraction_cancelled

SCHEMA: Final = "files"
#: What joins and sorts may hold before they spill; rows of one table that only pass through take far less.
MEMORY_LIMIT: Final = "512MB"
_LOADED: Final = "loaded"
_SPILL_LIMIT: Final = "20GB"
_ENGINE_ROWS: Final = 16_384


class FileEngine:
    """One query's engine. ``cancel`` may be called from any thread."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        scans: Sequence[TableScan],
        box: FaultBox,
        timeout_seconds: int,
    ) -> None:
        """Use ``open_engine``."""
        self._connection = connection
        self._scans = {scan.table.name: scan for scan in scans}
        self._box = box
        self._timeout_seconds = timeout_seconds
        self._is_late = threading.Event()
        self._closing = threading.Lock()
        self._is_open = True

    def cancel(self) -> None:
        """Stop the query."""
        self._box.cancelled.set()
        self._interrupt()

    def describe(self, query: BoundQuery) -> tuple[SourceColumn, ...]:
        """The columns of a query; nothing of the files is read. Raises ConnectorError."""
        with self._named():
            relation = self._connection.sql(query.text, params=_values(query.parameters))
            names, types = list(relation.columns), [str(one) for one in relation.types]
        check_names(names)
        return tuple(column_of(name, type_) for name, type_ in zip(names, types, strict=True))

    def explain(self, query: BoundQuery) -> tuple[str, ...]:
        """The engine's plan; nothing of the files is read. Raises ConnectorError."""
        with self._named():
            rows = self._connection.execute(f"EXPLAIN {query.text}", _values(query.parameters)).fetchall()
        return tuple(line for _, plan in rows for line in str(plan).splitlines())

    def batches(self, query: BoundQuery) -> Iterator[pa.RecordBatch]:
        """The rows, in batches as the engine gives them. Raises ConnectorError."""
        timer = threading.Timer(self._timeout_seconds, self._stop_late)
        timer.daemon = True
        timer.start()
        try:
            with self._named():
                for name in self._worth_loading(query):
                    self._load(name)
                relation = self._connection.sql(query.text, params=_values(query.parameters))
                yield from relation.to_arrow_reader(_ENGINE_ROWS)
                if self._box.cancelled.is_set():
                    raise extraction_cancelled()
        finally:
            timer.cancel()

    def _worth_loading(self, query: BoundQuery) -> list[str]:
        """All tables of a query but the largest, and that too when it is read twice.

        A file is parsed again each time that the plan wants its rows; and of what is loaded the engine knows the size.
        """
        named = Counter(one for one in query.tables() if one in self._scans)
        largest = max(named, key=lambda name: self._scans[name].size_bytes, default=None) if len(named) > 1 else None
        return [name for name, times in named.items() if times > 1 or (largest is not None and name != largest)]

    def _load(self, name: str) -> None:
        """Read a table whole, into the engine; what it cannot hold it spills."""
        self._connection.execute(f'CREATE TABLE {_LOADED}."{name}" AS SELECT * FROM temp."{name}"')  # noqa: S608 - a checked name
        self._connection.unregister(name)
        self._connection.execute(f'CREATE TEMP VIEW "{name}" AS SELECT * FROM {_LOADED}."{name}"')  # noqa: S608 - a checked name

    def close(self) -> None:
        """End the session."""
        with self._closing:
            self._is_open = False
        self._connection.close()

    def _stop_late(self) -> None:
        self._is_late.set()
        self._interrupt()

    def _interrupt(self) -> None:
        with self._closing:
            if self._is_open:
                self._connection.interrupt()

    @contextmanager
    def _named(self) -> Iterator[None]:
        """The engine's errors as ours; what broke inside of a file is told as it was."""
        try:
            yield
        except (duckdb.Error, pa.ArrowException, OSError, RuntimeError) as error:
            if self._box.cancelled.is_set():
                raise extraction_cancelled() from error
            if self._box.failure is not None:
                raise self._box.failure from error
            if self._is_late.is_set():
                raise faults.QueryTimedOut(
                    f"The query ran longer than {self._timeout_seconds} seconds.",
                    fix="Select fewer files, or raise statement_timeout_seconds.",
                ) from error
            raise error_of(error) from error


@contextmanager
def open_engine(scans: Sequence[TableScan], box: FaultBox, *, timeout_seconds: int) -> Iterator[FileEngine]:
    """An engine that knows the tables and nothing else; what it spills is removed with it."""
    spill = Path(tempfile.mkdtemp(prefix="openreg-files-"))
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": MEMORY_LIMIT,
            # One thread reads the files in one order; parsing them has threads of its own.
            "threads": "1",
            "preserve_insertion_order": "true",
            "temp_directory": str(spill),
            "max_temp_directory_size": _SPILL_LIMIT,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
        },
    )
    engine = FileEngine(connection, scans, box, timeout_seconds)
    try:
        connection.execute("SET TimeZone = 'UTC'")
        # A long query would write a bar into the log of its process.
        connection.execute("SET enable_progress_bar = false")
        # A stream has no size: instead of guessing which side of a join to hold, the right one is held, as written.
        connection.execute("SET disabled_optimizers = 'build_side_probe_side'")
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
        connection.execute(f"CREATE SCHEMA {_LOADED}")
        for scan in scans:
            name = scan.table.name
            connection.register(name, scan)
            connection.execute(f'CREATE VIEW {SCHEMA}."{name}" AS SELECT * FROM temp."{name}"')  # noqa: S608 - a checked name
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield engine
    finally:
        engine.close()
        shutil.rmtree(spill, ignore_errors=True)


def _values(parameters: Mapping[str, SourceParameter]) -> dict[str, object]:
    return {name: _text(one.value) for name, one in parameters.items()}


def _text(value: ParameterValue) -> object:
    """As a text that the query casts: Python's own types would be guessed at."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat(sep=" ")
        case Decimal():
            return format(value, "f")
        case float():
            return repr(value)
        case bool():
            return "true" if value else "false"
        case None:
            return None
        case _:
            return str(value)
