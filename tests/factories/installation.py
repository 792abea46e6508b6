"""The environment of one test installation, and the pools and adapters that stand on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from backend.config import Settings
from backend.core.crypto import SecretBox
from backend.persistence.session import Database, SystemDatabase
from backend.services.adapters import Adapters, create_adapters
from tests.services.servers import S3Address, TestDatabase

#: Fernet keys for tests only.
ENCRYPTION_KEY = "J8yLvv1UyUyMU8InnKTYrQ2ATK-SEWDGlv60Qxmialc="
OTHER_ENCRYPTION_KEY = "71efq1acz88RT40yybocbgW9pxpNnK1vgYiL_2mSxkA="
SIGNING_KEY = "Kq8vT2nX5bY7cW0zR4mL9pJ3hG6fD1sA"


@dataclass(frozen=True, slots=True)
class Installation:
    """Settings and open pools; close them by leaving ``opened``."""

    settings: Settings
    database: Database
    system: SystemDatabase
    adapters: Adapters

    @property
    def box(self) -> SecretBox:
        return self.adapters.box


@asynccontextmanager
async def opened(settings: Settings, *, pool_size: int = 5) -> AsyncIterator[Installation]:
    """Pools of the application and the system role for the length of the block."""
    database = Database(settings.database.url.get_secret_value(), pool_size=pool_size, name="openreg-tests")
    system = SystemDatabase(settings.database.system_url.get_secret_value(), name="openreg-tests")
    try:
        yield Installation(settings, database, system, create_adapters(settings))
    finally:
        await database.dispose()
        await system.dispose()


def environment_of(
    database: TestDatabase, *, redis_url: str, s3: S3Address, bucket: str, changes: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The variables a process of this installation is started with."""
    return {
        "ENVIRONMENT": "test",
        "DATABASE_URL": database.app_url,
        "DATABASE_SYSTEM_URL": database.system_url,
        "DATABASE_OWNER_URL": database.owner_url,
        "REDIS_URL": redis_url,
        "MINIO_ENDPOINT": s3.endpoint,
        "MINIO_ACCESS_KEY": s3.access_key,
        "MINIO_SECRET_KEY": s3.secret_key,
        "MINIO_REGION": s3.region,
        "ARTIFACT_BUCKET": bucket,
        "SECRET_KEY": SIGNING_KEY,
        "ENCRYPTION_KEY": ENCRYPTION_KEY,
        "EGRESS_ALLOWED_NETWORKS": "127.0.0.1/32",
        "LOG_LEVEL": "WARNING",
        # Tests call faster than people; those that are about limits set their own.
        "RATE_LIMIT_PER_MINUTE": "1000000",
        "RATE_LIMIT_BURST": "100000",
        "RATE_LIMIT_PUBLIC_PER_MINUTE": "1000000",
        **(changes or {}),
    }
