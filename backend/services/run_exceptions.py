"""What a run does to exceptions: opens them for the records it sets aside, and settles those that it has taken.

Everything happens in transactions that hold the lock of the run: what became of a record is known when the run is over,
and a run that does not come to its end gives back what it took.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import polars as pl
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.ids import TenantId, new_id
from backend.domain.exceptions import DuePolicy, ExceptionAction, ExceptionOrigin, ExceptionState
from backend.domain.runs import RunKind
from backend.domain.webhooks import WebhookEventType
from backend.persistence.models.exception import ExceptionEvent, RunException, SupplementalRecord
from backend.persistence.models.run import Run
from backend.persistence.repositories.exceptions import ROWS_PER_INSERT, ExceptionRepository, SetAside
from backend.persistence.repositories.supplemental_records import SupplementalRecordRepository
from backend.persistence.repositories.tenants import MemberRepository
from backend.pipeline.findings import BatchFindings
from backend.services.exception_events import tell_exceptions, tell_opened

_LEFT_OUT = "The run left the record out: its filter or a decision about eligibility does."
_NOT_ENDED = "The run did not come to its end."


@dataclass(frozen=True, slots=True)
class RunExceptions:
    """Exceptions of the runs of one tenant; every method is given the transaction that holds the run's lock."""

    tenant: TenantId
    now: Clock

    async def note(self, session: AsyncSession, run: Run, findings: BatchFindings) -> None:
        """Open an exception for every record of a batch that was set aside.

        One that a supplemental run has taken from an exception keeps that one.
        """
        records = SupplementalRecordRepository(session, self.tenant)
        await records.note_reported(run.id, findings.reported)
        exceptions = findings.exceptions
        if exceptions.is_empty():
            return
        if run.kind == RunKind.SUPPLEMENTAL:
            exceptions = await self._without_known(session, run, exceptions)
        at = self.now()
        due_at = (await self.due_policy(session)).due_at(at)
        await ExceptionRepository(session, self.tenant).open_many(run, _set_aside(exceptions), due_at, at)

    async def settle(self, session: AsyncSession, run: Run) -> None:
        """The run is over: what it took is resolved or open again; tell once how many it has opened."""
        settled = 0
        if run.kind == RunKind.SUPPLEMENTAL:
            settled = await self._settle(session, run)
        if run.set_aside > settled:
            await tell_opened(session, self.tenant, run, run.set_aside - settled, self.now())

    async def give_up(self, session: AsyncSession, run: Run) -> None:
        """The run has ended without a file: its own exceptions go, those it took are where they were."""
        exceptions = ExceptionRepository(session, self.tenant)
        for one in await exceptions.taken_by(run.id):
            self.step(exceptions, one, ExceptionAction.GIVEN_BACK, one.move_to(one.workable_state), run, _NOT_ENDED)
        await exceptions.remove_of(run.id)

    async def _without_known(self, session: AsyncSession, run: Run, exceptions: pl.DataFrame) -> pl.DataFrame:
        records = SupplementalRecordRepository(session, self.tenant)
        rules = {int(number): list(some) for number, some in exceptions.select("row_number", "rule_ids").iter_rows()}
        await records.note_set_aside(run.id, rules)
        known = [one.row_number for one in await records.of_rows(run.id, rules) if one.exception_id is not None]
        return exceptions.filter(~pl.col("row_number").is_in(known))

    async def _settle(self, session: AsyncSession, run: Run) -> int:
        """Move what the run took on; how many rows of it were set aside again."""
        exceptions = ExceptionRepository(session, self.tenant)
        rows: dict[UUID, list[SupplementalRecord]] = defaultdict(list)
        for record in await SupplementalRecordRepository(session, self.tenant).of_run(run.id):
            if record.exception_id is not None:
                rows[record.exception_id].append(record)
        taken = await exceptions.taken_by(run.id)
        for one in taken:
            self._move(exceptions, run, one, rows[one.id])
        resolved = [one for one in taken if one.state == ExceptionState.RESOLVED]
        if resolved:
            await tell_exceptions(session, self.tenant, WebhookEventType.EXCEPTION_CLOSED, resolved, self.now())
        return sum(record.is_reported is False for some in rows.values() for record in some)

    def _move(
        self,
        exceptions: ExceptionRepository,
        run: Run,
        one: RunException,
        rows: Sequence[SupplementalRecord],
    ) -> None:
        rules = list(dict.fromkeys(rule for row in rows for rule in row.rule_ids))
        if all(row.is_reported for row in rows):
            if one.origin == ExceptionOrigin.FEEDBACK:
                return  # until the regulator has accepted the correction
            self.step(exceptions, one, ExceptionAction.RESOLVED, one.move_to(ExceptionState.RESOLVED), run)
        elif rules:
            one.rule_ids, one.rule_id = rules, rules[0]
            self.step(exceptions, one, ExceptionAction.SET_ASIDE_AGAIN, one.move_to(ExceptionState.OPEN), run)
        else:
            before = one.move_to(one.workable_state)
            self.step(exceptions, one, ExceptionAction.GIVEN_BACK, before, run, _LEFT_OUT)

    def step(
        self,
        exceptions: ExceptionRepository,
        one: RunException,
        action: ExceptionAction,
        before: ExceptionState,
        run: Run,
        comment: str = "",
    ) -> None:
        """Write down what a run or an answer to it has made of an exception."""
        at = self.now()
        one.revision += 1
        one.updated_at = at
        details: Mapping[str, object] = {"run_id": str(run.id), "rule_ids": list(one.rule_ids)}
        exceptions.add(
            ExceptionEvent(
                id=new_id(),
                tenant_id=self.tenant,
                exception_id=one.id,
                action=action,
                from_state=before,
                to_state=one.state,
                comment=comment,
                details=dict(details),
                actor_id=None,
                at=at,
            )
        )

    async def due_policy(self, session: AsyncSession) -> DuePolicy:
        """When exceptions of the tenant are due."""
        tenant = await MemberRepository(session, self.tenant).get_tenant()
        return DuePolicy(tenant.exception_due_days, tenant.time_zone)


def _set_aside(exceptions: pl.DataFrame) -> Iterator[Sequence[SetAside]]:
    wanted = exceptions.select("row_number", "record_key", "entity", "rule_ids")
    for some in wanted.iter_slices(ROWS_PER_INSERT):
        yield [SetAside(*row) for row in some.iter_rows()]
