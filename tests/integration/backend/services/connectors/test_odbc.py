"""What only the ODBC connector does: drivers and what they bend, sessions that hang, a manager that is not there."""

import ctypes
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from backend.domain.expressions.types import BOOLEAN, DOUBLE, INTEGER, decimal
from backend.services.connectors import faults, odbc_library
from backend.services.connectors.base import Connector, SourceParameter
from backend.services.connectors.odbc_session import DriverThread
from tests.integration.backend.services.connectors.test_contract import rows_of
from tests.services.odbc_sources import FREETDS_DRIVER, OdbcMariadb, OdbcPostgresql, odbc_connector


class TestPostgresql:
    def test_every_supported_type_arrives_exactly_or_as_null(self, odbc_postgresql: OdbcPostgresql):
        values = {
            "a": ("true", True),
            "b": ("(-32768)::smallint", -32768),
            "c": ("9223372036854775807::bigint", 2**63 - 1),
            "d": ("0.1::real", 0.10000000149011612),
            "e": ("1e-300::float8", 1e-300),
            "f": ("0.1::numeric(38, 20)", Decimal("0.10000000000000000000")),
            "g": ("'1850-02-28'::date", date(1850, 2, 28)),
            "h": ("'2026-07-01 12:00:00.000001'::timestamp", datetime(2026, 7, 1, 10, 0, 0, 1, tzinfo=UTC)),
            "i": ("'2026-07-01 12:00:00+02'::timestamptz", datetime(2026, 7, 1, 10, tzinfo=UTC)),
            "j": ("'x'::char(5)", "x"),
            "k": ("'€😀'::varchar(20)", "€😀"),
            "l": ("'{\"a\": 1.10}'::jsonb", '{"a": 1.10}'),
            "m": ("'sad'::mood", "sad"),
        }
        connector = odbc_postgresql.connect(source_time_zone="Europe/Berlin")
        written = ", ".join(f"{expression} as {name}" for name, (expression, _) in values.items())
        assert rows_of(connector, f"select {written}") == [tuple(value for _, value in values.values())]
        nulls = ", ".join(f"nullif({expression}, {expression}) as {name}" for name, (expression, _) in values.items())
        assert rows_of(connector, f"select {nulls}") == [(None,) * len(values)]

    @pytest.mark.parametrize(
        ("type_", "text"),
        [
            ("timestamptz", "infinity"),
            ("date", "-infinity"),
            ("date", "infinity"),
            ("numeric(18, 2)", "NaN"),
            ("float8", "NaN"),
            ("float8", "Infinity"),
        ],
    )
    def test_what_the_driver_would_bend_is_refused(self, odbc_postgresql: OdbcPostgresql, type_: str, text: str):
        with pytest.raises(faults.ValueRefused, match="Column a, row 2"):
            rows_of(odbc_postgresql.connect(), f"select a::{type_} as a from (values (null), ('{text}')) as v(a)")

    def test_a_numeric_without_digits_is_refused_and_one_with_them_is_not(self, odbc_postgresql: OdbcPostgresql):
        with pytest.raises(faults.ColumnTypeUnsupported, match="Column a"):
            odbc_postgresql.connect().describe("select 1.23456789::numeric as a", {})
        (column,) = odbc_postgresql.connect().describe("select 1.5::numeric(29, 6) as a", {})
        assert column.type == decimal(29, 6)

    def test_a_question_mark_is_no_operator(self, odbc_postgresql: OdbcPostgresql):
        with pytest.raises(faults.QuerySyntaxInvalid, match="question mark"):
            odbc_postgresql.connect().describe("select '{}'::jsonb ? 'a' as a", {})

    def test_a_text_longer_than_allowed_names_its_column(self, odbc_postgresql: OdbcPostgresql):
        query = "select 'fits' as a, repeat('x', 100) || '€' as b"
        with pytest.raises(faults.ValueRefused, match="Column b") as refused:
            rows_of(odbc_postgresql.connect(longest_text_bytes=100), query)
        assert refused.value.extra == {"column": "b"}
        assert rows_of(odbc_postgresql.connect(longest_text_bytes=200), query) == [("fits", "x" * 100 + "€")]

    def test_the_character_set_of_the_machine_does_not_matter(self, odbc_postgresql: OdbcPostgresql):
        program = (
            "import sys; from tests.services.odbc_sources import OdbcPostgresql;"
            "source = OdbcPostgresql(int(sys.argv[1]), *sys.argv[2:]);"
            "columns = source.connect().preview('select chr(8364) as a, chr(128512) as b', {}, limit=1).rows[0];"
            "print(ascii(columns))"
        )
        source = odbc_postgresql
        arguments = [str(source.port), source.database, source.reader, source.superuser_url]
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1", "PYTHONPATH": "."},
            check=True,
            capture_output=True,
            text=True,
        )
        assert done.stdout.strip() == r"('\u20ac', '\U0001f600')"


class TestMariadb:
    def test_it_says_that_it_does_not_stream(self, odbc_mariadb: OdbcMariadb):
        assert not odbc_mariadb.connect().capabilities.streams

    def test_numbers_the_driver_would_bend_arrive_as_they_are(self, odbc_mariadb: OdbcMariadb):
        odbc_mariadb.run(
            "CREATE TABLE source.edges (a bigint unsigned, b int unsigned, c float, d boolean, e time(3), f date)",
            "GRANT SELECT ON source.edges TO reader@'%'",
            "INSERT INTO source.edges VALUES (18446744073709551615, 4294967295, 0.1, 1, '-12:00:01.5', '1850-02-28')",
        )
        try:
            query = "select a, b, c, e, f from edges"
            expected = (Decimal(2**64 - 1), 2**32 - 1, 0.10000000149011612, "-12:00:01.500", date(1850, 2, 28))
            assert rows_of(odbc_mariadb.connect(), query) == [expected]
            types = [column.type for column in odbc_mariadb.connect().describe(query, {})]
            assert types[:3] == [decimal(20, 0), INTEGER, DOUBLE]
        finally:
            odbc_mariadb.run("DROP TABLE source.edges")

    def test_a_day_that_is_none_is_named_by_column_and_row(self, odbc_mariadb: OdbcMariadb):
        odbc_mariadb.run(
            "CREATE TABLE source.days (n int, day date, at datetime(6))",
            "GRANT SELECT ON source.days TO reader@'%'",
            "SET sql_mode = ''",
            "INSERT INTO source.days VALUES (1, '2026-01-01', '2026-01-01'), (2, '0000-00-00', '0000-00-00')",
        )
        try:
            for column in ("day", "at"):
                with pytest.raises(faults.ValueRefused) as refused:
                    rows_of(odbc_mariadb.connect(source_time_zone="UTC"), f"select n, {column} from days order by n")
                assert refused.value.extra == {"column": column, "row": 2}
        finally:
            odbc_mariadb.run("DROP TABLE source.days")

    @pytest.mark.parametrize("password", ["p}w", "}}", "{p}", "p;w", "a b'\"", "ä€"])
    def test_any_password_signs_in(self, odbc_mariadb: OdbcMariadb, password: str):
        quoted = password.replace("'", "''")
        odbc_mariadb.run(f"CREATE USER odd@'%' IDENTIFIED BY '{quoted}'", "GRANT SELECT ON source.trades TO odd@'%'")
        try:
            assert odbc_mariadb.connect(username="odd", password=password).test().ok
            assert rows_of(odbc_mariadb.connect(username="odd", password=password), "select 1 as a") == [(1,)]
        finally:
            odbc_mariadb.run("DROP USER odd@'%'")


@contextmanager
def listening(answer: bytes | None) -> Iterator[int]:
    """A port where somebody answers with these bytes and hangs up, or never says a word."""
    heard: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                heard.append(client)
                if answer is not None:
                    client.sendall(answer)
                    client.close()

        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            serving.join()
            for client in heard:
                client.close()


def freetds(port: int, **settings: object) -> Connector:
    where = {"driver": FREETDS_DRIVER, "host": "127.0.0.1", "port": port, "database": "trades", "ssl_mode": "disable"}
    return odbc_connector({**where, **settings}, "sa", "wrong;}pass")


class TestFreetds:
    def test_nothing_listening_is_told_by_its_step(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        test = freetds(port).test()
        assert [(step.name, step.ok) for step in test.steps] == [("driver", True), ("dns", True), ("tcp", False)]
        with pytest.raises(faults.SourceConnectionRefused):
            freetds(port).describe("select 1 as a", {})

    @pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
    def test_what_is_no_sql_server_is_told_when_signing_in(self, answer: bytes):
        with listening(answer) as port:
            test = freetds(port, connect_timeout_seconds=3).test()
            assert test.steps[-1].name == "sign_in"
            assert not test.ok
            assert "wrong;}pass" not in str(test)

    def test_one_that_never_answers_is_given_up(self):
        with listening(None) as port:
            started = time.monotonic()
            with pytest.raises(faults.ConnectorError) as given_up:
                freetds(port, connect_timeout_seconds=2).describe("select 1 as a", {})
            assert time.monotonic() - started < 6
            assert isinstance(given_up.value, faults.SourceTimedOut)

    def test_its_queries_are_read_in_its_dialect_before_anything_is_sent(self):
        with listening(None) as port:
            assert freetds(port).capabilities.sql_dialect == "tsql"
            assert not freetds(port).capabilities.enforces_read_only


class TestTheManager:
    def test_a_driver_that_is_not_installed_is_the_first_step(self):
        connector = odbc_connector(
            {"driver": "ODBC Driver 18 for SQL Server", "host": "127.0.0.1", "database": "trades"}, "sa", "x"
        )
        (step,) = connector.test().steps
        assert (step.name, step.ok) == ("driver", False)
        assert "ODBC Driver 18 for SQL Server is not installed" in step.message
        assert "msodbcsql18" in (step.fix or "")
        for use in (lambda: connector.describe("select 1 as a", {}), connector.list_schemas):
            with pytest.raises(faults.DriverMissing):
                use()

    def test_without_the_library_openreg_runs_and_a_connector_says_what_is_missing(self):
        program = (
            "import sys; sys.modules['pyodbc'] = None\n"
            "from backend.services.connectors import odbc_library\n"
            "odbc_library.LIBRARY = 'libodbc-that-is-not-there.so.2'\n"
            "from backend.services.connectors.odbc_session import open_session\n"
            "from tests.services.odbc_sources import *\n"
            "import backend.services.source_access\n"
            "source = OdbcSqlite(Path('/nowhere/x.db'))\n"
            "connector = source.connect()\n"
            "print(connector.test().steps[0])\n"
            "try:\n"
            "    with open_session(connector.settings, 'DRIVER={SQLite3}'): pass\n"
            "except Exception as error: print(error.code, error.fix)\n"
        )
        done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
        first, second = done.stdout.splitlines()
        assert "ok=False" in first
        assert "unixODBC" in first
        assert second.startswith("connector_driver_missing ")
        assert "apt install unixodbc" in second

    def test_a_driver_that_never_comes_back_holds_nobody_up(
        self, odbc_postgresql: OdbcPostgresql, monkeypatch: pytest.MonkeyPatch
    ):
        wakes = threading.Event()
        monkeypatch.setattr(odbc_library.OdbcStatement, "cancel", lambda self: None)
        monkeypatch.setattr(odbc_library.OdbcStatement, "execute", lambda self: wakes.wait(20))
        try:
            with odbc_postgresql.connect().extract("select 1 as a", {}) as extraction:
                threading.Timer(0.2, extraction.cancel).start()
                started = time.monotonic()
                with pytest.raises(faults.ExtractionCancelled):
                    list(extraction)
                assert time.monotonic() - started < 2.2
            assert time.monotonic() - started < 4
            with pytest.raises(faults.QueryTimedOut):
                rows_of(odbc_postgresql.connect(statement_timeout_seconds=1), "select 1 as a")
        finally:
            wakes.set()

    def test_the_thread_of_a_session_ends_with_it(self, odbc_postgresql: OdbcPostgresql):
        rows_of(odbc_postgresql.connect(), "select 1 as a")
        deadline = time.monotonic() + 2
        while _driver_threads() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not _driver_threads()

    def test_an_error_of_a_call_reaches_who_waits_for_it(self):
        thread = DriverThread()
        failed = thread.call(lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            failed.result(timeout=2)
        assert thread.call(lambda: 7).result(timeout=2) == 7
        thread.end_with(lambda: None, seconds=2)


def _driver_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "odbc-driver"]


def test_a_transaction_is_never_committed(odbc_mariadb: OdbcMariadb):
    """The wall where a database has no read-only mode: what a session wrote is undone when it ends."""
    odbc_mariadb.run("CREATE TABLE source.wall (a int)", "GRANT ALL ON source.wall TO reader@'%'")
    try:
        text = (
            f"DRIVER={{MariaDB Unicode}};SERVER=127.0.0.1;PORT={odbc_mariadb.port};DATABASE=source;UID=reader;"
            "PWD={reader:p@ss/wörd 'x'};CHARSET=utf8mb4;"
        )
        connection = odbc_library.OdbcConnection(text, login_timeout_seconds=5)
        connection.begin()
        connection.execute("INSERT INTO wall VALUES (1)")
        connection.close()
        assert odbc_mariadb.run("SELECT count(*) FROM source.wall") == [(0,)]
    finally:
        odbc_mariadb.run("DROP TABLE source.wall")


def test_the_second_wall_stands_where_the_database_has_one(odbc_mariadb: OdbcMariadb, odbc_postgresql: OdbcPostgresql):
    for source in (odbc_mariadb, odbc_postgresql):
        assert source.connect().capabilities.enforces_read_only
        with pytest.raises((faults.QueryRefused, faults.SourcePermissionDenied)):
            rows_of(source.connect(), "select touch() as a")


def test_a_boolean_parameter_is_bound_as_one(odbc_postgresql: OdbcPostgresql):
    query = "select :p as p"
    assert [c.type for c in odbc_postgresql.connect().describe(query, {"p": SourceParameter(BOOLEAN)})] == [BOOLEAN]
    assert rows_of(odbc_postgresql.connect(), query, p=SourceParameter(BOOLEAN, value=True)) == [(True,)]


def test_a_size_of_the_library_is_what_the_headers_say():
    """SQLLEN has the size of a pointer in every driver manager of today; our buffers of lengths rely on it."""
    assert ctypes.sizeof(ctypes.c_ssize_t) == 8
