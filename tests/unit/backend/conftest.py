"""What unit tests of the backend share."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest
import structlog


@pytest.fixture
def log_lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], list[str]]]:
    """What was written since the last call; the process' logging is put back afterwards. Configure it in the test.

    Read from where the lines end up: a logger keeps the configuration of its first use, so what structlog itself
    would capture depends on which test of the process came first.
    """
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def written() -> list[str]:
        return capsys.readouterr().out.splitlines()

    yield written
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
