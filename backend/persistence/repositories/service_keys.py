"""Service keys."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, update

from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.service_keys import USE_NOTED_EVERY
from backend.persistence.models.service_key import ServiceKey
from backend.persistence.repositories.tenant_scope import TenantRepository


class ServiceKeyRepository(TenantRepository):
    """Service keys of one tenant in one transaction."""

    async def find(self, service_key_id: UUID, *, for_update: bool = False) -> ServiceKey | None:
        """The key, or None."""
        return await self._find(ServiceKey, service_key_id, for_update=for_update)

    async def find_by_hash(self, secret_hash: str) -> ServiceKey | None:
        """The key of this hash, be it the former one after a rotation; or None."""
        query = self._select(ServiceKey).where(
            or_(ServiceKey.secret_hash == secret_hash, ServiceKey.previous_hash == secret_hash)
        )
        found: ServiceKey | None = await self._session.scalar(query)
        return found

    async def page(self, request: PageRequest) -> Page[ServiceKey]:
        """Keys, newest first, revoked ones included."""
        rows = await self._newest_first(self._select(ServiceKey), ServiceKey.id, request)
        return page_of(rows, request, lambda one: one.id)

    async def note_use(self, key: ServiceKey, address: str | None, at: datetime) -> None:
        """When and from where it was used last, roughly."""
        await self._session.execute(
            update(ServiceKey)
            .where(
                ServiceKey.tenant_id == self.tenant,
                ServiceKey.id == key.id,
                or_(ServiceKey.last_used_at.is_(None), ServiceKey.last_used_at < at - USE_NOTED_EVERY),
            )
            .values(last_used_at=at, last_used_address=address)
        )
