"""Platforms under test: each on its own data, all ended whatever the test does."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.services.folder import make_services_folder
from tests.services.platform_run import PlatformRun, start_platform


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data folder that does not exist yet, where the services' account can reach it (pytest's own is private)."""
    parent = make_services_folder()
    yield parent / "all the data"
    shutil.rmtree(parent, ignore_errors=True)


@pytest.fixture
def platform(data_dir: Path) -> Iterator[Callable[..., PlatformRun]]:
    """Start platforms on ``data_dir``; what still runs at the end is ended."""
    runs: list[PlatformRun] = []

    def start(*kinds: str, ports: tuple[int, int] | None = None) -> PlatformRun:
        runs.append(start_platform(data_dir, *kinds, ports=ports))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            os.kill(run.process.pid, signal.SIGTERM)
            run.process.wait(30)
