"""A plan is chosen, paid for, changed, ended and bought again, at a stand-in for Stripe that is another process."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.factories.portal import bearer
from tests.integration.external_api.billing import BILLING, Till

DAY = 86_400


async def _reads(till: Till, secret: str) -> str:
    answer = await till.client.get("/external_api/v1/key", headers=bearer(secret))
    return "reads" if answer.status_code == 200 else str(answer.json()["code"])


async def test_from_nothing_to_a_key_that_reads_and_back(till: Till) -> None:
    _, secret = await till.rows.key(till.customer)
    assert await _reads(till, secret) == "plan_missing"
    offers = await till.get("plans")
    prices = {one["key"]: (one["price"]["amount"], one["price"]["currency"]) for one in offers["items"]}
    assert (offers["mode"], prices) == ("stripe", {"small": (4900, "eur"), "large": (19900, "eur")})
    session = await till.checkout("small")
    assert await _reads(till, secret) == "plan_missing", "a page to pay at is no payment"
    name = till.stripe.control(f"checkouts/{session}/complete")["subscription"]
    await till.hear()
    assert await _reads(till, secret) == "reads"
    shown = await till.get("subscription")
    assert (shown["status"], shown["plan"]["key"], shown["has_access"]) == ("active", "small", True)

    ended = await till.post("subscription/cancel")
    assert ended.json()["cancel_at_period_end"] is True
    assert ended.json()["access_until"] == ended.json()["current_period_end"]
    assert (await till.post("subscription/undo-cancel")).json()["ends_at"] is None
    assert (await till.post("subscription/cancel")).status_code == 200
    assert await _reads(till, secret) == "reads"
    till.stripe.control("clock", advance=32 * DAY)
    assert till.stripe.thing(name)["status"] == "canceled"
    await till.hear()
    assert await _reads(till, secret) == "plan_ended"
    assert (await till.get("subscription"))["status"] == "canceled"

    again = await till.subscribe("large")
    assert again != name
    assert await _reads(till, secret) == "reads"
    invoices = (await till.get("invoices"))["items"]
    assert [one["total"] for one in invoices] == [19900, 4900]


async def test_a_change_costs_what_its_preview_said(till: Till) -> None:
    name = await till.subscribe("small")
    till.stripe.control("clock", advance=10 * DAY)
    preview = (await till.post("subscription/preview", {"plan": "large"})).json()
    assert {one["is_proration"] for one in preview["lines"]} == {True}
    body = {"plan": "large", "counted_from": preview["counted_from"]}
    changed = await till.post("subscription/change", body, **{"Idempotency-Key": "change-1"})
    assert changed.json()["plan"]["key"] == "large", changed.text
    assert (await till.post("subscription/change", body, **{"Idempotency-Key": "change-1"})).json() == changed.json()
    invoice = till.stripe.thing(till.stripe.thing(name)["latest_invoice"])
    assert (invoice["total"], invoice["status"]) == (preview["amount_due"], "paid")
    assert (await till.post("subscription/change", {"plan": "large"})).json()["code"] == "plan_unchanged"


async def test_a_change_that_cannot_be_paid_changes_nothing(till: Till) -> None:
    name = await till.subscribe("small")
    till.stripe.control(f"customers/{till.stripe.thing(name)['customer']}/card", works=False)
    answer = await till.post("subscription/change", {"plan": "large"})
    assert (answer.status_code, answer.json()["code"]) == (409, "payment_declined")
    assert (await till.get("subscription"))["plan"]["key"] == "small"


async def test_a_trial_is_had_once_and_pauses_without_a_card(till: Till) -> None:
    assert (await till.post("trial", {"plan": "small"})).json()["code"] == "trial_unavailable"
    begun = (await till.post("trial", {"plan": "large"})).json()
    assert (begun["status"], begun["has_access"]) == ("trialing", True)
    assert (await till.post("trial", {"plan": "large"})).json()["code"] == "trial_unavailable"
    till.stripe.control("clock", advance=15 * DAY)
    await till.hear()
    shown = await till.get("subscription")
    assert (shown["status"], shown["has_access"]) == ("paused", False)
    name = (await till.stored())[0].stripe_id
    till.stripe.control(f"subscriptions/{name}/do", what="resume")
    await till.hear()
    assert (await till.get("subscription"))["has_access"] is True


async def test_nobody_pays_twice(till: Till) -> None:
    first, second = await till.checkout("small"), await till.checkout("small")
    assert till.stripe.thing(first)["status"] == "expired"
    till.stripe.control(f"checkouts/{second}/complete")
    refused = await till.post("checkout-session", {"plan": "small"})
    assert refused.json()["code"] == "subscription_present", "though nobody has heard of the payment yet"
    assert len(till.stripe.things("subscription")) == len({one["id"] for one in till.stripe.things("subscription")})


async def test_a_bank_that_answers_later_is_waited_for(till: Till) -> None:
    session = await till.checkout("small")
    till.stripe.control(f"checkouts/{session}/complete", payment="later")
    await till.hear()
    assert (await till.get("subscription"))["has_access"] is False
    till.stripe.control(f"checkouts/{session}/bank", answers=True)
    await till.hear()
    assert (await till.get("subscription"))["has_access"] is True


async def test_a_failed_payment_leaves_a_week_and_says_so(till: Till) -> None:
    name = await till.subscribe("small")
    one = till.stripe.thing(name)
    till.stripe.control(f"customers/{one['customer']}/card", works=False)
    till.stripe.control("clock", to=one["items"]["data"][0]["current_period_end"] + 60)
    await till.hear()
    shown = await till.get("subscription")
    assert (shown["status"], shown["has_access"], shown["is_payment_failing"]) == ("past_due", True, True)
    assert shown["open_invoice_url"].startswith(till.stripe.address)
    row = (await till.stored())[0]
    assert row.access_until - row.current_period_start == timedelta(days=7)
    till.stripe.control(f"invoices/{till.stripe.thing(name)['latest_invoice']}/pay")
    await till.hear()
    assert (await till.get("subscription"))["status"] == "active"


async def test_every_write_at_stripe_has_a_key_of_ours(till: Till) -> None:
    before = len(till.stripe.state()["requests"])
    await till.subscribe("small")
    await till.post("portal-session")
    await till.post("subscription/change", {"plan": "large"})
    await till.post("subscription/cancel")
    made = till.stripe.state()["requests"][before:]
    writes = [one for one in made if one["method"] != "GET" and not one["path"].endswith("create_preview")]
    assert len(writes) >= 5
    assert all(one["idempotency_key"] for one in writes)


async def test_the_same_checkout_asked_for_twice_is_one(till: Till) -> None:
    body: dict[str, Any] = {"plan": "small"}
    first = await till.post("checkout-session", body, **{"Idempotency-Key": "checkout-1"})
    second = await till.post("checkout-session", body, **{"Idempotency-Key": "checkout-1"})
    assert first.json() == second.json()
    assert till.stripe.thing(first.json()["id"])["status"] == "open"


async def test_without_rights_nothing_is_bought(till: Till) -> None:
    answer = await till.client.post(f"{BILLING}/checkout-session", json={"plan": "small"})
    assert answer.status_code == 401


async def test_another_customer_neither_sees_nor_touches_it(till: Till) -> None:
    name, other = await till.subscribe("small"), await till.new_customer()
    assert (await other.get("subscription"))["status"] is None
    assert (await other.get("invoices"))["items"] == []
    assert not any(one["is_current"] for one in (await other.get("plans"))["items"])
    for path, body in (("preview", {"plan": "large"}), ("change", {"plan": "large"}), ("cancel", None)):
        assert (await other.post(f"subscription/{path}", body)).json()["code"] == "subscription_missing"
    assert till.stripe.thing(name)["cancel_at_period_end"] is False


async def test_one_customers_key_is_not_anothers_operation(till: Till) -> None:
    """The toy gives Stripe the key as it came: then two customers who both send 1 get one page to pay at."""
    other = await till.new_customer()
    pages = [await one.post("checkout-session", {"plan": "small"}, **{"Idempotency-Key": "1"}) for one in (till, other)]
    assert len({page.json()["id"] for page in pages}) == 2
