"""The outbox: a fact and everyone who hears of it are written with the change, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from backend.core.ids import RunId, new_id
from backend.domain.webhooks import WebhookEventType
from backend.persistence.models.run import Run
from backend.persistence.models.webhook import Event, WebhookDelivery
from backend.persistence.outbox import Outbox
from backend.services.runs import RunService
from backend.services.scope import TenantScope
from tests.factories.rows import AT, Rows


async def all_of(scope: TenantScope, model: type[Any]) -> list[Any]:
    async with scope.transaction() as session:
        return list((await session.scalars(select(model))).all())


async def tell(scope: TenantScope, event_type: WebhookEventType, **payload: object) -> None:
    async with scope.transaction() as session:
        await Outbox(session, scope.tenant).add(event_type, new_id(), payload, AT)


async def test_a_fact_is_told_to_the_endpoints_whose_filter_matches_and_to_no_others(
    scope: TenantScope, rows: Rows, strangers_rows: Rows
) -> None:
    hears = {
        (await rows.webhook(event_types=types)).id
        for types in (["*"], ["run.*"], ["run.completed"], ["delivery.*", "run.*"])
    }
    for types in (["run.failed"], ["artifact.created"], ["delivery.*"]):
        await rows.webhook(event_types=types)
    await rows.webhook(is_active=False)
    await strangers_rows.webhook()
    await tell(scope, WebhookEventType.RUN_COMPLETED, a=1)
    (event,) = await all_of(scope, Event)
    deliveries = await all_of(scope, WebhookDelivery)
    assert {one.endpoint_id for one in deliveries} == hears
    assert len(deliveries) == len(hears)
    assert {(one.event_id, one.state, one.attempts, one.next_attempt_at) for one in deliveries} == {
        (event.id, "pending", 0, AT)
    }


async def test_a_transaction_that_fails_leaves_neither_event_nor_delivery(scope: TenantScope, rows: Rows) -> None:
    await rows.webhook()

    async def add_and_fail() -> None:
        async with scope.transaction() as session:
            await Outbox(session, scope.tenant).add(WebhookEventType.RUN_COMPLETED, new_id(), {}, AT)
            await session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await add_and_fail()
    assert await all_of(scope, Event) == []
    assert await all_of(scope, WebhookDelivery) == []


async def test_a_change_whose_announcement_fails_does_not_happen(
    scope: TenantScope, rows: Rows, runs: RunService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    run = await rows.run()
    monkeypatch.setattr(Outbox, "add", fail)
    with pytest.raises(ZeroDivisionError):
        await runs.cancel(RunId(run.id))
    assert (await rows.fresh(Run, run.id)).state == "pending"


async def test_events_are_numbered_upwards(scope: TenantScope) -> None:
    for number in range(5):
        await tell(scope, WebhookEventType.OPENREG_PING, number=number)
    events = sorted(await all_of(scope, Event), key=lambda event: event.sequence)
    assert [event.payload["number"] for event in events] == list(range(5))


async def test_events_are_kept_when_nobody_listens(scope: TenantScope) -> None:
    await tell(scope, WebhookEventType.RUN_FAILED)
    assert [event.type for event in await all_of(scope, Event)] == ["run.failed"]
    assert await all_of(scope, WebhookDelivery) == []
