"""A session with Oracle and an extraction in it, before a stand-in for the driver's connection: no server is here."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Self

import oracledb
import pyarrow as pa
import pytest
from oracledb import errors

from backend.domain.expressions.types import BOOLEAN, DATE, DOUBLE, INTEGER, TEXT, TIMESTAMP, DataType, decimal
from backend.services.connectors import faults
from backend.services.connectors.base import ParameterValue, SourceParameter
from backend.services.connectors.oracle_extraction import OracleExtraction, statement
from backend.services.connectors.oracle_session import OracleSession
from backend.services.connectors.oracle_settings import OracleSettings
from backend.services.connectors.oracle_thread import DriverThread, LeftBehind
from backend.services.connectors.oracle_types import NativeField, readers_of

SETTINGS = OracleSettings(host="db", database="x", source_time_zone="UTC", current_schema="Bank")


class StandIn:
    """Does what the driver's connection does, as far as a session sees it."""

    version = "23.5.0.0.0"

    def __init__(self, frames: list[pa.Table] | None = None, error: Exception | None = None) -> None:
        self.statements: list[str] = []
        self.given: list[tuple[object, ...]] = []
        self.frames = frames or []
        self.error = error
        self.call_timeout = 0
        self.cancelled = threading.Event()
        self.closed = False
        self.description: list[oracledb.FetchInfo] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def cursor(self) -> "StandIn":
        return self

    def execute(self, sql: str, values: object = None) -> None:
        self.statements.append(sql)

    def parse(self, sql: str) -> None:
        self.statements.append(sql)
        if self.error is not None:
            raise self.error

    def fetch_df_batches(self, *arguments: object, **named: object) -> Iterator[pa.Table]:
        self.given.append((*arguments, named))
        yield from self.frames
        if self.error is not None:
            raise self.error

    def cancel(self) -> None:
        self.cancelled.set()

    def close(self) -> None:
        self.closed = True


def session_of(connection: Any, settings: OracleSettings = SETTINGS) -> OracleSession:
    return OracleSession(connection, settings, DriverThread())


def extraction(session: OracleSession, *types: str, batch_rows: int = 1000) -> OracleExtraction:
    fields = [NativeField(f"C{place}", type_, 9, 2) for place, type_ in enumerate(types)]
    query = session.bind("select * from t", {})
    return OracleExtraction(session, readers_of(fields, SETTINGS), query, batch_rows)


def server_error(code: int, offset: int = 0) -> oracledb.DatabaseError:
    return oracledb.DatabaseError(errors._Error(message=f"ORA-{code:05}: something", code=code, offset=offset))


def test_a_session_is_read_only_in_utc_and_in_its_schema_before_anything_else():
    connection = StandIn()
    session_of(connection).begin(timeout_seconds=7)
    first, second, last = connection.statements
    assert "TIME_ZONE = '+00:00'" in first
    assert "NLS_NUMERIC_CHARACTERS = '.,'" in first
    assert second == 'ALTER SESSION SET CURRENT_SCHEMA = "Bank"'
    assert last == "SET TRANSACTION READ ONLY"
    assert connection.call_timeout == 7000


@pytest.mark.parametrize(
    ("type_", "value", "text", "bound"),
    [
        (TEXT, "it's", ":v1", "it's"),
        (INTEGER, 2**62, "CAST(:v1 AS NUMBER(19))", 2**62),
        (decimal(18, 8), Decimal("0.1"), "CAST(:v1 AS NUMBER(18,8))", Decimal("0.1")),
        (DOUBLE, 0.1, "TO_BINARY_DOUBLE(:v1)", "0.1"),
        (BOOLEAN, True, "CAST(:v1 AS NUMBER(1))", 1),
        (DATE, date(1850, 2, 28), "TO_DATE(:v1, 'YYYY-MM-DD')", "1850-02-28"),
        (
            TIMESTAMP,
            datetime(2026, 7, 1, 10, 0, 0, 1, tzinfo=UTC),
            "TO_TIMESTAMP_TZ(:v1, 'YYYY-MM-DD HH24:MI:SS.FF6 TZH:TZM')",
            "2026-07-01 10:00:00.000001 +00:00",
        ),
        (DATE, None, "TO_DATE(:v1, 'YYYY-MM-DD')", None),
    ],
)
def test_a_parameter_is_bound_and_never_text(type_: DataType, value: ParameterValue, text: str, bound: object):
    given = {"date": SourceParameter(type_, value)}  # a word that Oracle takes for no parameter
    query = session_of(StandIn()).bind("select :date as a, ':date' as b, /* :date */ :date as c from dual", given)
    assert query.text == f"select {text} as a, ':date' as b, /* :date */ {text} as c from dual"
    assert query.values == {"v1": bound}


def test_a_query_is_asked_for_within_one_that_makes_texts():
    readers = readers_of([NativeField("A", "DB_TYPE_NUMBER", 9, 2), NativeField("b c", "DB_TYPE_VARCHAR")], SETTINGS)
    query = session_of(StandIn()).bind('select a, b as "b c" from t -- all', {})
    assert statement(readers, query, 5) == (
        'SELECT TO_CHAR("A", \'TM9\'), "b c" FROM (\nselect a, b as "b c" from t -- all\n) WHERE ROWNUM <= 5'
    )


def test_batches_come_in_their_order_and_typed():
    first = pa.table({"C0": ["1.5", None], "C1": ["a", ""]})
    connection = StandIn([first, pa.table({"C0": ["-2"], "C1": [None]}, schema=first.schema)])
    found = list(extraction(session_of(connection), "DB_TYPE_NUMBER", "DB_TYPE_VARCHAR", batch_rows=2))
    assert [batch.to_pydict() for batch in found] == [
        {"C0": [Decimal("1.50"), None], "C1": ["a", ""]},
        {"C0": [Decimal("-2.00")], "C1": [None]},
    ]
    assert connection.given[0][2] == 2


def test_a_refused_value_is_named_by_its_row_in_the_whole_result():
    connection = StandIn([pa.table({"C0": ["1"] * 70}), pa.table({"C0": ["1"] * 30 + ["1e99"]})])
    with pytest.raises(faults.ValueRefused) as refused:
        list(extraction(session_of(connection), "DB_TYPE_NUMBER"))
    assert refused.value.extra == {"column": "C0", "row": 101}


def test_a_text_that_is_too_large_is_named_and_was_not_sent():
    connection = StandIn([pa.table({"C0": ["a", None, None], "l": ["1", None, "1000001"]})])
    with pytest.raises(faults.ValueRefused, match="1000000 characters") as refused:
        list(extraction(session_of(connection), "DB_TYPE_CLOB"))
    assert refused.value.extra == {"column": "C0", "row": 3}
    assert connection.given[0][2] == 500


def test_a_cancelled_call_that_never_comes_back_is_left_within_two_seconds():
    held = threading.Event()

    class Hanging(StandIn):
        def fetch_df_batches(self, *arguments: object, **named: object) -> Iterator[pa.Table]:
            held.wait(30)
            yield from ()

    connection = Hanging()
    session = session_of(connection)
    threading.Timer(0.2, session.cancel).start()
    started = time.monotonic()
    with pytest.raises(faults.ExtractionCancelled):
        list(extraction(session, "DB_TYPE_VARCHAR"))
    assert connection.cancelled.is_set()
    assert time.monotonic() - started < 3
    session.close()
    assert not connection.closed  # closing would wait for the call
    held.set()


def test_a_cancelled_call_that_ends_with_the_servers_word_is_a_cancellation():
    connection = StandIn(error=server_error(1013))
    session = session_of(connection)
    session.cancel()
    with pytest.raises(faults.ExtractionCancelled):
        list(extraction(session, "DB_TYPE_VARCHAR"))
    session.close()
    assert connection.closed


def test_what_others_cancel_is_an_interruption():
    with pytest.raises(faults.QueryInterrupted):
        list(extraction(session_of(StandIn(error=server_error(1013))), "DB_TYPE_VARCHAR"))


def test_a_call_beyond_its_time_is_one_of_the_query():
    late = oracledb.OperationalError(errors._create_err(errors.ERR_CALL_TIMEOUT_EXCEEDED, timeout=7000))
    with pytest.raises(faults.QueryTimedOut, match="3600 seconds"):
        list(extraction(session_of(StandIn(error=late)), "DB_TYPE_VARCHAR"))


def test_the_time_counts_for_the_whole_query_and_not_for_each_call():
    class Slow(StandIn):
        def fetch_df_batches(self, *arguments: object, **named: object) -> Iterator[pa.Table]:
            for _ in range(20):
                time.sleep(0.3)
                yield pa.table({"C0": ["a"]})

    session = session_of(Slow())
    session.begin(timeout_seconds=1)
    with pytest.raises(faults.QueryTimedOut, match="1 seconds"):
        list(extraction(session, "DB_TYPE_VARCHAR"))


def test_a_syntax_error_is_placed_in_the_authors_text():
    source = "select :reporting_date as d,\n  wrong from t"
    session = session_of(StandIn())
    query = session.bind(source, {"reporting_date": SourceParameter(DATE)})
    failing = session_of(StandIn(error=server_error(904, query.text.index("wrong"))))
    with pytest.raises(faults.ColumnUnknown) as unknown:
        failing.describe(query)
    assert unknown.value.extra == {"line": 2, "column": 3}


def test_a_statement_without_columns_is_no_query():
    with pytest.raises(faults.QueryRefused):
        session_of(StandIn()).describe(session_of(StandIn()).bind("select 1 as a from dual", {}))


def test_a_query_that_writes_never_gets_to_the_driver():
    with pytest.raises(faults.QueryRefused):
        session_of(StandIn()).bind("select numbers.nextval as a from dual", {})


def test_undeclared_parameters_are_refused():
    with pytest.raises(faults.ParameterInvalid, match=":x"):
        session_of(StandIn()).bind("select :x as a from dual", {})


class TestDriverThread:
    def test_calls_are_made_one_after_the_other_and_give_what_they_give(self):
        thread = DriverThread()
        assert [thread.call(lambda: threading.current_thread().name, seconds=5) for _ in range(2)] == [
            *("oracle-session", "oracle-session"),
        ]
        with pytest.raises(ZeroDivisionError):
            thread.call(lambda: 1 // 0, seconds=5)
        with pytest.raises(TimeoutError):  # one that the call itself met is not ours
            thread.call(_times_out, seconds=5)
        thread.end()

    def test_a_call_is_left_after_its_time(self):
        thread = DriverThread()
        with pytest.raises(LeftBehind):
            thread.call(lambda: time.sleep(1), seconds=0.1)
        thread.end()


def _times_out() -> None:
    raise TimeoutError
