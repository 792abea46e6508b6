"""The demo's tables as a connector for files is told of them."""

import re

from backend.demo.csv_source import csv_tables, in_duckdb
from backend.demo.report import source_query
from backend.demo.source import script
from backend.demo.source_tables import source_tables
from backend.demo.trades import Day
from tests.harness.installation import REPORTING_DATE


def test_every_column_of_every_table_is_there_with_its_type() -> None:
    tables = {str(one["name"]): {c["name"]: c["type"] for c in one["columns"]} for one in csv_tables()}  # type: ignore[attr-defined]
    assert len(tables) == script("source.sql").count("CREATE TABLE")
    for part in source_tables(Day(7, REPORTING_DATE, 10)):
        assert set(part.rows.columns) <= set(tables[part.table])
    trades = tables["trades"]
    assert (trades["quantity"], trades["executed_at"], trades["trade_id"]) == ("decimal(35,17)", "timestamp", "integer")
    assert {kind.partition("(")[0] for columns in tables.values() for kind in columns.values()} == {
        "text", "integer", "decimal", "boolean", "date", "timestamp",
    }  # fmt: skip


def test_the_query_names_the_tables_alone() -> None:
    assert "trading." in source_query()
    assert not re.search(r"\btrading\b", in_duckdb(source_query()))
