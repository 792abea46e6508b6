"""Entries are found by key and day as a slow search finds them, whatever their periods and hashes."""

import random
from datetime import date, timedelta

import polars as pl
import pytest

from backend.domain.expressions import parse_expression
from backend.domain.expressions.lookups import ReferenceShape
from backend.domain.expressions.types import DATE, INTEGER, TEXT
from backend.domain.reports.document import MissingKey
from backend.pipeline.expressions.bindings import Bindings, ReferenceTables
from backend.pipeline.expressions.compiler import compile_expression
from backend.pipeline.expressions.errors import ReferenceSetMissing
from backend.pipeline.expressions.reference_table import ReferenceTable

START = date(2024, 1, 1)
SHAPES = {"firms": ReferenceShape({"name": TEXT, "size": INTEGER}), "codes": ReferenceShape({"value": TEXT}, True)}
SCHEMA = {"key": pl.String, "valid_from": pl.Date, "valid_to": pl.Date, "name": pl.String, "size": pl.Int64}
COLUMNS = {"code": TEXT, "day": DATE}


def entries(seed: int) -> list[tuple[str, date | None, date | None, str, int]]:
    source, rows = random.Random(seed), []
    for number in range(60):
        begin: date | None = None
        for part in range(source.randint(1, 4)):
            end = (begin or START) + timedelta(days=source.randint(0, 30))
            is_last = source.random() < 0.3
            rows.append((f"K{number}", begin, None if is_last else end, f"{number}.{part}", number))
            if is_last:
                break
            begin = end + timedelta(days=source.randint(1, 10))
    source.shuffle(rows)
    return rows


@pytest.mark.parametrize("seed", range(5))
def test_the_entry_of_a_day_is_the_one_a_slow_search_finds(seed: int) -> None:
    rows, source = entries(seed), random.Random(seed)
    table = ReferenceTable(pl.DataFrame(rows, schema=SCHEMA, orient="row"))
    keys = [f"K{source.randint(0, 65)}" if source.random() < 0.95 else None for _ in range(500)]
    days = [START + timedelta(days=source.randint(-20, 120)) if source.random() < 0.95 else None for _ in range(500)]

    def slow(key: str | None, day: date | None) -> str | None:
        if key is None or day is None:
            return None
        found = [row for row in rows if row[0] == key and (row[1] or day) <= day <= (row[2] or day)]
        return found[0][3] if found else None

    found = table.column("name").gather(table.find(pl.Series(keys, dtype=pl.String), pl.Series(days, dtype=pl.Date)))
    assert found.to_list() == [slow(key, day) for key, day in zip(keys, days, strict=True)]
    one_day = START + timedelta(days=25)
    found = table.column("name").gather(table.find(pl.Series(keys, dtype=pl.String), one_day))
    assert found.to_list() == [slow(key, one_day) for key in keys]


def test_keys_of_every_length_are_told_apart_by_each_of_their_characters() -> None:
    keys = [
        text for length in range(45) for text in ("x" * length, f"{'x' * length}y", f"y{'x' * length}", "é" * length)
    ]
    keys = sorted(set(keys))
    known = keys[::2]
    rows = [(key, None, None, key, number) for number, key in enumerate(known)]
    table = ReferenceTable(pl.DataFrame(rows, schema=SCHEMA, orient="row"))
    asked = pl.Series([*keys, None])
    expected = [*(key if key in known else None for key in keys), None]
    cut = pl.concat([asked.head(50), asked.slice(50)], rechunk=False)
    for column, wanted in ((asked, expected), (cut, expected), (asked.slice(9, 40), expected[9:49])):
        assert table.column("name").gather(table.find(column, START)).to_list() == wanted


def test_one_key_is_asked_about_on_several_days() -> None:
    begun = START + timedelta(days=10)
    rows = [("A", None, START, "old"), ("A", begun, None, "new")]
    codes = pl.DataFrame(
        rows,
        schema=[("key", pl.String), ("valid_from", pl.Date), ("valid_to", pl.Date), ("value", pl.String)],
        orient="row",
    )
    sql = f"concat_ws('/', map('codes', code), map('codes', code, DATE '{begun}'), map('codes', code, day))"
    compiled = compile_expression(
        parse_expression(sql, COLUMNS, reference=SHAPES), Bindings(START, reference=ReferenceTables({"codes": codes}))
    )
    frame = pl.DataFrame({"code": ["A", "A", "A"], "day": [START, begun, START + timedelta(days=5)]})
    assert frame.select(compiled.value).to_series().to_list() == ["old/new/old", "old/new/new", "old/new"]


@pytest.mark.parametrize("size", [7, None])
def test_what_is_asked_for_is_null_where_there_is_no_entry_and_where_it_holds_nothing(size: int | None) -> None:
    rows = [("A", None, None, "Alpha", size), ("B", START, None, "Beta", 8)]
    firms = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    frame = pl.DataFrame({"code": ["A", "B", "C", None], "day": [START] * 4})
    for sql, known in (
        ("lookup('firms', code, 'size') IS NOT NULL", [size is not None, True, False, False]),
        ("lookup('firms', code, 'name') IS NOT NULL", [True, True, False, False]),
        (f"lookup('firms', code, 'name', DATE '{START - timedelta(days=1)}') IS NULL", [False, True, True, True]),
    ):
        expression = parse_expression(sql, COLUMNS, reference=SHAPES)
        compiled = compile_expression(expression, Bindings(START, reference=ReferenceTables({"firms": firms})))
        assert frame.select(compiled.value).to_series().to_list() == known, sql


def test_a_table_without_entries_has_none_of_them() -> None:
    table = ReferenceTable(pl.DataFrame(schema=SCHEMA))
    assert table.find(pl.Series(["a", None]), START).to_list() == [None, None]
    assert table.find(pl.Series([], dtype=pl.String), START).to_list() == []
    with pytest.raises(ReferenceSetMissing):
        table.column("other")


class Kept:
    """One dataset and one mapping set, both with the same policy."""

    def __init__(self, missing: MissingKey) -> None:
        firms = pl.DataFrame([("A", None, None, "Alpha", 7)], schema=SCHEMA, orient="row")
        codes = firms.select("key", "valid_from", "valid_to", value="name")
        self.tables = {"firms": ReferenceTable(firms, missing), "codes": ReferenceTable(codes, missing)}

    def find_table(self, name: str) -> ReferenceTable | None:
        return self.tables.get(name)

    def find_holidays(self, calendar: str) -> None:
        raise AssertionError(calendar)


@pytest.mark.parametrize("missing", MissingKey)
@pytest.mark.parametrize(
    "sql", ["lookup('firms', code, 'size')", "map('codes', code)", "lookup('firms', code, 'name', day)"]
)
def test_a_key_that_is_not_there_means_what_the_dataset_says(missing: MissingKey, sql: str) -> None:
    expression = parse_expression(sql, COLUMNS, reference=SHAPES)
    frame = pl.DataFrame({"code": ["A", "B", None], "day": [START] * 3})
    compiled = compile_expression(expression, Bindings(START, reference=Kept(missing)))
    judged = (
        frame.lazy()
        .select(
            value=compiled.value,
            failed=compiled.failed if compiled.failed is not None else pl.lit(False),
            absent=next(iter(compiled.absent.values()), pl.lit(False)),
        )
        .collect()
    )
    assert judged["value"].to_list() == [7 if "size" in sql else "Alpha", None, None]
    assert judged["failed"].to_list() == [False, missing is MissingKey.FAIL, False]
    assert judged["absent"].to_list() == [False, missing is MissingKey.FINDING, False]
    assert expression.type == (INTEGER if "size" in sql else TEXT)
    strict = compile_expression(expression, Bindings(START, reference=Kept(missing)).unforgiving())
    assert (strict.failed is not None) == (missing is not MissingKey.NULL)
    assert not strict.absent
