"""Text read as a value, where authors and sources are likely to be wrong about it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from backend.domain.expressions import casting
from backend.domain.expressions.datetime_formats import FormatRefused, read_input_format, read_output_format
from backend.domain.expressions.datetime_reading import reader_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" 42 ", 42),
        ("4.5", 5),
        ("-4.5", -5),
        ("1e3", 1000),
        ("1_000", 1000),
        ("", None),
        ("0x1F", None),
        ("9" * 19, None),
        ("1e99999", None),
        ("٤", None),
    ],
)
def test_integer(text: str, value: int | None) -> None:
    assert casting.read_integer(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.005", "1.01"), ("-1.005", "-1.01"), ("999.994", "999.99"), ("999.995", None), ("1e-9", "0.00"), ("nan", None)],
)
def test_decimal_is_rounded_half_away_from_zero(text: str, value: str | None) -> None:
    assert casting.read_decimal(text, 5, 2) == (None if value is None else Decimal(value))


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "1e400", "1,5", "0x1p3"])
def test_double_is_a_finite_number(text: str) -> None:
    assert casting.read_double(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-01-31", date(2024, 1, 31)),
        (" 2024/1/5 ", date(2024, 1, 5)),
        ("2024-01-31T23:59:00+02:00", date(2024, 1, 31)),
        *(
            (text, None)
            for text in ("31/01/2024", "2024-02-30", "epoch", "infinity", "0000-01-01", "10000-01-01", "2024-01-31x")
        ),
    ],
)
def test_date(text: str, value: date | None) -> None:
    assert casting.read_date(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-01-05T10:11:12+02:00", datetime(2024, 1, 5, 8, 11, 12, tzinfo=UTC)),
        ("2024-01-05 24:00:00", datetime(2024, 1, 6, tzinfo=UTC)),
        ("2024-01-05 10:11:12.1234567", datetime(2024, 1, 5, 10, 11, 12, 123456, tzinfo=UTC)),
        *(
            (text, None)
            for text in ("2024-01-05 10:11:60", "2024-01-05 25:00", "now", "0001-01-01T00:00:00+02:00", "2024-01-05 10")
        ),
    ],
)
def test_timestamp_honours_its_offset(text: str, value: datetime | None) -> None:
    assert casting.read_timestamp(text) == value


@pytest.mark.parametrize("source", ["%Q", "%", "%Y-%m", "%H:%M", "%Y-%m-%d %Y", "%Y-%m-%d %I", "%j %Y", "x" * 300])
def test_a_format_that_cannot_give_one_moment_is_refused(source: str) -> None:
    with pytest.raises(FormatRefused):
        read_input_format(source)


def test_formats_know_literal_percent_signs_and_offsets() -> None:
    assert read_output_format("100%%").directives == set()
    assert read_input_format("%d.%m.%Y %z").has_offset
    read = reader_of(read_input_format("%d %b %Y %I:%M %p"))
    assert read("5 JAN 2024 12:04 am") == datetime.fromisoformat("2024-01-05T00:04:00")
    assert read("5 JAN 2024 13:04 pm") is None
    assert read("31 Feb 2024 01:04 pm") is None
