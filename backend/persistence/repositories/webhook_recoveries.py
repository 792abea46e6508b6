"""Recoveries of webhook endpoints: where each is, and what it comes to next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from backend.core.ids import new_id
from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.webhook_recoveries import STATES_OF, RecoveryFilter, RecoveryKind, RecoveryState
from backend.domain.webhooks import WebhookDeliveryState, WebhookEventType
from backend.persistence.models.webhook import Event, WebhookDelivery
from backend.persistence.models.webhook_recovery import WebhookRecovery
from backend.persistence.repositories.tenant_scope import TenantRepository
from backend.persistence.repositories.webhook_log import WebhookLogFilter, types_of


class WebhookRecoveryRepository(TenantRepository):
    """Recoveries of one tenant in one transaction."""

    async def page(self, webhook_id: UUID, request: PageRequest) -> Page[WebhookRecovery]:
        """Recoveries of an endpoint, newest first."""
        query = self._select(WebhookRecovery).where(WebhookRecovery.endpoint_id == webhook_id)
        return page_of(await self._newest_first(query, WebhookRecovery.id, request), request, lambda one: one.id)

    async def find(self, webhook_id: UUID, recovery_id: UUID, *, for_update: bool = False) -> WebhookRecovery | None:
        """A recovery of an endpoint."""
        found = await self._find(WebhookRecovery, recovery_id, for_update=for_update)
        return found if found is not None and found.endpoint_id == webhook_id else None

    async def running(self) -> Sequence[UUID]:
        """Recoveries that go on, the oldest first."""
        query = select(WebhookRecovery.id).where(
            WebhookRecovery.tenant_id == self.tenant, WebhookRecovery.state == RecoveryState.RUNNING
        )
        return list(await self._session.scalars(query.order_by(WebhookRecovery.id)))

    async def claim(self, recovery_id: UUID) -> WebhookRecovery | None:
        """A recovery that goes on, under a row lock; None when somebody else has it in hand."""
        query = self._select(WebhookRecovery).where(
            WebhookRecovery.id == recovery_id, WebhookRecovery.state == RecoveryState.RUNNING
        )
        found: WebhookRecovery | None = await self._session.scalar(query.with_for_update(skip_locked=True))
        return found

    async def outcomes(self, recovery_id: UUID) -> Mapping[WebhookDeliveryState, int]:
        """What became of the deliveries that a recovery has put into the line, and none has since."""
        query = (
            select(WebhookDelivery.state, func.count())
            .where(WebhookDelivery.tenant_id == self.tenant, WebhookDelivery.recovery_id == recovery_id)
            .group_by(WebhookDelivery.state)
        )
        return {WebhookDeliveryState(state): count for state, count in (await self._session.execute(query)).all()}

    async def in_line(self, recovery_id: UUID) -> int:
        """How many of its deliveries wait to be sent, or are just being sent."""
        waiting = (WebhookDeliveryState.PENDING, WebhookDeliveryState.SENDING)
        query = (
            select(func.count())
            .select_from(WebhookDelivery)
            .where(
                WebhookDelivery.tenant_id == self.tenant,
                WebhookDelivery.recovery_id == recovery_id,
                WebhookDelivery.state.in_(waiting),
            )
        )
        return int(await self._session.scalar(query) or 0)

    async def count(self, recovery: WebhookRecovery) -> int:
        """How many deliveries a recovery is about, before it begins."""
        if recovery.kind == RecoveryKind.MISSED:
            query = select(func.count()).select_from(Event).where(*self._missed(recovery))
        else:
            query = (
                select(func.count())
                .select_from(WebhookDelivery)
                .join(Event, Event.id == WebhookDelivery.event_id)
                .where(*self._meant(recovery))
            )
        return int(await self._session.scalar(query) or 0)

    async def next_deliveries(self, recovery: WebhookRecovery, limit: int) -> Sequence[tuple[UUID, datetime]]:
        """The next deliveries in the order in which things happened, locked; fewer than ``limit`` are the last."""
        place = tuple_(WebhookDelivery.created_at, WebhookDelivery.id)
        query = (
            select(WebhookDelivery.id, WebhookDelivery.created_at)
            .join(Event, Event.id == WebhookDelivery.event_id)
            .where(*self._meant(recovery), *_after(recovery, place))
            .order_by(WebhookDelivery.created_at, WebhookDelivery.id)
            .limit(limit)
            .with_for_update(of=WebhookDelivery)
        )
        return [(one, at) for one, at in (await self._session.execute(query)).all()]

    async def put_into_line(self, recovery: WebhookRecovery, deliveries: Sequence[UUID], at: datetime) -> None:
        """Send these again from now on, with the waits from the start."""
        mine = (WebhookDelivery.tenant_id == self.tenant) & WebhookDelivery.id.in_(deliveries)
        await self._session.execute(
            update(WebhookDelivery)
            .where(mine)
            .values(
                state=WebhookDeliveryState.PENDING,
                finished_at=None,
                attempts_before=WebhookDelivery.attempts,
                trying_since=at,
                next_attempt_at=at,
                recovery_id=recovery.id,
            )
            .execution_options(synchronize_session=False)
        )

    async def next_missed(self, recovery: WebhookRecovery, limit: int) -> Sequence[Event]:
        """The next events of which the endpoint was not told; fewer than ``limit`` are the last."""
        place = tuple_(Event.created_at, Event.id)
        query = (
            self._select(Event)
            .where(*self._missed(recovery), *_after(recovery, place))
            .order_by(Event.created_at, Event.id)
            .limit(limit)
        )
        return await self._all(query)

    async def tell(self, recovery: WebhookRecovery, events: Sequence[Event], at: datetime) -> int:
        """Make the deliveries of events to the endpoint that are not there; how many were made."""
        if not events:
            return 0
        made = (
            insert(WebhookDelivery)
            .values(
                [
                    {
                        "id": new_id(),
                        "tenant_id": self.tenant,
                        "event_id": one.id,
                        "endpoint_id": recovery.endpoint_id,
                        "state": WebhookDeliveryState.PENDING,
                        "attempts": 0,
                        "attempts_before": 0,
                        "fencing_token": 0,
                        "trying_since": at,
                        "next_attempt_at": at,
                        "recovery_id": recovery.id,
                        "created_at": one.created_at,
                    }
                    for one in events
                ]
            )
            .on_conflict_do_nothing(index_elements=["event_id", "endpoint_id"])
            .returning(WebhookDelivery.id)
        )
        return len((await self._session.scalars(made)).all())

    def _meant(self, recovery: WebhookRecovery) -> list[ColumnElement[bool]]:
        wanted = RecoveryFilter.of_document(recovery.filters)
        return [
            WebhookDelivery.tenant_id == self.tenant,
            WebhookDelivery.endpoint_id == recovery.endpoint_id,
            *WebhookLogFilter(
                states=wanted.states or STATES_OF[RecoveryKind(recovery.kind)],
                event_types=wanted.event_types,
                answers=wanted.answers,
                text=wanted.text,
                since=recovery.since,
                until=recovery.until,
            ).conditions(),
        ]

    def _missed(self, recovery: WebhookRecovery) -> list[ColumnElement[bool]]:
        told = select(WebhookDelivery.id).where(
            WebhookDelivery.event_id == Event.id, WebhookDelivery.endpoint_id == recovery.endpoint_id
        )
        conditions = [
            Event.tenant_id == self.tenant,
            Event.created_at >= recovery.since,
            Event.created_at < recovery.until,
            # A ping is for one endpoint, and none is told how it fares itself.
            Event.type != WebhookEventType.OPENREG_PING.value,
            Event.subject_id != recovery.endpoint_id,
            ~told.exists(),
        ]
        patterns = RecoveryFilter.of_document(recovery.filters).event_types
        return [*conditions, Event.type.in_(types_of(patterns))] if patterns else conditions


def _after(recovery: WebhookRecovery, place: ColumnElement[tuple[datetime, UUID]]) -> list[ColumnElement[bool]]:
    if recovery.cursor_at is None or recovery.cursor_id is None:
        return []
    return [place > tuple_(recovery.cursor_at, recovery.cursor_id)]
