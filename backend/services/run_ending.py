"""How a run ends without success: failed, postponed for another attempt, or cancelled; nothing is left behind."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from backend.core.clock import Clock
from backend.core.errors import OpenRegError
from backend.domain.object_keys import run_prefix, tails_prefix
from backend.domain.runs import RunState
from backend.domain.webhooks import WebhookEventType
from backend.persistence.outbox import Outbox
from backend.persistence.repositories.runs import RunRepository
from backend.persistence.session import Database
from backend.services.announcements import announce_run_failed
from backend.services.run_events import RunEventKind, record, record_state
from backend.services.run_exceptions import RunExceptions
from backend.services.run_lease import Claim
from backend.services.runs import run_news
from backend.services.storage import ObjectStorage, StorageUnavailable
from backend.services.wakeups import Wakeups

log = structlog.get_logger(__name__)

#: Waits before another attempt after a failure that may pass (source or storage down).
TRANSIENT_DELAYS = (timedelta(seconds=5), timedelta(seconds=20))
RELEASE_DELAY = timedelta(seconds=1)
#: Between looks for a store that is away. It is ours, so a run waits for it as long as it takes and fails for no lack
#: of it: what a regulator is owed is not to hang on somebody who repeats runs by hand.
STORAGE_DELAY = timedelta(seconds=15)
_EVENTS = {RunState.FAILED: WebhookEventType.RUN_FAILED, RunState.CANCELLED: WebhookEventType.RUN_CANCELLED}


@dataclass(frozen=True, slots=True)
class RunEnding:
    """Ends a claimed run."""

    database: Database
    storage: ObjectStorage
    wakeups: Wakeups
    now: Clock

    async def fail(self, claim: Claim, error: OpenRegError) -> None:
        """Failed with a reason; postponed when the failure may pass and attempts are left, or the store is away."""
        if isinstance(error, StorageUnavailable) and await self._wait(claim, error):
            return
        if error.transient and await self._postpone(claim, error):
            return
        await self.end(claim, RunState.FAILED, reason_of(error))

    async def end(self, claim: Claim, state: RunState, reason: dict[str, object] | None) -> None:
        """Move to a terminal state, remove what was being made, tell everyone."""
        await self._discard_files(claim)
        at = self.now()
        async with self.database.transaction(claim.tenant) as session:
            runs = RunRepository(session, claim.tenant)
            run = await runs.find_fenced(claim.run_id, claim.fencing_token)
            if run is None:
                return
            # A run that is being cancelled when it fails was stopped by its user: that is how it ended.
            to = RunState.CANCELLED if run.state == RunState.CANCELLING else state
            run.move_to(to, at)
            run.reason = reason
            run.lease_owner = run.lease_expires_at = None
            await runs.fail_running_steps(claim.run_id)
            record_state(runs, run, at)
            await RunExceptions(claim.tenant, self.now).give_up(session, run)
            await Outbox(session, claim.tenant).add(_EVENTS[to], run.id, run_news(run), at)
            if to is RunState.FAILED:
                await announce_run_failed(session, claim.tenant, run, at)
        log.info("run_ended", run_id=str(claim.run_id), state=to.value, code=(reason or {}).get("code"))
        self.wakeups.webhooks(claim.tenant)

    async def release(self, claim: Claim, error: OpenRegError) -> None:
        """Give the run back for another attempt at once; the number of claims bounds how often."""
        await self._postpone(claim, error, RELEASE_DELAY)

    async def _wait(self, claim: Claim, error: StorageUnavailable) -> bool:
        """Give the run back until the store answers; such an attempt is not counted, and told once."""
        async with self.database.transaction(claim.tenant) as session:
            runs = RunRepository(session, claim.tenant)
            run = await runs.find_fenced(claim.run_id, claim.fencing_token)
            if run is None or run.state == RunState.CANCELLING:
                return False
            is_news = (run.reason or {}).get("code") != error.code
            run.attempt -= 1
            run.reason = reason_of(error)
            run.lease_owner, run.lease_expires_at = None, self.now() + STORAGE_DELAY
            if is_news:
                record(runs, run, RunEventKind.LOG, _postponement("run_waits", error, STORAGE_DELAY), self.now())
        log.warning("run_waits", run_id=str(claim.run_id), code=error.code)
        return True

    async def _postpone(self, claim: Claim, error: OpenRegError, delay: timedelta | None = None) -> bool:
        async with self.database.transaction(claim.tenant) as session:
            runs = RunRepository(session, claim.tenant)
            run = await runs.find_fenced(claim.run_id, claim.fencing_token)
            if run is None:
                return False
            if delay is None:
                if run.state == RunState.CANCELLING or run.transient_failures >= len(TRANSIENT_DELAYS):
                    return False
                delay = TRANSIENT_DELAYS[run.transient_failures]
                run.transient_failures += 1
            run.lease_owner = None
            run.lease_expires_at = self.now() + delay
            text = _postponement("attempt_postponed", error, delay)
            record(runs, run, RunEventKind.LOG, text, self.now())
        return True

    async def _discard_files(self, claim: Claim) -> None:
        """Abort uploads and remove objects that never became artifacts; failures here must not hide the reason."""
        async with self.database.transaction(claim.tenant) as session:
            runs = RunRepository(session, claim.tenant)
            if await runs.find_fenced(claim.run_id, claim.fencing_token) is None:
                return
            outputs = await runs.outputs(claim.run_id)
        scratch = tails_prefix(run_prefix(claim.tenant, claim.run_id))
        try:
            await asyncio.to_thread(self.storage.delete_prefix, scratch)
        except OpenRegError as error:
            log.warning("scratch_not_discarded", run_id=str(claim.run_id), code=error.code)
        for output in outputs:
            try:
                if output.upload_id:
                    await asyncio.to_thread(self.storage.abort_upload, output.object_key, output.upload_id)
                await asyncio.to_thread(self.storage.delete, output.object_key)
            except OpenRegError as error:
                log.warning("upload_not_discarded", run_id=str(claim.run_id), code=error.code)


def _postponement(event: str, error: OpenRegError, delay: timedelta) -> dict[str, object]:
    told = {"code": error.code, "message": error.message, "fix": error.fix, "seconds": delay.total_seconds()}
    return {"level": "warning", "event": event, **told}


def reason_of(error: OpenRegError) -> dict[str, object]:
    """The reason as people read it."""
    return {"code": error.code, "message": error.message, "fix": error.fix, "details": dict(error.extra)}
