"""Webhooks leave the outbox: signed, at least once, on time, and never to an endpoint that was switched off."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook, WebhookVerificationError

from backend.config import Settings
from backend.core.clock import utc_now
from backend.core.ids import WebhookDeliveryId, WebhookId, new_id
from backend.domain.deliveries import DeliveryState
from backend.domain.retry import WEBHOOK_RETRY
from backend.domain.webhooks import WebhookEventType
from backend.persistence.models.webhook import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from backend.persistence.outbox import Outbox
from backend.persistence.system import SystemScope
from backend.services.scope import TenantScope
from backend.services.webhook_drain import WebhookDrain
from backend.services.webhook_sender import WebhookSender
from backend.services.webhooks import WebhookService, WebhookSettings
from tests.factories.event_schemas import data_of
from tests.factories.installation import Installation, opened
from tests.factories.receiver import Receiver
from tests.factories.rows import AT, Rows
from tests.factories.wakeups import NotedWakeups
from tests.services.waiting import until


@pytest.fixture
def service(scope: TenantScope, installation: Installation) -> WebhookService:
    """Endpoints as people keep them."""
    return WebhookService(scope, installation.box, installation.adapters.egress_public_web, NotedWakeups())


async def delivery_of(rows: Rows, identity: UUID) -> WebhookDelivery:
    return await rows.fresh(WebhookDelivery, identity)


async def attempts_of(rows: Rows, delivery: WebhookDelivery) -> list[WebhookAttempt]:
    async with rows.database.transaction(rows.person.tenant) as session:
        query = select(WebhookAttempt).where(WebhookAttempt.delivery_id == delivery.id).order_by(WebhookAttempt.number)
        return list((await session.scalars(query)).all())


async def set_delivery(rows: Rows, delivery: WebhookDelivery, **changes: Any) -> None:
    async with rows.database.transaction(rows.person.tenant) as session:
        stored = await session.get_one(WebhookDelivery, delivery.id)
        for name, value in changes.items():
            setattr(stored, name, value)


async def has_work(installation: Installation) -> bool:
    """Whether the sweeper would still wake somebody."""
    async with installation.system.transaction() as session:
        return bool(await SystemScope(session).tenants_with_due_webhooks())


async def test_an_event_arrives_with_both_signatures_and_says_what_happened(
    service: WebhookService, drain: WebhookDrain, receiver: Receiver, rows: Rows
) -> None:
    endpoint, secret = await service.create(WebhookSettings(url=receiver.url, event_types=["*"]))
    event = await rows.event(payload={"name": "Grüße", "count": 7})
    delivery = await rows.webhook_delivery(endpoint, event)
    assert await drain.drain(rows.person.tenant) == 1
    (request,) = receiver.received
    assert Webhook(secret.get_secret_value()).verify(request.body, request.headers) == request.document
    key = b64decode(secret.get_secret_value().removeprefix("whsec_"))
    timestamp = request.headers["x-openreg-timestamp"]
    signed = hmac.new(key, f"{timestamp}.".encode() + request.body, hashlib.sha256).hexdigest()
    assert request.headers["x-openreg-signature"] == f"sha256={signed}"
    assert abs(int(timestamp) - datetime.now(UTC).timestamp()) < 60
    assert request.headers["webhook-id"] == str(event.id) == request.document["id"]
    assert request.headers["x-openreg-event"] == request.document["type"] == event.type
    assert request.headers["x-openreg-delivery"] == str(delivery.id)
    assert request.document["data"] == {"name": "Grüße", "count": 7}
    assert request.document["tenant"] == str(rows.person.tenant)


async def test_an_accepted_event_is_delivered_once_and_the_attempt_is_kept(
    drain: WebhookDrain, receiver: Receiver, rows: Rows, installation: Installation
) -> None:
    delivery = await rows.webhook_delivery(await rows.webhook(receiver.url))
    await drain.drain(rows.person.tenant)
    assert await drain.drain(rows.person.tenant) == 0
    fresh = await delivery_of(rows, delivery.id)
    assert (fresh.state, fresh.attempts, fresh.last_status, fresh.lease_expires_at) == ("delivered", 1, 204, None)
    assert fresh.finished_at is not None
    (attempt,) = await attempts_of(rows, delivery)
    assert (attempt.number, attempt.status, attempt.error, attempt.address) == (1, 204, None, "127.0.0.1")
    assert len(receiver.received) == 1
    assert not await has_work(installation)


async def test_what_is_not_due_waits(drain: WebhookDrain, receiver: Receiver, rows: Rows) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=5)
    endpoint = await rows.webhook(receiver.url)
    await rows.webhook_delivery(endpoint, next_attempt_at=soon)
    await rows.webhook_delivery(endpoint, state=DeliveryState.RETRYING, attempts=1, next_attempt_at=soon)
    await rows.webhook_delivery(endpoint, state=DeliveryState.SENDING, lease_expires_at=soon)
    await rows.webhook_delivery(endpoint, state=DeliveryState.FAILED)
    await rows.webhook_delivery(endpoint, state=DeliveryState.DELIVERED)
    assert await drain.drain(rows.person.tenant) == 0
    assert receiver.received == []


@pytest.mark.parametrize("status", [500, 503, 404, 400, 301, 429])
async def test_any_other_answer_is_tried_again_later(
    drain: WebhookDrain, receiver: Receiver, rows: Rows, status: int
) -> None:
    receiver.answers = [(status, {"Location": receiver.url})]
    delivery = await rows.webhook_delivery(await rows.webhook(receiver.url), created_at=datetime.now(UTC))
    assert await drain.drain(rows.person.tenant) == 1, "a retry is not sent in the same go"
    fresh = await delivery_of(rows, delivery.id)
    wait = fresh.next_attempt_at - datetime.now(UTC)
    assert (fresh.state, fresh.attempts, fresh.last_status, fresh.finished_at) == ("retrying", 1, status, None)
    assert timedelta(seconds=2) < wait <= WEBHOOK_RETRY.delays[0] * 1.2
    (attempt,) = await attempts_of(rows, delivery)
    assert attempt.status == status
    assert len(receiver.received) == 1, "a redirect must not be followed"


async def test_the_receiver_may_ask_for_a_longer_wait(drain: WebhookDrain, receiver: Receiver, rows: Rows) -> None:
    receiver.answers = [(503, {"Retry-After": "600"})]
    delivery = await rows.webhook_delivery(await rows.webhook(receiver.url), created_at=datetime.now(UTC))
    await drain.drain(rows.person.tenant)
    wait = (await delivery_of(rows, delivery.id)).next_attempt_at - datetime.now(UTC)
    assert timedelta(seconds=590) < wait <= timedelta(seconds=600)


async def test_an_endpoint_that_is_down_is_tried_again_and_the_reason_is_kept(drain: WebhookDrain, rows: Rows) -> None:
    delivery = await rows.webhook_delivery(await rows.webhook("http://127.0.0.1:9/hook"), created_at=datetime.now(UTC))
    await drain.drain(rows.person.tenant)
    fresh = await delivery_of(rows, delivery.id)
    assert (fresh.state, fresh.last_status) == ("retrying", None)
    (attempt,) = await attempts_of(rows, delivery)
    assert attempt.error is not None
    assert attempt.error["code"] == "webhook_unreachable"


async def test_every_attempt_carries_the_same_id_and_body(drain: WebhookDrain, receiver: Receiver, rows: Rows) -> None:
    receiver.answers = [(500, {}), (500, {})]
    delivery = await rows.webhook_delivery(await rows.webhook(receiver.url), created_at=datetime.now(UTC))
    for _ in range(3):
        await drain.drain(rows.person.tenant)
        await set_delivery(rows, delivery, next_attempt_at=AT)
    assert len(receiver.received) == 3
    assert len({request.headers["webhook-id"] for request in receiver.received}) == 1
    assert len({request.body for request in receiver.received}) == 1
    assert [attempt.number for attempt in await attempts_of(rows, delivery)] == [1, 2, 3]


async def test_after_the_last_attempt_the_delivery_has_failed(
    drain: WebhookDrain, receiver: Receiver, rows: Rows, installation: Installation
) -> None:
    receiver.answers = [(500, {})]
    delivery = await rows.webhook_delivery(
        await rows.webhook(receiver.url), attempts=WEBHOOK_RETRY.max_attempts - 1, state=DeliveryState.RETRYING
    )
    await drain.drain(rows.person.tenant)
    fresh = await delivery_of(rows, delivery.id)
    assert (fresh.state, fresh.attempts) == ("failed", WEBHOOK_RETRY.max_attempts)
    assert fresh.finished_at is not None
    assert not await has_work(installation)


async def test_an_endpoint_that_is_gone_is_switched_off_and_gets_nothing_more(
    drain: WebhookDrain, receiver: Receiver, rows: Rows, installation: Installation
) -> None:
    receiver.answers = [(410, {})]
    endpoint = await rows.webhook(receiver.url)
    first = await rows.webhook_delivery(endpoint)
    waiting = await rows.webhook_delivery(
        endpoint, state=DeliveryState.RETRYING, attempts=1, next_attempt_at=utc_now() + timedelta(hours=1)
    )
    await drain.drain(rows.person.tenant)
    assert (await delivery_of(rows, first.id)).state == "failed"
    stored = await rows.fresh(WebhookEndpoint, endpoint.id)
    assert (stored.is_active, "410" in str(stored.disabled_reason)) == (False, True)
    await set_delivery(rows, waiting, next_attempt_at=AT)
    await drain.drain(rows.person.tenant)
    assert len(receiver.received) == 1
    assert not await has_work(installation), "nobody may be woken for it again and again"


async def test_an_endpoint_that_was_removed_gets_nothing_more(
    drain: WebhookDrain, receiver: Receiver, rows: Rows, service: WebhookService, installation: Installation
) -> None:
    endpoint, other = await rows.webhook(receiver.url), await rows.webhook(receiver.url)
    waiting = [await rows.webhook_delivery(endpoint) for _ in range(2)]
    kept = await rows.webhook_delivery(other)
    await service.disable(WebhookId(endpoint.id))
    await drain.drain(rows.person.tenant)
    assert [request.headers["x-openreg-delivery"] for request in receiver.received] == [str(kept.id)]
    assert [(await delivery_of(rows, one.id)).state for one in waiting] == ["failed", "failed"]
    assert not await has_work(installation)


async def test_a_failed_attempt_under_way_while_the_endpoint_is_removed_is_the_last(
    drain: WebhookDrain, receiver: Receiver, rows: Rows, service: WebhookService
) -> None:
    receiver.gate.clear()
    receiver.answers = [(500, {})]
    endpoint = await rows.webhook(receiver.url)
    delivery = await rows.webhook_delivery(endpoint, created_at=datetime.now(UTC))
    task = asyncio.create_task(drain.drain(rows.person.tenant))
    await until(lambda: len(receiver.received) > 0)
    await service.disable(WebhookId(endpoint.id))
    receiver.gate.set()
    await task
    assert (await delivery_of(rows, delivery.id)).state == "failed"


async def test_a_worker_that_dies_between_sending_and_recording_sends_again_under_the_same_id_after_its_lease(
    drain: WebhookDrain, receiver: Receiver, rows: Rows, installation: Installation
) -> None:
    delivery = await rows.webhook_delivery(await rows.webhook(receiver.url))
    receiver.gate.clear()
    task = asyncio.create_task(drain.drain(rows.person.tenant))
    await until(lambda: len(receiver.received) > 0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    receiver.gate.set()
    left = await delivery_of(rows, delivery.id)
    assert (left.state, left.attempts) == ("sending", 1)
    assert left.lease_expires_at is not None
    assert timedelta(seconds=30) < left.lease_expires_at - datetime.now(UTC) <= timedelta(seconds=60)
    assert await drain.drain(rows.person.tenant) == 0, "not while the lease lasts"
    assert not await has_work(installation)
    await set_delivery(rows, delivery, lease_expires_at=AT)
    assert await has_work(installation), "the sweeper must find what was left"
    assert await drain.drain(rows.person.tenant) == 1
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert (await delivery_of(rows, delivery.id)).state == "delivered"


async def test_a_worker_that_comes_back_after_its_lease_records_nothing(
    drain: WebhookDrain, receiver: Receiver, rows: Rows, settings: Settings
) -> None:
    delivery = await rows.webhook_delivery(await rows.webhook(receiver.url))
    receiver.gate.clear()
    receiver.answers = [(500, {}), (204, {})]
    task = asyncio.create_task(drain.drain(rows.person.tenant))
    await until(lambda: len(receiver.received) > 0)
    await set_delivery(rows, delivery, lease_expires_at=AT)
    async with opened(settings) as other, WebhookSender(other.adapters.egress_public_web) as sender:
        second = asyncio.create_task(WebhookDrain(other.database, other.box, sender, utc_now).drain(rows.person.tenant))
        await until(lambda: len(receiver.received) == 2)
        receiver.gate.set()
        await asyncio.gather(task, second)
    fresh = await delivery_of(rows, delivery.id)
    assert (fresh.state, fresh.attempts) == ("delivered", 2)
    assert [attempt.number for attempt in await attempts_of(rows, delivery)] == [2]


async def test_workers_side_by_side_send_everything_once(receiver: Receiver, rows: Rows, settings: Settings) -> None:
    endpoints = [await rows.webhook(receiver.url) for _ in range(3)]
    for _ in range(20):
        event = await rows.event()
        for endpoint in endpoints:
            await rows.webhook_delivery(endpoint, event)

    async def work() -> int:
        async with opened(settings) as one, WebhookSender(one.adapters.egress_public_web) as sender:
            return await WebhookDrain(one.database, one.box, sender, utc_now).drain(rows.person.tenant)

    assert sum(await asyncio.gather(work(), work(), work())) == 60
    assert len({request.headers["x-openreg-delivery"] for request in receiver.received}) == len(receiver.received) == 60


async def test_a_busy_endpoint_does_not_keep_the_others_waiting(
    drain: WebhookDrain, receiver: Receiver, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.services.webhook_drain.PLACES", 4)
    busy, quiet = await rows.webhook(receiver.url), await rows.webhook(receiver.url)
    for _ in range(12):
        await rows.webhook_delivery(busy)
    late = await rows.webhook_delivery(quiet, next_attempt_at=AT + timedelta(hours=1))
    await drain.drain(rows.person.tenant)
    order = [request.headers["x-openreg-delivery"] for request in receiver.received]
    assert order.index(str(late.id)) < 4


async def test_one_event_that_cannot_be_sent_does_not_stop_the_others(
    drain: WebhookDrain, receiver: Receiver, rows: Rows
) -> None:
    endpoint = await rows.webhook(receiver.url)
    broken = await rows.webhook_delivery(
        await rows.webhook(receiver.url, secrets=b"not ciphertext"), created_at=datetime.now(UTC)
    )
    too_large = await rows.webhook_delivery(
        endpoint, await rows.event(payload={"text": "x" * 300_000}), created_at=datetime.now(UTC)
    )
    good = await rows.webhook_delivery(endpoint)
    await drain.drain(rows.person.tenant)
    assert (await delivery_of(rows, good.id)).state == "delivered"
    for one, code in ((broken, "secret_unreadable"), (too_large, "webhook_body_too_large")):
        (attempt,) = await attempts_of(rows, one)
        assert attempt.error is not None
        assert attempt.error["code"] == code


async def test_the_drain_of_one_tenant_leaves_the_other_alone(
    drain: WebhookDrain, receiver: Receiver, rows: Rows, strangers_rows: Rows
) -> None:
    theirs = await strangers_rows.webhook_delivery(await strangers_rows.webhook(receiver.url))
    assert await drain.drain(rows.person.tenant) == 0
    assert (await strangers_rows.fresh(WebhookDelivery, theirs.id)).state == "pending"


async def test_an_address_that_was_allowed_once_is_judged_again_when_it_is_called(
    rows: Rows, receiver: Receiver, installation: Installation
) -> None:
    guard = type(installation.adapters.egress_public_web)(installation.adapters.egress_public_web.policy, ())
    delivery = await rows.webhook_delivery(await rows.webhook(receiver.url), created_at=datetime.now(UTC))
    async with WebhookSender(guard) as sender:
        await WebhookDrain(installation.database, installation.box, sender, utc_now).drain(rows.person.tenant)
    assert receiver.received == []
    (attempt,) = await attempts_of(rows, delivery)
    assert attempt.error is not None
    assert attempt.error["code"] == "webhook_refused"


async def test_while_a_secret_is_replaced_both_sign_and_afterwards_only_the_new_one(
    service: WebhookService, drain: WebhookDrain, receiver: Receiver, rows: Rows
) -> None:
    endpoint, first = await service.create(WebhookSettings(url=receiver.url, event_types=["*"]))
    changed = await service.rotate_secret(WebhookId(endpoint.id), timedelta(hours=1))
    await service.make_key_pair(WebhookId(endpoint.id))
    await service.ping(WebhookId(endpoint.id))
    await drain.drain(rows.person.tenant)
    await service.revoke_former_secrets(WebhookId(endpoint.id))
    await service.ping(WebhookId(endpoint.id))
    await drain.drain(rows.person.tenant)
    both, alone = receiver.received
    for secret in (first, changed.current):
        assert Webhook(secret.get_secret_value()).verify(both.body, both.headers)["type"] == "openreg.ping"
    assert Webhook(changed.current.get_secret_value()).verify(alone.body, alone.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(first.get_secret_value()).verify(alone.body, alone.headers)
    assert [one.split(",")[0] for one in alone.headers["webhook-signature"].split(" ")] == ["v1", "v1a"]


async def test_a_receiver_that_moves_out_of_its_addresses_gets_nothing(
    service: WebhookService, drain: WebhookDrain, receiver: Receiver, rows: Rows
) -> None:
    settings = WebhookSettings(url=receiver.url, event_types=["*"], allowed_addresses=["127.0.0.1"])
    endpoint, _ = await service.create(settings)
    await service.ping(WebhookId(endpoint.id))
    await drain.drain(rows.person.tenant)
    assert len(receiver.received) == 1
    async with rows.database.transaction(rows.person.tenant) as session:
        (await session.get_one(WebhookEndpoint, endpoint.id)).allowed_addresses = ["203.0.113.0/24"]
    shown = await service.ping(WebhookId(endpoint.id))
    await drain.drain(rows.person.tenant)
    assert len(receiver.received) == 1, "not through a connection that was open already either"
    (attempt,) = await attempts_of(rows, shown.delivery)
    assert attempt.error is not None
    assert attempt.error["code"] == "webhook_refused"


async def test_what_is_sent_again_has_all_its_attempts_before_it(
    service: WebhookService, drain: WebhookDrain, receiver: Receiver, rows: Rows
) -> None:
    endpoint, _ = await service.create(WebhookSettings(url=receiver.url, event_types=["*"]))
    last = WEBHOOK_RETRY.max_attempts
    delivery = await rows.webhook_delivery(endpoint, state="failed", attempts=last)
    await service.resend(WebhookId(endpoint.id), WebhookDeliveryId(delivery.id))
    receiver.answers = [(500, {})]
    await drain.drain(rows.person.tenant)
    fresh = await delivery_of(rows, delivery.id)
    assert (fresh.state, fresh.attempts) == ("retrying", last + 1)
    assert fresh.next_attempt_at < datetime.now(UTC) + 2 * WEBHOOK_RETRY.delays[0]


async def test_an_endpoint_that_names_reports_hears_of_these_alone(rows: Rows) -> None:
    report = await rows.report()
    chosen, everything = await rows.webhook(report_ids=[report.id]), await rows.webhook()
    async with rows.database.transaction(rows.person.tenant) as session:
        outbox = Outbox(session, rows.person.tenant)
        for kind, changes in (
            (WebhookEventType.RUN_COMPLETED, {"report_id": report.id}),
            (WebhookEventType.RUN_COMPLETED, {}),
            (WebhookEventType.DATASET_PUBLISHED, {}),
        ):
            await outbox.add(kind, new_id(), data_of(kind, **changes), AT)
    async with rows.database.transaction(rows.person.tenant) as session:
        told = list((await session.scalars(select(WebhookDelivery.endpoint_id))).all())
    assert (told.count(chosen.id), told.count(everything.id)) == (1, 3)
