"""A list asks the database a fixed number of questions, however many rows it shows."""

from __future__ import annotations

from collections.abc import Sequence

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from backend.api.schemas.pages import ListAnswer
from tests.factories.owner_calls import QUERIES
from tests.factories.routes import API
from tests.factories.rows import Rows
from tests.factories.whole_tenant import fill
from tests.services.servers import TestDatabase
from tests.services.statements import Statement, statements_sent

#: Who acts and the tenant's setting are two of them.
MAX_STATEMENTS = 5
SHOWN = 12


def lists_of(app: FastAPI) -> list[str]:
    """Paths that answer with a page and need no identifier."""
    return sorted(
        str(route.path)
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
        and "GET" in (route.methods or ())
        and "{" not in str(route.path)
        and isinstance(route.response_model, type)
        and issubclass(route.response_model, ListAnswer)
    )


def asked(sent: Sequence[Statement]) -> int:
    """How many statements there are besides transaction control."""
    return sum(not one.is_control for one in sent)


async def test_every_list_needs_at_most_five_statements_whatever_it_shows(
    app: FastAPI, api: httpx.AsyncClient, rows: Rows, migrated: TestDatabase
) -> None:
    with psycopg.connect(migrated.superuser_url) as connection:
        connection.execute("update users set is_platform_administrator = true")
    paths = [path for path in lists_of(app) if path.startswith("/api/")]
    assert len(paths) >= 6
    counts: list[dict[str, int]] = []
    for _ in range(2):
        for _ in range(SHOWN):
            await fill(rows)
        sent_for = {}
        for path in paths:
            with statements_sent() as sent:
                response = await api.get(path, params={"limit": "200", **QUERIES.get(path.removeprefix(API), {})})
            assert response.status_code == 200, (path, response.text)
            sent_for[path] = asked(sent)
        counts.append(sent_for)
    assert {path: count for path, count in counts[1].items() if count > MAX_STATEMENTS} == {}
    assert counts[0] == counts[1], "a list that asks once more for every row it shows"


async def test_a_statement_that_is_sent_is_counted(api: httpx.AsyncClient) -> None:
    with statements_sent() as sent:
        await api.get("/api/v1/runs")
    assert any("FROM runs" in one.text for one in sent)


@pytest.mark.parametrize("limit", [1, 200])
async def test_the_size_of_a_page_changes_nothing(api: httpx.AsyncClient, rows: Rows, limit: int) -> None:
    await rows.run()
    with statements_sent() as sent:
        await api.get("/api/v1/runs", params={"limit": limit})
    assert asked(sent) <= MAX_STATEMENTS
