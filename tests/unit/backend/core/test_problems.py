"""Problem documents: every error becomes one, with a pointer to the place and without a look inside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.problems import MEDIA_TYPE, STATUS_OF_KIND, install_problem_handlers, problems
from backend.middleware.request_context import RequestContext

STATUSES = {
    ErrorKind.INVALID: 422,
    ErrorKind.UNAUTHENTICATED: 401,
    ErrorKind.FORBIDDEN: 403,
    ErrorKind.NOT_FOUND: 404,
    ErrorKind.CONFLICT: 409,
    ErrorKind.PRECONDITION_FAILED: 412,
    ErrorKind.TOO_LARGE: 413,
    ErrorKind.RANGE_NOT_SATISFIABLE: 416,
    ErrorKind.RATE_LIMITED: 429,
    ErrorKind.UNAVAILABLE: 503,
    ErrorKind.INTERNAL: 500,
}


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=2)
    lines: list[dict[str, int]] = []


class KettleCold(OpenRegError):
    """The kettle is cold.

    A second paragraph nobody is told.
    """

    code: ClassVar[str] = "kettle_cold"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


def application() -> FastAPI:
    app = FastAPI()
    install_problem_handlers(app)
    app.add_middleware(RequestContext)

    @app.get("/raise/{kind}")
    async def raise_kind(kind: ErrorKind) -> None:
        error = type("Made", (OpenRegError,), {"code": f"made_{kind}", "kind": kind, "__doc__": "Made for a test."})
        raise error(fix="Do something else.")

    @app.get("/cold")
    async def cold(retry: int = 0) -> None:
        extra: dict[str, object] = {
            "degrees": 7,
            "day": date(2026, 1, 2),
            "amount": Decimal("1.50"),
            "title": "taken over",
        }
        raise KettleCold(extra={**extra, "retry_after_seconds": retry} if retry else extra)

    @app.get("/crash")
    async def crash() -> None:
        password = "hunter2"
        raise RuntimeError(f"secret detail {password}")

    @app.get("/http/{status}")
    async def http(status: int) -> None:
        raise HTTPException(status, "Said so.", headers={"X-Reason": "test"})

    @app.post("/orders")
    async def order(body: Order, page: int = 1) -> Order:
        return body

    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(application(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def problem_of(response: httpx.Response) -> dict[str, Any]:
    assert response.headers["content-type"] == MEDIA_TYPE == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["status"] == response.status_code
    assert document["type"] == f"urn:openreg:problem:{document['code']}"
    assert document["title"]
    assert document["request_id"] == response.headers["x-request-id"]
    return document


def test_every_kind_of_error_has_its_own_status() -> None:
    assert (
        {kind: status.value for kind, status in STATUS_OF_KIND.items()}
        == STATUSES
        == dict.fromkeys(ErrorKind) | STATUSES
    )
    assert set(STATUSES) == set(ErrorKind)


@pytest.mark.parametrize("kind", ErrorKind)
async def test_an_error_is_answered_by_its_kind_with_code_and_fix(client: httpx.AsyncClient, kind: ErrorKind) -> None:
    response = await client.get(f"/raise/{kind.value}")
    document = problem_of(response)
    assert response.status_code == STATUSES[kind]
    assert document["code"] == f"made_{kind}"
    assert document["fix"] == "Do something else."
    assert document["detail"] == "Made for a test."


async def test_a_missing_token_names_the_scheme(client: httpx.AsyncClient) -> None:
    assert (await client.get("/raise/unauthenticated")).headers["www-authenticate"] == "Bearer"
    assert "www-authenticate" not in (await client.get("/raise/forbidden")).headers


async def test_the_default_message_is_the_first_line_and_extra_is_shown(client: httpx.AsyncClient) -> None:
    document = problem_of(await client.get("/cold"))
    assert document["detail"] == "The kettle is cold."
    assert document["degrees"] == 7
    assert document["title"] == "Conflict", "extra must not replace a part of the document"
    assert "fix" not in document


async def test_a_wait_is_told_in_the_header_too(client: httpx.AsyncClient) -> None:
    response = await client.get("/cold", params={"retry": 3})
    assert response.headers["retry-after"] == "3"
    assert "retry-after" not in (await client.get("/cold")).headers


async def test_a_crash_tells_nothing_but_the_request_id(client: httpx.AsyncClient) -> None:
    response = await client.get("/crash", headers={"X-Request-ID": "me-1"})
    document = problem_of(response)
    assert response.status_code == 500
    assert document["code"] == "internal_error"
    assert document["request_id"] == "me-1"
    for word in ("hunter2", "RuntimeError", "Traceback", "crash()", ".py"):
        assert word not in response.text


@pytest.mark.parametrize("status", [404, 405, 418, 503])
async def test_errors_of_the_framework_are_problems_and_keep_their_headers(
    client: httpx.AsyncClient, status: int
) -> None:
    response = await client.get(f"/http/{status}")
    assert response.status_code == status
    assert problem_of(response)["detail"] == "Said so."
    assert response.headers["x-reason"] == "test"


async def test_an_unknown_path_and_a_wrong_method_are_problems(client: httpx.AsyncClient) -> None:
    assert problem_of(await client.get("/nowhere"))["code"] == "not_found"
    wrong = await client.put("/orders")
    assert problem_of(wrong)["status"] == 405
    assert "POST" in wrong.headers["allow"]


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"/body/name"}),
        ({"name": "x"}, {"/body/name"}),
        ({"name": "xy", "lines": [{"a": 1}, {"a": "one"}]}, {"/body/lines/1/a"}),
        ({"name": "xy", "unknown": 1}, {"/body/unknown"}),
        ({"name": 7, "unknown": 1, "lines": 3}, {"/body/name", "/body/unknown", "/body/lines"}),
        ({"name": "xy", "lines": [{"a/b~c": "one"}]}, {"/body/lines/0/a~1b~0c"}),
    ],
)
async def test_every_wrong_place_of_a_body_is_pointed_at(
    client: httpx.AsyncClient, body: dict[str, object], pointers: set[str]
) -> None:
    document = problem_of(await client.post("/orders", json=body))
    assert document["status"] == 422
    assert {error["pointer"] for error in document["errors"]} == pointers
    assert all(error["code"] and error["detail"] for error in document["errors"])


async def test_a_wrong_query_parameter_is_pointed_at(client: httpx.AsyncClient) -> None:
    document = problem_of(await client.post("/orders?page=first", json={"name": "xy"}))
    assert [error["pointer"] for error in document["errors"]] == ["/query/page"]


@pytest.mark.parametrize("content", [b"{", b"", b"[]", b'"text"', b"\xff\xfe", b"null"])
async def test_what_is_no_json_object_is_refused_and_no_crash(client: httpx.AsyncClient, content: bytes) -> None:
    response = await client.post("/orders", content=content, headers={"Content-Type": "application/json"})
    assert problem_of(response)["status"] == 422


async def test_the_answer_does_not_repeat_what_was_sent(client: httpx.AsyncClient) -> None:
    response = await client.post("/orders", json={"name": ["hunter2"], "lines": "hunter2"})
    assert "hunter2" not in response.text


def test_responses_of_a_route_name_every_code_under_its_status() -> None:
    class KettleGone(KettleCold):
        """There is no kettle."""

        code: ClassVar[str] = "kettle_gone"

    answers = problems(KettleCold, KettleGone)
    assert set(answers) == {409}
    assert answers[409]["description"] == "`kettle_cold` `kettle_gone`"
