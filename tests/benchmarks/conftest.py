"""Benchmarks of the API stand on the same installation as its tests."""

from tests.integration.conftest import *  # noqa: F403 - pytest finds fixtures by the names of a conftest
