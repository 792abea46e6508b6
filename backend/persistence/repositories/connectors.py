"""Connectors."""

from __future__ import annotations

from backend.core.ids import ConnectorId
from backend.core.pagination import Page, PageRequest, page_of
from backend.persistence.models.connector import Connector
from backend.persistence.repositories.tenant_scope import TenantRepository


class ConnectorRepository(TenantRepository):
    """Connectors of one tenant in one transaction."""

    async def find(self, connector_id: ConnectorId) -> Connector | None:
        """The connector, or None."""
        return await self._find(Connector, connector_id)

    async def page(self, request: PageRequest) -> Page[Connector]:
        """Connectors, newest first."""
        rows = await self._newest_first(self._select(Connector), Connector.id, request)
        return page_of(rows, request, lambda one: one.id)
