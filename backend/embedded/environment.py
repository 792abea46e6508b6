"""The environment each process of the embedded platform is started with: settings travel no other way."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from backend.embedded.folder import DATA_DIR_VARIABLE, DataFolder
from backend.embedded.plan import API_PORT, EXTERNAL_API_PORT
from backend.embedded.ports import LOOPBACK
from backend.embedded.secrets import InstallationSecrets
from backend.embedded.services.s3 import REGION
from backend.embedded.watchdog import MARK_VARIABLE
from backend.persistence.roles import APPLICATION_ROLE, OWNER_ROLE, SYSTEM_ROLE

DATABASE_NAME = "openreg"
ADMIN_PASSWORD_VARIABLE = "OPENREG_ADMIN_PASSWORD"  # noqa: S105 - the name of a variable
AUTHOR_PASSWORD_VARIABLE = "OPENREG_AUTHOR_PASSWORD"  # noqa: S105 - the name of a variable
APPROVER_PASSWORD_VARIABLE = "OPENREG_APPROVER_PASSWORD"  # noqa: S105 - the name of a variable
# Loopback is refused to everything users configure; on one machine the demo's own targets live there.
_ALLOWED_NETWORKS = "127.0.0.1/32,::1/128"
_FOREIGN_PREFIXES = ("PG", "MINIO_", "RCLONE_", "CELERY_")


@dataclass(frozen=True, slots=True)
class ServiceAddresses:
    """Where the three servers listen: ports on loopback."""

    postgresql_port: int
    redis_url: str
    s3_endpoint: str


def application_environment(
    folder: DataFolder,
    known: InstallationSecrets,
    services: ServiceAddresses,
    outside: Mapping[str, str] | None = None,
    *,
    api_port: int = API_PORT,
    external_api_port: int = EXTERNAL_API_PORT,
) -> dict[str, str]:
    """What backend, external_api and workers get; ``outside`` (default: our own environment) fills the rest."""
    inherited = {
        name: value
        for name, value in (os.environ if outside is None else outside).items()
        if not name.startswith(_FOREIGN_PREFIXES)
    }
    ours = {
        "ENVIRONMENT": "development",
        "DATABASE_URL": database_url(services, APPLICATION_ROLE, known),
        "DATABASE_SYSTEM_URL": database_url(services, SYSTEM_ROLE, known),
        "REDIS_URL": services.redis_url,
        "MINIO_ENDPOINT": services.s3_endpoint,
        "MINIO_ACCESS_KEY": known.s3_access_key,
        "MINIO_SECRET_KEY": known.s3_secret_key,
        "MINIO_SECURE": "false",
        "MINIO_REGION": REGION,
        "SECRET_KEY": known.secret_key,
        "ENCRYPTION_KEY": known.encryption_key,
        "EGRESS_ALLOWED_NETWORKS": _ALLOWED_NETWORKS,
        DATA_DIR_VARIABLE: str(folder.path),
        "OPENREG_SCRATCH_DIR": str(folder.scratch),
        MARK_VARIABLE: known.installation_id,
        "PYTHONUNBUFFERED": "1",  # a log line must reach the screen when it is written
    }
    # The owner's address is for migrations only; and without cached bytecode five processes would each compile
    # some five hundred modules on every start.
    for name in ("DATABASE_OWNER_URL", "PYTHONDONTWRITEBYTECODE"):
        inherited.pop(name, None)
    defaults = {
        "LOG_LEVEL": "INFO",
        "PUBLIC_URL": f"http://{LOOPBACK}:{api_port}",
        "PORTAL_URL": f"http://{LOOPBACK}:{external_api_port}",
        "MAIL_OUTBOX_DIR": str(folder.mail_outbox),
    }
    return {**defaults, **inherited, **ours}


def migration_environment(
    application: Mapping[str, str], services: ServiceAddresses, known: InstallationSecrets
) -> dict[str, str]:
    """What `openreg migrate` gets: the only process that may sign in as the owner."""
    return {**application, "DATABASE_OWNER_URL": database_url(services, OWNER_ROLE, known)}


def seed_environment(application: Mapping[str, str], known: InstallationSecrets) -> dict[str, str]:
    """What `openreg seed` gets: the first passwords are ours, so that a seed cut short can be repeated."""
    return {
        **application,
        ADMIN_PASSWORD_VARIABLE: known.administrator_password,
        AUTHOR_PASSWORD_VARIABLE: known.author_password,
        APPROVER_PASSWORD_VARIABLE: known.approver_password,
    }


def names_an_installation(outside: Mapping[str, str] | None = None) -> bool:
    """Whether the environment says which installation is meant; otherwise it is the embedded one."""
    environ = os.environ if outside is None else outside
    return bool(environ.get("DATABASE_URL") or environ.get("DATABASE_URL_FILE"))


def database_url(services: ServiceAddresses, role: str, known: InstallationSecrets) -> str:
    """``postgresql://`` address of the installation's database for one role."""
    password = quote(known.roles.by_role()[role], safe="")
    return f"postgresql://{role}:{password}@{LOOPBACK}:{services.postgresql_port}/{DATABASE_NAME}"
