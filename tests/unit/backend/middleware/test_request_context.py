"""Every answer carries a request id: the caller's own where it is harmless, else a fresh one."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from uuid import UUID

import httpx
import pytest
import structlog
from starlette.types import Message, Receive, Scope, Send

from backend.core.logging import configure_logging
from backend.middleware.request_context import RequestContext

LogLines = Callable[[], list[str]]


async def shows_context(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the ids that are bound while it runs."""
    if scope["path"] == "/crash":
        raise RuntimeError
    bound = structlog.contextvars.get_contextvars()
    body = f"{bound.get('request_id')} {scope['state']['request_id']} {bound.get('run_id')}"
    structlog.contextvars.bind_contextvars(run_id="left behind")
    await send({"type": "http.response.start", "status": 204 if scope["path"] == "/health" else 200, "headers": []})
    await send({"type": "http.response.body", "body": body.encode()})


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(RequestContext(shows_context))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.mark.parametrize("given", ["r-1", "A.b_c-9", "x" * 100, str(UUID(int=5))])
async def test_the_callers_id_is_bound_kept_and_given_back(client: httpx.AsyncClient, given: str) -> None:
    response = await client.get("/", headers={"X-Request-ID": given})
    assert response.headers.get_list("x-request-id") == [given]
    assert response.text == f"{given} {given} None"


@pytest.mark.parametrize("given", ["", "x" * 101, "with blank", 'quote"', "line\tbreak", "é", "a,b", "{}", "<script>"])
async def test_an_id_that_could_do_harm_in_a_log_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    response = await client.get("/", headers={"X-Request-ID": given.encode("latin-1")})
    shown = response.headers["x-request-id"]
    assert UUID(shown).version == 7
    assert response.text == f"{shown} {shown} None"


async def test_requests_without_an_id_get_different_ones(client: httpx.AsyncClient) -> None:
    ids = {(await client.get("/")).headers["x-request-id"] for _ in range(5)}
    assert len(ids) == 5


async def test_nothing_bound_by_one_request_is_seen_by_the_next(client: httpx.AsyncClient) -> None:
    await client.get("/")
    assert (await client.get("/")).text.endswith(" None")


async def test_each_request_is_logged_once_with_status_and_time(client: httpx.AsyncClient, log_lines: LogLines) -> None:
    configure_logging(level="INFO", json_format=True)
    await client.get("/some/path?secret=hunter2", headers={"X-Request-ID": "r-1"})
    (entry,) = map(json.loads, log_lines())
    assert (entry["event"], entry["request_id"]) == ("request_handled", "r-1")
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/some/path", 200)
    assert entry["milliseconds"] >= 0
    assert "hunter2" not in repr(entry)


async def test_a_crash_is_logged_too_and_passed_on(client: httpx.AsyncClient, log_lines: LogLines) -> None:
    configure_logging(level="INFO", json_format=True)
    with pytest.raises(RuntimeError):
        await client.get("/crash")
    assert [json.loads(line)["event"] for line in log_lines()] == ["request_handled"]


@pytest.mark.parametrize("path", ["/health", "/ready"])
async def test_probes_are_not_logged(client: httpx.AsyncClient, log_lines: LogLines, path: str) -> None:
    configure_logging(level="INFO", json_format=True)
    await client.get(path)
    assert log_lines() == []


async def test_what_is_no_http_request_passes_through() -> None:
    seen: list[Scope] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    async def never() -> Message:
        raise AssertionError

    async def nothing(message: Message) -> None:
        raise AssertionError

    await RequestContext(inner)({"type": "lifespan"}, never, nothing)
    assert seen == [{"type": "lifespan"}]
