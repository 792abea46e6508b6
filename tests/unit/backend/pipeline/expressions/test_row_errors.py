"""A row that cannot be evaluated says why; only what is evaluated can fail it, and no row stops the others."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest

from backend.domain.expressions import parse_expression
from backend.domain.expressions.types import BOOLEAN, DATE, DOUBLE, INTEGER, LOCAL_TIMESTAMP, TEXT, decimal
from backend.pipeline.expressions.bindings import Bindings
from backend.pipeline.expressions.compiler import Compiler, compile_expression

COLUMNS = {
    "a": TEXT,
    "n": INTEGER,
    "m": INTEGER,
    "w": decimal(38, 0),
    "x": decimal(18, 2),
    "f": DOUBLE,
    "d": DATE,
    "lt": LOCAL_TIMESTAMP,
    "p": BOOLEAN,
}
FRAME = pl.DataFrame(
    {
        "a": ["12", "twelve", None],
        "n": [2**63 - 1, 0, None],
        "m": [1, 2, 3],
        "w": [Decimal("9" * 38), Decimal(1), None],
        "x": [Decimal("1.50"), Decimal("0.00"), None],
        "f": [1e308, 0.0, None],
        "d": [date(9999, 12, 31), date(2024, 1, 31), None],
        "lt": [datetime.fromisoformat("9999-12-31T23:00:00"), datetime.fromisoformat("2024-01-31T10:00:00"), None],
        "p": [True, False, None],
    },
    schema={
        "a": pl.String,
        "n": pl.Int64,
        "m": pl.Int64,
        "w": pl.Decimal(38, 0),
        "x": pl.Decimal(18, 2),
        "f": pl.Float64,
        "d": pl.Date,
        "lt": pl.Datetime("us"),
        "p": pl.Boolean,
    },
)


def run(sql: str) -> tuple[list[object], list[str | None]]:
    """Values and error codes of the three rows."""
    compiled = compile_expression(parse_expression(sql, COLUMNS), Bindings(date(2024, 6, 3)))
    if compiled.error is None or compiled.failed is None:
        return FRAME.with_columns(v=compiled.value)["v"].to_list(), [None] * FRAME.height
    frame = FRAME.lazy().select(v=compiled.value, e=compiled.error, failed=compiled.failed).collect()
    assert frame["failed"].to_list() == frame["e"].is_not_null().to_list()
    return frame["v"].to_list(), [None if text is None else text.partition(":")[0] for text in frame["e"]]


@pytest.mark.parametrize(
    ("sql", "errors"),
    [
        ("CAST(a AS BIGINT)", [None, "invalid_cast", None]),
        ("CAST(x AS DECIMAL(2, 2))", ["cast_overflow", None, None]),
        ("CAST(w AS BIGINT)", ["cast_overflow", None, None]),
        ("CAST(f AS DECIMAL(18, 2))", ["cast_overflow", None, None]),
        ("CAST(n AS DECIMAL(10, 2))", ["cast_overflow", None, None]),
        ("1 / n", [None, "division_by_zero", None]),
        ("m // n", [None, "division_by_zero", None]),
        ("m % n", [None, "division_by_zero", None]),
        ("x / x", [None, "division_by_zero", None]),
        ("m % x", [None, "division_by_zero", None]),
        ("1e0 / f", [None, "division_by_zero", None]),
        ("n + m", ["integer_overflow", None, None]),
        ("n * m * 2", ["integer_overflow", None, None]),
        ("-n - 2", ["integer_overflow", None, None]),
        ("w + w", ["decimal_overflow", None, None]),
        ("w * 10", ["decimal_overflow", None, None]),
        ("f * 10", ["double_overflow", None, None]),
        ("d + 1", ["date_overflow", None, None]),
        ("d + INTERVAL 1 MONTH", ["date_overflow", None, None]),
        ("lt + INTERVAL 1 HOUR", ["date_overflow", None, None]),
        ("lt + INTERVAL (n) DAY", ["date_overflow", None, None]),
        ("d + n", ["date_overflow", None, None]),
        ("strptime(a, '%Y-%m-%d')", ["invalid_cast", "invalid_cast", None]),
        ("round(n, -1)", ["integer_overflow", None, None]),
    ],
)
def test_error_is_named_and_its_value_is_null(sql: str, errors: list[str | None]) -> None:
    values, found = run(sql)
    assert found == errors
    assert [value for value, error in zip(values, errors, strict=True) if error] == [None] * sum(map(bool, errors))
    assert values[2] is None


@pytest.mark.parametrize("sql", ["TRY_CAST(a AS BIGINT)", "TRY_CAST(w AS BIGINT)", "try_strptime(a, '%Y-%m-%d')"])
def test_the_lenient_forms_give_null(sql: str) -> None:
    assert run(sql)[1] == [None] * 3


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("CASE WHEN n = 0 THEN -1 ELSE 10 / n END >= -1", [True, True, None]),
        ("CASE WHEN n <> 0 THEN 10 // n WHEN n = 0 THEN 7 END", [0, 7, None]),
        ("CASE WHEN p THEN CAST(a AS BIGINT) ELSE 0 END", [12, 0, 0]),
        ("CASE WHEN a = 'twelve' THEN 0 WHEN CAST(a AS BIGINT) > 1 THEN 1 END", [1, 0, None]),
        ("coalesce(m, CAST(a AS BIGINT))", [1, 2, 3]),
        ("n <> 0 AND 10 // n = 0", [True, False, None]),
        ("n = 0 OR 10 // n = 0", [True, True, None]),
        ("a = 'twelve' OR CAST(a AS BIGINT) = 12", [True, True, None]),
    ],
)
def test_what_is_not_evaluated_does_not_fail_the_row(sql: str, values: list[object]) -> None:
    assert run(sql) == (values, [None] * 3)


@pytest.mark.parametrize(
    ("sql", "errors"),
    [
        ("coalesce(CAST(a AS BIGINT), 0)", [None, "invalid_cast", None]),
        ("CAST(a AS BIGINT) IS NULL", [None, "invalid_cast", None]),
        ("CAST(a AS BIGINT) = 12 OR p", [None, "invalid_cast", None]),
        ("p OR CAST(a AS BIGINT) = 12", [None, "invalid_cast", None]),
        ("CASE WHEN p THEN 0 ELSE CAST(a AS BIGINT) END", [None, "invalid_cast", None]),
        ("nullif(CAST(a AS BIGINT), 12)", [None, "invalid_cast", None]),
        ("coalesce(x, 0) = 0 AND 1 / n > 0", [None, "division_by_zero", None]),
    ],
)
def test_an_error_is_never_swallowed_by_what_stands_around_it(sql: str, errors: list[str | None]) -> None:
    assert run(sql)[1] == errors


def test_error_text_names_the_failing_part_and_no_value_of_the_row() -> None:
    compiled = compile_expression(
        parse_expression("upper(a) = 'X' OR CAST(a AS DATE) > d", COLUMNS), Bindings(date(2024, 6, 3))
    )
    assert compiled.error is not None
    assert FRAME.select(e=compiled.error)["e"].to_list() == ['invalid_cast: CAST("a" AS DATE)'] * 2 + [None]


def test_an_expression_that_cannot_fail_has_no_error_column() -> None:
    compiler = Compiler(Bindings(date(2024, 6, 3)))
    for sql in (
        "upper(a) = 'X'",
        "x * 2 > 1.5",
        "length(a) + 1",
        "lei_valid(a)",
        "d - d",
        "x + m",
        "TRY_CAST(a AS DATE)",
    ):
        assert compiler.compile(parse_expression(sql, COLUMNS)).error is None, sql


def test_an_expression_without_columns_has_a_value_in_every_row() -> None:
    for sql in ("1 + 1", "reporting_date()", "CAST(upper('x') AS BIGINT)", "NULL", "1.5 * 2"):
        compiled = compile_expression(parse_expression(sql, COLUMNS), Bindings(date(2024, 6, 3)))
        assert FRAME.select(v=compiled.value).height == FRAME.height, sql
