"""What a dataset of a million entries adds to a run that asks it for every record, by a key that no two records share.

Two reports over the demo's source run in turn in one session, the same but for a rule that asks; medians are compared.
``OPENREG_BENCH_ROWS`` (default 1,000,000) and ``OPENREG_BENCH_ROUNDS`` (default 5) set the size.
"""

import asyncio
import os
import statistics
from collections.abc import Iterator

import psycopg
import pyarrow as pa
import pytest
from psycopg import sql

from backend.core.ids import DatasetId
from backend.demo.source import create_source
from backend.demo.trades import Day, Mix
from backend.domain.datasets import DatasetColumn, DatasetKind
from backend.domain.runs import RunState
from backend.services.dataset_imports import DatasetImports, ImportOptions
from backend.services.dataset_publication import DatasetPublisher
from backend.services.datasets import DatasetService, NewDataset
from backend.services.wakeups import NoWakeups
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
BATCH = 100_000
MAX_RATIO = 1.25
RULE = {
    "id": "OWN-LOOKUP",
    "title": "The trade is known",
    "phase": "source",
    "severity": "warning",
    "expression": "lookup('known_trades', trade_ref, 'status') <> 'unwanted'",
    "message": "The trade is not wanted.",
}


@pytest.fixture(scope="module")
def source(postgres_server: PostgresServer) -> SourceAddress:
    """Records with more than forty filled fields each."""
    database = postgres_server.create_database("source")
    create_source(database.owner_url, Day(7, REPORTING_DATE, ROWS, Mix.DENSE))
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} SET jit = off").format(sql.Identifier(database.name)))
    return source_address(database.owner_url)


def test_a_large_dataset_adds_little_to_a_run(
    postgres_server: PostgresServer, s3_server: S3Address, source: SourceAddress
):
    figures = asyncio.run(_measure(postgres_server, s3_server, source))
    plain, asking = statistics.median(figures["plain"]), statistics.median(figures["asking"])
    show(f"{ROWS} rows: {plain:.2f} s, asking {ROWS} entries {asking:.2f} s: {asking / plain:.2f} x")
    assert asking / plain <= MAX_RATIO


async def _measure(server: PostgresServer, s3: S3Address, source: SourceAddress) -> dict[str, list[float]]:
    installation = await create_installation(server, s3)
    await _load(installation, source)
    output = {"format": "xml", "packaging": "zip", "file_name": "{report}_{sequence}"}
    reports = {
        "plain": await installation.add_demo_report(source, outputs=[output], rules=[]),
        "asking": await installation.add_demo_report(source, outputs=[output], rules=[RULE]),
    }
    os.environ.update(installation.env)
    figures: dict[str, list[float]] = {name: [] for name in reports}
    for _ in range(ROUNDS):
        for name, report in reports.items():
            run = (await installation.run(report)).run
            assert run.state == RunState.PARTIAL, run.reason
            assert run.started_at is not None
            assert run.finished_at is not None
            figures[name].append((run.finished_at - run.started_at).total_seconds())
    await installation.close()
    return figures


async def _load(installation: Installation, source: SourceAddress) -> None:
    publisher = DatasetPublisher(installation.scope, installation.adapters.storage, NoWakeups())
    wanted = NewDataset("known_trades", columns=(DatasetColumn(name="status"), DatasetColumn(name="desk")))
    view = await DatasetService(installation.scope, publisher, DatasetKind.DATASET).create(wanted)
    outcome = await DatasetImports(publisher).replace(DatasetId(view.dataset.id), _entries(source), ImportOptions())
    assert outcome.added > 0.9 * ROWS


def _entries(source: SourceAddress) -> Iterator[pa.RecordBatch]:
    """One entry per trade of the source."""
    with psycopg.connect(source.dsn) as connection, connection.cursor("trades") as cursor:
        cursor.execute("SELECT DISTINCT trade_ref FROM trading.trades")
        while keys := [key for (key,) in cursor.fetchmany(BATCH)]:
            status = ["wanted" if place % 3 else "done" for place in range(len(keys))]
            yield pa.RecordBatch.from_pydict({"key": keys, "status": status, "desk": ["desk"] * len(keys)})
