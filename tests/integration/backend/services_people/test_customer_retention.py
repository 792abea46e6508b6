"""What customers leave behind goes when nobody needs it; sums, and whoever has proven an address, stay."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from backend.core.clock import utc_now
from backend.core.ids import new_id
from backend.persistence.models.customer import Customer, CustomerLink, CustomerLinkKind, CustomerUser
from backend.persistence.models.customer_usage import CustomerRequest, CustomerUsageDay, CustomerUsageMonth
from backend.persistence.models.entity import Entity
from backend.persistence.repositories.customer_usage import CallRecord, CustomerUsageRepository
from backend.services import customer_retention
from backend.services.customer_retention import CALLS_KEPT, UNPROVEN_KEPT, CustomerRetention
from tests.factories.customer_rows import CustomerRows
from tests.factories.installation import Installation
from tests.factories.people import Person

NOW = utc_now()
MOMENT = timedelta(seconds=1)


def retention_of(installation: Installation) -> CustomerRetention:
    return CustomerRetention(installation.database, installation.system, lambda: NOW)


async def count(installation: Installation, owner: Person, kind: type[Entity]) -> int:
    async with installation.database.reading(owner.tenant) as session:
        return await session.scalar(select(func.count()).select_from(kind)) or 0


async def test_calls_go_after_thirteen_months_in_batches_and_their_sums_stay(
    installation: Installation, owner: Person
) -> None:
    customers = CustomerRows(installation.database, owner.tenant)
    customer = await customers.customer()
    key, _ = await customers.key(customer)
    ages = [CALLS_KEPT + MOMENT] * 7 + [CALLS_KEPT - MOMENT] * 2
    calls = [CallRecord(new_id(), customer.id, key.id, NOW - age, "GET", "/x", 200, 1, True, None, "r") for age in ages]
    async with installation.database.transaction(owner.tenant) as session:
        await CustomerUsageRepository(session, owner.tenant).record(calls)
    sums = [await count(installation, owner, kind) for kind in (CustomerUsageDay, CustomerUsageMonth)]
    assert await retention_of(installation).purge() == 7
    assert await count(installation, owner, CustomerRequest) == 2
    assert [await count(installation, owner, kind) for kind in (CustomerUsageDay, CustomerUsageMonth)] == sums
    assert await retention_of(installation).purge() == 0


async def test_more_than_a_batch_goes_in_one_go(installation: Installation, owner: Person) -> None:
    customers = CustomerRows(installation.database, owner.tenant)
    customer = await customers.customer()
    key, _ = await customers.key(customer)
    at, number = NOW - CALLS_KEPT - MOMENT, 2 * customer_retention.BATCH + 1
    calls = [CallRecord(new_id(), customer.id, key.id, at, "GET", "/x", 200, 1, True, None, "r") for _ in range(number)]
    async with installation.database.transaction(owner.tenant) as session:
        await CustomerUsageRepository(session, owner.tenant).record(calls)
    assert await retention_of(installation).purge() == number


async def test_only_sign_ups_that_nobody_has_proven_go(installation: Installation, owner: Person) -> None:
    customers = CustomerRows(installation.database, owner.tenant)
    old, fresh = {"updated_at": NOW - UNPROVEN_KEPT - MOMENT}, {"updated_at": NOW - UNPROVEN_KEPT + MOMENT}
    names = ("forgotten", "proven", "signed up again", "colleague proven", "has a key")
    made = {name: await customers.customer(name=name) for name in names}
    forgotten = await customers.user(made["forgotten"], email_verified_at=None, **old)
    await customers.user(made["proven"], **old)
    await customers.user(made["signed up again"], email_verified_at=None, **fresh)
    await customers.user(made["colleague proven"], email_verified_at=None, **old)
    await customers.user(made["colleague proven"], **old)
    await customers.user(made["has a key"], email_verified_at=None, **old)
    await customers.key(made["has a key"])
    async with installation.database.transaction(owner.tenant) as session:
        session.add(
            CustomerLink(
                id=new_id(),
                tenant_id=owner.tenant,
                kind=CustomerLinkKind.VERIFICATION,
                customer_id=forgotten.customer_id,
                user_id=forgotten.id,
                email=forgotten.email,
                token_hash="0" * 64,
                created_at=NOW,
                expires_at=NOW,
            )
        )
    assert await retention_of(installation).purge() == 1
    async with installation.database.reading(owner.tenant) as session:
        left = set(await session.scalars(select(Customer.name)))
        people = set(await session.scalars(select(CustomerUser.id)))
    assert left == set(names) - {"forgotten"}
    assert forgotten.id not in people
