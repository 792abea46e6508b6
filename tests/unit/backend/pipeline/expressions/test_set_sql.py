"""Set rules: DuckDB computes the aggregates behind closed doors, everything else is computed as in any expression."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pytest

from backend.domain.expressions import parse_expression
from backend.domain.expressions.types import BOOLEAN, DATE, INTEGER, TEXT, DataType, decimal
from backend.pipeline.expressions.bindings import Bindings, ReferenceTables
from backend.pipeline.expressions.errors import SetRuleFailed
from backend.pipeline.expressions.set_sql import SetEngine, SetVerdict

ROWS = 600
BATCH = 97
COLUMNS: dict[str, DataType] = {
    "row_number": INTEGER,
    "a": TEXT,
    "b": TEXT,
    "n": INTEGER,
    "x": decimal(18, 2),
    "d": DATE,
    "p": BOOLEAN,
    "Odd name": TEXT,
    "error": TEXT,
    "w0": TEXT,
}


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    source = random.Random(11)

    def column(*values: object) -> list[Any]:
        return [source.choice(values) for _ in range(ROWS)]

    return pl.DataFrame(
        {
            "row_number": range(1, ROWS + 1),
            "a": column("k1", "k2", "k3", "é", "", None),
            "b": column("x", "y", None),
            "n": [source.choice([None, source.randint(-50, 50)]) for _ in range(ROWS)],
            "x": [source.choice([None, Decimal(source.randint(-9999, 9999)).scaleb(-2)]) for _ in range(ROWS)],
            "d": column(date(2024, 1, 1), date(2024, 2, 29), None),
            "p": column(True, False, None),
            "Odd name": column("q", "r"),
            "error": column("q", "r"),
            "w0": column("q", "r"),
        },
        schema={
            "row_number": pl.Int64,
            "a": pl.String,
            "b": pl.String,
            "n": pl.Int64,
            "x": pl.Decimal(18, 2),
            "d": pl.Date,
            "p": pl.Boolean,
            "Odd name": pl.String,
            "error": pl.String,
            "w0": pl.String,
        },
    )


def evaluate(sql: str, rows: pl.DataFrame, engine: SetEngine | None = None) -> SetVerdict:
    """The verdict over a reader of several batches."""
    expression = parse_expression(sql, COLUMNS, allow_windows=True)
    table = rows.to_arrow()
    reader = pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=BATCH))
    reference = ReferenceTables({"groups": {"k1": "g1", "k2": "g1", "k3": "g2"}})
    return (engine or SetEngine()).evaluate(reader, expression, Bindings(date(2024, 6, 3), reference=reference))


@pytest.mark.parametrize(
    "sql",
    [
        "count(*) OVER (PARTITION BY a) < 100",
        "count(*) OVER (PARTITION BY a, b) = 1",
        "count(n) OVER (PARTITION BY a) > 60",
        "count(*) OVER () = 600",
        "sum(n) OVER (PARTITION BY a) > 0",
        "sum(x) OVER (PARTITION BY a, b) <= 10.50",
        "sum(n) OVER (PARTITION BY b ORDER BY row_number) < 0",
        "sum(x * 2) OVER (PARTITION BY upper(a)) > 0 OR p",
        "min(x) OVER (PARTITION BY a) < x",
        "max(n) OVER (PARTITION BY b) = n",
        "max(a) OVER (PARTITION BY d) = a",
        "min(d) OVER (PARTITION BY a) IS NULL",
        "count(*) OVER (PARTITION BY a) > 10 AND max(n) OVER (PARTITION BY a ORDER BY row_number DESC) > n",
        'count(*) OVER (PARTITION BY "Odd name") > 300',
        "max(row_number) OVER (PARTITION BY a) = row_number",
        "count(*) OVER (PARTITION BY error) > 300 AND w0 = error",
        "CASE WHEN p THEN count(*) OVER (PARTITION BY d) ELSE 0 END < 250",
    ],
)
def test_failing_rows_are_those_that_duckdb_finds_false(sql: str, rows: pl.DataFrame) -> None:
    with duckdb.connect() as connection:
        connection.register("rows", rows.to_arrow())
        query = f"SELECT row_number FROM (SELECT row_number, {sql} AS ok FROM rows) WHERE NOT ok ORDER BY 1"
        expected = [number for (number,) in connection.sql(query).fetchall()]
    verdict = evaluate(sql, rows)
    assert verdict.failing.to_pylist() == expected
    assert verdict.errors == ()
    assert ROWS >= 200


@pytest.mark.parametrize("aggregate", ["count", "sum", "min", "max"])
def test_aggregate_agrees_with_one_written_by_hand(aggregate: str, rows: pl.DataFrame) -> None:
    groups: defaultdict[str | None, list[int]] = defaultdict(list)
    for row in rows.iter_rows(named=True):
        groups[row["a"]] += [] if row["n"] is None else [row["n"]]
    compute = {"count": len, "sum": sum, "min": min, "max": max}[aggregate]
    threshold = sorted({compute(values) for values in groups.values()})[1]
    expected = [row["row_number"] for row in rows.iter_rows(named=True) if compute(groups[row["a"]]) >= threshold]
    assert evaluate(f"{aggregate}(n) OVER (PARTITION BY a) < {threshold}", rows).failing.to_pylist() == expected
    assert 0 < len(expected) < ROWS, aggregate


def test_functions_duckdb_does_not_have_work_inside_and_around_an_aggregate(rows: pl.DataFrame) -> None:
    sizes = Counter({"k1": "g1", "k2": "g1", "k3": "g2"}.get(code) for code in rows["a"])
    verdict = evaluate("count(*) OVER (PARTITION BY map('groups', a)) < 150 OR lei_valid(a)", rows)
    expected = [
        number
        for number, code in zip(rows["row_number"], rows["a"], strict=True)
        if sizes[{"k1": "g1", "k2": "g1", "k3": "g2"}.get(code)] >= 150 and code is not None
    ]
    assert verdict.failing.to_pylist() == expected


def test_null_passes_as_in_a_check_constraint(rows: pl.DataFrame) -> None:
    assert evaluate("CAST(NULL AS BOOLEAN) AND count(*) OVER () > 0", rows).failing.to_pylist() == []


def test_rows_that_cannot_be_evaluated_are_named_and_not_called_failing(rows: pl.DataFrame) -> None:
    zeros = [row["row_number"] for row in rows.iter_rows(named=True) if row["n"] == 0]
    inside = evaluate("sum(10 // n) OVER (PARTITION BY a) > 1000000", rows)
    assert [number for number, _ in inside.errors] == zeros
    assert {text for _, text in inside.errors} == {'division_by_zero: 10 // "n"'}
    assert not set(inside.failing.to_pylist()) & set(zeros)
    around = evaluate("count(*) OVER () / n > 0", rows)
    assert [number for number, _ in around.errors] == zeros
    assert around.errors[0][1] == 'division_by_zero: "count(*) OVER ()" / "n"'


def test_an_aggregate_that_overflows_fails_the_rule_not_the_process() -> None:
    wide = pl.DataFrame(
        {"row_number": [1, 2], "w": [Decimal("9" * 38)] * 2}, schema={"row_number": pl.Int64, "w": pl.Decimal(38, 0)}
    )
    expression = parse_expression("sum(w) OVER () > 0", {"w": decimal(38, 0)}, allow_windows=True)
    table = wide.to_arrow()
    reader = pa.RecordBatchReader.from_batches(table.schema, table.to_batches())
    with pytest.raises(SetRuleFailed):
        SetEngine().evaluate(reader, expression, Bindings(date(2024, 6, 3)))


def test_an_input_without_rows_has_no_failures(rows: pl.DataFrame) -> None:
    assert evaluate("count(*) OVER (PARTITION BY a) = 1", rows.clear()).failing.to_pylist() == []


def test_duckdb_can_open_nothing_and_its_settings_are_locked(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with SetEngine(temp_directory=tmp_path / "spill").open() as connection:
        for statement in _forbidden(secret):
            with pytest.raises(duckdb.Error):
                connection.sql(statement).fetchall()


def _forbidden(secret: Path) -> Iterable[str]:
    yield f"SELECT * FROM read_csv('{secret}')"
    yield f"SELECT * FROM '{secret}'"
    yield f"COPY (SELECT 1) TO '{secret.with_suffix('.out')}'"
    yield f"ATTACH '{secret.with_suffix('.db')}' AS other"
    yield "INSTALL httpfs"
    yield "SET enable_external_access = true"
    yield "SET memory_limit = '10GB'"
    yield "SET lock_configuration = false"


def test_more_rows_than_memory_are_spilled_to_the_given_folder(tmp_path: Path) -> None:
    rows = 400_000

    def batches() -> Iterable[pa.RecordBatch]:
        for start in range(0, rows, 20_000):
            numbers = pl.Series(range(start, start + 20_000), dtype=pl.Int64)
            frame = pl.DataFrame({"row_number": numbers, "a": (numbers // 2).cast(pl.String).str.pad_start(60, "x")})
            yield from frame.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches()

    schema = pa.schema([("row_number", pa.int64()), ("a", pa.large_string())])
    reader = pa.RecordBatchReader.from_batches(schema, batches())
    expression = parse_expression("count(*) OVER (PARTITION BY a) = 2", {"a": TEXT}, allow_windows=True)
    engine = SetEngine(memory_limit="40MB", threads=1, temp_directory=tmp_path / "spill")
    assert engine.evaluate(reader, expression, Bindings(date(2024, 6, 3))).failing.to_pylist() == []
