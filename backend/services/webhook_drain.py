"""The drain: sends what the outbox holds, many deliveries at a time, and records every attempt.

One event loop holds a changing set of requests. It goes in rounds, each one transaction: what has ended is recorded,
and its places are given out again, fairly by endpoint; nobody waits for the slowest of a batch. An endpoint has no more
places than it allows, so that one which never answers takes none from the others.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Final

import structlog

from backend.core.clock import Clock
from backend.core.crypto import SecretBox
from backend.core.errors import OpenRegError
from backend.core.ids import TenantId
from backend.core.metrics import WEBHOOK_ANSWERS, WEBHOOK_ATTEMPTS, WEBHOOK_LAG_SECONDS, WEBHOOK_SECONDS
from backend.domain.webhook_sending import Allowance, fair_shares
from backend.persistence.models.webhook import WebhookEndpoint
from backend.persistence.repositories.webhook_queue import ClaimedDelivery, WebhookQueue
from backend.persistence.session import Database
from backend.services.webhook_messages import claimed_message
from backend.services.webhook_outcomes import DueWebhook, Outcome, OutcomeBook
from backend.services.webhook_secrets import SecretsOfEndpoints
from backend.services.webhook_sender import WebhookSender

log = structlog.get_logger(__name__)

#: Requests of one drain at a time.
PLACES: Final = 256
LEASE: Final = timedelta(seconds=60)
#: A round that takes so long will never end: its connection is given up.
ROUND_LIMIT_SECONDS: Final = 60.0
#: A round costs a transaction, whether for one delivery or for a hundred: what comes one by one goes together.
ROUND_SECONDS: Final = 0.005
FEW: Final = 16
#: Facts come in bursts: the wait for the next look begins with a round's and doubles with each that found nothing. A
#: drain that has nothing under way ends when it has looked for so long.
LINGER_SECONDS: Final = 0.03
#: While requests are under way somebody looks for what has come meanwhile, and for places that others have freed.
LOOK_SECONDS: Final = 0.1
#: A drain stays for an endpoint whose rate lets the next request through within this time.
PATIENCE_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Claimed:
    """What is to be sent now; ``resume_in``: seconds until an endpoint's rate lets more through."""

    batch: Sequence[DueWebhook] = ()
    resume_in: float | None = None


@dataclass(slots=True)
class DrainCall:
    """What is said to a drain while it goes on: how many places it has, that there is more, that it is to end."""

    places: int = PLACES
    is_ending: bool = False
    has_more: bool = False
    stirred: asyncio.Event = field(default_factory=asyncio.Event)

    def look(self) -> None:
        """Something has become due."""
        self.has_more = True
        self.stirred.set()

    def end(self) -> None:
        """Claim nothing more; record what is under way."""
        self.is_ending = True
        self.stirred.set()


@dataclass(slots=True)
class _Flights:
    """Requests that are under way, and those that have ended since somebody asked."""

    stirred: asyncio.Event
    under_way: set[asyncio.Task[Outcome]] = field(default_factory=set)
    landed: list[asyncio.Task[Outcome]] = field(default_factory=list)

    def start(self, flight: asyncio.Task[Outcome]) -> None:
        self.under_way.add(flight)
        flight.add_done_callback(self._land)

    def take_landed(self) -> list[Outcome]:
        """Raises what nobody foresaw."""
        landed, self.landed = self.landed, []
        return [one.result() for one in landed]

    def cancel(self) -> None:
        for one in self.under_way:
            one.cancel()

    def _land(self, flight: asyncio.Task[Outcome]) -> None:
        self.under_way.discard(flight)
        if not flight.cancelled():
            self.landed.append(flight)
            self.stirred.set()


@dataclass(frozen=True, slots=True)
class WebhookDrain:
    """Claims due deliveries, sends them side by side, records the attempts in batches."""

    database: Database
    box: SecretBox
    sender: WebhookSender
    now: Clock
    lease: timedelta = LEASE

    async def drain(self, tenant: TenantId, call: DrainCall | None = None) -> int:
        """Send until nothing is due; how many attempts were made."""
        call = call or DrainCall()
        loop, sent, look_in, is_found = asyncio.get_running_loop(), 0, ROUND_SECONDS, False
        secrets, flights = SecretsOfEndpoints(self.box), _Flights(call.stirred)
        try:
            while True:
                began = loop.time()
                call.stirred.clear()
                is_told, call.has_more = call.has_more, False
                outcomes = flights.take_landed()
                claimed = await self._round(tenant, outcomes, 0 if call.is_ending else _free(call, flights))
                for due in claimed.batch:
                    flights.start(asyncio.create_task(self._send(tenant, due, secrets)))
                sent += len(outcomes)
                if outcomes or claimed.batch or is_told:
                    is_found, look_in = is_found or bool(outcomes or claimed.batch), ROUND_SECONDS
                elif not (flights.under_way or flights.landed or call.has_more):
                    may_resume = claimed.resume_in is not None and claimed.resume_in <= PATIENCE_SECONDS
                    if call.is_ending or (not may_resume and (not is_found or look_in > LINGER_SECONDS)):
                        return sent
                await _stirred(flights, began, min(look_in, claimed.resume_in or LOOK_SECONDS))
                look_in = min(2 * look_in, LOOK_SECONDS)
        finally:
            flights.cancel()

    async def _round(self, tenant: TenantId, outcomes: Sequence[Outcome], places: int) -> _Claimed:
        """Record what has ended and claim what is due, in one transaction."""
        if not outcomes and not places:
            return _Claimed()
        async with asyncio.timeout(ROUND_LIMIT_SECONDS), self.database.driving(tenant) as session:
            states = await OutcomeBook(session, tenant).record(outcomes, self.now()) if outcomes else []
            claimed = await self._claim(WebhookQueue(session, tenant), places) if places else _Claimed()
        _count(outcomes, [state.value for state in states])
        return claimed

    async def _claim(self, queue: WebhookQueue, places: int) -> _Claimed:
        """What is due and allowed now. What waits for a switched-off endpoint is given up."""
        at = self.now()
        locked = await queue.lock_due()
        if off := [one.id for one in locked if not one.is_active]:
            await queue.give_up(off, at)
        active = {one.id: one for one in locked if one.is_active and one.health.lets_through(at)}
        if not active:
            return _Claimed()
        under_way = await queue.under_way(active)
        room = {one.id: _room(one, under_way.get(one.id, 0), at) for one in active.values()}
        shares = fair_shares(room, places)
        ordered = {one.id for one in active.values() if one.is_ordered}
        taken = await queue.take(shares, ordered=ordered, lease_until=at + self.lease) if shares else ()
        batch = [_due(delivery, active[delivery.endpoint_id]) for delivery in taken]
        counts = Counter(one.endpoint_id for one in taken)
        await queue.keep([one for one in active.values() if _note_claimed(one, counts[one.id], at)])
        waits = [_allowance(one, at).seconds_to_next for one in active.values() if one.max_per_minute is not None]
        return _Claimed(batch, min((one for one in waits if one > 0), default=None))

    async def _send(self, tenant: TenantId, due: DueWebhook, secrets: SecretsOfEndpoints) -> Outcome:
        at = self.now()
        try:
            message, opened = claimed_message(due.delivery, tenant), secrets.open(due.endpoint)
            reply = await self.sender.send(
                due.endpoint.url,
                headers=message.headers(opened.in_use(at), at=at, private_key=opened.private_key),
                body=message.body,
                timeout_seconds=due.endpoint.timeout_seconds,
                networks=[ip_network(one) for one in due.endpoint.allowed_addresses],
                access=opened.access,
            )
        except OpenRegError as error:
            return Outcome(due, at, self.now(), None, error)
        return Outcome(due, at, self.now(), reply, None)


def _free(call: DrainCall, flights: _Flights) -> int:
    return max(0, min(call.places, PLACES) - len(flights.under_way))


async def _stirred(flights: _Flights, began: float, seconds: float) -> None:
    """Wait until requests have ended, for so long at most; for few of them no sooner than a round after the last."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds):
            await flights.stirred.wait()
    except TimeoutError:
        return
    if len(flights.landed) < FEW:
        await asyncio.sleep(max(0.0, began + ROUND_SECONDS - loop.time()))


def _count(outcomes: Sequence[Outcome], states: Sequence[str]) -> None:
    """Tell the meters, and the log of what failed: every attempt stands in the log of webhooks."""
    for state, count in Counter(states).items():
        WEBHOOK_ATTEMPTS.labels(state).inc(count)
    for answer, count in Counter(one.answer for one in outcomes).items():
        WEBHOOK_ANSWERS.labels(answer).inc(count)
    for outcome in outcomes:
        if outcome.due.delivery.attempts == 1:
            lag = outcome.started_at - outcome.due.delivery.created_at
            WEBHOOK_LAG_SECONDS.observe(max(lag.total_seconds(), 0.0))
        if outcome.reply is not None:
            WEBHOOK_SECONDS.observe(outcome.reply.duration_ms / 1000)
        if not outcome.is_success:
            log.info(
                "webhook_failed",
                delivery_id=str(outcome.due.delivery.id),
                status=outcome.reply.status if outcome.reply else None,
                code=outcome.error.code if outcome.error else None,
            )


def _due(delivery: ClaimedDelivery, endpoint: WebhookEndpoint) -> DueWebhook:
    return DueWebhook(delivery, endpoint, is_probe=endpoint.health.opened_at is not None)


def _room(endpoint: WebhookEndpoint, under_way: int, at: datetime) -> int:
    """How many more requests the endpoint takes now."""
    if endpoint.health.opened_at is not None:
        return 1  # the probe
    room = endpoint.max_concurrent - under_way
    return room if endpoint.max_per_minute is None else min(room, _allowance(endpoint, at).whole)


def _allowance(endpoint: WebhookEndpoint, at: datetime) -> Allowance:
    return Allowance(endpoint.max_per_minute or 0, endpoint.rate_tokens, endpoint.rate_filled_at).filled(at)


def _note_claimed(endpoint: WebhookEndpoint, taken: int, at: datetime) -> bool:
    """What was claimed counts towards the endpoint's limits from now on; whether that is to be kept."""
    is_probed = bool(taken) and endpoint.health.opened_at is not None
    if is_probed:
        endpoint.health = endpoint.health.probing(at)
    if endpoint.max_per_minute is not None:
        left = _allowance(endpoint, at).less(taken)
        endpoint.rate_tokens, endpoint.rate_filled_at = left.tokens, left.filled_at
    return is_probed or endpoint.max_per_minute is not None
