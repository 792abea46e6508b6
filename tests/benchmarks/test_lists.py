"""Lists against their floor: a bare FastAPI route that sends the same SQL by asyncpg and fills the same model.

Both are servers of their own, one process each, called in turn over kept connections. The same SQL is all that a call
sends: who acts, the transaction, the list. The bare route knows no token, no permission, no log and no limit.
``OPENREG_BENCH_CALLS`` and ``OPENREG_BENCH_ROUNDS`` set the size.
"""

from __future__ import annotations

import os
import pickle
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest

from backend.domain.runs import RunState
from backend.embedded.ports import free_port
from tests.benchmarks.bare_route import MATERIAL, Material
from tests.benchmarks.http_load import seconds_of
from tests.factories.rows import AT, Rows
from tests.harness.figures import show
from tests.services.servers import TestDatabase
from tests.services.statements import statements_sent

CALLS = int(os.environ.get("OPENREG_BENCH_CALLS", "400"))
ROUNDS = int(os.environ.get("OPENREG_BENCH_ROUNDS", "5"))
MAX_RATIO = 2.5
MAX_GROWTH = 1.5
SHOWN = 50
MORE = 100
LISTS = tuple(f"/api/v1/{name}" for name in ("runs", "reports", "connectors", "audit-entries", "deliveries"))
READY_SECONDS = 60.0


@contextmanager
def served(factory: str, environment: dict[str, str], log: Path) -> Iterator[int]:
    """One server process on a port of its own."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", factory, "--factory", "--port", str(port), "--no-access-log"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=output, stderr=output)
        try:
            _wait_for(port, process, log)
            yield port
        finally:
            process.terminate()
            process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/docs")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text(encoding="utf-8"))


async def multiply(pool: asyncpg.Pool, table: str, count: int, changes: str, identity: str) -> None:
    """Add copies of the newest row of a table, told apart by ``changes``: SQL that knows the copy's number as ``n``."""
    await pool.execute(
        f"INSERT INTO {table} SELECT copied.* FROM (SELECT * FROM {table} ORDER BY id DESC LIMIT 1) AS original, "
        f"generate_series(1, {count}) AS n, "
        f"jsonb_populate_record(original::{table}, jsonb_build_object('id', {identity}, {changes})) AS copied"
    )
    await pool.execute(f"ANALYZE {table}")


#: Identifiers of copies: of version 7, in the order of their numbers, before those made now.
COPY_ID = "('01900000-0000-7000-8000-' || lpad(to_hex(n + {offset}), 12, '0'))"
COPIES = {
    "runs": "'sequence', n + {offset} + 1, 'state', 'succeeded'",
    "reports": "'slug', 'copy-' || (n + {offset})",
    "connectors": "'name', 'copy ' || (n + {offset})",
    "audit_entries": "'number', n + {offset} + 1000000",
    "deliveries": "'number', n + {offset} + 1, 'state', 'delivered', 'finished_at', now()",
}


@pytest.fixture
async def pool(migrated: TestDatabase) -> AsyncIterator[asyncpg.Pool]:
    """Connections past row-level security, to make rows."""
    async with asyncpg.create_pool(migrated.superuser_url, min_size=1, max_size=2) as pool:
        yield pool


async def grow(pool: asyncpg.Pool, count: int, offset: int) -> None:
    """Add ``count`` rows to every list that is measured."""
    for table, changes in COPIES.items():
        await multiply(pool, table, count, changes.format(offset=offset), COPY_ID.format(offset=offset))


async def seed(rows: Rows, api: httpx.AsyncClient) -> None:
    """One row of each, for the copies; the report is made over HTTP, so that the trail has an entry."""
    run = await rows.run(state=RunState.SUCCEEDED, finished_at=AT)
    await rows.delivery(await rows.artifact(run), await rows.destination())
    answer = await api.post("/api/v1/reports", json={"name": "Transactions", "slug": "transactions"})
    assert answer.status_code == 201, answer.text


async def test_lists_stay_near_a_bare_route(
    api: httpx.AsyncClient,
    rows: Rows,
    pool: asyncpg.Pool,
    migrated: TestDatabase,
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    await seed(rows, api)
    await grow(pool, SHOWN * 2, 0)
    headers = {"Authorization": api.headers["Authorization"]}
    over: dict[str, float] = {}
    with served("backend.main:create_app", environment, tmp_path / "ours.log") as ours:
        for path in LISTS:
            with statements_sent() as sent:
                answer = (await api.get(path, params={"limit": SHOWN})).json()
            assert len(answer["items"]) == SHOWN, path
            material = Material(path, migrated.superuser_url, tuple(sent), answer)
            (tmp_path / "material").write_bytes(pickle.dumps(material))
            bare_environment = {**environment, MATERIAL: str(tmp_path / "material")}
            with served("tests.benchmarks.bare_route:create_app", bare_environment, tmp_path / "bare.log") as bare:
                taken = await _in_turn({"ours": ours, "bare": bare}, f"{path}?limit={SHOWN}", headers)
            ratio = taken["ours"] / taken["bare"]
            shown, floor = (taken[name] / CALLS * 1000 for name in ("ours", "bare"))
            show(f"{path:24} {shown:6.2f} ms  bare {floor:6.2f} ms  {ratio:5.2f} x")
            if ratio > MAX_RATIO:
                over[path] = ratio
    assert over == {}


async def test_lists_do_not_slow_down_with_the_data(
    api: httpx.AsyncClient, rows: Rows, pool: asyncpg.Pool, environment: dict[str, str], tmp_path: Path
) -> None:
    await seed(rows, api)
    headers = {"Authorization": api.headers["Authorization"]}
    taken: list[dict[str, float]] = []
    with served("backend.main:create_app", environment, tmp_path / "ours.log") as ours:
        for count, offset in ((SHOWN * 10, 0), (SHOWN * 10 * MORE, SHOWN * 100)):
            await grow(pool, count, offset)
            figures = {path: await _in_turn({"ours": ours}, f"{path}?limit={SHOWN}", headers) for path in LISTS}
            taken.append({path: one["ours"] for path, one in figures.items()})
    growth = {path: taken[1][path] / taken[0][path] for path in LISTS}
    for path, ratio in growth.items():
        show(f"{path:24} {ratio:5.2f} x at {MORE} times the rows")
    assert {path: ratio for path, ratio in growth.items() if ratio > MAX_GROWTH} == {}


async def _in_turn(ports: dict[str, int], path: str, headers: dict[str, str]) -> dict[str, float]:
    """Median over rounds of the time of ``CALLS`` calls to each server, in turn, after a first look at each."""
    taken: dict[str, list[float]] = {name: [] for name in ports}
    for port in ports.values():
        await seconds_of(port, path, headers, 80)
    for _ in range(ROUNDS):
        for name, port in ports.items():
            taken[name].append(await seconds_of(port, path, headers, CALLS))
    return {name: statistics.median(seconds) for name, seconds in taken.items()}
