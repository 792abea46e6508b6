"""The source as CSV files: written beside the demo's output, and uploaded to a connector for files."""

from __future__ import annotations

import re
import shutil
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from backend.demo.platform_client import PlatformClient
from backend.demo.report import source_query
from backend.demo.source import script
from backend.demo.source_kinds import DemoSource
from backend.demo.source_tables import Loaded, source_tables
from backend.demo.trades import Day

_SCHEMA: Final = "trading."
_TABLE: Final = re.compile(r"CREATE TABLE trading\.(\w+) \((.*?)\n\);", re.DOTALL)
_COLUMN: Final = re.compile(r"^    (\w+)\s+([a-z]+(?:\(\d+, \d+\))?)", re.MULTILINE)
#: What PostgreSQL's types are for a connector for files; a number keeps its digits.
_TYPES: Final = {"bigint": "integer", "timestamptz": "timestamp", "numeric": "decimal"}
_MICROSECONDS: Final = "%Y-%m-%dT%H:%M:%S%.6fZ"


def csv_source(folder: Path, day: Day, loaded: Loaded | None = None) -> DemoSource:
    """A folder with a file for each table, which the platform gets with the connector. Files of before are replaced."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for part in source_tables(day):
        file = folder / f"{part.table}.csv"
        is_first = not file.exists()
        with file.open("ab") as target:
            # Texts are in quotes and a missing value is not: an empty text stays apart.
            rows = part.rows.with_columns(pl.selectors.datetime().dt.strftime(_MICROSECONDS))
            rows.write_csv(target, include_header=is_first, quote_style="non_numeric")
        if loaded is not None and part.trades:
            loaded(part.trades)
    connector = {"kind": "files", "settings": {"tables": csv_tables()}}
    return DemoSource(connector, folder.as_uri(), in_duckdb(source_query()), partial(_upload, folder))


def csv_tables() -> list[dict[str, object]]:
    """The tables of ``source.sql``, as a connector for files is told of them."""
    return [
        {
            "name": name,
            "file": {"format": "csv"},
            "columns": [{"name": column, "type": _type(native)} for column, native in _COLUMN.findall(columns)],
        }
        for name, columns in _TABLE.findall(script("source.sql"))
    ]


def in_duckdb(query: str) -> str:
    """The source query for tables that are in no schema."""
    return query.replace(_SCHEMA, "")


def _type(native: str) -> str:
    name, bracket, digits = native.partition("(")
    return _TYPES.get(name, name) + bracket + digits.replace(" ", "")


def _upload(folder: Path, platform: PlatformClient, connector_id: str) -> None:
    for file in sorted(folder.glob("*.csv")):
        platform.upload_in_parts(f"/connectors/{connector_id}/uploads", file, {"table": file.stem})
