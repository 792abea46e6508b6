"""An installation with the demo's source, made once per module; runs happen in their own processes."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.factories.schema_archive import zip_of
from tests.harness.installation import Installation, SourceAddress, create_demo_source, create_installation
from tests.services.servers import PostgresServer, S3Address
from tests.services.skips import schemas_folder

ROWS = 3_000


@pytest.fixture(scope="module")
def demo_source(postgres_server: PostgresServer) -> SourceAddress:
    return create_demo_source(postgres_server, ROWS)


@pytest.fixture(scope="module")
def installation_env(postgres_server: PostgresServer, s3_server: S3Address) -> Installation:
    """The installation's database and bucket; pools are opened per test, in its own event loop."""

    async def create() -> Installation:
        made = await create_installation(postgres_server, s3_server, RUN_ROWS_PER_GROUP="500", RUN_LEASE_SECONDS="3")
        await made.close()
        return made

    return asyncio.run(create())


@pytest.fixture
async def installation(installation_env: Installation, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Installation]:
    for name, value in installation_env.env.items():
        monkeypatch.setenv(name, value)
    opened = Installation(installation_env.env, installation_env.tenant, installation_env.scope.user_id)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def schema_archive() -> bytes | None:
    """The official XSDs as a regulator's zip, or None on a machine without them."""
    folder = schemas_folder()
    return zip_of(folder / "mifir") if folder else None
