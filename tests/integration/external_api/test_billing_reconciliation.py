"""What the webhook does not bring is found: in an hour by the list of events, in a day by reading everything."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from backend.core.clock import Clock
from backend.core.pagination import PageRequest
from backend.domain.customers import PlanEnded
from backend.persistence.models.billing import BillingCursor
from backend.persistence.models.customer import Customer
from backend.persistence.repositories.billing import BillingRepository
from backend.persistence.repositories.mail import MailRepository
from backend.services.billing_reconciliation import EVENTS_EVERY
from backend.services.customer_access import CustomerKeyAccess, KnownKeys
from backend.services.stripe_gateway import StripeGateway, StripeUnavailable
from tests.integration.external_api.billing import Till, down

DAY = 86_400


def _later(till: Till, by: timedelta) -> Clock:
    def now() -> datetime:
        return till.database.now() + by

    return now


async def _cursor(till: Till) -> BillingCursor:
    async with till.database.reading(till.tenant) as session:
        found = await BillingRepository(session, till.tenant).find_cursor()
    assert found is not None
    return found


async def test_a_webhook_that_brings_nothing_costs_an_hour(till: Till) -> None:
    await till.work().reconcile()
    session = await till.checkout("small")
    till.stripe.control(f"checkouts/{session}/complete")
    assert await till.work().reconcile() == 0, "the hour has not passed"
    assert await till.stored() == []
    assert await till.work(_later(till, EVENTS_EVERY)).reconcile() > 0
    assert (await till.get("subscription"))["has_access"] is True
    for event in till.events():
        assert (await till.deliver(event)).status_code == 200, "the webhook follows after all"
    assert (await till.get("subscription"))["status"] == "active"


async def test_three_days_without_stripe_lock_nobody_out(till: Till) -> None:
    """The period ends meanwhile, Stripe renews it, and nobody can know."""
    _, secret = await till.rows.key(till.customer)
    name = await till.subscribe("small")
    end = (await till.stored())[0].current_period_end
    away = end - till.database.now() - timedelta(minutes=1)
    with down(till.stripe):
        for hours in (0, 1, 24, 48, 71, 72):
            now = _later(till, away + timedelta(hours=hours))
            await till.work(now).reconcile()
            await till.work(now).read_all()
            access = CustomerKeyAccess(till.database, till.runtime.system, KnownKeys(), now)
            assert (await access.authenticate(secret, None)).plan == "small", hours
        assert (await till.get("subscription"))["stripe_unheard_since"] is not None
    till.stripe.control("clock", to=int(end.timestamp()) + 60)
    now = _later(till, away + timedelta(hours=73))
    await till.work(now).reconcile()
    row = (await till.stored())[0]
    assert (row.stripe_id, row.status, row.current_period_end > end) == (name, "active", True)
    assert (await till.get("subscription"))["stripe_unheard_since"] is None


async def test_a_key_stops_with_the_period_though_no_job_runs(till: Till) -> None:
    _, secret = await till.rows.key(till.customer)
    await till.subscribe("small")
    await till.post("subscription/cancel")
    left = (await till.stored())[0].current_period_end - till.database.now()
    known = KnownKeys()
    before = CustomerKeyAccess(till.database, till.runtime.system, known, _later(till, left - timedelta(seconds=5)))
    await before.authenticate(secret, None)
    after = CustomerKeyAccess(till.database, till.runtime.system, known, _later(till, left + timedelta(seconds=1)))
    with pytest.raises(PlanEnded):
        await after.authenticate(secret, None)


async def test_a_reading_goes_on_where_it_was_broken_off(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    others = [await till.new_customer() for _ in range(3)]
    for one in (till, *others):
        session = await one.checkout("small")
        till.stripe.control(f"checkouts/{session}/complete")
    monkeypatch.setattr("backend.services.stripe_gateway._PAGE", 2)
    asked: list[str | None] = []
    whole = StripeGateway.subscriptions

    async def once(self: StripeGateway, after: str | None = None, **named: Any) -> Any:
        asked.append(after)
        if len(asked) == 2:
            raise StripeUnavailable
        return await whole(self, after, **named)

    monkeypatch.setattr(StripeGateway, "subscriptions", once)
    assert await till.work().read_all() == 2
    cursor = await _cursor(till)
    assert (cursor.reading_after, cursor.unheard_since is not None) == (asked[1], True)
    await till.work(_later(till, timedelta(minutes=6))).read_all()
    assert asked[2] == asked[1], "from the second page on, and not from the first"
    for one in (till, *others):
        assert [row.status for row in await one.stored()] == ["active"]
    assert await till.work(_later(till, timedelta(hours=23))).read_all() == 0


async def test_nobody_is_charged_for_an_account_that_was_ended(till: Till) -> None:
    name = await till.subscribe("small")
    async with till.database.transaction(till.tenant) as session:
        customer = await session.get(Customer, till.customer.id)
        assert customer is not None
        customer.state, customer.deleted_at = "deleted", till.database.now()
    await till.work().read_all()
    assert till.stripe.thing(name)["status"] == "canceled"


async def test_what_was_given_by_hand_comes_back_when_what_was_paid_for_ends(till: Till) -> None:
    async with till.database.transaction(till.tenant) as session:
        customer = await session.get(Customer, till.customer.id)
        assert customer is not None
        customer.plan_id = till.small.id
    name = await till.subscribe("large")
    assert (await till.get("subscription"))["plan"]["key"] == "large"
    till.stripe.control(f"subscriptions/{name}/do", what="cancel")
    await till.hear()
    shown = await till.get("subscription")
    assert (shown["plan"]["key"], shown["has_access"], shown["access_until"]) == ("small", True, None)


async def test_those_who_can_do_something_get_one_mail_for_each_thing(till: Till) -> None:
    name = await till.subscribe("small")
    one = till.stripe.thing(name)
    till.stripe.control(f"customers/{one['customer']}/card", works=False)
    till.stripe.control("clock", to=one["items"]["data"][0]["current_period_end"] + 60)
    events = till.events()
    for event in (*events, *reversed(events)):
        await till.deliver(event)
    await till.work().look()
    till.stripe.control("clock", advance=25 * DAY)
    await till.hear()
    async with till.database.transaction(till.tenant) as session:
        mails = await MailRepository(session, till.tenant).page(PageRequest())
    assert [mail.template for mail in mails.items] == ["subscription_ended", "payment_failed"]
