"""Drains of many tenants side by side: an endpoint that never answers holds up nobody else; nothing is left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from backend.core.ids import TenantId
from backend.persistence.models.webhook import WebhookDelivery, WebhookEndpoint
from backend.services import webhook_drains
from backend.services.webhook_drain import WebhookDrain
from backend.services.webhook_drains import WebhookDrains
from tests.factories.installation import Installation
from tests.factories.people import new_tenant
from tests.factories.receiver import Receiver, listening
from tests.factories.rows import AT, Rows
from tests.services.waiting import until

DEAD_TENANTS = 5
DEAD_ENDPOINTS = 3
QUEUED = 8


@pytest.fixture
async def drains(drain: WebhookDrain) -> AsyncIterator[WebhookDrains]:
    """A process that sends for everybody."""
    drains = WebhookDrains(drain)
    yield drains
    await drains.close()


@pytest.fixture
async def silent() -> AsyncIterator[Receiver]:
    """A partner that takes requests and does not answer."""
    async with listening() as receiver:
        receiver.gate.clear()
        yield receiver
        receiver.gate.set()


@pytest.fixture
async def dead(installation: Installation, silent: Receiver) -> list[Rows]:
    """Tenants all of whose endpoints are dead, with more for each than it takes at a time."""
    tenants = []
    for number in range(DEAD_TENANTS):
        person = await new_tenant(installation.database, f"dead-{number}")
        rows = Rows(installation.database, installation.box, person)
        for _ in range(DEAD_ENDPOINTS):
            endpoint = await rows.webhook(silent.url, max_concurrent=QUEUED // 2)
            for _ in range(QUEUED):
                await rows.webhook_delivery(endpoint)
        tenants.append(rows)
    return tenants


async def state_of(rows: Rows, delivery: WebhookDelivery) -> str:
    return (await rows.fresh(WebhookDelivery, delivery.id)).state


async def test_dead_endpoints_of_many_tenants_hold_up_no_other_tenant(
    drains: WebhookDrains, dead: list[Rows], silent: Receiver, receiver: Receiver, rows: Rows
) -> None:
    endpoint = await rows.webhook(receiver.url)
    for one in dead:
        drains.wake(one.person.tenant)
    await until(lambda: len(silent.received) == DEAD_TENANTS * DEAD_ENDPOINTS * QUEUED // 2)
    for number in range(1, 4):
        delivery = await rows.webhook_delivery(endpoint)
        drains.wake(rows.person.tenant)
        await until(lambda count=number: len(receiver.received) == count, 3)
        assert receiver.received[-1].headers["x-openreg-delivery"] == str(delivery.id)
    # Not because the dead were given up: everything they have is still on its way.
    assert len(silent.received) == DEAD_TENANTS * DEAD_ENDPOINTS * QUEUED // 2


async def test_places_that_the_dead_hold_are_not_missed_by_who_comes(
    drains: WebhookDrains,
    dead: list[Rows],
    silent: Receiver,
    receiver: Receiver,
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook_drains, "ALL_PLACES", 12)
    monkeypatch.setattr(webhook_drains, "LEAST_PLACES", 2)
    drains.wake(dead[0].person.tenant)
    await until(lambda: len(silent.received) == 12)  # alone it has all of them
    for one in dead[1:]:
        drains.wake(one.person.tenant)
    await until(lambda: len(silent.received) >= 12 + 4 * 2)
    endpoint = await rows.webhook(receiver.url)
    for _ in range(5):
        await rows.webhook_delivery(endpoint)
    drains.wake(rows.person.tenant)
    await until(lambda: len(receiver.received) == 5, 5)
    assert len(silent.received) <= 12 + 6 + 4 + 3 + 2, "each share is smaller than the one before, none is exceeded"


async def test_a_tenant_s_own_dead_endpoint_does_not_hold_up_its_others(
    drains: WebhookDrains, silent: Receiver, receiver: Receiver, rows: Rows
) -> None:
    gone = await rows.webhook(silent.url, max_concurrent=4)
    for _ in range(12):
        await rows.webhook_delivery(gone)
    drains.wake(rows.person.tenant)
    await until(lambda: len(silent.received) == 4)
    endpoint = await rows.webhook(receiver.url)
    for number in range(1, 4):
        await rows.webhook_delivery(endpoint)
        drains.wake(rows.person.tenant)
        await until(lambda count=number: len(receiver.received) == count, 3)


async def test_what_comes_while_a_drain_ends_is_not_left_to_the_sweep(
    drains: WebhookDrains, receiver: Receiver, rows: Rows
) -> None:
    endpoint = await rows.webhook(receiver.url)
    for number in range(1, 40):
        await rows.webhook_delivery(endpoint)
        drains.wake(rows.person.tenant)
        await until(lambda count=number: len(receiver.received) == count, 2)
        await asyncio.sleep(0.002 * number)  # a drain ends a moment after its last find: meet that moment


async def test_an_answer_that_comes_while_a_drain_looks_for_more_is_recorded(
    drain: WebhookDrain, receiver: Receiver, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.gate.clear()
    real, looks = WebhookDrain._claim, []

    async def answered_meanwhile(self: WebhookDrain, queue: Any, places: int) -> Any:
        looks.append(places)
        if len(looks) == 8:  # it has found nothing for long by now, and would end were nothing under way
            receiver.gate.set()
            await asyncio.sleep(0.3)
        return await real(self, queue, places)

    monkeypatch.setattr(WebhookDrain, "_claim", answered_meanwhile)
    delivery = await rows.webhook_delivery(await rows.webhook(receiver.url))
    assert await drain.drain(rows.person.tenant) == 1
    assert await state_of(rows, delivery) == "delivered"


async def test_one_tenant_whose_drain_fails_stops_nobody_and_is_woken_again(
    drain: WebhookDrain, receiver: Receiver, rows: Rows, strangers_rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, real, failed = rows.person.tenant, WebhookDrain._claim, []

    async def fails_once(self: WebhookDrain, queue: Any, places: int) -> Any:
        if queue.tenant == broken and not failed:
            failed.append(queue.tenant)
            raise RuntimeError("of this tenant alone")
        return await real(self, queue, places)

    monkeypatch.setattr(WebhookDrain, "_claim", fails_once)
    for one in (rows, strangers_rows):
        await one.webhook_delivery(await one.webhook(receiver.url))
    ended: list[int] = []
    drains = WebhookDrains(drain, lambda: ended.append(1))
    for one in (rows, strangers_rows):
        drains.wake(one.person.tenant)
    await until(lambda: len(ended) == 2)
    tenants = {one.document["tenant"] for one in receiver.received}
    assert tenants == {str(strangers_rows.person.tenant)}
    drains.wake(broken)
    await until(lambda: len(receiver.received) == 2)
    await drains.close()


async def test_a_process_that_ends_records_what_is_answered_in_time_and_claims_nothing_more(
    drain: WebhookDrain, receiver: Receiver, rows: Rows
) -> None:
    receiver.gate.clear()
    endpoint = await rows.webhook(receiver.url, max_concurrent=2)
    first, second, third = [
        await rows.webhook_delivery(endpoint, next_attempt_at=AT + timedelta(seconds=number)) for number in range(3)
    ]
    drains = WebhookDrains(drain)
    drains.wake(rows.person.tenant)
    await until(lambda: len(receiver.received) == 2)
    closing = asyncio.create_task(drains.close())
    await asyncio.sleep(0.05)
    receiver.gate.set()
    await closing
    drains.wake(rows.person.tenant)
    await asyncio.sleep(0.05)
    assert [await state_of(rows, one) for one in (first, second, third)] == ["delivered", "delivered", "pending"]


async def test_a_process_does_not_wait_for_the_dead_when_it_ends(
    drain: WebhookDrain, silent: Receiver, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_drains, "ENDING_SECONDS", 0.2)
    delivery = await rows.webhook_delivery(await rows.webhook(silent.url))
    drains = WebhookDrains(drain)
    drains.wake(rows.person.tenant)
    await until(lambda: len(silent.received) == 1)
    async with asyncio.timeout(5):
        await drains.close()
    left = await rows.fresh(WebhookDelivery, delivery.id)
    assert (left.state, left.lease_expires_at is not None) == ("sending", True), "its lease brings it back"


async def test_the_row_of_a_tenant_is_seen_by_its_own_drain_alone(
    drains: WebhookDrains, receiver: Receiver, rows: Rows, strangers_rows: Rows
) -> None:
    mine = await rows.webhook(receiver.url)
    theirs = await strangers_rows.webhook_delivery(await strangers_rows.webhook(receiver.url))
    await rows.webhook_delivery(mine)
    drains.wake(TenantId(rows.person.tenant))
    await until(lambda: len(receiver.received) == 1)
    await asyncio.sleep(0.1)
    assert await state_of(strangers_rows, theirs) == "pending"
    assert (await rows.fresh(WebhookEndpoint, mine.id)).consecutive_failures == 0
