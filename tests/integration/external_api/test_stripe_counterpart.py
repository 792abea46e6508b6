"""The stand-in for Stripe keeps what Stripe's own SDK relies on. ``tests/localstripe`` compares it with another one."""

from __future__ import annotations

import httpx
from stripe import WebhookSignature

from tests.services.stripe_counterpart.process import KEY, SECRET, Counterpart


def test_a_key_is_used_once_and_a_signature_is_what_the_sdk_expects(stripe: Counterpart) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "once"}
    with httpx.Client(base_url=stripe.address, headers=headers) as client:
        first, second = (client.post("/v1/customers", data={"name": "Once"}) for _ in range(2))
        assert first.json() == second.json()
        other = client.post("/v1/customers", data={"name": "Other"})
        assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    event = stripe.events()[-1]
    signed = stripe.control("sign", id=event["id"])
    assert WebhookSignature.verify_header(signed["body"], signed["header"], SECRET, 300)


def test_time_passes_only_when_it_is_told_to(stripe: Counterpart) -> None:
    before = stripe.state()["now"]
    assert stripe.state()["now"] == before
    assert stripe.control("clock", advance=60)["now"] == before + 60
