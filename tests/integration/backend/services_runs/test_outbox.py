"""The outbox: a fact and everyone who hears of it are written with the change, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from backend.core.ids import RunId, new_id
from backend.domain.event_catalogue.catalogue import CATALOGUE
from backend.domain.webhooks import MAX_BODY_BYTES, WebhookEventType
from backend.persistence.models.run import Run
from backend.persistence.models.webhook import Event, WebhookDelivery
from backend.persistence.outbox import Outbox
from backend.services.runs import RunService
from backend.services.scope import TenantScope
from tests.factories.event_schemas import data_of
from tests.factories.rows import AT, Rows


async def all_of(scope: TenantScope, model: type[Any]) -> list[Any]:
    async with scope.transaction() as session:
        return list((await session.scalars(select(model))).all())


async def tell(scope: TenantScope, event_type: WebhookEventType, **changes: object) -> None:
    async with scope.transaction() as session:
        await Outbox(session, scope.tenant).add(event_type, new_id(), data_of(event_type, **changes), AT)


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
    await tell(scope, WebhookEventType.RUN_COMPLETED)
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
            await Outbox(session, scope.tenant).add(
                WebhookEventType.RUN_COMPLETED, new_id(), data_of(WebhookEventType.RUN_COMPLETED), AT
            )
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
        await tell(scope, WebhookEventType.RUN_COMPLETED, sequence=number)
    events = sorted(await all_of(scope, Event), key=lambda event: event.sequence)
    assert [event.payload["sequence"] for event in events] == list(range(5))


async def test_events_are_kept_when_nobody_listens(scope: TenantScope) -> None:
    await tell(scope, WebhookEventType.RUN_FAILED)
    assert [event.type for event in await all_of(scope, Event)] == ["run.failed"]
    assert await all_of(scope, WebhookDelivery) == []


async def test_who_names_reports_hears_of_each_event_that_concerns_one_of_them(scope: TenantScope, rows: Rows) -> None:
    mine, other = await rows.report(), await rows.report()
    endpoint = await rows.webhook(report_ids=[mine.id])
    for kind in CATALOGUE:
        names = CATALOGUE[kind].data.model_fields
        for report in (mine, other):
            if "report_ids" in names:
                await tell(scope, kind, report_ids=[str(report.id), str(new_id())])
            elif "report_id" in names:
                await tell(scope, kind, report_id=str(report.id))
            else:
                await tell(scope, kind)
    events = {one.id: one for one in await all_of(scope, Event)}
    heard = [events[one.event_id] for one in await all_of(scope, WebhookDelivery) if one.endpoint_id == endpoint.id]
    of_a_report = {one for one in CATALOGUE if {"report_id", "report_ids"} & CATALOGUE[one].data.model_fields.keys()}
    assert sorted(one.type for one in heard) == sorted(of_a_report), "each once: that of the other report never"
    assert all(str(mine.id) in str(one.payload) for one in heard)


async def test_what_no_webhook_could_carry_is_left_out_and_said_and_the_change_stands(
    scope: TenantScope, rows: Rows
) -> None:
    await rows.webhook()
    kind, many = WebhookEventType.ERROR_REGISTER_OPENED, [str(new_id()) for _ in range(MAX_BODY_BYTES // 39)]
    with capture_logs() as logs:
        async with scope.transaction() as session:
            await Outbox(session, scope.tenant).add(kind, new_id(), data_of(kind, report_ids=many), AT)
            await Outbox(session, scope.tenant).add(kind, new_id(), data_of(kind, report_ids=many[: 30_000 // 39]), AT)
    assert [(one["event"], one["log_level"], one["event_type"]) for one in logs] == [
        ("event_too_large", "error", "error_register.opened"),
        ("event_large", "warning", "error_register.opened"),
    ]
    assert logs[0]["size_bytes"] > MAX_BODY_BYTES
    (event,) = await all_of(scope, Event)
    assert len(event.payload["report_ids"]) == 30_000 // 39, "only the one that can be sent"
    assert len(await all_of(scope, WebhookDelivery)) == 1


async def test_who_names_regimes_hears_of_their_reports_alone(scope: TenantScope, rows: Rows) -> None:
    mifir, own, moved = await rows.report(), await rows.report(), await rows.report()
    await rows.version(mifir, pack_id="mifir-rts22")
    await rows.version(mifir, pack_id=None, state="draft", major=9)
    await rows.version(own)
    await rows.version(moved, pack_id="mifir-rts22", state="archived")
    await rows.version(moved, pack_id="other-pack", state="draft", major=2)
    chosen = await rows.webhook(regimes=["mifir-rts22"])
    both = await rows.webhook(regimes=["mifir-rts22"], report_ids=[own.id])
    newest = await rows.webhook(regimes=["other-pack"])
    kind = WebhookEventType.RUN_COMPLETED
    for report in (mifir, own, moved):
        await tell(scope, kind, report_id=str(report.id))
    await tell(scope, WebhookEventType.RULE_SET_ACTIVATED, regime="mifir-rts22")
    await tell(scope, WebhookEventType.RULE_SET_ACTIVATED, regime=None)
    await tell(scope, WebhookEventType.DATASET_PUBLISHED)
    events = {one.id: one for one in await all_of(scope, Event)}
    heard: dict[object, list[object]] = {chosen.id: [], both.id: [], newest.id: []}
    for delivery in await all_of(scope, WebhookDelivery):
        payload = events[delivery.event_id].payload
        heard[delivery.endpoint_id].append(payload.get("report_id") or payload.get("regime"))
    assert sorted(map(str, heard[chosen.id])) == sorted([str(mifir.id), "mifir-rts22"])
    assert heard[both.id] == [], "of no report is both true"
    assert heard[newest.id] == [str(moved.id)]
