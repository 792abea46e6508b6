"""Joins over Parquet files: the same rows in the same order whatever the threads, within bounds, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backend.domain.expressions import ExpressionInvalid
from backend.domain.expressions.join import JoinScope, parse_join
from backend.domain.expressions.join_plan import JoinValues, NumberedSelect, numbered_select
from backend.domain.expressions.types import DATE, INTEGER, TEXT, DataType, decimal
from backend.pipeline.engine import EngineLimits
from backend.pipeline.errors import InputKeyRepeated
from backend.pipeline.input_tables import InputTables, JoinFailed
from backend.pipeline.joins import describe_join

pytestmark = pytest.mark.thorough

ROWS = 120_000
SIMPLE = "select s.id, s.code, m.note from source s left join more m on m.code = s.code"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Trades in no order of their own, each code with two notes, in small row groups so that threads share them."""
    folder = tmp_path_factory.mktemp("inputs")
    chance = random.Random(3)
    ids = list(range(ROWS))
    chance.shuffle(ids)
    codes = [f"c{one % 5_000}" if one % 11 else None for one in ids]
    notes = [(f"c{number % 4_000}", f"n{number}") for number in range(8_000)]
    chance.shuffle(notes)
    amounts = [chance.uniform(-1e9, 1e9) for _ in ids]
    tables = {
        "source": pa.table({"id": ids, "code": codes, "amount": amounts}),
        "more": pa.table({"code": [code for code, _ in notes], "note": [note for _, note in notes]}),
    }
    found = {name: folder / f"{name}.parquet" for name in tables}
    for name, table in tables.items():
        pq.write_table(table, found[name], row_group_size=4_000)
    return found


def select_of(text: str, tables: Mapping[str, object], values: JoinValues | None = None) -> tuple[NumberedSelect, bool]:
    join = parse_join(text, JoinScope(set(tables), {}))
    return numbered_select(join, values or JoinValues(None, {}), {}), join.sums


def joined(text: str, files: Mapping[str, Path], threads: int, memory: str = "256MB") -> pa.Table:
    select, sums = select_of(text, files)
    limits = EngineLimits(memory, 1 if sums else threads)
    with InputTables.of_files(files, limits) as tables, tables.open(select, 4_096) as rows:
        return pa.Table.from_batches(list(rows), rows.schema)


def test_rows_come_in_the_order_of_the_source_and_then_of_the_input(files: dict[str, Path]) -> None:
    source, more = (pq.read_table(files[name]).to_pylist() for name in ("source", "more"))
    notes: dict[str, list[str]] = {}
    for row in more:
        notes.setdefault(row["code"], []).append(row["note"])
    expected = [
        (row["id"], row["code"], note) for row in source for note in (notes.get(row["code"] or "", [None]) or [None])
    ]
    table = joined(SIMPLE, files, threads=4)
    assert [tuple(row.values()) for row in table.to_pylist()] == expected


@pytest.mark.parametrize(
    "text",
    [
        SIMPLE,
        "select code, count(*) as n, sum(amount) as total, max(id) as top from source group by code",
        "select distinct s.code, m.note from source s join more m using (code)",
        "select code from source union all select code from more",
        "select s.id, t.n from source s join (select code, count(*) as n from more group by code) t using (code)",
    ],
)
def test_the_same_rows_give_the_same_bytes_with_any_number_of_threads(
    files: dict[str, Path], tmp_path: Path, text: str
) -> None:
    contents = set()
    for number, threads in enumerate((1, 4, 3)):
        target = tmp_path / f"{number}.parquet"
        pq.write_table(joined(text, files, threads).combine_chunks(), target)
        contents.add(target.read_bytes())
    assert len(contents) == 1


def test_a_join_that_does_not_fit_says_what_to_do(files: dict[str, Path]) -> None:
    with pytest.raises(JoinFailed) as failed:
        joined(SIMPLE, files, threads=2, memory="8MB")
    assert "memory" in str(failed.value.fix)


def test_a_key_that_stands_twice_is_told_by_its_rows(files: dict[str, Path], tmp_path: Path) -> None:
    rows = pa.table({"a": [1, None, 2, 1, None, 2], "b": ["x", "x", "y", "X", "x", "y"]})
    path = tmp_path / "ref.parquet"
    pq.write_table(rows, path)
    with InputTables.of_files({"ref": path}, EngineLimits("64MB", 2)) as tables:
        with pytest.raises(InputKeyRepeated) as repeated:
            tables.check_key("ref", ["a", "b"])
        assert "Rows 3 and 6 of the input ref have the same a, b; 1 key(s)" in repeated.value.message
        assert repeated.value.extra["rows"] == [3, 6]
        with pytest.raises(InputKeyRepeated) as single:
            tables.check_key("ref", ["a"])
        assert "Rows 1 and 4 of the input ref have the same a; 2 key(s)" in single.value.message
    with InputTables.of_files(files, EngineLimits("64MB", 2)) as tables:
        tables.check_key("source", ["id"])


def test_an_input_without_rows_joins_to_nothing(files: dict[str, Path], tmp_path: Path) -> None:
    empty = tmp_path / "more.parquet"
    pq.write_table(pq.read_table(files["more"]).slice(0, 0), empty)
    table = joined(SIMPLE, {**files, "more": empty}, threads=2)
    assert (table.num_rows, table["note"].null_count) == (ROWS, ROWS)
    assert joined(SIMPLE.replace("left join", "join"), {**files, "more": empty}, threads=2).num_rows == 0


def test_a_row_that_cannot_be_computed_fails_the_join_and_not_its_value(files: dict[str, Path]) -> None:
    with pytest.raises(JoinFailed, match="Conversion"):
        joined("select cast(code as bigint) as x from source", files, threads=2)


def test_the_second_wall_stands_without_the_first(files: dict[str, Path], tmp_path: Path) -> None:
    """What the parser refuses is refused by the engine too."""
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with InputTables.of_files(files, EngineLimits("64MB", 1)) as tables:
        for sql in (
            f"SELECT * FROM read_csv('{secret}')",
            f"COPY (SELECT 1) TO '{tmp_path / 'out.csv'}'",
            f"ATTACH '{tmp_path / 'x.db'}'",
            "INSTALL httpfs",
            "SET memory_limit = '10GB'",
            "SET enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error):
                tables._connection.execute(sql)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["secret.csv"]


COLUMNS: dict[str, dict[str, DataType]] = {
    "source": {"id": INTEGER, "amount": decimal(18, 2), "day": DATE},
    "more": {"id": INTEGER, "rate": decimal(18, 6)},
}


def described(text: str) -> dict[str, DataType]:
    return describe_join(parse_join(text, JoinScope(set(COLUMNS), {"book": TEXT})), COLUMNS, {"book": TEXT})


def test_the_columns_of_a_join_have_the_types_a_run_will_give(tmp_path: Path) -> None:
    text = (
        "select s.*, m.rate, s.amount * m.rate as value, sum(s.id) as total, s.id::double as d, $book as book"
        " from source s left join more m using (id) group by all"
    )
    found = described(text)
    assert {name: str(kind) for name, kind in found.items()} == {
        "id": "integer",
        "amount": "decimal(18,2)",
        "day": "date",
        "rate": "decimal(18,6)",
        "value": "decimal(18,8)",
        "total": "decimal(38,0)",
        "d": "double",
        "book": "text",
    }
    rows: dict[str, pa.Table] = {
        "source": pa.table(
            {
                "id": [2**62, 1],
                "amount": pa.array([Decimal("1.10")] * 2, pa.decimal128(18, 2)),
                "day": pa.nulls(2, pa.date32()),
            }
        ),
        "more": pa.table({"id": [1], "rate": pa.array([Decimal("0.5")], pa.decimal128(18, 6))}),
    }
    files = {name: tmp_path / f"{name}.parquet" for name in rows}
    for name, table in rows.items():
        pq.write_table(table, files[name])
    join = parse_join(text, JoinScope(set(COLUMNS), {"book": TEXT}))
    select = numbered_select(join, JoinValues(None, {"book": "EU'"}), {"book": TEXT})
    with InputTables.of_files(files, EngineLimits("64MB", 1)) as tables, tables.open(select, 10) as stream:
        made = pa.Table.from_batches(list(stream), stream.schema)
    assert made.schema.field("total").type == pa.decimal128(38, 0)
    assert made.to_pylist()[0] | {"day": 0} == {
        "id": 1,
        "amount": Decimal("1.10"),
        "day": 0,
        "rate": Decimal("0.500000"),
        "value": Decimal("0.55000000"),
        "total": 1,
        "d": 1.0,
        "book": "EU'",
    }


@pytest.mark.parametrize(
    ("text", "code", "place", "suggestion"),
    [
        ("select s.id,\n m.rat from source s, more m", "unknown_column", (2, 4), "rate"),
        ("select id from source s, more m", "type_mismatch", (1, 8), None),
        ("select *, m.rate as r from source s join more m on s.id = m.id", "type_mismatch", (1, 1), None),
        ("select day + interval 1 day as x from source", "type_mismatch", (1, 1), None),
        ("select count(amount) as n from source where count(id) > 1", "type_mismatch", (1, 1), None),
    ],
)
def test_what_the_engine_refuses_is_told_before_a_run(
    text: str, code: str, place: tuple[int, int], suggestion: str | None
) -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        described(text)
    error = refused.value
    assert (error.code, (error.line, error.column)) == (code, place), error.message
    if suggestion is not None:
        assert error.suggestion == suggestion
