"""What only the MySQL connector does: its types, its warnings, its ways around a guard, its passwords."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pymysql.constants import CLIENT

from backend.domain.expressions.types import BOOLEAN, DATE, DOUBLE, INTEGER, TEXT, TIMESTAMP, decimal
from backend.services.connectors import faults
from backend.services.connectors.base import Connector, SourceParameter
from tests.services.mariadb import MariadbSource
from tests.services.source_database import READER_PASSWORD

KINDS = """CREATE TABLE source.kinds (a tinyint, b smallint unsigned, c mediumint zerofill, d int, e bigint unsigned,
  f tinyint(1), g bit(1), h year, i decimal(38, 20), j double, k date, l datetime(6), m timestamp(6) NULL, n time(3),
  o char(4), p varchar(20) CHARACTER SET latin1, q longtext CHARACTER SET utf8mb4, r enum('glad', 'sad'),
  s set('x', 'y'), t json, u float, v bit(8), w varbinary(9), x decimal(65, 2), y datetime)"""


@pytest.fixture(scope="module")
def kinds(mariadb: MariadbSource) -> Iterator[MariadbSource]:
    mariadb.run(KINDS, "GRANT SELECT ON source.kinds TO reader@'%'")
    mariadb.run(
        "INSERT INTO source.kinds VALUES (-128, 65535, 7, -2147483648, 18446744073709551615, 1, b'1', 2026, "
        "0.1, 1e-300, '1850-02-28', '2026-07-01 12:00:00.000001', from_unixtime(1782900000.5), '-12:00:01.5', 'x', "
        "'Ärger', '€😀', 'sad', 'x,y', '{\"a\": 1.10}', 0.1, b'11111111', x'00ff', 1.50, NULL)",
        "INSERT INTO source.kinds (a) VALUES (NULL)",
    )
    yield mariadb
    mariadb.run("DROP TABLE source.kinds")


def rows_of(connector: Connector, query: str, **parameters: SourceParameter) -> list[tuple[object, ...]]:
    with connector.extract(query, parameters) as extraction:
        return [row for batch in extraction for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)]


def test_every_supported_type_arrives_exactly_or_as_null(kinds: MariadbSource):
    connector = kinds.connect(source_time_zone="Europe/Berlin")
    query = f"select {', '.join('abcdefghijklmnopqrst')} from kinds order by a is null"
    full, empty = rows_of(connector, query)
    assert full == (
        *(-128, 65535, 7, -2147483648, Decimal(18446744073709551615), True, True, 2026),
        *(Decimal("0.10000000000000000000"), 1e-300, date(1850, 2, 28)),
        datetime(2026, 7, 1, 10, 0, 0, 1, tzinfo=UTC),
        datetime.fromtimestamp(1782900000.5, UTC),
        *("-12:00:01.500", "x", "Ärger", "€😀", "sad", "x,y", '{"a": 1.10}'),
    )
    assert empty == (None,) * 20
    types = [column.type for column in connector.describe(query, {})]
    assert types[:13] == [
        *(INTEGER, INTEGER, INTEGER, INTEGER, decimal(20, 0), BOOLEAN, BOOLEAN, INTEGER),
        *(decimal(38, 20), DOUBLE, DATE, TIMESTAMP, TIMESTAMP),
    ]
    assert set(types[13:]) == {TEXT}


@pytest.mark.parametrize(
    ("column", "words"),
    [("u", "0e0"), ("v", "+ 0"), ("w", "hex"), ("x", "38"), ("y", "source_time_zone")],
)
def test_an_inexact_type_is_refused_before_anything_is_read(kinds: MariadbSource, column: str, words: str):
    with pytest.raises(faults.ColumnTypeUnsupported, match=f"Column {column}") as refused:
        kinds.connect().describe(f"select {column} from kinds", {})
    assert words in (refused.value.fix or "")
    columns = {one.name: one for one in kinds.connect().list_columns("source", "kinds")}
    assert columns[column].type is None
    assert columns[column].reason == refused.value.fix


def test_a_day_that_is_none_is_named_by_column_and_row(kinds: MariadbSource):
    kinds.run("CREATE TABLE source.days (n int, day date)", "GRANT SELECT ON source.days TO reader@'%'")
    try:
        kinds.run(
            "SET sql_mode = ''",
            "INSERT INTO source.days SELECT seq, '2026-01-01' FROM series.seq_1_to_60000",
            "INSERT INTO source.days VALUES (60001, '0000-00-00')",
        )
        with pytest.raises(faults.ValueRefused) as refused:
            rows_of(kinds.connect(), "select n, day from days order by n")
        assert refused.value.extra == {"column": "day", "row": 60001}
    finally:
        kinds.run("DROP TABLE source.days")


def test_a_boolean_that_is_neither_is_named_by_column_and_row(kinds: MariadbSource):
    kinds.run("CREATE TABLE source.flags (n int, flag boolean)", "GRANT SELECT ON source.flags TO reader@'%'")
    try:
        kinds.run(
            "INSERT INTO source.flags SELECT seq, seq % 2 FROM series.seq_1_to_50",
            "INSERT INTO source.flags VALUES (51, 2)",
        )
        with pytest.raises(faults.ValueRefused) as refused:
            rows_of(kinds.connect(), "select n, flag from flags order by n")
        assert refused.value.extra == {"column": "flag", "row": 51}
    finally:
        kinds.run("DROP TABLE source.flags")


@pytest.mark.parametrize(
    "expression",
    [
        "cast(if(id = 900, 'MUELLER', '1') as signed)",
        "1 / (id - 500)",
        "cast(if(id = 900, 'MUELLER', '2026-01-01') as date)",
        "cast(if(id = 900, 1000, 1) as decimal(3, 1))",
    ],
)
def test_a_value_the_server_would_bend_fails_the_query_and_is_not_told(mariadb: MariadbSource, expression: str):
    with pytest.raises(faults.QueryFailed, match="another value") as failed:
        rows_of(mariadb.connect(), f"select id, {expression} as a from trades order by id")
    assert "MUELLER" not in failed.value.message


@pytest.mark.parametrize(
    "query",
    [
        "select 1 as a /*! , load_file('/etc/passwd') as b */",
        "select 1 as a /*!99999 */",
        "select 1 as a /*M! , 2 as b */",
        "select /*+ MAX_EXECUTION_TIME(1) */ 1 as a",
        "select 1 as a /* /* */ , load_file('x') as b /* */ # */",
        "select 5 --(select load_file('x')) as a",
        "select 'a\\' as a, 'or load_file(\"x\") or ' as b",
        "select a into outfile '/tmp/x' from trades",
        "select benchmark(1000000000, md5('x')) as a",
        "select sleep(10) as a",
        "select get_lock('x', 10) as a",
        "select id from trades for update",
        "select id from trades lock in share mode",
        "select ? as a",
    ],
)
def test_what_hides_from_the_parser_is_refused(mariadb: MariadbSource, query: str):
    with pytest.raises((faults.QueryRefused, faults.QuerySyntaxInvalid)):
        mariadb.connect().describe(query, {})


def test_the_settings_of_the_server_do_not_change_values(mariadb: MariadbSource):
    mariadb.run(
        "SET GLOBAL time_zone = '+05:30'",
        "SET GLOBAL sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES'",
        "SET GLOBAL sql_select_limit = 10",
    )
    try:
        query = "select timestamp '2026-07-01 12:00' as t, \"it\\'s\" as s, from_unixtime(0) as f from trades limit 20"
        rows = rows_of(mariadb.connect(source_time_zone="UTC"), query)
        assert rows == [(datetime(2026, 7, 1, 12, tzinfo=UTC), "it's", datetime(1970, 1, 1, tzinfo=UTC))] * 20
        assert len(rows_of(mariadb.connect(), "select id from trades")) == 1000
    finally:
        mariadb.run(
            "SET GLOBAL time_zone = DEFAULT", "SET GLOBAL sql_mode = DEFAULT", "SET GLOBAL sql_select_limit = DEFAULT"
        )


def test_a_text_parameter_compares_by_the_rules_of_the_column(mariadb: MariadbSource):
    found = rows_of(mariadb.connect(), "select id from trades where note = :note", note=SourceParameter(TEXT, "N7"))
    assert found == [(7,)]


def test_a_wrong_query_is_told_with_its_line(mariadb: MariadbSource):
    with pytest.raises(faults.QuerySyntaxInvalid) as refused:
        mariadb.connect().describe("select id,\n  group_concat(id separator 5) as a\nfrom trades", {})
    assert refused.value.extra["line"] == 2


def test_a_bare_password_is_never_sent_over_a_readable_line(mariadb: MariadbSource):
    heard: list[bytes] = []

    def packet(number: int, body: bytes) -> bytes:
        return len(body).to_bytes(3, "little") + bytes([number]) + body

    with socket.create_server(("127.0.0.1", 0)) as server:

        def ask_for_it() -> None:
            client, _ = server.accept()
            with client:
                flags = (CLIENT.PROTOCOL_41 | CLIENT.SECURE_CONNECTION | CLIENT.PLUGIN_AUTH).to_bytes(4, "little")
                salt = b"8 bytes." + b"\0" + flags[:2] + b"\x2d\2\0" + flags[2:] + b"\x15" + b"\0" * 10
                client.sendall(packet(0, b"\x0a8.0.1\0\1\0\0\0" + salt + b"twelve bytes\0mysql_native_password\0"))
                heard.append(client.recv(65536))
                client.sendall(packet(2, b"\xfemysql_clear_password\0"))
                heard.append(client.recv(65536))

        asking = threading.Thread(target=ask_for_it)
        asking.start()
        with pytest.raises(faults.SignInRefused):
            mariadb.connect(port=server.getsockname()[1]).describe("select 1 as a", {})
        asking.join()
    assert b"reader" in heard[0]
    assert READER_PASSWORD.encode() not in b"".join(heard)
