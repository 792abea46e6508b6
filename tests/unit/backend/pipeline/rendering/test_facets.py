"""Facets of formats that no shipped pack has, or has only in one shape."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from backend.domain.expressions.types import DATE, INTEGER, TEXT, TIMESTAMP, DataType, Kind, decimal
from backend.domain.regulations.model import UNBOUNDED, Format, TargetColumn
from backend.pipeline.rendering.facets import list_facets
from tests.factories.target_frames import polars_type


def passes(facets: Format, data_type: DataType, values: list[Any], repeats: int = 1) -> list[bool | None]:
    column = TargetColumn("c", "C", 1, ("C",), facets, data_type, repeats=repeats)
    frame = pl.DataFrame({"c": pl.Series(values, dtype=polars_type(data_type))})
    oks = [frame.select(facet.ok.alias("ok")).to_series() for facet in list_facets(column)]
    return [all(ok[row] is not False for ok in oks) for row in range(len(values))]


def test_an_alternative_of_a_pattern_is_matched_as_a_whole() -> None:
    values = ["AB", "CD", "ABX", "XCD", "AB\n", "ABCD", None]

    assert passes(Format(Kind.TEXT, pattern="AB|CD"), TEXT, values) == [True, True, False, False, False, False, True]


def test_each_value_of_a_repeating_column_is_matched_as_a_whole() -> None:
    values = ["AB", "AB|CD", "AB|", "|AB", "AB|XCD", "AB||CD", "", "AB|CD|AB", None]
    expected = [True, True, False, False, False, False, False, False, True]

    assert passes(Format(Kind.TEXT, pattern="AB|CD"), TEXT, values, repeats=2) == expected
    assert passes(Format(Kind.TEXT, code_list=("AB", "CD")), TEXT, values, repeats=2) == expected
    assert passes(Format(Kind.TEXT, code_list=("AB", "CD")), TEXT, ["|".join(["AB"] * 5_000)], UNBOUNDED) == [True]


def test_lengths_of_a_repeating_column_count_for_each_value() -> None:
    values = ["é", "ééé", "éééé", "é|ééé", "é|éééé", "é|"]
    facets = Format(Kind.TEXT, min_length=1, max_length=3)

    assert passes(facets, TEXT, values, repeats=3) == [True, True, False, True, False, False]


def test_a_code_is_taken_literally() -> None:
    assert passes(Format(Kind.TEXT, code_list=("A.B",)), TEXT, ["A.B", "AXB", "A.B|AXB"], repeats=2) == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("scale", [2, 5])
def test_digits_are_counted_as_the_message_counts_them(scale: int) -> None:
    facets = Format(Kind.DECIMAL, total_digits=4, fraction_digits=2)
    values = [Decimal(text) for text in ("9999", "-9999", "10000", "99.99", "100.1", "100.10", "1000.1", "0.01", "0")]
    expected = [True, True, False, True, True, True, False, True, True]

    assert passes(facets, decimal(12, scale), values) == expected
    if scale > 2:
        assert passes(facets, decimal(12, scale), [Decimal("0.001"), Decimal("0.010"), None]) == [False, True, True]


def test_digits_that_the_type_implies_are_not_checked_again() -> None:
    column = TargetColumn("c", "C", 1, ("C",), Format(Kind.DECIMAL, total_digits=5, fraction_digits=2), decimal(5, 2))

    assert list(list_facets(column)) == []


def test_integers_have_bounds_on_both_sides() -> None:
    facets = Format(Kind.INTEGER, total_digits=3, minimum=-5)

    assert passes(facets, INTEGER, [999, 1000, -5, -6, -(2**63), None]) == [True, False, True, False, False, True]


def test_dates_and_times_stay_within_four_digit_years() -> None:
    days = pl.DataFrame({"c": pl.Series([3_000_000, 0, -800_000], dtype=pl.Int32).cast(pl.Date)})
    (facet,) = list_facets(TargetColumn("c", "C", 1, ("C",), Format(Kind.DATE), DATE))
    assert days.select(facet.ok.alias("ok")).to_series().to_list() == [False, True, False]

    assert passes(Format(Kind.DATE), DATE, [date(1, 1, 1), date(9999, 12, 31)]) == [True, True]
    edges = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)]
    assert passes(Format(Kind.TIMESTAMP, pattern=".*Z"), TIMESTAMP, edges) == [True, True]
