"""The application as it is described, without a start: nothing is contacted."""

import logging

import pytest
from fastapi import FastAPI

from backend.config import Settings, load_settings
from backend.main import create_app
from tests.factories.installation import environment_of
from tests.services.servers import S3Address, TestDatabase


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Addresses where nothing listens."""
    nowhere = "postgresql://app:pw@127.0.0.1:9/openreg"
    database = TestDatabase("openreg", nowhere, nowhere, nowhere, nowhere)
    s3 = S3Address("127.0.0.1:9", "access", "secret-of-s3", "us-east-1")
    changes = {"CORS_ORIGINS": "https://app.example"}
    return load_settings(
        environment_of(database, redis_url="redis://127.0.0.1:9/0", s3=s3, bucket="openreg", changes=changes)
    )


@pytest.fixture(scope="session")
def app(settings: Settings) -> FastAPI:
    """The core's application, described once; the process' own logging is put back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    app = create_app(settings)
    root.handlers[:] = handlers
    root.setLevel(level)
    return app
