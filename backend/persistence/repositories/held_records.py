"""Held records: the queue as people read it, and what a look at it changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from backend.core.ids import RunId
from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.eligibility import HeldRecordState
from backend.domain.runs import RunState
from backend.persistence.models.eligibility import HeldRecord, HeldReview, RunDecision
from backend.persistence.models.exception import SupplementalRecord
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.models.run import Run
from backend.persistence.models.tenant import User
from backend.persistence.repositories.tenant_scope import TenantRepository, as_part, contains

#: Records in one state are counted up to here.
MAX_COUNT: Final = 10_000
_ENDED: Final = (RunState.SUCCEEDED, RunState.PARTIAL)


@dataclass(frozen=True, slots=True)
class HeldRecordFilter:
    """Which held records are wanted; ``key`` is a part of the record's key."""

    states: Collection[HeldRecordState] = ()
    report_id: UUID | None = None
    run_id: UUID | None = None
    code: str | None = None
    key: str | None = None
    held_before: datetime | None = None


class ListedHeldRecord(NamedTuple):
    """A held record as it stands in the list."""

    id: UUID
    run_id: UUID
    report_id: UUID
    report_name: str
    reporting_date: date
    row_number: int
    record_key: str | None
    code: str
    reason: str
    state: str
    held_at: datetime
    looked_at: datetime | None
    decided_at: datetime | None
    decided_by: str | None
    note: str | None
    supplemental_run_id: UUID | None


class WaitingRecord(NamedTuple):
    """A record that waits in a run."""

    id: UUID
    row_number: int


class OldHolds(NamedTuple):
    """Records of a report that have waited for long."""

    report_id: UUID
    report_name: str
    records: int
    oldest: datetime


_SHOWN: Final[Sequence[Any]] = (
    HeldRecord.id,
    HeldRecord.run_id,
    HeldRecord.report_id,
    Report.name,
    Run.reporting_date,
    HeldRecord.row_number,
    HeldRecord.record_key,
    HeldRecord.code,
    RunDecision.reason,
    HeldRecord.state,
    HeldRecord.held_at,
    HeldRecord.looked_at,
    HeldRecord.decided_at,
    User.full_name,
    HeldRecord.note,
    HeldRecord.supplemental_run_id,
)


class HeldRecordRepository(TenantRepository):
    """Held records of one tenant in one transaction."""

    async def page(self, wanted: HeldRecordFilter, request: PageRequest) -> Page[ListedHeldRecord]:
        """One page, newest first."""
        query = self._listed(wanted)
        if request.after is not None:
            query = query.where(HeldRecord.id < request.after)
        rows = await self._session.execute(query.order_by(HeldRecord.id.desc()).limit(request.limit + 1))
        return page_of([ListedHeldRecord(*row) for row in rows], request, lambda one: one.id)

    async def counts(self, wanted: HeldRecordFilter) -> Mapping[HeldRecordState, int]:
        """Records per state among those wanted, each counted up to ``MAX_COUNT + 1``."""
        found = {}
        for state in HeldRecordState:
            some = select(literal(1)).where(*self._conditions(wanted), HeldRecord.state == state).limit(MAX_COUNT + 1)
            found[state] = int(await self._session.scalar(select(func.count()).select_from(some.subquery())) or 0)
        return found

    async def lock(self, ids: Collection[UUID]) -> Sequence[HeldRecord]:
        """These records under row locks, in an order that nobody waits in a circle for."""
        query = self._select(HeldRecord).where(HeldRecord.id.in_(ids)).order_by(HeldRecord.id)
        return await self._all(query.with_for_update())

    async def released_of(self, run_id: RunId, limit: int) -> Sequence[HeldRecord]:
        """Released records of a run that no supplemental run has taken, under row locks."""
        query = self._select(HeldRecord).where(
            HeldRecord.run_id == run_id,
            HeldRecord.state == HeldRecordState.RELEASED,
            HeldRecord.supplemental_run_id.is_(None),
        )
        return await self._all(query.order_by(HeldRecord.row_number).limit(limit).with_for_update())

    async def waiting_in(self, run_id: RunId, after_row: int, limit: int) -> Sequence[WaitingRecord]:
        """Records that wait in a run, in the order of its input."""
        query = select(HeldRecord.id, HeldRecord.row_number).where(
            HeldRecord.tenant_id == self.tenant,
            HeldRecord.run_id == run_id,
            HeldRecord.state == HeldRecordState.HELD,
            HeldRecord.row_number > after_row,
        )
        rows = await self._session.execute(query.order_by(HeldRecord.row_number).limit(limit))
        return [WaitingRecord(*row) for row in rows]

    async def move(self, ids: Collection[UUID], to: HeldRecordState, note: str, at: datetime) -> int:
        """Move records that still wait, seen by nobody; how many there were."""
        statement = (
            update(HeldRecord)
            .where(
                HeldRecord.tenant_id == self.tenant, HeldRecord.id.in_(ids), HeldRecord.state == HeldRecordState.HELD
            )
            .values(state=to, note=note, decided_at=at, looked_at=at)
            .returning(HeldRecord.id)
        )
        return len((await self._session.scalars(statement)).all())

    async def looked(self, ids: Collection[UUID], at: datetime) -> None:
        """Somebody looked, and they still wait."""
        mine = (HeldRecord.tenant_id == self.tenant) & HeldRecord.id.in_(ids)
        await self._session.execute(update(HeldRecord).where(mine).values(looked_at=at))

    async def close_reported(self, supplemental_run_id: RunId) -> None:
        """A supplemental run is complete: what it wrote is reported; what it set aside is an exception of its own."""
        written = select(SupplementalRecord.parent_row_number).where(
            SupplementalRecord.tenant_id == self.tenant,
            SupplementalRecord.run_id == supplemental_run_id,
            SupplementalRecord.is_reported.is_(True),
        )
        mine = (HeldRecord.tenant_id == self.tenant) & (HeldRecord.supplemental_run_id == supplemental_run_id)
        released = (HeldRecord.state == HeldRecordState.RELEASED) & HeldRecord.row_number.in_(written)
        await self._session.execute(update(HeldRecord).where(mine, released).values(state=HeldRecordState.REPORTED))

    async def waiting_runs(self, report_id: UUID | None = None) -> Sequence[tuple[UUID, UUID, Mapping[str, object]]]:
        """(run, version, document) of the runs in which records wait."""
        waits = exists().where(
            HeldRecord.tenant_id == self.tenant, HeldRecord.run_id == Run.id, HeldRecord.state == HeldRecordState.HELD
        )
        query = (
            select(Run.id, ReportVersion.id, ReportVersion.document)
            .join(ReportVersion, ReportVersion.id == Run.report_version_id)
            .where(Run.tenant_id == self.tenant, Run.held > 0, Run.state.in_(_ENDED), waits)
        )
        if report_id is not None:
            query = query.where(Run.report_id == report_id)
        return [(row[0], row[1], row[2]) for row in await self._session.execute(query.order_by(Run.id))]

    async def ask_for_review(self, run_ids: Collection[UUID], at: datetime) -> None:
        """Have the records of these runs looked at again; asking twice is asking once, from now on."""
        if not run_ids:
            return
        rows = [{"run_id": one, "tenant_id": self.tenant, "due_at": at, "asked_at": at} for one in run_ids]
        statement = upsert(HeldReview).values(rows)
        changed = {"due_at": statement.excluded.due_at, "asked_at": statement.excluded.asked_at}
        await self._session.execute(statement.on_conflict_do_update(index_elements=["run_id"], set_=changed))

    async def claim_review(self, now: datetime, lease_until: datetime) -> HeldReview | None:
        """A look that is due and that nobody is at, taken until the lease ends."""
        query = self._select(HeldReview).where(HeldReview.due_at <= now).order_by(HeldReview.due_at).limit(1)
        found: HeldReview | None = await self._session.scalar(query.with_for_update(skip_locked=True))
        if found is not None:
            found.due_at = lease_until
        return found

    async def end_review(self, run_id: UUID, asked_at: datetime) -> None:
        """The look is done, unless another one was asked for since."""
        found = await self._session.get(HeldReview, run_id, with_for_update=True)
        if found is None:
            return
        if found.asked_at == asked_at:
            await self._session.delete(found)

    async def old_holds(self, before: datetime) -> Sequence[OldHolds]:
        """Per report the records that have waited since before a moment."""
        query = (
            select(Report.id, Report.name, func.count(), func.min(HeldRecord.held_at))
            .join(HeldRecord, HeldRecord.report_id == Report.id)
            .where(
                HeldRecord.tenant_id == self.tenant,
                HeldRecord.state == HeldRecordState.HELD,
                HeldRecord.held_at < before,
            )
            .group_by(Report.id, Report.name)
        )
        return [OldHolds(*row) for row in await self._session.execute(query)]

    def _listed(self, wanted: HeldRecordFilter) -> Select[Any]:
        same = and_(RunDecision.run_id == HeldRecord.run_id, RunDecision.code == HeldRecord.code)
        return (
            select(*_SHOWN)
            .join(Report, Report.id == HeldRecord.report_id)
            .join(Run, Run.id == HeldRecord.run_id)
            .join(RunDecision, same)
            .outerjoin(User, User.id == HeldRecord.decided_by)
            .where(*self._conditions(wanted))
        )

    def _conditions(self, wanted: HeldRecordFilter) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = [HeldRecord.tenant_id == self.tenant]
        if wanted.states:
            found.append(HeldRecord.state.in_(wanted.states))
        if wanted.report_id is not None:
            found.append(HeldRecord.report_id == wanted.report_id)
        if wanted.run_id is not None:
            found.append(HeldRecord.run_id == wanted.run_id)
        if wanted.code is not None:
            found.append(HeldRecord.code == wanted.code)
        if wanted.key is not None:
            found.append(contains(HeldRecord.record_key, literal(as_part(wanted.key))))
        if wanted.held_before is not None:
            found.append(HeldRecord.held_at < wanted.held_before)
        return found
