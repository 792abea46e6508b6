"""Plans with their prices, subscriptions, invoices, and pages of Stripe's; amounts in the currency's smallest unit."""

from __future__ import annotations

from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from backend.core.pagination import Page
from backend.domain.subscriptions import SubscriptionStatus
from backend.persistence.models.billing import BillingInvoice
from backend.services.billing import BillingState, Offer, Offers
from backend.services.stripe_gateway import ChangePreview, HostedPage
from external_api.api.schemas.customers import PlanAnswer

_PLAN_KEY = r"^[a-z0-9][a-z0-9-]*$"


class BillingMode(StrEnum):
    """Who gives and ends plans: Stripe's subscriptions, or the publisher by hand."""

    STRIPE = "stripe"
    BY_HAND = "by_hand"


class PriceAnswer(BaseModel):
    """What a plan costs."""

    amount: int | None = Field(description="In the smallest unit of the currency; null: not a fixed price.")
    currency: str = Field(examples=["eur"])
    interval: str | None = Field(examples=["month"], description="day, week, month or year.")
    interval_count: int = Field(description="So many of the interval are paid for at once.")


class OfferAnswer(PlanAnswer):
    """A plan that can be had."""

    price: PriceAnswer | None = Field(default=None, description="null: not for sale, or not known at the moment.")
    is_for_sale: bool = Field(default=False, description="It can be paid for here; others the publisher gives.")
    is_current: bool = Field(default=False, description="The subscription is for this plan.")
    trial_days: int = 0

    @classmethod
    def of(cls, offer: Offer) -> Self:
        """A plan as somebody sees it who may choose it."""
        price = None
        if offer.price is not None:
            price = PriceAnswer(
                amount=offer.price.unit_amount,
                currency=offer.price.currency,
                interval=offer.price.interval,
                interval_count=offer.price.interval_count,
            )
        plan = PlanAnswer.model_validate(offer.plan).model_dump()
        return cls(
            **plan,
            price=price,
            is_for_sale=offer.price_id is not None,
            is_current=offer.is_current,
            trial_days=offer.plan.trial_days,
        )


class OfferList(BaseModel):
    """All plans that are offered; nobody has pages of them."""

    mode: BillingMode
    may_try: bool = Field(description="A trial can still be had, where a plan has one.")
    publishable_key: str | None = Field(description="Stripe's key for browsers; only for payment inside our pages.")
    items: list[OfferAnswer]

    @classmethod
    def of(cls, offers: Offers, mode: BillingMode, publishable_key: str | None) -> Self:
        """The plans as they are shown."""
        items = [OfferAnswer.of(one) for one in offers.items]
        return cls(mode=mode, may_try=offers.may_try, publishable_key=publishable_key, items=items)


class PlanChoice(BaseModel):
    """Which plan, by its key."""

    model_config = ConfigDict(extra="forbid")

    plan: str = Field(max_length=63, pattern=_PLAN_KEY, examples=["standard"])


class PlanChangeWanted(PlanChoice):
    """Another plan, counted from the moment of a preview."""

    counted_from: AwareDatetime | None = Field(
        default=None, description="As the preview says: then it costs what was shown. null: from now."
    )


class HostedPageAnswer(BaseModel):
    """A page of Stripe's to send the browser to; made for one visit."""

    id: str
    url: str
    expires_at: AwareDatetime | None = None

    @classmethod
    def of(cls, page: HostedPage) -> Self:
        """The page as it is given."""
        return cls(id=page.id, url=page.url, expires_at=page.expires_at)


class SubscriptionAnswer(BaseModel):
    """What the customer has now, and what it pays for."""

    mode: BillingMode
    has_access: bool = Field(description="Keys open what the plan gives.")
    plan: PlanAnswer | None
    access_until: AwareDatetime | None = Field(
        description="When keys stop unless something is paid or changed; null: not by itself."
    )
    status: SubscriptionStatus | None = Field(description="Stripe's; null: there has been no subscription.")
    current_period_end: AwareDatetime | None = None
    cancel_at_period_end: bool = False
    ends_at: AwareDatetime | None = Field(default=None, description="When it ends because somebody wanted it.")
    ended_at: AwareDatetime | None = None
    trial_end: AwareDatetime | None = None
    is_payment_failing: bool = Field(default=False, description="Pay the open invoice, or keys stop.")
    open_invoice_url: str | None = Field(default=None, description="Where the open invoice is paid.")
    checked_at: AwareDatetime | None = Field(default=None, description="When Stripe was last asked.")
    stripe_unheard_since: AwareDatetime | None = Field(
        default=None, description="Since when Stripe does not answer; what is shown may be older than it is."
    )

    @classmethod
    def of(cls, state: BillingState, mode: BillingMode) -> Self:
        """The state as it is shown."""
        customer, row, plan = state.customer, state.subscription, state.plan
        until = customer.plan_until
        answer = cls(
            mode=mode,
            has_access=plan is not None and (until is None or until > state.at),
            plan=None if plan is None else PlanAnswer.model_validate(plan),
            access_until=until,
            status=None if row is None else SubscriptionStatus(row.status),
            stripe_unheard_since=state.unheard_since,
        )
        if row is None:
            return answer
        is_failing = answer.status in {SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID}
        more = {
            "current_period_end": row.current_period_end,
            "cancel_at_period_end": row.cancel_at_period_end,
            "ends_at": row.cancel_at or (row.current_period_end if row.cancel_at_period_end else None),
            "ended_at": row.ended_at,
            "trial_end": row.trial_end,
            "is_payment_failing": is_failing,
            "open_invoice_url": state.open_invoice.hosted_url if state.open_invoice else None,
            "checked_at": row.fetched_at,
        }
        return answer.model_copy(update=more)


class PreviewLineAnswer(BaseModel):
    """A line of the invoice that a change would make."""

    model_config = ConfigDict(from_attributes=True)

    description: str
    amount: int = Field(description="Below zero: given back.")
    is_proration: bool


class ChangePreviewAnswer(BaseModel):
    """What a change would cost at once."""

    currency: str
    amount_due: int
    lines: list[PreviewLineAnswer]
    counted_from: AwareDatetime = Field(description="Give it with the change, within half an hour.")

    @classmethod
    def of(cls, preview: ChangePreview) -> Self:
        """The preview as it is shown."""
        lines = [PreviewLineAnswer.model_validate(one) for one in preview.lines]
        return cls(currency=preview.currency, amount_due=preview.amount_due, lines=lines, counted_from=preview.at)


class InvoiceAnswer(BaseModel):
    """An invoice."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str | None
    status: str = Field(description="draft, open, paid, uncollectible or void.")
    currency: str
    total: int
    amount_due: int
    amount_paid: int
    period_start: AwareDatetime
    period_end: AwareDatetime
    issued_at: AwareDatetime
    hosted_url: str | None = Field(description="Stripe's page of it.")
    pdf_url: str | None


class InvoiceList(BaseModel):
    """One page, newest first."""

    items: list[InvoiceAnswer]
    next_cursor: str | None = Field(default=None, description="Give it as `cursor` to get the next page.")

    @classmethod
    def of(cls, page: Page[BillingInvoice]) -> Self:
        """A page of invoices."""
        return cls(items=[InvoiceAnswer.model_validate(one) for one in page.items], next_cursor=page.next_cursor)


class EventTaken(BaseModel):
    """The event is kept; what it is about will be looked into."""

    received: bool = True
