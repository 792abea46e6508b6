"""Lists against their floor: a bare FastAPI route that sends the same SQL by asyncpg and fills the same model.

Both applications are called in turn in one process, without a network between: what is compared is what we add to
the statement and the answer. The bare route knows no tenant, no permission, no log and no limit.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.types import Message

from backend.domain.runs import RunState
from tests.factories.rows import AT, Rows
from tests.services.servers import TestDatabase
from tests.services.statements import Statement, statements_sent

CALLS = int(os.environ.get("OPENREG_BENCH_CALLS", "100"))
ROUNDS = int(os.environ.get("OPENREG_BENCH_ROUNDS", "5"))
MAX_RATIO = 2.5
MAX_GROWTH = 1.5
SHOWN = 50
MORE = 100
LISTS = tuple(f"/api/v1/{name}" for name in ("runs", "reports", "connectors", "audit-entries"))
Call = Callable[[], Awaitable[None]]


async def called(application: FastAPI, path: str, headers: dict[str, str]) -> None:
    """One GET without a client library in between. Raises when the answer is not 200."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"limit=50",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("openreg.test", 80),
        "state": {},
    }
    status = 0

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    await application(scope, receive, send)
    assert status == 200, (path, status)


async def seconds_of(calls: dict[str, Call]) -> dict[str, float]:
    """Median over rounds of the time of ``CALLS`` calls each, taken in turn."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        for _ in range(10):
            await call()
    for _ in range(ROUNDS):
        for name, call in calls.items():
            started = time.perf_counter()
            for _ in range(CALLS):
                await call()
            taken[name].append(time.perf_counter() - started)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def bare_application(
    pool: asyncpg.Pool, statements: Sequence[Statement], model: type[Any], answer: dict[str, Any]
) -> FastAPI:
    """The floor: the list's own statements, and its answer made from what the list answered."""
    bare = FastAPI()

    @bare.get("/list", response_model=model)
    async def show() -> object:
        async with pool.acquire() as connection:
            found = [len(await connection.fetch(one.text, *one.parameters)) for one in statements]
        assert max(found) >= SHOWN
        return model(**answer)

    return bare


def model_of(application: FastAPI, path: str) -> type[Any]:
    """The response model of a list."""
    for route in iter_route_contexts(application.routes):
        if isinstance(route.original_route, APIRoute) and route.path == path and "GET" in (route.methods or ()):
            return route.response_model  # type: ignore[no-any-return]
    raise LookupError(path)


async def multiply(pool: asyncpg.Pool, table: str, count: int, changes: str, identity: str) -> None:
    """Add copies of the newest row of a table, told apart by ``changes``: SQL that knows the copy's number as ``n``."""
    await pool.execute(
        f"INSERT INTO {table} SELECT copied.* FROM (SELECT * FROM {table} ORDER BY id DESC LIMIT 1) AS original, "
        f"generate_series(1, {count}) AS n, "
        f"jsonb_populate_record(original::{table}, jsonb_build_object('id', {identity}, {changes})) AS copied"
    )
    await pool.execute(f"ANALYZE {table}")


#: Identifiers of copies: of version 7, in the order of their numbers, before those made now.
COPY_ID = "('01900000-0000-7000-8000-' || lpad(to_hex(n + {offset}), 12, '0'))"
COPIES = {
    "runs": "'sequence', n + {offset} + 1, 'state', 'succeeded'",
    "reports": "'slug', 'copy-' || (n + {offset})",
    "connectors": "'name', 'copy ' || (n + {offset})",
    "audit_entries": "'number', n + {offset} + 1000000",
}


@pytest.fixture
async def pool(migrated: TestDatabase) -> AsyncIterator[asyncpg.Pool]:
    """Connections past row-level security: the bare route has no tenant."""
    async with asyncpg.create_pool(migrated.superuser_url, min_size=1, max_size=2) as pool:
        yield pool


async def grow(pool: asyncpg.Pool, count: int, offset: int) -> None:
    """Add ``count`` rows to every list that is measured."""
    for table, changes in COPIES.items():
        await multiply(pool, table, count, changes.format(offset=offset), COPY_ID.format(offset=offset))


async def seed(rows: Rows, api: httpx.AsyncClient) -> None:
    """One row of each, for the copies; the report is made over HTTP, so that the trail has an entry."""
    await rows.run(state=RunState.SUCCEEDED, finished_at=AT)
    answer = await api.post("/api/v1/reports", json={"name": "Transactions", "slug": "transactions"})
    assert answer.status_code == 201, answer.text


async def test_lists_stay_near_a_bare_route(
    app: FastAPI, api: httpx.AsyncClient, rows: Rows, pool: asyncpg.Pool
) -> None:
    await seed(rows, api)
    await grow(pool, SHOWN * 2, 0)
    headers = dict(api.headers)
    over: dict[str, float] = {}
    for path in LISTS:
        with statements_sent() as sent:
            answer = (await api.get(path, params={"limit": SHOWN})).json()
        assert len(answer["items"]) == SHOWN, path
        # Who acts is asked first; what follows is the list.
        bare = bare_application(pool, sent[1:], model_of(app, path), answer)
        figures = await seconds_of(
            {
                "bare": lambda bare=bare: called(bare, "/list", {}),  # type: ignore[misc]
                "ours": lambda path=path: called(app, path, headers),  # type: ignore[misc]
            }
        )
        ratio = figures["ours"] / figures["bare"]
        ours, floor = (figures[name] / CALLS * 1000 for name in ("ours", "bare"))
        print(f"{path:24} {ours:6.2f} ms  bare {floor:6.2f} ms  {ratio:5.2f} x, {len(sent)} statements")  # noqa: T201 - figures are for people
        if ratio > MAX_RATIO:
            over[path] = ratio
    assert over == {}


async def test_lists_do_not_slow_down_with_the_data(
    app: FastAPI, api: httpx.AsyncClient, rows: Rows, pool: asyncpg.Pool
) -> None:
    await seed(rows, api)
    headers = dict(api.headers)
    taken: list[dict[str, float]] = []
    for count, offset in ((SHOWN * 10, 0), (SHOWN * 10 * MORE, SHOWN * 100)):
        await grow(pool, count, offset)
        calls: dict[str, Call] = {
            path: (lambda path=path: called(app, path, headers))  # type: ignore[misc]
            for path in LISTS
        }
        taken.append(await seconds_of(calls))
    growth = {path: taken[1][path] / taken[0][path] for path in LISTS}
    for path, ratio in growth.items():
        print(f"{path:24} {ratio:5.2f} x at {MORE} times the rows")  # noqa: T201 - figures are for people
    assert {path: ratio for path, ratio in growth.items() if ratio > MAX_GROWTH} == {}
