"""lookup() over the rows of an input, row by row against DuckDB's left join over the same rows."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl
import pytest

from backend.domain.expressions import Expression, parse_expression
from backend.domain.expressions.lookups import LookupTable
from backend.domain.expressions.rendering import type_name
from backend.domain.expressions.types import BOOLEAN, DATE, INTEGER, TEXT, TIMESTAMP, DataType, decimal
from backend.domain.reports.document import MissingKey
from backend.pipeline.expressions.bindings import Bindings
from backend.pipeline.expressions.columns import polars_type
from backend.pipeline.expressions.compiler import Compiler
from backend.pipeline.expressions.kernels import lookups
from backend.pipeline.expressions.lookup_rows import LookupRows
from backend.pipeline.expressions.terms import Compiled

DAY = date(2026, 11, 20)
ROWS = 400
#: Values of which some are in both, some in one of the two; near misses of each kind among them.
POOLS: dict[DataType, list[Any]] = {
    TEXT: ["", " ", "a", "A", "a ", "ä", "a\u0308", "EUR", "😀", "0", "00", *(f"k{n}" for n in range(40))],
    INTEGER: [0, -1, 1, 10, 2**63 - 1, -(2**63), *range(100, 140)],
    decimal(18, 2): [Decimal(n) / 100 for n in (0, 1, -1, 100, 1000, 10**17, *range(200, 240))],
    decimal(38, 10): [Decimal(n).scaleb(-10) for n in (0, 1, 10**10, 10**38 - 1, *range(300, 340))],
    DATE: [date(1, 1, 1), date(9999, 12, 31), *(DAY + timedelta(days=n) for n in range(40))],
    TIMESTAMP: [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=n) for n in range(40)],
    BOOLEAN: [True, False],
}
COLUMNS: dict[str, DataType] = {
    "t": TEXT,
    "n": INTEGER,
    "x": decimal(18, 2),
    "w": decimal(38, 10),
    "d": DATE,
    "ts": TIMESTAMP,
    "b": BOOLEAN,
}
#: Column of the frame, type of the key in the input; the last ones compare two types.
PAIRS = [
    *COLUMNS.items(),
    ("n", decimal(18, 2)),
    ("x", INTEGER),
    ("x", decimal(38, 10)),
    ("d", TIMESTAMP),
    ("ts", DATE),
]


def series(name: str, values: list[Any], kind: DataType) -> pl.Series:
    return pl.Series(name, values, dtype=polars_type(kind))


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    chance = random.Random(5)
    columns = []
    for name, kind in COLUMNS.items():
        values = [None if chance.random() < 0.1 else chance.choice(POOLS[kind]) for _ in range(ROWS)]
        columns.append(series(name, values, kind))
    return pl.DataFrame(columns).with_row_index("r")


def table_of(kinds: list[DataType], seed: int) -> pl.DataFrame:
    """Rows with keys of these kinds, no key twice, some keys with NULLs, and a value column with NULLs."""
    chance = random.Random(seed)
    keys: dict[tuple[Any, ...], None] = {}
    for _ in range(60):
        keys[tuple(None if chance.random() < 0.1 else chance.choice(POOLS[kind]) for kind in kinds)] = None
    whole = [key for key in keys if None not in key]
    columns = [series(f"k{place}", [key[place] for key in whole], kind) for place, kind in enumerate(kinds)]
    found = pl.DataFrame(columns)
    # Two rows without a key: they are neither found nor the same.
    nothing = pl.DataFrame({name: [None, None] for name in found.columns}, schema=found.schema)
    rows = pl.concat([found, nothing])
    values = [None if chance.random() < 0.2 else Decimal(chance.randint(-999, 999)) / 100 for _ in range(rows.height)]
    return rows.with_columns(series("v", values, decimal(18, 2)))


def compiled(sql: str, rows: pl.DataFrame, kinds: list[DataType], missing: MissingKey) -> tuple[Expression, Compiled]:
    key = {f"k{place}": kind for place, kind in enumerate(kinds)}
    table = LookupTable({**key, "v": decimal(18, 2)}, tuple(key))
    expression = parse_expression(sql, COLUMNS, tables={"ref": table})
    bindings = Bindings(DAY, inputs={"ref": LookupRows(rows, key, missing)})
    return expression, Compiler(bindings).compile(expression)


def found_by_duckdb(frame: pl.DataFrame, rows: pl.DataFrame, names: list[str]) -> list[tuple[Any, bool]]:
    """The value and whether the key is missing, for each row of the frame."""
    same = " AND ".join(f"ref.k{place} = f.{name}" for place, name in enumerate(names))
    known = " AND ".join(f"f.{name} IS NOT NULL" for name in names)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("f", frame.to_arrow())
        connection.register("ref", rows.with_columns(here=True).to_arrow())
        sql = f"SELECT ref.v, {known} AND ref.here IS NULL FROM f LEFT JOIN ref ON {same} ORDER BY f.r"
        return [(value, bool(absent)) for value, absent in connection.execute(sql).fetchall()]


@pytest.mark.parametrize(("name", "kind"), PAIRS, ids=str)
def test_one_key_finds_what_a_left_join_finds(frame: pl.DataFrame, name: str, kind: DataType) -> None:
    rows = table_of([kind], seed=len(str(kind)))
    expected = found_by_duckdb(frame, rows, [name])
    _, one = compiled(f"lookup('ref', {name}, 'v')", rows, [kind], MissingKey.FINDING)
    made = frame.lazy().select(v=one.value, absent=one.absent["ref"]).collect(engine="in-memory")
    assert list(made.iter_rows()) == expected
    assert made.schema["v"] == pl.Decimal(18, 2)
    if kind == COLUMNS[name]:
        assert any(value is not None for value, _ in expected)


@pytest.mark.parametrize("names", [["t", "n"], ["d", "b", "x"]])
def test_several_keys_are_compared_together(frame: pl.DataFrame, names: list[str]) -> None:
    kinds = [COLUMNS[name] for name in names]
    # Keys that are there, so that three columns meet at all.
    own = frame.select(pl.col(name).alias(f"k{place}") for place, name in enumerate(names)).head(120).unique()
    rows = own.with_columns(v=pl.int_range(pl.len()).cast(pl.Decimal(18, 2)))
    expected = found_by_duckdb(frame, rows, names)
    _, one = compiled(f"lookup('ref', {', '.join(names)}, 'v')", rows, kinds, MissingKey.FINDING)
    made = frame.lazy().select(v=one.value, absent=one.absent["ref"]).collect(engine="in-memory")
    assert list(made.iter_rows()) == expected
    assert {absent for _, absent in expected} == {True, False}


@pytest.mark.parametrize(
    "sql",
    [
        "coalesce(lookup('ref', n, 'v'), x) * 2",
        "CASE WHEN b THEN lookup('ref', n, 'v') END",
        "lookup('ref', n + 1, 'v') > lookup('ref', n, 'v')",
        "b AND lookup('ref', n, 'v') IS NULL",
    ],
)
def test_only_a_key_that_is_asked_for_can_be_missing(frame: pl.DataFrame, sql: str) -> None:
    small = frame.filter(pl.col("n").is_null() | pl.col("n").is_between(-1, 1_000))
    rows = pl.DataFrame({"k0": [0, 100, 101, 110], "v": series("v", [1, None, 3, 4], decimal(18, 2))})
    finding = compiled(sql, rows, [INTEGER], MissingKey.FINDING)[1]
    failing = compiled(sql, rows, [INTEGER], MissingKey.FAIL)[1]
    forgiving = compiled(sql, rows, [INTEGER], MissingKey.NULL)[1]
    assert (finding.error is None, forgiving.absent, failing.absent) == (forgiving.error is None, {}, {})
    assert failing.error is not None
    made = small.lazy().select(
        "n", "b", soft=finding.absent["ref"], hard=failing.failed, why=failing.error, value=forgiving.value
    )
    table = made.collect(engine="in-memory")
    lost = ~pl.col("n").is_in([0, 100, 101, 110])
    asked = {"CASE": pl.col("b"), "b AN": pl.col("b") | pl.col("b").is_null()}.get(sql[:4], pl.lit(value=True))
    if "n + 1" in sql:
        lost = lost | ~(pl.col("n") + 1).is_in([0, 100, 101, 110])
    expected = table.select((lost & asked).fill_null(value=False)).to_series()
    assert table["soft"].to_list() == table["hard"].to_list() == expected.to_list()
    assert table.filter("hard")["why"].str.starts_with("key_missing: lookup('ref'").all()
    assert 0 < expected.sum() < table.height


def test_an_input_without_rows_lacks_every_key(frame: pl.DataFrame) -> None:
    rows = table_of([TEXT], 1).clear()
    _, one = compiled("lookup('ref', t, 'v')", rows, [TEXT], MissingKey.FINDING)
    made = frame.select(v=one.value, absent=one.absent["ref"])
    assert made["v"].null_count() == ROWS
    assert made["absent"].to_list() == frame["t"].is_not_null().to_list()


def test_a_constant_key_is_looked_up_for_every_row(frame: pl.DataFrame) -> None:
    rows = pl.DataFrame({"k0": ["EUR"], "v": series("v", [Decimal("1.25")], decimal(18, 2))})
    _, one = compiled("lookup('ref', 'EUR', 'v') * 2", rows, [TEXT], MissingKey.FAIL)
    assert frame.select(v=one.value)["v"].unique().to_list() == [Decimal("2.50")]


def test_one_search_serves_all_columns_of_a_key(frame: pl.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[int] = []
    find = lookups._find

    def watched(columns: Any, *, known: pl.DataFrame) -> pl.Series:
        searched.append(1)
        return find(columns, known=known)

    monkeypatch.setattr(lookups, "_find", watched)
    rows = pl.DataFrame({"code": ["EUR"], "v": ["one"], "w": ["two"]})
    tables = {"ref": LookupTable(dict.fromkeys(rows.columns, TEXT), ("code",))}
    compiler = Compiler(Bindings(DAY, inputs={"ref": LookupRows(rows, {"code": TEXT}, MissingKey.NULL)}))
    wanted = [
        compiler.compile(parse_expression(f"lookup('ref', t, '{name}')", COLUMNS, tables=tables)).value.alias(name)
        for name in ("v", "w")
    ]
    made = frame.lazy().select(wanted).collect(engine="in-memory")
    assert set(made.iter_rows()) == {("one", "two"), (None, None)}
    assert len(searched) == 1


def test_a_very_large_expression_keeps_its_missing_keys(frame: pl.DataFrame) -> None:
    rows = pl.DataFrame({"k0": [0, 100], "v": series("v", [1, 2], decimal(18, 2))})
    nested = "lookup('ref', n, 'v')"
    for _ in range(9):
        nested = f"CASE WHEN {nested} > 1 THEN {nested} ELSE x END" if len(nested) < 3_000 else nested
    small = compiled("lookup('ref', n, 'v')", rows, [INTEGER], MissingKey.FINDING)[1]
    large = compiled(nested, rows, [INTEGER], MissingKey.FINDING)[1]
    made = frame.lazy().select(small=small.absent["ref"], large=large.absent["ref"]).collect(engine="in-memory")
    assert made["small"].to_list() == made["large"].to_list()


def test_the_canonical_text_is_read_again_as_the_same_tree() -> None:
    table = LookupTable({"k'0": decimal(18, 2), "v'": TEXT}, ("k'0",))
    sql = "lookup('ref', n, 'v''') || 'x'"
    expression = parse_expression(sql, COLUMNS, tables={"ref": table})
    assert parse_expression(expression.sql, COLUMNS, tables={"ref": table}).root == expression.root
    assert expression.lookups == {("ref", "v'")}
    assert f"CAST(n AS {type_name(decimal(21, 2))})" in expression.sql.replace('"', "")
