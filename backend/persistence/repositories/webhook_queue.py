"""What waits to be sent to webhook endpoints: claimed under locks of the endpoints, recorded under fencing tokens.

An endpoint is locked while its deliveries are claimed or recorded, so that its limits hold over all workers; the lock
is one that new deliveries to it do not wait for. Whoever claims and finds an endpoint locked leaves it to the one who
has it.

Deliveries and attempts pass by the driver, as plain rows, and a statement is about all of a round: there may be
thousands a second of them. Endpoints are few.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import (
    ColumnElement,
    Select,
    Uuid,
    and_,
    any_,
    bindparam,
    func,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import TenantId
from backend.domain.webhooks import WebhookDeliveryState
from backend.persistence.connected import connected_of
from backend.persistence.fixed_query import FixedQuery
from backend.persistence.models.webhook import Event, WebhookDelivery, WebhookEndpoint
from backend.persistence.repositories.tenant_scope import TENANT, TenantRepository

#: What has not come to its end: the condition of the indexes of the queue, in words that a plan can be made of once.
_IS_OPEN: Final = text("webhook_deliveries.state IN ('pending', 'sending', 'retrying')")


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery as it was when it was claimed, with its event; only who holds ``fencing_token`` may end it."""

    id: UUID
    endpoint_id: UUID
    event_id: UUID
    event_type: str
    sequence: int
    payload: Mapping[str, JsonValue]
    occurred_at: datetime
    attempts: int
    attempts_before: int
    trying_since: datetime | None
    planned_at: datetime
    fencing_token: int
    created_at: datetime

    @property
    def tries(self) -> int:
        """Attempts since its waits began, this one included."""
        return self.attempts - self.attempts_before


@dataclass(frozen=True, slots=True)
class RecordedAttempt:
    """What came of a claimed delivery: how it goes on, then the attempt as it stands in the log.

    ``uncounted``: how many of its attempts use up none of those it has. The order of the fields is that of ``_RECORD``.
    """

    delivery_id: UUID
    fencing_token: int
    state: str
    finished_at: datetime | None
    next_attempt_at: datetime
    uncounted: int
    status: int | None
    id: UUID
    endpoint_id: UUID
    number: int
    started_at: datetime
    duration_ms: int
    address: str | None
    response_headers: str | None
    response_excerpt: str | None
    is_truncated: bool
    error: str | None
    planned_at: datetime
    retry_after_seconds: int | None
    aborted_by_consumer: bool


def _is_due() -> ColumnElement[bool]:
    """Whether a delivery waits and its time has come, or whoever had it did not come back within the lease."""
    return and_(
        _IS_OPEN,
        WebhookDelivery.next_attempt_at <= func.clock_timestamp(),
        or_(
            WebhookDelivery.state != WebhookDeliveryState.SENDING,
            WebhookDelivery.lease_expires_at < func.clock_timestamp(),
        ),
    )


class WebhookQueue(TenantRepository):
    """The queue of one tenant in one transaction that is driven (``Database.driving``).

    The endpoints that it gives are not the session's: what is changed in them is written by ``keep``.
    """

    def __init__(self, session: AsyncSession, tenant: TenantId) -> None:
        """Speak by the connection below the session."""
        super().__init__(session, tenant)
        self._connected = connected_of(session)

    async def lock_due(self) -> list[WebhookEndpoint]:
        """Endpoints for which something is due and whose breaker lets something through, but those others hold."""
        return _endpoints(await self._connected.fetch(_LOCK_DUE, {TENANT.key: self.tenant}))

    async def lock(self, endpoints: Collection[UUID]) -> dict[UUID, WebhookEndpoint]:
        """These endpoints, waiting for those others hold."""
        rows = await self._connected.fetch(_LOCK, {TENANT.key: self.tenant, _ENDPOINTS: list(endpoints)})
        return {one.id: one for one in _endpoints(rows)}

    async def keep(self, endpoints: Iterable[WebhookEndpoint]) -> None:
        """Write how endpoints fare and what of their rate is left."""
        columns = list(zip(*(_kept(one) for one in endpoints), strict=True))
        if columns:
            await self._connected.ask(_KEEP, self.tenant, *columns)

    async def give_up(self, endpoints: Collection[UUID], at: datetime) -> None:
        """What is due for these is not sent any more."""
        await self._session.execute(
            update(WebhookDelivery)
            .where(WebhookDelivery.tenant_id == self.tenant, WebhookDelivery.endpoint_id.in_(endpoints), _is_due())
            .values(state=WebhookDeliveryState.FAILED, finished_at=at)
            .execution_options(synchronize_session=False)
        )

    async def under_way(self, endpoints: Collection[UUID]) -> Mapping[UUID, int]:
        """How many deliveries are being sent to each, by whomever."""
        return dict(await self._connected.ask(_UNDER_WAY, self.tenant, list(endpoints)))

    async def take(
        self, shares: Mapping[UUID, int], *, ordered: Collection[UUID], lease_until: datetime
    ) -> Sequence[ClaimedDelivery]:
        """Claim as many deliveries of each endpoint as its share says, those that have waited longest first.

        Of an ``ordered`` endpoint, of each subject only the oldest event that has not come to its end.
        """
        free = {one: most for one, most in shares.items() if one not in ordered}
        rows: list[Any] = []
        if free:
            rows += await self._connected.ask(
                _TAKE_LONGEST_WAITING, self.tenant, lease_until, list(free), list(free.values())
            )
        for one in ordered:
            if one in shares:
                ids = (await self._session.scalars(self._oldest_of_subjects(one, shares[one]))).all()
                rows += await self._connected.ask(_TAKE_THESE, self.tenant, lease_until, ids)
        return [ClaimedDelivery(*row) for row in rows]

    async def held(self, ids: Collection[UUID]) -> Mapping[UUID, int]:
        """The fencing tokens of those of these deliveries that are still being sent.

        Nobody takes one away from whoever holds the lock of its endpoint.
        """
        return dict(await self._connected.ask(_HELD, self.tenant, list(ids)))

    async def record(self, attempts: Sequence[RecordedAttempt]) -> None:
        """Write the attempts into the log, and how their deliveries go on."""
        if attempts:
            columns = ([getattr(one, name) for one in attempts] for name in _RECORDED)
            await self._connected.ask(_RECORD, self.tenant, *columns)

    def _oldest_of_subjects(self, endpoint: UUID, most: int) -> Select[UUID]:
        oldest = (
            select(WebhookDelivery.id)
            .join(Event, Event.id == WebhookDelivery.event_id)
            .where(
                WebhookDelivery.tenant_id == self.tenant,
                WebhookDelivery.endpoint_id == endpoint,
                _IS_OPEN,
            )
            .ext(distinct_on(Event.subject_id))
            .order_by(Event.subject_id, Event.sequence)
        )
        return (
            select(WebhookDelivery.id)
            .where(WebhookDelivery.id.in_(oldest), _is_due())
            .order_by(WebhookDelivery.next_attempt_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        )


_COLUMNS: Final = tuple(WebhookEndpoint.__table__.columns)
_ENDPOINTS: Final = "endpoints"


def _endpoints(rows: Iterable[Sequence[Any]]) -> list[WebhookEndpoint]:
    names = [one.name for one in _COLUMNS]
    return [WebhookEndpoint(**dict(zip(names, row, strict=True))) for row in rows]


def _lock(*, waits: bool) -> FixedQuery:
    query = select(*_COLUMNS).where(WebhookEndpoint.tenant_id == TENANT).order_by(WebhookEndpoint.id)
    if waits:
        query = query.where(WebhookEndpoint.id == any_(bindparam(_ENDPOINTS, type_=ARRAY(Uuid))))
        return FixedQuery(query.with_for_update(key_share=True))
    # One row of each endpoint at most: however long a queue is, whether it is empty is seen at its head. A range and
    # its order, so that no plan looks for the head of one queue in the index of all, past what waits for a dead one.
    head = (
        select(WebhookDelivery.id)
        .where(WebhookDelivery.endpoint_id.between(WebhookEndpoint.id, WebhookEndpoint.id), _is_due())
        .order_by(WebhookDelivery.endpoint_id, WebhookDelivery.next_attempt_at)
        .limit(1)
        .correlate(WebhookEndpoint)
        .lateral("head")
    )
    is_let_through = or_(
        ~WebhookEndpoint.is_active,
        WebhookEndpoint.breaker_probe_at.is_(None),
        WebhookEndpoint.breaker_probe_at <= func.clock_timestamp(),
    )
    query = query.join(head, true()).where(is_let_through)
    return FixedQuery(query.with_for_update(key_share=True, skip_locked=True, of=WebhookEndpoint.__table__))


_LOCK_DUE: Final = _lock(waits=False)
_LOCK: Final = _lock(waits=True)


def _kept(endpoint: WebhookEndpoint) -> tuple[object, ...]:
    """In the order of ``_KEEP``."""
    return (
        endpoint.id,
        endpoint.is_active,
        endpoint.disabled_reason,
        endpoint.rate_tokens,
        endpoint.rate_filled_at,
        endpoint.consecutive_failures,
        json.dumps(endpoint.recent_attempts),
        endpoint.failing_since,
        endpoint.breaker_opened_at,
        endpoint.breaker_probe_at,
        endpoint.is_probing,
        endpoint.failing_told_at,
        endpoint.exhausted_told_at,
    )


#: JSON goes as text, in arrays too.
_KEEP: Final = """
UPDATE webhook_endpoints SET
  is_active = fares.is_active, disabled_reason = fares.disabled_reason, rate_tokens = fares.rate_tokens,
  rate_filled_at = fares.rate_filled_at, consecutive_failures = fares.consecutive_failures,
  recent_attempts = fares.recent_attempts::jsonb, failing_since = fares.failing_since,
  breaker_opened_at = fares.breaker_opened_at, breaker_probe_at = fares.breaker_probe_at,
  is_probing = fares.is_probing, failing_told_at = fares.failing_told_at, exhausted_told_at = fares.exhausted_told_at
FROM unnest(
  $2::uuid[], $3::boolean[], $4::text[], $5::double precision[], $6::timestamptz[], $7::integer[], $8::text[],
  $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::boolean[], $13::timestamptz[], $14::timestamptz[]
) AS fares (
  id, is_active, disabled_reason, rate_tokens, rate_filled_at, consecutive_failures, recent_attempts, failing_since,
  breaker_opened_at, breaker_probe_at, is_probing, failing_told_at, exhausted_told_at
)
WHERE webhook_endpoints.tenant_id = $1 AND webhook_endpoints.id = fares.id
"""

_UNDER_WAY: Final = """
SELECT endpoint_id, count(*) FROM webhook_deliveries
WHERE tenant_id = $1 AND endpoint_id = ANY($2::uuid[]) AND state = 'sending' AND lease_expires_at >= clock_timestamp()
GROUP BY endpoint_id
"""

#: Claims; the columns are those of ClaimedDelivery, in its order. Queues are read as in ``_lock``; what was picked is
#: an array, for which no plan reads a whole table.
_TAKE_LONGEST_WAITING: Final = """
WITH picked AS MATERIALIZED (
  SELECT waiting.id
  FROM unnest($3::uuid[], $4::integer[]) AS share (endpoint_id, most)
  CROSS JOIN LATERAL (
    SELECT id FROM webhook_deliveries
    WHERE tenant_id = $1 AND endpoint_id BETWEEN share.endpoint_id AND share.endpoint_id
      AND state IN ('pending', 'sending', 'retrying') AND next_attempt_at <= clock_timestamp()
      AND (state <> 'sending' OR lease_expires_at < clock_timestamp())
    ORDER BY endpoint_id, next_attempt_at LIMIT share.most FOR UPDATE SKIP LOCKED
  ) AS waiting
)
UPDATE webhook_deliveries AS taken SET
  state = 'sending', attempts = taken.attempts + 1, fencing_token = taken.fencing_token + 1, lease_expires_at = $2
FROM events
WHERE taken.id = ANY(ARRAY(SELECT id FROM picked)) AND taken.tenant_id = $1
  AND events.id = taken.event_id AND events.tenant_id = $1
RETURNING taken.id, taken.endpoint_id, events.id, events.type, events.sequence, events.payload, events.created_at,
  taken.attempts, taken.attempts_before, taken.trying_since, taken.next_attempt_at, taken.fencing_token,
  taken.created_at
"""
_TAKE_THESE: Final = """
UPDATE webhook_deliveries AS taken SET
  state = 'sending', attempts = taken.attempts + 1, fencing_token = taken.fencing_token + 1, lease_expires_at = $2
FROM events
WHERE taken.id = ANY($3::uuid[]) AND taken.tenant_id = $1 AND events.id = taken.event_id AND events.tenant_id = $1
RETURNING taken.id, taken.endpoint_id, events.id, events.type, events.sequence, events.payload, events.created_at,
  taken.attempts, taken.attempts_before, taken.trying_since, taken.next_attempt_at, taken.fencing_token,
  taken.created_at
"""

_HELD: Final = """
SELECT id, fencing_token FROM webhook_deliveries WHERE tenant_id = $1 AND id = ANY($2::uuid[]) AND state = 'sending'
"""

_RECORDED: Final = tuple(one.name for one in fields(RecordedAttempt))
#: The parameters and columns are those of RecordedAttempt, in its order.
_RECORD: Final = """
WITH ended AS (
  SELECT * FROM unnest(
    $2::uuid[], $3::integer[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::integer[], $8::integer[],
    $9::uuid[], $10::uuid[], $11::integer[], $12::timestamptz[], $13::integer[], $14::text[], $15::text[],
    $16::text[], $17::boolean[], $18::text[], $19::timestamptz[], $20::integer[], $21::boolean[]
  ) AS ended (
    delivery_id, fencing_token, state, finished_at, next_attempt_at, uncounted, status,
    id, endpoint_id, number, started_at, duration_ms, address, response_headers,
    response_excerpt, is_truncated, error, planned_at, retry_after_seconds, aborted_by_consumer)
), settled AS (
  UPDATE webhook_deliveries AS delivery SET
    state = ended.state, finished_at = ended.finished_at, next_attempt_at = ended.next_attempt_at,
    attempts_before = delivery.attempts_before + ended.uncounted, last_status = ended.status, lease_expires_at = NULL
  FROM ended
  WHERE delivery.tenant_id = $1 AND delivery.id = ended.delivery_id AND delivery.state = 'sending'
    AND delivery.fencing_token = ended.fencing_token
  RETURNING delivery.id
)
INSERT INTO webhook_attempts (
  tenant_id, delivery_id, status, id, endpoint_id, number, started_at, duration_ms, address, response_headers,
  response_excerpt, is_truncated, error, planned_at, retry_after_seconds, aborted_by_consumer)
SELECT $1, delivery_id, status, ended.id, endpoint_id, number, started_at, duration_ms, address,
  response_headers::jsonb, response_excerpt, is_truncated, error::jsonb, planned_at, retry_after_seconds,
  aborted_by_consumer
FROM ended JOIN settled ON settled.id = ended.delivery_id
"""
