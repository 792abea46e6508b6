"""Webhook endpoints, deliveries and attempts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from backend.core.ids import WebhookDeliveryId, WebhookId
from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.reports.versions import ReportVersionState
from backend.domain.webhooks import WebhookDeliveryNotFound, WebhookNotFound
from backend.persistence.models.report import ReportVersion
from backend.persistence.models.webhook import Event, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from backend.persistence.repositories.tenant_scope import TenantRepository


class WebhookRepository(TenantRepository):
    """Webhooks of one tenant in one transaction."""

    async def get(self, webhook_id: WebhookId, *, for_update: bool = False) -> WebhookEndpoint:
        """The endpoint. Raises WebhookNotFound."""
        found = await self._find(WebhookEndpoint, webhook_id, for_update=for_update)
        if found is None:
            raise WebhookNotFound
        return found

    async def get_delivery(
        self, webhook_id: WebhookId, delivery_id: WebhookDeliveryId, *, for_update: bool = False
    ) -> WebhookDelivery:
        """A delivery of an endpoint. Raises WebhookDeliveryNotFound."""
        found = await self._find(WebhookDelivery, delivery_id, for_update=for_update)
        if found is None or found.endpoint_id != webhook_id:
            raise WebhookDeliveryNotFound
        return found

    async def event(self, event_id: UUID) -> Event:
        """What a delivery tells."""
        return await self._session.get_one(Event, event_id)

    async def count_active(self) -> int:
        """How many endpoints are told of events."""
        query = select(func.count()).where(WebhookEndpoint.tenant_id == self.tenant, WebhookEndpoint.is_active)
        return int(await self._session.scalar(query) or 0)

    async def active(self) -> Sequence[WebhookEndpoint]:
        """Endpoints that receive events."""
        return await self._all(self._select(WebhookEndpoint).where(WebhookEndpoint.is_active))

    async def active_with_access(self, *, for_update: bool) -> Sequence[WebhookEndpoint]:
        """Those of them that are reached in a way of their own."""
        query = self._select(WebhookEndpoint).where(WebhookEndpoint.is_active, WebhookEndpoint.access != {})
        query = query.order_by(WebhookEndpoint.id)
        return await self._all(query.with_for_update(key_share=True) if for_update else query)

    async def regimes_of(self, report_ids: Collection[UUID]) -> frozenset[str]:
        """The regimes of reports: what the active version is of, or the newest where none is active."""
        newest = (
            select(ReportVersion.report_id, ReportVersion.pack_id)
            .ext(distinct_on(ReportVersion.report_id))
            .where(ReportVersion.tenant_id == self.tenant, ReportVersion.report_id.in_(report_ids))
            .order_by(
                ReportVersion.report_id,
                (ReportVersion.state == ReportVersionState.ACTIVE).desc(),
                ReportVersion.major.desc(),
                ReportVersion.minor.desc(),
            )
        )
        return frozenset(pack for _, pack in await self._session.execute(newest) if pack is not None)

    async def page(self, request: PageRequest) -> Page[WebhookEndpoint]:
        """Endpoints, newest first."""
        rows = await self._newest_first(self._select(WebhookEndpoint), WebhookEndpoint.id, request)
        return page_of(rows, request, lambda one: one.id)

    async def attempts(self, delivery_id: UUID) -> Sequence[WebhookAttempt]:
        """The attempts of a delivery, first to last."""
        query = self._select(WebhookAttempt).where(WebhookAttempt.delivery_id == delivery_id)
        return await self._all(query.order_by(WebhookAttempt.number))
