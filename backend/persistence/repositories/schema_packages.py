"""Schema packages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from backend.domain.reports.versions import ReportVersionState
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.models.schema_package import SchemaPackage
from backend.persistence.models.tenant import User
from backend.persistence.repositories.tenant_scope import TenantRepository

#: Versions of a report that write files by a package, or will.
_IN_USE: Final = (ReportVersionState.ACTIVE, ReportVersionState.APPROVED, ReportVersionState.IN_REVIEW)


@dataclass(frozen=True, slots=True)
class InstalledSchemaPackage:
    """A package with the name of who installed it."""

    package: SchemaPackage
    installed_by: str


@dataclass(frozen=True, slots=True)
class ReportOfSchemas:
    """A report that writes files by a package."""

    report_id: UUID
    name: str


class SchemaPackageRepository(TenantRepository):
    """Schema packages of one tenant in one transaction."""

    async def newest_first(self) -> Sequence[SchemaPackage]:
        """Every installed package, the newest first."""
        return await self._all(self._select(SchemaPackage).order_by(SchemaPackage.installed_at.desc()))

    async def installed(self, package_id: UUID | None = None) -> list[InstalledSchemaPackage]:
        """Every package or only this one, with who installed it, the newest first."""
        query = (
            select(SchemaPackage, User.full_name)
            .join(User, User.id == SchemaPackage.installed_by)
            .where(SchemaPackage.tenant_id == self.tenant)
            .order_by(SchemaPackage.installed_at.desc(), SchemaPackage.id)
        )
        if package_id is not None:
            query = query.where(SchemaPackage.id == package_id)
        return [InstalledSchemaPackage(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    async def reports_using(self, package_id: UUID) -> list[ReportOfSchemas]:
        """Reports one of whose versions in use writes XML by the package."""
        output = {"outputs": [{"xml": {"schema_package_id": str(package_id)}}]}
        query = (
            select(Report.id, Report.name)
            .join(ReportVersion, ReportVersion.report_id == Report.id)
            .where(
                Report.tenant_id == self.tenant,
                ReportVersion.state.in_(_IN_USE),
                cast(ReportVersion.document, JSONB).contains(output),
            )
            .distinct()
            .order_by(Report.name, Report.id)
        )
        return [ReportOfSchemas(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    async def find(self, package_id: UUID) -> SchemaPackage | None:
        """An installed package."""
        found: SchemaPackage | None = await self._session.scalar(
            self._select(SchemaPackage).where(SchemaPackage.id == package_id)
        )
        return found

    async def find_all(self, package_ids: Collection[UUID]) -> Sequence[SchemaPackage]:
        """Those of some packages that are installed."""
        return await self._all(self._select(SchemaPackage).where(SchemaPackage.id.in_(package_ids)))

    async def with_hashes(self, hashes: Collection[str]) -> Mapping[str, UUID]:
        """The packages with these bytes, by their hash."""
        found = await self._all(self._select(SchemaPackage).where(SchemaPackage.sha256.in_(hashes)))
        return {one.sha256: one.id for one in found}

    async def find_by_hash(self, sha256: str) -> SchemaPackage | None:
        """The package with these bytes, or None; who brings the same bytes at the same time waits."""
        key = func.hashtextextended(f"{self.tenant}/{sha256}", 0)
        await self._session.execute(select(func.pg_advisory_xact_lock(key)))
        found: SchemaPackage | None = await self._session.scalar(
            self._select(SchemaPackage).where(SchemaPackage.sha256 == sha256)
        )
        return found
