"""Fixtures every test may use: real servers, started once per test process and only when asked for."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_socket import disable_socket, enable_socket

from tests.harness.browser import missing_means
from tests.services.folder import make_memory_folder, make_services_folder
from tests.services.servers import (
    PostgresServer,
    RedisAddress,
    S3Address,
    TestDatabase,
    new_postgresql,
    new_redis,
    new_s3,
    s3_address,
)
from tests.services.skips import SkipBook, schemas_folder

#: What takes minutes begins first, so that no worker is left with it when the others are done. Then by folder: files
#: of the last ones take a moment, and even out what is left.
LONGEST_FILES = ("runs/test_kill.py", "browser/test_every_screen.py", "e2e/test_demo_full.py", "e2e/test_demo.py")
LONGEST_FOLDERS = ("e2e", "browser", "integration", "contract", "architecture", "unit")
WITHOUT_SOCKETS = (Path(__file__).parent / "unit", Path(__file__).parent / "architecture")


def is_without_sockets(path: Path) -> bool:
    """Whether the tests of this file may open no connection."""
    return any(folder in path.parents for folder in WITHOUT_SOCKETS)


def pytest_configure(config: pytest.Config) -> None:
    """Count skips: a test that quietly never runs is worse than one that fails."""
    config.pluginmanager.register(SkipBook(), "openreg-skips")


def pytest_collection() -> None:
    """Collecting makes some 100,000 objects that all stay: nothing to look through again and again."""
    gc.disable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first; the order within a file stays."""
    items.sort(key=lambda item: how_soon(item.path.relative_to(Path(__file__).parent).as_posix()))


def how_soon(path: str) -> int:
    """The place of a test file, by its path below ``tests``; the lowest begins first."""
    for place, name in enumerate(LONGEST_FILES):
        if path.endswith(name):
            return place
    folder = path.partition("/")[0]
    known = LONGEST_FOLDERS.index(folder) if folder in LONGEST_FOLDERS else len(LONGEST_FOLDERS)
    return len(LONGEST_FILES) + known


def pytest_collection_finish() -> None:
    """From here on, only what tests make is looked through: a quarter less time for the unit tests."""
    gc.collect()
    gc.freeze()
    # Services look for garbage less often; here what a test leaves open has to be found before other tests run.
    gc.set_threshold(700, 10, 10)
    gc.enable()


@pytest.fixture(scope="module", autouse=True)
def _left_open(request: pytest.FixtureRequest) -> Iterator[None]:
    """What the tests of a file leave open is told of them, not of whoever runs when it is found by chance."""
    yield
    if not is_without_sockets(request.path):  # elsewhere nothing can be left open
        gc.collect()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests against the official XSDs and those in a browser are the only ones a machine may lack the means for."""
    if item.get_closest_marker("schemas") and schemas_folder() is None:
        pytest.skip("the official XSDs are not on this machine")
    if item.get_closest_marker("browser") and (missing := missing_means()):
        if os.environ.get("OPENREG_REQUIRE_BROWSER"):
            pytest.fail(missing)
        pytest.skip(missing)


@pytest.fixture(scope="session")
def official_schemas() -> Path:
    """The folder of the regulators' XSDs; for tests marked ``schemas``."""
    folder = schemas_folder()
    assert folder is not None
    return folder


@pytest.fixture(autouse=True)
def _no_sockets_in_unit_tests(request: pytest.FixtureRequest) -> Iterator[None]:
    """A unit test that opens a socket tests more than a unit; event loops may keep their socket pairs."""
    if not is_without_sockets(request.path):
        yield
        return
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()


@pytest.fixture(scope="session")
def services_folder() -> Iterator[Path]:
    """Where the servers of this test process keep their data."""
    folder = make_services_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def memory_folder() -> Iterator[Path | None]:
    """Where databases are kept if this machine has memory for them."""
    folder = make_memory_folder()
    yield folder
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server(services_folder: Path, memory_folder: Path | None) -> Iterator[PostgresServer]:
    """PostgreSQL 18; make a database of your own with ``create_database()``."""
    server = new_postgresql(services_folder, memory_folder)
    server.start()
    yield PostgresServer(server)
    server.stop()


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[TestDatabase]:
    """An empty database with the three roles, removed after the test."""
    database = postgres_server.create_database()
    yield database
    postgres_server.drop_database(database.name)


@pytest.fixture(scope="session")
def redis_server(services_folder: Path) -> Iterator[RedisAddress]:
    """Redis 6.2 with a password."""
    server = new_redis(services_folder)
    server.start()
    yield RedisAddress(server.url)
    server.stop()


@pytest.fixture(scope="session")
def s3_server(services_folder: Path) -> Iterator[S3Address]:
    """S3 with signed requests; buckets are made by the test."""
    server = new_s3(services_folder)
    server.start()
    yield s3_address(server)
    server.stop()
