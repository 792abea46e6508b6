"""Customers at Stripe, subscriptions, invoices and prices as fetched, events to look into, and how far was read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from backend.core.ids import new_id
from backend.core.pagination import Page, SortedPageRequest
from backend.domain.customers import CustomerState
from backend.domain.subscriptions import OVER, EventFacts, InvoiceFacts, PriceFacts
from backend.persistence.models.billing import (
    BillingCursor,
    BillingCustomer,
    BillingInvoice,
    BillingPrice,
    StripeEvent,
    StripeEventState,
    Subscription,
)
from backend.persistence.models.customer import Customer, Plan
from backend.persistence.repositories.tenant_scope import SortOrder, TenantRepository, place_of, seek

NEWEST_INVOICES = SortOrder(BillingInvoice.issued_at, datetime.fromisoformat)


class BillingRepository(TenantRepository):
    """What a publisher's customers pay for, in one transaction."""

    async def moment(self) -> datetime:
        """The database's time at this very moment."""
        found: datetime = (await self._session.execute(select(func.clock_timestamp()))).scalar_one()
        return found

    async def find_customer(self, customer_id: UUID) -> BillingCustomer | None:
        """Which customer of Stripe a customer is, or None."""
        query = self._select(BillingCustomer).where(BillingCustomer.customer_id == customer_id)
        found: BillingCustomer | None = await self._session.scalar(query)
        return found

    async def find_by_stripe(self, stripe_id: str) -> BillingCustomer | None:
        """Which customer a customer of Stripe is, or None."""
        found: BillingCustomer | None = await self._session.scalar(
            self._select(BillingCustomer).where(BillingCustomer.stripe_id == stripe_id)
        )
        return found

    async def find_subscription(self, stripe_id: str) -> Subscription | None:
        """A subscription by Stripe's name, or None."""
        found: Subscription | None = await self._session.scalar(
            self._select(Subscription).where(Subscription.stripe_id == stripe_id)
        )
        return found

    async def subscriptions_of(self, customer_id: UUID) -> Sequence[Subscription]:
        """All of a customer's, the one that opens something for longest first."""
        query = self._select(Subscription).where(Subscription.customer_id == customer_id)
        return await self._all(
            query.order_by(Subscription.access_until.desc(), Subscription.created_at.desc(), Subscription.stripe_id)
        )

    async def not_fetched_since(self, since: datetime, limit: int) -> Sequence[str]:
        """Subscriptions that are not over and that nobody has looked at since then."""
        query = (
            select(Subscription.stripe_id)
            .where(Subscription.tenant_id == self.tenant, Subscription.fetched_at < since)
            .where(Subscription.status.not_in(OVER))
            .order_by(Subscription.fetched_at)
            .limit(limit)
        )
        return (await self._session.scalars(query)).all()

    async def paid_by_nobody(self) -> Sequence[str]:
        """Subscriptions that go on although their customers have ended their accounts."""
        query = (
            select(Subscription.stripe_id)
            .join(Customer, Customer.id == Subscription.customer_id)
            .where(Subscription.tenant_id == self.tenant, Subscription.status.not_in(OVER))
            .where(Customer.state == CustomerState.DELETED)
        )
        return (await self._session.scalars(query)).all()

    async def find_plan_of_price(self, price_id: str, default_price_id: str | None) -> Plan | None:
        """The plan that a price is for, or None."""
        found: Plan | None = await self._session.scalar(self._select(Plan).where(Plan.stripe_price_id == price_id))
        if found is None and price_id == default_price_id:
            query = self._select(Plan).where(Plan.is_default, Plan.stripe_price_id.is_(None))
            found = await self._session.scalar(query)
        return found

    async def put_invoice(self, customer_id: UUID, facts: InvoiceFacts, fetched_at: datetime) -> None:
        """Keep an invoice as it was fetched, unless a later answer is there already."""
        values = {
            "customer_id": customer_id,
            "number": facts.number,
            "status": facts.status,
            "currency": facts.currency,
            "total": facts.total,
            "amount_due": facts.amount_due,
            "amount_paid": facts.amount_paid,
            "period_start": facts.period_start,
            "period_end": facts.period_end,
            "hosted_url": facts.hosted_url,
            "pdf_url": facts.pdf_url,
            "issued_at": facts.created_at,
            "fetched_at": fetched_at,
        }
        statement = insert(BillingInvoice).values(id=new_id(), tenant_id=self.tenant, stripe_id=facts.id, **values)
        await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=["tenant_id", "stripe_id"],
                set_=values,
                where=BillingInvoice.fetched_at <= fetched_at,
            )
        )

    async def invoices(self, customer_id: UUID, request: SortedPageRequest) -> Page[BillingInvoice]:
        """Invoices of a customer, newest first."""
        query = self._select(BillingInvoice).where(BillingInvoice.customer_id == customer_id)
        place = place_of(request, NEWEST_INVOICES)
        rows = await self._all(seek(query, NEWEST_INVOICES, BillingInvoice.id, place.keys(), is_descending=True), place)
        return request.page_of(rows, lambda one: SortOrder.show(one.issued_at), lambda one: one.id)

    async def find_invoice(self, stripe_id: str | None) -> BillingInvoice | None:
        """An invoice by Stripe's name, or None."""
        found: BillingInvoice | None = await self._session.scalar(
            self._select(BillingInvoice).where(BillingInvoice.stripe_id == stripe_id)
        )
        return found

    async def prices(self, stripe_ids: Collection[str]) -> dict[str, BillingPrice]:
        """What is known of some prices, by Stripe's names."""
        found = await self._all(self._select(BillingPrice).where(BillingPrice.stripe_id.in_(stripe_ids)))
        return {one.stripe_id: one for one in found}

    async def put_price(self, facts: PriceFacts, fetched_at: datetime) -> None:
        """Keep a price as it was fetched."""
        values = {
            "unit_amount": facts.unit_amount,
            "currency": facts.currency,
            "interval": facts.interval,
            "interval_count": facts.interval_count,
            "is_active": facts.is_active,
            "fetched_at": fetched_at,
        }
        statement = insert(BillingPrice).values(tenant_id=self.tenant, stripe_id=facts.id, **values)
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=["tenant_id", "stripe_id"], set_=values)
        )

    async def add_events(self, events: Sequence[EventFacts], at: datetime, *, is_reconciled: bool) -> int:
        """Note events to look into; how many nobody had heard of."""
        if not events:
            return 0
        rows = [
            {
                "tenant_id": self.tenant,
                "id": one.id,
                "type": one.type,
                "subscription_id": one.subscription_id,
                "invoice_id": one.invoice_id,
                "stripe_customer": one.stripe_customer,
                "is_reconciled": is_reconciled,
                "state": StripeEventState.PENDING,
                "attempts": 0,
                "next_attempt_at": at,
                "happened_at": one.created_at,
                "received_at": at,
            }
            for one in events
        ]
        statement = insert(StripeEvent).values(rows).on_conflict_do_nothing().returning(StripeEvent.id)
        return len((await self._session.scalars(statement)).all())

    async def claim_events(self, now: datetime, leased_until: datetime, limit: int) -> Sequence[StripeEvent]:
        """Events that are due, for whoever claims them until the lease ends."""
        query = (
            self._select(StripeEvent)
            .where(StripeEvent.state == StripeEventState.PENDING, StripeEvent.next_attempt_at <= now)
            .order_by(StripeEvent.next_attempt_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        claimed = await self._all(query)
        for one in claimed:
            one.next_attempt_at = leased_until
            one.attempts += 1
        return claimed

    async def find_events(self, ids: Collection[str]) -> Sequence[StripeEvent]:
        """Those events that wait, each under a row lock."""
        query = self._select(StripeEvent).where(StripeEvent.id.in_(ids), StripeEvent.state == StripeEventState.PENDING)
        return await self._all(query.order_by(StripeEvent.id).with_for_update())

    async def cursor(self, now: datetime, begin_at: datetime) -> BillingCursor | None:
        """How far was read, under a row lock; None while somebody else holds it. Made when there is none yet."""
        made = insert(BillingCursor).values(
            tenant_id=self.tenant, events_read_to=begin_at, events_due_at=now, reading_due_at=now
        )
        await self._session.execute(made.on_conflict_do_nothing())
        query = self._select(BillingCursor).with_for_update(skip_locked=True)
        found: BillingCursor | None = await self._session.scalar(query)
        return found

    async def find_cursor(self) -> BillingCursor | None:
        """How far was read, or None when nobody has looked yet."""
        found: BillingCursor | None = await self._session.scalar(self._select(BillingCursor))
        return found

    async def count_waiting(self) -> int:
        """How many events wait to be looked into."""
        query = select(func.count()).where(
            StripeEvent.tenant_id == self.tenant, StripeEvent.state == StripeEventState.PENDING
        )
        return await self._session.scalar(query) or 0
