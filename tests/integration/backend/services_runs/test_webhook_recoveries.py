"""Recoveries: each delivery that is meant comes into the line once, whatever is killed, and nothing else does."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update

from backend.core.clock import utc_now
from backend.core.ids import WebhookId
from backend.domain.webhook_answers import StatusClass
from backend.domain.webhook_recoveries import (
    BATCH,
    IN_LINE,
    RecoveryEnded,
    RecoveryFilter,
    RecoveryKind,
    RecoveryNotFound,
    RecoveryRangeInvalid,
)
from backend.domain.webhooks import EventPatternUnknown, WebhookDeliveryState, WebhookEventType, WebhookIsOff
from backend.persistence.models.webhook import WebhookDelivery, WebhookEndpoint
from backend.persistence.models.webhook_recovery import WebhookRecovery
from backend.services.scope import TenantScope
from backend.services.webhook_drain import WebhookDrain
from backend.services.webhook_recoveries import RecoveryAsked, WebhookRecoveryService, WebhookRecoverySweep
from backend.services.webhook_sender import WebhookSender
from tests.factories.installation import Installation
from tests.factories.receiver import Receiver, listening
from tests.factories.rows import AT, Rows
from tests.factories.wakeups import NotedWakeups
from tests.harness.killed_sweep import PLACES, killed_sweep

HOUR = timedelta(hours=1)
EVERYTHING = RecoveryFilter()


@dataclass(frozen=True)
class Recovering:
    """Recoveries of one endpoint, and workers that go on with them."""

    installation: Installation
    scope: TenantScope
    rows: Rows
    endpoint: WebhookEndpoint
    wakeups: NotedWakeups

    async def start(
        self,
        kind: RecoveryKind = RecoveryKind.RECOVER,
        since: datetime = AT - HOUR,
        wanted: RecoveryFilter = EVERYTHING,
    ) -> UUID:
        asked = RecoveryAsked(kind, since, None, wanted, "Repaired.")
        started = await WebhookRecoveryService(self.scope).start(WebhookId(self.endpoint.id), asked)
        return started.recovery.id

    async def advance(self, workers: int = 1) -> int:
        sweeps = [
            WebhookRecoverySweep(self.installation.database, self.installation.system, self.wakeups, utc_now)
            for _ in range(workers)
        ]
        return sum(await asyncio.gather(*(one.advance() for one in sweeps)))

    async def get(self, recovery: UUID) -> WebhookRecovery:
        return await self.rows.fresh(WebhookRecovery, recovery)

    async def delivery(self, state: str, **changes: object) -> WebhookDelivery:
        attempts = {"attempts": 0 if state == "pending" else 3}
        return await self.rows.webhook_delivery(self.endpoint, state=state, **{**attempts, **changes})

    async def many(self, count: int) -> None:
        """So many deliveries that were given up, a second apart, and one event of each."""
        async with self.installation.database.transaction(self.scope.tenant) as session:
            await session.execute(
                text(
                    "WITH made AS (INSERT INTO events (id, tenant_id, type, subject_id, payload, created_at) "
                    "SELECT gen_random_uuid(), :tenant, 'run.completed', gen_random_uuid(), '{}', "
                    "cast(:at as timestamptz) + n * interval '1 millisecond' FROM generate_series(1, :count) AS n "
                    "RETURNING id, created_at) "
                    "INSERT INTO webhook_deliveries (id, tenant_id, event_id, endpoint_id, state, attempts, "
                    "attempts_before, fencing_token, next_attempt_at, created_at, finished_at, last_status) "
                    "SELECT gen_random_uuid(), :tenant, id, :endpoint, 'failed', 10, 0, 10, created_at, created_at, "
                    "created_at, 503 FROM made"
                ),
                {"tenant": self.scope.tenant, "endpoint": self.endpoint.id, "at": AT, "count": count},
            )

    async def states(self) -> dict[str, int]:
        async with self.scope.transaction() as session:
            query = select(WebhookDelivery.state, func.count()).group_by(WebhookDelivery.state)
            return {row[0]: row[1] for row in (await session.execute(query)).all()}

    async def arrive(self) -> None:
        """What waits in the line is delivered; each adds one to the attempts of its delivery."""
        async with self.scope.transaction() as session:
            await session.execute(
                update(WebhookDelivery)
                .where(WebhookDelivery.state == WebhookDeliveryState.PENDING)
                .values(state=WebhookDeliveryState.DELIVERED, attempts=WebhookDelivery.attempts + 1)
            )

    async def attempts(self) -> Counter[int]:
        async with self.scope.transaction() as session:
            return Counter((await session.scalars(select(WebhookDelivery.attempts))).all())


@pytest.fixture
async def recovering(installation: Installation, scope: TenantScope, rows: Rows) -> Recovering:
    """Nothing was sent to the endpoint yet."""
    return Recovering(installation, scope, rows, await rows.webhook(), NotedWakeups())


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """The partner."""
    async with listening() as receiver:
        yield receiver


async def test_what_did_not_arrive_since_then_is_sent_again_and_nothing_else(recovering: Recovering) -> None:
    failed = await recovering.delivery("failed", finished_at=AT)
    retrying = await recovering.delivery("retrying", next_attempt_at=datetime.now(UTC) + 10 * HOUR)
    others = [
        await recovering.delivery("delivered", finished_at=AT),
        await recovering.delivery("sending"),
        await recovering.delivery("failed", created_at=AT - 2 * HOUR, finished_at=AT),
        await recovering.rows.webhook_delivery(await recovering.rows.webhook(), state="failed"),
    ]
    recovery = await recovering.start()
    assert await recovering.advance() == 2
    for one in (failed, retrying):
        fresh = await recovering.rows.fresh(WebhookDelivery, one.id)
        assert (fresh.state, fresh.attempts, fresh.attempts_before, fresh.recovery_id) == ("pending", 3, 3, recovery)
        assert (fresh.finished_at, fresh.next_attempt_at <= datetime.now(UTC)) == (None, True)
    for one in others:
        fresh = await recovering.rows.fresh(WebhookDelivery, one.id)
        assert (fresh.state, fresh.recovery_id) == (one.state, None)
    done = await recovering.get(recovery)
    assert (done.state, done.counted, done.done) == ("completed", 2, 2)
    assert ("webhooks", str(recovering.scope.tenant)) in recovering.wakeups.noted


async def test_a_replay_sends_what_arrived_as_well(recovering: Recovering) -> None:
    for state in ("failed", "delivered", "retrying", "sending", "pending"):
        await recovering.delivery(state)
    await recovering.start(RecoveryKind.REPLAY)
    assert await recovering.advance() == 3
    assert await recovering.states() == {"pending": 4, "sending": 1}


async def test_filters_say_which(recovering: Recovering, rows: Rows) -> None:
    failed = await rows.event(type=WebhookEventType.RUN_FAILED.value, payload={"report": "Daily 100%"})
    wanted = await recovering.rows.webhook_delivery(recovering.endpoint, failed, state="failed", last_status=503)
    for kind, status in (("run.failed", 404), ("artifact.created", 503), ("run.started", 500)):
        other = await rows.event(type=kind, payload={"report": "Other"})
        await rows.webhook_delivery(recovering.endpoint, other, state="failed", last_status=status)
    recovery = await recovering.start(
        wanted=RecoveryFilter(event_types=("run.*",), answers=(StatusClass.SERVER_ERROR,), text="100%")
    )
    assert await recovering.advance() == 1
    assert (await rows.fresh(WebhookDelivery, wanted.id)).recovery_id == recovery
    assert (await recovering.get(recovery)).counted == 1


async def test_a_recovered_delivery_runs_the_whole_schedule_again(
    recovering: Recovering, receiver: Receiver, installation: Installation, rows: Rows
) -> None:
    endpoint = await rows.webhook(receiver.url)
    given_up = await rows.webhook_delivery(endpoint, state="failed", attempts=10, finished_at=AT)
    receiver.answers = [(500, {})]
    mine = Recovering(installation, recovering.scope, rows, endpoint, NotedWakeups())
    recovery = await mine.start()
    await mine.advance()
    async with WebhookSender(installation.adapters.egress_public_web) as sender:
        drain = WebhookDrain(installation.database, installation.box, sender, utc_now)
        await drain.drain(rows.person.tenant)
        fresh = await rows.fresh(WebhookDelivery, given_up.id)
        assert (fresh.state, fresh.attempts) == ("retrying", 11), "the first of ten failures is not the last"
        await mine.start()
        await mine.advance()
        await drain.drain(rows.person.tenant)
    assert (await rows.fresh(WebhookDelivery, given_up.id)).state == "delivered"
    view = await WebhookRecoveryService(mine.scope).get(WebhookId(endpoint.id), recovery)
    assert view.recovery.state == "completed"
    assert len({one.headers["webhook-id"] for one in receiver.received}) == 1


async def test_the_line_is_never_full_of_one_recovery(recovering: Recovering) -> None:
    await recovering.many(IN_LINE + BATCH + 1)
    recovery = await recovering.start()
    assert await recovering.advance(3) == IN_LINE
    assert await recovering.advance() == 0
    assert (await recovering.get(recovery)).counted == IN_LINE + BATCH + 1
    await recovering.arrive()
    assert await recovering.advance(3) == BATCH + 1
    await recovering.arrive()
    assert (await recovering.get(recovery)).state == "completed"
    assert await recovering.attempts() == {11: IN_LINE + BATCH + 1}


@pytest.mark.parametrize("where", PLACES)
async def test_a_worker_that_is_killed_in_the_middle_loses_and_doubles_nothing(
    recovering: Recovering, where: str
) -> None:
    await recovering.many(4 * BATCH)
    recovery = await recovering.start()
    await killed_sweep(recovering.installation.settings.database, "recoveries", where, 2)
    moved = BATCH if where == "before the commit" else 2 * BATCH
    assert (await recovering.states())["pending"] == moved, "it was not killed in the middle"
    assert (await recovering.get(recovery)).done == moved
    await recovering.arrive()
    while (await recovering.get(recovery)).state == "running":
        await recovering.advance(2)
        await recovering.arrive()
    assert (await recovering.get(recovery)).done == 4 * BATCH
    assert await recovering.attempts() == {11: 4 * BATCH}, "each was sent once"


async def test_a_cancelled_recovery_puts_nothing_more_into_the_line(recovering: Recovering) -> None:
    await recovering.many(IN_LINE + 2)
    recovery = await recovering.start()
    await recovering.advance()
    service = WebhookRecoveryService(recovering.scope)
    cancelled = await service.cancel(WebhookId(recovering.endpoint.id), recovery)
    assert cancelled.outcomes == {WebhookDeliveryState.PENDING: IN_LINE}
    await recovering.arrive()
    assert await recovering.advance(2) == 0
    assert await recovering.states() == {"delivered": IN_LINE, "failed": 2}
    with pytest.raises(RecoveryEnded):
        await service.cancel(WebhookId(recovering.endpoint.id), recovery)
    with pytest.raises(RecoveryNotFound):
        await service.get(WebhookId((await recovering.rows.webhook()).id), recovery)


async def test_a_recovery_waits_while_its_endpoint_is_off(recovering: Recovering, rows: Rows) -> None:
    given_up = await recovering.delivery("failed")
    recovery = await recovering.start()

    async def switch(*, is_active: bool) -> None:
        async with recovering.scope.transaction() as session:
            (await session.get_one(WebhookEndpoint, recovering.endpoint.id)).is_active = is_active

    await switch(is_active=False)
    assert await recovering.advance() == 0
    assert (await recovering.get(recovery)).state == "running"
    with pytest.raises(WebhookIsOff):
        await recovering.start()
    await switch(is_active=True)
    assert await recovering.advance() == 1
    assert (await rows.fresh(WebhookDelivery, given_up.id)).state == "pending"


async def test_events_that_were_missed_are_told_once(recovering: Recovering, rows: Rows) -> None:
    missed = await rows.event(payload={}, type=WebhookEventType.RUN_COMPLETED.value)
    told = await recovering.delivery("delivered")
    await rows.event(payload={}, type=WebhookEventType.RUN_COMPLETED.value, created_at=AT - 2 * HOUR)
    await rows.event(type=WebhookEventType.OPENREG_PING.value)
    await rows.event(payload={}, type=WebhookEventType.DATASET_PUBLISHED.value)
    async with recovering.scope.transaction() as session:
        (await session.get_one(WebhookEndpoint, recovering.endpoint.id)).event_types = ["run.*"]
    recoveries = [await recovering.start(RecoveryKind.MISSED) for _ in range(2)]
    assert await recovering.advance(3) == 1
    async with recovering.scope.transaction() as session:
        found = (await session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.event_id))).all()
    assert {one.event_id for one in found} == {missed.id, told.event_id}
    assert {(await recovering.get(one)).state for one in recoveries} == {"completed"}


async def test_a_range_must_hold_something(recovering: Recovering) -> None:
    with pytest.raises(RecoveryRangeInvalid):
        await recovering.start(since=datetime.now(UTC) + HOUR)
    with pytest.raises(EventPatternUnknown):
        await recovering.start(wanted=RecoveryFilter(event_types=("runs.*",)))


@pytest.mark.long
async def test_a_hundred_thousand_failures_are_recovered_over_a_kill(
    recovering: Recovering, record_property: Callable[[str, object], None]
) -> None:
    count = 100_000
    await recovering.many(count)
    began = time.monotonic()
    recovery = await recovering.start()
    await killed_sweep(recovering.installation.settings.database, "recoveries", "before the commit", 5)
    steps = []
    while (await recovering.get(recovery)).state == "running":
        await recovering.arrive()
        at = time.monotonic()
        await recovering.advance(2)
        steps.append(time.monotonic() - at)
    await recovering.arrive()
    took = time.monotonic() - began
    assert await recovering.attempts() == {11: count}
    done = await recovering.get(recovery)
    assert (done.counted, done.done) == (count, count)
    record_property("seconds", round(took, 1))
    record_property("first_and_last_step", [round(one, 2) for one in (steps[1], steps[-2])])
