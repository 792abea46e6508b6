"""What was reported before: the last report of the same key, in earlier ledgers or further up in the same input."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from backend.pipeline.expressions.set_sql import SetEngine
from backend.pipeline.history import HISTORY_SCHEMA, History
from backend.pipeline.ledger import LedgerColumns, LedgerWriter, Placement, placed
from backend.pipeline.ports import ReportedRun, StoredLedger

COLUMNS = LedgerColumns(("reference",), ("entity", "reference"), "status")
DAY = date(2026, 11, 20)
Record = tuple[str | None, str | None, str | None]


class Shelf:
    """Ledgers in memory, opened as object storage would."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def open_ranged(self, key: str, size: int, *, window: int) -> io.BytesIO:
        return io.BytesIO(self.objects[key])

    def add(self, day: date, *row_groups: Sequence[Record], columns: LedgerColumns = COLUMNS) -> ReportedRun:
        stored = []
        writer = LedgerWriter(columns)
        for first, records in enumerate(row_groups):
            target = frame(records, 1 + 1000 * first)
            content = writer.write([placed(writer.entries(target), [(target.height, [Placement(1, 1)])])])
            key = f"{len(self.objects)}"
            self.objects[key] = content
            stored.append(StoredLedger(key, len(content)))
        return ReportedRun(day, tuple(stored))


def frame(records: Sequence[Record], first: int = 1) -> pl.DataFrame:
    schema = {"entity": pl.String, "reference": pl.String, "status": pl.String}
    rows = pl.DataFrame(list(records), schema=schema, orient="row")
    return rows.with_row_index("row_number", first).with_columns(pl.col("row_number").cast(pl.Int64))


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def found(
    shelf: Any, folder: Path, runs: Sequence[ReportedRun], records: Sequence[Record], columns: LedgerColumns = COLUMNS
) -> list[tuple[Any, ...]]:
    engine = SetEngine(memory_limit="64MB", threads=1, temp_directory=folder)
    answer = History(shelf, engine, columns, DAY, runs).find(lambda: frame(records).iter_slices(2))
    assert dict(answer.schema) == dict(HISTORY_SCHEMA)
    return answer.rows()


def test_the_last_report_counts_whatever_run_and_row_group_it_is_in(shelf: Shelf, tmp_path: Path) -> None:
    runs = [
        shelf.add(DAY - timedelta(2), [("A", "1", "NEWT")], [("A", "2", "NEWT"), ("A", "2", "CANC")]),
        shelf.add(DAY - timedelta(1), [("A", "1", "CANC"), ("B", "2", "NEWT")]),
    ]
    records = [("A", "1", "NEWT"), ("A", "2", "NEWT"), ("A", "3", "NEWT"), ("B", "2", "CANC")]
    assert found(shelf, tmp_path, runs, records) == [
        (1, "CANC", DAY - timedelta(1)),
        (2, "CANC", DAY - timedelta(2)),
        (4, "NEWT", DAY - timedelta(1)),
    ]


def test_a_row_above_counts_as_before(shelf: Shelf, tmp_path: Path) -> None:
    runs = [shelf.add(DAY - timedelta(1), [("A", "1", "NEWT")])]
    correction = [("A", "1", "CANC"), ("A", "1", "NEWT"), ("A", "2", "NEWT"), ("A", "2", "NEWT")]
    assert found(shelf, tmp_path, runs, correction) == [
        (1, "NEWT", DAY - timedelta(1)),
        (2, "CANC", DAY),
        (4, "NEWT", DAY),
    ]


def test_missing_keys_and_reports_without_identity_have_no_history(shelf: Shelf, tmp_path: Path) -> None:
    runs = [shelf.add(DAY, [("A", None, "NEWT"), (None, "1", "NEWT")])]
    assert found(shelf, tmp_path, runs, [("A", None, "NEWT"), (None, "1", "NEWT")]) == []
    assert found(shelf, tmp_path, runs, [("A", "1", "NEWT")], LedgerColumns((), (), None)) == []


def test_ledger_that_knows_reports_by_another_key_is_not_compared(shelf: Shelf, tmp_path: Path) -> None:
    other = LedgerColumns(("reference",), ("reference", "entity"), "status")
    runs = [shelf.add(DAY, [("1", "1", "NEWT")], columns=other)]
    assert found(shelf, tmp_path, runs, [("1", "1", "NEWT")]) == []


def test_equal_hashes_of_different_keys_are_told_apart(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def colliding(frame: pl.DataFrame, identity: Sequence[str]) -> pl.Series:
        return pl.Series([7] * frame.height, dtype=pl.UInt64)

    monkeypatch.setattr("backend.pipeline.ledger.hash_keys", colliding)
    monkeypatch.setattr("backend.pipeline.history.hash_keys", colliding)
    runs = [shelf.add(DAY - timedelta(1), [("A", "1", "NEWT"), ("A", "2", "CANC")])]
    assert found(shelf, tmp_path, runs, [("A", "2", "NEWT"), ("A", "3", "NEWT")]) == [(1, "CANC", DAY - timedelta(1))]


def test_many_runs_give_what_a_dictionary_gives(shelf: Shelf, tmp_path: Path) -> None:
    chance = random.Random(7)

    def drawn(count: int) -> list[Record]:
        return [(chance.choice("AB"), str(chance.randrange(60)), chance.choice(["NEWT", "CANC"])) for _ in range(count)]

    last: dict[tuple[str | None, str | None], tuple[str | None, date]] = {}
    runs = []
    for days in range(20, 0, -1):
        groups = [drawn(chance.randrange(1, 9)) for _ in range(chance.randrange(1, 4))]
        runs.append(shelf.add(DAY - timedelta(days), *groups))
        for entity, reference, status in [record for group in groups for record in group]:
            last[entity, reference] = status, DAY - timedelta(days)
    expected = []
    records = drawn(90)
    for number, (entity, reference, status) in enumerate(records, 1):
        if (entity, reference) in last:
            expected.append((number, *last[entity, reference]))
        last[entity, reference] = status, DAY
    assert found(shelf, tmp_path, runs, records) == expected
