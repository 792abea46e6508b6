"""Processes get their settings from the platform and nothing that could lead them elsewhere."""

from pathlib import Path

import pytest

from backend.config import load_settings
from backend.embedded.environment import (
    ServiceAddresses,
    application_environment,
    migration_environment,
    seed_environment,
)
from backend.embedded.folder import DataFolder
from backend.embedded.secrets import InstallationSecrets

SERVICES = ServiceAddresses(postgresql_port=5555, redis_url="redis://:p@127.0.0.1:6666/0", s3_endpoint="127.0.0.1:9999")
OUTSIDE = {
    "PATH": "/usr/bin",
    "LOG_LEVEL": "DEBUG",
    "DATABASE_URL": "postgresql://elsewhere/production",
    "DATABASE_OWNER_URL": "postgresql://owner@elsewhere/production",
    "PGHOST": "elsewhere",
    "PGPASSWORD": "elsewhere",
    "MINIO_ROOT_USER": "elsewhere",
    "SECRET_KEY": "elsewhere",
    "PYTHONDONTWRITEBYTECODE": "1",
}


@pytest.fixture
def known() -> InstallationSecrets:
    return InstallationSecrets.generate()


def test_the_settings_of_the_core_accept_it(known: InstallationSecrets):
    settings = load_settings(application_environment(DataFolder(Path("/data")), known, SERVICES, {}))
    assert settings.runtime.environment == "development"
    assert settings.storage.endpoint == "127.0.0.1:9999"
    assert settings.security.secret_key.get_secret_value() == known.secret_key
    assert {str(network) for network in settings.security.egress_allowed_networks} == {"127.0.0.1/32", "::1/128"}
    assert settings.database.owner_url is None


def test_nothing_from_outside_leads_elsewhere(known: InstallationSecrets):
    made = application_environment(DataFolder(Path("/data")), known, SERVICES, OUTSIDE)
    assert "elsewhere" not in " ".join(made.values())
    assert made["PATH"] == "/usr/bin"
    assert "PYTHONDONTWRITEBYTECODE" not in made  # it would make every start compile everything again
    assert made["LOG_LEVEL"] == "DEBUG"
    assert made["DATABASE_URL"].startswith("postgresql://openreg_app:")
    assert made["DATABASE_SYSTEM_URL"].startswith("postgresql://openreg_system:")


def test_only_the_migration_signs_in_as_the_owner_and_only_the_seed_learns_the_first_password(
    known: InstallationSecrets,
):
    application = application_environment(DataFolder(Path("/data")), known, SERVICES, OUTSIDE)
    migration = migration_environment(application, SERVICES, known)
    seed = seed_environment(application, known)
    assert (
        migration["DATABASE_OWNER_URL"] == f"postgresql://openreg_owner:{known.postgresql_owner}@127.0.0.1:5555/openreg"
    )
    for environment in (application, seed):
        assert "DATABASE_OWNER_URL" not in environment
        assert known.postgresql_owner not in " ".join(environment.values())
        assert known.postgresql_superuser not in " ".join(environment.values())
    assert seed["OPENREG_ADMIN_PASSWORD"] == known.administrator_password
    assert (seed["OPENREG_AUTHOR_PASSWORD"], seed["OPENREG_APPROVER_PASSWORD"]) == (
        known.author_password,
        known.approver_password,
    )
    for password in (known.administrator_password, known.author_password, known.approver_password):
        assert password not in " ".join(application.values())
