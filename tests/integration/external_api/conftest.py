"""The external API, started, with a customer of the owner's tenant."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from fastapi import FastAPI

from backend.config import Settings
from backend.persistence.models.tenant import Tenant
from tests.factories.customer_rows import CustomerRows
from tests.factories.installation import Installation
from tests.factories.people import Person
from tests.integration.external_api.billing import Till, billed, till_of
from tests.integration.external_api.serving import client_of, started, unhurried_client_of
from tests.services.stripe_counterpart.process import Counterpart, counterpart


@pytest.fixture
async def external(settings: Settings) -> AsyncIterator[FastAPI]:
    """The external API."""
    async with started(settings) as application:
        yield application


@pytest.fixture
async def reader(external: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key."""
    async with client_of(external) as client:
        yield client


@pytest.fixture
async def unhurried(external: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key that no rate stops."""
    async with unhurried_client_of(external) as client:
        yield client


@pytest.fixture
def customers(installation: Installation, owner: Person) -> CustomerRows:
    """Customers of the owner's tenant."""
    return CustomerRows(installation.database, owner.tenant)


@pytest.fixture(scope="module")
def stripe() -> Iterator[Counterpart]:
    """Stripe's stand-in."""
    with counterpart() as running:
        yield running


@pytest.fixture
async def till(
    environment: dict[str, str],
    stripe: Counterpart,
    installation: Installation,
    owner: Person,
    customers: CustomerRows,
) -> AsyncIterator[Till]:
    """A customer that can pay."""
    async with installation.database.transaction(owner.tenant) as session:
        publisher = await session.get(Tenant, owner.tenant)
    assert publisher is not None
    async with till_of(billed(environment, stripe, publisher.slug), stripe, customers) as made:
        yield made
