"""Destinations and deliveries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, or_, select, update

from backend.core.ids import DeliveryId, DestinationId, RunId
from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.deliveries import DeliveryState
from backend.persistence.models.artifact import Artifact
from backend.persistence.models.delivery import Delivery, DeliveryAttempt, Destination
from backend.persistence.repositories.tenant_scope import TenantRepository


@dataclass(frozen=True, slots=True)
class ListedDelivery:
    """A delivery with the names of what goes where, and every attempt at it."""

    delivery: Delivery
    artifact_name: str
    destination_name: str
    attempts: Sequence[DeliveryAttempt]


class DestinationRepository(TenantRepository):
    """Destinations of one tenant in one transaction."""

    async def find(self, destination_id: DestinationId) -> Destination | None:
        """The destination, or None."""
        return await self._find(Destination, destination_id)

    async def known(self, destinations: Collection[UUID]) -> set[UUID]:
        """Those of the identifiers that are destinations of the tenant."""
        query = self._select(Destination).where(Destination.id.in_(destinations))
        return {one.id for one in await self._all(query)}

    async def names(self, identities: Collection[str]) -> dict[str, str]:
        """Names by identifier, both as texts."""
        query = self._select(Destination).where(Destination.id.in_([UUID(str(one)) for one in identities]))
        return {str(one.id): one.name for one in await self._all(query)}

    async def named(self, names: Collection[str]) -> dict[str, UUID]:
        """Identifiers by name."""
        query = self._select(Destination).where(Destination.name.in_(names))
        return {one.name: one.id for one in await self._all(query)}

    async def page(self, request: PageRequest) -> Page[Destination]:
        """Destinations, newest first."""
        rows = await self._newest_first(self._select(Destination), Destination.id, request)
        return page_of(rows, request, lambda one: one.id)


class DeliveryRepository(TenantRepository):
    """Deliveries of one tenant in one transaction."""

    async def find(self, delivery_id: DeliveryId) -> Delivery | None:
        """The delivery, or None."""
        return await self._find(Delivery, delivery_id)

    async def find_due(self, delivery_id: DeliveryId) -> Delivery | None:
        """The delivery under a row lock if it is due and nobody holds a lease on it, else None."""
        waiting = Delivery.state.in_((DeliveryState.PENDING, DeliveryState.RETRYING)) & (
            Delivery.next_attempt_at <= func.clock_timestamp()
        )
        abandoned = (Delivery.state == DeliveryState.SENDING) & (Delivery.lease_expires_at < func.clock_timestamp())
        query = self._select(Delivery).where(Delivery.id == delivery_id, or_(waiting, abandoned))
        found: Delivery | None = await self._session.scalar(query.with_for_update(skip_locked=True))
        return found

    async def find_fenced(self, delivery_id: DeliveryId, fencing_token: int) -> Delivery | None:
        """The delivery under a row lock if the token is still the newest, else None."""
        query = self._select(Delivery).where(
            Delivery.id == delivery_id, Delivery.fencing_token == fencing_token, Delivery.state == DeliveryState.SENDING
        )
        found: Delivery | None = await self._session.scalar(query.with_for_update())
        return found

    async def extend_lease(self, delivery_id: DeliveryId, fencing_token: int, lease: timedelta) -> bool:
        """Hold a delivery that is being sent for longer; False when the token is no longer the newest."""
        statement = (
            update(Delivery)
            .where(
                Delivery.tenant_id == self.tenant,
                Delivery.id == delivery_id,
                Delivery.fencing_token == fencing_token,
                Delivery.state == DeliveryState.SENDING,
            )
            .values(lease_expires_at=func.clock_timestamp() + lease)
            .returning(Delivery.id)
        )
        return await self._session.scalar(statement) is not None

    async def listed_of_run(self, run_id: RunId) -> Sequence[ListedDelivery]:
        """The deliveries of a run, oldest first."""
        query = select(Delivery, Artifact.name, Destination.name).where(
            Delivery.tenant_id == self.tenant, Delivery.run_id == run_id
        )
        query = query.join(Artifact, Artifact.id == Delivery.artifact_id)
        query = query.join(Destination, Destination.id == Delivery.destination_id)
        rows = (await self._session.execute(query.order_by(Delivery.id))).all()
        tries = self._select(DeliveryAttempt).where(DeliveryAttempt.delivery_id.in_(row[0].id for row in rows))
        attempts = await self._all(tries.order_by(DeliveryAttempt.number))
        return [
            ListedDelivery(delivery, artifact, destination, [one for one in attempts if one.delivery_id == delivery.id])
            for delivery, artifact, destination in rows
        ]
