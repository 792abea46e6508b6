"""``openreg doctor``: a whole installation is well, and each fault is named with what to do about it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from redis import Redis

from backend.cli import load_command
from backend.config import Settings
from backend.services.heartbeats import Heartbeat, beat_once
from backend.services.storage import ObjectStorage, VersionPolicy
from backend.services.system_health import QUEUES
from tests.factories.installation import OTHER_ENCRYPTION_KEY
from tests.factories.rows import Rows
from tests.services.servers import TestDatabase

Told = tuple[int, dict[str, dict[str, Any]]]
Examine = Callable[..., Awaitable[Told]]
#: What hangs on the machine the tests run on, and not on the installation.
OF_THE_MACHINE = {"disk", "scratch"}


@pytest.fixture
def broker(settings: Settings) -> Iterator[Redis]:
    """The broker, and afterwards as it was."""
    with Redis.from_url(settings.redis.url.get_secret_value()) as broker:
        yield broker
        broker.config_set("maxmemory-policy", "noeviction")
        broker.config_set("appendonly", "yes")
        broker.flushdb()


@pytest.fixture
def examine(environment: dict[str, str], broker: Redis, monkeypatch: pytest.MonkeyPatch) -> Examine:
    """Exit status and checks by name, of an installation whose environment differs in some variables."""

    async def run(**changes: str) -> Told:
        # A worker of every queue and a scheduler that were just heard.
        beat_once(broker, Heartbeat("host/1", "worker", QUEUES, 50 * 1024**3, 100 * 1024**3))
        beat_once(broker, Heartbeat("host/2", "scheduler", ()))
        for name, value in {**environment, **changes}.items():
            monkeypatch.setenv(name, value)
        result = await asyncio.to_thread(CliRunner().invoke, load_command("doctor"), ["--json"])
        document = json.loads(result.stdout)
        checks = {one["name"]: one for one in document["checks"]}
        for one in checks.values():
            assert (one["state"] == "ok") == (one["cause"] is None) == (one["fix"] is None), one
        return result.exit_code, checks

    return run


def unwell(checks: dict[str, dict[str, Any]]) -> dict[str, str]:
    """State by name of what is not well."""
    return {name: one["state"] for name, one in checks.items() if one["state"] != "ok" and name not in OF_THE_MACHINE}


async def test_a_whole_installation_is_well(examine: Examine, rows: Rows) -> None:
    await rows.connector(credentials=rows.box.seal({"username": "u", "password": "p"}))
    status, checks = await examine()
    assert unwell(checks) == {}
    assert status == max(({"down": 1, "degraded": 2}.get(checks["disk"]["state"], 0)), 0)
    assert {
        *("application_role", "system_role", "row_level_security", "keys", "migrations", "clock", "storage_clock"),
        *("redis_policy", "redis_persistence", "bucket_writable", "bucket_versions", "disk", "mail", "scheduler"),
    } <= set(checks)
    assert checks["keys"]["measured"] == {"opened": 1, "unreadable": 0}


async def test_a_key_that_opens_nothing_is_found_before_the_first_delivery(examine: Examine, rows: Rows) -> None:
    await rows.connector(credentials=rows.box.seal({"username": "u", "password": "p"}))
    status, checks = await examine(ENCRYPTION_KEY=OTHER_ENCRYPTION_KEY)
    assert (status, unwell(checks)) == (1, {"keys": "down"})
    assert "ENCRYPTION_KEY" in checks["keys"]["fix"]


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("alter table runs no force row level security", "row_level_security"),
        ("alter table connectors disable row level security", "row_level_security"),
        ("grant select on users to openreg_system", "system_role"),
        ("update alembic_version set version_num = '20261122_0930'", "migrations"),
    ],
)
async def test_a_database_that_somebody_altered_is_told(
    examine: Examine, migrated: TestDatabase, statement: str, name: str
) -> None:
    with psycopg.connect(migrated.superuser_url, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]
    status, checks = await examine()
    assert (status, unwell(checks)) == (1, {name: "down"})


async def test_an_owner_as_application_role_is_told(examine: Examine, migrated: TestDatabase) -> None:
    status, checks = await examine(DATABASE_URL=migrated.owner_url)
    assert (status, checks["application_role"]["state"]) == (1, "down")
    assert "openreg_app" in checks["application_role"]["fix"]


async def test_a_redis_that_would_forget_is_told(examine: Examine, broker: Redis) -> None:
    broker.config_set("maxmemory-policy", "allkeys-lru")
    broker.config_set("appendonly", "no")
    status, checks = await examine()
    assert unwell(checks) == {"redis_policy": "degraded", "redis_persistence": "degraded"}
    assert status == 2 or checks["disk"]["state"] == "down"


async def test_a_missing_bucket_and_a_bucket_that_grows_for_ever_are_told(
    examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, checks = await examine(ARTIFACT_BUCKET="no-such-bucket")
    assert {"storage", "bucket_writable"} <= set(unwell(checks))
    policies = {"off": "ok", "enabled": "degraded"}
    for versioning, state in policies.items():
        policy = VersionPolicy(versioning, expires_old_versions=False)
        monkeypatch.setattr(ObjectStorage, "version_policy", lambda _, policy=policy: policy)
        _, checks = await examine()
        assert checks["bucket_versions"]["state"] == state


async def test_a_mail_server_that_does_not_answer_is_told(examine: Examine) -> None:
    _, checks = await examine(SMTP_HOST="127.0.0.1", SMTP_PORT="9", SMTP_TLS="none")
    assert unwell(checks) == {"mail": "down"}
    assert "SMTP_HOST" in checks["mail"]["fix"]


async def test_what_does_not_answer_is_named_and_the_rest_is_looked_at(examine: Examine) -> None:
    status, checks = await examine(REDIS_URL="redis://127.0.0.1:9/0")
    assert status == 1
    assert set(unwell(checks)) == {"redis", "workers", "queues", "redis_policy", "redis_persistence"}


def test_people_read_it_as_lines(environment: dict[str, str], broker: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**environment, "ARTIFACT_BUCKET": "no-such-bucket"}.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(load_command("doctor"), [])
    assert result.exit_code == 1
    assert "Fix: Create it, or correct ARTIFACT_BUCKET." in result.output
    assert "need attention" in result.output
