"""The system role looks across tenants, but only at the columns on its list, and writes nothing (ADR 0004)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql

from backend.domain.deliveries import DeliveryState
from backend.domain.runs import RunState
from backend.persistence.session import SystemDatabase
from backend.persistence.system import SystemScope
from tests.factories.catalogue import Ask
from tests.factories.installation import Installation
from tests.factories.people import new_member
from tests.factories.rows import AT, Rows
from tests.factories.whole_tenant import fill
from tests.services.servers import TestDatabase

#: The list, written down a second time: a wider grant must be meant.
GRANTED = {
    "tenants": {"id", "slug", "name", "environment", "created_at"},
    "users": {"id", "email", "password_hash", "is_active", "full_name", "is_platform_administrator"},
    "memberships": {"tenant_id", "user_id", "created_at", "is_active", "id"},
    "membership_roles": {"membership_id", "role_id"},
    "roles": {"id", "key", "permissions"},
    "sessions": {"id", "user_id", "current_tenant_id", "expires_at", "ended_at"},
    "second_factors": {"user_id", "confirmed_at"},
    "report_versions": {"tenant_id", "state", "effective_from"},
    "runs": {"id", "tenant_id", "state", "lease_expires_at", "created_at", "stage"},
    "deliveries": {"id", "tenant_id", "state", "next_attempt_at", "lease_expires_at"},
    "outgoing_mails": {"tenant_id", "state", "next_attempt_at", "lease_expires_at"},
    "user_invitations": {"tenant_id", "token_hash"},
    "password_resets": {"tenant_id", "token_hash"},
    "service_keys": {"tenant_id", "secret_hash", "previous_hash"},
    "customer_api_keys": {"tenant_id", "secret_hash", "previous_hash"},
    "webhook_deliveries": {"id", "tenant_id", "endpoint_id", "state", "next_attempt_at", "lease_expires_at"},
    "webhook_recoveries": {"tenant_id", "state"},
    "webhook_endpoints": {"is_active", "breaker_opened_at"},
    "notices": {"tenant_id", "mail_due_at", "mailed_at"},
    "source_uploads": {"id", "tenant_id", "connector_id", "state", "expires_at"},
    "connectors": {"id", "tenant_id", "next_test_at"},
    "deadlines": {"tenant_id", "is_active"},
    "destinations": {"id", "tenant_id", "response_folder", "next_look_at", "is_paused", "archived_at"},
    "feedback_files": {"id", "tenant_id", "state", "next_attempt_at", "lease_expires_at"},
    "reconciliations": {"id", "tenant_id", "state", "next_attempt_at", "lease_expires_at"},
    "schedules": {"tenant_id", "due_at"},
    "schedule_fires": {"tenant_id", "state"},
    "backfills": {"tenant_id", "state"},
    "error_register_entries": {"tenant_id", "state"},
    "triggers": {"id", "tenant_id", "kind", "is_paused", "next_look_at"},
}
LATER = AT.replace(year=AT.year + 50)


@pytest.fixture
def system(migrated: TestDatabase) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A connection as the system role."""
    with psycopg.connect(migrated.system_url, autocommit=True) as connection:
        yield connection


def test_the_columns_it_may_read_are_exactly_those_of_the_list(ask: Ask) -> None:
    columns = ask(
        "select table_name::text, column_name::text from information_schema.columns where table_schema = 'public' "
        "and has_column_privilege('openreg_system', 'public.' || quote_ident(table_name), column_name, 'select')"
    )
    found: dict[str, set[str]] = {}
    for table, column in columns:
        found.setdefault(table, set()).add(column)
    assert found == GRANTED


def test_it_may_do_nothing_but_read(ask: Ask) -> None:
    privileges = ("insert", "update", "references")
    for privilege in privileges:
        found = ask(
            "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' "
            "and has_any_column_privilege('openreg_system', oid, %s)",
            privilege,
        )
        assert found == [], privilege
    for privilege in ("delete", "truncate", "trigger"):
        found = ask(
            "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' "
            "and has_table_privilege('openreg_system', oid, %s)",
            privilege,
        )
        assert found == [], privilege
    assert ask("select has_schema_privilege('openreg_system', 'public', 'create')") == [(False,)]
    for privilege in ("usage", "select", "update"):
        assert (
            ask(
                "select seqrelid from pg_sequence where has_sequence_privilege('openreg_system', seqrelid, %s)",
                privilege,
            )
            == []
        )


async def test_it_sees_the_granted_columns_of_every_tenant(
    system: psycopg.Connection[tuple[Any, ...]], rows: Rows, strangers_rows: Rows
) -> None:
    await fill(rows)
    await fill(strangers_rows)
    for table, columns in GRANTED.items():
        names = sql.SQL(", ").join(map(sql.Identifier, sorted(columns)))
        found = system.execute(sql.SQL("select {} from {}").format(names, sql.Identifier(table))).fetchall()
        assert len(found) >= 2, table


async def test_every_other_column_and_table_is_refused(
    system: psycopg.Connection[tuple[Any, ...]], rows: Rows, ask: Ask, tables: list[str]
) -> None:
    await fill(rows)
    columns = ask(
        "select table_name::text, column_name::text from information_schema.columns where table_schema = 'public'"
    )
    assert {table for table, _ in columns} >= set(tables)
    for table, column in columns:
        if column not in GRANTED.get(table, set()):
            with pytest.raises(errors.InsufficientPrivilege):
                system.execute(sql.SQL("select {} from {}").format(sql.Identifier(column), sql.Identifier(table)))
    for statement in (
        "update runs set state = 'failed'",
        "delete from users",
        "insert into tenants (id, slug) values (gen_random_uuid(), 'x')",
        "select * from runs for update",
        "truncate users",
        "set role openreg_owner",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            system.execute(statement)


@pytest.fixture
def database(installation: Installation) -> SystemDatabase:
    return installation.system


async def test_sign_in_finds_the_account_by_its_address_in_any_case(
    database: SystemDatabase, rows: Rows, strangers_rows: Rows
) -> None:
    async with database.transaction() as session:
        found = await SystemScope(session).find_sign_in(rows.person.email.upper())
        nobody = await SystemScope(session).find_sign_in("nobody@example.test")
    assert found is not None
    assert (found.user_id, found.tenant_id) == (rows.person.user_id, rows.person.tenant)
    assert nobody is None


async def test_sign_in_does_not_find_an_account_that_was_switched_off(
    installation: Installation, database: SystemDatabase, rows: Rows
) -> None:
    email = "former@example.test"
    await new_member(installation.database, rows.person.tenant, "acme", email, is_active=False)
    async with database.transaction() as session:
        assert await SystemScope(session).find_sign_in(email) is None


async def test_runs_nobody_works_on_are_found_in_every_tenant_oldest_first(
    database: SystemDatabase, rows: Rows, strangers_rows: Rows
) -> None:
    pending = await strangers_rows.run(created_at=AT)
    abandoned = await rows.run(
        state=RunState.RUNNING, lease_expires_at=AT, created_at=AT.replace(hour=10), started_at=AT
    )
    cancelling = await rows.run(state=RunState.CANCELLING, lease_expires_at=AT, created_at=AT.replace(hour=11))
    await rows.run(state=RunState.RUNNING, lease_expires_at=LATER)
    for state in (RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED, RunState.CANCELLED):
        await rows.run(state=state, lease_expires_at=AT)
    async with database.transaction() as session:
        found = await SystemScope(session).runs_to_wake(10)
        first = await SystemScope(session).runs_to_wake(1)
    assert found == [
        (strangers_rows.person.tenant, pending.id),
        (rows.person.tenant, abandoned.id),
        (rows.person.tenant, cancelling.id),
    ]
    assert first == found[:1]


async def test_deliveries_that_are_due_are_found_and_no_others(
    database: SystemDatabase, rows: Rows, strangers_rows: Rows
) -> None:
    due = set()
    for one in (rows, strangers_rows):
        artifact = await one.artifact(await one.run())
        for state, changes, is_due in (
            (DeliveryState.PENDING, {"next_attempt_at": AT}, True),
            (DeliveryState.PENDING, {"next_attempt_at": LATER}, False),
            (DeliveryState.RETRYING, {"next_attempt_at": AT}, True),
            (DeliveryState.RETRYING, {"next_attempt_at": LATER}, False),
            (DeliveryState.SENDING, {"lease_expires_at": AT}, True),
            (DeliveryState.SENDING, {"lease_expires_at": LATER}, False),
            (DeliveryState.DELIVERED, {"lease_expires_at": AT}, False),
            (DeliveryState.FAILED, {"lease_expires_at": AT}, False),
        ):
            delivery = await one.delivery(artifact, await one.destination(), state=state, **changes)
            if is_due:
                due.add((one.person.tenant, delivery.id))
    async with database.transaction() as session:
        assert set(await SystemScope(session).deliveries_to_wake(100)) == due
        assert len(await SystemScope(session).deliveries_to_wake(2)) == 2


async def test_tenants_with_due_webhooks_are_found_once_each(
    database: SystemDatabase, rows: Rows, strangers_rows: Rows
) -> None:
    endpoint = await rows.webhook()
    for _ in range(2):
        await rows.webhook_delivery(endpoint)
    other = await strangers_rows.webhook()
    await strangers_rows.webhook_delivery(other, state=DeliveryState.DELIVERED)
    await strangers_rows.webhook_delivery(other, next_attempt_at=LATER)
    async with database.transaction() as session:
        assert await SystemScope(session).tenants_with_due_webhooks() == [rows.person.tenant]
    await strangers_rows.webhook_delivery(other, state=DeliveryState.SENDING, lease_expires_at=AT)
    async with database.transaction() as session:
        found = await SystemScope(session).tenants_with_due_webhooks()
    assert sorted(found) == sorted([rows.person.tenant, strangers_rows.person.tenant])


async def test_a_tenant_is_found_by_its_slug_and_all_are_counted(
    database: SystemDatabase, rows: Rows, strangers_rows: Rows
) -> None:
    async with database.transaction() as session:
        scope = SystemScope(session)
        assert await scope.find_tenant("acme") == rows.person.tenant
        assert await scope.find_tenant("other") == strangers_rows.person.tenant
        assert await scope.find_tenant("nobody") is None
        assert await scope.count_tenants() == 2
