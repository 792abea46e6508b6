"""Data quality: measured when a run ends, told when a limit is crossed, shown per report and day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.ids import ReportId, TenantId
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.quality import (
    DEFAULT_HOLD_DAYS,
    Indicator,
    QualityRangeTooLong,
    QualitySeverity,
    Threshold,
    breaches,
    worse_than,
)
from backend.persistence.models.quality import QualityDay, QualitySetting
from backend.persistence.models.run import Run
from backend.persistence.repositories.datasets import DatasetRepository
from backend.persistence.repositories.held_records import HeldRecordRepository
from backend.persistence.repositories.quality import DayRange, QualityRepository
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.tenants import MemberRepository
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SystemScope
from backend.services.announcements import announce_old_holds, announce_quality, announce_stale_dataset
from backend.services.reports import get_report
from backend.services.scope import TenantScope

log = structlog.get_logger(__name__)

MAX_DAYS: Final = 366
#: Days that the sweep measures again: what people do about records of older days is measured on request.
SWEPT_DAYS: Final = 14
#: How far back the newest day of a report is looked for.
LOOK_BACK: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class MeasuredDay:
    """A report's day: figures, indicators, and the limits that they have crossed."""

    day: QualityDay
    values: Mapping[Indicator, Decimal | None]
    breaches: Mapping[Indicator, QualitySeverity]

    @property
    def severity(self) -> QualitySeverity | None:
        """The worst of them."""
        found = set(self.breaches.values())
        return next((one for one in reversed(QualitySeverity) if one in found), None)


@dataclass(frozen=True, slots=True)
class ReportQuality:
    """A report with its newest measured day."""

    report_name: str
    measured: MeasuredDay


@dataclass(frozen=True, slots=True)
class QualityTerms:
    """When a report is due, its limits, and after how many days a held record is old."""

    due_time: time | None
    due_days: int
    thresholds: Mapping[Indicator, Threshold]
    hold_days: int

    @classmethod
    def of(cls, setting: QualitySetting | None) -> QualityTerms:
        """What is stored, or the defaults."""
        if setting is None:
            return cls(None, 1, {}, DEFAULT_HOLD_DAYS)
        return cls(setting.due_time, setting.due_days, limits_of(setting), setting.hold_days)

    def stored(self) -> dict[str, Any]:
        """The limits as they are kept."""
        return {one.value: limit.model_dump(mode="json") for one, limit in self.thresholds.items()}


@dataclass(frozen=True, slots=True)
class QualityService:
    """Data quality of a tenant's reports."""

    scope: TenantScope

    async def latest(self) -> Sequence[ReportQuality]:
        """The newest day of each report, by name."""
        async with self.scope.reading() as session:
            found = await QualityRepository(session, self.scope.tenant).latest(self._today() - LOOK_BACK)
        return [ReportQuality(one.report_name, measured(one.day, limits_of(one.setting))) for one in found]

    async def days(self, days: DayRange) -> Sequence[MeasuredDay]:
        """Measured days, the earliest first. Raises QualityRangeTooLong."""
        check_range(days)
        async with self.scope.reading() as session:
            quality = QualityRepository(session, self.scope.tenant)
            limits = {one.report_id: limits_of(one) for one in await quality.settings()}
            found = await quality.days(days)
        return [measured(one, limits.get(one.report_id, {})) for one in found]

    async def terms(self, report_id: ReportId) -> QualityTerms:
        """The limits of a report. Raises ReportNotFound."""
        async with self.scope.reading() as session:
            await get_report(ReportRepository(session, self.scope.tenant), report_id)
            return QualityTerms.of(await QualityRepository(session, self.scope.tenant).find_setting(report_id))

    async def change_terms(self, report_id: ReportId, terms: QualityTerms) -> QualityTerms:
        """Replace them; the due times of the last days are set anew. Raises ReportNotFound."""
        at = self.scope.now()
        async with self.scope.transaction() as session:
            report = await get_report(ReportRepository(session, self.scope.tenant), report_id)
            quality = QualityRepository(session, self.scope.tenant)
            setting = await quality.find_setting(report_id, for_update=True)
            before = QualityTerms.of(setting)
            if setting is None:
                setting = QualitySetting(report_id=report_id, tenant_id=self.scope.tenant)
                quality.add(setting)
            setting.due_time, setting.due_days, setting.hold_days = terms.due_time, terms.due_days, terms.hold_days
            setting.thresholds = terms.stored()
            setting.changed_at, setting.changed_by = at, self.scope.user_id
            await quality.flush()
            today = self._today()
            await quality.measure(DayRange(today - LOOK_BACK, today + timedelta(days=1), report_id), at)
            await self.scope.audit(session).record(
                AuditAction.QUALITY_TERMS_CHANGED,
                AuditSubject("report", report.id, report.name),
                before=_shown(before),
                after=_shown(terms),
            )
        return terms

    async def measure(self, days: DayRange) -> int:
        """Measure a range of days again; how many days there are. Raises QualityRangeTooLong, ReportNotFound."""
        check_range(days)
        async with self.scope.transaction() as session:
            if days.report_id is not None:
                await get_report(ReportRepository(session, self.scope.tenant), ReportId(days.report_id))
            return await QualityRepository(session, self.scope.tenant).measure(days, self.scope.now())

    def _today(self) -> date:
        return self.scope.now().date()


@dataclass(frozen=True, slots=True)
class QualitySweep:
    """Measures the last days of every tenant again, and tells of what has crossed its limits."""

    database: Database
    system: SystemDatabase
    now: Clock

    async def measure(self, days: DayRange) -> int:
        """Measure a range of days of every tenant again, and tell nobody; how many days there are."""
        measured_days = 0
        for tenant in await self._tenants():
            async with self.database.transaction(tenant) as session:
                measured_days += await QualityRepository(session, tenant).measure(days, self.now())
        return measured_days

    async def sweep(self) -> None:
        """Every tenant, each in a transaction of its own."""
        for tenant in await self._tenants():
            at = self.now()
            async with self.database.transaction(tenant) as session:
                zone = (await MemberRepository(session, tenant).get_tenant()).time_zone
                today = at.astimezone(ZoneInfo(zone)).date()
                await measure_and_tell(session, tenant, DayRange(today - timedelta(days=SWEPT_DAYS), today), at)
                await _tell_of_old_holds(session, tenant, today, at)
                await _tell_of_stale_datasets(session, tenant, at)

    async def _tenants(self) -> Sequence[TenantId]:
        async with self.system.transaction() as session:
            return await SystemScope(session).all_tenants()


async def measure_run_quality(database: Database, tenant: TenantId, run: Run, at: datetime) -> None:
    """A run has ended: measure its day."""
    async with database.transaction(tenant) as session:
        await measure_and_tell(session, tenant, DayRange(run.reporting_date, run.reporting_date, run.report_id), at)


async def measure_and_tell(session: AsyncSession, tenant: TenantId, days: DayRange, at: datetime) -> None:
    """Measure a range of days, and tell of each limit of each day once, and again when it becomes critical."""
    quality = QualityRepository(session, tenant)
    if not await quality.measure(days, at):
        return
    limits = {one.report_id: limits_of(one) for one in await quality.settings()}
    reports = ReportRepository(session, tenant)
    for day in await quality.days(days):
        one = measured(day, limits.get(day.report_id, {}))
        news = worse_than(one.breaches, {name: str(severity) for name, severity in day.noticed.items()})
        report = await reports.find(ReportId(day.report_id)) if news else None
        if report is not None:
            day.noticed = {**day.noticed, **{name.value: severity.value for name, severity in news.items()}}
            announce_quality(session, tenant, report, day, news, at)


async def _tell_of_old_holds(session: AsyncSession, tenant: TenantId, today: date, at: datetime) -> None:
    quality, records = QualityRepository(session, tenant), HeldRecordRepository(session, tenant)
    days = {one.report_id: one.hold_days for one in await quality.settings()}
    shortest = min([DEFAULT_HOLD_DAYS, *days.values()])
    for one in await records.old_holds(at - timedelta(days=shortest)):
        limit = days.get(one.report_id, DEFAULT_HOLD_DAYS)
        if at - one.oldest >= timedelta(days=limit) and await quality.note_holds_noticed(one.report_id, today, at):
            announce_old_holds(session, tenant, one, limit, at)


async def _tell_of_stale_datasets(session: AsyncSession, tenant: TenantId, at: datetime) -> None:
    for dataset in await DatasetRepository(session, tenant).newly_stale(at):
        dataset.stale_noticed_for = dataset.as_at
        await announce_stale_dataset(session, tenant, dataset, at)


def measured(day: QualityDay, limits: Mapping[Indicator, Threshold]) -> MeasuredDay:
    """A day with its indicators."""
    values = day.figures.values()
    return MeasuredDay(day, values, breaches(values, limits))


def limits_of(setting: QualitySetting | None) -> dict[Indicator, Threshold]:
    """The limits of a report."""
    stored = setting.thresholds if setting is not None else {}
    return {Indicator(name): Threshold.model_validate(one) for name, one in stored.items()}


def check_range(days: DayRange) -> None:
    """Raises QualityRangeTooLong."""
    if not timedelta(0) <= days.last - days.first < timedelta(days=MAX_DAYS):
        raise QualityRangeTooLong(f"A range has at least one day and at most {MAX_DAYS}.")


def _shown(terms: QualityTerms) -> dict[str, object]:
    return {
        "due_time": terms.due_time.isoformat() if terms.due_time else None,
        "due_days": terms.due_days,
        "hold_days": terms.hold_days,
        "thresholds": terms.stored(),
    }
