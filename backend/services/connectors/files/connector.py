"""The connector for files: tables over uploads and the inbox, read by SQL in DuckDB's dialect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from backend.services.connectors.base import (
    DEFAULT_BATCH_ROWS,
    INTERACTIVE_TIMEOUT_SECONDS,
    MAX_PREVIEW_ROWS,
    Capabilities,
    ConnectorTest,
    Preview,
    SourceColumn,
    SourceParameter,
    SourceTable,
    StepListener,
    TableColumn,
    nobody_listens,
)
from backend.services.connectors.connection_test import step_by_step
from backend.services.connectors.faults import TableUnknown
from backend.services.connectors.files.engine import SCHEMA, FileEngine, open_engine
from backend.services.connectors.files.extraction import FileExtraction
from backend.services.connectors.files.query import bind
from backend.services.connectors.files.rows import columns_of
from backend.services.connectors.files.scan import FaultBox, TableScan, files_of
from backend.services.connectors.files.settings import REPORTING_DATE_MARK, FilesSettings, TableSettings
from backend.services.connectors.files.shelf import FileShelf

TEST_STEPS: Final = ("tables", "files", "rows")
_TESTED_ROWS: Final = 1000


@dataclass(frozen=True, slots=True)
class FilesConnector:
    """See ``connectors.base.Connector``."""

    settings: FilesSettings
    shelf: FileShelf

    capabilities: ClassVar[Capabilities] = Capabilities(
        sql_dialect="duckdb",
        has_schemas=True,
        cancels_on_server=True,
        enforces_read_only=True,
        ssl_modes=(),
        needs_credentials=False,
        explains=True,
    )

    def test(self, tell: StepListener = nobody_listens) -> ConnectorTest:
        """Tables, their files, their first rows; stops at the first step that fails."""
        return step_by_step(self._walk(), tell, TEST_STEPS)

    def list_schemas(self) -> tuple[str, ...]:
        """The one schema that all tables are in, when there is a table."""
        return (SCHEMA,) if self.settings.tables else ()

    def list_tables(self, schema: str) -> tuple[SourceTable, ...]:
        """The declared tables."""
        names = sorted(table.name for table in self.settings.tables) if schema == SCHEMA else []
        return tuple(SourceTable(SCHEMA, name, is_view=False) for name in names)

    def list_columns(self, schema: str, table: str) -> tuple[TableColumn, ...]:
        """The declared columns. Raises TableUnknown."""
        for one in self.settings.tables:
            if (schema, table) == (SCHEMA, one.name):
                return tuple(TableColumn(column.name, column.type, column.data_type) for column in one.columns)
        raise TableUnknown(f"There is no table {schema}.{table}.", fix="Choose one of the connector's tables.")

    def describe(self, query: str, parameters: Mapping[str, SourceParameter]) -> tuple[SourceColumn, ...]:
        """The columns of a query; no file is read."""
        with self._engine(parameters, INTERACTIVE_TIMEOUT_SECONDS) as (engine, _):
            return engine.describe(bind(query, parameters))

    def preview(self, query: str, parameters: Mapping[str, SourceParameter], *, limit: int) -> Preview:
        """The first rows, read the way an extraction reads them."""
        rows = max(1, min(limit, MAX_PREVIEW_ROWS))
        timeout = min(self.settings.statement_timeout_seconds, INTERACTIVE_TIMEOUT_SECONDS)
        with self._extraction(query, parameters, rows, timeout) as extraction:
            found: list[tuple[object, ...]] = []
            for batch in extraction:
                found += zip(*(column.to_pylist() for column in batch), strict=True)
                if len(found) >= rows:
                    break
            return Preview(extraction.columns, tuple(found[:rows]))

    def explain(self, query: str, parameters: Mapping[str, SourceParameter]) -> tuple[str, ...]:
        """The engine's plan, as if every table were a stream: what is loaded first is decided when it runs."""
        with self._engine(parameters, INTERACTIVE_TIMEOUT_SECONDS) as (engine, _):
            return engine.explain(bind(query, parameters))

    def extract(
        self, query: str, parameters: Mapping[str, SourceParameter], *, batch_rows: int = DEFAULT_BATCH_ROWS
    ) -> AbstractContextManager[FileExtraction]:
        """Stream the whole result."""
        return self._extraction(query, parameters, batch_rows, self.settings.statement_timeout_seconds)

    @contextmanager
    def _extraction(
        self, query: str, parameters: Mapping[str, SourceParameter], batch_rows: int, timeout_seconds: int
    ) -> Iterator[FileExtraction]:
        with self._engine(parameters, timeout_seconds) as (engine, scans):
            bound = bind(query, parameters)
            columns = engine.describe(bound)
            yield FileExtraction(engine, scans, bound, columns, batch_rows)

    @contextmanager
    def _engine(
        self, parameters: Mapping[str, SourceParameter], timeout_seconds: int
    ) -> Iterator[tuple[FileEngine, Sequence[TableScan]]]:
        box = FaultBox()
        reporting_date = _reporting_date(parameters)
        scans = [TableScan(table, self.shelf, reporting_date, box) for table in self.settings.tables]
        with open_engine(scans, box, timeout_seconds=timeout_seconds) as engine:
            yield engine, scans

    def _walk(self) -> Iterator[str]:
        """Make the steps in order; what each that succeeded found. Raises ConnectorError at the first that does not."""
        tables = self.settings.tables
        if not tables:
            raise TableUnknown("No table is declared.", fix="Upload a file and declare the table it is for.")
        yield f"{len(tables)} tables with {sum(len(columns_of(table)) for table in tables)} columns are declared."
        undated = [table for table in tables if not _is_dated(table)]
        dated = len(tables) - len(undated)
        count = sum(len(files_of(table, self.shelf, None)) for table in undated)
        later = f" {dated} tables look for theirs by the reporting date, which a test has not." if dated else ""
        yield f"{count} files were found.{later}"
        taken = bad = 0
        for table in undated:
            scan = TableScan(table, self.shelf, None, FaultBox())
            for batch in scan.batches():
                taken += batch.num_rows
                if taken >= _TESTED_ROWS:
                    break
            bad += len(scan.intake.bad)
        put_aside = f" {bad} of them are not as declared and would be put aside." if bad else ""
        yield f"{taken + bad} rows were read.{put_aside}"


def _is_dated(table: TableSettings) -> bool:
    return REPORTING_DATE_MARK in table.pattern or (table.location == "inbox" and REPORTING_DATE_MARK in table.prefix)


def _reporting_date(parameters: Mapping[str, SourceParameter]) -> date | None:
    given = parameters.get("reporting_date")
    return given.value if given is not None and isinstance(given.value, date) else None
