"""A whole run against its floor: what the same bytes cost when nothing is understood.

Floor, three things at once: COPY of the source rows to nowhere, writing and uploading the Parquet input from Arrow
in memory, deflating and uploading the ready XML. Both sides run in turn in one session; medians are compared.
``OPENREG_BENCH_ROWS`` (default 1,000,000) and ``OPENREG_BENCH_ROUNDS`` (default 5) set the size.
"""

import asyncio
import os
import statistics
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from psycopg import sql
from zlib_ng import zlib_ng

from backend.core.ids import ReportId, RunId
from backend.demo.report import source_query, with_day
from backend.demo.source import create_source
from backend.demo.trades import Day, Mix
from backend.domain.runs import RunState
from backend.persistence.models.run import Run
from backend.pipeline.multipart import MultipartSink
from backend.pipeline.plan import ROWS_PER_GROUP
from tests.factories.schema_archive import zip_of
from tests.harness.figures import show
from tests.harness.installation import (
    REPORTING_DATE,
    Installation,
    SourceAddress,
    create_installation,
    source_address,
)
from tests.services.servers import PostgresServer, S3Address

ROWS = int(os.environ.get("OPENREG_BENCH_ROWS", "1000000"))
ROUNDS = int(os.environ.get("OPENREG_BENCH_ROUNDS", "5"))
BLOCK = 4 << 20
MAX_RATIO = {"full XSD": 5.0, "no XSD": 3.2}
MAX_RSS_MB = 900


@dataclass(frozen=True)
class Material:
    """What the floor moves: the rows as Arrow, and the finished XML."""

    table: pa.Table
    xml: Path


@pytest.fixture(scope="module")
def source(postgres_server: PostgresServer) -> SourceAddress:
    """Records with more than forty filled fields each."""
    database = postgres_server.create_database("source")
    create_source(database.owner_url, Day(7, REPORTING_DATE, ROWS, Mix.DENSE))
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        # As the demo does: compiling the wide join costs more than it saves, on both sides of the comparison.
        connection.execute(sql.SQL("ALTER DATABASE {} SET jit = off").format(sql.Identifier(database.name)))
    return source_address(database.owner_url)


@pytest.mark.schemas
def test_run_stays_near_its_floor(
    postgres_server: PostgresServer, s3_server: S3Address, source: SourceAddress, official_schemas: Path, tmp_path: Path
):
    figures = asyncio.run(_measure(postgres_server, s3_server, source, zip_of(official_schemas / "mifir"), tmp_path))
    floor = statistics.median(figures["floor"])
    for name, seconds in figures.items():
        if name == "memory":
            continue
        median = statistics.median(seconds)
        spread = f"{min(seconds):.2f}-{max(seconds):.2f}"
        show(f"{name:10} {median:7.2f} s ({spread})  {ROWS / median:9.0f} rows/s  {median / floor:5.2f} x floor")
    show(f"peak memory of a run's processes: {max(figures['memory']):.0f} MB")
    for name, limit in MAX_RATIO.items():
        assert statistics.median(figures[name]) / floor <= limit
    assert max(figures["memory"]) <= MAX_RSS_MB


async def _measure(
    server: PostgresServer, s3: S3Address, source: SourceAddress, schemas: bytes, folder: Path
) -> dict[str, list[float]]:
    cases: dict[str, tuple[Installation, ReportId]] = {}
    for name in MAX_RATIO:
        installation = await create_installation(server, s3)
        if name == "full XSD":
            await installation.schemas.install(installation.scope, "mifir.zip", schemas)
        report = await installation.add_demo_report(
            source, outputs=[{"format": "xml", "packaging": "zip", "file_name": "{report}_{sequence}"}]
        )
        cases[name] = installation, report
    figures: dict[str, list[float]] = {"floor": [], **{name: [] for name in cases}, "memory": []}
    material = await _material(*cases["full XSD"], folder)
    for _ in range(ROUNDS):
        figures["floor"].append(await asyncio.to_thread(_floor, source, cases["no XSD"][0], material))
        for name, (installation, report) in cases.items():
            run = await _run(installation, report)
            assert run.started_at is not None
            assert run.finished_at is not None
            figures[name].append((run.finished_at - run.started_at).total_seconds())
            figures["memory"].append(run.peak_rss_bytes / 1e6)
    for installation, _ in cases.values():
        await installation.close()
    return figures


async def _run(installation: Installation, report: ReportId) -> Run:
    os.environ.update(installation.env)
    run = (await installation.run(report)).run
    assert run.state == RunState.PARTIAL, run.reason
    return run


async def _material(installation: Installation, report: ReportId, folder: Path) -> Material:
    """One run gives the rows and the file that the floor moves."""
    run = await _run(installation, report)
    storage = installation.adapters.storage
    assert run.input_key is not None
    assert run.input_size_bytes is not None
    table = pq.read_table(storage.open_ranged(run.input_key, run.input_size_bytes))
    (artifact,) = await installation.runs.artifacts(RunId(run.id))
    return Material(table, await asyncio.to_thread(_unzipped, storage.stream(artifact.object_key), folder))


def _unzipped(pieces: Iterator[bytes], folder: Path) -> Path:
    """The one XML file of a stored archive."""
    packed = folder / "report.zip"
    with packed.open("wb") as target:
        for piece in pieces:
            target.write(piece)
    subprocess.run(["unzip", "-q", packed, "-d", folder], check=True)
    packed.unlink()
    (xml,) = folder.glob("*.xml")
    return xml


def _floor(source: SourceAddress, installation: Installation, material: Material) -> float:
    storage = installation.adapters.storage

    def copy() -> None:
        command = f"COPY ({with_day(source_query(), REPORTING_DATE)}) TO STDOUT"
        subprocess.run(["psql", source.dsn, "-qc", command], check=True, stdout=subprocess.DEVNULL)

    def parquet() -> None:
        with (
            MultipartSink(storage, "bench/floor.parquet", "application/octet-stream") as sink,
            pq.ParquetWriter(
                pa.PythonFile(sink, mode="w"), material.table.schema, compression="zstd", compression_level=1
            ) as writer,
        ):
            writer.write_table(material.table, row_group_size=ROWS_PER_GROUP)

    def deflate() -> None:
        with MultipartSink(storage, "bench/floor.zip", "application/zip") as sink:
            for block in _blocks(material.xml):
                deflater = zlib_ng.compressobj(1, zlib_ng.DEFLATED, -15)
                sink.write(deflater.compress(block) + deflater.flush(zlib_ng.Z_SYNC_FLUSH))

    started = time.perf_counter()
    with ThreadPoolExecutor(3) as threads:
        for done in [threads.submit(work) for work in (copy, parquet, deflate)]:
            done.result()
    return time.perf_counter() - started


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as content:
        while block := content.read(BLOCK):
            yield block
