"""What is known of a customer's payments, as rows: one in each table."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from backend.core.ids import TenantId, new_id
from backend.domain.subscriptions import SubscriptionStatus
from backend.persistence.models.billing import (
    BillingCursor,
    BillingCustomer,
    BillingInvoice,
    BillingPrice,
    StripeEvent,
    StripeEventState,
    Subscription,
)
from backend.persistence.models.entity import Entity
from tests.factories.rows import AT

PERIOD = timedelta(days=30)


def billing_rows(tenant: TenantId, customer: UUID, plan: UUID) -> list[Entity]:
    """A customer that has paid once, and what was heard of it."""
    return [
        BillingCustomer(tenant_id=tenant, customer_id=customer, stripe_id=f"cus_{customer.hex}", created_at=AT),
        Subscription(
            id=new_id(),
            tenant_id=tenant,
            customer_id=customer,
            stripe_id=f"sub_{customer.hex}",
            status=SubscriptionStatus.CANCELED,
            plan_id=plan,
            item_id=f"si_{customer.hex}",
            price_id=f"price_{customer.hex}",
            current_period_start=AT,
            current_period_end=AT + PERIOD,
            cancel_at_period_end=False,
            is_collection_paused=False,
            latest_invoice_id=f"in_{customer.hex}",
            access_until=AT,
            created_at=AT,
            fetched_at=AT,
            updated_at=AT,
        ),
        BillingInvoice(
            id=new_id(),
            tenant_id=tenant,
            customer_id=customer,
            stripe_id=f"in_{customer.hex}",
            number="ROWS-0001",
            status="paid",
            currency="eur",
            total=4900,
            amount_due=4900,
            amount_paid=4900,
            period_start=AT,
            period_end=AT + PERIOD,
            issued_at=AT,
            fetched_at=AT,
        ),
        BillingPrice(
            tenant_id=tenant,
            stripe_id=f"price_{customer.hex}",
            unit_amount=4900,
            currency="eur",
            interval="month",
            interval_count=1,
            is_active=True,
            fetched_at=AT,
        ),
        StripeEvent(
            tenant_id=tenant,
            id=f"evt_{customer.hex}",
            type="customer.subscription.deleted",
            is_reconciled=False,
            state=StripeEventState.DONE,
            attempts=1,
            next_attempt_at=AT,
            happened_at=AT,
            received_at=AT,
            handled_at=AT,
        ),
    ]


def billing_cursor(tenant: TenantId) -> BillingCursor:
    """How far a publisher has read; there is one of each."""
    return BillingCursor(tenant_id=tenant, events_read_to=AT, events_due_at=AT, reading_due_at=AT)
