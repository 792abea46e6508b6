"""Webhooks against a bare loop: the same client, the same signing, the same receiver, and nothing that is stored.

The receiver is a process of its own. ``OPENREG_BENCH_WEBHOOKS`` is how many deliveries are sent for the throughput,
``OPENREG_BENCH_SECONDS`` how long 100 events a second are told, ``OPENREG_BENCH_QUEUED`` how many deliveries wait for
an endpoint that never answers. Latencies are from the commit to the arrival at the receiver, through a real worker and
Redis.
"""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import httpx
import pytest
from sqlalchemy import select

from backend import GARBAGE_THRESHOLDS
from backend.core.clock import utc_now
from backend.core.ids import new_id
from backend.domain.webhooks import WebhookEvent, WebhookEventType, WebhookMessage, new_signing_secret
from backend.persistence.models.webhook import Event, WebhookEndpoint
from backend.persistence.outbox import Outbox
from backend.services.webhook_drain import WebhookDrain
from backend.services.webhook_sender import WebhookSender
from backend.tasks.client import create_client
from backend.tasks.wakeups import CeleryWakeups
from tests.factories.event_schemas import data_of
from tests.factories.installation import Installation
from tests.factories.rows import Rows
from tests.harness.figures import show
from tests.harness.processes import running, worker_command
from tests.services.noting_receiver import NotingReceiver, noting_receiver
from tests.services.servers import TestDatabase
from tests.services.waiting import until

DELIVERIES = int(os.environ.get("OPENREG_BENCH_WEBHOOKS", "5000"))
SECONDS = float(os.environ.get("OPENREG_BENCH_SECONDS", "15"))
QUEUED = int(os.environ.get("OPENREG_BENCH_QUEUED", "10000"))
ROUNDS: Final = 3
ENDPOINTS: Final = 5
CONCURRENT: Final = 64
PER_SECOND: Final = 100
MIN_SHARE: Final = 0.30
MAX_LATENCY_RATIO: Final = 20
MAX_RISE: Final = 1.20
KIND: Final = WebhookEventType.RUN_COMPLETED
PAYLOAD: Final = {"report_id": str(UUID(int=7)), "text": "x" * 500}

Post = Callable[[bytes, dict[str, str]], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Latencies:
    """Milliseconds."""

    p50: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Latencies:
        cuts = statistics.quantiles(seconds, n=100)
        return Latencies(cuts[49] * 1000, cuts[98] * 1000)

    def __str__(self) -> str:
        return f"p50 {self.p50:.1f} ms, p99 {self.p99:.1f} ms"


@pytest.fixture(autouse=True)
def _garbage_as_in_services() -> Iterator[None]:
    """Tests look for garbage far more often than services do."""
    before = gc.get_threshold()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    yield
    gc.set_threshold(*before)


@pytest.fixture
def receiver() -> Iterator[NotingReceiver]:
    with noting_receiver() as receiver:
        yield receiver


def signed(rows: Rows) -> tuple[str, bytes, dict[str, str]]:
    """The id of a fresh event, its body and all of its headers."""
    event = WebhookEvent(new_id(), WebhookEventType.RUN_COMPLETED, utc_now(), rows.person.tenant, 1, PAYLOAD)
    message = WebhookMessage(event.id, event.type, new_id(), event.body())
    return str(event.id), message.body, message.headers([SECRET], at=utc_now())


SECRET: Final = new_signing_secret()


async def bare_rate(rows: Rows, post: Post) -> float:
    """Requests a second of as many loops as places, each signing and posting."""

    async def loop() -> None:
        for _ in range(DELIVERIES // CONCURRENT):
            _, body, headers = signed(rows)
            await post(body, headers)

    began = time.perf_counter()
    await asyncio.gather(*(loop() for _ in range(CONCURRENT)))
    return DELIVERIES // CONCURRENT * CONCURRENT / (time.perf_counter() - began)


async def fill(migrated: TestDatabase, endpoints: Sequence[WebhookEndpoint], count: int) -> None:
    """So many events, each for one of the endpoints, due now."""
    tenant = endpoints[0].tenant_id
    events = [new_id() for _ in range(count)]
    connection = await asyncpg.connect(migrated.superuser_url)
    try:
        await connection.execute(
            "INSERT INTO events (id, tenant_id, type, subject_id, payload, created_at) "
            "SELECT id, $2, 'run.completed', $2, jsonb_build_object('text', repeat('x', 500)), now() "
            "FROM unnest($1::uuid[]) AS new (id)",
            events,
            tenant,
        )
        await connection.execute(
            "INSERT INTO webhook_deliveries (id, tenant_id, event_id, endpoint_id, state, attempts, attempts_before, "
            "fencing_token, next_attempt_at, created_at) SELECT gen_random_uuid(), $2, id, endpoint, 'pending', 0, 0, "
            "0, now(), now() FROM unnest($1::uuid[], $3::uuid[]) AS new (id, endpoint)",
            events,
            tenant,
            [endpoints[number % len(endpoints)].id for number in range(count)],
        )
        await connection.execute("ANALYZE events, webhook_deliveries")
    finally:
        await connection.close()


async def counted(migrated: TestDatabase, table: str) -> int:
    connection = await asyncpg.connect(migrated.superuser_url)
    try:
        return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))
    finally:
        await connection.close()


async def test_storing_every_attempt_leaves_a_third_of_the_bare_loop(
    installation: Installation, rows: Rows, receiver: NotingReceiver, migrated: TestDatabase
) -> None:
    endpoints = [await rows.webhook(receiver.url) for _ in range(ENDPOINTS)]
    bare, stored, httpx_rates = [], [], []
    limits = httpx.Limits(max_connections=CONCURRENT)
    async with (
        WebhookSender(installation.adapters.egress_public_web) as sender,
        httpx.AsyncClient(limits=limits, timeout=15, trust_env=False) as other,
    ):
        drain = WebhookDrain(installation.database, installation.box, sender, utc_now)
        for number in range(ROUNDS):
            bare.append(
                await bare_rate(rows, lambda body, headers: sender.send(receiver.url, headers=headers, body=body))
            )
            httpx_rates.append(
                await bare_rate(rows, lambda body, headers: other.post(receiver.url, content=body, headers=headers))
            )
            await fill(migrated, endpoints, DELIVERIES)
            began, sent = time.perf_counter(), 0
            while sent < DELIVERIES:
                sent += await drain.drain(rows.person.tenant)
            stored.append(DELIVERIES / (time.perf_counter() - began))
            assert sent == DELIVERIES
            assert await counted(migrated, "webhook_attempts") == (number + 1) * DELIVERIES
    floor, rate = statistics.median(bare), statistics.median(stored)
    show(
        f"{DELIVERIES:,} deliveries to {ENDPOINTS} endpoints, every attempt stored: {rate:,.0f}/s; bare loop of the "
        f"same client {floor:,.0f}/s: {rate / floor:.2f} of it. "
        f"The same loop by httpx: {statistics.median(httpx_rates):,.0f}/s"
    )
    assert rate >= MIN_SHARE * floor


@dataclass(frozen=True, slots=True)
class Publisher:
    """Tells 100 events a second, and looks when they arrived."""

    rows: Rows
    receiver: NotingReceiver
    wakeups: CeleryWakeups

    async def bare(self, sender: WebhookSender) -> Latencies:
        """Nothing but the POST."""
        sent: dict[str, float] = {}

        async def tell() -> None:
            event_id, body, headers = signed(self.rows)
            sent[event_id] = time.time()
            await sender.send(self.receiver.url, headers=headers, body=body)

        await paced(tell)
        return await self._latencies(sent)

    async def published(self) -> Latencies:
        """From the commit of the event to the receiver."""
        tenant, told = self.rows.person.tenant, {}

        async def tell() -> None:
            subject = new_id()
            async with self.rows.database.transaction(tenant) as session:
                await Outbox(session, tenant).add(KIND, subject, data_of(KIND), datetime.now(UTC))
            told[subject] = time.time()
            self.wakeups.webhooks(tenant)

        await paced(tell)
        async with self.rows.database.transaction(tenant) as session:
            found = (await session.execute(select(Event.id, Event.subject_id).where(Event.subject_id.in_(told)))).all()
        return await self._latencies({str(event_id): told[subject] for event_id, subject in found})

    async def _latencies(self, sent: dict[str, float]) -> Latencies:
        arrived: dict[str, float] = {}

        def are_there() -> bool:
            arrived.update({one.event_id: one.at for one in reversed(self.receiver.noted())})
            return sent.keys() <= arrived.keys()

        await until(are_there, 60)
        return Latencies.of([arrived[one] - at for one, at in sent.items()])


async def paced(tell: Callable[[], Awaitable[None]]) -> None:
    """So many calls a second, whether or not those before them have ended."""
    began, tasks = time.perf_counter(), []
    for number in range(int(SECONDS * PER_SECOND)):
        await asyncio.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
        tasks.append(asyncio.ensure_future(tell()))
    await asyncio.gather(*tasks)


@contextmanager
def a_worker(environment: dict[str, str], folder: Path) -> Iterator[None]:
    """A worker for webhooks, ready."""
    env = {**environment, "OPENREG_SCRATCH_DIR": str(folder / "scratch"), "LOG_LEVEL": "WARNING"}
    command = [*worker_command()]
    with running(tuple(command), env, folder / "worker.log"):
        yield


async def test_events_are_on_their_way_at_once_also_while_another_endpoint_is_dead(
    installation: Installation,
    environment: dict[str, str],
    rows: Rows,
    receiver: NotingReceiver,
    migrated: TestDatabase,
    tmp_path: Path,
) -> None:
    await rows.webhook(receiver.url, event_types=["run.*"])
    wakeups = CeleryWakeups(create_client(installation.settings.redis))
    publisher = Publisher(rows, receiver, wakeups)
    async with WebhookSender(installation.adapters.egress_public_web) as sender:
        with a_worker(environment, tmp_path):
            await rows.webhook_delivery(await rows.webhook(receiver.url, event_types=["openreg.ping"]))
            wakeups.webhooks(rows.person.tenant)
            await until(lambda: len(receiver.noted()) > 0, 60)
            await publisher.published()  # until every process is warm
            bare = await publisher.bare(sender)
            alone = await publisher.published()
            dead = await rows.webhook(receiver.silent_url, event_types=["openreg.ping"], timeout_seconds=15)
            await fill(migrated, [dead], QUEUED)
            beside = await publisher.published()
            stored = await rows.fresh(WebhookEndpoint, dead.id)
    wakeups.close()
    show(f"{PER_SECOND} events/s for {SECONDS:g} s: {alone}; bare POST {bare}: p99 is {alone.p99 / bare.p99:.1f} times")
    show(
        f"beside {QUEUED:,} deliveries to an endpoint that never answers: {beside}: p99 {beside.p99 / alone.p99:.2f} "
        f"of the one without ({stored.consecutive_failures} failures there)"
    )
    assert alone.p99 <= MAX_LATENCY_RATIO * bare.p99
    assert beside.p99 <= MAX_RISE * alone.p99
