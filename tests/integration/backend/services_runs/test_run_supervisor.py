"""Supervising a run: its process is watched, its memory is kept, and its death is not the end of the run."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.core.clock import utc_now
from backend.core.ids import RunId
from backend.domain.runs import RunState
from backend.persistence.models.run import Run, RunEvent
from backend.persistence.session import Database
from backend.services import run_supervisor
from backend.services.run_ending import TRANSIENT_DELAYS, RunEnding
from backend.services.run_lease import MAX_CLAIMS, RunLease
from backend.services.run_supervisor import RunSupervisor
from backend.services.runs import RunService
from backend.tasks.runtime import RUN_COMMAND
from tests.factories.documents import plain_document
from tests.factories.installation import Installation
from tests.factories.rows import AT, Rows
from tests.factories.source import SourceOfTrades, source_of_trades
from tests.factories.wakeups import NotedWakeups
from tests.services.servers import PostgresServer
from tests.services.waiting import until

Supervise = Callable[..., Awaitable[Run]]


@pytest.fixture(scope="module")
def source(postgres_server: PostgresServer) -> Iterator[SourceOfTrades]:
    """Three trades."""
    with source_of_trades(postgres_server) as source:
        yield source


@pytest.fixture
def lease(installation: Installation) -> RunLease:
    """A worker whose lease is renewed often."""
    return RunLease(installation.database, "worker-1", timedelta(seconds=6), utc_now)


@pytest.fixture
def supervise(
    installation: Installation,
    lease: RunLease,
    rows: Rows,
    wakeups: NotedWakeups,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Supervise:
    """See a run to its end in a process of the given command."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    ending = RunEnding(installation.database, installation.adapters.storage, wakeups, utc_now)

    async def act(run: Run, command: Sequence[str] = RUN_COMMAND) -> Run:
        async with asyncio.timeout(120):
            await RunSupervisor(lease, ending, wakeups, command).supervise(rows.person.tenant, RunId(run.id))
        return await rows.fresh(Run, run.id)

    return act


def python(script: str) -> tuple[str, ...]:
    return (sys.executable, "-c", script)


async def told(rows: Rows, run: Run) -> list[str]:
    async with rows.database.transaction(rows.person.tenant) as session:
        events = await session.scalars(select(RunEvent).where(RunEvent.run_id == run.id).order_by(RunEvent.sequence))
        return [str(event.payload.get("event") or event.payload.get("state")) for event in events]


async def test_a_worker_whose_clock_is_off_leaves_runs_to_others(
    supervise: Supervise, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def off_by_two_hours(_: Database) -> timedelta:
        return timedelta(hours=2)

    monkeypatch.setattr(Database, "read_clock", off_by_two_hours)
    left = await supervise(await rows.run())
    assert (left.state, left.attempt) == (RunState.PENDING, 0)


async def test_a_stopped_process_gives_the_run_back(
    supervise: Supervise, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lease that is renewed for a process that does nothing would hold the run for ever."""
    monkeypatch.setattr(run_supervisor, "STOPPED_SECONDS", 1.0)
    run = await rows.run()
    left = await supervise(run, python("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"))
    assert left.state == RunState.RUNNING
    assert left.lease_owner is None
    assert "attempt_postponed" in await told(rows, run)


async def test_a_short_run_succeeds_and_its_memory_is_known(
    supervise: Supervise, rows: Rows, source: SourceOfTrades
) -> None:
    connector = await rows.connector(source.settings, credentials=rows.box.seal(source.credentials))
    run = await rows.run(await rows.version(await rows.report(), plain_document(connector.id)))
    done = await supervise(run)
    assert (done.state, done.reason, done.rows_in, done.rows_out) == ("succeeded", None, 2, 2)
    assert 20_000_000 < done.peak_rss_bytes < 900_000_000
    assert (done.lease_owner, done.lease_expires_at) == (None, None)


async def test_a_source_that_is_down_is_tried_again_when_the_run_said_and_not_later(
    supervise: Supervise, rows: Rows
) -> None:
    run = await rows.run()
    left = await supervise(run)
    assert (left.state, left.transient_failures, left.lease_owner) == ("running", 1, None)
    assert left.lease_expires_at is not None
    assert left.lease_expires_at - datetime.now(UTC) <= TRANSIENT_DELAYS[0]
    assert "attempt_postponed" in await told(rows, run)


@pytest.mark.parametrize(
    "script", ["import os; os._exit(3)", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"]
)
async def test_a_process_that_dies_gives_the_run_back_at_once(supervise: Supervise, rows: Rows, script: str) -> None:
    left = await supervise(await rows.run(), python(script))
    assert (left.state, left.attempt, left.transient_failures) == ("running", 1, 0)
    assert left.lease_expires_at is not None
    assert left.lease_expires_at - datetime.now(UTC) <= timedelta(seconds=1.5)


async def test_a_run_whose_process_always_dies_is_given_up(supervise: Supervise, rows: Rows) -> None:
    run = await rows.run(attempt=MAX_CLAIMS, fencing_token=MAX_CLAIMS)
    done = await supervise(run, python("raise SystemExit('must not be started')"))
    assert done.reason is not None
    assert (done.state, done.reason["code"]) == ("failed", "run_given_up")


async def test_a_run_that_is_being_cancelled_is_not_started_again(supervise: Supervise, rows: Rows) -> None:
    run = await rows.run(state=RunState.CANCELLING, lease_expires_at=AT, started_at=AT)
    done = await supervise(run, python("raise SystemExit('must not be started')"))
    assert done.state == "cancelled"


async def test_cancelling_kills_the_process_and_its_children_within_two_seconds(
    supervise: Supervise, rows: Rows, runs: RunService, tmp_path: Path
) -> None:
    marks = tmp_path / "pids"
    script = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(marks)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        "time.sleep(600)\n"
    )
    run = await rows.run()
    task = asyncio.create_task(supervise(run, python(script)))
    await until(lambda: marks.exists() and len(marks.read_text().split()) == 2)
    began = asyncio.get_running_loop().time()
    await runs.cancel(RunId(run.id))
    done = await task
    assert asyncio.get_running_loop().time() - began < 2
    assert (done.state, done.reason) == ("cancelled", None)
    for pid in map(int, marks.read_text().split()):
        await gone(pid)


async def test_a_lost_lease_kills_the_process_and_leaves_the_run_to_its_new_holder(
    supervise: Supervise, rows: Rows, lease: RunLease, tmp_path: Path
) -> None:
    mark = tmp_path / "pid"
    script = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    run = await rows.run()
    task = asyncio.create_task(supervise(run, python(script)))
    await until(lambda: mark.exists() and mark.read_text() != "")
    async with rows.database.transaction(rows.person.tenant) as session:
        (await session.get_one(Run, run.id)).lease_expires_at = AT
    holder = await lease.claim(rows.person.tenant, RunId(run.id))
    left = await task
    await gone(int(mark.read_text()))
    assert holder is not None
    assert (left.state, left.fencing_token, left.reason) == ("running", holder.fencing_token, None)


async def test_the_lease_is_renewed_while_the_process_works(supervise: Supervise, rows: Rows) -> None:
    run = await rows.run()
    task = asyncio.create_task(supervise(run, python("import time; time.sleep(4)")))
    ends = set()
    while not task.done():
        ends.add((await rows.fresh(Run, run.id)).lease_expires_at)
        await asyncio.sleep(0.2)
    assert len(ends) >= 4
    assert (await task).peak_rss_bytes > 0


async def test_who_does_not_get_the_run_starts_nothing(supervise: Supervise, rows: Rows, wakeups: NotedWakeups) -> None:
    held = await rows.run(state=RunState.RUNNING, lease_expires_at=utc_now() + timedelta(minutes=1))
    left = await supervise(held, python("raise SystemExit('must not be started')"))
    assert (left.state, left.attempt) == ("running", 0)
    assert wakeups.noted == []


async def gone(pid: int) -> None:
    async with asyncio.timeout(5):
        while True:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            await asyncio.sleep(0.05)


async def test_a_worker_that_is_asked_to_stop_gives_its_run_to_the_next_one_at_once(
    supervise: Supervise, rows: Rows, wakeups: NotedWakeups
) -> None:
    run = await rows.run()
    work = asyncio.create_task(supervise(run, python("import time; time.sleep(60)")))

    async def is_claimed() -> bool:
        return (await rows.fresh(Run, run.id)).lease_owner is not None

    await until(is_claimed)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    left = await rows.fresh(Run, run.id)
    assert (left.state, left.transient_failures, left.lease_owner) == ("running", 0, None)
    assert left.lease_expires_at is not None
    assert left.lease_expires_at - datetime.now(UTC) <= timedelta(seconds=1.5)
    assert "attempt_postponed" in await told(rows, run)
    assert ("run", str(rows.person.tenant), str(run.id)) in wakeups.noted
