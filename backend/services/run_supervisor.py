"""Supervising a run: the work happens in a spawned process, here the lease is kept and the process is watched.

A spawn, never a fork: native thread pools of Polars and Arrow deadlock in a forked child. The process group is
killed on cancellation and on a lost lease.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import psutil
import structlog

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import RunId, TenantId
from backend.domain.runs import RunState
from backend.persistence.clock import MAX_DEVIATION
from backend.services.run_ending import RunEnding
from backend.services.run_lease import MAX_CLAIMS, Claim, RunLease
from backend.services.run_measures import measure_run
from backend.services.wakeups import Wakeups

log = structlog.get_logger(__name__)

LOOK_EVERY_SECONDS = 0.5
#: Read by the C library and the data engines when the process starts. A run has peaks, and its peak is what a
#: machine must have: freed memory goes back soon, large buffers are mapped, threads share two heaps of the C library
#: and one of Polars. A lower threshold saves a little memory more and costs a tenth of the time in page faults.
RUN_ENVIRONMENT = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "1048576",
    "MALLOC_TRIM_THRESHOLD_": "1048576",
    "_RJEM_MALLOC_CONF": "narenas:1,dirty_decay_ms:500,muzzy_decay_ms:0",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "POLARS_MAX_THREADS": "2",
    "OMP_NUM_THREADS": "1",
}
#: How long the process of a run may be stopped (SIGSTOP, a debugger) before another takes its place.
STOPPED_SECONDS = 10.0
#: A lease survives a few renewals that come late.
RENEWALS_PER_LEASE = 6


class RunProcessDied(OpenRegError):
    """The process of the run ended without saying why."""

    code: ClassVar[str] = "run_process_died"
    kind: ClassVar[ErrorKind] = ErrorKind.INTERNAL
    transient: ClassVar[bool] = True


class RunHandedOver(OpenRegError):
    """The worker was asked to stop; another one goes on with the run from its last checkpoint."""

    code: ClassVar[str] = "run_handed_over"
    kind: ClassVar[ErrorKind] = ErrorKind.INTERNAL
    transient: ClassVar[bool] = True


class RunGivenUp(OpenRegError):
    """The run was started too many times without an end."""

    code: ClassVar[str] = "run_given_up"
    kind: ClassVar[ErrorKind] = ErrorKind.INTERNAL


@dataclass(frozen=True, slots=True)
class RunSupervisor:
    """Runs one claimed run in a process of its own. ``command`` is what is spawned, without its arguments."""

    lease: RunLease
    ending: RunEnding
    wakeups: Wakeups
    command: Sequence[str]

    async def supervise(self, tenant: TenantId, run_id: RunId) -> None:
        """Claim the run and see it to its end; returns at once when somebody else has it, or our clock is off.

        Cancelled, as a worker does that is asked to stop, it gives the run to whoever comes next.
        """
        if await self.lease.database.read_clock() > MAX_DEVIATION:
            log.error("clock_off", run_id=str(run_id), fix="Set the clock of this machine.")
            return
        claim = await self.lease.claim(tenant, run_id)
        if claim is None:
            return
        process: asyncio.subprocess.Process | None = None
        try:
            if not await self._is_wanted(claim):
                return
            process = await asyncio.create_subprocess_exec(
                *self.command,
                str(tenant),
                str(run_id),
                str(claim.fencing_token),
                start_new_session=True,
                env={**RUN_ENVIRONMENT, **os.environ, "OPENREG_SUPERVISOR_PID": str(os.getpid())},
            )
            await self._watch(claim, process)
        except asyncio.CancelledError:
            await self._give_away(claim, process)
            raise
        finally:
            await _end(process)
        await measure_run(self.lease.database, claim, self.lease.now())
        self.wakeups.deliveries()
        self.wakeups.webhooks(tenant)

    async def _is_wanted(self, claim: Claim) -> bool:
        """Whether the run is to be begun; one that is hopeless or cancelled is ended instead."""
        if await self.lease.attempts(claim) > MAX_CLAIMS:
            await self.ending.fail(claim, RunGivenUp(fix="Look at the run's log and the worker's memory, then retry."))
            return False
        if await self.lease.peek(claim) is RunState.CANCELLING:
            await self.ending.end(claim, RunState.CANCELLED, None)
            return False
        try:
            await self.lease.pin(claim)
        except OpenRegError as error:
            await self.ending.fail(claim, error)
            return False
        return True

    async def _watch(self, claim: Claim, process: asyncio.subprocess.Process) -> None:
        loop = asyncio.get_running_loop()
        renew_every = self.lease.duration.total_seconds() / RENEWALS_PER_LEASE
        peak, renew_at = 0, loop.time() + renew_every
        awake_at = loop.time()
        ended = asyncio.ensure_future(process.wait())
        while not ended.done():
            # Before anything is asked of the database: a process that is stopped may hold the row of its run.
            if not _is_stopped(process.pid):
                awake_at = loop.time()
            elif loop.time() - awake_at > STOPPED_SECONDS:
                log.error("run_process_stopped", run_id=str(claim.run_id))
                _kill_group(process)
            resident = _resident_bytes(process.pid)
            if resident > peak:
                # Noted as it grows: who looks at a run that has just ended wants to know it.
                peak = resident
                await self.lease.note_peak(claim, peak)
            await asyncio.wait({ended}, timeout=LOOK_EVERY_SECONDS)
            if ended.done():
                break
            if loop.time() >= renew_at:
                await self.lease.renew(claim, peak)
                renew_at = loop.time() + renew_every
            state = await self.lease.peek(claim)
            if state is None:
                log.warning("run_lease_lost", run_id=str(claim.run_id))
                return
            if state is RunState.CANCELLING:
                _kill_group(process)
                await process.wait()
                await self.ending.end(claim, RunState.CANCELLED, None)
                return
        # No renewal here: the process may have given the run back for a later moment.
        if status := ended.result():
            await self._process_died(claim, status)

    async def _give_away(self, claim: Claim, process: asyncio.subprocess.Process | None) -> None:
        await _end(process)
        log.info("run_handed_over", run_id=str(claim.run_id))
        await self.ending.release(claim, RunHandedOver())
        self.wakeups.run(claim.tenant, claim.run_id)

    async def _process_died(self, claim: Claim, status: int) -> None:
        how = f"killed by signal {-status}" if status < 0 else f"exit status {status}"
        log.error("run_process_died", run_id=str(claim.run_id), how=how)
        await self.ending.release(claim, RunProcessDied(f"The process of the run ended without saying why ({how})."))


async def _end(process: asyncio.subprocess.Process | None) -> None:
    """Kill what is left of a run's process, if it was started at all."""
    if process is not None:
        _kill_group(process)
        await process.wait()


def _resident_bytes(pid: int) -> int:
    """Resident memory of a process and its descendants."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    total = 0
    for member in family:
        try:
            total += int(member.memory_info().rss)
        except psutil.NoSuchProcess:
            continue
    return total


def _is_stopped(pid: int) -> bool:
    """Whether somebody has stopped the process: it holds its run, and does nothing."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    except psutil.NoSuchProcess:
        return False


def _kill_group(process: asyncio.subprocess.Process) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
