"""The outbox: an event and its webhook deliveries are written in the transaction that made the fact true."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import TenantId, new_id
from backend.domain.event_catalogue.catalogue import check_news
from backend.domain.event_catalogue.news import News
from backend.domain.webhook_filter import Concern
from backend.domain.webhooks import (
    ENVELOPE_BYTES,
    LARGE_BODY_BYTES,
    MAX_BODY_BYTES,
    WebhookDeliveryState,
    WebhookEventType,
)
from backend.persistence.models.webhook import Event, WebhookDelivery, WebhookEndpoint
from backend.persistence.repositories.webhooks import WebhookRepository

log = structlog.get_logger(__name__)


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
        news: News,
        at: datetime,
        *,
        untold: UUID | None = None,
    ) -> None:
        """Record a fact for everyone who wants to hear of it, but for the endpoint ``untold``.

        What no webhook could carry is left out and logged: a fact is not undone because it cannot be told. Raises
        TypeError for news that the catalogue does not promise for this type.
        """
        check_news(event_type, news)
        if not is_told(event_type, subject_id, len(news.model_dump_json().encode())):
            return
        event = Event(
            id=new_id(),
            tenant_id=self._tenant,
            type=event_type.value,
            subject_id=subject_id,
            payload=news.document(),
            created_at=at,
        )
        self._session.add(event)
        await self._session.flush()
        endpoints = await self._webhooks.active()
        concern = await self._concern(news, endpoints)
        for endpoint in endpoints:
            if endpoint.id != untold and endpoint.filter.wants(event_type, concern):
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

    async def _concern(self, news: News, endpoints: Sequence[WebhookEndpoint]) -> Concern:
        """What the news is about; regimes of reports are looked up only where somebody asks for regimes."""
        reports, regimes = news.reports(), news.regimes()
        if reports and any(one.regimes for one in endpoints):
            regimes |= await self._webhooks.regimes_of(reports)
        return Concern(reports, regimes)


def is_told(event_type: WebhookEventType, subject_id: UUID, data_bytes: int) -> bool:
    """Whether data of this size goes into a webhook; what does not is an error in the log, what is large a warning."""
    size = data_bytes + ENVELOPE_BYTES
    told = {"event_type": event_type.value, "subject_id": str(subject_id), "size_bytes": size}
    if size > MAX_BODY_BYTES:
        log.error("event_too_large", **told, allowed_bytes=MAX_BODY_BYTES)
        return False
    if size > LARGE_BODY_BYTES:
        log.warning("event_large", **told, usual_bytes=LARGE_BODY_BYTES)
    return True
