"""How endpoints have answered: counted from the attempts of a window, found by endpoint and time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from backend.domain.webhooks import WebhookDeliveryState
from backend.persistence.models.webhook import WebhookAttempt, WebhookDelivery
from backend.persistence.repositories.tenant_scope import TenantRepository

_UNFINISHED = (WebhookDeliveryState.PENDING, WebhookDeliveryState.SENDING, WebhookDeliveryState.RETRYING)


class AnswerCount(NamedTuple):
    """So many attempts that began in a step of the window ended alike; ``hundred`` is the first digit of the status."""

    at: datetime
    hundred: int | None
    code: str | None
    attempts: int


class AttemptTimes(NamedTuple):
    """Attempts that were not the first of their delivery, and how long attempts took, in milliseconds."""

    retries: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


class WaitingDeliveries(NamedTuple):
    """Deliveries that have not ended, and when the oldest of them happened."""

    deliveries: int
    oldest: datetime | None


class WebhookStatsRepository(TenantRepository):
    """Figures of one tenant's endpoints."""

    async def answers(self, webhook_id: UUID, since: datetime, step: timedelta) -> Sequence[AnswerCount]:
        """Attempts since then by step and answer."""
        at = func.date_bin(step, WebhookAttempt.started_at, since)
        hundred, code = WebhookAttempt.status // 100, WebhookAttempt.error["code"].astext
        query = select(at, hundred, code, func.count()).where(*self._of(webhook_id, since))
        rows = (await self._session.execute(query.group_by(at, hundred, code).order_by(at))).all()
        return [AnswerCount._make(row) for row in rows]

    async def times(self, webhook_id: UUID, since: datetime) -> AttemptTimes:
        """Retries and durations since then."""
        took = [func.percentile_cont(part).within_group(WebhookAttempt.duration_ms.asc()) for part in (0.5, 0.95, 0.99)]
        query = select(func.count().filter(WebhookAttempt.number > 1), *took).where(*self._of(webhook_id, since))
        return AttemptTimes._make((await self._session.execute(query)).one())

    async def waiting(self, webhook_id: UUID) -> WaitingDeliveries:
        """What has not ended."""
        query = select(func.count(), func.min(WebhookDelivery.created_at)).where(
            WebhookDelivery.tenant_id == self.tenant,
            WebhookDelivery.endpoint_id == webhook_id,
            WebhookDelivery.state.in_(_UNFINISHED),
        )
        return WaitingDeliveries._make((await self._session.execute(query)).one())

    def _of(self, webhook_id: UUID, since: datetime) -> tuple[ColumnElement[bool], ...]:
        return (
            WebhookAttempt.tenant_id == self.tenant,
            WebhookAttempt.endpoint_id == webhook_id,
            WebhookAttempt.started_at >= since,
        )
