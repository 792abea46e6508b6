"""Values, periods and columns of datasets: one form each, and nothing that a report could not read."""

from datetime import date, timedelta

import pytest

from backend.core.clock import utc_now
from backend.core.csv_text import as_cell, from_cell
from backend.domain.datasets import (
    ColumnType,
    DatasetColumn,
    DatasetColumnsInvalid,
    ValueUnreadable,
    check_columns,
    fresh_until,
    period_text,
    read_value,
    stale_since,
)


@pytest.mark.parametrize(
    ("kind", "text", "stored"),
    [
        (ColumnType.TEXT, " as it is ", " as it is "),
        (ColumnType.TEXT, "", None),
        (ColumnType.TEXT, None, None),
        (ColumnType.INTEGER, " 007", "7"),
        (ColumnType.INTEGER, "-9223372036854775807", "-9223372036854775807"),
        (ColumnType.DECIMAL, "+1.50", "1.50"),
        (ColumnType.DECIMAL, "9" * 28 + "." + "9" * 10, "9" * 28 + "." + "9" * 10),
        (ColumnType.BOOLEAN, "TRUE", "true"),
        (ColumnType.DATE, "2024-02-29", "2024-02-29"),
    ],
)
def test_a_value_has_one_form(kind: ColumnType, text: str | None, stored: str | None) -> None:
    assert read_value(kind, text) == stored
    assert read_value(kind, stored) == stored


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (ColumnType.TEXT, "x" * 4001),
        (ColumnType.TEXT, "a\x00"),
        (ColumnType.INTEGER, "1.0"),
        (ColumnType.INTEGER, "9223372036854775808"),
        (ColumnType.INTEGER, "\u0661"),
        (ColumnType.DECIMAL, "1e3"),
        (ColumnType.DECIMAL, "1,5"),
        (ColumnType.DECIMAL, "0." + "1" * 11),
        (ColumnType.DECIMAL, "1" * 29),
        (ColumnType.BOOLEAN, "yes"),
        (ColumnType.DATE, "2026-02-30"),
        (ColumnType.DATE, "30.01.2026"),
    ],
)
def test_what_no_report_could_read_is_no_value(kind: ColumnType, text: str) -> None:
    with pytest.raises(ValueUnreadable):
        read_value(kind, text)


def test_periods_are_told_in_words() -> None:
    first, last = date(2026, 1, 1), date(2026, 6, 30)
    assert period_text(None, None) == "always"
    assert period_text(first, None) == "from 2026-01-01 on"
    assert period_text(None, last) == "to 2026-06-30"
    assert period_text(first, last) == "from 2026-01-01 to 2026-06-30"


def test_no_column_goes_changes_its_type_or_takes_a_name_that_every_entry_has() -> None:
    before = (DatasetColumn(name="a"), DatasetColumn(name="b", type=ColumnType.DATE))
    assert len(check_columns([*before, DatasetColumn(name="c")], before)) == 3
    for columns in (
        before[:1],
        (before[0], DatasetColumn(name="b")),
        (),
        (before[0], before[0]),
        (*before, DatasetColumn(name="valid_from")),
    ):
        with pytest.raises(DatasetColumnsInvalid):
            check_columns(columns, before)


def test_data_are_stale_when_they_are_older_than_they_may_be() -> None:
    now = utc_now()
    assert stale_since(now - timedelta(days=3), 2, now) == now - timedelta(days=1)
    assert stale_since(now - timedelta(days=1), 2, now) is None
    assert stale_since(None, 2, now) is None
    assert stale_since(now - timedelta(days=9), None, now) is None
    assert fresh_until(now, 2) == now + timedelta(days=2)


@pytest.mark.parametrize("text", ["=1", "'=1", "''=1", "+", "-1", "@a", "\tx", "\rx", "'plain", "a=b", "", "''"])
def test_a_cell_that_would_be_a_formula_comes_back_as_it_was(text: str) -> None:
    assert not as_cell(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert from_cell(as_cell(text)) == text
