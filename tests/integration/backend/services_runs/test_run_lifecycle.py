"""What a person may do with a run: cancel, retry, release; each exactly where the state allows it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from backend.core.ids import RunId, new_id
from backend.domain.reports.document import ReportDocument
from backend.domain.reports.routes import Route
from backend.domain.runs import RunStage, RunState
from backend.persistence.models.delivery import Delivery
from backend.persistence.models.exception import RunException
from backend.persistence.models.report import ReportVersion
from backend.persistence.models.run import (
    Finding,
    Run,
    RunEvent,
    RunFinding,
    RunOutput,
    RunRowGroup,
    RunStepProgress,
)
from backend.persistence.models.webhook import Event
from backend.services.hand_over import hand_over
from backend.services.run_ending import RunEnding
from backend.services.run_lease import MAX_CLAIMS, RunLease
from backend.services.run_supervisor import RunGivenUp
from backend.services.runs import (
    RunAlreadyFinished,
    RunAlreadyUnderWay,
    RunNotFound,
    RunNotHeld,
    RunNotRetryable,
    RunService,
)
from backend.services.scope import TenantScope
from tests.factories.documents import plain_document
from tests.factories.installation import Installation
from tests.factories.rows import AT, Rows
from tests.factories.wakeups import NotedWakeups
from tests.factories.whole_tenant import fill

ENDED = [RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED, RunState.CANCELLED]
RESULTS: tuple[type[Any], ...] = (RunStepProgress, RunRowGroup, RunOutput, RunFinding, Finding, RunException)


async def events_of(scope: TenantScope) -> list[str]:
    async with scope.transaction() as session:
        return list((await session.scalars(select(Event.type).order_by(Event.sequence))).all())


async def states_told(scope: TenantScope, run: Run) -> list[str]:
    async with scope.transaction() as session:
        query = select(RunEvent).where(RunEvent.run_id == run.id, RunEvent.kind == "state").order_by(RunEvent.sequence)
        return [str(event.payload["state"]) for event in await session.scalars(query)]


async def test_a_pending_run_is_cancelled_at_once(runs: RunService, rows: Rows, scope: TenantScope) -> None:
    run = await rows.run()
    ended = await runs.cancel(RunId(run.id))
    assert (ended.state, ended.finished_at is not None) == ("cancelled", True)
    assert (await rows.fresh(Run, run.id)).state == "cancelled"
    assert await events_of(scope) == ["run.cancelled"]
    assert await states_told(scope, run) == ["cancelled"]


async def test_a_running_run_is_asked_to_stop_and_not_called_cancelled_yet(
    runs: RunService, rows: Rows, scope: TenantScope
) -> None:
    run = await rows.run(state=RunState.RUNNING, started_at=AT)
    asked = await runs.cancel(RunId(run.id))
    assert (asked.state, asked.finished_at) == ("cancelling", None)
    assert await events_of(scope) == []
    assert (await runs.cancel(RunId(run.id))).state == "cancelling", "asking twice changes nothing"


@pytest.mark.parametrize("state", ENDED)
async def test_a_run_that_has_ended_cannot_be_cancelled(runs: RunService, rows: Rows, state: RunState) -> None:
    run = await rows.run(state=state, finished_at=AT)
    with pytest.raises(RunAlreadyFinished, match=state.value):
        await runs.cancel(RunId(run.id))
    assert (await rows.fresh(Run, run.id)).state == state


async def test_of_twenty_cancellations_at_once_one_is_announced(
    runs: RunService, rows: Rows, scope: TenantScope
) -> None:
    run = await rows.run()
    outcomes = await asyncio.gather(*(runs.cancel(RunId(run.id)) for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(one, Run) for one in outcomes) == 1
    assert all(isinstance(one, Run | RunAlreadyFinished) for one in outcomes)
    assert await events_of(scope) == ["run.cancelled"]


async def test_a_retried_run_starts_from_the_source_with_nothing_of_the_attempt_before(
    runs: RunService, rows: Rows, scope: TenantScope, wakeups: NotedWakeups
) -> None:
    whole = await fill(rows)
    async with scope.transaction() as session:
        run = await session.get_one(Run, whole.run.id)
        run.state, run.stage, run.is_held = RunState.FAILED, RunStage.PRODUCE, False
        run.reason, run.transient_failures = {"code": "source_unreachable"}, 2
        run.rows_in, run.rows_out, run.set_aside, run.filtered = 10, 7, 2, 1
        run.row_groups_total = run.row_groups_done = 1
        run.input_key, run.input_sha256, run.input_size_bytes = "key", "0" * 64, 5
    await runs.retry(RunId(whole.run.id))
    fresh = await rows.fresh(Run, whole.run.id)
    assert (fresh.state, fresh.stage, fresh.reason, fresh.finished_at) == ("pending", "extract", None, None)
    assert (fresh.rows_in, fresh.rows_out, fresh.set_aside, fresh.filtered) == (0, 0, 0, 0)
    assert (fresh.input_key, fresh.input_sha256, fresh.input_size_bytes) == (None, None, None)
    assert (fresh.row_groups_total, fresh.row_groups_done, fresh.transient_failures) == (0, 0, 0)
    async with scope.transaction() as session:
        left = {model.__tablename__: await session.scalar(select(func.count()).select_from(model)) for model in RESULTS}
    assert left == dict.fromkeys(left, 0)
    assert ("run", str(scope.tenant), str(whole.run.id)) in wakeups.noted
    assert (await states_told(scope, whole.run))[-1] == "pending", "the story of the run goes on, it is not rewritten"


@pytest.mark.parametrize("state", [one for one in RunState if one is not RunState.FAILED])
async def test_only_a_failed_run_can_be_retried(runs: RunService, rows: Rows, state: RunState) -> None:
    run = await rows.run(state=state)
    with pytest.raises(RunNotRetryable):
        await runs.retry(RunId(run.id))
    assert (await rows.fresh(Run, run.id)).state == state


async def test_a_failed_run_cannot_be_retried_while_an_equal_one_is_under_way(runs: RunService, rows: Rows) -> None:
    failed = await rows.run(state=RunState.FAILED)
    version = await rows.fresh(ReportVersion, failed.report_version_id)
    await rows.run(version, sequence=2)
    with pytest.raises(RunAlreadyUnderWay):
        await runs.retry(RunId(failed.id))
    assert (await rows.fresh(Run, failed.id)).state == "failed"


async def test_a_run_that_was_given_up_can_be_retried_by_a_person(
    runs: RunService, rows: Rows, installation: Installation, wakeups: NotedWakeups, lease: RunLease
) -> None:
    run = await rows.run(attempt=MAX_CLAIMS, fencing_token=MAX_CLAIMS)
    claim = await lease.claim(rows.person.tenant, RunId(run.id))
    assert claim is not None
    assert await lease.attempts(claim) > MAX_CLAIMS
    ending = RunEnding(installation.database, installation.adapters.storage, wakeups, runs.scope.now)
    await ending.fail(claim, RunGivenUp())
    await runs.retry(RunId(run.id))
    again = await lease.claim(rows.person.tenant, RunId(run.id))
    assert again is not None
    assert again.fencing_token > claim.fencing_token
    assert await lease.attempts(again) <= MAX_CLAIMS


@pytest.fixture
async def held(rows: Rows) -> Run:
    """A partial run held for a decision, with two files and two destinations."""
    destinations = [str((await rows.destination()).id) for _ in range(2)]
    connector = await rows.connector()
    version = await rows.version(await rows.report(), plain_document(connector.id, deliver_to=destinations))
    run = await rows.run(version, state=RunState.PARTIAL, is_held=True, finished_at=AT)
    for number in range(2):
        await rows.artifact(run, file_number=number + 1)
    return run


async def deliveries_of(scope: TenantScope, run: Run) -> list[Delivery]:
    async with scope.transaction() as session:
        return list((await session.scalars(select(Delivery).where(Delivery.run_id == run.id))).all())


async def test_releasing_a_held_run_writes_one_delivery_per_file_and_destination(
    runs: RunService, held: Run, scope: TenantScope, wakeups: NotedWakeups
) -> None:
    assert await deliveries_of(scope, held) == []
    released = await runs.release(RunId(held.id))
    assert (released.state, released.is_held) == ("partial", False)
    deliveries = await deliveries_of(scope, held)
    assert len({(one.artifact_id, one.destination_id) for one in deliveries}) == len(deliveries) == 4
    assert {(one.state, one.attempts) for one in deliveries} == {("pending", 0)}
    assert await events_of(scope) == ["run.released"]
    assert ("deliveries",) in wakeups.noted


async def test_of_twenty_releases_at_once_one_delivers(runs: RunService, held: Run, scope: TenantScope) -> None:
    outcomes = await asyncio.gather(*(runs.release(RunId(held.id)) for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(one, Run) for one in outcomes) == 1
    assert all(isinstance(one, Run | RunNotHeld) for one in outcomes)
    assert len(await deliveries_of(scope, held)) == 4


@pytest.mark.parametrize("state", list(RunState))
async def test_what_is_not_held_cannot_be_released(
    runs: RunService, rows: Rows, scope: TenantScope, state: RunState
) -> None:
    run = await rows.run(state=state)
    with pytest.raises(RunNotHeld):
        await runs.release(RunId(run.id))
    assert await deliveries_of(scope, run) == []


async def test_handing_over_without_destinations_or_files_writes_nothing(rows: Rows, scope: TenantScope) -> None:
    run = await rows.run(state=RunState.SUCCEEDED)
    nowhere = ReportDocument.model_validate(plain_document(new_id()))
    route = Route(destination_id=(await rows.destination()).id)
    somewhere = nowhere.model_copy(update={"deliver_to": (route,)})
    async with scope.transaction() as session:
        assert await hand_over(session, scope.tenant, run, somewhere, AT) == 0
    await rows.artifact(run)
    async with scope.transaction() as session:
        assert await hand_over(session, scope.tenant, run, nowhere, AT) == 0
    assert await deliveries_of(scope, run) == []


async def test_a_run_of_another_tenant_is_not_there(runs: RunService, strangers_rows: Rows) -> None:
    foreign = await strangers_rows.run(state=RunState.PARTIAL, is_held=True)
    for act in (runs.get, runs.view, runs.cancel, runs.retry, runs.release, runs.artifacts):
        with pytest.raises(RunNotFound):
            await act(RunId(foreign.id))
    assert (await strangers_rows.fresh(Run, foreign.id)).is_held
