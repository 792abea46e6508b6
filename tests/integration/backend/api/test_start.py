"""Starting: an unsafe database role never, a missing dependency never in production, and the message says which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import make_url

from backend.config import Environment, Settings, load_settings
from backend.main import create_app as create_core
from backend.persistence.session import UnsafeDatabaseRole
from backend.services.readiness import DependencyMissing
from external_api.main import create_app as create_external
from tests.services.servers import TestDatabase

SERVICES: dict[str, Callable[[Settings], FastAPI]] = {"core": create_core, "external": create_external}


@pytest.fixture(params=sorted(SERVICES))
def create(request: pytest.FixtureRequest) -> Callable[[Settings], FastAPI]:
    """Each of the two services."""
    return SERVICES[request.param]


def in_production(environment: dict[str, str], **changes: str) -> Settings:
    """Production's behaviour with the test servers' well-known passwords, which production would refuse."""
    settings = load_settings({**environment, **changes})
    runtime = settings.runtime.model_copy(update={"environment": Environment.PRODUCTION})
    return replace(settings, runtime=runtime)


def moved(url: str, **changes: Any) -> str:
    return make_url(url).set(**changes).render_as_string(hide_password=False)


async def start(app: FastAPI) -> None:
    async with app.router.lifespan_context(app):
        pass


async def test_in_production_with_everything_there_it_starts(
    create: Callable[[Settings], FastAPI], environment: dict[str, str]
) -> None:
    await start(create(in_production(environment)))


@pytest.mark.parametrize(
    ("variable", "change"),
    [
        ("DATABASE_URL", lambda env: {"DATABASE_URL": moved(env["DATABASE_URL"], port=9)}),
        ("DATABASE_URL", lambda env: {"DATABASE_URL": moved(env["DATABASE_URL"], password="hunter2")}),
        ("REDIS_URL", lambda env: {"REDIS_URL": moved(env["REDIS_URL"], port=9)}),
        ("MINIO_ENDPOINT", lambda _: {"MINIO_ENDPOINT": "127.0.0.1:9"}),
        ("MINIO_SECRET_KEY", lambda _: {"MINIO_SECRET_KEY": "hunter2-hunter2"}),
        ("ARTIFACT_BUCKET", lambda _: {"ARTIFACT_BUCKET": "no-such-bucket"}),
    ],
)
async def test_in_production_a_missing_dependency_stops_the_start_by_name(
    create: Callable[[Settings], FastAPI],
    environment: dict[str, str],
    variable: str,
    change: Callable[[dict[str, str]], dict[str, str]],
) -> None:
    with pytest.raises(DependencyMissing) as refused:
        await start(create(in_production(environment, **change(environment))))
    assert variable in refused.value.message
    assert "hunter2" not in refused.value.message


async def test_in_production_everything_that_is_missing_is_named_together(
    create: Callable[[Settings], FastAPI], environment: dict[str, str]
) -> None:
    changes = {
        "DATABASE_URL": moved(environment["DATABASE_URL"], port=9),
        "REDIS_URL": moved(environment["REDIS_URL"], port=9),
        "MINIO_ENDPOINT": "127.0.0.1:9",
    }
    with pytest.raises(DependencyMissing) as refused:
        await start(create(in_production(environment, **changes)))
    assert all(variable in refused.value.message for variable in changes)


async def test_in_development_it_starts_and_waits_for_what_is_missing(
    create: Callable[[Settings], FastAPI], environment: dict[str, str]
) -> None:
    changes = {
        "DATABASE_URL": moved(environment["DATABASE_URL"], port=9),
        "REDIS_URL": moved(environment["REDIS_URL"], port=9),
        "MINIO_ENDPOINT": "127.0.0.1:9",
    }
    await start(create(load_settings({**environment, **changes})))


@pytest.mark.parametrize("role", ["owner_url", "superuser_url"])
@pytest.mark.parametrize("kind", list(Environment))
async def test_a_role_that_policies_do_not_hold_never_starts(
    create: Callable[[Settings], FastAPI],
    environment: dict[str, str],
    migrated: TestDatabase,
    role: str,
    kind: Environment,
) -> None:
    settings = load_settings({**environment, "DATABASE_URL": getattr(migrated, role)})
    runtime = settings.runtime.model_copy(update={"environment": kind})
    with pytest.raises(UnsafeDatabaseRole):
        await start(create(replace(settings, runtime=runtime)))
