"""Values as text: exact, short, without exponents, the same on every day."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest

from backend.pipeline.rendering.text import as_text, escape_xml


def written(values: list[object], data_type: pl.DataType | type[pl.DataType]) -> list[str | None]:
    return as_text(pl.Series(values, dtype=data_type)).to_list()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0"),
        ("100", "100"),
        ("-0.50", "-0.5"),
        ("0.00000000000000001", "0.00000000000000001"),
        ("999999999999999999.1", "999999999999999999.1"),
        ("10.010", "10.01"),
    ],
)
def test_decimals_have_no_exponent_and_no_trailing_zeros(value: str, text: str) -> None:
    assert written([Decimal(value), None], pl.Decimal(35, 17)) == [text, None]


def test_decimals_without_fraction_keep_their_zeros() -> None:
    assert written([Decimal(100), Decimal(0), Decimal(-20)], pl.Decimal(18, 0)) == ["100", "0", "-20"]


def test_a_display_setting_of_the_process_does_not_change_the_file() -> None:
    with pl.Config(trim_decimal_zeros=True):
        assert written([Decimal("100.00")], pl.Decimal(18, 2)) == ["100"]


@pytest.mark.parametrize("scale", [0, 1, 5, 13, 17])
def test_decimals_read_back_to_the_same_number(scale: int) -> None:
    source = random.Random(scale)
    values = [Decimal(source.randint(-(10**18), 10**18)).scaleb(-scale) for _ in range(500)]

    texts = written(list(values), pl.Decimal(35, scale))

    assert [Decimal(text or "") for text in texts] == values
    assert all("E" not in (text or "") and not ("." in (text or "") and (text or "").endswith("0")) for text in texts)


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (0, "2024-03-01T09:15:30Z"),
        (120_000, "2024-03-01T09:15:30.120Z"),
        (123_000, "2024-03-01T09:15:30.123Z"),
        (1, "2024-03-01T09:15:30.000001Z"),
        (123_450, "2024-03-01T09:15:30.123450Z"),
    ],
)
def test_times_have_the_fewest_groups_of_digits_that_lose_nothing(microseconds: int, text: str) -> None:
    instant = datetime(2024, 3, 1, 9, 15, 30, microseconds, tzinfo=UTC)
    neighbours = [instant, None, instant.replace(microsecond=7), instant.replace(microsecond=0)]

    assert written([instant], pl.Datetime("us", "UTC")) == [text]
    assert written(list(neighbours), pl.Datetime("us", "UTC"))[:2] == [text, None]


def test_times_of_another_zone_are_written_in_utc() -> None:
    column = pl.Series([datetime(2024, 7, 1, 12, tzinfo=UTC)], dtype=pl.Datetime("us", "UTC"))

    assert as_text(column.dt.convert_time_zone("Europe/Berlin")).to_list() == ["2024-07-01T12:00:00Z"]


def test_times_before_1970_read_back_to_the_same_instant() -> None:
    instants = [
        datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC) - timedelta(microseconds=step) for step in (0, 1, 500_000)
    ]

    texts = written(list(instants), pl.Datetime("us", "UTC"))

    assert [datetime.fromisoformat(text or "") for text in texts] == instants


def test_dates_of_any_year_have_four_digits_of_it() -> None:
    assert written([date(1, 1, 1), date(987, 6, 5), date(9999, 12, 31), None], pl.Date) == [
        "0001-01-01",
        "0987-06-05",
        "9999-12-31",
        None,
    ]


def test_booleans_are_words() -> None:
    assert written([True, False, None], pl.Boolean) == ["true", "false", None]


def test_integers_are_written_whole() -> None:
    assert written([0, -(2**63), 2**63 - 1, None], pl.Int64) == ["0", str(-(2**63)), str(2**63 - 1), None]


def test_escaping_leaves_a_clean_column_untouched() -> None:
    column = pl.Series(["A-B.C", None, "ÄÖ"])

    assert escape_xml(column, is_attribute=True) is column


def test_quotes_are_escaped_in_attributes_only() -> None:
    column = pl.Series(['a"b'])

    assert escape_xml(column, is_attribute=False).to_list() == ['a"b']
    assert escape_xml(column, is_attribute=True).to_list() == ["a&quot;b"]


def test_a_slice_of_a_column_is_escaped_like_the_column() -> None:
    column = pl.Series(["<", "a", None, "&"] * 3)

    assert escape_xml(column.slice(3, 5), is_attribute=False).to_list() == ["&amp;", "&lt;", "a", None, "&amp;"]
