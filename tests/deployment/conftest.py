"""The compose project under test: built and started from a clean copy of what git holds, and removed afterwards."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.compose import ComposeProject

ROOT = Path(__file__).resolve().parents[2]
#: Beside an installation that may run on this machine: another name, other ports, another network.
SURROUNDINGS = {
    "COMPOSE_PROJECT_NAME": "openreg-test",
    "OPENREG_VERSION": "test",
    "FRONTEND_PORT": "13000",
    "CUSTOMER_PORTAL_PORT": "13001",
    "BACKEND_PORT": "18000",
    "EXTERNAL_API_PORT": "18001",
    "MINIO_CONSOLE_PORT": "19001",
    "EDGE_SUBNET": "198.51.100.64/26",
    "BACKEND_ADDRESS": "198.51.100.70",
    "EGRESS_ALLOWED_NETWORKS": "198.51.100.70/32",
    "TRUSTED_PROXIES": "198.51.100.64/26",
}


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeProject]:
    """Everything, healthy."""
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode:
        pytest.fail("Docker with its compose plugin is needed, and a running engine.")
    folder = tmp_path_factory.mktemp("compose") / "openreg"
    subprocess.run(["git", "clone", "--quiet", "--local", str(ROOT), str(folder)], check=True)
    subprocess.run(["make", "env"], cwd=folder, check=True, capture_output=True)
    project = ComposeProject(folder, {**os.environ, **SURROUNDINGS})
    try:
        project.compose("up", "--build", "--wait", timeout_seconds=1800)
        yield project
    finally:
        project.compose("down", "--volumes", "--timeout", "30")


@pytest.fixture(scope="session")
def demonstration(project: ComposeProject) -> dict[str, object]:
    """What the demonstration said of an undisturbed run of 100,000 rows."""
    return project.demo()
