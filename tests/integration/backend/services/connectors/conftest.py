"""A source database, and ways to put something between it and us."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.services.obstacles import Between, make_between
from tests.services.servers import PostgresServer
from tests.services.source_database import READER_PASSWORD, SCHEMA, SourceDatabase


@pytest.fixture(scope="module")
def source(postgres_server: PostgresServer) -> Iterator[SourceDatabase]:
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
def between(tmp_path_factory: pytest.TempPathFactory) -> Between:
    return make_between(tmp_path_factory.mktemp("tls"))
