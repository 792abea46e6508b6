"""A migrated installation per test: its own database, its settings, the application over ASGI, people who act."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from redis import Redis

from backend.config import Settings, load_settings
from backend.core import tokens
from backend.core.clock import utc_now
from backend.core.tokens import TokenSigner
from backend.main import create_app
from backend.services.storage import ObjectStorage
from tests.factories.event_schemas import check_every_event
from tests.factories.installation import SIGNING_KEY, Installation, environment_of, opened
from tests.factories.people import Person, new_tenant
from tests.factories.rows import Rows
from tests.services.mariadb import MariadbSource, mariadb_server
from tests.services.obstacles import Between, make_between
from tests.services.servers import PostgresServer, RedisAddress, S3Address, TestDatabase
from tests.services.source_database import READER_PASSWORD, SCHEMA, SourceDatabase

BUCKET = "openreg-tests"
REDIS_DATABASE = 3
SignIn = Callable[[Person], httpx.AsyncClient]


@pytest.fixture(scope="module", autouse=True)
def _quick_password_hashes() -> Iterator[None]:
    """A hash costs 4 rounds here; that it costs 12 is the unit tests' to prove."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens, "_passwords", tokens._passwords.copy(bcrypt_sha256__rounds=4))
        yield


@pytest.fixture(scope="session", autouse=True)
def _events_as_promised() -> None:
    """Whatever is announced in any test is held against the schema that partners are given."""
    check_every_event()


@pytest.fixture
def migrated(postgres_server: PostgresServer) -> Iterator[TestDatabase]:
    """A migrated database of this test's own, without rows."""
    database = postgres_server.create_migrated()
    yield database
    postgres_server.drop_database(database.name)


@pytest.fixture(scope="session")
def postgresql(postgres_server: PostgresServer) -> Iterator[SourceDatabase]:
    database = postgres_server.create_database("source")
    reader = f"reader_{database.name[-8:]}"
    source = SourceDatabase(postgres_server.port, database.name, reader, database.superuser_url)
    source.run(SCHEMA)
    quoted = READER_PASSWORD.replace("'", "''")
    source.run(f"CREATE ROLE {reader} LOGIN PASSWORD '{quoted}'")
    source.run(
        f"GRANT CONNECT ON DATABASE {database.name} TO {reader};"
        f"GRANT USAGE ON SCHEMA public, archive TO {reader};"
        f'GRANT SELECT ON trades, cheap_trades, archive."Odd ""Name" TO {reader};'
        f"GRANT EXECUTE ON FUNCTION touch() TO {reader}"
    )
    yield source
    postgres_server.drop_database(database.name)
    with psycopg.connect(postgres_server.superuser_url, autocommit=True) as connection:
        connection.execute(f"DROP ROLE {reader}")


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory, between: Between) -> Iterator[MariadbSource]:
    with mariadb_server(tmp_path_factory.mktemp("mariadb"), between.server_certificate) as source:
        yield source


@pytest.fixture(scope="session")
def between(tmp_path_factory: pytest.TempPathFactory) -> Between:
    return make_between(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def bucket(s3_server: S3Address) -> str:
    """One bucket for all tests: keys begin with the tenant, and no two tests share one."""
    ObjectStorage(
        endpoint=s3_server.endpoint,
        access_key=s3_server.access_key,
        secret_key=s3_server.secret_key,
        region=s3_server.region,
        bucket=BUCKET,
    ).ensure_bucket()
    return BUCKET


@pytest.fixture
def redis_url(redis_server: RedisAddress) -> str:
    """An empty Redis: what one test counted must not delay the next."""
    url = redis_server.database(REDIS_DATABASE)
    with Redis.from_url(url) as redis:
        redis.flushdb()
    return url


@pytest.fixture
def environment(migrated: TestDatabase, redis_url: str, s3_server: S3Address, bucket: str) -> dict[str, str]:
    """The variables of this test's installation."""
    return environment_of(migrated, redis_url=redis_url, s3=s3_server, bucket=bucket)


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    """The settings of this test's installation."""
    return load_settings(environment)


@pytest.fixture
async def installation(settings: Settings) -> AsyncIterator[Installation]:
    """Pools and adapters of this test's installation."""
    async with opened(settings) as installation:
        yield installation


@pytest.fixture
async def owner(installation: Installation) -> Person:
    """The administrator of the tenant the test is about."""
    return await new_tenant(installation.database, "acme")


@pytest.fixture
async def stranger(installation: Installation) -> Person:
    """The administrator of another tenant."""
    return await new_tenant(installation.database, "other")


@pytest.fixture
def rows(installation: Installation, owner: Person) -> Rows:
    """Rows of the owner's tenant."""
    return Rows(installation.database, installation.box, owner)


@pytest.fixture
def strangers_rows(installation: Installation, stranger: Person) -> Rows:
    """Rows of the other tenant."""
    return Rows(installation.database, installation.box, stranger)


@pytest.fixture
def signer() -> TokenSigner:
    """Signs what the application under test reads."""
    return TokenSigner(SIGNING_KEY, "HS256", "openreg", "openreg-api", timedelta(minutes=15))


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The core's application, started."""
    application = create_app(settings)
    async with application.router.lifespan_context(application):
        yield application


@pytest.fixture
async def sign_in(app: FastAPI, signer: TokenSigner) -> AsyncIterator[SignIn]:
    """Clients of the application in the name of a person."""
    clients: list[httpx.AsyncClient] = []

    def client_of(person: Person) -> httpx.AsyncClient:
        token = signer.sign(subject=person.user_id, tenant=person.tenant, session=person.session_id, now=utc_now())
        clients.append(_client(app, {"Authorization": f"Bearer {token}"}))
        return clients[-1]

    yield client_of
    for client in clients:
        await client.aclose()


@pytest.fixture
async def anonymous(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a token."""
    async with _client(app, {}) as client:
        yield client


@pytest.fixture
def api(sign_in: SignIn, owner: Person) -> httpx.AsyncClient:
    """A client of the owner."""
    return sign_in(owner)


def _client(app: FastAPI, headers: dict[str, str]) -> httpx.AsyncClient:
    # A crash must arrive as the answer a user would see.
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://openreg.test", headers=headers)


def async_url(url: str) -> str:
    """The same address with the driver that migrations use."""
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)
