"""Senders are killed and connections ended while events are told: every one arrives, and none that was taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

import asyncpg
import pytest

from backend.core.ids import new_id
from backend.domain.webhooks import WebhookEventType
from backend.persistence.faults import DatabaseUnavailable
from backend.persistence.models.webhook import Event, WebhookDelivery
from backend.persistence.outbox import Outbox
from tests.factories.event_schemas import data_of
from tests.factories.rows import Rows
from tests.harness.drain_webhooks import start_drain
from tests.integration.backend.services_runs.test_webhook_sending import every
from tests.services.noting_receiver import NotingReceiver, noting_receiver
from tests.services.servers import TestDatabase
from tests.services.waiting import until

KIND = WebhookEventType.RUN_COMPLETED
EVENTS = 240
LEASE_SECONDS = 2
END_CONNECTIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


class TakenBack(Exception):
    """What was to be told did not happen after all."""


@pytest.fixture
def partner() -> Iterator[NotingReceiver]:
    with noting_receiver() as partner:
        yield partner


async def tell(rows: Rows, *, is_taken_back: bool) -> None:
    """One fact in a transaction of its own."""
    async with rows.database.transaction(rows.person.tenant) as session:
        outbox = Outbox(session, rows.person.tenant)
        await outbox.add(KIND, new_id(), data_of(KIND), datetime.now(UTC))
        if is_taken_back:
            raise TakenBack


async def test_every_event_arrives_although_senders_die_and_none_is_invented(
    rows: Rows, environment: dict[str, str], migrated: TestDatabase, partner: NotingReceiver
) -> None:
    await rows.webhook(partner.url, event_types=["run.*"])
    tenant = rows.person.tenant
    senders = [start_drain(environment, tenant, LEASE_SECONDS) for _ in range(2)]
    superuser = await asyncpg.connect(migrated.superuser_url)
    try:
        await tell(rows, is_taken_back=False)
        await until(lambda: len(partner.noted()) > 0, 60)
        for number in range(EVENTS):
            with suppress(TakenBack, DatabaseUnavailable):
                await tell(rows, is_taken_back=number % 10 == 0)
            if number % 80 == 40:
                senders[0].kill()
                senders[0].wait()
                senders.append(start_drain(environment, tenant, LEASE_SECONDS))
                senders.pop(0)
            if number % 100 == 60:
                await superuser.execute(END_CONNECTIONS)
            await asyncio.sleep(0.005)

        async def are_all_delivered() -> bool:
            return {one.state for one in await every(rows, WebhookDelivery)} == {"delivered"}

        await until(are_all_delivered, 60)
    finally:
        await superuser.close()
        for one in senders:
            one.kill()
            one.wait()
    told = {str(one.id) for one in await every(rows, Event)}
    noted = partner.noted()
    assert EVENTS * 0.85 < len(told) <= EVENTS * 0.9 + 1
    assert {one.event_id for one in noted} == told
    assert all(one.is_consistent for one in noted)
