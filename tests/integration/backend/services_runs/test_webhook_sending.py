"""Sending to endpoints that fail, are slow, want less at a time or in order; and who hears of how they fare."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.config import Settings
from backend.core.clock import utc_now
from backend.core.ids import new_id
from backend.domain.webhook_health import BreakerState
from backend.persistence.models.notice import Notice
from backend.persistence.models.webhook import Event, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from backend.services.webhook_drain import WebhookDrain
from backend.services.webhook_sender import WebhookSender
from tests.factories.installation import opened
from tests.factories.receiver import Receiver, listening
from tests.factories.rows import AT, Rows
from tests.services.waiting import until

STOP = {"Webhook-Delivery": "abort-message"}


async def every(rows: Rows, model: type[Any], **wanted: Any) -> list[Any]:
    """Rows with these values, by identifier."""
    async with rows.database.transaction(rows.person.tenant) as session:
        return list((await session.scalars(select(model).filter_by(**wanted).order_by(model.id))).all())


async def change(rows: Rows, model: type[Any], identity: UUID, **changes: Any) -> None:
    async with rows.database.transaction(rows.person.tenant) as session:
        stored = await session.get_one(model, identity)
        for name, value in changes.items():
            setattr(stored, name, value)


async def waiting(rows: Rows, endpoint: WebhookEndpoint, count: int, **changes: Any) -> list[WebhookDelivery]:
    """So many deliveries that are due, made just now."""
    now = {"created_at": datetime.now(UTC), **changes}
    return [await rows.webhook_delivery(endpoint, **now) for _ in range(count)]


async def told(rows: Rows) -> list[tuple[str, Any, Any]]:
    """Events about endpoints: their types, and which delivery of what they name."""
    found = sorted(await every(rows, Event), key=lambda one: one.sequence)
    return [
        (one.type, one.payload["delivery_id"], one.payload["event_type"])
        for one in found
        if one.type.startswith("webhook.")
    ]


async def test_a_receiver_that_says_stop_gets_no_further_attempt_and_is_not_taken_for_broken(
    drain: WebhookDrain, receiver: Receiver, rows: Rows
) -> None:
    receiver.answers = [(400, STOP), (503, {})]
    endpoint = await rows.webhook(receiver.url)
    (stopped,) = await waiting(rows, endpoint, 1)
    await drain.drain(rows.person.tenant)
    (failed,) = await waiting(rows, endpoint, 1)
    await drain.drain(rows.person.tenant)
    assert [(await rows.fresh(WebhookDelivery, one.id)).state for one in (stopped, failed)] == ["failed", "retrying"]
    marks = {one.delivery_id: one.aborted_by_consumer for one in await every(rows, WebhookAttempt)}
    assert marks == {stopped.id: True, failed.id: False}
    assert (await rows.fresh(WebhookEndpoint, endpoint.id)).consecutive_failures == 1


async def test_attempts_are_made_when_the_endpoint_s_own_waits_say_and_never_earlier(
    drain: WebhookDrain, receiver: Receiver, rows: Rows
) -> None:
    receiver.answers = [(500, {}), (503, {"Retry-After": "2"}), (500, {})]
    endpoint = await rows.webhook(receiver.url, retry_waits=[1, 1, 1])
    (delivery,) = await waiting(rows, endpoint, 1, next_attempt_at=datetime.now(UTC))
    while (await rows.fresh(WebhookDelivery, delivery.id)).finished_at is None:
        await drain.drain(rows.person.tenant)
        await asyncio.sleep(0.2)
    attempts = sorted(await every(rows, WebhookAttempt), key=lambda one: one.number)
    assert [one.status for one in attempts] == [500, 503, 500, 204]
    assert [one.retry_after_seconds for one in attempts] == [None, 2, None, None]
    for one in attempts:
        assert timedelta(0) <= one.started_at - one.planned_at < timedelta(seconds=2)
    for before, after, wait in zip(attempts, attempts[1:], (1, 2, 1), strict=False):
        ended = before.started_at + timedelta(milliseconds=before.duration_ms)
        assert timedelta(seconds=wait - 0.01) <= after.planned_at - ended <= timedelta(seconds=wait * 1.2 + 0.1)


async def test_behind_an_open_breaker_nothing_is_sent_and_no_attempt_is_used_up(
    drain: WebhookDrain, receiver: Receiver, rows: Rows
) -> None:
    receiver.answers = [(500, {})] * 11
    endpoint = await rows.webhook(receiver.url, max_concurrent=2)
    deliveries = await waiting(rows, endpoint, 16)
    assert await drain.drain(rows.person.tenant) == 10
    opened_ = await rows.fresh(WebhookEndpoint, endpoint.id)
    assert opened_.health.breaker(utc_now()) is BreakerState.OPEN
    behind = [one for one in await every(rows, WebhookDelivery) if one.attempts == 0]
    assert (len(behind), {one.state for one in behind}) == (6, {"pending"})
    assert await drain.drain(rows.person.tenant) == 0
    await change(rows, WebhookEndpoint, endpoint.id, breaker_probe_at=AT)
    assert await drain.drain(rows.person.tenant) == 1, "one probe, which fails"
    assert await drain.drain(rows.person.tenant) == 0
    await change(rows, WebhookEndpoint, endpoint.id, breaker_probe_at=AT)
    assert await drain.drain(rows.person.tenant) == 5, "one probe, which opens the way for the rest"
    closed = await rows.fresh(WebhookEndpoint, endpoint.id)
    assert (closed.breaker_opened_at, closed.consecutive_failures, closed.failing_since) == (None, 0, None)
    fresh = [await rows.fresh(WebhookDelivery, one.id) for one in deliveries]
    assert sorted((one.state, one.attempts) for one in fresh) == [("delivered", 1)] * 5 + [("retrying", 1)] * 11


async def test_two_workers_send_one_probe(receiver: Receiver, rows: Rows, settings: Settings) -> None:
    receiver.answers = [(500, {})]
    endpoint = await rows.webhook(receiver.url, breaker_opened_at=AT, breaker_probe_at=AT)
    await waiting(rows, endpoint, 5)

    async def work() -> int:
        async with opened(settings) as one, WebhookSender(one.adapters.egress_public_web) as sender:
            return await WebhookDrain(one.database, one.box, sender, utc_now).drain(rows.person.tenant)

    assert sum(await asyncio.gather(work(), work(), work())) == 1


async def test_what_is_wrong_here_is_not_put_down_to_the_endpoint(drain: WebhookDrain, rows: Rows) -> None:
    endpoint = await rows.webhook("http://127.0.0.1:9/hook", secrets=b"not ciphertext")
    await waiting(rows, endpoint, 12)
    await drain.drain(rows.person.tenant)
    fresh = await rows.fresh(WebhookEndpoint, endpoint.id)
    assert (fresh.consecutive_failures, fresh.breaker_opened_at, fresh.failing_since) == (0, None, None)


async def test_after_five_days_of_failures_an_endpoint_is_switched_off_and_the_others_hear_why(
    drain: WebhookDrain, receiver: Receiver, rows: Rows
) -> None:
    receiver.answers = [(500, {})]
    since = datetime.now(UTC) - timedelta(days=5, minutes=1)
    failing = await rows.webhook(receiver.url, failing_since=since, consecutive_failures=3)
    async with listening() as other:
        await rows.webhook(other.url)
        (delivery,) = await waiting(rows, failing, 1)
        await drain.drain(rows.person.tenant)
        (heard,) = other.received
    assert heard.document["type"] == "webhook.disabled"
    data = heard.document["data"]
    assert (data["delivery_id"], data["event_type"]) == (str(delivery.id), "openreg.ping")
    assert "5 days" in data["reason"]
    stored = await rows.fresh(WebhookEndpoint, failing.id)
    assert (stored.is_active, stored.disabled_reason) == (False, data["reason"])
    assert (await rows.fresh(WebhookDelivery, delivery.id)).state == "failed"
    assert [one.kind for one in await every(rows, Notice)] == ["endpoint_disabled"]


async def test_an_endpoint_s_trouble_is_told_once_and_so_is_its_end_but_never_to_itself(
    drain: WebhookDrain, receiver: Receiver, rows: Rows
) -> None:
    receiver.answers = [(500, {})] * 2
    endpoint = await rows.webhook(receiver.url)
    first, second = await waiting(rows, endpoint, 2, state="retrying", attempts=3)
    await drain.drain(rows.person.tenant)
    ((kind, delivery, of),) = await told(rows)
    assert (kind, of) == ("webhook.failing", "openreg.ping")
    assert delivery in {str(first.id), str(second.id)}
    await change(rows, WebhookDelivery, first.id, next_attempt_at=AT)
    await drain.drain(rows.person.tenant)
    await waiting(rows, endpoint, 1)
    await drain.drain(rows.person.tenant)
    assert [one[:2] for one in await told(rows)] == [
        ("webhook.failing", delivery),
        ("webhook.recovered", str(first.id)),
    ]
    notices = await every(rows, Notice)
    assert [one.kind for one in notices] == ["endpoint_failing", "endpoint_recovered"]
    assert delivery in notices[0].text
    assert "openreg.ping" in notices[0].text
    assert {one["type"] for one in (request.document for request in receiver.received)} == {"openreg.ping"}


async def test_an_event_that_was_given_up_is_told_but_not_the_loss_of_such_news(
    drain: WebhookDrain, receiver: Receiver, rows: Rows
) -> None:
    receiver.answers = [(500, {})] * 2
    endpoint = await rows.webhook(receiver.url, retry_waits=[1])
    (lost,) = await waiting(rows, endpoint, 1, state="retrying", attempts=1)
    news = await rows.event(type="webhook.exhausted", payload={"delivery_id": "1", "event_type": "run.failed"})
    await rows.webhook_delivery(endpoint, news, state="retrying", attempts=1, created_at=datetime.now(UTC))
    await drain.drain(rows.person.tenant)
    assert [one[1] for one in await told(rows)] == ["1", str(lost.id)]
    assert [one.kind for one in await every(rows, Notice)] == ["endpoint_exhausted"], "once while it fails"


async def test_no_more_requests_are_under_way_than_an_endpoint_allows_over_all_workers(
    receiver: Receiver, rows: Rows, settings: Settings
) -> None:
    receiver.gate.clear()
    endpoint = await rows.webhook(receiver.url, max_concurrent=3)
    deliveries = await waiting(rows, endpoint, 10)

    async def work() -> int:
        async with opened(settings) as one, WebhookSender(one.adapters.egress_public_web) as sender:
            return await WebhookDrain(one.database, one.box, sender, utc_now).drain(rows.person.tenant)

    workers = [asyncio.create_task(work()) for _ in range(2)]
    await until(lambda: len(receiver.received) >= 3)
    await asyncio.sleep(0.3)
    assert len(receiver.received) == 3
    receiver.gate.set()
    assert sum(await asyncio.gather(*workers)) == 10
    assert {(await rows.fresh(WebhookDelivery, one.id)).attempts for one in deliveries} == {1}


async def test_a_rate_is_kept_and_what_waits_for_it_uses_up_no_attempt(
    drain: WebhookDrain, receiver: Receiver, rows: Rows
) -> None:
    endpoint = await rows.webhook(receiver.url, max_per_minute=240)
    await waiting(rows, endpoint, 8)
    began = asyncio.get_running_loop().time()
    assert await drain.drain(rows.person.tenant) == 8
    assert 0.9 <= asyncio.get_running_loop().time() - began < 3, "four at once, then one each quarter of a second"
    assert {one.attempts for one in await every(rows, WebhookDelivery)} == {1}


async def test_nobody_waits_for_the_slowest(drain: WebhookDrain, receiver: Receiver, rows: Rows) -> None:
    receiver.gate.clear()
    await waiting(rows, await rows.webhook(receiver.url), 300)
    task = asyncio.create_task(drain.drain(rows.person.tenant))
    async with listening() as quick:
        await until(lambda: len(receiver.received) == 20)
        await waiting(rows, await rows.webhook(quick.url), 30)
        await until(lambda: len(quick.received) == 30)
        assert len(receiver.received) == 20
        assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_in_order_means_that_nothing_of_a_subject_overtakes_what_failed_before_it(
    drain: WebhookDrain, receiver: Receiver, rows: Rows
) -> None:
    receiver.answers = [(500, {})]
    endpoint = await rows.webhook(receiver.url, is_ordered=True)
    subject, at = new_id(), datetime.now(UTC)
    events = [await rows.event(subject_id=subject) for _ in range(3)]
    # The later event has waited longer: the order is that of events.
    deliveries = [
        await rows.webhook_delivery(endpoint, one, created_at=at, next_attempt_at=AT - timedelta(hours=number))
        for number, one in enumerate(events)
    ]
    await drain.drain(rows.person.tenant)
    assert [one.headers["webhook-id"] for one in receiver.received] == [str(events[0].id)]
    other = await rows.webhook_delivery(endpoint, created_at=at)
    await drain.drain(rows.person.tenant)
    assert receiver.received[-1].headers["x-openreg-delivery"] == str(other.id)
    await change(rows, WebhookDelivery, deliveries[0].id, next_attempt_at=AT)
    await drain.drain(rows.person.tenant)
    of_subject = {str(one.id) for one in events}
    heard = [one.headers["webhook-id"] for one in receiver.received if one.document["id"] in of_subject]
    assert heard == [str(events[number].id) for number in (0, 0, 1, 2)]
