"""The catalogue of a database, read as its superuser."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import tuple_row

from tests.factories.catalogue import Ask
from tests.services.servers import TestDatabase


@pytest.fixture
def ask(migrated: TestDatabase) -> Iterator[Ask]:
    """Ask the migrated database as its superuser, whom no policy holds."""
    with psycopg.connect(migrated.superuser_url, autocommit=True, row_factory=tuple_row) as connection:
        yield lambda query, *values: connection.execute(query, values).fetchall()


@pytest.fixture
def tables(ask: Ask) -> list[str]:
    """Every table of ours."""
    found = ask(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') "
        "and relname <> 'alembic_version' order by 1"
    )
    return [name for (name,) in found]
