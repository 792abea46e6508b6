"""Runs survive kill -9 and SIGSTOP: resumed from the last checkpoint, written once, same bytes.

The counts here are reduced; ``make test-long`` runs the full ones.
"""

import asyncio
import io
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psutil
import psycopg
import pytest
from sqlalchemy import text

from backend.core.ids import ReportId, RunId
from backend.domain.runs import RunStage, RunState
from backend.persistence.models.run import Run
from backend.persistence.repositories.runs import RunRepository
from backend.pipeline.ledger_reader import LedgerObject
from tests.harness.figures import show
from tests.harness.installation import REPORTING_DATE, Installation, SourceAddress, create_demo_source
from tests.harness.supervise import start_supervisor
from tests.services.servers import PostgresServer
from tests.services.waiting import until

ROWS = 20_000
#: Limit for a killed run to go on; with the test's lease of three seconds it takes far less.
RESUMED_WITHIN_SECONDS = 90
COPY_PROGRESS = "SELECT tuples_processed FROM pg_stat_progress_copy WHERE datname = current_database()"


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
    """The undisturbed run: its report, run, hashes, how long each stage took and in how many row groups."""

    report: ReportId
    run_id: RunId
    hashes: dict[str, tuple[str, str]]
    seconds: dict[RunStage, float]
    row_groups: int
    source: SourceAddress


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
    # Held: what a regulator was told cannot be forgotten, and the run is started over many times.
    report = await installation.add_demo_report(big_source, on_partial="hold")
    run = await installation.runs.request(report, REPORTING_DATE, {})
    started = time.monotonic()
    task = asyncio.create_task(installation.finish(RunId(run.id)))
    await _until(installation, RunId(run.id), lambda run: run.stage != RunStage.EXTRACT)
    extracted = time.monotonic()
    assert (await task).run.state == RunState.PARTIAL
    seconds = {RunStage.EXTRACT: extracted - started, RunStage.PRODUCE: time.monotonic() - extracted}
    row_groups = len(await _row_groups(installation, RunId(run.id)))
    hashes = await _hashes(installation, RunId(run.id))
    baselines.append(Baseline(report, RunId(run.id), hashes, seconds, row_groups, big_source))
    return baselines[0]


@dataclass(frozen=True)
class Kill:
    """One kill -9: what the run had committed when everything of it was dead, and when that was."""

    stage: str
    row_groups: dict[int, int]
    at: float


@pytest.mark.parametrize(
    ("victim", "stage"),
    [
        ("child", RunStage.PRODUCE),
        ("parent", RunStage.EXTRACT),
        # Each of the four is killed five times in the long tests.
        pytest.param("child", RunStage.EXTRACT, marks=pytest.mark.long),
        pytest.param("parent", RunStage.PRODUCE, marks=pytest.mark.long),
    ],
)
async def test_killed_run_is_resumed_and_gives_the_same_bytes(
    installation: Installation, baseline: Baseline, stage: RunStage, victim: str, kills: int
):
    chance = random.Random(f"{stage}-{victim}")
    await _start_over(installation, baseline.run_id)
    made: list[Kill] = []
    waits: list[float] = []
    while len(made) < kills:
        parent = await _supervise(installation, baseline.run_id)
        waits += [time.monotonic() - made[-1].at] if made else []
        # One instant in each part of the stage, anywhere in that part but for its very end.
        await _reach(installation, baseline, stage, (len(made) + 0.9 * chance.random()) / kills, parent)
        kill = await _kill(installation, baseline.run_id, parent, victim)
        if kill.stage == stage:
            made.append(kill)
        else:
            await _start_over(installation, baseline.run_id)  # it was faster than we could look
    resuming = asyncio.create_task(installation.finish(baseline.run_id))
    waits.append(await _resumed_after(installation, baseline.run_id, made[-1]))
    view = await resuming
    assert max(waits) < RESUMED_WITHIN_SECONDS
    assert view.run.state == RunState.PARTIAL, view.run.reason
    assert view.run.attempt > 1
    assert await _hashes(installation, baseline.run_id) == baseline.hashes
    await _row_groups_were_done_once(installation, baseline.run_id, stage)
    final = await _row_groups(installation, baseline.run_id)
    for kill in made:
        assert kill.row_groups.items() <= final.items(), "a row group that was committed has been done again"
    if stage == RunStage.PRODUCE:
        assert len({len(kill.row_groups) for kill in made}) > kills // 2, "the kills fell into one part of the stage"
    done = [len(kill.row_groups) for kill in made]
    show(
        f"{victim}, {stage}: {kills} kills at {done} of {len(final)} row groups, "
        f"resumed after at most {max(waits):.1f} s, no row group done again"
    )


async def test_stopped_zombie_is_refused_when_it_wakes(installation: Installation, baseline: Baseline):
    await _start_over(installation, baseline.run_id)
    parent = await _supervise(installation, baseline.run_id)
    await _until(installation, baseline.run_id, lambda run: run.row_groups_done > 0, parent)
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
    await _until(installation, RunId(run.id), lambda run: run.stage == RunStage.PRODUCE, parent)
    asked = time.monotonic()
    await installation.runs.cancel(RunId(run.id))

    async def ended() -> bool:
        return RunState((await installation.runs.get(RunId(run.id))).state).is_terminal

    await until(ended)
    assert time.monotonic() - asked < 2
    assert (await installation.runs.get(RunId(run.id))).state == RunState.CANCELLED
    assert not await installation.runs.artifacts(RunId(run.id))
    prefix = f"tenants/{installation.tenant}/runs/{run.id}/artifacts/"
    assert not list(installation.adapters.storage.list(prefix))
    await asyncio.to_thread(parent.wait, 10)


async def _supervise(installation: Installation, run_id: RunId) -> subprocess.Popen:
    """Start a supervisor, which has the run when this returns; the lease of a killed one must end first."""
    before = (await installation.runs.get(run_id)).fencing_token
    process = await asyncio.to_thread(start_supervisor, installation, run_id)
    STARTED.append(process)

    async def has_it() -> bool:
        if (await installation.runs.get(run_id)).fencing_token > before:
            return True
        assert process.poll() is None, "the supervisor has ended"
        return False

    await until(has_it, RESUMED_WITHIN_SECONDS)
    return process


async def _until(
    installation: Installation,
    run_id: RunId,
    condition: Callable[[Run], bool],
    parent: subprocess.Popen | None = None,
) -> None:
    """Wait for a state of the run; it must not end before, nor its supervisor."""

    async def come() -> bool:
        run = await installation.runs.get(run_id)
        if condition(run):
            return True
        assert not RunState(run.state).is_terminal, f"the run is {run.state} at stage {run.stage}: {run.reason}"
        assert parent is None or parent.poll() is None, "the supervisor has ended"
        return False

    await until(come)


async def _reach(
    installation: Installation, baseline: Baseline, stage: RunStage, share: float, parent: subprocess.Popen
) -> None:
    """Let the run come to a share of a stage."""
    if stage == RunStage.EXTRACT:
        await _until_copied(installation, baseline, int(share * ROWS))
        return
    wanted = share * baseline.row_groups
    await _until(
        installation, baseline.run_id, lambda run: run.stage == stage and run.row_groups_done >= int(wanted), parent
    )
    # Anywhere between two checkpoints.
    await asyncio.sleep(wanted % 1 * baseline.seconds[stage] / baseline.row_groups)


async def _until_copied(installation: Installation, baseline: Baseline, rows: int) -> None:
    """Watch the source's server hand out the rows; ends too when all of them have come."""
    async with await psycopg.AsyncConnection.connect(baseline.source.dsn, autocommit=True) as connection:

        async def come() -> bool:
            progress = await (await connection.execute(COPY_PROGRESS)).fetchone()
            if progress is not None:
                return progress[0] >= rows
            return (await installation.runs.get(baseline.run_id)).stage != RunStage.EXTRACT

        await until(come)


async def _resumed_after(installation: Installation, run_id: RunId, kill: Kill) -> float:
    """Seconds from a kill until another attempt has the run."""
    before = (await installation.runs.get(run_id)).fencing_token
    await _until(installation, run_id, lambda run: run.fencing_token > before)
    return time.monotonic() - kill.at


async def _row_groups(installation: Installation, run_id: RunId) -> dict[int, int]:
    """The committed row groups, each with the token of the attempt that did it."""
    async with installation.scope.transaction() as session:
        groups = await RunRepository(session, installation.tenant).row_groups(run_id)
    return {group.number: group.fencing_token for group in groups}


async def _kill(installation: Installation, run_id: RunId, parent: subprocess.Popen, victim: str) -> Kill:
    """kill -9, and the end of everything that hangs on it."""
    supervisor = psutil.Process(parent.pid)
    (child,) = supervisor.children()
    (supervisor if victim == "parent" else child).send_signal(signal.SIGKILL)
    at = time.monotonic()
    await asyncio.to_thread(psutil.wait_procs, [child], timeout=60)
    await asyncio.to_thread(parent.wait, 60)
    run = await installation.runs.get(run_id)
    return Kill(run.stage, await _row_groups(installation, run_id), at)


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
        run.is_held = False
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
    storage = installation.adapters.storage
    ledgers = [LedgerObject(io.BytesIO(storage.read(group.ledger_key))) for group in groups if group.ledger_key]
    written = [row for ledger in ledgers for row in ledger.columns(["row_number"]).to_series()]
    assert len(written) == len(set(written)) == run.rows_out, "a record is not in the ledger, or twice"
