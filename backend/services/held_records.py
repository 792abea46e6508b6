"""Held records as people see them: found, released or closed by hand with a reason, looked at again on request."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import ReportId
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.eligibility import HeldRecordState, held_transition
from backend.persistence.repositories.held_records import HeldRecordFilter, HeldRecordRepository, ListedHeldRecord
from backend.persistence.repositories.reports import ReportRepository
from backend.services.reports import get_report
from backend.services.scope import TenantScope

MAX_IDS: Final = 500
MAX_EXPORTED: Final = 100_000
_EXPORT_PAGE: Final = 1_000


class HeldRecordNotFound(OpenRegError):
    """There is no such held record."""

    code: ClassVar[str] = "held_record_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class HandDecision(StrEnum):
    """What a person decides about a held record."""

    RELEASE = "release"
    EXCLUDE = "exclude"

    @property
    def state(self) -> HeldRecordState:
        """What the record becomes."""
        return HeldRecordState.RELEASED if self is HandDecision.RELEASE else HeldRecordState.EXCLUDED

    @property
    def action(self) -> AuditAction:
        """What the audit trail calls it."""
        released, excluded = AuditAction.HELD_RECORDS_RELEASED, AuditAction.HELD_RECORDS_EXCLUDED
        return released if self is HandDecision.RELEASE else excluded


@dataclass(frozen=True, slots=True)
class HeldRecordService:
    """Held records of a tenant."""

    scope: TenantScope

    async def page(self, wanted: HeldRecordFilter, request: PageRequest) -> Page[ListedHeldRecord]:
        """One page, newest first."""
        async with self.scope.reading() as session:
            return await HeldRecordRepository(session, self.scope.tenant).page(wanted, request)

    async def counts(self, wanted: HeldRecordFilter) -> Mapping[HeldRecordState, int]:
        """Records by state."""
        async with self.scope.reading() as session:
            return await HeldRecordRepository(session, self.scope.tenant).counts(wanted)

    async def every(self, wanted: HeldRecordFilter) -> AsyncIterator[ListedHeldRecord]:
        """Those wanted, newest first, at most ``MAX_EXPORTED``."""
        request: PageRequest | None = PageRequest(_EXPORT_PAGE)
        left = MAX_EXPORTED
        while request is not None and left > 0:
            page = await self.page(wanted, request)
            for one in page.items[:left]:
                yield one
            left -= len(page.items)
            request = PageRequest(_EXPORT_PAGE, page.next_cursor) if page.next_cursor else None

    async def decide(self, ids: Collection[UUID], decision: HandDecision, reason: str) -> int:
        """Release or exclude these records, all or none.

        Raises HeldRecordNotFound, HeldRecordTransitionRefused.
        """
        at, wanted = self.scope.now(), set(ids)
        async with self.scope.transaction() as session:
            found = await HeldRecordRepository(session, self.scope.tenant).lock(wanted)
            if len(found) != len(wanted):
                raise HeldRecordNotFound(fix="Look at the list again: somebody may have removed its run.")
            for one in found:
                one.state = held_transition(HeldRecordState(one.state), decision.state)
                one.decided_at, one.decided_by, one.note = at, self.scope.user_id, reason
            for run_id in sorted({one.run_id for one in found}):
                of_run = [one for one in found if one.run_id == run_id]
                shown = {"run_id": run_id, "rows": [one.row_number for one in of_run]}
                subject = AuditSubject("held_record", of_run[0].id, _label(len(of_run)))
                await self.scope.audit(session).record(decision.action, subject, after=shown, note=reason)
        return len(found)

    async def ask_for_review(self, report_id: UUID | None) -> int:
        """Have what waits looked at with today's reference data; in how many runs something waits.

        Raises ReportNotFound.
        """
        async with self.scope.transaction() as session:
            if report_id is not None:
                await get_report(ReportRepository(session, self.scope.tenant), ReportId(report_id))
            records = HeldRecordRepository(session, self.scope.tenant)
            runs: Sequence[UUID] = [run for run, _, _ in await records.waiting_runs(report_id)]
            await records.ask_for_review(runs, self.scope.now())
        return len(runs)


def _label(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"
