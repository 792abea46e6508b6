"""Size costs in proportion: nothing an author can save makes a batch of rows explode in time or memory."""

from __future__ import annotations

import time
from datetime import date

import polars as pl
import pytest

from backend.domain.expressions import parse_expression
from backend.domain.expressions.types import BOOLEAN, INTEGER, TEXT
from backend.pipeline.expressions.bindings import Bindings
from backend.pipeline.expressions.compiler import Compiler, compile_expression
from backend.pipeline.expressions.kernels import text_casts

pytestmark = pytest.mark.thorough

COLUMNS = {"a": TEXT, "n": INTEGER, "p": BOOLEAN}
FRAME = pl.DataFrame({"a": ["x", "7", None], "n": [3, 0, None], "p": [True, False, None]})
MOST_SECONDS = 5


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("n" + " + n" * 55, [168, 0, None]),
        ("p" + " AND p" * 1500, [True, False, None]),
        ("p" + " OR n / n > 1" * 200, [True, None, None]),
        ("coalesce(" + "n // n, " * 150 + "5)", [1, None, 5]),
        ("CASE " + "WHEN n // n = 2 THEN 1 " * 150 + "ELSE 9 END", [9, None, 9]),
        ("n IN (" + ", ".join(map(str, range(1, 1500))) + ")", [True, False, None]),
        ("greatest(" + "n, " * 900 + "1)", [3, 1, 1]),
        ("CAST(" * 15 + "n + n" + " AS BIGINT)" * 15, [6, 0, None]),
    ],
)
def test_a_large_expression_is_computed_in_time(sql: str, values: list[object]) -> None:
    started = time.process_time()
    compiled = compile_expression(parse_expression(sql, COLUMNS), Bindings(date(2024, 6, 3)))
    assert FRAME.lazy().select(v=compiled.value).collect()["v"].to_list() == values
    if compiled.error is not None:
        FRAME.lazy().select(e=compiled.error).collect()
    assert time.process_time() - started < MOST_SECONDS


def test_what_rules_share_is_not_computed_for_each_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    reading = text_casts._READERS

    def counted(texts: pl.Series) -> pl.Series:
        calls.append(len(texts))
        return reading[text_casts.Kind.DATE](texts)

    monkeypatch.setattr(text_casts, "_READERS", {**reading, text_casts.Kind.DATE: counted})
    compiler = Compiler(Bindings(date(2024, 6, 3)))
    rules = [
        "CAST(a AS DATE) > DATE '2024-01-01'",
        "date_part('year', CAST(a AS DATE)) < 2030",
        "CAST(a AS DATE) IS NOT NULL",
    ]
    compiled = [compiler.compile(parse_expression(sql, COLUMNS)) for sql in rules]
    wanted = [part for one in compiled for part in (one.value, one.failed) if part is not None]
    frame = pl.DataFrame({"a": ["2024-06-01"] * 1000, "n": [1] * 1000, "p": [True] * 1000})
    calls.clear()
    query = frame.lazy().select(part.alias(str(index)) for index, part in enumerate(wanted))
    query.collect(engine="in-memory")
    assert len(calls) <= 2, "six parts read the text; Polars finds values and failures shared"


def test_no_kernel_calls_python_for_every_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only texts in unusual spellings are read one by one, and each of them once."""
    read: list[str] = []
    monkeypatch.setattr(text_casts, "read_date", read.append)
    expression = parse_expression("CAST(a AS DATE)", COLUMNS)
    compiled = compile_expression(expression, Bindings(date(2024, 6, 3)))
    texts = ["2024-06-01", "2024-13-01", "1/6/2024"] * 500
    pl.DataFrame({"a": texts}).select(v=compiled.value)
    assert sorted(set(read)) == ["1/6/2024", "2024-13-01"]
    assert len(read) <= 4
