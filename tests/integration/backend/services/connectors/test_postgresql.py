"""The PostgreSQL connector against a real server: values, batches, parameters, refusals, browsing."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from backend.domain.expressions.types import BOOLEAN, DATE, DOUBLE, INTEGER, TEXT, TIMESTAMP, decimal
from backend.services.connectors import faults
from backend.services.connectors.base import Connector, SourceParameter
from tests.services.source_database import SourceDatabase


def rows_of(connector: Connector, query: str, **parameters: SourceParameter) -> list[tuple[object, ...]]:
    with connector.extract(query, parameters) as extraction:
        return [row for batch in extraction for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)]


class TestValues:
    def test_every_supported_type_arrives_exactly(self, postgresql: SourceDatabase):
        query = """
        select 32767::int2 as a, 2147483647::int4 as b, '-9223372036854775808'::int8 as c, 4294967295::oid as d,
          0.1::numeric(38, 20) as e, 'ÄÖ €😀'::text as f, 'abc'::varchar(5) as g, 'x'::char(4) as h, true as i,
          date '1850-02-28' as j, timestamptz '1850-02-28 23:59:59.999999+00' as k,
          timestamptz '2026-07-01 12:00:00+02' as l, 0.1::float8 as m, 1e-320::float8 as n, 0.1::float4 as o,
          '{"a": 1.10}'::json as p, '{"b": 1.10}'::jsonb as q,
          'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid as r, 'glad'::mood as s, '529900T8BM49AURSDO55'::lei as t,
          timestamp '2026-07-01 12:00:00' at time zone 'Europe/Berlin' as u, '10.0.0.0/8'::cidr as v
        """
        connector = postgresql.connect()
        described = {column.name: column.type for column in connector.describe(query, {})}
        (row,) = rows_of(connector, query)
        values = dict(zip(described, row, strict=True))
        assert values == {
            "a": 32767,
            "b": 2147483647,
            "c": -9223372036854775808,
            "d": 4294967295,
            "e": Decimal("0.10000000000000000000"),
            "f": "ÄÖ €😀",
            "g": "abc",
            "h": "x",
            "i": True,
            "j": date(1850, 2, 28),
            "k": datetime(1850, 2, 28, 23, 59, 59, 999999, tzinfo=UTC),
            "l": datetime(2026, 7, 1, 10, tzinfo=UTC),
            "m": 0.1,
            "n": 1e-320,
            "o": 0.10000000149011612,
            "p": '{"a": 1.10}',
            "q": '{"b": 1.10}',
            "r": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
            "s": "glad",
            "t": "529900T8BM49AURSDO55",
            "u": datetime(2026, 7, 1, 10, tzinfo=UTC),
            "v": "10.0.0.0/8",
        }
        assert described["e"] == decimal(38, 20)
        assert [described[name] for name in "abcdfijkm"] == [
            *(INTEGER, INTEGER, INTEGER, INTEGER, TEXT, BOOLEAN, DATE, TIMESTAMP, DOUBLE)
        ]

    def test_every_supported_type_may_be_null(self, postgresql: SourceDatabase):
        types = (
            "int8",
            "numeric(5,2)",
            "text",
            "char(3)",
            "boolean",
            "date",
            "timestamptz",
            "float8",
            "float4",
            "uuid",
        )
        query = "select " + ", ".join(f"null::{type_} as c{number}" for number, type_ in enumerate(types))
        assert rows_of(postgresql.connect(), query) == [(None,) * len(types)]

    def test_null_empty_and_confusing_texts_stay_apart(self, postgresql: SourceDatabase):
        texts = [
            "",
            " ",
            "NA",
            "null",
            "NULL",
            "NaN",
            "\\N",
            '"',
            '""',
            "a,b",
            "a\nb",
            "\r\n",
            "\\.",
            "\ufeffx",
            "t",
            "-",
        ]
        listed = ", ".join(f"({number}, {literal(text)})" for number, text in enumerate(texts))
        query = f"select v as v from (values {listed}, (99, null)) as x(n, v) order by n"
        assert rows_of(postgresql.connect(), query) == [*((text,) for text in texts), (None,)]

    def test_the_settings_of_the_server_do_not_change_values(self, postgresql: SourceDatabase):
        postgresql.run(
            f"ALTER ROLE {postgresql.reader} SET DateStyle = 'German, DMY';"
            f"ALTER ROLE {postgresql.reader} SET TimeZone = 'Asia/Kolkata';"
            f"ALTER ROLE {postgresql.reader} SET extra_float_digits = 0;"
            f"ALTER ROLE {postgresql.reader} SET standard_conforming_strings = off"
        )
        try:
            query = (
                "select timestamptz '2026-07-01 12:00+00' as t, date '2026-07-01' as d,"
                " 0.1::float8 + 0.2 as f, 'a\\b' as s"
            )
            assert rows_of(postgresql.connect(), query) == [
                (datetime(2026, 7, 1, 12, tzinfo=UTC), date(2026, 7, 1), 0.30000000000000004, "a\\b")
            ]
        finally:
            postgresql.run(f"ALTER ROLE {postgresql.reader} RESET ALL")

    def test_a_timestamp_without_zone_is_read_in_the_connectors_zone(self, postgresql: SourceDatabase):
        query = "select timestamp '2026-07-01 12:00:00' as t"
        assert rows_of(postgresql.connect(source_time_zone="Europe/Berlin"), query) == [
            (datetime(2026, 7, 1, 10, tzinfo=UTC),)
        ]
        with pytest.raises(faults.ColumnTypeUnsupported, match="t has the type timestamp without time zone"):
            postgresql.connect().describe(query, {})

    @pytest.mark.parametrize(
        ("expression", "column"),
        [
            ("(case when g = 60001 then 'NaN' else '1' end)::numeric(9, 2)", "bad"),
            ("(case when g = 60001 then 'Infinity' else '1' end)::float8", "bad"),
            ("(case when g = 60001 then 'NaN' else '1' end)::float8", "bad"),
            ("(case when g = 60001 then 'infinity' else '2026-01-01' end)::date", "bad"),
            ("(case when g = 60001 then '-infinity' else '2026-01-01' end)::timestamptz", "bad"),
            ("(case when g = 60001 then '10000-01-01' else '2026-01-01' end)::date", "bad"),
        ],
    )
    def test_a_value_without_an_exact_form_is_named_by_column_and_row(
        self, postgresql: SourceDatabase, expression: str, column: str
    ):
        query = f"select g as good, {expression} as {column} from generate_series(1, 70000) as g order by g"
        with pytest.raises(faults.ValueRefused) as refused:
            rows_of(postgresql.connect(), query)
        assert refused.value.extra == {"column": column, "row": 60001}

    @pytest.mark.parametrize(
        ("expression", "words"),
        [
            ("sum(price)", "numeric(p,s)"),
            ("1.5", "numeric(p,s)"),
            ("'x'::bytea", "encode"),
            ("interval '1 day'", "extract"),
            ("array[1]", "text"),
            ("row(1, 2)", "text"),
        ],
    )
    def test_an_inexact_type_is_refused_before_anything_is_read(
        self, postgresql: SourceDatabase, expression: str, words: str
    ):
        with pytest.raises(faults.ColumnTypeUnsupported, match="total") as refused:
            postgresql.connect().describe(f"select {expression} as total from trades", {})
        assert words in (refused.value.fix or "")

    @pytest.mark.parametrize(
        "query", ["select 1 as a, 2 as a", "select 1", 'select 1 as " "', "select a.id, b.id from trades a, trades b"]
    )
    def test_columns_without_a_name_of_their_own_are_refused(self, postgresql: SourceDatabase, query: str):
        with pytest.raises(faults.ColumnNameInvalid):
            postgresql.connect().describe(query, {})


class TestRefusals:
    @pytest.mark.parametrize(
        ("query", "fault", "place"),
        [
            ("select nope from trades", faults.ColumnUnknown, (1, 8)),
            ("select id,\n  :d as d, nope from trades", faults.ColumnUnknown, (2, 12)),
            ("select * from nowhere", faults.TableUnknown, (1, 15)),
            ("select * from nowhere.trades", faults.TableUnknown, (1, 15)),
            ("select no_such_function(id) as a from trades", faults.FunctionUnknown, (1, 8)),
            ("select id as a from trades group by note", faults.QueryInvalid, (1, 8)),
        ],
    )
    def test_a_wrong_query_is_told_with_its_place(
        self, postgresql: SourceDatabase, query: str, fault: type[faults.ConnectorError], place: tuple[int, int]
    ):
        with pytest.raises(fault) as refused:
            postgresql.connect().describe(query, {"d": SourceParameter(DATE)})
        assert (refused.value.extra["line"], refused.value.extra["column"]) == place
        assert refused.value.fix

    def test_a_table_without_permission_is_told(self, postgresql: SourceDatabase):
        with pytest.raises(faults.SourcePermissionDenied, match="secrets"):
            rows_of(postgresql.connect(), "select * from secrets")

    def test_a_function_that_writes_is_stopped_by_the_database(self, postgresql: SourceDatabase):
        postgresql.run(f"GRANT ALL ON secrets TO {postgresql.reader}")
        try:
            with pytest.raises(faults.QueryRefused):
                rows_of(postgresql.connect(), "select touch() as a")
        finally:
            postgresql.run(f"REVOKE ALL ON secrets FROM {postgresql.reader}")
        assert postgresql.run("select count(*) from secrets") == [(0,)]

    def test_an_error_in_the_middle_of_the_rows_is_told_without_the_value(self, postgresql: SourceDatabase):
        query = "select (case when id = 900 then 'MUELLER' else '1' end)::int as a from trades order by id"
        with pytest.raises(faults.QueryFailed) as failed:
            rows_of(postgresql.connect(), query)
        assert "MUELLER" not in failed.value.message

    def test_division_by_zero_is_an_error_of_the_query(self, postgresql: SourceDatabase):
        with pytest.raises(faults.QueryFailed, match="ivision by zero"):
            rows_of(postgresql.connect(), "select 1 / (id - 500) as a from trades")


class TestBrowsing:
    def test_the_search_path_decides_what_a_bare_name_means(self, postgresql: SourceDatabase):
        query = 'select id from "Odd ""Name"'
        with pytest.raises(faults.TableUnknown):
            postgresql.connect().describe(query, {})
        assert postgresql.connect(search_path=["archive"]).describe(query, {})


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
