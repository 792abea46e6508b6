"""Quotients of integers and decimals are exact; Python's decimals are the judge, as DuckDB answers with doubles."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

import polars as pl
import pytest

from backend.domain.expressions import parse_expression
from backend.domain.expressions.types import decimal
from backend.pipeline.expressions.bindings import Bindings
from backend.pipeline.expressions.compiler import compile_expression

WIDE = Context(prec=150, rounding=ROUND_HALF_UP)
LIMIT = Decimal(10) ** 38


def quotient(left: Decimal | int | None, right: Decimal | int | None, scale: int):
    """The exact quotient, a failure, or NULL."""
    if left is None or right is None:
        return None
    if right == 0:
        return "division_by_zero"
    exact = WIDE.divide(Decimal(left), Decimal(right)).quantize(Decimal(1).scaleb(-scale), context=WIDE)
    return exact if abs(exact).scaleb(scale, context=WIDE) < LIMIT else "decimal_overflow"


@pytest.mark.parametrize(
    ("sql", "scale"),
    [("x / z", 13), ("x / y", 13), ("n / m", 13), ("k / 3", 13), ("w / v", 13), ("x / 7.5", 13), ("n / x", 13)],
)
def test_quotient_is_exact_and_rounded_half_away_from_zero(oracle: Any, sql: str, scale: int):
    expression = parse_expression(sql, oracle.columns)
    assert expression.type == decimal(38, scale)
    compiled = compile_expression(expression, Bindings(date(2024, 6, 3)))
    error = compiled.error if compiled.error is not None else pl.lit(None, dtype=pl.String)
    computed = oracle.frame.lazy().with_columns(value=compiled.value, error=error).collect()
    left, right = (part.strip() for part in sql.split("/"))
    expected = [
        quotient(*(Decimal(part) if part[0].isdigit() else row[part] for part in (left, right)), scale)
        for row in computed.iter_rows(named=True)
    ]
    answers = zip(computed["value"], computed["error"], strict=True)
    ours = [value if error is None else error.partition(":")[0] for value, error in answers]
    assert ours == expected
    assert len(ours) >= 200


def test_a_tie_is_rounded_away_from_zero_where_polars_rounds_to_even():
    frame = pl.DataFrame(
        {"x": [Decimal("0.0000000000005"), Decimal("-0.0000000000005")]}, schema={"x": pl.Decimal(38, 13)}
    )
    compiled = compile_expression(parse_expression("x / 10", {"x": decimal(38, 13)}), Bindings(date(2024, 6, 3)))
    assert frame.select(v=compiled.value)["v"].to_list() == [Decimal("1e-13"), Decimal("-1e-13")]


def test_a_quotient_of_doubles_stays_a_double(oracle: Any):
    assert str(parse_expression("f / 3", oracle.columns).type) == "double"


def test_the_scale_grows_with_finer_operands():
    columns = {"x": decimal(38, 20), "y": decimal(10, 2)}
    assert parse_expression("x / y", columns).type == decimal(38, 20)
    assert parse_expression("y / x", columns).type == decimal(38, 20)
