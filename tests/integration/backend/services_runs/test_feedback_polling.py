"""Answers fetched from a partner's SFTP server: each whole file once, in order, and nothing there is touched."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from backend.core.clock import utc_now
from backend.demo.sftp_server import SftpServer, started_sftp_server
from backend.domain.remote_answers import LOOK_EVERY, delay_after
from backend.persistence.models.delivery import Destination
from backend.persistence.models.feedback import FeedbackFile
from backend.persistence.models.remote_answer import RemoteAnswer
from backend.persistence.system import SystemScope
from backend.services.delivery import TransferOpener
from backend.services.feedback_polling import FeedbackPolling
from backend.services.scope import TenantScope
from tests.factories.installation import Installation
from tests.factories.rows import Rows
from tests.factories.wakeups import NotedWakeups

FOLDER = "answers"


@pytest.fixture(scope="module")
def sftp() -> Iterator[SftpServer]:
    """The regulator's server."""
    with started_sftp_server() as server:
        (server.folder / FOLDER).mkdir()
        yield server


class Watch:
    """A destination whose folder is looked into, and what came of it."""

    def __init__(self, installation: Installation, scope: TenantScope, server: SftpServer, at: Destination) -> None:
        opener = TransferOpener(installation.adapters.box, installation.adapters.egress_own_network)
        self.polling = FeedbackPolling(
            installation.database, installation.adapters.storage, opener, NotedWakeups(), utc_now
        )
        self.scope, self.destination, self.folder = scope, at, server.folder / FOLDER

    def write(self, name: str, content: bytes, second: int = 0) -> None:
        """A file as it lies there at a second."""
        path = self.folder / name
        path.write_bytes(content)
        os.utime(path, (1_790_000_000 + second,) * 2)

    async def look(self, *, is_due: bool = True) -> int:
        """Look into the folder, at once unless its next time is to be kept."""
        if is_due:
            async with self.scope.transaction() as session:
                await session.execute(update(Destination).values(next_look_at=None))
        return await self.polling.look(self.scope.tenant, self.destination.id)

    async def files(self) -> Sequence[tuple[str, int]]:
        """Name and size of what was taken in, in the order of arrival."""
        async with self.scope.reading() as session:
            found = (await session.scalars(select(FeedbackFile).order_by(FeedbackFile.id))).all()
        return [(one.name, one.size_bytes) for one in found]

    async def stored(self) -> Destination:
        """The destination as it is now."""
        async with self.scope.reading() as session:
            found = await session.get(Destination, self.destination.id)
        assert found is not None
        return found


@pytest.fixture
async def watch(installation: Installation, scope: TenantScope, rows: Rows, sftp: SftpServer) -> Watch:
    for left in (sftp.folder / FOLDER).iterdir():
        left.unlink()
    settings = {
        "host": sftp.host,
        "port": sftp.port,
        "username": sftp.username,
        "folder": ".",
        "host_key_fingerprint": sftp.fingerprint,
    }
    sealed = installation.adapters.box.seal({"private_key": sftp.private_key})
    made = await rows.destination(settings, credentials=sealed, response_folder=FOLDER)
    return Watch(installation, scope, sftp, made)


async def test_whole_files_are_taken_in_once_in_the_order_of_their_times(watch: Watch) -> None:
    watch.write("b.xml", b"the first", 1)
    watch.write("a.xml", b"the second", 2)
    assert await watch.look() == 0, "seen once, they may still grow"
    assert await watch.look() == 2
    assert await watch.look() == 0
    assert await watch.files() == [("b.xml", 9), ("a.xml", 10)]
    assert sorted(path.name for path in watch.folder.iterdir()) == ["a.xml", "b.xml"]


async def test_a_growing_file_is_left_alone_until_it_is_whole(watch: Watch) -> None:
    watch.write("a.xml", b"half", 1)
    assert await watch.look() == 0
    watch.write("a.xml", b"half and whole", 2)
    assert await watch.look() == 0
    assert await watch.look() == 1
    assert await watch.files() == [("a.xml", 14)]


async def test_another_answer_under_a_known_name_is_taken_in_and_the_same_bytes_under_another_are_not(
    watch: Watch,
) -> None:
    watch.write("a.xml", b"first", 1)
    await watch.look()
    assert await watch.look() == 1
    watch.write("a.xml", b"other", 2)
    watch.write("b.xml", b"first", 3)
    await watch.look()
    assert await watch.look() == 1
    assert await watch.files() == [("a.xml", 5), ("a.xml", 5)]


async def test_two_workers_at_once_take_a_file_in_once(watch: Watch) -> None:
    watch.write("a.xml", b"once", 1)
    await watch.look()
    async with watch.scope.transaction() as session:
        await session.execute(update(Destination).values(next_look_at=None))
    assert sum(await asyncio.gather(*(watch.look(is_due=False) for _ in range(4)))) == 1
    assert await watch.files() == [("a.xml", 4)]


async def test_a_folder_that_is_not_there_is_told_and_looked_for_less_and_less_often(
    watch: Watch, installation: Installation
) -> None:
    async with watch.scope.transaction() as session:
        await session.execute(update(Destination).values(response_folder="nowhere"))
    assert await watch.look() == 0
    one = await watch.stored()
    assert one.failed_looks == 1
    assert one.look_error is not None
    assert one.look_error["message"]
    assert one.next_look_at is not None
    assert one.next_look_at > utc_now() + delay_after(1) - timedelta(seconds=20)
    async with installation.system.transaction() as session:
        assert (watch.scope.tenant, one.id) not in await SystemScope(session).answers_to_look_for(1000)
    async with watch.scope.transaction() as session:
        await session.execute(update(Destination).values(response_folder=FOLDER))
    await watch.look()
    healed = await watch.stored()
    assert (healed.failed_looks, healed.look_error) == (0, None)


async def test_a_paused_destination_is_not_looked_into(watch: Watch, installation: Installation) -> None:
    watch.write("a.xml", b"later", 1)
    async with watch.scope.transaction() as session:
        await session.execute(update(Destination).values(is_paused=True))
    await watch.look()
    await watch.look()
    async with watch.scope.reading() as session:
        assert (await session.scalars(select(RemoteAnswer))).all() == []
    async with installation.system.transaction() as session:
        assert (watch.scope.tenant, watch.destination.id) not in await SystemScope(session).answers_to_look_for(1000)


def test_failures_double_the_wait_up_to_an_hour() -> None:
    assert [delay_after(number).total_seconds() for number in (1, 2, 3, 8, 100)] == [30, 60, 120, 3600, 3600]
    assert delay_after(1) >= LOOK_EVERY


async def test_what_is_named_as_the_format_says_is_read_by_it(watch: Watch) -> None:
    said = {"record_id": "Ref", "state": "Status", "file_name": "ack_*.csv"}
    async with watch.scope.transaction() as session:
        await session.execute(update(Destination).values(feedback_format=said))
    for number, name in enumerate(("ack_1.csv", "list.csv", "advice.xml")):
        watch.write(name, f"the content of {name}".encode(), number)
    assert await watch.look() == 0
    assert await watch.look() == 3
    async with watch.scope.reading() as session:
        found = (await session.scalars(select(FeedbackFile))).all()
    assert {one.name: one.mapping for one in found} == {"ack_1.csv": said, "list.csv": None, "advice.xml": None}
