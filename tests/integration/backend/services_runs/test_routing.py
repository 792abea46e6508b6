"""Routes of a run: the submission is sent with the last of its own files, whatever becomes of the copies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from backend.core.clock import utc_now
from backend.core.ids import DeliveryId, new_id
from backend.demo.sftp_server import SftpServer, started_sftp_server
from backend.domain.delivery_policy import DeliveryPolicy, RetryTerms
from backend.domain.reports.document import ReportDocument
from backend.domain.tenants import TenantEnvironment
from backend.persistence.models.delivery import Delivery, Destination
from backend.persistence.models.submission import Submission, SubmissionFile
from backend.persistence.models.tenant import Tenant
from backend.services.delivery import DeliveryService, TransferOpener
from backend.services.delivery_work import DeliveryWorkService
from backend.services.hand_over import hand_over
from tests.factories.documents import plain_document
from tests.factories.installation import Installation
from tests.factories.rows import AT, CONTENT, Rows
from tests.factories.wakeups import NotedWakeups

ONCE = DeliveryPolicy(retry=RetryTerms(attempts=1)).model_dump(mode="json")
OUTPUTS = [{"name": "message", "format": "xml"}, {"name": "table", "format": "csv"}]


@pytest.fixture(scope="module")
def sftp() -> Iterator[SftpServer]:
    """Somebody who takes files."""
    with started_sftp_server() as server:
        yield server


@dataclass(frozen=True, slots=True)
class Desk:
    """Hands runs over and carries their deliveries out."""

    rows: Rows
    installation: Installation
    sftp: SftpServer

    async def there(self, **changes: Any) -> Destination:
        """A destination that takes files."""
        settings = {
            "host": self.sftp.host,
            "port": self.sftp.port,
            "username": self.sftp.username,
            "folder": ".",
            "host_key_fingerprint": self.sftp.fingerprint,
        }
        sealed = self.rows.box.seal({"private_key": self.sftp.private_key})
        return await self.rows.destination(settings, credentials=sealed, **changes)

    async def nowhere(self, **changes: Any) -> Destination:
        """A destination where nothing listens; it is tried once."""
        return await self.rows.destination(policy=ONCE, **changes)

    async def hand_over(self, *routes: dict[str, Any], records: int = 10, **changes: Any) -> Submission | None:
        """A run with a message and a table, handed over by these routes; its submission."""
        told = {"pack": "mifir_rts22", "outputs": OUTPUTS, "envelope": {"sender": "A", "receiver": "B"}}
        raw = plain_document(new_id(), **{**told, "deliver_to": list(routes), **changes})
        version = await self.rows.version(await self.rows.report(), state="archived")
        run = await self.rows.run(version, state="succeeded", finished_at=AT, rows_in=records, rows_out=records)
        for number, ending in enumerate(("xml", "csv")):
            name = f"{run.id}.{ending}"
            stored = await self.rows.artifact(run, output_number=number, name=name, records=records)
            self.installation.adapters.storage.put(stored.object_key, CONTENT)
        async with self.rows.database.transaction(self.rows.person.tenant) as session:
            await hand_over(session, self.rows.person.tenant, run, ReportDocument.model_validate(raw), AT)
        async with self.rows.database.transaction(self.rows.person.tenant) as session:
            found: Submission | None = await session.scalar(select(Submission).where(Submission.run_id == run.id))
            return found

    async def deliver(self) -> dict[tuple[str, str], str]:
        """Everything that is due, once; the state of each delivery by role and ending of its file."""
        adapters, database = self.installation.adapters, self.rows.database
        opener = TransferOpener(adapters.box, adapters.egress_own_network)
        worker = DeliveryService(database, adapters.storage, opener, NotedWakeups(), utc_now)
        for one in await self.all_of(Delivery):
            if one.state in {"pending", "retrying"}:
                await worker.deliver(self.rows.person.tenant, DeliveryId(one.id))
        done = await self.all_of(Delivery)
        names = {one.artifact_id: one.file_name for one in await self.all_of(SubmissionFile)}
        return {(one.role, names.get(one.artifact_id, "?")[-3:]): one.state for one in done}

    async def all_of(self, model: type[Any]) -> list[Any]:
        """Every row, oldest first."""
        async with self.rows.database.transaction(self.rows.person.tenant) as session:
            return list((await session.scalars(select(model))).all())

    async def state_of(self, submission: Submission | None) -> str:
        """Where it is now."""
        assert submission is not None
        return (await self.rows.fresh(Submission, submission.id)).state


@pytest.fixture
def desk(rows: Rows, installation: Installation, sftp: SftpServer) -> Desk:
    """The owner's runs."""
    return Desk(rows, installation, sftp)


def route(destination: Destination, role: str = "submission", **said: Any) -> dict[str, Any]:
    return {"destination_id": str(destination.id), "role": role, **said}


async def test_a_copy_that_fails_keeps_nothing_back(desk: Desk) -> None:
    routes = route(await desk.there(), outputs=["message"]), route(await desk.nowhere(), "copy")
    submission = await desk.hand_over(*routes)
    files = await desk.all_of(SubmissionFile)
    assert [one.file_name[-3:] for one in files] == ["xml"], "a table that only the archive gets is not submitted"
    states = await desk.deliver()
    assert states["submission", "xml"] == "delivered"
    assert {state for (role, _), state in states.items() if role == "copy"} == {"failed"}
    assert await desk.state_of(submission) == "sent"


async def test_copies_that_arrive_tell_no_regulator(desk: Desk) -> None:
    submission = await desk.hand_over(route(await desk.nowhere()), route(await desk.there(), "copy"))
    states = await desk.deliver()
    assert {role: state for (role, _), state in states.items()} == {"submission": "failed", "copy": "delivered"}
    assert await desk.state_of(submission) == "prepared"
    assert [one.sent_at for one in await desk.all_of(SubmissionFile)] == [None, None]


async def test_a_file_sent_once_more_after_it_failed_has_arrived_and_stays_what_it_was(
    desk: Desk, sftp: SftpServer
) -> None:
    destination = await desk.nowhere()
    submission = await desk.hand_over(route(destination, outputs=["message"]))
    assert await desk.deliver() == {("submission", "xml"): "failed"}
    (failed,) = await desk.all_of(Delivery)
    working = await desk.there()
    async with desk.rows.database.transaction(desk.rows.person.tenant) as session:
        stored = await session.get_one(Destination, destination.id)
        stored.settings, stored.credentials = working.settings, working.credentials
    work = DeliveryWorkService(desk.rows.person.scope(desk.rows.database), NotedWakeups())
    await work.redeliver(DeliveryId(failed.id), "The server is back.")
    await desk.deliver()
    assert {(one.role, one.state) for one in await desk.all_of(Delivery)} == {
        ("submission", "failed"),
        ("submission", "delivered"),
    }
    assert await desk.state_of(submission) == "sent"


async def test_a_nil_file_goes_where_nil_files_go(desk: Desk) -> None:
    regulator, archive = await desk.there(name="regulator"), await desk.there(name="archive")
    routes = (
        route(regulator, outputs=["message"], when={"records": "some"}),
        route(archive, "copy", when={"records": "none"}),
    )
    full = await desk.hand_over(*routes, on_empty="nil_report")
    assert {one.destination_id for one in await desk.all_of(Delivery)} == {regulator.id}
    nil = await desk.hand_over(*routes, on_empty="nil_report", records=0)
    assert full is not None
    assert nil is None, "its routes submit files, and none of this run: nobody waits for it"
    added = [one for one in await desk.all_of(Delivery) if one.run_id != full.run_id]
    assert {(one.destination_id, one.role) for one in added} == {(archive.id, "copy")}
    assert len(added) == 2


async def test_the_environment_of_a_submission_is_that_of_its_destinations(desk: Desk) -> None:
    test, real = await desk.there(environment="test"), await desk.there(environment="production")
    told = [
        await desk.hand_over(route(test)),
        await desk.hand_over(route(real)),
        await desk.hand_over(route(test), route(real, "copy")),
        await desk.hand_over(route(test), route(real)),
        await desk.hand_over(route(test, "copy")),
        await desk.hand_over(),
    ]
    found = [one.environment for one in told if one is not None]
    # Where a file goes to both, the real one counts; what a person carries belongs where the run does.
    assert found == ["test", "production", "test", "production", "production", "production"]


async def test_runs_of_a_sandbox_take_the_routes_of_tests(desk: Desk) -> None:
    test, real = await desk.there(environment="test"), await desk.there(environment="production")
    routes = route(test, when={"environment": "test"}), route(real, when={"environment": "production"})
    production = await desk.hand_over(*routes)
    async with desk.rows.database.transaction(desk.rows.person.tenant) as session:
        (await session.get_one(Tenant, desk.rows.person.tenant)).environment = TenantEnvironment.SANDBOX
    sandbox = await desk.hand_over(*routes)
    carried = await desk.hand_over()
    assert production is not None
    assert sandbox is not None
    assert carried is not None
    assert [one.environment for one in (production, sandbox, carried)] == ["production", "test", "test"]
    went = {(one.run_id, one.destination_id) for one in await desk.all_of(Delivery)}
    assert went == {(production.run_id, real.id), (sandbox.run_id, test.id)}
