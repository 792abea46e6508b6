"""Connectors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from backend.core.ids import ConnectorId
from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.reports.versions import ReportVersionState
from backend.persistence.models.connector import Connector
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.repositories.tenant_scope import TenantRepository, contains, newest_first


@dataclass(frozen=True, slots=True)
class ConnectorUse:
    """A report that reads through a connector."""

    report_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class ListedConnector:
    """A connector as it stands in a list; its credentials are not even read."""

    id: UUID
    name: str
    kind: str
    settings: dict[str, object]
    created_at: datetime
    updated_at: datetime
    revision: int
    tested_at: datetime | None
    failed_step: str | None


_LISTED: Final = select(*(getattr(Connector, one.name) for one in fields(ListedConnector)))


class ConnectorRepository(TenantRepository):
    """Connectors of one tenant in one transaction."""

    async def find(self, connector_id: ConnectorId, *, for_update: bool = False) -> Connector | None:
        """The connector, or None."""
        return await self._find(Connector, connector_id, for_update=for_update)

    async def names(self, identities: Collection[str]) -> dict[str, str]:
        """Names by identifier, both as texts."""
        query = self._select(Connector).where(Connector.id.in_([UUID(str(one)) for one in identities]))
        return {str(one.id): one.name for one in await self._all(query)}

    async def named(self, names: Collection[str]) -> dict[str, UUID]:
        """Identifiers by name."""
        query = self._select(Connector).where(Connector.name.in_(names))
        return {one.name: one.id for one in await self._all(query)}

    async def page(self, request: PageRequest, text: str | None = None) -> Page[ListedConnector]:
        """Connectors whose name holds the text, newest first."""
        query = _LISTED.where(Connector.tenant_id == self.tenant)
        if text:
            query = query.where(contains(Connector.name, text))
        rows = await self._columns(newest_first(query, Connector.id, request))
        return page_of([ListedConnector(*row) for row in rows], request, lambda one: one.id)

    async def uses(self, connectors: Collection[UUID]) -> Mapping[UUID, Sequence[ConnectorUse]]:
        """The reports in use that read through each connector: by a version that is not archived."""
        if not connectors:
            return {}
        query = (
            select(ReportVersion.connector_id, Report.id, Report.name)
            .join(Report, Report.id == ReportVersion.report_id)
            .where(
                ReportVersion.tenant_id == self.tenant,
                ReportVersion.connector_id.in_(connectors),
                ReportVersion.state != ReportVersionState.ARCHIVED,
                Report.archived_at.is_(None),
            )
            .distinct()
            .order_by(Report.name)
        )
        found: dict[UUID, list[ConnectorUse]] = {}
        for connector_id, report_id, name in (await self._session.execute(query)).all():
            if connector_id is not None:
                found.setdefault(connector_id, []).append(ConnectorUse(report_id, name))
        return found
