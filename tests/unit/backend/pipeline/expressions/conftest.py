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

from backend.domain.expressions import parse_expression
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
TEXTS = [
    *("", " ", "a", "A", "abc", "ABC", "Hello World", "  padded  ", "\tTab\n", "a,b,,c", ",", "a.b.c", "100%", "a%b"),
    *("_", "under_score", "back\\slash", "it's", 'say "x"', "\u00a0nbsp\u00a0", "x" * 300, "line\nbreak", "0012300"),
    *(
        "é",
        "Ångström",
        "ß",
        "straße",
        "İstanbul",
        "ΟΔΟΣ",
        "日本語",
        "🙂",
        "👩‍👩‍👧",
        "𝒳y𝒵",
        "ﬁn",
        "e\u0301",
        "ŉ",
        "\u3000x\u3000",
    ),
    *("aXbXc", "XX", "xx", "aaa", "abcabc", "AB12CD34", "2024-01-31", "-1", "NULL", "a|b", "$1", "a\\b"),
]
ALPHABETS = ("abcABC", "0123456789", "abc XYZ,._-%", "éèüßøÅ", "αβγΣς", "日本語한국", "🙂🚀𝒳", " \t\n", "aX,")
NUMERIC_TEXTS = [
    *("1.", ".5", "-.5", "+.5", ".", "1e", "1e2.5", "1e-1", "15e-1", "1__0", "_1", "1_", "1_0", "--1", "- 1", "1 1"),
    *("0.5", "1.4999999", "-1.5", "2.5", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e18"),
    *("1e19", "1E3", "1e400", "00012", "", " ", " 42 ", "12345678.995", "99999999.995", "-99999999.995", "1e-400"),
    *("1.5e1", "1_0.1_0", "1.5f", "١", "0", "-0", "0.005", "-0.005", "1.005", "\t7\n", "12,5", "1.2.3", "abc", "true"),
    *("99999999.994", "123456789012345678901234567890", "0.0000000001", "-0.0000000049", "1e5", "5e-3", "+7", "++7"),
]
DATE_TEXTS = [
    *("2024-01-31", "2024-1-5", " 2024-01-05 ", "2024/01/05", "2024 01 05", "2024-02-30", "2023-02-29", "2024-02-29"),
    *(
        "2024-01-05 10:00:00",
        "2024-01-05x",
        "20240105",
        "24-1-5",
        "2024-01/05",
        "0001-01-01",
        "9999-12-31",
        "2024-13-01",
    ),
    *("2024-0-1", "+2024-01-05", "2024\\01\\05", "2024-001-05", "\t2024-01-05\n", "2024-01", "2024-01-05T10:00:00Z"),
    *(
        "2024-01-05 x",
        "",
        " ",
        "2024-01-05T00:00",
        "31/12/2024",
        "2024-12-31 23:59:59.999999",
        "1970-01-01",
        "1582-10-10",
    ),
]
MOMENT_TEXTS = [
    *("2024-01-05", "2024-01-05 10:11", "2024-01-05 10:11:12", "2024-01-05 10:11:12.1", "2024-01-05 10:11:12.123456"),
    *(
        "2024-01-05 10:11:12.1234567",
        "2024-01-05T10:11:12Z",
        "2024-01-05T10:11:12+02:00",
        "2024-01-05T10:11:12.5-05:30",
    ),
    *(
        "2024-01-05T10:11:12 UTC",
        "2024-01-05 1:1:1",
        "2024-01-05 24:00:00",
        "2024-01-05 24:00:01",
        "2024-01-05 10:11:60",
    ),
    *(
        "2024-01-05  10:11:12",
        "2024-01-05 10",
        "2024-01-05 10:11:12,5",
        "2024-01-05T10:11:12+0200",
        "2024-01-05t10:11:12",
    ),
    *("2024-01-05 10:11:12.", "2024-02-30 00:00:00", "2024-01-05 25:00:00", "", " ", "now", "2024-01-05T10:11:12+02"),
    *(
        "2024-03-31T02:30:00+01:00",
        "1969-12-31T23:59:59.999999Z",
        "2024-01-05 10:11:12+00",
        "2024-12-31T23:59:59+00:00",
    ),
]
FLAG_TEXTS = [
    *("true", "false", "TRUE", "False", "t", "f", "T", "F", "1", "0", "yes", "no", "y", "n", "Y", "N", "on", "off"),
    *("", " true", "true ", "10", "2", "wahr", "tru", "fals", "YES", "No"),
]
DMY_TEXTS = [
    *(
        "31/01/2024",
        "5/1/2024",
        "05/01/24",
        " 5/1/2024 ",
        "5 /1/2024",
        "31/02/2024",
        "05-01-2024",
        "5/13/2024",
        "5/1/02024",
    ),
    *("", "x", "5/1/2024x", "05/01/2024 10:11", "29/02/2023", "29/02/2024", "1/1/1", "31/12/9999", "\t5/1/2024\n"),
]
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
    alphabet = source.choice(ALPHABETS)
    return "".join(source.choice(alphabet) for _ in range(source.randint(0, 12)))


def _spelled_number(source: random.Random) -> str:
    if source.random() < 0.5:
        return source.choice(NUMERIC_TEXTS)
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
    edges = [
        datetime(2024, 3, 31, 0, 59, 59, 999_999), datetime(2024, 3, 31, 1), datetime(2024, 3, 31, 2, 30),
        datetime(2024, 10, 27, 0, 30), datetime(2024, 10, 27, 1, 30), datetime(2024, 10, 27, 2, 30),
        datetime(2024, 3, 10, 2, 30), datetime(2024, 11, 3, 1, 30), datetime(2024, 2, 29, 23, 59, 59), datetime(1970, 1, 1),
        datetime(1969, 12, 31, 23, 59, 59, 999_999), datetime(2024, 12, 31, 23, 59, 59, 500), datetime(2024, 1, 31, 12),
    ]  # fmt: skip
    if source.random() < 0.4:
        return source.choice(edges)
    exact = datetime(1970, 1, 1) + timedelta(microseconds=source.randint(-(10**14), 4 * 10**15))
    return exact.replace(microsecond=source.choice([0, 0, 120_000, exact.microsecond]))


MAKERS: dict[str, Callable[[random.Random], object]] = {
    **dict.fromkeys(("a", "b"), lambda source: _texts(source, TEXTS)),
    "c": lambda source: "".join(source.choice("abX,") for _ in range(source.randint(0, 5))),
    "num": _spelled_number,
    "day": lambda source: source.choice(DATE_TEXTS) if source.random() < 0.6 else _day(source).isoformat(),
    "moment": lambda source: source.choice(MOMENT_TEXTS) if source.random() < 0.6 else _moment(source).isoformat(),
    "flag": lambda source: source.choice(FLAG_TEXTS),
    "dmy": lambda source: source.choice(DMY_TEXTS) if source.random() < 0.6 else f"{_day(source):%d/%m/%Y}",
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

    def ask(self, cases: Sequence[Case]) -> pl.DataFrame:
        """DuckDB's values, and whether the row can be evaluated."""
        tries, parts = "", ""
        for index, case in enumerate(cases):
            tries += f", TRY({{'v': {case.duckdb}}}) AS t{index}, coalesce(TRY({case.fails}), false) AS f{index}"
            parts += f"{', ' if parts else ''}CASE WHEN NOT f{index} THEN t{index}['v'] END AS v{index}, t{index} IS NOT NULL AND NOT f{index} AS ok{index}"
        self._connection.register("rows", self.frame.with_row_index("row_at").to_arrow())
        sql = f"SELECT {parts} FROM (SELECT row_at{tries} FROM rows) ORDER BY row_at"
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
    listed = yaml.safe_load(Path(__file__).with_name("oracle_cases.yaml").read_text(encoding="utf-8"))
    return {function: [_case(item) for item in items] for function, items in listed.items()}


def _case(item: str | dict[str, Any]) -> Case:
    if isinstance(item, str):
        return Case(item, item)
    return Case(**{"duckdb": item["sql"], **item})
