"""The log of a webhook, and figures of it."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict

from backend.domain.webhook_answers import AnswerClass
from backend.domain.webhooks import WebhookDeliveryState
from backend.services.webhook_log import WebhookStats


class WebhookDeliveryStateCount(BaseModel):
    """How many deliveries are in a state; ``is_more``: it was counted no further."""

    state: WebhookDeliveryState
    count: int
    is_more: bool


class WebhookDeliveryStateCounts(BaseModel):
    """Every state with its count."""

    items: list[WebhookDeliveryStateCount]


class WebhookStatsPoint(BaseModel):
    """Attempts that began in one step of the window, ``at`` its beginning."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    succeeded: int
    failed: int


class WebhookAnswerCount(BaseModel):
    """How many attempts were answered so, or why they were not."""

    answer: AnswerClass
    count: int


class WebhookStatsAnswer(BaseModel):
    """How an endpoint has done since a moment.

    ``success_rate`` is a part of 1, null when nothing was sent. Times are in milliseconds and of all attempts.
    ``retries`` were not the first attempt of their delivery. ``pending`` have not ended, the oldest of them happened at
    ``oldest_pending_at``.
    """

    since: datetime
    attempts: int
    succeeded: int
    success_rate: float | None
    retries: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    answers: list[WebhookAnswerCount]
    pending: int
    oldest_pending_at: datetime | None
    points: list[WebhookStatsPoint]

    @classmethod
    def of(cls, stats: WebhookStats) -> Self:
        """As they are shown."""
        succeeded = stats.answers[AnswerClass.SUCCESS]
        return cls(
            since=stats.since,
            attempts=stats.attempts,
            succeeded=succeeded,
            success_rate=succeeded / stats.attempts if stats.attempts else None,
            retries=stats.times.retries,
            p50_ms=stats.times.p50_ms,
            p95_ms=stats.times.p95_ms,
            p99_ms=stats.times.p99_ms,
            answers=[WebhookAnswerCount(answer=one, count=count) for one, count in stats.answers.items()],
            pending=stats.waiting.deliveries,
            oldest_pending_at=stats.waiting.oldest,
            points=[WebhookStatsPoint.model_validate(one) for one in stats.points],
        )
