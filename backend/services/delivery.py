"""Delivery: one artifact to one destination, claimed, transferred, recorded; a receipt or a reason, never a guess."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import ClassVar

import structlog

from backend.core.clock import Clock
from backend.core.crypto import SecretBox
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import ArtifactId, DeliveryId, DestinationId, RunId, TenantId, new_id
from backend.core.metrics import DELIVERY_ATTEMPTS
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import SECRET_CHANGED, AuditAction, AuditSubject
from backend.domain.deliveries import DeliveryState
from backend.domain.retry import DELIVERY_RETRY, Failure
from backend.domain.webhooks import WebhookEventType
from backend.persistence.clock import MAX_DEVIATION
from backend.persistence.faults import DatabaseUnavailable
from backend.persistence.models.artifact import Artifact
from backend.persistence.models.delivery import Delivery, DeliveryAttempt, Destination
from backend.persistence.outbox import Outbox
from backend.persistence.repositories.artifacts import ArtifactRepository
from backend.persistence.repositories.deliveries import DeliveryRepository, DestinationRepository, ListedDelivery
from backend.persistence.session import Database
from backend.services.announcements import announce_delivery_failed
from backend.services.egress import EgressGuard
from backend.services.scope import TenantScope
from backend.services.storage import ObjectStorage
from backend.services.submissions import mark_sent
from backend.services.transfer.contract import Transfer, TransferReceipt, TransferTest
from backend.services.transfer.factory import create_transfer
from backend.services.wakeups import Wakeups

log = structlog.get_logger(__name__)

#: Renewed while a file is on its way, however long that takes; a dead worker's delivery is taken over after it.
LEASE = timedelta(minutes=2)
#: A lease survives a few renewals that come late.
RENEWALS_PER_LEASE = 6


class DestinationNotFound(OpenRegError):
    """There is no such destination."""

    code: ClassVar[str] = "destination_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class DeliveryLeaseLost(OpenRegError):
    """Another worker has taken over this delivery; this one must stop."""

    code: ClassVar[str] = "delivery_lease_lost"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class DestinationNameTaken(OpenRegError):
    """Another destination has this name."""

    code: ClassVar[str] = "destination_name_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class TransferOpener:
    """Makes a live transfer from a stored destination."""

    box: SecretBox
    egress: EgressGuard

    def open(self, destination: Destination) -> Transfer:
        """The transfer, not yet connected."""
        return create_transfer(
            destination.kind, destination.settings, self.box.open(destination.credentials), self.egress
        )


@dataclass(frozen=True, slots=True)
class DestinationService:
    """Stored destinations of a tenant."""

    scope: TenantScope
    opener: TransferOpener

    async def create(
        self, *, name: str, kind: str, settings: dict[str, object], credentials: dict[str, object]
    ) -> Destination:
        """Store a destination; its settings are checked by its kind first. Raises DestinationNameTaken."""
        create_transfer(kind, settings, credentials, self.opener.egress)
        at = self.scope.now()
        destination = Destination(
            id=new_id(),
            tenant_id=self.scope.tenant,
            name=name,
            kind=kind,
            settings=settings,
            credentials=self.opener.box.seal(credentials),
            created_at=at,
            updated_at=at,
        )
        async with self.scope.transaction() as session:
            destinations = DestinationRepository(session, self.scope.tenant)
            destinations.add(destination)
            await destinations.flush_unique(
                DestinationNameTaken(f"A destination named {name!r} exists.", fix="Choose another name.")
            )
            await self.scope.audit(session).record(
                AuditAction.DESTINATION_CREATED,
                AuditSubject("destination", destination.id, name),
                after={"name": name, "kind": kind, "settings": settings, "credentials": SECRET_CHANGED},
            )
        return destination

    async def get(self, destination_id: DestinationId) -> Destination:
        """Raises DestinationNotFound."""
        async with self.scope.transaction() as session:
            found = await DestinationRepository(session, self.scope.tenant).find(destination_id)
        if found is None:
            raise DestinationNotFound
        return found

    async def page(self, request: PageRequest) -> Page[Destination]:
        """Destinations, newest first."""
        async with self.scope.reading() as session:
            return await DestinationRepository(session, self.scope.tenant).page(request)

    async def test(self, destination_id: DestinationId) -> TransferTest:
        """Try it step by step; leaves nothing behind."""
        transfer = self.opener.open(await self.get(destination_id))
        return await asyncio.to_thread(transfer.test)

    async def test_unsaved(
        self, kind: str, settings: dict[str, object], credentials: dict[str, object]
    ) -> TransferTest:
        """Try a destination that is not stored. Raises TransferSettingsInvalid."""
        transfer = create_transfer(kind, settings, credentials, self.opener.egress)
        return await asyncio.to_thread(transfer.test)

    async def deliveries_of_run(self, run_id: RunId) -> Sequence[ListedDelivery]:
        """Deliveries of a run, oldest first, with their attempts."""
        async with self.scope.reading() as session:
            return await DeliveryRepository(session, self.scope.tenant).listed_of_run(run_id)


@dataclass(frozen=True, slots=True)
class _ClaimedDelivery:
    tenant: TenantId
    delivery: Delivery
    artifact: Artifact
    destination: Destination
    started_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryService:
    """Carries out deliveries; the network is used between two transactions, never inside one."""

    database: Database
    storage: ObjectStorage
    opener: TransferOpener
    wakeups: Wakeups
    now: Clock
    lease: timedelta = LEASE

    async def deliver(self, tenant: TenantId, delivery_id: DeliveryId) -> None:
        """One attempt; returns at once when it is not due, somebody else has it, or our clock is off."""
        if await self.database.read_clock() > MAX_DEVIATION:
            log.error("clock_off", delivery_id=str(delivery_id), fix="Set the clock of this machine.")
            return
        claimed = await self._claim(tenant, delivery_id)
        if claimed is None:
            return
        lost = threading.Event()
        renewing = asyncio.create_task(self._renew(claimed, lost))
        try:
            receipt = await asyncio.to_thread(self._transfer, claimed, lost)
        except OpenRegError as error:
            await self._record_failure(claimed, error)
        else:
            await self._record_success(claimed, receipt)
        finally:
            renewing.cancel()
        self.wakeups.webhooks(tenant)

    async def _renew(self, claimed: _ClaimedDelivery, lost: threading.Event) -> None:
        """Hold the lease until cancelled; ``lost`` is set when somebody else has the delivery."""
        delivery = claimed.delivery
        while not lost.is_set():
            await asyncio.sleep(self.lease.total_seconds() / RENEWALS_PER_LEASE)
            try:
                async with self.database.transaction(claimed.tenant) as session:
                    deliveries = DeliveryRepository(session, claimed.tenant)
                    held = await deliveries.extend_lease(DeliveryId(delivery.id), delivery.fencing_token, self.lease)
            except DatabaseUnavailable:
                continue  # nobody else can claim it either
            if not held:
                log.warning("delivery_lease_lost", delivery_id=str(delivery.id))
                lost.set()

    async def _claim(self, tenant: TenantId, delivery_id: DeliveryId) -> _ClaimedDelivery | None:
        at = self.now()
        async with self.database.transaction(tenant) as session:
            delivery = await DeliveryRepository(session, tenant).find_due(delivery_id)
            if delivery is None:
                return None
            artifact = await ArtifactRepository(session, tenant).find(ArtifactId(delivery.artifact_id))
            destination = await DestinationRepository(session, tenant).find(DestinationId(delivery.destination_id))
            if artifact is None or destination is None:
                raise DestinationNotFound
            delivery.state = DeliveryState.SENDING
            delivery.attempts += 1
            delivery.fencing_token += 1
            delivery.lease_expires_at = at + self.lease
        return _ClaimedDelivery(tenant, delivery, artifact, destination, at)

    def _transfer(self, claimed: _ClaimedDelivery, lost: threading.Event) -> TransferReceipt:
        artifact = claimed.artifact

        def read_from(offset: int) -> Iterator[bytes]:
            for piece in self.storage.stream(artifact.object_key, offset):
                if lost.is_set():
                    raise DeliveryLeaseLost
                yield piece

        transfer = self.opener.open(claimed.destination)
        return transfer.deliver(
            read_from,
            name=artifact.name,
            size_bytes=artifact.size_bytes,
            sha256=artifact.sha256,
            delivery_id=str(claimed.delivery.id),
        )

    async def _record_success(self, claimed: _ClaimedDelivery, receipt: TransferReceipt) -> None:
        at = self.now()
        async with self.database.transaction(claimed.tenant) as session:
            delivery = await self._fenced(DeliveryRepository(session, claimed.tenant), claimed, None, at)
            if delivery is None:
                return
            delivery.state, delivery.finished_at = DeliveryState.DELIVERED, at
            delivery.receipt, delivery.last_error = _as_json(receipt), None
            outbox = Outbox(session, claimed.tenant)
            await outbox.add(WebhookEventType.DELIVERY_COMPLETED, delivery.id, _payload(claimed, delivery), at)
            await mark_sent(session, claimed.tenant, delivery.run_id, delivery.artifact_id, at)
        DELIVERY_ATTEMPTS.labels(DeliveryState.DELIVERED.value).inc()
        log.info("delivery_completed", delivery_id=str(claimed.delivery.id), attempt=claimed.delivery.attempts)

    async def _record_failure(self, claimed: _ClaimedDelivery, error: OpenRegError) -> None:
        at = self.now()
        reason: dict[str, object] = {"code": error.code, "message": error.message, "fix": error.fix}
        async with self.database.transaction(claimed.tenant) as session:
            delivery = await self._fenced(DeliveryRepository(session, claimed.tenant), claimed, reason, at)
            if delivery is None:
                return
            failure = Failure(attempts=delivery.attempts, first_attempt_at=delivery.created_at, failed_at=at)
            # Jitter spreads load; nothing secret depends on it.
            again = DELIVERY_RETRY.next_attempt_at(failure, draw=random.random()) if error.transient else None  # noqa: S311 - see above
            delivery.last_error = reason
            if again is None:
                delivery.state, delivery.finished_at = DeliveryState.FAILED, at
                event = WebhookEventType.DELIVERY_FAILED
                announce_delivery_failed(session, claimed.tenant, claimed.destination, reason, at)
            else:
                delivery.state, delivery.next_attempt_at = DeliveryState.RETRYING, again
                event = WebhookEventType.DELIVERY_RETRYING
            await Outbox(session, claimed.tenant).add(event, delivery.id, _payload(claimed, delivery), at)
        DELIVERY_ATTEMPTS.labels(str(delivery.state)).inc()
        log.warning("delivery_attempt_failed", delivery_id=str(claimed.delivery.id), code=error.code)

    async def _fenced(
        self, deliveries: DeliveryRepository, claimed: _ClaimedDelivery, error: dict[str, object] | None, at: datetime
    ) -> Delivery | None:
        delivery = await deliveries.find_fenced(DeliveryId(claimed.delivery.id), claimed.delivery.fencing_token)
        if delivery is not None:
            delivery.lease_expires_at = None
            deliveries.add(
                DeliveryAttempt(
                    id=new_id(),
                    tenant_id=claimed.tenant,
                    delivery_id=delivery.id,
                    number=delivery.attempts,
                    started_at=claimed.started_at,
                    finished_at=at,
                    error=error,
                )
            )
        return delivery


def _as_json(receipt: TransferReceipt) -> dict[str, object]:
    values = asdict(receipt)
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def _payload(claimed: _ClaimedDelivery, delivery: Delivery) -> dict[str, object]:
    return {
        "delivery_id": str(delivery.id),
        "run_id": str(delivery.run_id),
        "artifact_id": str(delivery.artifact_id),
        "destination_id": str(delivery.destination_id),
        "state": delivery.state,
        "attempts": delivery.attempts,
        "name": claimed.artifact.name,
        "sha256": claimed.artifact.sha256,
        "receipt": delivery.receipt,
        "error": delivery.last_error,
    }
