"""What was sent to a webhook endpoint, as people read it: the log with its filters, and how the endpoint has done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from backend.core.ids import WebhookId
from backend.core.pagination import Page, PageRequest
from backend.domain.webhook_answers import AnswerClass, answer_class
from backend.domain.webhooks import WebhookDeliveryState, check_patterns
from backend.persistence.models.webhook import Event, WebhookDelivery
from backend.persistence.repositories.webhook_log import WebhookLogFilter, WebhookLogRepository
from backend.persistence.repositories.webhook_stats import (
    AnswerCount,
    AttemptTimes,
    WaitingDeliveries,
    WebhookStatsRepository,
)
from backend.persistence.repositories.webhooks import WebhookRepository
from backend.services.scope import TenantScope


class StatsWindow(StrEnum):
    """How far back figures go."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


#: How long each window is, and in which steps it is shown.
_STEPS: Final = {
    StatsWindow.DAY: (timedelta(days=1), timedelta(hours=1)),
    StatsWindow.WEEK: (timedelta(days=7), timedelta(hours=6)),
    StatsWindow.MONTH: (timedelta(days=30), timedelta(days=1)),
}


@dataclass(frozen=True, slots=True)
class StatsPoint:
    """Attempts that began in one step of the window."""

    at: datetime
    succeeded: int
    failed: int


@dataclass(frozen=True, slots=True)
class WebhookStats:
    """How an endpoint has done since ``since``; ``waiting`` is about now."""

    since: datetime
    answers: Mapping[AnswerClass, int]
    times: AttemptTimes
    points: Sequence[StatsPoint]
    waiting: WaitingDeliveries

    @property
    def attempts(self) -> int:
        """All attempts."""
        return sum(self.answers.values())


@dataclass(frozen=True, slots=True)
class WebhookLogService:
    """The log of a tenant's endpoints."""

    scope: TenantScope

    async def page(
        self, webhook_id: WebhookId, request: PageRequest, wanted: WebhookLogFilter
    ) -> Page[tuple[WebhookDelivery, Event]]:
        """Deliveries to an endpoint, newest first. Raises WebhookNotFound, EventPatternUnknown."""
        _check(wanted)
        async with self.scope.reading() as session:
            await WebhookRepository(session, self.scope.tenant).get(webhook_id)
            return await WebhookLogRepository(session, self.scope.tenant).page(webhook_id, request, wanted)

    async def counts(self, webhook_id: WebhookId, wanted: WebhookLogFilter) -> Mapping[WebhookDeliveryState, int]:
        """Deliveries by state among those the other filters leave. Raises WebhookNotFound, EventPatternUnknown."""
        _check(wanted)
        async with self.scope.reading() as session:
            await WebhookRepository(session, self.scope.tenant).get(webhook_id)
            return await WebhookLogRepository(session, self.scope.tenant).counts(webhook_id, wanted)

    async def stats(self, webhook_id: WebhookId, window: StatsWindow) -> WebhookStats:
        """How an endpoint has done. Raises WebhookNotFound."""
        length, step = _STEPS[window]
        since = _floor(self.scope.now(), step) - length + step
        async with self.scope.reading() as session:
            await WebhookRepository(session, self.scope.tenant).get(webhook_id)
            stats = WebhookStatsRepository(session, self.scope.tenant)
            counted = await stats.answers(webhook_id, since, step)
            times = await stats.times(webhook_id, since)
            waiting = await stats.waiting(webhook_id)
        steps = [since + number * step for number in range(length // step)]
        return WebhookStats(since, _by_class(counted), times, _points(counted, steps), waiting)


def _check(wanted: WebhookLogFilter) -> None:
    if wanted.event_types:
        check_patterns(wanted.event_types)


def _floor(at: datetime, step: timedelta) -> datetime:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (at - midnight) // step * step


def _class_of(one: AnswerCount) -> AnswerClass:
    return answer_class(None if one.hundred is None else one.hundred * 100, one.code)


def _by_class(counted: Sequence[AnswerCount]) -> Mapping[AnswerClass, int]:
    found: Counter[AnswerClass] = Counter()
    for one in counted:
        found[_class_of(one)] += one.attempts
    return {one: found[one] for one in AnswerClass}


def _points(counted: Sequence[AnswerCount], steps: Sequence[datetime]) -> Sequence[StatsPoint]:
    succeeded: Counter[datetime] = Counter()
    failed: Counter[datetime] = Counter()
    for one in counted:
        (succeeded if _class_of(one) is AnswerClass.SUCCESS else failed)[one.at] += one.attempts
    return [StatsPoint(at, succeeded[at], failed[at]) for at in steps]
