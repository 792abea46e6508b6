"""What the driver gives for a fixed query is what a session gives for the same statement."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Select,
    String,
    Uuid,
    any_,
    bindparam,
    literal,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError

from backend.core.ids import TenantId, new_id
from backend.domain.runs import RunState
from backend.persistence.connected import fetch_columns
from backend.persistence.faults import DatabaseUnavailable, TextNotStorable
from backend.persistence.fixed_query import FixedQuery
from backend.persistence.models.connector import Connector
from backend.persistence.session import Database
from tests.factories.catalogue import Ask
from tests.factories.installation import Installation
from tests.factories.rows import Rows

TENANT = TenantId(new_id())
SOME_ID = UUID("01900000-0000-7000-8000-0000000000ab")  # in the names of tests, which all workers must agree on
TYPED: list[tuple[Any, Any]] = [
    (Integer(), -7),
    (BigInteger(), 2**63 - 1),
    (Boolean(), True),
    (String(), "Grüße, 100 %"),
    (String(), RunState.SUCCEEDED),
    (Date(), date(2026, 11, 27)),
    (DateTime(timezone=True), datetime(2026, 11, 27, 12, 0, 0, 123456, tzinfo=UTC)),
    (Uuid(), SOME_ID),
    (LargeBinary(), b"\x00\xff"),
    (JSONB(none_as_null=True), {"host": "localhost", "ports": [1, 2.5, None], "nested": {"is": True}}),
    (JSONB(none_as_null=True), []),
    (ARRAY(String()), ["a", "b,c", '"']),
    (ARRAY(Uuid()), [SOME_ID]),
    (ARRAY(Integer()), []),
]


async def both_ways(database: Database, query: FixedQuery, values: dict[str, Any], tenant: TenantId = TENANT) -> Any:
    """The rows of a query, the same by the driver and by a session."""
    async with database.reading(tenant) as session:
        by_driver = [tuple(row) for row in await fetch_columns(session, query, values)]
    async with database.transaction(tenant) as session:
        by_session = [tuple(row) for row in await fetch_columns(session, query, values)]
    assert by_driver == by_session
    assert [[type(one) for one in row] for row in by_driver] == [[type(one) for one in row] for row in by_session]
    return by_driver


@pytest.mark.parametrize(("kind", "value"), TYPED, ids=lambda one: str(one)[:40])
async def test_a_value_of_each_type_goes_and_comes_the_same_both_ways(
    installation: Installation, kind: Any, value: Any
) -> None:
    query = FixedQuery(select(bindparam("value", type_=kind), literal(value, kind).label("constant")))
    assert await both_ways(installation.database, query, {"value": value}) == [(value, value)]


@pytest.mark.parametrize("kind", {type(kind): kind for kind, _ in TYPED}.values(), ids=str)
async def test_nothing_is_nothing_both_ways(installation: Installation, kind: Any) -> None:
    empty: Select[Any] = select(bindparam("value", type_=kind)).where(bindparam("value", type_=kind).is_(None))
    query = FixedQuery(empty)
    ((found,),) = await both_ways(installation.database, query, {"value": None})
    assert found is None


async def test_a_column_that_is_asked_for_twice_is_read_in_both_places(rows: Rows, installation: Installation) -> None:
    await rows.connector()
    query = FixedQuery(select(Connector.settings, Connector.id, Connector.settings, Connector.id))
    ((settings, identity, again, same),) = await both_ways(installation.database, query, {}, rows.person.tenant)
    assert isinstance(settings, dict)
    assert (settings, identity) == (again, same)


async def test_an_array_of_any_length_is_one_parameter(installation: Installation) -> None:
    query = FixedQuery(
        union_all(
            select(literal(1), literal("x")).where(literal("a") == any_(bindparam("names", type_=ARRAY(String)))),
            select(literal(2), literal("y")).where(literal("b") == any_(bindparam("names", type_=ARRAY(String)))),
        )
    )
    assert await both_ways(installation.database, query, {"names": ["b", "c"]}) == [(2, "y")]
    assert await both_ways(installation.database, query, {"names": []}) == []


def test_a_list_whose_length_is_in_the_text_is_refused() -> None:
    with pytest.raises(ValueError, match="any_"):
        FixedQuery(select(Connector.id).where(Connector.name.in_(["a", "b"])))


async def test_a_missing_value_is_named(installation: Installation) -> None:
    query = FixedQuery(select(bindparam("word", type_=String)))
    async with installation.database.reading(TENANT) as session:
        with pytest.raises(KeyError, match="word"):
            await fetch_columns(session, query, {})


async def test_a_text_that_cannot_be_stored_is_named_and_the_connection_stays(installation: Installation) -> None:
    query = FixedQuery(select(bindparam("word", type_=String)))
    pid = FixedQuery(select(text("pg_backend_pid()")))
    found = []

    async def read() -> None:
        async with installation.database.reading(TENANT) as session:
            found.append((await fetch_columns(session, pid, {}))[0][0])
            await fetch_columns(session, query, {"word": "a\0b"})

    for _ in range(2):
        with pytest.raises(TextNotStorable):
            await read()
    assert found[0] == found[1]


async def test_a_reading_mixes_both_ways_in_one_transaction(installation: Installation) -> None:
    moment = FixedQuery(select(text("pg_backend_pid()"), text("now()"), text("current_setting('openreg.tenant_id')")))
    async with installation.database.reading(TENANT) as session:
        (by_driver,) = await fetch_columns(session, moment, {})
        by_session = (await session.execute(moment.statement)).one()
        with pytest.raises(DBAPIError, match="read-only transaction"):
            await session.execute(text("create table x ()"))
    assert tuple(by_driver) == tuple(by_session)
    assert by_driver[2] == str(TENANT)
    async with installation.database.reading(TENANT) as session:
        assert await fetch_columns(session, moment, {})


async def test_a_connection_that_dies_under_a_list_is_named_and_the_next_list_works(
    installation: Installation, ask: Ask
) -> None:
    pid = FixedQuery(select(text("pg_backend_pid()")))

    async def read_after_its_end() -> None:
        async with installation.database.reading(TENANT) as session:
            ((number,),) = await fetch_columns(session, pid, {})
            ask("select pg_terminate_backend(%s)", number)
            await fetch_columns(session, pid, {})

    with pytest.raises(DatabaseUnavailable):
        await read_after_its_end()
    async with installation.database.reading(TENANT) as session:
        assert len(await fetch_columns(session, pid, {})) == 1


async def test_connections_that_were_needed_at_once_are_kept_and_used_again(installation: Installation) -> None:
    pid = FixedQuery(select(text("pg_backend_pid()"), text("pg_sleep(0.2)")))

    async def read() -> int:
        async with installation.database.reading(TENANT) as session:
            return int((await fetch_columns(session, pid, {}))[0][0])

    limit = installation.database.pool_use().limit
    first = set(await asyncio.gather(*(read() for _ in range(limit))))
    assert len(first) == limit
    assert installation.database.pool_use().idle == limit
    assert set(await asyncio.gather(*(read() for _ in range(limit)))) == first
