"""Tenants are kept apart by the database itself, table by table, whatever the application does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql

from backend.persistence.roles import APPLICATION_ROLE, OWNER_ROLE, SYSTEM_ROLE
from tests.factories.catalogue import Ask
from tests.factories.rows import Rows
from tests.factories.whole_tenant import WholeTenant, fill
from tests.services.servers import TestDatabase

#: Tables whose rows belong to a person, whatever tenant they work in.
OF_PERSONS = {"sessions", "second_factors", "recovery_codes"}
#: Tables that are not a tenant's own rows: the tenants themselves, the people of all tenants and what is theirs.
SHARED = {"tenants", "users"} | OF_PERSONS
#: What the application role may not even try, by table: the audit trail and the history of submissions only grow.
REFUSED = {
    "audit_entries": ("update", "delete"),
    "audit_chains": ("delete",),
    "error_register_actions": ("delete",),
    "error_register_entries": ("delete",),
    "error_register_events": ("update", "delete"),
    "error_register_links": ("update",),
    "publication_changes": ("update", "delete"),
    "publications": ("delete",),
    "submission_events": ("update", "delete"),
    "submission_files": ("delete",),
    "submissions": ("delete",),
}
#: What a move into another tenant runs into before it reaches row-level security.
FIRST_WALL = {
    "audit_entries": "permission denied",
    "audit_chains": "append-only",
    "error_register_events": "permission denied",
    "error_register_links": "permission denied",
    "publication_changes": "permission denied",
    "submission_events": "permission denied",
}


@pytest.fixture
def application(migrated: TestDatabase) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A connection as the application role, without a tenant."""
    with psycopg.connect(migrated.app_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
async def two_tenants(rows: Rows, strangers_rows: Rows) -> tuple[WholeTenant, WholeTenant]:
    """One row of every kind for the owner and for the stranger."""
    return await fill(rows), await fill(strangers_rows)


def act_as(connection: psycopg.Connection[tuple[Any, ...]], tenant: object) -> None:
    connection.execute("select set_config('openreg.tenant_id', %s, false)", (str(tenant),))


def count(connection: psycopg.Connection[tuple[Any, ...]], table: str) -> int:
    row = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table))).fetchone()
    assert row is not None
    return int(row[0])


def test_every_table_has_row_level_security_forced(ask: Ask, tables: list[str]) -> None:
    secured = ask("select relname from pg_class where relrowsecurity and relforcerowsecurity order by 1")
    assert [name for (name,) in secured] == tables
    assert len(tables) >= 24


def test_every_table_but_the_shared_ones_carries_its_tenant(ask: Ask, tables: list[str]) -> None:
    bound = ask(
        "select table_name from information_schema.columns "
        "where table_schema = 'public' and column_name = 'tenant_id' and is_nullable = 'NO'"
    )
    assert {name for (name,) in bound} == set(tables) - SHARED


@pytest.mark.parametrize("role", [APPLICATION_ROLE, SYSTEM_ROLE])
def test_the_roles_of_the_services_own_nothing_and_are_members_of_nothing(ask: Ask, role: str) -> None:
    assert ask("select count(*) from pg_shdepend where refobjid = %s::regrole and deptype = 'o'", role) == [(0,)]
    assert ask("select count(*) from pg_auth_members where member = %s::regrole", role) == [(0,)]
    flags = "rolsuper or rolcreaterole or rolcreatedb or rolreplication"
    assert ask(f"select {flags} from pg_roles where rolname = %s", role) == [(False,)]


def test_no_role_bypasses_policies(ask: Ask) -> None:
    for role in (APPLICATION_ROLE, OWNER_ROLE, SYSTEM_ROLE):
        assert ask("select rolbypassrls from pg_roles where rolname = %s", role) == [(False,)]


@pytest.mark.usefixtures("two_tenants")
def test_without_a_tenant_every_table_is_empty(
    application: psycopg.Connection[tuple[Any, ...]], ask: Ask, tables: list[str]
) -> None:
    for table in tables:
        rows = ask(f'select count(*) from "{table}"')[0][0]
        assert rows >= 2, f"{table} has no rows in this test, so it proves nothing about it: add it to fill()"
        assert count(application, table) == 0, table
    act_as(application, "")
    assert [count(application, table) for table in tables] == [0] * len(tables)


@pytest.mark.usefixtures("two_tenants")
def test_a_tenant_sees_its_own_rows_and_no_others(
    application: psycopg.Connection[tuple[Any, ...]], rows: Rows, strangers_rows: Rows, ask: Ask, tables: list[str]
) -> None:
    for person in (rows.person, strangers_rows.person):
        act_as(application, person.tenant)
        for table in set(tables) - SHARED:
            own = ask(f'select count(*) from "{table}" where tenant_id = %s', person.tenant)[0][0]
            assert count(application, table) == own > 0, table
        assert application.execute("select id from tenants").fetchall() == [(person.tenant,)]
        assert application.execute("select id from users").fetchall() == [(person.user_id,)]


@pytest.mark.usefixtures("two_tenants")
def test_another_tenants_rows_cannot_be_changed_or_removed(
    application: psycopg.Connection[tuple[Any, ...]], rows: Rows, strangers_rows: Rows, ask: Ask, tables: list[str]
) -> None:
    def content() -> dict[str, list[tuple[Any, ...]]]:
        return {table: ask(f'select t::text from "{table}" t order by 1') for table in tables}

    before = content()
    act_as(application, strangers_rows.person.tenant)
    for table in sorted(set(tables) - SHARED):
        name = sql.Identifier(table)
        for statement in (
            "update {} set tenant_id = tenant_id where tenant_id = %s",
            "delete from {} where tenant_id = %s",
        ):
            if statement.startswith(REFUSED.get(table, ())):
                with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
                    application.execute(sql.SQL(statement).format(name), (rows.person.tenant,))
                continue
            done = application.execute(sql.SQL(statement).format(name), (rows.person.tenant,))
            assert done.rowcount == 0, (table, statement)
    assert application.execute("update tenants set name = 'x' where id = %s", (rows.person.tenant,)).rowcount == 0
    assert application.execute("delete from tenants where id = %s", (rows.person.tenant,)).rowcount == 0
    changed = application.execute("update users set full_name = 'x' where id = %s", (rows.person.user_id,))
    assert changed.rowcount == 0
    assert application.execute("delete from users").rowcount == 0
    assert content() == before


@pytest.mark.usefixtures("two_tenants")
def test_a_row_cannot_be_written_into_another_tenant(
    application: psycopg.Connection[tuple[Any, ...]], rows: Rows, strangers_rows: Rows, ask: Ask, tables: list[str]
) -> None:
    act_as(application, strangers_rows.person.tenant)
    for table in sorted(set(tables) - SHARED):
        row = ask(f'select to_json(t) from "{table}" t where tenant_id = %s limit 1', rows.person.tenant)[0][0]
        insert = sql.SQL("insert into {0} overriding system value select * from json_populate_record(null::{0}, %s)")
        with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
            application.execute(insert.format(sql.Identifier(table)), (json.dumps(row),))
        move = sql.SQL("update {} set tenant_id = %s").format(sql.Identifier(table))
        with pytest.raises(errors.InsufficientPrivilege, match=FIRST_WALL.get(table, "row-level security")):
            application.execute(move, (rows.person.tenant,))
    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        application.execute(
            "insert into tenants (id, slug, name, created_at) values (gen_random_uuid(), 'x', 'x', now())"
        )


@pytest.mark.usefixtures("two_tenants")
def test_without_a_tenant_nothing_can_be_written(
    application: psycopg.Connection[tuple[Any, ...]], rows: Rows, ask: Ask, tables: list[str]
) -> None:
    for table in sorted(set(tables) - SHARED):
        row = ask(f'select to_json(t) from "{table}" t where tenant_id = %s limit 1', rows.person.tenant)[0][0]
        insert = sql.SQL("insert into {0} overriding system value select * from json_populate_record(null::{0}, %s)")
        with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
            application.execute(insert.format(sql.Identifier(table)), (json.dumps(row),))


def test_a_tenant_that_is_no_uuid_is_an_error_and_not_an_open_door(
    application: psycopg.Connection[tuple[Any, ...]], tables: list[str]
) -> None:
    act_as(application, "%")
    with pytest.raises(errors.InvalidTextRepresentation):
        count(application, "runs")


@pytest.mark.parametrize(
    "statement",
    [
        "alter table runs disable row level security",
        "alter table runs no force row level security",
        "drop policy own_tenant on runs",
        "create policy mine on runs using (true)",
        "truncate runs",
        "drop table runs",
        "create table mine (id int)",
        "create schema mine",
        "create function mine() returns int language sql security definer as 'select 1'",
        "set role openreg_owner",
        "set role openreg_system",
        "set session authorization openreg_owner",
        "alter role openreg_app bypassrls",
        "copy runs to program 'cat'",
        "select pg_read_file('/etc/passwd')",
        "update alembic_version set version_num = ''",
    ],
)
def test_the_application_role_cannot_open_the_wall(
    application: psycopg.Connection[tuple[Any, ...]], statement: str
) -> None:
    with pytest.raises((errors.InsufficientPrivilege, errors.InvalidParameterValue)):
        application.execute(statement)


@pytest.mark.usefixtures("two_tenants")
def test_switching_policies_off_in_the_session_gives_an_error_and_no_rows(
    application: psycopg.Connection[tuple[Any, ...]],
) -> None:
    application.execute("set row_security = off")
    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        count(application, "runs")


def act_as_person(connection: psycopg.Connection[tuple[Any, ...]], user_id: object) -> None:
    connection.execute("select set_config('openreg.user_id', %s, false)", (str(user_id),))


@pytest.mark.usefixtures("two_tenants")
def test_a_persons_rows_are_seen_by_nobody_else_of_their_tenant_either(
    application: psycopg.Connection[tuple[Any, ...]], rows: Rows, strangers_rows: Rows
) -> None:
    act_as(application, rows.person.tenant)
    assert [count(application, table) for table in OF_PERSONS] == [0, 0, 0]
    act_as_person(application, rows.person.user_id)
    for table in OF_PERSONS:
        found = application.execute(sql.SQL("select distinct user_id from {}").format(sql.Identifier(table)))
        assert found.fetchall() == [(rows.person.user_id,)], table
    act_as(application, "")
    assert application.execute("select id from users").fetchall() == [(rows.person.user_id,)]
    act_as_person(application, strangers_rows.person.user_id)
    assert application.execute("select id from users").fetchall() == [(strangers_rows.person.user_id,)]


@pytest.mark.usefixtures("two_tenants")
def test_another_persons_rows_cannot_be_changed_removed_or_made(
    application: psycopg.Connection[tuple[Any, ...]], rows: Rows, strangers_rows: Rows, ask: Ask
) -> None:
    act_as_person(application, strangers_rows.person.user_id)
    theirs = rows.person.user_id
    for table in sorted(OF_PERSONS):
        name = sql.Identifier(table)
        for statement in ("update {} set user_id = user_id where user_id = %s", "delete from {} where user_id = %s"):
            assert application.execute(sql.SQL(statement).format(name), (theirs,)).rowcount == 0, (table, statement)
        row = ask(f'select to_json(t) from "{table}" t where user_id = %s limit 1', theirs)[0][0]
        insert = sql.SQL("insert into {0} select * from json_populate_record(null::{0}, %s)").format(name)
        with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
            application.execute(insert, (json.dumps(row),))
        with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
            application.execute(sql.SQL("update {} set user_id = %s").format(name), (theirs,))
    assert application.execute("update users set full_name = 'x' where id = %s", (theirs,)).rowcount == 0
    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        application.execute("update users set id = %s", (theirs,))
