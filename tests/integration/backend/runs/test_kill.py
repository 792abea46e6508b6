"""Runs survive kill -9 and SIGSTOP: resumed from the last checkpoint, written once, same bytes.

The counts here are reduced; ``make test-long`` runs the full ones.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psutil
import pytest
from sqlalchemy import text

from backend.core.ids import ReportId, RunId
from backend.domain.runs import RunStage, RunState
from backend.persistence.repositories.runs import RunRepository
from tests.harness.installation import REPORTING_DATE, Installation, SourceAddress, create_demo_source
from tests.services.servers import PostgresServer

ROWS = 20_000
#: A killed run must go on within this time; with the test's lease of three seconds far sooner.
RESUMED_WITHIN_SECONDS = 90


#: Supervisors of the current test; what still runs at its end is killed.
STARTED: list[subprocess.Popen] = []


@pytest.fixture(autouse=True)
def _no_supervisor_is_left() -> Iterator[None]:
    yield
    for process in STARTED:
        process.kill()
        process.wait()
    STARTED.clear()


@dataclass(frozen=True)
class Baseline:
    """The undisturbed run: its report, run, hashes and how long each stage took."""

    report: ReportId
    run_id: RunId
    hashes: dict[str, tuple[str, str]]
    seconds: dict[RunStage, float]


@pytest.fixture(scope="module")
def big_source(postgres_server: PostgresServer) -> SourceAddress:
    return create_demo_source(postgres_server, ROWS)


@pytest.fixture(scope="module")
def baselines() -> list[Baseline]:
    """The undisturbed run is made once; fixtures of one test cannot keep its event loop for the next."""
    return []


@pytest.fixture
async def baseline(installation: Installation, big_source: SourceAddress, baselines: list[Baseline]) -> Baseline:
    if baselines:
        return baselines[0]
    report = await installation.add_demo_report(big_source)
    run = await installation.runs.request(report, REPORTING_DATE, {})
    started = time.monotonic()
    task = asyncio.create_task(installation.finish(RunId(run.id)))
    await _until(installation, RunId(run.id), lambda state, stage: stage != RunStage.EXTRACT)
    extracted = time.monotonic()
    assert (await task).run.state == RunState.PARTIAL
    seconds = {RunStage.EXTRACT: extracted - started, RunStage.PRODUCE: time.monotonic() - extracted}
    baselines.append(Baseline(report, RunId(run.id), await _hashes(installation, RunId(run.id)), seconds))
    return baselines[0]


@pytest.mark.parametrize("stage", [RunStage.EXTRACT, RunStage.PRODUCE])
@pytest.mark.parametrize("victim", ["child", "parent"])
async def test_killed_run_is_resumed_and_gives_the_same_bytes(
    installation: Installation, baseline: Baseline, stage: RunStage, victim: str, kills: int
):
    chance = random.Random(f"{stage}-{victim}")
    await _start_over(installation, baseline.run_id)
    claims = []
    for _ in range(kills):
        parent = await _supervise(installation, baseline.run_id)
        reached = await _until(
            installation, baseline.run_id, lambda state, now: now == stage and state == RunState.RUNNING, parent
        )
        if not reached:
            break
        await asyncio.sleep(
            chance.uniform(0, baseline.seconds[stage] * 0.9 / (1 if stage == RunStage.EXTRACT else kills))
        )
        claims.append(await _kill(parent, victim))
    killed_at = time.monotonic()
    view = await installation.finish(baseline.run_id)
    assert time.monotonic() - killed_at < RESUMED_WITHIN_SECONDS + sum(baseline.seconds.values())
    assert any(claims), "no process was alive when it was to be killed"
    assert view.run.state == RunState.PARTIAL, view.run.reason
    assert view.run.attempt > 1
    assert await _hashes(installation, baseline.run_id) == baseline.hashes
    await _row_groups_were_done_once(installation, baseline.run_id, stage)


async def test_stopped_zombie_is_refused_when_it_wakes(installation: Installation, baseline: Baseline):
    await _start_over(installation, baseline.run_id)
    parent = await _supervise(installation, baseline.run_id)
    while not (await installation.runs.get(baseline.run_id)).row_groups_done:
        await asyncio.sleep(0.02)
    family = [psutil.Process(parent.pid), *psutil.Process(parent.pid).children(recursive=True)]
    for process in family:
        process.send_signal(signal.SIGSTOP)
    view = await installation.finish(baseline.run_id)
    assert view.run.state == RunState.PARTIAL, view.run.reason
    finished = (view.run.fencing_token, view.run.finished_at)
    for process in family:
        process.send_signal(signal.SIGCONT)
    await asyncio.to_thread(parent.wait, 60)
    gone, alive = await asyncio.to_thread(psutil.wait_procs, family, timeout=30)
    assert not alive, gone
    after = (await installation.runs.view(baseline.run_id)).run
    assert (after.fencing_token, after.finished_at) == finished
    assert await _hashes(installation, baseline.run_id) == baseline.hashes
    await _row_groups_were_done_once(installation, baseline.run_id, RunStage.PRODUCE)


@pytest.fixture(params=[pytest.param(2, id="2-kills"), pytest.param(5, id="5-kills", marks=pytest.mark.long)])
def kills(request: pytest.FixtureRequest) -> int:
    return request.param


async def test_cancelled_run_stops_within_two_seconds_and_leaves_nothing(
    installation: Installation, big_source: SourceAddress
):
    report = await installation.add_demo_report(big_source)
    run = await installation.runs.request(report, REPORTING_DATE, {})
    parent = await _supervise(installation, RunId(run.id))
    await _until(installation, RunId(run.id), lambda state, now: now == RunStage.PRODUCE, parent)
    asked = time.monotonic()
    await installation.runs.cancel(RunId(run.id))
    while not RunState((await installation.runs.get(RunId(run.id))).state).is_terminal:
        await asyncio.sleep(0.02)
    assert time.monotonic() - asked < 2
    assert (await installation.runs.get(RunId(run.id))).state == RunState.CANCELLED
    assert not await installation.runs.artifacts(RunId(run.id))
    prefix = f"tenants/{installation.tenant}/runs/{run.id}/artifacts/"
    assert not list(installation.adapters.storage.list(prefix))
    await asyncio.to_thread(parent.wait, 10)


async def _supervise(installation: Installation, run_id: RunId) -> subprocess.Popen:
    """Start supervisors until one has the run; the lease of a killed one must end first."""
    deadline = time.monotonic() + RESUMED_WITHIN_SECONDS
    before = (await installation.runs.get(run_id)).fencing_token
    while time.monotonic() < deadline:
        _reap()
        arguments = (str(installation.tenant), str(run_id), str(installation.scope.user_id))
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.harness.supervise", *arguments], env={**os.environ, **installation.env}
        )
        STARTED.append(process)
        while process.poll() is None:
            if (await installation.runs.get(run_id)).fencing_token > before:
                return process
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.2)
    raise AssertionError("nobody could claim the run")


def _reap() -> None:
    """Collect supervisors that have ended."""
    STARTED[:] = [process for process in STARTED if process.poll() is None]


async def _until(
    installation: Installation,
    run_id: RunId,
    condition: Callable[[RunState, RunStage], bool],
    parent: subprocess.Popen | None = None,
) -> bool:
    while True:
        run = await installation.runs.get(run_id)
        if condition(RunState(run.state), RunStage(run.stage)):
            return True
        if RunState(run.state).is_terminal or (parent is not None and parent.poll() is not None):
            return False
        await asyncio.sleep(0.02)


async def _kill(parent: subprocess.Popen, victim: str) -> bool:
    """kill -9; whether there was something to kill."""
    try:
        family = psutil.Process(parent.pid)
        target = family if victim == "parent" else family.children()[0]
        target.send_signal(signal.SIGKILL)
    except (psutil.NoSuchProcess, IndexError):
        return False
    await asyncio.to_thread(parent.wait, 60)
    return True


async def _start_over(installation: Installation, run_id: RunId) -> None:
    """The same run row again, so that identifiers and times in the file are the same."""
    async with installation.scope.transaction() as session:
        runs = RunRepository(session, installation.tenant)
        await runs.forget_attempt(run_id)
        for table in ("artifacts", "run_events"):
            await session.execute(text(f"DELETE FROM {table} WHERE run_id = :run"), {"run": run_id})
        run = await runs.find_for_update(run_id)
        assert run is not None
        run.state, run.stage, run.attempt, run.reason = RunState.PENDING, RunStage.EXTRACT, 0, None
        run.input_key = run.input_sha256 = run.input_size_bytes = run.finished_at = None
        run.rows_in = run.rows_out = run.set_aside = run.filtered = run.row_groups_done = run.row_groups_total = 0


async def _hashes(installation: Installation, run_id: RunId) -> dict[str, tuple[str, str]]:
    return {name: (one.sha256, one.content_sha256) for name, one in (await installation.artifacts(run_id)).items()}


async def _row_groups_were_done_once(installation: Installation, run_id: RunId, stage: RunStage) -> None:
    async with installation.scope.transaction() as session:
        groups = await RunRepository(session, installation.tenant).row_groups(run_id)
        run = await RunRepository(session, installation.tenant).find(run_id)
    assert run is not None
    assert [group.number for group in groups] == list(range(run.row_groups_total))
    tokens = [group.fencing_token for group in groups]
    assert tokens == sorted(tokens), "a later attempt wrote before an earlier one"
    if stage == RunStage.PRODUCE:
        assert len(set(tokens)) > 1, "the resumed attempt did the work of the first one again"
    assert sum(group.rows_in for group in groups) == run.rows_in
