"""Oracle's types from the driver's own description, and what becomes of the texts that its server would send."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

import oracledb
import pyarrow as pa
import pytest

from backend.domain.expressions.types import BOOLEAN, DATE, DOUBLE, INTEGER, TEXT, TIMESTAMP, DataType, decimal
from backend.services.connectors.faults import ColumnNameInvalid, ColumnTypeUnsupported, ValueRefused
from backend.services.connectors.oracle_settings import DateColumns, OracleSettings
from backend.services.connectors.oracle_types import NativeField, OracleReader, readers_of, table_column

UTC_SOURCE = OracleSettings(host="db", database="x", source_time_zone="UTC")
BERLIN = OracleSettings(host="db", database="x", source_time_zone="Europe/Berlin")
NO_ZONE = OracleSettings(host="db", database="x")
DAYS = OracleSettings(host="db", database="x", date_columns=DateColumns.DAY)


def described(type_: oracledb.DbType, precision: int = 0, scale: int = 0, name: str = "C") -> NativeField:
    """What the driver says of a column: an object of its class, as it makes one of what the server sends."""
    found = oracledb.FetchInfo.__new__(oracledb.FetchInfo)
    cast("Any", found)._impl = _Described(name, type_, precision, scale)
    return NativeField.of(found)


class _Described:
    """The fields of the driver's compiled description."""

    def __init__(self, name: str, type_: oracledb.DbType, precision: int, scale: int) -> None:
        self.name, self.dbtype, self.precision, self.scale = name, type_, precision, scale


def number(precision: int, scale: int) -> NativeField:
    return described(oracledb.DB_TYPE_NUMBER, precision, scale)


def reader(field: NativeField, settings: OracleSettings = UTC_SOURCE) -> OracleReader:
    return readers_of([field], settings)[0]


def read(field: NativeField, *values: str | float | None, settings: OracleSettings = UTC_SOURCE) -> list[object]:
    return list(reader(field, settings).read(pa.array(values), first_row=1).to_pylist())


@pytest.mark.parametrize(
    ("field", "type_", "native"),
    [
        (number(18, 8), decimal(18, 8), "NUMBER(18,8)"),
        (number(38, 0), decimal(38, 0), "NUMBER(38,0)"),
        (number(18, 0), INTEGER, "NUMBER(18,0)"),
        (number(19, 0), decimal(19, 0), "NUMBER(19,0)"),
        (number(2, 4), decimal(4, 4), "NUMBER(2,4)"),
        (number(5, -2), INTEGER, "NUMBER(5,-2)"),
        (number(17, -2), decimal(19, 0), "NUMBER(17,-2)"),
        (described(oracledb.DB_TYPE_VARCHAR), TEXT, "VARCHAR2"),
        (described(oracledb.DB_TYPE_CHAR), TEXT, "CHAR"),
        (described(oracledb.DB_TYPE_CLOB), TEXT, "CLOB"),
        (described(oracledb.DB_TYPE_DATE), TIMESTAMP, "DATE"),
        (described(oracledb.DB_TYPE_TIMESTAMP), TIMESTAMP, "TIMESTAMP"),
        (described(oracledb.DB_TYPE_TIMESTAMP_TZ), TIMESTAMP, "TIMESTAMP WITH TIME ZONE"),
        (described(oracledb.DB_TYPE_TIMESTAMP_LTZ), TIMESTAMP, "TIMESTAMP WITH LOCAL TIME ZONE"),
        (described(oracledb.DB_TYPE_BINARY_FLOAT), DOUBLE, "BINARY_FLOAT"),
        (described(oracledb.DB_TYPE_BINARY_DOUBLE), DOUBLE, "BINARY_DOUBLE"),
        (described(oracledb.DB_TYPE_BOOLEAN), BOOLEAN, "BOOLEAN"),
    ],
)
def test_a_type_with_an_exact_form_has_one(field: NativeField, type_: DataType, native: str):
    assert (reader(field).column.type, field.native_type) == (type_, native)


@pytest.mark.parametrize(
    ("field", "fix"),
    [
        (number(0, -127), "as number(p,s)"),
        (number(0, 0), "as number(p,s)"),
        (number(126, -127), "as number(p,s)"),
        (number(38, -2), "38 digits"),
        (described(oracledb.DB_TYPE_RAW), "rawtohex(C)"),
        (described(oracledb.DB_TYPE_BLOB), "leave it out"),
        (described(oracledb.DB_TYPE_NVARCHAR), "varchar2"),
        (described(oracledb.DB_TYPE_NCLOB), "varchar2"),
        (described(oracledb.DB_TYPE_LONG), "CLOB"),
        (described(oracledb.DB_TYPE_ROWID), "owidtochar(C)"),
        (described(oracledb.DB_TYPE_INTERVAL_DS), "extract(day from C)"),
        (described(oracledb.DB_TYPE_INTERVAL_YM), "extract(year from C)"),
        (described(oracledb.DB_TYPE_JSON), "son_serialize(C"),
        (described(oracledb.DB_TYPE_XMLTYPE), "mlserialize(content C"),
        (described(oracledb.DB_TYPE_BFILE), "file"),
        (described(oracledb.DB_TYPE_VECTOR), "ast C to"),
        (described(oracledb.DB_TYPE_CURSOR), "ast C to"),
    ],
)
def test_a_type_without_one_is_refused_with_the_cast_to_write(field: NativeField, fix: str):
    with pytest.raises(ColumnTypeUnsupported, match="Column C has the type") as refused:
        reader(field)
    assert fix in (refused.value.fix or "")
    assert table_column(field, UTC_SOURCE).type is None
    assert table_column(field, UTC_SOURCE).reason == refused.value.fix


@pytest.mark.parametrize("type_", [oracledb.DB_TYPE_DATE, oracledb.DB_TYPE_TIMESTAMP])
def test_a_local_time_needs_a_zone(type_: oracledb.DbType):
    with pytest.raises(ColumnTypeUnsupported) as refused:
        reader(described(type_), NO_ZONE)
    assert "source_time_zone" in (refused.value.fix or "")


def test_numbers_come_as_texts_and_are_exact():
    assert reader(number(38, 18)).selected == "TO_CHAR(\"C\", 'TM9')"
    assert read(number(38, 18), "-99999999999999999999.999999999999999999", ".1", "-.5", "7", None) == [
        Decimal("-99999999999999999999.999999999999999999"),
        Decimal("0.100000000000000000"),
        Decimal("-0.500000000000000000"),
        Decimal("7.000000000000000000"),
        None,
    ]
    assert read(number(18, 0), "999999999999999999", "-1", "0") == [999999999999999999, -1, 0]
    assert read(number(5, -2), "1234500") == [1234500]


def test_a_day_has_no_time_of_day():
    field = described(oracledb.DB_TYPE_DATE)
    assert reader(field, DAYS).column.type == DATE
    assert read(field, " 1850-02-28 00:00:00", None, " 9999-12-31 00:00:00", settings=DAYS) == [
        *(date(1850, 2, 28), None, date(9999, 12, 31)),
    ]
    with pytest.raises(ValueRefused):
        read(field, " 1850-02-28 00:00:01", settings=DAYS)


@pytest.mark.parametrize(
    ("type_", "text", "settings", "instant"),
    [
        (oracledb.DB_TYPE_DATE, " 2026-07-01 12:00:00", BERLIN, datetime(2026, 7, 1, 10, tzinfo=UTC)),
        (oracledb.DB_TYPE_DATE, " 0001-01-01 00:00:00", UTC_SOURCE, datetime(1, 1, 1, tzinfo=UTC)),
        (
            oracledb.DB_TYPE_TIMESTAMP,
            " 1969-12-31 23:59:59.999999000",
            UTC_SOURCE,
            datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        ),
        (
            oracledb.DB_TYPE_TIMESTAMP_TZ,
            " 2026-07-01 10:00:00.000001000",
            BERLIN,
            datetime(2026, 7, 1, 10, 0, 0, 1, tzinfo=UTC),
        ),
        (
            oracledb.DB_TYPE_TIMESTAMP_LTZ,
            " 1974-05-22 01:04:34.015079000",  # the driver's own way was a microsecond off here
            NO_ZONE,
            datetime(1974, 5, 22, 1, 4, 34, 15079, tzinfo=UTC),
        ),
    ],
)
def test_times_are_instants_to_the_microsecond(
    type_: oracledb.DbType, text: str, settings: OracleSettings, instant: datetime
):
    assert read(described(type_), text, None, settings=settings) == [instant, None]


@pytest.mark.parametrize(
    "text", [" 2026-07-01 10:00:00.000000001", "-0044-03-15 12:00:00.000000000", " 2026-07-01 10:00:00.1", "x"]
)
def test_nanoseconds_and_years_before_the_first_are_refused_by_column_and_row(text: str):
    with pytest.raises(ValueRefused) as refused:
        reader(described(oracledb.DB_TYPE_TIMESTAMP)).read(
            pa.array([" 2026-07-01 10:00:00.000000000", text]), first_row=101
        )
    assert refused.value.extra == {"column": "C", "row": 102}


@pytest.mark.parametrize("text", [" 2026-03-29 02:30:00", " 2026-10-25 02:30:00"])
def test_a_local_time_that_is_none_or_two_is_refused(text: str):
    with pytest.raises(ValueRefused, match="Column C"):
        read(described(oracledb.DB_TYPE_DATE), text, settings=BERLIN)


def test_time_zones_are_left_at_the_server():
    for type_ in (oracledb.DB_TYPE_TIMESTAMP_TZ, oracledb.DB_TYPE_TIMESTAMP_LTZ):
        assert "SYS_EXTRACT_UTC" in reader(described(type_)).selected
    assert "SYS_EXTRACT_UTC" not in reader(described(oracledb.DB_TYPE_TIMESTAMP)).selected


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_refused(value: float):
    field = described(oracledb.DB_TYPE_BINARY_DOUBLE)
    assert read(field, 0.1, -1e-300, None) == [0.1, -1e-300, None]
    with pytest.raises(ValueRefused):
        read(field, value)


def test_a_float_of_four_bytes_is_the_double_of_the_same_value():
    values = pa.array([0.1, None], pa.float32())
    found = reader(described(oracledb.DB_TYPE_BINARY_FLOAT)).read(values, first_row=1)
    assert found.to_pylist() == [0.10000000149011612, None]


def test_yes_and_no_are_told_from_unknown():
    assert read(described(oracledb.DB_TYPE_BOOLEAN), "1", "0", None) == [True, False, None]


def test_texts_keep_their_blanks():
    assert read(described(oracledb.DB_TYPE_CHAR), "a  ", " NA", None) == ["a  ", " NA", None]


def test_a_large_text_is_asked_for_with_its_length():
    assert reader(described(oracledb.DB_TYPE_CLOB)).selected == (
        'CASE WHEN LENGTH("C") <= 1000000 THEN "C" END, TO_CHAR(LENGTH("C"))'
    )


@pytest.mark.parametrize("names", [["A", "A"], [" "], ['"A"+1'], []])
def test_columns_without_a_name_of_their_own_are_refused(names: list[str]):
    with pytest.raises(ColumnNameInvalid):
        readers_of([described(oracledb.DB_TYPE_VARCHAR, name=name) for name in names], UTC_SOURCE)


def test_every_type_of_the_driver_is_taken_or_refused_by_name():
    types = [found for name in dir(oracledb) if name.startswith("DB_TYPE_") and (found := getattr(oracledb, name))]
    assert len(types) > 25

    for type_ in types:
        column = table_column(described(type_, 10, 2), UTC_SOURCE)
        assert (column.type is None) != (column.reason is None)
