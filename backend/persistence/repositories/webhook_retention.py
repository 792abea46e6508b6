"""What of the webhook log is old: found and removed in small batches, past whatever somebody has in hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, select

from backend.domain.webhooks import WebhookDeliveryState
from backend.persistence.models.tenant import Tenant
from backend.persistence.models.webhook import Event, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from backend.persistence.repositories.tenant_scope import TenantRepository

_ENDED = (WebhookDeliveryState.DELIVERED, WebhookDeliveryState.FAILED)


class WebhookRetentionRepository(TenantRepository):
    """The log of one tenant in one transaction."""

    async def days(self) -> int:
        """For how many days the log is kept."""
        return int(await self._session.scalar(select(Tenant.webhook_log_days).where(Tenant.id == self.tenant)) or 0)

    async def endpoints(self) -> Sequence[UUID]:
        """Every endpoint there is, switched on or off."""
        return list(
            await self._session.scalars(select(WebhookEndpoint.id).where(WebhookEndpoint.tenant_id == self.tenant))
        )

    async def remove_deliveries(self, endpoint: UUID, before: datetime, limit: int) -> int:
        """Remove deliveries that ended before then, with their attempts; how many, fewer than ``limit`` at the end."""
        query = (
            select(WebhookDelivery.id)
            .where(
                WebhookDelivery.tenant_id == self.tenant,
                WebhookDelivery.endpoint_id == endpoint,
                WebhookDelivery.created_at < before,
                WebhookDelivery.state.in_(_ENDED),
                or_(WebhookDelivery.finished_at < before, WebhookDelivery.finished_at.is_(None)),
            )
            .order_by(WebhookDelivery.created_at, WebhookDelivery.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        found = list(await self._session.scalars(query))
        if found:
            await self._session.execute(delete(WebhookAttempt).where(WebhookAttempt.delivery_id.in_(found)))
            await self._session.execute(delete(WebhookDelivery).where(WebhookDelivery.id.in_(found)))
        return len(found)

    async def remove_events(self, before: datetime, limit: int) -> int:
        """Remove events from before then of which no delivery is left; how many, fewer than ``limit`` at the end."""
        told = select(WebhookDelivery.id).where(WebhookDelivery.event_id == Event.id)
        query = (
            select(Event.id)
            .where(Event.tenant_id == self.tenant, Event.created_at < before, ~told.exists())
            .order_by(Event.created_at, Event.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        found = list(await self._session.scalars(query))
        if found:
            await self._session.execute(delete(Event).where(Event.id.in_(found)))
        return len(found)
