"""The description of the external API, without a start."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from backend.config import load_settings
from external_api.config import load_external_settings
from external_api.main import create_app
from tests.factories.installation import environment_of
from tests.services.servers import S3Address, TestDatabase

NOWHERE = "postgresql://app:pw@127.0.0.1:9/openreg"


@pytest.fixture
def environment() -> dict[str, str]:
    database = TestDatabase("openreg", NOWHERE, NOWHERE, NOWHERE, NOWHERE)
    s3 = S3Address("127.0.0.1:9", "access", "secret-of-s3", "us-east-1")
    return environment_of(database, redis_url="redis://127.0.0.1:9/0", s3=s3, bucket="openreg")


@pytest.fixture
def app(environment: dict[str, str]) -> Iterator[FastAPI]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield create_app(load_settings(environment))
    root.handlers[:] = handlers
    root.setLevel(level)


def test_it_is_described(app: FastAPI) -> None:
    document = app.openapi()
    assert {"/health", "/ready"} <= set(document["paths"])


async def test_every_code_that_a_route_tells_of_has_a_page_and_a_refusal_leads_to_its_own(app: FastAPI) -> None:
    told = {
        code
        for path in app.openapi()["paths"].values()
        for operation in path.values()
        for answer in operation["responses"].values()
        for code in re.findall(r"`([a-z_]+)`", answer["description"])
    }
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        pages = {one["code"]: one for one in (await client.get("/external_api/v1/problems")).json()["items"]}
        refused = await client.get("/external_api/v1/problems/quota_usd")
        followed = await client.get(refused.links["help"]["url"])
    assert len(told) > 50
    assert told <= set(pages)
    assert all(page["meaning"] and 400 <= page["status"] < 600 for page in pages.values())
    assert (refused.status_code, refused.json()["fix"]) == (404, "Did you mean quota_used?")
    assert followed.json() == pages["problem_not_known"]
    assert followed.json()["status"] == refused.status_code
    assert pages["quota_used"]["status"] == 429


async def test_an_unknown_path_is_a_problem_with_the_callers_request_id(app: FastAPI) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.get("/external_api/v1/nothing", headers={"X-Request-ID": "r-1"})
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-request-id"] == response.json()["request_id"] == "r-1"


def test_its_settings_are_the_shared_ones(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert load_external_settings() == load_settings(environment)
