"""Rows of triggers: what starts runs, what came of each occasion, and the files that were seen."""

from __future__ import annotations

from typing import Any

from backend.core.ids import new_id
from backend.domain.triggers import FiringOutcome
from backend.persistence.models.report import Report
from backend.persistence.models.trigger import Trigger, TriggerFile, TriggerFiring
from tests.factories.schedule_rows import ScheduleRows
from tests.factories.stored_rows import AT
from tests.factories.trigger_calls import CALLED


class TriggerRows(ScheduleRows):
    """Makers of triggers."""

    async def trigger(self, report: Report, **changes: Any) -> Trigger:
        """One that waits for a call, has been called once, and has seen a file."""
        defaults = {
            "report_id": report.id,
            "name": f"trigger-{new_id()}",
            "kind": "api",
            "definition": CALLED,
            "is_paused": False,
            "generation": 1,
            "since": AT,
            "active_since": AT,
            "failed_looks": 0,
            "created_by": self.person.user_id,
            "updated_by": self.person.user_id,
            "created_at": AT,
            "updated_at": AT,
        }
        made = await self._store(Trigger, defaults, changes)
        firing = TriggerFiring(
            id=new_id(),
            tenant_id=self.person.tenant,
            trigger_id=made.id,
            subject_key=str(new_id()),
            subject="A call",
            outcome=FiringOutcome.SKIPPED,
            reason_code="paused",
            reason="The trigger is paused.",
            fired_at=AT,
        )
        file = TriggerFile(
            tenant_id=self.person.tenant,
            trigger_id=made.id,
            name="trades.csv",
            size_bytes=3,
            modified_at=AT,
            since=AT,
            seen_at=AT,
            is_done=True,
        )
        async with self.database.transaction(self.person.tenant) as session:
            session.add_all([firing, file])
        return made
