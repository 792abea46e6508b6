"""Places at a source: never more than the limit, whoever holds them, and free again however their holder ends."""

import asyncio
from contextlib import AsyncExitStack
from uuid import uuid4

import psycopg

from backend.persistence.source_places import place_at_source
from tests.factories.installation import Installation
from tests.services.servers import TestDatabase


async def test_there_are_as_many_as_the_limit_says_and_each_is_free_after_its_block(installation: Installation) -> None:
    source, database = uuid4(), installation.database
    async with AsyncExitStack() as held:
        taken = [
            await held.enter_async_context(place_at_source(database, source, 2, patience_seconds=0)) for _ in range(3)
        ]
        assert taken == [True, True, False]
        async with place_at_source(database, uuid4(), 2, patience_seconds=0) as of_another:
            assert of_another
    async with place_at_source(database, source, 1, patience_seconds=0) as again:
        assert again


async def test_who_waits_gets_the_place_that_becomes_free(installation: Installation) -> None:
    source, database = uuid4(), installation.database
    async with AsyncExitStack() as held:
        assert await held.enter_async_context(place_at_source(database, source, 1, patience_seconds=0))

        async def wait() -> bool:
            async with place_at_source(database, source, 1, patience_seconds=20) as is_ours:
                return is_ours

        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.6)
        assert not waiting.done()
        await held.aclose()
        assert await waiting


async def test_a_holder_that_dies_leaves_its_place(installation: Installation, migrated: TestDatabase) -> None:
    source, database = uuid4(), installation.database
    async with place_at_source(database, source, 1, patience_seconds=0) as is_ours:
        assert is_ours
        # What the server sees of a process that was killed: its connection ends.
        with psycopg.connect(migrated.superuser_url, autocommit=True) as administrator:
            ended = administrator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            assert ended.fetchall() == [(True,)]
        async with place_at_source(database, source, 1, patience_seconds=5) as next_one:
            assert next_one
