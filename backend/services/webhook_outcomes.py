"""What came of attempts: the log, the next attempt, how the endpoint fares, and who is told of that."""

from __future__ import annotations

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
from backend.domain.webhook_health import GIVEN_UP_AFTER
from backend.domain.webhook_sending import FAILING_ATTEMPT, is_stopped, retry_policy
from backend.domain.webhooks import WebhookDeliveryState, WebhookEventType
from backend.persistence.models.webhook import Event, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from backend.persistence.outbox import Outbox
from backend.persistence.repositories.webhook_queue import WebhookQueue
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

    delivery: WebhookDelivery
    event: Event
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

    def attempt(self, tenant: TenantId) -> WebhookAttempt:
        """As it stands in the log."""
        reply, error, asked = self.reply, self.error, self.retry_after
        took = self.ended_at - self.started_at
        return WebhookAttempt(
            id=new_id(),
            tenant_id=tenant,
            delivery_id=self.due.delivery.id,
            endpoint_id=self.due.endpoint.id,
            number=self.due.delivery.attempts,
            planned_at=self.due.delivery.next_attempt_at,
            started_at=self.started_at,
            duration_ms=reply.duration_ms if reply else int(took.total_seconds() * 1000),
            status=reply.status if reply else None,
            address=reply.address if reply else None,
            response_headers=dict[str, object](kept_headers(reply.headers)) if reply else None,
            is_truncated=reply.truncated if reply else False,
            response_excerpt=reply.body_excerpt.replace("\x00", "") if reply else None,
            error={"code": error.code, "message": error.message} if error else None,
            retry_after_seconds=None if asked is None else int(min(asked, MAX_RETRY_AFTER).total_seconds()),
            aborted_by_consumer=self.is_stopped,
        )


@dataclass(frozen=True, slots=True)
class OutcomeBook:
    """Writes outcomes of one tenant in one transaction."""

    session: AsyncSession
    tenant: TenantId

    async def record(self, outcomes: Sequence[Outcome], at: datetime) -> list[WebhookDelivery]:
        """Those deliveries that were still in the hands of whoever sent them."""
        queue = WebhookQueue(self.session, self.tenant)
        endpoints = await queue.lock({one.due.endpoint.id for one in outcomes})
        sending = await queue.find_sending([one.due.delivery.id for one in outcomes])
        recorded, told = [], []
        for outcome in outcomes:
            delivery = sending.get(outcome.due.delivery.id)
            if delivery is None or delivery.fencing_token != outcome.due.delivery.fencing_token:
                continue
            recorded.append(delivery)
            queue.add(outcome.attempt(self.tenant))
            endpoint = endpoints[delivery.endpoint_id]
            was_active = endpoint.is_active
            _note_health(endpoint, outcome, at)
            _settle(delivery, endpoint, outcome, at)
            if outcome.is_success:
                told += self._recovered(endpoint, outcome, at)
            elif was_active and not endpoint.is_active:
                told.append(self._disabled(endpoint, outcome, at))
            elif was_active and not outcome.is_stopped:
                told += self._failed(endpoint, delivery, outcome, at)
        await queue.flush()
        for event_type, endpoint, news in told:
            await Outbox(self.session, self.tenant).add(event_type, endpoint.id, news, at, untold=endpoint.id)
        return recorded

    def _failed(
        self, endpoint: WebhookEndpoint, delivery: WebhookDelivery, outcome: Outcome, at: datetime
    ) -> list[_Told]:
        told: list[_Told] = []
        tries = delivery.attempts - delivery.attempts_before
        text = f"{outcome.due.event.type}, delivery {delivery.id}: {outcome.said()}, attempt {tries}."
        if tries >= FAILING_ATTEMPT and endpoint.failing_told_at is None:
            endpoint.failing_told_at = at
            announce_endpoint_health(self.session, self.tenant, endpoint, NoticeKind.ENDPOINT_FAILING, text, at)
            told.append((WebhookEventType.WEBHOOK_FAILING, endpoint, _news(endpoint, outcome)))
        if delivery.state == WebhookDeliveryState.FAILED:
            if endpoint.exhausted_told_at is None:
                endpoint.exhausted_told_at = at
                announce_endpoint_health(self.session, self.tenant, endpoint, NoticeKind.ENDPOINT_EXHAUSTED, text, at)
            if not outcome.due.event.type.startswith(_HEALTH_FAMILY):
                told.append((WebhookEventType.WEBHOOK_EXHAUSTED, endpoint, _news(endpoint, outcome)))
        return told

    def _recovered(self, endpoint: WebhookEndpoint, outcome: Outcome, at: datetime) -> list[_Told]:
        if endpoint.failing_told_at is None and endpoint.exhausted_told_at is None:
            return []
        endpoint.failing_told_at = endpoint.exhausted_told_at = None
        text = f"It took {outcome.due.event.type}, delivery {outcome.due.delivery.id}."
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
        event_type=WebhookEventType(outcome.due.event.type),
        attempts=delivery.attempts - delivery.attempts_before,
        status=outcome.reply.status if outcome.reply else None,
        error=outcome.error.code if outcome.error else None,
        reason=endpoint.disabled_reason,
        links=EndpointLinks(webhook=f"/api/v1/webhooks/{endpoint.id}"),
    )


def _note_health(endpoint: WebhookEndpoint, outcome: Outcome, at: datetime) -> None:
    """How the endpoint fares after this attempt, and whether it is switched off for it."""
    if outcome.is_success or outcome.is_stopped:
        endpoint.health = endpoint.health.after_success(at, is_probe=outcome.due.is_probe)
        return
    if outcome.is_of_endpoint:
        endpoint.health = endpoint.health.after_failure(at, is_probe=outcome.due.is_probe)
    if endpoint.is_active and outcome.reply is not None and outcome.reply.status == GONE:
        endpoint.is_active, endpoint.disabled_reason = False, _GONE_REASON
    elif endpoint.is_active and endpoint.health.is_given_up(at):
        endpoint.is_active, endpoint.disabled_reason = False, _GIVEN_UP_REASON


def _settle(delivery: WebhookDelivery, endpoint: WebhookEndpoint, outcome: Outcome, at: datetime) -> None:
    """The delivery after this attempt: done, given up, or planned again."""
    delivery.lease_expires_at = None
    delivery.last_status = outcome.reply.status if outcome.reply else None
    if outcome.is_success:
        delivery.state, delivery.finished_at = WebhookDeliveryState.DELIVERED, at
        return
    if endpoint.is_active and isinstance(outcome.error, WebhookProxyFailed):
        # The endpoint was not asked: of the attempts that it has, none is used up.
        delivery.attempts_before += 1
        delivery.state, delivery.next_attempt_at = WebhookDeliveryState.RETRYING, outcome.ended_at + PROXY_WAIT
        return
    again = None if outcome.is_stopped or not endpoint.is_active else _next_attempt(outcome, delivery, endpoint)
    if again is None:
        delivery.state, delivery.finished_at = WebhookDeliveryState.FAILED, at
    else:
        delivery.state, delivery.next_attempt_at = WebhookDeliveryState.RETRYING, again


def _next_attempt(outcome: Outcome, delivery: WebhookDelivery, endpoint: WebhookEndpoint) -> datetime | None:
    failure = Failure(
        attempts=delivery.attempts - delivery.attempts_before,
        first_attempt_at=delivery.trying_since or delivery.created_at,
        failed_at=outcome.ended_at,
        retry_after=outcome.retry_after,
    )
    return retry_policy(endpoint.retry_waits).next_attempt_at(failure, draw=draw())
