"""An audit chain of any length, written in one go by COPY; row-level security and triggers are the caller's to pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg

from backend.core.canonical_json import canonical_json
from backend.core.ids import new_id
from backend.domain.audit_chain import EMPTY_CHAIN, HASHED_FIELDS, ChainHead, entry_hash, time_as_text
from tests.services.servers import TestDatabase

FIRST_AT = datetime(2026, 1, 1, tzinfo=UTC)
Touch = Callable[[str, *tuple[object, ...]], int]


def write_chain(database: TestDatabase, tenant: UUID, length: int) -> ChainHead:
    """Entries 1 to ``length`` and the head, as the superuser; the tenant has none before."""
    head = EMPTY_CHAIN
    columns = (*HASHED_FIELDS, "hash")
    with psycopg.connect(database.superuser_url) as connection, connection.cursor() as cursor:
        with cursor.copy(f"copy audit_entries ({', '.join(columns)}) from stdin") as copy:
            for row in _rows(tenant, length):
                row["previous_hash"] = head.hash
                head = ChainHead(int(str(row["number"])), entry_hash(row))
                copy.write_row([*row.values(), head.hash])
        cursor.execute("insert into audit_chains values (%s, %s, %s)", (tenant, head.number, head.hash))
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        connection.execute("vacuum analyze audit_entries")
    return head


def touch(database: TestDatabase, statement: str, *values: object) -> int:
    """Change the trail as somebody who owns the machine: without triggers. How many rows were touched."""
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        return connection.execute(statement, values).rowcount  # type: ignore[arg-type]


def _rows(tenant: UUID, length: int) -> Iterator[dict[str, object]]:
    actor = str(new_id())
    for number in range(1, length + 1):
        row = dict.fromkeys(HASHED_FIELDS)
        row.update(
            action="connector.changed",
            actor_id=actor,
            actor_kind="person",
            actor_label="someone@example.test",
            address="192.0.2.17",
            after=canonical_json({"name": f"source {number}", "port": 5432, "credentials": "•••• changed"}),
            at=time_as_text(FIRST_AT + timedelta(seconds=number)),
            before=canonical_json({"name": f"source {number - 1}", "port": 5432}),
            id=str(new_id()),
            number=number,
            request_id=f"request-{number}",
            subject_id=str(new_id()),
            subject_kind="connector",
            subject_label=f"source {number}",
            tenant_id=str(tenant),
        )
        yield row
