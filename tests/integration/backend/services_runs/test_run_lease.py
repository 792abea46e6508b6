"""The lease: one worker at a time, by the database's clock, and a worker that lost it writes nothing any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from backend.config import Settings
from backend.core.clock import utc_now
from backend.core.ids import RunId
from backend.domain.runs import RunState
from backend.persistence.models.run import Run, RunEvent
from backend.persistence.models.webhook import Event
from backend.services.run_ending import RunEnding
from backend.services.run_lease import Claim, RunLease
from backend.services.runs import RunService
from backend.services.storage import StorageUnavailable
from tests.factories.installation import Installation, opened
from tests.factories.rows import AT, Rows
from tests.factories.wakeups import NotedWakeups

DURATION = timedelta(seconds=30)
LATER = AT.replace(year=AT.year + 50)


@pytest.fixture
async def others_lease(settings: Settings) -> AsyncIterator[RunLease]:
    """Another worker with a pool of its own."""
    async with opened(settings) as installation:
        yield RunLease(installation.database, "worker-2", DURATION, utc_now)


async def set_run(rows: Rows, run: Run, **changes: object) -> None:
    async with rows.database.transaction(rows.person.tenant) as session:
        stored = await session.get_one(Run, run.id)
        for name, value in changes.items():
            setattr(stored, name, value)


async def claimed(lease: RunLease, rows: Rows, run: Run) -> Claim:
    claim = await lease.claim(rows.person.tenant, RunId(run.id))
    assert claim is not None
    return claim


async def test_the_first_claim_starts_the_run_and_says_so(lease: RunLease, rows: Rows) -> None:
    run = await rows.run()
    claim = await claimed(lease, rows, run)
    fresh = await rows.fresh(Run, run.id)
    assert (fresh.state, fresh.fencing_token, fresh.attempt, fresh.lease_owner) == ("running", 1, 1, "worker-1")
    assert claim.fencing_token == 1
    assert fresh.started_at is not None
    assert fresh.lease_expires_at is not None
    assert abs(fresh.lease_expires_at - datetime.now(UTC) - DURATION) < timedelta(seconds=10)
    async with rows.database.transaction(rows.person.tenant) as session:
        assert [event.type for event in await session.scalars(select(Event))] == ["run.started"]
        told = [
            (event.kind, event.payload.get("state"))
            for event in await session.scalars(select(RunEvent).order_by(RunEvent.sequence))
        ]
    assert told[0] == ("state", "running")


async def test_of_forty_claims_at_once_exactly_one_succeeds(
    lease: RunLease, others_lease: RunLease, rows: Rows
) -> None:
    for _ in range(3):
        run = await rows.run()
        tenant = rows.person.tenant
        claims = await asyncio.gather(
            *(one.claim(tenant, RunId(run.id)) for _ in range(20) for one in (lease, others_lease))
        )
        assert len([claim for claim in claims if claim is not None]) == 1
        assert (await rows.fresh(Run, run.id)).fencing_token == 1


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.CANCELLING])
async def test_a_lease_that_has_ended_can_be_taken_and_the_token_grows(
    lease: RunLease, others_lease: RunLease, rows: Rows, state: RunState
) -> None:
    run = await rows.run()
    first = await claimed(lease, rows, run)
    await set_run(rows, run, state=state)
    assert await others_lease.claim(rows.person.tenant, RunId(run.id)) is None, "the lease is still held"
    await set_run(rows, run, lease_expires_at=AT)
    second = await claimed(others_lease, rows, run)
    assert second.fencing_token == first.fencing_token + 1
    fresh = await rows.fresh(Run, run.id)
    assert (fresh.state, fresh.attempt, fresh.lease_owner) == (state, 2, "worker-2")
    async with rows.database.transaction(rows.person.tenant) as session:
        assert [event.type for event in await session.scalars(select(Event))] == ["run.started"], "started once"


@pytest.mark.parametrize("state", [RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED, RunState.CANCELLED])
async def test_a_run_that_has_ended_cannot_be_claimed(lease: RunLease, rows: Rows, state: RunState) -> None:
    run = await rows.run(state=state, lease_expires_at=AT)
    assert await lease.claim(rows.person.tenant, RunId(run.id)) is None


async def test_a_run_of_another_tenant_or_none_cannot_be_claimed(
    lease: RunLease, rows: Rows, strangers_rows: Rows
) -> None:
    foreign = await strangers_rows.run()
    assert await lease.claim(rows.person.tenant, RunId(foreign.id)) is None
    assert (await strangers_rows.fresh(Run, foreign.id)).state == "pending"


async def test_renewing_moves_the_end_and_keeps_the_highest_memory(lease: RunLease, rows: Rows) -> None:
    run = await rows.run()
    claim = await claimed(lease, rows, run)
    await set_run(rows, run, lease_expires_at=AT)
    await lease.renew(claim, 700)
    await lease.renew(claim, 500)
    assert await lease.peek(claim) is RunState.RUNNING
    fresh = await rows.fresh(Run, run.id)
    assert fresh.peak_rss_bytes == 700
    assert fresh.lease_expires_at is not None
    assert fresh.lease_expires_at > datetime.now(UTC)


async def test_the_one_who_lost_the_lease_can_neither_renew_nor_see_the_run_as_its_own(
    lease: RunLease, others_lease: RunLease, rows: Rows
) -> None:
    run = await rows.run()
    old = await claimed(lease, rows, run)
    await set_run(rows, run, lease_expires_at=AT)
    new = await claimed(others_lease, rows, run)
    before = await rows.fresh(Run, run.id)
    await lease.renew(old, 10**12)
    assert await lease.peek(old) is None
    after = await rows.fresh(Run, run.id)
    assert (after.lease_expires_at, after.peak_rss_bytes) == (before.lease_expires_at, before.peak_rss_bytes)
    await others_lease.renew(new, 1)
    assert await others_lease.peek(new) is RunState.RUNNING


async def test_a_run_that_was_given_back_is_not_renewed_any_more(
    installation: Installation, lease: RunLease, rows: Rows, wakeups: NotedWakeups
) -> None:
    """The process gives the run back for a later moment while its supervisor still looks after it."""
    run = await rows.run()
    claim = await claimed(lease, rows, run)
    ending = RunEnding(installation.database, installation.adapters.storage, wakeups, utc_now)
    await ending.release(claim, StorageUnavailable())
    given_back = (await rows.fresh(Run, run.id)).lease_expires_at
    await lease.renew(claim, 5)
    assert (await rows.fresh(Run, run.id)).lease_expires_at == given_back


async def test_a_cancellation_is_seen_by_the_holder(lease: RunLease, rows: Rows, runs: RunService) -> None:
    run = await rows.run()
    claim = await claimed(lease, rows, run)
    await runs.cancel(RunId(run.id))
    assert await lease.peek(claim) is RunState.CANCELLING
    await lease.renew(claim, 0)
    assert await lease.peek(claim) is RunState.CANCELLING


async def test_a_run_that_ended_meanwhile_cannot_be_renewed(lease: RunLease, rows: Rows) -> None:
    run = await rows.run()
    claim = await claimed(lease, rows, run)
    await set_run(rows, run, state=RunState.FAILED, lease_expires_at=AT)
    await lease.renew(claim, 0)
    assert (await rows.fresh(Run, run.id)).lease_expires_at == AT


async def test_the_workers_own_clock_decides_nothing(installation: Installation, lease: RunLease, rows: Rows) -> None:
    """A worker whose clock is years off neither steals a lease nor takes one that never ends."""
    run = await rows.run()
    await claimed(lease, rows, run)
    ahead = RunLease(installation.database, "ahead", DURATION, lambda: LATER)
    assert await ahead.claim(rows.person.tenant, RunId(run.id)) is None
    other = await rows.run()
    await claimed(ahead, rows, other)
    fresh = await rows.fresh(Run, other.id)
    assert fresh.lease_expires_at is not None
    assert fresh.lease_expires_at < datetime.now(UTC) + timedelta(minutes=1)


async def test_a_claim_that_meets_a_locked_row_does_not_wait(lease: RunLease, rows: Rows) -> None:
    run = await rows.run()
    async with rows.database.transaction(rows.person.tenant) as session:
        await session.execute(text("select 1 from runs where id = :id for update"), {"id": run.id})
        async with asyncio.timeout(5):
            assert await lease.claim(rows.person.tenant, RunId(run.id)) is None
