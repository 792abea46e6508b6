"""Delivery: one artifact to one destination, claimed, transferred, recorded; a receipt or a reason, never a guess."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

import structlog

from backend.core.clock import Clock
from backend.core.crypto import SecretBox
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import ArtifactId, DeliveryId, DestinationId, TenantId, new_id
from backend.core.jitter import draw
from backend.core.metrics import DELIVERY_ATTEMPTS
from backend.domain.deliveries import DeliveryRole, DeliveryState, DestinationEnvironment
from backend.domain.delivery_policy import DeliveryPolicy, Pace, SentFile, companions
from backend.domain.event_catalogue.deliveries import DeliveryLinks, DeliveryNews, Receipt
from backend.domain.event_catalogue.news import Refusal
from backend.domain.retry import Failure
from backend.domain.webhooks import WebhookEventType
from backend.persistence.clock import MAX_DEVIATION
from backend.persistence.faults import DatabaseUnavailable
from backend.persistence.models.artifact import Artifact
from backend.persistence.models.delivery import Delivery, DeliveryAttempt, Destination
from backend.persistence.outbox import Outbox
from backend.persistence.repositories.artifacts import ArtifactRepository
from backend.persistence.repositories.deliveries import DeliveryRepository, DestinationRepository, RunFacts
from backend.persistence.session import Database
from backend.services.announcements import announce_delivery_failed
from backend.services.destination_line import DestinationLine
from backend.services.egress import EgressGuard
from backend.services.server_identity import IDENTITY_FAULTS, shown_at
from backend.services.storage import ObjectStorage
from backend.services.submissions import mark_sent
from backend.services.transfer.contract import Transfer, TransferReceipt
from backend.services.transfer.factory import create_inbox, create_transfer
from backend.services.transfer.inbox import RemoteInbox
from backend.services.wakeups import Wakeups

log = structlog.get_logger(__name__)

#: Renewed while a file is on its way, however long that takes; a dead worker's delivery is taken over after it.
LEASE = timedelta(minutes=2)
#: A lease survives a few renewals that come late.
RENEWALS_PER_LEASE = 6
#: How far a file is, for whoever watches it.
PROGRESS_EVERY = timedelta(seconds=2)
#: A delivery that found every place taken looks again; whoever leaves a place calls it earlier.
PLACE_WAIT = timedelta(seconds=15)


class DestinationNotFound(OpenRegError):
    """There is no such destination."""

    code: ClassVar[str] = "destination_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class DeliveryLeaseLost(OpenRegError):
    """Another worker has taken over this delivery; this one must stop."""

    code: ClassVar[str] = "delivery_lease_lost"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class DemoDataRefused(OpenRegError):
    """Made-up records are not sent to a destination of production."""

    code: ClassVar[str] = "demo_data_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


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

    def open_inbox(self, destination: Destination) -> AbstractContextManager[RemoteInbox]:
        """What can be read there; nothing is connected before it is entered. Raises TransferKindUnknown."""
        return create_inbox(destination.kind, destination.settings, self.box.open(destination.credentials), self.egress)


@dataclass(frozen=True, slots=True)
class _ClaimedDelivery:
    tenant: TenantId
    delivery: Delivery
    artifact: Artifact
    destination: Destination
    policy: DeliveryPolicy
    run: RunFacts
    started_at: datetime

    @property
    def file(self) -> SentFile:
        one = self.artifact
        return SentFile(one.name, one.size_bytes, one.records, one.sha256, self.run.reporting_date)

    def check(self) -> None:
        """Raises DemoDataRefused."""
        if self.run.is_demo and self.destination.environment == DestinationEnvironment.PRODUCTION:
            raise DemoDataRefused(
                f"{self.artifact.name} was made of demo data, and {self.destination.name} belongs to production.",
                fix="Deliver it to a destination of the environment test.",
            )


@dataclass(slots=True)
class _Progress:
    """What is told between the thread that sends and the loop that renews the lease."""

    lost: threading.Event = field(default_factory=threading.Event)
    bytes_sent: int = 0


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
        progress = _Progress()
        renewing = asyncio.create_task(self._renew(claimed, progress))
        try:
            claimed.check()
            line = DestinationLine(self.database, tenant, claimed.destination, claimed.policy.pace, progress.lost)
            receipts = await asyncio.to_thread(self._transfer, claimed, progress, line.in_thread())
        except OpenRegError as error:
            await self._record_failure(claimed, error, progress.bytes_sent)
        else:
            await self._record_success(claimed, receipts)
        finally:
            renewing.cancel()
        if await self._give_place(claimed):
            self.wakeups.deliveries()
        self.wakeups.webhooks(tenant)

    async def _give_place(self, claimed: _ClaimedDelivery) -> bool:
        async with self.database.transaction(claimed.tenant) as session:
            return await DeliveryRepository(session, claimed.tenant).give_place(DestinationId(claimed.destination.id))

    async def _renew(self, claimed: _ClaimedDelivery, progress: _Progress) -> None:
        """Hold the lease until cancelled; ``lost`` is set when somebody else has the delivery."""
        delivery, wait = claimed.delivery, min(self.lease / RENEWALS_PER_LEASE, PROGRESS_EVERY)
        while not progress.lost.is_set():
            await asyncio.sleep(wait.total_seconds())
            try:
                async with self.database.transaction(claimed.tenant) as session:
                    deliveries = DeliveryRepository(session, claimed.tenant)
                    held = await deliveries.extend_lease(
                        DeliveryId(delivery.id), delivery.fencing_token, self.lease, progress.bytes_sent
                    )
            except DatabaseUnavailable:
                continue  # nobody else can claim it either
            if not held:
                log.warning("delivery_lease_lost", delivery_id=str(delivery.id))
                progress.lost.set()

    async def _claim(self, tenant: TenantId, delivery_id: DeliveryId) -> _ClaimedDelivery | None:
        """Take a delivery that is due and for which its destination has a place.

        The destination's row is locked first, by everybody who changes either: pace and places are counted over all
        workers under that lock.
        """
        at = self.now()
        async with self.database.transaction(tenant) as session:
            deliveries = DeliveryRepository(session, tenant)
            goes_to = await deliveries.find_destination_of(delivery_id)
            if goes_to is None:
                return None
            destination = await DestinationRepository(session, tenant).find(DestinationId(goes_to), for_update=True)
            delivery = await deliveries.find_due(delivery_id)
            if destination is None or delivery is None:
                return None
            policy = DeliveryPolicy.model_validate(destination.policy)
            if await _must_wait(deliveries, delivery, destination, policy.pace, at):
                return None
            artifact = await ArtifactRepository(session, tenant).find(ArtifactId(delivery.artifact_id))
            if artifact is None:
                raise DestinationNotFound
            run = await deliveries.facts_of(delivery.run_id)
            delivery.move_to(DeliveryState.SENDING)
            delivery.attempts += 1
            delivery.fencing_token += 1
            delivery.bytes_sent, delivery.waits_for_place = 0, False
            delivery.lease_expires_at = at + self.lease
        return _ClaimedDelivery(tenant, delivery, artifact, destination, policy, run, at)

    def _transfer(
        self, claimed: _ClaimedDelivery, progress: _Progress, reserve: Callable[[int], None]
    ) -> list[TransferReceipt]:
        """The file, then what goes along with it, each in one step; what is there already is recognised."""
        artifact = claimed.artifact

        def read_from(offset: int) -> Iterator[bytes]:
            progress.bytes_sent = offset
            for piece in self.storage.stream(artifact.object_key, offset):
                reserve(len(piece))
                if progress.lost.is_set():
                    raise DeliveryLeaseLost
                yield piece
                progress.bytes_sent += len(piece)

        transfer, delivery_id = self.opener.open(claimed.destination), str(claimed.delivery.id)
        file = claimed.file
        receipts = [
            transfer.deliver(
                read_from, name=file.name, size_bytes=file.size_bytes, sha256=file.sha256, delivery_id=delivery_id
            )
        ]
        for companion in companions(claimed.policy, file):
            if progress.lost.is_set():
                raise DeliveryLeaseLost
            content = companion.content
            receipts.append(
                transfer.deliver(
                    partial(_rest_of, content),
                    name=companion.name,
                    size_bytes=len(content),
                    sha256=hashlib.sha256(content).hexdigest(),
                    delivery_id=delivery_id,
                )
            )
        return receipts

    async def _record_success(self, claimed: _ClaimedDelivery, receipts: Sequence[TransferReceipt]) -> None:
        at = self.now()
        async with self.database.transaction(claimed.tenant) as session:
            deliveries = DeliveryRepository(session, claimed.tenant)
            sent = sum(one.size_bytes for one in receipts)
            delivery = await self._fenced(deliveries, claimed, None, at, sent)
            if delivery is None:
                return
            delivery.move_to(DeliveryState.DELIVERED)
            delivery.finished_at, delivery.bytes_sent = at, claimed.artifact.size_bytes
            delivery.receipt, delivery.last_error = _receipt(claimed, receipts), None
            outbox = Outbox(session, claimed.tenant)
            await outbox.add(WebhookEventType.DELIVERY_COMPLETED, delivery.id, _news(claimed, delivery), at)
            if delivery.role == DeliveryRole.SUBMISSION:
                await mark_sent(session, claimed.tenant, delivery.run_id, delivery.artifact_id, at)
        DELIVERY_ATTEMPTS.labels(DeliveryState.DELIVERED.value).inc()
        log.info("delivery_completed", delivery_id=str(claimed.delivery.id), attempt=claimed.delivery.attempts)

    async def _record_failure(self, claimed: _ClaimedDelivery, error: OpenRegError, bytes_sent: int = 0) -> None:
        at = self.now()
        reason: dict[str, object] = {"code": error.code, "message": error.message, "fix": error.fix}
        async with self.database.transaction(claimed.tenant) as session:
            deliveries = DeliveryRepository(session, claimed.tenant)
            destinations = DestinationRepository(session, claimed.tenant)
            destination = await destinations.find(DestinationId(claimed.destination.id), for_update=True)
            delivery = await self._fenced(deliveries, claimed, reason, at, bytes_sent)
            if delivery is None or destination is None:
                return
            delivery.last_error = reason
            if isinstance(error, IDENTITY_FAULTS):
                event = WebhookEventType.DELIVERY_FAILED
                delivery.move_to(DeliveryState.STOPPED)
                delivery.is_set_aside_with_destination = True
                await _stop(deliveries, destination, error, reason, at)
                announce_delivery_failed(session, claimed.tenant, destination, reason, at)
            elif (again := self._next_attempt_at(claimed, delivery, error, at)) is None:
                event = WebhookEventType.DELIVERY_FAILED
                delivery.move_to(DeliveryState.FAILED)
                delivery.finished_at = at
                if error.transient:
                    delivery.last_error = _given_up(reason, delivery)
                announce_delivery_failed(session, claimed.tenant, destination, delivery.last_error, at)
            else:
                event = WebhookEventType.DELIVERY_RETRYING
                delivery.move_to(DeliveryState.RETRYING)
                delivery.next_attempt_at = again
            await Outbox(session, claimed.tenant).add(event, delivery.id, _news(claimed, delivery), at)
        DELIVERY_ATTEMPTS.labels(str(delivery.state)).inc()
        log.warning("delivery_attempt_failed", delivery_id=str(claimed.delivery.id), code=error.code)

    @staticmethod
    def _next_attempt_at(
        claimed: _ClaimedDelivery, delivery: Delivery, error: OpenRegError, at: datetime
    ) -> datetime | None:
        if not error.transient:
            return None
        began = delivery.trying_since or delivery.created_at
        failure = Failure(delivery.attempts - delivery.attempts_before, first_attempt_at=began, failed_at=at)
        return claimed.policy.retry.as_policy().next_attempt_at(failure, draw=draw())

    async def _fenced(
        self,
        deliveries: DeliveryRepository,
        claimed: _ClaimedDelivery,
        error: dict[str, object] | None,
        at: datetime,
        bytes_sent: int,
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
                    bytes_sent=bytes_sent,
                    error=error,
                )
            )
        return delivery


async def _must_wait(
    deliveries: DeliveryRepository, delivery: Delivery, destination: Destination, pace: Pace, at: datetime
) -> bool:
    """Set a delivery aside whose destination is, or give it its later time; whether one of these was done."""
    state = DeliveryState.STOPPED if destination.stopped is not None else DeliveryState.PAUSED
    if destination.stopped is not None or destination.is_paused:
        delivery.move_to(state)
        delivery.is_set_aside_with_destination, delivery.lease_expires_at = True, None
        delivery.last_error = destination.stopped or delivery.last_error
        return True
    if await deliveries.count_sending(DestinationId(destination.id)) >= pace.max_transfers:
        later = at + PLACE_WAIT
    elif destination.file_free_at is not None and destination.file_free_at > at:
        later = destination.file_free_at
    else:
        if pace.files_per_minute is not None:
            destination.file_free_at = at + pace.between_files
        return False
    delivery.next_attempt_at, delivery.waits_for_place = later, True
    if delivery.state == DeliveryState.SENDING:  # its worker died
        delivery.move_to(DeliveryState.RETRYING)
        delivery.lease_expires_at = None
    return True


async def _stop(
    deliveries: DeliveryRepository,
    destination: Destination,
    error: OpenRegError,
    reason: dict[str, object],
    at: datetime,
) -> None:
    """Nothing more goes to a destination until a person has looked at its host key or certificate."""
    destination.stopped = {**reason, "at": at.isoformat(), **shown_at(error, destination.settings)}
    destination.revision += 1
    await deliveries.set_aside(DestinationId(destination.id), DeliveryState.STOPPED, reason)


def _given_up(reason: dict[str, object], delivery: Delivery) -> dict[str, object]:
    tries = delivery.attempts - delivery.attempts_before
    ended = f"It was given up after {tries} attempts: the policy of the destination allows no further one."
    return {**reason, "message": f"{reason['message']} {ended}", "fix": f"{reason['fix'] or ''} Then retry it.".strip()}


def _receipt(claimed: _ClaimedDelivery, receipts: Sequence[TransferReceipt]) -> dict[str, object]:
    """The receipt of the file, with those of what went along; of a test it says so in its name."""
    mark = "TEST " if claimed.destination.environment == DestinationEnvironment.TEST else ""
    return {
        "name": f"{mark}{claimed.destination.name}: {claimed.artifact.name}",
        "environment": claimed.destination.environment,
        **_as_json(receipts[0]),
        "companions": [_as_json(one) for one in receipts[1:]],
    }


def _as_json(receipt: TransferReceipt) -> dict[str, object]:
    values = asdict(receipt)
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def _news(claimed: _ClaimedDelivery, delivery: Delivery) -> DeliveryNews:
    return DeliveryNews(
        delivery_id=delivery.id,
        run_id=delivery.run_id,
        report_id=claimed.run.report_id,
        reporting_date=claimed.run.reporting_date,
        artifact_id=delivery.artifact_id,
        destination_id=delivery.destination_id,
        state=DeliveryState(delivery.state),
        attempts=delivery.attempts,
        name=claimed.artifact.name,
        sha256=claimed.artifact.sha256,
        receipt=None if delivery.receipt is None else Receipt.model_validate(delivery.receipt),
        error=None if delivery.last_error is None else Refusal.model_validate(delivery.last_error),
        links=DeliveryLinks(delivery=f"/api/v1/deliveries/{delivery.id}", run=f"/api/v1/runs/{delivery.run_id}"),
    )


def _rest_of(content: bytes, offset: int) -> Iterator[bytes]:
    yield content[offset:]
