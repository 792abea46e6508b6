"""Recoveries: sending what an endpoint did not get, or all of a range, again; for people, and the worker behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.ids import TenantId, WebhookId, new_id
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.event_catalogue.catalogue import CATALOGUE
from backend.domain.webhook_filter import Concern
from backend.domain.webhook_recoveries import (
    BATCH,
    IN_LINE,
    RecoveryEnded,
    RecoveryFilter,
    RecoveryKind,
    RecoveryNotFound,
    RecoveryState,
    recovery_range,
)
from backend.domain.webhooks import (
    WebhookDeliveryState,
    WebhookEventType,
    WebhookIsOff,
    check_patterns,
)
from backend.persistence.models.webhook import Event, WebhookEndpoint
from backend.persistence.models.webhook_recovery import WebhookRecovery
from backend.persistence.repositories.webhook_recoveries import WebhookRecoveryRepository
from backend.persistence.repositories.webhooks import WebhookRepository
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SystemScope
from backend.services.scope import TenantScope
from backend.services.wakeups import Wakeups

#: So many transactions of one recovery follow each other before the others have their turn.
_TURNS: Final = IN_LINE // BATCH


@dataclass(frozen=True, slots=True)
class RecoveryAsked:
    """What is to be sent again: what happened from ``since`` until before ``until``, or until now."""

    kind: RecoveryKind
    since: datetime
    until: datetime | None
    filters: RecoveryFilter
    reason: str


@dataclass(frozen=True, slots=True)
class RecoveryView:
    """A recovery, and what became of the deliveries it has put into the line."""

    recovery: WebhookRecovery
    outcomes: Mapping[WebhookDeliveryState, int]


@dataclass(frozen=True, slots=True)
class WebhookRecoveryService:
    """Recoveries of a tenant's endpoints, for its people."""

    scope: TenantScope

    async def start(self, webhook_id: WebhookId, asked: RecoveryAsked) -> RecoveryView:
        """Begin. Raises WebhookNotFound, WebhookIsOff, RecoveryRangeInvalid, EventPatternUnknown."""
        at = self.scope.now()
        since, until = recovery_range(asked.since, asked.until, at)
        if asked.filters.event_types:
            check_patterns(asked.filters.event_types)
        async with self.scope.transaction() as session:
            endpoint = await WebhookRepository(session, self.scope.tenant).get(webhook_id)
            if not endpoint.is_active:
                raise WebhookIsOff(fix="Switch it on first.")
            recovery = WebhookRecovery(
                id=new_id(),
                tenant_id=self.scope.tenant,
                endpoint_id=endpoint.id,
                kind=asked.kind,
                since=since,
                until=until,
                filters=asked.filters.document(),
                state=RecoveryState.RUNNING,
                done=0,
                reason=asked.reason,
                created_by=self.scope.user_id,
                created_at=at,
            )
            WebhookRecoveryRepository(session, self.scope.tenant).add(recovery)
            await self._record(session, AuditAction.WEBHOOK_RECOVERY_STARTED, recovery)
        return RecoveryView(recovery, {})

    async def page(self, webhook_id: WebhookId, request: PageRequest) -> Page[WebhookRecovery]:
        """Recoveries of an endpoint, newest first. Raises WebhookNotFound."""
        async with self.scope.reading() as session:
            await WebhookRepository(session, self.scope.tenant).get(webhook_id)
            return await WebhookRecoveryRepository(session, self.scope.tenant).page(webhook_id, request)

    async def get(self, webhook_id: WebhookId, recovery_id: UUID) -> RecoveryView:
        """Raises RecoveryNotFound."""
        async with self.scope.reading() as session:
            recoveries = WebhookRecoveryRepository(session, self.scope.tenant)
            found = await _get(recoveries, webhook_id, recovery_id)
            return RecoveryView(found, await recoveries.outcomes(recovery_id))

    async def cancel(self, webhook_id: WebhookId, recovery_id: UUID) -> RecoveryView:
        """Put no more into the line; what is in it is sent. Raises RecoveryNotFound, RecoveryEnded."""
        async with self.scope.transaction() as session:
            recoveries = WebhookRecoveryRepository(session, self.scope.tenant)
            found = await _get(recoveries, webhook_id, recovery_id, for_update=True)
            if found.state != RecoveryState.RUNNING:
                raise RecoveryEnded(f"The recovery is {found.state}.")
            found.state, found.finished_at = RecoveryState.CANCELLED, self.scope.now()
            await self._record(session, AuditAction.WEBHOOK_RECOVERY_CANCELLED, found)
            return RecoveryView(found, await recoveries.outcomes(recovery_id))

    async def _record(self, session: AsyncSession, action: AuditAction, recovery: WebhookRecovery) -> None:
        subject = AuditSubject(
            "webhook_recovery", recovery.id, f"{recovery.kind} since {recovery.since:%Y-%m-%d %H:%M}"
        )
        await self.scope.audit(session).record(action, subject, after=_shown(recovery), note=recovery.reason)


@dataclass(frozen=True, slots=True)
class WebhookRecoverySweep:
    """Goes on with recoveries: a few at a time are in the line, in the order in which things happened.

    Each batch is put into the line in the transaction that moves the cursor. So a worker may be killed at any moment,
    and two may begin with the same recovery: each delivery comes into the line once.
    """

    database: Database
    system: SystemDatabase
    wakeups: Wakeups
    now: Clock

    async def advance(self) -> int:
        """Put into the line what has room, in every tenant; how many deliveries that were."""
        async with self.system.transaction() as session:
            tenants = await SystemScope(session).tenants_with_webhook_recoveries()
        moved = 0
        for tenant in tenants:
            async with self.database.transaction(tenant) as session:
                running = await WebhookRecoveryRepository(session, tenant).running()
            for one in running:
                moved += await self._advance(tenant, one)
        return moved

    async def _advance(self, tenant: TenantId, recovery_id: UUID) -> int:
        moved = 0
        for _ in range(_TURNS):
            step = await self._step(tenant, recovery_id)
            if step is None:
                break
            if step:
                self.wakeups.webhooks(tenant)
            moved += step
        return moved

    async def _step(self, tenant: TenantId, recovery_id: UUID) -> int | None:
        """One batch in one transaction: how many came into the line; None when there is nothing to do now."""
        async with self.database.transaction(tenant) as session:
            recoveries = WebhookRecoveryRepository(session, tenant)
            recovery = await recoveries.claim(recovery_id)
            if recovery is None:
                return None
            webhooks = WebhookRepository(session, tenant)
            endpoint = await webhooks.get(WebhookId(recovery.endpoint_id))
            if not endpoint.is_active:
                return None  # what is in the line of an endpoint that is off is given up: it goes on when it is on
            if recovery.counted is None:
                recovery.counted = await recoveries.count(recovery)
            room = min(BATCH, IN_LINE - await recoveries.in_line(recovery_id))
            if room <= 0:
                return None
            if recovery.kind == RecoveryKind.MISSED:
                moved, is_last = await self._tell_missed(recoveries, webhooks, recovery, endpoint, room)
            else:
                moved, is_last = await self._send_again(recoveries, recovery, room)
            recovery.done += moved
            if is_last:
                recovery.state, recovery.finished_at = RecoveryState.COMPLETED, self.now()
        return moved

    async def _send_again(
        self, recoveries: WebhookRecoveryRepository, recovery: WebhookRecovery, room: int
    ) -> tuple[int, bool]:
        found = await recoveries.next_deliveries(recovery, room)
        if found:
            await recoveries.put_into_line(recovery, [one for one, _ in found], self.now())
            recovery.cursor_id, recovery.cursor_at = found[-1]
        return len(found), len(found) < room

    async def _tell_missed(
        self,
        recoveries: WebhookRecoveryRepository,
        webhooks: WebhookRepository,
        recovery: WebhookRecovery,
        endpoint: WebhookEndpoint,
        room: int,
    ) -> tuple[int, bool]:
        found = await recoveries.next_missed(recovery, room)
        if not found:
            return 0, True
        wanted = [one for one in found if await _is_wanted(webhooks, endpoint, one)]
        moved = await recoveries.tell(recovery, wanted, self.now())
        recovery.cursor_id, recovery.cursor_at = found[-1].id, found[-1].created_at
        return moved, len(found) < room


async def _is_wanted(webhooks: WebhookRepository, endpoint: WebhookEndpoint, event: Event) -> bool:
    """Whether the endpoint, as it is now, is told of an event; data of another form than today's is about no report."""
    kind = CATALOGUE.get(WebhookEventType(event.type))
    if kind is None:
        return False
    try:
        news = kind.data.model_validate(event.payload)
    except ValidationError:
        return endpoint.filter.wants(WebhookEventType(event.type), Concern(frozenset(), frozenset()))
    reports, regimes = news.reports(), news.regimes()
    if reports and endpoint.regimes:
        regimes |= await webhooks.regimes_of(reports)
    return endpoint.filter.wants(WebhookEventType(event.type), Concern(reports, regimes))


async def _get(
    recoveries: WebhookRecoveryRepository, webhook_id: WebhookId, recovery_id: UUID, *, for_update: bool = False
) -> WebhookRecovery:
    found = await recoveries.find(webhook_id, recovery_id, for_update=for_update)
    if found is None:
        raise RecoveryNotFound
    return found


def _shown(recovery: WebhookRecovery) -> dict[str, object]:
    return {
        "webhook_id": str(recovery.endpoint_id),
        "kind": str(recovery.kind),
        "since": recovery.since.isoformat(),
        "until": recovery.until.isoformat(),
        "filters": recovery.filters,
        "state": str(recovery.state),
        "done": recovery.done,
    }
