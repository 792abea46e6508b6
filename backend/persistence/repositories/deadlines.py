"""Deadlines and obligations of a tenant: changed in sets, so that a sweep takes as many statements for all reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import DateTime, Select, String, Uuid, bindparam, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from backend.core.pagination import Page, SortedPageRequest
from backend.domain.deadlines import UPCOMING, ObligationState
from backend.persistence.models.deadline import Deadline, Obligation
from backend.persistence.models.report import Report
from backend.persistence.repositories.tenant_scope import SortOrder, TenantRepository, place_of, seek

# What satisfies: the run's submission was sent; without one, all its deliveries have arrived; without these, or where
# the deadline asks for no more, the run ended well and is not held. An empty day has no files at all.
_SATISFY: Final = """
WITH waiting AS (
  SELECT o.id, o.report_id, o.reporting_date, o.due_at, o.state, d.met_by
  FROM obligations o JOIN deadlines d ON d.tenant_id = o.tenant_id AND d.report_id = o.report_id
  WHERE o.tenant_id = :tenant AND (
    o.state IN ('open', 'at_risk', 'breached') OR (o.state = 'not_required' AND o.due_at > :at - interval '31 days'))
), answers AS (
  SELECT w.id, r.id AS run_id, w.due_at,
         r.state = 'succeeded' AND NOT EXISTS (SELECT 1 FROM artifacts a WHERE a.run_id = r.id) AS is_empty,
         CASE WHEN w.met_by = 'run' THEN r.finished_at
              WHEN s.id IS NOT NULL THEN s.sent_at
              WHEN sent.total > 0 THEN CASE WHEN sent.total = sent.arrived THEN sent.last END
              ELSE r.finished_at END AS satisfied_at
  FROM waiting w
  JOIN runs r ON r.tenant_id = :tenant AND r.report_id = w.report_id AND r.reporting_date = w.reporting_date
             AND r.kind = 'regular' AND r.state IN ('succeeded', 'partial') AND NOT r.is_held
  LEFT JOIN submissions s ON s.tenant_id = :tenant AND s.run_id = r.id
  CROSS JOIN LATERAL (
    SELECT count(*) AS total, count(*) FILTER (WHERE v.state = 'delivered') AS arrived, max(v.finished_at) AS last
    FROM deliveries v WHERE v.tenant_id = :tenant AND v.run_id = r.id) sent
), first AS (
  SELECT DISTINCT ON (id) * FROM answers WHERE satisfied_at IS NOT NULL ORDER BY id, is_empty, satisfied_at
)
UPDATE obligations o SET
  state = CASE WHEN f.is_empty THEN 'not_required' WHEN f.satisfied_at <= f.due_at THEN 'met' ELSE 'met_late' END,
  satisfied_at = f.satisfied_at, run_id = f.run_id,
  breached_at = CASE WHEN NOT f.is_empty AND f.satisfied_at > f.due_at THEN coalesce(o.breached_at, :at)
                     ELSE o.breached_at END
FROM first f, waiting w
WHERE o.id = f.id AND w.id = f.id AND o.tenant_id = :tenant AND o.state = w.state
  AND NOT (o.state = 'not_required' AND f.is_empty)
RETURNING o.id, w.state AS before, o.state AS after
"""
# The usual duration is that which 19 of 20 runs of the last 50 did not exceed.
_WATCH: Final = """
WITH upcoming AS (
  SELECT id, report_id, reporting_date FROM obligations
  WHERE tenant_id = :tenant AND state IN ('open', 'at_risk')
), usual AS (
  SELECT u.report_id, percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM t.took)) AS seconds
  FROM (SELECT DISTINCT report_id FROM upcoming) u
  CROSS JOIN LATERAL (
    SELECT r.finished_at - r.started_at AS took FROM runs r
    WHERE r.tenant_id = :tenant AND r.report_id = u.report_id AND r.kind = 'regular'
      AND r.state IN ('succeeded', 'partial') AND r.started_at IS NOT NULL
    ORDER BY r.id DESC LIMIT 50) t
  GROUP BY u.report_id
), judged AS (
  SELECT o.id, o.state AS before,
         CASE WHEN o.due_at <= :at THEN 'breached'
              WHEN o.warn_at <= :at THEN 'warning_time'
              WHEN coalesce(begun.at, :at) + usual.seconds * interval '1 second' > o.due_at THEN 'usual_duration'
         END AS verdict
  FROM obligations o JOIN upcoming u ON u.id = o.id
  LEFT JOIN usual ON usual.report_id = o.report_id
  LEFT JOIN LATERAL (
    SELECT min(r.started_at) AS at FROM runs r
    WHERE r.tenant_id = :tenant AND r.report_id = o.report_id AND r.reporting_date = o.reporting_date
      AND r.state = 'running') begun ON true
)
UPDATE obligations o SET
  state = CASE WHEN j.verdict = 'breached' THEN 'breached' ELSE 'at_risk' END,
  risk = CASE WHEN j.verdict = 'breached' THEN o.risk ELSE j.verdict END,
  at_risk_at = CASE WHEN j.verdict = 'breached' THEN o.at_risk_at ELSE :at END,
  breached_at = CASE WHEN j.verdict = 'breached' THEN :at ELSE o.breached_at END
FROM judged j
WHERE o.id = j.id AND o.tenant_id = :tenant AND j.verdict IS NOT NULL AND o.state = j.before
  AND (j.verdict = 'breached' OR o.state = 'open')
RETURNING o.id, j.before AS before, o.state AS after
"""
_MOMENT: Final = (bindparam("tenant", type_=Uuid), bindparam("at", type_=DateTime(timezone=True)))
_SATISFYING: Final = text(_SATISFY).bindparams(*_MOMENT)
_WATCHING: Final = text(_WATCH).bindparams(*_MOMENT)
_LOCK: Final = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))").bindparams(
    bindparam("name", type_=String)
)


class Changed(NamedTuple):
    """An obligation that has another state now."""

    id: UUID
    before: str
    after: str


class DueReport(NamedTuple):
    """An obligation with the name of its report."""

    obligation: Obligation
    report_name: str


@dataclass(frozen=True, slots=True)
class ObligationFilter:
    """Which obligations are wanted; None and nothing: all."""

    states: tuple[ObligationState, ...] = ()
    report_id: UUID | None = None
    first: date | None = None
    last: date | None = None


class DeadlineRepository(TenantRepository):
    """Deadlines and obligations in one transaction."""

    async def try_lock(self) -> bool:
        """Whether nobody else sweeps the tenant's deadlines until this transaction ends."""
        return bool(await self._session.scalar(_LOCK, {"name": f"deadlines/{self.tenant}"}))

    async def find(self, deadline_id: UUID, *, for_update: bool = False) -> Deadline | None:
        """One deadline, or None."""
        return await self._find(Deadline, deadline_id, for_update=for_update)

    async def find_of_report(self, report_id: UUID) -> Deadline | None:
        """The deadline of a report, or None."""
        found: Deadline | None = await self._session.scalar(
            self._select(Deadline).where(Deadline.report_id == report_id)
        )
        return found

    async def with_reports(self) -> Sequence[tuple[Deadline, str]]:
        """Every deadline with the name of its report, by name."""
        query = (
            select(Deadline, Report.name)
            .join(Report, Report.id == Deadline.report_id)
            .where(Deadline.tenant_id == self.tenant)
            .order_by(Report.name, Deadline.id)
        )
        return [(deadline, name) for deadline, name in await self._session.execute(query)]

    async def watched(self) -> Sequence[tuple[Deadline, date | None]]:
        """Deadlines of reports that are not archived, with the last reporting date that has its obligation."""
        newest = (
            select(func.max(Obligation.reporting_date))
            .where(Obligation.tenant_id == self.tenant, Obligation.report_id == Deadline.report_id)
            .scalar_subquery()
        )
        query = (
            select(Deadline, newest)
            .join(Report, Report.id == Deadline.report_id)
            .where(Deadline.tenant_id == self.tenant, Deadline.is_active, Report.archived_at.is_(None))
            .order_by(Deadline.id)
        )
        return [(deadline, last) for deadline, last in await self._session.execute(query)]

    async def upcoming(self) -> Sequence[Obligation]:
        """Obligations that are not due yet, or were not when they were last looked at."""
        return await self._all(self._select(Obligation).where(Obligation.state.in_(UPCOMING)))

    async def forget_upcoming(self, report_id: UUID) -> None:
        """Take obligations of a report away that are not due yet."""
        await self._session.execute(
            delete(Obligation).where(
                Obligation.tenant_id == self.tenant, Obligation.report_id == report_id, Obligation.state.in_(UPCOMING)
            )
        )

    async def create(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """New obligations; one that is there is left as it is."""
        if rows:
            await self._session.execute(insert(Obligation).values(list(rows)).on_conflict_do_nothing())

    async def find_obligation(self, report_id: UUID, reporting_date: date) -> Obligation | None:
        """That of a report and day, or None."""
        query = self._select(Obligation).where(
            Obligation.report_id == report_id, Obligation.reporting_date == reporting_date
        )
        found: Obligation | None = await self._session.scalar(query)
        return found

    async def satisfy(self, at: datetime) -> Sequence[Changed]:
        """See for which obligations something has happened that satisfies them."""
        return [Changed(*row) for row in await self._session.execute(_SATISFYING, {"tenant": self.tenant, "at": at})]

    async def watch(self, at: datetime) -> Sequence[Changed]:
        """See which obligations are at risk or missed now."""
        return [Changed(*row) for row in await self._session.execute(_WATCHING, {"tenant": self.tenant, "at": at})]

    async def named(self, obligations: Sequence[UUID]) -> Mapping[UUID, DueReport]:
        """Obligations as they are now, with the names of their reports."""
        query = _with_reports(self.tenant).where(Obligation.id.in_(obligations))
        found = await self._session.execute(query.execution_options(populate_existing=True))
        return {one.id: DueReport(one, name) for one, name in found}

    async def page(self, wanted: ObligationFilter, request: SortedPageRequest) -> Page[DueReport]:
        """Obligations by their due time."""
        query = _with_reports(self.tenant)
        if wanted.states:
            query = query.where(Obligation.state.in_(wanted.states))
        if wanted.report_id is not None:
            query = query.where(Obligation.report_id == wanted.report_id)
        if wanted.first is not None:
            query = query.where(Obligation.reporting_date >= wanted.first)
        if wanted.last is not None:
            query = query.where(Obligation.reporting_date <= wanted.last)
        values = place_of(request, _BY_DUE)
        query = seek(query, _BY_DUE, Obligation.id, values, is_descending=request.is_descending)
        rows = [DueReport(one, name) for one, name in await self._session.execute(query, values)]
        return request.page_of(rows, lambda one: SortOrder.show(one.obligation.due_at), lambda one: one.obligation.id)


_BY_DUE: Final = SortOrder(Obligation.due_at, datetime.fromisoformat)


def _with_reports(tenant: UUID) -> Select[Obligation, str]:
    return (
        select(Obligation, Report.name)
        .join(Report, Report.id == Obligation.report_id)
        .where(Obligation.tenant_id == tenant)
    )
