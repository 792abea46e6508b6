"""The outbox: an event and its webhook deliveries are written in the transaction that made the fact true."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import TenantId, new_id
from backend.domain.webhooks import WebhookDeliveryState, WebhookEventType, wants
from backend.persistence.models.webhook import Event, WebhookDelivery
from backend.persistence.repositories.webhooks import WebhookRepository


class Outbox:
    """Bound to one tenant and one transaction."""

    def __init__(self, session: AsyncSession, tenant: TenantId) -> None:
        self._session = session
        self._webhooks = WebhookRepository(session, tenant)
        self._tenant = tenant

    async def add(
        self,
        event_type: WebhookEventType,
        subject_id: UUID,
        payload: Mapping[str, object],
        at: datetime,
        *,
        untold: UUID | None = None,
    ) -> None:
        """Record a fact for everyone who wants to hear of it, but for the endpoint ``untold``."""
        event = Event(
            id=new_id(),
            tenant_id=self._tenant,
            type=event_type.value,
            subject_id=subject_id,
            payload=dict(payload),
            created_at=at,
        )
        self._session.add(event)
        await self._session.flush()
        for endpoint in await self._webhooks.active():
            if endpoint.id != untold and wants(endpoint.event_types, endpoint.report_ids, event_type, payload):
                self._session.add(
                    WebhookDelivery(
                        id=new_id(),
                        tenant_id=self._tenant,
                        event_id=event.id,
                        endpoint_id=endpoint.id,
                        state=WebhookDeliveryState.PENDING,
                        attempts=0,
                        next_attempt_at=at,
                        created_at=at,
                    )
                )
