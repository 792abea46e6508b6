"""Tells of certificates that are stored for webhook endpoints before they end."""

from __future__ import annotations

from dataclasses import dataclass

from backend.core.clock import Clock
from backend.core.ids import TenantId
from backend.domain.webhook_certificates import ending
from backend.persistence.repositories.webhooks import WebhookRepository
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SystemScope
from backend.services.announcements import announce_certificate_ending


@dataclass(frozen=True, slots=True)
class WebhookCertificateWatch:
    """Looks at every endpoint that is on, in every tenant."""

    database: Database
    system: SystemDatabase
    now: Clock

    async def look(self) -> int:
        """How many certificates were told of."""
        async with self.system.transaction() as session:
            tenants = await SystemScope(session).all_tenants()
        return sum([await self._look(tenant) for tenant in tenants])

    async def _look(self, tenant: TenantId) -> int:
        told = 0
        async with self.database.transaction(tenant) as session:
            at = self.now()
            for endpoint in await WebhookRepository(session, tenant).active_with_access(for_update=True):
                due, known = ending(endpoint.access, endpoint.certificates_told, at)
                if known != endpoint.certificates_told:
                    endpoint.certificates_told = known
                for one in due:
                    announce_certificate_ending(session, tenant, endpoint, one, at)
                told += len(due)
        return told
