"""What somebody of a customer does about paying: choosing, changing and ending a plan, invoices, means to pay.

Nothing that Stripe is asked happens inside a transaction, every request that makes or changes something carries a key
of ours, and what is believed afterwards is what Stripe says when it is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final
from uuid import UUID

import structlog

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import new_id
from backend.core.pagination import Page, SortedPageRequest
from backend.core.publishing_settings import StripeSettings
from backend.domain.subscriptions import OVER, SubscriptionStatus
from backend.persistence.models.billing import BillingCustomer, BillingInvoice, BillingPrice, Subscription
from backend.persistence.models.customer import Customer, Plan
from backend.persistence.repositories.billing import BillingRepository
from backend.persistence.repositories.customers import CustomerRepository
from backend.services.customer_sessions import CustomerPrincipal
from backend.services.mail import PublicLinks
from backend.services.plans import PlanNotFound
from backend.services.scope import TenantScope
from backend.services.stripe_gateway import (
    ChangePreview,
    CheckoutWanted,
    HostedPage,
    StripeGateway,
    StripeUnavailable,
)
from backend.services.subscription_books import SubscriptionBooks

log = structlog.get_logger(__name__)
#: How long a price is shown as it was read.
PRICE_KEPT: Final = timedelta(hours=24)
#: A preview is good for so long: the change is then counted from the same moment.
PREVIEW_KEPT: Final = timedelta(minutes=30)
INVOICES_ORDER: Final = "issued_at"


class BillingByHand(OpenRegError):
    """Plans are kept by hand here: the publisher gives and ends them."""

    code: ClassVar[str] = "billing_by_hand"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class PlanNotForSale(OpenRegError):
    """The plan has no price, so it cannot be paid for."""

    code: ClassVar[str] = "plan_not_for_sale"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class SubscriptionPresent(OpenRegError):
    """There is a subscription already."""

    code: ClassVar[str] = "subscription_present"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class SubscriptionMissing(OpenRegError):
    """There is no subscription."""

    code: ClassVar[str] = "subscription_missing"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class PlanUnchanged(OpenRegError):
    """The subscription is for this plan already."""

    code: ClassVar[str] = "plan_unchanged"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class TrialUnavailable(OpenRegError):
    """The plan has no trial, or the customer has had a subscription before."""

    code: ClassVar[str] = "trial_unavailable"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class PreviewTooOld(OpenRegError):
    """The preview is too old to be kept to."""

    code: ClassVar[str] = "preview_too_old"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan that can be had, and what it costs; without a price it is given by hand."""

    plan: Plan
    price_id: str | None
    price: BillingPrice | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class Offers:
    """All plans that can be had, and whether a trial still can be."""

    items: Sequence[Offer]
    may_try: bool


@dataclass(frozen=True, slots=True)
class BillingState:
    """What a customer has and pays for. ``unheard_since`` is when Stripe stopped answering."""

    customer: Customer
    plan: Plan | None
    subscription: Subscription | None
    open_invoice: BillingInvoice | None
    unheard_since: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class BillingService:
    """The payments of one customer, in the name of somebody of it; without a gateway plans are kept by hand."""

    scope: TenantScope
    principal: CustomerPrincipal
    gateway: StripeGateway | None
    books: SubscriptionBooks
    settings: StripeSettings
    links: PublicLinks

    async def offers(self) -> Offers:
        """Plans with their prices, which are read again once a day; while Stripe is away, as they were."""
        async with self.scope.reading() as session:
            plans = await CustomerRepository(session, self.scope.tenant).offered_plans()
            billing = BillingRepository(session, self.scope.tenant)
            subscriptions = await billing.subscriptions_of(self.principal.customer_id)
            wanted = {price for one in plans if (price := self._price_of(one))} if self.gateway else set()
            known = await billing.prices(wanted)
        old = self.scope.now() - PRICE_KEPT
        known |= await self._read_prices([one for one in wanted if one not in known or known[one].fetched_at < old])
        current = _current(subscriptions)
        items = [
            Offer(one, self._price_of(one), known.get(self._price_of(one) or ""), _is_of(current, one)) for one in plans
        ]
        return Offers(items, may_try=self.gateway is not None and not subscriptions)

    async def state(self) -> BillingState:
        """What the customer has now."""
        async with self.scope.reading() as session:
            billing = BillingRepository(session, self.scope.tenant)
            customers = CustomerRepository(session, self.scope.tenant)
            customer = await customers.find(self.principal.customer_id)
            if customer is None:
                raise SubscriptionMissing
            rows = await billing.subscriptions_of(customer.id)
            shown = _current(rows) or next(iter(rows), None)
            invoice = await billing.find_invoice(shown.latest_invoice_id) if shown else None
            cursor = await billing.find_cursor() if self.gateway else None
            return BillingState(
                customer=customer,
                plan=await customers.find_plan(customer.plan_id),
                subscription=shown,
                open_invoice=invoice if invoice is not None and invoice.status == "open" else None,
                unheard_since=cursor.unheard_since if cursor else None,
                at=self.scope.now(),
            )

    async def invoices(self, limit: int, cursor: str | None) -> Page[BillingInvoice]:
        """Invoices, newest first. Raises CursorInvalid."""
        request = SortedPageRequest(INVOICES_ORDER, is_descending=True, limit=limit, cursor=cursor)
        async with self.scope.reading() as session:
            return await BillingRepository(session, self.scope.tenant).invoices(self.principal.customer_id, request)

    async def checkout(self, plan_key: str, key: str | None) -> HostedPage:
        """A page to pay for a plan at; pages that were opened before can no longer be paid at.

        Raises BillingByHand, PlanNotFound, PlanNotForSale, SubscriptionPresent, StripeUnavailable, StripeRefused.
        """
        gateway, operation = self._gateway(), self._operation("checkout", key)
        plan, price_id = await self._for_sale(plan_key)
        stripe_customer = await self._stripe_customer(gateway)
        await self._read_again(gateway, stripe_customer)
        rows = await self._subscriptions()
        if _current(rows) is not None:
            raise SubscriptionPresent(fix="Change its plan, or end it first.")
        await gateway.expire_open_checkouts(stripe_customer)
        wanted = self._wanted(stripe_customer, plan, price_id, trial_days=0 if rows else plan.trial_days)
        return await gateway.checkout(wanted, operation)

    async def portal(self, key: str | None) -> HostedPage:
        """A page of Stripe's where means to pay are kept. Raises BillingByHand, StripeUnavailable, StripeRefused."""
        gateway, operation = self._gateway(), self._operation("portal", key)
        stripe_customer = await self._stripe_customer(gateway)
        return await gateway.portal(stripe_customer, self.links.to("/billing"), operation)

    async def start_trial(self, plan_key: str, key: str | None) -> BillingState:
        """Try a plan without a means to pay, once. Raises TrialUnavailable and what ``checkout`` raises."""
        gateway, operation = self._gateway(), self._operation("trial", key)
        plan, price_id = await self._for_sale(plan_key)
        stripe_customer = await self._stripe_customer(gateway)
        await self._read_again(gateway, stripe_customer)
        if not plan.trial_days or await self._subscriptions():
            raise TrialUnavailable(fix="Choose the plan and pay for it.")
        wanted = self._wanted(stripe_customer, plan, price_id, trial_days=plan.trial_days)
        # One trial for each customer, whoever clicks how often.
        started = await gateway.start_trial(wanted, f"trial-{self.principal.customer_id}-{plan.id}")
        log.info("trial_started", subscription=started.id, operation=operation)
        await self._read_again(gateway, stripe_customer)
        return await self.state()

    async def preview(self, plan_key: str) -> ChangePreview:
        """What another plan would cost at once.

        Raises BillingByHand, PlanNotFound, PlanNotForSale, SubscriptionMissing, PlanUnchanged, StripeUnavailable.
        """
        gateway = self._gateway()
        _, price_id, row = await self._change_to(plan_key)
        return await gateway.preview_change((row.stripe_id, row.item_id), price_id, self._whole_second())

    async def change(self, plan_key: str, at: datetime | None, key: str | None) -> BillingState:
        """Another plan from now on, counted from the moment of the preview.

        Raises PreviewTooOld, PaymentDeclined and what ``preview`` raises.
        """
        gateway, operation, now = self._gateway(), self._operation("change", key), self._whole_second()
        if at is not None and not now - PREVIEW_KEPT <= at <= now + timedelta(seconds=60):
            raise PreviewTooOld(fix="Ask for another preview.")
        plan, price_id, row = await self._change_to(plan_key)
        await gateway.change((row.stripe_id, row.item_id), price_id, str(plan.id), at or now, operation)
        return await self._after(gateway, row)

    async def end_with_period(self, key: str | None, *, ends: bool) -> BillingState:
        """Whether the subscription ends with the period that is paid; a second time changes nothing.

        Raises BillingByHand, SubscriptionMissing, StripeUnavailable, StripeRefused.
        """
        gateway, operation = self._gateway(), self._operation("end" if ends else "go-on", key)
        row = await self._running()
        await gateway.end_with_period(row.stripe_id, operation, ends=ends)
        return await self._after(gateway, row)

    async def _after(self, gateway: StripeGateway, row: Subscription) -> BillingState:
        """The state as Stripe tells it after a change. What it cannot tell now, an event or the next look will."""
        fetched_at = await self.books.moment()
        try:
            facts = await gateway.subscription(row.stripe_id)
        except StripeUnavailable as error:
            log.warning("subscription_not_read_again", subscription=row.stripe_id, code=error.code)
        else:
            await self.books.record([facts] if facts else [], fetched_at)
        return await self.state()

    async def _read_again(self, gateway: StripeGateway, stripe_customer: str) -> None:
        """Know what the customer has at Stripe, whatever was heard of: nobody pays twice."""
        fetched_at, after = await self.books.moment(), None
        while True:
            listed = await gateway.subscriptions(after, stripe_customer=stripe_customer)
            await self.books.record(listed.subscriptions, fetched_at)
            after = listed.next_after
            if after is None:
                return

    async def _stripe_customer(self, gateway: StripeGateway) -> str:
        """Stripe's name of the customer, made when there is none yet. Asked for twice at once it is still one."""
        customer_id = self.principal.customer_id
        async with self.scope.transaction() as session:
            found = await BillingRepository(session, self.scope.tenant).find_customer(customer_id)
            customer = await CustomerRepository(session, self.scope.tenant).find(customer_id)
        if found is not None:
            return found.stripe_id
        name = customer.name if customer else ""
        what = _digest(name, self.principal.email)[:16]
        made = await gateway.create_customer(
            str(customer_id), name, self.principal.email, f"customer-{customer_id}-{what}"
        )
        async with self.scope.transaction() as session:
            billing = BillingRepository(session, self.scope.tenant)
            await CustomerRepository(session, self.scope.tenant).find(customer_id, for_update=True)
            found = await billing.find_customer(customer_id)
            if found is None:
                found = BillingCustomer(
                    tenant_id=self.scope.tenant, customer_id=customer_id, stripe_id=made, created_at=self.scope.now()
                )
                billing.add(found)
        return found.stripe_id

    async def _for_sale(self, plan_key: str) -> tuple[Plan, str]:
        async with self.scope.reading() as session:
            plans = await CustomerRepository(session, self.scope.tenant).offered_plans()
        plan = next((one for one in plans if one.key == plan_key), None)
        if plan is None:
            raise PlanNotFound
        price_id = self._price_of(plan)
        if price_id is None:
            raise PlanNotForSale(fix="Ask the publisher for it.")
        return plan, price_id

    async def _change_to(self, plan_key: str) -> tuple[Plan, str, Subscription]:
        plan, price_id = await self._for_sale(plan_key)
        row = await self._running()
        if row.price_id == price_id:
            raise PlanUnchanged
        return plan, price_id, row

    async def _running(self) -> Subscription:
        row = _current(await self._subscriptions())
        if row is None:
            raise SubscriptionMissing(fix="Choose a plan.")
        return row

    async def _subscriptions(self) -> Sequence[Subscription]:
        async with self.scope.reading() as session:
            billing = BillingRepository(session, self.scope.tenant)
            return await billing.subscriptions_of(self.principal.customer_id)

    async def _read_prices(self, price_ids: Sequence[str]) -> dict[str, BillingPrice]:
        gateway, fetched_at = self.gateway, self.books.now()
        if gateway is None or not price_ids:
            return {}
        try:
            found = [await gateway.price(one) for one in price_ids]
        except OpenRegError as error:
            log.warning("prices_not_read", code=error.code)
            return {}
        async with self.scope.transaction() as session:
            billing = BillingRepository(session, self.scope.tenant)
            for facts in found:
                if facts is not None:
                    await billing.put_price(facts, fetched_at)
        async with self.scope.reading() as session:
            return await BillingRepository(session, self.scope.tenant).prices(price_ids)

    def _wanted(self, stripe_customer: str, plan: Plan, price_id: str, *, trial_days: int) -> CheckoutWanted:
        return CheckoutWanted(
            stripe_customer=stripe_customer,
            customer_id=str(self.principal.customer_id),
            plan_id=str(plan.id),
            price_id=price_id,
            trial_days=trial_days,
            # Always our own pages: nobody is sent elsewhere by what they asked for.
            success_url=self.links.to("/plan?checkout=done"),
            cancel_url=self.links.to(f"/plan?checkout=cancelled&plan={plan.key}"),
        )

    def _price_of(self, plan: Plan) -> str | None:
        if plan.stripe_price_id is not None or not plan.is_default:
            return plan.stripe_price_id
        return self.settings.price_id

    def _gateway(self) -> StripeGateway:
        if self.gateway is None:
            raise BillingByHand(fix="Ask the publisher for another plan.")
        return self.gateway

    def _operation(self, what: str, key: str | None) -> str:
        """Our name of what is done, under which Stripe does it once: the caller's key, or one for this call."""
        return _digest(what, str(self.principal.customer_id), key or str(new_id()))

    def _whole_second(self) -> datetime:
        return self.scope.now().replace(microsecond=0)


def _current(rows: Sequence[Subscription]) -> Subscription | None:
    """The newest that something can still come of."""
    # One that was never paid for holds nobody up: its page expires, and another one can be opened.
    over = OVER | {SubscriptionStatus.INCOMPLETE}
    return max((one for one in rows if one.status not in over), key=lambda one: one.created_at, default=None)


def _is_of(row: Subscription | None, plan: Plan) -> bool:
    return row is not None and row.plan_id == plan.id


def _digest(*parts: str | UUID) -> str:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()
