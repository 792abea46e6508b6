"""What came of attempts: the log, the next attempt, how the endpoint fares, and who is told of that."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import OpenRegError
from backend.core.ids import TenantId, new_id
from backend.core.jitter import draw
from backend.domain.event_catalogue.endpoints import EndpointHealthNews, EndpointLinks
from backend.domain.notices import NoticeKind
from backend.domain.retry import MAX_RETRY_AFTER, Failure, parse_retry_after
from backend.domain.webhook_answers import AnswerClass, answer_class, kept_headers
from backend.domain.webhook_health import GIVEN_UP_AFTER, EndpointHealth
from backend.domain.webhook_sending import FAILING_ATTEMPT, is_stopped, retry_policy
from backend.domain.webhooks import WebhookDeliveryState, WebhookEventType
from backend.persistence.models.webhook import WebhookEndpoint
from backend.persistence.outbox import Outbox
from backend.persistence.repositories.webhook_queue import ClaimedDelivery, RecordedAttempt, WebhookQueue
from backend.services.announcements import announce_endpoint_disabled, announce_endpoint_health
from backend.services.webhook_sender import WebhookProxyFailed, WebhookReply, WebhookSendError

GONE: Final = 410
PROXY_WAIT: Final = timedelta(minutes=5)
"""Until the proxy of the installation is asked again after it failed."""

_GONE_REASON: Final = "answered 410 Gone"
_GIVEN_UP_REASON: Final = f"failed for {GIVEN_UP_AFTER.days} days without one success"
#: Losing such an event is not told as an event again: two endpoints that are down would tell each other for ever.
_HEALTH_FAMILY: Final = "webhook."


@dataclass(frozen=True, slots=True)
class DueWebhook:
    """A delivery that somebody has claimed; ``is_probe``: the one that an open breaker let through."""

    delivery: ClaimedDelivery
    endpoint: WebhookEndpoint
    is_probe: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """One attempt: an answer, or why there was none."""

    due: DueWebhook
    started_at: datetime
    ended_at: datetime
    reply: WebhookReply | None
    error: OpenRegError | None

    @property
    def is_success(self) -> bool:
        """Whether the event was received."""
        return self.reply is not None and self.reply.is_success

    @property
    def answer(self) -> AnswerClass:
        """The class it is counted in."""
        return answer_class(self.reply.status if self.reply else None, self.error.code if self.error else None)

    @property
    def is_stopped(self) -> bool:
        """Whether the receiver wants no further attempt."""
        return self.reply is not None and not self.reply.is_success and is_stopped(self.reply.headers)

    @property
    def is_of_endpoint(self) -> bool:
        """Whether it says anything about the endpoint; a secret that cannot be read, say, is ours to repair."""
        return self.error is None or (isinstance(self.error, WebhookSendError) and self.error.is_of_endpoint)

    @property
    def retry_after(self) -> timedelta | None:
        """What the receiver asked to wait for."""
        return parse_retry_after(self.reply.retry_after, now=self.ended_at) if self.reply else None

    def said(self) -> str:
        """What came back, in words."""
        if self.reply is not None:
            return f"answered {self.reply.status}"
        return self.error.message if self.error else ""

    def recorded(self, settled: Settled) -> RecordedAttempt:
        """As it stands in the log, and how its delivery goes on."""
        reply, error, asked, delivery = self.reply, self.error, self.retry_after, self.due.delivery
        took = self.ended_at - self.started_at
        return RecordedAttempt(
            delivery_id=delivery.id,
            fencing_token=delivery.fencing_token,
            state=settled.state,
            finished_at=settled.finished_at,
            next_attempt_at=settled.next_attempt_at or delivery.planned_at,
            uncounted=settled.uncounted,
            status=reply.status if reply else None,
            id=new_id(),
            endpoint_id=delivery.endpoint_id,
            number=delivery.attempts,
            started_at=self.started_at,
            duration_ms=reply.duration_ms if reply else int(took.total_seconds() * 1000),
            address=reply.address if reply else None,
            response_headers=json.dumps(kept_headers(reply.headers)) if reply else None,
            response_excerpt=reply.body_excerpt.replace("\x00", "") if reply else None,
            is_truncated=reply.truncated if reply else False,
            error=json.dumps({"code": error.code, "message": error.message}) if error else None,
            planned_at=delivery.planned_at,
            retry_after_seconds=None if asked is None else int(min(asked, MAX_RETRY_AFTER).total_seconds()),
            aborted_by_consumer=self.is_stopped,
        )


@dataclass(frozen=True, slots=True)
class Settled:
    """How a delivery goes on after an attempt; ``uncounted``: how many of its attempts use up none that it has."""

    state: WebhookDeliveryState
    finished_at: datetime | None = None
    next_attempt_at: datetime | None = None
    uncounted: int = 0


@dataclass(frozen=True, slots=True)
class OutcomeBook:
    """Writes outcomes of one tenant in one transaction that is driven."""

    session: AsyncSession
    tenant: TenantId

    async def record(self, outcomes: Sequence[Outcome], at: datetime) -> list[WebhookDeliveryState]:
        """What became of those deliveries that were still in the hands of whoever sent them."""
        queue = WebhookQueue(self.session, self.tenant)
        endpoints = await queue.lock({one.due.endpoint.id for one in outcomes})
        held = await queue.held([one.due.delivery.id for one in outcomes])
        recorded, told = [], []
        health = {one.id: one.health for one in endpoints.values()}
        for outcome in outcomes:
            delivery = outcome.due.delivery
            if held.get(delivery.id) != delivery.fencing_token:
                continue
            endpoint = endpoints[delivery.endpoint_id]
            was_active = endpoint.is_active
            health[endpoint.id] = _fared(health[endpoint.id], outcome, at)
            _switch_off(endpoint, health[endpoint.id], outcome, at)
            settled = _settled(endpoint, outcome, at)
            recorded.append(outcome.recorded(settled))
            if outcome.is_success:
                told += self._recovered(endpoint, outcome, at)
            elif was_active and not endpoint.is_active:
                told.append(self._disabled(endpoint, outcome, at))
            elif was_active and not outcome.is_stopped:
                told += self._failed(endpoint, settled, outcome, at)
        for endpoint in endpoints.values():
            endpoint.health = health[endpoint.id]
        await queue.record(recorded)
        await queue.keep(endpoints.values())
        for event_type, endpoint, news in told:
            await Outbox(self.session, self.tenant).add(event_type, endpoint.id, news, at, untold=endpoint.id)
        return [WebhookDeliveryState(one.state) for one in recorded]

    def _failed(self, endpoint: WebhookEndpoint, settled: Settled, outcome: Outcome, at: datetime) -> list[_Told]:
        told: list[_Told] = []
        delivery = outcome.due.delivery
        tries = delivery.tries - settled.uncounted
        text = f"{delivery.event_type}, delivery {delivery.id}: {outcome.said()}, attempt {tries}."
        if tries >= FAILING_ATTEMPT and endpoint.failing_told_at is None:
            endpoint.failing_told_at = at
            announce_endpoint_health(self.session, self.tenant, endpoint, NoticeKind.ENDPOINT_FAILING, text, at)
            told.append((WebhookEventType.WEBHOOK_FAILING, endpoint, _news(endpoint, outcome)))
        if settled.state == WebhookDeliveryState.FAILED:
            if endpoint.exhausted_told_at is None:
                endpoint.exhausted_told_at = at
                announce_endpoint_health(self.session, self.tenant, endpoint, NoticeKind.ENDPOINT_EXHAUSTED, text, at)
            if not delivery.event_type.startswith(_HEALTH_FAMILY):
                told.append((WebhookEventType.WEBHOOK_EXHAUSTED, endpoint, _news(endpoint, outcome)))
        return told

    def _recovered(self, endpoint: WebhookEndpoint, outcome: Outcome, at: datetime) -> list[_Told]:
        if endpoint.failing_told_at is None and endpoint.exhausted_told_at is None:
            return []
        endpoint.failing_told_at = endpoint.exhausted_told_at = None
        text = f"It took {outcome.due.delivery.event_type}, delivery {outcome.due.delivery.id}."
        announce_endpoint_health(self.session, self.tenant, endpoint, NoticeKind.ENDPOINT_RECOVERED, text, at)
        return [(WebhookEventType.WEBHOOK_RECOVERED, endpoint, _news(endpoint, outcome))]

    def _disabled(self, endpoint: WebhookEndpoint, outcome: Outcome, at: datetime) -> _Told:
        announce_endpoint_disabled(self.session, self.tenant, endpoint, at)
        return WebhookEventType.WEBHOOK_DISABLED, endpoint, _news(endpoint, outcome)


_Told = tuple[WebhookEventType, WebhookEndpoint, EndpointHealthNews]


def _news(endpoint: WebhookEndpoint, outcome: Outcome) -> EndpointHealthNews:
    delivery = outcome.due.delivery
    return EndpointHealthNews(
        webhook_id=endpoint.id,
        description=endpoint.description,
        delivery_id=delivery.id,
        event_id=delivery.event_id,
        event_type=WebhookEventType(delivery.event_type),
        attempts=delivery.tries,
        status=outcome.reply.status if outcome.reply else None,
        error=outcome.error.code if outcome.error else None,
        reason=endpoint.disabled_reason,
        links=EndpointLinks(webhook=f"/api/v1/webhooks/{endpoint.id}"),
    )


def _fared(health: EndpointHealth, outcome: Outcome, at: datetime) -> EndpointHealth:
    """How the endpoint fares after this attempt."""
    if outcome.is_success or outcome.is_stopped:
        return health.after_success(at, is_probe=outcome.due.is_probe)
    return health.after_failure(at, is_probe=outcome.due.is_probe) if outcome.is_of_endpoint else health


def _switch_off(endpoint: WebhookEndpoint, health: EndpointHealth, outcome: Outcome, at: datetime) -> None:
    """Nothing more is sent to who is gone, or has been failing for too long."""
    if not endpoint.is_active or outcome.is_success or outcome.is_stopped:
        return
    if outcome.reply is not None and outcome.reply.status == GONE:
        endpoint.is_active, endpoint.disabled_reason = False, _GONE_REASON
    elif health.is_given_up(at):
        endpoint.is_active, endpoint.disabled_reason = False, _GIVEN_UP_REASON


def _settled(endpoint: WebhookEndpoint, outcome: Outcome, at: datetime) -> Settled:
    """The delivery after this attempt: done, given up, or planned again."""
    if outcome.is_success:
        return Settled(WebhookDeliveryState.DELIVERED, finished_at=at)
    if endpoint.is_active and isinstance(outcome.error, WebhookProxyFailed):
        # The endpoint was not asked: of the attempts that it has, none is used up.
        again = outcome.ended_at + PROXY_WAIT
        return Settled(WebhookDeliveryState.RETRYING, next_attempt_at=again, uncounted=1)
    planned = None if outcome.is_stopped or not endpoint.is_active else _next_attempt(outcome, endpoint)
    if planned is None:
        return Settled(WebhookDeliveryState.FAILED, finished_at=at)
    return Settled(WebhookDeliveryState.RETRYING, next_attempt_at=planned)


def _next_attempt(outcome: Outcome, endpoint: WebhookEndpoint) -> datetime | None:
    delivery = outcome.due.delivery
    failure = Failure(
        attempts=delivery.tries,
        first_attempt_at=delivery.trying_since or delivery.created_at,
        failed_at=outcome.ended_at,
        retry_after=outcome.retry_after,
    )
    return retry_policy(endpoint.retry_waits).next_attempt_at(failure, draw=draw())
