"""The lease on a run: claimed, renewed, lost. One short transaction each, by the database's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from backend.core.clock import Clock
from backend.core.ids import ReportVersionId, RunId, TenantId
from backend.domain.runs import RunState
from backend.domain.webhooks import WebhookEventType
from backend.persistence.outbox import Outbox
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.runs import RunRepository
from backend.persistence.session import Database
from backend.services.run_events import RunEventKind, record, record_state
from backend.services.run_pins import pin_run
from backend.services.runs import RunNotFound, run_news

#: Claims of one run before it is given up: a run that kills its worker again and again must end.
MAX_CLAIMS = 12


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that is ours until the lease ends or a higher fencing token is given out."""

    tenant: TenantId
    run_id: RunId
    fencing_token: int


@dataclass(frozen=True, slots=True)
class RunLease:
    """Claims runs for one worker."""

    database: Database
    owner: str
    duration: timedelta
    now: Clock

    async def claim(self, tenant: TenantId, run_id: RunId) -> Claim | None:
        """Take the run if nobody else has it. A cancelled or hopeless one is ended instead."""
        at = self.now()
        async with self.database.transaction(tenant) as session:
            runs = RunRepository(session, tenant)
            run = await runs.find_claimable(run_id)
            if run is None:
                return None
            run.fencing_token += 1
            run.attempt += 1
            is_first = run.state == RunState.PENDING
            if is_first:
                run.move_to(RunState.RUNNING, at)
                run.started_at = at
                record_state(runs, run, at)
                await Outbox(session, tenant).add(WebhookEventType.RUN_STARTED, run.id, run_news(run), at)
            run.lease_owner = self.owner
            run.lease_expires_at = at + self.duration
            await runs.flush()
            await runs.extend_lease(run_id, run.fencing_token, self.duration, 0)
            if run.reason is None:  # one that waits is looked at again and again, which is no news
                log = {"level": "info", "event": "run_claimed", "attempt": run.attempt, "stage": run.stage}
                record(runs, run, RunEventKind.LOG, log, at)
            return Claim(tenant, run_id, run.fencing_token)

    async def pin(self, claim: Claim) -> None:
        """Bind a claimed run to what it reads, unless it is bound.

        Raises RuleSetNotActive, SchemaPackageNotFound, CalendarUnknown.
        """
        async with self.database.transaction(claim.tenant) as session:
            run = await RunRepository(session, claim.tenant).find_fenced(claim.run_id, claim.fencing_token)
            if run is None or run.is_pinned:
                return
            reports = ReportRepository(session, claim.tenant)
            version = await reports.find_version(ReportVersionId(run.report_version_id))
            if version is None:
                raise RunNotFound
            await pin_run(session, run, version, self.now())

    async def renew(self, claim: Claim, peak_rss_bytes: int) -> None:
        """Extend the lease unless it is lost or the run has ended; ``peek`` tells which."""
        async with self.database.transaction(claim.tenant) as session:
            runs = RunRepository(session, claim.tenant)
            await runs.extend_lease(claim.run_id, claim.fencing_token, self.duration, peak_rss_bytes)

    async def note_peak(self, claim: Claim, peak_rss_bytes: int) -> None:
        """Record the memory a process took, also when the run has ended meanwhile."""
        async with self.database.transaction(claim.tenant) as session:
            runs = RunRepository(session, claim.tenant)
            await runs.note_peak(claim.run_id, claim.fencing_token, peak_rss_bytes)

    async def peek(self, claim: Claim) -> RunState | None:
        """The run's state without renewing, or None when the lease is lost."""
        async with self.database.transaction(claim.tenant) as session:
            run = await RunRepository(session, claim.tenant).find(claim.run_id)
        if run is None or run.fencing_token != claim.fencing_token:
            return None
        return RunState(run.state)

    async def attempts(self, claim: Claim) -> int:
        """How often the run has been claimed."""
        async with self.database.transaction(claim.tenant) as session:
            run = await RunRepository(session, claim.tenant).find(claim.run_id)
        return run.attempt if run else 0
