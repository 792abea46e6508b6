"""What Stripe says of a subscription, and until when a customer has what it pays for.

A subscription is always judged as it was last fetched. Until when it opens anything follows from those facts alone, so
the order in which news of it arrived cannot matter, and no job has to run for a key to stop.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

#: How long somebody whose payment has failed keeps what it pays for, counted from the invoice that is open.
PAST_DUE_GRACE: Final = timedelta(days=7)
#: A renewal may not have been heard of: Stripe may be away for 72 hours, and the next look may take two more.
RENEWAL_UNHEARD: Final = timedelta(hours=74)
#: The end of what never began.
NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class SubscriptionStatus(StrEnum):
    """Stripe's states of a subscription."""

    INCOMPLETE = "incomplete"
    INCOMPLETE_EXPIRED = "incomplete_expired"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    UNPAID = "unpaid"
    CANCELED = "canceled"
    PAUSED = "paused"


#: Nothing can come of these any more; whoever wants a plan begins another one.
OVER: Final = frozenset({SubscriptionStatus.CANCELED, SubscriptionStatus.INCOMPLETE_EXPIRED})


@dataclass(frozen=True, slots=True)
class SubscriptionFacts:
    """A subscription as it was fetched; ``stripe_customer`` and the other identifiers are Stripe's."""

    id: str
    stripe_customer: str
    status: SubscriptionStatus
    item_id: str
    price_id: str
    plan_hint: str | None
    current_period_start: datetime
    current_period_end: datetime
    cancel_at_period_end: bool
    cancel_at: datetime | None
    ended_at: datetime | None
    trial_end: datetime | None
    is_collection_paused: bool
    latest_invoice: InvoiceFacts | None
    is_live: bool
    created_at: datetime

    @property
    def ends_at(self) -> datetime | None:
        """When it is to end by the customer's will, or None."""
        if self.cancel_at is not None:
            return self.cancel_at
        return self.current_period_end if self.cancel_at_period_end else None


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """An invoice as it was fetched; amounts in the smallest unit of the currency."""

    id: str
    stripe_customer: str
    number: str | None
    status: str
    currency: str
    total: int
    amount_due: int
    amount_paid: int
    period_start: datetime
    period_end: datetime
    hosted_url: str | None
    pdf_url: str | None
    subscription_id: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PriceFacts:
    """A price as it was fetched; ``unit_amount`` in the smallest unit of the currency, None where it is not fixed."""

    id: str
    unit_amount: int | None
    currency: str
    interval: str | None
    interval_count: int
    is_active: bool


@dataclass(frozen=True, slots=True)
class EventFacts:
    """An event without its payload: what it is about, and where to read what is true now."""

    id: str
    type: str
    is_live: bool
    created_at: datetime
    subscription_id: str | None = None
    invoice_id: str | None = None
    stripe_customer: str | None = None


def access_until(facts: SubscriptionFacts) -> datetime:
    """Until when a subscription opens what its plan gives; ``NEVER`` when it opens nothing.

    ======================  =====================================================================
    active, trialing        the end that was asked for; else the period's end, and a while for the
                            renewal to be heard of
    past_due                seven days after the invoice that is open was made
    all others              nothing: not paid yet, given up, ended, or paused without a means to pay
    ======================  =====================================================================
    """
    if facts.status in {SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING}:
        return facts.ends_at or facts.current_period_end + RENEWAL_UNHEARD
    if facts.status is SubscriptionStatus.PAST_DUE:
        invoice = facts.latest_invoice
        since = facts.current_period_start if invoice is None else invoice.created_at
        grace = since + PAST_DUE_GRACE
        return grace if facts.ends_at is None else min(grace, facts.ends_at)
    return NEVER
