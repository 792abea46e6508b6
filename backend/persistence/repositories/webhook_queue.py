"""What waits to be sent to webhook endpoints: claimed under locks of the endpoints, recorded under fencing tokens.

An endpoint is locked while its deliveries are claimed, so that its limits hold over all workers; the lock is one that
new deliveries to it do not wait for. Whoever finds an endpoint locked leaves it to the one who has it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, Uuid, cast, column, exists, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on

from backend.domain.webhooks import WebhookDeliveryState
from backend.persistence.models.webhook import Event, WebhookDelivery, WebhookEndpoint
from backend.persistence.repositories.tenant_scope import TenantRepository

#: What has not come to its end; the condition of the indexes of the queue.
_OPEN: Final = (WebhookDeliveryState.PENDING, WebhookDeliveryState.SENDING, WebhookDeliveryState.RETRYING)


def _is_due() -> ColumnElement[bool]:
    """Whether a delivery waits and its time has come, or whoever had it did not come back within the lease."""
    return (
        WebhookDelivery.state.in_(_OPEN)
        & (WebhookDelivery.next_attempt_at <= func.clock_timestamp())
        & or_(
            WebhookDelivery.state != WebhookDeliveryState.SENDING,
            WebhookDelivery.lease_expires_at < func.clock_timestamp(),
        )
    )


class WebhookQueue(TenantRepository):
    """The queue of one tenant in one transaction."""

    async def lock_due(self) -> Sequence[WebhookEndpoint]:
        """Endpoints for which something is due and whose breaker lets something through, but those others hold."""
        is_wanted = exists().where(WebhookDelivery.endpoint_id == WebhookEndpoint.id, _is_due())
        is_let_through = or_(
            ~WebhookEndpoint.is_active,
            WebhookEndpoint.breaker_probe_at.is_(None),
            WebhookEndpoint.breaker_probe_at <= func.clock_timestamp(),
        )
        query = self._select(WebhookEndpoint).where(is_wanted, is_let_through).order_by(WebhookEndpoint.id)
        return await self._all(query.with_for_update(key_share=True, skip_locked=True))

    async def lock(self, endpoints: Collection[UUID]) -> dict[UUID, WebhookEndpoint]:
        """These endpoints, waiting for those others hold."""
        query = self._select(WebhookEndpoint).where(WebhookEndpoint.id.in_(endpoints)).order_by(WebhookEndpoint.id)
        return {one.id: one for one in await self._all(query.with_for_update(key_share=True))}

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
        query = (
            select(WebhookDelivery.endpoint_id, func.count())
            .where(
                WebhookDelivery.tenant_id == self.tenant,
                WebhookDelivery.endpoint_id.in_(endpoints),
                WebhookDelivery.state == WebhookDeliveryState.SENDING,
                WebhookDelivery.lease_expires_at >= func.clock_timestamp(),
            )
            .group_by(WebhookDelivery.endpoint_id)
        )
        return {row[0]: row[1] for row in (await self._session.execute(query)).all()}

    async def take(
        self, shares: Mapping[UUID, int], *, ordered: Collection[UUID], lease_until: datetime
    ) -> Sequence[tuple[WebhookDelivery, Event]]:
        """Claim as many deliveries of each endpoint as its share says, those that have waited longest first.

        Of an ``ordered`` endpoint, of each subject only the oldest event that has not come to its end.
        """
        ids: list[UUID] = []
        free = {one: most for one, most in shares.items() if one not in ordered}
        if free:
            ids += (await self._session.scalars(self._longest_waiting(free))).all()
        for one in ordered:
            if one in shares:
                ids += (await self._session.scalars(self._oldest_of_subjects(one, shares[one]))).all()
        if not ids:
            return ()
        taken = (
            update(WebhookDelivery)
            .where(WebhookDelivery.tenant_id == self.tenant, WebhookDelivery.id.in_(ids))
            .values(
                state=WebhookDeliveryState.SENDING,
                attempts=WebhookDelivery.attempts + 1,
                fencing_token=WebhookDelivery.fencing_token + 1,
                lease_expires_at=lease_until,
            )
            .returning(WebhookDelivery)
            .execution_options(synchronize_session=False)
        )
        deliveries = (await self._session.scalars(taken)).all()
        wanted = {one.event_id for one in deliveries}
        events = {one.id: one for one in await self._all(self._select(Event).where(Event.id.in_(wanted)))}
        return [(one, events[one.event_id]) for one in deliveries]

    async def find_sending(self, ids: Collection[UUID]) -> dict[UUID, WebhookDelivery]:
        """Those of these deliveries that are still being sent, under row locks."""
        query = self._select(WebhookDelivery).where(
            WebhookDelivery.id.in_(ids), WebhookDelivery.state == WebhookDeliveryState.SENDING
        )
        found = await self._all(query.order_by(WebhookDelivery.id).with_for_update())
        return {one.id: one for one in found}

    def _longest_waiting(self, shares: Mapping[UUID, int]) -> Select[UUID]:
        # Arrays, so that the text of the statement is the same for any number of endpoints.
        ids, most = cast(list(shares), ARRAY(Uuid)), cast(list(shares.values()), ARRAY(Integer))
        share = (
            func.unnest(ids, most)
            .table_valued(column("endpoint_id", Uuid), column("most", Integer), name="share")
            .render_derived()
        )
        picked = (
            select(WebhookDelivery.id.label("id"))
            .where(
                WebhookDelivery.tenant_id == self.tenant, WebhookDelivery.endpoint_id == share.c.endpoint_id, _is_due()
            )
            .order_by(WebhookDelivery.next_attempt_at)
            .limit(share.c.most)
            .with_for_update(skip_locked=True)
            .lateral("picked")
        )
        return select(picked.c.id).select_from(share.join(picked, true()))

    def _oldest_of_subjects(self, endpoint: UUID, most: int) -> Select[UUID]:
        oldest = (
            select(WebhookDelivery.id)
            .join(Event, Event.id == WebhookDelivery.event_id)
            .where(
                WebhookDelivery.tenant_id == self.tenant,
                WebhookDelivery.endpoint_id == endpoint,
                WebhookDelivery.state.in_(_OPEN),
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
