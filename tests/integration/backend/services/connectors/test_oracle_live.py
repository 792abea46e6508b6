"""The connector against a real Oracle server, named by ``OPENREG_TEST_ORACLE_DSN``: user/password@host:port/service.

The user needs CREATE SESSION, CREATE TABLE and room for a small table. Without a server these are the tests that may be
skipped, and are counted.
"""

import os
import re
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from ipaddress import ip_network
from threading import Timer

import oracledb
import pytest
from pydantic import SecretStr

from backend.domain.expressions.types import DATE, INTEGER, TEXT, TIMESTAMP, decimal
from backend.services.connectors import faults
from backend.services.connectors.base import Connector, Credentials, SourceParameter
from backend.services.connectors.factory import create_connector
from backend.services.egress import EgressGuard, EgressPolicy

DSN = re.fullmatch(r"([^/]+)/(.+)@([^:/@]+):(\d+)/(\S+)", os.environ.get("OPENREG_TEST_ORACLE_DSN", ""))
EVERYWHERE = EgressGuard(EgressPolicy.OWN_NETWORK, (ip_network("0.0.0.0/0"),))
TABLE = "OPENREG_TRIAL"

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def server() -> Iterator[oracledb.Connection]:
    if DSN is None:
        pytest.skip("OPENREG_TEST_ORACLE_DSN names no Oracle server")
    user, password, host, port, service = DSN.groups()
    with oracledb.connect(user=user, password=password, host=host, port=int(port), service_name=service) as connection:
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TABLE {TABLE} (id NUMBER(18), price NUMBER(38, 18), note VARCHAR2(100), day DATE,"
                " moment TIMESTAMP(6), zoned TIMESTAMP(6) WITH TIME ZONE, ratio BINARY_DOUBLE, body CLOB,"
                " padded CHAR(3))"
            )
            cursor.execute(
                f"INSERT INTO {TABLE} VALUES (1, -99999999999999999999.999999999999999999, '😀 ÄÖ', DATE '1850-02-28',"
                " TIMESTAMP '1969-12-31 23:59:59.999999', TIMESTAMP '2026-07-01 12:00:00.000001 +02:00', 0.1d,"
                " rpad(to_clob('x'), 9000, 'x'), 'a')"
            )
            cursor.execute(f"INSERT INTO {TABLE} (id, note) VALUES (2, '')")
            connection.commit()
        yield connection
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {TABLE} PURGE")


def live(**settings: object) -> Connector:
    assert DSN is not None
    user, password, host, port, service = DSN.groups()
    given = {"host": host, "port": int(port), "database": service, "ssl_mode": "disable", "source_time_zone": "UTC"}
    return create_connector(
        "oracle", {**given, **settings}, Credentials(username=user, password=SecretStr(password)), EVERYWHERE
    )


def rows_of(connector: Connector, query: str, **parameters: SourceParameter) -> list[tuple[object, ...]]:
    with connector.extract(query, parameters, batch_rows=500) as extraction:
        return [row for batch in extraction for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)]


@pytest.mark.usefixtures("server")
class TestLive:
    def test_each_step_of_a_test_succeeds(self):
        assert live().test().ok

    def test_values_arrive_exactly(self):
        assert rows_of(live(), f"select * from {TABLE} order by id") == [
            (
                1,
                Decimal("-99999999999999999999.999999999999999999"),
                "😀 ÄÖ",
                datetime(1850, 2, 28, tzinfo=UTC),
                datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
                datetime(2026, 7, 1, 10, 0, 0, 1, tzinfo=UTC),
                0.1,
                "x" * 9000,
                "a  ",
            ),
            (2, *(None,) * 8),
        ]

    def test_a_date_is_a_day_where_that_is_said(self):
        query = f"select day from {TABLE} where id = 1"
        assert rows_of(live(date_columns="day"), query) == [(date(1850, 2, 28),)]

    def test_parameters_are_bound(self):
        given = {
            "a": SourceParameter(TEXT, "it's :b"),
            "b": SourceParameter(decimal(18, 8), Decimal("0.1")),
            "date": SourceParameter(DATE, date(1850, 2, 28)),
            "c": SourceParameter(INTEGER, 2**40),
            "d": SourceParameter(TIMESTAMP, datetime(2026, 7, 1, 10, tzinfo=UTC)),
        }
        query = "select :a as a, :b as b, :date as x, cast(:c as number(18)) as c, :d as d from dual"
        assert rows_of(live(), query, **given) == [
            (
                "it's :b",
                Decimal("0.10000000"),
                datetime(1850, 2, 28, tzinfo=UTC),
                2**40,
                datetime(2026, 7, 1, 10, tzinfo=UTC),
            )
        ]

    def test_batches_keep_the_order_of_the_query(self):
        query = "select cast(level as number(18)) as n from dual connect by level <= 2500 order by 1 desc"
        assert rows_of(live(), query) == [(n,) for n in range(2500, 0, -1)]

    def test_the_transaction_is_read_only(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("backend.services.connectors.oracle_session.check_query", lambda sql, *, dialect: sql)
        with pytest.raises(faults.ConnectorError):
            rows_of(live(), f"delete from {TABLE}")
        with pytest.raises(faults.ConnectorError):
            rows_of(live(), f"select * from {TABLE} for update")

    def test_a_wrong_query_is_told_with_its_place(self):
        with pytest.raises(faults.ColumnUnknown) as unknown:
            live().describe("select 'x' as a,\n  wrong from dual", {})
        assert unknown.value.extra == {"line": 2, "column": 3}
        with pytest.raises(faults.TableUnknown):
            live().describe("select * from no_such_table", {})

    def test_sign_in_and_service_are_told_apart(self):
        with pytest.raises(faults.DatabaseUnknown):
            live(database="no_such_service").list_schemas()

    def test_a_query_is_cancelled_within_two_seconds(self):
        heavy = "select cast(count(*) as number(18)) as n from all_objects a, all_objects b, all_objects c"
        with live().extract(heavy, {}) as extraction:
            Timer(1, extraction.cancel).start()
            started = time.monotonic()
            with pytest.raises(faults.ExtractionCancelled):
                list(extraction)
        assert time.monotonic() - started < 4

    def test_tables_and_columns_are_listed(self):
        connector = live()
        owner = connector.preview("select user as u from dual", {}, limit=1).rows[0][0]
        assert TABLE in [table.name for table in connector.list_tables(str(owner))]
        columns = {column.name: column for column in connector.list_columns(str(owner), TABLE)}
        assert columns["PRICE"].native_type == "NUMBER(38,18)"
