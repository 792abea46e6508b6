"""The contract as far as a file can keep it, through SQLite's ODBC driver.

What a file cannot have, and its capabilities say so: no server that could stop a query or hold another state of the
data, no rows before the last is read, no schemas, no TLS, no users. What SQLite itself does not have: types of
expressions (they arrive as text), exact decimals and texts of binary fractions (refused with the function that writes
them).
"""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from backend.domain.expressions.types import BOOLEAN, DATE, INTEGER, TEXT, TIMESTAMP
from backend.services.connectors import faults
from backend.services.connectors.base import SourceParameter, SslMode
from backend.services.connectors.odbc_drivers import Limits, Place, Trust, family_of
from backend.services.connectors.odbc_library import OdbcConnection, OdbcFault
from backend.services.connectors.odbc_settings import connection_string
from tests.integration.backend.services.connectors import test_contract as contract
from tests.integration.backend.services.connectors.test_contract import rows_of
from tests.services.odbc_sources import SQLITE_DRIVER, OdbcSqlite, sqlite_source


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OdbcSqlite]:
    with sqlite_source(tmp_path_factory.mktemp("sqlite")) as source:
        yield source


def test_what_a_file_cannot_have_is_said(source: OdbcSqlite):
    offered = source.connect().capabilities
    assert (offered.has_schemas, offered.cancels_on_server, offered.ssl_modes) == (False, False, (SslMode.DISABLE,))
    assert (offered.streams, offered.enforces_read_only, offered.sql_dialect) == (False, True, "sqlite")
    with pytest.raises(faults.ConnectorSettingsInvalid, match="host has no meaning"):
        source.connect(host="127.0.0.1")


class TestOfTheContract:
    test_texts = contract.TestValues.test_null_empty_and_confusing_texts_stay_apart
    test_names = contract.TestValues.test_columns_without_a_name_of_their_own_are_refused
    test_batches = contract.TestBatches.test_batches_have_at_most_the_rows_asked_for_in_the_querys_order
    test_undeclared = contract.TestParameters.test_an_undeclared_parameter_is_named
    test_unknown_column = contract.TestRefusals.test_an_unknown_column_is_told
    test_no_single_select = contract.TestRefusals.test_what_is_no_single_select_is_refused
    test_limit_of_its_own = contract.TestBrowsing.test_a_preview_of_a_query_with_a_limit_of_its_own_is_no_longer
    test_huge_preview = contract.TestBrowsing.test_a_preview_of_a_huge_result_is_quick


def test_declared_types_arrive_exactly_or_as_null(source: OdbcSqlite):
    source.run(
        "CREATE TABLE kinds (a int, b boolean, c date, d timestamp, e text)",
        "INSERT INTO kinds VALUES (9223372036854775807, 1, '1850-02-28', '1969-12-31 23:59:59.999999', '€😀')",
        "INSERT INTO kinds VALUES (NULL, NULL, NULL, NULL, NULL)",
    )
    try:
        connector = source.connect(source_time_zone="UTC")
        query = "select a, b, c, d, e from kinds order by a is null"
        assert [column.type for column in connector.describe(query, {})] == [INTEGER, BOOLEAN, DATE, TIMESTAMP, TEXT]
        assert rows_of(connector, query) == [
            (2**63 - 1, True, date(1850, 2, 28), datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), "€😀"),
            (None,) * 5,
        ]
        with pytest.raises(faults.ColumnTypeUnsupported, match="Column d"):
            source.connect().describe("select d from kinds", {})
    finally:
        source.run("DROP TABLE kinds")


@pytest.mark.parametrize(
    ("type_", "value"),
    [("int", "abc"), ("int", 1.5), ("boolean", 7), ("date", "2026-02-30"), ("date", "x"), ("timestamp", "12:00")],
)
def test_a_value_of_another_type_is_refused_by_its_row_and_never_taken_for_zero(
    source: OdbcSqlite, type_: str, value: object
):
    source.run(f"CREATE TABLE odd (a {type_})", "INSERT INTO odd VALUES (NULL)")
    source.run(f"INSERT INTO odd VALUES ({value!r})")
    try:
        with pytest.raises(faults.ValueRefused, match="Column a, row 2"):
            rows_of(source.connect(source_time_zone="UTC"), "select a from odd order by rowid")
    finally:
        source.run("DROP TABLE odd")


def test_binary_fractions_are_refused_with_the_function_that_writes_them(source: OdbcSqlite):
    with pytest.raises(faults.ColumnTypeUnsupported, match="Column price") as refused:
        source.connect().describe("select price from trades", {})
    assert "printf('%.2f', price) AS price" in (refused.value.fix or "")
    assert rows_of(source.connect(), "select printf('%.3f', price) as price from trades where id = 1") == [("0.125",)]


def test_a_parameter_filters(source: OdbcSqlite):
    query = "select id from trades where trade_date = :d and id <= :n and note <> ':x' order by id"
    given = {"d": SourceParameter(DATE, date(2026, 3, 1)), "n": SourceParameter(INTEGER, 6)}
    assert rows_of(source.connect(), query, **given) == [(2,), (4,)]


def test_a_query_that_gives_nothing_yet_is_cancelled(source: OdbcSqlite):
    slow = "select count(*) as n from trades a, trades b, trades c, trades d where a.price <> d.price"
    with source.connect().extract(slow, {}) as extraction:
        threading.Timer(0.3, extraction.cancel).start()
        started = time.monotonic()
        with pytest.raises(faults.ExtractionCancelled):
            list(extraction)
        assert time.monotonic() - started < 2.3
    with pytest.raises(faults.QueryTimedOut, match="1 seconds"):
        rows_of(source.connect(statement_timeout_seconds=1), slow)


def test_the_driver_cannot_write_once_the_session_has_begun(source: OdbcSqlite):
    """The guard would refuse this text; here it is given to the driver as the session opens it."""
    family = family_of(SQLITE_DRIVER)
    assert family is not None
    limits = Limits(5, 5, 5)
    attributes = family.reach(Place("", "", 0, str(source.path)), Trust(SslMode.DISABLE, None), limits)
    connection = OdbcConnection(
        connection_string(SQLITE_DRIVER, attributes), login_timeout_seconds=5, is_narrow=family.is_narrow
    )
    try:
        connection.begin()
        for statement in family.begin(limits):
            connection.execute(statement)
        with pytest.raises(OdbcFault, match="readonly"):
            connection.execute("INSERT INTO trades VALUES (5000, '2026-01-01', 1, 'x')")
    finally:
        connection.close()


class TestTheFile:
    def test_a_good_file_passes_every_step(self, source: OdbcSqlite):
        test = source.connect().test()
        assert test.ok, test
        assert [step.name for step in test.steps] == ["driver", "file", "sign_in", "permission"]

    def test_only_files_below_an_open_folder_are_read(self, source: OdbcSqlite, tmp_path: Path):
        outside = tmp_path / "outside.db"
        outside.write_bytes(source.path.read_bytes())
        link = source.path.parent / "link.db"
        link.symlink_to(outside)
        try:
            for path in (outside, link, source.path.parent / ".." / "x.db", source.path.parent, Path("source.db")):
                last = source.connect(database=str(path)).test().steps[-1]
                assert (last.name, last.ok) == ("file", False), path
                assert "SOURCE_FILE_FOLDERS" in (last.fix or "")
        finally:
            link.unlink()

    def test_a_file_that_is_no_database_is_told(self, source: OdbcSqlite):
        other = source.path.parent / "other.db"
        other.write_text("not a database, " * 100)
        try:
            last = source.connect(database=str(other)).test().steps[-1]
            assert (last.name, last.ok) == ("sign_in", False), last
        finally:
            other.unlink()

    def test_tables_and_columns_are_listed(self, source: OdbcSqlite):
        connector = source.connect()
        assert connector.list_schemas() == ("main",)
        assert [(t.name, t.is_view) for t in connector.list_tables("main")] == [
            ("cheap_trades", True),
            ("trades", False),
        ]
        columns = {column.name: column.type for column in connector.list_columns("main", "trades")}
        assert columns == {"id": INTEGER, "trade_date": DATE, "price": None, "note": TEXT}
