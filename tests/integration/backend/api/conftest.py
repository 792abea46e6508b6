"""A source database that connectors of these tests can reach."""

from collections.abc import Iterator
from typing import Any

import pytest

from backend.persistence.models.connector import Connector
from tests.factories.rows import Rows
from tests.factories.source import SourceOfTrades, source_of_trades
from tests.services.servers import PostgresServer


@pytest.fixture(scope="session")
def source(postgres_server: PostgresServer) -> Iterator[SourceOfTrades]:
    """Three trades."""
    with source_of_trades(postgres_server) as source:
        yield source


@pytest.fixture
async def connector(rows: Rows, source: SourceOfTrades) -> Connector:
    """A connector of the owner to the source."""
    return await rows.connector(source.settings, credentials=rows.box.seal(source.credentials))


@pytest.fixture
def creation(source: SourceOfTrades) -> dict[str, Any]:
    """The body that creates a connector to the source."""
    return {"name": "trades", "kind": "postgresql", "settings": source.settings, "credentials": source.credentials}
