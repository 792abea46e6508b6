"""What is known of payments: customers at Stripe, subscriptions as fetched, invoices, prices, events to look into."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.subscriptions import SubscriptionStatus
from backend.persistence.models.entity import Entity, TenantBound, enum_text, one_of

_ID = String(255)


class BillingCustomer(TenantBound, Entity):
    """Which customer of Stripe a customer is."""

    __tablename__ = "billing_customers"
    __table_args__ = (UniqueConstraint("tenant_id", "stripe_id"),)

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    stripe_id: Mapped[str] = mapped_column(_ID)
    created_at: Mapped[datetime]


class Subscription(TenantBound, Entity):
    """A subscription as it was last fetched, with until when that opens anything."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        one_of("status", SubscriptionStatus),
        UniqueConstraint("tenant_id", "stripe_id"),
        Index("ix_subscriptions_of_customer", "customer_id", "access_until"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    stripe_id: Mapped[str] = mapped_column(_ID)
    status: Mapped[str] = mapped_column(enum_text(SubscriptionStatus))
    #: None: no plan has the price.
    plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("plans.id"), index=True)
    item_id: Mapped[str] = mapped_column(_ID)
    price_id: Mapped[str] = mapped_column(_ID)
    current_period_start: Mapped[datetime]
    current_period_end: Mapped[datetime]
    cancel_at_period_end: Mapped[bool]
    cancel_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    trial_end: Mapped[datetime | None]
    is_collection_paused: Mapped[bool]
    latest_invoice_id: Mapped[str | None] = mapped_column(_ID)
    access_until: Mapped[datetime]
    #: What the customer was last written about: a state, or an invoice that was not paid.
    told: Mapped[str | None] = mapped_column(String(300))
    #: When it was begun at Stripe.
    created_at: Mapped[datetime]
    #: When the request was sent that this is the answer to; an answer to an earlier one changes nothing.
    fetched_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class BillingInvoice(TenantBound, Entity):
    """An invoice as it was last fetched; amounts in the smallest unit of the currency."""

    __tablename__ = "billing_invoices"
    __table_args__ = (
        UniqueConstraint("tenant_id", "stripe_id"),
        Index("ix_billing_invoices_newest", "customer_id", "issued_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    stripe_id: Mapped[str] = mapped_column(_ID)
    number: Mapped[str | None] = mapped_column(String(100))
    status: Mapped[str] = mapped_column(String(20))
    currency: Mapped[str] = mapped_column(String(3))
    total: Mapped[int] = mapped_column(BigInteger)
    amount_due: Mapped[int] = mapped_column(BigInteger)
    amount_paid: Mapped[int] = mapped_column(BigInteger)
    period_start: Mapped[datetime]
    period_end: Mapped[datetime]
    hosted_url: Mapped[str | None] = mapped_column(String(2000))
    pdf_url: Mapped[str | None] = mapped_column(String(2000))
    issued_at: Mapped[datetime]
    fetched_at: Mapped[datetime]


class BillingPrice(TenantBound, Entity):
    """A price of a plan as it was last fetched."""

    __tablename__ = "billing_prices"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True, index=True)
    stripe_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    unit_amount: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    interval: Mapped[str | None] = mapped_column(String(10))
    interval_count: Mapped[int]
    is_active: Mapped[bool]
    fetched_at: Mapped[datetime]


class StripeEventState(StrEnum):
    """What has become of an event."""

    PENDING = "pending"
    DONE = "done"


class StripeEvent(TenantBound, Entity):
    """An event that was heard of, by its own name; not its payload, which nobody believes and which names people."""

    __tablename__ = "stripe_events"
    __table_args__ = (
        one_of("state", StripeEventState),
        CheckConstraint("(state = 'done') = (handled_at IS NOT NULL)", name="done_has_time"),
        Index("ix_stripe_events_due", "tenant_id", "next_attempt_at", postgresql_where=text("state = 'pending'")),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True, index=True)
    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    type: Mapped[str] = mapped_column(String(100))
    subscription_id: Mapped[str | None] = mapped_column(_ID)
    invoice_id: Mapped[str | None] = mapped_column(_ID)
    stripe_customer: Mapped[str | None] = mapped_column(_ID)
    #: It came by the reconciliation, and not by the webhook.
    is_reconciled: Mapped[bool]
    state: Mapped[str] = mapped_column(enum_text(StripeEventState))
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(String(100))
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]


class BillingCursor(TenantBound, Entity):
    """How far a publisher's events and subscriptions have been read, and when the next look is due."""

    __tablename__ = "billing_cursors"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True, index=True)
    events_read_to: Mapped[datetime]
    events_due_at: Mapped[datetime]
    #: The last subscription of a reading that has not come to its end; None: none has begun.
    reading_after: Mapped[str | None] = mapped_column(_ID)
    reading_began_at: Mapped[datetime | None]
    reading_due_at: Mapped[datetime]
    #: When Stripe last answered, and since when it does not.
    heard_at: Mapped[datetime | None]
    unheard_since: Mapped[datetime | None]
