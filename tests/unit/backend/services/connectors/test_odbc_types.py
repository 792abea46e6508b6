"""Types of ODBC as OpenReg's, by what drivers say of a column; no driver is needed."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from backend.domain.expressions.types import BOOLEAN, DATE, DOUBLE, INTEGER, TEXT, TIMESTAMP, DataType, decimal
from backend.services.connectors.faults import ColumnTypeUnsupported, ValueRefused
from backend.services.connectors.odbc_drivers import FAMILIES
from backend.services.connectors.odbc_library import DescribedColumn
from backend.services.connectors.odbc_types import OdbcReader, Typing

BY_KEY = {family.key: family for family in FAMILIES}


def reader(
    family: str,
    sql_type: int,
    size: int = 0,
    digits: int = 0,
    name: str = "",
    *,
    zone: str | None = None,
    unsigned: bool = False,
) -> OdbcReader:
    field = DescribedColumn("a", sql_type, size, digits, name, unsigned)
    return Typing(BY_KEY[family], zone, 4000).readers([field])[0]


@pytest.mark.parametrize(
    ("family", "sql_type", "size", "digits", "name", "type_"),
    [
        ("sql_server", -5, 19, 0, "bigint", INTEGER),
        ("sql_server", -6, 3, 0, "tinyint", INTEGER),
        ("sql_server", 3, 38, 20, "decimal", decimal(38, 20)),
        ("sql_server", 3, 19, 4, "money", decimal(19, 4)),
        ("sql_server", 6, 53, 0, "float", DOUBLE),
        ("sql_server", 7, 24, 0, "real", DOUBLE),
        ("sql_server", -7, 1, 0, "bit", BOOLEAN),
        ("sql_server", 91, 10, 0, "date", DATE),
        ("sql_server", -9, 20, 0, "nvarchar", TEXT),
        ("sql_server", -9, 0, 0, "nvarchar", TEXT),
        ("sql_server", -152, 0, 0, "xml", TEXT),
        ("sql_server", -11, 36, 0, "uniqueidentifier", TEXT),
        ("sql_server", -155, 32, 6, "datetimeoffset", TIMESTAMP),
        ("sql_server", -154, 15, 6, "time", TEXT),
        ("db2", -5, 19, 0, "BIGINT", INTEGER),
        ("db2", 2, 31, 6, "DECIMAL", decimal(31, 6)),
        ("db2", 1, 10, 0, "CHAR", TEXT),
        ("postgresql", 12, 5, 0, "bool", BOOLEAN),
        ("postgresql", 93, 26, 6, "timestamptz", TIMESTAMP),
    ],
)
def test_a_type_with_an_exact_form(family: str, sql_type: int, size: int, digits: int, name: str, type_: DataType):
    assert reader(family, sql_type, size, digits, name).column.type == type_


@pytest.mark.parametrize(
    ("family", "sql_type", "size", "digits", "name", "words"),
    [
        ("sql_server", -3, 50, 0, "varbinary", "hexadecimal"),
        ("sql_server", 93, 27, 7, "datetime2", "datetime2\\(6\\)"),
        ("sql_server", -155, 34, 7, "datetimeoffset", "datetime2\\(6\\)"),
        ("sql_server", 93, 23, 3, "datetime", "source_time_zone"),
        ("sql_server", -151, 0, 0, "hierarchyid", "cast it"),
        ("sql_server", -150, 0, 0, "sql_variant", "cast it"),
        ("db2", 2, 65, 2, "DECFLOAT", "38"),
        ("db2", -360, 34, 0, "DECFLOAT", "cast it"),
        ("postgresql", 2, 28, 6, "numeric", "numeric"),
        ("postgresql", 2, 10, 2046, "numeric", "38"),
        ("postgresql", -9, 32, 0, "", "numeric"),
        ("sqlite", 8, 54, 0, "double", "17g"),
        ("sqlite", 12, 18, 0, "decimal", "printf"),
    ],
)
def test_a_type_without_an_exact_form(family: str, sql_type: int, size: int, digits: int, name: str, words: str):
    with pytest.raises(ColumnTypeUnsupported, match="Column a") as refused:
        reader(family, sql_type, size, digits, name)
    assert re.search(words, refused.value.fix or "", re.IGNORECASE)


def test_texts_are_values_or_refused_by_row():
    amounts = reader("sql_server", 3, 5, 2, "decimal")
    assert amounts.read(pa.array(["1.50", None, "-999.99", ".5"]), first_row=1).to_pylist() == [
        *(Decimal("1.50"), None, Decimal("-999.99"), Decimal("0.50"))
    ]
    for bad in ("1.505", "1000.00", "NaN", "", "1,5"):
        with pytest.raises(ValueRefused, match="Column a, row 12"):
            amounts.read(pa.array(["1.00", bad]), first_row=11)


def test_an_unsigned_number_does_not_become_negative():
    largest = reader("mysql", -5, 20, 0, "bigint", unsigned=True)
    assert largest.column.type == decimal(20, 0)
    assert largest.read(pa.array([str(2**64 - 1)]), first_row=1).to_pylist() == [Decimal(2**64 - 1)]


def test_a_time_with_an_offset_is_an_instant():
    column = reader("sql_server", -155, 32, 6, "datetimeoffset")
    texts = pa.array(["2026-07-01 12:00:00.000001 +02:00", None, "1850-01-01 00:00:00.000000 -00:30"])
    assert column.read(texts, first_row=1).to_pylist() == [
        *(datetime(2026, 7, 1, 10, 0, 0, 1, tzinfo=UTC), None, datetime(1850, 1, 1, 0, 30, tzinfo=UTC))
    ]


def test_what_psqlodbc_makes_of_infinity_is_refused():
    column = reader("postgresql", 93, 26, 6, "timestamptz")
    with pytest.raises(ValueRefused, match="row 2"):
        column.read(pa.array(["2026-01-01 00:00:00", "9999-12-31 23:59:59"]), first_row=1)
    assert reader("sql_server", 93, 23, 3, "datetime", zone="UTC").read(
        pa.array(["9999-12-31 23:59:59"]), first_row=1
    ).to_pylist() == [datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)]


@pytest.mark.parametrize("bad", ["0000-00-00", "2026-02-30", "10000-01-01", "01/02/2026"])
def test_a_day_that_is_none_is_refused(bad: str):
    with pytest.raises(ValueRefused):
        reader("mysql", 91, 10, 0, "date").read(pa.array([bad]), first_row=1)


def test_a_truth_that_is_neither_is_refused():
    column = reader("postgresql", 12, 5, 0, "bool")
    assert column.read(pa.array(["1", "0", None, "t"]), first_row=1).to_pylist() == [True, False, None, True]
    with pytest.raises(ValueRefused, match="row 3"):
        column.read(pa.array(["1", None, "2"]), first_row=1)


def test_not_a_number_is_refused():
    column = reader("sql_server", 6, 53, 0, "float")
    with pytest.raises(ValueRefused, match="row 2"):
        column.read(pa.array([1.0, float("nan")]), first_row=1)
    assert column.read(pa.array([1.0, None]), first_row=1).to_pylist() == [1.0, None]
