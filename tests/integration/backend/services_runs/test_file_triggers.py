"""Files that arrive start runs: each is decided once, by whichever worker comes, and what cannot start says why."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from backend.demo.sftp_server import SftpServer, started_sftp_server
from backend.domain.triggers import FileArrival
from backend.persistence.models.audit import AuditEntry
from backend.persistence.models.delivery import Destination
from backend.persistence.models.notice import Notice
from backend.persistence.models.report import ReportVersion
from backend.persistence.models.run import Run
from backend.persistence.models.trigger import Trigger, TriggerFiring
from backend.persistence.system import SystemScope
from backend.services.runs import NoActiveVersion
from backend.services.storage import ObjectStorage
from backend.services.transfer.inbox import MAX_LISTED_FILES
from backend.services.trigger_firing import TriggerFirings
from backend.services.trigger_looks import place_of
from backend.services.trigger_trials import Prospect, TriggerTrialService
from tests.factories.documents import plain_document
from tests.factories.installation import Installation
from tests.factories.rows import Rows
from tests.factories.trigger_desk import Desk
from tests.services.destinations import Destination as TransferDestination
from tests.services.destinations import folder_destination, s3_destination
from tests.services.ftp_servers import FtpServers, ftp_servers
from tests.services.servers import S3Address

FOLDER = "inbox"
FILE_PARAMETER = {"parameters": {"book": "{file_name}"}}


@pytest.fixture(scope="module")
def sftp() -> Iterator[SftpServer]:
    """The partner's server, an sshd where there is one."""
    with started_sftp_server() as server:
        (server.folder / FOLDER).mkdir()
        yield server


@dataclass
class Inbox:
    """A folder that is watched by SFTP."""

    on: dict[str, Any]
    folder: Path

    def write(self, name: str, content: bytes, second: int = 0) -> None:
        """A file as it lies there at a second."""
        path = self.folder / name
        path.write_bytes(content)
        os.utime(path, (1_790_000_000 + second,) * 2)


async def sftp_inbox(rows: Rows, installation: Installation, server: SftpServer, **on: Any) -> Inbox:
    folder = server.folder / FOLDER / uuid4().hex
    folder.mkdir()
    folder.chmod(0o777)
    settings = {
        "host": server.host,
        "port": server.port,
        "username": server.username,
        "folder": ".",
        "host_key_fingerprint": server.fingerprint,
    }
    sealed = installation.adapters.box.seal({"private_key": server.private_key})
    destination = await rows.destination(settings, credentials=sealed)
    watched = {"destination_id": str(destination.id), "folder": f"{FOLDER}/{folder.name}", "name_pattern": "*.csv"}
    return Inbox({"kind": "file_arrival", **watched, "settle_seconds": 1, **on}, folder)


@pytest.fixture
async def inbox(rows: Rows, installation: Installation, sftp: SftpServer) -> Inbox:
    return await sftp_inbox(rows, installation, sftp)


async def test_a_whole_file_starts_a_run_once_whoever_looks(
    desk: Desk, reported_version: ReportVersion, inbox: Inbox
) -> None:
    inbox.write("old.csv", b"was there before")
    trigger = await desk.create(reported_version, inbox.on, **FILE_PARAMETER)
    assert await desk.look(trigger) == 0
    names = [f"trades-{number}.csv" for number in range(6)]
    for number, name in enumerate(names):
        inbox.write(name, b"1", number)
    inbox.write("trades.csv.done", b"another name")
    inbox.write("unfinished.csv.part", b"1")
    assert await desk.look(trigger, workers=2) == 0, "seen once, they may still grow"
    desk.settle()
    assert await desk.look(trigger, workers=4) == len(names)
    assert await desk.look(trigger) == 0
    runs = await desk.all_of(Run)
    assert sorted(run.parameters["book"] for run in runs) == names
    assert {(run.trigger, run.trigger_id, run.schedule_id) for run in runs} == {("file", trigger.id, None)}
    assert {run.created_by for run in runs} == {desk.scope.user_id}
    assert sorted(await desk.firings()) == [(name, "started", None) for name in names]
    assert {one.run_id for one in await desk.all_of(TriggerFiring)} == {run.id for run in runs}
    by_system = [one for one in await desk.all_of(AuditEntry) if one.action == "run.requested"]
    assert {one.actor_kind for one in by_system} == {"system"}


async def test_workers_whose_lease_ran_out_decide_each_file_once(
    desk: Desk, reported_version: ReportVersion, inbox: Inbox
) -> None:
    """All of them hold the same list of settled files, as if each had believed to be alone."""
    trigger = await desk.create(reported_version, {**inbox.on, "existing": "start"}, **FILE_PARAMETER)
    for number in range(8):
        inbox.write(f"{number}.csv", b"1", number)
    await desk.look(trigger)
    desk.settle()
    looked = await desk.stored(trigger)
    on = looked.read_definition().on
    async with desk.scope.reading() as session:
        place = await place_of(session, desk.scope.tenant, looked)
    assert isinstance(place, Destination)
    assert isinstance(on, FileArrival)
    found = await asyncio.gather(*(desk.looks.look_for_files(looked, place, on) for _ in range(3)))
    assert sum(started for started, _ in found) == 8
    assert Counter(run.parameters["book"] for run in await desk.all_of(Run)) == Counter(
        {f"{number}.csv": 1 for number in range(8)}
    )


async def test_a_file_that_is_being_written_waits_and_a_changed_one_fires_again(
    desk: Desk, reported_version: ReportVersion, inbox: Inbox
) -> None:
    trigger = await desk.create(reported_version, inbox.on, while_running="skip", **FILE_PARAMETER)
    await desk.look(trigger)
    for second in range(3):
        inbox.write("a.csv", b"row" * (second + 1), second)
        desk.settle()
        assert await desk.look(trigger) == 0, "it grew since the last look"
    assert await desk.look(trigger) == 0, "it has not been as it is for long enough"
    desk.settle()
    assert await desk.look(trigger) == 1
    await desk.end_runs()
    inbox.write("a.csv", b"rows of the same length"[:9], 9)
    await desk.look(trigger)
    desk.settle()
    assert await desk.look(trigger) == 1, "the same name with another time is another file"


class Killed(BaseException):
    """The process is gone."""


async def test_who_is_killed_between_claim_and_run_loses_nothing(
    desk: Desk, reported_version: ReportVersion, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger = await desk.create(reported_version, {**inbox.on, "existing": "start"}, **FILE_PARAMETER)
    inbox.write("a.csv", b"1")
    inbox.write("b.csv", b"1", 1)
    await desk.look(trigger)
    desk.settle()
    real = TriggerFirings.fire
    fired = 0

    async def dies(*given: Any, **named: Any) -> Any:
        nonlocal fired
        fired += 1
        if fired == 2:
            raise Killed
        return await real(*given, **named)

    with monkeypatch.context() as patched:
        patched.setattr(TriggerFirings, "fire", dies)
        with pytest.raises(Killed):
            await desk.look(trigger)
    assert await desk.looks.look(desk.scope.tenant, trigger.id) == 0, "the lease of who was killed still holds"
    held = await desk.stored(trigger)
    assert held.next_look_at is not None, "the sweep finds it when the lease has run out"
    assert await desk.look(trigger) == 1
    assert sorted(await desk.firings()) == [("a.csv", "started", None), ("b.csv", "started", None)]


async def test_files_in_a_bucket_start_runs(
    desk: Desk, rows: Rows, reported_version: ReportVersion, s3_server: S3Address, services_folder: Path
) -> None:
    partner = s3_destination(s3_server, services_folder / "s3" / "objects", f"partner-{uuid4().hex[:12]}")
    sealed = desk.installation.adapters.box.seal(partner.credentials)
    destination = await rows.destination(partner.settings, kind="s3", credentials=sealed)
    on = {"kind": "file_arrival", "destination_id": str(destination.id), "folder": "drop", "settle_seconds": 1}
    trigger = await desk.create(reported_version, {**on, "name_pattern": "t*"}, **FILE_PARAMETER)
    await desk.look(trigger)
    bucket = ObjectStorage(
        endpoint=s3_server.endpoint,
        access_key=s3_server.access_key,
        secret_key=s3_server.secret_key,
        bucket=str(partner.settings["bucket"]),
    )
    for key in ("drop/t1.csv", "drop/other.csv", "drop/below/t2.csv", "t3.csv"):
        bucket.put(f"reports/{key}", b"1")
    assert await desk.look(trigger) == 0
    desk.settle()
    assert await desk.look(trigger, workers=2) == 1
    assert await desk.firings() == [("t1.csv", "started", None)]


async def test_what_came_while_paused_is_told_and_starts_nothing(
    desk: Desk, reported_version: ReportVersion, inbox: Inbox
) -> None:
    trigger = await desk.create(reported_version, inbox.on, **FILE_PARAMETER)
    await desk.look(trigger)
    await desk.service.pause(trigger.id)
    inbox.write("paused.csv", b"1")
    assert await desk.look(trigger) == 0
    assert await desk.firings() == []
    await desk.service.resume(trigger.id)
    assert await desk.look(trigger) == 0
    assert await desk.firings() == [("paused.csv", "skipped", "paused")]
    inbox.write("after.csv", b"1", 1)
    await desk.look(trigger)
    desk.settle()
    assert await desk.look(trigger) == 1


async def test_what_is_under_way_is_waited_for_or_skipped(
    desk: Desk, reported_version: ReportVersion, inbox: Inbox
) -> None:
    waits = await desk.create(reported_version, inbox.on)
    await desk.look(waits)
    inbox.write("a.csv", b"1")
    inbox.write("b.csv", b"1", 1)
    await desk.look(waits)
    desk.settle()
    assert await desk.look(waits) == 1, "both would be the same run"
    assert await desk.look(waits) == 0
    await desk.end_runs()
    assert await desk.look(waits) == 1
    assert await desk.firings() == [("a.csv", "started", None), ("b.csv", "started", None)]
    skips = await desk.create(reported_version, {**inbox.on, "existing": "start"}, while_running="skip")
    await desk.look(skips)
    desk.settle()
    assert await desk.look(skips) == 0, "the run of b.csv is under way"
    assert (await desk.firings())[2:] == [(name, "skipped", "still_running") for name in ("a.csv", "b.csv")]


async def test_a_report_without_an_active_version_is_told_of_once(desk: Desk, rows: Rows, inbox: Inbox) -> None:
    connector = await rows.connector()
    draft = await rows.version(await rows.report(), plain_document(connector.id), state="draft")
    trigger = await desk.create(draft, {**inbox.on, "existing": "start"})
    inbox.write("a.csv", b"1")
    inbox.write("b.csv", b"1", 1)
    await desk.look(trigger)
    desk.settle()
    assert await desk.look(trigger) == 0
    assert await desk.firings() == [(name, "skipped", "report_inactive") for name in ("a.csv", "b.csv")]
    assert [one.kind for one in await desk.all_of(Notice)] == ["trigger_failed"]
    error = (await desk.stored(trigger)).last_error
    assert error is not None
    assert error["code"] == NoActiveVersion.code
    assert error["fix"]


async def test_a_folder_that_is_gone_is_said_and_looked_for_again(
    desk: Desk, reported_version: ReportVersion, inbox: Inbox
) -> None:
    trigger = await desk.create(reported_version, inbox.on)
    inbox.folder.rmdir()
    assert await desk.look(trigger) == 0
    failed = await desk.stored(trigger)
    assert failed.last_error is not None
    assert failed.last_error["fix"]
    assert (failed.failed_looks, [one.kind for one in await desk.all_of(Notice)]) == (1, ["trigger_failed"])
    assert await desk.look(trigger) == 0
    assert len(await desk.all_of(Notice)) == 1, "told once"
    inbox.folder.mkdir()
    inbox.folder.chmod(0o777)
    await desk.look(trigger)
    assert (await desk.stored(trigger)).last_error is None


async def test_a_test_tells_what_would_happen_and_changes_nothing(
    desk: Desk, reported_version: ReportVersion, inbox: Inbox
) -> None:
    inbox.write("old.csv", b"1")
    trigger = await desk.create(reported_version, inbox.on, **FILE_PARAMETER)
    await desk.look(trigger)
    inbox.write("new.csv", b"22", 1)
    before = await desk.stored(trigger)
    trial = await TriggerTrialService(desk.scope, desk.sources).test(trigger.id)
    assert [(one.subject, one.prospect) for one in trial.seen] == [
        ("new.csv", Prospect.SETTLES),
        ("old.csv", Prospect.KNOWN_BEFORE),
    ]
    assert (trial.parameters, trial.error) == ({"book": "new.csv"}, None)
    assert (await desk.stored(trigger)).next_look_at == before.next_look_at
    assert (await desk.all_of(Run), await desk.firings()) == ([], [])
    inbox.folder.joinpath("old.csv").unlink()
    inbox.folder.joinpath("new.csv").unlink()
    inbox.folder.rmdir()
    failed = await TriggerTrialService(desk.scope, desk.sources).test(trigger.id)
    assert failed.error is not None
    assert failed.error.fix


async def test_the_sweep_finds_what_is_due(desk: Desk, reported_version: ReportVersion, inbox: Inbox) -> None:
    trigger = await desk.create(reported_version, inbox.on)
    paused = await desk.create(reported_version, inbox.on)
    await desk.create(reported_version, {"kind": "api"})
    await desk.service.pause(paused.id)

    async def due() -> Sequence[object]:
        async with desk.installation.system.transaction() as session:
            found = await SystemScope(session).triggers_to_look_at(100)
        return [one for tenant, one in found if tenant == desk.scope.tenant]

    assert await due() == [trigger.id]
    await desk.look(trigger)
    assert await due() == []


@pytest.fixture(scope="module")
def ftp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FtpServers]:
    """FTP servers over one folder."""
    with ftp_servers(tmp_path_factory.mktemp("ftp")) as servers:
        yield servers


@pytest.mark.parametrize("kind", ["ftp", "ftps", "folder"])
async def test_files_by_ftp_and_in_a_folder_of_the_machine_start_runs(
    desk: Desk, rows: Rows, reported_version: ReportVersion, ftp: FtpServers, tmp_path: Path, kind: str
) -> None:
    partner = folder_destination(tmp_path) if kind == "folder" else ftp.destination(kind)
    opened_folder(desk, tmp_path)
    trigger = await watching(desk, rows, reported_version, partner, folder="drop")
    drop = partner.place / "drop"
    drop.mkdir(exist_ok=True)
    await desk.look(trigger)
    for name in ("a.csv", "b.csv", ".hidden.csv", "c.csv.part", "other.txt"):
        (drop / name).write_bytes(b"1")
    assert await desk.look(trigger) == 0, "seen once, they may still grow"
    desk.settle()
    assert await desk.look(trigger, workers=2) == 2
    assert await desk.look(trigger) == 0
    assert sorted(await desk.firings()) == [("a.csv", "started", None), ("b.csv", "started", None)]
    for path in drop.iterdir():
        path.unlink()


async def test_a_folder_with_more_files_than_are_looked_at_says_so_and_starts_nothing(
    desk: Desk, rows: Rows, reported_version: ReportVersion, tmp_path: Path
) -> None:
    partner = folder_destination(tmp_path)
    opened_folder(desk, tmp_path)
    trigger = await watching(desk, rows, reported_version, partner, folder="")
    await desk.look(trigger)
    for number in range(MAX_LISTED_FILES):
        (partner.place / f"{number:05}.csv").touch()
    for _ in range(2):
        assert await desk.look(trigger) == 0
        desk.settle()
    stored = await desk.stored(trigger)
    assert stored.last_error is not None
    assert stored.last_error["code"] == "trigger_folder_too_full"
    assert "10,000" in str(stored.last_error["message"])
    assert await desk.firings() == []
    for number in range(MAX_LISTED_FILES - 2):
        (partner.place / f"{number:05}.csv").unlink()
    await desk.look(trigger)
    desk.settle()
    assert await desk.look(trigger) == 2, "what is left when there is room again"
    assert (await desk.stored(trigger)).last_error is None


def opened_folder(desk: Desk, root: Path) -> None:
    """The operator lets destinations use a folder of this machine."""
    adapters = desk.installation.adapters
    egress = replace(adapters.egress_own_network, delivery_folders=(root,))
    desk.installation = replace(desk.installation, adapters=replace(adapters, egress_own_network=egress))


async def watching(
    desk: Desk, rows: Rows, version: ReportVersion, partner: TransferDestination, folder: str
) -> Trigger:
    """A trigger for CSV files at a destination."""
    sealed = desk.installation.adapters.box.seal(partner.credentials)
    destination = await rows.destination(partner.settings, kind=partner.kind, credentials=sealed)
    on = {"kind": "file_arrival", "destination_id": str(destination.id), "folder": folder, "settle_seconds": 1}
    return await desk.create(version, {**on, "name_pattern": "*.csv"}, **FILE_PARAMETER)
