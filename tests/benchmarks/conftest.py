"""Benchmarks of the API stand on the same installation as its tests."""

import pytest

from tests.integration.conftest import *  # noqa: F403 - pytest finds fixtures by the names of a conftest


@pytest.fixture(scope="session")
def memory_folder() -> None:
    """What is measured lies on a disk, as it does in earnest."""
