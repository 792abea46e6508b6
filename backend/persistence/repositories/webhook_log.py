"""The log of a webhook: which deliveries are meant, in pages and in the order in which things happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, literal, or_, select, union_all

from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.webhook_answers import StatusClass
from backend.domain.webhooks import WebhookDeliveryState, WebhookEventType, matches
from backend.persistence.models.webhook import Event, WebhookDelivery
from backend.persistence.repositories.tenant_scope import TenantRepository, as_part

#: Deliveries in one state are counted up to here.
MAX_COUNT: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookLogFilter:
    """Which deliveries of an endpoint are meant; what is empty asks for nothing.

    ``event_types`` may be families such as ``run.*``; ``since`` is included and ``until`` is not; ``text`` stands in
    the type or in the data of the event.
    """

    states: tuple[WebhookDeliveryState, ...] = ()
    event_types: tuple[str, ...] = ()
    answers: tuple[StatusClass, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    event_id: UUID | None = None
    recovery_id: UUID | None = None
    text: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same for a query over deliveries joined with their events."""
        found: list[ColumnElement[bool]] = []
        if self.states:
            found.append(WebhookDelivery.state.in_(self.states))
        if self.event_types:
            found.append(Event.type.in_(types_of(self.event_types)))
        if self.answers:
            found.append(or_(*(_answered(one) for one in self.answers)))
        if self.since is not None:
            found.append(WebhookDelivery.created_at >= self.since)
        if self.until is not None:
            found.append(WebhookDelivery.created_at < self.until)
        if self.event_id is not None:
            found.append(WebhookDelivery.event_id == self.event_id)
        if self.recovery_id is not None:
            found.append(WebhookDelivery.recovery_id == self.recovery_id)
        if self.text:
            part = as_part(self.text)
            found.append(
                or_(Event.type.icontains(part, escape="/"), cast(Event.payload, Text).icontains(part, escape="/"))
            )
        return found


def types_of(patterns: Sequence[str]) -> list[str]:
    """The event types that patterns mean."""
    return [one.value for one in WebhookEventType if matches(patterns, one)]


class WebhookLogRepository(TenantRepository):
    """The log of one tenant's webhooks in one transaction."""

    async def page(
        self, webhook_id: UUID, request: PageRequest, wanted: WebhookLogFilter
    ) -> Page[tuple[WebhookDelivery, Event]]:
        """Deliveries to an endpoint, newest first, with what they tell."""
        query = (
            select(WebhookDelivery, Event)
            .join(Event, Event.id == WebhookDelivery.event_id)
            .where(*self._of(webhook_id), *wanted.conditions())
            .order_by(WebhookDelivery.id.desc())
            .limit(request.limit + 1)
        )
        if request.after is not None:
            query = query.where(WebhookDelivery.id < request.after)
        rows = [(one, event) for one, event in (await self._session.execute(query)).all()]
        return page_of(rows, request, lambda row: row[0].id)

    async def counts(self, webhook_id: UUID, wanted: WebhookLogFilter) -> Mapping[WebhookDeliveryState, int]:
        """Deliveries per state, whatever states the filter names; at most ``MAX_COUNT + 1`` each."""
        conditions = replace(wanted, states=()).conditions()
        parts = []
        for state in WebhookDeliveryState:
            some = (
                select(literal(1))
                .select_from(WebhookDelivery)
                .join(Event, Event.id == WebhookDelivery.event_id)
                .where(*self._of(webhook_id), *conditions, WebhookDelivery.state == state)
                .limit(MAX_COUNT + 1)
            )
            parts.append(select(literal(state.value), func.count()).select_from(some.subquery()))
        rows = (await self._session.execute(union_all(*parts))).all()
        return {WebhookDeliveryState(state): count for state, count in rows}

    def _of(self, webhook_id: UUID) -> tuple[ColumnElement[bool], ...]:
        return WebhookDelivery.tenant_id == self.tenant, WebhookDelivery.endpoint_id == webhook_id


def _answered(answer: StatusClass) -> ColumnElement[bool]:
    if answer is StatusClass.NONE:
        return WebhookDelivery.last_status.is_(None) & (WebhookDelivery.attempts > 0)
    first = int(answer.value[0]) * 100
    return WebhookDelivery.last_status.between(first, first + 99)
