"""Connectors that are tested by the clock: once when it is due, by one worker, and told when something changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy import select

from backend.core.clock import utc_now
from backend.core.ids import ConnectorId
from backend.persistence.models.connector import Connector
from backend.persistence.models.notice import Notice
from backend.persistence.system import SystemScope
from backend.services.connector_health import ConnectorRetests
from backend.services.source_access import ConnectorOpener
from tests.factories.installation import Installation
from tests.factories.rows import Rows
from tests.factories.source import SourceOfTrades, source_of_trades
from tests.services.servers import PostgresServer

NOTHING_LISTENS = 9


@pytest.fixture(scope="module")
def source(postgres_server: PostgresServer) -> Iterator[SourceOfTrades]:
    with source_of_trades(postgres_server) as found:
        yield found


@pytest.fixture
def retests(installation: Installation) -> ConnectorRetests:
    return ConnectorRetests(installation.database, ConnectorOpener.of(installation.adapters), utc_now)


async def watched(rows: Rows, source: SourceOfTrades, port: int) -> Connector:
    """A connector whose test is due."""
    return await rows.connector(
        {**source.settings, "port": port},
        credentials=rows.box.seal(source.credentials),
        retest_every_hours=24,
        next_test_at=utc_now() - timedelta(seconds=1),
    )


async def change(rows: Rows, connector: Connector, **values: object) -> None:
    async with rows.database.transaction(rows.person.tenant) as session:
        stored = await session.get_one(Connector, connector.id)
        for name, value in values.items():
            setattr(stored, name, value)


async def told(rows: Rows) -> list[tuple[str, str]]:
    async with rows.database.transaction(rows.person.tenant) as session:
        found = await session.scalars(select(Notice).order_by(Notice.sequence))
        return [(one.kind, one.title) for one in found]


async def test_people_are_told_once_when_it_fails_and_once_when_it_works_again(
    retests: ConnectorRetests, rows: Rows, source: SourceOfTrades
) -> None:
    connector = await watched(rows, source, source.port)
    tenant, identity = rows.person.tenant, ConnectorId(connector.id)
    ports = [source.port, NOTHING_LISTENS, NOTHING_LISTENS, source.port, source.port, NOTHING_LISTENS]
    for port in ports:
        settings = {**source.settings, "port": port}
        await change(rows, connector, settings=settings, next_test_at=utc_now() - timedelta(seconds=1))
        assert await retests.retest(tenant, identity)
    failed = ("connector_failed", f"The connector {connector.name} does not work")
    works = ("connector_works", f"The connector {connector.name} works again")
    assert await told(rows) == [failed, works, failed]
    stored = await rows.fresh(Connector, connector.id)
    assert (stored.is_failing, stored.failed_step) == (True, "tcp")
    assert [one["failed_step"] for one in stored.recent_tests] == ["tcp", None, None, "tcp", "tcp", None]
    assert stored.next_test_at is not None
    assert timedelta(hours=21) < stored.next_test_at - utc_now() <= timedelta(hours=24)


async def test_it_is_tested_by_one_of_many_workers_and_not_before_it_is_due(
    retests: ConnectorRetests, rows: Rows, source: SourceOfTrades
) -> None:
    connector = await watched(rows, source, source.port)
    tenant, identity = rows.person.tenant, ConnectorId(connector.id)
    assert sorted(await asyncio.gather(*(retests.retest(tenant, identity) for _ in range(5)))) == [False] * 4 + [True]
    assert not await retests.retest(tenant, identity)
    assert len((await rows.fresh(Connector, connector.id)).recent_tests) == 1


class _Killed:
    """Stands for a worker that dies in the middle of a test."""

    def open(self, stored: Connector) -> object:
        raise KeyboardInterrupt


async def test_a_test_whose_worker_died_is_due_again_after_a_while(
    retests: ConnectorRetests, rows: Rows, source: SourceOfTrades
) -> None:
    connector = await watched(rows, source, source.port)
    dying = replace(retests, opener=cast("ConnectorOpener", _Killed()))
    with pytest.raises(KeyboardInterrupt):
        await dying.retest(rows.person.tenant, ConnectorId(connector.id))
    stored = await rows.fresh(Connector, connector.id)
    assert stored.recent_tests == []
    assert stored.next_test_at is not None
    assert timedelta(0) < stored.next_test_at - utc_now() <= timedelta(minutes=15)


async def test_what_cannot_be_opened_is_told_too(retests: ConnectorRetests, rows: Rows, source: SourceOfTrades) -> None:
    connector = await watched(rows, source, source.port)
    await change(rows, connector, credentials=b"sealed with a key that is gone")
    assert await retests.retest(rows.person.tenant, ConnectorId(connector.id))
    assert [kind for kind, _ in await told(rows)] == ["connector_failed"]


async def test_the_sweep_finds_what_is_due_in_every_tenant_and_nothing_else(
    installation: Installation, rows: Rows, strangers_rows: Rows, source: SourceOfTrades
) -> None:
    mine = await watched(rows, source, source.port)
    theirs = await watched(strangers_rows, source, source.port)
    await rows.connector(retest_every_hours=24, next_test_at=utc_now() + timedelta(minutes=1))
    await rows.connector()
    async with installation.system.transaction() as session:
        due = await SystemScope(session).connectors_to_test(10)
    assert {(tenant, one) for tenant, one in due} == {
        (rows.person.tenant, mine.id),
        (strangers_rows.person.tenant, theirs.id),
    }
