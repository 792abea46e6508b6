"""The oracle: the same expression over the same rows by OpenReg's compiler and by DuckDB, row by row."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
import yaml

from backend.domain.expressions import ExpressionInvalid, parse_expression
from backend.domain.expressions.types import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    LOCAL_TIMESTAMP,
    TEXT,
    TIMESTAMP,
    DataType,
    Kind,
    decimal,
)
from backend.pipeline.expressions.bindings import Bindings
from backend.pipeline.expressions.columns import polars_type
from backend.pipeline.expressions.compiler import Compiler
from backend.pipeline.expressions.kernels.registry import KERNELS
from backend.pipeline.expressions.kernels.site import Kernel

VALUES: dict[str, list[str]] = yaml.load(
    Path(__file__).with_name("oracle_values.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
)
ROWS = 256
SEED = 20_240_603
COLUMNS: dict[str, DataType] = {
    **dict.fromkeys(("a", "b", "c", "num", "day", "moment", "flag", "dmy"), TEXT),
    **dict.fromkeys(("n", "m", "k"), INTEGER),
    **dict.fromkeys(("x", "z"), decimal(18, 2)),
    "y": decimal(18, 6),
    **dict.fromkeys(("w", "v"), decimal(38, 10)),
    **dict.fromkeys(("f", "g"), DOUBLE),
    **dict.fromkeys(("d", "e"), DATE),
    **dict.fromkeys(("ts", "tu"), TIMESTAMP),
    **dict.fromkeys(("lt", "lu"), LOCAL_TIMESTAMP),
    **dict.fromkeys(("p", "q"), BOOLEAN),
}
DUCKDB_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.INTEGER: "BIGINT",
    Kind.DOUBLE: "DOUBLE",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: "TIMESTAMPTZ",
    Kind.LOCAL_TIMESTAMP: "TIMESTAMP",
}
ZONES = ("Europe/Paris", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
INTEGERS = [
    0,
    1,
    -1,
    2,
    7,
    -7,
    97,
    10**9,
    -(10**9),
    2**31,
    -(2**31) - 1,
    2**62,
    -(2**62),
    2**63 - 1,
    -(2**63),
    3_037_000_500,
]
DOUBLES = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    1.5,
    2.5,
    -2.5,
    1.005,
    0.1,
    1e-5,
    1e16,
    1e20,
    -1e308,
    1e308,
    5e-324,
    123456789.123456,
    1e15,
]


def _texts(source: random.Random, fixed: Sequence[str]) -> str:
    if source.random() < 0.6:
        return source.choice(fixed)
    alphabet = source.choice(VALUES["alphabets"])
    return "".join(source.choice(alphabet) for _ in range(source.randint(0, 12)))


def _spelled_number(source: random.Random) -> str:
    if source.random() < 0.5:
        return source.choice(VALUES["numbers"])
    number = f"{source.choice(['', '-', '+'])}{source.randint(0, 10 ** source.randint(1, 12))}"
    fraction = f".{source.randint(0, 999_999)}" if source.random() < 0.6 else ""
    return f"{number}{fraction}{source.choice(['', '', '', 'e2', 'e-3', ' '])}"


def _scaled(source: random.Random, precision: int, scale: int) -> Decimal:
    digits = source.choice([1, 2, 3, 5, precision // 2, precision - 1, precision])
    edge = source.choice(
        [10**digits - 1, 10 ** (digits - 1), 5 * 10 ** max(0, digits - 1), source.randint(0, 10**digits - 1)]
    )
    return Decimal(min(edge, 10**precision - 1) * source.choice([1, -1])).scaleb(-scale)


def _day(source: random.Random) -> date:
    edges = [
        date(1, 1, 1),
        date(9999, 12, 31),
        date(2024, 2, 29),
        date(2023, 2, 28),
        date(1970, 1, 1),
        date(2000, 12, 31),
    ]
    if source.random() < 0.3:
        return source.choice(edges)
    if source.random() < 0.5:
        return date(2024, 1, 1) + timedelta(days=source.randint(-400, 400))
    return date(1600, 1, 1) + timedelta(days=source.randint(0, 290_000))


def _moment(source: random.Random) -> datetime:
    if source.random() < 0.4:
        return datetime.fromisoformat(source.choice(VALUES["clock_edges"]))
    exact = datetime.fromisoformat("1970-01-01T00:00:00") + timedelta(
        microseconds=source.randint(-(10**14), 4 * 10**15)
    )
    return exact.replace(microsecond=source.choice([0, 0, 120_000, exact.microsecond]))


MAKERS: dict[str, Callable[[random.Random], object]] = {
    **dict.fromkeys(("a", "b"), lambda source: _texts(source, VALUES["texts"])),
    "c": lambda source: "".join(source.choice("abX,") for _ in range(source.randint(0, 5))),
    "num": _spelled_number,
    "day": lambda source: source.choice(VALUES["dates"]) if source.random() < 0.6 else _day(source).isoformat(),
    "moment": lambda source: source.choice(VALUES["moments"]) if source.random() < 0.6 else _moment(source).isoformat(),
    "flag": lambda source: source.choice(VALUES["flags"]),
    "dmy": lambda source: source.choice(VALUES["days_first"]) if source.random() < 0.6 else f"{_day(source):%d/%m/%Y}",
    **dict.fromkeys(
        ("n", "m"), lambda source: source.choice(INTEGERS) if source.random() < 0.5 else source.randint(-1000, 1000)
    ),
    "k": lambda source: source.randint(-8, 12),
    **dict.fromkeys(("x", "z"), lambda source: _scaled(source, 18, 2)),
    "y": lambda source: _scaled(source, 18, 6),
    **dict.fromkeys(("w", "v"), lambda source: _scaled(source, 38, 10)),
    **dict.fromkeys(
        ("f", "g"),
        lambda source: (
            source.choice(DOUBLES) if source.random() < 0.4 else round(source.uniform(-1e6, 1e6), source.randint(0, 8))
        ),
    ),
    **dict.fromkeys(("d", "e"), _day),
    **dict.fromkeys(("ts", "tu"), lambda source: _moment(source).replace(tzinfo=UTC)),
    **dict.fromkeys(("lt", "lu"), _moment),
    **dict.fromkeys(("p", "q"), lambda source: source.random() < 0.5),
}


@pytest.fixture(scope="session")
def frame() -> pl.DataFrame:
    """The rows every expression is judged over: edges, random values and about one NULL in ten."""
    columns = {}
    for name, kind in COLUMNS.items():
        source = random.Random(f"{SEED}/{name}")
        values = [None if source.random() < 0.1 else MAKERS[name](source) for _ in range(ROWS)]
        columns[name] = pl.Series(values, dtype=polars_type(kind))
    return pl.DataFrame(columns)


@dataclass(frozen=True, slots=True)
class Case:
    """An expression of the table's function, and what DuckDB is asked instead where OpenReg departs from it."""

    sql: str
    duckdb: str
    fails: str = "false"
    approximate: bool = False


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One row on which both do not agree."""

    sql: str
    row: int
    ours: object
    error: object
    theirs: object


class Oracle:
    """Both engines over the same frame."""

    def __init__(self, frame: pl.DataFrame, connection: duckdb.DuckDBPyConnection, bindings: Bindings) -> None:
        self.frame = frame
        self.columns = COLUMNS
        self._connection = connection
        self._bindings = bindings

    def compare(self, cases: Sequence[Case], kernels: Mapping[str, Kernel] = KERNELS) -> list[Mismatch]:
        """The rows on which a case differs: in its value, or in whether it can be evaluated."""
        ours = self.compute(cases, kernels)
        theirs = self.ask(cases)
        mismatches: list[Mismatch] = []
        for index, case in enumerate(cases):
            columns = (ours[f"v{index}"], ours[f"e{index}"], theirs[f"v{index}"], theirs[f"ok{index}"])
            for row, (value, error, expected, is_evaluated) in enumerate(zip(*columns, strict=True)):
                wanted = expected if is_evaluated else None
                if (error is None) != is_evaluated or not _same(value, wanted, approximate=case.approximate):
                    mismatches.append(Mismatch(case.sql, row, value, error, wanted if is_evaluated else "fails"))
        return mismatches

    def compute(self, cases: Sequence[Case], kernels: Mapping[str, Kernel] = KERNELS) -> pl.DataFrame:
        """Our values and errors, in one query."""
        compiler = Compiler(self._bindings, kernels)
        wanted: list[pl.Expr] = []
        expressions = [parse_expression(case.sql, COLUMNS) for case in cases]
        for index, expression in enumerate(expressions):
            compiled = compiler.compile(expression)
            error = pl.lit(None, dtype=pl.String) if compiled.error is None else compiled.error
            wanted += [compiled.value.alias(f"v{index}"), error.alias(f"e{index}")]
        computed = self.frame.lazy().with_columns(wanted).select(pl.col("^[ve][0-9]+$")).collect()
        assert computed.height == self.frame.height
        for index, expression in enumerate(expressions):
            assert computed.schema[f"v{index}"] == polars_type(expression.type), expression.source
        return computed

    def bind(self, expressions: Sequence[str]) -> None:
        """Let DuckDB read the expressions, without computing anything."""
        self._connection.register("rows", self.frame.to_arrow())
        self._connection.sql(f"SELECT {', '.join(expressions)} FROM rows LIMIT 0").fetchall()

    def ask(self, cases: Sequence[Case]) -> pl.DataFrame:
        """DuckDB's values, and whether the row can be evaluated."""
        tries, parts = "", ""
        for index, case in enumerate(cases):
            tries += f", TRY({{'v': {case.duckdb}}}) AS t{index}, coalesce(TRY({case.fails}), false) AS f{index}"
            parts += f", CASE WHEN NOT f{index} THEN t{index}['v'] END AS v{index}"
            parts += f", t{index} IS NOT NULL AND NOT f{index} AS ok{index}"
        self._connection.register("rows", self.frame.with_row_index("row_at").to_arrow())
        sql = f"SELECT row_at{parts} FROM (SELECT row_at{tries} FROM rows) ORDER BY row_at"
        return self._connection.sql(sql).pl()


def _same(ours: object, theirs: object, *, approximate: bool) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    if isinstance(ours, float) and isinstance(theirs, float | int | Decimal):
        return math.isclose(ours, theirs, rel_tol=1e-12 if approximate else 1e-15)
    if isinstance(ours, bool) != isinstance(theirs, bool):
        return False
    return ours == theirs


@pytest.fixture(scope="session")
def oracle(frame: pl.DataFrame) -> Iterator[Oracle]:
    """Both engines over the frame."""
    with duckdb.connect(":memory:", config={"threads": "1"}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield Oracle(frame, connection, Bindings(date(2024, 6, 3)))


@pytest.fixture(scope="session")
def oracle_cases() -> dict[str, list[Case]]:
    """The expressions of each function, from the file beside this one."""
    listed = yaml.load(
        Path(__file__).with_name("oracle_cases.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
    )
    return {function: [_case(item) for item in items] for function, items in listed.items()}


def _case(item: str | dict[str, Any]) -> Case:
    if isinstance(item, str):
        return Case(item, item)
    return Case(**{"duckdb": item["sql"], **item})


_LEAVES = {
    "text": ("a", "b", "c", "'ab'", "'é'"),
    "integer": ("k", "1", "2", "length(a)"),
    "boolean": ("p", "q", "true"),
    "date": ("DATE '2024-02-29'",),
}
_SHAPES = {
    "text": (
        "{text} || {text}", "upper({text})", "trim({text})", "CASE WHEN {boolean} THEN {text} ELSE {text} END",
        "coalesce({text}, {text})", "{text} || {integer}", "left({text}, {integer})", "lpad({text}, 3, 'x')",
        "{text} || {integer} + {integer}", "nullif({text}, {text})", "replace({text}, 'a', 'b')",
    ),
    "integer": (
        "{integer} + {integer}", "{integer} - {integer}", "{integer} * {integer}", "- {integer}", "{integer} % 7",
        "{integer} // 3", "length({text})", "{integer} - {integer} - {integer}", "{integer} + {integer} * {integer}",
        "CASE {text} WHEN {text} THEN {integer} ELSE {integer} END", "abs({integer})", "greatest({integer}, {integer})",
    ),
    "boolean": (
        "{integer} < {integer}", "{text} = {text}", "NOT {boolean}", "{boolean} AND {boolean}", "{boolean} OR p",
        "{boolean} OR {boolean} AND {boolean}", "{integer} BETWEEN {integer} AND {integer}", "{text} IS NULL",
        "{text} LIKE '%a%'", "{text} || {text} LIKE 'a%'", "{integer} IN ({integer}, 2)", "NOT {text} = {text}",
        "{text} IS DISTINCT FROM {text}", "NOT {boolean} AND {boolean}", "{integer} + 1 = {integer}",
        "NOT {integer} IN (1, 2)", "{integer} * 2 BETWEEN 1 AND {integer} + 1 AND {boolean}", "{boolean} = {boolean}",
        "d <= {date} OR {boolean}", "NOT {text} LIKE '%b' OR {boolean}", "{text} IS NOT NULL AND {boolean}",
    ),
    "date": ("DATE '2024-01-31' + CAST({integer} AS INTEGER)",),
}  # fmt: skip


@pytest.fixture(scope="session")
def nested_cases() -> Callable[[random.Random], Case]:
    """Makes a random expression of several levels; most operands stand without parentheses."""

    def made(source: random.Random, kind: str, depth: int) -> str:
        if depth == 0 or source.random() < 0.2:
            return source.choice(_LEAVES[kind])
        shape = source.choice(_SHAPES[kind])
        for wanted in _SHAPES:
            while f"{{{wanted}}}" in shape:
                operand = made(source, wanted, depth - 1)
                shape = shape.replace(f"{{{wanted}}}", operand if source.random() < 0.6 else f"({operand})", 1)
        return shape

    def case(source: random.Random) -> Case:
        while True:
            sql = made(source, source.choice(["text", "integer", "boolean"]), 3)
            try:
                parse_expression(sql, COLUMNS)
            except ExpressionInvalid:
                continue  # without its parentheses it may mean something of the wrong type
            return Case(sql, sql)

    return case
