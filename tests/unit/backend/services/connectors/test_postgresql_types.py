"""PostgreSQL's types are taken over exactly or refused with the cast that makes them exact."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from backend.domain.expressions.types import INTEGER, TEXT, TIMESTAMP, DataType, decimal
from backend.services.connectors.faults import ColumnNameInvalid, ColumnTypeUnsupported
from backend.services.connectors.postgresql_types import NativeField, exact_type, readers_of, table_column

NUMERIC = 1700


def field(name: str = "a", oid: int = 25, modifier: int = -1, native: str = "text", *, is_textual: bool = False):
    return NativeField(name, oid, modifier, native, is_textual)


def numeric(precision: int, scale: int) -> NativeField:
    return field(
        oid=NUMERIC, modifier=((precision << 16) | (scale & 0x7FF)) + 4, native=f"numeric({precision},{scale})"
    )


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        (numeric(18, 5), decimal(18, 5)),
        (numeric(38, 0), decimal(38, 0)),
        (numeric(3, 5), decimal(5, 5)),
        (numeric(5, -2), decimal(7, 0)),
        (field(oid=21), INTEGER),
        (field(oid=1184), TIMESTAMP),
        (field(oid=2950), TEXT),
        (field(oid=99_999, native="mood", is_textual=True), TEXT),
    ],
)
def test_a_type_with_an_exact_form_has_it(native: NativeField, expected: DataType):
    assert exact_type(native, None) == expected


@pytest.mark.parametrize(
    ("native", "word"),
    [
        (field("total", NUMERIC, -1, "numeric"), "numeric(p,s)"),
        (numeric(60, 5), "38"),
        (field("seen", 1114, -1, "timestamp without time zone"), "AT TIME ZONE"),
        (field("raw", 17, -1, "bytea"), "encode"),
        (field("paid", 790, -1, "money"), "numeric"),
        (field("took", 1186, -1, "interval"), "extract"),
        (field("tags", 1007, -1, "integer[]"), "ast"),
        (field("shape", 99_999, -1, "polygon"), "ast"),
    ],
)
def test_a_type_without_one_is_refused_by_column_with_the_way_out(native: NativeField, word: str):
    with pytest.raises(ColumnTypeUnsupported) as refused:
        readers_of([field("fine"), native], source_time_zone=None)
    assert native.name in refused.value.message
    assert native.native_type in refused.value.message
    assert word in (refused.value.fix or "")
    assert table_column(native, source_time_zone=None).reason == refused.value.fix


def test_a_timestamp_without_zone_is_taken_in_the_declared_zone():
    (reader,) = readers_of([field(oid=1114)], source_time_zone="Europe/Berlin")
    assert reader.finish is not None
    read = reader.finish(pa.array(["2026-07-01 12:00:00", None]).cast(pa.timestamp("us")))
    assert read.type == pa.timestamp("us", tz="UTC")
    assert pc.hour(read).to_pylist() == [10, None]


@pytest.mark.parametrize("local", ["2026-10-25 02:30:00", "2026-03-29 02:30:00"])
def test_a_local_time_that_occurs_twice_or_never_is_an_error(local: str):
    (reader,) = readers_of([field(oid=1114)], source_time_zone="Europe/Berlin")
    assert reader.finish is not None
    with pytest.raises(pa.ArrowInvalid):
        reader.finish(pa.array([local]).cast(pa.timestamp("us")))


def test_blanks_that_fill_up_a_fixed_width_are_not_part_of_the_value():
    (reader,) = readers_of([field(oid=1042, native="character(4)")], source_time_zone=None)
    assert reader.finish is not None
    assert reader.finish(pa.array([" x  ", "abcd", "    ", None])).to_pylist() == [" x", "abcd", "", None]


@pytest.mark.parametrize("names", [[], [""], ["  "], ["?column?"], ["a", "b", "a"]])
def test_missing_and_doubled_names_are_refused(names: list[str]):
    with pytest.raises(ColumnNameInvalid):
        readers_of([field(name) for name in names], source_time_zone=None)


def test_names_that_differ_in_case_are_two_columns():
    assert len(readers_of([field("a"), field("A")], source_time_zone=None)) == 2
