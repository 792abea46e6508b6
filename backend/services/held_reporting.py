"""Released records are reported: those of one run, by a supplemental run of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import RunId
from backend.domain.audit import AuditAction, AuditSubject
from backend.persistence.models.run import Run
from backend.persistence.repositories.held_records import HeldRecordRepository
from backend.persistence.repositories.runs import RunRepository
from backend.services.runs import RunNotFound
from backend.services.scope import TenantScope
from backend.services.supplemental_runs import RecordToReport, SupplementalRuns
from backend.services.wakeups import Wakeups

#: Records that one supplemental run takes; the rest is for the next.
MAX_TOGETHER: Final = 50_000


class NothingReleased(OpenRegError):
    """No released record of the run waits to be reported."""

    code: ClassVar[str] = "nothing_released"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class HeldReporting:
    """Reports released records of a tenant."""

    scope: TenantScope
    wakeups: Wakeups

    async def report(self, run_id: RunId) -> tuple[Run, int]:
        """Start a supplemental run over what is released of a run; with how many records.

        Raises RunNotFound, NothingReleased, RunNotSupplementable.
        """
        async with self.scope.transaction() as session:
            parent = await RunRepository(session, self.scope.tenant).find_for_update(run_id)
            if parent is None:
                raise RunNotFound
            released = await HeldRecordRepository(session, self.scope.tenant).released_of(run_id, MAX_TOGETHER)
            if not released:
                raise NothingReleased(fix="Release records first; nothing is reported twice.")
            rows = [RecordToReport(one.row_number) for one in released]
            run = await SupplementalRuns(self.scope).add(session, parent, rows)
            for one in released:
                one.supplemental_run_id = run.id
            await self.scope.audit(session).record(
                AuditAction.HELD_RECORDS_REPORTED,
                AuditSubject("held_record", released[0].id, f"{len(released)} records"),
                after={"run_id": run_id, "supplemental_run_id": run.id, "rows": [one.row_number for one in released]},
            )
        self.wakeups.run(self.scope.tenant, run.id)
        self.wakeups.webhooks(self.scope.tenant)
        return run, len(released)
