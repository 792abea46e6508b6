"""The webhook keeps events and answers; what is true is read from Stripe, and old news takes nothing away."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from backend.core.ids import TenantId
from backend.persistence.clock import DatabaseClock
from backend.persistence.faults import DatabaseUnavailable
from backend.persistence.models.billing import StripeEventState
from backend.persistence.repositories.billing import BillingRepository
from tests.factories.portal import bearer
from tests.integration.external_api.billing import BILLING, Till, down


async def test_an_answer_means_that_the_event_is_kept(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy answers first and writes afterwards: then the commit that fails here has been answered with 200."""
    session = await till.checkout("small")
    till.stripe.control(f"checkouts/{session}/complete")
    event = next(one for one in till.events() if one["type"] == "customer.subscription.created")
    whole = BillingRepository.add_events

    async def fail(self: BillingRepository, *given: Any, **named: Any) -> int:
        await whole(self, *given, **named)
        raise DatabaseUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(BillingRepository, "add_events", fail)
        assert (await till.deliver(event)).status_code == 503
    assert await till.heard_of(event) is None
    answers = await asyncio.gather(*(till.deliver(event) for _ in range(5)))
    assert {one.status_code for one in answers} == {200}
    kept = await till.heard_of(event)
    assert kept is not None
    assert (kept.state, kept.attempts) == (StripeEventState.PENDING, 0), "answered without asking Stripe"
    assert await till.stored() == []
    await till.work().look()
    kept = await till.heard_of(event)
    assert kept is not None
    assert kept.state == StripeEventState.DONE
    assert (await till.deliver(event)).status_code == 200
    assert await till.work().look() == 0, "an event that is known is not looked into again"


async def test_what_is_not_stripes_is_refused(till: Till) -> None:
    await till.checkout("small")
    event = till.events()[-1]
    for how in ({"sign_with": "wrong"}, {"skew": 400}, {"skew": -400}):
        answer = await till.deliver(event, **how)
        assert (answer.status_code, answer.json()["code"]) == (422, "stripe_signature_invalid"), how
    assert (await till.deliver(event, sign_with="old")).status_code == 200
    huge = await till.client.post(
        f"{BILLING}/webhook", content=b"x" * 600_000, headers={"Stripe-Signature": "t=1,v1=0"}
    )
    assert (huge.status_code, huge.json()["code"]) == (413, "stripe_event_too_large")


async def test_late_news_of_an_older_subscription_takes_nothing_away(till: Till) -> None:
    """The toy suspends the customer when it hears of an end, whose end it ever was."""
    _, secret = await till.rows.key(till.customer)
    old = await till.subscribe("small")
    till.stripe.control(f"subscriptions/{old}/do", what="cancel")
    held = till.events()
    new = await till.subscribe("large")
    assert {one.stripe_id: one.status for one in await till.stored()} == {old: "canceled", new: "active"}
    for event in held:
        assert (await till.deliver(event)).status_code == 200
    await till.work().look()
    answer = await till.client.get("/external_api/v1/key", headers=bearer(secret))
    assert answer.status_code == 200, answer.text
    assert (await till.get("subscription"))["plan"]["key"] == "large"


async def test_while_stripe_is_away_events_wait_and_none_is_lost(till: Till) -> None:
    session = await till.checkout("small")
    till.stripe.control(f"checkouts/{session}/complete")
    events = till.events()
    with down(till.stripe):
        for event in events:
            assert (await till.deliver(event)).status_code == 200
        await till.work().look()
        assert await till.stored() == []
        assert (await till.post("checkout-session", {"plan": "small"})).json()["code"] == "stripe_unavailable"
        assert (await till.get("subscription"))["has_access"] is False
    async with till.database.transaction(till.tenant) as database:
        waiting = await BillingRepository(database, till.tenant).count_waiting()
        assert waiting > 0
    later = till.database.now().timestamp() + 3700
    await till.work(lambda: till.database.now().fromtimestamp(later, till.database.now().tzinfo)).look()
    assert (await till.get("subscription"))["has_access"] is True


async def test_nothing_of_a_customer_is_in_the_log(till: Till, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    await till.subscribe("small")
    name = (await till.stored())[0].stripe_id
    till.stripe.control(f"customers/{till.stripe.thing(name)['customer']}/card", works=False)
    await till.post("subscription/change", {"plan": "large"})
    with down(till.stripe):
        await till.post("portal-session")
    written = caplog.text
    assert "stripe_event_taken" in written
    for private in (till.user.email, "sk_test_counterpart", "whsec_counterpart", "Reader Ltd"):
        assert private not in written, private


async def test_another_publishers_rows_are_its_own(till: Till, stranger: Any) -> None:
    await till.subscribe("small")
    other = TenantId(stranger.tenant)
    async with till.database.transaction(other) as session:
        assert await BillingRepository(session, other).subscriptions_of(till.customer.id) == []
        assert await BillingRepository(session, other).find_cursor() is None


async def test_a_clock_that_goes_back_a_little_does_not_make_news_old(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process' clock is set by each answer of the database, and answers take their time."""
    name = await till.subscribe("small")
    behind = till.database.now() - timedelta(seconds=2)
    till.stripe.control(f"subscriptions/{name}/do", what="cancel")
    monkeypatch.setattr(DatabaseClock, "__call__", lambda _self: behind)
    for event in till.events():
        await till.deliver(event)
    await till.work().look()
    assert [one.status for one in await till.stored()] == ["canceled"]
