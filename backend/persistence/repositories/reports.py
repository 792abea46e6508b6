"""Reports and their versions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import func, select

from backend.core.ids import ReportId, ReportVersionId
from backend.domain.reports.versions import ReportVersionState
from backend.persistence.models.report import Report, ReportVersion, ReportVersionEvent
from backend.persistence.models.tenant import User
from backend.persistence.repositories.tenant_scope import TenantRepository


class ReportRepository(TenantRepository):
    """Reports of one tenant in one transaction."""

    async def find(self, report_id: ReportId, *, for_update: bool = False) -> Report | None:
        """The report, or None; under a row lock, changes of its versions wait for each other."""
        return await self._find(Report, report_id, for_update=for_update)

    async def find_slug(self, slug: str) -> Report | None:
        """The report of a slug, or None."""
        found: Report | None = await self._session.scalar(self._select(Report).where(Report.slug == slug))
        return found

    async def find_version(self, version_id: ReportVersionId, *, for_update: bool = False) -> ReportVersion | None:
        """The version, or None."""
        return await self._find(ReportVersion, version_id, for_update=for_update)

    async def senders(self) -> Sequence[str]:
        """Who sends the files of reports, by any version that says so."""
        sender = ReportVersion.document["envelope", "sender"].as_string()
        query = select(sender).distinct().where(ReportVersion.tenant_id == self.tenant, sender.is_not(None))
        return (await self._session.scalars(query)).all()

    async def find_active_version(self, report_id: ReportId) -> ReportVersion | None:
        """The version that runs in production, or None."""
        query = self._select(ReportVersion).where(
            ReportVersion.report_id == report_id, ReportVersion.state == ReportVersionState.ACTIVE
        )
        found: ReportVersion | None = await self._session.scalar(query.with_for_update())
        return found

    async def version_number(self, version_id: UUID) -> str:
        """The number of a version as people write it."""
        found = await self._find(ReportVersion, version_id)
        return found.number if found is not None else ""

    async def find_newest_active(self, report_id: UUID) -> ReportVersion | None:
        """The version that runs in production, or None; without a lock, to be shown."""
        query = self._select(ReportVersion).where(
            ReportVersion.report_id == report_id, ReportVersion.state == ReportVersionState.ACTIVE
        )
        found: ReportVersion | None = await self._session.scalar(query)
        return found

    async def versions(self, report_id: ReportId) -> Sequence[ReportVersion]:
        """Every version of a report, newest first."""
        query = self._select(ReportVersion).where(ReportVersion.report_id == report_id)
        return await self._all(query.order_by(ReportVersion.major.desc(), ReportVersion.minor.desc()))

    async def find_state(self, report_id: ReportId, state: ReportVersionState) -> ReportVersion | None:
        """The newest version in a state, or None."""
        query = self._select(ReportVersion).where(ReportVersion.report_id == report_id, ReportVersion.state == state)
        newest = query.order_by(ReportVersion.major.desc(), ReportVersion.minor.desc()).limit(1)
        found: ReportVersion | None = await self._session.scalar(newest)
        return found

    async def find_newest(self, report_id: ReportId) -> ReportVersion | None:
        """The version with the highest number, or None."""
        query = self._select(ReportVersion).where(ReportVersion.report_id == report_id)
        newest = query.order_by(ReportVersion.major.desc(), ReportVersion.minor.desc()).limit(1)
        found: ReportVersion | None = await self._session.scalar(newest)
        return found

    async def events(self, report_id: ReportId, version_id: ReportVersionId | None) -> Sequence[ReportVersionEvent]:
        """What happened to the versions of a report, or to one of them, newest first; at most 500."""
        query = self._select(ReportVersionEvent).where(ReportVersionEvent.report_id == report_id)
        if version_id is not None:
            query = query.where(ReportVersionEvent.report_version_id == version_id)
        return await self._all(query.order_by(ReportVersionEvent.id.desc()).limit(500))

    async def names_of(self, users: Collection[UUID]) -> dict[UUID, str]:
        """Full names of members, as far as they are known in this tenant."""
        if not users:
            return {}
        rows = await self._session.execute(select(User.id, User.full_name).where(User.id.in_(users)))
        return {row[0]: row[1] for row in rows.all()}

    async def next_major(self, report_id: ReportId) -> int:
        """The major number of the next version."""
        query = select(func.coalesce(func.max(ReportVersion.major), 0) + 1).where(
            ReportVersion.tenant_id == self.tenant, ReportVersion.report_id == report_id
        )
        return int(await self._session.scalar(query) or 1)
