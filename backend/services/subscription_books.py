"""Writing down what was fetched of subscriptions, and giving customers what follows from it.

What a customer has is computed from all its subscriptions together: news of an older one takes nothing away that a
newer one gives, and the order of news does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.crypto import SecretBox
from backend.core.ids import TenantId, new_id
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.customers import CustomerRole, CustomerState
from backend.domain.subscriptions import (
    NEVER,
    OVER,
    InvoiceFacts,
    SubscriptionFacts,
    SubscriptionStatus,
    access_until,
)
from backend.persistence.audit import ActorRecord, AuditTrail
from backend.persistence.customer_access import tell_access_changed
from backend.persistence.models.billing import Subscription
from backend.persistence.models.customer import Customer
from backend.persistence.repositories.billing import BillingRepository
from backend.persistence.repositories.customer_usage import CustomerUsageRepository
from backend.persistence.repositories.customers import CustomerRepository
from backend.persistence.session import Database
from backend.services.mail import MailQueue, MailTemplate, PublicLinks, in_words
from backend.services.scope import ActorKind

log = structlog.get_logger(__name__)
_STRIPE: Final = ActorRecord(ActorKind.SYSTEM.value, None, "Stripe", None, None)
_TOLD: Final = (CustomerRole.OWNER, CustomerRole.ADMIN, CustomerRole.BILLING)


@dataclass(frozen=True, slots=True)
class SubscriptionBooks:
    """The subscriptions of one publisher's customers. ``default_price_id`` is what the default plan costs."""

    database: Database
    tenant: TenantId
    box: SecretBox
    links: PublicLinks
    default_price_id: str | None
    now: Clock

    async def moment(self) -> datetime:
        """The date of a request that is about to be sent, by the database itself.

        ``now`` may be behind by as long as the database's answer took, each time another while; two dates by it can
        stand the wrong way round, and the later answer would be taken for the earlier one.
        """
        async with self.database.reading(self.tenant) as session:
            return await BillingRepository(session, self.tenant).moment()

    async def record(self, fetched: Sequence[SubscriptionFacts], fetched_at: datetime) -> None:
        """Write down answers to requests that were sent at ``fetched_at``; later answers are left as they are."""
        for facts in fetched:
            async with self.database.transaction(self.tenant) as session:
                await _Entry(self, session).record(facts, fetched_at)

    async def record_invoice(self, facts: InvoiceFacts, fetched_at: datetime) -> None:
        """Write down an invoice."""
        async with self.database.transaction(self.tenant) as session:
            billing = BillingRepository(session, self.tenant)
            owner = await billing.find_by_stripe(facts.stripe_customer)
            if owner is not None:
                await billing.put_invoice(owner.customer_id, facts, fetched_at)


@dataclass(frozen=True, slots=True)
class _Entry:
    books: SubscriptionBooks
    session: AsyncSession

    @property
    def billing(self) -> BillingRepository:
        return BillingRepository(self.session, self.books.tenant)

    async def record(self, facts: SubscriptionFacts, fetched_at: datetime) -> None:
        owner = await self.billing.find_by_stripe(facts.stripe_customer)
        if owner is None:
            log.info("subscription_of_nobody", subscription=facts.id)
            return
        # The row of the customer is the lock of all its subscriptions.
        customers = CustomerRepository(self.session, self.books.tenant)
        customer = await customers.find(owner.customer_id, for_update=True)
        row = await self.billing.find_subscription(facts.id)
        if customer is None or (row is not None and row.fetched_at > fetched_at):
            return
        before = NEVER if row is None else row.access_until
        plan_id = await self._plan_of(facts, row)
        if row is None:
            row = Subscription(id=new_id(), tenant_id=self.books.tenant, customer_id=customer.id, stripe_id=facts.id)
            self.billing.add(row)
        _copy(facts, row, plan_id, fetched_at)
        row.updated_at = self.books.now()
        if facts.latest_invoice is not None:
            await self.billing.put_invoice(customer.id, facts.latest_invoice, fetched_at)
        await self.billing.flush()
        if customer.state != CustomerState.DELETED:
            await self._entitle(customer)
            await self._tell(customer, row, facts, before)

    async def _plan_of(self, facts: SubscriptionFacts, row: Subscription | None) -> UUID | None:
        """The plan of the price; else what the price stood for when it was bought: a plan may have a new price."""
        plan = await self.billing.find_plan_of_price(facts.price_id, self.books.default_price_id)
        if plan is not None:
            return plan.id
        if row is not None and row.price_id == facts.price_id:
            return row.plan_id
        hinted = await CustomerRepository(self.session, self.books.tenant).find_plan(_uuid(facts.plan_hint))
        if hinted is None:
            log.warning("subscription_without_plan", subscription=facts.id, price=facts.price_id)
        return None if hinted is None else hinted.id

    async def _entitle(self, customer: Customer) -> None:
        """Give the customer what its subscriptions give, or what was given by hand where they give nothing."""
        at, before = self.books.now(), _shown(customer)
        rows = [one for one in await self.billing.subscriptions_of(customer.id) if one.plan_id is not None]
        best = rows[0] if rows else None
        if best is not None and best.access_until > at:
            if customer.subscription_id is None:
                customer.granted_plan_id, customer.granted_until = customer.plan_id, customer.plan_until
            customer.subscription_id, customer.plan_id = best.id, best.plan_id
            customer.plan_until = best.access_until
        elif customer.subscription_id is not None:
            is_granted = customer.granted_plan_id is not None
            if is_granted and (customer.granted_until is None or customer.granted_until > at):
                customer.subscription_id, customer.plan_id = None, customer.granted_plan_id
                customer.plan_until = customer.granted_until
            else:
                customer.plan_until = min(customer.plan_until or at, at)
        if _shown(customer) == before:
            return
        customer.updated_at = at
        subject = AuditSubject("customer", customer.id, customer.name)
        trail = AuditTrail(self.session, self.books.tenant, _STRIPE, self.books.now)
        await trail.record(AuditAction.CUSTOMER_CHANGED, subject, before=before, after=_shown(customer))
        await tell_access_changed(self.session, customer.id)

    async def _tell(self, customer: Customer, row: Subscription, facts: SubscriptionFacts, before: datetime) -> None:
        """A mail to those who can do something, once for what has happened, whichever news of it came."""
        what = f"{row.status}/{row.latest_invoice_id or ''}"
        if row.told == what:
            return
        if facts.status is SubscriptionStatus.PAST_DUE:
            template = MailTemplate.PAYMENT_FAILED
        elif (facts.status in OVER or facts.status is SubscriptionStatus.UNPAID) and before > NEVER:
            template = MailTemplate.SUBSCRIPTION_ENDED
        else:
            return
        row.told = what
        values = {
            "customer": customer.name,
            "until": in_words(row.access_until),
            "link": self.books.links.to("/billing"),
        }
        mails = MailQueue(self.session, self.books.tenant, self.books.box)
        for address in await CustomerUsageRepository(self.session, self.books.tenant).addresses(customer.id, _TOLD):
            await mails.put(address, template, values, self.books.now())


def _copy(facts: SubscriptionFacts, row: Subscription, plan_id: UUID | None, fetched_at: datetime) -> None:
    row.status, row.plan_id = facts.status, plan_id
    row.item_id, row.price_id = facts.item_id, facts.price_id
    row.current_period_start, row.current_period_end = facts.current_period_start, facts.current_period_end
    row.cancel_at_period_end, row.cancel_at = facts.cancel_at_period_end, facts.cancel_at
    row.ended_at, row.trial_end = facts.ended_at, facts.trial_end
    row.is_collection_paused = facts.is_collection_paused
    row.latest_invoice_id = None if facts.latest_invoice is None else facts.latest_invoice.id
    row.access_until, row.created_at, row.fetched_at = access_until(facts), facts.created_at, fetched_at


def _uuid(text: str | None) -> UUID | None:
    try:
        return None if text is None else UUID(text)
    except ValueError:
        return None


def _shown(customer: Customer) -> dict[str, object]:
    return {
        "plan_id": str(customer.plan_id) if customer.plan_id else None,
        "plan_until": customer.plan_until.isoformat() if customer.plan_until else None,
        "subscription_id": str(customer.subscription_id) if customer.subscription_id else None,
    }
