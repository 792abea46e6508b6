"""A customer of a publisher whose Stripe is the counterpart: signed in, with plans that cost something."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI

from backend.config import Settings, load_settings
from backend.core.clock import Clock
from backend.core.ids import TenantId
from backend.persistence.models.billing import StripeEvent, Subscription
from backend.persistence.models.customer import Customer, CustomerUser, Plan
from backend.persistence.repositories.billing import BillingRepository
from backend.persistence.session import Database
from backend.services.billing_reconciliation import EVENTS_EVERY
from backend.services.billing_work import BillingWork
from backend.services.mail import PublicLinks
from backend.services.publishers import Publishers
from external_api.api.runtime import ExternalRuntime
from tests.factories.customer_rows import CustomerRows
from tests.factories.portal import CUSTOMERS, signed_in
from tests.integration.external_api.serving import client_of, started
from tests.services.stripe_counterpart.process import KEY, OLD_SECRET, SECRET, Counterpart

BILLING = f"{CUSTOMERS}/billing"
SMALL, LARGE = "price_small", "price_large"


def billed(environment: dict[str, str], stripe: Counterpart, publisher: str) -> Settings:
    """The settings of a publisher whose Stripe is the counterpart."""
    return load_settings(
        {
            **environment,
            "DEFAULT_PUBLISHER": publisher,
            "STRIPE_API_BASE": stripe.address,
            "STRIPE_SECRET_KEY": KEY,
            "STRIPE_WEBHOOK_SECRET": SECRET,
            "STRIPE_WEBHOOK_SECRET_PREVIOUS": OLD_SECRET,
        }
    )


@dataclass(slots=True)
class Till:
    """What a test of billing works with."""

    application: FastAPI
    stripe: Counterpart
    rows: CustomerRows
    small: Plan
    large: Plan
    customer: Customer
    user: CustomerUser
    client: httpx.AsyncClient
    headers: dict[str, str]
    _seen: int = 0

    @property
    def runtime(self) -> ExternalRuntime:
        """What the service works with."""
        found: ExternalRuntime = self.application.state.runtime
        return found

    @property
    def database(self) -> Database:
        """The service's."""
        return self.runtime.database

    @property
    def tenant(self) -> TenantId:
        """The publisher."""
        return self.rows.tenant

    def work(self, now: Clock | None = None) -> BillingWork:
        """What a worker does."""
        settings = self.runtime.settings
        return BillingWork(
            self.database,
            Publishers(self.runtime.system, settings.publishing.default_publisher),
            self.runtime.gateway,
            self.runtime.adapters.box,
            PublicLinks(settings.publishing.portal_url),
            settings.stripe.price_id,
            now or self.database.now,
        )

    async def post(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        """Call as the customer."""
        return await self.client.post(f"{BILLING}/{path}", json=body, headers={**self.headers, **headers})

    async def get(self, path: str) -> Any:
        """Read as the customer."""
        answer = await self.client.get(f"{BILLING}/{path}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def checkout(self, plan: str) -> str:
        """A page to pay at, by its name."""
        answer = await self.post("checkout-session", {"plan": plan})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    async def subscribe(self, plan: str | None = None) -> str:
        """Pay for a plan at the counterpart, all its events heard of; Stripe's name of the subscription."""
        session = await self.checkout(plan or self.small.key)
        done = self.stripe.control(f"checkouts/{session}/complete")
        await self.hear()
        return str(done["subscription"])

    def events(self) -> list[dict[str, Any]]:
        """What has happened at the counterpart since this was last asked."""
        found = self.stripe.events(self._seen)
        self._seen += len(found)
        return found

    async def deliver(self, event: dict[str, Any], **how: Any) -> httpx.Response:
        """One event to the webhook, signed by the counterpart."""
        signed = self.stripe.control("sign", id=event["id"], **how)
        return await self.client.post(
            f"{BILLING}/webhook", content=signed["body"], headers={"Stripe-Signature": signed["header"]}
        )

    async def hear(self) -> None:
        """All that has happened is brought by the webhook and looked into."""
        for event in self.events():
            assert (await self.deliver(event)).status_code == 200
        await self.work().look()

    async def hour_passes(self) -> None:
        """The list of events is due to be read again."""
        async with self.database.transaction(self.tenant) as session:
            now = self.database.now()
            cursor = await BillingRepository(session, self.tenant).cursor(now, now)
            assert cursor is not None
            cursor.events_due_at = now - EVENTS_EVERY
        await self.work().reconcile()

    async def stored(self) -> list[Subscription]:
        """The customer's subscriptions as they are written down."""
        async with self.database.reading(self.tenant) as session:
            return list(await BillingRepository(session, self.tenant).subscriptions_of(self.customer.id))

    async def entitled(self) -> Customer:
        """The customer as it is written down."""
        async with self.database.transaction(self.tenant) as session:
            found = await session.get(Customer, self.customer.id)
        assert found is not None
        return found

    async def heard_of(self, event: dict[str, Any]) -> StripeEvent | None:
        """An event as it is written down."""
        async with self.database.transaction(self.tenant) as session:
            return await session.get(StripeEvent, (self.tenant, event["id"]))

    async def new_customer(self) -> Till:
        """Another customer of the same publisher."""
        customer = await self.rows.customer(self.small, plan_id=None)
        user = await self.rows.user(customer)
        headers = await signed_in(self.application, self.tenant, user)
        return Till(
            self.application,
            self.stripe,
            self.rows,
            self.small,
            self.large,
            customer,
            user,
            self.client,
            headers,
            self.stripe.count_events(),
        )


@asynccontextmanager
async def till_of(settings: Settings, stripe: Counterpart, rows: CustomerRows) -> AsyncIterator[Till]:
    """The external API with two plans at the counterpart, and a customer that has none yet."""
    known = {one["id"] for one in stripe.state()["things"]}
    for price, amount in ((SMALL, 4900), (LARGE, 19900)):
        if price not in known:
            stripe.control("prices", id=price, amount=amount)
    async with started(settings) as application, client_of(application) as client:
        small = await rows.plan(key="small", name="Small", stripe_price_id=SMALL)
        large = await rows.plan(key="large", name="Large", stripe_price_id=LARGE, trial_days=14)
        customer = await rows.customer(small, plan_id=None)
        user = await rows.user(customer)
        headers = await signed_in(application, rows.tenant, user)
        seen = stripe.count_events()
        yield Till(application, stripe, rows, small, large, customer, user, client, headers, seen)


@contextmanager
def down(stripe: Counterpart) -> Iterator[None]:
    """Stripe does not answer."""
    stripe.control("down", is_down=True)
    try:
        yield
    finally:
        stripe.control("down", is_down=False)
