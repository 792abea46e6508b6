"""Schema packages."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from backend.persistence.models.schema_package import SchemaPackage
from backend.persistence.repositories.tenant_scope import TenantRepository


class SchemaPackageRepository(TenantRepository):
    """Schema packages of one tenant in one transaction."""

    async def newest_first(self) -> Sequence[SchemaPackage]:
        """Every installed package, the newest first."""
        return await self._all(self._select(SchemaPackage).order_by(SchemaPackage.installed_at.desc()))

    async def find(self, package_id: UUID) -> SchemaPackage | None:
        """An installed package."""
        found: SchemaPackage | None = await self._session.scalar(
            self._select(SchemaPackage).where(SchemaPackage.id == package_id)
        )
        return found

    async def find_by_hash(self, sha256: str) -> SchemaPackage | None:
        """The package with these bytes, or None; who brings the same bytes at the same time waits."""
        key = func.hashtextextended(f"{self.tenant}/{sha256}", 0)
        await self._session.execute(select(func.pg_advisory_xact_lock(key)))
        found: SchemaPackage | None = await self._session.scalar(
            self._select(SchemaPackage).where(SchemaPackage.sha256 == sha256)
        )
        return found
