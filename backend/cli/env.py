"""``openreg env``: writes the ``.env`` of a new installation with Docker Compose, every secret made at random.

Only the standard library: ``make env`` runs this file before anything is installed.
"""

from __future__ import annotations

import base64
import os
import secrets
import sys
from pathlib import Path

_HEADER = """\
# The settings of this installation, written by `make env` for docker-compose.yml. Keep a copy of this file apart from
# the backups: without ENCRYPTION_KEY stored credentials cannot be read. Every other setting: .env.example.
"""
#: As in docker-compose.yml: the address of the backend on the network of the web servers.
BACKEND_ADDRESS = "198.51.100.10"


def env(path: Path = Path(".env")) -> None:
    """Write a .env with random secrets for docker-compose.yml; a file that exists is left as it is."""
    try:
        # Made readable for its owner only: between a write and a change of mode others could read it.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        sys.stdout.write(f"{path} exists and stays as it is: its secrets open the data of this installation.\n")
        return
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(made_environment())
    sys.stdout.write(f"{path} has been written, with new secrets. Next: docker compose up --build --wait\n")


def made_environment() -> str:
    """The content of a new file; hexadecimal secrets need no quoting, in no URL and no shell."""
    superuser, owner, application, system, demo, redis, s3 = (secrets.token_hex(24) for _ in range(7))
    parts = {
        "Production: weak or missing secrets stop the start.": {"ENVIRONMENT": "production"},
        "The address people use. With a proxy in front that ends TLS: its https:// address.": {
            "PUBLIC_URL": "http://127.0.0.1:3000"
        },
        "The first administrator. Sign in, change the password, and remove the second line.": {
            "OPENREG_ADMIN_EMAIL": "admin@openreg.localhost",
            "OPENREG_ADMIN_PASSWORD": secrets.token_urlsafe(15),
        },
        "Signs sessions; encrypts stored credentials.": {
            "SECRET_KEY": secrets.token_hex(32),
            "ENCRYPTION_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        },
        "PostgreSQL: its superuser makes the three roles on the first start, and only the migrate service gets it.": {
            "POSTGRES_PASSWORD": superuser,
            "DATABASE_OWNER_URL": _database_url("openreg_owner", owner),
            "DATABASE_URL": _database_url("openreg_app", application),
            "DATABASE_SYSTEM_URL": _database_url("openreg_system", system),
        },
        "Redis.": {"REDIS_PASSWORD": redis, "REDIS_URL": f"redis://:{redis}@redis:6379/0"},
        "The S3 store; the two keys are also the sign-in of its console.": {
            "MINIO_ENDPOINT": "minio:9000",
            "MINIO_ACCESS_KEY": secrets.token_hex(10),
            "MINIO_SECRET_KEY": s3,
        },
        "Prometheus shows the token to both APIs, and to each worker at this port, inside the network.": {
            "METRICS_TOKEN": secrets.token_hex(24),
            "METRICS_PORT": "9464",
        },
        "For `openreg demo`: a role that may make databases of its own, and the one address at which the demo's\n"
        "# partners listen. Remove both lines where nobody shall run it.": {
            "OPENREG_DEMO_SOURCE_URL": _database_url("openreg_demo", demo, "postgres"),
            "EGRESS_ALLOWED_NETWORKS": f"{BACKEND_ADDRESS}/32",
        },
    }
    lines = [_HEADER]
    for comment, values in parts.items():
        lines += [f"# {comment}", *(f"{name}={value}" for name, value in values.items()), ""]
    return "\n".join(lines)


def _database_url(role: str, password: str, name: str = "openreg") -> str:
    return f"postgresql://{role}:{password}@postgres:5432/{name}"


if __name__ == "__main__":
    env(*map(Path, sys.argv[1:2]))
