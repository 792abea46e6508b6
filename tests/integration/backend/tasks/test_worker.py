"""A real worker with its clock: what nobody nudged it for is found by the sweepers and done."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from sqlalchemy import func, select

from backend.config import Settings
from backend.domain.runs import RunState
from backend.embedded.ports import free_port
from backend.persistence.models.artifact import Artifact
from backend.persistence.models.delivery import Delivery
from backend.persistence.models.run import Run
from backend.persistence.models.webhook import WebhookDelivery
from backend.services.heartbeats import heard
from tests.factories.documents import own_rule, plain_document
from tests.factories.installation import Installation
from tests.factories.receiver import Receiver, listening
from tests.factories.rows import Rows
from tests.factories.source import SourceOfTrades, source_of_trades
from tests.services.servers import PostgresServer

ROOT = Path(__file__).parents[4]
METRICS_TOKEN = "token-of-the-tests"
T = TypeVar("T")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """The partner."""
    async with listening() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def source(postgres_server: PostgresServer) -> Iterator[SourceOfTrades]:
    """Three trades."""
    with source_of_trades(postgres_server) as source:
        yield source


@pytest.fixture
def metrics_port() -> int:
    """Where the worker shows its metrics."""
    return free_port()


@pytest.fixture
def worker(environment: dict[str, str], settings: Settings, tmp_path: Path, metrics_port: int) -> Iterator[Path]:
    """A worker of every queue with the clock inside it; its log."""
    with Redis.from_url(settings.redis.url.get_secret_value()) as broker:
        broker.flushdb()
    log = tmp_path / "worker.log"
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "backend.tasks.app",
        "worker",
        "-c",
        "2",
        "-B",
        "-s",
        str(tmp_path / "beat"),
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "-Q", "runs,delivery,webhooks,maintenance"],
            env={
                **os.environ,
                **environment,
                "LOG_LEVEL": "INFO",
                "OPENREG_SCRATCH_DIR": str(tmp_path / "scratch"),
                "METRICS_PORT": str(metrics_port),
                "METRICS_TOKEN": METRICS_TOKEN,
            },
            cwd=ROOT,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        yield log
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def last_words(log: Path) -> str:
    """The end of a worker's log."""
    return log.read_text(errors="replace")[-6000:]


async def seen(ask: Callable[[], Awaitable[T | None]], log: Path, seconds: float = 90) -> T:
    """What is asked for, once it is there; the worker's log when it does not come."""
    deadline = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < deadline:
        found = await ask()
        if found is not None:
            return found
        await asyncio.sleep(0.2)
    pytest.fail(f"nothing happened; the worker said:\n{last_words(log)}")


async def test_everything_that_waits_is_found_without_a_nudge_and_counted(
    worker: Path,
    metrics_port: int,
    rows: Rows,
    receiver: Receiver,
    source: SourceOfTrades,
    installation: Installation,
) -> None:
    endpoint = await rows.webhook(receiver.url)
    waiting = await rows.webhook_delivery(endpoint)
    artifact = await rows.artifact(await rows.run(state=RunState.SUCCEEDED))
    delivery = await rows.delivery(artifact, await rows.destination(), created_at=await now(rows))
    connector = await rows.connector(source.settings, credentials=rows.box.seal(source.credentials))
    document = plain_document(connector.id, rules=[own_rule(expression="quantity > 10")], on_partial="deliver")
    version = await rows.version(await rows.report(), document)
    run = await rows.run(version)

    async def delivered() -> WebhookDelivery | None:
        fresh = await rows.fresh(WebhookDelivery, waiting.id)
        return fresh if fresh.state == "delivered" else None

    async def tried() -> Delivery | None:
        fresh = await rows.fresh(Delivery, delivery.id)
        return fresh if fresh.last_error is not None else None

    async def ended() -> Run | None:
        fresh = await rows.fresh(Run, run.id)
        return fresh if RunState(fresh.state).is_terminal else None

    async def announced() -> list[str] | None:
        types = [request.document["type"] for request in receiver.received]
        return types if "run.completed" in types else None

    await seen(delivered, worker)
    assert (await seen(tried, worker)).state == "retrying"
    done = await seen(ended, worker)
    assert (done.state, done.reason) == ("partial", None), last_words(worker)
    assert (done.rows_in, done.rows_out, done.set_aside) == (2, 1, 1)
    assert done.peak_rss_bytes > 20_000_000, "known when the run ends"
    types = await seen(announced, worker)
    assert {"openreg.ping", "run.started", "artifact.created", "run.completed"} <= set(types)
    async with rows.database.transaction(rows.person.tenant) as session:
        (made,) = (await session.scalars(select(Artifact).where(Artifact.run_id == run.id))).all()
    assert installation.adapters.storage.read(made.object_key).splitlines() == [b"reference,amount", b"T-2,0.00002"]
    counted = await metrics_of(metrics_port, worker)
    assert counted["openreg_runs_ended_total"] == {frozenset({"partial"}): 1}
    assert counted["openreg_run_rows_total"] == {
        frozenset({"written"}): 1,
        frozenset({"set_aside"}): 1,
        frozenset({"filtered"}): 0,
        frozenset({"excluded"}): 0,
        frozenset({"held"}): 0,
    }
    steps = {name for (name,) in counted["openreg_run_step_duration_seconds_count"]}
    assert {"extract", "render", "hand_over"} <= steps
    assert counted["openreg_webhook_attempts_total"][frozenset({"delivered"})] >= 3
    assert counted["openreg_delivery_attempts_total"][frozenset({"retrying"})] >= 1
    assert counted["openreg_tasks_total"][frozenset({"runs.execute", "succeeded"})] >= 1
    assert counted["openreg_queue_wait_seconds_count"][frozenset({"runs"})] >= 1
    assert frozenset({"application", "idle"}) in counted["openreg_database_connections"]
    assert counted["process_resident_memory_bytes"][frozenset()] > 1_000_000


async def metrics_of(port: int, log: Path) -> dict[str, dict[frozenset[str], float]]:
    """What a worker counted: values by the texts of their labels, once it shows them."""
    given = {"Authorization": f"Bearer {METRICS_TOKEN}"}

    async def shown() -> str | None:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{port}/metrics", headers=given)
        text = answer.raise_for_status().text
        return text if 'openreg_runs_ended_total{state="partial"}' in text else None

    found: dict[str, dict[frozenset[str], float]] = {}
    for family in text_string_to_metric_families(await seen(shown, log, 30)):
        for one in family.samples:
            found.setdefault(one.name, {})[frozenset(one.labels.values())] = one.value
    return found


async def test_metrics_of_a_worker_need_its_token(worker: Path, metrics_port: int) -> None:
    async def answered() -> httpx.Response | None:
        async with httpx.AsyncClient(trust_env=False) as client:
            try:
                return await client.get(f"http://127.0.0.1:{metrics_port}/metrics")
            except httpx.ConnectError:
                return None

    assert (await seen(answered, worker)).status_code == 403


async def now(rows: Rows) -> Any:
    """The database's clock."""
    async with rows.database.transaction(rows.person.tenant) as session:
        return await session.scalar(select(func.now()))


async def test_a_worker_and_its_clock_are_heard(worker: Path, settings: Settings) -> None:
    async with AsyncRedis.from_url(settings.redis.url.get_secret_value()) as client:

        async def both() -> dict[str, tuple[str, ...]] | None:
            found = {one.role: one.queues for one in await heard(client)}
            return found if found.keys() == {"worker", "scheduler"} else None

        found = await seen(both, worker)
    assert set(found["worker"]) == {"runs", "delivery", "webhooks", "maintenance"}
    assert found["scheduler"] == ()
