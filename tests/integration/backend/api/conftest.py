"""A source database that connectors of these tests can reach, and the application behind a real server."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from backend.core.clock import utc_now
from backend.core.tokens import TokenSigner
from backend.persistence.models.connector import Connector
from tests.factories.live import served
from tests.factories.people import Person
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


@pytest.fixture
async def live(app: FastAPI, owner: Person, signer: TokenSigner) -> AsyncIterator[httpx.AsyncClient]:
    """The owner's client of the application behind a real server."""
    token = signer.sign(subject=owner.user_id, tenant=owner.tenant, session=owner.session_id, now=utc_now())
    async with (
        served(app) as address,
        httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=20) as client,
    ):
        yield client
