"""How a run ends without success: the reason is kept, what was being made removed, a passing fault tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from sqlalchemy import select

from backend.core.clock import utc_now
from backend.core.errors import OpenRegError
from backend.core.ids import RunId
from backend.domain.runs import RunState, RunStep, StepState
from backend.persistence.models.run import Run, RunEvent, RunOutput, RunStepProgress
from backend.persistence.models.webhook import Event
from backend.services.run_ending import STORAGE_DELAY, TRANSIENT_DELAYS, RunEnding
from backend.services.run_lease import MAX_CLAIMS, Claim, RunLease
from backend.services.storage import StorageUnavailable, UploadLost
from tests.factories.installation import Installation
from tests.factories.rows import AT, Rows
from tests.factories.wakeups import NotedWakeups


class SourceAsleep(OpenRegError):
    """The source sleeps."""

    code: ClassVar[str] = "source_asleep"
    transient: ClassVar[bool] = True


class RuleBroken(OpenRegError):
    """A rule was broken."""

    code: ClassVar[str] = "rule_broken"


@pytest.fixture
def ending(installation: Installation, wakeups: NotedWakeups) -> RunEnding:
    """Ends runs of this installation."""
    return RunEnding(installation.database, installation.adapters.storage, wakeups, utc_now)


@pytest.fixture
async def claim(rows: Rows, lease: RunLease) -> Claim:
    """A run at work."""
    found = await lease.claim(rows.person.tenant, RunId((await rows.run()).id))
    assert found is not None
    return found


async def events_of(rows: Rows) -> list[str]:
    async with rows.database.transaction(rows.person.tenant) as session:
        return list((await session.scalars(select(Event.type).order_by(Event.sequence))).all())


async def test_a_final_fault_fails_the_run_with_code_message_and_next_step(
    ending: RunEnding, claim: Claim, rows: Rows, wakeups: NotedWakeups
) -> None:
    async with rows.database.transaction(rows.person.tenant) as session:
        for name, state in ((RunStep.EXTRACT, StepState.SUCCEEDED), (RunStep.RENDER, StepState.RUNNING)):
            session.add(
                RunStepProgress(
                    run_id=claim.run_id, tenant_id=claim.tenant, name=name, state=state, rows=0, seconds=0.0
                )
            )
    await ending.fail(claim, RuleBroken(fix="Mend it.", extra={"rule": "R-1", "row_number": 250_000}))
    run = await rows.fresh(Run, claim.run_id)
    assert (run.state, run.lease_owner, run.lease_expires_at) == ("failed", None, None)
    assert run.finished_at is not None
    assert run.reason == {
        "code": "rule_broken",
        "message": "A rule was broken.",
        "fix": "Mend it.",
        "details": {"rule": "R-1", "row_number": 250_000},
    }
    assert await events_of(rows) == ["run.started", "run.failed"]
    async with rows.database.transaction(rows.person.tenant) as session:
        steps = {one.name: one.state for one in await session.scalars(select(RunStepProgress))}
    assert steps == {"extract": "succeeded", "render": "failed"}
    assert ("webhooks", str(claim.tenant)) in wakeups.noted


async def test_a_passing_fault_gives_the_run_back_twice_and_then_fails_it(
    ending: RunEnding, lease: RunLease, claim: Claim, rows: Rows
) -> None:
    for delay in TRANSIENT_DELAYS:
        await ending.fail(claim, SourceAsleep())
        run = await rows.fresh(Run, claim.run_id)
        assert (run.state, run.lease_owner) == ("running", None)
        assert run.lease_expires_at is not None
        assert abs(run.lease_expires_at - datetime.now(UTC) - delay) < timedelta(seconds=4)
        assert await lease.claim(claim.tenant, claim.run_id) is None, "not before its time"
        async with rows.database.transaction(rows.person.tenant) as session:
            (await session.get_one(Run, claim.run_id)).lease_expires_at = AT
        again = await lease.claim(claim.tenant, claim.run_id)
        assert again is not None
        claim = again
    await ending.fail(claim, SourceAsleep())
    run = await rows.fresh(Run, claim.run_id)
    assert run.state == "failed"
    assert run.reason is not None
    assert run.reason["code"] == "source_asleep"
    assert await events_of(rows) == ["run.started", "run.failed"]
    async with rows.database.transaction(rows.person.tenant) as session:
        told = [
            event.payload.get("event") for event in await session.scalars(select(RunEvent).order_by(RunEvent.sequence))
        ]
    assert told.count("attempt_postponed") == len(TRANSIENT_DELAYS)


async def test_without_the_store_a_run_waits_as_long_as_it_takes_and_says_for_what(
    ending: RunEnding, lease: RunLease, claim: Claim, rows: Rows
) -> None:
    for _ in range(2 * MAX_CLAIMS):
        await ending.fail(claim, StorageUnavailable(fix="Start it."))
        run = await rows.fresh(Run, claim.run_id)
        assert (run.state, run.lease_owner, run.transient_failures, run.attempt) == ("running", None, 0, 0)
        assert run.reason is not None
        assert (run.reason["code"], run.reason["fix"]) == ("storage_unavailable", "Start it.")
        assert run.lease_expires_at is not None
        assert abs(run.lease_expires_at - datetime.now(UTC) - STORAGE_DELAY) < timedelta(seconds=4)
        async with rows.database.transaction(rows.person.tenant) as session:
            (await session.get_one(Run, claim.run_id)).lease_expires_at = AT
        again = await lease.claim(claim.tenant, claim.run_id)
        assert again is not None
        claim = again
    async with rows.database.transaction(rows.person.tenant) as session:
        told = [
            event.payload.get("event") for event in await session.scalars(select(RunEvent).order_by(RunEvent.sequence))
        ]
    assert told.count("run_waits") == 1, "told once, however often it was looked for"
    assert told.count("run_claimed") == 1
    await ending.fail(claim, RuleBroken())
    run = await rows.fresh(Run, claim.run_id)
    assert run.reason is not None
    assert (run.state, run.reason["code"]) == ("failed", "rule_broken")


async def test_what_waits_for_the_store_can_be_cancelled(ending: RunEnding, claim: Claim, rows: Rows) -> None:
    async with rows.database.transaction(rows.person.tenant) as session:
        (await session.get_one(Run, claim.run_id)).state = RunState.CANCELLING
    await ending.fail(claim, StorageUnavailable())
    assert (await rows.fresh(Run, claim.run_id)).state == "cancelled"


async def test_what_fails_while_it_is_being_cancelled_was_cancelled(
    ending: RunEnding, claim: Claim, rows: Rows
) -> None:
    async with rows.database.transaction(rows.person.tenant) as session:
        (await session.get_one(Run, claim.run_id)).state = RunState.CANCELLING
    await ending.fail(claim, SourceAsleep())
    assert (await rows.fresh(Run, claim.run_id)).state == "cancelled"
    assert await events_of(rows) == ["run.started", "run.cancelled"]


async def test_a_zombie_ends_nothing(ending: RunEnding, lease: RunLease, claim: Claim, rows: Rows) -> None:
    async with rows.database.transaction(rows.person.tenant) as session:
        (await session.get_one(Run, claim.run_id)).lease_expires_at = AT
    assert await lease.claim(claim.tenant, claim.run_id) is not None
    for error in (RuleBroken(), SourceAsleep()):
        await ending.fail(claim, error)
    await ending.end(claim, RunState.CANCELLED, None)
    await ending.release(claim, SourceAsleep())
    run = await rows.fresh(Run, claim.run_id)
    assert (run.state, run.reason, run.transient_failures) == ("running", None, 0)
    assert await events_of(rows) == ["run.started"]


async def test_files_in_the_making_are_thrown_away_and_the_zombie_throws_away_nothing(
    ending: RunEnding, lease: RunLease, claim: Claim, rows: Rows, installation: Installation
) -> None:
    storage = installation.adapters.storage
    key = f"tenants/{claim.tenant}/runs/{claim.run_id}/out.csv"
    upload = storage.begin_upload(key)
    etag = storage.upload_part(key, upload, 1, b"part")
    finished = f"{key}.second"
    storage.put(finished, b"complete, but never an artifact")
    async with rows.database.transaction(rows.person.tenant) as session:
        common = {"run_id": claim.run_id, "tenant_id": claim.tenant, "progress": {}}
        session.add(RunOutput(output_number=0, file_number=1, object_key=key, upload_id=upload, **common))
        session.add(RunOutput(output_number=1, file_number=1, object_key=finished, upload_id=None, **common))
        (await session.get_one(Run, claim.run_id)).lease_expires_at = AT
    holder = await lease.claim(claim.tenant, claim.run_id)
    assert holder is not None
    await ending.end(claim, RunState.FAILED, None)
    assert storage.find_size(finished) is not None
    await ending.end(holder, RunState.FAILED, {"code": "x"})
    assert storage.find_size(finished) is None
    with pytest.raises(UploadLost):
        storage.complete_upload(key, upload, [(1, etag)])
    assert storage.find_size(key) is None


async def test_the_reason_survives_a_storage_that_is_away(
    installation: Installation, claim: Claim, rows: Rows, wakeups: NotedWakeups
) -> None:
    nowhere = type(installation.adapters.storage)(
        endpoint="127.0.0.1:9", access_key="a", secret_key="secret-key", bucket="none"
    )
    async with rows.database.transaction(rows.person.tenant) as session:
        session.add(
            RunOutput(
                run_id=claim.run_id,
                tenant_id=claim.tenant,
                output_number=0,
                file_number=1,
                object_key="k",
                upload_id="u",
                progress={},
            )
        )
    await RunEnding(installation.database, nowhere, wakeups, utc_now).fail(claim, RuleBroken())
    run = await rows.fresh(Run, claim.run_id)
    assert run.reason is not None
    assert (run.state, run.reason["code"]) == ("failed", "rule_broken")
