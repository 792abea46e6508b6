"""The unit of work: one tenant, one commit, nothing left on the connection, and a name for every way it can fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import QueuePool, String, bindparam, func, make_url, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from backend.core.ids import TenantId, new_id
from backend.persistence.faults import DatabaseUnavailable
from backend.persistence.fixed_query import FixedQuery
from backend.persistence.models.tenant import Tenant
from backend.persistence.roles import APPLICATION_ROLE, OWNER_ROLE
from backend.persistence.session import Database, SystemDatabase, UnsafeDatabaseRole
from tests.factories.catalogue import Ask
from tests.factories.rows import AT
from tests.services.servers import TestDatabase
from tests.services.waiting import until

TENANT, OTHER = TenantId(new_id()), TenantId(new_id())


def async_url(url: str, **changes: Any) -> str:
    return make_url(url).set(drivername="postgresql+asyncpg", **changes).render_as_string(hide_password=False)


@asynccontextmanager
async def opened(url: str, *, pool_size: int = 1) -> AsyncIterator[Database]:
    database = Database(async_url(url), pool_size=pool_size, name="openreg-tests")
    try:
        yield database
    finally:
        await database.dispose()


@pytest.fixture
async def database(migrated: TestDatabase) -> AsyncIterator[Database]:
    """A pool of one connection, so that the next transaction must use the same one."""
    async with opened(migrated.app_url) as database:
        yield database


@pytest.fixture
async def system(migrated: TestDatabase) -> AsyncIterator[SystemDatabase]:
    system = SystemDatabase(async_url(migrated.system_url), name="openreg-tests")
    yield system
    await system.dispose()


async def store(database: Database, tenant: TenantId, slug: str = "acme") -> None:
    async with database.transaction(tenant) as session:
        session.add(Tenant(id=tenant, slug=slug, name=slug, created_at=AT))


async def raw(database: Database, statement: str) -> Any:
    """Ask on a connection of the pool, in a transaction without a tenant."""
    async with database._engine.connect() as connection:
        return await connection.scalar(text(statement))


async def test_the_tenant_ends_with_the_transaction_on_the_same_connection(database: Database) -> None:
    async with database.transaction(TENANT) as session:
        inside = (await session.execute(text("select current_setting('openreg.tenant_id'), pg_backend_pid()"))).one()
    assert inside[0] == str(TENANT)
    assert await raw(database, "select pg_backend_pid()") == inside[1], "this test needs the same connection"
    assert await raw(database, "select coalesce(current_setting('openreg.tenant_id', true), '')") == ""


async def test_the_tenant_ends_with_a_transaction_that_failed(database: Database) -> None:
    async def fail_by_itself() -> None:
        async with database.transaction(TENANT) as session:
            await session.execute(text("select 1"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_by_itself()
    with pytest.raises(ProgrammingError):
        async with database.transaction(TENANT) as session:
            await session.execute(text("select no_such_column from runs"))
    assert await raw(database, "select coalesce(current_setting('openreg.tenant_id', true), '')") == ""


async def test_the_next_transaction_on_the_connection_belongs_to_its_own_tenant(database: Database) -> None:
    await store(database, TENANT, "one")
    await store(database, OTHER, "two")
    async with database.transaction(OTHER) as session:
        assert (await session.execute(text("select slug from tenants"))).scalars().all() == ["two"]
    assert await raw(database, "select count(*) from tenants") == 0


async def test_everything_is_committed_at_the_end_and_nothing_before(
    migrated: TestDatabase, database: Database
) -> None:
    async with opened(migrated.app_url) as watcher:
        async with database.transaction(TENANT) as session:
            session.add(Tenant(id=TENANT, slug="acme", name="Acme", created_at=AT))
            await session.flush()
            async with watcher.transaction(TENANT) as seen:
                assert await seen.scalar(text("select count(*) from tenants")) == 0
        async with watcher.transaction(TENANT) as seen:
            assert await seen.scalar(text("select count(*) from tenants")) == 1


async def test_any_error_takes_everything_back(database: Database) -> None:
    async def store_and_fail() -> None:
        async with database.transaction(TENANT) as session:
            session.add(Tenant(id=TENANT, slug="acme", name="Acme", created_at=AT))
            await session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store_and_fail()
    async with database.transaction(TENANT) as session:
        assert await session.scalar(text("select count(*) from tenants")) == 0


async def test_a_cancelled_transaction_takes_everything_back_and_gives_the_connection_back(database: Database) -> None:
    started = asyncio.Event()

    async def hang() -> None:
        async with database.transaction(TENANT) as session:
            session.add(Tenant(id=TENANT, slug="acme", name="Acme", created_at=AT))
            await session.flush()
            started.set()
            await session.execute(text("select pg_sleep(60)"))

    task = asyncio.create_task(hang())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(10), database.transaction(TENANT) as session:
        assert await session.scalar(text("select count(*) from tenants")) == 0


async def test_a_fault_of_a_statement_is_not_taken_for_a_missing_database(database: Database) -> None:
    await store(database, TENANT)
    with pytest.raises(IntegrityError):
        await store(database, TENANT)
    with pytest.raises(ProgrammingError):
        async with database.transaction(TENANT) as session:
            await session.execute(text("selec 1"))


async def test_an_error_of_the_caller_is_not_taken_for_a_missing_database(database: Database) -> None:
    for error in (TimeoutError("of something else"), ConnectionError("to something else"), OSError("of a file")):
        with pytest.raises(type(error), match=str(error)):
            async with database.transaction(TENANT):
                raise error


async def test_moments_are_read_in_utc(database: Database) -> None:
    assert await raw(database, "show timezone") == "UTC"
    assert await raw(database, "show application_name") == "openreg-tests"


@pytest.mark.parametrize("changes", [{"port": 9}, {"password": "wrong"}, {"database": "no_such_database"}], ids=str)
async def test_a_database_that_cannot_be_used_is_named_and_says_what_to_check(
    migrated: TestDatabase, changes: dict[str, Any]
) -> None:
    async with opened(async_url(migrated.app_url, **changes)) as database:
        for attempt in (database.check, partial(store, database, TENANT)):
            with pytest.raises(DatabaseUnavailable) as refused:
                await attempt()
            assert refused.value.transient
            assert "DATABASE_URL" in str(refused.value.fix)
            assert "application" not in refused.value.message, "the password must not be quoted"


async def test_a_connection_that_dies_on_the_way_is_named_and_the_next_one_works(database: Database, ask: Ask) -> None:
    async def lose_the_connection() -> None:
        async with database.transaction(TENANT) as session:
            pid = await session.scalar(text("select pg_backend_pid()"))
            ask("select pg_terminate_backend(%s)", pid)
            await asyncio.sleep(0.1)
            await session.execute(text("select 1"))

    with pytest.raises(DatabaseUnavailable):
        await lose_the_connection()
    await store(database, TENANT)


async def test_a_connection_that_died_in_the_pool_is_replaced_unnoticed(database: Database, ask: Ask) -> None:
    pid = await raw(database, "select pg_backend_pid()")
    ask("select pg_terminate_backend(%s)", pid)
    await asyncio.sleep(0.1)
    await store(database, TENANT)


async def test_a_reading_replaces_a_connection_that_died_in_the_pool_too(database: Database, ask: Ask) -> None:
    pid = await raw(database, "select pg_backend_pid()")
    ask("select pg_terminate_backend(%s)", pid)
    await asyncio.sleep(0.1)
    async with database.reading(TENANT) as session:
        assert await session.scalar(text("select 1")) == 1


async def test_a_reading_writes_nothing_and_sees_its_own_tenant_alone(database: Database) -> None:
    await store(database, TENANT)
    async with database.reading(TENANT) as session:
        assert await session.scalar(text("select current_setting('openreg.tenant_id')")) == str(TENANT)
        with pytest.raises(DBAPIError, match="read-only transaction"):
            await session.execute(text("update tenants set name = 'x'"))
    async with database.reading(TENANT) as session:
        assert await session.scalar(text("select count(*) from tenants where name <> 'x'")) == 1


async def test_a_reading_that_is_cancelled_leaves_its_tenant_to_nobody(database: Database) -> None:
    async def wait() -> None:
        async with database.reading(TENANT) as session:
            await session.execute(text("select pg_sleep(30)"))

    task = asyncio.create_task(wait())
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    other = TenantId(new_id())
    async with database.reading(other) as session:
        assert await session.scalar(text("select current_setting('openreg.tenant_id')")) == str(other)
        assert await session.scalar(text("select pg_current_xact_id_if_assigned() is null"))


async def test_a_reading_that_is_cancelled_while_it_begins_leaves_no_transaction_behind(
    migrated: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(migrated.app_url) as database:
        await store(database, TENANT)
        monkeypatch.setattr("backend.persistence.session._BEGIN_READING", "BEGIN READ ONLY; SELECT pg_sleep(30)")

        async def begin() -> None:
            async with database.reading(TENANT):
                raise AssertionError

        task = asyncio.create_task(begin())
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await store(database, OTHER, "other")


async def test_a_question_of_the_system_role_finds_another_connection_for_one_that_died(
    system: SystemDatabase, ask: Ask
) -> None:
    question = FixedQuery(select(func.pg_backend_pid(), bindparam("word", type_=String)))
    (first,) = await system.fetch(question, {"word": "one"})
    assert first[1] == "one"
    (again,) = await system.fetch(question, {"word": "two"})
    assert again[0] == first[0], "another connection although this one was free"
    ask("select pg_terminate_backend(%s)", first[0])
    await asyncio.sleep(0.1)
    (other,) = await system.fetch(question, {"word": "three"})
    assert (other[0] != first[0], other[1]) == (True, "three")


async def test_a_wrong_question_of_the_system_role_is_not_taken_for_an_absent_database(system: SystemDatabase) -> None:
    with pytest.raises(Exception, match="division by zero"):
        await system.fetch(FixedQuery(select(text("1 / 0"))), {})


async def test_what_was_cancelled_gives_its_connection_back_before_the_pool_is_closed(
    migrated: TestDatabase, ask: Ask
) -> None:
    async with opened(migrated.app_url, pool_size=3) as database:
        pool = database._engine.pool

        async def wait() -> None:
            async with database.transaction(TENANT) as session:
                await session.execute(text("select pg_sleep(30)"))

        tasks = [asyncio.create_task(wait()) for _ in range(3)]
        await asyncio.sleep(0.3)
        for task in tasks:
            task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(pool, QueuePool)
    assert (pool.checkedin(), pool.checkedout()) == (0, 0)
    connected = "select count(*) from pg_stat_activity where datname = current_database() and usename = 'openreg_app'"
    await until(lambda: ask(connected) == [(0,)])


async def test_the_system_role_cannot_be_used_without_its_database(migrated: TestDatabase) -> None:
    system = SystemDatabase(async_url(migrated.system_url, port=9), name="openreg-tests")
    with pytest.raises(DatabaseUnavailable):
        async with system.transaction() as session:
            await session.execute(text("select 1"))
    await system.dispose()


async def test_the_application_role_is_accepted(database: Database) -> None:
    await database.check()


@pytest.mark.parametrize("address", ["owner_url", "superuser_url"])
async def test_a_role_that_policies_do_not_hold_is_refused_by_name(migrated: TestDatabase, address: str) -> None:
    async with opened(getattr(migrated, address)) as database:
        with pytest.raises(UnsafeDatabaseRole) as refused:
            await database.check()
    assert str(make_url(getattr(migrated, address)).username) in refused.value.message
    assert not refused.value.transient


async def test_a_member_of_the_owner_and_an_owner_of_a_single_table_are_refused(
    migrated: TestDatabase, ask: Ask
) -> None:
    name = f"member_{migrated.name}"
    role = sql.Identifier(name)
    with psycopg.connect(migrated.superuser_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create role {} login password 'x'").format(role))
        connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(APPLICATION_ROLE), role))
        connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(OWNER_ROLE), role))
        try:
            async with opened(async_url(migrated.app_url, username=name, password="x")) as database:
                with pytest.raises(UnsafeDatabaseRole):
                    await database.check()
                connection.execute(sql.SQL("revoke {} from {}").format(sql.Identifier(OWNER_ROLE), role))
                await database.check()
                connection.execute(sql.SQL("alter table findings owner to {}").format(role))
                with pytest.raises(UnsafeDatabaseRole):
                    await database.check()
        finally:
            connection.execute(sql.SQL("alter table findings owner to {}").format(sql.Identifier(OWNER_ROLE)))
            connection.execute(sql.SQL("drop owned by {}").format(role))
            connection.execute(sql.SQL("drop role {}").format(role))
