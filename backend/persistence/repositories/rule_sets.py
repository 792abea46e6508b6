"""Rule sets, their versions, and which reports use them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import defer

from backend.core.ids import RuleSetId
from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.reports.versions import ReportVersionState
from backend.domain.validation.rule_sets import ActiveRuleSets, RuleSetState
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.models.rule_set import RuleSet, RuleSetVersion
from backend.persistence.repositories.tenant_scope import TenantRepository, as_part

#: Versions of a report that run, or will without anybody's doing.
RUNNING: Final = (ReportVersionState.ACTIVE, ReportVersionState.APPROVED)
#: Versions of a report that name a rule set they cannot do without.
_IN_USE: Final = (*RUNNING, ReportVersionState.IN_REVIEW)


@dataclass(frozen=True, slots=True)
class UsingReport:
    """A report one of whose versions in use names a rule set."""

    report_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class ListedRuleSet:
    """A rule set with its versions in use (without their rules), how many rules they have, and who uses it."""

    rule_set: RuleSet
    active: RuleSetVersion | None
    draft: RuleSetVersion | None
    rule_counts: dict[UUID, int]
    reports: tuple[UsingReport, ...]


class RuleSetRepository(TenantRepository):
    """Rule sets of one tenant in one transaction."""

    async def find(self, rule_set_id: RuleSetId, *, for_update: bool = False) -> RuleSet | None:
        """The rule set, or None; under a row lock, changes of its versions wait for each other."""
        return await self._find(RuleSet, rule_set_id, for_update=for_update)

    async def page(self, request: PageRequest, text: str | None) -> Page[ListedRuleSet]:
        """Rule sets, newest first: three statements for a page of any size."""
        query = self._select(RuleSet)
        if text:
            part = as_part(text)
            query = query.where(RuleSet.name.icontains(part, escape="/") | RuleSet.title.icontains(part, escape="/"))
        found = page_of(await self._newest_first(query, RuleSet.id, request), request, lambda one: one.id)
        return Page(await self._listed(found.items), found.next_cursor)

    async def listed(self, rule_set: RuleSet) -> ListedRuleSet:
        """One rule set as it stands in the list."""
        return (await self._listed([rule_set]))[0]

    async def versions(self, rule_set_id: RuleSetId) -> Sequence[tuple[RuleSetVersion, int]]:
        """Every version without its rules, newest first, each with the number of its rules."""
        query = _without_rules().where(
            RuleSetVersion.tenant_id == self.tenant, RuleSetVersion.rule_set_id == rule_set_id
        )
        rows = await self._session.execute(query.order_by(RuleSetVersion.number.desc()))
        return [(row[0], int(row[1])) for row in rows.all()]

    async def find_number(self, rule_set_id: RuleSetId, number: int) -> RuleSetVersion | None:
        """The version of a number, or None."""
        query = self._select(RuleSetVersion).where(
            RuleSetVersion.rule_set_id == rule_set_id, RuleSetVersion.number == number
        )
        found: RuleSetVersion | None = await self._session.scalar(query)
        return found

    async def find_state(self, rule_set_id: RuleSetId, state: RuleSetState) -> RuleSetVersion | None:
        """The version in a state that at most one has (draft, active), or None."""
        query = self._select(RuleSetVersion).where(
            RuleSetVersion.rule_set_id == rule_set_id, RuleSetVersion.state == state
        )
        found: RuleSetVersion | None = await self._session.scalar(query)
        return found

    async def next_number(self, rule_set_id: RuleSetId) -> int:
        """The number of the next version."""
        query = select(func.coalesce(func.max(RuleSetVersion.number), 0) + 1).where(
            RuleSetVersion.tenant_id == self.tenant, RuleSetVersion.rule_set_id == rule_set_id
        )
        return int(await self._session.scalar(query) or 1)

    async def active(self, names: Collection[str]) -> ActiveRuleSets:
        """The names of all rule sets; with what the active version says, for those that are asked for."""
        rows = await self._active_versions(names)
        return {name: version.content(name) if version is not None else None for name, version in rows}

    async def active_versions(self, names: Collection[str]) -> dict[str, RuleSetVersion]:
        """The active versions of these rule sets, by name."""
        rows = await self._active_versions(names)
        return {name: version for name, version in rows if version is not None}

    async def of_ids(self, version_ids: Collection[UUID]) -> ActiveRuleSets:
        """What these versions say, by the name of their sets."""
        query = (
            select(RuleSet.name, RuleSetVersion)
            .join(RuleSetVersion, RuleSetVersion.rule_set_id == RuleSet.id)
            .where(RuleSet.tenant_id == self.tenant, RuleSetVersion.id.in_(version_ids))
        )
        return {name: version.content(name) for name, version in (await self._session.execute(query)).all()}

    async def running_with(self, name: str) -> Sequence[tuple[str, ReportVersion]]:
        """(report, version) of all versions that run, or will, with a rule set."""
        query = (
            select(Report.name, ReportVersion)
            .join(ReportVersion, ReportVersion.report_id == Report.id)
            .where(
                Report.tenant_id == self.tenant,
                ReportVersion.state.in_(RUNNING),
                ReportVersion.rule_sets.contains([name]),
            )
            .order_by(Report.name)
        )
        return [(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    async def used_by(self, names: Collection[str]) -> dict[str, tuple[UsingReport, ...]]:
        """Per rule set the reports whose versions in use name it."""
        query = (
            select(Report.id, Report.name, ReportVersion.rule_sets)
            .join(ReportVersion, ReportVersion.report_id == Report.id)
            .where(
                Report.tenant_id == self.tenant,
                ReportVersion.state.in_(_IN_USE),
                ReportVersion.rule_sets.overlap(list(names)),
            )
            .order_by(Report.name, Report.id)
        )
        using: dict[str, dict[UUID, UsingReport]] = {name: {} for name in names}
        for report_id, report_name, rule_sets in (await self._session.execute(query)).all():
            for name in using.keys() & set(rule_sets):
                using[name][report_id] = UsingReport(report_id, report_name)
        return {name: tuple(reports.values()) for name, reports in using.items()}

    async def _active_versions(self, names: Collection[str]) -> Sequence[tuple[str, RuleSetVersion | None]]:
        wanted = and_(
            RuleSetVersion.rule_set_id == RuleSet.id,
            RuleSetVersion.state == RuleSetState.ACTIVE,
            RuleSet.name.in_(names),
        )
        query = select(RuleSet.name, RuleSetVersion).outerjoin(RuleSetVersion, wanted)
        rows = await self._session.execute(query.where(RuleSet.tenant_id == self.tenant))
        return [(row[0], row[1]) for row in rows.all()]

    async def _listed(self, rule_sets: Sequence[RuleSet]) -> list[ListedRuleSet]:
        if not rule_sets:
            return []
        query = _without_rules().where(
            RuleSetVersion.tenant_id == self.tenant,
            RuleSetVersion.rule_set_id.in_([one.id for one in rule_sets]),
            RuleSetVersion.state.in_([RuleSetState.ACTIVE, RuleSetState.DRAFT]),
        )
        counts: dict[UUID, int] = {}
        versions: dict[tuple[UUID, str], RuleSetVersion] = {}
        for version, count in (await self._session.execute(query)).all():
            counts[version.id] = int(count)
            versions[version.rule_set_id, version.state] = version
        using = await self.used_by([one.name for one in rule_sets])
        return [
            ListedRuleSet(
                one,
                versions.get((one.id, RuleSetState.ACTIVE)),
                versions.get((one.id, RuleSetState.DRAFT)),
                counts,
                using[one.name],
            )
            for one in rule_sets
        ]


def _without_rules() -> Select[Any]:
    counted = func.jsonb_array_length(RuleSetVersion.rules)
    return select(RuleSetVersion, counted).options(defer(RuleSetVersion.rules, raiseload=True))
