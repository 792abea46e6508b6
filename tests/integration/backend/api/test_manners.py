"""Manners of the interface: problems, request ids, limits of texts, cross-origin calls."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from backend.config import load_settings
from backend.main import create_app
from tests.factories.rows import Rows

API = "/api/v1"


@pytest.mark.parametrize(
    "path", ["/api", "/api/v1", "/api/v2/runs", "/api/v1/run", "/api/%2e%2e/etc", "/webhooks/x/y", "/api/nowhere.js"]
)
async def test_an_unknown_path_is_a_problem(anonymous: httpx.AsyncClient, path: str) -> None:
    response = await anonymous.get(path)
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")
    assert response.json()["request_id"] == response.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/nowhere", "/webhook", "/%2e%2e/etc"])
async def test_pages_of_the_user_interface_can_only_be_read(anonymous: httpx.AsyncClient, path: str) -> None:
    """Outside of the API every page is the interface's; nothing can be sent there."""
    response = await anonymous.post(path)
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")
    assert response.json()["request_id"] == response.headers["x-request-id"]


async def test_a_method_that_is_not_offered_is_a_problem_that_names_those_that_are(api: httpx.AsyncClient) -> None:
    response = await api.put(f"{API}/runs")
    assert (response.status_code, response.headers["content-type"]) == (405, "application/problem+json")
    assert "GET" in response.headers["allow"]


async def test_an_id_that_is_none_is_pointed_at(api: httpx.AsyncClient) -> None:
    response = await api.get(f"{API}/runs/not-an-id")
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == ["/path/run_id"]


async def test_the_request_id_comes_back_on_every_kind_of_answer(
    api: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    headers = {"X-Request-ID": "from-the-caller.1"}
    for response in (
        await api.get(f"{API}/runs", headers=headers),
        await api.get(f"{API}/runs/not-an-id", headers=headers),
        await anonymous.get(f"{API}/runs", headers=headers),
        await anonymous.get("/health", headers=headers),
        await anonymous.get("/nowhere", headers=headers),
    ):
        assert response.headers.get_list("x-request-id") == ["from-the-caller.1"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("reports", {"name": "a\x00b", "slug": "a"}),
        (
            "connectors",
            {
                "name": "a\x00b",
                "kind": "postgresql",
                "settings": {"host": "db", "database": "d"},
                "credentials": {"username": "u", "password": "p"},
            },
        ),
        (
            "connectors",
            {
                "name": "a",
                "kind": "postgresql",
                "settings": {"host": "db", "database": "d", "search_path": ["a\x00"]},
                "credentials": {"username": "u", "password": "p"},
            },
        ),
        (
            "destinations",
            {
                "name": "a\x00b",
                "kind": "sftp",
                "settings": {"host": "h", "username": "u"},
                "credentials": {"password": "p"},
            },
        ),
        (
            "destinations",
            {
                "name": "a",
                "kind": "sftp",
                "settings": {"host": "h", "username": "u\x00"},
                "credentials": {"password": "p"},
            },
        ),
        ("webhooks", {"url": "http://127.0.0.1:9/hook", "event_types": ["*"], "description": "a\x00b"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_character_that_cannot_be_stored_is_refused_and_no_crash(
    api: httpx.AsyncClient, path: str, body: dict[str, Any]
) -> None:
    response = await api.post(f"{API}/{path}", json=body)
    assert response.status_code == 422, response.text
    assert response.json()["code"] != "internal_error"


@pytest.mark.parametrize("path", ["connectors", "destinations"])
async def test_half_a_character_is_refused_and_no_crash(api: httpx.AsyncClient, path: str) -> None:
    settings = b'{"host": "\\ud800", "username": "u"}'
    content = b'{"name": "a", "kind": "sftp", "settings": ' + settings + b', "credentials": {"password": "p"}}'
    content = content if path == "destinations" else content.replace(b"sftp", b"postgresql")
    response = await api.post(f"{API}/{path}", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == 422, response.text


async def test_such_a_character_in_a_parameter_or_a_cursor_is_no_crash_either(
    api: httpx.AsyncClient, rows: Rows
) -> None:
    assert (await api.get(f"{API}/runs?cursor=%00")).status_code == 422
    version = await rows.version(await rows.report())
    started = await api.post(
        f"{API}/reports/{version.report_id}/runs", json={"reporting_date": "2026-11-19", "parameters": {"a\x00": "b"}}
    )
    assert started.status_code == 422


@pytest.mark.parametrize("number", ["-1", "9" * 30, "1e3", "one"])
async def test_a_number_that_no_event_has_is_refused_and_no_crash(
    api: httpx.AsyncClient, rows: Rows, number: str
) -> None:
    run = await rows.run()
    assert (await api.get(f"{API}/runs/{run.id}/log?after={number}")).status_code == 422
    events = await api.get(f"{API}/runs/{run.id}/events", headers={"Last-Event-ID": number})
    assert events.status_code == 422


async def test_a_page_of_another_origin_may_call_only_when_it_is_listed(environment: dict[str, str]) -> None:
    app: FastAPI = create_app(load_settings({**environment, "CORS_ORIGINS": "https://app.example"}))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    async with httpx.AsyncClient(transport=transport, base_url="http://openreg.test") as client:
        listed = await client.options(f"{API}/auth/login", headers={"Origin": "https://app.example", **asked})
        other = await client.options(f"{API}/auth/login", headers={"Origin": "https://app.example.evil", **asked})
        refused = await client.get("/nowhere", headers={"Origin": "https://app.example"})
    assert listed.headers["access-control-allow-origin"] == "https://app.example"
    assert "access-control-allow-origin" not in other.headers
    assert refused.headers["access-control-allow-origin"] == "https://app.example", "errors must be readable too"
    assert "x-request-id" in listed.headers


async def test_the_description_is_served(anonymous: httpx.AsyncClient) -> None:
    response = await anonymous.get("/openapi.json")
    assert response.status_code == 200
    assert f"{API}/runs/{{run_id}}" in response.json()["paths"]
    assert (await anonymous.get("/docs")).status_code == 200
