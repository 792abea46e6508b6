"""The contract of connectors, kept by each kind against a real server: values, batches, parameters, browsing."""

import resource
import time
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from backend.domain.expressions.types import BOOLEAN, DATE, DOUBLE, INTEGER, TEXT, TIMESTAMP, DataType, Kind, decimal
from backend.services.connectors import faults
from backend.services.connectors.base import Connector, SourceParameter
from tests.integration.backend.services.connectors.conftest import AnySource


def rows_of(connector: Connector, query: str, **parameters: SourceParameter) -> list[tuple[object, ...]]:
    with connector.extract(query, parameters) as extraction:
        return [row for batch in extraction for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)]


CONFUSING = (
    *("", " ", "NA", "null", "NULL", "NaN", "\\N", '"', '""', "a,b", "a\nb", "\r\n", "\\.", "\ufeffx", "t", "-"),
    *("0", "1e5", "\t", "\u2028", "ÄÖ €😀", "x" * 70_000),
)


class TestValues:
    @pytest.mark.parametrize("text", CONFUSING, ids=range(len(CONFUSING)))
    def test_null_empty_and_confusing_texts_stay_apart(self, source: AnySource, text: str):
        given = {"p": SourceParameter(TEXT, text), "n": SourceParameter(TEXT)}
        connector = source.connect(**source.with_texts_of(70_000))
        assert rows_of(connector, "select :p as p, :n as n", **given) == [(text, None)]

    def test_exact_numbers_arrive_exactly(self, source: AnySource):
        query = (
            "select cast(0.1 as decimal(38, 20)) as a, cast(-99999999999999999999.999999999999999999 as "
            "decimal(38, 18)) as b, cast(9223372036854775807 as decimal(19, 0)) as c"
        )
        assert rows_of(source.connect(), query) == [
            (
                Decimal("0.10000000000000000000"),
                Decimal("-99999999999999999999.999999999999999999"),
                Decimal(9223372036854775807),
            )
        ]

    def test_days_and_times_arrive_exactly(self, source: AnySource):
        query = "select date '1850-02-28' as a, timestamp '1969-12-31 23:59:59.999999' as b"
        connector = source.connect(source_time_zone="UTC")
        assert rows_of(connector, query) == [
            (date(1850, 2, 28), datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC))
        ]

    def test_a_local_time_is_read_in_the_connectors_zone(self, source: AnySource):
        query = "select timestamp '2026-07-01 12:00:00' as t"
        assert rows_of(source.connect(source_time_zone="Europe/Berlin"), query) == [
            (datetime(2026, 7, 1, 10, tzinfo=UTC),)
        ]
        with pytest.raises(faults.ColumnTypeUnsupported, match="Column t has the type"):
            source.connect().describe(query, {})

    @pytest.mark.parametrize("time", ["2026-03-29 02:30:00", "2026-10-25 02:30:00"])
    def test_a_local_time_that_is_none_or_two_is_refused(self, source: AnySource, time: str):
        with pytest.raises(faults.ValueRefused, match="Column t"):
            rows_of(source.connect(source_time_zone="Europe/Berlin"), f"select timestamp '{time}' as t")

    @pytest.mark.parametrize("query", ["select 1 as a, 2 as a", "select a.id, b.id from trades a, trades b"])
    def test_columns_without_a_name_of_their_own_are_refused(self, source: AnySource, query: str):
        with pytest.raises(faults.ColumnNameInvalid):
            source.connect().describe(query, {})


class TestBatches:
    @pytest.mark.parametrize("batch_rows", [1, 7, 1000, 999, 100_000])
    def test_batches_have_at_most_the_rows_asked_for_in_the_querys_order(self, source: AnySource, batch_rows: int):
        with source.connect().extract(
            "select id from trades order by id desc", {}, batch_rows=batch_rows
        ) as extraction:
            batches = list(extraction)
        assert {batch.num_rows for batch in batches[:-1]} <= {batch_rows}
        assert [row for batch in batches for row in batch.column(0).to_pylist()] == list(range(1000, 0, -1))

    def test_the_cut_is_the_same_every_time(self, source: AnySource):
        query = f"select g as g, repeat('x', g % 5000) as filler from {source.series(20_000)}"

        def cuts() -> list[int]:
            with source.connect(**source.with_texts_of(5000)).extract(query, {}, batch_rows=3000) as extraction:
                return [batch.num_rows for batch in extraction]

        first = cuts()
        assert first == cuts()
        assert sum(first) == 20_000
        assert max(first) <= 3000

    def test_no_rows_give_no_batches_and_a_schema(self, source: AnySource):
        with source.connect().extract("select id, price from trades where false", {}) as extraction:
            assert list(extraction) == []
            assert extraction.schema == pa.schema([("id", pa.int64()), ("price", pa.decimal128(18, 8))])

    def test_memory_does_not_grow_with_the_rows(self, streaming_source: AnySource):
        def peak_after(rows: int) -> int:
            query = f"select g as g, repeat(md5(cast(g as char(7))), 10) as filler from {streaming_source.series(rows)}"
            with streaming_source.connect().extract(query, {}, batch_rows=10_000) as extraction:
                assert sum(batch.num_rows for batch in extraction) == rows
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        first = peak_after(100_000)
        assert peak_after(600_000) - first < 32 * 1024

    def test_batches_of_very_long_rows_are_small(self, source: AnySource):
        query = f"select repeat('x', 1000000) as filler from {source.series(100)}"
        with source.connect(**source.with_texts_of(1_000_000)).extract(query, {}, batch_rows=50_000) as extraction:
            sizes = [batch.nbytes for batch in extraction]
        assert len(sizes) > 1
        assert sum(sizes) > 100_000_000
        assert max(sizes) < 4_000_000

    def test_an_extraction_sees_one_state_of_the_database(self, source: AnySource):
        query = "select id from trades order by id"
        with source.connect().extract(query, {}, batch_rows=100) as extraction:
            source.run(f"INSERT INTO {source.main_schema}.trades VALUES (5000, '2026-03-01', 1, 'late')")
            try:
                assert sum(batch.num_rows for batch in extraction) == 1000
            finally:
                source.run(f"DELETE FROM {source.main_schema}.trades WHERE id = 5000")


class TestParameters:
    @pytest.mark.parametrize(
        ("type_", "value"),
        [
            (DATE, date(2026, 3, 2)),
            (INTEGER, -(2**63)),
            (decimal(38, 10), Decimal("1234567890123456789012345678.0123456789")),
            (BOOLEAN, False),
            (DOUBLE, 0.1),
            (TIMESTAMP, datetime(2026, 3, 2, 9, 0, 0, 1, tzinfo=UTC)),
            (TEXT, ""),
            (TEXT, 'it\'s "quoted" \\ $1 :x %s; drop table trades --\n€😀'),
        ],
    )
    def test_a_value_arrives_as_it_was_given(self, source: AnySource, type_: DataType, value: object):
        parameter = SourceParameter(type_, value)
        connector = source.connect(source_time_zone="UTC")
        given = f"cast(:p as {type_})" if type_.kind is Kind.DECIMAL else ":p"
        ((got, same),) = rows_of(connector, f"select {given} as p, :p = :p as same", p=parameter)
        assert (got, same) == (value, True)

    @pytest.mark.parametrize("type_", [DATE, INTEGER, decimal(5, 2), BOOLEAN, TIMESTAMP, TEXT])
    def test_a_parameter_without_a_value_is_null_of_its_type(self, source: AnySource, type_: DataType):
        query = "select count(*) as n from trades where :p is null"
        assert rows_of(source.connect(), query, p=SourceParameter(type_)) == [(1000,)]

    def test_a_parameter_filters(self, source: AnySource):
        query = (
            "select count(*) as n from trades where trade_date = :reporting_date and note is not null and ':x' <> ''"
        )
        (found,) = rows_of(source.connect(), query, reporting_date=SourceParameter(DATE, date(2026, 3, 2)))
        expected = f"from {source.main_schema}.trades where trade_date = '2026-03-02' and note is not null"
        assert [found] == source.run(f"select count(*) {expected}")

    def test_a_query_is_described_from_types_alone(self, source: AnySource):
        columns = source.connect().describe(
            "select :d as d, :n + 1 as n", {"d": SourceParameter(DATE), "n": SourceParameter(INTEGER)}
        )
        assert [column.type for column in columns] == [DATE, INTEGER]

    def test_an_undeclared_parameter_is_named(self, source: AnySource):
        with pytest.raises(faults.ParameterInvalid, match=":nope"):
            source.connect().describe("select :nope as a", {"d": SourceParameter(DATE)})


class TestRefusals:
    def test_an_unknown_column_is_told(self, source: AnySource):
        with pytest.raises(faults.ColumnUnknown, match="nope"):
            source.connect().describe("select nope from trades", {})

    def test_an_unknown_table_is_told(self, source: AnySource):
        with pytest.raises(faults.TableUnknown, match="nowhere"):
            source.connect().describe("select * from archive.nowhere", {})

    def test_a_table_without_permission_is_told(self, source: AnySource):
        with pytest.raises(faults.SourcePermissionDenied, match="secrets"):
            rows_of(source.connect(), "select * from secrets")

    def test_a_function_that_writes_is_stopped_by_the_database(self, source: AnySource):
        with pytest.raises((faults.QueryRefused, faults.SourcePermissionDenied)):
            rows_of(source.connect(), "select touch() as a")
        assert source.run(f"select count(*) from {source.main_schema}.secrets") == [(0,)]

    @pytest.mark.parametrize("query", ["delete from trades", "select 1 as a; select 2 as a", "select 1 as a into x"])
    def test_what_is_no_single_select_is_refused(self, source: AnySource, query: str):
        with pytest.raises(faults.QueryInvalid):
            source.connect().describe(query, {})


class TestBrowsing:
    def test_only_what_can_be_read_is_listed(self, source: AnySource):
        connector = source.connect()
        assert connector.list_schemas() == ("archive", source.main_schema)
        assert [(table.name, table.is_view) for table in connector.list_tables(source.main_schema)] == [
            ("cheap_trades", True),
            ("trades", False),
        ]

    def test_columns_are_listed_with_the_cast_some_need(self, source: AnySource):
        columns = {column.name: column for column in source.connect().list_columns("archive", source.odd_table)}
        assert list(columns) == ["id", "Mixed Case", "total", "raw"]
        assert (columns["id"].type, columns["Mixed Case"].type) == (INTEGER, TEXT)
        assert (columns["total"].type, columns["raw"].type) == (None, None)
        assert columns["total"].reason
        assert columns["raw"].reason

    def test_a_preview_gives_the_first_rows_in_the_querys_order(self, source: AnySource):
        preview = source.connect().preview("select id, price from trades order by id desc", {}, limit=3)
        assert preview.rows == (
            (1000, Decimal("125.00000000")),
            (999, Decimal("124.87500000")),
            (998, Decimal("124.75000000")),
        )
        assert [column.name for column in preview.columns] == ["id", "price"]

    def test_a_preview_of_a_query_with_a_limit_of_its_own_is_no_longer(self, source: AnySource):
        query = "select id from trades order by id limit 500"
        assert source.connect().preview(query, {}, limit=2).rows == ((1,), (2,))

    def test_a_preview_of_a_huge_result_is_quick(self, source: AnySource):
        started = time.monotonic()
        preview = source.connect().preview(
            "select a.id as a, b.id as b from trades a, trades b, trades c, trades d", {}, limit=5
        )
        assert len(preview.rows) == 5
        assert time.monotonic() - started < 5
