"""The join of a million rows with fifty thousand, in the order of the source, against DuckDB's own in any order.

The result is larger than the memory the join may use: what is measured has been spilled.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backend.domain.expressions.join import JoinScope, parse_join
from backend.domain.expressions.join_plan import JoinValues, numbered_select
from backend.pipeline.engine import EngineLimits
from backend.pipeline.gather import ROWS_PER_READ
from backend.pipeline.input_tables import InputTables
from tests.harness.figures import show

ROUNDS = int(os.environ.get("OPENREG_BENCH_ROUNDS", "5"))
ROWS = int(os.environ.get("OPENREG_BENCH_ROWS", "1000000"))
INPUT_ROWS = 50_000
MEMORY_MB = 128
#: The order costs a sort of all columns through the disk.
MAX_RATIO = 6.0
JOIN = "select s.*, f.rate, f.name from source s left join fx f on f.ref = s.ref"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Rows like trades, and rates for most of them."""
    folder = tmp_path_factory.mktemp("join")
    chance = np.random.default_rng(1)
    columns: dict[str, object] = {"id": chance.permutation(ROWS), "ref": _texts(chance.integers(0, 60_000, ROWS))}
    for number in range(8):
        columns[f"text_{number}"] = _texts(chance.integers(0, 10**12, ROWS))
    for number in range(4):
        columns[f"number_{number}"] = chance.integers(0, 10**12, ROWS)
    keys = np.arange(INPUT_ROWS)
    rates = {"ref": _texts(keys), "rate": chance.random(INPUT_ROWS), "name": _texts(keys + 10**12)}
    found = {"source": folder / "source.parquet", "fx": folder / "fx.parquet"}
    pq.write_table(pa.table(columns), found["source"], row_group_size=32_768, compression="zstd", compression_level=1)
    pq.write_table(pa.table(rates), found["fx"])
    return found


def _texts(numbers: np.ndarray) -> pa.Array:
    return pa.array(numbers.astype(str))


def test_the_order_of_the_source_costs_a_bounded_part(files: dict[str, Path], tmp_path: Path) -> None:
    select = numbered_select(parse_join(JOIN, JoinScope(set(files), {})), JoinValues(None, {}), {})

    def ours() -> int:
        limits = EngineLimits(f"{MEMORY_MB}MB", 2, tmp_path)
        with InputTables.of_files(files, limits) as tables, tables.open(select, ROWS_PER_READ) as rows:
            return sum(batch.nbytes for batch in rows)

    def alone() -> int:
        with duckdb.connect(config={"threads": 2}) as connection:
            for name, path in files.items():
                connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}')")
            return sum(batch.nbytes for batch in connection.sql(JOIN).to_arrow_reader(ROWS_PER_READ))

    times: dict[str, list[float]] = {"ours": [], "alone": []}
    for _ in range(ROUNDS):
        size, seconds = _timed(ours)
        times["ours"].append(seconds)
        times["alone"].append(_timed(alone)[1])
    assert size > MEMORY_MB * 1024 * 1024
    ratio = statistics.median(times["ours"]) / statistics.median(times["alone"])
    show(f"join of {ROWS} x {INPUT_ROWS} rows, {size >> 20} MiB: {ratio:.2f} x DuckDB alone")
    assert ratio <= MAX_RATIO


def _timed(work: Callable[[], int]) -> tuple[int, float]:
    started = time.perf_counter()
    return work(), time.perf_counter() - started
