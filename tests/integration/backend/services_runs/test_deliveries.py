"""Deliveries: a real SFTP server gets exactly one right file, and every other ending has its reason."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from backend.config import Settings
from backend.core.clock import utc_now
from backend.core.ids import DeliveryId
from backend.demo.sftp_server import SftpServer, started_sftp_server
from backend.domain.deliveries import DeliveryState
from backend.domain.event_catalogue.deliveries import Receipt
from backend.domain.retry import DELIVERY_RETRY
from backend.persistence.models.artifact import Artifact
from backend.persistence.models.delivery import Delivery, DeliveryAttempt, Destination
from backend.persistence.models.run import Run
from backend.persistence.models.webhook import Event
from backend.persistence.system import SystemScope
from backend.services.delivery import DeliveryService, TransferOpener, _Progress
from backend.services.storage import StorageUnavailable
from tests.factories.installation import Installation, opened
from tests.factories.rows import AT, Rows
from tests.factories.wakeups import NotedWakeups
from tests.services.waiting import until

CONTENT = os.urandom(3 * 1024 * 1024 + 17)
PIECE = 128 * 1024


@pytest.fixture(scope="module")
def sftp() -> Iterator[SftpServer]:
    """The partner's server: OpenSSH's sshd where it is installed."""
    with started_sftp_server() as server:
        yield server


@pytest.fixture(autouse=True)
def _empty_folder(sftp: SftpServer) -> None:
    for left in sftp.folder.iterdir():
        left.unlink()


@pytest.fixture
def deliveries(installation: Installation, wakeups: NotedWakeups) -> DeliveryService:
    """A worker that carries out deliveries."""
    return service_of(installation, wakeups)


def service_of(installation: Installation, wakeups: NotedWakeups) -> DeliveryService:
    adapters = installation.adapters
    opener = TransferOpener(adapters.box, adapters.egress_own_network)
    return DeliveryService(installation.database, adapters.storage, opener, wakeups, utc_now)


def settings_of(sftp: SftpServer, **changes: Any) -> dict[str, Any]:
    return {
        "host": sftp.host,
        "port": sftp.port,
        "username": sftp.username,
        "folder": ".",
        "host_key_fingerprint": sftp.fingerprint,
        **changes,
    }


async def new_destination(rows: Rows, sftp: SftpServer, **changes: Any) -> Destination:
    credentials = rows.box.seal({"private_key": sftp.private_key})
    return await rows.destination(settings_of(sftp, **changes), credentials=credentials)


@pytest.fixture
async def artifact(rows: Rows, installation: Installation) -> Artifact:
    """A stored file."""
    stored = await rows.artifact(await rows.run(state="succeeded", finished_at=AT), CONTENT)
    installation.adapters.storage.put(stored.object_key, CONTENT)
    return stored


async def deliver(deliveries: DeliveryService, rows: Rows, delivery: Delivery) -> Delivery:
    await deliveries.deliver(rows.person.tenant, DeliveryId(delivery.id))
    return await rows.fresh(Delivery, delivery.id)


async def attempts_of(rows: Rows, delivery: Delivery) -> list[DeliveryAttempt]:
    async with rows.database.transaction(rows.person.tenant) as session:
        query = select(DeliveryAttempt).where(DeliveryAttempt.delivery_id == delivery.id)
        return list((await session.scalars(query.order_by(DeliveryAttempt.number))).all())


async def events_of(rows: Rows) -> list[Event]:
    async with rows.database.transaction(rows.person.tenant) as session:
        return list((await session.scalars(select(Event).order_by(Event.sequence))).all())


async def set_delivery(rows: Rows, delivery: Delivery, **changes: Any) -> None:
    async with rows.database.transaction(rows.person.tenant) as session:
        stored = await session.get_one(Delivery, delivery.id)
        for name, value in changes.items():
            setattr(stored, name, value)


async def test_the_file_is_there_whole_and_the_receipt_says_what_was_read_back(
    deliveries: DeliveryService, rows: Rows, sftp: SftpServer, artifact: Artifact, wakeups: NotedWakeups
) -> None:
    delivery = await rows.delivery(artifact, await new_destination(rows, sftp))
    done = await deliver(deliveries, rows, delivery)
    assert [path.name for path in sftp.folder.iterdir()] == [artifact.name], "nothing but the file under its name"
    assert (sftp.folder / artifact.name).read_bytes() == CONTENT
    assert (done.state, done.attempts, done.last_error, done.lease_expires_at) == ("delivered", 1, None, None)
    assert done.finished_at is not None
    assert done.receipt is not None
    assert done.receipt["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert done.receipt["size_bytes"] == len(CONTENT)
    assert done.receipt["host_key_fingerprint"] == sftp.fingerprint
    assert str(done.receipt["remote_path"]).endswith(artifact.name)
    assert str(sftp.port) in str(done.receipt["server"])
    (attempt,) = await attempts_of(rows, delivery)
    assert (attempt.number, attempt.error) == (1, None)
    (event,) = await events_of(rows)
    assert (event.type, event.subject_id) == ("delivery.completed", delivery.id)
    assert Receipt.model_validate(event.payload["receipt"]) == Receipt.model_validate(done.receipt)
    assert event.payload["state"] == "delivered"
    assert event.payload["report_id"] == str((await rows.fresh(Run, delivery.run_id)).report_id)
    assert ("webhooks", str(rows.person.tenant)) in wakeups.noted


async def test_a_delivered_file_is_not_sent_again(
    deliveries: DeliveryService, rows: Rows, sftp: SftpServer, artifact: Artifact
) -> None:
    delivery = await rows.delivery(artifact, await new_destination(rows, sftp))
    await deliver(deliveries, rows, delivery)
    (sftp.folder / artifact.name).unlink()
    assert (await deliver(deliveries, rows, delivery)).attempts == 1
    assert list(sftp.folder.iterdir()) == []


async def test_a_server_that_is_down_is_tried_again_later_and_then_succeeds(
    deliveries: DeliveryService, rows: Rows, sftp: SftpServer, artifact: Artifact
) -> None:
    destination = await new_destination(rows, sftp, port=9)
    delivery = await rows.delivery(artifact, destination, created_at=datetime.now(UTC))
    failed = await deliver(deliveries, rows, delivery)
    assert (failed.state, failed.attempts, failed.finished_at, failed.receipt) == ("retrying", 1, None, None)
    assert failed.last_error is not None
    assert failed.last_error["code"] == "destination_connection_refused"
    assert failed.last_error["fix"]
    wait = failed.next_attempt_at - datetime.now(UTC)
    assert timedelta(seconds=20) < wait <= DELIVERY_RETRY.delays[0] * 1.2
    assert (await deliver(deliveries, rows, delivery)).attempts == 1, "not before its time"
    async with rows.database.transaction(rows.person.tenant) as session:
        (await session.get_one(Destination, destination.id)).settings = settings_of(sftp)
    await set_delivery(rows, delivery, next_attempt_at=AT)
    done = await deliver(deliveries, rows, delivery)
    assert (done.state, done.attempts, done.last_error) == ("delivered", 2, None)
    assert [(one.number, one.error is None) for one in await attempts_of(rows, delivery)] == [(1, False), (2, True)]
    assert [event.type for event in await events_of(rows)] == ["delivery.retrying", "delivery.completed"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"username": "nobody-known"}, "destination_sign_in_refused"),
        ({"folder": "no/such/folder"}, "destination_folder_missing"),
        ({"host": "169.254.169.254"}, "destination_address_refused"),
    ],
    ids=str,
)
async def test_what_waiting_cannot_mend_fails_at_once_with_its_reason(
    deliveries: DeliveryService, rows: Rows, sftp: SftpServer, artifact: Artifact, changes: dict[str, Any], code: str
) -> None:
    delivery = await rows.delivery(artifact, await new_destination(rows, sftp, **changes))
    failed = await deliver(deliveries, rows, delivery)
    assert failed.last_error is not None
    assert (failed.last_error["code"], failed.state, failed.attempts) == (code, "failed", 1)
    assert failed.finished_at is not None
    assert list(sftp.folder.iterdir()) == []
    (event,) = await events_of(rows)
    assert event.type == "delivery.failed"
    assert event.payload["error"] == failed.last_error
    assert sftp.private_key not in str(event.payload)


async def test_after_the_last_attempt_a_passing_fault_is_final_too(
    deliveries: DeliveryService, rows: Rows, sftp: SftpServer, artifact: Artifact
) -> None:
    destination = await new_destination(rows, sftp, port=9)
    delivery = await rows.delivery(
        artifact, destination, attempts=DELIVERY_RETRY.max_attempts - 1, created_at=utc_now()
    )
    assert (await deliver(deliveries, rows, delivery)).state == "failed"


async def test_a_passing_fault_after_the_deadline_is_final_too(
    deliveries: DeliveryService, rows: Rows, sftp: SftpServer, artifact: Artifact
) -> None:
    destination = await new_destination(rows, sftp, port=9)
    delivery = await rows.delivery(artifact, destination, created_at=utc_now() - timedelta(days=2))
    assert (await deliver(deliveries, rows, delivery)).state == "failed"


async def test_a_file_that_is_not_what_its_hash_says_never_becomes_visible(
    deliveries: DeliveryService, rows: Rows, sftp: SftpServer, artifact: Artifact, installation: Installation
) -> None:
    installation.adapters.storage.put(artifact.object_key, CONTENT[:-1] + b"?")
    delivery = await rows.delivery(artifact, await new_destination(rows, sftp))
    failed = await deliver(deliveries, rows, delivery)
    assert failed.state in {"failed", "retrying"}
    assert not (sftp.folder / artifact.name).exists()


async def test_a_storage_that_is_away_is_a_passing_fault(
    installation: Installation, rows: Rows, sftp: SftpServer, artifact: Artifact, wakeups: NotedWakeups
) -> None:
    nowhere = type(installation.adapters.storage)(
        endpoint="127.0.0.1:9", access_key="a", secret_key="secret-key", bucket="none"
    )
    deliveries = replace(service_of(installation, wakeups), storage=nowhere)
    delivery = await rows.delivery(artifact, await new_destination(rows, sftp), created_at=utc_now())
    failed = await deliver(deliveries, rows, delivery)
    assert failed.last_error is not None
    assert (failed.state, failed.last_error["code"]) == ("retrying", StorageUnavailable.code)


async def test_of_many_workers_one_carries_the_delivery_out(
    settings: Settings, rows: Rows, sftp: SftpServer, artifact: Artifact, wakeups: NotedWakeups
) -> None:
    delivery = await rows.delivery(artifact, await new_destination(rows, sftp))

    async def work() -> None:
        async with opened(settings, pool_size=1) as installation:
            await service_of(installation, wakeups).deliver(rows.person.tenant, DeliveryId(delivery.id))

    await asyncio.gather(*(work() for _ in range(6)))
    done = await rows.fresh(Delivery, delivery.id)
    assert (done.state, done.attempts) == ("delivered", 1)
    assert len(await attempts_of(rows, delivery)) == 1
    assert len(await events_of(rows)) == 1


async def test_a_worker_that_died_leaves_a_lease_after_which_another_finishes(
    deliveries: DeliveryService, rows: Rows, sftp: SftpServer, artifact: Artifact, installation: Installation
) -> None:
    delivery = await rows.delivery(
        artifact,
        await new_destination(rows, sftp),
        state=DeliveryState.SENDING,
        attempts=1,
        fencing_token=1,
        lease_expires_at=utc_now() + timedelta(minutes=5),
    )
    # What the dead worker had written so far.
    (sftp.folder / f".{artifact.name}.{delivery.id}.part").write_bytes(CONTENT[: 1024 * 1024])
    (sftp.folder / f".{artifact.name}.{delivery.id}.part").chmod(0o666)
    assert (await deliver(deliveries, rows, delivery)).attempts == 1, "not while the lease lasts"
    await set_delivery(rows, delivery, lease_expires_at=AT)
    async with installation.system.transaction() as session:
        assert await SystemScope(session).deliveries_to_wake(10) == [(rows.person.tenant, delivery.id)]
    done = await deliver(deliveries, rows, delivery)
    assert (done.state, done.attempts, done.fencing_token) == ("delivered", 2, 2)
    assert [path.name for path in sftp.folder.iterdir()] == [artifact.name]
    assert (sftp.folder / artifact.name).read_bytes() == CONTENT


async def test_a_worker_that_comes_back_after_its_lease_records_nothing(
    deliveries: DeliveryService, rows: Rows, sftp: SftpServer, artifact: Artifact
) -> None:
    delivery = await rows.delivery(artifact, await new_destination(rows, sftp))
    slow = await deliveries._claim(rows.person.tenant, DeliveryId(delivery.id))
    assert slow is not None
    await set_delivery(rows, delivery, lease_expires_at=AT)
    done = await deliver(deliveries, rows, delivery)
    await deliveries._record_failure(slow, StorageUnavailable())
    await deliveries._record_success(slow, deliveries._transfer(slow, _Progress(), lambda _: None))
    assert (await rows.fresh(Delivery, delivery.id)).finished_at == done.finished_at
    assert [attempt.number for attempt in await attempts_of(rows, delivery)] == [2]
    assert [event.type for event in await events_of(rows)] == ["delivery.completed"]


@dataclass
class SlowStorage:
    """An object storage over a slow line: the content comes in pieces, with a wait before each."""

    given: int = 0
    wait_seconds: float = 0.1

    def stream(self, _key: str, offset: int = 0) -> Iterator[bytes]:
        for start in range(offset, len(CONTENT), PIECE):
            time.sleep(self.wait_seconds)
            self.given += 1
            yield CONTENT[start : start + PIECE]


async def test_a_lease_is_renewed_while_the_file_is_on_its_way(
    deliveries: DeliveryService, rows: Rows, sftp: SftpServer, artifact: Artifact
) -> None:
    lease = timedelta(seconds=1)
    slow = replace(deliveries, storage=SlowStorage(), lease=lease)
    delivery = await rows.delivery(artifact, await new_destination(rows, sftp))
    began = utc_now()
    sending = asyncio.create_task(deliver(slow, rows, delivery))
    while not sending.done():
        await asyncio.wait([sending], timeout=0.1)
        await deliver(deliveries, rows, delivery)
    assert utc_now() - began > 2 * lease
    done = await sending
    assert (done.state, done.attempts) == ("delivered", 1), "nobody else could take it"


async def test_a_transfer_stops_when_its_lease_is_lost(
    deliveries: DeliveryService, rows: Rows, sftp: SftpServer, artifact: Artifact
) -> None:
    storage = SlowStorage(wait_seconds=0.3)
    delivery = await rows.delivery(artifact, await new_destination(rows, sftp))
    slow = replace(deliveries, storage=storage, lease=timedelta(seconds=1))
    sending = asyncio.create_task(slow.deliver(rows.person.tenant, DeliveryId(delivery.id)))
    await until(lambda: storage.given > 0)
    await set_delivery(rows, delivery, fencing_token=7)
    await sending
    assert storage.given < len(CONTENT) / PIECE / 2
    assert list(sftp.folder.glob("[!.]*")) == [], "nothing became visible"
    assert await attempts_of(rows, delivery) == []


async def test_a_delivery_of_another_tenant_is_not_touched(
    deliveries: DeliveryService, rows: Rows, strangers_rows: Rows
) -> None:
    artifact = await strangers_rows.artifact(await strangers_rows.run())
    theirs = await strangers_rows.delivery(artifact, await strangers_rows.destination())
    await deliveries.deliver(rows.person.tenant, DeliveryId(theirs.id))
    assert (await strangers_rows.fresh(Delivery, theirs.id)).state == "pending"
