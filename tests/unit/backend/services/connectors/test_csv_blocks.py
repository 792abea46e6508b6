"""A database's CSV becomes Arrow exactly, or the value that cannot is named by column and row."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.expressions.types import BOOLEAN, DATE, DOUBLE, INTEGER, TEXT, TIMESTAMP, DataType, decimal
from backend.services.connectors.base import SourceColumn, arrow_type
from backend.services.connectors.csv_blocks import CsvBlockParser, CsvColumnReader
from backend.services.connectors.faults import ValueRefused

pytestmark = pytest.mark.thorough


def parser(**types: DataType) -> CsvBlockParser:
    return CsvBlockParser(
        [CsvColumnReader(SourceColumn(name, type_, "native"), arrow_type(type_)) for name, type_ in types.items()]
    )


def values(text: str | bytes, **types: DataType) -> list[tuple[object, ...]]:
    block = text.encode() if isinstance(text, str) else text
    batch = parser(**types).parse(block, first_row=1)
    return list(zip(*(column.to_pylist() for column in batch.columns), strict=True))


def test_each_type_is_read():
    row = '12,1.50000,t,2026-03-02,2026-03-02 09:00:00.000001+00,1e-07,"a ""b"", c"\n'
    assert values(row, i=INTEGER, n=decimal(18, 5), b=BOOLEAN, d=DATE, t=TIMESTAMP, f=DOUBLE, s=TEXT) == [
        (
            *(12, Decimal("1.50000"), True, date(2026, 3, 2)),
            *(datetime(2026, 3, 2, 9, 0, 0, 1, tzinfo=UTC), 1e-07, 'a "b", c'),
        )
    ]


def test_null_and_the_empty_string_stay_apart():
    assert values('"",\n,""\n', a=TEXT, b=TEXT) == [("", None), (None, "")]


@pytest.mark.parametrize("text", ["NA", "null", "NULL", "NaN", "N/A", "nan", "#N/A", "true", "1", " ", "\\N", "-"])
def test_no_text_is_taken_for_null(text: str):
    assert values(f"{text}\n", a=TEXT) == [(text,)]


def test_a_null_in_the_only_column_is_a_row():
    assert values('\n\n"x"\n\n', a=TEXT) == [(None,), (None,), ("x",), (None,)]


def test_line_breaks_inside_values_are_kept():
    assert values('"a\nb\r\nc",1\n"\n",2\n', a=TEXT, b=INTEGER) == [("a\nb\r\nc", 1), ("\n", 2)]


def test_a_byte_order_mark_at_the_start_of_a_block_belongs_to_the_value():
    assert values("\ufeffx,1\n", a=TEXT, b=INTEGER) == [("\ufeffx", 1)]


def test_38_digits_are_exact():
    number = "12345678901234567890123456.789012345678"
    assert values(f"-{number}\n", n=decimal(38, 12)) == [(Decimal(f"-{number}"),)]


def test_dates_before_1900_and_at_both_ends_are_exact():
    assert values("0001-01-01\n1899-12-31\n9999-12-31\n", d=DATE) == [
        (date(1, 1, 1),),
        (date(1899, 12, 31),),
        (date(9999, 12, 31),),
    ]


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("NaN", decimal(18, 5)),
        ("Infinity", decimal(18, 5)),
        ("1.123456", decimal(18, 5)),
        ("infinity", DATE),
        ("-infinity", TIMESTAMP),
        ("10000-01-01", DATE),
        ("0044-03-15 BC", DATE),
        ("10000-01-01 00:00:00+00", TIMESTAMP),
        ("NaN", DOUBLE),
        ("Infinity", DOUBLE),
        ("-Infinity", DOUBLE),
        ("9223372036854775808", INTEGER),
        (b"\xff", TEXT),
    ],
)
def test_a_value_without_an_exact_form_is_refused_by_column_and_row(text: str | bytes, type_: DataType):
    bad = text if isinstance(text, bytes) else text.encode()
    block = b"a,\n" + b"b," + bad + b"\n"
    with pytest.raises(ValueRefused) as refused:
        parser(key=TEXT, amount=type_).parse(block, first_row=1001)
    assert refused.value.extra == {"column": "amount", "row": 1002}
    assert "amount" in refused.value.message
    assert "1002" in refused.value.message


def test_the_refused_value_itself_is_not_repeated():
    with pytest.raises(ValueRefused) as refused:
        values("1970-01-01#MUELLER\n", d=DATE)
    assert "MUELLER" not in refused.value.message


def test_the_row_is_right_after_a_byte_order_mark_too():
    with pytest.raises(ValueRefused) as refused:
        values("\ufeffa,1\nb,x\n", a=TEXT, n=INTEGER)
    assert refused.value.extra == {"column": "n", "row": 2}


def test_duplicate_looking_names_do_not_mix_columns_up():
    assert values("1,2\n", a=INTEGER, A=INTEGER) == [(1, 2)]


def test_a_very_long_value_fits():
    long = "ä" * 3_000_000
    assert values(f"{long},1\n", a=TEXT, b=INTEGER) == [(long, 1)]


def as_copy_writes(value: str | None) -> str:
    """PostgreSQL quotes what would be misread, and the empty string."""
    if value is None:
        return ""
    if value == "" or any(mark in value for mark in ',"\n\r'):
        return '"' + value.replace('"', '""') + '"'
    return value


@given(
    st.lists(st.tuples(*[st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\x00"))] * 3), min_size=1)
)
def test_any_text_survives(rows: list[tuple[str | None, ...]]):
    block = "".join(",".join(map(as_copy_writes, row)) + "\n" for row in rows)
    assert values(block, a=TEXT, b=TEXT, c=TEXT) == rows


@given(
    st.lists(
        st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=7, min_value=-(10**30), max_value=10**30),
        min_size=1,
    )
)
def test_any_decimal_survives(numbers: list[Decimal | None]):
    block = "".join(("" if number is None else format(number, "f")) + "\n" for number in numbers)
    assert values(block, n=decimal(38, 7)) == [(number,) for number in numbers]


def test_the_schema_is_that_of_the_columns():
    assert parser(a=TEXT, n=decimal(10, 2)).schema == pa.schema([("a", pa.string()), ("n", pa.decimal128(10, 2))])
