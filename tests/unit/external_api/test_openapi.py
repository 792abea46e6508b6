"""The description of the external API, without a start."""

from __future__ import annotations

import logging
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
