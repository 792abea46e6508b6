"""What people do with deliveries: look, pause, go on, try again, give up, send once more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import DeliveryId, DestinationId, new_id
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.deliveries import ENDED, DeliveryState
from backend.persistence.models.delivery import Delivery
from backend.persistence.repositories.deliveries import DeliveryRepository, DestinationRepository, ListedDelivery
from backend.persistence.repositories.delivery_lists import DeliveryFilter, DeliveryListRepository, DeliveryRow
from backend.services.scope import TenantScope
from backend.services.wakeups import Wakeups


class DeliveryNotFound(OpenRegError):
    """There is no such delivery."""

    code: ClassVar[str] = "delivery_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class DestinationSetAside(OpenRegError):
    """The destination is paused, stopped or archived: nothing goes there now."""

    code: ClassVar[str] = "destination_set_aside"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class RedeliveryRefused(OpenRegError):
    """The file is on its way there already."""

    code: ClassVar[str] = "redelivery_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class DeliveryWorkService:
    """Deliveries of a tenant, and what is done with them. Every change raises DeliveryNotFound."""

    scope: TenantScope
    wakeups: Wakeups

    async def page(self, request: PageRequest, wanted: DeliveryFilter) -> Page[DeliveryRow]:
        """Deliveries, newest first."""
        async with self.scope.reading() as session:
            return await DeliveryListRepository(session, self.scope.tenant).page(request, wanted)

    async def counts(self, wanted: DeliveryFilter) -> Mapping[DeliveryState, int]:
        """Deliveries by state, among those the rest of the filter leaves."""
        async with self.scope.reading() as session:
            return await DeliveryListRepository(session, self.scope.tenant).counts(wanted)

    async def get(self, delivery_id: DeliveryId) -> ListedDelivery:
        """One delivery with its attempts. Raises DeliveryNotFound."""
        async with self.scope.reading() as session:
            found = await DeliveryRepository(session, self.scope.tenant).find_listed(delivery_id)
        if found is None:
            raise DeliveryNotFound
        return found

    async def pause(self, delivery_id: DeliveryId) -> ListedDelivery:
        """Set a delivery aside, also one on its way; it goes on where it was. Raises DeliveryTransitionRefused."""

        def act(delivery: Delivery) -> None:
            delivery.move_to(DeliveryState.PAUSED)
            # A worker that has it in hand notices with its next sign of life, and writes nothing.
            delivery.next_attempt_at = max(self.scope.now(), delivery.lease_expires_at or self.scope.now())
            delivery.fencing_token += 1
            delivery.lease_expires_at, delivery.waits_for_place = None, False

        return await self._change(delivery_id, AuditAction.DELIVERY_PAUSED, act)

    async def resume(self, delivery_id: DeliveryId) -> ListedDelivery:
        """Go on with a paused delivery. Raises DeliveryTransitionRefused, DestinationSetAside."""

        def act(delivery: Delivery) -> None:
            if delivery.state != DeliveryState.PAUSED:
                delivery.move_to(DeliveryState.PAUSED)  # raises: only what is paused goes on
            self._begin_again(delivery, keeps_time=True)

        return await self._change(delivery_id, AuditAction.DELIVERY_RESUMED, act, needs_destination=True)

    async def retry(self, delivery_id: DeliveryId) -> ListedDelivery:
        """Try again now, with all attempts of the policy before it. Raises as ``resume`` does."""
        return await self._change(delivery_id, AuditAction.DELIVERY_RETRIED, self._begin_again, needs_destination=True)

    async def cancel(self, delivery_id: DeliveryId, reason: str) -> ListedDelivery:
        """Give a delivery up that is not on its way. Raises DeliveryTransitionRefused."""

        def act(delivery: Delivery) -> None:
            delivery.move_to(DeliveryState.CANCELLED)
            delivery.finished_at = self.scope.now()
            delivery.is_set_aside_with_destination = delivery.waits_for_place = False

        return await self._change(delivery_id, AuditAction.DELIVERY_CANCELLED, act, reason=reason)

    async def redeliver(self, delivery_id: DeliveryId, reason: str) -> ListedDelivery:
        """Send the file there once more, as a delivery of its own. Raises RedeliveryRefused, DestinationSetAside."""
        at = self.scope.now()
        async with self.scope.transaction() as session:
            deliveries = DeliveryRepository(session, self.scope.tenant)
            before = await self._find(session, deliveries, delivery_id, needs_destination=True)
            number = await deliveries.newest_number(before.artifact_id, before.destination_id)
            if before.state not in ENDED or before.number != number:
                raise RedeliveryRefused(
                    "This file is on its way there, or was sent once more after this delivery.",
                    fix="Look at the newest delivery of the file: retry it, or cancel it first.",
                )
            again = Delivery(
                id=new_id(),
                tenant_id=self.scope.tenant,
                run_id=before.run_id,
                artifact_id=before.artifact_id,
                destination_id=before.destination_id,
                role=before.role,
                state=DeliveryState.PENDING,
                next_attempt_at=at,
                created_at=at,
                number=number + 1,
                redelivery_of=before.id,
                reason=reason,
            )
            deliveries.add(again)
            await deliveries.flush_unique(RedeliveryRefused("Somebody else has just had it sent once more."))
            await self.scope.audit(session).record(
                AuditAction.DELIVERY_REPEATED,
                AuditSubject("delivery", again.id, f"delivery {again.number}"),
                after={"redelivery_of": str(before.id), "number": again.number, "reason": reason},
            )
            shown = await deliveries.find_listed(DeliveryId(again.id))
        self.wakeups.deliveries()
        if shown is None:
            raise DeliveryNotFound
        return shown

    def _begin_again(self, delivery: Delivery, *, keeps_time: bool = False) -> None:
        at = self.scope.now()
        delivery.move_to(DeliveryState.RETRYING if delivery.attempts else DeliveryState.PENDING)
        delivery.next_attempt_at = max(at, delivery.next_attempt_at) if keeps_time else at
        delivery.trying_since, delivery.attempts_before = at, delivery.attempts
        delivery.is_set_aside_with_destination = delivery.waits_for_place = False
        delivery.finished_at = None

    async def _change(
        self,
        delivery_id: DeliveryId,
        action: AuditAction,
        act: Callable[[Delivery], None],
        *,
        needs_destination: bool = False,
        reason: str | None = None,
    ) -> ListedDelivery:
        async with self.scope.transaction() as session:
            deliveries = DeliveryRepository(session, self.scope.tenant)
            delivery = await self._find(session, deliveries, delivery_id, needs_destination=needs_destination)
            before = {"state": delivery.state}
            act(delivery)
            await deliveries.flush()
            await self.scope.audit(session).record(
                action,
                AuditSubject("delivery", delivery.id, f"delivery {delivery.number}"),
                before=before,
                after={"state": delivery.state, **({"reason": reason} if reason else {})},
            )
            shown = await deliveries.find_listed(delivery_id)
        self.wakeups.deliveries()
        if shown is None:
            raise DeliveryNotFound
        return shown

    async def _find(
        self,
        session: AsyncSession,
        deliveries: DeliveryRepository,
        delivery_id: DeliveryId,
        *,
        needs_destination: bool,
    ) -> Delivery:
        """The delivery under its lock, after that of its destination, as workers take them."""
        goes_to = await deliveries.find_destination_of(delivery_id)
        if goes_to is None:
            raise DeliveryNotFound
        destination = await DestinationRepository(session, self.scope.tenant).find(
            DestinationId(goes_to), for_update=True
        )
        delivery = await deliveries.find(delivery_id, for_update=True)
        if destination is None or delivery is None:
            raise DeliveryNotFound
        is_away = destination.is_paused or destination.stopped is not None or destination.archived_at is not None
        if needs_destination and is_away:
            raise DestinationSetAside(
                f"{destination.name} is paused, stopped or archived.",
                fix="Resume the destination, or confirm its host key; what waits for it goes on with it.",
            )
        return delivery
