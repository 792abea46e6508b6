"""The webhook log is kept as long as an organisation wants, and what is on its way is never lost."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from backend.core.clock import utc_now
from backend.core.ids import new_id
from backend.domain.webhooks import WebhookEventType
from backend.persistence.models.tenant import Tenant
from backend.persistence.models.webhook import Event, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from backend.persistence.outbox import Outbox
from backend.services.webhook_retention import BATCH, WebhookRetention
from tests.factories.event_schemas import data_of
from tests.factories.installation import Installation
from tests.factories.rows import Rows

NOW = datetime.now(UTC)


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.fixture
def retention(installation: Installation) -> WebhookRetention:
    """What runs every hour."""
    return WebhookRetention(installation.database, installation.system, utc_now)


async def sent(rows: Rows, endpoint: WebhookEndpoint, days: float, state: str = "delivered", **changes: object) -> UUID:
    """A delivery of an event so many days ago, with an attempt."""
    at = days_ago(days)
    event = await rows.event(created_at=at)
    given = {"state": state, "created_at": at, "finished_at": at, "attempts": 1, **changes}
    delivery = await rows.webhook_delivery(endpoint, event, **given)
    async with rows.database.transaction(rows.person.tenant) as session:
        session.add(
            WebhookAttempt(
                id=new_id(),
                tenant_id=rows.person.tenant,
                delivery_id=delivery.id,
                endpoint_id=endpoint.id,
                number=1,
                started_at=at,
                duration_ms=1,
            )
        )
    return event.id


async def left(rows: Rows) -> tuple[set[UUID], set[UUID], int]:
    """Events that are there, events of which a delivery is there, attempts."""
    async with rows.database.transaction(rows.person.tenant) as session:
        events = set(await session.scalars(select(Event.id)))
        told = set(await session.scalars(select(WebhookDelivery.event_id)))
        return events, told, len((await session.scalars(select(WebhookAttempt.id))).all())


async def test_what_is_older_than_ninety_days_goes_and_what_is_on_its_way_stays(
    retention: WebhookRetention, rows: Rows
) -> None:
    endpoint = await rows.webhook()
    off = await rows.webhook(is_active=False)
    for state in ("delivered", "failed"):
        await sent(rows, endpoint, 91, state)
    await sent(rows, off, 91)
    await rows.event(created_at=days_ago(91))
    kept = {
        await sent(rows, endpoint, 89),
        await sent(rows, endpoint, 91, "retrying", finished_at=None),
        await sent(rows, endpoint, 91, "pending", finished_at=None),
        # Sent again by hand yesterday.
        await sent(rows, endpoint, 91, finished_at=days_ago(1)),
    }
    unheard = (await rows.event(created_at=days_ago(89))).id
    assert await retention.purge() == 3 + 4
    assert await left(rows) == (kept | {unheard}, kept, len(kept))
    assert await retention.purge() == 0


async def test_each_organisation_chooses_for_itself(
    retention: WebhookRetention, rows: Rows, strangers_rows: Rows
) -> None:
    mine = await sent(rows, await rows.webhook(), 31)
    theirs = await sent(strangers_rows, await strangers_rows.webhook(), 31)
    async with strangers_rows.database.transaction(strangers_rows.person.tenant) as session:
        own = update(Tenant).where(Tenant.id == strangers_rows.person.tenant)
        await session.execute(own.values(webhook_log_days=30))
    await retention.purge()
    assert (await left(rows))[0] == {mine}
    assert theirs not in (await left(strangers_rows))[0]


async def test_what_somebody_has_in_hand_is_passed_over_and_holds_nothing_up(
    retention: WebhookRetention, rows: Rows
) -> None:
    endpoint = await rows.webhook()
    held, free = [await sent(rows, endpoint, days) for days in (92, 91)]
    async with rows.database.transaction(rows.person.tenant) as session:
        await session.scalar(select(WebhookDelivery).where(WebhookDelivery.event_id == held).with_for_update())
        await asyncio.wait_for(retention.purge(), 20)
        events, _, _ = await left(rows)
        assert (held in events, free in events) == (True, False)
    await retention.purge()
    assert (await left(rows))[0] == set()


async def test_events_are_published_while_old_ones_go(retention: WebhookRetention, rows: Rows) -> None:
    endpoint = await rows.webhook()
    async with rows.database.transaction(rows.person.tenant) as session:
        await session.execute(
            text(
                "WITH made AS (INSERT INTO events (id, tenant_id, type, subject_id, payload, created_at) "
                "SELECT gen_random_uuid(), :tenant, 'run.completed', gen_random_uuid(), '{}', "
                "cast(:at as timestamptz) FROM generate_series(1, :count) AS n RETURNING id, created_at) "
                "INSERT INTO webhook_deliveries (id, tenant_id, event_id, endpoint_id, state, attempts, "
                "attempts_before, fencing_token, next_attempt_at, created_at, finished_at) "
                "SELECT gen_random_uuid(), :tenant, id, :endpoint, 'delivered', 1, 0, 1, created_at, created_at, "
                "created_at FROM made"
            ),
            {"tenant": rows.person.tenant, "endpoint": endpoint.id, "at": days_ago(100), "count": 3 * BATCH},
        )
    purging = asyncio.create_task(retention.purge())
    published = 0
    while not purging.done():
        async with rows.database.transaction(rows.person.tenant) as session:
            outbox = Outbox(session, rows.person.tenant)
            kind = WebhookEventType.RUN_COMPLETED
            await outbox.add(kind, new_id(), data_of(kind), datetime.now(UTC))
        published += 1
    assert await purging == 6 * BATCH
    events, told, _ = await left(rows)
    assert len(events) == len(told) == published > 1, "publishing waited for the purge"
