"""Deliveries as their destination wants them: its pace, what goes along, its host key, and who may stop what."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from backend.config import Settings
from backend.core.clock import utc_now
from backend.core.etags import Precondition
from backend.core.ids import DeliveryId, DestinationId
from backend.demo.sftp_server import SftpServer, started_sftp_server
from backend.domain.deliveries import DeliveryState, DeliveryTransitionRefused
from backend.domain.delivery_policy import ControlFile, DeliveryPolicy, Pace, RetryTerms
from backend.domain.tenants import TenantEnvironment
from backend.persistence.models.artifact import Artifact
from backend.persistence.models.connector import Connector
from backend.persistence.models.delivery import Delivery, Destination
from backend.persistence.models.notice import Notice
from backend.persistence.models.tenant import Tenant
from backend.services.delivery import DeliveryService, TransferOpener
from backend.services.delivery_work import DeliveryWorkService, DestinationSetAside, RedeliveryRefused
from backend.services.destinations import (
    DestinationChanges,
    DestinationCredentialsNeeded,
    DestinationInUse,
    DestinationService,
)
from backend.services.server_identity import (
    CERTIFICATE,
    HOST_KEY,
    CertificateDiffers,
    CertificateReasonNeeded,
    HostKeyDiffers,
    HostKeyReasonNeeded,
)
from tests.factories.documents import plain_document
from tests.factories.installation import Installation, opened
from tests.factories.rows import AT, Rows
from tests.factories.wakeups import NotedWakeups
from tests.services.ftp_servers import FtpServers, ftp_servers
from tests.services.waiting import until

CONTENT = os.urandom(200_000)
OTHER_KEY = "SHA256:" + "A" * 43


@pytest.fixture(scope="module")
def sftp() -> Iterator[SftpServer]:
    """The partner's server."""
    with started_sftp_server() as server:
        yield server


@pytest.fixture(autouse=True)
def _empty_folder(sftp: SftpServer) -> None:
    for left in sftp.folder.iterdir():
        left.unlink()


def worker(installation: Installation, wakeups: NotedWakeups) -> DeliveryService:
    return DeliveryService(installation.database, installation.adapters.storage, opener(installation), wakeups, utc_now)


def opener(installation: Installation) -> TransferOpener:
    return TransferOpener(installation.adapters.box, installation.adapters.egress_own_network)


@pytest.fixture
def deliveries(installation: Installation, wakeups: NotedWakeups) -> DeliveryService:
    """A worker that carries out deliveries."""
    return worker(installation, wakeups)


@pytest.fixture
def destinations(installation: Installation, rows: Rows, wakeups: NotedWakeups) -> DestinationService:
    """What keeps destinations."""
    return DestinationService(rows.person.scope(rows.database), opener(installation), wakeups)


@pytest.fixture
def work(rows: Rows, wakeups: NotedWakeups) -> DeliveryWorkService:
    """What people do with deliveries."""
    return DeliveryWorkService(rows.person.scope(rows.database), wakeups)


async def destination_at(rows: Rows, sftp: SftpServer, **changes: Any) -> Destination:
    settings = {
        "host": sftp.host,
        "port": changes.pop("port", sftp.port),
        "username": sftp.username,
        "folder": ".",
        "host_key_fingerprint": changes.pop("host_key", sftp.fingerprint),
    }
    policy = changes.pop("policy", DeliveryPolicy())
    sealed = rows.box.seal({"private_key": sftp.private_key})
    return await rows.destination(settings, credentials=sealed, policy=policy.model_dump(mode="json"), **changes)


async def artifact_of(rows: Rows, installation: Installation, name: str = "report.xml", **changes: Any) -> Artifact:
    run = await rows.run(state="succeeded", finished_at=AT)
    stored = await rows.artifact(run, CONTENT, name=name, **changes)
    installation.adapters.storage.put(stored.object_key, CONTENT)
    return stored


@pytest.fixture
async def artifact(rows: Rows, installation: Installation) -> Artifact:
    """A stored file."""
    return await artifact_of(rows, installation)


async def deliver(deliveries: DeliveryService, rows: Rows, delivery: Delivery) -> Delivery:
    await deliveries.deliver(rows.person.tenant, DeliveryId(delivery.id))
    return await rows.fresh(Delivery, delivery.id)


async def set_row(rows: Rows, model: type[Any], identity: object, **changes: Any) -> None:
    async with rows.database.transaction(rows.person.tenant) as session:
        stored = await session.get_one(model, identity)
        for name, value in changes.items():
            setattr(stored, name, value)


async def test_checksum_and_control_file_follow_the_file_and_stand_in_its_receipt(
    deliveries: DeliveryService, rows: Rows, sftp: SftpServer, artifact: Artifact
) -> None:
    policy = DeliveryPolicy(checksum_file=True, control_file=ControlFile(name="{stem}.ctl"))
    delivery = await rows.delivery(artifact, await destination_at(rows, sftp, policy=policy, environment="test"))
    done = await deliver(deliveries, rows, delivery)
    assert {one.name for one in sftp.folder.iterdir()} == {"report.xml", "report.xml.sha256", "report.ctl"}
    digest = hashlib.sha256(CONTENT).hexdigest()
    assert (sftp.folder / "report.xml.sha256").read_text() == f"{digest}  report.xml\n"
    assert f"records={artifact.records}\nsha256={digest}" in (sftp.folder / "report.ctl").read_text()
    assert done.receipt is not None
    assert str(done.receipt["name"]).startswith("TEST ")
    went_along = done.receipt["companions"]
    assert isinstance(went_along, list)
    assert [str(one["remote_path"]).rpartition("/")[2] for one in went_along] == [
        "report.xml.sha256",
        "report.ctl",
    ]
    order = [(sftp.folder / name).stat().st_mtime_ns for name in ("report.xml", "report.xml.sha256", "report.ctl")]
    assert order == sorted(order)
    assert done.bytes_sent == len(CONTENT)


async def test_killed_between_the_file_and_what_follows_nothing_is_doubled(
    deliveries: DeliveryService, rows: Rows, sftp: SftpServer, artifact: Artifact
) -> None:
    policy = DeliveryPolicy(checksum_file=True, control_file=ControlFile())
    delivery = await rows.delivery(
        artifact,
        await destination_at(rows, sftp, policy=policy),
        state=DeliveryState.SENDING,
        attempts=1,
        fencing_token=1,
        lease_expires_at=AT,
    )
    (sftp.folder / "report.xml").write_bytes(CONTENT)
    (sftp.folder / "report.xml.sha256").write_text(f"{artifact.sha256}  report.xml\n")
    before = (sftp.folder / "report.xml").stat().st_ino
    done = await deliver(deliveries, rows, delivery)
    assert done.state == "delivered"
    assert done.receipt is not None
    assert done.receipt["was_already_there"] is True
    assert (sftp.folder / "report.xml").stat().st_ino == before
    assert {one.name for one in sftp.folder.iterdir()} == {"report.xml", "report.xml.sha256", "report.xml.ctl"}


async def test_another_host_key_stops_the_destination_until_a_person_confirms_it(
    deliveries: DeliveryService,
    destinations: DestinationService,
    work: DeliveryWorkService,
    rows: Rows,
    sftp: SftpServer,
    installation: Installation,
) -> None:
    destination = await destination_at(rows, sftp, host_key=OTHER_KEY)
    first, second, third = [
        await rows.delivery(await artifact_of(rows, installation, f"{name}.xml"), destination) for name in "abc"
    ]
    stopped = await deliver(deliveries, rows, first)
    assert (stopped.state, stopped.finished_at) == ("stopped", None)
    found = await rows.fresh(Destination, destination.id)
    assert found.stopped is not None
    assert (found.stopped["confirmed_host_key"], found.stopped["shown_host_key"]) == (OTHER_KEY, sftp.fingerprint)
    assert (await rows.fresh(Delivery, second.id)).state == "stopped", "what waits is not tried against a stranger"
    later = await rows.delivery(await artifact_of(rows, installation, "d.xml"), destination)
    assert (await deliver(deliveries, rows, later)).state == "stopped"
    with pytest.raises(DestinationSetAside):
        await work.retry(DeliveryId(third.id))
    identity = DestinationId(destination.id)
    with pytest.raises(HostKeyDiffers):
        await destinations.confirm(identity, HOST_KEY, "SHA256:" + "B" * 43, "their mail of today")
    with pytest.raises(HostKeyReasonNeeded):
        await destinations.confirm(identity, HOST_KEY, sftp.fingerprint)
    assert list(sftp.folder.iterdir()) == []
    await destinations.confirm(identity, HOST_KEY, sftp.fingerprint, "compared by telephone")
    for one in (first, second, third, later):
        assert (await deliver(deliveries, rows, one)).state == "delivered"
    assert len(list(sftp.folder.iterdir())) == 4


@pytest.fixture(scope="module")
def ftp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FtpServers]:
    """FTP servers over one folder."""
    with ftp_servers(tmp_path_factory.mktemp("ftp")) as servers:
        yield servers


async def test_another_certificate_stops_the_destination_until_a_person_confirms_it(
    deliveries: DeliveryService,
    destinations: DestinationService,
    rows: Rows,
    ftp: FtpServers,
    installation: Installation,
) -> None:
    told = ftp.destination("ftps", certificate_fingerprint="00" * 32)
    sealed = rows.box.seal(told.credentials)
    destination = await rows.destination(told.settings, kind="ftp", credentials=sealed)
    first, second = [
        await rows.delivery(await artifact_of(rows, installation, f"{name}.xml"), destination) for name in "ab"
    ]
    assert (await deliver(deliveries, rows, first)).state == "stopped"
    found = await rows.fresh(Destination, destination.id)
    assert found.stopped is not None
    assert found.stopped["code"] == "destination_certificate_changed"
    assert (found.stopped["confirmed_certificate"], found.stopped["shown_host_key"]) == ("00:" * 31 + "00", None)
    shown = str(found.stopped["shown_certificate"])
    assert (await rows.fresh(Delivery, second.id)).state == "stopped", "what waits is not tried against a stranger"
    assert told.names() == []
    async with rows.database.transaction(rows.person.tenant) as session:
        notice = await session.scalar(select(Notice).where(Notice.subject_id == destination.id))
    assert notice is not None
    assert (notice.kind, notice.title) == ("host_key_changed", f"{destination.name} shows another certificate")
    identity = DestinationId(destination.id)
    with pytest.raises(CertificateDiffers):
        await destinations.confirm(identity, CERTIFICATE, "AB" * 32, "their mail of today")
    with pytest.raises(CertificateReasonNeeded):
        await destinations.confirm(identity, CERTIFICATE, shown)
    assert told.names() == []
    await destinations.confirm(identity, CERTIFICATE, shown.lower().replace(":", ""), "compared by telephone")
    for one in (first, second):
        assert (await deliver(deliveries, rows, one)).state == "delivered"
    assert told.names() == ["a.xml", "b.xml"]


@pytest.mark.parametrize("mark", ["tenant", "connector", "none"])
async def test_production_gets_no_demo_data(
    deliveries: DeliveryService,
    rows: Rows,
    sftp: SftpServer,
    installation: Installation,
    mark: str,
) -> None:
    connector = await rows.connector()
    version = await rows.version(await rows.report(), plain_document(connector.id))
    run = await rows.run(version=version, state="succeeded", finished_at=AT)
    artifact = await rows.artifact(run, CONTENT, name="report.xml")
    installation.adapters.storage.put(artifact.object_key, CONTENT)
    if mark == "tenant":
        await set_row(rows, Tenant, rows.person.tenant, environment=TenantEnvironment.SANDBOX)
    if mark == "connector":
        await set_row(rows, Connector, connector.id, holds_demo_data=True)
    real = await deliver(deliveries, rows, await rows.delivery(artifact, await destination_at(rows, sftp)))
    if mark == "none":
        assert real.state == "delivered"
        return
    assert real.last_error is not None
    assert (real.state, real.last_error["code"]) == ("failed", "demo_data_refused")
    assert list(sftp.folder.iterdir()) == []
    test = await destination_at(rows, sftp, environment="test")
    assert (await deliver(deliveries, rows, await rows.delivery(artifact, test))).state == "delivered"


async def test_a_paused_destination_gets_nothing_and_goes_on_with_all_that_waited(
    deliveries: DeliveryService,
    destinations: DestinationService,
    work: DeliveryWorkService,
    rows: Rows,
    sftp: SftpServer,
    installation: Installation,
) -> None:
    destination = await destination_at(rows, sftp)
    waiting = await rows.delivery(await artifact_of(rows, installation, "a.xml"), destination)
    own = await rows.delivery(await artifact_of(rows, installation, "b.xml"), destination)
    await work.pause(DeliveryId(own.id))
    await destinations.pause(DestinationId(destination.id), "their maintenance")
    later = await rows.delivery(await artifact_of(rows, installation, "c.xml"), destination)
    for one in (waiting, later):
        assert (await deliver(deliveries, rows, one)).state == "paused"
    assert list(sftp.folder.iterdir()) == []
    await destinations.resume(DestinationId(destination.id), "they are back")
    for one in (waiting, later):
        assert (await deliver(deliveries, rows, one)).state == "delivered"
    assert (await deliver(deliveries, rows, own)).state == "paused", "somebody paused this one for itself"
    await work.resume(DeliveryId(own.id))
    assert (await deliver(deliveries, rows, own)).state == "delivered"


async def test_a_delivery_on_its_way_can_be_paused_and_is_not_doubled(
    deliveries: DeliveryService, work: DeliveryWorkService, rows: Rows, sftp: SftpServer, artifact: Artifact
) -> None:
    slow = DeliveryPolicy(pace=Pace(bytes_per_second=40_000))
    destination = await destination_at(rows, sftp, policy=slow)
    delivery = await rows.delivery(artifact, destination)
    short = replace(deliveries, lease=timedelta(seconds=1))
    sending = asyncio.create_task(deliver(short, rows, delivery))
    await until(lambda: any(sftp.folder.iterdir()))
    await work.pause(DeliveryId(delivery.id))
    assert (await sending).state == "paused"
    assert list(sftp.folder.glob("[!.]*")) == []
    await set_row(rows, Destination, destination.id, policy={})
    await work.resume(DeliveryId(delivery.id))
    await set_row(rows, Delivery, delivery.id, next_attempt_at=AT)
    assert (await deliver(deliveries, rows, delivery)).state == "delivered"
    assert [one.name for one in sftp.folder.iterdir()] == ["report.xml"]


async def test_the_pace_in_bytes_is_that_of_all_workers_together(
    settings: Settings, rows: Rows, sftp: SftpServer, installation: Installation, wakeups: NotedWakeups
) -> None:
    destination = await destination_at(rows, sftp, policy=DeliveryPolicy(pace=Pace(bytes_per_second=100_000)))
    both = [await rows.delivery(await artifact_of(rows, installation, f"{one}.xml"), destination) for one in "ab"]
    began = time.monotonic()

    async def carry_out(delivery: Delivery) -> None:
        async with opened(settings, pool_size=2) as other:
            await worker(other, wakeups).deliver(rows.person.tenant, DeliveryId(delivery.id))

    await asyncio.gather(*(carry_out(one) for one in both))
    took = time.monotonic() - began
    assert took >= 2.5, "400 kB at 100 kB/s, of which the first second is free"
    assert {(await rows.fresh(Delivery, one.id)).state for one in both} == {"delivered"}


async def test_places_and_files_a_minute_are_counted_over_all_workers(
    deliveries: DeliveryService, rows: Rows, sftp: SftpServer, installation: Installation, wakeups: NotedWakeups
) -> None:
    destination = await destination_at(rows, sftp, policy=DeliveryPolicy(pace=Pace(max_transfers=1)))
    held = await rows.delivery(
        await artifact_of(rows, installation, "a.xml"),
        destination,
        state=DeliveryState.SENDING,
        attempts=1,
        lease_expires_at=utc_now() + timedelta(minutes=1),
    )
    waiting = await rows.delivery(await artifact_of(rows, installation, "b.xml"), destination)
    found = await deliver(deliveries, rows, waiting)
    assert (found.state, found.attempts, found.waits_for_place) == ("pending", 0, True)
    assert found.next_attempt_at > utc_now()
    await set_row(rows, Delivery, held.id, lease_expires_at=AT)
    wakeups.noted.clear()
    assert (await deliver(deliveries, rows, held)).state == "delivered"
    assert ("deliveries",) in wakeups.noted, "who leaves a place calls who waits for it"
    assert (await deliver(deliveries, rows, waiting)).state == "delivered"
    await set_row(rows, Destination, destination.id, policy={"pace": {"files_per_minute": 2}})
    one, two = [await rows.delivery(await artifact_of(rows, installation, f"{name}.xml"), destination) for name in "cd"]
    assert (await deliver(deliveries, rows, one)).state == "delivered"
    assert (await deliver(deliveries, rows, two)).state == "pending"
    wait = (await rows.fresh(Delivery, two.id)).next_attempt_at - utc_now()
    assert timedelta(seconds=20) < wait <= timedelta(seconds=30)


async def test_the_policy_says_how_often_it_is_tried_and_a_person_may_begin_anew(
    deliveries: DeliveryService, work: DeliveryWorkService, rows: Rows, sftp: SftpServer, artifact: Artifact
) -> None:
    policy = DeliveryPolicy(retry=RetryTerms(attempts=2, first_delay_seconds=600, jitter=0))
    destination = await destination_at(rows, sftp, policy=policy, port=9)
    delivery = await rows.delivery(artifact, destination, created_at=utc_now())
    again = await deliver(deliveries, rows, delivery)
    assert again.state == "retrying"
    assert timedelta(seconds=590) < again.next_attempt_at - utc_now() <= timedelta(seconds=600)
    await work.retry(DeliveryId(delivery.id))
    assert (await deliver(deliveries, rows, delivery)).state == "retrying", "attempts count from the retry on"
    await set_row(rows, Delivery, delivery.id, next_attempt_at=AT)
    failed = await deliver(deliveries, rows, delivery)
    assert failed.last_error is not None
    assert (failed.state, failed.attempts) == ("failed", 3)
    assert "given up after 2 attempts" in str(failed.last_error["message"])
    assert str(failed.last_error["fix"]).endswith("Then retry it.")


async def test_a_file_is_sent_once_more_only_with_a_reason_and_as_a_delivery_of_its_own(
    deliveries: DeliveryService, work: DeliveryWorkService, rows: Rows, sftp: SftpServer, artifact: Artifact
) -> None:
    delivery = await rows.delivery(artifact, await destination_at(rows, sftp))
    with pytest.raises(RedeliveryRefused):
        await work.redeliver(DeliveryId(delivery.id), "They lost it.")
    await deliver(deliveries, rows, delivery)
    (sftp.folder / "report.xml").unlink()
    both = await asyncio.gather(
        *(work.redeliver(DeliveryId(delivery.id), "They lost it.") for _ in range(2)), return_exceptions=True
    )
    (again,) = [one.delivery for one in both if not isinstance(one, BaseException)]
    assert any(isinstance(one, RedeliveryRefused) for one in both)
    assert (again.number, again.redelivery_of, again.reason) == (2, delivery.id, "They lost it.")
    assert (await deliver(deliveries, rows, again)).state == "delivered"
    assert (sftp.folder / "report.xml").read_bytes() == CONTENT
    assert (await rows.fresh(Delivery, delivery.id)).state == "delivered"
    with pytest.raises(RedeliveryRefused):
        await work.redeliver(DeliveryId(delivery.id), "An old one.")


async def test_what_is_cancelled_stays_so(
    deliveries: DeliveryService, work: DeliveryWorkService, rows: Rows, sftp: SftpServer, artifact: Artifact
) -> None:
    delivery = await rows.delivery(artifact, await destination_at(rows, sftp))
    await work.cancel(DeliveryId(delivery.id), "Not this one.")
    assert (await deliver(deliveries, rows, delivery)).state == "cancelled"
    assert list(sftp.folder.iterdir()) == []
    for act in (work.retry, work.resume, work.pause):
        with pytest.raises(DeliveryTransitionRefused):
            await act(DeliveryId(delivery.id))


async def test_a_destination_in_use_is_kept_and_one_with_a_past_is_archived(
    destinations: DestinationService, rows: Rows, sftp: SftpServer, artifact: Artifact
) -> None:
    destination = await destination_at(rows, sftp)
    identity = DestinationId(destination.id)
    report = await rows.report(name="Daily trades")
    document = plain_document((await rows.connector()).id, deliver_to=[str(destination.id)])
    version = await rows.version(report, document)
    with pytest.raises(DestinationInUse, match="Daily trades") as refused:
        await destinations.remove(identity)
    assert refused.value.extra["used_by"] == [{"id": str(report.id), "name": "Daily trades"}]
    await set_row(rows, type(version), version.id, state="archived")
    delivery = await rows.delivery(artifact, destination)
    with pytest.raises(DestinationInUse, match="not ended"):
        await destinations.remove(identity)
    await set_row(rows, Delivery, delivery.id, state=DeliveryState.DELIVERED)
    await destinations.remove(identity)
    assert (await rows.fresh(Destination, destination.id)).archived_at is not None
    assert await destinations.create(
        name=destination.name, kind="sftp", settings=destination.settings, credentials={"password": "x"}
    ), "its name is free again"


async def test_credentials_are_kept_unless_given_and_never_sent_to_another_address(
    destinations: DestinationService, rows: Rows, sftp: SftpServer
) -> None:
    destination = await destination_at(rows, sftp)
    identity, seen = DestinationId(destination.id), Precondition(None)
    changed = await destinations.change(
        identity, DestinationChanges(settings={**destination.settings, "folder": "in"}), seen
    )
    assert rows.box.open(changed.credentials) == {"private_key": sftp.private_key}
    elsewhere = {**destination.settings, "host": "attacker.example"}
    with pytest.raises(DestinationCredentialsNeeded):
        await destinations.change(identity, DestinationChanges(settings=elsewhere), seen)
