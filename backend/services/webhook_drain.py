"""The drain: sends what the outbox holds, many deliveries at a time, and records every attempt.

One event loop holds a changing set of requests. What has ended is recorded together, and its places are given out
again at once, fairly by endpoint; nobody waits for the slowest of a batch. An endpoint has no more places than it
allows, so that one which never answers takes none from the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Final

import structlog

from backend.core.clock import Clock
from backend.core.crypto import SecretBox
from backend.core.errors import OpenRegError
from backend.core.ids import TenantId
from backend.core.metrics import WEBHOOK_ANSWERS, WEBHOOK_ATTEMPTS, WEBHOOK_LAG_SECONDS, WEBHOOK_SECONDS
from backend.domain.webhook_secrets import WebhookSecrets, private_key
from backend.domain.webhook_sending import Allowance, fair_shares
from backend.domain.webhooks import WebhookMessage
from backend.persistence.models.webhook import WebhookEndpoint
from backend.persistence.repositories.webhook_queue import WebhookQueue
from backend.persistence.session import Database
from backend.services.webhook_messages import message_of
from backend.services.webhook_outcomes import DueWebhook, Outcome, OutcomeBook
from backend.services.webhook_sender import WebhookSender
from backend.services.webhooks import access_of

log = structlog.get_logger(__name__)

#: Requests of one drain at a time.
PLACES: Final = 256
LEASE: Final = timedelta(seconds=60)
#: After so long nothing new is claimed, so that the tenants that wait for this worker have their turn.
TURN_SECONDS: Final = 20.0
#: While requests are under way somebody looks for what has come meanwhile, and for places that others have freed.
LOOK_SECONDS: Final = 0.05
#: What comes one by one is sent in rounds: each costs two transactions, whether for one delivery or for a hundred.
ROUND_SECONDS: Final = 0.02
FEW: Final = 8
#: Facts come in bursts: for so long a drain that has sent something looks for more before it ends.
LINGER_SECONDS: Final = 0.03
LINGER_LOOK_SECONDS: Final = 0.01
#: A drain stays for an endpoint whose rate lets the next request through within this time.
PATIENCE_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Claimed:
    """What is to be sent now; ``resume_in``: seconds until an endpoint's rate lets more through."""

    batch: Sequence[DueWebhook] = ()
    resume_in: float | None = None


@dataclass(frozen=True, slots=True)
class WebhookDrain:
    """Claims due deliveries, sends them side by side, records the attempts in batches."""

    database: Database
    box: SecretBox
    sender: WebhookSender
    now: Clock
    lease: timedelta = LEASE

    async def drain(self, tenant: TenantId) -> int:
        """Send until nothing is due, or the turn is over; how many attempts were made."""
        loop, sent = asyncio.get_running_loop(), 0
        ends_at, busy_until = loop.time() + TURN_SECONDS, 0.0
        flights: set[asyncio.Task[Outcome]] = set()
        try:
            while True:
                began = loop.time()
                free = PLACES - len(flights) if loop.time() < ends_at else 0
                claimed = await self._claim(tenant, free) if free else _Claimed()
                flights |= {asyncio.create_task(self._send(one)) for one in claimed.batch}
                if flights:
                    landed, flights = await asyncio.wait(
                        flights, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
                    )
                    await self._record(tenant, [one.result() for one in landed if one.exception() is None])
                    sent += sum(one.result() is not None for one in landed)  # raises what nobody foresaw
                    busy_until = loop.time() + LINGER_SECONDS
                    if len(landed) < FEW:
                        await asyncio.sleep(max(0.0, began + ROUND_SECONDS - loop.time()))
                elif claimed.resume_in is not None and claimed.resume_in <= PATIENCE_SECONDS:
                    await asyncio.sleep(claimed.resume_in)
                elif loop.time() < min(busy_until, ends_at):
                    await asyncio.sleep(LINGER_LOOK_SECONDS)
                else:
                    return sent
        finally:
            for one in flights:
                one.cancel()

    async def _claim(self, tenant: TenantId, places: int) -> _Claimed:
        """What is due and allowed now. What waits for a switched-off endpoint is given up."""
        at = self.now()
        async with self.database.transaction(tenant) as session:
            queue = WebhookQueue(session, tenant)
            locked = await queue.lock_due()
            if off := [one.id for one in locked if not one.is_active]:
                await queue.give_up(off, at)
            active = {one.id: one for one in locked if one.is_active and one.health.lets_through(at)}
            if not active:
                return _Claimed()
            under_way = await queue.under_way(active)
            room = {one.id: _room(one, under_way.get(one.id, 0), at) for one in active.values()}
            taken = await queue.take(
                fair_shares(room, places),
                ordered={one.id for one in active.values() if one.is_ordered},
                lease_until=at + self.lease,
            )
            batch = [
                DueWebhook(delivery, event, endpoint, is_probe=endpoint.health.opened_at is not None)
                for delivery, event in taken
                if (endpoint := active[delivery.endpoint_id])
            ]
            for endpoint in active.values():
                _note_claimed(endpoint, sum(one.endpoint is endpoint for one in batch), at)
            waits = [_allowance(one, at).seconds_to_next for one in active.values() if one.max_per_minute is not None]
        return _Claimed(batch, min((one for one in waits if one > 0), default=None))

    async def _send(self, due: DueWebhook) -> Outcome:
        at = self.now()
        try:
            message = message_of(due.event, due.delivery)
            reply = await self.sender.send(
                due.endpoint.url,
                headers=self._signed(message, due.endpoint, at),
                body=message.body,
                timeout_seconds=due.endpoint.timeout_seconds,
                networks=[ip_network(one) for one in due.endpoint.allowed_addresses],
                access=access_of(self.box, due.endpoint),
            )
        except OpenRegError as error:
            return Outcome(due, at, self.now(), None, error)
        return Outcome(due, at, self.now(), reply, None)

    def _signed(self, message: WebhookMessage, endpoint: WebhookEndpoint, at: datetime) -> dict[str, str]:
        secrets = WebhookSecrets.of_document(self.box.open(endpoint.secrets))
        key = private_key(secrets.signing_key) if secrets.signing_key is not None else None
        return message.headers(secrets.in_use(at), at=at, private_key=key)

    async def _record(self, tenant: TenantId, outcomes: Sequence[Outcome]) -> None:
        if not outcomes:
            return
        async with self.database.transaction(tenant) as session:
            recorded = await OutcomeBook(session, tenant).record(outcomes, self.now())
        for delivery in recorded:
            WEBHOOK_ATTEMPTS.labels(str(delivery.state)).inc()
        for outcome in outcomes:
            WEBHOOK_ANSWERS.labels(outcome.answer).inc()
            if outcome.due.delivery.attempts == 1:
                lag = outcome.started_at - outcome.due.delivery.created_at
                WEBHOOK_LAG_SECONDS.observe(max(lag.total_seconds(), 0.0))
            if outcome.reply is not None:
                WEBHOOK_SECONDS.observe(outcome.reply.duration_ms / 1000)
            log.info(
                "webhook_attempted",
                delivery_id=str(outcome.due.delivery.id),
                success=outcome.is_success,
                status=outcome.reply.status if outcome.reply else None,
                code=outcome.error.code if outcome.error else None,
            )


def _room(endpoint: WebhookEndpoint, under_way: int, at: datetime) -> int:
    """How many more requests the endpoint takes now."""
    if endpoint.health.opened_at is not None:
        return 1  # the probe
    room = endpoint.max_concurrent - under_way
    return room if endpoint.max_per_minute is None else min(room, _allowance(endpoint, at).whole)


def _allowance(endpoint: WebhookEndpoint, at: datetime) -> Allowance:
    return Allowance(endpoint.max_per_minute or 0, endpoint.rate_tokens, endpoint.rate_filled_at).filled(at)


def _note_claimed(endpoint: WebhookEndpoint, taken: int, at: datetime) -> None:
    """What was claimed counts towards the endpoint's limits from now on."""
    if taken and endpoint.health.opened_at is not None:
        endpoint.health = endpoint.health.probing(at)
    if endpoint.max_per_minute is not None:
        left = _allowance(endpoint, at).less(taken)
        endpoint.rate_tokens, endpoint.rate_filled_at = left.tokens, left.filled_at
