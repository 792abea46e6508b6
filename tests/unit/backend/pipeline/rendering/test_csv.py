"""CSV as RFC 4180 says, read back by Python's reader to the values that went in."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl

from backend.pipeline.rendering.csv import CsvRenderer

TEXTS = ["plain", "a,b", 'say "x"', "two\nlines", "two\r\nlines", "cr\ronly", " space ", "=1+1", "é中🏦", "NA", "null"]


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))


def test_every_text_reads_back_exactly() -> None:
    renderer = CsvRenderer(("a", "b"))
    frame = pl.DataFrame({"a": TEXTS, "b": TEXTS[::-1]})

    expected = [["a", "b"], *map(list, zip(TEXTS, TEXTS[::-1], strict=True))]
    assert read(renderer.header() + renderer.render(frame)) == expected


def test_a_null_is_empty_and_an_empty_text_is_quoted() -> None:
    frame = pl.DataFrame({"a": [None, ""], "b": ["x", "y"]}, schema={"a": pl.String, "b": pl.String})

    assert CsvRenderer(("a", "b")).render(frame) == b',x\r\n"",y\r\n'


def test_values_are_written_as_in_the_xml_file() -> None:
    frame = pl.DataFrame(
        {
            "amount": pl.Series([Decimal("10.50")], dtype=pl.Decimal(23, 5)),
            "at": pl.Series([datetime(2024, 3, 1, 9, tzinfo=UTC)], dtype=pl.Datetime("us", "UTC")),
            "on": [date(2024, 3, 1)],
            "flag": [True],
            "count": [7],
        }
    )

    assert CsvRenderer(tuple(frame.columns)).render(frame) == b"10.5,2024-03-01T09:00:00Z,2024-03-01,true,7\r\n"


def test_columns_come_in_the_order_of_the_report_and_missing_ones_stay_empty() -> None:
    renderer = CsvRenderer(("b", "absent", "a"))

    assert renderer.header() == b"b,absent,a\r\n"
    assert renderer.render(pl.DataFrame({"row_number": [1], "a": ["1"], "b": ["2"]})) == b"2,,1\r\n"


def test_a_frame_without_rows_gives_no_bytes() -> None:
    assert CsvRenderer(("a",)).render(pl.DataFrame({"a": []}, schema={"a": pl.String})) == b""
