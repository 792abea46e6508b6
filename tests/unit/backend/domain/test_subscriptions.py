"""Until when a subscription opens anything, by its state alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from backend.domain.subscriptions import (
    NEVER,
    PAST_DUE_GRACE,
    RENEWAL_UNHEARD,
    InvoiceFacts,
    SubscriptionFacts,
    SubscriptionStatus,
    access_until,
)

START, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
SOON = datetime(2026, 11, 20, tzinfo=UTC)
INVOICE = InvoiceFacts(
    id="in_1",
    stripe_customer="cus_1",
    number=None,
    status="open",
    currency="eur",
    total=4900,
    amount_due=4900,
    amount_paid=0,
    period_start=START,
    period_end=END,
    hosted_url=None,
    pdf_url=None,
    subscription_id="sub_1",
    created_at=SOON,
)
ACTIVE = SubscriptionFacts(
    id="sub_1",
    stripe_customer="cus_1",
    status=SubscriptionStatus.ACTIVE,
    item_id="si_1",
    price_id="price_1",
    plan_hint=None,
    current_period_start=START,
    current_period_end=END,
    cancel_at_period_end=False,
    cancel_at=None,
    ended_at=None,
    trial_end=None,
    is_collection_paused=False,
    latest_invoice=INVOICE,
    is_live=False,
    created_at=START,
)


@pytest.mark.parametrize("status", SubscriptionStatus)
def test_every_state_says_whether_it_opens_anything(status: SubscriptionStatus) -> None:
    until = access_until(replace(ACTIVE, status=status))
    assert until == {
        SubscriptionStatus.ACTIVE: END + RENEWAL_UNHEARD,
        SubscriptionStatus.TRIALING: END + RENEWAL_UNHEARD,
        SubscriptionStatus.PAST_DUE: SOON + PAST_DUE_GRACE,
    }.get(status, NEVER)


def test_whoever_ends_it_gets_the_period_and_not_a_moment_more() -> None:
    assert access_until(replace(ACTIVE, cancel_at_period_end=True)) == END
    assert access_until(replace(ACTIVE, cancel_at=SOON)) == SOON


def test_a_renewal_that_nobody_heard_of_for_three_days_locks_nobody_out() -> None:
    assert access_until(ACTIVE) > END + timedelta(hours=72)


def test_grace_is_counted_from_the_invoice_and_ends_with_the_subscription() -> None:
    due = replace(ACTIVE, status=SubscriptionStatus.PAST_DUE)
    assert access_until(replace(due, latest_invoice=None)) == START + PAST_DUE_GRACE
    assert access_until(replace(due, cancel_at=SOON + timedelta(days=1))) == SOON + timedelta(days=1)
    late_in_a_year = replace(due, current_period_start=START - timedelta(days=300))
    assert access_until(late_in_a_year) == SOON + PAST_DUE_GRACE, "what was paid in spring does not end in autumn"
