"""``.env.example`` names every setting with its default and its meaning, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from backend.cli.reference import environment_example
from backend.config import PARTS
from tests.architecture.rules.source import ROOT

_ASSIGNMENT = re.compile(r"^([A-Z][A-Z0-9_]*)=(.*)$")
#: Name → default of the integration contract; an empty default is one that must be given, or may be left out.
CONTRACT = {
    "ENVIRONMENT": "development",
    "DATABASE_URL": "",
    "DATABASE_SYSTEM_URL": "",
    "DATABASE_OWNER_URL": "",
    "REDIS_URL": "",
    "MINIO_ENDPOINT": "",
    "MINIO_ACCESS_KEY": "",
    "MINIO_SECRET_KEY": "",
    "MINIO_SECURE": "false",
    "MINIO_REGION": "us-east-1",
    "ARTIFACT_BUCKET": "openreg-artifacts",
    "SECRET_KEY": "",
    "ENCRYPTION_KEY": "",
    "JWT_ALGORITHM": "HS256",
    "JWT_ISSUER": "openreg",
    "JWT_AUDIENCE": "openreg-api",
    "ACCESS_TOKEN_EXPIRE_MINUTES": "15",
    "REFRESH_TOKEN_EXPIRE_DAYS": "7",
    "STRIPE_SECRET_KEY": "",
    "STRIPE_PUBLISHABLE_KEY": "",
    "STRIPE_WEBHOOK_SECRET": "",
    "STRIPE_PRICE_ID": "",
    "CORS_ORIGINS": "",
    "VITE_API_URL": "",
    "LOG_LEVEL": "INFO",
}
REQUIRED = {name for name in CONTRACT if name.startswith(("MINIO_A", "MINIO_E", "MINIO_SECRET"))} | {
    "DATABASE_URL",
    "DATABASE_SYSTEM_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "ENCRYPTION_KEY",
}


def assignments(text: str) -> Iterator[tuple[str, str, str]]:
    """Name, value and the comment line above."""
    lines = text.splitlines()
    for above, line in zip(["", *lines], lines, strict=False):
        if match := _ASSIGNMENT.match(line):
            yield match[1], match[2], above


def test_the_example_follows_the_settings() -> None:
    """A setting that is missing here is found by its error message, in production."""
    written = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert written == environment_example(), "run: openreg reference"


def test_every_setting_is_there_once_with_a_comment() -> None:
    found = list(assignments(environment_example()))
    assert sorted(name for name, _, _ in found) == sorted(
        str(field.alias) for settings in PARTS for field in settings.model_fields.values()
    )
    assert all(len(comment.removeprefix("# ").split()) >= 3 for _, _, comment in found)


@pytest.mark.parametrize("name", CONTRACT)
def test_names_and_defaults_are_those_of_the_integration_contract(name: str) -> None:
    """Deployments are written against these names; another default changes them without a word."""
    fields = {field.alias: field for settings in PARTS for field in settings.model_fields.values()}
    assert {key: value for key, value, _ in assignments(environment_example())}[name] == CONTRACT[name]
    assert fields[name].is_required() is (name in REQUIRED)


def test_a_setting_without_comment_or_line_would_be_seen() -> None:
    assert list(assignments("# Why it is there.\nA=1\nB=\n")) == [("A", "1", "# Why it is there."), ("B", "", "A=1")]
