"""Watching the register: overdue actions are told once; an entry says when all that was told again is accepted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.ids import TenantId
from backend.domain.back_reporting import summary_of
from backend.domain.error_register import ENDED, EntryState, EntryStep
from backend.persistence.repositories.back_reporting import BackReportingRepository
from backend.persistence.repositories.error_register import ErrorRegisterRepository
from backend.persistence.repositories.tenants import MemberRepository
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SystemScope
from backend.services.announcements import announce_overdue_action
from backend.services.error_register_history import Step, append_step

#: Actions that one look tells of.
BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class ErrorRegisterSweep:
    """Looks at the entries of every tenant that are not closed."""

    database: Database
    system: SystemDatabase
    now: Clock

    async def sweep(self) -> None:
        """Every tenant, each in a transaction of its own."""
        async with self.system.transaction() as session:
            tenants = await SystemScope(session).tenants_with_open_entries()
        for tenant in tenants:
            async with self.database.transaction(tenant) as session:
                await _tell_overdue(session, tenant, self.now())
                waiting = await ErrorRegisterRepository(session, tenant).unsettled()
            for entry_id in waiting:
                async with self.database.transaction(tenant) as session:
                    await _say_accepted(session, tenant, entry_id, self.now())


async def _tell_overdue(session: AsyncSession, tenant: TenantId, at: datetime) -> None:
    register, members = ErrorRegisterRepository(session, tenant), MemberRepository(session, tenant)
    for action in await register.claim_overdue(at, BATCH):
        action.told_at = at
        entry = await register.find(action.entry_id, for_update=True)
        if entry is None or EntryState(entry.state) in ENDED:
            continue
        details: dict[str, object] = {"action_id": str(action.id), "due_at": action.due_at.isoformat()}
        await append_step(session, tenant, entry, Step(EntryStep.ACTION_OVERDUE, action.text, details), at)
        # Whoever has left cannot act on it any more: then it is everybody's who works on the register.
        is_here = await members.find_member(action.owner_id) is not None
        announce_overdue_action(session, tenant, entry, action, at, is_owner_here=is_here)


async def _say_accepted(session: AsyncSession, tenant: TenantId, entry_id: UUID, at: datetime) -> None:
    register, again = ErrorRegisterRepository(session, tenant), BackReportingRepository(session, tenant)
    entry = await register.find(entry_id, for_update=True)
    if entry is None or entry.back_reported_at is not None or EntryState(entry.state) in ENDED:
        return
    summary = summary_of(await again.newest_days(entry_id))
    if not summary.is_accepted:
        return
    entry.back_reported_at = at
    if entry.corrected_on is None:
        zone = (await MemberRepository(session, tenant).get_tenant()).time_zone
        entry.corrected_on = at.astimezone(ZoneInfo(zone)).date()
    details: dict[str, object] = {"days": summary.days, "corrected_on": entry.corrected_on.isoformat()}
    await append_step(session, tenant, entry, Step(EntryStep.BACK_REPORTED, details=details), at)
