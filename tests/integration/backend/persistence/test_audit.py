"""The audit trail on PostgreSQL: it grows with the change that it tells of, and nobody takes anything back."""

from __future__ import annotations

import asyncio
import json

import psycopg
import pytest
from psycopg import errors, sql

from backend.core.ids import new_id
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.audit_chain import HASHED_FIELDS, ChainCheck, ChainHead
from backend.services.scope import TenantScope
from tests.factories.catalogue import Ask
from tests.factories.installation import Installation, opened
from tests.factories.people import Person
from tests.factories.rows import Rows
from tests.factories.whole_tenant import record_something
from tests.services.servers import TestDatabase

SUBJECT = AuditSubject("connector", None, "source")
COLUMNS = ", ".join(
    f"to_char({name} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
    if name == "at"
    else name
    if name == "number"
    else f"{name}::text"
    for name in HASHED_FIELDS
)


@pytest.fixture
def scope(installation: Installation, owner: Person) -> TenantScope:
    return owner.scope(installation.database)


def check(ask: Ask, person: Person) -> list[str]:
    """The chain as it stands, recomputed from the columns alone."""
    check = ChainCheck()
    query = f"select hash, {COLUMNS} from audit_entries where tenant_id = %s order by number"
    for stored, *values in ask(query, person.tenant):
        check.follow(dict(zip(HASHED_FIELDS, values, strict=True)), stored)
    [(number, head)] = ask("select last_number, last_hash from audit_chains where tenant_id = %s", person.tenant)
    return [fault.text for fault in check.finish(ChainHead(number, head))]


def numbers(ask: Ask, person: Person) -> list[int]:
    return [one for (one,) in ask("select number from audit_entries where tenant_id = %s order by 1", person.tenant)]


async def test_entries_are_numbered_chained_and_hold_what_was_said(scope: TenantScope, owner: Person, ask: Ask) -> None:
    identity = new_id()
    async with scope.transaction() as session:
        trail = scope.audit(session)
        await trail.record(AuditAction.CONNECTOR_CREATED, AuditSubject("connector", identity, "a\x00b"), after={"b": 1})
        await trail.record(AuditAction.CONNECTOR_REMOVED, SUBJECT, before={"a": "ä\x00"}, note="why\x00")
    await record_something(scope)
    assert numbers(ask, owner) == [1, 2, 3]
    assert check(ask, owner) == []
    rows = ask(
        "select actor_kind, actor_id, actor_label, subject_label, subject_id, before, after, note "
        "from audit_entries order by number"
    )
    assert rows[0] == ("person", owner.user_id, owner.email, "a\ufffdb", identity, None, '{"b":1}', None)
    assert json.loads(rows[1][5]) == {"a": "ä\x00"}
    assert rows[1][7] == "why\ufffd"


async def test_what_is_rolled_back_leaves_no_entry_and_no_gap(scope: TenantScope, owner: Person, ask: Ask) -> None:
    await record_something(scope)

    async def fail() -> None:
        async with scope.transaction() as session:
            await scope.audit(session).record(AuditAction.CONNECTOR_CREATED, SUBJECT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await record_something(scope)
    assert numbers(ask, owner) == [1, 2]
    assert check(ask, owner) == []


async def test_a_change_whose_entry_cannot_be_written_is_not_made(rows: Rows, ask: Ask) -> None:
    scope = rows.person.scope(rows.database)
    connector = await rows.connector(name="before")

    async def rename() -> None:
        async with scope.transaction() as session:
            (await session.get_one(type(connector), connector.id)).name = "after"
            await session.flush()
            await scope.audit(session).record(AuditAction.CONNECTOR_CREATED, SUBJECT, after={"key": b"bytes"})

    with pytest.raises(TypeError, match="has no form"):
        await rename()
    assert ask("select name from connectors") == [("before",)]


async def test_twenty_writers_at_once_leave_one_chain_without_gaps(
    installation: Installation, owner: Person, stranger: Person, ask: Ask
) -> None:
    """Two processes' worth of pools, two tenants: numbers follow each other and every link holds."""
    async with opened(installation.settings) as other:
        scopes = [person.scope(one.database) for one in (installation, other) for person in (owner, stranger)]
        await asyncio.gather(*(record_something(scopes[writer % 4], 10) for writer in range(40)))
    for person in (owner, stranger):
        assert numbers(ask, person) == list(range(1, 201))
        assert check(ask, person) == []


async def test_the_chain_is_locked_only_at_the_end_of_a_transaction(scope: TenantScope) -> None:
    """A slow change that has recorded already must not hold up the others."""
    async with asyncio.timeout(20), scope.transaction() as slow:
        await scope.audit(slow).record(AuditAction.CONNECTOR_CREATED, SUBJECT)
        await record_something(scope, 3)


@pytest.mark.parametrize("role", ["app_url", "owner_url", "superuser_url"])
@pytest.mark.parametrize(
    "statement",
    [
        "update audit_entries set note = 'x'",
        "delete from audit_entries",
        "truncate audit_entries",
        "update audit_chains set last_number = last_number - 1",
        "update audit_chains set last_hash = last_hash",
        "delete from audit_chains",
        "truncate audit_chains",
    ],
)
async def test_nobody_changes_or_removes_entries(
    scope: TenantScope, owner: Person, migrated: TestDatabase, role: str, statement: str, ask: Ask
) -> None:
    await record_something(scope, 2)
    with psycopg.connect(getattr(migrated, role), autocommit=True) as connection:
        connection.execute("select set_config('openreg.tenant_id', %s, false)", (str(owner.tenant),))
        if role == "owner_url" and not statement.startswith("truncate"):
            # Row-level security is forced on the owner too: without a policy there is nothing to change.
            assert connection.execute(sql.SQL(statement)).rowcount == 0  # type: ignore[arg-type]
        else:
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(sql.SQL(statement))  # type: ignore[arg-type]
    assert check(ask, owner) == []


async def test_another_tenants_chain_cannot_be_written_to(
    scope: TenantScope, stranger: Person, migrated: TestDatabase
) -> None:
    await record_something(scope)
    with psycopg.connect(migrated.app_url, autocommit=True) as connection:
        connection.execute("select set_config('openreg.tenant_id', %s, false)", (str(stranger.tenant),))
        assert connection.execute("select count(*) from audit_entries").fetchone() == (0,)
        assert connection.execute("update audit_chains set last_number = last_number + 1").rowcount == 0
