"""An installation with something in every table and in its bucket, and empty ones to restore into."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import tuple_row
from pydantic import SecretStr

from backend.core.clock import utc_now
from backend.core.crypto import SecretBox
from backend.persistence.owner import OwnerDatabase
from backend.services.backup.manifest import Manifest
from backend.services.backup.progress import NoProgress, Progress
from backend.services.backup.restoring import RestoreService
from backend.services.backup.writing import BackupService
from backend.services.storage import ObjectStorage
from tests.factories.installation import ENCRYPTION_KEY
from tests.factories.rows import Rows
from tests.factories.whole_tenant import fill
from tests.integration.conftest import async_url
from tests.services.servers import PostgresServer, S3Address, TestDatabase

#: Something, nothing, and a name that needs quoting.
OBJECTS = {"tenants/a/input.parquet": bytes(range(256)), "empty": b"", "tenants/b/ä + %.xml": b"<Document/>"}


@dataclass(frozen=True)
class Store:
    """Database and bucket of one installation, in the hands of an operator."""

    database: TestDatabase
    storage: ObjectStorage

    @property
    def owner(self) -> OwnerDatabase:
        return OwnerDatabase(async_url(self.database.owner_url), name="test")

    async def back_up(self, target: Path, *keys: str, progress: Progress | None = None) -> Manifest:
        box = SecretBox(keys or [ENCRYPTION_KEY])
        service = BackupService(self.owner, self.storage, box, utc_now, "1.0")
        return await service.write(target, progress or NoProgress())

    async def restore(self, source: Path, *keys: str) -> Manifest:
        url = SecretStr(async_url(self.database.owner_url))
        service = RestoreService(self.owner, url, self.storage, SecretBox(keys or [ENCRYPTION_KEY]))
        return await service.restore(source, NoProgress())

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """As the superuser, whom no policy holds."""
        with psycopg.connect(self.database.superuser_url, autocommit=True, row_factory=tuple_row) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def tables(self) -> list[str]:
        found = self.ask(
            "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') "
            "and relname <> 'alembic_version' order by 1"
        )
        return [name for (name,) in found]

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table, as text and in order."""
        return {
            table: self.ask(sql.SQL("select t::text from {} t order by 1").format(sql.Identifier(table)).as_string())
            for table in self.tables()
        }

    def objects(self) -> dict[str, bytes]:
        return {found.key: self.storage.read(found.key) for found in self.storage.list()}


@pytest.fixture
def new_storage(s3_server: S3Address) -> Callable[[], ObjectStorage]:
    """Buckets that do not exist yet."""
    return lambda: ObjectStorage(
        endpoint=s3_server.endpoint,
        access_key=s3_server.access_key,
        secret_key=s3_server.secret_key,
        region=s3_server.region,
        bucket=f"backup-{uuid4().hex[:12]}",
    )


@pytest.fixture
async def source(
    migrated: TestDatabase, rows: Rows, strangers_rows: Rows, new_storage: Callable[[], ObjectStorage]
) -> Store:
    """Two tenants with a row in every table, and a few objects."""
    for tenant in (rows, strangers_rows):
        await fill(tenant)
    storage = new_storage()
    storage.ensure_bucket()
    for key, content in OBJECTS.items():
        storage.put(key, content)
    return Store(migrated, storage)


@pytest.fixture
def target(postgres_server: PostgresServer, new_storage: Callable[[], ObjectStorage]) -> Iterator[Store]:
    """A database that was never migrated, and no bucket."""
    database = postgres_server.create_database("restored")
    yield Store(database, new_storage())
    postgres_server.drop_database(database.name)
