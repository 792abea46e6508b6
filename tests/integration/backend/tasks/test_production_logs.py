"""Real processes in production: every line they write is one JSON object with its ids, and none holds a secret."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import pytest

from backend.config import load_settings
from backend.core.logging import START_REFUSED
from backend.embedded.ports import free_port
from tests.factories.rows import Rows
from tests.harness.processes import ROOT, api_command, beat_command, running, worker_command
from tests.services.servers import TestDatabase
from tests.services.waiting import until

SECRETS = ("DATABASE_URL", "DATABASE_SYSTEM_URL", "DATABASE_OWNER_URL", "REDIS_URL", "MINIO_SECRET_KEY", "SECRET_KEY")
SERVICES = ("backend", "external_api", "worker", "beat")


@dataclass(frozen=True, slots=True)
class Deployment:
    """Started processes by name: where the APIs listen, and what each has written until now."""

    ports: dict[str, int]
    folder: Path

    def text(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text("utf-8", "replace")

    def lines(self, name: str) -> list[dict[str, Any]]:
        """Every whole line; one that is no JSON object fails the test."""
        return [json.loads(line) for line in self.text(name).rpartition("\n")[0].splitlines()]


def commands(port: int, external_port: int, folder: Path) -> dict[str, tuple[str, ...]]:
    """How each kind of process is started."""
    return {
        "backend": api_command("backend.main:create_app", port),
        "external_api": api_command("external_api.main:create_app", external_port),
        "worker": worker_command(),
        "beat": beat_command(folder / "schedule"),
    }


@pytest.fixture
def production(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The variables of a deployment; its secrets pass the checks of production."""
    changes = {"ENVIRONMENT": "production", "LOG_LEVEL": "INFO", "OPENREG_SCRATCH_DIR": str(tmp_path / "scratch")}
    changed = {**environment, **changes}
    assert load_settings(changed).runtime.is_production
    return changed


@pytest.fixture
async def deployment(production: dict[str, str], tmp_path: Path) -> AsyncIterator[Deployment]:
    """All four kinds of process."""
    ports = {"backend": free_port(), "external_api": free_port()}
    with ExitStack() as stack:
        for name, command in commands(ports["backend"], ports["external_api"], tmp_path).items():
            stack.enter_context(running(command, production, tmp_path / f"{name}.log"))
        yield Deployment(ports, tmp_path)


def speaks_of(**values: object) -> Callable[[dict[str, Any]], bool]:
    """Whether a line has all of these."""
    return lambda line: values.items() <= line.items()


async def seen(deployment: Deployment, name: str, condition: Callable[[dict[str, Any]], bool]) -> None:
    """Wait until a process has written such a line."""

    try:
        await until(lambda: any(condition(line) for line in deployment.lines(name)), 120)
    except TimeoutError:
        pytest.fail(f"{name} wrote:\n{deployment.text(name)[-4000:]}")


async def test_every_line_of_every_process_is_a_json_object_with_its_ids_and_without_secrets(
    deployment: Deployment, production: dict[str, str], rows: Rows
) -> None:
    run = await rows.run()
    await seen(deployment, "backend", speaks_of(event="api_started"))
    await seen(deployment, "external_api", speaks_of(event="external_api_started"))
    await seen(deployment, "beat", speaks_of(event="process_started", service="scheduler"))
    await seen(deployment, "worker", speaks_of(event="process_started", service="worker"))
    for name, path in (("backend", "/api/v1/runs"), ("external_api", "/external_api/v1/none")):
        async with httpx.AsyncClient(trust_env=False) as client:
            address = f"http://127.0.0.1:{deployment.ports[name]}{path}"
            await client.get(address, headers={"X-Request-ID": f"asked-{name}"})
        await seen(deployment, name, speaks_of(event="request_handled", request_id=f"asked-{name}", path=path))
    ids = {"run_id": str(run.id), "tenant_id": str(rows.person.tenant)}
    # The process of the run and the task that watched it: its source does not answer.
    await seen(deployment, "worker", speaks_of(event="run_failed", **ids))
    await seen(deployment, "worker", speaks_of(event="run_attempt_ended", task="runs.execute", **ids))
    text = ""
    for name in SERVICES:
        text += deployment.text(name)
        for line in deployment.lines(name):
            assert {"event", "level", "logger", "timestamp"} <= set(line), line
    assert any(line["logger"].startswith("celery") for line in deployment.lines("worker")), "Celery's own lines"
    assert any(line["logger"].startswith("uvicorn") for line in deployment.lines("backend")), "uvicorn's own lines"
    for name in SECRETS:
        password = urlsplit(production[name]).password if "://" in production[name] else production[name]
        assert password
        assert password not in text, name
        assert unquote(password) not in text, name


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_is_not_let_start_says_why_in_one_line_and_ends(
    name: str, production: dict[str, str], tmp_path: Path
) -> None:
    command = commands(free_port(), free_port(), tmp_path)[name]
    env = {**os.environ, **production, "SECRET_KEY": "changeme-changeme-changeme-changeme"}
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == START_REFUSED, done.stdout + done.stderr
    (line,) = done.stdout.splitlines()
    told = json.loads(line)
    assert (told["event"], told["code"]) == ("start_refused", "settings_invalid")
    assert "SECRET_KEY" in told["message"]
    assert "changeme" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "role"),
    [("external_api", "superuser_url"), ("worker", "superuser_url"), ("beat", "owner_url")],
)
def test_a_service_with_a_role_that_is_not_for_it_says_so_and_ends(
    name: str, role: str, production: dict[str, str], migrated: TestDatabase, tmp_path: Path
) -> None:
    command = commands(free_port(), free_port(), tmp_path)[name]
    env = {**os.environ, **production, "DATABASE_URL": getattr(migrated, role)}
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == START_REFUSED, done.stdout + done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert ("start_refused", "unsafe_database_role") in {(one["event"], one.get("code")) for one in lines}
