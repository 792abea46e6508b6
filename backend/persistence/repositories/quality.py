"""Data quality: measured by one statement per range of days, read as people look at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Date, DateTime, Integer, String, Uuid, bindparam, func, select, text

from backend.domain.quality import DEFAULT_HOLD_DAYS, REPEAT_DAYS
from backend.persistence.models.quality import QualityDay, QualitySetting
from backend.persistence.models.report import Report
from backend.persistence.repositories.tenant_scope import TenantRepository

# All that is measured of each reporting date, out of the last complete regular run of it. What has been done about
# its records since then counts too, so that measuring again gives the newer answer, and twice the same one.
_MEASURE: Final = """
WITH complete AS (
  SELECT id, report_id, reporting_date AS day, sequence, finished_at,
         rows_in, rows_out, set_aside, filtered, excluded, held, with_findings
  FROM runs
  WHERE tenant_id = :tenant AND kind = 'regular' AND state IN ('succeeded', 'partial')
    AND reporting_date BETWEEN :first AND :last
    AND (CAST(:report AS uuid) IS NULL OR report_id = CAST(:report AS uuid))
), latest AS (
  SELECT DISTINCT ON (report_id, day) * FROM complete ORDER BY report_id, day, sequence DESC
), first_end AS (
  SELECT report_id, day, min(finished_at) AS finished_at FROM complete GROUP BY report_id, day
), aside AS (
  SELECT e.run_id,
         count(*) FILTER (WHERE e.state IN ('resubmitted', 'resolved')) AS reported,
         count(*) FILTER (WHERE e.amendments > 0) AS amended
  FROM exceptions e JOIN latest l ON l.id = e.run_id
  WHERE e.tenant_id = :tenant GROUP BY e.run_id
), again AS (
  SELECT e.run_id, count(*) AS repeated
  FROM exceptions e JOIN latest l ON l.id = e.run_id
  WHERE e.tenant_id = :tenant AND EXISTS (
    SELECT 1 FROM exceptions o JOIN runs r ON r.id = o.run_id
    WHERE o.tenant_id = :tenant AND o.report_id = l.report_id AND o.record_key = e.record_key
      AND r.reporting_date < l.day AND r.reporting_date >= l.day - :repeat_days)
  GROUP BY e.run_id
), released AS (
  SELECT h.run_id, count(*) FILTER (WHERE h.state = 'reported') AS reported,
         count(*) FILTER (WHERE h.state = 'excluded') AS excluded
  FROM held_records h JOIN latest l ON l.id = h.run_id
  WHERE h.tenant_id = :tenant GROUP BY h.run_id
)
INSERT INTO quality_days AS q (
  tenant_id, report_id, day, run_id, rows_in, expected, reported, checked, with_findings, set_aside, held, amended,
  repeated, finished_at, due_at, noticed, computed_at)
SELECT :tenant, l.report_id, l.day, l.id, l.rows_in,
       l.rows_in - l.filtered - l.excluded - coalesce(released.excluded, 0),
       l.rows_out + coalesce(aside.reported, 0) + coalesce(released.reported, 0),
       l.rows_in - l.filtered - l.excluded - l.held,
       l.with_findings, l.set_aside, l.held, coalesce(aside.amended, 0), coalesce(again.repeated, 0),
       first_end.finished_at,
       coalesce(o.due_at, CASE WHEN s.due_time IS NOT NULL THEN (due.day + s.due_time) AT TIME ZONE t.time_zone END),
       '{}'::jsonb, :at
FROM latest l
JOIN tenants t ON t.id = :tenant
JOIN first_end USING (report_id, day)
LEFT JOIN aside ON aside.run_id = l.id
LEFT JOIN again ON again.run_id = l.id
LEFT JOIN released ON released.run_id = l.id
LEFT JOIN quality_settings s ON s.report_id = l.report_id AND s.tenant_id = :tenant
-- A report that has a deadline is due when that says; its setting holds where it has none.
LEFT JOIN obligations o ON o.tenant_id = :tenant AND o.report_id = l.report_id AND o.reporting_date = l.day
-- So many working days later, Monday to Friday; a Saturday and a Sunday count as the Friday before.
CROSS JOIN LATERAL (
  SELECT l.day - greatest(extract(isodow FROM l.day)::int - 5, 0) + s.due_days
         + 2 * ((least(extract(isodow FROM l.day)::int, 5) - 1 + s.due_days) / 5) AS day
) due
ON CONFLICT (report_id, day) DO UPDATE SET
  run_id = excluded.run_id, rows_in = excluded.rows_in, expected = excluded.expected, reported = excluded.reported,
  checked = excluded.checked, with_findings = excluded.with_findings, set_aside = excluded.set_aside,
  held = excluded.held, amended = excluded.amended, repeated = excluded.repeated, finished_at = excluded.finished_at,
  due_at = excluded.due_at, computed_at = excluded.computed_at
RETURNING report_id
"""
_MEASURING: Final = text(_MEASURE).bindparams(
    bindparam("tenant", type_=Uuid),
    bindparam("report", type_=String),
    bindparam("first", type_=Date),
    bindparam("last", type_=Date),
    bindparam("at", type_=DateTime(timezone=True)),
    bindparam("repeat_days", REPEAT_DAYS, type_=Integer),
)


@dataclass(frozen=True, slots=True)
class DayRange:
    """Reporting dates from the first to the last, of one report or of all."""

    first: date
    last: date
    report_id: UUID | None = None


class LatestDay(NamedTuple):
    """The newest measured day of a report, with its limits, if it has any."""

    report_name: str
    day: QualityDay
    setting: QualitySetting | None


class QualityRepository(TenantRepository):
    """Data quality of one tenant in one transaction."""

    async def measure(self, days: DayRange, at: datetime) -> int:
        """Measure every report's day of the range again; how many days there are."""
        values = {
            "tenant": self.tenant,
            "report": None if days.report_id is None else str(days.report_id),
            "first": days.first,
            "last": days.last,
            "at": at,
        }
        return len((await self._session.execute(_MEASURING, values)).all())

    async def days(self, days: DayRange, limit: int | None = None) -> Sequence[QualityDay]:
        """Measured days, the earliest first."""
        query = self._select(QualityDay).where(QualityDay.day.between(days.first, days.last))
        if days.report_id is not None:
            query = query.where(QualityDay.report_id == days.report_id)
        return await self._all(query.order_by(QualityDay.day, QualityDay.report_id).limit(limit))

    async def latest(self, since: date) -> Sequence[LatestDay]:
        """The newest day of each report since a day, by the report's name."""
        newest = (
            select(QualityDay.report_id, func.max(QualityDay.day).label("day"))
            .where(QualityDay.tenant_id == self.tenant, QualityDay.day >= since)
            .group_by(QualityDay.report_id)
            .subquery()
        )
        same_day = (newest.c.report_id == QualityDay.report_id) & (newest.c.day == QualityDay.day)
        query = (
            select(Report.name, QualityDay, QualitySetting)
            .join(newest, same_day)
            .join(Report, Report.id == QualityDay.report_id)
            .outerjoin(QualitySetting, QualitySetting.report_id == QualityDay.report_id)
            .where(QualityDay.tenant_id == self.tenant, Report.archived_at.is_(None))
            .order_by(Report.name, Report.id)
        )
        return [LatestDay(*row) for row in await self._session.execute(query)]

    async def find_setting(self, report_id: UUID, *, for_update: bool = False) -> QualitySetting | None:
        """The limits of a report, or None."""
        query = self._select(QualitySetting).where(QualitySetting.report_id == report_id)
        found: QualitySetting | None = await self._session.scalar(query.with_for_update() if for_update else query)
        return found

    async def settings(self) -> Sequence[QualitySetting]:
        """The limits of every report that has some."""
        return await self._all(self._select(QualitySetting))

    async def note_holds_noticed(self, report_id: UUID, on: date, at: datetime) -> bool:
        """Say that people are told of a report's old holds today; False when they were already."""
        setting = await self.find_setting(report_id, for_update=True)
        if setting is not None:
            is_new = setting.holds_noticed_on != on
            setting.holds_noticed_on = on
            return is_new
        self.add(
            QualitySetting(
                report_id=report_id,
                tenant_id=self.tenant,
                due_days=1,
                thresholds={},
                hold_days=DEFAULT_HOLD_DAYS,
                holds_noticed_on=on,
                changed_at=at,
            )
        )
        return True
