"""The PostgreSQL connector against a real server: values, batches, parameters, refusals, browsing."""

import resource
import time
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from backend.domain.expressions.types import BOOLEAN, DATE, DOUBLE, INTEGER, TEXT, TIMESTAMP, DataType, decimal
from backend.services.connectors import faults
from backend.services.connectors.base import Connector, SourceParameter
from tests.services.source_database import SourceDatabase


def rows_of(connector: Connector, query: str, **parameters: SourceParameter) -> list[tuple[object, ...]]:
    with connector.extract(query, parameters) as extraction:
        return [row for batch in extraction for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)]


class TestValues:
    def test_every_supported_type_arrives_exactly(self, source: SourceDatabase):
        query = """
        select 32767::int2 as a, 2147483647::int4 as b, '-9223372036854775808'::int8 as c, 4294967295::oid as d,
          0.1::numeric(38, 20) as e, 'ÄÖ €😀'::text as f, 'abc'::varchar(5) as g, 'x'::char(4) as h, true as i,
          date '1850-02-28' as j, timestamptz '1850-02-28 23:59:59.999999+00' as k,
          timestamptz '2026-07-01 12:00:00+02' as l, 0.1::float8 as m, 1e-320::float8 as n, 0.1::float4 as o,
          '{"a": 1.10}'::json as p, '{"b": 1.10}'::jsonb as q,
          'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid as r, 'glad'::mood as s, '529900T8BM49AURSDO55'::lei as t,
          timestamp '2026-07-01 12:00:00' at time zone 'Europe/Berlin' as u, '10.0.0.0/8'::cidr as v
        """
        connector = source.connect()
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

    def test_every_supported_type_may_be_null(self, source: SourceDatabase):
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
        assert rows_of(source.connect(), query) == [(None,) * len(types)]

    def test_null_empty_and_confusing_texts_stay_apart(self, source: SourceDatabase):
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
        assert rows_of(source.connect(), query) == [*((text,) for text in texts), (None,)]

    def test_the_settings_of_the_server_do_not_change_values(self, source: SourceDatabase):
        source.run(
            f"ALTER ROLE {source.reader} SET DateStyle = 'German, DMY';"
            f"ALTER ROLE {source.reader} SET TimeZone = 'Asia/Kolkata';"
            f"ALTER ROLE {source.reader} SET extra_float_digits = 0;"
            f"ALTER ROLE {source.reader} SET standard_conforming_strings = off"
        )
        try:
            query = (
                "select timestamptz '2026-07-01 12:00+00' as t, date '2026-07-01' as d,"
                " 0.1::float8 + 0.2 as f, 'a\\b' as s"
            )
            assert rows_of(source.connect(), query) == [
                (datetime(2026, 7, 1, 12, tzinfo=UTC), date(2026, 7, 1), 0.30000000000000004, "a\\b")
            ]
        finally:
            source.run(f"ALTER ROLE {source.reader} RESET ALL")

    def test_a_timestamp_without_zone_is_read_in_the_connectors_zone(self, source: SourceDatabase):
        query = "select timestamp '2026-07-01 12:00:00' as t"
        assert rows_of(source.connect(source_time_zone="Europe/Berlin"), query) == [
            (datetime(2026, 7, 1, 10, tzinfo=UTC),)
        ]
        with pytest.raises(faults.ColumnTypeUnsupported, match="t has the type timestamp without time zone"):
            source.connect().describe(query, {})

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
        self, source: SourceDatabase, expression: str, column: str
    ):
        query = f"select g as good, {expression} as {column} from generate_series(1, 70000) as g order by g"
        with pytest.raises(faults.ValueRefused) as refused:
            rows_of(source.connect(), query)
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
        self, source: SourceDatabase, expression: str, words: str
    ):
        with pytest.raises(faults.ColumnTypeUnsupported, match="total") as refused:
            source.connect().describe(f"select {expression} as total from trades", {})
        assert words in (refused.value.fix or "")

    @pytest.mark.parametrize(
        "query", ["select 1 as a, 2 as a", "select 1", 'select 1 as " "', "select a.id, b.id from trades a, trades b"]
    )
    def test_columns_without_a_name_of_their_own_are_refused(self, source: SourceDatabase, query: str):
        with pytest.raises(faults.ColumnNameInvalid):
            source.connect().describe(query, {})


class TestBatches:
    @pytest.mark.parametrize("batch_rows", [1, 7, 1000, 999, 100_000])
    def test_batches_have_at_most_the_rows_asked_for_in_the_querys_order(self, source: SourceDatabase, batch_rows: int):
        with source.connect().extract(
            "select id from trades order by id desc", {}, batch_rows=batch_rows
        ) as extraction:
            batches = list(extraction)
        assert {batch.num_rows for batch in batches[:-1]} <= {batch_rows}
        assert [row for batch in batches for row in batch.column(0).to_pylist()] == list(range(1000, 0, -1))

    def test_the_cut_is_the_same_every_time(self, source: SourceDatabase):
        query = "select g as g, repeat('x', g % 5000) as filler from generate_series(1, 20000) as g"

        def cuts() -> list[int]:
            with source.connect().extract(query, {}, batch_rows=3000) as extraction:
                return [batch.num_rows for batch in extraction]

        first = cuts()
        assert first == cuts()
        assert sum(first) == 20_000
        assert max(first) <= 3000

    def test_no_rows_give_no_batches_and_a_schema(self, source: SourceDatabase):
        with source.connect().extract("select id, price from trades where false", {}) as extraction:
            assert list(extraction) == []
            assert extraction.schema == pa.schema([("id", pa.int64()), ("price", pa.decimal128(18, 8))])

    def test_memory_does_not_grow_with_the_rows(self, source: SourceDatabase):
        query = "select g as g, repeat(md5(g::text), 10) as filler from generate_series(1, {}) as g"

        def peak_after(rows: int) -> int:
            with source.connect().extract(query.format(rows), {}, batch_rows=10_000) as extraction:
                assert sum(batch.num_rows for batch in extraction) == rows
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        first = peak_after(100_000)
        assert peak_after(600_000) - first < 32 * 1024

    def test_batches_of_very_long_rows_are_small(self, source: SourceDatabase):
        query = "select repeat('x', 1000000) as filler from generate_series(1, 100) as g"
        with source.connect().extract(query, {}, batch_rows=50_000) as extraction:
            sizes = [batch.nbytes for batch in extraction]
        assert len(sizes) > 1
        assert sum(sizes) > 100_000_000
        assert max(sizes) < 4_000_000

    def test_an_extraction_sees_one_state_of_the_database(self, source: SourceDatabase):
        query = "select id from trades order by id"
        with source.connect().extract(query, {}, batch_rows=100) as extraction:
            source.run("INSERT INTO trades VALUES (5000, '2026-03-01', 1, 'late')")
            try:
                assert sum(batch.num_rows for batch in extraction) == 1000
            finally:
                source.run("DELETE FROM trades WHERE id = 5000")


class TestParameters:
    @pytest.mark.parametrize(
        ("type_", "value", "cast"),
        [
            (DATE, date(2026, 3, 2), "date"),
            (INTEGER, -(2**63), "bigint"),
            (decimal(38, 10), Decimal("1234567890123456789012345678.0123456789"), "numeric(38,10)"),
            (BOOLEAN, False, "boolean"),
            (DOUBLE, 0.1, "float8"),
            (TIMESTAMP, datetime(2026, 3, 2, 9, 0, 0, 1, tzinfo=UTC), "timestamptz"),
            (TEXT, "", "text"),
            (TEXT, 'it\'s "quoted" \\ $1 :x %s; drop table trades --\n€😀', "text"),
        ],
    )
    def test_a_value_arrives_as_it_was_given(self, source: SourceDatabase, type_: DataType, value: object, cast: str):
        parameter = SourceParameter(type_, value)
        ((got, same),) = rows_of(source.connect(), f"select :p::{cast} as p, :p = :p as same", p=parameter)
        assert (got, same) == (value, True)

    @pytest.mark.parametrize("type_", [DATE, INTEGER, decimal(5, 2), BOOLEAN, TIMESTAMP, TEXT])
    def test_a_parameter_without_a_value_is_null_of_its_type(self, source: SourceDatabase, type_: DataType):
        query = "select count(*) as n from trades where :p is null"
        assert rows_of(source.connect(), query, p=SourceParameter(type_)) == [(1000,)]

    def test_a_parameter_filters(self, source: SourceDatabase):
        query = (
            "select count(*) as n from trades where trade_date = :reporting_date and note is not null and ':x' <> ''"
        )
        (found,) = rows_of(source.connect(), query, reporting_date=SourceParameter(DATE, date(2026, 3, 2)))
        assert (
            found == (source.run("select count(*) from trades where trade_date = '2026-03-02' and note is not null")[0])
        )

    def test_a_query_is_described_from_types_alone(self, source: SourceDatabase):
        columns = source.connect().describe(
            "select :d as d, :n + 1 as n", {"d": SourceParameter(DATE), "n": SourceParameter(INTEGER)}
        )
        assert [column.type for column in columns] == [DATE, INTEGER]

    def test_an_undeclared_parameter_is_named(self, source: SourceDatabase):
        with pytest.raises(faults.ParameterInvalid, match=":nope"):
            source.connect().describe("select :nope as a", {"d": SourceParameter(DATE)})


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
        self, source: SourceDatabase, query: str, fault: type[faults.ConnectorError], place: tuple[int, int]
    ):
        with pytest.raises(fault) as refused:
            source.connect().describe(query, {"d": SourceParameter(DATE)})
        assert (refused.value.extra["line"], refused.value.extra["column"]) == place
        assert refused.value.fix

    def test_a_table_without_permission_is_told(self, source: SourceDatabase):
        with pytest.raises(faults.SourcePermissionDenied, match="secrets"):
            rows_of(source.connect(), "select * from secrets")

    def test_a_function_that_writes_is_stopped_by_the_database(self, source: SourceDatabase):
        source.run(f"GRANT ALL ON secrets TO {source.reader}")
        try:
            with pytest.raises(faults.QueryRefused):
                rows_of(source.connect(), "select touch() as a")
        finally:
            source.run(f"REVOKE ALL ON secrets FROM {source.reader}")
        assert source.run("select count(*) from secrets") == [(0,)]

    def test_an_error_in_the_middle_of_the_rows_is_told_without_the_value(self, source: SourceDatabase):
        query = "select (case when id = 900 then 'MUELLER' else '1' end)::int as a from trades order by id"
        with pytest.raises(faults.QueryFailed) as failed:
            rows_of(source.connect(), query)
        assert "MUELLER" not in failed.value.message

    def test_division_by_zero_is_an_error_of_the_query(self, source: SourceDatabase):
        with pytest.raises(faults.QueryFailed, match="ivision by zero"):
            rows_of(source.connect(), "select 1 / (id - 500) as a from trades")


class TestBrowsing:
    def test_only_what_can_be_read_is_listed(self, source: SourceDatabase):
        connector = source.connect()
        assert connector.list_schemas() == ("archive", "public")
        assert [(table.name, table.is_view) for table in connector.list_tables("public")] == [
            ("cheap_trades", True),
            ("trades", False),
        ]

    def test_columns_are_listed_with_the_cast_some_need(self, source: SourceDatabase):
        columns = {column.name: column for column in source.connect().list_columns("archive", 'Odd "Name')}
        assert list(columns) == ["id", "Mixed Case", "total", "raw"]
        assert columns["id"].type == INTEGER
        assert columns["total"].type is None
        assert "numeric(p,s)" in (columns["total"].reason or "")

    def test_the_search_path_decides_what_a_bare_name_means(self, source: SourceDatabase):
        query = 'select id from "Odd ""Name"'
        with pytest.raises(faults.TableUnknown):
            source.connect().describe(query, {})
        assert source.connect(search_path=["archive"]).describe(query, {})

    def test_a_preview_gives_the_first_rows_in_the_querys_order(self, source: SourceDatabase):
        preview = source.connect().preview("select id, price from trades order by id desc", {}, limit=3)
        assert preview.rows == (
            (1000, Decimal("125.00000000")),
            (999, Decimal("124.87500000")),
            (998, Decimal("124.75000000")),
        )
        assert [column.name for column in preview.columns] == ["id", "price"]

    def test_a_preview_of_a_huge_result_is_quick(self, source: SourceDatabase):
        started = time.monotonic()
        preview = source.connect().preview(
            "select a.id as a, b.id as b from trades a, trades b, trades c, trades d", {}, limit=5
        )
        assert len(preview.rows) == 5
        assert time.monotonic() - started < 5


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
