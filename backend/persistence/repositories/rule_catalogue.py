"""What the catalogue of rules reads: rule sets, rules of reports, findings counted.

Each is one statement, however many rules and runs there are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, case, cast, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB, distinct_on

from backend.domain.runs import RunState
from backend.domain.validation.rule_sets import RuleSetState
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.models.rule_set import RuleSet, RuleSetVersion
from backend.persistence.models.run import Run, RunFinding
from backend.persistence.repositories.tenant_scope import TenantRepository

_ENDED = (RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED)


@dataclass(frozen=True, slots=True)
class ReportInUse:
    """The version of a report that runs, or its newest where none does; ``rules`` are its own."""

    report_id: UUID
    name: str
    version_id: UUID
    version: str
    pack_id: str | None
    rule_sets: Sequence[str]
    rules: Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class JudgedRuns:
    """Runs of one report version with the same rule sets: records judged, and failures by rule."""

    report_id: UUID
    pack_id: str | None
    own_rule_ids: Sequence[str]
    rule_sets: Sequence[Mapping[str, object]]
    records: int
    failures: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FailingRun:
    """A run in which a rule failed."""

    run_id: UUID
    report_id: UUID
    report_name: str
    reporting_date: date
    count: int
    created_at: datetime


class RuleCatalogueRepository(TenantRepository):
    """Everything the catalogue of one tenant is made from."""

    async def rule_sets(self, since: datetime) -> Sequence[tuple[RuleSet, RuleSetVersion]]:
        """Versions of rule sets that are active or drafts, and those that judged a run since then."""
        pin = func.jsonb_array_elements(Run.rule_sets)
        judged = select(cast(pin.op("->>")("version_id"), Uuid)).where(*self._ended(since))
        query = (
            select(RuleSet, RuleSetVersion)
            .join(RuleSetVersion, RuleSetVersion.rule_set_id == RuleSet.id)
            .where(
                RuleSet.tenant_id == self.tenant,
                or_(RuleSetVersion.state.in_([RuleSetState.ACTIVE, RuleSetState.DRAFT]), RuleSetVersion.id.in_(judged)),
            )
            .order_by(RuleSet.name, RuleSetVersion.state)
        )
        return [(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    async def reports(self) -> Sequence[ReportInUse]:
        """Every report that is not archived and has a version."""
        number = func.concat(ReportVersion.major, ".", ReportVersion.minor)
        query = (
            select(
                Report.id,
                Report.name,
                ReportVersion.id,
                number,
                ReportVersion.pack_id,
                ReportVersion.rule_sets,
                ReportVersion.document["rules"],
            )
            .join(ReportVersion, ReportVersion.report_id == Report.id)
            .where(Report.tenant_id == self.tenant, Report.archived_at.is_(None))
            .ext(distinct_on(Report.id))
            .order_by(
                Report.id,
                (ReportVersion.state == "active").desc(),
                ReportVersion.major.desc(),
                ReportVersion.minor.desc(),
            )
        )
        rows = (await self._session.execute(query)).all()
        return [ReportInUse(row[0], row[1], row[2], row[3], row[4], row[5], row[6] or ()) for row in rows]

    async def judged_since(self, since: datetime) -> Sequence[JudgedRuns]:
        """Runs that have ended, in groups of those that the same rules judged."""
        group = (Run.report_version_id, Run.rule_sets)
        # A run that failed has seen what it had not yet written down.
        seen = case((Run.state == RunState.FAILED, Run.rows_in - Run.filtered), else_=Run.rows_out + Run.set_aside)
        records = select(*group, func.sum(seen).label("records")).where(*self._ended(since)).group_by(*group).subquery()
        by_rule = (
            select(*group, RunFinding.rule_id, func.sum(RunFinding.count).label("count"))
            .join(RunFinding, RunFinding.run_id == Run.id)
            .where(*self._ended(since))
            .group_by(*group, RunFinding.rule_id)
            .subquery()
        )
        same = (by_rule.c.report_version_id, by_rule.c.rule_sets)
        counted = func.jsonb_object_agg(by_rule.c.rule_id, by_rule.c.count, type_=JSONB).label("failures")
        failures = select(*same, counted).group_by(*same).subquery()
        query = (
            select(
                ReportVersion.report_id,
                ReportVersion.pack_id,
                ReportVersion.document["rules"],
                records.c.rule_sets,
                records.c.records,
                failures.c.failures,
            )
            .join(records, records.c.report_version_id == ReportVersion.id)
            .outerjoin(
                failures,
                and_(
                    failures.c.report_version_id == records.c.report_version_id,
                    failures.c.rule_sets == records.c.rule_sets,
                ),
            )
            .where(ReportVersion.tenant_id == self.tenant)
        )
        return [
            JudgedRuns(
                report_id,
                pack_id,
                [str(one["id"]) for one in rules or ()],
                rule_sets,
                int(count or 0),
                {rule_id: int(number) for rule_id, number in (failed or {}).items()},
            )
            for report_id, pack_id, rules, rule_sets, count, failed in (await self._session.execute(query)).all()
        ]

    async def failing_runs(
        self, rule_id: str, version_ids: Collection[UUID], since: datetime, limit: int
    ) -> Sequence[FailingRun]:
        """The newest runs of these report versions in which a rule failed."""
        count = func.sum(RunFinding.count)
        query = (
            select(Run.id, Run.report_id, Report.name, Run.reporting_date, count, Run.created_at)
            .join(RunFinding, RunFinding.run_id == Run.id)
            .join(Report, Report.id == Run.report_id)
            .where(
                *self._ended(since),
                Run.report_version_id.in_(version_ids),
                RunFinding.rule_id == rule_id,
            )
            .group_by(Run.id, Report.name)
            .order_by(Run.id.desc())
            .limit(limit)
        )
        return [FailingRun(*row[:4], int(row[4]), row[5]) for row in (await self._session.execute(query)).all()]

    def _ended(self, since: datetime) -> tuple[ColumnElement[bool], ...]:
        return Run.tenant_id == self.tenant, Run.created_at >= since, Run.state.in_(_ENDED)
