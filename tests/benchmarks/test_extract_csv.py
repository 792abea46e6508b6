"""Reading a CSV file exactly, bad rows told apart, against ``polars.scan_csv`` alone, which reads the same types.

Both run in turn, each in a process of its own; medians are compared and printed. The file: 33 columns, 6 of them exact
decimals. Twice the rows must not take more memory.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.figures import show

ROUNDS = int(os.environ.get("OPENREG_BENCH_ROUNDS", "5"))
ROWS = int(os.environ.get("OPENREG_BENCH_ROWS", "1000000"))
MAX_RATIO = 2.0
MAX_ABOVE_IDLE_MB = 300
TEXTS, AMOUNTS = 22, 6
COLUMNS = {
    "id": "integer",
    **{f"text{number}": "text" for number in range(TEXTS)},
    **{f"amount{number}": "decimal(18,4)" for number in range(AMOUNTS)},
    "day": "date",
    "at": "timestamp",
    "flag": "boolean",
}

OURS = """
import json, os, sys, time
from backend.services.connectors.files.connector import FilesConnector
from backend.services.connectors.files.settings import FilesSettings
from backend.services.connectors.files.shelf import SourceFile
class Disk:
    def __init__(self, path): self.path = path
    def uploaded(self, table): return [SourceFile("file", self.path, os.path.getsize(self.path), "")]
    found = uploaded
    def stream(self, file):
        with open(file.key, "rb") as opened:
            while piece := opened.read(1 << 20):
                yield piece
    def open(self, file): return open(file.key, "rb")
    def is_unchanged(self, file): return True
columns = [{"name": name, "type": kind} for name, kind in json.loads(sys.argv[2]).items()]
connector = FilesConnector(FilesSettings.model_validate({"tables": [{"name": "t", "file": {"format": "csv"},
    "values": {"timestamp_format": "YYYY-MM-DDTHH:mm:ssf", "time_zone": "UTC"}, "columns": columns}]}),
    Disk(sys.argv[1]))
connector.describe("select * from files.t", {})
def peak_mb():
    # What getrusage says of a child began with the size of its parent.
    status = open("/proc/self/status").read()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
idle = peak_mb()
started = time.perf_counter()
with connector.extract("select * from files.t", {}) as extraction:
    rows = sum(batch.num_rows for batch in extraction)
seconds = time.perf_counter() - started
peak = peak_mb()
print(json.dumps({"rows": rows, "seconds": seconds, "above_idle_mb": peak - idle}))
"""
POLARS = """
import json, sys, time
import polars as pl
types = {"integer": pl.Int64, "text": pl.String, "decimal(18,4)": pl.Decimal(18, 4), "date": pl.Date,
    "timestamp": pl.Datetime("us"), "boolean": pl.Boolean}
schema = {name: types[kind] for name, kind in json.loads(sys.argv[2]).items()}
started = time.perf_counter()
rows = pl.scan_csv(sys.argv[1], schema=schema).collect().height
print(json.dumps({"rows": rows, "seconds": time.perf_counter() - started}))
"""


def write(path: Path, rows: int) -> Path:
    draw = random.Random(7)
    parts = [
        ",".join(
            [
                *(
                    "" if draw.random() < 0.2 else draw.choice(["NA", "EUR", "529900T8BM49AURSDO55"])
                    for _ in range(TEXTS)
                ),
                *(f"{draw.randrange(10**9)}.{draw.randrange(10**4):04d}" for _ in range(AMOUNTS)),
                f"20{draw.randrange(10, 30)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}",
                f"2026-01-05T09:{draw.randrange(60):02d}:00.{draw.randrange(10**6):06d}",
                draw.choice(["true", "false"]),
            ]
        )
        for _ in range(5000)
    ]
    with path.open("w") as file:
        file.write(",".join(COLUMNS) + "\n")
        file.writelines(f"{number},{parts[number % len(parts)]}\n" for number in range(rows))
    return path


def measured(script: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-c", script, str(path), json.dumps(COLUMNS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("csv") / "rows.csv", ROWS)


def test_csv_is_read_within_twice_the_time_of_polars_alone(file: Path):
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(measured(POLARS, file))
        ours.append(measured(OURS, file))
    assert {one["rows"] for one in [*ours, *theirs]} == {ROWS}
    ratio = statistics.median(one["seconds"] for one in ours) / statistics.median(one["seconds"] for one in theirs)
    above = max(one["above_idle_mb"] for one in ours)
    rate = ROWS / statistics.median(one["seconds"] for one in ours)
    show(f"\nCSV: {rate:,.0f} rows/s, {ratio:.2f} times polars.scan_csv, {above:.0f} MB above idle")
    assert ratio <= MAX_RATIO
    assert above <= MAX_ABOVE_IDLE_MB


@pytest.mark.long
def test_two_gigabytes_take_no_more_memory(file: Path, tmp_path: Path):
    rows = int(2 * 1024**3 / (file.stat().st_size / ROWS))
    found = measured(OURS, write(tmp_path / "large.csv", rows))
    show(f"\nCSV of 2 GiB: {found['seconds']:.0f} s, {found['above_idle_mb']:.0f} MB above idle")
    assert found["rows"] == rows
    assert found["above_idle_mb"] <= MAX_ABOVE_IDLE_MB
