"""Values that formats lose, change or trip over."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import cycle, islice

import pyarrow as pa

TEXTS = (
    "plain", None, "", " ", "  both ends  ", 'say "x"', "a,b", "a;b", "tab\there", "two\nlines", "two\r\nlines",
    "cr\ronly",
    "=1+1",
    "+1", "-1", "@x", "'quoted", "é中🏦", "null", "NULL", "NA", "0012", "1e5", "<a>&amp;</a>", "]]>", "\\n", "{x}",
    "_x000D_", "a|b", "true", "2026-01-01", "\u2028", "x" * 300,
)  # fmt: skip
#: Texts of one line without blanks at their end and with characters of Latin-1 only.
PLAIN_TEXTS = ("plain", "a;b", 'say "x"', "é", "-1", "=1+1", "null", "x" * 20, None)
_AMOUNTS = (
    "99999999999999999999999999999.999999999",
    "-99999999999999999999999999999.999999999",
    "0",
    "-0.000000001",
    "1.5",
    "100",
    None,
    "123456789012345678.123456789",
    "0.1",
)
DECIMALS = tuple(None if one is None else Decimal(one) for one in _AMOUNTS)
INTEGERS = (0, 9223372036854775807, -9223372036854775808, None, 9007199254740993, 42, -1)
_DAYS = ("0001-01-01", "9999-12-31", "1899-12-31", "1900-02-28", "1900-03-01", None, "2024-02-29")
DATES = tuple(None if one is None else date.fromisoformat(one) for one in _DAYS)
INSTANTS = (
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2024, 2, 29, 12, tzinfo=UTC),
    datetime(2024, 2, 29, 12, 0, 0, 1000, tzinfo=UTC),
    datetime(2024, 2, 29, 12, 0, 0, 1, tzinfo=UTC),
    None,
)
FLAGS = (True, False, None)
DOUBLES = (0.1, 1e300, -5e-324, None, 1.7976931348623157e308, 3.0)


def nasty_table(rows: int = 40, texts: tuple[str | None, ...] = TEXTS) -> pa.Table:
    """Every value of every kind, in combinations that do not repeat soon."""

    def column(values: tuple[object, ...], kind: pa.DataType) -> pa.Array:
        return pa.array(list(islice(cycle(values), rows)), kind)

    return pa.table(
        {
            "number": pa.array(range(rows), pa.int64()),
            "text": column(texts, pa.string()),
            "other": column(texts[::-1], pa.string()),
            "amount": column(DECIMALS, pa.decimal128(38, 9)),
            "count": column(INTEGERS, pa.int64()),
            "day": column(DATES, pa.date32()),
            "at": column(INSTANTS, pa.timestamp("us", "UTC")),
            "flag": column(FLAGS, pa.bool_()),
            "ratio": column(DOUBLES, pa.float64()),
        }
    )
