"""The roles can be installed again and again, and give each address no more than its part."""

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from backend.persistence.roles import RolePasswords, drop_database, install_database, install_roles
from tests.services.servers import ROLE_PASSWORDS, PostgresServer, TestDatabase


@pytest.fixture
def odd_name(postgres_server: PostgresServer) -> Iterator[str]:
    """A database name that every careless statement breaks on."""
    name = f"""odd"; drop role 'x -- %I {uuid4().hex[:6]}"""
    yield name
    postgres_server.drop_database(name)


def privileges(url: str, role: str) -> dict[str, bool]:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select has_database_privilege(%(r)s, current_database(), 'connect'),"
            " has_database_privilege(%(r)s, current_database(), 'create'),"
            " has_database_privilege(%(r)s, current_database(), 'temporary'),"
            " has_schema_privilege(%(r)s, 'public', 'create'), has_schema_privilege(%(r)s, 'public', 'usage')",
            {"r": role},
        ).fetchone()
    return dict(zip(("connect", "create", "temporary", "create_in_schema", "use_schema"), row, strict=True))


def test_each_role_has_its_part_and_the_public_has_none(database: TestDatabase):
    everything = dict.fromkeys(("connect", "create", "temporary", "create_in_schema", "use_schema"), True)
    reader = {"connect": True, "create": False, "temporary": False, "create_in_schema": False, "use_schema": True}
    assert privileges(database.superuser_url, "openreg_owner") == everything
    # Imports are compared with what is there inside the database, in a temporary table.
    assert privileges(database.superuser_url, "openreg_app") == {**reader, "temporary": True}
    assert privileges(database.superuser_url, "openreg_system") == reader
    with psycopg.connect(database.superuser_url) as superuser:
        superuser.execute("create role stranger")
        superuser.commit()
        try:
            assert not any(privileges(database.superuser_url, "stranger").values())
        finally:
            superuser.execute("drop role stranger")


def test_no_role_escapes_row_level_security_or_rules_the_server(database: TestDatabase):
    with psycopg.connect(database.superuser_url) as superuser:
        rows = superuser.execute(
            "select rolname, rolsuper or rolcreatedb or rolcreaterole or rolreplication, rolbypassrls, rolcanlogin"
            " from pg_roles where rolname like 'openreg%' order by 1"
        ).fetchall()
    assert rows == [
        ("openreg_app", False, False, True),
        ("openreg_owner", False, False, True),
        ("openreg_system", False, False, True),
    ]


def test_installing_again_repairs_what_was_changed_and_keeps_the_data(
    postgres_server: PostgresServer, database: TestDatabase
):
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("create table kept as select 1 as one")
    with psycopg.connect(postgres_server.superuser_url, autocommit=True) as superuser:
        superuser.execute("alter role openreg_app superuser bypassrls password 'stolen'")
        superuser.execute(f"grant all on database {database.name} to public")
    asyncio.run(install_roles(postgres_server.superuser_url, ROLE_PASSWORDS))
    asyncio.run(install_database(postgres_server.superuser_url, database.name))
    with psycopg.connect(database.app_url) as application:  # with the password of before
        assert application.execute(
            "select rolsuper, rolbypassrls from pg_roles where rolname = current_user"
        ).fetchone() == (False, False)
    assert privileges(database.superuser_url, "openreg_app")["create"] is False
    with psycopg.connect(database.owner_url) as owner:
        assert owner.execute("select one from kept").fetchone() == (1,)


def test_names_and_passwords_are_quoted_by_the_server(postgres_server: PostgresServer, odd_name: str):
    odd = RolePasswords(owner="it's %L; --", application='"quoted" \\ back', system="snow ☃ %s :name")
    try:
        asyncio.run(install_roles(postgres_server.superuser_url, odd))
        asyncio.run(install_database(postgres_server.superuser_url, odd_name))
        for role, password in odd.by_role().items():
            with psycopg.connect(
                host="127.0.0.1", port=postgres_server.port, dbname=odd_name, user=role, password=password
            ) as connection:
                assert connection.execute("select current_database()").fetchone() == (odd_name,)
    finally:
        asyncio.run(install_roles(postgres_server.superuser_url, ROLE_PASSWORDS))


def test_two_installations_at_once_do_not_collide(postgres_server: PostgresServer):
    async def install_many() -> None:
        await asyncio.gather(*(install_roles(postgres_server.superuser_url, ROLE_PASSWORDS) for _one in range(8)))

    asyncio.run(install_many())


def test_a_database_in_use_can_be_dropped(postgres_server: PostgresServer):
    database = postgres_server.create_database()
    with psycopg.connect(database.app_url) as connection:
        asyncio.run(drop_database(postgres_server.superuser_url, database.name))
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")
    asyncio.run(drop_database(postgres_server.superuser_url, database.name))
