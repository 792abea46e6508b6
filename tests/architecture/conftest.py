"""Both applications, made once."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from fastapi import FastAPI

from backend.cli.openapi import applications


@pytest.fixture(scope="session")
def apps() -> Mapping[str, FastAPI]:
    """By package name; made with settings that lead nowhere."""
    return applications()
