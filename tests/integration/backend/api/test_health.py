"""Health and readiness of both services: alive is not ready, and what is away is named with where to look."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis
from sqlalchemy import make_url

from backend.config import Settings, load_settings
from backend.main import create_app as create_core
from backend.services.readiness import FRESH_SECONDS
from external_api.main import create_app as create_external
from tests.factories.hanging import hanging_server

#: The servers' own patience is ten seconds and more; ours is two in these tests, and the machine may be busy.
IN_TIME_SECONDS = 8
Started = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
SERVICES: dict[str, Callable[[Settings], FastAPI]] = {"core": create_core, "external": create_external}


@pytest.fixture(params=sorted(SERVICES))
def started(request: pytest.FixtureRequest, environment: dict[str, str]) -> Started:
    """Start a service whose environment differs in some variables."""

    def start(**changes: str) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        return answering(SERVICES[request.param](load_settings({**environment, **changes})))

    return start


@asynccontextmanager
async def answering(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service, which is started."""
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a server that never answers; it is waited for half as long as in earnest."""
    monkeypatch.setattr("backend.services.readiness.CHECK_SECONDS", 2.0)
    with hanging_server() as port:
        yield port


def moved(url: str, **changes: Any) -> str:
    return make_url(url).set(**changes).render_as_string(hide_password=False)


def well(checks: dict[str, Any]) -> set[str]:
    """The names of those that are well."""
    for one in checks.values():
        given = {name for name in ("code", "cause", "fix", "since") if one[name] is not None}
        assert given == (set() if one["is_well"] else {"code", "cause", "fix", "since"}), one
    return {name for name, one in checks.items() if one["is_well"]}


async def test_with_everything_there_the_service_is_ready(started: Started) -> None:
    async with started() as client:
        response = await client.get("/ready")
        assert response.status_code == 200
        assert response.json()["status"] == "ready"
        assert well(response.json()["checks"]) == {"database", "redis", "storage"}
        assert (await client.get("/health")).json()["status"] == "ok"


CHANGES: dict[str, tuple[str, Callable[[dict[str, str], int], dict[str, str]]]] = {
    "database port": ("database", lambda env, port: {"DATABASE_URL": moved(env["DATABASE_URL"], port=port)}),
    "database password": ("database", lambda env, _: {"DATABASE_URL": moved(env["DATABASE_URL"], password="hunter2")}),
    "database name": ("database", lambda env, _: {"DATABASE_URL": moved(env["DATABASE_URL"], database="hunter2")}),
    "redis port": ("redis", lambda env, port: {"REDIS_URL": moved(env["REDIS_URL"], port=port)}),
    "redis password": ("redis", lambda env, _: {"REDIS_URL": moved(env["REDIS_URL"], password="hunter2")}),
    "storage port": ("storage", lambda _, port: {"MINIO_ENDPOINT": f"127.0.0.1:{port}"}),
    "storage key": ("storage", lambda _, __: {"MINIO_SECRET_KEY": "hunter2-hunter2"}),
    "bucket": ("storage", lambda _, __: {"ARTIFACT_BUCKET": "no-such-bucket"}),
}
VARIABLES = {
    "database port": "DATABASE_URL",
    "database password": "DATABASE_URL",
    "database name": "DATABASE_URL",
    "redis port": "REDIS_URL",
    "redis password": "REDIS_URL",
    "storage port": "MINIO_ENDPOINT",
    "storage key": "MINIO_SECRET_KEY",
    "bucket": "ARTIFACT_BUCKET",
}


@pytest.mark.parametrize("what", sorted(CHANGES))
async def test_what_is_away_is_named_with_the_variable_to_look_at_and_the_rest_is_well(
    started: Started, environment: dict[str, str], what: str
) -> None:
    """Without the database nothing can be answered; without Redis or the bucket reading goes on."""
    name, change = CHANGES[what]
    changed = change(environment, 9)
    async with started(**changed) as client:
        response = await client.get("/ready")
        is_critical = name == "database"
        assert response.status_code == (503 if is_critical else 200)
        assert response.json()["status"] == ("not_ready" if is_critical else "degraded")
        checks = response.json()["checks"]
        assert VARIABLES[what] in checks[name]["fix"]
        assert well(checks) == {"database", "redis", "storage"} - {name}
        alive = await client.get("/health")
        assert (alive.status_code, alive.json()["status"]) == (200, "degraded"), "the process itself is fine"
        assert alive.json()["checks"] == checks
        for told in (response.text, alive.text):
            assert "hunter2" not in told
            assert "127.0.0.1" not in told
            assert "no-such-bucket" not in told


async def test_it_says_since_when_something_is_away_and_forgets_it_when_it_is_back(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.services.readiness.FRESH_SECONDS", 0.0)
    app = create_core(load_settings(environment))
    async with app.router.lifespan_context(app):
        watch = app.state.runtime.watch
        there, away = watch.dependencies, Redis.from_url("redis://127.0.0.1:9/0")
        assert all(one.is_well for one in await watch.look())
        watch.dependencies = replace(there, redis=away)
        first = {one.name: one for one in await watch.look()}["redis"]
        again = {one.name: one for one in await watch.look()}["redis"]
        assert first.since is not None
        assert (again.code, again.since) == ("redis_unavailable", first.since)
        watch.dependencies = there
        assert all(one.since is None for one in await watch.look())
        await away.aclose()


@pytest.mark.parametrize("hung", [("database port", "redis port"), ("storage port",)], ids=", ".join)
async def test_what_hangs_is_named_in_time_and_again_when_asked_again(
    environment: dict[str, str], hanging: int, hung: tuple[str, ...]
) -> None:
    """Every service waits beside the others. The store is hung for all: looks at it share one thread of a process."""

    async def ask_twice(app: FastAPI, what: str) -> None:
        async with answering(app) as client:
            for pause in (0, FRESH_SECONDS):
                await asyncio.sleep(pause)
                began = time.monotonic()
                response = await client.get("/ready")
                assert time.monotonic() - began < IN_TIME_SECONDS
                checks = response.json()["checks"]
                name = CHANGES[what][0]
                assert VARIABLES[what] in checks[name]["fix"]
                assert well(checks) == {"database", "redis", "storage"} - {name}

    changed = {what: load_settings(environment | CHANGES[what][1](environment, hanging)) for what in hung}
    apps = [(create(settings), what) for create in SERVICES.values() for what, settings in changed.items()]
    await asyncio.gather(*(ask_twice(app, what) for app, what in apps))


async def test_everything_away_at_once_is_told_at_once_and_the_process_is_alive(
    environment: dict[str, str], hanging: int
) -> None:
    async def ask(app: FastAPI) -> None:
        async with answering(app) as client:
            alive = await client.get("/health")
            # Whoever asks whether a process lives kills it when it does not answer: the look was not waited for.
            assert (alive.status_code, alive.json()) == (200, {"status": "unknown", "checks": {}})
            began = time.monotonic()
            response = await client.get("/ready")
            assert time.monotonic() - began < IN_TIME_SECONDS
            assert response.status_code == 503
            assert well(response.json()["checks"]) == set()

    changes: dict[str, str] = {}
    for what in ("database port", "redis port", "storage port"):
        changes |= CHANGES[what][1](environment, hanging)
    settings = load_settings(environment | changes)
    await asyncio.gather(*(ask(create(settings)) for create in SERVICES.values()))


async def test_many_probes_at_once_are_all_answered(started: Started) -> None:
    async with started() as client:
        responses = await asyncio.gather(*(client.get("/ready") for _ in range(20)))
    assert {response.status_code for response in responses} == {200}


async def test_the_core_is_not_ready_when_nobody_could_sign_in(environment: dict[str, str]) -> None:
    changed = moved(environment["DATABASE_SYSTEM_URL"], password="hunter2")
    app = create_core(load_settings({**environment, "DATABASE_SYSTEM_URL": changed}))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            response = await client.get("/ready")
            assert response.status_code == 503
            assert "DATABASE_SYSTEM_URL" in response.json()["checks"]["database"]["fix"]
            signed = await client.post("/api/v1/auth/login", json={"email": "a@b.test", "password": "x"})
            assert (signed.status_code, signed.json()["code"]) == (503, "database_unavailable")
