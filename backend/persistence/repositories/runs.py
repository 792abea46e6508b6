"""Runs: claims under a lease, fenced access, and the lists people read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update

from backend.core.ids import RunId
from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.runs import RunState, StepState
from backend.persistence.models.eligibility import HeldRecord, RunDecision
from backend.persistence.models.exception import RunException
from backend.persistence.models.run import (
    Finding,
    Run,
    RunEvent,
    RunFinding,
    RunOutput,
    RunRowGroup,
    RunStepProgress,
)
from backend.persistence.repositories.supplemental_records import SupplementalRecordRepository
from backend.persistence.repositories.tenant_scope import TenantRepository

UNFINISHED = (RunState.PENDING, RunState.RUNNING, RunState.CANCELLING)


class RunRepository(TenantRepository):
    """Runs of one tenant in one transaction."""

    async def find(self, run_id: RunId) -> Run | None:
        """The run, or None."""
        return await self._find(Run, run_id)

    async def named(self, run_ids: Collection[UUID]) -> Sequence[Run]:
        """Those of these runs that exist."""
        return await self._all(self._select(Run).where(Run.id.in_(list(run_ids))))

    async def supplements(self, run_id: RunId) -> Sequence[Run]:
        """Runs that supplement a run, the newest first; at most 100."""
        query = self._select(Run).where(Run.parent_run_id == run_id).order_by(Run.id.desc())
        return await self._all(query.limit(100))

    async def find_for_update(self, run_id: RunId) -> Run | None:
        """The run under a row lock, or None."""
        return await self._find(Run, run_id, for_update=True)

    async def find_fenced(self, run_id: RunId, fencing_token: int) -> Run | None:
        """The run under a row lock if the token is still the newest and the run unfinished, else None."""
        query = self._select(Run).where(
            Run.id == run_id, Run.fencing_token == fencing_token, Run.state.in_((RunState.RUNNING, RunState.CANCELLING))
        )
        found: Run | None = await self._session.scalar(query.with_for_update())
        return found

    async def find_claimable(self, run_id: RunId) -> Run | None:
        """The run under a row lock if nobody holds a lease on it, else None; never waits for another claimer."""
        free = or_(
            Run.state == RunState.PENDING,
            Run.state.in_((RunState.RUNNING, RunState.CANCELLING)) & (Run.lease_expires_at < func.clock_timestamp()),
        )
        query = self._select(Run).where(Run.id == run_id, free)
        found: Run | None = await self._session.scalar(query.with_for_update(skip_locked=True))
        return found

    async def extend_lease(self, run_id: RunId, fencing_token: int, lease: timedelta, peak_rss_bytes: int) -> None:
        """Renew the lease by the database's clock, unless it is lost, was given back, or the run has ended."""
        statement = (
            update(Run)
            .where(
                Run.tenant_id == self.tenant,
                Run.id == run_id,
                Run.fencing_token == fencing_token,
                Run.lease_owner.is_not(None),
                Run.state.in_((RunState.RUNNING, RunState.CANCELLING)),
            )
            .values(
                lease_expires_at=func.clock_timestamp() + lease,
                peak_rss_bytes=func.greatest(Run.peak_rss_bytes, peak_rss_bytes),
            )
        )
        await self._session.execute(statement)

    async def note_peak(self, run_id: RunId, fencing_token: int, peak_rss_bytes: int) -> None:
        """Keep the highest memory of a claim, whatever state the run is in."""
        mine = (Run.tenant_id == self.tenant) & (Run.id == run_id) & (Run.fencing_token == fencing_token)
        higher = func.greatest(Run.peak_rss_bytes, peak_rss_bytes)
        await self._session.execute(update(Run).where(mine).values(peak_rss_bytes=higher))

    async def next_sequence(self, report_id: UUID, reporting_date: date) -> int:
        """The number of the next run of a report for a date; runs of one report are numbered under a lock.

        It is the lock that ``ScheduleTickRepository`` takes for many reports at once.
        """
        await self._session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(str(report_id), 0))))
        query = select(func.coalesce(func.max(Run.sequence), 0) + 1).where(
            Run.tenant_id == self.tenant, Run.report_id == report_id, Run.reporting_date == reporting_date
        )
        return int(await self._session.scalar(query) or 1)

    async def steps(self, run_id: RunId) -> dict[str, RunStepProgress]:
        """Progress of each step by its name."""
        rows = await self._all(self._select(RunStepProgress).where(RunStepProgress.run_id == run_id))
        return {row.name: row for row in rows}

    async def fail_running_steps(self, run_id: RunId) -> None:
        """Mark the steps that were running as failed."""
        await self._session.execute(
            update(RunStepProgress)
            .where(
                RunStepProgress.tenant_id == self.tenant,
                RunStepProgress.run_id == run_id,
                RunStepProgress.state == StepState.RUNNING,
            )
            .values(state=StepState.FAILED)
        )

    async def outputs(self, run_id: RunId) -> Sequence[RunOutput]:
        """Files in the making."""
        order = (RunOutput.output_number, RunOutput.file_number)
        return await self._all(self._select(RunOutput).where(RunOutput.run_id == run_id).order_by(*order))

    async def row_groups(self, run_id: RunId) -> Sequence[RunRowGroup]:
        """Committed checkpoints, in order."""
        return await self._all(
            self._select(RunRowGroup).where(RunRowGroup.run_id == run_id).order_by(RunRowGroup.number)
        )

    async def findings(self, run_id: RunId) -> Sequence[RunFinding]:
        """Rules that failed, most frequent first."""
        query = self._select(RunFinding).where(RunFinding.run_id == run_id)
        return await self._all(query.order_by(RunFinding.count.desc(), RunFinding.rule_id))

    async def decisions(self, run_id: RunId) -> Sequence[RunDecision]:
        """Decisions about eligibility that hold for some record, most frequent first."""
        query = self._select(RunDecision).where(RunDecision.run_id == run_id)
        return await self._all(query.order_by(RunDecision.count.desc(), RunDecision.code))

    async def finding_details(self, run_id: RunId, rule_id: str | None, request: PageRequest) -> Page[Finding]:
        """Single failures, newest first."""
        query = self._select(Finding).where(Finding.run_id == run_id)
        if rule_id is not None:
            query = query.where(Finding.rule_id == rule_id)
        return page_of(await self._newest_first(query, Finding.id, request), request, lambda one: one.id)

    async def count_details(self, run_id: RunId) -> int:
        """How many single failures are kept in the database."""
        query = (
            select(func.count()).select_from(Finding).where(Finding.tenant_id == self.tenant, Finding.run_id == run_id)
        )
        return int(await self._session.scalar(query) or 0)

    async def exceptions(self, run_id: RunId, request: PageRequest) -> Page[RunException]:
        """Records that the run has set aside, and those of its parent that it took, newest first."""
        mine = or_(RunException.run_id == run_id, RunException.supplemental_run_id == run_id)
        query = self._select(RunException).where(mine)
        return page_of(await self._newest_first(query, RunException.id, request), request, lambda one: one.id)

    async def events_after(
        self, run_id: RunId, sequence: int, limit: int, kinds: Sequence[str] = ()
    ) -> Sequence[RunEvent]:
        """What happened after a sequence number, in order."""
        query = self._select(RunEvent).where(RunEvent.run_id == run_id, RunEvent.sequence > sequence)
        if kinds:
            query = query.where(RunEvent.kind.in_(kinds))
        return await self._all(query.order_by(RunEvent.sequence).limit(limit))

    async def forget_attempt(self, run_id: RunId) -> None:
        """Remove checkpoints, files in the making and all that was found and decided, before the work starts anew."""
        made = (RunRowGroup, RunOutput, RunFinding, Finding, RunException, RunDecision, HeldRecord, RunStepProgress)
        for model in made:
            await self._session.execute(delete(model).where(model.tenant_id == self.tenant, model.run_id == run_id))
        await SupplementalRecordRepository(self._session, self.tenant).forget(run_id)
