"""Back-reporting from an entry of the register: what would happen to each day, and the backfill that does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import ReportId, new_id
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.back_reporting import (
    SKIP_SENTENCES,
    DayFacts,
    DayOutcome,
    DayPlan,
    OnStanding,
    plan_day,
)
from backend.domain.error_register import ENDED, EntryState, EntryStep
from backend.domain.exceptions import ExceptionState
from backend.domain.schedules.backfills import BackfillDayState, BackfillState, backfill_days
from backend.domain.schedules.parameters import FireFacts, fill_in
from backend.persistence.models.error_register import RegisterEntry
from backend.persistence.models.report import ReportVersion
from backend.persistence.models.schedule import Backfill, BackfillDay
from backend.persistence.repositories.back_reporting import BackReportingRepository, ListedDay, Originals
from backend.persistence.repositories.error_register import ErrorRegisterRepository
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.tenants import MemberRepository
from backend.services.error_register_actions import EntryClosed
from backend.services.error_register_history import EntryNotFound, Step, lock_entry, record_step
from backend.services.reports import ReportArchived, ReportNotFound, read_document
from backend.services.routing import environment_of_version
from backend.services.run_parameters import bind_parameters
from backend.services.runs import NoActiveVersion
from backend.services.schedule_calendars import calendar_named
from backend.services.scope import TenantScope


class NothingToReportAgain(OpenRegError):
    """Every day of the range would be left out."""

    code: ClassVar[str] = "nothing_to_report_again"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class BackReportingAsked:
    """Which report and days, with which parameters, and what is done where the regulator has an original already."""

    report_id: UUID
    first_date: date
    last_date: date
    parameters: Mapping[str, object]
    on_standing: OnStanding = OnStanding.CORRECT
    working_days_only: bool = True
    calendar: str | None = None
    concurrency: int = 2


@dataclass(frozen=True, slots=True)
class AgainView:
    """A backfill of an entry with its days."""

    backfill: Backfill
    report_name: str
    days: Sequence[ListedDay]


@dataclass(frozen=True, slots=True)
class BackReportingService:
    """Days that a tenant reports again."""

    scope: TenantScope

    async def preview(self, entry_id: UUID, asked: BackReportingAsked) -> Sequence[DayPlan]:
        """What would happen to each day now; nothing is stored.

        Raises EntryNotFound, ReportNotFound, ReportArchived, NoActiveVersion, RunParameterInvalid, PlaceholderUnknown,
        BackfillRangeInvalid, CalendarBaseUnknown.
        """
        async with self.scope.reading() as session:
            if await ErrorRegisterRepository(session, self.scope.tenant).find(entry_id) is None:
                raise EntryNotFound
            return await self._plans(session, asked)

    async def start(self, entry_id: UUID, asked: BackReportingAsked) -> Backfill:
        """Begin what a preview of this moment says. Raises what ``preview`` does, EntryClosed, NothingToReportAgain."""
        async with self.scope.transaction() as session:
            entry = await lock_entry(session, self.scope, entry_id)
            if EntryState(entry.state) in ENDED:
                raise EntryClosed(fix="Reopen it first.")
            plans = await self._plans(session, asked)
            if all(one.outcome is DayOutcome.SKIP for one in plans):
                raise NothingToReportAgain(fix="Look at the preview: it says of each day why.")
            backfill = await self._add(session, entry, asked, plans)
            await self._record(session, entry, backfill, plans)
        return backfill

    async def of_entry(self, entry_id: UUID) -> Sequence[AgainView]:
        """What was started from an entry, the newest first, with every day. Raises EntryNotFound."""
        async with self.scope.reading() as session:
            register = ErrorRegisterRepository(session, self.scope.tenant)
            if await register.find(entry_id) is None:
                raise EntryNotFound
            again = BackReportingRepository(session, self.scope.tenant)
            found = await again.of_entry(entry_id)
            names = await register.report_names({one.report_id for one in found})
            return [AgainView(one, names.get(one.report_id, ""), await again.days(one.id)) for one in found]

    async def _plans(self, session: AsyncSession, asked: BackReportingAsked) -> Sequence[DayPlan]:
        version = await self._check_report(session, asked)
        every = backfill_days(asked.first_date, asked.last_date, None)
        calendar = await calendar_named(session, self.scope.tenant, asked.calendar)
        again = BackReportingRepository(session, self.scope.tenant)
        span = (asked.report_id, asked.first_date, asked.last_date)
        environment = await environment_of_version(session, self.scope.tenant, version)
        originals = await again.originals(*span, environment)
        busy, waiting = await again.under_way(*span), await again.exceptions(*span)
        tenant = await MemberRepository(session, self.scope.tenant).get_tenant()
        today = self.scope.now().astimezone(ZoneInfo(tenant.time_zone)).date()
        plans = []
        for day in every:
            known = originals.get(day, Originals())
            facts = DayFacts(
                day,
                is_closed=asked.working_days_only and not calendar.is_open(day),
                is_run_under_way=day in busy,
                standing=known.standing,
                void=known.void,
                amended=waiting.get((day, ExceptionState.AMENDED), 0),
                open=waiting.get((day, ExceptionState.OPEN), 0),
            )
            plans.append(plan_day(facts, asked.on_standing, today))
        return plans

    async def _check_report(self, session: AsyncSession, asked: BackReportingAsked) -> ReportVersion:
        """The version that will run. A run must be possible at all: what parameters lack is not said by every day."""
        reports = ReportRepository(session, self.scope.tenant)
        report = await reports.find(ReportId(asked.report_id))
        if report is None:
            raise ReportNotFound
        if report.archived_at is not None:
            raise ReportArchived(fix="Restore the report first.")
        version = await reports.find_newest_active(asked.report_id)
        if version is None:
            raise NoActiveVersion(fix="Activate a version of the report first.")
        facts = FireFacts(asked.first_date, datetime.combine(asked.first_date, time()), "")
        bind_parameters(read_document(dict(version.document)).source, fill_in(asked.parameters, facts))
        return version

    async def _add(
        self, session: AsyncSession, entry: RegisterEntry, asked: BackReportingAsked, plans: Sequence[DayPlan]
    ) -> Backfill:
        register = ErrorRegisterRepository(session, self.scope.tenant)
        backfill = Backfill(
            id=new_id(),
            tenant_id=self.scope.tenant,
            report_id=asked.report_id,
            entry_id=entry.id,
            first_date=asked.first_date,
            last_date=asked.last_date,
            concurrency=asked.concurrency,
            parameters=dict(asked.parameters),
            state=BackfillState.RUNNING,
            created_by=self.scope.user_id,
            created_at=self.scope.now(),
        )
        register.add(backfill)
        await register.flush()
        for one in plans:
            register.add(
                BackfillDay(
                    backfill_id=backfill.id,
                    tenant_id=self.scope.tenant,
                    reporting_date=one.facts.reporting_date,
                    way=one.way,
                    state=BackfillDayState.WAITING if one.skip is None else BackfillDayState.SKIPPED,
                    reason_code=one.skip,
                    reason=None if one.skip is None else SKIP_SENTENCES[one.skip],
                )
            )
        await register.flush()
        return backfill

    async def _record(
        self, session: AsyncSession, entry: RegisterEntry, backfill: Backfill, plans: Sequence[DayPlan]
    ) -> None:
        entry.back_reported_at = None
        details: dict[str, object] = {
            "backfill_id": str(backfill.id),
            "report_id": str(backfill.report_id),
            "first_date": backfill.first_date.isoformat(),
            "last_date": backfill.last_date.isoformat(),
            **{str(kind): sum(one.outcome is kind for one in plans) for kind in DayOutcome},
        }
        step = Step(EntryStep.BACK_REPORTING_STARTED, details=details)
        await record_step(session, self.scope, entry, step, AuditAction.ERROR_REGISTER_CHANGED)
        subject = AuditSubject("backfill", backfill.id, f"{backfill.first_date} to {backfill.last_date}")
        await self.scope.audit(session).record(AuditAction.BACKFILL_STARTED, subject, after=details)
