"""Starting: an unsafe database role never, a missing dependency never in production, and the message says which."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from redis import Redis
from sqlalchemy import make_url

from backend.config import Environment, Settings, load_settings
from backend.main import create_app as create_core
from backend.persistence.faults import DatabaseUnavailable
from backend.persistence.migrations import check_owner
from backend.persistence.session import UnsafeDatabaseRole
from backend.services.start_checks import DependencyMissing
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


def async_url(url: str) -> str:
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)


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


@pytest.mark.parametrize("role", ["owner_url", "superuser_url", "app_url"])
async def test_a_system_role_that_may_do_more_than_was_granted_never_starts(
    environment: dict[str, str], migrated: TestDatabase, role: str
) -> None:
    settings = load_settings({**environment, "DATABASE_SYSTEM_URL": getattr(migrated, role)})
    with pytest.raises(UnsafeDatabaseRole, match="DATABASE_SYSTEM_URL"):
        await start(create_core(settings))


@pytest.mark.parametrize(
    ("grant", "told"),
    [
        ("grant update (state) on runs to openreg_system", "may write"),
        ("grant delete on runs to openreg_system", "may write"),
        ("grant select on users to openreg_system", "may read whole tables"),
    ],
)
async def test_a_grant_too_many_stops_the_start_and_is_told(
    environment: dict[str, str], migrated: TestDatabase, grant: str, told: str
) -> None:
    with psycopg.connect(migrated.superuser_url, autocommit=True) as connection:
        connection.execute(grant)  # type: ignore[call-overload]
    with pytest.raises(UnsafeDatabaseRole, match=told):
        await start(create_core(load_settings(environment)))


async def test_in_production_an_older_database_stops_the_start_and_a_newer_one_does_not(
    create: Callable[[Settings], FastAPI], environment: dict[str, str], migrated: TestDatabase
) -> None:
    """Migrations fit the release before them: it may go on, and start again, while the new one comes."""
    with psycopg.connect(migrated.superuser_url, autocommit=True) as connection:
        connection.execute("update alembic_version set version_num = '29991231_2359'")
        await start(create(in_production(environment)))
        connection.execute("update alembic_version set version_num = '20261122_0930'")
        with pytest.raises(DependencyMissing, match="openreg migrate"):
            await start(create(in_production(environment)))
        await start(create(load_settings(environment)))


async def test_in_production_a_database_without_tables_stops_the_start(
    create: Callable[[Settings], FastAPI], environment: dict[str, str], database: TestDatabase
) -> None:
    changes = {"DATABASE_URL": database.app_url, "DATABASE_SYSTEM_URL": database.system_url}
    with pytest.raises(DependencyMissing, match="has no tables yet"):
        await start(create(in_production(environment, **changes)))


@pytest.fixture
def evicting(settings: Settings) -> Iterator[Callable[[str, int], None]]:
    """Tell Redis what to do when it is full."""
    with Redis.from_url(settings.redis.url.get_secret_value()) as client:

        def configure(policy: str, limit: int) -> None:
            client.config_set("maxmemory-policy", policy)
            client.config_set("maxmemory", limit)

        yield configure
        configure("noeviction", 0)


async def test_in_production_a_redis_that_throws_keys_away_stops_the_start(
    create: Callable[[Settings], FastAPI],
    environment: dict[str, str],
    evicting: Callable[[str, int], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    evicting("allkeys-lru", 200_000_000)
    with pytest.raises(DependencyMissing, match="maxmemory-policy"):
        await start(create(in_production(environment)))
    evicting("allkeys-lru", 0)
    await start(create(in_production(environment)))
    assert "redis_would_evict" in capsys.readouterr().out, "it evicts as soon as somebody limits its memory"
    evicting("noeviction", 200_000_000)
    await start(create(in_production(environment)))


@pytest.mark.parametrize(("role", "told"), [("superuser_url", "superuser"), ("app_url", "may not make tables")])
async def test_migrating_refuses_another_role_than_the_owner(migrated: TestDatabase, role: str, told: str) -> None:
    with pytest.raises(UnsafeDatabaseRole, match=told):
        await check_owner(async_url(getattr(migrated, role)))
    await check_owner(async_url(migrated.owner_url))


async def test_migrating_names_a_database_that_does_not_answer(migrated: TestDatabase) -> None:
    with pytest.raises(DatabaseUnavailable) as refused:
        await check_owner(async_url(moved(migrated.owner_url, port=9)))
    assert "DATABASE_OWNER_URL" in str(refused.value.fix)
